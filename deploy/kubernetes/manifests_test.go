// Package kubernetes tests the files beside it: against Kubernetes' own types, and on a control plane that
// the test starts and stops.
package kubernetes

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/serializer"
	genericapirequest "k8s.io/apiserver/pkg/endpoints/request"
	"k8s.io/apiserver/pkg/registry/rest"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
	"k8s.io/kubernetes/pkg/apis/batch"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	"k8s.io/kubernetes/pkg/apis/core"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	jobregistry "k8s.io/kubernetes/pkg/registry/batch/job"
	claimregistry "k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"sigs.k8s.io/kustomize/api/krusty"
	"sigs.k8s.io/kustomize/kyaml/filesys"
)

// build returns the manifests that kustomize makes of the files in a folder.
func build(t *testing.T, folder string) (manifests []string) {
	t.Helper()
	resources, err := krusty.MakeKustomizer(krusty.MakeDefaultOptions()).Run(filesys.MakeFsOnDisk(), folder)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range resources.Resources() {
		manifests = append(manifests, r.MustYaml())
	}
	return manifests
}

// accept does what an API server does with a manifest before it stores it: it decodes it strictly, sets
// defaults and validates. What the server would warn of is an error.
func accept(manifest string) (runtime.Object, error) {
	codecs := serializer.NewCodecFactory(legacyscheme.Scheme, serializer.EnableStrict)
	object, _, err := codecs.UniversalDecoder().Decode([]byte(manifest), nil, nil)
	if err != nil {
		return nil, err
	}
	meta := object.(metav1.Object)
	rest.FillObjectMetaSystemFields(meta)
	request := &genericapirequest.RequestInfo{IsResourceRequest: true, Verb: "create", APIVersion: "v1"}
	var strategy rest.RESTCreateStrategy
	switch object.(type) {
	case *batch.Job:
		strategy, request.APIGroup, request.Resource = jobregistry.Strategy, "batch", "jobs"
	case *core.PersistentVolumeClaim:
		strategy, request.Resource = claimregistry.Strategy, "persistentvolumeclaims"
	}
	ctx := genericapirequest.WithRequestInfo(genericapirequest.WithNamespace(context.Background(), meta.GetNamespace()), request)
	if err := rest.BeforeCreate(strategy, ctx, object); err != nil {
		return nil, err
	}
	if warnings := strategy.WarningsOnCreate(ctx, object); len(warnings) != 0 {
		return nil, &warned{warnings}
	}
	return object, nil
}

type warned struct{ warnings []string }

func (w *warned) Error() string { return strings.Join(w.warnings, "; ") }

// Every manifest that kustomize makes of the files is one that an API server takes, without a warning.
func TestManifestsAreAccepted(t *testing.T) {
	manifests := build(t, ".")
	for _, manifest := range manifests {
		object, err := accept(manifest)
		if err != nil {
			t.Errorf("%v\n%s", err, manifest)
			continue
		}
		// A killed shard's run has to be free before the next pod goes on with it.
		if job, ok := object.(*batch.Job); ok && *job.Spec.PodReplacementPolicy != batch.Failed {
			t.Errorf("%s: a pod may start while the one before it runs", job.Name)
		}
	}
	files, err := filepath.Glob("*.yaml")
	if err != nil || len(manifests) != len(files)-1 {
		t.Errorf("%d manifests of %q (%v)", len(manifests), files, err)
	}
}

// What an API server would refuse or warn of is refused by the test above.
func TestManifestsThatAreNot(t *testing.T) {
	read := func(name string) string {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return strings.Replace(string(text), "metadata:\n", "metadata:\n  namespace: default\n", 1)
	}
	for _, c := range []struct{ file, old, new, want string }{
		{"shards.yaml", "parallelism:", "paralelism:", `unknown field "spec.paralelism"`},
		{"shards.yaml", "      restartPolicy: Never\n", "      restartPolicy: OnFailure\n", "restartPolicy"},
		{"shards.yaml", "  completionMode: Indexed\n", "", "backoffLimitPerIndex"},
		{"shards.yaml", "completions: 64", "completions: sixty-four", "cannot unmarshal string"},
		{"shards.yaml", "action: FailIndex", "action: FailShard", "FailShard"},
		{"shards.yaml", "containerName: actinit", "containerName: other", "containerName"},
		{"shards.yaml", "name: runs\n              mountPath", "name: run\n              mountPath", "volumeMounts[0].name"},
		{"bench.yaml", `requests: {cpu: "15"`, `requests: {cpu: "16"`, "must be less than or equal to cpu limit"},
		{"join.yaml", "action: FailJob", "action: FailIndex", "FailIndex"},
		{"claim.yaml", "[ReadWriteMany]", "[ReadWriteAll]", "ReadWriteAll"},
		{"claim.yaml", "storage: 10Gi", "storage: 10GiB", "quantities must match"},
	} {
		text := read(c.file)
		if !strings.Contains(text, c.old) {
			t.Errorf("%s has no %q", c.file, c.old)
		}
		if _, err := accept(strings.Replace(text, c.old, c.new, 1)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s with %q: %v, want %q", c.file, c.new, err, c.want)
		}
	}
}
