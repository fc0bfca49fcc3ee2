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

	// tile computes C = A*B, or C += A*B if add, for a C of 1 to r.rows rows and r.columns columns, each element by one chain:
	//
	//	C[r][j] = fma(A[r][l], B[l][j], C[r][j]) for l = 0, 1, ..., k-1
	//
	// k >= 1. Element (r, l) of A is a[l*panel+r], and (l, j) of B is b[l*columns+j]. It may
	// fetch C's elements at next into the caches.
	tile func(c *float32, cRow int, a, b *float32, k, rows int, add bool, next *float32)

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

// transposed is the number of rows, and of columns, that transpose takes at a time.
const transposed = 8

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

// Buffers are what a piece of a product packs into.
type buffers struct {
	a, b, edge []float32
}

var pool = sync.Pool{New: func() any { return new(buffers) }}

// grown is s if it has n elements, and a longer slice otherwise.
func grown(s []float32, n int) []float32 {
	if len(s) < n {
		return kernels.AlignedSlice[float32](n)
	}
	return s
}

// part computes C's rows from top to bottom and columns from left to right, by
// blocks as Goto and van de Geijn have them (Anatomy of high-performance matrix multiplication, 2008).
func (p *product) part(top, bottom, left, right int) {
	if top == bottom || left == right {
		return
	}
	k := p.a.Columns
	buffer := pool.Get().(*buffers)
	defer pool.Put(buffer)
	once := bottom-top <= p.height // every strip of B is used once
	depth := min(p.depth, k)
	strips := 1
	if !once {
		strips = ceil(min(p.breadth, right-left), p.columns)
	}
	buffer.a = grown(buffer.a, ceil(min(p.height, bottom-top), p.rows)*p.panel*depth)
	buffer.b = grown(buffer.b, strips*p.columns*depth)
	buffer.edge = grown(buffer.edge, p.rows*p.columns)
	breadth := p.breadth
	if once {
		breadth = right - left
	}
	for j0 := left; j0 < right; j0 += breadth {
		j1 := min(j0+breadth, right)
		for l := 0; l < k; l += depth {
			d := min(depth, k-l)
			for i0 := top; i0 < bottom; i0 += p.height {
				i1 := min(i0+p.height, bottom)
				p.packA(buffer.a, i0, i1, l, d)
				for j := j0; j < j1; j += p.columns {
					strip := buffer.b
					if !once {
						strip = strip[(j-j0)*depth:]
					}
					width := min(p.columns, j1-j)
					if i0 == top {
						p.packB(strip, j, width, l, d)
					}
					p.multiplyStrip(buffer, strip, i0, i1, j, width, d, p.add || l > 0)
				}
			}
		}
	}
}

// multiplyStrip multiplies the rows of A that are packed by a strip of B.
func (p *product) multiplyStrip(buffer *buffers, strip []float32, i0, i1, j, width, d int, add bool) {
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
			p.tile(&c[0], stride, a, &strip[0], d, rows, add, next)
			continue
		}
		edge := buffer.edge
		if add {
			for r := range rows {
				copy(edge[r*p.columns:][:width], c[r*stride:])
			}
		}
		p.tile(&edge[0], p.columns, a, &strip[0], d, rows, add, &edge[0])
		for r := range rows {
			copy(c[r*stride:][:width], edge[r*p.columns:])
		}
	}
}
