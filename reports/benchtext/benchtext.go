// Package benchtext writes the rows of a benchmark run in Go's benchmark
// format, which benchstat and its relatives read, and reads them back.
//
// The text holds every column of bench.parquet: reading it gives the same rows,
// bit for bit. What names a kernel stands in the benchmark's name, what was
// measured stands in the benchmark's line, and the rest stands in configuration
// lines. What the processor counted stands in both: for each call in the benchmark's line, for
// people and benchstat, and for the whole sample in configuration lines, which are what is read back. A line
// that is missing is a value that is unknown. benchstat makes a table of its own for every value of a configuration
// line, so those which differ from run to run or from sample to sample must be
// left out: Command gives the benchstat command that does.
package benchtext

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/perf/benchfmt"

	"actinit/harness/result"
)

// Units of the measurements in a benchmark line.
const (
	unitTime = "ns/op"
	unitRate = "B/s"
	unitElem = "ns/elem"

	unitCycles       = "cycles/op"
	unitInstructions = "instructions/op"
	unitL1Misses     = "L1-misses/op"
	unitLLCMisses    = "LLC-misses/op"
	unitAllocs       = "allocs/op"
)

// units lists them, with what benchstat is to call better.
var units = []struct{ name, better string }{
	{unitTime, "lower"}, {unitRate, "higher"}, {unitElem, "lower"},
	{unitCycles, "lower"}, {unitInstructions, "lower"}, {unitL1Misses, "lower"}, {unitLLCMisses, "lower"}, {unitAllocs, "lower"},
}

// Keys of configuration lines, other than goos, goarch, pkg and cpu.
const (
	keyRun        = "run"
	keyHost       = "host"
	keyStarted    = "started"
	keyCommit     = "commit"
	keyGoVersion  = "go"
	keyISA        = "isa"
	keyBytesPerOp = "bytes-per-op"
	keySample     = "sample"
	keyOrder      = "order"
	keyElapsed    = "elapsed-ns"

	keyCycles       = "cycles"
	keyInstructions = "instructions"
	keyL1Misses     = "l1-misses"
	keyLLCMisses    = "llc-misses"
	keyAllocs       = "allocs"
	keySwitches     = "switches"
	keySteal        = "steal-ns"
	keyFrequency    = "frequency-hz"
	keyLoad         = "load"
	keyIntensity    = "intensity"
	keyBound        = "bound"
	keyBoundNs      = "bound-ns"
)

// A count of a sample, and its unit for each call, "" if that means nothing.
type count struct {
	key, unit string
	of        func(*result.Bench) **int64
}

// counts are the columns of counts that may be unknown.
var counts = []count{
	{keyCycles, unitCycles, func(r *result.Bench) **int64 { return &r.Cycles }},
	{keyInstructions, unitInstructions, func(r *result.Bench) **int64 { return &r.Instructions }},
	{keyL1Misses, unitL1Misses, func(r *result.Bench) **int64 { return &r.L1Misses }},
	{keyLLCMisses, unitLLCMisses, func(r *result.Bench) **int64 { return &r.LLCMisses }},
	{keyAllocs, unitAllocs, func(r *result.Bench) **int64 { return &r.Allocs }},
	{keySwitches, "", func(r *result.Bench) **int64 { return &r.Switches }},
	{keySteal, "", func(r *result.Bench) **int64 { return &r.StealNs }},
}

// quantities are the columns of numbers that may be unknown.
var quantities = []struct {
	key string
	of  func(*result.Bench) **float64
}{
	{keyFrequency, func(r *result.Bench) **float64 { return &r.FrequencyHz }},
	{keyLoad, func(r *result.Bench) **float64 { return &r.Load }},
	{keyIntensity, func(r *result.Bench) **float64 { return &r.Intensity }},
	{keyBoundNs, func(r *result.Bench) **float64 { return &r.BoundNs }},
}

// Ignored lists the configuration keys that say when, where and in which order
// a sample was taken, and what was seen meanwhile. They would split benchstat's tables.
func Ignored() []string {
	keys := []string{keyRun, keyHost, keyStarted, keyCommit, keyGoVersion, keyISA, keyBytesPerOp, keySample, keyOrder, keyElapsed, keyBound}
	for _, c := range counts {
		keys = append(keys, c.key)
	}
	for _, q := range quantities {
		keys = append(keys, q.key)
	}
	return keys
}

// Command returns the command line that compares text files of this package,
// oldest first, with benchstat. One file gives a summary.
func Command(files ...string) string {
	quoted := make([]string, len(files))
	for i, f := range files {
		quoted[i] = quote(f)
	}
	return "go tool benchstat -ignore " + strings.Join(Ignored(), ",") + " " + strings.Join(quoted, " ")
}

// quote makes s one word for a POSIX shell.
func quote(s string) string {
	safe := func(r rune) bool {
		return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("-_./=+,:@", r)
	}
	if s != "" && strings.IndexFunc(s, func(r rune) bool { return !safe(r) }) < 0 {
		return s
	}
	return "'" + strings.ReplaceAll(s, "'", `'\''`) + "'"
}

// Write writes rows, in their order, with the machine and build of env. A name
// that the format cannot hold (it has a space, say) is an error.
func Write(w io.Writer, rows []result.Bench, env result.Environment) error {
	bw := benchfmt.NewWriter(w)
	for _, unit := range units {
		err := bw.Write(&benchfmt.UnitMetadata{
			UnitMetadataKey: benchfmt.UnitMetadataKey{Unit: unit.name, Key: "better"},
			OrigUnit:        unit.name,
			Value:           unit.better,
		})
		if err != nil {
			return err
		}
	}
	if _, err := io.WriteString(w, "\n"); err != nil {
		return err
	}
	for i, row := range rows {
		if err := check(row); err != nil {
			return fmt.Errorf("row %d: %w", i+1, err)
		}
		if err := bw.Write(record(row, env)); err != nil {
			return err
		}
	}
	return nil
}

// record is one row as a benchmark result.
func record(row result.Bench, env result.Environment) *benchfmt.Result {
	name := result.Name(row)
	if env.GOMAXPROCS > 1 {
		name += "-" + strconv.Itoa(env.GOMAXPROCS)
	}
	r := &benchfmt.Result{
		Name:  benchfmt.Name(name),
		Iters: int(row.Iterations),
		Values: []benchfmt.Value{
			{Value: row.NsPerOp, Unit: unitTime},
			{Value: row.BytesPerS, Unit: unitRate},
			{Value: row.NsPerElem, Unit: unitElem},
		},
	}
	type line struct{ key, value string }
	lines := []line{
		{"goos", env.GOOS},
		{"goarch", env.GOARCH},
		{"pkg", env.Module},
		{"cpu", env.CPU},
		{keyRun, row.RunID},
		{keyHost, row.Host},
		{keyStarted, row.Started.UTC().Format(time.RFC3339Nano)},
		{keyCommit, env.Commit},
		{keyGoVersion, env.GoVersion},
		{keyISA, row.ISA},
		{keyBytesPerOp, strconv.FormatInt(row.BytesPerOp, 10)},
		{keySample, strconv.FormatInt(row.Sample, 10)},
		{keyOrder, strconv.FormatInt(row.Order, 10)},
		{keyElapsed, strconv.FormatInt(row.ElapsedNs, 10)},
		{keyBound, row.Bound},
	}
	for _, c := range counts {
		if n := *c.of(&row); n != nil {
			lines = append(lines, line{c.key, strconv.FormatInt(*n, 10)})
			if c.unit != "" {
				r.Values = append(r.Values, benchfmt.Value{Value: float64(*n) / float64(row.Iterations), Unit: c.unit})
			}
		}
	}
	for _, q := range quantities {
		if v := *q.of(&row); v != nil {
			lines = append(lines, line{q.key, strconv.FormatFloat(*v, 'g', -1, 64)})
		}
	}
	for _, c := range lines {
		if value := strings.Join(strings.Fields(c.value), " "); value != "" {
			r.Config = append(r.Config, benchfmt.Config{Key: c.key, Value: []byte(value), File: true})
		}
	}
	return r
}

// check reports what a benchmark line or a configuration line cannot hold.
func check(row result.Bench) error {
	for _, field := range []struct{ name, value string }{
		{"op", row.Op}, {"direction", row.Direction}, {"type", row.Type}, {"variant", row.Variant},
	} {
		if !utf8.ValidString(field.value) || strings.ContainsFunc(field.value, func(r rune) bool {
			return r == '/' || unicode.IsSpace(r) || unicode.IsControl(r)
		}) {
			return fmt.Errorf("%s %q cannot stand in a benchmark's name: want no space and no slash", field.name, field.value)
		}
	}
	for _, field := range []struct{ name, value string }{
		{"run", row.RunID}, {"host", row.Host}, {"isa", row.ISA}, {"bound", row.Bound},
	} {
		if field.value != strings.Join(strings.Fields(field.value), " ") || strings.ContainsFunc(field.value, unicode.IsControl) {
			return fmt.Errorf("%s %q cannot stand in a configuration line: want single spaces and no line break", field.name, field.value)
		}
	}
	if row.N < 0 {
		return fmt.Errorf("n is %d, want at least 0", row.N)
	}
	return nil
}
