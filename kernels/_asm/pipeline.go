package main

import (
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// A pipelined loop computes the first part of one vector beside the last part of
// the one before. An out-of-order core looks ahead by as many instructions as it has
// registers to rename to, some 140 on Zen 3; a vector's chain of dependent operations
// takes 60 to 90 cycles and 50 to 90 instructions, so that alone two or three of
// them overlap. Cut in two, the chains are half as long.

// latencies are those of Zen 3, in cycles, by the beginning of an instruction's name;
// the longest match counts. They only choose where to cut.
var latencies = map[string]int{
	"V": 1, "VFM": 4, "VFNM": 4, "VMUL": 3, "VADDP": 3, "VSUBP": 3, "VDIVPD": 13, "VDIVPS": 11,
	"VCVT": 5, "VPERM": 6, "VINSERT": 3, "VEXTRACT": 3, "VMOVUPS": 5,
}

func latency(instruction *ir.Instruction) int {
	longest, cycles := 0, 1
	for name, l := range latencies {
		if len(name) > longest && strings.HasPrefix(instruction.Opcode, name) {
			longest, cycles = len(name), l
		}
	}
	return cycles
}

// loopRegisters count a loop's elements: those done, a scratch register, and all of them.
type loopRegisters struct{ done, next, all reg.Register }

// layPipeline lays down a pipelined loop with this body for one vector, for as long as
// there are two vectors. It goes on at the label "vector" with the last of them.
func layPipeline(c *build.Context, body []ir.Node, count loopRegisters, lanes, elementBytes int) {
	p := cut(straight(withoutUnused(body)))
	unlessTwoMore := func() {
		c.LEAQ(operand.Mem{Base: count.done, Disp: 2 * lanes}, count.next)
		c.CMPQ(count.next, count.all)
		c.JA(operand.LabelRef("vector"))
	}
	unlessTwoMore()
	add(c, p.early)
	c.Label("pipeline")
	unlessTwoMore()
	after, own := following(c, p.early, count.done, lanes*elementBytes)
	// The late part ends in what decides on doubt and stores.
	end := slices.IndexFunc(p.late, func(instruction *ir.Instruction) bool {
		written := results(instruction)
		return len(written) == 0 || written[0].Kind() != reg.KindVector
	})
	add(c, alternating(p.late[:end], after))
	add(c, p.late[end:])
	for _, r := range p.carried {
		c.VMOVUPS(sized(own[r.ID()], r), r)
	}
	c.ADDQ(operand.U8(lanes), count.done)
	c.JMP(operand.LabelRef("pipeline"))
}

// laidBy returns what lay lays down, which is taken away again.
func laidBy(c *build.Context, lay func()) []ir.Node {
	file, err := c.Result()
	if err != nil {
		panic(err)
	}
	functions := file.Functions()
	function := functions[len(functions)-1]
	before := len(function.Nodes)
	lay()
	laid := slices.Clone(function.Nodes[before:])
	function.Nodes = function.Nodes[:before]
	return laid
}

func add(c *build.Context, instructions []*ir.Instruction) {
	for _, instruction := range instructions {
		c.Instruction(instruction)
	}
}

// A pipeline is the body of a loop in two parts.
type pipeline struct {
	early, late []*ir.Instruction
	carried     []reg.Register // what early writes and late reads
}

// cut divides straight code where few values are carried across, at about half its
// length in cycles.
func cut(body []*ir.Instruction) pipeline {
	latest, length := schedule(body)
	var best pipeline
	for at := length * 2 / 5; at <= length*3/5; at++ {
		var p pipeline
		for k, instruction := range body {
			if latest[k] < at {
				p.early = append(p.early, instruction)
			} else {
				p.late = append(p.late, instruction)
			}
		}
		p.carried = carried(p.early, p.late)
		if best.early == nil || len(p.carried) < len(best.carried) {
			best = p
		}
	}
	return best
}

// schedule returns the latest cycle in which each instruction may begin if all are to
// end after length cycles, the least there are.
func schedule(body []*ir.Instruction) (latest []int, length int) {
	// follows reports whether b must come after a: it reads or writes what a writes,
	// or writes what a reads.
	follows := func(a, b *ir.Instruction) bool {
		written, read := registers(results(a)), registers(a.InputRegisters())
		for id := range registers(b.InputRegisters()) {
			if written[id] {
				return true
			}
		}
		for id := range registers(results(b)) {
			if written[id] || read[id] {
				return true
			}
		}
		return false
	}
	untilEnd := make([]int, len(body))
	for a := len(body) - 1; a >= 0; a-- {
		for b := a + 1; b < len(body); b++ {
			if follows(body[a], body[b]) {
				untilEnd[a] = max(untilEnd[a], untilEnd[b])
			}
		}
		untilEnd[a] += latency(body[a])
		length = max(length, untilEnd[a])
	}
	latest = make([]int, len(body))
	for a := range latest {
		latest[a] = length - untilEnd[a]
	}
	return latest, length
}

func carried(early, late []*ir.Instruction) (across []reg.Register) {
	written := map[reg.ID]reg.Register{}
	for _, instruction := range early {
		for _, r := range results(instruction) {
			written[r.ID()] = r
		}
	}
	seen := map[reg.ID]bool{}
	for _, instruction := range late {
		for _, r := range instruction.InputRegisters() {
			if w, is := written[r.ID()]; is && !seen[r.ID()] {
				across, seen[r.ID()] = append(across, w), true
			}
		}
		// What late itself writes first is not carried.
		for _, r := range results(instruction) {
			seen[r.ID()] = true
		}
	}
	return across
}

// following returns instructions for the vector after: with registers of their own
// for what they write, and ahead bytes further where index is an index.
func following(c *build.Context, instructions []*ir.Instruction, index reg.Register, ahead int) (copies []*ir.Instruction, own map[reg.ID]reg.VecVirtual) {
	own = map[reg.ID]reg.VecVirtual{}
	translate := func(operands []operand.Op) []operand.Op {
		translated := slices.Clone(operands)
		for k, op := range operands {
			switch op := op.(type) {
			case operand.Mem:
				if op.Index == index {
					translated[k] = op.Offset(ahead)
				}
			case reg.Register:
				if r, is := own[op.ID()]; is {
					translated[k] = sized(r, op)
				}
			}
		}
		return translated
	}
	for _, instruction := range instructions {
		for _, r := range results(instruction) {
			if own[r.ID()] == nil {
				own[r.ID()] = c.YMM()
			}
		}
		twin := *instruction
		twin.Operands, twin.Inputs, twin.Outputs = translate(twin.Operands), translate(twin.Inputs), translate(twin.Outputs)
		copies = append(copies, &twin)
	}
	return copies, own
}

// sized is r in the width of like.
func sized(r reg.VecVirtual, like reg.Register) reg.Register {
	switch like.Size() {
	case 16:
		return r.AsX()
	case 64:
		return r.AsZ()
	}
	return r.AsY()
}

// alternating merges two runs of instructions evenly.
func alternating(a, b []*ir.Instruction) (merged []*ir.Instruction) {
	i, j := 0, 0
	for i < len(a) || j < len(b) {
		if j == len(b) || i < len(a) && i*len(b) <= j*len(a) {
			merged = append(merged, a[i])
			i++
		} else {
			merged = append(merged, b[j])
			j++
		}
	}
	return merged
}

// straight returns the instructions of nodes that has no others but them.
func straight(nodes []ir.Node) (instructions []*ir.Instruction) {
	for _, node := range nodes {
		instructions = append(instructions, node.(*ir.Instruction))
	}
	return instructions
}
