package statistics

import (
	"errors"
	"math"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"

	"actinit/harness/dense"
	"actinit/kernels"
)

// An Operator is a linear map A from Cols to Rows numbers that may be known only by what it does, as
// the Jacobian of a layer is. Vectors are the rows of matrices, several at a time.
type Operator struct {
	Rows, Cols      int
	Apply           func(y, x dense.Matrix[float64]) // y_i = A x_i for each row i
	ApplyTransposed func(x, y dense.Matrix[float64]) // x_i = A^T y_i

	matrix *dense.Matrix[float64] // nil if not known
}

// OperatorOf returns a matrix as an operator, which holds a copy in float64.
func OperatorOf[T kernels.Float](m dense.Matrix[T]) Operator {
	a := dense.New[float64](m.Rows, m.Cols)
	for i := range m.Rows {
		row := a.Row(i)
		for j, v := range m.Row(i) {
			row[j] = float64(v)
		}
	}
	return Operator{
		Rows: m.Rows, Cols: m.Cols, matrix: &a,
		Apply:           func(y, x dense.Matrix[float64]) { dense.Multiply(x, a, blas.Trans, y) },
		ApplyTransposed: func(x, y dense.Matrix[float64]) { dense.Multiply(y, a, blas.NoTrans, x) },
	}
}

// Largest are the largest singular values of an operator, as far as an iteration found them.
type Largest struct {
	Values []float64 // the largest first

	// Within says how exact they are: Values[i] is at most the operator's i-th singular value, and one
	// of its singular values is no further than Within[i] from it, apart from rounding. It is the
	// residual |A^T u - value*v| / sqrt 2 for the vectors u = A v / value.
	Within []float64

	Frobenius      float64 // the root of the sum of all squared singular values
	FrobeniusError float64 // its standard error if it is an estimate, else 0
}

// Parameters of Operator.Largest.
const (
	extraVectors     = 10    // of a block, beside those asked for
	mostBlocks       = 5     // of a basis, before its best directions begin a new one
	keptBlocks       = 2     // which they make
	mostIterations   = 100   // of A and A^T
	residualIsEnough = 1e-5  // times the largest value
	nothingNew       = 1e-13 // times the largest value
	probes           = 64    // random vectors for the Frobenius norm
)

// Largest returns the k largest singular values (fewer if A has not so many): those of A on a
// space that a block of random vectors, which are those of the seed, spans with its images
// under A^T A, again and again (Halko, Martinsson & Tropp 2011; of all powers, not the last alone,
// after Musco & Musco 2015). It stops when the residuals of all k are 1e-5 times the largest
// value, which makes the values exact to about the square of that; at the latest after 100
// iterations. The Frobenius norm is exact if the operator is a matrix or has no more than 64 columns,
// and otherwise Hutchinson's estimate (1990) from 64 vectors of random signs. It panics
// unless k > 0.
func (o Operator) Largest(k int, seed uint64) (Largest, error) {
	if k <= 0 {
		panic("statistics: no singular values asked for")
	}
	var result Largest
	if err := o.frobenius(&result, seed); err != nil {
		return Largest{}, err
	}
	if o.Cols > o.Rows { // A^T has the same singular values
		o.Rows, o.Cols, o.Apply, o.ApplyTransposed = o.Cols, o.Rows, o.ApplyTransposed, o.Apply
	}
	k = min(k, o.Cols)
	block := min(k+extraVectors, o.Cols)
	if block == 0 {
		return result, nil
	}
	start := dense.New[float64](block, o.Cols)
	for i := range block {
		kernels.Normal(start.Row(i), seed, uint64(i), 0, 0, 1)
	}
	v, _, _, err := directions(start)
	if err != nil {
		return Largest{}, err
	}
	y := dense.New[float64](block, o.Rows)
	o.Apply(y, v)
	for range mostIterations {
		u, values, turn, err := directions(y)
		if err != nil {
			return Largest{}, err
		}
		// A maps these combinations of the basis, the first of which are the best, to values times u.
		kept := v.Rows
		if kept+block > mostBlocks*block {
			kept = keptBlocks * block
		}
		best := dense.New[float64](v.Rows, o.Cols)
		dense.MultiplyAdd(1, blas.Trans, turn, blas.NoTrans, v, 0, best)
		v = best.RowRange(0, kept)
		y = u.RowRange(0, kept)
		residuals := dense.New[float64](block, o.Cols)
		o.ApplyTransposed(residuals, u.RowRange(0, block))
		result.Values, result.Within = values[:k], make([]float64, k)
		worst := 0.
		for i := range block {
			square := 0.
			for j := range residuals.Row(i) {
				residuals.Row(i)[j] -= values[i] * v.Row(i)[j]
				square += residuals.Row(i)[j] * residuals.Row(i)[j]
			}
			if i < k {
				result.Within[i] = math.Sqrt(square / 2)
				worst = max(worst, result.Within[i])
			}
		}
		if worst <= residualIsEnough*values[0] {
			break
		}
		fresh, err := newDirections(residuals, v, nothingNew*values[0])
		if err != nil {
			return Largest{}, err
		}
		if fresh.Rows == 0 {
			break
		}
		image := dense.New[float64](fresh.Rows, o.Rows)
		o.Apply(image, fresh)
		for i := range kept {
			for j := range y.Row(i) {
				y.Row(i)[j] *= values[i]
			}
		}
		v, y = above(v, fresh), above(y, image)
	}
	return result, nil
}

// newDirections returns orthonormal rows that span what the rows of m have beside those of v, which
// are orthonormal, and is more than least.
func newDirections(m, v dense.Matrix[float64], least float64) (dense.Matrix[float64], error) {
	across := dense.New[float64](m.Rows, v.Rows)
	for range 2 { // the second time for what rounding left
		dense.Multiply(m, v, blas.Trans, across)
		dense.MultiplyAdd(-1, blas.NoTrans, across, blas.NoTrans, v, 1, m)
	}
	u, sizes, _, err := directions(m)
	if err != nil {
		return u, err
	}
	count := 0
	for count < len(sizes) && sizes[count] > least {
		count++
	}
	u = u.RowRange(0, count)
	if count > 0 { // what was small is not quite orthogonal any more
		across = dense.New[float64](count, v.Rows)
		dense.Multiply(u, v, blas.Trans, across)
		dense.MultiplyAdd(-1, blas.NoTrans, across, blas.NoTrans, v, 1, u)
		u, _, _, err = directions(u)
	}
	return u, err
}

// above returns the rows of a, then those of b.
func above(a, b dense.Matrix[float64]) dense.Matrix[float64] {
	m := dense.New[float64](a.Rows+b.Rows, a.Cols)
	m.RowRange(0, a.Rows).CopyFrom(a)
	m.RowRange(a.Rows, m.Rows).CopyFrom(b)
	return m
}

// directions returns the singular value decomposition of the rows of m, m = turn diag(values) u:
// u has orthonormal rows, as many as m.
func directions(m dense.Matrix[float64]) (u dense.Matrix[float64], values []float64, turn dense.Matrix[float64], err error) {
	a := mat.NewDense(m.Rows, m.Cols, nil)
	for i := range m.Rows {
		for _, v := range m.Row(i) {
			if v-v != 0 {
				return u, nil, turn, errNotFinite
			}
		}
		a.SetRow(i, m.Row(i))
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDThin) {
		return u, nil, turn, errNotConverged
	}
	var left, right mat.Dense
	svd.UTo(&left)
	svd.VTo(&right)
	u, turn = dense.New[float64](m.Rows, m.Cols), dense.New[float64](m.Rows, m.Rows)
	for i := range m.Rows {
		mat.Col(u.Row(i), i, &right)
		mat.Row(turn.Row(i), i, &left)
	}
	return u, svd.Values(nil), turn, nil
}

// frobenius sets the result's norm.
func (o Operator) frobenius(result *Largest, seed uint64) error {
	var rows dense.Matrix[float64] // whose squares add up to the norm's, or to probes times it
	known := true
	if o.matrix != nil {
		rows = *o.matrix
	} else {
		count := probes
		if o.Cols <= probes {
			count = o.Cols
		}
		x := dense.New[float64](count, o.Cols)
		for i := range count {
			if o.Cols <= probes {
				x.Row(i)[i] = 1
				continue
			}
			known = false
			signs := x.Row(i)
			kernels.Uniform(signs, seed, probeStream+uint64(i), 0, -1, 1)
			for j, v := range signs {
				signs[j] = math.Copysign(1, v)
			}
		}
		rows = dense.New[float64](count, o.Rows)
		o.Apply(rows, x)
	}
	squares := Moments{}
	total := 0.
	for i := range rows.Rows {
		square := 0.
		for _, v := range rows.Row(i) {
			square += v * v
		}
		total += square
		squares = squares.Merge(Moments{n: 1, mean: square})
	}
	if total-total != 0 {
		return errNotFinite
	}
	if known {
		result.Frobenius = math.Sqrt(total)
		return nil
	}
	result.Frobenius = math.Sqrt(squares.mean)
	if squares.mean > 0 {
		// Of the mean of squares, and half of it relative to that for the root.
		result.FrobeniusError = math.Sqrt(squares.Variance()/(probes-1)) / (2 * result.Frobenius)
	}
	return nil
}

// probeStream is the first of the streams of random numbers that the probes have.
const probeStream = 1 << 32

var (
	errNotFinite    = errors.New("statistics: the operator gives values that are not finite")
	errNotConverged = errors.New("statistics: the singular values did not converge")
)
