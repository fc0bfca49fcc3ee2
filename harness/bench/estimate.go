package bench

import (
	"math"
	"time"

	"actinit/harness/result"
	"actinit/kernels"
)

// Assumed costs of a kernel, ns per element on one core: rather more than the
// mean of all kernels on a 2.4 GHz Zen 3. They serve to plan; nothing that is
// reported depends on them.
const (
	assumedPortable32 = 9.
	assumedPortable64 = 22.
	assumedVector     = 1.

	// assumedCopy is what putting one saved output in place costs, ns.
	assumedCopy = .5

	// assumedEvict is what a cold byte costs more than a warm one, in the call and to evict it, ns.
	assumedEvict = 1.
)

// Estimate returns about how long Run will take: calibration, warm-up and
// samples, from the plan alone.
func (s *Schedule) Estimate() time.Duration {
	var total time.Duration
	for _, c := range s.Cells {
		total += s.cost(c)
	}
	return total
}

// cost is about how long a cell takes.
func (s *Schedule) cost(c Cell) time.Duration {
	call := c.assumedCall()
	sample := math.Max(call, float64(s.sampleTime))
	warm := call + assumedCopy*float64(c.N*c.subject.footprint.saved)
	calibration := warm + math.Max(2*call, float64(s.sampleTime)/2)
	return time.Duration(calibration + float64(s.Rounds)*(warm+sample))
}

// assumedCall is the assumed time of one call, ns.
func (c Cell) assumedCall() float64 {
	perElement := assumedVector
	switch {
	case c.ISA == kernels.Portable && c.Type == result.Float64:
		perElement = assumedPortable64
	case c.ISA == kernels.Portable:
		perElement = assumedPortable32
	}
	call := perElement * float64(c.N) / float64(c.Workers)
	if c.Mode == result.Cold {
		call += assumedEvict * float64(c.BytesPerOp())
	}
	return call
}
