package cli

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"actinit/harness/bench"
	"actinit/harness/distribution"
	"actinit/harness/filter"
	"actinit/harness/layers"
	"actinit/harness/verify"
)

// plan makes sure, before a folder is made, that there is something to do.
func (s *settings) plan() error {
	if s.exhaustive {
		if err := s.sweeps(); err != nil {
			return err
		}
	}
	for _, st := range s.stages {
		if n, err := s.units(st); err != nil || n > 0 {
			return err
		}
	}
	if shares, err := s.shares(); err != nil || slices.ContainsFunc(shares, func(sh share) bool { return sh.Of > 0 }) {
		return err // a shard without work: other shards have it all
	}
	return s.noMatch(s.meant())
}

// meant is the stage that a filter which selects nothing of any is about.
func (s *settings) meant() stage {
	uses := func(st stage, keys ...string) bool {
		return slices.Contains(s.stages, st) && slices.ContainsFunc(keys, s.filter.Uses)
	}
	switch {
	case uses(stageLayers, filter.Act, filter.Init, filter.Data, filter.Depth, filter.Width):
		return stageLayers
	case uses(stageBench, filter.N, filter.Workers, filter.Mode):
		return stageBench
	}
	return s.stages[0]
}

// whole is s without shards.
func (s *settings) whole() *settings {
	w := *s
	w.shardIndex, w.shardCount = 0, 1
	return &w
}

// sweeps refuses --exhaustive where it would change nothing: kernels of
// 16-bit types are always tried on all their inputs.
func (s *settings) sweeps() error {
	whole := s.whole()
	units, err := whole.verifyUnits()
	if err != nil || len(units) == 0 || slices.ContainsFunc(units, func(u verify.Unit) bool { return u.Chunk >= 0 }) {
		return err // a plan without units is refused elsewhere
	}
	if draws, err := whole.units(stageDistribution); err != nil || draws > 0 {
		return err
	}
	return fmt.Errorf("--exhaustive tries float32 kernels of one varying input, float64 kernels and fills, and %q selects none", s.filter)
}

// verifyUnits lists what there is to verify. Of what a plan can refuse only the effort is not checked before.
func (s *settings) verifyUnits() ([]verify.Unit, error) {
	units, err := verify.Plan(s.verifyOptions())
	if err != nil {
		return nil, fmt.Errorf("--effort: %w", err)
	}
	return units, nil
}

// units counts what a stage has to do.
func (s *settings) units(st stage) (int, error) {
	switch st {
	case stageVerify:
		units, err := s.verifyUnits()
		return len(units), err
	case stageDistribution:
		units, err := distribution.Plan(s.distributionOptions())
		return len(units), err
	case stageBench, stageLimits:
		schedule, err := bench.Plan(s.benchOptions())
		if err != nil {
			unfiltered := s.benchOptions()
			unfiltered.Filter = nil
			if _, bad := bench.Plan(unfiltered); bad == nil && len(s.stages) > 1 {
				return 0, nil // only the filter is to blame, and it may be meant for another stage
			}
			return 0, err
		}
		return len(schedule.Cells), nil
	case stagePairs:
		schedule, err := bench.PlanPaired(s.pairedOptions())
		if err != nil {
			return 0, err
		}
		return len(schedule.Cells), nil
	case stageReproduce:
		return len(s.experiments), nil
	default:
		cells, err := layers.Plan(s.layersOptions())
		return len(cells), err
	}
}

// A share is what a run does of a stage, in units that shards share out.
type share struct {
	Stage   stage    `json:"stage"`
	Units   int      `json:"units"`             // of this run
	Of      int      `json:"of"`                // of all shards
	Seconds *float64 `json:"seconds,omitempty"` // about how long they take here, where it can be told
}

// shares returns what the run does of its stages, without the limits, which each shard measures for itself.
func (s *settings) shares() ([]share, error) {
	whole := s.whole()
	var all []share
	for _, st := range s.stages {
		if st == stageLimits {
			continue
		}
		units, err := s.sharedUnits(st)
		if err != nil {
			return nil, err
		}
		of, err := whole.sharedUnits(st)
		if err != nil {
			return nil, err
		}
		all = append(all, share{Stage: st, Units: units, Of: of})
	}
	return all, nil
}

// sharedUnits counts what shards share out of a stage: of timings, groups that stay together.
func (s *settings) sharedUnits(st stage) (int, error) {
	n, err := s.units(st)
	if st != stageBench || n == 0 {
		return n, err
	}
	schedule, err := bench.Plan(s.benchOptions())
	if err != nil {
		return 0, err
	}
	return schedule.Groups(), nil
}

// tellShare says in one line what a shard has of the work.
func (s *settings) tellShare(w io.Writer) error {
	if s.shardCount < 2 {
		return nil
	}
	shares, err := s.shares()
	if err != nil {
		return err
	}
	var words []string
	work := false
	for _, sh := range shares {
		if sh.Of > 0 {
			words = append(words, fmt.Sprintf("%s %d of %s", sh.Stage, sh.Units, plural(sh.Of, "unit")))
			work = work || sh.Units > 0
		}
	}
	if !work {
		words = append(words, "nothing is left for this shard, which is complete and empty")
	}
	fmt.Fprintf(w, "shard %s: %s\n", s.shard, strings.Join(words, ", "))
	return nil
}

// estimate is about how long a stage takes on this machine, 0 where that is not told.
func (s *settings) estimate(st stage) (time.Duration, error) {
	switch st {
	case stageVerify:
		return verify.Estimate(s.verifyOptions())
	case stageBench:
		schedule, err := bench.Plan(s.benchOptions())
		if err != nil {
			return 0, err
		}
		return schedule.Estimate(), nil
	case stageLayers:
		cells, err := layers.Plan(s.layersOptions())
		return layers.Estimate(cells), err
	}
	return 0, nil
}

// showPlan prints what the command would do, and does none of it.
func (s *settings) showPlan(w io.Writer) error {
	if err := s.plan(); err != nil {
		return err
	}
	shares, err := s.shares()
	if err != nil {
		return err
	}
	l := &listing{header: []string{"stage", "units", "of", "about"}, right: map[int]bool{1: true, 2: true, 3: true}}
	most := 0
	for i, sh := range shares {
		var about string
		if sh.Units > 0 {
			d, err := s.estimate(sh.Stage)
			if err != nil {
				return err
			}
			if d > 0 {
				seconds := d.Seconds()
				shares[i].Seconds, about = &seconds, d.Round(time.Second).String()
			}
		}
		most = max(most, sh.Of)
		l.add(string(sh.Stage), fmt.Sprint(sh.Units), fmt.Sprint(sh.Of), about)
	}
	if s.json {
		return writeJSON(w, shares)
	}
	l.text(w)
	if s.against != "" {
		return nil // paired runs are not shared out
	}
	fmt.Fprintf(w, "--shard i/n shares the units out; of more than %s some have nothing to do\n", plural(most, "shard"))
	return nil
}
