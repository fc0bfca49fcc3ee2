package runstore

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"

	"actinit/datasets/atomicfile"
	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// A complete run's environment.json lists the run's tables: the Parquet and Arrow files, those in layers/
// too. As it is written last and says at once that the run is complete and of which files, a folder that was
// not copied whole is told from a run that has no more. bench.txt and report.html are not listed, as they are
// made of the tables and can be made again (actinit export, actinit report); Check holds the text against
// its table. Runs of older versions have no list.

// writeTable makes a file of the run, whose name has slashes, and adds it to the list.
func (r *Run) writeTable(list *[]result.File, name string, fill func(io.Writer) error) error {
	d := &digest{Hash: sha256.New()}
	err := atomicfile.Write(r.Path(filepath.FromSlash(name)), func(w io.Writer) error { return fill(io.MultiWriter(w, d)) })
	if err != nil {
		return err
	}
	*list = append(*list, d.of(name))
	return nil
}

// A digest adds up what a file holds.
type digest struct {
	hash.Hash
	bytes int64
}

func (d *digest) Write(p []byte) (int, error) {
	d.bytes += int64(len(p))
	return d.Hash.Write(p)
}

// of returns the entry of the file of that name.
func (d *digest) of(name string) result.File {
	return result.File{Name: name, Bytes: d.bytes, SHA256: fmt.Sprintf("%x", d.Sum(nil))}
}

// Listed reports whether the run lists its files, so that it is known whether all are there.
func (e Entry) Listed() bool { return e.Environment.Files != nil }

// whole says which file that the run was finished with is not there with all of its bytes. Nothing is
// known of runs that list no files.
func whole(dir string, env result.Environment) error {
	for _, f := range env.Files {
		path := filepath.Join(dir, filepath.FromSlash(f.Name))
		if problem := incomplete(path, f); problem != "" {
			return fmt.Errorf("%s: %s: the run was not copied whole or is damaged: copy it again from where it was made", path, problem)
		}
	}
	return nil
}

// incomplete says why the file at path cannot be the one that was listed, as far as its size tells.
func incomplete(path string, f result.File) string {
	switch info, err := os.Stat(path); {
	case errors.Is(err, fs.ErrNotExist):
		return "missing"
	case err != nil:
		return rowfile.Cause(err).Error()
	case !info.Mode().IsRegular():
		return "not a file"
	case info.Size() != f.Bytes:
		return fmt.Sprintf("%d bytes, it had %d", info.Size(), f.Bytes)
	}
	return ""
}

// checkFiles reads every file that the run lists, and looks for tables that it does not list.
func checkFiles(complain func(string, ...any), run Entry) {
	for _, f := range run.Environment.Files {
		path := filepath.Join(run.Dir, filepath.FromSlash(f.Name))
		if problem := incomplete(path, f); problem != "" {
			complain("%s: %s", f.Name, problem)
		} else if have, err := read(path); err != nil {
			complain("%s: %v", f.Name, rowfile.Cause(err))
		} else if have.of(f.Name) != f {
			complain("%s: its bytes are not those that were written", f.Name)
		}
	}
	for _, name := range filesOf(run.Dir, run.Environment) {
		if isTable(name) && !lists(run.Environment, name) {
			complain("%s: the run was finished without it", name)
		}
	}
}

// read reads a file.
func read(path string) (*digest, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d := &digest{Hash: sha256.New()}
	_, err = io.Copy(d, f)
	return d, err
}

// lists reports whether the run has that file by its list.
func lists(env result.Environment, name string) bool {
	return slices.ContainsFunc(env.Files, func(f result.File) bool { return f.Name == name })
}

// isTable reports whether a file of a run holds rows, and so is listed.
func isTable(name string) bool {
	return slices.Contains([]string{".parquet", ".arrow"}, path.Ext(name))
}
