package main

import (
	"fmt"
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The kernels of products of float32 matrices lie in a package of their own.
const gemmFolder = "gemm/"

// A gemmShape is what a tile of a product takes of an instruction set: rows times vectors of
// sums, vectors of a row of b and two elements of a. Rows of packed a have panel elements.
type gemmShape struct {
	rows, vectors, panel int
}

func gemmShapeOf(m matrixEnd) gemmShape {
	if m.registers() == 16 {
		return gemmShape{rows: 6, vectors: 2, panel: 8}
	}
	return gemmShape{rows: 14, vectors: 2, panel: 16}
}

func generateGemm() {
	for _, newEnd := range []func() matrixEnd{
		func() matrixEnd { return newAVX2() },
		func() matrixEnd { return newAVX512() },
	} {
		m := newEnd()
		m.context().ConstraintExpr("amd64,!purego")
		layGemmTile(m)
		layGemmCopy(m)
		if avx2, is := m.(*avx2); is { // which the other uses too
			layGemmTranspose(avx2)
		}
		file := gemmFolder + strings.ToLower(m.set()) + "_amd64"
		write(file+".go", formatted(laid(m, file+".s").Bytes()))
	}
}

// inFloats is the parameter, a number of float32, as a number of bytes.
func inFloats(m matrixEnd, name string) reg.Register {
	c := m.context()
	r := c.Load(c.Param(name), c.GP64())
	c.SHLQ(operand.U8(2), r)
	return r
}

// gemmUnrolled is the number of products that a tile's loop adds before it counts them.
const gemmUnrolled = 4

// layGemmTile lays down a loop for each number of rows.
func layGemmTile(m matrixEnd) {
	shape := gemmShapeOf(m)
	declare(m, "tile", fmt.Sprintf("is tile for k >= 1, 1 to %d rows and %d columns.", shape.rows, shape.vectors*m.registerBytes()/4),
		"func(c *float32, cRow int, a, b *float32, k, rows int, add bool, next, ahead *float32, aheadRow int)")
	ctx := m.context()
	c, a, b := ctx.Load(ctx.Param("c"), ctx.GP64()), ctx.Load(ctx.Param("a"), ctx.GP64()), ctx.Load(ctx.Param("b"), ctx.GP64())
	cRow, aheadRow := inFloats(m, "cRow"), inFloats(m, "aheadRow")
	next, ahead := ctx.Load(ctx.Param("next"), ctx.GP64()), ctx.Load(ctx.Param("ahead"), ctx.GP64())
	k := ctx.Load(ctx.Param("k"), ctx.GP64())
	add := ctx.Load(ctx.Param("add"), ctx.GP8())
	rows := ctx.Load(ctx.Param("rows"), ctx.GP64())
	label := func(rows int) string { return fmt.Sprintf("rows%d", rows) }
	for r := shape.rows - 1; r > 0; r-- {
		ctx.CMPQ(rows, operand.U8(r))
		ctx.JEQ(operand.LabelRef(label(r)))
	}
	width := shape.vectors * m.registerBytes()
	for rows := shape.rows; rows > 0; rows-- {
		ctx.Label(label(rows))
		cAt := ctx.GP64()
		sums := make([][]reg.Register, rows)
		for r := range rows {
			for range shape.vectors {
				sums[r] = append(sums[r], m.vector())
			}
		}
		each := func(do func(sum reg.Register, at operand.Mem)) {
			ctx.MOVQ(c, cAt)
			for r := range rows {
				for v := range shape.vectors {
					do(sums[r][v], operand.Mem{Base: cAt, Disp: v * m.registerBytes()})
				}
				if r+1 < rows {
					ctx.ADDQ(cRow, cAt)
				}
			}
		}
		begun, counted, one, done := label(rows)+"begun", label(rows)+"counted", label(rows)+"one", label(rows)+"done"
		for r := range rows {
			for v := range shape.vectors {
				ctx.VXORPS(sums[r][v], sums[r][v], sums[r][v])
			}
		}
		ctx.TESTB(add, add)
		ctx.JEQ(operand.LabelRef(begun))
		each(func(sum reg.Register, at operand.Mem) { ctx.VMOVUPS(at, sum) })
		ctx.Label(begun)
		step := func(i int) {
			row := make([]reg.Register, shape.vectors)
			for v := range row {
				row[v] = m.vector()
				ctx.VMOVUPS(operand.Mem{Base: b, Disp: i*width + v*m.registerBytes()}, row[v])
			}
			for r := range rows {
				x := m.vector()
				ctx.VBROADCASTSS(operand.Mem{Base: a, Disp: (i*shape.panel + r) * 4}, x)
				for v := range row {
					ctx.VFMADD231PS(row[v], x, sums[r][v])
				}
			}
		}
		nextRow, nextRows, none := ctx.GP64(), ctx.GP64(), ctx.GP64()
		ctx.MOVQ(cRow, nextRow)
		ctx.MOVQ(operand.U32(rows), nextRows)
		ctx.XORQ(none, none)
		ctx.SUBQ(operand.U8(gemmUnrolled), k)
		ctx.JLT(operand.LabelRef(counted))
		ctx.Label(label(rows) + "loop")
		for i := range gemmUnrolled {
			step(i)
			switch i {
			case 0:
				for v := 0; v <= width; v += cacheLine {
					ctx.PREFETCHT0(operand.Mem{Base: next, Disp: min(v, width-4)})
				}
			case 1:
				// Behind the last row it stays.
				ctx.DECQ(nextRows)
				ctx.CMOVQEQ(none, nextRow)
				ctx.ADDQ(nextRow, next)
			case 2:
				ctx.PREFETCHT1(operand.Mem{Base: ahead})
				ctx.PREFETCHT1(operand.Mem{Base: ahead, Disp: cacheLine})
				ctx.ADDQ(aheadRow, ahead)
			}
		}
		ctx.ADDQ(operand.U32(gemmUnrolled*shape.panel*4), a)
		ctx.ADDQ(operand.U32(gemmUnrolled*width), b)
		ctx.SUBQ(operand.U8(gemmUnrolled), k)
		ctx.JGE(operand.LabelRef(label(rows) + "loop"))
		ctx.Label(counted)
		ctx.ADDQ(operand.U8(gemmUnrolled), k)
		ctx.JEQ(operand.LabelRef(done))
		ctx.Label(one)
		step(0)
		ctx.ADDQ(operand.U8(shape.panel*4), a)
		ctx.ADDQ(operand.U32(width), b)
		ctx.DECQ(k)
		ctx.JNE(operand.LabelRef(one))
		ctx.Label(done)
		each(func(sum reg.Register, at operand.Mem) { ctx.VMOVUPS(sum, at) })
		ctx.VZEROUPPER()
		ctx.RET()
	}
}

// layGemmCopy lays down the packing of rows as they lie.
func layGemmCopy(m matrixEnd) {
	vectors := gemmShapeOf(m).vectors
	declare(m, "copyRows", fmt.Sprintf("copies rows of %d elements, at least 1, to where they follow one another.", vectors*m.registerBytes()/4),
		"func(dst, src *float32, srcRow, rows int)")
	c := m.context()
	dst, src := c.Load(c.Param("dst"), c.GP64()), c.Load(c.Param("src"), c.GP64())
	srcRow := inFloats(m, "srcRow")
	rows := c.Load(c.Param("rows"), c.GP64())
	c.Label("row")
	elements := make([]reg.Register, vectors)
	for v := range vectors {
		elements[v] = m.vector()
		c.VMOVUPS(operand.Mem{Base: src, Disp: v * m.registerBytes()}, elements[v])
	}
	for v := range vectors {
		c.VMOVUPS(elements[v], operand.Mem{Base: dst, Disp: v * m.registerBytes()})
	}
	c.ADDQ(srcRow, src)
	c.ADDQ(operand.U32(vectors*m.registerBytes()), dst)
	c.DECQ(rows)
	c.JNE(operand.LabelRef("row"))
	c.VZEROUPPER()
	c.RET()
}

// layGemmTranspose lays down the packing of columns. Four rows and the four below them are
// the halves of registers, so that nothing moves between halves but what is loaded.
func layGemmTranspose(m *avx2) {
	declare(m, "transpose", "writes the columns of 8 rows as rows, dstRow elements apart: blocks of 8, at least 1.",
		"func(dst *float32, dstRow int, src *float32, srcRow, blocks int)")
	dst, src := m.Load(m.Param("dst"), m.GP64()), m.Load(m.Param("src"), m.GP64())
	dstRow, srcRow := inFloats(m, "dstRow"), inFloats(m, "srcRow")
	blocks := m.Load(m.Param("blocks"), m.GP64())
	row := func(base reg.Register, step reg.Register, step3 reg.Register, i int) operand.Mem {
		switch i {
		case 0:
			return operand.Mem{Base: base}
		case 3:
			return operand.Mem{Base: base, Index: step3, Scale: 1}
		}
		return operand.Mem{Base: base, Index: step, Scale: uint8(i)}
	}
	dstRow3, srcRow3, below := m.GP64(), m.GP64(), m.GP64()
	m.LEAQ(operand.Mem{Base: dstRow, Index: dstRow, Scale: 2}, dstRow3)
	m.LEAQ(operand.Mem{Base: srcRow, Index: srcRow, Scale: 2}, srcRow3)
	m.LEAQ(operand.Mem{Base: src, Index: srcRow, Scale: 4}, below)
	m.Label("block")
	for half := range 2 {
		var x [4]reg.VecVirtual
		for i := range x {
			x[i] = m.YMM()
			upper, lower := row(src, srcRow, srcRow3, i), row(below, srcRow, srcRow3, i)
			upper.Disp, lower.Disp = half*16, half*16
			m.VMOVUPS(upper, x[i].AsX())
			m.VINSERTF128(operand.U8(1), lower, x[i], x[i])
		}
		even0, odd0, even2, odd2 := m.YMM(), m.YMM(), m.YMM(), m.YMM()
		m.VUNPCKLPS(x[1], x[0], even0)
		m.VUNPCKHPS(x[1], x[0], odd0)
		m.VUNPCKLPS(x[3], x[2], even2)
		m.VUNPCKHPS(x[3], x[2], odd2)
		for i, from := range [][2]reg.VecVirtual{{even0, even2}, {even0, even2}, {odd0, odd2}, {odd0, odd2}} {
			const lowPairs, highPairs = 0x44, 0xee
			pairs := lowPairs
			if i%2 == 1 {
				pairs = highPairs
			}
			column := m.YMM()
			m.VSHUFPS(operand.U8(pairs), from[1], from[0], column)
			m.VMOVUPS(column, row(dst, dstRow, dstRow3, i))
		}
		m.LEAQ(operand.Mem{Base: dst, Index: dstRow, Scale: 4}, dst)
	}
	m.ADDQ(operand.U8(32), src)
	m.ADDQ(operand.U8(32), below)
	m.DECQ(blocks)
	m.JNE(operand.LabelRef("block"))
	m.VZEROUPPER()
	m.RET()
}
