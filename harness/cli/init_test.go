package cli

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/nlpodyssey/safetensors"
)

var numpy = flag.String("numpy", "", "Python program that has numpy, for TestNumpyReadsWeights")

// lenet is a network with a rule of every sort.
const lenet = `{"preset": "torch", "layers": [
  {"name": "conv1.weight", "shape": [6, 1, 5, 5], "init": "dirac", "groups": 2},
  {"name": "conv2.weight", "shape": [16, 6, 5, 5]},
  {"name": "conv2.bias", "shape": [16]},
  {"name": "fc1.weight", "shape": [300, 784], "init": "kaiming_normal"},
  {"name": "fc1.bias", "shape": [300], "init": "zeros"},
  {"name": "fc2.weight", "shape": [100, 300], "init": "xavier_uniform", "activation": "tanh", "gain": "exact", "dtype": "float64"},
  {"name": "fc2.bias", "shape": [100], "init": "truncated_normal", "std": 0.02},
  {"name": "fc3.weight", "shape": [33, 7], "init": "sparse", "sparsity": 0.9},
  {"name": "hadamard", "shape": [33, 7], "init": "zero_hadamard"},
  {"name": "temperature", "shape": [], "init": "constant", "value": 0.5}
]}`

func writeSpec(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "net.json")
	if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestInitGolden(t *testing.T) {
	spec, out := writeSpec(t, lenet), filepath.Join(t.TempDir(), "w.safetensors")
	status, stdout, stderr := invoke(t.Context(), "init", "--spec", spec, "--seed", "7", "--out", out)
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	golden(t, "init", strings.ReplaceAll(stdout, out, "w.safetensors"))
	status, stdout, stderr = invoke(t.Context(), "init", "--spec", spec, "--seed", "7", "--out", out, "--json")
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	golden(t, "init-json", stdout)
	// The file's bytes are frozen too: a seed means the same weights in every version.
	file, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	golden(t, "init-digest", fmt.Sprintf("%x\n", sha256.Sum256(file)))
}

// TestInitFormats writes each format with several numbers of workers, and the same bytes.
func TestInitFormats(t *testing.T) {
	spec, dir := writeSpec(t, lenet), t.TempDir()
	for _, format := range []string{"safetensors", "npz", "arrow", "parquet"} {
		var first []byte
		for _, workers := range []string{"1", "2", "3", "7", "64"} {
			out := filepath.Join(dir, "w."+format)
			if status, _, stderr := invoke(t.Context(), "init", "--spec", spec, "--out", out, "--workers", workers); status != ExitOK {
				t.Fatal(stderr)
			}
			file, err := os.ReadFile(out)
			if err != nil {
				t.Fatal(err)
			}
			if first == nil {
				first = file
			}
			if !bytes.Equal(file, first) {
				t.Errorf("%s: %s workers wrote another file than one", format, workers)
			}
		}
	}
}

// TestInitStandardInput reads the network from a pipe and takes a preset from the command line.
func TestInitStandardInput(t *testing.T) {
	out := filepath.Join(t.TempDir(), "w.npy")
	root := newRoot()
	root.SetArgs([]string{"init", "--spec", "-", "--preset", "keras", "--out", out, "--json"})
	root.SetIn(strings.NewReader(`{"layers": [{"name": "kernel", "shape": [50, 100]}]}`))
	var stdout bytes.Buffer
	root.SetOut(&stdout)
	if err := root.ExecuteContext(t.Context()); err != nil {
		t.Fatal(err)
	}
	var tensors []initialised
	if err := json.Unmarshal(stdout.Bytes(), &tensors); err != nil || len(tensors) != 1 || tensors[0].Init != "glorot_uniform" {
		t.Errorf("%v: %s", err, stdout.String())
	}
	if info, err := os.Stat(out); err != nil || info.Size() != 128+4*50*100 {
		t.Errorf("the file: %v, %v", info, err)
	}
}

// TestInitRefuses: one line that names the file and the layer, status 2, and no file.
func TestInitRefuses(t *testing.T) {
	dir := t.TempDir()
	good := writeSpec(t, lenet)
	kept := filepath.Join(dir, "kept.npz")
	if err := os.WriteFile(kept, []byte("old"), 0o666); err != nil {
		t.Fatal(err)
	}
	layer := func(fields string) string { return `{"layers": [{"name": "fc", "shape": [2, 3], ` + fields + `}]}` }
	for _, c := range []struct {
		spec string   // its text; "" is the good one
		args []string // after --spec; {out} is a file that must not appear
		say  []string
	}{
		{"", []string{"--out", "{out}.pt"}, []string{"--out", "w.pt", ".safetensors, .npz, .npy, .arrow, .parquet"}},
		{"", []string{"--out", "{out}.npy"}, []string{"w.npy", "one tensor, not 10"}},
		{"", nil, []string{"--out is missing"}},
		{"", []string{"--out", "{out}.npz", "--preset", "caffe"}, []string{"--preset", `"caffe"`, "torch, jax, keras"}},
		{"", []string{"--out", "{out}.npz", "--workers", "-1"}, []string{"--workers -1"}},
		{"", []string{"--out", "{out}.npz", "--seed", "-1"}, []string{"--seed"}},
		{"", []string{"--out", "{out}.npz", "extra"}, []string{"extra", "usage: actinit init"}},
		{"", []string{"--out", filepath.Join(dir, "none", "w.npz")}, []string{"none does not exist"}},
		{"{", []string{"--out", "{out}.npz"}, []string{"net.json", "line 1"}},
		{layer(`"init": "kaimingnormal"`), []string{"--out", "{out}.npz"}, []string{"net.json", `layer "fc"`, "kaiming_normal, kaiming_uniform"}},
		{layer(`"init": "normal", "stdd": 1`), []string{"--out", "{out}.npz"}, []string{"net.json", `layer "fc"`, `"stdd"`, "mean=0, std=1"}},
		{layer(`"init": "normal", "std": -1`), []string{"--out", kept}, []string{"net.json", `layer "fc"`, "standard deviation is -1"}},
		{layer(`"init": "kaiming_normal", "gain": 1e39`), []string{"--out", kept}, []string{`layer "fc"`, "beyond float32"}},
		{`{"layers": [{"name": "__metadata__", "shape": [2], "init": "ones"}]}`, []string{"--out", "{out}.safetensors"}, []string{"__metadata__", "safetensors"}},
		{`{"layers": [{"name": "a", "shape": [1048576, 1048576], "init": "ones"}]}`, []string{"--out", "{out}.npz"}, []string{`layer "a"`, "4194304 MB", "memory"}},
	} {
		spec := good
		if c.spec != "" {
			spec = writeSpec(t, c.spec)
		}
		args := []string{"init", "--spec", spec}
		for _, a := range c.args {
			args = append(args, strings.Replace(a, "{out}", filepath.Join(dir, "w"), 1))
		}
		status, stdout, stderr := invoke(t.Context(), args...)
		if status != ExitUsage || stdout != "" || strings.Count(stderr, "\n") != 1 || !strings.HasPrefix(stderr, "actinit: ") {
			t.Errorf("%v: status %d, stdout %q, stderr %q", args, status, stdout, stderr)
		}
		for _, word := range c.say {
			if !strings.Contains(stderr, word) {
				t.Errorf("%v: the message does not say %q: %s", args, word, stderr)
			}
		}
	}
	if status, _, stderr := invoke(t.Context(), "init", "--out", kept); status != ExitUsage || !strings.Contains(stderr, "--spec is missing") {
		t.Errorf("no spec: status %d, %q", status, stderr)
	}
	if status, _, stderr := invoke(t.Context(), "init", "--spec", filepath.Join(dir, "none.json"), "--out", kept); status != ExitUsage || !strings.Contains(stderr, "none.json") {
		t.Errorf("a spec that is not there: status %d, %q", status, stderr)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if status, _, stderr := invoke(ctx, "init", "--spec", good, "--out", kept); status != ExitInterrupted || strings.Count(stderr, "\n") != 1 {
		t.Errorf("interrupted: status %d, %q", status, stderr)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if content, _ := os.ReadFile(kept); err != nil || !slices.Equal(left, []string{kept}) || string(content) != "old" {
		t.Errorf("left behind: %v with %q (%v)", left, content, err)
	}
}

// TestNumpyReadsWeights has numpy read the files, the safetensors file by its published
// layout, and compares what it saw with what another library reads. make test-external runs it.
func TestNumpyReadsWeights(t *testing.T) {
	if *numpy == "" {
		t.Skip("needs Debian's python3-numpy, which make test does not install: make test-external does, and runs this test")
	}
	spec, dir := writeSpec(t, lenet), t.TempDir()
	single := writeSpec(t, `{"layers": [{"name": "fc1.weight", "shape": [300, 784], "init": "kaiming_normal"}]}`)
	for out, spec := range map[string]string{"w.npz": spec, "w.safetensors": spec, "w.npy": single} {
		if status, _, stderr := invoke(t.Context(), "init", "--spec", spec, "--seed", "7", "--out", filepath.Join(dir, out)); status != ExitOK {
			t.Fatal(stderr)
		}
	}
	cmd := exec.Command(*numpy, "testdata/read_weights.py", dir)
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v", cmd.Args, err)
	}
	type seen struct {
		Type, SHA256 string
		Shape        []int
		Std          float64
	}
	var read struct {
		NPZ, Safetensors map[string]seen
		NPY              seen
	}
	if err := json.Unmarshal(out, &read); err != nil {
		t.Fatal(err)
	}
	file, err := os.ReadFile(filepath.Join(dir, "w.safetensors"))
	if err != nil {
		t.Fatal(err)
	}
	st, err := safetensors.Deserialize(file)
	if err != nil {
		t.Fatal(err)
	}
	if len(read.NPZ) != 10 || st.Len() != 10 {
		t.Errorf("numpy read %d tensors, the library %d", len(read.NPZ), st.Len())
	}
	if diff := cmp.Diff(read.NPZ, read.Safetensors); diff != "" {
		t.Errorf("numpy read other tensors from the .npz file than from the .safetensors file:\n%s", diff)
	}
	if diff := cmp.Diff(read.NPZ["fc1.weight"], read.NPY); diff != "" {
		t.Errorf("numpy read another tensor from the .npy file:\n%s", diff)
	}
	for name, got := range read.NPZ {
		want, ok := st.Tensor(name)
		typ := map[string]string{"F32": "float32", "F64": "float64"}[want.DType().String()]
		if !ok || got.Type != typ || fmt.Sprint(got.Shape) != fmt.Sprint(want.Shape()) || got.SHA256 != fmt.Sprintf("%x", sha256.Sum256(want.Data())) {
			t.Errorf("%s: numpy read %+v, the library %v of %v", name, got, want.Shape(), typ)
		}
		t.Logf("%-13s %v %v, standard deviation %.6f, SHA-256 %s", name, got.Shape, got.Type, got.Std, got.SHA256)
	}
}
