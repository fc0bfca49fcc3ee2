//go:build linux && amd64

package main

/*
#cgo CFLAGS: -O3 -Wall -Wno-psabi
#cgo CXXFLAGS: -O3 -march=native -Wall -Wno-psabi -Wno-ignored-attributes -Wno-maybe-uninitialized -isystem /usr/include/eigen3
#cgo LDFLAGS: -lXNNPACK -lpthreadpool -lsleef -ldnnl -lgomp -lmvec -lm -lhwy
#include <stdlib.h>
#include "kernel.h"

static const struct kernel *at(const struct library *l, size_t i) { return l->kernels + i; }

static void *bind(const struct kernel *k, const struct operands *o) { return k->bind(k, o); }
static int run(const struct kernel *k, void *bound, const struct operands *o, size_t times) { return k->run(bound, o, times); }
static void release(const struct kernel *k, void *bound) { k->release(bound); }
*/
import "C"

import (
	"errors"
	"fmt"
	"os/exec"
	"unsafe"

	"actinit/harness/remote"
	"actinit/harness/result"
)

// libraries returns every library that is linked in with what it chose on this CPU, and
// their kernels. A library that cannot run here has none, and its version says so.
func libraries() (all []remote.Library, kernels []remote.Kernel) {
	s := &setup{}
	for _, l := range []C.struct_library{C.xnnpack(), C.sleef_u10(), C.sleef_u35(), C.onednn(), C.libmvec(), C.eigen(), C.highway(), C.memcpy_()} {
		name, isa := C.GoString(l.name), C.GoString(l.isa)
		version := C.GoString(l.version)
		if name == "xnnpack" { // which has no number of its own
			version = "XNNPACK of Debian's libxnnpack0 " + packaged("libxnnpack0") + ", " + version
		}
		all = append(all, remote.Library{Name: name, Version: version})
		for i := range l.count {
			k := C.at(&l, i)
			kernel := result.Kernel{Op: C.GoString(k.op), Direction: C.GoString(k.direction), Type: C.GoString(k._type), Variant: name, ISA: isa}
			if k.isa != nil {
				kernel.ISA = C.GoString(k.isa)
			}
			kernels = append(kernels, remote.Kernel{Kernel: kernel, Bind: func(memory []byte, r remote.Request) (func(int), error) {
				return s.bind(k, memory, r, kernel)
			}})
		}
	}
	return all, kernels
}

// packaged returns the version of a Debian package.
func packaged(name string) string {
	out, err := exec.Command("dpkg-query", "-W", "-f", "${Version}", name).Output()
	if err != nil {
		return "of unknown version"
	}
	return string(out)
}

// A setup is what the last request was bound to: Serve has one at a time.
type setup struct {
	kernel   *C.struct_kernel
	operands *C.struct_operands
	bound    unsafe.Pointer
}

// bind sets a kernel up for a request, in place of what was set up before.
func (s *setup) bind(k *C.struct_kernel, memory []byte, r remote.Request, kernel result.Kernel) (func(int), error) {
	s.release()
	size := 4
	if kernel.Type == result.Float64 {
		size = 8
	}
	place := func(at int) (unsafe.Pointer, error) {
		if at < 0 || at > len(memory) || r.N > (len(memory)-at)/size {
			return nil, fmt.Errorf("%d elements at byte %d do not lie in a memory of %d bytes", r.N, at, len(memory))
		}
		return unsafe.Pointer(&memory[at]), nil
	}
	s.operands = (*C.struct_operands)(C.calloc(1, C.sizeof_struct_operands))
	s.operands.n, s.operands.param = C.size_t(r.N), C.double(r.Param)
	for _, operand := range []struct {
		to   *unsafe.Pointer
		at   int
		used bool
	}{
		{&s.operands.out, r.Places.Out, true},
		{&s.operands.x, r.Places.X, kernel.Direction == result.Forward},
		{&s.operands.grad, r.Places.Grad, kernel.Direction == result.Backward},
		{&s.operands.saved, r.Places.Saved, kernel.Direction == result.Backward},
	} {
		if !operand.used {
			continue
		}
		var err error
		if *operand.to, err = place(operand.at); err != nil {
			return nil, err
		}
	}
	s.kernel = k
	if k.bind != nil {
		if s.bound = C.bind(k, s.operands); s.bound == nil {
			return nil, errors.New("the library refuses this operation at this size")
		}
	}
	return func(iterations int) {
		if C.run(k, s.bound, s.operands, C.size_t(iterations)) == 0 {
			panic("the library failed: " + kernel.Variant + " " + kernel.Op)
		}
	}, nil
}

// release gives back what was set up.
func (s *setup) release() {
	if s.bound != nil {
		C.release(s.kernel, s.bound)
	}
	C.free(unsafe.Pointer(s.operands))
	*s = setup{}
}
