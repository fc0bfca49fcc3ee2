package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The kernels of dense matrices in float64 lie in a package of their own.
const matrixFolder = "internal/matrix/"

// A tile has tileRows rows of stripWidth elements: 24 registers of 512 bits.
const tileRows, stripWidth = 8, 24

const cacheLine = 64

// A matrixEnd is a back end for such kernels.
type matrixEnd interface {
	backEnd
	vector() reg.Register
}

func (m *avx512) vector() reg.Register { return m.ZMM() }
func (m *avx2) vector() reg.Register   { return m.YMM() }

// everywhere is the element in all lanes.
func everywhere(m matrixEnd, from operand.Mem) reg.Register {
	r := m.vector()
	m.context().VBROADCASTSD(from, r)
	return r
}

func generateMatrix() {
	for _, newEnd := range []func() matrixEnd{
		func() matrixEnd { return newAVX2() },
		func() matrixEnd { return newAVX512() },
	} {
		m := newEnd()
		c := m.context()
		c.ConstraintExpr("amd64,!purego")
		layTile(m)
		layReflect(m)
		file := matrixFolder + strings.ToLower(m.set()) + "_amd64"
		write(file+".go", formatted(laid(m, file+".s").Bytes()))
	}
}

func declare(m matrixEnd, name, doc, signature string) {
	c := m.context()
	c.Function(name + m.set())
	c.Doc(name + m.set() + " " + doc)
	c.Pragma("noescape")
	c.SignatureExpr(signature)
}

// layTile lays down the product that all others are made of. The instruction sets
// have registers for blocks of it of different sizes, one after the other.
func layTile(m matrixEnd) {
	rows, vectors := tileRows, stripWidth*8/m.registerBytes()
	if m.registers() == 16 {
		rows, vectors = tileRows/2, vectors/2 // 12 sums, 3 of b and an element of a
	}
	declare(m, "tile", fmt.Sprintf("is tile for k >= 1, by blocks of %d rows and %d columns.", rows, vectors*m.registerBytes()/8),
		"func(c *float64, cRow int, a *float64, aRow, aStep int, b *float64, bRow, k int, ahead *float64)")
	ctx := m.context()
	c, a, b := ctx.Load(ctx.Param("c"), ctx.GP64()), ctx.Load(ctx.Param("a"), ctx.GP64()), ctx.Load(ctx.Param("b"), ctx.GP64())
	ahead := ctx.Load(ctx.Param("ahead"), ctx.GP64())
	cRow, aStep, bRow := inBytes(m, "cRow"), inBytes(m, "aStep"), inBytes(m, "bRow")
	// Element r of a column of a lies at one of these rows, times 1, 2 or 4.
	aRow := map[int]reg.Register{1: inBytes(m, "aRow")}
	aRow[3] = ctx.GP64()
	ctx.LEAQ(operand.Mem{Base: aRow[1], Index: aRow[1], Scale: 2}, aRow[3])
	if rows > 4 {
		aRow[5], aRow[7] = ctx.GP64(), ctx.GP64()
		ctx.LEAQ(operand.Mem{Base: aRow[1], Index: aRow[1], Scale: 4}, aRow[5])
		ctx.LEAQ(operand.Mem{Base: aRow[3], Index: aRow[1], Scale: 4}, aRow[7])
	}
	element := func(base reg.Register, r int) operand.Mem {
		if r == 0 {
			return operand.Mem{Base: base}
		}
		scale := 1
		for ; r%2 == 0; r /= 2 {
			scale *= 2
		}
		return operand.Mem{Base: base, Index: aRow[r], Scale: uint8(scale)}
	}
	for top := 0; top < tileRows; top += rows {
		for left := 0; left < stripWidth*8; left += vectors * m.registerBytes() {
			block := fmt.Sprintf("rows%dcolumns%d", top, left/8)
			// The loop moves these along.
			aAt, bAt, count := ctx.GP64(), ctx.GP64(), ctx.GP64()
			ctx.MOVQ(a, aAt)
			ctx.LEAQ(operand.Mem{Base: b, Disp: left}, bAt)
			ctx.Load(ctx.Param("k"), count)
			cAt := ctx.GP64()
			sums := make([][]reg.Register, rows)
			each := func(do func(sum reg.Register, at operand.Mem)) {
				ctx.LEAQ(operand.Mem{Base: c, Disp: left}, cAt)
				for r := range rows {
					for v := range vectors {
						do(sums[r][v], operand.Mem{Base: cAt, Disp: v * m.registerBytes()})
					}
					if r+1 < rows {
						ctx.ADDQ(cRow, cAt)
					}
				}
			}
			for r := range rows {
				for range vectors {
					sums[r] = append(sums[r], m.vector())
				}
			}
			each(func(sum reg.Register, at operand.Mem) { ctx.VMOVUPD(at, sum) })
			ctx.Label(block)
			row := make([]reg.Register, vectors)
			for v := range row {
				row[v] = m.vector()
				ctx.VMOVUPD(operand.Mem{Base: bAt, Disp: v * m.registerBytes()}, row[v])
			}
			for r := range rows {
				x := everywhere(m, element(aAt, r))
				for v := range row {
					ctx.VFMADD231PD(row[v], x, sums[r][v])
				}
			}
			if top == 0 && left == 0 {
				ctx.PREFETCHT1(operand.Mem{Base: ahead})
				ctx.ADDQ(operand.U8(cacheLine), ahead)
			}
			ctx.ADDQ(aStep, aAt)
			ctx.ADDQ(bRow, bAt)
			ctx.DECQ(count)
			ctx.JNE(operand.LabelRef(block))
			each(func(sum reg.Register, at operand.Mem) { ctx.VMOVUPD(sum, at) })
		}
		if top+rows < tileRows { // on to the next rows
			ctx.LEAQ(operand.Mem{Base: a, Index: aRow[1], Scale: 4}, a)
			ctx.LEAQ(operand.Mem{Base: c, Index: cRow, Scale: 4}, c)
		}
	}
	ctx.VZEROUPPER()
	ctx.RET()
}

// inBytes is the parameter, a number of float64, as a number of bytes.
func inBytes(m matrixEnd, name string) reg.Register {
	c := m.context()
	r := c.Load(c.Param(name), c.GP64())
	c.SHLQ(operand.U8(3), r)
	return r
}

// layReflect lays down the pass of a Householder reflection over a strip: a loop for each
// eighth column to begin with.
func layReflect(m matrixEnd) {
	declare(m, "reflect", "is reflect for rows >= 1.", "func(p *float64, rows, x int, w *float64, y int, sums *float64)")
	c := m.context()
	p, rows := c.Load(c.Param("p"), c.GP64()), c.Load(c.Param("rows"), c.GP64())
	x, y := c.Load(c.Param("x"), c.GP64()), c.Load(c.Param("y"), c.GP64())
	w, sums := c.Load(c.Param("w"), c.GP64()), c.Load(c.Param("sums"), c.GP64())
	yWeight := everywhere(m, operand.Mem{Base: w, Index: y, Scale: 8})
	const step = 8
	label := func(first int) string { return fmt.Sprintf("columns%d", first) }
	for first := step; first < stripWidth; first += step {
		c.CMPQ(y, operand.U8(stripWidth-first))
		c.JGE(operand.LabelRef(label(stripWidth - first)))
	}
	for first := 0; first < stripWidth; first += step {
		c.Label(label(first))
		at := func(base reg.Register, v int) operand.Mem {
			return operand.Mem{Base: base, Disp: first*8 + v*m.registerBytes()}
		}
		vectors := (stripWidth - first) * 8 / m.registerBytes()
		weight, sum := make([]reg.Register, vectors), make([]reg.Register, vectors)
		for v := range vectors {
			weight[v], sum[v] = m.vector(), m.vector()
			c.VMOVUPD(at(w, v), weight[v])
			c.VMOVUPD(at(sums, v), sum[v])
		}
		row := label(first) + "row"
		c.Label(row)
		xs, ys := everywhere(m, operand.Mem{Base: p, Index: x, Scale: 8}), everywhere(m, operand.Mem{Base: p, Index: y, Scale: 8})
		c.VFNMADD231PD(yWeight, xs, ys)
		for v := range vectors {
			element := m.vector()
			c.VMOVUPD(at(p, v), element)
			c.VFNMADD231PD(weight[v], xs, element)
			c.VMOVUPD(element, at(p, v))
			c.VFMADD231PD(element, ys, sum[v])
		}
		c.ADDQ(operand.U32(stripWidth*8), p)
		c.DECQ(rows)
		c.JNE(operand.LabelRef(row))
		for v := range vectors {
			c.VMOVUPD(sum[v], at(sums, v))
		}
		c.VZEROUPPER()
		c.RET()
	}
}
