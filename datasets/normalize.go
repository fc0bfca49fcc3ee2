package datasets

import (
	"errors"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
)

// A Normalization is a way to bring each column to a common scale. Its numbers are those of the column's finite
// values; nulls and NaNs stay, infinities stay infinite, and a column of one value becomes 0.
type Normalization string

const (
	NormalizeNone     Normalization = "none"
	NormalizeStandard Normalization = "standard" // (x - mean) / std, that of the population
	NormalizeMinMax   Normalization = "minmax"   // (x - min) / (max - min)
)

// Normalize reads a table twice: once for the numbers, and once, batch by batch, for its normalised
// values, computed in float64 and rounded once to the column's type. Each call of open starts anew.
func Normalize(open func() (*Batches, error), how Normalization) (*Batches, error) {
	b, err := open()
	if err != nil || how == NormalizeNone {
		return b, err
	}
	if b.once {
		return nil, errors.Join(badFile(b.path, "it is a pipe, which cannot be read twice, as it must be for its %s normalisation: write it to a file first", how), b.Close())
	}
	columns := make([]moments, b.schema.NumFields())
	err = b.each(func(r arrow.Record) error {
		for i, a := range r.Columns() {
			columns[i].add(a)
		}
		return nil
	})
	if err = errors.Join(err, b.Close()); err != nil {
		return nil, err
	}
	if b, err = open(); err != nil {
		return nil, err
	}
	from := b.next
	out := *b
	out.next = func() (arrow.Record, error) {
		r, err := from()
		if err != nil {
			return nil, err
		}
		defer r.Release()
		arrays := make([]arrow.Array, r.NumCols())
		for i, a := range r.Columns() {
			scale := columns[i].scaleTo(how)
			if a.DataType().ID() == arrow.FLOAT32 {
				arrays[i] = scaled[float32](a, scale)
			} else {
				arrays[i] = scaled[float64](a, scale)
			}
		}
		return newRecord(b.schema, arrays, int(r.NumRows())), nil
	}
	return &out, nil
}

// scaleTo returns the function of a column. It computes with values by 2^exponent, so that nothing overflows or underflows.
func (m *moments) scaleTo(how Normalization) func(float64) float64 {
	switch {
	case m.finite == 0:
		return func(v float64) float64 { return v }
	case m.max == m.min:
		return func(v float64) float64 { return v - m.min }
	}
	half := -m.exponent / 2 // the whole may be beyond the range
	a, b := math.Ldexp(1, half), math.Ldexp(1, -m.exponent-half)
	from, by := m.mean, math.Sqrt(m.about/float64(m.finite))
	if how == NormalizeMinMax {
		from, by = m.min*a*b, m.max*a*b-m.min*a*b
	}
	return func(v float64) float64 { return (v*a*b - from) / by }
}

func scaled[T Float](a arrow.Array, scale func(float64) float64) arrow.Array {
	b := &builder[T]{values: make([]T, 0, a.Len())}
	elements(a, func(v float64, valid bool) bool {
		switch {
		case !valid:
			b.appendNull()
		case math.IsNaN(v):
			b.append(T(v))
		default:
			b.append(T(scale(v)))
		}
		return true
	})
	return b.array()
}
