// Package deploy checks the job files below it.
package deploy

import (
	"bytes"
	"errors"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"

	"actinit/harness/cli"
)

// printing is a program that prints its arguments, in place of actinit.
func printing(t *testing.T) (folder string) {
	t.Helper()
	folder = t.TempDir()
	if err := os.WriteFile(filepath.Join(folder, "actinit"), []byte("#!/bin/sh\nprintf '<%s>' \"$@\"\nprintf ' %s' \"${GOMAXPROCS-all}\"\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	return folder
}

// The shards' job files call actinit with the task's own shard and run.
func TestSlurmJobs(t *testing.T) {
	program := filepath.Join(printing(t), "actinit")
	runs := t.TempDir()
	for _, shard := range []string{"r-1-of-3", "r-3-of-3"} {
		if err := os.Mkdir(filepath.Join(runs, shard), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range []struct {
		file, task string
		args       []string
		want       string // what actinit is given, or what is wrong
		fails      bool
	}{
		{"shards.sbatch", "3", []string{"r", "4", "verify", "--filter", "op:relu type:float32"}, "<verify><--filter><op:relu type:float32><--shard><3/4><--id><r-3-of-4><--out><" + runs + "> 2", false},
		{"bench.sbatch", "1", []string{"b", "2", "--stages", "limits,bench"}, "<bench><--stages><limits,bench><--shard><1/2><--id><b-1-of-2><--out><" + runs + "> all", false},
		{"join.sbatch", "", []string{"r", "3"}, "<runs><join><r-1-of-3><r-3-of-3><--id><r><--out><" + runs + "> all", false},
		{"shards.sbatch", "5", []string{"r", "4", "verify"}, "want --array=1-4", true},
		{"shards.sbatch", "1", []string{"r", "verify"}, "want NAME SHARDS COMMAND", true},
		{"bench.sbatch", "0", []string{"b", "2"}, "want --array=1-2", true},
		{"shards.sbatch", "", []string{"r", "4", "verify"}, "shards.sbatch: not in an array: submit it with sbatch --array=1-4\n", true},
		{"bench.sbatch", "", []string{"b", "2"}, "bench.sbatch: not in an array: submit it with sbatch --array=1-2\n", true},
		{"join.sbatch", "", []string{"none", "3"}, "no shard none-*-of-3", true},
	} {
		path := filepath.Join("slurm", c.file)
		if out, err := exec.Command("bash", "-n", path).CombinedOutput(); err != nil {
			t.Errorf("%s: %s", path, out)
		}
		cmd := exec.Command("bash", append([]string{path}, c.args...)...)
		cmd.Env = []string{"PATH=" + os.Getenv("PATH"), "ACTINIT=" + program, "ACTINIT_RUNS=" + runs, "SLURM_CPUS_PER_TASK=2", "SLURM_ARRAY_TASK_ID=" + c.task}
		out, err := cmd.CombinedOutput()
		if (err != nil) != c.fails || !strings.Contains(string(out), c.want) {
			t.Errorf("%s %q: %v, %q, want %q", c.file, c.args, err, out, c.want)
		}
	}
}

// Where benchmarks are shared out, the limits of the machines are measured with them, as README.md says.
func TestBenchmarksMeasureLimits(t *testing.T) {
	for _, file := range []string{"README.md", "slurm/bench.sbatch", "kubernetes/bench.yaml"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if stages := regexp.MustCompile(`--stages \S+bench`).FindAllString(string(text), -1); len(stages) == 0 || slices.ContainsFunc(stages, func(s string) bool { return s != "--stages limits,bench" }) || strings.Contains(string(text), "--stages bench") {
			t.Errorf("%s: %q, and no limits", file, stages)
		}
	}
}

type job struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name   string
		Labels map[string]string
	}
	Spec struct {
		CompletionMode       string `yaml:"completionMode"`
		Completions          int    `yaml:"completions"`
		Parallelism          int    `yaml:"parallelism"`
		BackoffLimit         *int   `yaml:"backoffLimit"`
		BackoffLimitPerIndex int    `yaml:"backoffLimitPerIndex"`
		PodFailurePolicy     struct {
			Rules []struct {
				Action          string
				OnPodConditions []map[string]string `yaml:"onPodConditions"`
				OnExitCodes     struct {
					ContainerName string `yaml:"containerName"`
					Operator      string
					Values        []int
				} `yaml:"onExitCodes"`
			}
		} `yaml:"podFailurePolicy"`
		Template struct {
			Metadata struct{ Labels map[string]string }
			Spec     struct {
				RestartPolicy                 string            `yaml:"restartPolicy"`
				TerminationGracePeriodSeconds int               `yaml:"terminationGracePeriodSeconds"`
				NodeSelector                  map[string]string `yaml:"nodeSelector"`
				Tolerations                   []map[string]string
				Affinity                      struct {
					PodAntiAffinity struct {
						Required []struct {
							TopologyKey   string `yaml:"topologyKey"`
							LabelSelector struct {
								MatchLabels map[string]string `yaml:"matchLabels"`
							} `yaml:"labelSelector"`
						} `yaml:"requiredDuringSchedulingIgnoredDuringExecution"`
					} `yaml:"podAntiAffinity"`
				}
				Containers []container
				Volumes    []map[string]any
			}
		}
	}
}

type container struct {
	Name, Image   string
	Command, Args []string
	Env           []struct{ Name, Value string }
	Resources     struct{ Requests, Limits map[string]string }
	VolumeMounts  []map[string]string `yaml:"volumeMounts"`
}

// readJob reads a job file; a field that Job does not have is an error.
func readJob(t *testing.T, path string) job {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	d := yaml.NewDecoder(bytes.NewReader(text))
	d.KnownFields(true)
	var j job
	if err := d.Decode(&j); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	if err := d.Decode(&job{}); !errors.Is(err, io.EOF) {
		t.Errorf("%s: more than one document", path)
	}
	if j.APIVersion != "batch/v1" || j.Kind != "Job" || j.Metadata.Name == "" || len(j.Spec.Template.Spec.Containers) != 1 || j.Spec.Template.Spec.RestartPolicy != "Never" {
		t.Errorf("%s: no Job of one container that Kubernetes would take", path)
	}
	return j
}

// run runs the container's script as the pod of the index would, and returns actinit's arguments.
func (c container) run(t *testing.T, index int) string {
	t.Helper()
	if len(c.Command) == 0 {
		t.Fatal("the container has no command")
	}
	cmd := exec.Command(c.Command[0], slices.Concat(c.Command[1:], c.Args)...)
	cmd.Env = []string{"PATH=" + printing(t) + ":" + os.Getenv("PATH"), "JOB_COMPLETION_INDEX=" + strconv.Itoa(index)}
	for _, e := range c.Env {
		cmd.Env = append(cmd.Env, e.Name+"="+e.Value)
	}
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Errorf("%v: %s", err, out)
	}
	return string(out)
}

func TestKubernetesJobs(t *testing.T) {
	for file, want := range map[string]string{
		"shards.yaml": "<verify><--exhaustive><--filter><op:tanh dir:forward type:float32><--shard><3/64><--id><tanh-3-of-64><--out></runs>",
		"bench.yaml":  "<bench><--stages><limits,bench><--filter><type:float32><--shard><3/8><--id><bench-c7i-3-of-8><--out></runs>",
	} {
		j := readJob(t, filepath.Join("kubernetes", file))
		c := j.Spec.Template.Spec.Containers[0]
		if j.Spec.CompletionMode != "Indexed" || j.Spec.Completions < 2 || j.Spec.Parallelism != j.Spec.Completions || j.Spec.BackoffLimitPerIndex < 1 {
			t.Errorf("%s: no Indexed Job that tries again: %+v", file, j.Spec)
		}
		if got := c.run(t, 2); !strings.HasPrefix(got, want) {
			t.Errorf("%s: pod 2 runs %s, want %s", file, got, want)
		}
		if last := strconv.Itoa(j.Spec.Completions); !strings.Contains(c.run(t, j.Spec.Completions-1), "<"+last+"/"+last+">") {
			t.Errorf("%s: completions is %s, SHARDS something else", file, last)
		}
	}
}

// The job that joins takes the shards of its own job, and of no other whose name begins in the same way.
func TestKubernetesJoin(t *testing.T) {
	runs := t.TempDir()
	for _, run := range []string{"tanh-2-of-64", "tanh-10-of-64", "tanh-64-of-64", "tanh-65-of-64", "tanh-0-of-64", "tanh-x-1-of-64", "tanh-1-of-8", "other-1-of-64"} {
		if err := os.Mkdir(filepath.Join(runs, run), 0o777); err != nil {
			t.Fatal(err)
		}
	}
	join := readJob(t, "kubernetes/join.yaml").Spec.Template.Spec.Containers[0]
	for i, e := range join.Env {
		if e.Name == "RUNS" {
			join.Env[i].Value = runs
		}
	}
	if got, want := join.run(t, 0), "<runs><join><tanh-2-of-64><tanh-10-of-64><tanh-64-of-64><--id><tanh><--out><"+runs+">"; !strings.HasPrefix(got, want) {
		t.Errorf("join.yaml runs %s, want %s", got, want)
	}
}

// What would fail again is not tried again, and what the machine or another pod was in the way of is.
func TestKubernetesTriesAgain(t *testing.T) {
	for _, file := range []string{"shards.yaml", "bench.yaml", "join.yaml"} {
		spec := readJob(t, filepath.Join("kubernetes", file)).Spec
		final := map[int]bool{}
		for _, rule := range spec.PodFailurePolicy.Rules {
			if rule.OnExitCodes.Operator == "In" && strings.HasPrefix(rule.Action, "Fail") {
				for _, status := range rule.OnExitCodes.Values {
					final[status] = true
				}
			}
		}
		if !maps.Equal(final, map[int]bool{cli.ExitFailed: true, cli.ExitUsage: true}) {
			t.Errorf("%s: not tried again after status %v", file, final)
		}
		if spec.BackoffLimitPerIndex == 0 && (spec.BackoffLimit == nil || *spec.BackoffLimit == 0) {
			t.Errorf("%s: nothing is tried again", file)
		}
	}
}

// A benchmark's pods are on nodes of one type, alone, with all of their CPUs.
func TestBenchmarkIsAlone(t *testing.T) {
	j := readJob(t, "kubernetes/bench.yaml")
	pod := j.Spec.Template.Spec
	if len(pod.NodeSelector) == 0 {
		t.Error("no nodeSelector: pods on nodes of any type")
	}
	if apart := pod.Affinity.PodAntiAffinity.Required; len(apart) != 1 || apart[0].TopologyKey != "kubernetes.io/hostname" || apart[0].LabelSelector.MatchLabels["app"] != j.Spec.Template.Metadata.Labels["app"] {
		t.Errorf("two pods may be on one node: %+v", apart)
	}
	r := pod.Containers[0].Resources
	if cpus, err := strconv.Atoi(r.Requests["cpu"]); err != nil || cpus < 2 || r.Limits["cpu"] != r.Requests["cpu"] || r.Limits["memory"] != r.Requests["memory"] {
		t.Errorf("CPUs are not the pod's own: %+v", r)
	}
	text, err := os.ReadFile("slurm/bench.sbatch")
	if err != nil || !strings.Contains(string(text), "\n#SBATCH --exclusive\n") {
		t.Errorf("bench.sbatch is not exclusive: %v", err)
	}
}
