package runstore

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// Folders of a merged data set beside those of the tables.
const (
	mergedEnvironments = "environment"
	mergedLists        = "files" // of the files of each run, written last
)

// A mergedList is what a list of a merged data set holds: the run's files there, their names from the data set's folder.
type mergedList struct {
	RunID   string        `json:"run_id"`
	Host    string        `json:"host"`
	Started time.Time     `json:"started"`
	Files   []result.File `json:"files"`
}

// list adds the list of the files that the run has in the data set.
func (m *mergedRun) list() error {
	slices.SortFunc(m.files, func(a, b result.File) int { return cmp.Compare(a.Name, b.Name) })
	text, err := json.MarshalIndent(mergedList{m.env.RunID, m.env.Host, m.env.Started, m.files}, "", "  ")
	if err != nil {
		return err
	}
	return m.add(mergedLists, m.env.Host, ".json", append(text, '\n'), func(string) bool { return false })
}

// mergedFolders are the folders of a merged data set: environments come first, and then lists.
func mergedFolders() []string {
	folders := []string{mergedEnvironments, mergedLists}
	for _, t := range duckTables {
		folders = append(folders, t.name)
	}
	return folders
}

// IsMerged tells a data set that Merge made, or what is left of one, from a folder of runs.
func IsMerged(folder string) bool {
	return slices.ContainsFunc(mergedFolders(), func(table string) bool {
		hosts, err := filepath.Glob(filepath.Join(glob(folder), table, "host=*"))
		return err == nil && len(hosts) > 0
	})
}

// DataSetOf returns the merged data set that the folder is in, and is not itself; "" if there is none.
func DataSetOf(folder string) string {
	at, err := filepath.Abs(folder)
	for err == nil && at != filepath.Dir(at) {
		if at = filepath.Dir(at); IsMerged(at) {
			return at
		}
	}
	return ""
}

// A MergedRun is what CheckMerged has found about a run of a merged data set.
type MergedRun struct {
	Environment result.Environment // zero, but for the ID, where it is missing or damaged
	Listed      bool               // the data set lists the run's files, so that it is known whether all are there
	Problems    []string           // one line each, with the file's name from the data set's folder
}

func (r *MergedRun) complain(format string, args ...any) {
	r.Problems = append(r.Problems, fmt.Sprintf(format, args...))
}

// CheckMerged reads a data set that Merge made and returns its runs, and what is wrong with each: files that are missing or
// not those that were written, by the list that Merge writes; that cannot be read, are not sorted or hold other rows than
// their path says; that belong to no run; a run that is not complete, or whose rows others have too. Data sets of older
// versions have no lists: of those it is only known which tables a run has to have. Files that no run can have, and folders of
// runs, which have no place in a data set, are strays, one line each.
func CheckMerged(folder string) (runs []*MergedRun, strays []string, err error) {
	c := &mergedCheck{folder: folder, of: map[string]*MergedRun{}, begun: map[string]*MergedRun{}, told: map[string]bool{}}
	files, err := c.find()
	if err != nil {
		return nil, nil, err
	}
	for _, f := range files {
		switch f.table {
		case mergedEnvironments:
			c.environment(f)
		case mergedLists:
			c.list(f)
		default:
			c.file(f)
		}
	}
	for _, run := range c.runs {
		checkTables(run, files, c.of)
		c.checkDoubles(run)
	}
	copies, err := List(folder)
	for _, run := range copies {
		c.stray("%s: the folder of a run, of which a data set has no use: move it to where the runs are", run.ID)
	}
	return c.runs, c.strays, err
}

// A mergedFile is a file of a data set.
type mergedFile struct {
	name                 string // from the data set's folder, with slashes
	table, host, day, id string
}

// A mergedCheck is a data set that is being checked.
type mergedCheck struct {
	folder string
	runs   []*MergedRun
	of     map[string]*MergedRun // by the names of their files
	begun  map[string]*MergedRun // the last one added of a day and ID
	told   map[string]bool       // files that are not those that were listed
	strays []string
}

func (c *mergedCheck) stray(format string, args ...any) {
	c.strays = append(c.strays, fmt.Sprintf(format, args...))
}

// find returns the files in the folders of the tables, by their names, and complains of those that have no place there.
func (c *mergedCheck) find() (files []mergedFile, err error) {
	for _, table := range mergedFolders() {
		err := filepath.WalkDir(filepath.Join(c.folder, table), func(at string, d fs.DirEntry, err error) error {
			if errors.Is(err, fs.ErrNotExist) || err == nil && d.IsDir() {
				return nil
			}
			if err != nil {
				return err
			}
			name, err := filepath.Rel(c.folder, at)
			if err != nil {
				return err
			}
			switch f, ok := parseMerged(filepath.ToSlash(name)); {
			case ok:
				files = append(files, f)
			case temporary(d.Name()):
				c.stray("%s: left behind by a program that was stopped, unless one is merging now; it can be removed", f.name)
			default:
				c.stray("%s: no file of a merged data set, which are %s/host=NAME/day=DATE/ID%s: move it elsewhere", f.name, table, suffixOf(table))
			}
			return nil
		})
		if err != nil {
			return nil, err
		}
	}
	return files, nil
}

// run adds the run of a file, of which only the ID is known, and the day.
func (c *mergedCheck) run(f mergedFile) *MergedRun {
	run := &MergedRun{Environment: result.Environment{RunID: f.id}}
	c.runs = append(c.runs, run)
	c.begun[f.day+"/"+f.id] = run
	return run
}

// suffixOf is how the names of a table's files end.
func suffixOf(table string) string {
	if table == mergedEnvironments || table == mergedLists {
		return ".json"
	}
	return ".parquet"
}

// parseMerged takes a file's name apart, and reports whether it is one that Merge gives.
func parseMerged(name string) (f mergedFile, ok bool) {
	f.name = name
	parts := strings.Split(name, "/")
	if len(parts) != 4 {
		return f, false
	}
	host, isHost := strings.CutPrefix(parts[1], "host=")
	day, isDay := strings.CutPrefix(parts[2], "day=")
	id, isID := strings.CutSuffix(parts[3], suffixOf(parts[0]))
	host, err := url.PathUnescape(host)
	f.table, f.host, f.day, f.id = parts[0], host, day, id
	return f, isHost && isDay && isID && err == nil && plainName(id)
}

// environment adds the run of an environment.
func (c *mergedCheck) environment(f mergedFile) {
	run := c.run(f)
	c.of[f.name] = run
	env, err := environmentAt(filepath.Join(c.folder, filepath.FromSlash(f.name)))
	if err != nil {
		run.complain("%s: %v", f.name, rowfile.Cause(err))
		return
	}
	if env.RunID != f.id || env.Host != f.host || env.Started.UTC().Format(time.DateOnly) != f.day {
		run.complain("%s: it is of the run %s that began on %s at %s", f.name, env.RunID, env.Host, env.Started.UTC().Format(time.RFC3339))
		return
	}
	run.Environment = env
	if !env.Complete {
		run.complain("%s: the run is not complete", f.name)
	}
	if shard := (Entry{Environment: env}).Shard(); shard != "" {
		run.complain("%s: it is shard %s, which data sets have no more: merge the run that is joined of all", f.name, shard)
	}
}

// list holds a list against the files that are there.
func (c *mergedCheck) list(f mergedFile) {
	environment := path.Join(mergedEnvironments, path.Dir(strings.TrimPrefix(f.name, f.table+"/")), f.id+".json")
	run := c.of[environment]
	if run == nil {
		run = c.run(f)
	}
	c.of[f.name] = run
	var list mergedList
	text, err := os.ReadFile(filepath.Join(c.folder, filepath.FromSlash(f.name)))
	if err == nil {
		err = json.Unmarshal(text, &list)
	}
	if err != nil {
		run.complain("%s: damaged: %v", f.name, rowfile.Cause(err))
		return
	}
	run.Listed = true
	for _, listed := range list.Files {
		if of, ok := parseMerged(listed.Name); !ok || of.id != f.id || of.day != f.day {
			run.complain("%s: not written by actinit: it lists %q", f.name, listed.Name)
			continue
		}
		c.of[listed.Name] = run
		before := len(run.Problems)
		checkListed(run.complain, c.folder, listed)
		c.told[listed.Name] = len(run.Problems) > before
	}
}

// file finds the run of a table's file, and reads it unless something was wrong with it already.
func (c *mergedCheck) file(f mergedFile) {
	run := c.of[f.name]
	if run == nil {
		run = c.owner(f)
		c.of[f.name] = run
		if run.Environment.Started.IsZero() {
			if len(run.Problems) == 0 { // once for all of its files
				run.complain("%s: the data set has no environment of its run, as where a merge was interrupted", f.name)
			}
			return
		}
		if run.Listed {
			run.complain("%s: the run was merged without it", f.name)
			return
		}
	}
	if c.told[f.name] {
		return
	}
	if err := mergedTables[f.table](filepath.Join(c.folder, filepath.FromSlash(f.name)), f, run.Environment.Started); err != nil {
		run.complain("%s: %v", f.name, err)
	}
}

// owner returns the run of a file that no list has: that of its host, or of another, as a run may have been made on several.
func (c *mergedCheck) owner(f mergedFile) *MergedRun {
	var found *MergedRun
	for _, run := range c.runs {
		env := run.Environment
		if env.RunID == f.id && env.Started.UTC().Format(time.DateOnly) == f.day && (found == nil || env.Host == f.host) {
			found = run
		}
	}
	if found == nil {
		found = c.begun[f.day+"/"+f.id]
	}
	if found == nil {
		found = c.run(f)
	}
	return found
}

// checkTables sees that a run has a file of each table that it had when it was finished.
func checkTables(run *MergedRun, files []mergedFile, of map[string]*MergedRun) {
	for _, had := range run.Environment.Files {
		table, isParquet := strings.CutSuffix(had.Name, ".parquet")
		there := slices.ContainsFunc(files, func(f mergedFile) bool { return f.table == table && of[f.name] == run })
		if isParquet && path.Dir(had.Name) == "." && !there && !run.Listed { // a list names it already
			run.complain("%s: missing: the run has a %s", table, had.Name)
		}
	}
}

// checkDoubles looks for other runs that have the run's rows.
func (c *mergedCheck) checkDoubles(run *MergedRun) {
	for _, s := range run.Environment.Joined {
		for _, other := range c.runs {
			if other.Environment.Started.IsZero() || other == run {
				continue
			}
			if begunOf(other.Environment) == shardBegun(s) {
				run.complain("its rows are there twice: its shard %s of %s is in the data set too", s.RunID, s.Host)
			}
			if slices.ContainsFunc(other.Environment.Joined, func(o result.Shard) bool { return shardBegun(o) == shardBegun(s) }) {
				run.complain("its rows are there twice: %s of %s was joined of its shard %s too", other.Environment.RunID, other.Environment.Host, s.RunID)
				return
			}
		}
	}
}

// mergedTables read the files of the tables, and hold their rows against the file's path and the start of the run.
var mergedTables = map[string]func(at string, f mergedFile, started time.Time) error{
	rowfile.Name[result.Bench]():        checkMergedRows(func(r result.Bench) begun { return begun{r.RunID, r.Host, r.Started} }),
	rowfile.Name[result.Accuracy]():     checkMergedRows(func(r result.Accuracy) begun { return begun{r.RunID, r.Host, r.Started} }),
	rowfile.Name[result.Distribution](): checkMergedRows(func(r result.Distribution) begun { return begun{r.RunID, r.Host, r.Started} }),
	rowfile.Name[result.Layer]():        checkMergedRows(func(r result.Layer) begun { return begun{r.RunID, r.Host, r.Started} }),
	rowfile.Name[result.Claim]():        checkMergedRows(func(r result.Claim) begun { return begun{r.RunID, r.Host, r.Started} }),
	rowfile.Name[result.Curve]():        checkMergedRows(func(r result.Curve) begun { return begun{r.RunID, r.Host, r.Started} }),
	rowfile.Name[result.Pair]():         checkMergedRows(func(r result.Pair) begun { return begun{r.RunID, r.Host, r.Started} }),
	rowfile.Name[result.Limit]():        checkMergedRows(func(r result.Limit) begun { return begun{r.RunID, r.Host, r.Started} }),
}

func checkMergedRows[R rowfile.Row](of func(R) begun) func(string, mergedFile, time.Time) error {
	return func(at string, f mergedFile, started time.Time) error {
		rows, err := rowfile.ReadParquet[R](at)
		if err != nil {
			return errors.New(strings.TrimPrefix(err.Error(), at+": "))
		}
		if len(rows) == 0 {
			return errors.New("no rows in it")
		}
		for i, r := range rows {
			row := of(r)
			if row.id != f.id || row.host != f.host || row.started.Format(time.DateOnly) != f.day || !started.IsZero() && !row.started.Equal(started) {
				return fmt.Errorf("row %d is of the run %s of %s that began at %s", i+1, row.id, row.host, row.started.Format(time.RFC3339Nano))
			}
		}
		if !rowfile.IsSorted(rows) {
			return errors.New("its rows are not sorted")
		}
		return nil
	}
}
