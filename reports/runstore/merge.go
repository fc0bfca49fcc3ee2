package runstore

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"maps"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"actinit/datasets/atomicfile"
	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// Merge adds complete runs to a data set in Hive's layout at the folder dst, one file for each
// table of a run:
//
//	bench/host=box/day=2026-01-02/20260102T150405Z-1a2b3c4.parquet
//	environment/host=box/day=2026-01-02/20260102T150405Z-1a2b3c4.json
//	files/host=box/day=2026-01-02/20260102T150405Z-1a2b3c4.json
//
// The last is a list of the run's files with their sizes and sums, for CheckMerged; a data set of an older version gets
// it when the run is merged again.
// Host, day and run are columns of every file too. Files are only added: one that is there
// already is left alone if it has the same rows, and is an error if it has others. So
// several programs may merge into one folder at once, and the folders of several machines
// can be copied into each other. No row is there twice, whatever is merged in which order: a shard
// is refused, as its rows belong in the run that Join makes, and so is a run joined of shards that the data set has
// already. The files are written anew with all columns of today: a run of a newer program with columns that this one does
// not know is refused.
// It returns how many files were added and how many were there. A run that cannot be read, or under whose name the data set
// has other rows, is left out, and a [LeftOutError] for each is joined to the error when the others are merged.
func Merge(dst string, runs []Entry) (added, there int, err error) {
	if err := checkDataSet(dst); err != nil {
		return 0, 0, err
	}
	var left []error
	for _, run := range runs {
		m := mergedRun{dst: dst}
		err := m.merge(run)
		added, there = added+m.added, there+m.there
		if out := new(LeftOutError); errors.As(err, &out) {
			left = append(left, err)
		} else if err != nil {
			return added, there, errors.Join(append(left, err)...)
		}
	}
	return added, there, errors.Join(left...)
}

// A LeftOutError says why a run was not merged: it cannot be read, or others of its name are there.
type LeftOutError struct{ Err error }

func (e *LeftOutError) Error() string { return e.Err.Error() }

// Unwrap returns the reason.
func (e *LeftOutError) Unwrap() error { return e.Err }

// checkDataSet refuses a folder that cannot be a data set's: one of runs, or in a run.
func checkDataSet(dst string) error {
	if dst == "" {
		return errors.New("the data set's folder has no name")
	}
	if info, err := os.Stat(dst); err == nil && !info.IsDir() {
		return fmt.Errorf("%s: it is a file: name a folder for the data set", dst)
	}
	if set := DataSetOf(dst); set != "" {
		return fmt.Errorf("%s: it is in the data set %s: name that one, or a folder elsewhere", dst, set)
	}
	if runs, err := List(dst); err == nil && len(runs) > 0 {
		return fmt.Errorf("%s: it holds runs, such as %s: name a folder of its own for the data set", dst, runs[0].ID)
	}
	at, err := filepath.Abs(dst)
	for ; err == nil; at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, FileEnvironment)); err == nil {
			return fmt.Errorf("%s: it is in the run %s: name a folder of its own for the data set", dst, at)
		}
		if at == filepath.Dir(at) {
			break
		}
	}
	return err
}

// A mergedRun is a run on its way into the data set.
type mergedRun struct {
	dst          string
	env          result.Environment
	files        []result.File // that it has there
	added, there int
}

// merge adds a run.
func (m *mergedRun) merge(run Entry) error {
	if run.Err != nil {
		return &LeftOutError{run.Err}
	}
	data, err := loadToWrite(run.Dir)
	if err != nil {
		return &LeftOutError{err}
	}
	m.env = data.Environment
	if name := filepath.Base(run.Dir); m.env.RunID != name {
		return fmt.Errorf("%s: its %s names the run %s: call the folder so", run.Dir, FileEnvironment, m.env.RunID)
	}
	if !m.env.Complete {
		return fmt.Errorf("%s: the run is not complete: go on with %s", run.Dir, GoOn(run.Dir, m.env))
	}
	if err := m.refuseDoubles(run.Dir); err != nil {
		return err
	}
	for _, add := range []func() error{
		func() error { return mergeTable(m, data.Bench, func(r result.Bench) string { return r.Host }) },
		func() error { return mergeTable(m, data.Accuracy, func(r result.Accuracy) string { return r.Host }) },
		func() error {
			return mergeTable(m, data.Distribution, func(r result.Distribution) string { return r.Host })
		},
		func() error { return mergeTable(m, data.Layers, func(r result.Layer) string { return r.Host }) },
		func() error { return mergeTable(m, data.Claims, func(r result.Claim) string { return r.Host }) },
		func() error { return mergeTable(m, data.Curves, func(r result.Curve) string { return r.Host }) },
		func() error { return mergeTable(m, data.Pairs, func(r result.Pair) string { return r.Host }) },
		func() error { return mergeTable(m, data.Limits, func(r result.Limit) string { return r.Host }) },
		func() error { return m.environment(run.Dir) },
		m.list,
	} {
		if err := add(); err != nil {
			return err
		}
	}
	return nil
}

// refuseDoubles refuses a run whose rows the data set has, or will have, under the name of another.
func (m *mergedRun) refuseDoubles(dir string) error {
	if shard := (Entry{Environment: m.env}).Shard(); shard != "" {
		return fmt.Errorf("%s: it is shard %s: its rows are merged with the run that actinit runs join makes of all shards", dir, shard)
	}
	shards := map[begun]bool{}
	for _, s := range m.env.Joined { // data sets of older versions have shards
		shards[shardBegun(s)] = true
		there, err := environmentAt(m.path(mergedEnvironments, s.Host, s.Started, s.RunID+".json"))
		if err == nil && begunOf(there) == shardBegun(s) {
			return fmt.Errorf("%s: its shard %s is in the data set: remove that run's files there, all called %[2]s, so that no row is there twice", dir, s.RunID)
		}
	}
	// Who joins the same shards again begins at the same time on the same host.
	beside := m.path(mergedEnvironments, m.env.Host, m.env.Started, "")
	others, err := filepath.Glob(filepath.Join(glob(beside), "*.json"))
	if err != nil {
		return err
	}
	for _, path := range others {
		other, err := environmentAt(path)
		if err != nil || other.RunID == m.env.RunID {
			continue // it is looked at where it is added
		}
		if slices.ContainsFunc(other.Joined, func(s result.Shard) bool { return shards[shardBegun(s)] }) {
			return fmt.Errorf("%s: it was joined of the same shards as %s, which is in the data set", dir, other.RunID)
		}
	}
	return nil
}

// hiveNull is what Hive calls the folder of nulls; DuckDB also takes "null" for one. Hosts of these names are escaped.
const hiveNull = "__HIVE_DEFAULT_PARTITION__"

// path returns where a file of the data set is, with rows of that host in a run that began then.
func (m *mergedRun) path(table, host string, started time.Time, name string) string {
	escaped := strings.ReplaceAll(url.PathEscape(host), "=", "%3D") // a second = and DuckDB finds no host in the path
	if strings.EqualFold(host, "null") || strings.EqualFold(host, hiveNull) {
		escaped = fmt.Sprintf("%%%02X%s", host[0], host[1:])
	}
	return filepath.Join(m.dst, table, "host="+escaped, "day="+started.UTC().Format(time.DateOnly), name)
}

// mergeTable adds the rows of one table, if there are any: a file for each host that measured
// some of them, of which a run that was joined of shards may have several.
func mergeTable[R rowfile.Row](m *mergedRun, rows []R, hostOf func(R) string) error {
	hosts := map[string][]R{}
	for _, row := range rows {
		hosts[hostOf(row)] = append(hosts[hostOf(row)], row)
	}
	for _, host := range slices.Sorted(maps.Keys(hosts)) {
		if err := mergeRows(m, host, hosts[host]); err != nil {
			return err
		}
	}
	return nil
}

// mergeRows adds the rows that a host measured.
func mergeRows[R rowfile.Row](m *mergedRun, host string, rows []R) error {
	var file bytes.Buffer
	if err := rowfile.WriteParquet(&file, rows); err != nil {
		return err
	}
	// What another version of this program has written may have other bytes for the same rows.
	same := func(path string) bool {
		var again bytes.Buffer
		have, err := rowfile.ReadParquet[R](path)
		return err == nil && rowfile.WriteParquet(&again, have) == nil && bytes.Equal(again.Bytes(), file.Bytes())
	}
	return m.add(rowfile.Name[R](), host, ".parquet", file.Bytes(), same)
}

// environment adds the run's environment as it stands in its folder.
func (m *mergedRun) environment(dir string) error {
	text, err := os.ReadFile(filepath.Join(dir, FileEnvironment))
	if err != nil {
		return err
	}
	return m.add(mergedEnvironments, m.env.Host, ".json", text, func(string) bool { return false })
}

// add adds a file, or sees that it is there, with these bytes or others that are the same.
func (m *mergedRun) add(table, host, suffix string, content []byte, same func(path string) bool) error {
	path := m.path(table, host, m.env.Started, m.env.RunID+suffix)
	if err := atomicfile.MakeFolder(filepath.Dir(path), folderPermissions); err != nil {
		return fmt.Errorf("%s: %w; name a folder for the data set that can be written to", m.dst, rowfile.Cause(err))
	}
	if _, err := os.Lstat(path); errors.Is(err, fs.ErrNotExist) {
		err := atomicfile.WriteNew(path, func(w io.Writer) error {
			_, err := w.Write(content)
			return err
		})
		if err == nil {
			m.added++
			return m.note(path, content)
		}
		if !errors.Is(err, fs.ErrExist) { // by another program, meanwhile
			return err
		}
	}
	have, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	if !bytes.Equal(have, content) && !same(path) {
		return &LeftOutError{fmt.Errorf("%s: is there with other content: a merged data set is only added to; remove the file to have it written again", path)}
	}
	m.there++
	return m.note(path, have)
}

// note notes a file that is there for the list.
func (m *mergedRun) note(path string, content []byte) error {
	name, err := filepath.Rel(m.dst, path)
	if err != nil {
		return err
	}
	d := newDigest()
	_, _ = d.Write(content)
	m.files = append(m.files, d.of(filepath.ToSlash(name)))
	return nil
}
