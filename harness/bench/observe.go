package bench

import (
	"errors"

	"actinit/harness/counters"
	"actinit/harness/noise"
	"actinit/harness/remote"
	"actinit/harness/result"
)

// An observation is what the machine did during a sample beside running it. It belongs to the
// thread that made it.
//
// Before the warm-up and after the timing it asks the system (harness/noise); right at the timing's ends it reads the
// processor's counters (harness/counters). None of it falls into the timing.
type observation struct {
	watch    *noise.Watch
	counters *counters.Set

	seen    noise.Seen
	counted counters.Reading
}

func newObservation() *observation {
	return &observation{watch: noise.NewWatch(), counters: counters.Open()}
}

// begin is called before the warm-up, which is to leave the caches and the clock as the calls want them,
// and count right before the timing.
func (o *observation) begin() { o.watch.Begin() }

func (o *observation) count() { o.counters.Start() }

func (o *observation) end() {
	o.counted = o.counters.Stop()
	o.seen = o.watch.End()
}

// answer is what the sample came to in this process. The counters are those of one thread from
// begin to end: of more workers they would miss the others' share, and of a sample that is timed in
// pieces they would also count what happens between those.
func (o *observation) answer(elapsedNs int64, c Cell) remote.Answer {
	a := remote.Answer{ElapsedNs: max(elapsedNs, 1), Allocs: o.seen.Allocs, Switches: o.seen.Switches}
	if o.seen.FrequencyHz != nil {
		hz := int64(*o.seen.FrequencyHz + .5)
		a.Hz = &hz
	}
	if c.Workers == 1 && c.Mode == result.Warm {
		a.Cycles, a.Instructions, a.L1Misses, a.LLCMisses = o.counted.Cycles, o.counted.Instructions, o.counted.L1Misses, o.counted.LLCMisses
	}
	return a
}

// fill writes into the sample's row what the whole machine did.
func (o *observation) fill(row *result.Bench) { row.StealNs, row.Load = o.seen.StealNs, o.seen.Load }

// around has another process's sample watched from here.
func (o *observation) around(run runner) runner {
	return func(warmup, iterations int) (remote.Answer, error) {
		o.begin()
		o.count()
		answer, err := run(warmup, iterations)
		o.end()
		return answer, err
	}
}

func (o *observation) close() error { return errors.Join(o.watch.Close(), o.counters.Close()) }
