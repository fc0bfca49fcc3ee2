package bench

import "time"

// A loop calls a kernel the given number of times on operands it is bound to.
type loop func(iterations int)

// A timer samples one cell.
type timer struct {
	prepare    func() // puts the cell's own operands in place; nil if there are none
	loop       loop
	iterations int
}

func newTimer(c Cell, o *operands) *timer {
	prepare, loop := c.subject.bind(o, c.N, c.Workers)
	return &timer{prepare: prepare, loop: loop, iterations: 1}
}

// warm prepares the operands and calls the kernel once.
func (t *timer) warm() {
	if t.prepare != nil {
		t.prepare()
	}
	t.loop(1)
}

// measure is the time of so many iterations, at least 1 ns.
func (t *timer) measure(iterations int) time.Duration {
	start := time.Now()
	t.loop(iterations)
	return max(time.Since(start), 1)
}

// sample measures one sample.
func (t *timer) sample() time.Duration {
	t.warm()
	return t.measure(t.iterations)
}

// calibrate sets the number of iterations that fill a sample. It runs more and
// more of them until they last a quarter of the sample, and goes by the
// fastest attempt: an interruption makes an attempt slower, nothing makes it faster.
func (t *timer) calibrate(sample time.Duration) {
	t.warm()
	perCall := float64(sample)
	for n := 1; ; {
		elapsed := t.measure(n)
		perCall = min(perCall, float64(elapsed)/float64(n))
		if elapsed >= sample/4 {
			break
		}
		// A first call may be far from typical: do not trust it beyond a factor.
		n = min(max(int(float64(sample)/3/perCall), n+1), 64*n)
	}
	t.iterations = max(1, int(float64(sample)/perCall+.5))
}
