package datainit

import (
	"math"
	"math/rand/v2"
	"slices"
	"testing"

	"gonum.org/v1/gonum/mat"
	"pgregory.net/rapid"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels/initializer"
)

// The weights of PCA are eigenvectors of the inputs' covariance: gonum's singular vectors.
func TestPCADirections(t *testing.T) {
	x := digits(t, 200)
	n := netOf(t, 1, []int{64}, network.Element{Dense: 90, Bias: true})
	if err := fill(n, initializer.Zeros(), 1); err != nil {
		t.Fatal(err)
	}
	l := n.Layers[0]
	if _, err := n.Forward(background, x, nil); err != nil {
		t.Fatal(err)
	}
	if err := pcaWeights(l, 1); err != nil {
		t.Fatal(err)
	}
	mean := columnMeans(x)
	centred := mat.NewDense(x.Rows, x.Cols, nil)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			centred.Set(i, j, float64(v)-mean[j])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(centred, mat.SVDThinV) {
		t.Fatal("no singular values")
	}
	var v mat.Dense
	svd.VTo(&v)
	for k := range 10 {
		dot := 0.
		for j, w := range l.Weight.Value.Row(k) {
			dot += float64(w) * v.At(j, k)
		}
		if math.Abs(math.Abs(dot)-1) > 1e-5 {
			t.Errorf("direction %d has the cosine %v with the singular vector", k, dot)
		}
	}
	for k := range 90 { // those beyond the directions too are in their span, and not 0
		norm := 0.
		for _, w := range l.Weight.Value.Row(k) {
			norm += float64(w) * float64(w)
		}
		if norm < .5 {
			t.Errorf("row %d has the squared norm %v", k, norm)
		}
	}
}

// The whitened inputs that kmeansWeights' rows come from have the covariance 1 before they
// are normalised, and a row times an input, less the mean, is the centre times the whitened.
func TestKMeansWeightsAreOfWhitenedInputs(t *testing.T) {
	const units = 12
	x := digits(t, 250)
	n := netOf(t, 1, []int{64}, network.Element{Dense: units, Bias: true})
	if err := fill(n, initializer.Zeros(), 1); err != nil {
		t.Fatal(err)
	}
	if _, err := n.Forward(background, x, nil); err != nil {
		t.Fatal(err)
	}
	l := n.Layers[0]
	if err := kmeansWeights(l, 1); err != nil {
		t.Fatal(err)
	}
	// White inputs by the singular values: of U, times the root of the number of examples.
	mean := columnMeans(x)
	centred := mat.NewDense(x.Rows, x.Cols, nil)
	for i := range x.Rows {
		for j, v := range x.Row(i) {
			centred.Set(i, j, float64(v)-mean[j])
		}
	}
	var svd mat.SVD
	if !svd.Factorize(centred, mat.SVDThin) {
		t.Fatal("no singular values")
	}
	var u, v mat.Dense
	svd.UTo(&u)
	svd.VTo(&v)
	s := svd.Values(nil)
	points := make([][]float64, x.Rows)
	for i := range points {
		points[i] = make([]float64, units)
		norm := 0.
		for d := range units {
			points[i][d] = u.At(i, d)
			norm += u.At(i, d) * u.At(i, d)
		}
		for d := range units {
			points[i][d] /= math.Sqrt(norm)
		}
	}
	// Weights back to centres: w = V^T S c with S = sqrt(examples)/s, and V orthonormal.
	centres := make([][]float64, units)
	for k := range centres {
		centres[k] = make([]float64, units)
		for d := range units {
			for j, w := range l.Weight.Value.Row(k) {
				centres[k][d] += float64(w) * v.At(j, d) * s[d] / math.Sqrt(float64(x.Rows))
			}
		}
	}
	// They are a fixed point of Lloyd's iteration over those points.
	sums, counts := make([][]float64, units), make([]float64, units)
	for k := range sums {
		sums[k] = make([]float64, units)
	}
	for _, p := range points {
		best := 0
		for k := range centres {
			if squaredDistance(p, centres[k]) < squaredDistance(p, centres[best]) {
				best = k
			}
		}
		counts[best]++
		for d, c := range p {
			sums[best][d] += c
		}
	}
	for k := range centres {
		for d := range sums[k] {
			if got, want := centres[k][d], sums[k][d]/counts[k]; math.Abs(got-want) > 1e-5 {
				t.Fatalf("centre %d, direction %d: %v, the mean of its points is %v", k, d, got, want)
			}
		}
	}
}

func matrixOf(rows ...[]float64) dense.Matrix[float64] {
	m := dense.New[float64](len(rows), len(rows[0]))
	for i, row := range rows {
		copy(m.Row(i), row)
	}
	return m
}

func TestKMeans(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	planted := [][]float64{{10, 0}, {0, 10}, {-10, -10}}
	var points [][]float64
	for i := range 90 {
		c := planted[i%3]
		points = append(points, []float64{c[0] + rng.NormFloat64(), c[1] + rng.NormFloat64()})
	}
	centres, _ := kmeans(matrixOf(points...), 3, rng)
	for _, c := range planted {
		found := false
		for k := range centres.Rows {
			found = found || squaredDistance(centres.Row(k), c) < .5
		}
		if !found {
			t.Errorf("no centre near %v: %v", c, centres)
		}
	}
	// More centres than places: none is lost in NaN.
	centres, _ = kmeans(matrixOf([]float64{1}, []float64{1}, []float64{2}), 3, rng)
	for k := range centres.Rows {
		if c := centres.Row(k)[0]; c != 1 && c != 2 {
			t.Errorf("centres %v of 1, 1, 2", centres)
		}
	}
}

// The objective never grows, and ends at what the centres give.
func TestKMeansObjectiveFalls(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows, cols := rapid.IntRange(1, 60).Draw(t, "points"), rapid.IntRange(1, 4).Draw(t, "dimensions")
		points := dense.New[float64](rows, cols)
		for i := range rows {
			for j := range points.Row(i) {
				points.Row(i)[j] = rapid.Float64Range(-3, 3).Draw(t, "x")
			}
		}
		k := rapid.IntRange(1, rows).Draw(t, "centres")
		centres, objective := kmeans(points, k, rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 1)))
		for i := 1; i < len(objective); i++ {
			if objective[i] > objective[i-1]*(1+1e-9)+1e-12 {
				t.Fatalf("round %d makes the mean distance grow: %v", i, objective)
			}
		}
		total := 0.
		for i := range rows {
			least := math.Inf(1)
			for c := range k {
				least = min(least, squaredDistance(points.Row(i), centres.Row(c)))
			}
			total += least / float64(rows)
		}
		if last := objective[len(objective)-1]; total > last*(1+1e-9)+1e-12 {
			t.Fatalf("the centres' objective is %v, above the last round's %v", total, last)
		}
	})
}

// A sample is of different rows in order, and of all where there are not more.
func TestSample(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 1))
	if got := sample(5, rng); !slices.Equal(got, []int{0, 1, 2, 3, 4}) {
		t.Errorf("of 5: %v", got)
	}
	got := sample(3*largestSample, rng)
	if len(got) != largestSample || !slices.IsSorted(got) || len(slices.Compact(slices.Clone(got))) != largestSample {
		t.Errorf("%d of %d", len(got), 3*largestSample)
	}
	if above := len(got) - sortedBelow(got, 3*largestSample/2); math.Abs(float64(above)/largestSample-.5) > .02 {
		t.Errorf("%d of the sample are in the upper half", above)
	}
}

func sortedBelow(sorted []int, v int) int {
	i, _ := slices.BinarySearch(sorted, v)
	return i
}
