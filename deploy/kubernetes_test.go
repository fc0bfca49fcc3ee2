package deploy

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// readYAML reads a file of one document into into; a field that into has not is an error.
func readYAML(t *testing.T, path string, into any) {
	t.Helper()
	file, err := os.Open(path)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	d := yaml.NewDecoder(file)
	d.KnownFields(true)
	if err := d.Decode(into); err != nil {
		t.Fatalf("%s: %v", path, err)
	}
}

type kustomization struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Namespace  string
	Images     []struct {
		Name    string
		NewName string `yaml:"newName"`
		NewTag  string `yaml:"newTag"`
	}
	Resources []string
}

type claim struct {
	APIVersion string `yaml:"apiVersion"`
	Kind       string
	Metadata   struct {
		Name   string
		Labels map[string]string
	}
	Spec struct {
		AccessModes      []string `yaml:"accessModes"`
		StorageClassName string   `yaml:"storageClassName"`
		Resources        struct{ Requests map[string]string }
	}
}

// The image of all files is named in one place, and each file is applied by its label.
func TestKustomization(t *testing.T) {
	var k kustomization
	readYAML(t, "kubernetes/kustomization.yaml", &k)
	var c claim
	readYAML(t, "kubernetes/claim.yaml", &c)
	if !slices.Equal(c.Spec.AccessModes, []string{"ReadWriteMany"}) || c.Kind != "PersistentVolumeClaim" || c.Metadata.Labels["step"] != "claim" {
		t.Errorf("no claim that pods on many nodes can share: %+v", c)
	}
	files, err := filepath.Glob("kubernetes/*.yaml")
	if err != nil || len(files) != len(k.Resources)+1 {
		t.Errorf("%d resources of %q (%v)", len(k.Resources), files, err)
	}
	for _, file := range k.Resources {
		if file == "claim.yaml" {
			continue
		}
		j := readJob(t, filepath.Join("kubernetes", file))
		if step := strings.TrimSuffix(file, ".yaml"); j.Metadata.Labels["step"] != step {
			t.Errorf("%s has the labels %v, want step: %s", file, j.Metadata.Labels, step)
		}
		if image, _, _ := strings.Cut(j.Spec.Template.Spec.Containers[0].Image, ":"); len(k.Images) != 1 || image != k.Images[0].Name {
			t.Errorf("%s: the kustomization does not replace the image %s", file, image)
		}
		if volume := j.Spec.Template.Spec.Volumes[0]["persistentVolumeClaim"]; volume.(map[string]any)["claimName"] != c.Metadata.Name {
			t.Errorf("%s: volume %v, want %s", file, volume, c.Metadata.Name)
		}
	}
	t.Run("by kubectl itself", func(t *testing.T) {
		if _, err := exec.LookPath("kubectl"); err != nil {
			t.Skip("has Kubernetes' own tool build the files that were compared above, and it is not installed (Debian: kubernetes-client)")
		}
		out, err := exec.Command("kubectl", "kustomize", "kubernetes").CombinedOutput()
		if image := "image: " + k.Images[0].NewName + ":" + k.Images[0].NewTag + "\n"; err != nil || strings.Count(string(out), image) != 3 || strings.Count(string(out), "image:") != 3 {
			t.Errorf("kubectl kustomize: %v, want three times %s\n%s", err, image, out)
		}
	})
}

// wait.sh ends after success and after failure, not before either, and says what kubectl could not. It outlives a server that cannot be
// reached for a while.
func TestWait(t *testing.T) {
	const away = "away" // kubectl fails
	for _, c := range []struct {
		name    string
		answers []string // of kubectl, one after the other
		status  int
		says    string
	}{
		{"complete", []string{"j\n", "j\nSuspended", "j\nSuccessCriteriaMet\nComplete"}, 0, ""},
		{"failed", []string{"j\n", "j\nFailureTarget", "j\nFailureTarget\nFailed", "Job has failed indexes", "3,7-9"}, 1, "j has failed: Job has failed indexes: shards (from 0) 3,7-9\n"},
		{"failed without shards", []string{"j\nFailed", "exit code 2", ""}, 1, "j has failed: exit code 2\n"},
		{"failed, and then away", []string{"j\nFailed", away, away}, 1, "away\naway\nj has failed: kubectl cannot say why\n"},
		{"no such job", []string{""}, 2, "there is no job j in the namespace space\n"},
		{"away for a while, twice", []string{away, away, away, away, away, "j\n", away, "j\nComplete"}, 0, strings.Repeat("away\n", 6)},
		{"away for good", []string{"j\n", away, away, away, away, away, away}, 2, strings.Repeat("away\n", 6)},
	} {
		t.Run(c.name, func(t *testing.T) {
			folder := t.TempDir()
			const kubectl = `#!/bin/sh
cd "${0%/*}"
n=$(cat n 2>/dev/null || echo 1)
echo $((n + 1)) >n
[ "$*" = "${*#-n space get job j --ignore-not-found -o jsonpath=}" ] && exit 9
[ "$(cat "$n")" = away ] && { echo away >&2; exit 1; }
cat "$n"
`
			if err := os.WriteFile(filepath.Join(folder, "kubectl"), []byte(kubectl), 0o777); err != nil {
				t.Fatal(err)
			}
			for i, answer := range c.answers {
				if err := os.WriteFile(filepath.Join(folder, string(rune('1'+i))), []byte(answer), 0o666); err != nil {
					t.Fatal(err)
				}
			}
			cmd := exec.Command("kubernetes/wait.sh", "j", "space")
			cmd.Env = []string{"PATH=" + folder + ":" + os.Getenv("PATH"), "ACTINIT_POLL=0"}
			out, err := cmd.CombinedOutput()
			if status := cmd.ProcessState.ExitCode(); status != c.status || string(out) != c.says {
				t.Errorf("status %d (%v), says %q, want %d, %q", status, err, out, c.status, c.says)
			}
		})
	}
}

// The image's context is the program alone, not the repository with its runs.
func TestDockerContext(t *testing.T) {
	ignore, err := os.ReadFile("../.dockerignore")
	if err != nil {
		t.Fatal(err)
	}
	dockerfile, err := os.ReadFile("kubernetes/Dockerfile")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(ignore), "\n*\n!bin/actinit\n") || !strings.Contains(string(dockerfile), "\nCOPY bin/actinit ") {
		t.Errorf("the context is not what is copied:\n%s\n%s", ignore, dockerfile)
	}
}
