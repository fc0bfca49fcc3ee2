//go:build linux

package kubernetes

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	clientset "k8s.io/client-go/kubernetes"
	"k8s.io/client-go/tools/clientcmd"

	"actinit/deploy/internal/trial"
)

// A cluster is Kubernetes' control plane on loopback, in a folder of its own, and a kubelet.
type cluster struct {
	*trial.Daemons
	kubelet *kubelet
	t       *testing.T
	dir     string
}

// startCluster starts one without nodes. It ends with the test, whatever its outcome.
func startCluster(t *testing.T) *cluster {
	c := &cluster{Daemons: trial.NewDaemons(t), t: t, dir: t.TempDir()}
	for _, name := range []string{"bin", "image/bin", "image/usr/local/bin", "image/proc", "image/sys", "image/dev", "logs", "runs"} {
		if err := os.MkdirAll(c.path(name), 0o755); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range []string{"server", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubectl"} {
		program, err := exec.Command("go", "tool", "-n", name).Output()
		if err != nil {
			t.Fatalf("building %s: %v", name, err)
		}
		if err := os.Symlink(strings.TrimSpace(string(program)), c.path("bin/"+name)); err != nil {
			t.Fatal(err)
		}
	}
	t.Log("etcd, Kubernetes' servers and kubectl are built")

	client, peer, secure := trial.FreePort(t), trial.FreePort(t), trial.FreePort(t)
	etcd, members := fmt.Sprintf("http://127.0.0.1:%d", client), fmt.Sprintf("http://127.0.0.1:%d", peer)
	token := rand.Text() // other users of the machine must not guess it: pods are root's processes
	c.write("kubeconfig", fmt.Appendf(nil, `apiVersion: v1
kind: Config
clusters: [{name: trial, cluster: {server: "https://127.0.0.1:%d", insecure-skip-tls-verify: true}}]
users: [{name: admin, user: {token: %s}}]
contexts: [{name: trial, context: {cluster: trial, user: admin}}]
current-context: trial
`, secure, token))
	c.write("tokens", []byte(token+",admin,admin,system:masters\n"))
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	c.write("key", pem.EncodeToMemory(&pem.Block{Type: "RSA PRIVATE KEY", Bytes: x509.MarshalPKCS1PrivateKey(key)}))

	c.Start(c.command("server", "--data-dir", c.path("etcd"), "--listen-client-urls", etcd, "--advertise-client-urls", etcd,
		"--listen-peer-urls", members, "--initial-advertise-peer-urls", members, "--initial-cluster", "default="+members, "--log-level=error"))
	c.Start(c.command("kube-apiserver", "--etcd-servers", etcd, "--bind-address=127.0.0.1", fmt.Sprintf("--secure-port=%d", secure),
		"--cert-dir", c.path("certificates"), "--token-auth-file", c.path("tokens"), "--authorization-mode=RBAC",
		"--service-cluster-ip-range=10.0.0.0/24", "--endpoint-reconciler-type=none", "--service-account-issuer=https://127.0.0.1",
		"--service-account-key-file", c.path("key"), "--service-account-signing-key-file", c.path("key")))
	c.Eventually("the API server", func() bool { _, err := c.kubectl("get", "--raw", "/readyz"); return err == nil })
	c.Start(c.command("kube-controller-manager", "--kubeconfig", c.path("kubeconfig"), "--service-account-private-key-file", c.path("key"),
		"--leader-elect=false", "--secure-port=0"))
	c.Start(c.command("kube-scheduler", "--kubeconfig", c.path("kubeconfig"), "--leader-elect=false", "--secure-port=0"))
	c.Eventually("the default account", func() bool { _, err := c.kubectl("get", "serviceaccount", "default"); return err == nil })

	config, err := clientcmd.BuildConfigFromFlags("", c.path("kubeconfig"))
	if err != nil {
		t.Fatal(err)
	}
	config.QPS = -1 // no limit
	c.kubelet = startKubelet(t, clientset.NewForConfigOrDie(config), c.path("image"), c.path("logs"))
	return c
}

func (c *cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *cluster) write(name string, content []byte) {
	c.t.Helper()
	if err := os.WriteFile(c.path(name), content, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// command returns a command that finds this cluster and its programs.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	if own := c.path("bin/" + name); name != "sh" {
		name = own
	}
	cmd := exec.Command(name, args...)
	cmd.Env = append(os.Environ(), "KUBECONFIG="+c.path("kubeconfig"), "PATH="+c.path("bin")+":"+os.Getenv("PATH"), "ACTINIT_POLL=1")
	return cmd
}

func (c *cluster) kubectl(args ...string) (out string, err error) {
	text, err := c.command("kubectl", args...).CombinedOutput()
	return string(text), err
}

// ask returns what kubectl prints, which must not fail.
func (c *cluster) ask(args ...string) string {
	c.t.Helper()
	out, err := c.kubectl(args...)
	if err != nil {
		c.t.Fatalf("kubectl %s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return out
}
