package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/reg"
	"github.com/mmcloughlin/avo/x86"
)

// AVX-512 has registers to spare, and instructions that read one element of memory
// into all of a register's. Its constants are therefore one element in memory, which a
// description names as an operand as if it were as long as a register, and placeConstants
// makes it so: the constants a loop names most often are held in the registers it leaves
// free, the others are broadcast by the instructions that need them.

// placeConstants is a pass between laying a function down and allocating its registers.
func (m *avx512) placeConstants(f *ir.Function) error {
	loop := slices.IndexFunc(f.Nodes, isBranchOrLabel) // what comes before is done once
	free, err := freeRegisters(f, m.registers())
	if err != nil {
		return err
	}
	uses, named := map[string]int{}, map[string]operand.Mem{}
	for _, node := range f.Nodes[loop:] {
		if i, isInstruction := node.(*ir.Instruction); isInstruction {
			if at := constantOf(i); at >= 0 {
				c := i.Operands[at].(operand.Mem)
				uses[c.Symbol.Name]++
				named[c.Symbol.Name] = c
			}
		}
	}
	most := slices.SortedFunc(maps.Keys(uses), func(a, b string) int {
		return cmp.Or(cmp.Compare(uses[b], uses[a]), strings.Compare(a, b))
	})
	held := map[string]reg.Register{}
	var loads []ir.Node
	for _, name := range most[:min(free, len(most))] {
		r := m.ZMM()
		load, err := broadcast(named[name], r)
		if err != nil {
			return err
		}
		held[name], loads = r, append(loads, load)
	}
	for n, node := range f.Nodes {
		i, isInstruction := node.(*ir.Instruction)
		if !isInstruction {
			continue
		}
		at := constantOf(i)
		if at < 0 {
			continue
		}
		c := i.Operands[at].(operand.Mem)
		r := held[c.Symbol.Name]
		switch {
		case i.Opcode == "VMOVUPS" && (r == nil || n < loop):
			f.Nodes[n], err = broadcast(c, i.Operands[1])
		case r == nil:
			err = embed(i, c)
		default:
			i.Operands[at] = r
			for k, input := range i.Inputs {
				if input == operand.Op(c) {
					i.Inputs[k] = r
				}
			}
		}
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
	}
	f.Nodes = slices.Insert(f.Nodes, 0, loads...)
	return nil
}

func isBranchOrLabel(n ir.Node) bool {
	i, isInstruction := n.(*ir.Instruction)
	_, isLabel := n.(ir.Label)
	return isLabel || isInstruction && i.IsBranch
}

// constantOf returns which operand of i is a constant in memory, or -1.
func constantOf(i *ir.Instruction) int {
	return slices.IndexFunc(i.Operands, func(o operand.Op) bool {
		c, isMemory := o.(operand.Mem)
		return isMemory && elementBytes(c) > 0
	})
}

// broadcast loads constant c.
func broadcast(c operand.Mem, to operand.Op) (*ir.Instruction, error) {
	if elementBytes(c) == 4 {
		return x86.VBROADCASTSS(c, to)
	}
	return x86.VBROADCASTSD(c, to)
}

// embed makes i broadcast its constant c, which must be as long as i's elements:
// those of VADDPS and VPADDD are 4 bytes long, those of VADDPD and VPADDQ 8.
func embed(i *ir.Instruction, c operand.Mem) error {
	bytes := 0
	switch {
	case strings.HasSuffix(i.Opcode, "PD"), strings.HasSuffix(i.Opcode, "Q"):
		bytes = 8
	case strings.HasSuffix(i.Opcode, "PS"), strings.HasPrefix(i.Opcode, "VP") && strings.HasSuffix(i.Opcode, "D"):
		bytes = 4
	}
	if len(i.Suffixes) > 0 || bytes != elementBytes(c) {
		return fmt.Errorf("%s cannot broadcast %s", i.OpcodeWithSuffixes(), c.Symbol.Name)
	}
	i.Suffixes = []string{"BCST"}
	return nil
}

// freeRegisters returns how many of all vector registers f leaves free throughout.
func freeRegisters(f *ir.Function, all int) (int, error) {
	for _, analysis := range []pass.FunctionPass{pass.LabelTarget, pass.CFG, pass.Liveness} {
		if err := analysis(f); err != nil {
			return 0, err
		}
	}
	most := 0
	for _, i := range f.Instructions() {
		live := map[reg.ID]bool{}
		for _, r := range i.OutputRegisters() {
			live[r.ID()] = true
		}
		for id := range i.LiveIn {
			live[id] = true
		}
		for id := range i.LiveOut {
			live[id] = true
		}
		maps.DeleteFunc(live, func(id reg.ID, _ bool) bool { return id.Kind() != reg.KindVector })
		most = max(most, len(live))
		i.Pred, i.Succ = nil, nil // for pass.Compile to begin anew
	}
	return max(0, all-most), nil
}
