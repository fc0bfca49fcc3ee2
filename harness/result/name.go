package result

import "strconv"

// Name returns the row's benchmark name in Go's benchmark format, without the
// leading "Benchmark" and without the -GOMAXPROCS suffix, which belongs to the
// run and not to the row:
//
//	Kernel/op=sigmoid/dir=forward/type=float32/variant=unrolled/workers=1/n=4096
//
// A mode other than Warm stands at the end: /mode=cold.
//
// `go test -bench` in harness/bench prints the same names, so that benchstat
// can hold one against the other.
func Name(b Bench) string {
	name := "Kernel/op=" + b.Op +
		"/dir=" + b.Direction +
		"/type=" + b.Type +
		"/variant=" + b.Variant +
		"/workers=" + strconv.FormatInt(b.Workers, 10) +
		"/n=" + strconv.FormatInt(b.N, 10)
	if b.Mode != "" && b.Mode != Warm {
		name += "/mode=" + b.Mode
	}
	return name
}
