// Command golang serves kernels of Go libraries, by the protocol of package remote:
// `actinit bench --peer bin/peers-golang` times them beside ours. It is a module of its own
// because actinit itself needs none of these libraries; `make peers` builds it.
//
// Each library is called the way its documentation says is fastest for a slice, on one
// thread. The garbage collector is off, but for what allocates past memoryLimit.
package main

import (
	"fmt"
	"os"
	"runtime"
	"runtime/debug"

	"actinit/harness/remote"
	"actinit/harness/result"
)

// memoryLimit is the heap at which what libraries allocate for each call is collected.
const memoryLimit = 1 << 30

func main() {
	runtime.GOMAXPROCS(1)
	debug.SetMemoryLimit(memoryLimit)
	libraries, kernels := everything()
	if err := remote.Serve(os.Stdin, os.Stdout, libraries, kernels); err != nil {
		fmt.Fprintln(os.Stderr, "peers-golang:", err)
		os.Exit(2)
	}
}

// everything returns the libraries and all their kernels.
func everything() (libraries []remote.Library, kernels []remote.Kernel) {
	for _, list := range []func() (remote.Library, []remote.Kernel){vekKernels, math32Kernels, mathKernels, spagoKernels, gomlxKernels, randomFills, gonumFills} {
		library, served := list()
		libraries, kernels = append(libraries, library), append(kernels, served...)
	}
	return libraries, kernels
}

// version words the version of a module that is linked in, or of Go for "".
func version(module string) string {
	build, ok := debug.ReadBuildInfo()
	if !ok {
		return "of unknown version"
	}
	if module == "" {
		v := runtime.Version()
		for _, s := range build.Settings {
			if s.Key == "GOAMD64" {
				v += " with GOAMD64=" + s.Value
			}
		}
		return v
	}
	for _, m := range build.Deps {
		if m.Path == module {
			return m.Version
		}
	}
	return "of unknown version"
}

// A float is an element type.
type float interface{ float32 | float64 }

func typeName[T float]() string {
	var element T
	if _, single := any(element).(float32); single {
		return result.Float32
	}
	return result.Float64
}

// forward is a kernel that writes a function of x into out, which may be x, so many times.
func forward[T float](op, library, isa string, loop func(out, x []T, param float64, times int)) remote.Kernel {
	k := result.Kernel{Op: op, Direction: result.Forward, Type: typeName[T](), Variant: library, ISA: isa}
	return remote.Kernel{Kernel: k, Bind: func(memory []byte, r remote.Request) (func(int), error) {
		out, err := remote.Elements[T](memory, r.Places.Out, r.N)
		if err != nil {
			return nil, err
		}
		x, err := remote.Elements[T](memory, r.Places.X, r.N)
		return func(times int) { loop(out, x, r.Param, times) }, err
	}}
}

// fill is a kernel that fills out from a generator.
func fill[T float](op, library string, draw func() T) remote.Kernel {
	k := result.Kernel{Op: op, Direction: result.Fill, Type: typeName[T](), Variant: library, ISA: "portable"}
	return remote.Kernel{Kernel: k, Bind: func(memory []byte, r remote.Request) (func(int), error) {
		out, err := remote.Elements[T](memory, r.Places.Out, r.N)
		return func(times int) {
			for range times {
				for i := range out {
					out[i] = draw()
				}
			}
		}, err
	}}
}
