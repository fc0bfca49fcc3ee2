package bench

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/fnv"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"time"

	"actinit/harness/noise"
	"actinit/harness/progress"
	"actinit/harness/remote"
	"actinit/harness/result"
)

// # Paired runs
//
// Two builds, or two instruction sets, are timed by turns: the old one, the old one once
// more as a process of its own, which tells what is noise, and the new one, each in a
// process of its own, on the same memory, with the same number of calls. A block of a
// kernel is six samples: the three processes in an order drawn from the seed, and then in the opposite
// order, so that what drifts evenly hits all alike: old and new are an ABBA or BAAB block,
// old and old another. In every round each cell has one block, in an order drawn anew.
// Every round starts all processes anew: what differs between two starts of one program
// (where its pages lie) is then noise between blocks like any other.
//
// Every round also has the operands at another place in their pages, the same for all processes. Two builds whose
// stacks are a few words apart differ by up to 6% in a kernel of 70 ns at one such place (loads of what is on the
// stack seem to depend on stores to the operands), in one direction or the other: over all places it evens out.

const (
	// PairedSampleTime is how long a sample of a paired run lasts at least. Short ones that
	// alternate fast see more of the same machine than long ones.
	PairedSampleTime = time.Millisecond

	// warmPart is the part of a sample's calls that are made before it, untimed: a process that
	// has just been woken finds the clock low and the vector units asleep.
	warmPart = 4

	// pairedSize is the size of most cells of the default set of a paired run; the handful is also
	// taken at the size parallelSize.
	pairedSize = 4 << 10
)

// A Side is one of the two things that a paired run compares.
type Side struct {
	Name    string // "rev:1a2b3c4", "isa:avx2"
	Command remote.Command
}

// PairedOptions says what to compare. Of Options it takes the filter, set, sizes, workers, seed, sample
// time, identity and progress; Samples is the least number of blocks.
type PairedOptions struct {
	Options
	Old, New   Side
	Ignore     func(Cell) bool // cells that are not to be timed; a kernel that only the old side has is asked for without size
	AnyVariant bool            // the fastest variants of both sides are compared, and not variants of one name
	Budget     time.Duration   // when it is used up no further round begins, once each cell has the least number of blocks
	Pairs      result.Journal[result.Pair]
	Saved      []result.Pair                         // what the journal has already
	Undecided  func([]result.Pair) func(string) bool // tells which cells, by name, need more blocks; nil: all, until the budget is used up
	Blocks     int                                   // the most blocks of a cell; 0: as many as the budget allows
}

// A pairing is a cell and its kernel's number in the two programs.
type pairing struct {
	Cell
	old, new int
}

// RunPaired takes blocks of all cells of the plan that both sides have and saves each round
// in the journal. What only one side has is told as a note.
func RunPaired(ctx context.Context, o PairedOptions) error {
	if o.Progress == nil {
		o.Progress = progress.Silent{}
	}
	if o.Pairs == nil {
		o.Pairs = discard[result.Pair]{}
	}
	if o.Budget <= 0 && o.Blocks <= 0 {
		return errNoEnd
	}
	plan, err := PlanPaired(o)
	if err != nil {
		return err
	}
	r := &pairedRun{PairedOptions: o, schedule: plan}
	if err := plan.fits(availableMemory()); err != nil {
		return err
	}
	if r.memory, err = remote.NewMemory(plan.layout().bytes + page); err != nil {
		return err
	}
	defer r.memory.Close()
	defer r.end()
	r.watch = noise.NewWatch()
	defer r.watch.Close()
	return r.rounds(ctx)
}

// PlanPaired returns the cells of a paired run, before it is known what the old side has.
func PlanPaired(o PairedOptions) (*Schedule, error) {
	if o.SampleTime == 0 {
		o.SampleTime = PairedSampleTime
	}
	if o.Modes == nil {
		o.Modes = []string{result.Warm}
	}
	if !slices.Equal(o.Modes, []string{result.Warm}) {
		return nil, errWarmOnly
	}
	s, err := Plan(o.Options)
	if err != nil {
		every := o.Options
		every.Modes = result.Modes()
		if _, other := Plan(every); other == nil { // the filter wants another mode
			return nil, fmt.Errorf("%q: %w", o.Filter, errWarmOnly)
		}
		return nil, err
	}
	s.Cells = slices.DeleteFunc(s.Cells, func(c Cell) bool { return c.Variant == Reference })
	if o.AnyVariant || !o.All {
		s.Cells = fastestOf(s.Cells)
	}
	if !o.All && o.Sizes == nil {
		s.Cells = slices.DeleteFunc(s.Cells, func(c Cell) bool {
			return c.N != pairedSize && !(c.N == parallelSize && inHandful(c.Kernel))
		})
	}
	if o.Ignore != nil {
		s.Cells, s.Ignored = split(s.Cells, o.Ignore)
	}
	if len(s.Ignored) > 0 && len(s.Cells) == 0 {
		return nil, fmt.Errorf("all kernels of the plan, %d, are ignored: there is nothing to time", len(s.Ignored))
	}
	if len(s.Cells) == 0 {
		return nil, fmt.Errorf("no kernel of the default set of paired runs matches %q: add --sizes or --all", o.Filter)
	}
	return s, nil
}

// split returns the cells that are none of those, and those.
func split(all []Cell, those func(Cell) bool) (others, found []Cell) {
	for _, c := range all {
		if those(c) {
			found = append(found, c)
		} else {
			others = append(others, c)
		}
	}
	return others, found
}

// fastestOf leaves the fastest variant of each operation, direction and type.
func fastestOf(all []Cell) (fastest []Cell) {
	last := map[result.Kernel]string{} // variants, by the kernel without
	for _, c := range all {
		last[unnamed(c.Kernel)] = c.Variant
	}
	for _, c := range all {
		if c.Variant == last[unnamed(c.Kernel)] {
			fastest = append(fastest, c)
		}
	}
	return fastest
}

// unnamed is a kernel without its variant.
func unnamed(k result.Kernel) result.Kernel {
	k.Variant, k.ISA = "", ""
	return k
}

// A pairedRun is a paired run under way.
type pairedRun struct {
	PairedOptions
	schedule *Schedule
	memory   *remote.Memory
	operands *operands

	sides      [3]*remote.Process // old, old again, new
	pairings   []pairing
	iterations map[string]int // by the cell's name
	watch      *noise.Watch
	rows       []result.Pair
}

// Indices of pairedRun.sides.
const (
	sideOld = iota
	sideTwin
	sideNew
)

// rounds takes rounds until all is decided or the budget is used up.
func (r *pairedRun) rounds(ctx context.Context) error {
	r.rows = slices.Clone(r.Saved)
	if err := r.sameSides(); err != nil {
		return err
	}
	used := spentOnPairs(r.Saved, 0)
	begun := time.Now()
	work := progress.BeginWork(r.Progress, "bench: seconds for pairs, at most", r.Budget)
	defer work.End()
	work.Add(min(used, r.Budget))
	shown := used
	least := r.schedule.Rounds
	for round := 0; r.Blocks == 0 || round < r.Blocks; round++ {
		if r.Pairs.Done(r.unit(round)) {
			continue
		}
		if round >= least && r.Budget > 0 && used+time.Since(begun) >= r.Budget {
			return nil
		}
		wanted := func(string) bool { return true }
		if round >= least && r.Undecided != nil {
			wanted = r.Undecided(r.rows)
		}
		started := time.Now()
		r.place(round)
		if err := r.restart(ctx, rand.New(rand.NewPCG(r.Seed, ^uint64(round))).Perm(len(r.sides))); err != nil {
			return err
		}
		if r.pairings == nil {
			used = spentOnPairs(r.Saved, time.Since(started))
			if err := r.pair(); err != nil {
				return err
			}
			if err := r.calibrate(ctx); err != nil {
				return err
			}
			started = time.Now()
		}
		rows, err := r.round(ctx, round, wanted)
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := r.Pairs.Save(r.unit(round), rows); err != nil {
			return err
		}
		r.rows = append(r.rows, rows...)
		if whole := time.Since(started) * time.Duration(least); round == 0 && r.Budget > 0 && whole > r.Budget {
			r.Progress.Note(fmt.Sprintf("%d blocks of each of %d kernels, the least that are taken, need about %v, more than the budget of %v: a filter makes the table smaller",
				least, len(r.pairings), whole.Round(time.Second), r.Budget))
		}
		if now := min(used+time.Since(begun), r.Budget); now > shown {
			work.Add(now - shown)
			shown = now
		}
	}
	return nil
}

// sameSides refuses rows of other sides than these.
func (r *pairedRun) sameSides() error {
	for _, row := range r.Saved {
		if row.Old != r.Old.Name || row.Comparison == result.Change && row.New != r.New.Name {
			return fmt.Errorf("the run compares %s with %s, and not %s with %s: it cannot go on", row.New, row.Old, r.New.Name, r.Old.Name)
		}
	}
	return nil
}

// placeStep is how many cache lines further into their pages operands lie in the next round. It is
// odd, so that 64 rounds see every place of a page, and the golden section of them, so that fewer are spread evenly.
const placeStep = 39

// place puts the operands where they are in this round.
func (r *pairedRun) place(round int) {
	r.operands = newOperands(r.schedule.layout().moved(round*placeStep*cacheLine%page), r.memory.Bytes, r.schedule.Seed)
}

// restart starts all processes in the given order.
func (r *pairedRun) restart(ctx context.Context, order []int) error {
	r.end()
	sides := []Side{sideOld: r.Old, sideTwin: r.Old, sideNew: r.New}
	for _, i := range order { // who starts first may get the better place
		p, err := remote.Start(ctx, sides[i].Command)
		if err != nil {
			return err
		}
		r.sides[i] = p
		if err := p.Map(r.memory); err != nil {
			return err
		}
	}
	return nil
}

func (r *pairedRun) end() {
	for i, p := range r.sides {
		if p != nil {
			p.Close()
		}
		r.sides[i] = nil
	}
}

// pair finds each cell's kernel on both sides.
func (r *pairedRun) pair() error {
	if lost := r.lost(); len(lost) > 0 {
		return fmt.Errorf("%s has lost %d kernels that %s has, such as %s: leave them out with --filter to compare the others",
			r.New.Name, len(lost), r.Old.Name, lost[0])
	}
	missing := map[string]int{}
	for _, c := range r.schedule.Cells {
		p := pairing{Cell: c, old: r.number(sideOld, c.Kernel), new: r.number(sideNew, c.Kernel)}
		switch {
		case p.new < 0:
			missing[r.New.Name]++
		case p.old < 0:
			missing[r.Old.Name]++
		default:
			r.pairings = append(r.pairings, p)
		}
	}
	for _, side := range []Side{r.Old, r.New} {
		if n := missing[side.Name]; n > 0 {
			r.Progress.Note(fmt.Sprintf("not compared: %d kernels that %s does not have", n, side.Name))
		}
	}
	if len(r.pairings) == 0 {
		return fmt.Errorf("%s and %s have no kernel of the plan in common", r.Old.Name, r.New.Name)
	}
	return nil
}

// number is a kernel's number in a process, or -1.
func (r *pairedRun) number(side int, k result.Kernel) int {
	found := -1
	for i, have := range r.sides[side].Kernels {
		if have == k {
			return i
		}
		if r.AnyVariant && have.Variant != Reference && sameButVariant(have, k) {
			found = i // the last one is the fastest
		}
	}
	return found
}

// lost names the kernels that the old side has, that the filter is about, and that the new side has not.
func (r *pairedRun) lost() (names []string) {
	for _, k := range r.sides[sideOld].Kernels {
		if k.Variant != Reference && r.Filter.Match(k) && r.number(sideNew, k) < 0 && (r.Ignore == nil || !r.Ignore(Cell{Kernel: k})) {
			names = append(names, strings.Join([]string{k.Op, k.Direction, k.Type, k.Variant}, " "))
		}
	}
	return names
}

// calibrate sets the calls of each cell, the same for all sides: as many as fill the
// sample time on the slower side.
func (r *pairedRun) calibrate(ctx context.Context) error {
	r.iterations = map[string]int{}
	for _, p := range r.pairings {
		if err := ctx.Err(); err != nil {
			return err
		}
		prepare, _ := p.subject.bind(r.operands, p.N, p.Workers)
		least := math.MaxInt
		for _, side := range []int{sideOld, sideNew} {
			t := &timer{prepare: prepare, run: r.runner(p, side)}
			if err := t.calibrate(r.schedule.sampleTime); err != nil {
				return err
			}
			least = min(least, t.iterations)
		}
		r.iterations[p.Name()] = least
	}
	return nil
}

// runner takes samples of a cell on one side.
func (r *pairedRun) runner(p pairing, side int) runner {
	kernel := &remoteKernel{process: r.sides[side], number: p.old, param: parameter(p.Op)}
	if side == sideNew {
		kernel.number = p.new
	}
	return kernel.runner(p.Cell, r.operands)
}

// round takes a block of every wanted cell.
func (r *pairedRun) round(ctx context.Context, round int, wanted func(name string) bool) ([]result.Pair, error) {
	random := rand.New(rand.NewPCG(r.Seed, uint64(round)))
	var rows []result.Pair
	for i, at := range random.Perm(len(r.pairings)) {
		p, order := r.pairings[at], random.Perm(len(r.sides))
		if !wanted(p.Name()) {
			continue
		}
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		block, err := r.block(p, order)
		if err != nil {
			return nil, err
		}
		for j := range block {
			block[j].Block, block[j].Order = int64(round), int64(round*len(r.pairings)+i)
		}
		rows = append(rows, block[:]...)
	}
	return rows, nil
}

// block takes the six samples of a block, in the order given and then in the opposite one.
func (r *pairedRun) block(p pairing, order []int) (rows [4]result.Pair, err error) {
	if prepare, _ := p.subject.bind(r.operands, p.N, p.Workers); prepare != nil {
		prepare()
	}
	iterations := r.iterations[p.Name()]
	var answers [2][3]remote.Answer
	var steal [2]*int64
	for half := range answers {
		r.watch.Begin()
		for _, side := range order {
			answer, err := r.runner(p, side)(max(1, iterations/warmPart), iterations)
			if err != nil {
				return rows, err
			}
			answers[half][side] = answer
		}
		steal[half] = r.watch.End().StealNs
		slices.Reverse(order) // for the second half; after it as it was
	}
	for half := range answers {
		for c, comparison := range []string{result.Change, result.Floor} {
			other, name := sideNew, r.New.Name
			if comparison == result.Floor {
				other, name = sideTwin, r.Old.Name
			}
			first := "old"
			if (slices.Index(order, other) < slices.Index(order, sideOld)) != (half == 1) {
				first = "new"
			}
			before, after := answers[half][sideOld], answers[half][other]
			rows[2*half+c] = result.Pair{
				RunID: r.Identity.RunID, Host: r.Identity.Host, Started: r.Identity.Started,
				Op: p.Op, Direction: p.Direction, Type: p.Type, Variant: p.Variant, ISA: p.ISA,
				Workers: int64(p.Workers), N: int64(p.N), Mode: p.Mode,
				Comparison: comparison, Old: r.Old.Name, New: name, Pair: int64(half), First: first,
				Iterations: int64(iterations), OldNs: before.ElapsedNs, NewNs: after.ElapsedNs,
				LogRatio: math.Log(float64(after.ElapsedNs) / float64(before.ElapsedNs)), Switches: sum(before.Switches, after.Switches), StealNs: steal[half],
			}
		}
	}
	return rows, nil
}

// sum is nil if either is unknown.
func sum(a, b *int64) *int64 {
	if a == nil || b == nil {
		return nil
	}
	n := *a + *b
	return &n
}

// unit is the journal's name of a round: another plan's round is not taken for this one's.
func (r *pairedRun) unit(round int) string {
	h := fnv.New64a()
	for _, name := range []string{r.Old.Name, r.New.Name, r.schedule.Unit(0)} {
		h.Write(append([]byte(name), 0))
	}
	var least [8]byte
	binary.LittleEndian.PutUint64(least[:], uint64(r.schedule.Rounds))
	h.Write(least[:])
	return fmt.Sprintf("pairs-%04d-%016x", round, h.Sum64())
}

// errWarmOnly is for options that ask for another mode.
var errWarmOnly = errors.New("paired runs have the mode warm only: the processes are handed operands that stay in their places")

// errNoEnd is for options that would go on for ever.
var errNoEnd = errors.New("a paired run needs a budget or a number of blocks")
