package cli

import (
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"actinit/harness/diagnosis"
	"actinit/harness/result"
	"actinit/reports/rowfile"
)

const reluNet = `{"input": [64], "layers": [
  {"name": "fc1", "dense": 100, "bias": true, "activation": "relu"},
  {"name": "fc2", "dense": 100, "bias": true, "activation": "relu"},
  {"name": "fc3", "dense": 100, "bias": true, "activation": "relu"},
  {"name": "fc4", "dense": 100, "bias": true, "activation": "relu"},
  {"name": "fc5", "dense": 10, "bias": true}
]}`

// TestDiagnose: a net that is badly begun on the shipped digits, and one from advised weights.
func TestDiagnose(t *testing.T) {
	net, dir := writeSpec(t, reluNet), t.TempDir()
	tidy := func(text string) string {
		return strings.NewReplacer(net, "net.json", dir+string(filepath.Separator), "").Replace(text)
	}
	rows := filepath.Join(dir, "rows.parquet")
	status, stdout, stderr := invoke(t.Context(), "diagnose", "--net", net, "--init", "lecun_uniform", "--data", "digits", "--rows", rows)
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden(t, "diagnose", tidy(stdout))
	stored, err := rowfile.ReadParquet[result.Layer](rows)
	if err != nil || len(stored) != 5*5+2 || stored[2].Data != "digits" || stored[2].Initializer != "lecun_uniform" {
		t.Errorf("%d rows, %v", len(stored), err)
	}

	spec, weights := filepath.Join(dir, "spec.json"), filepath.Join(dir, "w.safetensors")
	for _, args := range [][]string{
		{"advise", "--net", net, "--out", spec},
		{"init", "--spec", spec, "--out", weights},
	} {
		if status, _, stderr := invoke(t.Context(), args...); status != ExitOK {
			t.Fatalf("%v: %s", args, stderr)
		}
	}
	status, stdout, stderr = invoke(t.Context(), "diagnose", "--net", net, "--weights", weights, "--data", "digits", "--standardize")
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden(t, "diagnose-advised", tidy(stdout))
	status, stdout, _ = invoke(t.Context(), "diagnose", "--net", net, "--weights", weights, "--data", "digits", "--json")
	var read struct {
		Measurement struct {
			Examples int
			Layers   []struct{ Name string }
		}
		Findings []struct{ Kind, Text string }
	}
	if err := json.Unmarshal([]byte(stdout), &read); err != nil || status != ExitOK || read.Measurement.Examples != 1797 || len(read.Measurement.Layers) != 6 ||
		len(read.Findings) == 0 || read.Findings[0].Kind != "input" {
		t.Errorf("JSON %+v, %v", read, err)
	}
}

// TestAdvisedIsFine: a net of two layers, whose gradient grows by x1.4 with any weights, is fine to both commands.
func TestAdvisedIsFine(t *testing.T) {
	dir := t.TempDir()
	spec, weights := filepath.Join(dir, "spec.json"), filepath.Join(dir, "w.safetensors")
	net := writeSpec(t, `{"input": [64], "layers": [{"name": "fc1", "dense": 100, "activation": "relu"}, {"name": "fc2", "dense": 10}]}`)
	_, advised, _ := invoke(t.Context(), "advise", "--net", net, "--data", "digits", "--standardize", "--out", spec)
	invoke(t.Context(), "init", "--spec", spec, "--out", weights)
	_, diagnosed, _ := invoke(t.Context(), "diagnose", "--net", net, "--weights", weights, "--data", "digits", "--standardize")
	for command, text := range map[string]string{"advise": advised, "diagnose": diagnosed} {
		if !strings.Contains(text, diagnosis.Healthy) {
			t.Errorf("%s: %s", command, text)
		}
	}
	_, drawn, _ := invoke(t.Context(), "diagnose", "--net", net, "--weights", weights, "--data", "normal")
	if !strings.Contains(drawn, "512 examples of normal") || !strings.Contains(drawn, diagnosis.Healthy) {
		t.Error(drawn)
	}
	_, raw, _ := invoke(t.Context(), "advise", "--net", net, "--data", "digits")
	for _, want := range []string{"digits (RMS 7.75)", "for inputs of RMS 1", "the inputs have mean 4.9", "--standardize"} {
		if !strings.Contains(raw, want) {
			t.Errorf("raw digits: %s\nwant %s", raw, want)
		}
	}
}

func TestAdvise(t *testing.T) {
	net := writeSpec(t, reluNet)
	status, stdout, stderr := invoke(t.Context(), "advise", "--net", net)
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden(t, "advise", strings.ReplaceAll(stdout, net, "net.json"))
	resnet := writeSpec(t, `{"input": [1, 8, 8], "layers": [
	  {"name": "stem", "conv": 8, "kernel": 3, "padding": 1, "activation": "relu"},
	  {"residual": [{"conv": 8, "kernel": 3, "padding": 1, "activation": "relu"}, {"conv": 8, "kernel": 3, "padding": 1}], "activation": "relu"},
	  {"residual": [{"conv": 8, "kernel": 3, "padding": 1, "scalar_bias": true, "activation": "relu"}, {"conv": 8, "kernel": 1}], "multiplier": true},
	  {"pool": "mean"}, {"name": "head", "dense": 10}]}`)
	status, stdout, stderr = invoke(t.Context(), "advise", "--net", resnet, "--data", "digits", "--standardize")
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, %s", status, stderr)
	}
	golden(t, "advise-resnet", strings.ReplaceAll(stdout, resnet, "net.json"))
}

// TestOwnNetRefuses: one line that names the file and what would be right, status 2.
func TestOwnNetRefuses(t *testing.T) {
	dir := t.TempDir()
	file := func(name, text string) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	net := file("net.json", reluNet)
	bad := file("bad.json", "{\"input\": [64],\n \"layers\": [{\"dense\": 10, \"activation\": \"rleu\"}]}")
	three := file("three.json", `{"input": [64], "layers": [{"dense": 3}]}`)
	data := file("data.csv", "a,b,class\n1,2,0\n3,,1\n")
	small := file("small.json", `{"input": [2], "layers": [{"dense": 2}]}`)
	table := file("table.parquet", "PAR1")
	broken := file("w.safetensors", "12345678")
	other := file("w.npy", "\x93NUMPY\x01\x00\x46\x00{'descr': '<f4', 'fortran_order': False, 'shape': (1,), }            \n\x00\x00\x00\x00")
	for _, c := range []struct{ args, want string }{
		{"diagnose", "want either --weights FILE or --init RULE"},
		{"diagnose --net " + net + " --data digits", "want either --weights FILE or --init RULE"},
		{"diagnose --net " + net + " --data digits --init zeros --weights w.npz", "want either --weights FILE or --init RULE"},
		{"diagnose --net " + net + " --init zeros", "--data is missing"},
		{"diagnose --init zeros --data digits", "--net is missing"},
		{"diagnose --net " + net + " --init zeros --data digits --workers 0", "--workers 0: want 1 to 1024"},
		{"diagnose --net " + net + " --init zeross --data digits", `--init: no initialiser is called "zeross"`},
		{"diagnose --net " + net + " --init eye --data none.csv", "none.csv: there is no such file"},
		{"diagnose --net " + filepath.Join(dir, "none.json") + " --init eye --data digits", "none.json: there is no such file"},
		{"diagnose --net " + bad + " --init eye --data digits", `bad.json: layers, element 1: line 2: no activation is called "rleu"`},
		{"diagnose --net " + three + " --init eye --data digits", `digits: column "c65" has labels up to 9, and the net in ` + three + " puts out 3 values"},
		{"diagnose --net " + small + " --init eye --data " + file("whole.csv", "a,b,c\n1,2,0\n"), "an example is 3 columns, and the net in " + small + " takes 2 values; --columns"},
		{"diagnose --net " + small + " --init eye --data " + data + " --label class", `data.csv: row 2 (a line of names not counted), column "b": a null is no input of a net: give it a value or drop the row beforehand, or leave the column out`},
		{"diagnose --net " + data + " --init eye --data digits", "data.csv: it is no JSON: it does not begin with {; want a net's description in JSON"},
		{"diagnose --net " + dir + " --init eye --data digits", "it is a folder, a file is needed"},
		{"diagnose --net " + net + " --init eye --data normal --standardize", "--null are of a table, and normal is drawn"},
		{"diagnose --net " + small + " --init eye --data " + data + " --label clas", `data.csv: there is no label column "clas"`},
		{"diagnose --net " + net + " --data digits --weights " + broken, "w.safetensors: its header claims"},
		{"diagnose --net " + net + " --data digits --weights " + other, "w.npy: its tensors are not the net's; the net has, and the file has not: fc1.weight [100 64]"},
		{"diagnose --net " + net + " --data digits --weights w.pt", "w.pt: the name does not say how to read it"},
		{"diagnose --net " + net + " --data digits --init he_normal extra", "usage: actinit diagnose"},
		{"diagnose --net " + net + " --data digits --init he_normal --rows rows.csv", "--rows rows.csv: want a name that ends in .parquet"},
		{"diagnose --net " + small + " --init eye --data " + table + " --rows " + table, "--rows " + table + " would write over a file that is read"},
		{"advise --net " + net + " --out " + net, "--out " + net + " would write over a file that is read"},
		{"advise", "--net is missing"},
		{"advise --net " + bad, "bad.json: layers, element 1"},
		{"advise --net " + net + " --standardize", "--data is missing"},
		{"advise --net " + net + " --data none.csv", "none.csv: there is no such file"},
		{"advise --net " + net + " --out " + filepath.Join(dir, "none", "spec.json"), "none does not exist"},
	} {
		status, stdout, stderr := invoke(t.Context(), strings.Fields(c.args)...)
		if status != ExitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "actinit: ") || !strings.Contains(stderr, c.want) {
			t.Errorf("%s: status %d, stdout %q,\n stderr %q,\n want %q", c.args, status, stdout, stderr, c.want)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, stderr := invoke(ctx, "diagnose", "--net", net, "--init", "he_normal", "--data", "digits"); status != ExitInterrupted || strings.Count(stderr, "\n") != 1 {
		t.Errorf("interrupted: status %d, %q", status, stderr)
	}
}

// TestColumnsOfANet: --columns picks the inputs of a net from a table that has other columns, too.
func TestColumnsOfANet(t *testing.T) {
	net := writeSpec(t, `{"input": [2], "layers": [{"name": "fc", "dense": 3, "bias": true, "activation": "relu"}, {"name": "out", "dense": 2}]}`)
	table := textFile(t, "in.csv", "id,x,colour,y,class\nN-1,1,red,2,0\nN-2,3,blue,4,1\nN-3,-1,red,0.5,1\n")
	plain := textFile(t, "in.csv", "x,y,class\n1,2,0\n3,4,1\n-1,0.5,1\n")
	diagnose := []string{"diagnose", "--net", net, "--init", "he_normal", "--json", "--data"}
	_, want, _ := invoke(t.Context(), append(diagnose, plain, "--label", "class")...)
	status, got, stderr := invoke(t.Context(), append(diagnose, table, "--label", "class", "--columns", "x,y")...)
	if status != ExitOK || got != want || !strings.Contains(got, `"Examples": 3`) && !strings.Contains(got, `"examples": 3`) {
		t.Errorf("status %d, %s%s\nwant %s", status, stderr, got, want)
	}
	words := textFile(t, "words.csv", "x,y,class\n1,2,C\n")
	if status, _, stderr := invoke(t.Context(), append(diagnose, words, "--label", "class", "--columns", "x,y")...); status != ExitUsage ||
		!strings.HasSuffix(stderr, `line 2, column 3 (class): "C" is not a number; the classes of --label are whole numbers from 0`+"\n") {
		t.Errorf("words for classes: status %d, %s", status, stderr)
	}
	european := textFile(t, "in.csv", "a;2024;class\n1;2;0\n3;4;1\n-1;0.5;1\n")
	status, got, stderr = invoke(t.Context(), append(diagnose, european, "--label", "class", "--separator", "semicolon", "--header", "yes")...)
	if status != ExitOK || got != want {
		t.Errorf("status %d, %s%s\nwant %s", status, stderr, got, want)
	}
	if status, _, stderr := invoke(t.Context(), "advise", "--net", net, "--data", table, "--columns", "y,x"); status != ExitOK {
		t.Errorf("advise: status %d, %s", status, stderr)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{"diagnose", "--net", net, "--init", "he_normal", "--data", table}, table + `: line 2, column 1 (id): "N-1" is not a number (--columns names the columns wanted, and leaves others out)`},
		{[]string{"diagnose", "--net", net, "--init", "he_normal", "--data", table, "--columns", "x"}, "an example is 1 column, and the net in " + net + " takes 2 values; --columns"},
		{[]string{"diagnose", "--net", net, "--init", "he_normal", "--data", "digits", "--columns", "c1,c99"}, `there is no column "c99"`},
		{[]string{"diagnose", "--net", net, "--init", "he_normal", "--data", "digits", "--header", "yes"}, "--header is for CSV files, and digits is none"},
		{[]string{"diagnose", "--net", net, "--init", "he_normal", "--data", european}, "line 1 holds 2 words and 1 number: say whether they are names (--header yes or no)"},
		{[]string{"diagnose", "--net", net, "--init", "he_normal", "--data", european, "--header", "maybe"}, `--header "maybe": want yes, no or auto`},
		{[]string{"advise", "--net", net, "--separator", "tab"}, "--columns, --label, --standardize, --header, --separator, --decimal and --null are of a table: --data is missing"},
		{[]string{"advise", "--net", net, "--decimal", "comma"}, "--columns, --label, --standardize, --header, --separator, --decimal and --null are of a table: --data is missing"},
		{[]string{"advise", "--net", net, "--columns", "x"}, "--columns, --label, --standardize, --header, --separator, --decimal and --null are of a table: --data is missing"},
	} {
		status, _, stderr := invoke(t.Context(), test.args...)
		if status != ExitUsage || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %q, want %s", test.args, status, stderr, test.want)
		}
	}
}
