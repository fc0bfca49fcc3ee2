// Package paired judges paired runs: two builds or settings timed in alternation, block by
// block, with a third process that is the old one again.
//
// A block is two pairs in opposite order, old new and new old. Its log ratio, the mean of
// those of its pairs, is free of what drifts linearly and of what the order does. Where old
// and new are the same and are exchangeable within a block, its distribution is symmetric
// about 0, whatever the noise: heavy tails, outliers, skewness, bursts. That is all that a
// signed-rank test asks: it is exact for any number of blocks. Ours is between Wilcoxon's test
// and the sign test: ranks above a third of the number of blocks count as that third, so that
// blocks that were disturbed, which have the highest ranks, do not drown the others. The
// change that is reported is the centre of symmetry that belongs to the test, and its interval
// the centres that the test does not reject. p is corrected by Holm's method; the intervals
// hold for all kernels together (at level alpha/m each), so that "the same" is as sure as
// "regressed".
//
// A change is called when it is significant, larger than the threshold, and larger than the
// noise floor of the same run.
//
// # The noise floor
//
// Two processes of one program differ: memory lands elsewhere, and stays there. If each block
// is made by fresh processes, that is noise between blocks like any other, and the test
// accounts for it. Where processes live longer, every block has the same offset, and no
// statistic of the blocks sees it. The old-against-old blocks do. A kernel's floor is the
// change that they show for it; and if over the table more of them are significant than chance
// explains (binomial, 1%), the variance t^2 of the offsets is estimated over all kernels, and
// the floor is at least the quantile 1 - alpha/(2m) of Student's t for as many degrees of
// freedom as there are kernels, times sqrt(t^2 + e^2), e the kernel's standard error. With few
// kernels nothing can tell such offsets from changes: use fresh processes.
//
// # How many blocks
//
// A run makes FirstBlocks of every kernel, and goes on with the kernels that NeedMore names,
// those whose interval is wider than the threshold on either side, up to MaxBlocks. The rule looks at that width
// and never at the verdict: to stop when something is significant is to wait for a false
// alarm. An interval's width depends a little on the signs of the block ratios, as p does, so the rule is not
// quite free of the verdict: 4 to 5% of false tables become 5 to 6%. SIMULATIONS.md has what this finds, and how rarely it is wrong.
package paired

import (
	"cmp"
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	"gonum.org/v1/gonum/stat/distuv"

	"actinit/harness/result"
	"actinit/reports/gate"
)

// DefaultEffect is the smallest change that is called, 1%.
const DefaultEffect = .01

// The default budget: blocks of every kernel, blocks between two looks at what needs more, and
// the most that any kernel gets. 20 blocks decide what is quiet (block ratios that spread by
// .5%) among 600 kernels, and 100 nearly everything that spreads by 2%.
const (
	FirstBlocks = 20
	StepBlocks  = 10
	MaxBlocks   = 100
)

// Options say what is called a change. Zero values take the defaults.
type Options struct {
	Alpha      float64          // probability of any false call over the table
	Effect     float64          // relative change of a kernel's time from which on it counts
	Thresholds *gate.Thresholds // that of single kernels; nil for none
}

func (o Options) complete() (Options, error) {
	o.Alpha = cmp.Or(o.Alpha, gate.DefaultAlpha)
	o.Effect = cmp.Or(o.Effect, DefaultEffect)
	switch {
	case !(o.Alpha > 0 && o.Alpha < 1):
		return o, fmt.Errorf("alpha is %v, want it between 0 and 1", o.Alpha)
	case !(o.Effect > 0) || math.IsInf(o.Effect, 1):
		return o, fmt.Errorf("the smallest change is %v, want a positive share such as 0.01", o.Effect)
	}
	return o, nil
}

// A Row is one kernel at one size.
type Row struct {
	gate.Row
	Blocks      int         `json:"blocks"`
	Median      gate.Number `json:"median_log_ratio"` // of the blocks' log ratios; Delta is the centre of their symmetry
	Spread      gate.Number `json:"spread"`           // of the blocks' log ratios: interquartile range / 1.349, a normal distribution's standard deviation
	FloorBlocks int         `json:"floor_blocks"`     // of the old with itself
	More        int         `json:"more_blocks"`      // blocks still needed for an interval as narrow as the threshold, estimated; 0 if it is
}

// A Comparison is the result, ready to be encoded as JSON.
type Comparison struct {
	Old      string   `json:"old"` // "rev:1a2b3c4"
	New      string   `json:"new"`
	Alpha    float64  `json:"alpha"`
	Effect   float64  `json:"effect"`
	Rows     []Row    `json:"rows"` // in the order in which kernels first appear
	Warnings []string `json:"warnings,omitempty"`
}

// Compare judges the pairs of a paired run. An error names the row that is damaged.
func Compare(pairs []result.Pair, o Options) (*Comparison, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	c := &Comparison{Alpha: o.Alpha, Effect: o.Effect}
	all, err := c.collect(pairs)
	if err != nil {
		return nil, err
	}
	c.judge(all, o)
	return c, nil
}

// A Need is a kernel that an adaptive run should go on with.
type Need struct {
	gate.Subject
	Blocks int // more, estimated; at least 1
}

// NeedMore returns the kernels whose interval is wider than their threshold on either side,
// in the order in which they first appear. It depends on the widths alone, so that stopping by
// it keeps the probability of a false call.
func NeedMore(pairs []result.Pair, o Options) ([]Need, error) {
	o, err := o.complete()
	if err != nil {
		return nil, err
	}
	c := new(Comparison)
	all, err := c.collect(pairs)
	if err != nil {
		return nil, err
	}
	c.judge(all, o)
	var needs []Need
	for i, row := range c.Rows {
		if row.More > 0 {
			needs = append(needs, Need{all[i].subject, row.More})
		}
	}
	return needs, nil
}

// A series is the log ratios of a kernel's blocks.
type series struct {
	subject       gate.Subject
	change, floor []float64
}

type blockKey struct {
	subject    gate.Subject
	comparison string
	run        string
	block      int64
}

// collect makes blocks of pairs.
func (c *Comparison) collect(pairs []result.Pair) ([]series, error) {
	if len(pairs) == 0 {
		return nil, errors.New("no pairs of timings to judge")
	}
	index := map[gate.Subject]int{}
	var all []series
	half := map[blockKey]result.Pair{}
	var olds, news []string
	for _, p := range pairs {
		subject := gate.Subject{Kernel: p.Kernel(), Workers: p.Workers, N: p.N, Mode: cmp.Or(p.Mode, result.Warm)}
		where := fmt.Sprintf("%s, block %d, pair %d", subject.Name(), p.Block, p.Pair)
		if p.Comparison != result.Change && p.Comparison != result.Floor {
			return nil, fmt.Errorf("%s: comparison is %q, want %q or %q", where, p.Comparison, result.Change, result.Floor)
		}
		if math.IsNaN(p.LogRatio) || math.IsInf(p.LogRatio, 0) {
			return nil, fmt.Errorf("%s: the log ratio is %v, of %d and %d ns", where, p.LogRatio, p.NewNs, p.OldNs)
		}
		i, ok := index[subject]
		if !ok {
			i = len(all)
			index[subject] = i
			all = append(all, series{subject: subject})
		}
		key := blockKey{subject, p.Comparison, p.RunID, p.Block}
		other, ok := half[key]
		if !ok {
			half[key] = p
			continue
		}
		if other.Pair == p.Pair || other.First == p.First {
			return nil, fmt.Errorf("%s: pairs %d and %d of it began with %s and %s, want two in opposite order", where, other.Pair, p.Pair, other.First, p.First)
		}
		delete(half, key)
		ratio := (other.LogRatio + p.LogRatio) / 2
		if p.Comparison == result.Floor {
			all[i].floor = append(all[i].floor, ratio)
			continue
		}
		all[i].change = append(all[i].change, ratio)
		if !slices.Contains(olds, p.Old) {
			olds = append(olds, p.Old)
		}
		if !slices.Contains(news, p.New) {
			news = append(news, p.New)
		}
	}
	c.Old, c.New = strings.Join(olds, ", "), strings.Join(news, ", ")
	if len(half) > 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf("%d blocks of one pair are left out: the run was stopped in them", len(half)))
	}
	return all, nil
}

// judge fills the rows, one for each series.
func (c *Comparison) judge(all []series, o Options) {
	c.Rows = make([]Row, len(all))
	var judged []*gate.Row
	var indices []int
	for i, s := range all {
		row := &c.Rows[i]
		row.Row = gate.NewRow(s.subject, o.Thresholds.For(s.subject, o.Effect))
		row.Blocks, row.FloorBlocks = len(s.change), len(s.floor)
		if row.Verdict == gate.Ignored {
			nothing := gate.Number(math.NaN())
			row.Delta, row.Low, row.High, row.P, row.PHolm, row.Floor, row.Median, row.Spread = nothing, nothing, nothing, nothing, nothing, nothing, nothing, nothing
		} else {
			judged = append(judged, &row.Row)
			indices = append(indices, i)
		}
	}
	m := len(judged)
	each := o.Alpha / float64(max(m, 1))
	floors := c.floors(all, indices, o.Alpha)
	for k, i := range indices {
		row, x := &c.Rows[i], slices.Clone(all[i].change)
		row.P, row.Delta, row.Low, row.High = 1, gate.Number(math.NaN()), -1, gate.Number(math.Inf(1))
		if len(x) == 0 {
			row.Warnings = append(row.Warnings, "no whole block of old and new")
			row.More = MinBlocks(m, o.Alpha)
			continue
		}
		e := centreOf(x, each)
		row.P = gate.Number(signedRank(x))
		slices.Sort(x)
		row.Median, row.Spread = gate.Number(median(x)), gate.Number(spread(x))
		row.Delta, row.Low, row.High = gate.Number(math.Expm1(e.centre)), gate.Number(math.Expm1(e.low)), gate.Number(math.Expm1(e.high))
		row.Floor = gate.Number(math.Expm1(floors[k](e, each)))
		row.More = more(e, len(x), math.Log1p(float64(row.Threshold)), MinBlocks(m, o.Alpha))
		if len(all[i].floor) == 0 {
			row.Warnings = append(row.Warnings, "no noise floor: the old was not held against itself")
		}
	}
	gate.Judge(judged, o.Alpha)
	c.doubt(judged, m)
}

// spread is the interquartile range of sorted values as a normal distribution's standard deviation.
func spread(sorted []float64) float64 {
	n := len(sorted)
	return (median(sorted[(n+1)/2:]) - median(sorted[:n/2])) / 1.349
}

// more estimates how many blocks are missing until the interval is as narrow as target on
// either side: its width falls with the square root of their number.
func more(e estimate, n int, target float64, least int) int {
	if n < least || math.IsInf(e.high, 1) {
		return max(1, least-n)
	}
	if width := (e.high - e.low) / 2; width > target {
		return max(1, int(math.Ceil(float64(n)*(width/target)*(width/target)))-n)
	}
	return 0
}

// Levels of the check whether old processes differ among themselves.
const (
	differs    = .05 // of one kernel
	overspread = .01 // of the table
)

// floors returns, for each of the judged series, the floor of its log ratio as a function of
// its estimate, whose interval has the level each.
func (c *Comparison) floors(all []series, judged []int, alpha float64) []func(e estimate, each float64) float64 {
	own := make([]float64, len(judged))
	var excess float64
	kernels, significant := 0, 0
	for k, i := range judged {
		x := slices.Clone(all[i].floor)
		if len(x) == 0 {
			continue
		}
		e := centreOf(x, differs)
		own[k] = math.Abs(e.centre)
		if math.IsInf(e.high, 1) {
			continue // too few blocks to know its standard error
		}
		kernels++
		if signedRank(x) < differs {
			significant++
		}
		standardError := (e.high - e.low) / 2 / distuv.UnitNormal.Quantile(1-differs/2)
		excess += e.centre*e.centre - standardError*standardError
	}
	variance := 0.
	chance := distuv.Binomial{N: float64(kernels), P: differs}
	if significant > 0 && 1-chance.CDF(float64(significant-1)) < overspread && excess > 0 {
		variance = excess / float64(kernels)
		c.Warnings = append(c.Warnings, fmt.Sprintf(
			"processes of the same program differ, by %.2f%% (standard deviation), in %d of %d kernels significantly: the floor is raised; make each block with fresh processes",
			100*math.Sqrt(variance), significant, kernels))
	}
	t := 0.
	if variance > 0 {
		t = distuv.StudentsT{Sigma: 1, Nu: float64(kernels)}.Quantile(1 - alpha/2/float64(len(judged)))
	}
	floors := make([]func(estimate, float64) float64, len(judged))
	for k := range floors {
		floors[k] = func(e estimate, each float64) float64 {
			if variance == 0 || math.IsInf(e.high, 1) {
				return own[k]
			}
			standardError := (e.high - e.low) / 2 / distuv.UnitNormal.Quantile(1-each/2)
			return max(own[k], t*math.Sqrt(variance+standardError*standardError))
		}
	}
	return floors
}

// doubt adds the warnings about the comparison as a whole.
func (c *Comparison) doubt(judged []*gate.Row, m int) {
	least, powerless, wide := MinBlocks(m, c.Alpha), 0, 0
	most := 0
	for _, row := range c.Rows {
		switch {
		case row.Verdict == gate.Ignored:
		case row.Blocks < least:
			powerless++
		case row.More > 0:
			wide++
			most = max(most, row.More)
		}
	}
	if powerless > 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf(
			"%d of %d kernels have too few blocks for any change to be significant among so many: want %d, or filter", powerless, m, least))
	}
	if wide > 0 {
		c.Warnings = append(c.Warnings, fmt.Sprintf(
			"%d of %d kernels have intervals wider than their threshold: %s", wide, m, enough(most)))
	}
	c.Warnings = append(c.Warnings, gate.RowWarnings(judged)...)
}
