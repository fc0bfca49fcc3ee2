package noise

import "time"

const (
	// chainLinks is how many dependent additions are timed at once: 5 us at 3.2 GHz, 200 times
	// the clock's resolution, and seldom interrupted.
	chainLinks = 16 << 10

	// chainAttempts is how often. The fastest counts: an interruption makes an attempt slower,
	// nothing makes it faster.
	chainAttempts = 4
)

// Frequency measures the frequency of the core it runs on, in Hz, in about 20 us. It is nil where there
// is no assembly for it: with -tags purego, and on processors other than amd64 and arm64.
//
// It times a chain of additions of two integer registers, each of which needs the result of the one before.
// It is assumed that such an addition takes one cycle, as it does on every amd64 processor since the
// Pentium M and on every arm64 core; an addition of a constant would not do, which newer
// Intel cores carry out while renaming registers. A virtual machine shows no frequency otherwise.
// Where another thread shares the core the chain is still one addition per cycle, as it leaves most of the
// core's width free.
func Frequency() *float64 {
	if !haveChain {
		return nil
	}
	fastest := time.Duration(0)
	for range chainAttempts {
		start := time.Now()
		chain(chainLinks / chainUnrolled)
		if elapsed := time.Since(start); fastest == 0 || elapsed < fastest {
			fastest = elapsed
		}
	}
	if fastest <= 0 {
		return nil
	}
	hz := chainLinks / fastest.Seconds()
	return &hz
}
