package datasets

import (
	"math"
)

// Examples are the rows of a table as a learner takes them.
type Examples struct {
	Rows     int       // examples
	Columns  int       // features of each
	Names    []string  // of the features, len Columns
	Features []float32 // Rows x Columns, row by row
	Labels   []int     // len Rows, or nil if no label column was named
}

// Standardize returns the table's rows as features of mean 0 and variance 1,
// each column by itself: (x - mean) / std with the population's std (division by n),
// computed in float64 and rounded once to float32. A column that is constant
// becomes 0 everywhere.
//
// label names the column that holds the class of each row, which must be whole
// numbers from 0 on; it is not a feature. Empty: no column is. Nulls, NaN and
// infinities have no place in a mean: they are refused with their row.
func Standardize(t *Table, label string) (*Examples, error) {
	e := &Examples{Rows: t.rows}
	var features []*Column
	for _, c := range t.columns {
		if c.name != label || label == "" {
			features = append(features, c)
			e.Names = append(e.Names, c.name)
		}
	}
	e.Columns = len(features)
	if label != "" {
		c := t.Column(label)
		if c == nil {
			return nil, badFile(t.path, "there is no label column %q, the columns are %s", label, listNames(e.Names))
		}
		var err error
		if e.Labels, err = labels(t.path, c); err != nil {
			return nil, err
		}
	}

	values := make([]float64, e.Rows*e.Columns)
	for j, c := range features {
		i := 0
		for v, valid := range c.All() {
			switch {
			case !valid:
				return nil, badFile(t.path, "row %d, column %q: a null cannot be standardised", i+1, c.name)
			case math.IsNaN(v) || math.IsInf(v, 0):
				return nil, badFile(t.path, "row %d, column %q: %g cannot be standardised", i+1, c.name, v)
			}
			values[i*e.Columns+j] = v
			i++
		}
	}
	for j := range e.Columns {
		standardize(values, j, e.Columns)
	}
	e.Features = make([]float32, len(values))
	for i, v := range values {
		e.Features[i] = float32(v)
	}
	return e, nil
}

// standardize works in place on every stride-th value from first on. The mean
// is taken before the variance, so that nothing cancels; a power of two scales
// the values into [-1, 1] before, so that no square overflows.
func standardize(values []float64, first, stride int) {
	lo, hi := math.Inf(1), math.Inf(-1)
	for i := first; i < len(values); i += stride {
		lo, hi = min(lo, values[i]), max(hi, values[i])
	}
	_, exponent := math.Frexp(max(hi, -lo))
	n, sum := 0, 0.0
	for i := first; i < len(values); i += stride {
		values[i] = math.Ldexp(values[i], -exponent)
		sum += values[i]
		n++
	}
	mean, squares := sum/float64(n), 0.0
	for i := first; i < len(values); i += stride {
		d := values[i] - mean
		squares += float64(d * d)
	}
	std := math.Sqrt(squares / float64(n))
	for i := first; i < len(values); i += stride {
		if lo == hi { // a rounded mean would leave a tiny std, blown up to 1
			values[i] = 0
			continue
		}
		values[i] = (values[i] - mean) / std
	}
}

// labels returns a column of whole numbers from 0 on.
func labels(path string, c *Column) ([]int, error) {
	out := make([]int, 0, c.Len())
	for v, valid := range c.All() {
		if !valid || v < 0 || v != math.Trunc(v) || v > math.MaxInt32 {
			if !valid {
				return nil, badFile(path, "row %d, column %q: a null is not a label", len(out)+1, c.name)
			}
			return nil, badFile(path, "row %d, column %q: %g is not a label, labels are whole numbers from 0 on", len(out)+1, c.name, v)
		}
		out = append(out, int(v))
	}
	return out, nil
}
