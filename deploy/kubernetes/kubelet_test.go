//go:build linux

package kubernetes

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/api/resource"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/types"
	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/kubernetes/pkg/fieldpath"
	"k8s.io/kubernetes/third_party/forked/golang/expansion"
	"k8s.io/utils/ptr"

	"actinit/deploy/internal/trial"
)

// A kubelet runs the pods of some nodes as processes of this machine: each with namespaces of its own
// for processes, mounts and the host's name, in the folder of the image, with its claims' volumes mounted.
type kubelet struct {
	t         *testing.T
	client    clientset.Interface
	image     string // the folder that is a pod's root
	logs      string // the folder of what pods print
	server    *httptest.Server
	mu        sync.Mutex
	nodes     map[string]bool // those that are alive
	processes map[types.UID]*process
}

type process struct {
	pod         *corev1.Pod
	cmd         *exec.Cmd
	ended       chan struct{} // closed when its end has been reported
	terminating bool
}

// startKubelet starts a kubelet without nodes, which ends with the test, and the pods' processes with it.
func startKubelet(t *testing.T, client clientset.Interface, image, logs string) *kubelet {
	k := &kubelet{t: t, client: client, image: image, logs: logs, nodes: map[string]bool{}, processes: map[types.UID]*process{}}
	k.server = httptest.NewTLSServer(k)
	ctx, cancel := context.WithCancel(context.Background())
	var loops sync.WaitGroup
	every := func(period time.Duration, do func(context.Context)) {
		loops.Go(func() {
			for ctx.Err() == nil {
				do(ctx)
				select {
				case <-ctx.Done():
				case <-time.After(period):
				}
			}
		})
	}
	every(100*time.Millisecond, k.sync)
	every(5*time.Second, k.beat)
	t.Cleanup(func() {
		cancel()
		loops.Wait()
		for _, p := range k.processes {
			_ = p.cmd.Process.Kill() // it may have ended
			<-p.ended
		}
		k.server.Close()
	})
	return k
}

// addNode adds a node to the cluster.
func (k *kubelet) addNode(name, cpus, memory string, labels map[string]string) {
	k.t.Helper()
	address := k.server.Listener.Addr().(*net.TCPAddr)
	size := corev1.ResourceList{corev1.ResourceCPU: resource.MustParse(cpus), corev1.ResourceMemory: resource.MustParse(memory), corev1.ResourcePods: resource.MustParse("110")}
	all := map[string]string{corev1.LabelHostname: name}
	maps.Copy(all, labels)
	node := &corev1.Node{
		ObjectMeta: metav1.ObjectMeta{Name: name, Labels: all},
		Status: corev1.NodeStatus{
			Capacity: size, Allocatable: size,
			Addresses:       []corev1.NodeAddress{{Type: corev1.NodeInternalIP, Address: address.IP.String()}},
			DaemonEndpoints: corev1.NodeDaemonEndpoints{KubeletEndpoint: corev1.DaemonEndpoint{Port: int32(address.Port)}},
		},
	}
	if _, err := k.client.CoreV1().Nodes().Create(context.Background(), node, metav1.CreateOptions{}); err != nil {
		k.t.Fatal(err)
	}
	k.mu.Lock()
	k.nodes[name] = true
	k.mu.Unlock()
	k.beat(context.Background())
}

// beat tells that the nodes are alive.
func (k *kubelet) beat(ctx context.Context) {
	k.mu.Lock()
	defer k.mu.Unlock()
	for name := range k.nodes {
		ready := corev1.NodeCondition{Type: corev1.NodeReady, Status: corev1.ConditionTrue, LastHeartbeatTime: metav1.Now()}
		patch, _ := json.Marshal(map[string]any{"status": map[string]any{"conditions": []corev1.NodeCondition{ready}}})
		_, _ = k.client.CoreV1().Nodes().Patch(ctx, name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status") // the next one may arrive
	}
}

// sync starts and ends processes as the API server has it.
func (k *kubelet) sync(ctx context.Context) {
	pods, err := k.client.CoreV1().Pods("").List(ctx, metav1.ListOptions{})
	if err != nil {
		return // it is asked again
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, pod := range pods.Items {
		if !k.nodes[pod.Spec.NodeName] {
			continue
		}
		p := k.processes[pod.UID]
		switch {
		case p == nil && pod.Status.Phase == corev1.PodPending && pod.DeletionTimestamp == nil:
			if err := k.start(ctx, &pod); err != nil {
				k.t.Errorf("%s: %v", pod.Name, err)
			}
		case pod.DeletionTimestamp != nil && (p == nil || !p.terminating):
			if p != nil {
				p.terminating = true
			}
			go k.terminate(ctx, &pod, p)
		}
	}
	for uid, p := range k.processes {
		if !slices.ContainsFunc(pods.Items, func(pod corev1.Pod) bool { return pod.UID == uid }) {
			_ = p.cmd.Process.Kill() // the pod was deleted by force
		}
	}
}

// enter makes a process that has namespaces of its own the pod's: its arguments are the host's name, the
// image's folder, pairs of a folder and its mount point, -- and the command.
const enter = `set -e
mount --make-rprivate /
hostname "$1"
cd "$2"
shift 2
mount -t proc proc proc
mount --rbind /sys sys
mount --rbind /dev dev
while [ "$1" != -- ]; do mount --bind "$1" ".$2"; shift 2; done
shift
exec chroot . "$@"`

// command returns the command of a pod.
func (k *kubelet) command(ctx context.Context, pod *corev1.Pod) (*exec.Cmd, error) {
	c := pod.Spec.Containers[0]
	mounts, err := k.mounts(ctx, pod, c)
	if err != nil {
		return nil, err
	}
	environment := map[string]string{"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
	for _, e := range c.Env {
		environment[e.Name] = e.Value
		if e.ValueFrom != nil {
			if environment[e.Name], err = fieldpath.ExtractFieldPathAsString(pod, e.ValueFrom.FieldRef.FieldPath); err != nil {
				return nil, err
			}
		}
	}
	args := slices.Concat([]string{"-c", enter, "sh", cmp.Or(pod.Spec.Hostname, pod.Name), k.image}, mounts, []string{"--"})
	for _, arg := range slices.Concat(c.Command, c.Args) {
		args = append(args, expansion.Expand(arg, expansion.MappingFuncFor(environment)))
	}
	cmd := exec.Command("/bin/sh", args...)
	for name, value := range environment {
		cmd.Env = append(cmd.Env, name+"="+value)
	}
	cmd.SysProcAttr = &syscall.SysProcAttr{Cloneflags: syscall.CLONE_NEWPID | syscall.CLONE_NEWNS | syscall.CLONE_NEWUTS}
	trial.Bind(cmd)
	return cmd, nil
}

// start starts a pod's process.
func (k *kubelet) start(ctx context.Context, pod *corev1.Pod) error {
	cmd, err := k.command(ctx, pod)
	if err != nil {
		return err
	}
	log, err := os.Create(filepath.Join(k.logs, pod.Name))
	if err != nil {
		return err
	}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		return err
	}
	p := &process{pod: pod, cmd: cmd, ended: make(chan struct{})}
	k.processes[pod.UID] = p
	go func() {
		defer close(p.ended)
		began := metav1.Now()
		k.report(pod, corev1.PodRunning, began, corev1.ContainerState{Running: &corev1.ContainerStateRunning{StartedAt: began}})
		_ = cmd.Wait() // its status is looked at below
		log.Close()
		ended := &corev1.ContainerStateTerminated{StartedAt: began, FinishedAt: metav1.Now(), Reason: "Completed"}
		phase := corev1.PodSucceeded
		if status := cmd.ProcessState.Sys().(syscall.WaitStatus); status != 0 {
			ended.ExitCode, ended.Reason, phase = int32(status.ExitStatus()), "Error", corev1.PodFailed
			if status.Signaled() {
				ended.ExitCode = 128 + int32(status.Signal())
			}
		}
		k.report(pod, phase, began, corev1.ContainerState{Terminated: ended})
	}()
	return nil
}

// mounts returns the folder and the mount point of each of the container's claims, which are bound to
// volumes of the type hostPath. What else is mounted, the account's token, is left out.
func (k *kubelet) mounts(ctx context.Context, pod *corev1.Pod, c corev1.Container) (pairs []string, err error) {
	for _, m := range c.VolumeMounts {
		i := slices.IndexFunc(pod.Spec.Volumes, func(v corev1.Volume) bool { return v.Name == m.Name })
		source := pod.Spec.Volumes[i].PersistentVolumeClaim
		if source == nil {
			continue
		}
		claim, err := k.client.CoreV1().PersistentVolumeClaims(pod.Namespace).Get(ctx, source.ClaimName, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		volume, err := k.client.CoreV1().PersistentVolumes().Get(ctx, claim.Spec.VolumeName, metav1.GetOptions{})
		if err != nil {
			return nil, err
		}
		if err := os.MkdirAll(filepath.Join(k.image, m.MountPath), 0o755); err != nil {
			return nil, err
		}
		pairs = append(pairs, volume.Spec.HostPath.Path, m.MountPath)
	}
	return pairs, nil
}

// report tells the API server how a pod fares, if its node is alive.
func (k *kubelet) report(pod *corev1.Pod, phase corev1.PodPhase, began metav1.Time, state corev1.ContainerState) {
	k.mu.Lock()
	alive := k.nodes[pod.Spec.NodeName]
	k.mu.Unlock()
	if !alive {
		return
	}
	c := pod.Spec.Containers[0]
	status := corev1.PodStatus{Phase: phase, StartTime: &began, ContainerStatuses: []corev1.ContainerStatus{{Name: c.Name, Image: c.Image, Ready: state.Running != nil, State: state}}}
	patch, _ := json.Marshal(map[string]any{"status": status})
	var err error
	for range 50 {
		if _, err = k.client.CoreV1().Pods(pod.Namespace).Patch(context.Background(), pod.Name, types.StrategicMergePatchType, patch, metav1.PatchOptions{}, "status"); err == nil {
			return
		}
		time.Sleep(100 * time.Millisecond)
	}
	fmt.Fprintf(os.Stderr, "kubelet: %s: %v\n", pod.Name, err) // the test may have ended
}

// terminate ends a pod that is being deleted: by SIGTERM, after its grace period by SIGKILL.
func (k *kubelet) terminate(ctx context.Context, pod *corev1.Pod, p *process) {
	if p != nil {
		_ = p.cmd.Process.Signal(syscall.SIGTERM) // it may have ended
		select {
		case <-p.ended:
		case <-time.After(time.Duration(*pod.DeletionGracePeriodSeconds) * time.Second):
			_ = p.cmd.Process.Kill()
			<-p.ended
		}
	}
	_ = k.client.CoreV1().Pods(pod.Namespace).Delete(ctx, pod.Name, metav1.DeleteOptions{GracePeriodSeconds: ptr.To[int64](0)}) // it may be gone
}

// kill kills the process of a pod whose name begins so, as kill -9 does. It reports whether there was one.
func (k *kubelet) kill(prefix string) bool {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.processes {
		if strings.HasPrefix(p.pod.Name, prefix) && p.cmd.Process.Signal(syscall.SIGKILL) == nil {
			return true
		}
	}
	return false
}

// lose has a node lose its power: its processes end, and nobody tells the API server.
func (k *kubelet) lose(node string) {
	k.mu.Lock()
	defer k.mu.Unlock()
	delete(k.nodes, node)
	for _, p := range k.processes {
		if p.pod.Spec.NodeName == node {
			_ = p.cmd.Process.Kill() // it may have ended
		}
	}
}

// ServeHTTP answers the API server's requests for logs: /containerLogs/NAMESPACE/POD/CONTAINER.
func (k *kubelet) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	parts := strings.Split(r.URL.Path, "/")
	if len(parts) != 5 || parts[1] != "containerLogs" {
		http.NotFound(w, r)
		return
	}
	if follow, _ := strconv.ParseBool(r.URL.Query().Get("follow")); follow {
		<-k.end(parts[3])
	}
	http.ServeFile(w, r, filepath.Join(k.logs, parts[3]))
}

// end returns a channel that is closed when the pod has ended.
func (k *kubelet) end(pod string) chan struct{} {
	k.mu.Lock()
	defer k.mu.Unlock()
	for _, p := range k.processes {
		if p.pod.Name == pod {
			return p.ended
		}
	}
	ended := make(chan struct{})
	close(ended)
	return ended
}
