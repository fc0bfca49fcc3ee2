// Command _asm writes the vector kernels of package kernels, those of matrices below it and the loops that package
// roofline measures the machine with: assembly for each instruction set and the Go that calls it. It
// counts the operations of the kernels while it is about it. Run it in its own folder:
//
//	go run .        # write the files
//	go run . -check # fail if they are not what it would write
//
// It is deterministic: running it again changes no file.
//
// Each operation is described once, as an expression over lanes. A back end
// lays the expression down for an instruction set, inside a loop that stops at
// the first vector with an element in doubt. To add an instruction set, implement
// backEnd in a file of its own and name it in backEnds.
package main

import (
	"bytes"
	"flag"
	"fmt"
	"go/format"
	"log"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/mmcloughlin/avo/build"
	"github.com/mmcloughlin/avo/ir"
	"github.com/mmcloughlin/avo/pass"
	"github.com/mmcloughlin/avo/printer"
	"github.com/mmcloughlin/avo/reg"
)

// backEnds makes the back end of every instruction set.
var backEnds = []func() backEnd{
	func() backEnd { return newAVX2() },
	func() backEnd { return newAVX512() },
}

// A kernel is a description and how to lay it down.
type kernel struct {
	name string // the beginning of its identifiers in package kernels
	description

	// certain says that no element is ever in doubt.
	certain bool

	// stream asks for a second loop that stores past the caches, which needs certain.
	stream bool

	// atOnce is the number of vectors between two tests of the index; 0 is 1, and
	// above 1 needs certain. registers is the number of registers of a vector; 0
	// is 1, and above 1 are several chains of operations in step, for float64.
	atOnce, registers int

	// pipelined is the number of vector registers that a loop takes that overlaps two
	// vectors: where there are fewer, the loop does not. 0 is no such loop anywhere.
	pipelined int

	// scalar is the loop of package kernels that computes the elements in
	// doubt, and everything for parameters that are unfit if plain does not; empty if
	// there are neither.
	scalar string

	// derivative is the function of package kernels that computes an element's derivative,
	// and scalar its value, where the kernel computes both.
	derivative string

	// plain begins the name of the vector kernel that computes everything for
	// parameters that are unfit, where there is one.
	plain string

	// two says that there is a second parameter.
	two bool

	// unfit is a function of package kernels that says which parameters the
	// description does not cover; empty if there are none.
	unfit string
}

// moves makes k the kernel of an operation that does little but move memory.
func moves(k kernel) kernel {
	k.certain, k.stream, k.atOnce = true, true, 4
	return k
}

var kernels = []kernel{
	moves(kernel{name: "clamp", description: forward32(of32(clamp)), two: true}),
	moves(kernel{name: "clampGrad", description: backward32(in32(clampGrad)), two: true}),
	{name: "elu", description: forward32(elu), scalar: "eluScalar32", unfit: "eluUnfit", pipelined: 32},
	moves(kernel{name: "eluGrad", description: backward32(in32(eluGrad))}),
	{name: "gelu", description: forward32(gelu), scalar: "geluScalar32", pipelined: 32},
	{name: "geluFused", description: withDerivative(geluFused), scalar: "gelu32", derivative: "geluSlope32", pipelined: 32},
	{name: "geluGrad", description: backward32(geluGrad), scalar: "geluGradScalar32", pipelined: 32},
	{name: "geluTanh", description: forward32(geluTanh), scalar: "geluTanhScalar32", pipelined: 32},
	{name: "geluTanhFused", description: withDerivative(geluTanhFused), scalar: "geluTanh32", derivative: "geluTanhSlope32", pipelined: 32},
	{name: "geluTanhGrad", description: backward32(geluTanhGrad), scalar: "geluTanhGradScalar32", pipelined: 32},
	moves(kernel{name: "hardshrink", description: forward32(of32(hardshrink))}),
	moves(kernel{name: "hardsigmoid", description: forward32(hardsigmoid)}),
	moves(kernel{name: "hardsigmoidGrad", description: backward32(in32(hardsigmoidGrad))}),
	moves(kernel{name: "hardswish", description: forward32(hardswish)}),
	moves(kernel{name: "hardswishGrad", description: backward32(hardswishGrad)}),
	{name: "celu", description: forward32(celu), scalar: "celuScalar32", unfit: "celuUnfit", pipelined: 32},
	moves(kernel{name: "celuGrad", description: backward32(in32(celuGrad))}),
	{name: "exp", description: forward32(exp), scalar: "expScalar32", pipelined: 32},
	moves(kernel{name: "expGrad", description: backward32(in32(expGrad))}),
	moves(kernel{name: "leakyReLU", description: forward32(of32(leakyReLU)), scalar: "leakyReLUScalar32", unfit: "leakyReLUUnfit"}),
	moves(kernel{name: "leakyReLUGrad", description: backward32(in32(leakyReLUGrad))}),
	moves(kernel{name: "product", description: backward32(in32(product))}),
	{name: "logSigmoid", description: forward32(logSigmoid), scalar: "logSigmoidScalar32", pipelined: 32},
	{name: "logSigmoidFused", description: withDerivative(logSigmoidFused), scalar: "logSigmoid32", derivative: "logSigmoidDerivative32", pipelined: 32},
	{name: "logSigmoidGrad", description: backward32(logSigmoidGrad), scalar: "logSigmoidGradScalar32", pipelined: 32},
	{name: "mish", description: forward32(mish), scalar: "mishScalar32", pipelined: 32},
	{name: "mishFused", description: withDerivative(mishFused), scalar: "mish32", derivative: "mishDerivative32", pipelined: 32},
	{name: "mishGrad", description: backward32(mishGrad), scalar: "mishGradScalar32", pipelined: 32},
	moves(kernel{name: "relu", description: forward32(of32(relu))}),
	moves(kernel{name: "reluGrad", description: backward32(in32(reluGrad))}),
	{name: "selu", description: forward32(selu), scalar: "seluScalar32", pipelined: 16},
	{name: "seluGrad", description: backward32(seluGrad), scalar: "seluGradScalar32"},
	moves(kernel{name: "shrinkGrad", description: backward32(in32(shrinkGrad))}),
	{name: "sigmoid", description: forward32(sigmoid), scalar: "sigmoidScalar32", pipelined: 16},
	moves(kernel{name: "sigmoidGrad", description: backward32(in32(sigmoidGrad))}),
	{name: "silu", description: forward32(silu), scalar: "siluScalar32", pipelined: 32},
	{name: "siluFused", description: withDerivative(siluFused), scalar: "silu32", derivative: "siluDerivative32", pipelined: 32},
	{name: "siluGrad", description: backward32(siluGrad), scalar: "siluGradScalar32", pipelined: 16},
	{name: "softplus", description: forward32(softplus), scalar: "softplusScalar32", pipelined: 32},
	{name: "softplusFused", description: withDerivative(softplusFused), scalar: "softplus32", derivative: "sigmoid32", pipelined: 32},
	{name: "softplusGrad", description: backward32(softplusGrad), scalar: "softplusGradScalar32", pipelined: 16},
	moves(kernel{name: "softshrink", description: forward32(of32(softshrink))}),
	{name: "softsign", description: forward32(softsign), scalar: "softsignScalar32"},
	{name: "softsignGrad", description: backward32(softsignGrad), scalar: "softsignGradScalar32"},
	moves(kernel{name: "sparsePlus", description: forward32(sparsePlus)}),
	moves(kernel{name: "sparsePlusGrad", description: backward32(in32(sparsePlusGrad))}),
	moves(kernel{name: "sparseSigmoid", description: forward32(of32(sparseSigmoid))}),
	moves(kernel{name: "sparseSigmoidGrad", description: backward32(in32(sparseSigmoidGrad))}),
	{name: "squareplus", description: forward32(squareplus), scalar: "squareplusScalar32", unfit: "squareplusUnfit"},
	{name: "squareplusGrad", description: backward32(squareplusGrad), scalar: "squareplusGradScalar32", unfit: "squareplusUnfit"},
	{name: "tanh", description: forward32(tanh), scalar: "tanhScalar32", pipelined: 16},
	moves(kernel{name: "tanhGrad", description: backward32(in32(tanhGrad))}),
	{name: "tanhshrink", description: forward32(tanhshrink), scalar: "tanhshrinkScalar32"},
	{name: "tanhshrinkFused", description: withDerivative(tanhshrinkFused), scalar: "tanhshrink32", derivative: "tanhshrinkDerivative32", pipelined: 32},
	{name: "tanhshrinkGrad", description: backward32(tanhshrinkGrad), scalar: "tanhshrinkGradScalar32"},
	moves(kernel{name: "threshold", description: forward32(of32(threshold)), two: true}),
	moves(kernel{name: "thresholdGrad", description: backward32(in32(thresholdGrad)), two: true}),

	faithful(kernel{name: "eluFaithful", description: forwardInStep(eluFaithful), plain: "elu", unfit: "eluFaithfulUnfit"}),
	faithful(kernel{name: "expFaithful", description: forwardInStep(expFaithful)}),
	faithful(kernel{name: "hardswishFaithful", description: forwardInStep(hardswishFaithful)}),
	faithful(kernel{name: "seluFaithful", description: forwardInStep(seluFaithful)}),
	faithful(kernel{name: "sigmoidFaithful", description: forwardInStep(sigmoidFaithful)}),
	faithful(kernel{name: "siluFaithful", description: forwardInStep(siluFaithful)}),
	faithful(kernel{name: "softplusFaithful", description: forwardInStep(softplusFaithful)}),
	faithful(kernel{name: "tanhFaithful", description: forwardInStep(tanhFaithful)}),

	moves(kernel{name: "clamp64", description: forward64(of64(clamp)), two: true}),
	moves(kernel{name: "clampGrad64", description: backward64(in64(clampGrad)), two: true}),
	moves(kernel{name: "eluGrad64", description: backward64(in64(eluGrad))}),
	moves(kernel{name: "hardshrink64", description: forward64(of64(hardshrink))}),
	moves(kernel{name: "hardsigmoid64", description: forward64(hardsigmoid64)}),
	moves(kernel{name: "hardsigmoidGrad64", description: backward64(in64(hardsigmoidGrad))}),
	moves(kernel{name: "hardswish64", description: forward64(hardswish64)}),
	moves(kernel{name: "hardswishGrad64", description: backward64(hardswishGrad64)}),
	moves(kernel{name: "celuGrad64", description: backward64(in64(celuGrad))}),
	moves(kernel{name: "expGrad64", description: backward64(in64(expGrad))}),
	moves(kernel{name: "leakyReLU64", description: forward64(of64(leakyReLU)), scalar: "leakyReLUScalar64", unfit: "leakyReLUUnfit"}),
	moves(kernel{name: "leakyReLUGrad64", description: backward64(in64(leakyReLUGrad))}),
	moves(kernel{name: "product64", description: backward64(in64(product))}),
	moves(kernel{name: "relu64", description: forward64(of64(relu))}),
	moves(kernel{name: "reluGrad64", description: backward64(in64(reluGrad))}),
	{name: "celu64", description: forward64(celu64), certain: true, scalar: "celuScalar64", unfit: "eluUnfit64"},
	{name: "exp64", description: forward64(exp64), registers: 2, scalar: "expScalar64"},
	{name: "geluTanh64", description: forward64(geluTanh64), scalar: "geluTanhScalar64"},
	{name: "geluTanhGrad64", description: backward64(geluTanhGrad64), scalar: "geluTanhGradScalar64"},
	{name: "logSigmoid64", description: forward64(logSigmoid64), registers: 2, scalar: "logSigmoidScalar64"},
	{name: "logSigmoidGrad64", description: backward64(logSigmoidGrad64), registers: 2, scalar: "logSigmoidGradScalar64"},
	{name: "mish64", description: forward64(mish64), scalar: "mishScalar64"},
	{name: "squareplus64", description: forward64(squareplus64), scalar: "squareplusScalar64", unfit: "squareplusUnfit64"},
	{name: "squareplusGrad64", description: backward64(squareplusGrad64), scalar: "squareplusGradScalar64", unfit: "squareplusUnfit64"},
	{name: "elu64", description: forward64(elu64), registers: 2, certain: true, scalar: "eluScalar64", unfit: "eluUnfit64"},
	{name: "mishGrad64", description: backward64(mishGrad64), scalar: "mishGradScalar64"},
	{name: "tanhshrink64", description: forward64(tanhshrink64), scalar: "tanhshrinkScalar64"},
	{name: "tanhshrinkGrad64", description: backward64(tanhshrinkGrad64), scalar: "tanhshrinkGradScalar64"},
	{name: "selu64", description: forward64(selu64), registers: 2, certain: true},
	{name: "seluGrad64", description: backward64(seluGrad64), registers: 1, certain: true},
	{name: "sigmoid64", description: forward64(sigmoid64), registers: 2, scalar: "sigmoidScalar64"},
	{name: "silu64", description: forward64(silu64), registers: 2, scalar: "siluScalar64"},
	{name: "siluGrad64", description: backward64(siluGrad64), scalar: "siluGradScalar64"},
	{name: "softplus64", description: forward64(softplus64), registers: 2, scalar: "softplusScalar64"},
	{name: "softplusGrad64", description: backward64(softplusGrad64), registers: 2, scalar: "softplusGradScalar64"},
	{name: "tanh64", description: forward64(tanh64), registers: 2, certain: true},
	moves(kernel{name: "shrinkGrad64", description: backward64(in64(shrinkGrad))}),
	moves(kernel{name: "sigmoidGrad64", description: backward64(in64(sigmoidGrad))}),
	moves(kernel{name: "softshrink64", description: forward64(of64(softshrink))}),
	{name: "softsign64", description: forward64(softsign64), certain: true},
	{name: "softsignGrad64", description: backward64(softsignGrad64), scalar: "softsignGradScalar64"},
	moves(kernel{name: "sparsePlus64", description: forward64(sparsePlus64)}),
	moves(kernel{name: "sparsePlusGrad64", description: backward64(in64(sparsePlusGrad))}),
	moves(kernel{name: "sparseSigmoid64", description: forward64(of64(sparseSigmoid))}),
	moves(kernel{name: "sparseSigmoidGrad64", description: backward64(in64(sparseSigmoidGrad))}),
	moves(kernel{name: "tanhGrad64", description: backward64(in64(tanhGrad))}),
	moves(kernel{name: "threshold64", description: forward64(of64(threshold)), two: true}),
	moves(kernel{name: "thresholdGrad64", description: backward64(in64(thresholdGrad)), two: true}),
}

// faithful makes k the kernel of a faithfully rounded float32 operation.
func faithful(k kernel) kernel {
	k.certain, k.stream, k.registers, k.atOnce = true, true, 2, 2
	return k
}

func (k kernel) vectorsAtOnce() int          { return max(1, k.atOnce) }
func (k kernel) vectors(m backEnd) string    { return k.name + "Vectors" + m.set() }
func (k kernel) streaming(m backEnd) string  { return k.name + "Stream" + m.set() }
func (k kernel) identifier(m backEnd) string { return k.name + m.set() }

// parameters are what functions take behind slices or pointers and a length.
func (k kernel) parameters() string {
	switch {
	case k.derivative != "":
		return ""
	case k.two:
		return ", param, second " + k.of.goType
	}
	return ", param " + k.of.goType
}

// title is what the kernel computes, for comments.
func (k kernel) title() string {
	title, isDouble := strings.CutSuffix(k.name, "64")
	title, isGradient := strings.CutSuffix(title, "Grad")
	if isGradient {
		title += "'s gradient"
	}
	title, isFused := strings.CutSuffix(title, "Fused")
	if isFused {
		title += " and its derivative"
	}
	if isDouble {
		title += " in float64"
	}
	return title
}

// folder is where package kernels is.
const folder = ".."

var check = flag.Bool("check", false, "write nothing; fail if a file is not what would be written")

func main() {
	log.SetFlags(0)
	flag.Parse()
	for _, newBackEnd := range backEnds {
		generate(newBackEnd())
	}
	write("exp_tables.go", tables16())
	write("exp64_tables.go", tables64())
	generateHalves()
	generateMaxout()
	generateRows()
	generateMatrix()
	generateGemm()
	generateMoments()
	generateFills()
	generateRoofline()
	write(operationsFile, formatted(operationsTable()))
	write("faithful_tables.go", formatted(faithfulTables()))
}

// generate writes the files of an instruction set.
func generate(m backEnd) {
	c := m.context()
	c.ConstraintExpr("amd64,!purego")
	for _, k := range kernels {
		lay(m, k)
	}
	file := strings.ToLower(m.set())
	stubs := laid(m, file+"_amd64.s")
	for _, k := range kernels {
		k.caller(stubs, m)
	}
	write(file+"_amd64.go", formatted(stubs.Bytes()))
	write(file+"_portable.go", formatted(absent(m)))
}

// laid writes the assembly that was laid down over m to the file called name, and
// returns the declarations of its functions.
func laid(m backEnd, name string) *bytes.Buffer {
	config := printer.Config{Name: "kernels/_asm", Pkg: "kernels"}
	if folder := path.Dir(name); folder != "." {
		config.Pkg = path.Base(folder)
	}
	var assembly, stubs buffer
	status := build.Main(&build.Config{ErrOut: os.Stderr, MaxErrors: 10, Passes: []pass.Interface{
		pass.FunctionPass(dropUnused),
		pass.FunctionPass(sinkLoads),
		pass.FunctionPass(m.arrange),
		pass.Compile,
		pass.FunctionPass(dropSelfMoves),
		pass.FunctionPass(func(f *ir.Function) error { return runs(m, f) }),
		pass.FunctionPass(countLoops),
		&pass.Output{Writer: &assembly, Printer: printer.NewGoAsm(config)},
		&pass.Output{Writer: &stubs, Printer: printer.NewStubs(config)},
	}}, m.context())
	if status != 0 {
		os.Exit(status)
	}
	write(name, assembly.Bytes())
	return &stubs.Buffer
}

// baseline is what every amd64 CPU has: what avo says SFENCE and conditional moves need.
var baseline = []string{"MMX+", "CMOV"}

// runs returns an error if function f uses what instruction set m lacks, or reads a
// register that may not be written before.
func runs(m backEnd, f *ir.Function) error {
	for id, parts := range f.Instructions()[0].LiveIn {
		// A write to the lower part of a vector register clears the upper one.
		lowest := parts&reg.S8L.Mask() != 0
		if kind := id.Kind(); lowest && (kind == reg.KindVector || kind == reg.KindOpmask) {
			return fmt.Errorf("%s reads a register before it is written", f.Name)
		}
	}
	for _, i := range f.Instructions() {
		for _, extension := range i.ISA {
			if !slices.Contains(m.extensions(), extension) && !slices.Contains(baseline, extension) {
				return fmt.Errorf("%s: %s needs %s, which %s does not stand for", f.Name, i.Opcode, extension, m.set())
			}
		}
		for _, r := range i.Registers() {
			if p := reg.ToPhysical(r); p != nil && p.Kind() == reg.KindVector && int(p.PhysicalIndex()) >= m.registers() {
				return fmt.Errorf("%s needs more than %d registers", f.Name, m.registers())
			}
		}
	}
	return nil
}

// caller writes the kernel that calls the assembly.
func (k kernel) caller(w *bytes.Buffer, m backEnd) {
	if k.derivative != "" {
		fmt.Fprintf(w, "\nfunc %s(%s []%s) {\n", k.identifier(m), k.pointers(), k.of.goType)
		fmt.Fprintf(w, "fusedVectors(%s, %d, %s, %s, %s)\n}\n", k.pointers(), m.registerBytes()/k.of.bytes, k.vectors(m), k.scalar, k.derivative)
		return
	}
	inputs, direction := strings.Join(k.inputs, ", "), "forward"
	if len(k.inputs) == 2 {
		direction = "backward"
	}
	fmt.Fprintf(w, "\nfunc %s(dst, %s []%s%s) {\n", k.identifier(m), inputs, k.of.goType, k.parameters())
	if k.unfit != "" {
		other := k.scalar
		if k.plain != "" {
			other = k.plain + m.set()
		}
		fmt.Fprintf(w, "if %s(param) {\n%s(dst, %s, param)\nreturn\n}\n", k.unfit, other, inputs)
	}
	// loop names the assembly as a function of one parameter.
	loop := func(name string) string {
		if !k.two {
			return name
		}
		return fmt.Sprintf("\nfunc(dst, %[1]s *%[2]s, n int, param %[2]s) int { return %[3]s(dst, %[1]s, n, param, second) }", inputs, k.of.goType, name)
	}
	vectors := loop(k.vectors(m))
	switch {
	case k.stream:
		fmt.Fprintf(w, "%sStream(dst, %s, param, %s, %s)\n}\n", direction, inputs, vectors, loop(k.streaming(m)))
	case k.certain:
		fmt.Fprintf(w, "%sCertain(dst, %s, param, %s)\n}\n", direction, inputs, vectors)
	default:
		lanes := max(1, k.registers) * m.registerBytes() / k.of.bytes
		fmt.Fprintf(w, "%sVectors(dst, %s, param, %d, %s, %s)\n}\n", direction, inputs, lanes, vectors, k.scalar)
	}
}

// absent is the file for builds without assembly: the kernels are nil.
func absent(m backEnd) []byte {
	var w bytes.Buffer
	fmt.Fprint(&w, "// Code generated by kernels/_asm. DO NOT EDIT.\n\n//go:build !amd64 || purego\n\npackage kernels\n\n// This build has no assembly.\nvar (\n")
	for _, k := range kernels {
		switch {
		case k.two:
			fmt.Fprintf(&w, "%s func(dst, %s []%s%s)\n", k.identifier(m), strings.Join(k.inputs, ", "), k.of.goType, k.parameters())
		case k.derivative != "":
			fmt.Fprintf(&w, "%s FusedFunc[%s]\n", k.identifier(m), k.of.goType)
		case len(k.inputs) == 2:
			fmt.Fprintf(&w, "%s BackwardFunc[%s]\n", k.identifier(m), k.of.goType)
		default:
			fmt.Fprintf(&w, "%s ForwardFunc[%s]\n", k.identifier(m), k.of.goType)
		}
	}
	fmt.Fprint(&w, ")\n")
	return w.Bytes()
}

func formatted(source []byte) []byte {
	text, err := format.Source(source)
	if err != nil {
		log.Fatal(err)
	}
	return text
}

func write(name string, text []byte) {
	path := filepath.Join(folder, name)
	if *check {
		if old, err := os.ReadFile(path); err != nil || !bytes.Equal(old, text) {
			log.Fatalf("kernels/%s is not what kernels/_asm writes: make generate", name)
		}
		return
	}
	if err := os.WriteFile(path, text, 0o644); err != nil {
		log.Fatal(err)
	}
}

// buffer is a bytes.Buffer that can be closed.
type buffer struct{ bytes.Buffer }

func (*buffer) Close() error { return nil }
