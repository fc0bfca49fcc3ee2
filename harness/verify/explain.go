package verify

import (
	"fmt"
	"io"
	"math"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// Explain shows what every kernel that passes the filter makes of one input:
// the input's bits, the exact value to 30 digits, the correctly rounded result,
// and each variant's result with its error in ULP.
//
// input is a list of values separated by commas, as in Accuracy.WorstInput and
// the reproducing commands: one for a forward or a fused kernel, gradient and saved value
// for a backward kernel, one more for each further piece of maxout. A value is
// the hexadecimal bits of a float32 (up to 8 digits) or of a float64 (9 to 16
// digits), up to 4 digits of a 16-bit type too, or a decimal number, which stands for
// the nearest of each type. A parameter is given by name: "0xbf800000,alpha=0.5".
//
// wrong is the number of results that break their promise, which the text calls WRONG.
func Explain(w io.Writer, o Options, input string) (wrong int, err error) {
	o, err = o.complete()
	if err != nil {
		return 0, err
	}
	p, err := parsePoint(input)
	if err != nil {
		return 0, err
	}
	defer func() {
		switch failure := recover().(type) {
		case nil:
		case unreachable:
			err = failure.error
		default:
			panic(failure)
		}
	}()
	shown := 0
	var undefined []error // each once
	count := func(results, broken int, err error) {
		shown += results
		wrong += broken
		if err != nil && !slices.ContainsFunc(undefined, func(other error) bool { return other.Error() == err.Error() }) {
			undefined = append(undefined, err)
		}
	}
	for i := range o.Table {
		row := &o.Table[i]
		if p.param != "" && (row.Param == nil || row.Param.Name != p.param) {
			continue
		}
		for _, direction := range []string{ops.Forward, ops.Backward, ops.Fused} {
			if !p.wide {
				count(explain(w, &o, subject[float32]{row, direction, result.Float32, row.Kernel32, binary32}, p))
			}
			if !p.wide && p.digits <= 4 {
				for _, s := range halfSubjects(row, direction) {
					count(explain(w, &o, s, p))
				}
			}
			if !p.narrow {
				count(explain(w, &o, subject[float64]{row, direction, result.Float64, row.Kernel64, binary64}, p))
			}
		}
	}
	switch {
	case shown == 0 && len(undefined) > 0:
		return 0, fmt.Errorf("input %s: %w", input, undefined[0])
	case shown == 0:
		return 0, fmt.Errorf("input %s: no selected kernel takes %d %s; give one value for a forward or a fused kernel, gradient and saved value for a backward one, as hexadecimal bits of its type or as numbers", input, len(p.values), p.typeNames())
	}
	for _, err := range undefined {
		fmt.Fprintf(w, "left out: %v\n", err)
	}
	return wrong, nil
}

// A point is a parsed input.
type point struct {
	values       []pointValue
	param        string // name of the parameter, empty for the default
	paramValue   float64
	narrow, wide bool // bits of a float32 or a float64 were given
	digits       int  // the most digits of a value's bits
}

// A pointValue is a number or the bits of one.
type pointValue struct {
	number float64
	bits   uint64
	isBits bool
}

func (p *point) typeNames() string {
	names := "values"
	if len(p.values) == 1 {
		names = "value"
	}
	switch {
	case p.narrow:
		return "float32 " + names
	case p.wide:
		return "float64 " + names
	}
	return names
}

// maxPointValues bounds an input: gradient and 16 pieces.
const maxPointValues = 17

// parsePoint reads an input. Its errors name the value that is wrong.
func parsePoint(input string) (*point, error) {
	p := new(point)
	for field := range strings.SplitSeq(input, ",") {
		field = strings.TrimSpace(field)
		name, value, isParam := strings.Cut(field, "=")
		if isParam {
			number, err := strconv.ParseFloat(value, 64)
			if err != nil || name == "" || p.param != "" {
				return nil, fmt.Errorf("input %q: %q must be one parameter and its value, as in alpha=0.5", input, field)
			}
			p.param, p.paramValue = name, number
			continue
		}
		v, digits, err := parseValue(field)
		if err != nil {
			return nil, fmt.Errorf("input %q: %q is neither hexadecimal bits of a float, as 0x3f800000, nor a number", input, field)
		}
		p.narrow = p.narrow || v.isBits && digits <= 8
		p.wide = p.wide || v.isBits && digits > 8
		p.digits = max(p.digits, digits)
		p.values = append(p.values, v)
	}
	switch {
	case p.narrow && p.wide:
		return nil, fmt.Errorf("input %q mixes bits of float32 (up to 8 digits) and of float64 (more)", input)
	case len(p.values) == 0 || len(p.values) > maxPointValues:
		return nil, fmt.Errorf("input %q must have 1 to %d values", input, maxPointValues)
	}
	return p, nil
}

// parseValue reads one value and the number of its hexadecimal digits.
func parseValue(s string) (v pointValue, digits int, err error) {
	hex, isHex := strings.CutPrefix(strings.ToLower(s), "0x")
	if !isHex || strings.ContainsAny(hex, "p.") { // 0x1.8p-3 is a number
		v.number, err = strconv.ParseFloat(s, 64)
		return v, 0, err
	}
	v.isBits = true
	v.bits, err = strconv.ParseUint(hex, 16, 64)
	return v, len(hex), err
}

// explain shows one subject and returns how many variants it has shown, and how many
// results of theirs break the promise. It shows none of a function that is not defined at the parameter, and says so.
func explain[T kernels.Float](w io.Writer, o *Options, s subject[T], p *point) (shown, wrong int, err error) {
	variants := s.variants(o)
	fn := s.function()
	if len(variants) == 0 || fn.Inputs != len(p.values) {
		return 0, 0, nil
	}
	param := params[T](s.row)[0]
	if p.param != "" {
		param = T(p.paramValue)
		if err := s.row.Param.Check(float64(param)); err != nil {
			return 0, 0, fmt.Errorf("%s of %s: %w", s.row.Name, s.typeName, err)
		}
	}
	in, args := make([][]T, fn.Inputs), make([]float64, fn.Inputs)
	for k, v := range p.values {
		x := s.format.nearest(v.number)
		if v.isBits {
			x = s.format.fromBits(v.bits)
		}
		in[k], args[k] = []T{x}, float64(x)
	}
	fmt.Fprintf(w, "%s %s %s: %s\n", s.row.Name, s.direction, s.typeName, fn.Formula)
	line := func(name, hex, value, note string) {
		text := fmt.Sprintf("  %-18s %-*s  %-*s %s", name, int(s.format.bits/4)+2, hex, decimalWidth, value, note)
		fmt.Fprintln(w, strings.TrimRight(text, " "))
	}
	for k := range in {
		line(inputName(s.direction, k, fn.Inputs), s.format.hex(in[k][0]), decimal(in[k][0]), "")
	}
	if s.row.Param != nil {
		line(s.row.Param.Name, s.format.paramHex(param), decimal(param), "")
	}
	j := newJudge(&s, param)
	b := &block[T]{in: in, inputs: 1}
	for piece := range fn.Outputs {
		b.expected = append(b.expected, j.expect(args, piece))
	}
	out := make([][]T, len(variants))
	for i, v := range variants {
		out[i] = make([]T, fn.Outputs)
		call(v.run, out[i], in, param)
	}
	for piece, e := range b.expected {
		if fn.Outputs > 1 {
			fmt.Fprintf(w, "  %s\n", outputName(s.direction, piece))
		}
		if e.kind == outside {
			fmt.Fprintf(w, "  outside [%g, %g]: no promise\n", fn.Domain[0], fn.Domain[1])
		} else {
			line("exact value", "", j.digits(args, piece, e), decidedBy(j))
			line("correctly rounded", s.format.hex(e.correct), decimal(e.correct), "")
		}
		for i, v := range variants {
			r := out[i][piece]
			words, broken := verdict(&s, b, j, v, piece, r)
			line(v.id.Variant, s.format.hex(r), decimal(r), words)
			if broken {
				wrong++
			}
		}
	}
	return len(variants), wrong, nil
}

// outputName names one of several outputs.
func outputName(direction string, piece int) string {
	if direction == ops.Fused {
		return []string{"value", "derivative"}[piece]
	}
	return fmt.Sprintf("gradient of piece %d", piece)
}

func inputName(direction string, k, inputs int) string {
	switch {
	case direction == ops.Backward && k == 0:
		return "gradient"
	case direction == ops.Backward && inputs == 2:
		return "saved"
	case direction == ops.Backward:
		return fmt.Sprintf("piece %d", k-1)
	case inputs > 1:
		return fmt.Sprintf("piece %d", k)
	}
	return "input"
}

// decimalWidth is the width of a column of numbers: 30 digits, sign and exponent.
const decimalWidth = 37

// decimal prints a value so that it reads back as itself.
func decimal[T kernels.Float](x T) string {
	bits := 64
	if _, narrow := any(x).(float32); narrow {
		bits = 32
	}
	return strconv.FormatFloat(float64(x), 'g', -1, bits)
}

func decidedBy[T kernels.Float](j *judge[T]) string {
	switch {
	case j.decided > 0:
		return "rounding decided by the oracle"
	case j.paired > 0:
		return "rounding decided by double-double arithmetic"
	}
	return "rounding decided by the float64 reference"
}

// digits prints the exact value of output element piece to 30 digits.
func (j *judge[T]) digits(args []float64, piece int, e expected[T]) string {
	if e.kind == notANumber || e.kind == infinite {
		return decimal(e.correct)
	}
	if y, bound := j.fn.Value(args, j.param, piece); bound == 0 {
		return new(big.Float).SetFloat64(y).Text('g', 30)
	}
	for _, x := range args {
		if math.IsInf(x, 0) {
			return decimal(e.correct)
		}
	}
	y, _ := j.fn.Oracle(128, args, j.param, piece)
	const least = -1 << 16 // an exponent whose power of two takes milliseconds to write as a decimal, and not hours
	if y.Sign() != 0 && y.MantExp(nil) < least {
		return fmt.Sprintf("%g, but for less than 2^%d", math.Copysign(0, float64(y.Sign())), least)
	}
	return y.Text('g', 30)
}

// verdict says what is right or wrong with a result, and whether it breaks the promise.
func verdict[T kernels.Float](s *subject[T], b *block[T], j *judge[T], v variant[T], i int, r T) (text string, broken bool) {
	e := &b.expected[i]
	if e.kind == outside {
		return "", false
	}
	promise := s.promise()
	if s.direction == ops.Backward && b.in[0][0] == 1 && j.param == float64(params[T](s.row)[0]) {
		promise = s.sweptPromise() // so that what a sweep calls wrong is wrong here
	}
	if v.remote {
		promise = unpromised
	}
	t := &tally[T]{id: v.id, format: s.format, promise: promise, judge: j}
	t.one(b, i, r)
	var words []string
	if t.errors.compared > 0 {
		words = append(words, fmt.Sprintf("%.6g ULP", t.errors.max))
	}
	switch {
	case same(r, e.correct):
		words = append(words, "correctly rounded")
	case t.overBound > 0:
		words = append(words, fmt.Sprintf("WRONG: the promise is %s, %g ULP", t.promise.Rounding, t.promise.ULP))
	case t.errors.widened > 0:
		words = append(words, fmt.Sprintf("within the promise: %g ULP and, because a factor of the product is subnormal, %.6g more", t.promise.ULP, t.allowance(b, i, e)))
	case v.remote && t.nan+t.inf > 0:
		words = append(words, "disagrees; no promise")
	case v.remote && t.zeroSign > 0:
		words = append(words, "the sign of zero is lost; no promise")
	case t.unfaithful == 0:
		words = append(words, "faithful")
	case v.remote:
		words = append(words, "no promise")
	default:
		words = append(words, "within the promise")
	}
	return strings.Join(words, ", "), t.overBound > 0
}
