package matrix

import (
	"math"
	"runtime"
	"sync/atomic"

	"actinit/kernels"
)

// panelStrips is the number of strips that are factored before the rest of the matrix takes
// their reflections, all at once. It decides the order of operations, and so the bits.
const panelStrips = 2

const panelWidth = panelStrips * StripWidth

// depth is the number of rows of a product V'C that are taken at a time, so that they
// stay in the first-level cache for all tiles of the product. It changes no bits.
const depth = 128

// tiny is what a sum of squares must exceed for a reflection: below, it is not accurate, and
// counts as 0.
const tiny = 0x1p-960

// Orthonormalize replaces m, which has at least as many rows as columns, by the Q of its
// factorisation m = Q*R with orthonormal columns and an upper triangular R whose
// diagonal is not negative. So it is unique where m has full rank: the Q of any QR factorisation, column j
// times the sign of R[j][j], where the sign of 0 is +1. Q is orthonormal for any rank.
//
// It is Householder's method by panels, in the compact WY form (Schreiber and Van Loan 1989)
// with reflections as LAPACK's dlarfg has them: a column x, of which x[0] = alpha is on the diagonal,
// becomes beta*e[0] under H = I - tau*v*v', where
//
//	beta = -sign(alpha)*|x|, tau = (beta-alpha)/beta, v = x/(alpha-beta) but v[0] = 1
//
// and H = I if all others than alpha are 0. Elements should lie within 2^-480 and
// 2^480 in magnitude, or be 0. Q'Q-I and m-QR are as small as rounding to float64 lets them: some
// 1e-14 at 2048 x 2048.
//
// It runs on at most workers goroutines (<= 0: one for each processor Go uses). The bits
// do not depend on workers, nor on the instruction set.
func (m *Matrix) Orthonormalize(workers int) { m.orthonormalize(workers, fastest) }

func (m *Matrix) orthonormalize(workers int, use routines) {
	if m.rows < m.columns {
		panic("matrix: more columns than rows cannot be orthonormal")
	}
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	f := factorization{Matrix: m, routines: use, workers: min(workers, m.Strips()+1)}
	f.run()
}

// A factorization is the work on a matrix. In the strips, the Householder vectors take
// the place of the zeros that they make.
type factorization struct {
	*Matrix
	routines
	workers  int
	negative []bool // the columns whose diagonal element of R is below 0
	panels   [2]panel
	scratch  []products
}

// A panel is what the columns of panelStrips strips have been multiplied by: the product
// I - V*T*V' of as many reflections, V unit lower trapezoidal and T upper triangular.
type panel struct {
	first  int  // strip
	height int  // rows of V: those from the panel's first column on
	width  int  // columns of V
	v      view // height x width
	minusT view // -T, width x panelWidth
}

// products are those with a strip C, in turn: W = V'C, and -T or -T' times that.
type products struct {
	w, tw [panelWidth * StripWidth]float64
}

func (s *products) views() (w, tw view) {
	return rowMajor(s.w[:], StripWidth), rowMajor(s.tw[:], StripWidth)
}

// run factors, then forms Q from the last panel to the first. While a panel's reflections are applied to
// the strips, one goroutine prepares the next panel.
func (f *factorization) run() {
	f.negative = make([]bool, f.columns)
	count := (f.Strips() + panelStrips - 1) / panelStrips
	ts := make([]float64, count*panelWidth*panelWidth)
	width := min(panelStrips, f.Strips()) * StripWidth
	for i := range min(count, len(f.panels)) {
		f.panels[i].v = rowMajor(kernels.AlignedSlice[float64](f.height*width), width)
	}
	f.scratch = make([]products, f.workers)
	at := func(i int) *panel {
		p := &f.panels[i%2]
		p.first = i * panelStrips
		p.height = f.height - i*panelWidth
		p.width = min(panelStrips, f.Strips()-p.first) * StripWidth
		p.minusT = rowMajor(ts[i*panelWidth*panelWidth:][:panelWidth*panelWidth], panelWidth)
		return p
	}
	f.factor(at(0), &f.scratch[0])
	for i := range count - 1 {
		p, next := at(i), at(i+1)
		later := next.first + next.width/StripWidth
		f.each(p, 1+f.Strips()-later, func(task int, s *products) {
			if task > 0 {
				f.reflectAll(p, later+task-1, s)
				return
			}
			for strip := next.first; strip < later; strip++ {
				f.reflectAll(p, strip, s)
			}
			f.factor(next, s)
		})
	}
	for i := count - 1; i >= 0; i-- {
		p := at(i)
		f.each(p, 1+f.Strips()-p.first, func(task int, s *products) {
			if task > 0 {
				f.form(p, p.first+task-1, s)
			} else if i > 0 {
				f.vectors(at(i - 1))
			}
		})
	}
}

// fewest is the number of multiply-adds from which tasks are shared: they take 50 us with
// vectors of 512 bits, some times what it takes to wake a goroutine.
const fewest = 1 << 21

// each does the tasks of a panel, all but the first of which apply it to a strip. Each
// worker takes the next one that nobody has taken.
func (f *factorization) each(p *panel, tasks int, do func(task int, s *products)) {
	workers := min(f.workers, tasks)
	if 2*tasks*StripWidth*p.width*p.height < fewest {
		workers = 1
	}
	var taken atomic.Int64
	kernels.ParallelRange(workers, workers, 1, func(worker, _ int) {
		for {
			task := int(taken.Add(1)) - 1
			if task >= tasks {
				return
			}
			do(task, &f.scratch[worker])
		}
	})
}

// below returns strip s from the panel's first row on.
func (f *factorization) below(p *panel, s int) []float64 {
	return f.strips[s][p.first*StripWidth*StripWidth:]
}

// reflectAll multiplies a strip by (I - V*T*V')', the panel's reflections in turn.
func (f *factorization) reflectAll(p *panel, strip int, s *products) {
	c := f.below(p, strip)
	f.project(p, c, 0, p.height, s)
	w, tw := s.views()
	for i := 0; i < p.width; i += tileRows { // T' is lower triangular
		f.tile(tw.from(i, 0), p.minusT.transposed().from(i, 0), w, i+tileRows, &s.w[0])
	}
	f.add(p, c, s)
}

// form makes a strip of Q: it multiplies what the later panels have made of the unit
// matrix's by I - V*T*V'.
func (f *factorization) form(p *panel, strip int, s *products) {
	c := f.below(p, strip)
	// Where it is not 0 yet:
	from, to := p.width, p.height
	if strip < p.first+p.width/StripWidth {
		clear(c)
		from, to = 0, min(p.width, p.height)
		for column := strip * StripWidth; column < min((strip+1)*StripWidth, f.columns); column++ {
			// The sign of the column is the unit vector's.
			row := column - p.first*StripWidth
			if c[row*StripWidth+column%StripWidth] = 1; f.negative[column] {
				c[row*StripWidth+column%StripWidth] = -1
			}
		}
	} else {
		clear(c[:from*StripWidth])
	}
	f.project(p, c, from, to, s)
	w, tw := s.views()
	for i := 0; i < p.width; i += tileRows { // T is upper triangular
		f.tile(tw.from(i, 0), p.minusT.from(i, i), w.from(i, 0), p.width-i, &s.w[0])
	}
	f.add(p, c, s)
}

// project sets s.w to V'C, from C's rows that are not 0, and s.tw to 0.
func (f *factorization) project(p *panel, c []float64, from, to int, s *products) {
	clear(s.w[:p.width*StripWidth])
	clear(s.tw[:p.width*StripWidth])
	w, _ := s.views()
	for ; from < to; from += depth {
		k := min(depth, to-from)
		for i := 0; i < p.width; i += tileRows {
			// The tiles fetch the next rows of C among them.
			ahead := &c[min((from+k)*StripWidth+i*k, len(c)-1)]
			f.tile(w.from(i, 0), p.v.transposed().from(i, from), rowMajor(c, StripWidth).from(from, 0), k, ahead)
		}
	}
}

// add adds V*s.tw to C.
func (f *factorization) add(p *panel, c []float64, s *products) {
	_, tw := s.views()
	for r := 0; r < p.height; r += tileRows {
		ahead := &c[min((r+2*tileRows)*StripWidth, len(c)-1)]
		f.tile(rowMajor(c, StripWidth).from(r, 0), p.v.from(r, 0), tw, p.width, ahead)
	}
}

// factor finds the reflections of a panel: strip by strip, each after those before it.
func (f *factorization) factor(p *panel, s *products) {
	width := p.width
	clear(p.minusT.in)
	for i := range width / StripWidth {
		p.width = i * StripWidth
		if i > 0 {
			f.reflectAll(p, p.first+i, s)
		}
		var tau [StripWidth]float64
		f.factorStrip(p, i, &tau)
		f.extend(p, i, &tau, s)
	}
	p.width = width
}

// factorStrip finds the reflections of strip i of the panel, and takes them into V.
func (f *factorization) factorStrip(p *panel, i int, tau *[StripWidth]float64) {
	first := (p.first + i) * StripWidth
	count := min(StripWidth, f.columns-first)
	c := f.below(p, p.first+i)[i*StripWidth*StripWidth:]
	var scale, w, sums [StripWidth]float64
	f.reflect(c[StripWidth:], 0, &w, 0, &sums)
	for j := range count {
		// The vector is left as long as it was: its product with the strip below row j is in sums.
		row := (*[StripWidth]float64)(c[j*StripWidth:])
		w = [StripWidth]float64{}
		if alpha := row[j]; sums[j] > tiny {
			beta := -math.Copysign(math.Sqrt(math.FMA(alpha, alpha, sums[j])), alpha)
			tau[j], scale[j] = (beta-alpha)/beta, 1/(alpha-beta)
			row[j] = beta
			for k := j + 1; k < StripWidth; k++ {
				h := float64(tau[j] * math.FMA(sums[k], scale[j], row[k]))
				row[k] -= h
				w[k] = h * scale[j]
			}
		}
		f.negative[first+j] = row[j] < 0
		if j+1 < count {
			// The next row will be on the diagonal, and has no part in the next sums.
			below := c[(j+1)*StripWidth:]
			var none [StripWidth]float64
			f.reflect(below[:StripWidth], j, &w, j+1, &none)
			sums = [StripWidth]float64{}
			f.reflect(below[StripWidth:], j, &w, j+1, &sums)
		}
	}
	for r := 1; r*StripWidth < len(c); r++ {
		row := (*[StripWidth]float64)(c[r*StripWidth:])
		for j := range min(r, StripWidth) {
			row[j] *= scale[j]
		}
	}
	f.take(p, i)
}

// take copies the Householder vectors of strip i of the panel to V.
func (f *factorization) take(p *panel, i int) {
	c := f.below(p, p.first+i)
	count := min(StripWidth, f.columns-(p.first+i)*StripWidth)
	for r := range p.height {
		row, v := (*[StripWidth]float64)(c[r*StripWidth:]), (*[StripWidth]float64)(p.v.from(r, i*StripWidth).in)
		diagonal := r - i*StripWidth
		if diagonal >= StripWidth {
			*v = *row
			continue
		}
		*v = [StripWidth]float64{}
		if diagonal >= 0 {
			copy(v[:diagonal], row[:diagonal])
			if diagonal < count {
				v[diagonal] = 1
			}
		}
	}
}

// vectors takes the Householder vectors of all strips of the panel.
func (f *factorization) vectors(p *panel) {
	for i := range p.width / StripWidth {
		f.take(p, i)
	}
}

// extend takes strip i's reflections into T: a column of it is -tau*T*V'v, and tau on the diagonal.
func (f *factorization) extend(p *panel, i int, tau *[StripWidth]float64, s *products) {
	before := i * StripWidth
	p.width = before + StripWidth
	clear(s.w[:p.width*StripWidth])
	w, _ := s.views()
	for k := before; k < p.height; k += depth {
		for r := 0; r < p.width; r += tileRows {
			f.tile(w.from(r, 0), p.v.transposed().from(r, k), p.v.from(k, before), min(depth, p.height-k), &s.w[0])
		}
	}
	t := p.minusT.in
	for j, tau := range tau {
		column := before + j
		for r := range column {
			var sum float64
			for k := r; k < column; k++ {
				sum = math.FMA(t[r*panelWidth+k], s.w[k*StripWidth+j], sum)
			}
			t[r*panelWidth+column] = -tau * sum
		}
		t[column*panelWidth+column] = -tau
	}
}
