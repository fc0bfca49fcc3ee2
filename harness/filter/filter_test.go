package filter

import (
	"fmt"
	"strings"
	"testing"

	"actinit/harness/result"
)

var sigmoid = result.Kernel{Op: "sigmoid", Direction: "forward", Type: "float32", Variant: "scalar", ISA: "portable"}

func ExampleFilter_Match() {
	f, err := Parse("op:(sigmoid OR tanh) isa:portable n:/^(64|4096)$/")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.Match(sigmoid, Int(N, 4096)))
	fmt.Println(f.Match(sigmoid, Int(N, 262144)))
	// Output:
	// true
	// false
}

func ExampleFilter_NoMatch() {
	var kernels Universe
	for _, op := range []string{"relu", "sigmoid", "tanh"} {
		kernels.Add(Setting{Op, op})
	}
	f, err := Parse("op:sigmod")
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(f.NoMatch("kernel", &kernels))
	// Output: no kernel matches "op:sigmod": there is no op "sigmod" (did you mean op:sigmoid?); op is one of relu, sigmoid, tanh
}

func TestMatch(t *testing.T) {
	for _, c := range []struct {
		expr string
		want bool
	}{
		{"", true},
		{"  ", true},
		{"*", true},
		{"op:sigmoid", true},
		{"op:sigmoi", false},
		{"-op:sigmoid", false},
		{"op:/^sig/", true},
		{"op:/a/", false},
		{"op:tanh OR type:float32", true},
		{"op:tanh type:float32", false},
		{`"op":"sigmoid"`, true},
		{"op:(tanh OR sigmoid) dir:forward isa:portable variant:scalar workers:1 n:64", true},
		{"n:4096", false},
		{"act:sigmoid", false},
		{"-(op:tanh OR n:4096)", true},
	} {
		f, err := Parse(c.expr)
		if err != nil {
			t.Errorf("Parse(%q): %v", c.expr, err)
			continue
		}
		if got := f.Match(sigmoid, Int(N, 64), Int(Workers, 1)); got != c.want {
			t.Errorf("%q matches: %v, want %v", c.expr, got, c.want)
		}
	}
	var none *Filter
	if !none.Match(sigmoid) || !none.MatchNet("tanh", "kaiming", "n01", 6, 512) {
		t.Error("the nil filter does not match everything")
	}
}

func TestMatchNet(t *testing.T) {
	f, err := Parse(`act:tanh init:"xavier (lecture)" data:n01 depth:6 width:4096`)
	if err != nil {
		t.Fatal(err)
	}
	if !f.MatchNet("tanh", "xavier (lecture)", "n01", 6, 4096) {
		t.Error("does not match the net it describes")
	}
	if f.MatchNet("tanh", "xavier (glorot)", "n01", 6, 4096) {
		t.Error("matches another initialiser")
	}
}

func TestParseErrors(t *testing.T) {
	for _, c := range []struct{ expr, want string }{
		{"operation:sigmoid", `filter "operation:sigmoid": unknown key "operation"; keys are op, dir,`},
		{"wokers:1", `unknown key "wokers" (did you mean workers?)`},
		{"/op:sigmoid", `unknown key "/op" (did you mean op?)`},
		{".name:x", `unknown key ".name"`},
		{".unit:x", `unknown key ".unit"`},
		{"(op:/x/ OR colour:(red OR /b[/]l/))", `unknown key "colour"`},
		{"op:(sigmoid", `filter "op:(sigmoid": value list must be separated by OR at character 12`},
		{"op:/(/", "missing close"},
		{"op:/[/", "missing close"},
		{"op", "expected key:value at character 1"},
		{".config:x", ".config"},
		{strings.Repeat("op:a ", 2000), "too long"},
	} {
		_, err := Parse(c.expr)
		if err == nil {
			t.Errorf("Parse(%q) gives no error", c.expr)
			continue
		}
		if !strings.Contains(err.Error(), c.want) {
			t.Errorf("Parse(%q):\n got %v\nwant %v", c.expr, err, c.want)
		}
		if strings.Contains(err.Error(), "\n") {
			t.Errorf("Parse(%q): more than one line: %q", c.expr, err)
		}
	}
}

func TestScan(t *testing.T) {
	got := fmt.Sprint(scan(`op:(a OR "b c" OR /d[/]|(e/f)/) AND -(n:/4/ OR "t\"ype" : ORder)`))
	want := "[{op a false} {op b c false} {op d[/]|(e/f) true} {n 4 true} {t\"ype ORder false}]"
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestUses(t *testing.T) {
	f, err := Parse("op:x -n:/4/")
	if err != nil {
		t.Fatal(err)
	}
	if !f.Uses(Op) || !f.Uses(N) || f.Uses(Type) {
		t.Error("Uses is wrong")
	}
}

func TestNoMatch(t *testing.T) {
	var u Universe
	for _, n := range []int{4096, 64} {
		u.Add(append(Kernel(sigmoid), Int(N, n))...)
	}
	for _, c := range []struct{ expr, want string }{
		{"n:100", `no kernel matches "n:100": there is no n "100"; n is one of 64, 4096`},
		{"act:relu", `no kernel matches "act:relu": a kernel has no act`},
		{"op:/^t/", `no kernel matches "op:/^t/": no single kernel has all of that; op is one of sigmoid`},
		{"-*", `no kernel matches "-*"`},
	} {
		f, err := Parse(c.expr)
		if err != nil {
			t.Fatal(err)
		}
		if got := f.NoMatch("kernel", &u).Error(); got != c.want {
			t.Errorf("got  %s\nwant %s", got, c.want)
		}
	}
}

// Of what does not go together, a message lists what would.
func TestNoMatchFits(t *testing.T) {
	var u Universe
	for i := range 20 {
		u.Add(Setting{Op, fmt.Sprint("op", i)}, Setting{Dir, "forward"}, Setting{Type, "float32"})
	}
	u.Add(Setting{Op, "prelu"}, Setting{Dir, "slopegrad"}, Setting{Type, "float32"})
	u.Add(Setting{Op, "prelu"}, Setting{Dir, "slopegrad"}, Setting{Type, "float64"})
	for _, c := range []struct{ expr, want string }{
		{"op:op3 dir:slopegrad", `no single kernel has all of that; op could be prelu; dir could be forward`},
		{"op:/3$/ dir:slopegrad", `no single kernel has all of that; op could be prelu; dir could be forward`},
		{"dir:forward type:float64", `no single kernel has all of that; dir could be slopegrad; type could be float32`},
		{"dir:forward type:float64 op:prelu", `no single kernel has all of that; dir could be slopegrad`},
		{"op:op3 type:float8", `there is no type "float8" (did you mean type:float32?); type is one of float32`},
		{"op:preluu", `there is no op "preluu" (did you mean op:prelu?)`},
		{"op:op3 -op:op3", `no single kernel has all of that`},
	} {
		f, err := Parse(c.expr)
		if err != nil {
			t.Fatal(err)
		}
		want := fmt.Sprintf("no kernel matches %q: %s", c.expr, c.want)
		if got := f.NoMatch("kernel", &u).Error(); got != want {
			t.Errorf("got  %s\nwant %s", got, want)
		}
	}
}

func TestNearest(t *testing.T) {
	ops := []string{"elu", "relu", "gelu", "sigmoid"}
	for word, want := range map[string]string{"Sigmod": "sigmoid", "rlu": "elu", "softmax": "", "relu6": "relu", "reul": "relu", "sigmiod": "sigmoid", "lrue": ""} {
		if got, _ := Nearest(word, ops); got != want {
			t.Errorf("Nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

// FuzzParse looks for panics, for errors of several lines, and for terms that
// the scanner sees otherwise than benchproc: a filter made of one positive
// literal term matches exactly the thing with that value.
func FuzzParse(f *testing.F) {
	for _, seed := range []string{
		"", "*", "op:sigmoid", "op:(a OR b) -n:64", `"op":"x y"`, "op:/a[/]b/ type:float32", "op:/(/", "-", "(", "op:",
		"op:\x00", `op:"\xff"`, "op:-x", "op:(OR)", "AND:x", "OR", "op:ORder", "n:/\\//", "é:x", "op:'x'", "\u00a0op:x", `op:"\"`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, expr string) {
		flt, err := Parse(expr)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n") {
				t.Fatalf("error of several lines: %q", err)
			}
			return
		}
		flt.Match(sigmoid, Int(N, 64))
		if msg := flt.NoMatch("kernel", new(Universe)).Error(); strings.ContainsAny(msg, "\n") {
			t.Fatalf("message of several lines: %q", msg)
		}
		if len(flt.terms) == 1 && !flt.terms[0].regexp && !strings.ContainsAny(expr, "-*") {
			if !flt.MatchSettings(Setting{flt.terms[0].key, flt.terms[0].value}) {
				t.Fatalf("%q: does not match %+v", expr, flt.terms[0])
			}
		}
	})
}

func TestKnown(t *testing.T) {
	var u Universe
	u.Add(Setting{Op, "sigmoid"}, Setting{Dir, "forward"}, Setting{Variant, "scalar"})
	u.Add(Setting{Op, "tanh"}, Setting{Dir, "backward"}, Setting{Variant, "scalar"})
	for expr, want := range map[string]string{
		"op:(sigmoid OR tanh) -dir:backward": "",
		"op:/^sigmod/ variant:xnnpack n:7":   "",
		"op:(tanh OR sigmod)":                `filter "op:(tanh OR sigmod)": there is no op "sigmod" (did you mean op:sigmoid?); op is one of sigmoid, tanh`,
		"-dir:fowards":                       `filter "-dir:fowards": there is no dir "fowards" (did you mean dir:forward?); dir is one of backward, forward`,
	} {
		f, err := Parse(expr)
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := f.Known(&u, Op, Dir); err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%s: %q, want %q", expr, got, want)
		}
	}
}
