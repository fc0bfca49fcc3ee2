package cli

import (
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"actinit/reports/runstore"
)

func newRunsPrune() *cobra.Command {
	var root string
	var o runstore.PruneOptions
	var days days
	var yes bool
	cmd := &cobra.Command{
		Use:   "prune",
		Short: "remove old runs",
		Long: `Remove the runs that all given rules let go. Without --yes it only says which. Runs that baselines name stay, and so do
those that a process is writing, and those that are not complete and that another machine wrote last, less than a day ago: a process there may be writing them.

Shards count as no runs. Those of a joined run stay and go with it; its age is counted from when it was joined. Complete shards that are not joined yet
stay; only --older-than without --keep removes them, its days counted from when the last shard of their command began or ended.
What only these provisions keep is named.`,
		Example: `  actinit runs prune --keep 20
  actinit runs prune --older-than 90 --yes
  actinit runs prune --incomplete --yes`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if cmd.Flags().Changed("keep") && o.Keep < 1 {
				return fmt.Errorf("--keep %d: want at least 1", o.Keep)
			}
			if o.Keep == 0 && days == 0 && !o.Incomplete {
				return fmt.Errorf("which runs may go? want --keep, --older-than or --incomplete")
			}
			runs, err := listed(root)
			if err != nil {
				return err
			}
			if o.Protected, err = baselineRuns(root); err != nil {
				return err
			}
			o.Now, o.OlderThan = time.Now(), days.duration()
			gone, kept, err := runstore.Prunable(runs, o)
			if err != nil {
				return err
			}
			remains, err := runstore.Remains(root)
			if err != nil {
				return err
			}
			w := cmd.OutOrStdout()
			tellKept(w, kept)
			p := pruning{w: w, yes: yes}
			for _, dir := range remains {
				p.remove("what is left of a removal that was interrupted, "+dir, dir, func() error { return os.RemoveAll(dir) })
			}
			removed := 0
			for _, run := range gone {
				if p.remove(run.ID, run.Dir, func() error { return runstore.Remove(run) }) {
					removed++
				}
			}
			fmt.Fprintf(w, "%s %d of %s", p.verb(), removed, plural(len(runs), "run"))
			if !yes && len(gone)+len(remains) > 0 {
				fmt.Fprint(w, "; --yes does it")
			}
			fmt.Fprintln(w)
			return p.failure()
		},
	}
	cmd.Flags().StringVar(&root, "out", DefaultRuns, "folder that holds the runs")
	cmd.Flags().IntVar(&o.Keep, "keep", 0, "`number` of the newest complete runs to keep, shards not counted")
	cmd.Flags().Var(&days, "older-than", "remove only runs older than so many `days`")
	cmd.Flags().BoolVar(&o.Incomplete, "incomplete", false, "remove only runs that are not complete")
	cmd.Flags().BoolVar(&yes, "yes", false, "remove them")
	return cmd
}

// days is the flag --older-than.
type days int

func (d *days) Type() string { return "days" }

func (d *days) String() string { return strconv.Itoa(int(*d)) }

// duration is the longest there is, 292 years, where they are more.
func (d *days) duration() time.Duration {
	const day = 24 * time.Hour
	return time.Duration(min(int64(*d), int64(math.MaxInt64/day))) * day
}

func (d *days) Set(text string) error {
	n, err := strconv.Atoi(strings.TrimSuffix(text, "d"))
	if err != nil || n < 0 {
		return errors.New("want whole days, such as 90")
	}
	*d = days(n)
	return nil
}

// tellKept says which runs stay though the rules would let them go, a line for each reason.
func tellKept(w io.Writer, kept []runstore.Kept) {
	var reasons []string
	names := map[string][]string{}
	for _, k := range kept {
		if names[k.Why] == nil {
			reasons = append(reasons, k.Why)
		}
		names[k.Why] = append(names[k.Why], k.ID)
	}
	for _, why := range reasons {
		fmt.Fprintf(w, "kept %s: %s\n", someOf(names[why]), why)
	}
}

// A pruning removes folders, or only says which.
type pruning struct {
	w    io.Writer
	yes  bool
	errs []error // of what could not be removed, which keeps nothing else from it
}

func (p *pruning) verb() string {
	if p.yes {
		return "removed"
	}
	return "would remove"
}

// remove removes a folder, or would, and reports whether that went well.
func (p *pruning) remove(name, dir string, remove func() error) bool {
	what := sizeInWords(size(dir))
	if p.yes {
		if err := remove(); err != nil {
			p.errs = append(p.errs, err)
			return false
		}
	}
	fmt.Fprintf(p.w, "%s %s (%s)\n", p.verb(), name, what)
	return true
}

// failure says what could not be removed, once for all.
func (p *pruning) failure() error {
	switch len(p.errs) {
	case 0:
		return nil
	case 1:
		return p.errs[0]
	}
	return fmt.Errorf("%d folders could not be removed; the first: %w", len(p.errs), p.errs[0])
}

// baselineRuns returns the runs that baselines name, and which.
func baselineRuns(root string) (map[string]string, error) {
	baselines, err := runstore.Baselines(root)
	if err != nil {
		return nil, err
	}
	named := map[string]string{}
	for _, b := range baselines {
		named[b.RunID] = "baseline " + b.Name
	}
	return named, nil
}
