package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"actinit/harness/bench"
	"actinit/harness/remote"
	"actinit/harness/revision"
	"actinit/kernels"
	"actinit/reports/gate"
	"actinit/reports/runstore"
)

// defaultPairedBudget is how long a paired run goes on if --budget does not say.
const defaultPairedBudget = 2 * time.Minute

// An opponent is what --against names: the old side of a paired run.
type opponent struct {
	name   string // as the rows have it: "rev:1a2b3c4", "isa:avx2", "self"
	stored string // as --against has it when the run is resumed

	isa      string            // isa:NAME
	revision revision.Revision // rev:NAME and run:NAME
	slower   float64           // self:2%: the new side takes longer by this share

	old, new bench.Side // how they are started
}

// parseAgainst makes sense of --against, or says in one line what is wrong.
func (s *settings) parseAgainst(ctx context.Context) (*opponent, error) {
	kind, name, found := strings.Cut(s.against, ":")
	switch {
	case found && kind == "isa":
		if _, err := kernels.ParseISA(name); err != nil {
			return nil, fmt.Errorf("--against isa: %w", err)
		}
		if name == kernels.ISA() {
			return nil, fmt.Errorf("--against isa:%s is what this program uses now: nothing would differ; --against self tries the method", name)
		}
		return &opponent{name: s.against, stored: s.against, isa: name}, nil
	case kind == "self":
		share, err := percentage(name, found)
		if err != nil {
			return nil, fmt.Errorf("--against %s: want self, or self:2%% to have the new side made slower by so much", s.against)
		}
		return &opponent{name: "self", stored: s.against, slower: share}, nil
	case found && kind == "run":
		return s.ofRun(ctx, name)
	case found && kind == "rev":
		return ofRevision(ctx, name)
	}
	return ofRevision(ctx, s.against)
}

// percentage reads "2%"; nothing given is 0.
func percentage(text string, given bool) (float64, error) {
	if !given {
		return 0, nil
	}
	number, found := strings.CutSuffix(text, "%")
	share, err := strconv.ParseFloat(number, 64)
	if err != nil || !found || !(share > 0 && share <= 1000) {
		return 0, errors.New("no percentage")
	}
	return share / 100, nil
}

func ofRevision(ctx context.Context, name string) (*opponent, error) {
	r, err := revision.Resolve(ctx, ".", name)
	if err != nil {
		return nil, fmt.Errorf("--against: %w", err)
	}
	return &opponent{name: "rev:" + r.Short(), stored: "rev:" + r.Commit, revision: r}, nil
}

// ofRun is the commit of a stored run, which is built and timed anew: times of another day
// are no partners of today's.
func (s *settings) ofRun(ctx context.Context, id string) (*opponent, error) {
	run, err := runstore.Open(s.out, id)
	if err != nil {
		return nil, fmt.Errorf("--against run: %w", err)
	}
	env := run.Environment()
	switch {
	case env.Modified:
		return nil, fmt.Errorf("--against run:%s: it was made from changes that are in no commit, so that it cannot be built again; actinit compare %s holds its stored times against another run's", id, id)
	case env.Commit == "":
		return nil, fmt.Errorf("--against run:%s: it does not tell which commit it was made from; actinit compare %s holds its stored times against another run's", id, id)
	}
	return ofRevision(ctx, env.Commit)
}

// tellThresholds says which kernels of a paired run are not timed because the thresholds ignore them, and
// which thresholds are for none of its kernels.
func (s *settings) tellThresholds(stderr io.Writer) error {
	if !slices.Contains(s.stages, stagePairs) || s.gate.thresholds == nil {
		return nil
	}
	schedule, err := bench.PlanPaired(s.pairedOptions())
	if err != nil {
		return err
	}
	var subjects []gate.Subject
	for _, c := range slices.Concat(schedule.Cells, schedule.Ignored) {
		subjects = append(subjects, subjectOf(c))
	}
	if unused := s.gate.thresholds.Unused(subjects); unused != "" {
		fmt.Fprintln(stderr, "actinit: warning:", unused)
	}
	if n := len(schedule.Ignored); n > 0 && !s.quiet {
		fmt.Fprintf(stderr, "%s: %d of %d kernels are ignored, and not timed\n", s.gate.thresholdsFile, n, len(subjects))
	}
	return nil
}

// subjectOf is what is judged about a cell.
func subjectOf(c bench.Cell) gate.Subject {
	return gate.Subject{Kernel: c.Kernel, Workers: int64(c.Workers), N: int64(c.N), Mode: c.Mode}
}

// prepare says how the two sides are started; an old revision is built first.
func (s *settings) prepare(ctx context.Context, stderr io.Writer) error {
	self, err := os.Executable()
	if err != nil {
		return err
	}
	serve := func(name, program string, env []string, args ...string) bench.Side {
		return bench.Side{Name: name, Command: remote.Command{Name: name, Args: append([]string{program, "serve"}, args...), Env: env, CPU: s.pin}}
	}
	o := s.opponent
	switch {
	case o.isa != "":
		o.old = serve(o.name, self, []string{kernels.ISAVariable + "=" + o.isa})
		o.new = serve("isa:"+kernels.ISA(), self, []string{kernels.ISAVariable + "=" + kernels.ISA()})
	case o.revision.Commit != "":
		program, err := o.revision.Build(ctx, func() {
			if !s.quiet {
				fmt.Fprintf(stderr, "building %s, a minute or two\n", o.name)
			}
		})
		if err != nil {
			return fmt.Errorf("--against %s: %w", s.against, err)
		}
		o.old, o.new = serve(o.name, program, nil), serve("now", self, nil)
		asked, err := remote.Start(ctx, o.old.Command)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			return fmt.Errorf("--against %s: %w; revisions from before actinit could serve in paired runs have no part in them: hold stored runs against each other with actinit compare", s.against, err)
		}
		asked.Close()
	case o.slower > 0:
		o.old, o.new = serve(o.name, self, nil), serve(s.against, self, nil, "--slower", strconv.FormatFloat(o.slower, 'g', -1, 64))
	default:
		o.old, o.new = serve(o.name, self, nil), serve("self again", self, nil)
	}
	return nil
}
