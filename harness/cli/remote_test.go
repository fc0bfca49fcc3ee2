package cli

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"actinit/harness/remote"
	"actinit/harness/result"
	"actinit/reports/runstore"
)

// asPeer has the tests' program serve one kernel: "relu forward float32 theirs portable".
const asPeer = "ACTINIT_TEST_AS_PEER"

// servePeer serves a leaky ReLU under the kernel's name: as ReLU it is wrong. A kernel
// "gone" ends the process when it is run.
func servePeer(kernel string) {
	var k result.Kernel
	if _, err := fmt.Sscan(strings.ReplaceAll(kernel, "/", " "), &k.Op, &k.Direction, &k.Type, &k.Variant, &k.ISA); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(2)
	}
	leaky := func(memory []byte, r remote.Request) (func(int), error) {
		out, err := remote.Elements[float32](memory, r.Places.Out, r.N)
		if err != nil {
			return nil, err
		}
		x, err := remote.Elements[float32](memory, r.Places.X, r.N)
		return func(times int) {
			if k.Variant == "gone" {
				fmt.Fprintln(os.Stderr, "out of patience")
				os.Exit(3)
			}
			for range times {
				for i, v := range x {
					if v < 0 {
						v *= .01
					}
					out[i] = v
				}
			}
		}, err
	}
	libraries := []remote.Library{{Name: k.Variant, Version: "1.0, with every flag"}}
	if err := remote.Serve(os.Stdin, os.Stdout, libraries, []remote.Kernel{{Kernel: k, Bind: leaky}}); err != nil {
		os.Exit(2)
	}
}

// peer is the command line of a process that serves one kernel.
func peer(t *testing.T, kernel string) string {
	t.Helper()
	program, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return asPeer + "=" + strings.ReplaceAll(kernel, " ", "/") + " " + program
}

// A library's kernel is verified and timed in a run, and that it is wrong does not fail the run.
func TestRunWithPeer(t *testing.T) {
	out := t.TempDir()
	status, stdout, stderr := invoke(t.Context(), "bench", "--out", out, "--quiet", "--stages", "verify,bench", "--sizes", "64",
		"--peer", peer(t, "relu forward float32 theirs portable"), "--filter", "op:relu dir:forward type:float32 -variant:reference")
	if status != ExitOK || stderr != "" {
		t.Fatalf("status %d, stderr %q", status, stderr)
	}
	for _, want := range []string{"0 wrong", "beside other libraries", "relu forward, float32  theirs", "1.0, with every flag"} {
		if !strings.Contains(stdout, want) {
			t.Errorf("the summary does not say %q:\n%s", want, stdout)
		}
	}
	entry, err := runstore.Latest(out, runstore.FileReport)
	if err != nil {
		t.Fatal(err)
	}
	data, err := runstore.Load(entry.Dir)
	if err != nil {
		t.Fatal(err)
	}
	if l := data.Environment.Libraries; len(l) != 1 || l[0].Name != "theirs" || l[0].Version != "1.0, with every flag" || l[0].Command == "" {
		t.Errorf("environment.json has the libraries %+v", l)
	}
	_, others := ofPeers(data.Accuracy)
	if len(others) != 1 || others[0].Rounding != result.Unpromised || others[0].MaxULP == 0 || others[0].Failed() {
		t.Errorf("rows of others: %+v", others)
	}
	timed := 0
	for _, b := range data.Bench {
		if b.Variant == "theirs" {
			timed++
		}
	}
	if timed < 10 {
		t.Errorf("%d samples of the library", timed)
	}
	page, err := os.ReadFile(filepath.Join(entry.Dir, runstore.FileReport))
	if err != nil || !strings.Contains(string(page), `id="peers"`) {
		t.Errorf("the page has no section about it: %v", err)
	}
	status, stdout, _ = invoke(t.Context(), "report", "--markdown", "--out", out)
	if status != ExitOK || !strings.Contains(stdout, "| relu forward, float32 | theirs |") || !strings.Contains(stdout, "| theirs | 1.0, with every flag |") {
		t.Errorf("report --markdown: status %d:\n%s", status, stdout)
	}
}

func TestVerifyInputWithPeer(t *testing.T) {
	status, stdout, stderr := invoke(t.Context(), "verify", "--peer", peer(t, "relu forward float32 theirs portable"), "--filter", "op:relu type:float32 variant:theirs", "--input", "-1")
	if status != ExitOK || stderr != "" || !strings.Contains(stdout, "theirs") || !strings.Contains(stdout, "-0.01") {
		t.Errorf("status %d, stderr %q:\n%s", status, stderr, stdout)
	}
}

// What is wrong with a peer is one line that names its command, and no run is left.
func TestBadPeers(t *testing.T) {
	good := peer(t, "relu forward float32 theirs portable")
	runs := filepath.Join(t.TempDir(), "runs")
	for _, c := range []struct {
		peers []string
		say   []string
	}{
		{[]string{""}, []string{"--peer", "empty value"}},
		{[]string{"A=1"}, []string{"--peer", "want a program"}},
		{[]string{"/does/not/exist x"}, []string{"--peer \"/does/not/exist x\"", "no such file"}},
		{[]string{peer(t, "relu forward float32 avx2 avx2")}, []string{"avx2 is the name of one of actinit's own"}},
		{[]string{peer(t, "sigmod forward float32 theirs avx2")}, []string{"sigmod", "actinit list kernels"}},
		{[]string{peer(t, "relu forward float8 theirs avx2")}, []string{"float8", "actinit list kernels"}},
		{[]string{peer(t, "relu fused float32 theirs avx2")}, []string{"fused"}},
		{[]string{peer(t, "cauchy fill float32 theirs avx2")}, []string{"cauchy fill"}},
		{[]string{good, peer(t, "relu forward float32 theirs avx2")}, []string{"serves it too"}},
	} {
		args := []string{"verify", "--quiet", "--out", runs, "--filter", "op:relu"}
		for _, p := range c.peers {
			args = append(args, "--peer", p)
		}
		status, _, stderr := invoke(t.Context(), args...)
		if status != ExitUsage || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%q: status %d, stderr %q", c.peers, status, stderr)
		}
		for _, say := range c.say {
			if !strings.Contains(stderr, say) {
				t.Errorf("%q: %q does not say %q", c.peers, stderr, say)
			}
		}
	}
	if _, err := os.Stat(runs); err == nil {
		t.Error("a run was left behind")
	}
}

// A process that dies in the middle ends the run, which can be resumed: sigmoid was finished before.
func TestPeerDies(t *testing.T) {
	status, _, stderr := invoke(t.Context(), "verify", "--quiet", "--out", t.TempDir(), "--workers", "1", "--effort", ".1", "--filter", "op:(sigmoid OR relu) dir:forward type:float32", "--peer", peer(t, "relu forward float32 gone portable"))
	for _, want := range []string{"the process died", "out of patience", "--resume"} {
		if status != ExitUsage || !strings.Contains(stderr, want) {
			t.Errorf("status %d, stderr %q, want %q", status, stderr, want)
		}
	}
}
