//go:build linux

package kubernetes

import (
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	batchv1 "k8s.io/api/batch/v1"
	"k8s.io/utils/ptr"
	"sigs.k8s.io/yaml"

	"actinit/deploy/internal/trial"
)

var onKubernetes = flag.Bool("kubernetes", false, "start Kubernetes' control plane on loopback and run TestKubernetes on it, which takes root; make test-kubernetes does")

// instance is the type of nodes that bench.yaml asks for.
const instance = "node.kubernetes.io/instance-type=c7i.4xlarge"

// The files as they stand, by the commands of deploy/README.md: all inputs of tanh in 64 shards. One pod is
// killed, and a node drained. Joined, the shards are what one machine makes, byte for byte.
func TestKubernetes(t *testing.T) {
	if !*onKubernetes {
		t.Skip("builds and starts Kubernetes' control plane, and runs pods as root: make test-kubernetes does that, and runs this test")
	}
	c := startCluster(t)
	c.fillImage()
	for i := range 3 {
		c.kubelet.addNode(fmt.Sprintf("node%d", i+1), "4", "8Gi", nil)
	}
	label, value, _ := strings.Cut(instance, "=")
	for i := range 3 {
		c.kubelet.addNode(fmt.Sprintf("bench%d", i+1), "16", "32Gi", map[string]string{label: value})
	}
	c.ask("taint", "nodes", "-l", instance, "dedicated=actinit-bench:NoSchedule")
	c.apply(fmt.Sprintf(`{apiVersion: v1, kind: PersistentVolume, metadata: {name: runs}, spec: {storageClassName: nfs,
accessModes: [ReadWriteMany], capacity: {storage: 10Gi}, hostPath: {path: %s}}}`, c.path("runs")))

	c.step("claim")
	c.shards()
	c.failures()
	c.bench()
}

// fillImage makes what the Dockerfile makes, of busybox, which has Alpine's shell.
func (c *cluster) fillImage() {
	c.t.Helper()
	shell, err := os.ReadFile("/bin/busybox")
	if err != nil {
		c.t.Fatalf("%v: make test-kubernetes installs busybox-static on Debian", err)
	}
	if err := os.WriteFile(c.path("image/bin/sh"), shell, 0o755); err != nil {
		c.t.Fatal(err)
	}
	build := exec.Command("go", "build", "-o", c.path("image/usr/local/bin/actinit"), ".")
	build.Dir, build.Env = "../..", append(os.Environ(), "CGO_ENABLED=0") // as make build
	if out, err := build.CombinedOutput(); err != nil {
		c.t.Fatalf("%v\n%s", err, out)
	}
}

// step applies one of the files.
func (c *cluster) step(name string) {
	c.t.Helper()
	c.t.Log(strings.TrimSpace(c.ask("apply", "-k", ".", "-l", "step="+name)))
}

// apply applies a manifest.
func (c *cluster) apply(manifest string) {
	c.t.Helper()
	cmd := c.command("kubectl", "apply", "-f", "-")
	cmd.Stdin = strings.NewReader(manifest)
	if out, err := cmd.CombinedOutput(); err != nil {
		c.t.Fatalf("%v: %s\n%s", err, out, manifest)
	}
}

// wait runs wait.sh.
func (c *cluster) wait(job string) (status int, out string) {
	cmd := c.command("sh", "wait.sh", job)
	text, _ := cmd.CombinedOutput() // its status is returned
	return cmd.ProcessState.ExitCode(), string(text)
}

// succeeds runs wait.sh for a job that must not fail.
func (c *cluster) succeeds(job string) {
	c.t.Helper()
	if status, out := c.wait(job); status != 0 {
		c.t.Errorf("wait.sh: status %d: %s", status, out)
	}
}

// pods returns what a JSONPath template gives of the pods that a selector selects, sorted.
func (c *cluster) pods(selector, template string) []string {
	c.t.Helper()
	return slices.Sorted(strings.FieldsSeq(c.ask("get", "pods", "-l", selector, "-o", "jsonpath={range .items[*]}"+template+"{'\\n'}{end}")))
}

// ends returns the exit statuses of the pods of an index.
func (c *cluster) ends(job string, index int) []string {
	c.t.Helper()
	return c.pods(fmt.Sprintf("job-name=%s,batch.kubernetes.io/job-completion-index=%d", job, index), "{.status.containerStatuses[0].state.terminated.exitCode}")
}

// shards runs shards.yaml while pods and nodes are lost, and join.yaml.
func (c *cluster) shards() {
	began := time.Now()
	one := exec.Command("/bin/sh", "-euc", strings.ReplaceAll(readShards(c.t).Spec.Template.Spec.Containers[0].Args[0], "/runs", c.path("one")))
	one.Env = []string{"PATH=" + c.path("image/usr/local/bin"), "JOB_COMPLETION_INDEX=0", "SHARDS=1", "NAME=tanh"}
	if out, err := one.CombinedOutput(); err != nil {
		c.t.Fatalf("%v\n%s", err, out)
	}
	c.t.Logf("without Kubernetes: %v", time.Since(began).Round(time.Second))

	began = time.Now()
	c.step("shards")
	index, folder := c.killOne()
	before := trial.Units(c.t, folder)
	c.t.Logf("killed shard %d, which had finished %d units", index+1, len(before))
	c.Eventually("the failure of its pod", func() bool {
		return slices.Equal(c.ends("actinit-tanh", index), []string{"137"}) && strings.HasSuffix(c.counts("actinit-tanh"), " 1")
	})
	c.t.Log(c.ask("drain", "node1"))
	c.ask("uncordon", "node1")
	c.kubelet.lose("node2")
	c.ask("delete", "node", "node2")
	for _, unit := range before {
		if _, err := os.Stat(unit); err != nil && !trial.Complete(folder) {
			c.t.Errorf("a finished unit is lost: %v", err)
		}
	}
	c.succeeds("actinit-tanh")
	c.t.Logf("all shards have ended after %v", time.Since(began).Round(time.Second))
	if got := c.counts("actinit-tanh"); got != "64 1" {
		c.t.Errorf("succeeded and failed: %s, want 64, and 1: lost nodes are nobody's fault", got)
	}

	if err := os.RemoveAll(c.path("runs/tanh-7-of-64")); err != nil {
		c.t.Fatal(err)
	}
	c.step("join")
	if status, out := c.wait("actinit-join"); status != 1 || !strings.Contains(out, "exit code 2") {
		c.t.Errorf("wait.sh: status %d, %q, want 1 and actinit's exit code, 2", status, out)
	}
	if out := c.ask("logs", "job/actinit-join"); !strings.Contains(out, "missing: 7\n") {
		c.t.Errorf("logs of the join: %s", out)
	}
	c.ask("delete", "job", "actinit-tanh", "actinit-join")
	began = time.Now()
	c.step("shards")
	c.succeeds("actinit-tanh")
	c.t.Logf("63 complete shards and a missing one have ended after %v", time.Since(began).Round(time.Second))
	c.step("join")
	c.succeeds("actinit-join")
	c.t.Log(c.ask("logs", "-f", "job/actinit-join"))
	trial.SameRows(c.t, c.path("one/tanh-1-of-1"), c.path("runs/tanh"))
	c.ask("delete", "job", "actinit-tanh", "actinit-join")
}

// counts returns how many pods of a job have succeeded and how many failed by fault of their own.
func (c *cluster) counts(job string) string {
	c.t.Helper()
	return c.ask("get", "job", job, "-o", "jsonpath={.status.succeeded} {.status.failed}")
}

// killOne kills the process of a shard that has finished two units and has others to do.
func (c *cluster) killOne() (index int, folder string) {
	c.t.Helper()
	c.Eventually("a shard with two finished units", func() bool {
		return trial.Busy(c.t, c.path("runs/tanh-*-of-64"), func(busy string, _ int) bool {
			folder = busy
			_, err := fmt.Sscanf(filepath.Base(busy), "tanh-%d-of-64", &index)
			index--
			return err == nil && c.kubelet.kill(fmt.Sprintf("actinit-tanh-%d-", index))
		})
	})
	return index, folder
}

func readShards(t *testing.T) (job batchv1.Job) {
	t.Helper()
	text, err := os.ReadFile("shards.yaml")
	if err != nil {
		t.Fatal(err)
	}
	if err := yaml.UnmarshalStrict(text, &job); err != nil {
		t.Fatal(err)
	}
	return job
}

// failures runs shards.yaml with other scripts: what it says of exit statuses is done.
func (c *cluster) failures() {
	job := readShards(c.t)
	job.Name, job.Namespace, job.Spec.Completions = "actinit-fails", "default", ptr.To[int32](4)
	job.Spec.Template.Spec.Containers[0].Args = []string{`case $JOB_COMPLETION_INDEX in
0) exit 1 ;;
1) exec actinit verify --filter op:nothing --out /runs ;;
2) exec actinit ` + locking + ` --out /runs ;;
esac`}
	manifest, err := yaml.Marshal(job)
	if err != nil {
		c.t.Fatal(err)
	}
	free := c.lock()
	c.apply(string(manifest))
	c.Eventually("status 3", func() bool { return slices.Contains(c.ends(job.Name, 2), "3") })
	free()
	began := time.Now()
	if status, out := c.wait(job.Name); status != 1 || !strings.Contains(out, "0,1") || strings.Contains(out, "2") {
		c.t.Errorf("wait.sh: status %d, %q, want 1 and the shards 0,1", status, out)
	}
	c.t.Logf("ended %v after the lock was free", time.Since(began).Round(time.Second))
	for i, want := range [][]string{{"1"}, {"2"}, {"0", "3"}, {"0"}} {
		if got := c.ends(job.Name, i); !slices.Equal(got, want) {
			c.t.Errorf("the pods of shard %d ended with %q, want %q", i, got, want)
		}
	}
	c.ask("delete", "job", job.Name)
}

// locking is a command that takes some seconds.
const locking = "layers --filter act:tanh --depth 50 --width 512 --id locked"

// lock has a process outside the cluster begin the run of that command, and stop short of its end until it is freed.
func (c *cluster) lock() (free func()) {
	c.t.Helper()
	cmd := exec.Command(c.path("image/usr/local/bin/actinit"), append(strings.Fields(locking), "--out", c.path("runs"))...)
	trial.Bind(cmd)
	if err := cmd.Start(); err != nil {
		c.t.Fatal(err)
	}
	free = func() {
		_ = cmd.Process.Kill() // it may have been killed
		_ = cmd.Wait()
	}
	c.t.Cleanup(free)
	c.Eventually("a run that is written", func() bool { return len(trial.Units(c.t, c.path("runs/locked"))) > 0 })
	if err := cmd.Process.Signal(syscall.SIGSTOP); err != nil {
		c.t.Fatal(err)
	}
	return free
}

// bench has the pods of bench.yaml placed: one on each node of the type, which the taint kept free.
func (c *cluster) bench() {
	c.step("bench")
	c.Eventually("pods on all nodes of the type", func() bool { return len(c.pods("job-name=actinit-bench", "{.spec.nodeName}")) >= 3 })
	if got := c.pods("job-name=actinit-bench", "{.spec.nodeName}"); !slices.Equal(got, []string{"bench1", "bench2", "bench3"}) {
		c.t.Errorf("the pods are on %q", got)
	}
	c.ask("delete", "job", "actinit-bench")
}
