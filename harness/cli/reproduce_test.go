package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"actinit/harness/reproduce"
	"actinit/harness/result"
	"actinit/reports/runstore"
)

// quick is an experiment without nets, whose second claim holds or not.
func quick(measured float64) reproduce.Experiment {
	x := reproduce.Experiment{Name: "quick", Paper: "Nobody 1999", About: "counts to three", Cost: time.Second, Seeds: 3, Claims: []reproduce.Claim{
		{Statement: "three, with words that go on beyond the end of a line of the table, as some claims do", Published: 3, Source: "page 1", Relation: reproduce.About, Tolerance: .01},
		{Statement: "at most a half", Published: .5, Source: "page 2", Relation: reproduce.AtMost},
	}}
	x.Run = func(_ context.Context, e *reproduce.Env) error {
		e.Measured(x.Claims[0], 2.99, 3, 3.01)
		e.Measured(x.Claims[1], measured, measured, measured)
		e.Point("figure", "quick", e.Seed, 1, 2)
		return nil
	}
	return x
}

// run executes an experiment as the command does.
func run(t *testing.T, x reproduce.Experiment, asJSON bool) (stdout string, data *runstore.Data, err error) {
	t.Helper()
	s := &settings{command: string(stageReproduce), stages: stagesOf(string(stageReproduce)), seed: 4, workers: 1, shardCount: 1, quiet: true, json: asJSON,
		out: filepath.Join(t.TempDir(), "runs"), experiments: []reproduce.Experiment{x}}
	var out, progress bytes.Buffer
	err = execute(t.Context(), s, []string{s.command, x.Name}, &out, &progress)
	entry, found := runstore.Latest(s.out, runstore.FileClaims, runstore.FileCurves, runstore.FileReport)
	if found != nil {
		t.Fatal(found)
	}
	if data, found = runstore.Load(entry.Dir); found != nil {
		t.Fatal(found)
	}
	return strings.ReplaceAll(out.String(), entry.Dir, "RUN"), data, err
}

func TestReproduceTable(t *testing.T) {
	stdout, data, err := run(t, quick(.25), false)
	if err != nil {
		t.Fatal(err)
	}
	_, table, _ := strings.Cut(stdout, "\n")
	golden(t, "reproduce", table)
	if len(data.Claims) != 2 || len(data.Curves) != 1 || !data.Environment.Complete || data.Environment.Seed != 4 || data.Curves[0].Seed != 4 {
		t.Errorf("%+v", data)
	}

	// One claim that does not agree makes the command fail, at the end.
	stdout, data, err = run(t, quick(.75), false)
	if !errors.Is(err, errFailed) || !strings.Contains(stdout, "2 claims, 1 agree, 1 do not") || !strings.Contains(stdout, "NO") {
		t.Errorf("%v\n%s", err, stdout)
	}
	if !data.Environment.Complete || data.Claims[1].Agrees {
		t.Errorf("%+v", data)
	}
}

func TestReproduceJSON(t *testing.T) {
	stdout, _, err := run(t, quick(.25), true)
	if err != nil {
		t.Fatal(err)
	}
	var o outcome
	if err := json.Unmarshal([]byte(stdout), &o); err != nil {
		t.Fatal(err)
	}
	half := .25
	want := claim{"quick", "Nobody 1999", "at most a half", "page 2", .5, "<= 0.5", &half, &half, &half, 3, true}
	if len(o.Claims) != 2 || o.Seed != 4 {
		t.Fatalf("%+v", o)
	}
	if diff := cmp.Diff(want, o.Claims[1]); diff != "" {
		t.Error(diff)
	}
}

// The flags and names of a run are stored, and an interrupted one goes on with them.
func TestReproduceResume(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	name := reproduce.All()[0].Name
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	status, _, stderr := invoke(ctx, "reproduce", name, "--quiet", "--seed", "3", "--out", runs)
	if status != ExitInterrupted || !strings.Contains(stderr, "actinit reproduce --resume") {
		t.Fatalf("status %d, %q", status, stderr)
	}
	entries, err := runstore.List(runs)
	if err != nil || len(entries) != 1 {
		t.Fatal(entries, err)
	}
	if diff := cmp.Diff([]string{"reproduce", name, "--seed=3"}, entries[0].Environment.Command); diff != "" {
		t.Errorf("stored command:\n%s", diff)
	}
	run, err := runstore.Open(runs, entries[0].ID)
	if err != nil {
		t.Fatal(err)
	}
	// The experiment is done, as far as the journal tells.
	id := run.Identity()
	row := result.Claim{RunID: id.RunID, Host: id.Host, Started: id.Started, Experiment: name, Relation: reproduce.About, Agrees: true}
	if err := runstore.JournalOf[result.Claim](run, "reproduce").Save(name+", seed 3", []result.Claim{row}); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := invoke(t.Context(), "reproduce", name, "--out", runs, "--resume", run.ID()); status != ExitUsage || !strings.Contains(stderr, "leave out "+name) {
		t.Errorf("resumed with a name: status %d, %q", status, stderr)
	}
	status, stdout, stderr := invoke(t.Context(), "reproduce", "--quiet", "--out", runs, "--resume", run.ID())
	if status != ExitOK || !strings.Contains(stdout, "1 claim, 1 agree") {
		t.Errorf("resumed: status %d, %q\n%s", status, stderr, stdout)
	}
}

// Without a name the command lists what there is, and makes no run.
func TestReproduceLists(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	for _, args := range [][]string{{"reproduce", "--out", runs}, {"reproduce", "--claims", "--out", runs}, {"list", "experiments"}} {
		status, stdout, stderr := invoke(t.Context(), args...)
		if status != ExitOK || stderr != "" {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
		for _, x := range reproduce.All() {
			if !strings.Contains(stdout, x.Name) {
				t.Errorf("%v does not name %s", args, x.Name)
			}
		}
	}
	first := reproduce.All()[0]
	if _, stdout, _ := invoke(t.Context(), "reproduce", first.Name, "--claims"); strings.Count(stdout, first.Name) != len(first.Claims) {
		t.Errorf("claims of %s:\n%s", first.Name, stdout)
	}
	if _, err := os.Stat(runs); err == nil {
		t.Error("a list made a folder")
	}
}
