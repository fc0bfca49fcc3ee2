package main

import (
	"bytes"
	"cmp"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"log"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/operand"
	"github.com/mmcloughlin/avo/reg"
)

// operationsFile says how many operations the kernels do, for package roofline.
const operationsFile = rooflineFolder + "operations_table.go"

// An instructionCount is what a piece of code does in a vector of elements.
type instructionCount struct {
	float32s, float64s arithmeticCount
	vector             int // instructions that compute with vectors
	loads, stores      int // those that read or write memory
}

// An arithmeticCount is of operations on single elements.
type arithmeticCount struct{ fused, products, sums, quotients int }

// counted are the counts of the loops that were laid down, by function and the label they begin at:
// of what is between the label and the jump back there.
var counted = map[string]map[string]instructionCount{}

// countLoops is a pass over a function that is finished.
func countLoops(f *ir.Function) error {
	loops := map[string]instructionCount{}
	for begin, node := range f.Nodes {
		label, is := node.(ir.Label)
		if !is {
			continue
		}
		end := slices.IndexFunc(f.Nodes[begin:], func(n ir.Node) bool {
			i, is := n.(*ir.Instruction)
			return is && i.TargetLabel() != nil && *i.TargetLabel() == label
		})
		if end > 0 {
			loops[string(label)] = countOf(f.Nodes[begin : begin+end])
		}
	}
	counted[f.Name] = loops
	return nil
}

func countOf(nodes []ir.Node) (n instructionCount) {
	for _, node := range nodes {
		if i, is := node.(*ir.Instruction); is {
			n.add(i)
		}
	}
	return n
}

// opcodes of arithmetic, by how their names begin.
var arithmeticOpcodes = []struct {
	begins string
	of     func(*arithmeticCount) *int
}{
	{"VFMADD", func(a *arithmeticCount) *int { return &a.fused }},
	{"VFMSUB", func(a *arithmeticCount) *int { return &a.fused }},
	{"VFNMADD", func(a *arithmeticCount) *int { return &a.fused }},
	{"VFNMSUB", func(a *arithmeticCount) *int { return &a.fused }},
	{"VMUL", func(a *arithmeticCount) *int { return &a.products }},
	{"VADD", func(a *arithmeticCount) *int { return &a.sums }},
	{"VSUB", func(a *arithmeticCount) *int { return &a.sums }},
	{"VDIV", func(a *arithmeticCount) *int { return &a.quotients }},
	{"VSQRT", func(a *arithmeticCount) *int { return &a.quotients }},
}

// add counts instruction i.
func (n *instructionCount) add(i *ir.Instruction) {
	if i.Opcode[0] != 'V' && i.Opcode[0] != 'K' { // of integers and addresses
		return
	}
	reads, writes := slices.ContainsFunc(i.Inputs, operand.IsMem), slices.ContainsFunc(i.Outputs, operand.IsMem)
	if reads {
		n.loads++
	}
	if writes {
		n.stores++
	}
	if computes(i, reads || writes) {
		n.vector++
	}
	of, width := &n.float32s, 4
	if strings.HasSuffix(i.Opcode, "D") {
		of, width = &n.float64s, 8
	}
	for _, a := range arithmeticOpcodes {
		if strings.HasPrefix(i.Opcode, a.begins) {
			elements := 1
			if strings.HasSuffix(i.Opcode, "PS") || strings.HasSuffix(i.Opcode, "PD") {
				elements = int(i.Outputs[0].(reg.Register).Size()) / width
			}
			*a.of(of) += elements
		}
	}
}

// computes reports whether an instruction takes a pipe that computes vectors, on every processor:
// moves and broadcasts from memory take a load alone, moves between registers and zeroing none where
// they are renamed, and instructions on masks pipes of their own on some.
func computes(i *ir.Instruction, inMemory bool) bool {
	switch {
	case i.Opcode[0] != 'V' || strings.HasPrefix(i.Opcode, "VMOV"):
		return false
	case inMemory && (strings.Contains(i.Opcode, "BROADCAST") || strings.HasPrefix(i.Opcode, "VEXTRACT")):
		return false
	case i.CancellingInputs && i.Operands[0] == i.Operands[1]:
		return false
	}
	return true
}

// counts are those of one turn of a loop, which computes so many elements.
type counts struct {
	instructionCount
	elements int
}

// mainLoop counts the loop in which kernel k spends its time.
func (k kernel) mainLoop(m backEnd) counts {
	loops := counted[k.vectors(m)]
	elements := max(1, k.registers) * m.registerBytes() / k.of.bytes
	for _, label := range []string{"pipeline", "block", "vector"} {
		if n, there := loops[label]; there {
			if label == "block" {
				elements *= k.vectorsAtOnce()
			}
			return counts{n, elements}
		}
	}
	log.Fatalf("%s has no loop", k.vectors(m))
	return counts{}
}

// A registered kernel is one that package kernels has in its list of operations.
type registered struct{ op, direction, of, set, function string }

// operationsTable is the Go source of the counts of every kernel of an operation that is laid down here, and of
// the fills. Of a kernel of two loops one after the other, both count.
func operationsTable() []byte {
	laid := map[string]counts{}
	lines := map[registered][]counts{}
	for _, newBackEnd := range backEnds {
		m := newBackEnd()
		for _, k := range kernels {
			laid[k.identifier(m)] = k.mainLoop(m)
		}
	}
	for _, r := range registeredKernels() {
		// What is not laid down here is several kernels one after the other.
		if n, there := laid[r.function]; there {
			r.function = ""
			lines[r] = append(lines[r], n)
		}
	}
	for _, m := range []fillEnd{newAVX2(), newAVX512()} {
		for _, f := range fills {
			if f.op != "" {
				lines[registered{f.op, "fill", f.of.goType, m.set(), ""}] = []counts{f.loop(m)}
			}
		}
		for _, e := range elementMaps {
			lines[registered{e.op, "fill", float32s.goType, m.set(), ""}] = []counts{fills[0].loop(m), e.loop(m)}
		}
	}
	var w bytes.Buffer
	fmt.Fprint(&w, "// Code generated by kernels/_asm. DO NOT EDIT.\n\npackage roofline\n\n"+
		"// operations are those of the kernels' loops. Elements in doubt and the ends of slices take more.\n"+
		"var operations = map[code]Operations{\n")
	for _, r := range slices.SortedFunc(maps.Keys(lines), compareRegistered) {
		fmt.Fprintf(&w, "{%q, %q, %q, %q}: {%s},\n", r.op, r.direction, r.of, strings.ToLower(r.set), perElement(lines[r]))
	}
	fmt.Fprint(&w, "}\n")
	return w.Bytes()
}

func compareRegistered(a, b registered) int {
	return cmp.Or(cmp.Compare(a.op, b.op), cmp.Compare(a.direction, b.direction), cmp.Compare(a.of, b.of), cmp.Compare(a.set, b.set))
}

// perElement is the sum of loops, each divided by the elements of a turn, as the fields of Operations.
func perElement(loops []counts) string {
	each := func(count func(c counts) int) string {
		sum := 0.
		for _, c := range loops {
			if c.elements == 0 || c.vector == 0 {
				log.Fatal("a loop has no instructions")
			}
			sum += float64(count(c)) / float64(c.elements)
		}
		return strconv.FormatFloat(sum, 'g', -1, 64)
	}
	arithmetic := func(name string, of func(c counts) arithmeticCount) string {
		return fmt.Sprintf("%s: Arithmetic{FMA: %s, Multiply: %s, Add: %s, Divide: %s}, ", name,
			each(func(c counts) int { return of(c).fused }), each(func(c counts) int { return of(c).products }),
			each(func(c counts) int { return of(c).sums }), each(func(c counts) int { return of(c).quotients }))
	}
	fields := ""
	if slices.ContainsFunc(loops, func(c counts) bool { return c.float32s != arithmeticCount{} }) {
		fields += arithmetic("Float32", func(c counts) arithmeticCount { return c.float32s })
	}
	if slices.ContainsFunc(loops, func(c counts) bool { return c.float64s != arithmeticCount{} }) {
		fields += arithmetic("Float64", func(c counts) arithmeticCount { return c.float64s })
	}
	return fields + fmt.Sprintf("Vector: %s, Loads: %s, Stores: %s", each(func(c counts) int { return c.vector }),
		each(func(c counts) int { return c.loads }), each(func(c counts) int { return c.stores }))
}

// registeredKernels reads which function is which operation's kernel from the source of package kernels:
// from its variables of type Operation, whose fields are lists of variants, or fields or methods of
// variables that have such lists.
func registeredKernels() (all []registered) {
	variables := literalsOf(folder)
	for _, fields := range variables {
		name, is := fields["Name"].(*ast.BasicLit)
		if !is || fields["forward32"] == nil {
			continue
		}
		op, err := strconv.Unquote(name.Value)
		if err != nil {
			log.Fatal(err)
		}
		for _, direction := range []string{"forward", "backward", "fused"} {
			for _, bits := range []string{"32", "64"} {
				for set, function := range variantsOf(fields[direction+bits], variables) {
					all = append(all, registered{op, direction, "float" + bits, set, function})
				}
			}
		}
	}
	if len(all) < len(kernels) {
		log.Fatalf("only %d kernels found in the operations of package kernels", len(all))
	}
	return all
}

// variantsOf are the functions of a field, by instruction set.
func variantsOf(field ast.Expr, variables map[string]map[string]ast.Expr) map[string]string {
	functions := map[string]string{}
	switch e := field.(type) {
	case *ast.CompositeLit:
		for set, function := range fieldsOf(e) {
			if f, is := function.(*ast.Ident); is && strings.HasPrefix(set, "AVX") {
				functions[set] = f.Name
			}
		}
	case *ast.SelectorExpr: // another operation's field
		return variantsOf(variables[e.X.(*ast.Ident).Name][e.Sel.Name], variables)
	case *ast.CallExpr: // a method that gives all a parameter
		method := e.Fun.(*ast.SelectorExpr)
		return variantsOf(variables[method.X.(*ast.Ident).Name][strings.TrimSuffix(method.Sel.Name, "With")], variables)
	}
	return functions
}

// literalsOf returns the fields of the variables of the package in folder that are set to structures.
func literalsOf(folder string) map[string]map[string]ast.Expr {
	variables := map[string]map[string]ast.Expr{}
	files, err := filepath.Glob(filepath.Join(folder, "*.go"))
	if err != nil {
		log.Fatal(err)
	}
	for _, path := range files {
		file, err := parser.ParseFile(token.NewFileSet(), path, nil, parser.SkipObjectResolution)
		if err != nil {
			log.Fatal(err)
		}
		for _, declaration := range file.Decls {
			general, is := declaration.(*ast.GenDecl)
			if !is || general.Tok != token.VAR {
				continue
			}
			for _, spec := range general.Specs {
				v := spec.(*ast.ValueSpec)
				for i, value := range v.Values {
					if literal, is := value.(*ast.CompositeLit); is {
						variables[v.Names[i].Name] = fieldsOf(literal)
					}
				}
			}
		}
	}
	return variables
}

func fieldsOf(literal *ast.CompositeLit) map[string]ast.Expr {
	fields := map[string]ast.Expr{}
	for _, element := range literal.Elts {
		if pair, is := element.(*ast.KeyValueExpr); is {
			if key, is := pair.Key.(*ast.Ident); is {
				fields[key.Name] = pair.Value
			}
		}
	}
	return fields
}
