package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"sync"

	"github.com/spf13/pflag"

	"actinit/datasets/atomicfile"
	"actinit/harness/bench"
	"actinit/harness/filter"
	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/reports/gate"
	"actinit/reports/paired"
)

// gateSettings are the flags of the commands that judge a comparison.
type gateSettings struct {
	thresholdsFile string
	junit          string
	github         bool

	thresholds *gate.Thresholds
}

func (g *gateSettings) register(fs *pflag.FlagSet) {
	fs.StringVar(&g.thresholdsFile, "thresholds", "", "`FILE` of thresholds per kernel, lines like: op:sigmoid n:4096 slower=2%")
	fs.StringVar(&g.junit, "junit", "", "`FILE` to write as JUnit XML: a test case for each kernel's time, and for each figure of its accuracy that is compared, failed where it regressed")
	fs.BoolVar(&g.github, "github", false, "print regressions as annotations of GitHub Actions")
}

// used tells the first of the flags that is given, "" if none.
func (g *gateSettings) used() string {
	switch {
	case g.thresholdsFile != "":
		return "--thresholds"
	case g.junit != "":
		return "--junit"
	case g.github:
		return "--github"
	}
	return ""
}

// check reads the thresholds and refuses a file that could not be written, before any work is done.
func (g *gateSettings) check() error {
	if g.junit != "" {
		if info, err := os.Stat(filepath.Dir(g.junit)); err != nil || !info.IsDir() {
			return fmt.Errorf("--junit %s: there is no folder %s", g.junit, filepath.Dir(g.junit))
		}
		if err := atomicfile.Check(g.junit); err != nil {
			return fmt.Errorf("--junit: %w", err)
		}
	}
	if g.thresholdsFile == "" {
		return nil
	}
	f, err := openFile(g.thresholdsFile)
	if err != nil {
		return fmt.Errorf("--thresholds: %w", err)
	}
	defer f.Close()
	g.thresholds, err = gate.ReadThresholds(g.thresholdsFile, f, thresholdFilter)
	return err
}

// thresholdFilter compiles a filter of a line of thresholds. Operations, directions, types and modes that do not
// exist are refused; variants and instruction sets may be another machine's or another library's.
func thresholdFilter(expr string) (func(gate.Subject) bool, error) {
	f, err := filter.Parse(expr)
	if err != nil {
		return nil, err
	}
	for _, key := range []string{filter.Act, filter.Init, filter.Data, filter.Depth, filter.Width} {
		if f.Uses(key) {
			return nil, fmt.Errorf("filter %q: %s is a key of nets, which have no thresholds", expr, key)
		}
	}
	known, err := knownKernels()
	if err != nil {
		return nil, err
	}
	if err := f.Known(known, filter.Op, filter.Dir, filter.Type, filter.Mode); err != nil {
		return nil, err
	}
	return func(s gate.Subject) bool {
		return f.Match(s.Kernel, filter.Int(filter.N, int(s.N)), filter.Int(filter.Workers, int(s.Workers)), filter.Setting{Key: filter.Mode, Value: s.Mode})
	}, nil
}

// knownKernels are all kernels that are verified or timed.
var knownKernels = sync.OnceValues(func() (*filter.Universe, error) {
	u := new(filter.Universe)
	schedule, err := bench.Plan(bench.Options{All: true, Modes: result.Modes(), Sizes: []int{4096}, Workers: []int{1}})
	if err != nil {
		return nil, err
	}
	for _, c := range schedule.Cells {
		u.Add(append(filter.Kernel(c.Kernel), filter.Setting{Key: filter.Mode, Value: c.Mode})...)
	}
	_, err = verify.Plan(verify.Options{Filter: func(k result.Kernel) bool {
		u.Add(filter.Kernel(k)...)
		return true
	}})
	return u, err
})

// ignored tells which cells of a paired run the thresholds ignore; nil if there are none.
func (g *gateSettings) ignored() func(bench.Cell) bool {
	if g.thresholds == nil {
		return nil
	}
	return func(c bench.Cell) bool { return g.thresholds.For(subjectOf(c), 1).Ignore }
}

// report tells CI systems what was found, and returns errFailed where something regressed, another error
// where nothing did, but not all was there to be compared.
// GitHub's annotations go to annotations: standard output, or standard error where that is JSON.
func (g *gateSettings) report(r *gate.Report, annotations io.Writer) error {
	if g.junit != "" {
		if err := atomicfile.Write(g.junit, r.WriteJUnit); err != nil {
			return fmt.Errorf("--junit: %w", err)
		}
	}
	if g.github {
		if err := r.WriteGitHub(annotations); err != nil {
			return err
		}
	}
	switch {
	case r.Failed():
		return errFailed
	case r.Partial != "":
		return errors.New("no pass: " + r.Partial)
	}
	return nil
}

// pairedOptions are the options by which a paired run is judged.
func (g *gateSettings) pairedOptions() paired.Options {
	return paired.Options{Thresholds: g.thresholds}
}

// undecided tells which cells of a paired run, by name, need more blocks. It looks again
// every paired.StepBlocks rounds; until then its answer stays.
func (g *gateSettings) undecided() func([]result.Pair) func(string) bool {
	var wanted map[string]bool
	next := 0
	return func(rows []result.Pair) func(string) bool {
		rounds := 0
		for _, row := range rows {
			rounds = max(rounds, int(row.Block)+1)
		}
		if wanted == nil || rounds >= next {
			wanted, next = map[string]bool{}, rounds+paired.StepBlocks
			// An error, of damaged rows, ends the run: Compare will say it.
			needs, _ := paired.NeedMore(rows, g.pairedOptions())
			for _, n := range needs {
				wanted[n.Name()] = true
			}
		}
		return func(name string) bool { return wanted[name] }
	}
}

// judgePairs judges a paired run. Without pairs there is none, and nothing to judge.
func (g *gateSettings) judgePairs(rows []result.Pair) (*paired.Comparison, error) {
	if len(rows) == 0 {
		return nil, nil
	}
	return paired.Compare(rows, g.pairedOptions())
}
