package runstore

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"actinit/datasets/atomicfile"
	"actinit/harness/result"
	"actinit/reports/benchtext"
	"actinit/reports/rowfile"
)

// Options say how a run's tables are made of the rows of its units.
type Options struct {
	// Functions that add up the rows of units that hold parts of one result.
	Accuracy     func([]result.Accuracy) []result.Accuracy         // verify.Merge
	Distribution func([]result.Distribution) []result.Distribution // distribution.Merge

	// Of runs that are joined: functions that make one set of the limits of each machine, and hold timings
	// against it that were taken with the instruction set isa in use.
	Limits func([]result.Limit) []result.Limit                          // roofline.Merge
	Bounds func(rows []result.Bench, limits []result.Limit, isa string) // bench.Hold

	PartitionLayers bool // write the folder layers beside layers.parquet
}

// Finish writes the run's tables from the units saved so far. These stay: the run can be resumed, and finished again,
// until Complete. The run must be locked (see Lock).
func (r *Run) Finish(o Options) error {
	if err := r.writable(); err != nil {
		return err
	}
	data, err := r.collect(o)
	if err != nil {
		return err
	}
	return r.write(data, o)
}

// Fill is Finish with the rows of data in place of those of the units.
func (r *Run) Fill(data *Data, o Options) error {
	if err := r.writable(); err != nil {
		return err
	}
	data.rename(r.Identity())
	return r.write(data, o)
}

// Complete marks a run as complete, with the tables that Finish or Fill has written since the last unit was saved, and removes its units.
func (r *Run) Complete() error {
	if err := r.writable(); err != nil {
		return err
	}
	tables := r.tables.Load()
	if tables == nil {
		return fmt.Errorf("run %s is not finished", r.ID())
	}
	r.env.Finished, r.env.Complete, r.env.Files = now(), true, *tables
	if err := r.writeEnvironment(); err != nil {
		r.env.Complete, r.env.Files = false, nil
		return err
	}
	return r.removeParts()
}

// now is the time as environments have it.
func now() time.Time { return time.Now().UTC().Truncate(time.Microsecond) }

// writable returns an error for a run that this process must not write: it is complete, or not locked.
func (r *Run) writable() error {
	switch {
	case r.env.Complete:
		return fmt.Errorf("run %s is complete: nothing can be added to it", r.ID())
	case r.lock == nil:
		return fmt.Errorf("run %s is not locked", r.ID())
	}
	return nil
}

// rename gives every row the run's ID and start. Its host is the machine that measured it.
func (d *Data) rename(id result.Identity) {
	for i := range d.Bench {
		d.Bench[i].RunID, d.Bench[i].Started = id.RunID, id.Started
	}
	for i := range d.Accuracy {
		d.Accuracy[i].RunID, d.Accuracy[i].Started = id.RunID, id.Started
	}
	for i := range d.Distribution {
		d.Distribution[i].RunID, d.Distribution[i].Started = id.RunID, id.Started
	}
	for i := range d.Layers {
		d.Layers[i].RunID, d.Layers[i].Started = id.RunID, id.Started
	}
	for i := range d.Limits {
		d.Limits[i].RunID, d.Limits[i].Started = id.RunID, id.Started
	}
}

// write writes the tables of the data, and lists them for Complete.
func (r *Run) write(data *Data, o Options) error {
	r.tables.Store(nil)
	written := []result.File{} // which a run without rows lists too
	if err := r.writeTables(&written, data); err != nil {
		return err
	}
	if o.PartitionLayers {
		if err := r.writePartitions(&written, data.Layers); err != nil {
			return err
		}
	}
	r.env.Finished = now()
	if err := r.writeEnvironment(); err != nil {
		return err
	}
	r.tables.Store(&written)
	return nil
}

// collect reads the units, and adds up those that hold parts of one result.
func (r *Run) collect(o Options) (*Data, error) {
	data, err := r.readParts()
	if err != nil {
		return nil, err
	}
	if len(data.Accuracy) > 0 {
		data.Accuracy = o.Accuracy(data.Accuracy)
	}
	if len(data.Distribution) > 0 {
		data.Distribution = o.Distribution(data.Distribution)
	}
	return data, nil
}

// readParts reads the units.
func (r *Run) readParts() (*Data, error) {
	data := &Data{Environment: r.env}
	var err error
	if data.Bench, err = parts[result.Bench](r); err != nil {
		return nil, err
	}
	if data.Accuracy, err = parts[result.Accuracy](r); err != nil {
		return nil, err
	}
	if data.Distribution, err = parts[result.Distribution](r); err != nil {
		return nil, err
	}
	if data.Layers, err = parts[result.Layer](r); err != nil {
		return nil, err
	}
	if data.Claims, err = parts[result.Claim](r); err != nil {
		return nil, err
	}
	if data.Curves, err = parts[result.Curve](r); err != nil {
		return nil, err
	}
	if data.Pairs, err = parts[result.Pair](r); err != nil {
		return nil, err
	}
	if data.Limits, err = parts[result.Limit](r); err != nil {
		return nil, err
	}
	return data, nil
}

// writeTables writes the files of the tables that have rows, and adds them to the list.
func (r *Run) writeTables(list *[]result.File, data *Data) error {
	write := func(file string, rows int, fill func(io.Writer) error) error {
		if rows == 0 {
			return nil
		}
		if !isTable(file) {
			return atomicfile.Write(r.Path(file), fill)
		}
		return r.writeTable(list, file, fill)
	}
	bench := rowfile.Sorted(data.Bench)
	return errors.Join(
		write(FileBench, len(bench), func(w io.Writer) error { return rowfile.WriteParquet(w, bench) }),
		write(FileBenchText, len(bench), func(w io.Writer) error { return benchtext.Write(w, bench, r.env) }),
		write(FileAccuracy, len(data.Accuracy), func(w io.Writer) error { return rowfile.WriteParquet(w, data.Accuracy) }),
		write(FileDistribution, len(data.Distribution), func(w io.Writer) error { return rowfile.WriteParquet(w, data.Distribution) }),
		write(FileLayers, len(data.Layers), func(w io.Writer) error { return rowfile.WriteParquet(w, data.Layers) }),
		write(FileLayersArrow, len(data.Layers), func(w io.Writer) error { return rowfile.WriteArrow(w, data.Layers) }),
		write(FileClaims, len(data.Claims), func(w io.Writer) error { return rowfile.WriteParquet(w, data.Claims) }),
		write(FileCurves, len(data.Curves), func(w io.Writer) error { return rowfile.WriteParquet(w, data.Curves) }),
		write(FilePairs, len(data.Pairs), func(w io.Writer) error { return rowfile.WriteParquet(w, data.Pairs) }),
		write(FileLimits, len(data.Limits), func(w io.Writer) error { return rowfile.WriteParquet(w, data.Limits) }),
	)
}

// Data is everything a run holds. A table that the run does not have is empty.
type Data struct {
	Environment  result.Environment
	Bench        []result.Bench
	Accuracy     []result.Accuracy
	Distribution []result.Distribution
	Layers       []result.Layer
	Claims       []result.Claim
	Curves       []result.Curve
	Pairs        []result.Pair
	Limits       []result.Limit
}

// Empty reports whether no table has a row, as those of a shard for which there was no work.
func (d *Data) Empty() bool {
	return len(d.Bench)+len(d.Accuracy)+len(d.Distribution)+len(d.Layers)+len(d.Claims)+len(d.Curves)+len(d.Pairs)+len(d.Limits) == 0
}

// ErrNoTables is the error of Load for a run that has no table yet.
var ErrNoTables = errors.New("the run was stopped before its tables were written")

// Load reads the run in the folder dir, which may be one that was interrupted
// after Finish. Tables that the run does not have are empty; a damaged one, or one that is not
// there and was, is an error.
func Load(dir string) (*Data, error) {
	env, err := EnvironmentOf(dir)
	if err != nil {
		return nil, err
	}
	if err := whole(dir, env); err != nil {
		return nil, err
	}
	return loadTables(dir, env)
}

// loadTables reads the tables that are there.
func loadTables(dir string, env result.Environment) (*Data, error) {
	data := &Data{Environment: env}
	var err error
	if data.Bench, err = loadTable[result.Bench](dir, FileBench); err != nil {
		return nil, err
	}
	if data.Accuracy, err = loadTable[result.Accuracy](dir, FileAccuracy); err != nil {
		return nil, err
	}
	if data.Distribution, err = loadTable[result.Distribution](dir, FileDistribution); err != nil {
		return nil, err
	}
	if data.Layers, err = loadTable[result.Layer](dir, FileLayers); err != nil {
		return nil, err
	}
	if data.Claims, err = loadTable[result.Claim](dir, FileClaims); err != nil {
		return nil, err
	}
	if data.Curves, err = loadTable[result.Curve](dir, FileCurves); err != nil {
		return nil, err
	}
	if data.Pairs, err = loadTable[result.Pair](dir, FilePairs); err != nil {
		return nil, err
	}
	if data.Limits, err = loadTable[result.Limit](dir, FileLimits); err != nil {
		return nil, err
	}
	if len(data.Bench)+len(data.Accuracy)+len(data.Distribution)+len(data.Layers)+len(data.Claims)+len(data.Pairs)+len(data.Limits) == 0 && !env.Complete {
		return nil, fmt.Errorf("%s: %w: go on with %s", dir, ErrNoTables, GoOn(dir, env))
	}
	return data, nil
}

// loadToWrite is Load for rows that are written anew: tables with columns that this program does not know, and would
// leave out, are an error.
func loadToWrite(dir string) (*Data, error) {
	data, err := Load(dir)
	if err != nil {
		return nil, err
	}
	return data, cmp.Or(
		checkColumns[result.Bench](dir, FileBench),
		checkColumns[result.Accuracy](dir, FileAccuracy),
		checkColumns[result.Distribution](dir, FileDistribution),
		checkColumns[result.Layer](dir, FileLayers),
		checkColumns[result.Claim](dir, FileClaims),
		checkColumns[result.Curve](dir, FileCurves),
		checkColumns[result.Pair](dir, FilePairs),
		checkColumns[result.Limit](dir, FileLimits),
	)
}

func checkColumns[R rowfile.Row](dir, file string) error {
	path := filepath.Join(dir, file)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return rowfile.CheckColumns[R](path)
}

func loadTable[R rowfile.Row](dir, file string) ([]R, error) {
	path := filepath.Join(dir, file)
	if _, err := os.Stat(path); errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return rowfile.ReadParquet[R](path)
}
