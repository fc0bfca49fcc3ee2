//go:build linux && amd64

// Command peers is actinit with other libraries' kernels linked in; its command lecture times
// the lecture's nets beside PyTorch. Of the kernels, bench times them
// beside ours, on the same operands and in the same rounds, one thread each. It is a
// module of its own because it needs a C compiler and the libraries of Debian's packages
// libxnnpack-dev, libsleef-dev, libdnnl-dev, python3-torch and python3-numpy; `make peers`
// installs them. Debian 12 has XNNPACK as of 2022-02-16 (commit ae108ef), SLEEF 3.5.1, oneDNN
// 2.6.3, PyTorch 1.13.1, numpy 1.24.2 and, for libmvec, glibc 2.36: later versions of these
// libraries may be faster or more accurate.
//
// Each library is called the way its documentation says is fastest for a contiguous
// vector, out of place, on warm operands that begin on cache lines. What a library needs
// to set up (operators, primitives) is set up before a sample. Each takes the code path
// it finds best on this CPU; where the library has one function for each instruction
// set (SLEEF, libmvec), the widest the CPU has.
package main

import (
	"fmt"
	"os"

	"actinit/harness/cli"
	"actinit/harness/ops"
	"actinit/harness/result"
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "lecture" {
		if err := lecture(os.Stdout); err != nil {
			fmt.Fprintln(os.Stderr, "actinit-peers:", err)
			os.Exit(2)
		}
		return
	}
	ops.RegisterPeers(xnnpack()...)
	ops.RegisterPeers(sleef()...)
	ops.RegisterPeers(libmvec()...)
	ops.RegisterPeers(onednn()...)
	ops.RegisterPeers(libc()...)
	ops.RegisterPeers(goFills()...)
	ops.RegisterPeers(pythonFills()...)
	os.Exit(cli.Main(os.Args[1:]))
}

func forward32(op, library, isa string, f func(dst, src []float32, times int)) ops.Peer {
	return ops.Peer{
		Kernel:    result.Kernel{Op: op, Direction: ops.Forward, Type: result.Float32, Variant: library, ISA: isa},
		Forward32: f,
	}
}

func forward64(op, library, isa string, f func(dst, src []float64, times int)) ops.Peer {
	return ops.Peer{
		Kernel:    result.Kernel{Op: op, Direction: ops.Forward, Type: result.Float64, Variant: library, ISA: isa},
		Forward64: f,
	}
}

func backward32(op, library, isa string, f func(dst, grad, saved []float32, times int)) ops.Peer {
	return ops.Peer{
		Kernel:     result.Kernel{Op: op, Direction: ops.Backward, Type: result.Float32, Variant: library, ISA: isa},
		Backward32: f,
	}
}
