// Package filter selects kernels and nets with benchstat's filter expressions:
//
//	op:sigmoid
//	op:(sigmoid OR tanh) isa:portable
//	-type:float64 n:/^(64|4096)$/
//	init:"xavier (lecture)" -act:relu
//
// The syntax and its meaning are those of golang.org/x/perf/benchproc/syntax;
// only the keys are ours (Keys). A key that a thing does not have counts as
// empty, so n:4096 matches nothing that has no size.
package filter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/perf/benchfmt"
	"golang.org/x/perf/benchproc"

	"actinit/harness/result"
)

// The keys an expression may use. Op to Mode describe kernels, Act to Width
// describe nets.
const (
	Op      = "op"      // operation: sigmoid, tanh, ...
	Dir     = "dir"     // direction: forward, backward, slopegrad, fill
	Type    = "type"    // element type: float32, float64, float16, bfloat16
	Variant = "variant" // scalar, unrolled, avx2, avx512
	ISA     = "isa"     // portable, avx2, avx512
	N       = "n"       // elements
	Workers = "workers" // goroutines
	Mode    = "mode"    // warm, cold, in-place

	Act   = "act"   // activation: an operation of the table
	Init  = "init"  // initialiser: normal .01, xavier (lecture), ...
	Data  = "data"  // n01, digits
	Depth = "depth" // layers
	Width = "width" // units per layer
)

// Keys lists the keys that Parse knows.
func Keys() []string {
	return []string{Op, Dir, Type, Variant, ISA, N, Workers, Mode, Act, Init, Data, Depth, Width}
}

// maxLength bounds an expression: longer ones are no one's intention.
const maxLength = 4096

// A Filter is a parsed expression. It is safe for use by several goroutines.
type Filter struct {
	expr  string
	match *benchproc.Filter
	terms []term
}

// Parse reads an expression. The empty expression matches everything. An error
// is one line that says what is wrong and what would be right.
func Parse(expr string) (*Filter, error) {
	f := &Filter{expr: strings.TrimSpace(expr)}
	if len(f.expr) > maxLength {
		return nil, fmt.Errorf("filter of %d bytes is too long: the limit is %d", len(f.expr), maxLength)
	}
	query := f.expr
	if query == "" {
		query = "*"
	}
	var err error
	if f.match, err = benchproc.NewFilter(query); err != nil {
		return nil, syntaxError(f.expr, err)
	}
	f.terms = scan(query)
	for _, t := range f.terms {
		if slices.Contains(Keys(), t.key) {
			continue
		}
		hint := ""
		if near, ok := Nearest(strings.TrimPrefix(t.key, "/"), Keys()); ok {
			hint = fmt.Sprintf(" (did you mean %s?)", near)
		}
		return nil, fmt.Errorf("filter %q: unknown key %q%s; keys are %s",
			f.expr, t.key, hint, strings.Join(Keys(), ", "))
	}
	return f, nil
}

// syntaxError puts benchproc's error, which draws a caret under the query on
// a line of its own, on one line.
func syntaxError(expr string, err error) error {
	lines := strings.Split(err.Error(), "\n")
	msg := strings.TrimPrefix(lines[0], "syntax error: ")
	if caret := strings.TrimPrefix(lines[len(lines)-1], "\t"); strings.TrimLeft(caret, " ") == "^" {
		return fmt.Errorf("filter %q: %s at character %d; write key:value, key:(a OR b), key:/regexp/, -x",
			expr, msg, len(caret))
	}
	return fmt.Errorf("filter %q: %w", expr, errors.New(msg))
}

// String returns the expression.
func (f *Filter) String() string { return f.expr }

// Uses reports whether the expression mentions the key.
func (f *Filter) Uses(key string) bool {
	return slices.ContainsFunc(f.terms, func(t term) bool { return t.key == key })
}

// A Setting is a key with the value that one kernel or net has.
type Setting struct{ Key, Value string }

// Int is the setting of a numeric key.
func Int(key string, value int) Setting { return Setting{key, strconv.Itoa(value)} }

// Kernel returns the settings of a kernel.
func Kernel(k result.Kernel) []Setting {
	return []Setting{{Op, k.Op}, {Dir, k.Direction}, {Type, k.Type}, {Variant, k.Variant}, {ISA, k.ISA}}
}

// Net returns the settings of a net.
func Net(act, init, data string, depth, width int) []Setting {
	return []Setting{{Act, act}, {Init, init}, {Data, data}, Int(Depth, depth), Int(Width, width)}
}

// Match reports whether the expression holds for the kernel with the further
// settings, such as Int(N, 4096). A nil Filter matches everything.
func (f *Filter) Match(k result.Kernel, more ...Setting) bool {
	return f == nil || f.MatchSettings(append(Kernel(k), more...)...)
}

// MatchNet reports whether the expression holds for the net. A nil Filter
// matches everything.
func (f *Filter) MatchNet(act, init, data string, depth, width int) bool {
	return f == nil || f.MatchSettings(Net(act, init, data, depth, width)...)
}

// MatchSettings reports whether the expression holds for the settings. A nil
// Filter matches everything.
func (f *Filter) MatchSettings(settings ...Setting) bool {
	if f == nil {
		return true
	}
	res := &benchfmt.Result{Config: make([]benchfmt.Config, len(settings))}
	for i, s := range settings {
		res.Config[i] = benchfmt.Config{Key: s.Key, Value: []byte(s.Value)}
	}
	m, err := f.match.Match(res)
	return err == nil && m.Any()
}
