package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"actinit/harness/environment"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/reports/runstore"
)

// hostname returns the machine's name.
func hostname() string {
	host, err := os.Hostname()
	if err != nil {
		return "unknown"
	}
	return host
}

// identity is what the rows of this process begin with: those of the run, measured on this machine,
// which need not be the one where the run was begun.
func identity(run *runstore.Run) result.Identity {
	id := run.Identity()
	id.Host = hostname()
	return id
}

// open makes the folder of a new run, or opens the one to go on with, and locks it. A run that
// is complete already is not locked.
func (s *settings) open(args []string) (*runstore.Run, error) {
	if s.resume != "" {
		run, err := runstore.Open(s.out, s.resume)
		if err != nil {
			return nil, err
		}
		return run, run.Lock()
	}
	id := result.Identity{Host: hostname(), Started: time.Now().UTC().Truncate(time.Microsecond)}
	env := environment.Capture(id, args, s.seed, kernels.ISA())
	env.Libraries = servedLibraries(s.remote)
	if s.id == "" {
		return runstore.Create(s.out, id, env)
	}
	run, there, err := runstore.Begin(s.out, s.id, id, env)
	if err != nil || !there {
		return run, err
	}
	if err := s.continues(run, args); err != nil {
		return nil, errors.Join(err, run.Unlock())
	}
	s.resume = run.ID()
	return run, nil
}

// continues says why the command cannot go on with the run that --id names.
func (s *settings) continues(run *runstore.Run, args []string) error {
	if made := run.Environment().Command; !slices.Equal(made, args) {
		return fmt.Errorf("--id %s: that run was made by %s, not by %s: give another name", s.id, result.CommandLine(made), result.CommandLine(args))
	}
	return fits(run.Environment())
}

// fits says why this program on this machine cannot go on with a run.
func fits(env result.Environment) error {
	here := environment.Capture(result.Identity{}, nil, 0, kernels.ISA())
	timed := len(env.Command) > 0 && env.Command[0] == string(stageBench)
	switch {
	case !here.SameProgram(env):
		return fmt.Errorf("run %s was made from commit %s, this program from %s: their results do not belong in one run", env.RunID, env.Source(), here.Source())
	case env.ISA != here.ISA:
		return fmt.Errorf("run %s was made with %s kernels, this program has %s here: their results do not belong in one run; set %s=%s", env.RunID, env.ISA, here.ISA, kernels.ISAVariable, env.ISA)
	case len(env.Joined) > 0 && !env.Complete: // its rows are its shards'
		return fmt.Errorf("run %s is not joined to its end: actinit runs join makes it of its shards, with --id %[1]s", env.RunID)
	case !timed:
	case env.CPU != here.CPU:
		return fmt.Errorf("run %s was timed on %s, this machine is %s: their timings do not belong in one run", env.RunID, env.CPU, here.CPU)
	case !env.Complete && env.GOMAXPROCS != here.GOMAXPROCS: // what there is to time, and which shard has it, depends on it
		return fmt.Errorf("run %s was begun with %s, here there are %d: its work would be another; set GOMAXPROCS=%[4]d", env.RunID, plural(env.GOMAXPROCS, "CPU"), here.GOMAXPROCS, env.GOMAXPROCS)
	}
	return nil
}

// completed says that a run given by --id has nothing left to do, and shows and ends as it ended.
func (s *settings) completed(run *runstore.Run, stdout, stderr io.Writer) error {
	data, err := runstore.Load(run.Dir())
	if err != nil {
		return err
	}
	if !s.json {
		fmt.Fprintf(stdout, "run %s is complete: nothing is left to do\n", run.ID())
	}
	return s.outcome(run, data, stdout, stderr)
}
