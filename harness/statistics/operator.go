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
	extraVectors     = 10   // vectors that are iterated beside those asked for
	mostIterations   = 200  // of A and A^T
	residualIsEnough = 1e-7 // times the largest value
	probes           = 64   // random vectors for the Frobenius norm
)

// Largest returns the k largest singular values (fewer if A has not so many) by subspace
// iteration from random vectors (Halko, Martinsson & Tropp 2011, algorithm 4.4), which are those of
// the seed. It stops when all have a residual of 1e-7 times the largest value, at the latest after
// 200 iterations; where the spectrum is flat behind the k-th, Within is larger then. The Frobenius
// norm is exact if the operator is a matrix or has no more than 64 columns, and otherwise
// Hutchinson's estimate (1990) from 64 vectors of random signs. It panics unless k > 0.
func (o Operator) Largest(k int, seed uint64) (Largest, error) {
	if k <= 0 {
		panic("statistics: no singular values asked for")
	}
	var result Largest
	if err := o.frobenius(&result, seed); err != nil {
		return Largest{}, err
	}
	k = min(k, o.Rows, o.Cols)
	vectors := min(k+extraVectors, o.Rows, o.Cols)
	if vectors == 0 {
		return result, nil
	}
	x := dense.New[float64](vectors, o.Cols)
	for i := range vectors {
		kernels.Normal(x.Row(i), seed, uint64(i), 0, 0, 1)
	}
	v, _, _, err := directions(x)
	if err != nil {
		return Largest{}, err
	}
	y := dense.New[float64](vectors, o.Rows)
	for range mostIterations {
		o.Apply(y, v)
		u, values, turn, err := directions(y)
		if err != nil {
			return Largest{}, err
		}
		// The rows of y are turn^T-combinations of values times u, so that A maps the same combinations of v
		// to values times u.
		turned := dense.New[float64](vectors, o.Cols)
		dense.MultiplyAdd(1, blas.Trans, turn, blas.NoTrans, v, 0, turned)
		o.ApplyTransposed(x, u)
		result.Values, result.Within = values[:k], make([]float64, k)
		worst := 0.
		for i := range k {
			square := 0.
			for j, z := range x.Row(i) {
				d := z - values[i]*turned.Row(i)[j]
				square += d * d
			}
			result.Within[i] = math.Sqrt(square / 2)
			worst = max(worst, result.Within[i])
		}
		if worst <= residualIsEnough*values[0] {
			break
		}
		if v, _, _, err = directions(x); err != nil {
			return Largest{}, err
		}
	}
	return result, nil
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
