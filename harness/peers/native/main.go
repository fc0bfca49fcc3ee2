//go:build linux && amd64

// Command native serves kernels of C and C++ libraries, by the protocol of package remote:
// `actinit bench --peer bin/peers-native` times them beside ours. It is a module of
// its own because it needs C and C++ compilers and the libraries of Debian's packages
// libxnnpack-dev, libsleef-dev, libdnnl-dev, libeigen3-dev and libhwy-dev; `make peers`
// installs them. Later versions of these libraries may be faster or more accurate.
//
// Each library is called the way its documentation says is fastest for a contiguous
// vector, on one thread. What it needs to set up (operators, primitives) is set up before
// the clock runs. Each takes the code path it finds best on this CPU; where the library
// has one function for each instruction set (SLEEF, libmvec), the widest the CPU has; and
// where the compiler chooses (Eigen, Highway), what -march=native gives it.
package main

import (
	"fmt"
	"os"

	"actinit/harness/remote"
)

func main() {
	all, kernels := libraries()
	if err := remote.Serve(os.Stdin, os.Stdout, all, kernels); err != nil {
		fmt.Fprintln(os.Stderr, "peers-native:", err)
		os.Exit(2)
	}
}
