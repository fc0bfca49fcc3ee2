package main

import (
	"fmt"
	"slices"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A popcounting back end has the count of ones in vectors too, which not all CPUs with AVX-512 have.
type popcounting struct{ *avx512 }

func (m popcounting) extensions() []string {
	return append(slices.Clone(m.avx512.extensions()), "AVX512VPOPCNTDQ")
}

const (
	countedBytes = 4096 // a block
	planeBytes   = countedBytes / 8
	planes       = 6                        // bits of a number below 64
	half         = 1 << (planes / 2)        // numbers of three bits
	planeVectors = planeBytes / avx512Bytes // of a plane
	halfBytes    = half * planeBytes        // of what has a bit for each byte, for all numbers of three bits
	scratchBytes = planes*planeBytes + 2*halfBytes
)

func generatePopcount() {
	m := popcounting{newAVX512()}
	m.context().ConstraintExpr("amd64,!purego")
	layCount(m)
	const file = momentsFolder + "popcount_amd64"
	write(file+".go", formatted(laid(m, file+".s").Bytes()))
}

// layCount lays down the histogram of 4096 numbers below 64. Bit by bit they make six planes of
// 4096 bits. From the upper three follow eight planes that say where the upper half of the number
// is 0 ... 7, and from the lower three the same. The ones in the conjunction of one of
// each are the count of a number.
func layCount(m popcounting) {
	ctx := m.context()
	declare(m, "count", "adds to counts how often each number below 64 is among 4096.", "func(counts *[64]int64, numbers *uint8)")
	counts, numbers := ctx.Load(ctx.Param("counts"), ctx.GP64()), ctx.Load(ctx.Param("numbers"), ctx.GP64())
	local := ctx.AllocLocal(scratchBytes + cacheLine)
	scratch := ctx.GP64()
	ctx.LEAQ(operand.Mem{Base: local.Base, Disp: cacheLine - 1}, scratch)
	ctx.ANDQ(operand.I8(-cacheLine), scratch)

	var bits [planes]reg.Register
	for b := range bits {
		bits[b] = ctx.ZMM()
		ctx.VPBROADCASTB(m.data(fmt.Sprintf("bit%d", b), operand.U8(1<<b)), bits[b])
	}
	at, count := ctx.GP64(), ctx.GP64()
	ctx.MOVQ(scratch, at)
	ctx.MOVQ(operand.U32(countedBytes/avx512Bytes), count)
	ctx.Label("planes")
	e := ctx.ZMM()
	ctx.VMOVDQU64(operand.Mem{Base: numbers}, e)
	for b := range bits {
		ones := ctx.K()
		ctx.VPTESTMB(bits[b], e, ones)
		ctx.KMOVQ(ones, operand.Mem{Base: at, Disp: b * planeBytes})
	}
	ctx.ADDQ(operand.U8(avx512Bytes), numbers)
	ctx.ADDQ(operand.U8(8), at)
	ctx.DECQ(count)
	ctx.JNE(operand.LabelRef("planes"))

	// Where the lower half is a number, and where the upper half is.
	ctx.MOVQ(scratch, at)
	ctx.MOVQ(operand.U32(planeVectors), count)
	ctx.Label("halves")
	for h := range 2 {
		var plane [planes / 2]reg.Register
		for b := range plane {
			plane[b] = ctx.ZMM()
			ctx.VMOVDQU64(operand.Mem{Base: at, Disp: (h*planes/2 + b) * planeBytes}, plane[b])
		}
		for number := range half {
			where := ctx.ZMM()
			ctx.VMOVDQA64(plane[2], where)
			ctx.VPTERNLOGQ(operand.U8(1<<number), plane[0], plane[1], where)
			ctx.VMOVDQU64(where, operand.Mem{Base: at, Disp: planes*planeBytes + h*halfBytes + number*planeBytes})
		}
	}
	ctx.ADDQ(operand.U8(avx512Bytes), at)
	ctx.DECQ(count)
	ctx.JNE(operand.LabelRef("halves"))

	ctx.LEAQ(operand.Mem{Base: scratch, Disp: planes*planeBytes + halfBytes}, at)
	ctx.MOVQ(operand.U32(half), count)
	ctx.Label("upper")
	var upper [planeVectors]reg.Register
	for v := range upper {
		upper[v] = ctx.ZMM()
		ctx.VMOVDQU64(operand.Mem{Base: at, Disp: v * avx512Bytes}, upper[v])
	}
	var sums [half]reg.Register
	for number := range half {
		sums[number] = ctx.ZMM()
		for v := range upper {
			both := ctx.ZMM()
			ctx.VPANDQ(operand.Mem{Base: scratch, Disp: planes*planeBytes + number*planeBytes + v*avx512Bytes}, upper[v], both)
			if v == 0 {
				ctx.VPOPCNTQ(both, sums[number])
				continue
			}
			ctx.VPOPCNTQ(both, both)
			ctx.VPADDQ(both, sums[number], sums[number])
		}
	}
	total := sumsInLine(m, sums[:])
	ctx.VPADDQ(operand.Mem{Base: counts}, total, total)
	ctx.VMOVDQU64(total, operand.Mem{Base: counts})
	ctx.ADDQ(operand.U8(half*8), counts)
	ctx.ADDQ(operand.U32(planeBytes), at)
	ctx.DECQ(count)
	ctx.JNE(operand.LabelRef("upper"))
	ctx.VZEROUPPER()
	ctx.RET()
}

// sumsInLine returns the sums of the elements of eight vectors, in their order.
func sumsInLine(m popcounting, of []reg.Register) reg.Register {
	ctx := m.context()
	pairwise := func(join func(a, b, low, high reg.Register)) {
		var next []reg.Register
		for i := 0; i < len(of); i += 2 {
			low, high := ctx.ZMM(), ctx.ZMM()
			join(of[i], of[i+1], low, high)
			ctx.VPADDQ(low, high, low)
			next = append(next, low)
		}
		of = next
	}
	pairwise(func(a, b, low, high reg.Register) {
		ctx.VPUNPCKLQDQ(b, a, low)
		ctx.VPUNPCKHQDQ(b, a, high)
	})
	for range 2 {
		pairwise(func(a, b, low, high reg.Register) {
			const even, odd = 0x88, 0xdd // quarters of a, then of b
			ctx.VSHUFI64X2(operand.U8(even), b, a, low)
			ctx.VSHUFI64X2(operand.U8(odd), b, a, high)
		})
	}
	return of[0]
}
