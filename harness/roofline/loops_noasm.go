//go:build !amd64 || purego

package roofline

import "actinit/kernels"

var vectorLoops map[kernels.Variant]*loops
