package cli

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

var update = flag.Bool("update", false, "write the golden files again")

// invoke runs a command line as the program would.
func invoke(ctx context.Context, args ...string) (status int, stdout, stderr string) {
	var out, err bytes.Buffer
	status = Run(ctx, args, &out, &err)
	return status, out.String(), err.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name+".golden")
	if *update {
		if err := os.MkdirAll("testdata", 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(got), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s differs (go test ./harness/cli -update writes it again):\n%s", path, diff)
	}
}

func TestHelp(t *testing.T) {
	for _, args := range [][]string{
		{}, {"bench"}, {"doctor"}, {"verify"}, {"layers"}, {"reproduce"}, {"compare"}, {"baseline"}, {"baseline", "save"}, {"baseline", "list"}, {"baseline", "delete"}, {"history"}, {"export"}, {"report"}, {"init"}, {"list"}, {"data"}, {"data", "convert"}, {"data", "describe"}, {"apply"},
		{"runs"}, {"runs", "show"}, {"runs", "merge"}, {"runs", "join"}, {"runs", "views"}, {"runs", "prune"}, {"serve"},
	} {
		name := strings.Join(append([]string{"help"}, args...), "-")
		t.Run(name, func(t *testing.T) {
			status, stdout, stderr := invoke(t.Context(), append(args, "-h")...)
			if status != ExitOK || stderr != "" {
				t.Errorf("status %d, stderr %q", status, stderr)
			}
			if !strings.Contains(stdout, "Examples:") {
				t.Error("the help text shows no example")
			}
			stdout = defaultWorkers.ReplaceAllString(stdout, "${1}CORES")
			golden(t, name, stdout)
		})
	}
}

// defaultWorkers is the part of the help text that depends on the machine.
var defaultWorkers = regexp.MustCompile(`(--workers int .*\(default )\d+`)

func TestListGolden(t *testing.T) {
	for _, what := range []string{"ops", "initializers", "gains"} {
		status, stdout, stderr := invoke(t.Context(), "list", what)
		if status != ExitOK || stderr != "" {
			t.Errorf("list %s: status %d, stderr %q", what, status, stderr)
		}
		golden(t, "list-"+what, stdout)
	}
	_, narrow, _ := invoke(t.Context(), "list")
	for line := range strings.Lines(narrow) {
		if utf8.RuneCountInString(strings.TrimSuffix(line, "\n")) > 80 {
			t.Errorf("list: no terminal of 80 columns has room for %q", line)
		}
	}
	status, wide, stderr := invoke(t.Context(), "list", "--wide")
	if status != ExitOK || stderr != "" {
		t.Errorf("list --wide: status %d, stderr %q", status, stderr)
	}
	golden(t, "list-ops-wide", wide)
	status, stdout, _ := invoke(t.Context(), "list", "kernels", "--json")
	var rows []map[string]string
	if err := json.Unmarshal([]byte(stdout), &rows); err != nil || status != ExitOK || len(rows) < 20 || rows[0]["op"] == "" {
		t.Errorf("list kernels --json: status %d, %v, %d rows", status, err, len(rows))
	}
}

// Everything a user can do wrong is one line on standard error, status 2, and
// leaves no run behind.
func TestBadUsage(t *testing.T) {
	dir := t.TempDir()
	runs := filepath.Join(dir, "runs")
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(content), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	ragged := file("ragged.csv", "a,b\n1,2\n3\n")
	foreign := file("foreign.parquet", "PAR1 this is no Parquet file PAR1")
	plain := file("plain", "")
	thresholds := file("thresholds.txt", "# ours\nop:tanh slower=2\n")
	netThresholds := file("nets.txt", "act:tanh slower=2%\n")
	digits := filepath.Join(dir, "digits.parquet")
	if status, _, stderr := invoke(t.Context(), "data", "convert", "digits", digits); status != ExitOK {
		t.Fatal(stderr)
	}
	for _, c := range []struct {
		args []string
		say  []string // must stand in the message
	}{
		{[]string{"frobnicate"}, []string{"frobnicate", "commands are advise, apply, baseline, bench, "}},
		{[]string{"verfy"}, []string{"verfy", "did you mean verify?"}},
		{[]string{"completion", "cmd"}, []string{"cmd", "bash"}},
		{[]string{"data", "covert"}, []string{"covert", "did you mean convert?", "describe"}},
		{[]string{"data", "convert", "digits"}, []string{"data convert IN OUT"}},
		{[]string{"help", "nope"}, []string{"nope", "commands are advise"}},
		{[]string{"help", "runs", "joined"}, []string{"joined", "did you mean join?"}},
		{[]string{"help", "runs", "join", "x"}, []string{"runs join has no command", "x"}},
		{[]string{"verify", "--nonsense"}, []string{"--nonsense", "actinit verify -h"}},
		{[]string{"bench", "--filer", "op:relu"}, []string{"--filer", "did you mean --filter?"}},
		{[]string{"apply", "a.csv", "b.csv", "--op", "tanh", "--colunm", "x"}, []string{"--colunm", "did you mean --column?"}},
		{[]string{"apply", "a.csv", "b.csv", "--op", "tahn"}, []string{"tahn", "did you mean tanh?"}},
		{[]string{"verify", "extra"}, []string{"extra", "usage: actinit verify [flags]"}},
		{[]string{"verify", "--filter", "type:float8"}, []string{"bfloat16, float16, float32, float64"}},
		{[]string{"verify", "--filter", "op:relu dir:slopegrad"}, []string{"op could be prelu", "dir could be backward, forward"}},
		{[]string{"layers", "--filter", "act:glu"}, []string{"there is no act \"glu\""}},
		{[]string{"verify", "--filter", "op:sigmod"}, []string{"sigmod", "sigmoid"}},
		{[]string{"verify", "--filter", "op:(sigmoid"}, []string{"--filter"}},
		{[]string{"verify", "--filter", "opp:sigmoid"}, []string{"opp", "op"}},
		{[]string{"verify", "--shard", "3/2"}, []string{"--shard", "3/2"}},
		{[]string{"verify", "--shard", "x"}, []string{"--shard"}},
		{[]string{"verify", "--workers", "0"}, []string{"--workers 0"}},
		{[]string{"verify", "--seed", "minus"}, []string{"minus"}},
		{[]string{"verify", "--filter", "op:tanh", "--input", "0xzz"}, []string{"0xzz"}},
		{[]string{"bench", "--sizes", "64,many"}, []string{"many"}},
		{[]string{"bench", "--sizes", "0"}, []string{"--sizes 0"}},
		{[]string{"bench", "--modes", "warm,lukewarm"}, []string{`--modes "lukewarm"`, "warm,cold,in-place"}},
		{[]string{"bench", "--samples", "3"}, []string{"--samples 3", "10"}},
		{[]string{"bench", "--stages", "verify,sleep"}, []string{"sleep"}},
		{[]string{"layers", "--filter", "init:heavy"}, []string{"heavy"}},
		{[]string{"init", "--spec", "nope.json", "--out", "w.npy"}, []string{"actinit: nope.json: there is no such file"}},
		{[]string{"diagnose", "--net", "nope.json", "--init", "kaiming", "--data", "digits"}, []string{"nope.json: there is no such file"}},
		{[]string{"verify", "--effort", "nan"}, []string{"--effort NaN"}},
		{[]string{"verify", "--exhaustive", "--effort", "17"}, []string{"--effort", "at most 16"}},
		{[]string{"layers", "--depth", "-1"}, []string{"--depth -1"}},
		{[]string{"bench", "--resume", "nothing"}, []string{"nothing"}},
		{[]string{"verify", "--filter", "op:relu", "--out", plain}, []string{plain}},
		{[]string{"compare", "--out", runs}, []string{runs}},
		{[]string{"compare", "missing.parquet", "other.parquet"}, []string{"missing.parquet"}},
		{[]string{"compare", foreign, foreign}, []string{foreign}},
		{[]string{"compare", digits, digits}, []string{digits}},
		{[]string{"export", "nothing", "--out", runs}, []string{"nothing"}},
		{[]string{"report", "nothing", "--out", runs}, []string{"nothing"}},
		{[]string{"list", "everything"}, []string{"everything", "ops, kernels, initializers, gains, experiments, curves"}},
		{[]string{"layers", "--grid", "act=tanj"}, []string{"--grid", "act=tanj", "no activation is called so"}},
		{[]string{"layers", "--grid", "act=tanh", "--depth", "3"}, []string{"--grid", "leave those out"}},
		{[]string{"layers", "--grid", "width=30000 depth=10000"}, []string{"weights, more than the 2147483648"}},
		{[]string{"reproduce", "relu-corelation"}, []string{"relu-corelation", "did you mean relu-correlation?"}},
		{[]string{"reproduce", "relu-correlation", "--seed", "-1"}, []string{"-1", "--seed", "want a whole number"}},
		{[]string{"reproduce", "relu-correlation", "--workers", "0"}, []string{"--workers 0"}},
		{[]string{"reproduce", "--resume", "nothing"}, []string{"nothing"}},
		{[]string{"bench", "--against", "self", "--shard", "1/2"}, []string{"--shard", "paired runs are not shared out"}},
		{[]string{"verify", "--filter", "op:relu", "--id", "a/b"}, []string{"--id", "a/b", "want up to"}},
		{[]string{"runs", "join", "nothing", "--out", runs}, []string{"nothing", runs}},
		{[]string{"list", "kernel"}, []string{"did you mean kernels?"}},
		{[]string{"verify", "--filter", "op:rely", "--shard", "900/1000"}, []string{"rely"}},
		{[]string{"verify", "--exhaustive", "--filter", "type:float16"}, []string{"--exhaustive", "float32"}},
		{[]string{"compare", "--threshold", "0"}, []string{"--threshold"}},
		{[]string{"compare", "--thresholds", thresholds}, []string{thresholds + ":2", "slower=2%"}},
		{[]string{"compare", "--thresholds", netThresholds}, []string{netThresholds + ":1", "act", "nets"}},
		{[]string{"compare", "--thresholds", filepath.Join(dir, "missing.txt")}, []string{"missing.txt"}},
		{[]string{"compare", "--junit", filepath.Join(dir, "none", "x.xml")}, []string{"--junit", filepath.Join(dir, "none")}},
		{[]string{"bench", "--github"}, []string{"--github needs --against"}},
		{[]string{"bench", "--against", "self", "--thresholds", thresholds}, []string{thresholds + ":2"}},
		{[]string{"baseline", "save", "a/b", "--out", runs}, []string{runs}},
		{[]string{"baseline", "save", "--out", runs}, []string{"baseline save NAME [RUN]"}},
		{[]string{"baseline", "delete", "main", "--out", runs}, []string{"main", "there is none"}},
		{[]string{"baseline", "drop"}, []string{"drop", "delete, list, save"}},
		{[]string{"history", "--out", dir}, []string{dir, "no complete run"}},
		{[]string{"history", "--out", runs}, []string{runs, "no such folder"}},
		{[]string{"history", "nothing", "--out", runs}, []string{"nothing", "baseline"}},
		{[]string{"history", "--filter", "op:(x", "--out", runs}, []string{"--filter"}},
		{[]string{"history", "--effect", "0", "--out", runs}, []string{"--effect"}},
		{[]string{"bench", "--sizes", "4k"}, []string{"4k", "--sizes", "want a whole number"}},
		{[]string{"data", "describe", "digits", "--columns", "c1,c99"}, []string{"c99"}},
		{[]string{"data", "describe", "normal", "--columns", "uniform"}, []string{"normal", "uniform"}},
		{[]string{"data", "describe", filepath.Join(dir, "missing.csv")}, []string{"missing.csv"}},
		{[]string{"data", "describe", ragged}, []string{ragged, "3"}},
		{[]string{"data", "describe", foreign}, []string{foreign}},
		{[]string{"data", "convert", "digits", filepath.Join(dir, "digits.xyz")}, []string{"digits.xyz"}},
		{[]string{"data", "convert", "digits", filepath.Join(plain, "digits.csv")}, []string{"digits.csv"}},
		{[]string{"data", "convert", "normal", filepath.Join(dir, "n.csv"), "--rows", "0"}, []string{"--rows 0"}},
		{[]string{"data", "convert", "normal", filepath.Join(dir, "n.csv"), "--type", "int"}, []string{"--type", "int"}},
	} {
		t.Run(strings.Join(c.args, " "), func(t *testing.T) {
			args := c.args
			if (args[0] == "verify" || args[0] == "bench" || args[0] == "layers" || args[0] == "reproduce") && !strings.Contains(strings.Join(args, " "), "--out") {
				args = append(args, "--out", runs)
			}
			status, stdout, stderr := invoke(t.Context(), args...)
			if status != ExitUsage {
				t.Errorf("status %d, want %d", status, ExitUsage)
			}
			if strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "actinit: ") {
				t.Errorf("want one line on standard error, got %q", stderr)
			}
			for _, word := range c.say {
				if !strings.Contains(stderr, word) {
					t.Errorf("the message does not name %q: %s", word, stderr)
				}
			}
			if stdout != "" {
				t.Errorf("standard output: %q", stdout)
			}
		})
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{digits, foreign, netThresholds, plain, ragged, thresholds}, left); diff != "" {
		t.Errorf("files left behind:\n%s", diff)
	}
}

func TestISAMustBeThere(t *testing.T) {
	t.Setenv("ACTINIT_ISA", "mmx")
	status, _, stderr := invoke(t.Context(), "verify", "--filter", "op:relu", "--out", t.TempDir())
	if status != ExitUsage || !strings.Contains(stderr, "mmx") || !strings.Contains(stderr, "portable") {
		t.Errorf("status %d, %q", status, stderr)
	}
}

// small is a whole run that takes seconds.
func small(runs string) []string {
	return []string{"bench", "--quiet", "--out", runs, "--filter", "op:relu", "--sizes", "64", "--depth", "2", "--width", "32", "--batch", "16"}
}

// Verifying a fill draws from it, and stores and shows how its numbers are distributed.
func TestVerifyDraws(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	status, stdout, stderr := invoke(t.Context(), "verify", "--quiet", "--out", runs, "--filter", "op:normal dir:fill type:float32", "--effort", ".1")
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	for _, want := range []string{"distribution: 2,097,152 draws of 1 fills; 0 of 23 statistics deviate", "kurtosis", "2,097,152"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("standard output does not say %q:\n%s", want, stdout)
		}
	}
	entry, err := runstore.Latest(runs, runstore.FileDistribution)
	if err != nil {
		t.Fatal(err)
	}
	data, err := runstore.Load(entry.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(data.Distribution) != 24 {
		t.Errorf("%d rows, want 23 statistics and the counts", len(data.Distribution))
	}
	page, err := os.ReadFile(filepath.Join(entry.Dir, runstore.FileReport))
	if err != nil || !strings.Contains(string(page), `id="distribution"`) {
		t.Errorf("the report does not show the draws: %v", err)
	}

	// Kernels that are no fills draw nothing, and nothing is said of it.
	status, stdout, _ = invoke(t.Context(), "verify", "--quiet", "--out", runs, "--filter", "op:relu dir:forward type:float32", "--effort", ".01")
	if status != ExitOK || strings.Contains(stdout, "distribution") {
		t.Errorf("status %d\n%s", status, stdout)
	}
}

func TestWholeRun(t *testing.T) {
	runs := filepath.Join(t.TempDir(), "runs")
	status, stdout, stderr := invoke(t.Context(), small(runs)...)
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	for _, want := range []string{"seed 1", "0 wrong", "relu forward", "theory:", "report.html"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("standard output does not say %q:\n%s", want, stdout)
		}
	}
	entry, err := runstore.Latest(runs)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"environment.json", "accuracy.parquet", "bench.parquet", "bench.txt", "layers.parquet", "layers.arrow", "report.html"} {
		if info, err := os.Stat(filepath.Join(entry.Dir, name)); err != nil || info.Size() == 0 {
			t.Errorf("%s: %v", name, err)
		}
	}
	if !entry.Environment.Complete {
		t.Error("the run is not marked as complete")
	}
	if _, err := os.Stat(filepath.Join(entry.Dir, "parts")); err == nil {
		t.Error("a complete run keeps its parts")
	}

	// A second run is compared with the first; export and report read it back.
	if status, stdout, stderr = invoke(t.Context(), small(runs)...); status != ExitOK {
		t.Fatalf("second run: status %d, %s", status, stderr)
	}
	if !strings.Contains(stdout, "\ncompare  actinit compare ") || !strings.Contains(stdout, "\nor       go tool benchstat -ignore") {
		t.Errorf("no command to compare with the run before:\n%s", stdout)
	}
	if status, _, stderr = invoke(t.Context(), "compare", "--out", runs, "--threshold", "100"); status != ExitOK {
		t.Errorf("compare: status %d, %s", status, stderr)
	}
	status, text, stderr := invoke(t.Context(), "export", entry.ID, "--out", runs)
	stored, err := os.ReadFile(filepath.Join(entry.Dir, "bench.txt"))
	if err != nil {
		t.Fatal(err)
	}
	if status != ExitOK || text != string(stored) {
		t.Errorf("export: status %d, %s; differs from bench.txt", status, stderr)
	}
	if status, stdout, stderr = invoke(t.Context(), "report", entry.ID, "--out", runs); status != ExitOK || !strings.Contains(stdout, "report.html") {
		t.Errorf("report: status %d, %q, %s", status, stdout, stderr)
	}
	if status, stdout, _ = invoke(t.Context(), "runs", "list", "--out", runs); status != ExitOK || strings.Count(stdout, "complete") != 2 {
		t.Errorf("runs list: status %d\n%s", status, stdout)
	}
	merged := filepath.Join(t.TempDir(), "merged")
	for _, want := range []string{"2 runs: 12 files added", "2 runs: 0 files added"} { // of each run four tables, its environment and the list of them
		if status, stdout, stderr = invoke(t.Context(), "runs", "merge", merged, "--out", runs); status != ExitOK || !strings.HasPrefix(stdout, want) {
			t.Errorf("runs merge: status %d, %q, %s; want %s", status, stdout, stderr, want)
		}
	}
	if status, stdout, _ = invoke(t.Context(), "runs", "show", entry.ID, "--out", runs); status != ExitOK || !strings.Contains(stdout, "bench.parquet") || !strings.Contains(stdout, "complete") {
		t.Errorf("runs show: status %d\n%s", status, stdout)
	}
	if status, stdout, _ = invoke(t.Context(), "runs", "check", "--out", runs); status != ExitOK || stdout != "2 runs, 0 with something wrong\n" {
		t.Errorf("runs check: status %d\n%s", status, stdout)
	}
	if status, stdout, _ = invoke(t.Context(), "runs", "prune", "--keep", "1", "--out", runs); status != ExitOK || !strings.Contains(stdout, "would remove 1 of 2 runs; --yes does it") {
		t.Errorf("runs prune: status %d\n%s", status, stdout)
	}
	if status, _, stderr = invoke(t.Context(), "runs", "prune", "--out", runs); status != ExitUsage || !strings.Contains(stderr, "which runs may go?") {
		t.Errorf("runs prune without a rule: status %d, %s", status, stderr)
	}
	if status, _, stderr = invoke(t.Context(), "bench", "--resume", entry.ID, "--out", runs); status != ExitUsage || !strings.Contains(stderr, "complete") {
		t.Errorf("resuming a complete run: status %d, %q", status, stderr)
	}
}

// Stages run in their order, however they are named: timings are held against limits measured before.
func TestStagesOrder(t *testing.T) {
	var s settings
	if err := (stagesValue{&s}).Set("layers,bench,limits,verify,bench"); err != nil {
		t.Fatal(err)
	}
	if got := (stagesValue{&s}).String(); got != "verify,limits,bench,layers" {
		t.Error(got)
	}
}

// A filter may be meant for some of the stages only: the others have nothing to do.
func TestFilterForSomeStages(t *testing.T) {
	status, stdout, stderr := invoke(t.Context(), "bench", "--quiet", "--filter", "op:relu type:float16", "--out", t.TempDir())
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	for _, want := range []string{"bench: nothing matches", "layers: nothing matches", "0 wrong", "report.html"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("standard output does not say %q:\n%s", want, stdout)
		}
	}
	for filter, want := range map[string]string{"n:77": "n is one of 64, 4096", "act:glu": "no net matches", "type:float8": "bfloat16"} {
		status, _, stderr := invoke(t.Context(), "bench", "--quiet", "--filter", filter, "--out", t.TempDir())
		if status != ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("%s: status %d, %q", filter, status, stderr)
		}
	}
}

type fullDisk struct{}

func (fullDisk) Write([]byte) (int, error) { return 0, errors.New("no space left") }

// Output that could not be written is never taken for success.
func TestLostOutput(t *testing.T) {
	for _, args := range [][]string{{"list"}, {"list", "--json"}, {"list", "ops", "--markdown"}, {"data", "describe", "digits"}} {
		var stderr bytes.Buffer
		if status := Run(t.Context(), args, fullDisk{}, &stderr); status != ExitUsage || !strings.Contains(stderr.String(), "no space left") {
			t.Errorf("%v: status %d, %q", args, status, stderr.String())
		}
	}
}

// interruptedRuns runs a command that is interrupted as soon as its first unit is on the disk, and returns the folder of its run.
func interruptedRuns(t *testing.T, args []string) (runs string, status int, stderr string) {
	t.Helper()
	runs = filepath.Join(t.TempDir(), "runs")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		for ctx.Err() == nil {
			if parts, _ := filepath.Glob(filepath.Join(runs, "*", "parts", "*", "*.parquet")); len(parts) > 0 {
				cancel()
			}
			time.Sleep(time.Millisecond)
		}
	}()
	status, _, stderr = invoke(ctx, append(args, "--out", runs)...)
	return runs, status, stderr
}

// Ctrl-C leaves a readable run that can be resumed to the rows of a run that
// was never interrupted.
func TestInterruptAndResume(t *testing.T) {
	args := []string{"verify", "--quiet", "--filter", "op:(relu OR sigmoid) type:float32", "--seed", "5", "--workers", "1"}
	runs, status, stderr := interruptedRuns(t, args)
	for status == ExitOK { // on a busy machine it can end before its first unit is seen
		runs, status, stderr = interruptedRuns(t, args)
	}
	if status != ExitInterrupted || strings.Count(stderr, "\n") != 1 || !strings.Contains(stderr, "--resume") {
		t.Fatalf("interrupted: status %d, %q", status, stderr)
	}
	stopped, err := runstore.Latest(runs)
	if err != nil {
		t.Fatal(err)
	}
	if stopped.Environment.Complete {
		t.Error("the interrupted run is marked as complete")
	}
	if data, err := runstore.Load(stopped.Dir); err != nil || len(data.Accuracy) == 0 {
		t.Errorf("the interrupted run is not readable: %v", err)
	}
	if status, _, stderr = invoke(t.Context(), "verify", "--out", runs, "--resume", stopped.ID, "--seed", "6"); status != ExitUsage || !strings.Contains(stderr, "--seed") {
		t.Errorf("resuming with another seed: status %d, %q", status, stderr)
	}
	if status, _, stderr = invoke(t.Context(), "verify", "--quiet", "--out", runs, "--resume", stopped.ID); status != ExitOK {
		t.Fatalf("resumed: status %d, %q", status, stderr)
	}
	resumed, err := runstore.Load(stopped.Dir)
	if err != nil {
		t.Fatal(err)
	}
	other := filepath.Join(t.TempDir(), "runs")
	if status, _, stderr = invoke(t.Context(), append(args, "--out", other)...); status != ExitOK {
		t.Fatalf("uninterrupted: status %d, %q", status, stderr)
	}
	whole, err := runstore.Latest(other)
	if err != nil {
		t.Fatal(err)
	}
	want, err := runstore.Load(whole.Dir)
	if err != nil {
		t.Fatal(err)
	}
	strip := func(rows []result.Accuracy) []result.Accuracy {
		for i := range rows {
			rows[i].RunID, rows[i].Started, rows[i].Seconds = "", time.Time{}, 0
		}
		return rows
	}
	if diff := cmp.Diff(strip(want.Accuracy), strip(resumed.Accuracy), cmpopts.EquateNaNs()); diff != "" {
		t.Errorf("the resumed run has other rows:\n%s", diff)
	}
}
