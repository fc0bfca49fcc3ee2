package main

import (
	"slices"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// dropUnused removes the instructions on vectors and masks whose result nothing reads: parts that
// a description leaves aside, and loads of what is converted from memory.
func dropUnused(function *ir.Function) error {
	function.Nodes = withoutUnused(function.Nodes)
	return nil
}

// withoutUnused returns nodes without the instructions on vectors and masks whose result none of them reads.
func withoutUnused(nodes []ir.Node) []ir.Node {
	for {
		readers := map[reg.ID]int{} // instructions that read the register and do not just change it
		for _, node := range nodes {
			instruction, is := node.(*ir.Instruction)
			if !is {
				continue
			}
			for id := range registers(instruction.InputRegisters()) {
				if written := results(instruction); len(written) > 1 || !registers(written)[id] { // a gather's mask is changed and decides its result
					readers[id]++
				}
			}
		}
		var kept []ir.Node
		for _, node := range nodes {
			if instruction, is := node.(*ir.Instruction); is && unused(instruction, readers) {
				continue
			}
			kept = append(kept, node)
		}
		if len(kept) == len(nodes) {
			return kept
		}
		nodes = kept
	}
}

func unused(instruction *ir.Instruction, readers map[reg.ID]int) bool {
	written := results(instruction)
	for _, r := range written {
		if r.Kind() != reg.KindVector && r.Kind() != reg.KindOpmask || readers[r.ID()] > 0 {
			return false
		}
	}
	return len(written) > 0 && len(written) == len(instruction.Outputs)
}

// results are the registers that the instruction writes.
func results(instruction *ir.Instruction) (written []reg.Register) {
	for _, output := range instruction.Outputs {
		if r, is := output.(reg.Register); is {
			written = append(written, r)
		}
	}
	return written
}

func registers(list []reg.Register) map[reg.ID]bool {
	set := map[reg.ID]bool{}
	for _, r := range list {
		set[r.ID()] = true
	}
	return set
}

// dropSelfMoves removes the moves of vectors that need none, as both names got one register.
func dropSelfMoves(function *ir.Function) error {
	function.Nodes = slices.DeleteFunc(function.Nodes, func(node ir.Node) bool {
		move, is := node.(*ir.Instruction)
		return is && move.Opcode == "VMOVUPS" && move.Operands[0] == move.Operands[1]
	})
	return nil
}

// sinkLoads moves the loads of vectors down to the instruction that first reads them,
// within straight code: until then another value can have the register. What they load is
// not written before that, as a vector is stored after all that its result depends on.
func sinkLoads(function *ir.Function) error {
	nodes := function.Nodes
	for at := len(nodes) - 1; at >= 0; at-- {
		load, is := nodes[at].(*ir.Instruction)
		if !is || !isLoad(load) {
			continue
		}
		id := results(load)[0].ID()
		for to := at + 1; to < len(nodes); to++ {
			next, is := nodes[to].(*ir.Instruction)
			if !is || next.IsBranch {
				break
			}
			if registers(next.InputRegisters())[id] {
				copy(nodes[at:], nodes[at+1:to])
				nodes[to-1] = load
				break
			}
		}
	}
	return nil
}

func isLoad(instruction *ir.Instruction) bool {
	if instruction.Opcode != "VMOVUPS" || len(results(instruction)) != 1 {
		return false
	}
	_, is := instruction.Operands[0].(operand.Mem)
	return is
}
