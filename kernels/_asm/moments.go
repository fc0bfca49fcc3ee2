package main

import (
	"strings"

	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// The kernels of what describes a set of numbers lie in a package of their own.
const momentsFolder = "moments/"

const (
	momentsPartial = 16 // partial sums of a power
	momentsPowers  = 4
	momentsGroup   = 64 // elements between two tests of the index in loops that do not add
)

// While a block is described the next one comes near. The loops fetch their shares of it, as many
// bytes as they take of the time, so that the fetches do not wait for one another.
const (
	powersFetch = countedBytes * 4             // the distance of the first half
	extentFetch = powersFetch + countedBytes*2 // of the third quarter
	binsFetch   = extentFetch + countedBytes   // of the last
)

// A momentsEnd is a back end for such kernels.
type momentsEnd interface {
	matrixEnd
	data(name string, values ...operand.Constant) operand.Mem
}

func generateMoments() {
	for _, m := range []momentsEnd{newAVX2(), newAVX512()} {
		m.context().ConstraintExpr("amd64,!purego")
		layPowers(m)
		layExtent(m)
		layInside(m)
		layBins(m)
		layTally(m)
		file := momentsFolder + strings.ToLower(m.set()) + "_amd64"
		write(file+".go", formatted(laid(m, file+".s").Bytes()))
	}
	generatePopcount()
}

// layPowers lays down the sums of the powers of x - center. Where there are too few registers
// for all partial sums, they take turns: each turn reads its part of every 16 elements.
func layPowers(m momentsEnd) {
	declare(m, "powers", "is powers for steps >= 1 of 16 elements.", "func(sums *[4][16]float64, x *float32, steps int, center float64)")
	ctx := m.context()
	sums, x := ctx.Load(ctx.Param("sums"), ctx.GP64()), ctx.Load(ctx.Param("x"), ctx.GP64())
	parameter, err := ctx.Param("center").Resolve()
	if err != nil {
		panic(err)
	}
	center := everywhere(m, parameter.Addr)
	const turnVectors = 2
	lanes := m.registerBytes() / 8
	for first := 0; first < momentsPartial; first += turnVectors * lanes {
		label := "lanes" + string('0'+rune(first/lanes))
		var partial [momentsPowers][turnVectors]reg.Register
		each := func(do func(sum reg.Register, at operand.Mem)) {
			for p := range partial {
				for v := range turnVectors {
					do(partial[p][v], operand.Mem{Base: sums, Disp: (p*momentsPartial + first + v*lanes) * 8})
				}
			}
		}
		for p := range partial {
			for v := range turnVectors {
				partial[p][v] = m.vector()
			}
		}
		each(func(sum reg.Register, at operand.Mem) { ctx.VMOVUPD(at, sum) })
		at, count, next := ctx.GP64(), ctx.GP64(), ctx.GP64()
		ctx.LEAQ(operand.Mem{Base: x, Disp: first * 4}, at)
		if first == 0 {
			ctx.LEAQ(operand.Mem{Base: x, Disp: powersFetch}, next)
		}
		ctx.Load(ctx.Param("steps"), count)
		ctx.Label(label)
		for v := range turnVectors {
			d, square := m.vector(), m.vector()
			ctx.VCVTPS2PD(operand.Mem{Base: at, Disp: v * lanes * 4}, d)
			ctx.VSUBPD(center, d, d)
			ctx.VMULPD(d, d, square)
			ctx.VADDPD(d, partial[0][v], partial[0][v])
			ctx.VADDPD(square, partial[1][v], partial[1][v])
			ctx.VFMADD231PD(d, square, partial[2][v])
			ctx.VFMADD231PD(square, square, partial[3][v])
		}
		if first == 0 {
			ctx.PREFETCHT1(operand.Mem{Base: next})
			ctx.ADDQ(operand.U8(cacheLine/2), next)
		}
		ctx.ADDQ(operand.U8(momentsPartial*4), at)
		ctx.DECQ(count)
		ctx.JNE(operand.LabelRef(label))
		each(func(sum reg.Register, at operand.Mem) { ctx.VMOVUPD(sum, at) })
	}
	ctx.VZEROUPPER()
	ctx.RET()
}

// momentsChains is the number of chains of operations in step in loops that compare.
const momentsChains = 2

// groups lays down a loop over groups of 64 elements; do gets the address of each vector and its
// number. It fetches a cache line for each group from that distance on, unless it is 0.
func groups(m momentsEnd, x reg.Register, fetch int, do func(at operand.Mem, v int)) {
	ctx := m.context()
	next := ctx.GP64()
	if fetch > 0 {
		ctx.LEAQ(operand.Mem{Base: x, Disp: fetch}, next)
	}
	count := ctx.Load(ctx.Param("groups"), ctx.GP64())
	ctx.Label("group")
	if fetch > 0 {
		ctx.PREFETCHT1(operand.Mem{Base: next})
		ctx.ADDQ(operand.U8(cacheLine), next)
	}
	for v := range momentsGroup * 4 / m.registerBytes() {
		do(operand.Mem{Base: x, Disp: v * m.registerBytes()}, v)
	}
	ctx.ADDQ(operand.U32(momentsGroup*4), x)
	ctx.DECQ(count)
	ctx.JNE(operand.LabelRef("group"))
}

// ones is what addOnes adds; nil where it is no operand.
func ones(m momentsEnd) reg.Register {
	if _, is := m.(*avx512); !is {
		return nil
	}
	r := m.vector()
	m.context().VPBROADCASTD(m.data("one", operand.U32(1)), r)
	return r
}

// addOnes adds 1 to the elements of count for which the comparison holds.
func addOnes(m momentsEnd, one, count reg.Register, compare func(to reg.Register)) {
	ctx := m.context()
	if _, is := m.(*avx512); is {
		where := ctx.K()
		compare(where)
		ctx.VPADDD(one, count, where, count)
		return
	}
	where := m.vector() // -1 where it holds
	compare(where)
	ctx.VPSUBD(where, count, count)
}

// layExtent lays down the search for the least and the largest, and the count of zeros.
func layExtent(m momentsEnd) {
	declare(m, "extent", "is extent for groups >= 1 of 64 elements. It sets the first lanes, as many as a register has.",
		"func(least, most *[16]float32, zeros *[16]uint32, x *float32, groups int)")
	ctx := m.context()
	x := ctx.Load(ctx.Param("x"), ctx.GP64())
	var least, most, zeros [momentsChains]reg.Register
	zero, one := m.vector(), ones(m)
	ctx.VXORPS(zero, zero, zero)
	for i := range momentsChains {
		least[i], most[i], zeros[i] = m.vector(), m.vector(), m.vector()
		ctx.VBROADCASTSS(operand.Mem{Base: x}, least[i])
		ctx.VBROADCASTSS(operand.Mem{Base: x}, most[i])
		ctx.VXORPS(zeros[i], zeros[i], zeros[i])
	}
	groups(m, x, extentFetch, func(at operand.Mem, v int) {
		i, e := v%momentsChains, m.vector()
		ctx.VMOVUPS(at, e)
		ctx.VMINPS(e, least[i], least[i])
		ctx.VMAXPS(e, most[i], most[i])
		addOnes(m, one, zeros[i], func(to reg.Register) { ctx.VCMPPS(operand.U8(equalQuiet), zero, e, to) })
	})
	ctx.VMINPS(least[1], least[0], least[0])
	ctx.VMAXPS(most[1], most[0], most[0])
	ctx.VPADDD(zeros[1], zeros[0], zeros[0])
	for i, name := range []string{"least", "most", "zeros"} {
		ctx.VMOVUPS([]reg.Register{least[0], most[0], zeros[0]}[i], operand.Mem{Base: ctx.Load(ctx.Param(name), ctx.GP64())})
	}
	ctx.VZEROUPPER()
	ctx.RET()
}

// Predicates of comparisons: false if an operand is NaN.
const (
	equalQuiet   = 0x00
	atLeastQuiet = 0x1d
	atMostQuiet  = 0x12
)

// layInside lays down the count of the elements in a range.
func layInside(m momentsEnd) {
	declare(m, "inside", "is inside for groups >= 1 of 64 elements. It sets the first counts, as many as a register has.", "func(counts *[16]uint32, x *float32, groups int, lo, hi float32)")
	ctx := m.context()
	counts, x := ctx.Load(ctx.Param("counts"), ctx.GP64()), ctx.Load(ctx.Param("x"), ctx.GP64())
	lo, hi := everywhere32(m, "lo"), everywhere32(m, "hi")
	var count [momentsChains]reg.Register
	for i := range momentsChains {
		count[i] = m.vector()
		ctx.VXORPS(count[i], count[i], count[i])
	}
	one := ones(m)
	groups(m, x, 0, func(at operand.Mem, v int) {
		e := m.vector()
		ctx.VMOVUPS(at, e)
		addOnes(m, one, count[v%momentsChains], func(to reg.Register) { within(m, e, lo, hi, to) })
	})
	ctx.VPADDD(count[1], count[0], count[0])
	ctx.VMOVUPS(count[0], operand.Mem{Base: counts})
	ctx.VZEROUPPER()
	ctx.RET()
}

// layTally lays down the counts of columns: element i of a row counts at i.
func layTally(m momentsEnd) {
	declare(m, "tally", "is tally for groups >= 1 of 64 elements.", "func(zeros, outside *uint32, x *float32, groups int, lo, hi float32)")
	ctx := m.context()
	zeros, outside, x := ctx.Load(ctx.Param("zeros"), ctx.GP64()), ctx.Load(ctx.Param("outside"), ctx.GP64()), ctx.Load(ctx.Param("x"), ctx.GP64())
	lo, hi := everywhere32(m, "lo"), everywhere32(m, "hi")
	zero, one := m.vector(), ones(m)
	ctx.VXORPS(zero, zero, zero)
	groups(m, x, 0, func(at operand.Mem, v int) {
		e := m.vector()
		ctx.VMOVUPS(at, e)
		for _, counts := range []reg.Register{zeros, outside} {
			place, count := operand.Mem{Base: counts, Disp: v * m.registerBytes()}, m.vector()
			ctx.VMOVUPS(place, count)
			addOnes(m, one, count, func(to reg.Register) {
				if counts == zeros {
					ctx.VCMPPS(operand.U8(equalQuiet), zero, e, to)
					return
				}
				beyond(m, e, lo, hi, to)
			})
			ctx.VMOVUPS(count, place)
			if (v+1)*m.registerBytes() == momentsGroup*4 {
				ctx.ADDQ(operand.U32(momentsGroup*4), counts)
			}
		}
	})
	ctx.VZEROUPPER()
	ctx.RET()
}

// within is the comparison lo <= e <= hi.
func within(m momentsEnd, e, lo, hi, to reg.Register) {
	ctx := m.context()
	if _, is := m.(*avx512); is {
		from := ctx.K()
		ctx.VCMPPS(operand.U8(atLeastQuiet), lo, e, from)
		ctx.VCMPPS(operand.U8(atMostQuiet), hi, e, from, to)
		return
	}
	from := m.vector()
	ctx.VCMPPS(operand.U8(atLeastQuiet), lo, e, from)
	ctx.VCMPPS(operand.U8(atMostQuiet), hi, e, to)
	ctx.VANDPS(from, to, to)
}

// beyond is the comparison e < lo or e > hi, false for NaN.
func beyond(m momentsEnd, e, lo, hi, to reg.Register) {
	ctx := m.context()
	if _, is := m.(*avx512); is {
		below := ctx.K()
		ctx.VCMPPS(operand.U8(lessQuiet), lo, e, below)
		ctx.VCMPPS(operand.U8(greaterQuiet), hi, e, to)
		ctx.KORW(below, to, to)
		return
	}
	below := m.vector()
	ctx.VCMPPS(operand.U8(lessQuiet), lo, e, below)
	ctx.VCMPPS(operand.U8(greaterQuiet), hi, e, to)
	ctx.VORPS(below, to, to)
}

// everywhere32 is the parameter in all lanes.
func everywhere32(m momentsEnd, name string) reg.Register {
	ctx := m.context()
	parameter, err := ctx.Param(name).Resolve()
	if err != nil {
		panic(err)
	}
	r := m.vector()
	ctx.VBROADCASTSS(parameter.Addr, r)
	return r
}

// layBins lays down the bins of elements, a byte each. Packing moves the quarters of 128 bits
// of its four operands beside one another, and a permutation puts them back in line.
func layBins(m momentsEnd) {
	declare(m, "bins", "is bins for groups >= 1 of 64 elements.", "func(dst *uint8, x *float32, groups int, factor, low, perUnit, last float32)")
	ctx := m.context()
	dst, x := ctx.Load(ctx.Param("dst"), ctx.GP64()), ctx.Load(ctx.Param("x"), ctx.GP64())
	factor, low, perUnit, last := everywhere32(m, "factor"), everywhere32(m, "low"), everywhere32(m, "perUnit"), everywhere32(m, "last")
	const packed = 4 // vectors of int32 that make one of bytes
	lanes := m.registerBytes() / 16
	var places []operand.Constant
	for v := range packed {
		for lane := range lanes {
			places = append(places, operand.U32(lane*packed+v))
		}
	}
	order := m.vector()
	ctx.VMOVUPS(m.data("inLine", places...), order)
	var quads []reg.Register
	groups(m, x, binsFetch, func(at operand.Mem, v int) {
		e := m.vector()
		ctx.VMULPS(at, factor, e)
		ctx.VSUBPS(low, e, e)
		ctx.VMULPS(perUnit, e, e)
		ctx.VMINPS(last, e, e)
		ctx.VCVTTPS2DQ(e, e)
		quads = append(quads, e)
		if len(quads) < packed {
			return
		}
		ctx.VPACKSSDW(quads[1], quads[0], quads[0])
		ctx.VPACKSSDW(quads[3], quads[2], quads[2])
		ctx.VPACKUSWB(quads[2], quads[0], quads[0])
		ctx.VPERMD(quads[0], order, quads[0])
		ctx.VMOVUPS(quads[0], operand.Mem{Base: dst, Disp: v / packed * m.registerBytes()})
		if (v+1)*m.registerBytes() == momentsGroup*4 {
			ctx.ADDQ(operand.U8(momentsGroup), dst)
		}
		quads = nil
	})
	ctx.VZEROUPPER()
	ctx.RET()
}
