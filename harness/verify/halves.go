package verify

import (
	"context"
	"math"
	"math/big"

	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/reference"
	"actinit/reference/oracle"
)

// The 16-bit types are verified as formats whose values float32 holds: all 65,536
// inputs of each kernel, at every parameter of the row. Lengths, alignments and in-place
// use of their slices are tested in package kernels.

var (
	binary16 = &format[float32]{
		mantissa: 10, bits: 16, maxExp: 16, minExp: -14, subnormal: 0x1p-24,
		toBits:   func(x float32) uint64 { return uint64(reference.Float16(float64(x))) },
		fromBits: func(b uint64) float32 { return float32(reference.FromFloat16(uint16(b))) },
		decide:   decideHalf(reference.Float16, reference.FromFloat16),
		round: func(value func(prec uint) (*big.Float, bool)) float32 {
			return float32(reference.FromFloat16(oracle.Round16(reference.Float16, value)))
		},
	}
	brain16 = &format[float32]{
		mantissa: 7, bits: 16, maxExp: 128, minExp: -126, subnormal: 0x1p-133,
		toBits:   func(x float32) uint64 { return uint64(reference.BFloat16(float64(x))) },
		fromBits: func(b uint64) float32 { return float32(reference.FromBFloat16(uint16(b))) },
		decide:   decideHalf(reference.BFloat16, reference.FromBFloat16),
		round: func(value func(prec uint) (*big.Float, bool)) float32 {
			return float32(reference.FromBFloat16(oracle.Round16(reference.BFloat16, value)))
		},
	}
)

func decideHalf(half func(x float64) uint16, value func(uint16) float64) func(y, bound float64) (float32, bool) {
	return func(y, bound float64) (float32, bool) {
		h, ok := oracle.Decides16(half, y, bound)
		return float32(value(h)), ok
	}
}

// halfSubjects lists an operation's kernels over the 16-bit types in one direction.
func halfSubjects(row *ops.Row, direction string) []subject[float32] {
	return []subject[float32]{
		{row, direction, result.Float16, row.KernelFloat16, binary16},
		{row, direction, result.BFloat16, row.KernelBFloat16, brain16},
	}
}

// halfPromise follows from the float32 kernel's: results of forward kernels are rounded
// once; those of backward kernels are rounded a second time, from float32, where the
// error of the first and that of a subnormal derivative are so much smaller.
func (s *subject[T]) halfPromise() ops.Promise {
	if p := s.function().Promise32; s.direction == ops.Backward {
		return ops.Promise{Rounding: ops.Bounded, ULP: .5 + math.Ldexp(p.ULP+1, int(s.format.mantissa)-23)}
	}
	return ops.Promise{Rounding: ops.Correct, ULP: .5}
}

// halfUnits lists the units of an operation's 16-bit kernels.
func halfUnits(o *Options, row *ops.Row, direction string) []Unit {
	var units []Unit
	for _, s := range halfSubjects(row, direction) {
		if len(s.variants(o)) == 0 {
			continue
		}
		units = append(units, Unit{
			Name: row.Name + "." + direction + "." + s.typeName, Op: row.Name, Direction: direction, Type: s.typeName,
			Chunk: -1, Inputs: int64(len(params[float32](row))) << 16, cost: cost32, run: s.all,
		})
	}
	return units
}

// all tries all inputs of a 16-bit format at every parameter, with a gradient of 1.
func (s subject[T]) all(ctx context.Context, o *Options) ([]result.Accuracy, error) {
	b := newBench(s, s.variants(o))
	last := make([]T, blockSize)
	b.block.in[len(b.block.in)-1] = last
	if s.direction == ops.Backward {
		b.block.in[0] = ones[T](blockSize)
	}
	for _, param := range params[T](s.row) {
		j := b.use(param)
		for lo := uint64(0); lo < 1<<s.format.bits; lo += blockSize {
			if ctx.Err() != nil {
				return nil, context.Cause(ctx)
			}
			for i := range last {
				last[i] = s.format.fromBits(lo + uint64(i))
			}
			b.judge(j, blockSize)
			o.Progress.Add(blockSize)
		}
	}
	return b.rows(), nil
}

// paramHex returns the bits of a parameter, where it is of the format's type.
func (f *format[T]) paramHex(param T) string {
	if f.bits == 16 {
		return ""
	}
	return f.hex(param)
}
