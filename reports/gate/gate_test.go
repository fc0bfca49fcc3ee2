package gate

import (
	"encoding/json"
	"encoding/xml"
	"fmt"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"actinit/harness/result"
)

// Holm's correction never makes p smaller, keeps the order, and is Bonferroni's
// for the smallest.
func TestHolm(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		ps := rapid.SliceOfN(rapid.Float64Range(0, 1), 1, 20).Draw(t, "p")
		corrected := Holm(ps)
		smallest := slices.Index(ps, slices.Min(ps))
		if got, want := corrected[smallest], min(1, ps[smallest]*float64(len(ps))); got != want {
			t.Errorf("smallest: %v, want %v", got, want)
		}
		for i := range ps {
			if corrected[i] < ps[i] || corrected[i] > 1 {
				t.Errorf("%v becomes %v", ps[i], corrected[i])
			}
			for j := range ps {
				if ps[i] < ps[j] && corrected[i] > corrected[j] {
					t.Errorf("%v and %v become %v and %v", ps[i], ps[j], corrected[i], corrected[j])
				}
			}
		}
	})
	if got := fmt.Sprint(Holm([]float64{.04, .01, .03})); got != "[0.06 0.03 0.06]" { // R: p.adjust(c(.04, .01, .03), "holm")
		t.Errorf("Holm: %s", got)
	}
}

func TestJudge(t *testing.T) {
	inf := Number(math.Inf(1))
	for name, c := range map[string]struct {
		row  Row
		want Verdict
	}{
		"slower":                    {Row{Delta: .03, Low: .02, High: .04, P: .001, Threshold: .01}, Regressed},
		"faster":                    {Row{Delta: -.03, Low: -.04, High: -.02, P: .001, Threshold: .01}, Improved},
		"below the threshold":       {Row{Delta: .03, Low: .02, High: .04, P: .001, Threshold: .05}, Same},
		"below the floor":           {Row{Delta: .03, Low: .02, High: .04, P: .001, Threshold: .01, Floor: .05}, Undecided},
		"chance":                    {Row{Delta: .03, Low: -.02, High: .08, P: .1, Threshold: .01}, Undecided},
		"too few samples":           {Row{Delta: .03, Low: -1, High: inf, P: .1, Threshold: .01}, Undecided},
		"half as much again":        {Row{Delta: .5, Low: .4, High: .6, P: .001, Threshold: .45}, Regressed},
		"a third less, the inverse": {Row{Delta: -1. / 3, Low: -.4, High: -.3, P: .001, Threshold: .45}, Improved},
		"ignored":                   {Row{Delta: .03, Low: .02, High: .04, P: .001, Threshold: .01, Verdict: Ignored}, Ignored},
	} {
		row := c.row
		Judge([]*Row{&row}, .05)
		if row.Verdict != c.want {
			t.Errorf("%s: %s, want %s", name, row.Verdict, c.want)
		}
	}
	// What is ignored does not make p larger for the others.
	a, b := Row{Delta: .03, Low: .02, High: .04, P: .03, Threshold: .01}, Row{Verdict: Ignored, P: 1}
	if Judge([]*Row{&a, &b}, .05); a.Verdict != Regressed {
		t.Errorf("beside an ignored row: %+v", a)
	}
}

func TestNumber(t *testing.T) {
	got, err := json.Marshal([]Number{1.5, Number(math.NaN()), Number(math.Inf(-1))})
	if err != nil || string(got) != "[1.5,null,null]" {
		t.Errorf("%s, %v", got, err)
	}
}

func report(regressions int) *Report {
	r := &Report{Title: "actinit compare a:b, c", Warnings: []string{"a <warning>"}}
	for i := range regressions {
		r.Cases = append(r.Cases, Case{Name: fmt.Sprintf("Kernel/op=op%d", i), Unit: UnitTime, Verdict: Regressed, Size: Number(i), Message: fmt.Sprintf("slower by %d%%,\r\nsee: \x01 ]]> & \"this\"", i)})
	}
	r.Cases = append(r.Cases, Case{Name: "Kernel/op=same", Unit: UnitMaxULP, Verdict: Same, Message: "fine"},
		Case{Name: "Kernel/op=ignored", Unit: UnitTime, Verdict: Ignored, Message: "ignored"})
	return r
}

func TestGitHub(t *testing.T) {
	var b strings.Builder
	if err := report(1).WriteGitHub(&b); err != nil {
		t.Fatal(err)
	}
	want := "::error title=regression%3A Kernel/op=op0::ns/elem: slower by 0%25,%0D%0Asee: \x01 ]]> & \"this\"\n" +
		"::notice title=actinit compare a%3Ab%2C c::1 regressed, 0 improved, 1 the same, 0 undecided, 1 ignored, of 2 times and 1 figure of accuracy\n"
	if b.String() != want {
		t.Errorf("got\n%s\nwant\n%s", b.String(), want)
	}
	b.Reset()
	if err := report(13).WriteGitHub(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != MaxAnnotations+1 || !strings.Contains(lines[0], "op12") || !strings.Contains(lines[10], "the 10 largest regressions are shown, 3 are not") {
		t.Errorf("13 regressions:\n%s", b.String())
	}
	b.Reset()
	if err := report(0).WriteGitHub(&b); err != nil || strings.Contains(b.String(), "::error") {
		t.Errorf("%v, no regressions:\n%s", err, b.String())
	}
	b.Reset()
	partial := report(0)
	partial.Partial = "half a run"
	if err := partial.WriteGitHub(&b); err != nil || !strings.HasPrefix(b.String(), "::error title=no pass::half a run\n") {
		t.Errorf("%v, half a run:\n%s", err, b.String())
	}
}

// The file is read back with structures of its own.
func TestJUnit(t *testing.T) {
	var b strings.Builder
	if err := report(2).WriteJUnit(&b); err != nil {
		t.Fatal(err)
	}
	type message struct {
		Message string `xml:"message,attr"`
	}
	var read struct {
		XMLName xml.Name
		Suite   []struct {
			Name     string `xml:"name,attr"`
			Tests    int    `xml:"tests,attr"`
			Failures int    `xml:"failures,attr"`
			Skipped  int    `xml:"skipped,attr"`
			Out      string `xml:"system-out"`
			Case     []struct {
				Class   string   `xml:"classname,attr"`
				Name    string   `xml:"name,attr"`
				Failure *message `xml:"failure"`
				Skipped *message `xml:"skipped"`
				Out     string   `xml:"system-out"`
			} `xml:"testcase"`
		} `xml:"testsuite"`
	}
	if err := xml.Unmarshal([]byte(b.String()), &read); err != nil {
		t.Fatalf("%v\n%s", err, b.String())
	}
	if read.XMLName.Local != "testsuites" || len(read.Suite) != 1 {
		t.Fatalf("%+v", read)
	}
	s := read.Suite[0]
	if s.Name != "actinit compare a:b, c" || s.Tests != 4 || s.Failures != 2 || s.Skipped != 1 || len(s.Case) != 4 || !strings.Contains(s.Out, "a <warning>") {
		t.Errorf("%+v", s)
	}
	if c := s.Case[1]; c.Class != "Kernel/op=op1" || c.Name != UnitTime || c.Failure == nil || c.Failure.Message != "slower by 1%,\r\nsee: \uFFFD ]]> & \"this\"" {
		t.Errorf("%+v", c)
	}
	if c := s.Case[2]; c.Failure != nil || c.Skipped != nil || c.Out != "same: fine" {
		t.Errorf("%+v", c)
	}
	if c := s.Case[3]; c.Skipped == nil || c.Failure != nil {
		t.Errorf("%+v", c)
	}
}

// A threshold file of the package's example, by a filter that compares the operation only.
func byOp(expr string) (func(Subject) bool, error) {
	if strings.Contains(expr, "bad") {
		return nil, fmt.Errorf("filter %q: is bad", expr)
	}
	return func(s Subject) bool { return expr == "*" || expr == "op:"+s.Op }, nil
}

func subject(op string) Subject { return Subject{Kernel: result.Kernel{Op: op}} }

func TestThresholds(t *testing.T) {
	const text = `# comment
op:softmax ignore
op:tanh	slower=2%  # of time
op:tanh slower=90%
  op:elu throughput=20% max_ulp=.25 misrounded=0.1%

op:relu max_ulp=1
op:gelu throughput=50% slower=3%
* slower=7.5%`
	thresholds, err := ReadThresholds("t.txt", strings.NewReader(text), byOp)
	if err != nil {
		t.Fatal(err)
	}
	for op, want := range map[string]Limits{
		"softmax": {Slower: .05, Ignore: true},
		"tanh":    {Slower: .02},
		"elu":     {Slower: .25, MaxULP: .25, Misrounded: .001},
		"relu":    {Slower: .05, MaxULP: 1},
		"gelu":    {Slower: .03},
		"swish":   {Slower: .075},
	} {
		got := thresholds.For(subject(op), .05)
		if math.Abs(got.Slower-want.Slower) > 1e-12 || got.MaxULP != want.MaxULP || math.Abs(got.Misrounded-want.Misrounded) > 1e-15 || got.Ignore != want.Ignore {
			t.Errorf("%s: %+v, want %+v", op, got, want)
		}
	}
	if got := (*Thresholds)(nil).For(subject("tanh"), .05); got != (Limits{Slower: .05}) {
		t.Errorf("without a file: %+v", got)
	}
}

func TestThresholdErrors(t *testing.T) {
	for line, want := range map[string]string{
		"op:tanh":                           `t.txt:2: "op:tanh" sets nothing: write a filter and then settings`,
		"slower=2%":                         `t.txt:2: "slower=2%" has no filter`,
		"op:tanh slower=2":                  "t.txt:2: slower=2: want a share in per cent, such as slower=2%",
		"op:tanh slower=-2%":                "slower=-2%: want a share",
		"op:tanh slower=NaN%":               "slower=NaN%: want a share",
		"op:tanh slower=Inf%":               "slower=Inf%: want a share",
		"op:tanh slower=0%":                 "want more than 0",
		"op:tanh throughput=100%":           "it cannot fall by more than 100%",
		"op:tanh max_ulp=x":                 "max_ulp=x: want a growth in ULP",
		"op:tanh max_ulp=-1":                "max_ulp=-1: want a growth in ULP",
		"op:tanh faster=2%":                 `unknown setting "faster"; settings are slower=..., throughput=..., max_ulp=..., misrounded=..., and ignore`,
		"op:tanh slower=2% slower=3%":       "slower is set twice",
		"op:tanh ignore slower=3%":          "ignore stands alone",
		"bad slower=3%":                     `t.txt:2: filter "bad": is bad`,
		strings.Repeat("x", 1<<17) + " a=b": "t.txt:2: the line is too long",
		strings.Repeat("* ignore\n", 1<<17): "t.txt: longer than 1048576 bytes",
	} {
		_, err := ReadThresholds("t.txt", strings.NewReader("# first\n"+line), byOp)
		if err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: error %v, want %s", line, err, want)
		}
	}
}

// FuzzThresholds looks for panics, errors of several lines or without the line's number, and
// limits out of range.
func FuzzThresholds(f *testing.F) {
	for _, seed := range []string{"", "* ignore", "op:x slower=2% max_ulp=.1 # c", "op:x throughput=99.9%", "a=b=c", "\x00 misrounded=1%", "* slower=1e308%", "op:(a OR b) n:/4=/ slower=1e-320%", "#", " \t\r"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		thresholds, err := ReadThresholds("t.txt", strings.NewReader(text), func(expr string) (func(Subject) bool, error) {
			if expr == "" || expr != strings.TrimSpace(expr) {
				t.Errorf("filter %q", expr)
			}
			return func(Subject) bool { return true }, nil
		})
		if err != nil {
			if strings.Contains(err.Error(), "\n") && !strings.Contains(text, "\r") || !strings.HasPrefix(err.Error(), "t.txt:") {
				t.Errorf("error %q", err)
			}
			return
		}
		limits := thresholds.For(subject("x"), .05)
		if !(limits.Slower >= 0) || !(limits.MaxULP >= 0) || !(limits.Misrounded >= 0) || math.IsInf(limits.MaxULP, 0) {
			t.Errorf("%q: %+v", text, limits)
		}
	})
}

func ExampleThresholds_For() {
	thresholds, err := ReadThresholds("thresholds.txt", strings.NewReader("op:tanh slower=2%\n* slower=5%"), byOp)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(thresholds.For(subject("tanh"), .01).Slower, thresholds.For(subject("elu"), .01).Slower)
	// Output: 0.02 0.05
}

// Lines that count for nothing are named, with the reason.
func TestUnusedThresholds(t *testing.T) {
	byOp := func(expr string) (func(Subject) bool, error) {
		return func(s Subject) bool { return expr == "*" || expr == "op:"+s.Op }, nil
	}
	of := func(ops ...string) (subjects []Subject) {
		for _, op := range ops {
			subjects = append(subjects, Subject{Kernel: result.Kernel{Op: op}})
		}
		return subjects
	}
	for text, want := range map[string]string{
		"op:elu ignore\n* slower=2%":                     "",
		"# a comment\n\nop:elo ignore\nop:elu slower=2%": "f: 1 of 2 lines count for nothing that is compared: line 3 (op:elo) matches no kernel",
		"* slower=2%\nop:elu ignore\nop:elo ignore":      "f: 2 of 3 lines count for nothing that is compared: line 2 (op:elu) comes after lines that match the same kernels, line 3 (op:elo) matches no kernel",
		"": "",
	} {
		thresholds, err := ReadThresholds("f", strings.NewReader(text), byOp)
		if err != nil {
			t.Fatal(err)
		}
		if got := thresholds.Unused(of("elu", "tanh")); got != want {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
	if got := (*Thresholds)(nil).Unused(of("elu")); got != "" {
		t.Errorf("no file: %q", got)
	}
}
