package gemm

// packA packs columns l to l+d of alpha*A's rows i0 to i1: for each tile, the columns of its
// rows one after the other, panel elements apart.
func (p *product) packA(dst []float32, i0, i1, l, d int) {
	packed := dst
	for i := i0; i < i1; i += p.rows {
		// Rows of the next tile may fill the panel.
		rows := min(p.panel, p.a.Rows-i)
		if p.a.Transposed {
			for x := range d {
				copy(dst[x*p.panel:][:p.panel], p.a.Data[(l+x)*p.a.Stride+i:][:rows])
			}
		} else {
			p.packColumns(dst, p.panel, p.a.Data[i*p.a.Stride+l:], p.a.Stride, rows, d)
		}
		dst = dst[p.panel*d:]
	}
	if p.alpha != 1 {
		packed = packed[:len(packed)-len(dst)]
		for x := range packed {
			packed[x] *= p.alpha
		}
	}
}

// packB packs rows l to l+d of a strip of B from column j on, filled up with zeros.
func (p *product) packB(dst []float32, j, width, l, d int) {
	b := p.b
	dst = dst[:p.columns*d]
	switch {
	case b.Transposed:
		if width < p.columns {
			clear(dst)
		}
		p.packColumns(dst, p.columns, b.Data[j*b.Stride+l:], b.Stride, width, d)
	case width == p.columns:
		src := b.Data[l*b.Stride+j:]
		_ = src[(d-1)*b.Stride+width-1]
		p.copyRows(&dst[0], &src[0], b.Stride, d)
	default:
		for x := range d {
			row := dst[x*p.columns:][:p.columns]
			copy(row, b.Data[(l+x)*b.Stride+j:][:width])
			clear(row[width:])
		}
	}
}

// packColumns writes d columns of rows as rows, dstRow >= rows apart.
func (r *routines) packColumns(dst []float32, dstRow int, src []float32, srcRow, rows, d int) {
	whole := d / square * square
	for ; rows >= square && whole > 0; rows -= square {
		_, _ = dst[(whole-1)*dstRow+square-1], src[(square-1)*srcRow+whole-1]
		r.transpose(&dst[0], dstRow, &src[0], srcRow, whole/square)
		for i := range square {
			for x, value := range src[i*srcRow:][whole:d] {
				dst[(whole+x)*dstRow+i] = value
			}
		}
		dst = dst[square:]
		if rows > square {
			src = src[square*srcRow:]
		}
	}
	for i := range rows {
		for x, value := range src[i*srcRow:][:d] {
			dst[x*dstRow+i] = value
		}
	}
}
