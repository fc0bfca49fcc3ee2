package cli

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"slices"

	"github.com/spf13/cobra"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

func newJoin() *cobra.Command {
	var runs, id string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "join RUN...",
		Short: "make one run of all the shards of a command",
		Long: `Make one run of the runs of all shards, --shard 1/n to n/n, of one verify, layers or bench: what the same command
without --shard would have made. Each shard must be there once and complete, if without work, made from the same commit (of a
program that no commit tells: by the same executable) with the same flags on the same instruction set, and timings on the same processor. Runs are IDs or paths of folders.

Rows keep the host that measured them; environment.json lists the shards. The limits of a machine are what all its
shards have measured, one set for each machine, and every kernel is held against those of the machine that timed it. Kernels that one shard timed and
another found wrong lose their timings, as they would in one run, and are named.`,
		Example: `  actinit runs join reports/runs/sweep-*
  actinit runs join relu-1-of-2 relu-2-of-2 --id relu`,
		Args: cobra.MinimumNArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			var dirs []string
			for _, arg := range args {
				dir, err := runstore.Find(runs, arg)
				if err != nil {
					return err
				}
				dirs = append(dirs, dir)
			}
			return join(cmd.OutOrStdout(), cmd.ErrOrStderr(), dirs, runs, id, asJSON)
		},
	}
	cmd.Flags().StringVar(&runs, "out", DefaultRuns, "folder that holds the runs, and gets the joined one")
	cmd.Flags().StringVar(&id, "id", "", "`NAME` of the joined run; it is left as it is where it is complete, and shards are joined under one name only")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the outcome as JSON")
	return cmd
}

// join makes a run below root of the shards in dirs.
func join(stdout, stderr io.Writer, dirs []string, root, id string, asJSON bool) error {
	s := &settings{}
	data, err := runstore.Join(dirs, s.assembly())
	if err != nil {
		return err
	}
	if s, _, err = settingsOf(data.Environment); err != nil {
		return err
	}
	s.out, s.json = root, asJSON
	dropWrong(stdout, data, asJSON)
	run, err := openJoined(root, id, data.Environment)
	if err != nil {
		return err
	}
	if run.Environment().Complete {
		return s.completed(run, stdout, stderr)
	}
	defer run.Unlock()
	if !asJSON {
		fmt.Fprintf(stdout, "run %s: %s joined\n", run.ID(), plural(len(dirs), "shard"))
	}
	stored, err := conclude(run, func() error { return run.Fill(data, s.assembly()) }, true)
	if err != nil {
		return fmt.Errorf("%w; the shards are as they were: join them again", err)
	}
	return s.outcome(run, stored, stdout, stderr)
}

// openJoined makes the joined run, or opens the one that id names where it is of the same shards. Another one of them
// that is complete has the rows already.
func openJoined(root, id string, env result.Environment) (*runstore.Run, error) {
	others, err := runstore.JoinedOf(root, env.Joined)
	if err != nil {
		return nil, err
	}
	if len(others) > 0 && !slices.Contains(others, id) {
		return nil, fmt.Errorf("%s: it is joined of these shards already: remove that folder if they are to be joined anew", filepath.Join(root, others[0]))
	}
	identity := result.Identity{Host: env.Host, Started: env.Started}
	if id == "" {
		return runstore.Create(root, identity, env)
	}
	run, there, err := runstore.Begin(root, id, identity, env)
	if err == nil && there && !slices.Equal(run.Environment().Joined, env.Joined) {
		err = errors.Join(fmt.Errorf("--id %s: that run is not joined of these shards: give another name", id), run.Unlock())
	}
	return run, err
}

// dropWrong removes the timings of kernels that another shard found wrong, and says so.
func dropWrong(stdout io.Writer, data *runstore.Data, quiet bool) {
	wrong, said := wrongKernels(data), kernelSet{}
	data.Bench = slices.DeleteFunc(data.Bench, func(b result.Bench) bool {
		k := b.Kernel()
		if !wrong.has(k) {
			return false
		}
		if !said[k] && !quiet {
			fmt.Fprintf(stdout, "its timings are left out, because verification found it wrong: %s %s %s %s\n", k.Op, k.Direction, k.Type, k.Variant)
		}
		said[k] = true
		return true
	})
}
