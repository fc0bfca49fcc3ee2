package datasets

import (
	"errors"
	"math"

	"github.com/apache/arrow/go/v15/arrow"
)

// A Normalization is a way to bring each column to a common scale. Its numbers are those of the column's finite
// values, which become finite ones, however large or small or close to one another they are; nulls and NaNs stay,
// infinities stay infinite, and a column of one value becomes 0.
type Normalization string

const (
	NormalizeNone Normalization = "none"

	// (x - mean) / std, that of the population. The mean and the std of a thousand such values are 0 and 1 within
	// 1e-11, and 1e-6 in float32.
	NormalizeStandard Normalization = "standard"

	NormalizeMinMax Normalization = "minmax" // (x - min) / (max - min)
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
	moments, err := b.moments(func(arrow.Record) {})
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
		columns := make([]arrow.Array, r.NumCols())
		for i, a := range r.Columns() {
			scale := moments[i].scale(how)
			if a.DataType().ID() == arrow.FLOAT32 {
				columns[i] = scaled[float32](a, scale)
			} else {
				columns[i] = scaled[float64](a, scale)
			}
		}
		return newRecord(b.schema, columns, int(r.NumRows())), nil
	}
	return &out, nil
}

// scale returns the function of a column. It works by 2^exponent, where nothing overflows nor underflows.
func (m *moments) scale(how Normalization) func(float64) float64 {
	switch {
	case m.finite == 0:
		return func(v float64) float64 { return v }
	case m.max == m.min:
		return func(v float64) float64 { return v - m.min }
	}
	if how == NormalizeMinMax {
		to := powerOfTwo(-m.exponent)
		from, by := to.times(m.min), to.times(m.max)-to.times(m.min)
		return func(v float64) float64 { return (to.times(v) - from) / by }
	}
	from, by, distance := m.mean, m.std(), m.distance()
	return func(v float64) float64 { return (distance(v) - from) / by }
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
