package bench

import (
	"time"

	"actinit/harness/remote"
	"actinit/harness/result"
)

// A loop calls a kernel the given number of times on operands it is bound to.
type loop func(iterations int)

// A timer samples one cell.
type timer struct {
	prepare    func() // puts the cell's own operands in place; nil if there are none
	run        runner
	iterations int
	observed   *observation // what the machine did during the last sample
}

// A runner calls a kernel so many times to warm up, then so many times between two
// readings of the clock.
type runner func(warmup, iterations int) (remote.Answer, error)

// newTimer binds a cell to its operands.
func newTimer(c Cell, o *operands, observed *observation) *timer {
	if c.subject.remote != nil {
		prepare, _ := c.subject.bind(o, c.N, c.Workers)
		return &timer{prepare: prepare, run: observed.around(c.subject.remote.runner(c, o)), iterations: 1, observed: observed}
	}
	if c.Mode != result.Warm {
		return &timer{run: c.rounds(o).runner(c, observed), iterations: 1, observed: observed}
	}
	prepare, loop := c.subject.bind(o, c.N, c.Workers)
	return &timer{prepare: prepare, run: here(c, loop, observed), iterations: 1, observed: observed}
}

// here runs the loop in this process.
func here(c Cell, loop loop, observed *observation) runner {
	return func(warmup, iterations int) (remote.Answer, error) {
		observed.begin()
		if warmup > 0 {
			loop(warmup)
		}
		observed.count()
		start := time.Now()
		loop(iterations)
		elapsed := time.Since(start)
		observed.end()
		return observed.answer(elapsed.Nanoseconds(), c), nil
	}
}

// sample prepares the operands, calls the kernel once and measures one sample.
func (t *timer) sample() (remote.Answer, error) {
	if t.prepare != nil {
		t.prepare()
	}
	return t.run(1, t.iterations)
}

// calibrate sets the number of iterations that fill a sample. It runs more and
// more of them until they last a quarter of the sample, and goes by the
// fastest attempt: an interruption makes an attempt slower, nothing makes it faster.
func (t *timer) calibrate(sample time.Duration) error {
	if t.prepare != nil {
		t.prepare()
	}
	perCall, warmup := float64(sample), 1
	for n := 1; ; {
		answer, err := t.run(warmup, n)
		if err != nil {
			return err
		}
		warmup = 0
		perCall = min(perCall, float64(answer.ElapsedNs)/float64(n))
		if answer.ElapsedNs >= int64(sample/4) {
			break
		}
		// A first call may be far from typical: do not trust it beyond a factor.
		n = min(max(int(float64(sample)/3/perCall), n+1), 64*n)
	}
	t.iterations = max(1, int(float64(sample)/perCall+.5))
	return nil
}
