// Package roofline measures what the machine itself can do, and says how fast it lets a kernel be.
//
// # Limits
//
// Limits of memory are passes over arrays that lie in so many bytes altogether: a load, a store, a
// copy, a sum of two arrays into a third (add) and a copy of an array over itself (update),
// each by so many threads at once. From pastFrom bytes on those that write are measured
// past the caches too (store-nt, copy-nt, add-nt). Their rates are bytes loaded and stored per
// second, without those that a cache reads to fill a line or writes back. Limits of
// arithmetic are operations on elements per second in registers: fused multiply-adds, of which each is
// two, and divisions; and vector is the number of vector instructions per second when
// all pipes have work: a mix of fused operations, sums, integers and bits.
//
// They are measured as kernels are in package bench: every limit once in each round, in an order drawn anew,
// on locked threads, the garbage collector off, and every sample is kept. A limit's rate is the best of its
// samples: nothing makes a machine faster than it is.
//
// # Bounds
//
// A kernel's time per element is at least that of each part of its work alone, and its bound is the
// longest of these times:
//
//   - of each pass, as many bytes as the kernel's own loads and stores contain: one with two inputs and a
//     result contains a load of two arrays, a store, a copy, and an add. A pass is as fast as the fastest one
//     that contains it, past the caches or not: two arrays at once may load faster than one. A kernel that
//     writes over its input is held against load, store and update.
//   - multiplications and fused operations at the rate of fused ones, and additions, which
//     some processors have adders for, likewise;
//   - divisions and square roots at the rate of divisions: roots are slower;
//   - all vector instructions at the rate of the mix.
//
// Bytes are those of the operands, each counted once; the rate is that of the largest memory measured that
// is not larger than all operands of the kernel together, since bandwidth falls with size: so a bound between two
// sizes is too fast rather than too slow. What was measured on more memory or with fewer threads counts where it
// was faster: then something else ran at the time. The call itself, whose nanoseconds dominate at 64 elements, and
// the latency of dependent instructions are no part of a bound.
//
// Limits belong to the machine they were measured on, and a kernel is held against those of the machine that timed
// it. All shards of a command measure what their own kernels need; joined, they have one set for each machine (Merge).
//
// Operations come from the assembly itself (Operations). For kernels in Go they are unknown, and the
// bound is that of memory, at the speed of the best instruction set.
package roofline

import (
	"cmp"
	"context"
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"runtime/debug"
	"slices"
	"time"

	"actinit/harness/progress"
	"actinit/harness/result"
)

const (
	// Rounds is the number of samples of each limit: with fewer two modes cannot be told from noise.
	Rounds = 10

	// SampleTime is how long a sample lasts at least, a single pass over much memory
	// excepted.
	SampleTime = 400 * time.Microsecond

	// Least and Most bound the memory that limits are measured on, in bytes: a part of any first-level
	// cache, and more than a core's share of most last-level ones. Kernels on less or
	// more are held against these.
	Least = 4 << 10
	Most  = 128 << 20

	// warmUpTo is up to where a pass goes before each sample. All limits share their memory, so that what is
	// larger than a core's caches is where the limit before left it.
	warmUpTo = 32 << 20

	// pastFrom is from where on writing past the caches is measured: kernels do so for results
	// of 16 MiB and more.
	pastFrom = 8 << 20
)

// A Demand is what some kernels need the limits of.
type Demand struct {
	ISA     string
	Workers int
	Bytes   int64 // of all operands
	InPlace bool  // the result is written over an input
}

// Options says what to measure, and where to put it.
type Options struct {
	Demands    []Demand
	Seed       uint64        // of the order of samples
	Rounds     int           // 0: the constant of the same name
	SampleTime time.Duration // 0: the constant of the same name

	Identity result.Identity
	Journal  result.Journal[result.Limit] // all limits are one unit
	Progress progress.Reporter            // nil: silent
}

// Measure measures the limits that meet the demands, and saves them. What the journal has is not
// measured again. When ctx is cancelled it returns ctx's error and saves nothing.
func Measure(ctx context.Context, o Options) error {
	o.Rounds, o.SampleTime = cmp.Or(o.Rounds, Rounds), cmp.Or(o.SampleTime, SampleTime)
	if o.Progress == nil {
		o.Progress = progress.Silent{}
	}
	keys := Plan(o.Demands)
	unit := unitOf(keys, o)
	if len(keys) == 0 || o.Journal.Done(unit) {
		return ctx.Err()
	}
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	runtime.GC()
	defer debug.SetGCPercent(debug.SetGCPercent(-1)) // off now, and as it was at the end
	limits := bind(keys)
	o.Progress.Begin("limits of this machine", int64(len(limits)*(o.Rounds+1)))
	defer o.Progress.End()
	for _, m := range limits {
		if err := ctx.Err(); err != nil {
			return err
		}
		m.calibrate(o.SampleTime)
		o.Progress.Add(1)
	}
	var rows []result.Limit
	for round := range o.Rounds {
		for _, i := range rand.New(rand.NewPCG(o.Seed, uint64(round))).Perm(len(limits)) {
			if err := ctx.Err(); err != nil {
				return err
			}
			row := limits[i].sample(round)
			row.RunID, row.Host, row.Started = o.Identity.RunID, o.Identity.Host, o.Identity.Started
			rows = append(rows, row)
			o.Progress.Add(1)
		}
	}
	return o.Journal.Save(unit, rows)
}

// Plan lists the limits that meet the demands, with nothing but what names them.
func Plan(demands []Demand) []result.Limit {
	var keys []result.Limit
	add := func(k result.Limit) {
		if !slices.Contains(keys, k) {
			keys = append(keys, k)
		}
	}
	for _, d := range demands {
		isa := measuredWith(d.ISA)
		k := result.Limit{ISA: isa, Workers: int64(d.Workers), Bytes: step(d.Bytes)}
		l := loopsOf(isa)
		for _, p := range passes {
			if !p.bounds(d.InPlace) {
				continue
			}
			k.Name = p.name
			add(k)
			if p.past != "" && l.storePast != nil && k.Bytes >= pastFrom {
				k.Name = p.past
				add(k)
			}
		}
		k.Bytes = 0
		for _, m := range l.arithmetic(k) {
			add(m.Limit)
		}
	}
	slices.SortStableFunc(keys, func(a, b result.Limit) int {
		return cmp.Or(cmp.Compare(a.ISA, b.ISA), cmp.Compare(a.Workers, b.Workers), cmp.Compare(a.Bytes, b.Bytes))
	})
	return keys
}

// step returns the largest of Least, 1.5 Least, 2 Least, 3 Least ... Most that is not above bytes.
func step(bytes int64) int64 {
	s := int64(Least)
	for 2*s <= min(bytes, Most) {
		s *= 2
	}
	if s/2*3 <= min(bytes, Most) {
		s = s / 2 * 3
	}
	return s
}

// bind gives the limits their loops and their memory, which they share.
func bind(keys []result.Limit) []*limit {
	var most int64
	for _, k := range keys {
		most = max(most, k.Bytes)
	}
	memory := newArena(most)
	var all []*limit
	for _, k := range keys {
		l := loopsOf(k.ISA)
		for _, p := range passes {
			if k.Bytes > 0 && (k.Name == p.name || k.Name == p.past) {
				all = append(all, p.over(l, k, memory, k.Name == p.past))
			}
		}
		if k.Bytes == 0 {
			arithmetic := l.arithmetic(result.Limit{ISA: k.ISA, Workers: k.Workers})
			all = append(all, arithmetic[slices.IndexFunc(arithmetic, func(m *limit) bool { return m.Limit == k })])
		}
	}
	return all
}

// Merge makes one set of the limits that were measured on a machine more than once, by several shards of a
// command: of each limit all samples, numbered in the order of rows.
func Merge(rows []result.Limit) []result.Limit {
	merged, next := slices.Clone(rows), map[result.Limit]int64{}
	for i := range merged {
		r := &merged[i]
		k := result.Limit{Host: r.Host, Name: r.Name, Type: r.Type, ISA: r.ISA, Workers: r.Workers, Bytes: r.Bytes}
		r.Sample = next[k]
		next[k]++
	}
	return merged
}

// unitOf is the journal's name of the limits. It holds a fingerprint of what is measured, how and where: a run
// that goes on on another machine measures that one, too.
func unitOf(keys []result.Limit, o Options) string {
	h := fnv.New64a()
	var word [8]byte
	for _, v := range []uint64{o.Seed, uint64(o.Rounds), uint64(o.SampleTime)} {
		binary.LittleEndian.PutUint64(word[:], v)
		h.Write(word[:])
	}
	fmt.Fprintln(h, o.Identity.Host)
	for _, k := range keys {
		fmt.Fprintln(h, k.Name, k.Type, k.ISA, k.Workers, k.Bytes)
	}
	return fmt.Sprintf("limits-%016x", h.Sum64())
}
