package benchtext

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"golang.org/x/perf/benchfmt"

	"actinit/harness/result"
)

// Read reads what Write wrote; file stands in errors. Benchmarks other than
// Write's, and lines that are cut short, are errors which name the line.
func Read(r io.Reader, file string) ([]result.Bench, error) {
	text, err := io.ReadAll(r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	if len(text) > 0 && text[len(text)-1] != '\n' {
		return nil, fmt.Errorf("%s:%d: cut short: the last line does not end", file, bytes.Count(text, []byte("\n"))+1)
	}
	var rows []result.Bench
	br := benchfmt.NewReader(bytes.NewReader(text), file)
	for br.Scan() {
		switch record := br.Result().(type) {
		case *benchfmt.SyntaxError:
			return nil, record
		case *benchfmt.Result:
			row, err := parse(record)
			if err != nil {
				name, line := record.Pos()
				return nil, fmt.Errorf("%s:%d: %w", name, line, err)
			}
			rows = append(rows, row)
		}
	}
	if err := br.Err(); err != nil {
		return nil, err
	}
	if len(rows) == 0 && len(text) > 0 && !bytes.HasPrefix(text, []byte("Unit ")) {
		return nil, fmt.Errorf("%s: no benchmark line: not benchmark text", file)
	}
	return rows, nil
}

// parse is the inverse of record.
func parse(r *benchfmt.Result) (result.Bench, error) {
	p := parser{r: r}
	base, parts := r.Name.Parts()
	if string(base) != "Kernel" {
		return result.Bench{}, fmt.Errorf("benchmark %s, want one named Kernel/op=NAME/dir=NAME/type=NAME", r.Name)
	}
	row := result.Bench{
		RunID:      r.GetConfig(keyRun),
		Host:       r.GetConfig(keyHost),
		Started:    p.time(keyStarted),
		Op:         part(parts, "op"),
		Direction:  part(parts, "dir"),
		Type:       part(parts, "type"),
		Variant:    part(parts, "variant"),
		ISA:        r.GetConfig(keyISA),
		Workers:    p.integer("workers", part(parts, "workers")),
		N:          p.integer("n", part(parts, "n")),
		Sample:     p.integer(keySample, r.GetConfig(keySample)),
		Order:      p.integer(keyOrder, r.GetConfig(keyOrder)),
		Iterations: int64(r.Iters),
		ElapsedNs:  p.integer(keyElapsed, r.GetConfig(keyElapsed)),
		NsPerOp:    p.measurement(unitTime),
		NsPerElem:  p.measurement(unitElem),
		BytesPerOp: p.integer(keyBytesPerOp, r.GetConfig(keyBytesPerOp)),
		BytesPerS:  p.measurement(unitRate),
		Mode:       cmp.Or(part(parts, "mode"), result.Warm),
		Bound:      r.GetConfig(keyBound),
	}
	for _, c := range counts {
		if value := r.GetConfig(c.key); value != "" {
			n := p.integer(c.key, value)
			*c.of(&row) = &n
		}
	}
	for _, q := range quantities {
		if value := r.GetConfig(q.key); value != "" {
			v := p.number(q.key, value)
			*q.of(&row) = &v
		}
	}
	row.Day = row.Started.Format(time.DateOnly)
	if p.err == nil && result.Name(row) != baseName(r.Name) {
		p.err = fmt.Errorf("benchmark %s, want %s", baseName(r.Name), result.Name(row))
	}
	return row, p.err
}

// baseName is the name without the GOMAXPROCS suffix.
func baseName(name benchfmt.Name) string {
	_, parts := name.Parts()
	full := name.String()
	if len(parts) > 0 && parts[len(parts)-1][0] == '-' {
		full = strings.TrimSuffix(full, string(parts[len(parts)-1]))
	}
	return full
}

func part(parts [][]byte, key string) string {
	for _, p := range parts {
		if value, ok := bytes.CutPrefix(p, []byte("/"+key+"=")); ok {
			return string(value)
		}
	}
	return ""
}

// A parser keeps the first error of a row.
type parser struct {
	r   *benchfmt.Result
	err error
}

func (p *parser) fail(err error) {
	if p.err == nil {
		p.err = err
	}
}

func (p *parser) integer(key, value string) int64 {
	if value == "" {
		p.fail(fmt.Errorf("no %s: not text of actinit export, or its configuration lines are lost", key))
		return 0
	}
	n, err := strconv.ParseInt(value, 10, 64)
	if err != nil {
		p.fail(fmt.Errorf("%s is %q, want an integer", key, value))
	}
	return n
}

func (p *parser) number(key, value string) float64 {
	v, err := strconv.ParseFloat(value, 64)
	if err != nil {
		p.fail(fmt.Errorf("%s is %q, want a number", key, value))
	}
	return v
}

func (p *parser) time(key string) time.Time {
	t, err := time.Parse(time.RFC3339Nano, p.r.GetConfig(key))
	if err != nil {
		p.fail(fmt.Errorf("%s is %q, want a time like 2026-01-02T15:04:05Z", key, p.r.GetConfig(key)))
	}
	return t.UTC()
}

// measurement returns the value as it was written: the reader has tidied
// ns to seconds, with a rounding.
func (p *parser) measurement(unit string) float64 {
	for _, v := range p.r.Values {
		switch {
		case v.OrigUnit == unit:
			return v.OrigValue
		case v.OrigUnit == "" && v.Unit == unit:
			return v.Value
		}
	}
	p.fail(errors.New("no measurement in " + unit))
	return 0
}
