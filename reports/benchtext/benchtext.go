// Package benchtext writes the rows of a benchmark run in Go's benchmark
// format, which benchstat and its relatives read, and reads them back.
//
// The text holds every column of bench.parquet: reading it gives the same rows,
// bit for bit. What names a kernel stands in the benchmark's name, what was
// measured stands in the benchmark's line, and the rest stands in configuration
// lines. benchstat makes a table of its own for every value of a configuration
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
)

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
)

// Ignored lists the configuration keys that say when, where and in which order
// a sample was taken. They would split benchstat's tables.
func Ignored() []string {
	return []string{keyRun, keyHost, keyStarted, keyCommit, keyGoVersion, keyISA, keyBytesPerOp, keySample, keyOrder, keyElapsed}
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
	for _, unit := range []struct{ name, better string }{
		{unitTime, "lower"}, {unitRate, "higher"}, {unitElem, "lower"},
	} {
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
	for _, c := range []struct{ key, value string }{
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
	} {
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
		{"run", row.RunID}, {"host", row.Host}, {"isa", row.ISA},
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
