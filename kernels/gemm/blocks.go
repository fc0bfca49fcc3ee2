package gemm

import (
	"sync"

	"actinit/kernels"
)

// routines are the kernels of an instruction set, and the sizes of blocks that suit its tiles
// and the caches. The sizes change no bits.
type routines struct {
	variant kernels.Variant

	rows, columns int // of a tile
	panel         int // elements of a row of packed A, at least rows

	depth   int // products of a chain at a time: so much of a strip of B stays in the first-level cache
	height  int // rows of A, whole tiles, at a time: packed they stay in the second-level cache
	breadth int // columns of B, whole strips, at a time: packed they stay in the last-level cache

	fewest float64 // multiply-adds from which workers share a product: it takes some times as long as to wake a goroutine

	// tile computes C = A*B, or C += A*B if add, for a C of 1 to r.rows rows and r.columns
	// columns, each element by one chain:
	//
	//	C[r][j] = fma(A[r][l], B[l][j], C[r][j]) for l = 0, 1, ..., k-1
	//
	// k >= 1. Element (r, l) of A is a[l*panel+r], and (l, j) of B is b[l*columns+j]. Meanwhile it
	// fetches what may come next: as many rows of C from next on into the first-level cache,
	// and 128 bytes of each row from ahead on, a row for every unrolled products, into the second-level.
	tile func(c *float32, cRow int, a, b *float32, k, rows int, add bool, next, ahead *float32, aheadRow int)

	// copyRows copies rows >= 1 rows of r.columns elements to where they follow one another.
	copyRows func(dst, src *float32, srcRow, rows int)

	// transpose writes the columns of 8 rows of 8*blocks elements as rows of 8, dstRow apart.
	transpose func(dst *float32, dstRow int, src *float32, srcRow, blocks int)
}

// fastest are those that kernels' choice of an instruction set allows, or nil.
var fastest = chosen(kernels.ISA())

func chosen(isa string) *routines {
	for _, v := range []kernels.Variant{kernels.AVX512, kernels.AVX2} {
		if v.ISA() == isa {
			return routinesOf(v)
		}
	}
	return nil
}

// square is the number of rows, and of columns, that transpose takes at a time.
const square = 8

// A product is one call of Multiply.
type product struct {
	*routines
	a, b, c Matrix
	alpha   float32
	add     bool // C counts
}

// cut returns how many pieces C is cut into, at most as many as there are workers: those for
// which the least of A and B is packed, each piece packing what it needs itself.
func (p *product) cut(workers int) (down, across int) {
	tiles, strips := ceil(p.c.Rows, p.rows), ceil(p.c.Columns, p.columns)
	down, across = 1, 1
	least := 0
	for d := 1; d <= min(workers, tiles); d++ {
		x := min(workers/d, strips)
		packed := x*p.c.Rows + d*p.c.Columns
		if d*x > down*across || d*x == down*across && packed < least {
			down, across, least = d, x, packed
		}
	}
	return down, across
}

// buffers are what a piece of a product packs into, and a tile of C's edge. All are parts of one slice.
type buffers struct {
	memory     []float32
	a, b, edge []float32
}

var pool = sync.Pool{New: func() any { return new(buffers) }}

const (
	// manyElements is what all blocks take at most. It is as much as AlignedSlice has on huge
	// pages, which take .97 of the time.
	manyElements = 2 << 20

	// fewElements is the most that is taken as it is needed.
	fewElements = 1 << 16
)

// divide gives the buffers their lengths, whole cache lines.
func (s *buffers) divide(a, b, edge int) {
	need := a + b + edge
	if len(s.memory) < need {
		if need > fewElements {
			need = max(need, manyElements)
		}
		s.memory = kernels.AlignedSlice[float32](need)
	}
	s.a, s.b, s.edge = s.memory[:a], s.memory[a:a+b], s.memory[a+b:a+b+edge]
}

// even returns how long pieces of n are that are as long as each other, at most limit, if the last is
// rounded up to whole units.
func even(n, limit, unit int) int {
	return ceil(ceil(n, ceil(n, limit)), unit) * unit
}

// part computes C's rows from top to bottom and columns from left to right, by
// blocks as Goto and van de Geijn have them (Anatomy of High-Performance Matrix Multiplication, 2008).
func (p *product) part(top, bottom, left, right int) {
	if top == bottom || left == right {
		return
	}
	k := p.a.Columns
	buffer := pool.Get().(*buffers)
	defer pool.Put(buffer)
	depth := even(k, p.depth, square)
	height := even(bottom-top, p.height, p.rows)
	once := bottom-top <= height // every strip of B is used once, and takes the memory of the one before
	breadth, strips := right-left, 1
	if !once {
		breadth = even(right-left, p.breadth, p.columns)
		strips = breadth / p.columns
	}
	buffer.divide(height/p.rows*p.panel*depth, strips*p.columns*depth, p.rows*p.columns)
	for j0 := left; j0 < right; j0 += breadth {
		j1 := min(j0+breadth, right)
		for l := 0; l < k; l += depth {
			d := min(depth, k-l)
			for i0 := top; i0 < bottom; i0 += height {
				i1 := min(i0+height, bottom)
				p.packA(buffer.a, i0, i1, l, d)
				for j := j0; j < j1; j += p.columns {
					strip := buffer.b
					if !once {
						strip = strip[(j-j0)*depth:]
					}
					width := min(p.columns, j1-j)
					next := none
					if i0 == top {
						p.packB(strip, j, width, l, d)
						if j+p.columns < j1 {
							next = p.sourceB(j+p.columns, l, d)
						}
					} else if j+p.columns < j1 {
						next = ahead{buffer.b[(j-j0+p.columns)*depth:], p.columns, d / unrolled * p.columns}
					}
					p.multiplyStrip(buffer, strip, i0, i1, j, width, d, p.add || l > 0, next)
				}
			}
		}
	}
}

// multiplyStrip multiplies the rows of A that are packed by a strip of B.
func (p *product) multiplyStrip(buffer *buffers, strip []float32, i0, i1, j, width, d int, add bool, later ahead) {
	stride := p.c.Stride
	for i := i0; i < i1; i += p.rows {
		rows := min(p.rows, i1-i)
		a := &buffer.a[(i-i0)/p.rows*p.panel*d]
		c := p.c.Data[i*stride+j:]
		if width == p.columns {
			next := &c[0]
			if i+p.rows < i1 {
				next = &c[p.rows*stride]
			}
			p.tile(&c[0], stride, a, &strip[0], d, rows, add, next, later.from(), later.row)
			later.advance()
			continue
		}
		edge := buffer.edge
		if add {
			for r := range rows {
				copy(edge[r*p.columns:][:width], c[r*stride:])
			}
		}
		p.tile(&edge[0], p.columns, a, &strip[0], d, rows, add, &edge[0], &edge[0], 0)
		for r := range rows {
			copy(c[r*stride:][:width], edge[r*p.columns:])
		}
	}
}

// unrolled is the number of products for which a tile fetches ahead once.
const unrolled = 4

// An ahead is memory that tiles fetch before it is packed, or multiplied: each of them rows
// that lie row elements apart, and the next one from jump elements later on.
type ahead struct {
	data      []float32
	row, jump int
}

// none is nothing to fetch, again and again.
var none = ahead{make([]float32, 1), 0, 0}

func (a ahead) from() *float32 { return &a.data[0] }

func (a *ahead) advance() {
	if a.jump >= len(a.data) {
		*a = none
		return
	}
	a.data = a.data[a.jump:]
}

// sourceB is where packB will find a strip.
func (p *product) sourceB(j, l, d int) ahead {
	b := p.b
	if b.Transposed {
		return ahead{b.Data[j*b.Stride+l:][:d], b.Stride, 2 * cacheLine}
	}
	first := l*b.Stride + j
	return ahead{b.Data[first : first+(d-1)*b.Stride+1], b.Stride, max(1, d/unrolled) * b.Stride}
}

// cacheLine is the number of float32 in one.
const cacheLine = 16
