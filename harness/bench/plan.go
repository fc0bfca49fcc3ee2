package bench

import (
	"encoding/binary"
	"fmt"
	"hash/fnv"
	"math/rand/v2"
	"runtime"
	"slices"
	"time"

	"actinit/harness/filter"
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/kernels"
)

// Sizes and workers of the sets, in elements and goroutines.
var (
	// defaultSizes: call overhead; first-level cache; and two sizes beyond the
	// second level.
	defaultSizes = []int{64, 4096, 256 << 10, 1 << 20}

	// extendedSizes are the default set's for extended operations.
	extendedSizes = []int{4096}

	// memorySize is far beyond any cache; the default set has it for a handful
	// of kernels, and parallelSize as the smaller size with two workers.
	memorySize   = 16 << 20
	parallelSize = 1 << 20

	allSizes = []int{64, 256, 1 << 10, 4 << 10, 16 << 10, 64 << 10, 256 << 10, 1 << 20, 4 << 20, 16 << 20}

	allWorkers = []int{1, 2}
)

// maxSize bounds what a user may ask for: 2 GiB for one float64 operand.
const maxSize = 1 << 28

// handful are the float32 kernels that the default set also times from
// memory and with two workers: nothing but copying, a division, the
// lecture's favourite, three operands, and random numbers.
var handful = []struct{ op, direction string }{
	{"relu", ops.Forward},
	{"sigmoid", ops.Forward},
	{"tanh", ops.Forward},
	{"sigmoid", ops.Backward},
	{"normal", result.Fill},
}

// A Cell is one kernel at one size with one number of workers.
type Cell struct {
	result.Kernel
	Workers int    // goroutines
	N       int    // elements of the output
	Mode    string // result.Warm, result.Cold or result.InPlace

	subject *subject
}

// BytesPerOp returns the bytes that one call reads and writes.
func (c Cell) BytesPerOp() int64 { return c.subject.footprint.bytes(c.N, elementSize(c.Type)) }

// Name returns the benchmark's name, see [result.Name].
func (c Cell) Name() string {
	return result.Name(result.Bench{Op: c.Op, Direction: c.Direction, Type: c.Type, Variant: c.Variant,
		Workers: int64(c.Workers), N: int64(c.N), Mode: c.Mode})
}

func (c Cell) settings() []filter.Setting {
	return append(filter.Kernel(c.Kernel), filter.Int(filter.N, c.N), filter.Int(filter.Workers, c.Workers),
		filter.Setting{Key: filter.Mode, Value: c.Mode})
}

// A Schedule is what Run will do.
type Schedule struct {
	Cells   []Cell
	Skipped []result.Kernel // wrong kernels that would have been timed
	Ignored []Cell          // of a paired run, see PairedOptions.Ignore
	Rounds  int             // samples of each cell
	Seed    uint64

	sampleTime time.Duration
}

// Plan returns what Run with the same options would do on this machine. An
// error is one line about an option that cannot be met, such as a filter that
// matches nothing.
func Plan(o Options) (*Schedule, error) {
	s := &Schedule{Rounds: o.Samples, Seed: o.Seed, sampleTime: o.SampleTime}
	if s.Rounds == 0 {
		s.Rounds = MinSamples
	}
	if s.sampleTime == 0 {
		s.sampleTime = SampleTime
	}
	if err := check(o, s); err != nil {
		return nil, err
	}
	subjects, err := withRemote(subjects(), o.Remote)
	if err != nil {
		return nil, err
	}
	candidates := cells(subjects, o)
	var universe filter.Universe
	var matched []Cell
	for _, c := range candidates {
		universe.Add(c.settings()...)
		if o.Filter.MatchSettings(c.settings()...) {
			matched = append(matched, c)
		}
	}
	dealt := s.deal(matched, max(1, o.Shards))
	for i, c := range matched {
		if dealt[i] != o.Shard {
			continue
		}
		if o.Wrong == nil || !o.Wrong(c.Kernel) {
			s.Cells = append(s.Cells, c)
		} else if !slices.Contains(s.Skipped, c.Kernel) {
			s.Skipped = append(s.Skipped, c.Kernel)
		}
	}
	if len(matched) == 0 && o.Filter != nil {
		return nil, noMatch(subjects, o, &universe)
	}
	return s, nil
}

func check(o Options, s *Schedule) error {
	if s.Rounds < MinSamples {
		return fmt.Errorf("%d samples are too few: %d or more are needed for a comparison", s.Rounds, MinSamples)
	}
	if s.sampleTime < 0 {
		return fmt.Errorf("sample time %v is negative", s.sampleTime)
	}
	if err := checkModes(o.Modes); err != nil {
		return err
	}
	for _, n := range o.Sizes {
		if n < 1 || n > maxSize {
			return fmt.Errorf("size %d: sizes are elements, from 1 to %d", n, maxSize)
		}
	}
	for _, w := range o.Workers {
		if w < 1 {
			return fmt.Errorf("%d workers: there must be 1 or more", w)
		}
	}
	return nil
}

// noMatch says why a filter selects nothing: also not from the whole set, or
// only not from the default one.
func noMatch(subjects []subject, o Options, universe *filter.Universe) error {
	if !o.All {
		o.All = true
		for _, c := range cells(subjects, o) {
			if o.Filter.MatchSettings(c.settings()...) {
				return fmt.Errorf("no kernel of the default set matches %q, but %s does: add --all", o.Filter, c.Name())
			}
		}
	}
	return o.Filter.NoMatch("kernel", universe)
}

// cells lists the cells that the options name, before filters.
func cells(subjects []subject, o Options) []Cell {
	var all []Cell
	for i := range subjects {
		s := &subjects[i]
		sizes, workers := allSizes, allWorkers
		if !o.All {
			fastest := i+1 == len(subjects) || !sameButVariant(s.kernel, subjects[i+1].kernel)
			if !fastest && s.remote == nil && s.kernel.ISA != kernels.Portable {
				continue
			}
			sizes, workers = defaultSizes, []int{1}
			if s.extended {
				sizes = extendedSizes
			}
			if fastest && inHandful(s.kernel) {
				sizes, workers = append(slices.Clone(sizes), memorySize), allWorkers
			}
		}
		if s.kernel.Variant == Reference {
			sizes, workers = []int{referenceSize}, []int{1}
		}
		if o.Sizes != nil {
			sizes = o.Sizes
		}
		if s.remote != nil {
			workers = []int{1}
		}
		if o.Workers != nil && s.remote == nil && s.kernel.Variant != Reference {
			workers = o.Workers
		}
		for _, w := range workers {
			for _, n := range sizes {
				if o.Workers == nil && (w > runtime.GOMAXPROCS(0) || !o.All && w > 1 && n < parallelSize) {
					continue
				}
				all = append(all, Cell{Kernel: s.kernel, Workers: w, N: n, subject: s}.inModes(o.modes())...)
			}
		}
	}
	return all
}

func sameButVariant(a, b result.Kernel) bool {
	return a.Op == b.Op && a.Direction == b.Direction && a.Type == b.Type
}

func inHandful(k result.Kernel) bool {
	for _, h := range handful {
		if k.Type == result.Float32 && k.Op == h.op && k.Direction == h.direction {
			return true
		}
	}
	return false
}

// Order returns the order of the cells in a round: a random permutation that
// depends on the seed and the round only, so a resumed run goes on with the
// same ones.
func (s *Schedule) Order(round int) []int {
	return rand.New(rand.NewPCG(s.Seed, uint64(round))).Perm(len(s.Cells))
}

// Unit returns the journal's name of a round. It holds a fingerprint of the
// cells, the seed and the sample time: a run resumed with other options
// does not take another plan's round for its own.
func (s *Schedule) Unit(round int) string {
	h := fnv.New64a()
	var word [8]byte
	for _, v := range []uint64{s.Seed, uint64(s.sampleTime)} {
		binary.LittleEndian.PutUint64(word[:], v)
		h.Write(word[:])
	}
	for _, c := range s.Cells {
		h.Write([]byte(c.Name()))
		h.Write([]byte{0})
	}
	return fmt.Sprintf("round-%03d-%016x", round, h.Sum64())
}
