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

	"actinit/datasets/atomicfile"
	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// Merge adds complete runs to a data set in Hive's layout at the folder dst, one file for each
// table of a run:
//
//	bench/host=box/day=2026-01-02/20260102T150405Z-1a2b3c4.parquet
//	environment/host=box/day=2026-01-02/20260102T150405Z-1a2b3c4.json
//
// Host, day and run are columns of every file too. Files are only added: one that is there
// already is left alone if it has the same rows, and is an error if it has others. So
// several programs may merge into one folder at once, and the folders of several machines
// can be copied into each other. The files are written anew with all columns of today.
// It returns how many files were added and how many were there.
func Merge(dst string, runs []Entry) (added, there int, err error) {
	for _, run := range runs {
		if run.Err != nil {
			return added, there, run.Err
		}
		data, err := Load(run.Dir)
		if err != nil {
			return added, there, err
		}
		if !data.Environment.Complete {
			return added, there, fmt.Errorf("%s: the run is not complete: go on with --resume %s", run.Dir, run.ID)
		}
		m := mergedRun{dst: dst, env: data.Environment}
		err = errors.Join(
			mergeTable(&m, data.Bench, func(r result.Bench) string { return r.Host }),
			mergeTable(&m, data.Accuracy, func(r result.Accuracy) string { return r.Host }),
			mergeTable(&m, data.Distribution, func(r result.Distribution) string { return r.Host }),
			mergeTable(&m, data.Layers, func(r result.Layer) string { return r.Host }),
			mergeTable(&m, data.Claims, func(r result.Claim) string { return r.Host }),
			mergeTable(&m, data.Curves, func(r result.Curve) string { return r.Host }),
			mergeTable(&m, data.Pairs, func(r result.Pair) string { return r.Host }),
			mergeTable(&m, data.Limits, func(r result.Limit) string { return r.Host }),
			m.environment(run.Dir))
		added, there = added+m.added, there+m.there
		if err != nil {
			return added, there, err
		}
	}
	return added, there, nil
}

// A mergedRun is a run on its way into the data set.
type mergedRun struct {
	dst          string
	env          result.Environment
	added, there int
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
	return m.add("environment", m.env.Host, ".json", text, func(string) bool { return false })
}

// add adds a file, or sees that it is there, with these bytes or others that are the same.
func (m *mergedRun) add(table, host, suffix string, content []byte, same func(path string) bool) error {
	folder := filepath.Join(m.dst, table, "host="+url.PathEscape(host), "day="+m.env.Started.UTC().Format("2006-01-02"))
	if err := os.MkdirAll(folder, folderPermissions); err != nil {
		return unwritable(m.dst, err)
	}
	path := filepath.Join(folder, m.env.RunID+suffix)
	switch have, err := os.ReadFile(path); {
	case err == nil && (bytes.Equal(have, content) || same(path)):
		m.there++
		return nil
	case err == nil:
		return fmt.Errorf("%s: is there with other content: a merged data set is only added to; remove the file to have it written again", path)
	case !errors.Is(err, fs.ErrNotExist):
		return err
	}
	m.added++
	// Two programs that add the same run at once write the same bytes.
	return atomicfile.Write(path, func(w io.Writer) error {
		_, err := w.Write(content)
		return err
	})
}
