//go:build linux

// Package slurm tests the job files beside it, on a Slurm that the test starts and stops.
package slurm

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"actinit/deploy/internal/trial"
)

var (
	onSlurm = flag.Bool("slurm", false, "start a Slurm on loopback and run TestSlurm on it, which takes root; make test-slurm does")
	kernel  = flag.String("kernel", "op:relu dir:forward type:float32", "filter of what TestSlurm verifies on all inputs")
)

const (
	verifyShards = 8
	layersShards = 5
)

// The exhaustive verification of a kernel and a sweep of nets run as arrays. A task is killed and
// requeued, and the controller restarted in between. Joined, they are what one machine makes,
// byte for byte.
func TestSlurm(t *testing.T) {
	if !*onSlurm {
		t.Skip("installs and starts a Slurm as root, for ten minutes: make test-slurm does that, and runs this test")
	}
	files, err := filepath.Abs(".")
	if err != nil {
		t.Fatal(err)
	}
	c := startCluster(t)
	defer c.cancel()
	actinit, runs := c.path("actinit"), c.path("runs")
	if out, err := exec.Command("go", "build", "-o", actinit, "actinit").CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	verify := []string{"verify", "--exhaustive", "--filter", *kernel, "--quiet"}
	layers := []string{"layers", "--grid", "act=tanh,relu,gelu init=xavier_normal,kaiming depth=5,10 width=64 batch=32 seed=1:3", "--quiet"}

	one := []string{"--out", c.path("one"), "--id"}
	for name, args := range map[string][]string{"verified": verify, "swept": layers} {
		began := time.Now()
		if out, err := exec.Command(actinit, slices.Concat(args, one, []string{name})...).CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
		t.Logf("without Slurm: actinit %s: %v", strings.Join(args, " "), time.Since(began).Round(time.Second))
	}

	began := time.Now()
	environment := []string{"ACTINIT=" + actinit, "ACTINIT_RUNS=" + runs}
	array := func(name string, shards int, args []string) string {
		return c.submit(environment, slices.Concat([]string{fmt.Sprintf("--array=1-%d", shards), filepath.Join(files, "shards.sbatch"), name, strconv.Itoa(shards)}, args)...)
	}
	job := array("verified", verifyShards, verify)
	array("swept", layersShards, layers)

	shard := c.killOne(runs)
	before := trial.Units(t, shard)
	c.restartController()
	c.requeue(job, shard)
	for _, unit := range before {
		if _, err := os.Stat(unit); err != nil && !trial.Complete(shard) {
			t.Errorf("a finished unit is lost: %v", err)
		}
	}
	c.finish()
	t.Logf("all tasks have ended after %v", time.Since(began).Round(time.Second))

	for name, shards := range map[string]int{"verified": verifyShards, "swept": layersShards} {
		c.submit(environment, filepath.Join(files, "join.sbatch"), name, strconv.Itoa(shards))
	}
	c.finish()
	for _, name := range []string{"verified", "swept"} {
		trial.SameRows(t, filepath.Join(c.path("one"), name), filepath.Join(runs, name))
	}
	if t.Failed() {
		logs, _ := filepath.Glob(c.path("*.log"))
		for _, path := range logs {
			if text, err := os.ReadFile(path); err == nil {
				t.Logf("%s:\n%s", filepath.Base(path), trial.LastLines(string(text)))
			}
		}
	}
}

// killOne kills the program of a task that has finished two units and has others to do, and returns
// its run's folder.
func (c *cluster) killOne(runs string) (folder string) {
	c.t.Helper()
	c.Eventually("a task with two finished units", func() bool {
		return trial.Busy(c.t, filepath.Join(runs, "verified-*"), func(busy string, pid int) bool {
			folder = busy
			return syscall.Kill(pid, syscall.SIGKILL) == nil
		})
	})
	c.t.Logf("killed a process that had finished %d units of %s", len(trial.Units(c.t, folder)), filepath.Base(folder))
	return folder
}

// requeue has Slurm run the task again whose program was killed.
func (c *cluster) requeue(job, folder string) {
	c.t.Helper()
	number, _, _ := strings.Cut(strings.TrimPrefix(filepath.Base(folder), "verified-"), "-")
	task := job + "_" + number
	c.Eventually("the failure of task "+task, func() bool { return strings.Contains(c.ask("scontrol", "show", "job", task), "JobState=FAILED") })
	if out := c.ask("scontrol", "requeue", task); strings.TrimSpace(out) != "" {
		c.t.Errorf("scontrol requeue %s: %s", task, out)
	}
	c.t.Logf("task %s has failed and is requeued", task)
}
