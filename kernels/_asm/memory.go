package main

import (
	"fmt"
	"math"
	"strings"

	"github.com/mmcloughlin/avo/attr"
	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/operand"
)

// memory is a back end's constants and tables, read-only beside its assembly.
type memory struct {
	*build.Context
	constantBytes int // as long as constants are, or one element if 0
	contents      map[string]operand.Mem
}

func newMemory(constantBytes int) memory {
	return memory{build.NewContext(), constantBytes, map[string]operand.Mem{}}
}

func (m *memory) context() *build.Context { return m.Context }

// constant returns memory filled with v.
func (m *memory) constant(name string, v operand.Constant) operand.Mem {
	values := make([]operand.Constant, max(1, m.constantBytes/v.Bytes()))
	for i := range values {
		values[i] = v
	}
	return m.data(name, values...)
}

// data returns memory that holds values; a name always stands for the same values.
func (m *memory) data(name string, values ...operand.Constant) operand.Mem {
	if c, found := m.contents[name]; found {
		return c
	}
	c := m.StaticGlobal(name)
	m.DataAttributes(attr.RODATA | attr.NOPTR)
	for _, v := range values {
		m.AppendDatum(v)
	}
	m.contents[name] = c
	return c
}

// The names of constants begin with how long an element is.
const prefix32, prefix64 = "bits32_", "bits64_"

// elementBytes returns how long the elements of constant c are, or 0 if c is none.
func elementBytes(c operand.Mem) int {
	switch {
	case strings.HasPrefix(c.Symbol.Name, prefix32):
		return 4
	case strings.HasPrefix(c.Symbol.Name, prefix64):
		return 8
	}
	return 0
}

func (m *memory) constBits(u uint32) f32 {
	return f32{m.constant(fmt.Sprintf(prefix32+"%08x", u), operand.U32(u))}
}

func (m *memory) const32(x float32) f32 { return m.constBits(math.Float32bits(x)) }

func (m *memory) constBits64(u uint64) f64 {
	return f64{m.constant(fmt.Sprintf(prefix64+"%016x", u), operand.U64(u))}
}

func (m *memory) const64(x float64) f64 { return m.constBits64(math.Float64bits(x)) }
