package cli

import (
	"encoding/json"
	"encoding/xml"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/paired"
	"actinit/reports/runstore"
)

// storeRun makes a complete run of two kernels, whose times are multiplied by factor, and
// returns its ID. The accuracy's largest error is maxULP.
func storeRun(t *testing.T, root string, day int, factor, maxULP float64, nan int64) string {
	t.Helper()
	return store(t, root, day, factor, maxULP, nan, true)
}

// store is storeRun for runs that may also have been stopped before they were complete.
func store(t *testing.T, root string, day int, factor, maxULP float64, nan int64, complete bool) string {
	t.Helper()
	id := result.Identity{Host: "box", Started: time.Date(2026, 1, day, 0, 0, 0, 0, time.UTC)}
	run, err := runstore.Create(root, id, result.Environment{Commit: "1a2b3c4d", Seed: 1})
	if err != nil {
		t.Fatal(err)
	}
	var rows []result.Bench
	for _, op := range []string{"sigmoid", "tanh"} {
		for sample := range int64(12) {
			ns := factor * (.25 + .0005*float64((sample*7+int64(day))%12))
			if op == "tanh" {
				ns = .5 + .001*float64((sample*5+int64(day)*7)%12)
			}
			rows = append(rows, result.Bench{RunID: run.ID(), Host: id.Host, Started: id.Started, Day: id.Started.Format(time.DateOnly), Op: op, Direction: "forward", Type: "float32", Variant: "avx2", ISA: "avx2",
				Workers: 1, N: 4096, Mode: result.Warm, Sample: sample, Iterations: 1, NsPerOp: ns * 4096, NsPerElem: ns, ElapsedNs: int64(ns * 4096), BytesPerOp: 32768, BytesPerS: 8e9 / ns})
		}
	}
	accuracy := result.Accuracy{RunID: run.ID(), Host: id.Host, Started: id.Started, Day: id.Started.Format(time.DateOnly), Op: "tanh", Direction: "forward", Type: "float32", Variant: "avx2", ISA: "avx2",
		Inputs: 100, Compared: 100, CorrectlyRounded: 99, MaxULP: maxULP, NaNDisagree: nan, Histogram: make([]int64, result.HistogramBins), Rounding: "faithful", BoundULP: 1, WorstInput: "0x3f800000"}
	if err := runstore.JournalOf[result.Bench](run, "bench").Save("all", rows); err != nil {
		t.Fatal(err)
	}
	if err := runstore.JournalOf[result.Accuracy](run, "verify").Save("all", []result.Accuracy{accuracy}); err != nil {
		t.Fatal(err)
	}
	if err := run.Finish(runstore.Options{Accuracy: func(rows []result.Accuracy) []result.Accuracy { return rows }}); err != nil {
		t.Fatal(err)
	}
	if complete {
		if err := run.Complete(); err != nil {
			t.Fatal(err)
		}
	}
	if err := run.Unlock(); err != nil {
		t.Fatal(err)
	}
	return run.ID()
}

// What regressed is exit status 1, in times and in accuracy, unless the thresholds allow it;
// and every output says the same.
func TestGate(t *testing.T) {
	dir := t.TempDir()
	root := filepath.Join(dir, "runs")
	storeRun(t, root, 1, 1, .6, 0)
	same := storeRun(t, root, 2, 1, .6, 0)
	slower := storeRun(t, root, 3, 1.2, .6, 0)
	wrong := storeRun(t, root, 4, 1, .7, 1)
	write := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if status, _, stderr := invoke(t.Context(), "baseline", "save", "main", "20260101T000000Z-1a2b3c4", "--out", root); status != ExitOK {
		t.Fatal(stderr)
	}
	for _, c := range []struct {
		args   []string
		status int
		say    string
	}{
		{[]string{"main", same}, ExitOK, "nothing regressed"},
		{[]string{"run:main", slower}, ExitFailed, "sigmoid forward"},
		{[]string{"main", slower, "--thresholds", write("lenient", "op:sigmoid slower=50%\n")}, ExitOK, "nothing regressed"},
		{[]string{"main", slower, "--thresholds", write("ignore", "n:4096 mode:warm workers:1 op:/^sig/ ignore\n")}, ExitOK, "ignored"},
		{[]string{"main", slower, "--thresholds", write("first", "op:sigmoid slower=10%\n* ignore\n")}, ExitFailed, "REGRESSED"},
		{[]string{"main", wrong}, ExitFailed, "NaN where the exact value is none, or none where it is: 1, before 0; worst input 0x3f800000"},
		{[]string{"main", wrong, "--thresholds", write("ulp", "* max_ulp=1 slower=10%")}, ExitFailed, "NaN where"},
		{[]string{"main", wrong, "--filter", "op:sigmoid"}, ExitOK, "nothing regressed"},
	} {
		junit := filepath.Join(dir, "junit.xml")
		args := append([]string{"compare", "--out", root, "--github", "--junit", junit}, c.args...)
		status, stdout, stderr := invoke(t.Context(), args...)
		if status != c.status || !strings.Contains(stdout, c.say) || stderr != "" {
			t.Errorf("%q: status %d, want %d, and %q; %s\n%s", c.args, status, c.status, c.say, stderr, stdout)
		}
		if failed := c.status == ExitFailed; failed != strings.Contains(stdout, "\n::error title=regression%3A Kernel/op=") {
			t.Errorf("%q: annotations\n%s", c.args, stdout)
		}
		var suites struct {
			Suite struct {
				Failures int `xml:"failures,attr"`
				Tests    int `xml:"tests,attr"`
			} `xml:"testsuite"`
		}
		file, err := os.ReadFile(junit)
		if err != nil {
			t.Fatal(err)
		}
		if err := xml.Unmarshal(file, &suites); err != nil || (suites.Suite.Failures > 0) != (c.status == ExitFailed) || suites.Suite.Tests == 0 {
			t.Errorf("%q: %v, JUnit\n%s", c.args, err, file)
		}
	}
	// A line that counts for nothing is told; one that names what does not exist is refused.
	for text, want := range map[string]struct {
		status int
		say    string
	}{
		"op:gelu ignore\n* slower=50%":             {ExitOK, "slip: 1 of 2 lines count for nothing that is compared: line 1 (op:gelu) matches no kernel"},
		"op:sigmoid n:4069 ignore\n* slower=50%":   {ExitOK, "line 1 (op:sigmoid n:4069) matches no kernel"},
		"* slower=50%\nop:tanh ignore":             {ExitOK, "line 2 (op:tanh) comes after lines that match the same kernels"},
		"* slower=50%\nop:sigmod ignore":           {ExitUsage, `slip:2: filter "op:sigmod": there is no op "sigmod" (did you mean op:sigmoid?)`},
		"dir:forwards slower=50%":                  {ExitUsage, `slip:1: filter "dir:forwards": there is no dir "forwards"`},
		"mode:clod slower=50%":                     {ExitUsage, `there is no mode "clod" (did you mean mode:cold?); mode is one of cold`},
		"dir:gradcheck ignore\nvariant:mkl ignore": {ExitFailed, "2 of 2 lines count for nothing"},
	} {
		status, stdout, stderr := invoke(t.Context(), "compare", "main", slower, "--out", root, "--thresholds", write("slip", text))
		if said := stdout + stderr; status != want.status || !strings.Contains(said, want.say) || status == ExitUsage && strings.Count(said, "\n") != 1 {
			t.Errorf("%q: status %d, want %d and %q:\n%s", text, status, want.status, want.say, said)
		}
	}
	// JSON stays JSON beside annotations.
	status, stdout, stderr := invoke(t.Context(), "compare", "--out", root, "--github", "--json", "main", slower)
	var c struct{ Rows []struct{ Verdict string } }
	if err := json.Unmarshal([]byte(stdout), &c); err != nil || status != ExitFailed || !strings.Contains(stderr, "::error") {
		t.Errorf("status %d, %v, %s", status, err, stderr)
	}
	// One name is compared with the newest run.
	if status, stdout, _ := invoke(t.Context(), "compare", "main", "--out", root); status != ExitFailed || !strings.Contains(stdout, wrong) {
		t.Errorf("status %d\n%s", status, stdout)
	}
}

func TestBaselineCommand(t *testing.T) {
	root := t.TempDir()
	first := storeRun(t, root, 1, 1, .6, 0)
	second := storeRun(t, root, 2, 1, .6, 0)
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"save", "main", first}, "main is run " + first + "\n"},
		{[]string{"save", "main"}, "main is run " + second + "; it was " + first + "\n"},
		{[]string{"save", "release-1", "main"}, "release-1 is run " + second + "\n"},
		{[]string{"delete", "main"}, "main is no baseline any more; its run stays\n"},
	} {
		if status, stdout, stderr := invoke(t.Context(), append([]string{"baseline", "--out", root}, c.args...)...); status != ExitOK || stdout != c.want {
			t.Errorf("%q: status %d, %q, %s", c.args, status, stdout, stderr)
		}
	}
	var listed []struct{ Baseline, Run string }
	_, stdout, _ := invoke(t.Context(), "baseline", "list", "--json", "--out", root)
	if err := json.Unmarshal([]byte(stdout), &listed); err != nil || len(listed) != 1 || listed[0].Baseline != "release-1" || listed[0].Run != second {
		t.Errorf("%v, %s", err, stdout)
	}
	if status, stdout, _ := invoke(t.Context(), "export", "release-1", "--out", root); status != ExitOK || !strings.Contains(stdout, "run: "+second) {
		t.Errorf("export of a baseline: status %d", status)
	}
}

func TestHistoryCommand(t *testing.T) {
	root := t.TempDir()
	changed := ""
	for day := 1; day <= 20; day++ {
		factor := 1.
		if day > 10 {
			factor = 1.2
		}
		id := storeRun(t, root, day, factor, .6, 0)
		if day == 11 {
			changed = id
		}
	}
	status, stdout, stderr := invoke(t.Context(), "history", "--out", root)
	if status != ExitOK || !strings.Contains(stdout, changed) || !strings.Contains(stdout, "sigmoid forward") || strings.Contains(stdout, "tanh") || !strings.Contains(stdout, "1 of 2 series over 20 runs changed") {
		t.Errorf("status %d, %s\n%s", status, stderr, stdout)
	}
	if _, stdout, _ := invoke(t.Context(), "history", "--out", root, "--all"); !strings.Contains(stdout, "tanh") {
		t.Errorf("--all:\n%s", stdout)
	}
	status, stdout, _ = invoke(t.Context(), "history", "--out", root, "--filter", "op:sigmoid", "--json")
	var h struct {
		Series []struct{ Changes []struct{ Run string } }
	}
	if err := json.Unmarshal([]byte(stdout), &h); err != nil || status != ExitOK || len(h.Series) != 1 || len(h.Series[0].Changes) != 1 || h.Series[0].Changes[0].Run != changed {
		t.Errorf("status %d, %v\n%s", status, err, stdout)
	}
	if status, _, stderr := invoke(t.Context(), "history", "--out", root, "--filter", "op:elu"); status != ExitUsage || !strings.Contains(stderr, "op:elu") {
		t.Errorf("a filter that selects nothing: status %d, %s", status, stderr)
	}
	if err := os.Truncate(filepath.Join(root, changed, runstore.FileBench), 100); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr = invoke(t.Context(), "history", "--out", root)
	if status != ExitOK || !strings.Contains(stdout, "over 19 runs") || !strings.HasPrefix(stderr, "actinit: left out: ") || !strings.Contains(stderr, changed) || strings.Count(stderr, "\n") != 1 {
		t.Errorf("with a damaged run: status %d, %s\n%s", status, stderr, stdout)
	}
	if status, _, stderr := invoke(t.Context(), "history", changed, "--out", root); status != ExitUsage || strings.Count(stderr, "\n") != 1 {
		t.Errorf("a damaged run that is named: status %d, %s", status, stderr)
	}
}

// Between two looks the answer stays, so that whether a kernel gets blocks does not follow
// each single one.
func TestUndecidedLooksInSteps(t *testing.T) {
	block := func(b int64, ratio float64) []result.Pair {
		row := result.Pair{Op: "tanh", Direction: "forward", Type: "float32", Variant: "avx2", Workers: 1, N: 4096, Comparison: result.Change, Block: b, First: "old", LogRatio: ratio}
		other := row
		other.Pair, other.First = 1, "new"
		return []result.Pair{row, other}
	}
	var rows []result.Pair
	for b := range int64(paired.FirstBlocks) {
		rows = append(rows, block(b, .3*float64(b%7-3))...)
	}
	undecided := new(gateSettings).undecided()
	name := rows[0].Name()
	if !undecided(rows)(name) {
		t.Error("a kernel of wide spread is decided")
	}
	quiet := rows[:0:0]
	for b := range int64(2 * paired.FirstBlocks) {
		quiet = append(quiet, block(b, .0001*float64(b%7))...)
		if b >= paired.FirstBlocks-1 {
			if want := int(b)+1 < paired.FirstBlocks+paired.StepBlocks; undecided(quiet)(name) != want {
				t.Errorf("after %d blocks: undecided %v", b+1, !want)
			}
		}
	}
	if undecided(quiet)("other") {
		t.Error("a kernel without pairs is undecided")
	}
}

// A run that is not complete is never compared without being named, and is no pass where it is.
func TestCompareUnfinishedRuns(t *testing.T) {
	root := t.TempDir()
	first := store(t, root, 1, 1, .6, 0, true)
	between := store(t, root, 2, 1, .6, 0, false)
	second := store(t, root, 3, 1, .6, 0, true)
	stopped, slower := store(t, root, 4, 1, .6, 0, false), store(t, root, 5, 1.2, .6, 0, false)
	xml := filepath.Join(t.TempDir(), "compare.xml")
	compare := func(args ...string) (int, string, string) {
		return invoke(t.Context(), append([]string{"compare", "--out", root, "--junit", xml}, args...)...)
	}
	status, stdout, stderr := compare()
	if newer := "not compared: " + slower + ", which is newer but unfinished"; !strings.Contains(stdout, "which is no pass: "+newer) || !strings.Contains(stderr, "actinit: no pass: "+newer) {
		t.Errorf("%q\n%s", stderr, stdout)
	}
	if text, err := os.ReadFile(xml); err != nil || !strings.Contains(string(text), `errors="1"`) {
		t.Errorf("JUnit: %v\n%s", err, text)
	}
	if status != ExitUsage || !strings.Contains(stdout, "old: "+filepath.Join(root, first)) || !strings.Contains(stdout, "new: "+filepath.Join(root, second)) {
		t.Errorf("status %d\n%s", status, stdout)
	}
	for _, want := range []string{"took the run " + second + " and none of 2 newer ones, each unfinished, such as " + slower, "took the run " + first + " and not " + between + ", which is newer but unfinished"} {
		if !strings.Contains(stderr, want) {
			t.Errorf("stderr %q, want %q", stderr, want)
		}
	}
	if status, stdout, _ := compare(first); status != ExitUsage || !strings.Contains(stdout, "new: "+filepath.Join(root, second)) {
		t.Errorf("against the first: status %d\n%s", status, stdout)
	}
	for _, named := range []string{second, filepath.Join(root, second), filepath.Join(root, second, runstore.FileBench)} { // as where the newer run was killed
		if status, stdout, stderr := compare(named); status != ExitUsage || stdout != "" || !strings.Contains(stderr, "is the newest complete run itself") {
			t.Errorf("the newest against itself: status %d, %q\n%s", status, stderr, stdout)
		}
	}
	for _, named := range []string{stopped, filepath.Join(root, stopped, runstore.FileBench)} {
		for _, args := range [][]string{{first, named}, {named, first}} {
			status, stdout, stderr := compare(args...)
			if status != ExitUsage || !strings.Contains(stdout, "which is no pass: unfinished run: ") || !strings.HasPrefix(stderr, "actinit: no pass: unfinished run: "+filepath.Join(root, stopped)) {
				t.Errorf("%v: status %d, %q\n%s", args, status, stderr, stdout)
			}
			if text, err := os.ReadFile(xml); err != nil || !strings.Contains(string(text), `errors="1"`) {
				t.Errorf("%v, JUnit: %v\n%s", args, err, text)
			}
		}
	}
	if status, _, stderr := compare(first, second); status != ExitOK || stderr != "" {
		t.Errorf("named: status %d, %q", status, stderr)
	}
	if status, _, _ := compare(first, slower); status != ExitFailed {
		t.Errorf("an unfinished run that is slower: status %d", status)
	}
	if status, _, stderr := invoke(t.Context(), "compare", "--out", root, "--json", first, stopped); status != ExitUsage || !strings.Contains(stderr, "no pass") {
		t.Errorf("JSON: status %d, %q", status, stderr)
	}

	only := t.TempDir()
	stopped = store(t, only, 1, 1, .6, 0, false)
	if status, _, stderr := invoke(t.Context(), "compare", "--out", only); status != ExitUsage || !strings.Contains(stderr, "only unfinished ones, such as "+stopped) {
		t.Errorf("only unfinished runs: status %d, %q", status, stderr)
	}
}

// A newer run that was killed before it had any table keeps a gate from passing by an older one; one that times nothing does not.
func TestCompareKilledRun(t *testing.T) {
	for _, c := range []struct {
		command []string
		status  int
	}{
		{[]string{"bench", "--filter=op:tanh"}, ExitUsage},
		{[]string{"bench", "--against=self"}, ExitOK},
		{[]string{"bench", "--stages=verify"}, ExitOK},
		{[]string{"layers"}, ExitOK},
	} {
		root := t.TempDir()
		first := store(t, root, 1, 1, .6, 0, true)
		store(t, root, 2, 1, .6, 0, true)
		killed, err := runstore.Create(root, result.Identity{Host: "box", Started: time.Now()}, result.Environment{Command: c.command})
		if err != nil {
			t.Fatal(err)
		}
		if err := killed.Unlock(); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{"compare"}, {"compare", first}} {
			status, stdout, stderr := invoke(t.Context(), append(args, "--out", root)...)
			if status != c.status || (status == ExitOK) != (stderr == "") || !strings.Contains(stderr+killed.ID(), killed.ID()) {
				t.Errorf("%q is killed, %v: status %d, want %d; %q\n%s", c.command, args, status, c.status, stderr, stdout)
			}
		}
	}
}

// A run whose environment is damaged, and that may be newer, keeps a gate from passing by an older one; a regression is one all the same.
func TestCompareBesideDamagedRun(t *testing.T) {
	for _, c := range []struct {
		times float64
		want  int
	}{{1, ExitUsage}, {1.2, ExitFailed}} {
		root := t.TempDir()
		first, second := store(t, root, 1, 1, .6, 0, true), store(t, root, 2, c.times, .6, 0, true)
		damaged := storeRun(t, root, 3, 1, .6, 0)
		if err := os.WriteFile(filepath.Join(root, damaged, runstore.FileEnvironment), []byte("{"), 0o666); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{{}, {first}} {
			status, stdout, stderr := invoke(t.Context(), append([]string{"compare", "--out", root}, args...)...)
			if status != c.want || !strings.HasPrefix(stderr, "actinit: took the run "+second+" and not "+damaged+", which is newer but damaged") {
				t.Errorf("%v: status %d, %q\n%s", args, status, stderr, stdout)
			}
			if told := strings.Contains(stderr, "\nactinit: no pass: not compared: "+damaged+", which may be newer but is damaged"); told != (c.want == ExitUsage) {
				t.Errorf("%v: %q", args, stderr)
			}
		}
		status, _, stderr := invoke(t.Context(), "compare", "--out", root, first, second)
		if (status == ExitOK) != (c.want == ExitUsage) || stderr != "" {
			t.Errorf("named: status %d, %q", status, stderr)
		}
	}
}
