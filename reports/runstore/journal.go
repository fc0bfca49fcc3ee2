package runstore

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"

	"actinit/datasets/atomicfile"
	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// A journal saves units as parts/STAGE/UNIT.TABLE.parquet.
type journal[R rowfile.Row] struct {
	run    *Run
	folder string

	mu   sync.Mutex
	done map[string]bool // by file name
	made bool            // the folder is there
	err  error           // the folder could not be read
}

// JournalOf returns the journal of one stage of a run. It knows the units that
// were saved before; see RemoveDamaged. The stage's name may be any string, as may a unit's.
func JournalOf[R rowfile.Row](run *Run, stage string) result.Journal[R] {
	j := &journal[R]{
		run:    run,
		folder: filepath.Join(run.dir, partsFolder, fileName(stage)),
		done:   map[string]bool{},
	}
	entries, err := os.ReadDir(j.folder)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		j.err = err
	}
	for _, e := range entries {
		if e.Type().IsRegular() {
			j.done[e.Name()] = true
		}
	}
	return j
}

func partName[R rowfile.Row](unit string) string { return fileName(unit) + partSuffix[R]() }

// partSuffix ends the names of the files that hold rows of the table.
func partSuffix[R rowfile.Row]() string { return "." + rowfile.Name[R]() + ".parquet" }

func (j *journal[R]) Done(unit string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return j.done[partName[R](unit)]
}

func (j *journal[R]) Save(unit string, rows []R) error {
	if j.run.env.Complete {
		return fmt.Errorf("run %s is complete: nothing can be added to it", j.run.ID())
	}
	if err := j.makeFolder(); err != nil {
		return err
	}
	j.run.tables.Store(nil) // which are without this unit
	name := partName[R](unit)
	err := atomicfile.Write(filepath.Join(j.folder, name), func(w io.Writer) error {
		return rowfile.WriteParquet(w, rows)
	})
	if err != nil {
		return err
	}
	j.mu.Lock()
	defer j.mu.Unlock()
	j.done[name] = true
	return nil
}

func (j *journal[R]) makeFolder() error {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.err != nil || j.made {
		return j.err
	}
	if err := atomicfile.MakeFolder(j.folder, folderPermissions); err != nil {
		return unwritable(j.run.dir, err)
	}
	j.made = true
	return nil
}

// maxFileName leaves room for a table's name within the 255 bytes most file
// systems allow, and for the temporary name's decoration.
const maxFileName = 180

// fileName turns any string into a file name that is valid everywhere, and
// different strings into different names, also where the file system does not
// tell case apart: upper-case letters are escaped too.
func fileName(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c >= 'a' && c <= 'z', c >= '0' && c <= '9', c == '-', c == '_', c == '=', c == ',':
			b.WriteByte(c)
		case c == '.' && i > 0:
			b.WriteByte(c)
		case c == '/':
			b.WriteByte('+') // names are paths more often than not; keep them readable
		default:
			fmt.Fprintf(&b, "%%%02x", c)
		}
	}
	name := b.String()
	if name == "" {
		return "%"
	}
	if len(name) > maxFileName {
		sum := sha256.Sum256([]byte(s))
		return fmt.Sprintf("%s~%x", name[:maxFileName-34], sum[:16])
	}
	return name
}

// parts reads every saved row of one table, stage by stage and unit by unit in
// the order of their names.
func parts[R rowfile.Row](run *Run) ([]R, error) {
	paths, err := filepath.Glob(filepath.Join(glob(run.dir), partsFolder, "*", "*"+partSuffix[R]()))
	if err != nil {
		return nil, err
	}
	var rows []R
	for _, path := range paths {
		part, err := rowfile.ReadParquet[R](path)
		if errors.Is(err, rowfile.ErrDamaged) {
			return nil, fmt.Errorf("%w; resume the run to make it again", err)
		}
		if err != nil {
			return nil, err
		}
		rows = append(rows, part...)
	}
	return rows, nil
}

// RemoveDamaged reads the saved units of a run that is not complete and removes those of which a file is damaged, as
// after a fault of the disk or a copy that was cut off: they are made again where the run goes on. It returns what
// was wrong with each. It is for the process that has the run's lock.
func (r *Run) RemoveDamaged() (damage []error, err error) {
	paths, err := filepath.Glob(filepath.Join(glob(r.dir), partsFolder, "*", "*.parquet"))
	if err != nil {
		return nil, err
	}
	for _, path := range paths {
		unit, table := unitOf(path)
		read := readers[table]
		if read == nil {
			continue
		}
		switch err := read(path); {
		case errors.Is(err, fs.ErrNotExist), err == nil: // a unit of two tables may be gone
		case !errors.Is(err, rowfile.ErrDamaged):
			return damage, err
		default:
			if err := removeUnit(unit, path); err != nil {
				return damage, err
			}
			damage = append(damage, err)
		}
	}
	return damage, nil
}

// unitOf returns a part's path without its table, and the table.
func unitOf(path string) (unit, table string) {
	unit = strings.TrimSuffix(path, ".parquet")
	table = strings.TrimPrefix(filepath.Ext(unit), ".")
	return strings.TrimSuffix(unit, "."+table), table
}

// removeUnit removes the files of a unit, of which last is the one that is known to be damaged: whatever happens
// before it is gone, the unit is not taken for whole.
func removeUnit(unit, last string) error {
	for table := range readers {
		path := unit + "." + table + ".parquet"
		if path == last {
			continue
		}
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return os.Remove(last)
}

// readers read a file of a table, by the table's name.
var readers = map[string]func(path string) error{
	rowfile.Name[result.Bench]():        readable[result.Bench],
	rowfile.Name[result.Accuracy]():     readable[result.Accuracy],
	rowfile.Name[result.Distribution](): readable[result.Distribution],
	rowfile.Name[result.Layer]():        readable[result.Layer],
	rowfile.Name[result.Claim]():        readable[result.Claim],
	rowfile.Name[result.Curve]():        readable[result.Curve],
	rowfile.Name[result.Pair]():         readable[result.Pair],
	rowfile.Name[result.Limit]():        readable[result.Limit],
}

func readable[R rowfile.Row](path string) error {
	_, err := rowfile.ReadParquet[R](path)
	return err
}

// glob returns the pattern that matches the path alone, for filepath.Glob and for DuckDB.
func glob(path string) string {
	signs := []string{"[", "[[]", "*", "[*]", "?", "[?]"}
	if filepath.Separator != '\\' {
		signs = append(signs, `\`, `[\\]`) // a set of the one sign, written twice for those who escape with it
	}
	return strings.NewReplacer(signs...).Replace(path)
}
