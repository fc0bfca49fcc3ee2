package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"actinit/harness/reproduce"
	"actinit/harness/result"
)

// everyExperiment names all of them.
const everyExperiment = "all"

func newReproduce() *cobra.Command {
	s := &settings{command: string(stageReproduce), stages: stagesOf(string(stageReproduce))}
	var claims bool
	cmd := &cobra.Command{
		Use:   "reproduce [NAME ... | all]",
		Short: "repeat the papers' experiments and compare the numbers",
		Long: `Repeat experiments of the lecture and of its reading list, and print each number that is claimed, what was measured as
a mean over seeds with the interval they span, and whether the mean is within the tolerance that was stated before.
Without a name, list the experiments. The exit status is 1 if a claim does not agree.`,
		Example: `  actinit reproduce
  actinit reproduce he-2015-variance selu
  actinit reproduce all --seed 100
  actinit reproduce selu --claims`,
		Args: cobra.ArbitraryArgs,
		RunE: func(cmd *cobra.Command, names []string) error {
			w := cmd.OutOrStdout()
			if s.resume != "" {
				if len(names) > 0 {
					return fmt.Errorf("--resume goes on with the run's own experiments: leave out %s", strings.Join(names, " "))
				}
				resumed, err := s.resumed(cmd.Flags())
				if err != nil {
					return err
				}
				s = resumed
			} else {
				var err error
				if s.experiments, err = experimentsNamed(names); err != nil {
					return err
				}
				switch {
				case claims && len(names) == 0:
					listClaims(reproduce.All()).text(w)
					return nil
				case claims:
					listClaims(s.experiments).text(w)
					return nil
				case len(names) == 0:
					listExperiments().text(w)
					fmt.Fprintf(w, "\nactinit reproduce NAME runs one, actinit reproduce %s all of them.\n", everyExperiment)
					return nil
				}
			}
			if err := s.check(); err != nil {
				return err
			}
			return execute(cmd.Context(), s, storedArgs(cmd), w, cmd.ErrOrStderr())
		},
	}
	s.register(cmd.Flags())
	cmd.Flags().Lookup("workers").Usage = "goroutines; no result but times depends on their number"
	cmd.Flags().Lookup("seed").Usage = "first of the seeds of every experiment; it is stored with the run"
	cmd.Flags().BoolVar(&claims, "claims", false, "print what is claimed, with tolerances, and measure nothing")
	return cmd
}

// experimentsNamed returns the experiments of those names, each once, in the order of the list.
func experimentsNamed(names []string) ([]reproduce.Experiment, error) {
	all := reproduce.All()
	known := []string{everyExperiment}
	for _, x := range all {
		known = append(known, x.Name)
	}
	for _, name := range names {
		if !slices.Contains(known, name) {
			return nil, fmt.Errorf("no experiment is called %q%s; there are %s", name, didYouMean(name, known), strings.Join(known, ", "))
		}
	}
	if slices.Contains(names, everyExperiment) {
		return all, nil
	}
	return slices.DeleteFunc(all, func(x reproduce.Experiment) bool { return !slices.Contains(names, x.Name) }), nil
}

func listExperiments() *listing {
	l := &listing{header: []string{"experiment", "cost", "claims", "seeds", "paper", "about"}, right: map[int]bool{1: true, 2: true, 3: true}, wrap: map[int]int{4: 28, 5: 60}}
	for _, x := range reproduce.All() {
		l.add(x.Name, x.Cost.Round(time.Second).String(), strconv.Itoa(len(x.Claims)), strconv.Itoa(x.Seeds), x.Paper, x.About)
	}
	return l
}

// listClaims shows what is stated before anything is measured.
func listClaims(experiments []reproduce.Experiment) *listing {
	l := &listing{header: []string{"experiment", "claim", "published", "tolerance", "seeds", "source"}, right: map[int]bool{2: true, 3: true, 4: true}, wrap: map[int]int{1: 50, 5: 40}}
	for _, x := range experiments {
		for _, c := range x.Claims {
			l.add(x.Name, c.Statement, number(c.Published), c.Bounds(), strconv.Itoa(x.Seeds), c.Source)
		}
	}
	return l
}

// A claim is a row of the table as --json prints it. A number that is not finite is null.
type claim struct {
	Experiment string   `json:"experiment"`
	Paper      string   `json:"paper"`
	Statement  string   `json:"claim"`
	Source     string   `json:"source"`
	Published  float64  `json:"published"`
	Tolerance  string   `json:"tolerance"`
	Measured   *float64 `json:"measured"`
	Low        *float64 `json:"low"`
	High       *float64 `json:"high"`
	Seeds      int64    `json:"seeds"`
	Agrees     bool     `json:"agrees"`
}

func claimOf(r result.Claim) claim {
	return claim{r.Experiment, r.Paper, r.Statement, r.Source, r.Published, bounds(r), result.Finite(r.Measured), result.Finite(r.Low), result.Finite(r.High), r.Seeds, r.Agrees}
}

func bounds(r result.Claim) string {
	return reproduce.Claim{Published: r.Published, Relation: r.Relation, Tolerance: r.Tolerance}.Bounds()
}

// disagrees reports whether a paper's number was not reproduced.
func disagrees(r result.Claim) bool { return !r.Agrees }

// claimsInOrder returns the claims of a run in the order of the list of experiments.
func claimsInOrder(rows []result.Claim) []result.Claim {
	place := map[string]int{}
	for i, x := range reproduce.All() {
		place[x.Name] = i
	}
	rows = slices.Clone(rows)
	slices.SortStableFunc(rows, func(a, b result.Claim) int { return cmp.Compare(place[a.Experiment], place[b.Experiment]) })
	return rows
}

// summariseClaims prints the table of a run's claims.
func summariseClaims(w io.Writer, rows []result.Claim) {
	failed := slices.DeleteFunc(slices.Clone(rows), func(r result.Claim) bool { return r.Agrees })
	fmt.Fprintf(w, "\nreproduce: %s, %d agree, %d do not\n", plural(len(rows), "claim"), len(rows)-len(failed), len(failed))
	claimTable(claimsInOrder(rows)).text(w)
}

// claimTable has a line with name and paper above the claims of each experiment.
func claimTable(rows []result.Claim) *listing {
	l := &listing{header: []string{"experiment, claim", "published", "ours", "[low, high]", "seeds", "tolerance", "agrees"},
		right: map[int]bool{1: true, 2: true, 4: true, 5: true}}
	const width = 58 // of a claim's lines
	last := ""
	for _, r := range rows {
		if r.Experiment != last {
			last = r.Experiment
			l.add(fmt.Sprintf("%s: %s", r.Experiment, r.Paper), "", "", "", "", "", "")
		}
		agrees := "yes"
		if !r.Agrees {
			agrees = "NO"
		}
		l.add("  "+strings.ReplaceAll(text.WrapSoft(r.Statement, width), "\n", "\n  "), number(r.Published), fmt.Sprintf("%.5g", r.Measured),
			fmt.Sprintf("[%.4g, %.4g]", r.Low, r.High), strconv.FormatInt(r.Seeds, 10), bounds(r), agrees)
	}
	return l
}

// number has six digits: as many as the published ones.
func number(v float64) string { return strconv.FormatFloat(v, 'g', 6, 64) }
