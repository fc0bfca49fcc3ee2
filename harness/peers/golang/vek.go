package main

import (
	"unsafe"

	"github.com/viterin/vek"
	"github.com/viterin/vek/vek32"

	"actinit/harness/remote"
)

// vekKernels are vek's functions of slices. It has no activations: sigmoid is made of four
// of them.
func vekKernels() (remote.Library, []remote.Kernel) {
	const module, library = "github.com/viterin/vek", "vek"
	isa, path := "portable", "plain Go"
	if vek.Info().Acceleration {
		isa, path = "avx2", "AVX2 assembly, the widest it has"
	}
	return remote.Library{Name: library, Version: module + " " + version(module) + ", package vek32, " + path}, []remote.Kernel{
		forward("exp", library, isa, func(out, x []float32, _ float64, times int) {
			for range times {
				if inPlace(out, x) {
					vek32.Exp_Inplace(x)
				} else {
					vek32.Exp_Into(out, x)
				}
			}
		}),
		forward("sigmoid", library, isa, func(out, x []float32, _ float64, times int) {
			for range times {
				if inPlace(out, x) {
					vek32.Neg_Inplace(x)
				} else {
					vek32.Neg_Into(out, x)
				}
				vek32.Exp_Inplace(out)
				vek32.AddNumber_Inplace(out, 1)
				vek32.Inv_Inplace(out)
			}
		}),
		forward("relu", library, isa, func(out, x []float32, _ float64, times int) {
			for range times {
				if inPlace(out, x) {
					vek32.MaximumNumber_Inplace(x, 0)
				} else {
					vek32.MaximumNumber_Into(out, x, 0)
				}
			}
		}),
	}
}

// inPlace reports whether both slices begin at the same element.
func inPlace(out, x []float32) bool { return unsafe.SliceData(out) == unsafe.SliceData(x) }
