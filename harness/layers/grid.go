package layers

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"unicode"

	"actinit/harness/ops"
)

// Axes of a grid, in the order in which its cells vary: the last the fastest.
const (
	axisAct   = "act"
	axisInit  = "init"
	axisData  = "data"
	axisDepth = "depth"
	axisWidth = "width"
	axisBatch = "batch"
	axisGain  = "gain"
	axisBias  = "bias"
	axisSeed  = "seed"
)

var axes = []string{axisAct, axisInit, axisData, axisDepth, axisWidth, axisBatch, axisGain, axisBias, axisSeed}

// largestGrid is the number of cells beyond which a grid is a slip of the keyboard.
const largestGrid = 1 << 20

// ParseGrid returns the cells of a sweep, the product of the values of its axes:
//
//	act=tanh,relu init="normal .01",kaiming depth=5,10,20 width=256 gain=.8:1.2:.1 seed=1:5
//
// An axis has values separated by commas, or numbers from:to or from:to:step with both
// ends. act are operations of the table, init the names of Initializers and of packages
// initializer and datainit, data n01 or digits; gain multiplies the weights and bias is
// the standard deviation of the biases.
// Axes that are left out have one value: tanh, xavier (lecture), n01, 6 layers of 512
// units, 256 examples, gain 1, no biases, and the seed given.
func ParseGrid(text string, seed uint64) ([]Cell, error) {
	values := map[string][]string{
		axisAct: {"tanh"}, axisInit: {XavierLecture}, axisData: {DataN01},
		axisDepth: {strconv.Itoa(lectureDepth)}, axisWidth: {strconv.Itoa(smallWidth)}, axisBatch: {strconv.Itoa(smallBatch)},
		axisGain: {"1"}, axisBias: {"0"}, axisSeed: {strconv.FormatUint(seed, 10)},
	}
	given := map[string]bool{}
	words, err := gridWords(text)
	if err != nil {
		return nil, err
	}
	for _, word := range words {
		axis, list, ok := strings.Cut(word, "=")
		switch {
		case !ok || list == "":
			return nil, fmt.Errorf("%q: want axis=value,value", word)
		case values[axis] == nil:
			return nil, fmt.Errorf("there is no axis %q: want %s", axis, strings.Join(axes, ", "))
		case given[axis]:
			return nil, fmt.Errorf("the axis %s is there twice", axis)
		}
		given[axis] = true
		if values[axis], err = axisValues(axis, list); err != nil {
			return nil, err
		}
	}
	cells := []Cell{{}}
	for _, axis := range axes {
		if len(cells)*len(values[axis]) > largestGrid {
			return nil, fmt.Errorf("it has more than %d cells", largestGrid)
		}
		var more []Cell
		for _, c := range cells {
			for _, v := range values[axis] {
				if err := c.set(axis, v); err != nil {
					return nil, fmt.Errorf("%s=%s: %w", axis, v, err)
				}
				more = append(more, c)
			}
		}
		cells = more
	}
	units := map[Cell]bool{}
	for _, c := range cells { // numbers may be written in several ways, and there are so many digits
		c.Batch = c.batch()
		if units[c] {
			return nil, fmt.Errorf("%v, batch %d, seed %d is there twice", c, c.Batch, c.Seed)
		}
		units[c] = true
	}
	return cells, nil
}

// gridWords splits at spaces, but not within quotes, which it takes away.
func gridWords(text string) ([]string, error) {
	var words []string
	var word strings.Builder
	quoted := false
	for _, r := range text + " " {
		switch {
		case r == '"':
			quoted = !quoted
		case unicode.IsSpace(r) && !quoted:
			if word.Len() > 0 {
				words = append(words, word.String())
				word.Reset()
			}
		default:
			word.WriteRune(r)
		}
	}
	if quoted {
		return nil, fmt.Errorf("%s: a quote is not closed", text)
	}
	return words, nil
}

// axisValues returns the values of a list, with ranges written out.
func axisValues(axis, list string) ([]string, error) {
	var values []string
	for item := range strings.SplitSeq(list, ",") {
		switch parts := strings.Split(item, ":"); {
		case len(parts) == 1:
			values = append(values, item)
		case axis == axisAct || axis == axisInit || axis == axisData:
			return nil, fmt.Errorf("%s=%s: names have no ranges", axis, item)
		default:
			some, err := rangeValues(parts)
			if err != nil {
				return nil, fmt.Errorf("%s=%s: %w", axis, item, err)
			}
			values = append(values, some...)
		}
	}
	seen := map[string]bool{}
	for _, v := range values {
		if seen[v] {
			return nil, fmt.Errorf("%s=%s: it is there twice", axis, v)
		}
		seen[v] = true
	}
	return values, nil
}

// rangeValues writes from:to or from:to:step out, both ends included.
func rangeValues(parts []string) ([]string, error) {
	numbers := []float64{0, 0, 1}
	if len(parts) > 3 {
		return nil, fmt.Errorf("want from:to or from:to:step")
	}
	for i, p := range parts {
		v, err := strconv.ParseFloat(p, 64)
		if err != nil || math.Abs(v) > 1e15 {
			return nil, fmt.Errorf("%q is no number", p)
		}
		numbers[i] = v
	}
	from, to, step := numbers[0], numbers[1], numbers[2]
	steps := math.Floor((to-from)/step*(1+1e-12) + 1e-9)
	if !(step > 0) || !(to >= from) || steps >= largestGrid {
		return nil, fmt.Errorf("want an end from the start on, and a step above 0 that leaves fewer than %d values", largestGrid)
	}
	var values []string
	for i := range int(steps) + 1 {
		// Twelve digits, so that .1+.2 is .3 as it was meant.
		values = append(values, strconv.FormatFloat(from+float64(i)*step, 'g', 12, 64))
	}
	return values, nil
}

// set gives the cell a value of an axis.
func (c *Cell) set(axis, value string) (err error) {
	size := func(to *int, largest int) error {
		n, err := strconv.Atoi(value)
		if err != nil || n < 1 || n > largest {
			return fmt.Errorf("want a whole number from 1 to %d", largest)
		}
		*to = n
		return nil
	}
	switch axis {
	case axisAct:
		row, ok := ops.Find(value)
		if !ok || row.Twin != "" {
			return fmt.Errorf("no activation is called so; actinit list has them all")
		}
		c.Activation = value
	case axisInit:
		_, err = startNamed(value)
		c.Initializer = value
	case axisData:
		if value != DataN01 && value != DataDigits {
			return fmt.Errorf("want %s or %s", DataN01, DataDigits)
		}
		c.Data = value
	case axisDepth:
		return size(&c.Depth, largestDepth)
	case axisWidth:
		return size(&c.Width, largestWidth)
	case axisBatch:
		return size(&c.Batch, largestBatch)
	case axisGain:
		if c.Gain, err = strconv.ParseFloat(value, 64); err != nil || !(c.Gain > 0 && c.Gain <= 1e6) {
			return fmt.Errorf("want a number above 0, and a million at most")
		}
	case axisBias:
		if c.BiasStd, err = strconv.ParseFloat(value, 64); err != nil || !(c.BiasStd >= 0 && c.BiasStd <= 1e6) {
			return fmt.Errorf("want a number from 0 to a million")
		}
	case axisSeed:
		if c.Seed, err = strconv.ParseUint(value, 10, 63); err != nil {
			return fmt.Errorf("want a whole number from 0")
		}
	}
	return err
}
