package statistics

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/blas"
	"gonum.org/v1/gonum/mat"

	"actinit/harness/dense"
	"actinit/kernels"
)

// Ranks say along how many dimensions something varies, by the eigenvalues of its
// covariance with shares p_i = eigenvalue / sum. All are between 1 and the number of
// eigenvalues, and equal to it where those are equal; NaN, and 0, where nothing varies or
// values are not finite.
type Ranks struct {
	Participation float64 // 1 / sum p_i^2, the participation ratio
	Entropy       float64 // e^(-sum p_i ln p_i) (Roy & Vetterli 2007)
	Intrinsic     int     // the fewest of the largest eigenvalues that make 99% of the sum
}

// intrinsicShare is the share of the variance that Ranks.Intrinsic explains.
const intrinsicShare = .99

// RanksOf returns the ranks of eigenvalues in any order. Negative ones are rounding
// errors of 0.
func RanksOf(eigenvalues []float64) Ranks {
	values := slices.Clone(eigenvalues)
	slices.SortFunc(values, func(a, b float64) int {
		switch {
		case a > b:
			return -1
		case a < b:
			return 1
		}
		return 0
	})
	total := 0.
	for _, v := range values {
		total += max(v, 0)
	}
	none := Ranks{Participation: math.NaN(), Entropy: math.NaN()}
	if !(total > 0) || math.IsInf(total, 0) {
		return none
	}
	r, squares, entropy, seen := Ranks{}, 0., 0., 0.
	for _, v := range values {
		p := max(v, 0) / total
		squares += p * p
		if p > 0 {
			entropy -= p * math.Log(p)
		}
		if seen < intrinsicShare {
			seen += p
			r.Intrinsic++
		}
	}
	r.Participation, r.Entropy = 1/squares, math.Exp(entropy)
	return r
}

// A Gram holds the products of a batch's examples with one another,
//
//	G_ij = h_i . h_j
//
// whose centred form has the eigenvalues of the units' covariance, times the number of
// examples, and is smaller where there are fewer examples than units.
//
// They are those of the examples times one power of two where the products would otherwise leave
// T, which changes neither cosines nor ranks.
type Gram struct{ g *mat.SymDense }

// GramExamples is the number of examples of which GramOf takes the products.
const GramExamples = 256

// gramBlock is the number of examples whose products with themselves and the later ones are one
// matrix product. Of 256 examples, 3/8 of all products are so left out, being below the diagonal.
const gramBlock = 64

// GramOf returns the products of the first GramExamples examples of a batch, examples x
// units. They are computed in T.
func GramOf[T kernels.Float](h dense.Matrix[T]) Gram {
	h = moderate(h.RowRange(0, min(h.Rows, GramExamples)))
	g := mat.NewSymDense(max(1, h.Rows), nil)
	for lo := 0; lo < h.Rows; lo += gramBlock {
		block, later := h.RowRange(lo, min(lo+gramBlock, h.Rows)), h.RowRange(lo, h.Rows)
		product := dense.New[T](block.Rows, later.Rows)
		dense.Multiply(block, later, blas.Trans, product)
		for i := range block.Rows {
			row := upperRow(g, lo+i)
			for j, v := range product.Row(i)[i:] {
				row[j] = float64(v)
			}
		}
	}
	return Gram{g}
}

// moderateExponent bounds the exponents of the RMS of values whose products float32 holds.
const moderateExponent = 40

// moderate returns h, or a copy of it times a power of two with an RMS near 1.
func moderate[T kernels.Float](h dense.Matrix[T]) dense.Matrix[T] {
	rms := RMS(h, 1)
	if !(rms > 0) || math.IsInf(rms, 0) {
		return h
	}
	exponent := math.Ilogb(rms)
	if exponent >= -moderateExponent && exponent <= moderateExponent {
		return h
	}
	scaled := dense.New[T](h.Rows, h.Cols)
	for i := range h.Rows {
		to := scaled.Row(i)
		for j, v := range h.Row(i) {
			to[j] = T(math.Ldexp(float64(v), -exponent))
		}
	}
	return scaled
}

// upperRow returns row i of a symmetric matrix from the diagonal on.
func upperRow(m *mat.SymDense, i int) []float64 {
	raw := m.RawSymmetric()
	return raw.Data[i*raw.Stride+i : i*raw.Stride+raw.N]
}

// Correlation returns the mean over all pairs of examples of their cosine,
// G_ij / sqrt(G_ii G_jj); NaN if there is no pair. Examples that are 0 have none, and are left out.
func (g Gram) Correlation() float64 {
	total, pairs := g.Cosines()
	return total / float64(pairs)
}

// Cosines returns the sum of the cosines of all pairs of examples that are not 0, and their
// number: sums over batches give the mean over all pairs within a batch.
func (g Gram) Cosines() (total float64, pairs int) {
	n := g.g.SymmetricDim()
	squares := make([]float64, n)
	for i := range n {
		squares[i] = upperRow(g.g, i)[0]
	}
	for i := range n {
		if squares[i] == 0 {
			continue
		}
		for j, v := range upperRow(g.g, i)[1:] {
			if square := squares[i+1+j]; square != 0 {
				total += v / math.Sqrt(squares[i]*square)
				pairs++
			}
		}
	}
	return total, pairs
}

// centred returns the products of the examples' differences from their mean.
func (g Gram) centred() *mat.SymDense {
	n := g.g.SymmetricDim()
	means, all := make([]float64, n), 0.
	for i := range n {
		row := upperRow(g.g, i)
		means[i] += row[0]
		for j, v := range row[1:] {
			means[i] += v
			means[i+1+j] += v
		}
	}
	for i := range n {
		means[i] /= float64(n)
		all += means[i] / float64(n)
	}
	c := mat.NewSymDense(n, nil)
	for i := range n {
		row := upperRow(c, i)
		for j, v := range upperRow(g.g, i) {
			row[j] = v - means[i] - means[i+j] + all
		}
	}
	return c
}

// Participation returns Ranks.Participation, which needs no eigenvalues: (tr G)^2 / tr G^2
// of the centred products.
func (g Gram) Participation() float64 {
	c := g.centred()
	trace, squares := 0., 0.
	for i := range c.SymmetricDim() {
		row := upperRow(c, i)
		trace += row[0]
		squares += float64(row[0] * row[0])
		for _, v := range row[1:] {
			squares += float64(2 * v * v)
		}
	}
	return trace * trace / squares
}

// Ranks returns the ranks of the units' covariance over the examples.
func (g Gram) Ranks() Ranks { return ranksOf(g.centred()) }

func ranksOf(m *mat.SymDense) Ranks {
	n := m.SymmetricDim()
	for i := range n {
		for j := i; j < n; j++ {
			if v := m.At(i, j); v-v != 0 {
				return Ranks{Participation: math.NaN(), Entropy: math.NaN()}
			}
		}
	}
	var eigen mat.EigenSym
	if !eigen.Factorize(m, false) {
		return Ranks{Participation: math.NaN(), Entropy: math.NaN()}
	}
	return RanksOf(eigen.Values(nil))
}

// Widths of a Covariance.
const (
	ExactUnits     = 512 // more units than these are projected
	ProjectedUnits = 256 // onto so many random directions
	projectionSeed = 1
)

// A Covariance is that of a layer's units over a data set that may come in batches,
//
//	C = mean (h - mean h)(h - mean h)^T
//
// exact for up to ExactUnits units. More are first projected onto ProjectedUnits fixed
// random directions, which keeps the trace in the mean but no rank above that number:
// 1/participation grows by about 1/ProjectedUnits.
type Covariance struct {
	units    int
	examples float64
	mean     []float64
	sums     *mat.SymDense // of products of the differences from the mean
	project  dense.Matrix[float32]
}

// NewCovariance returns the covariance of that many units over no example yet.
func NewCovariance(units int) *Covariance {
	c := &Covariance{units: units}
	dims := units
	if units > ExactUnits {
		dims = ProjectedUnits
		c.project = dense.New[float32](dims, units)
		for i := range dims {
			kernels.Normal(c.project.Row(i), projectionSeed, uint64(i), 0, 0, float32(1/math.Sqrt(ProjectedUnits)))
		}
	}
	c.mean, c.sums = make([]float64, dims), mat.NewSymDense(dims, nil)
	return c
}

// Projected reports whether the covariance is that of random projections.
func (c *Covariance) Projected() bool { return c.project.Data != nil }

// Observe adds a batch, examples x units. It panics for another number of units.
func (c *Covariance) Observe(h dense.Matrix[float32]) {
	if h.Cols != c.units {
		panic("statistics: a covariance of another number of units")
	}
	if h.Rows == 0 {
		return
	}
	if c.Projected() {
		y := dense.New[float32](h.Rows, ProjectedUnits)
		dense.Multiply(h, c.project, blas.Trans, y)
		h = y
	}
	batch := &Covariance{units: c.units, examples: float64(h.Rows), mean: make([]float64, h.Cols), sums: mat.NewSymDense(h.Cols, nil)}
	centred := mat.NewDense(h.Rows, h.Cols, nil)
	for i := range h.Rows {
		for j, v := range h.Row(i) {
			batch.mean[j] += float64(v) / float64(h.Rows)
		}
	}
	for i := range h.Rows {
		for j, v := range h.Row(i) {
			centred.Set(i, j, float64(v)-batch.mean[j])
		}
	}
	batch.sums.SymOuterK(1, centred.T())
	c.Merge(batch)
}

// Merge adds what o has seen of the same units (Chan, Golub & LeVeque 1979).
func (c *Covariance) Merge(o *Covariance) {
	if o.examples == 0 {
		return
	}
	n := c.examples + o.examples
	d := make([]float64, len(c.mean))
	for j := range d {
		d[j] = o.mean[j] - c.mean[j]
		c.mean[j] += d[j] * o.examples / n
	}
	c.sums.AddSym(c.sums, o.sums)
	c.sums.SymRankOne(c.sums, c.examples*o.examples/n, mat.NewVecDense(len(d), d))
	c.examples = n
}

// Ranks returns the ranks of the covariance.
func (c *Covariance) Ranks() Ranks { return ranksOf(c.sums) }

// SingularValues returns the singular values of m, the largest first, by gonum's SVD in
// float64. It takes about a third of a second for 512 x 512, and n^3 as long; the largest ones of
// larger matrices are [Operator.Largest]'s.
func SingularValues[T kernels.Float](m dense.Matrix[T]) ([]float64, error) {
	a := mat.NewDense(m.Rows, m.Cols, nil)
	for i := range m.Rows {
		for j, v := range m.Row(i) {
			if v-v != 0 {
				return nil, errNotFinite
			}
			a.Set(i, j, float64(v))
		}
	}
	var svd mat.SVD
	if !svd.Factorize(a, mat.SVDNone) {
		return nil, errNotConverged
	}
	return svd.Values(nil), nil
}
