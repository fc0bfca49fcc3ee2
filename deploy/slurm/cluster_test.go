//go:build linux

package slurm

import (
	"crypto/rand"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"actinit/deploy/internal/trial"
)

// nodes is the number of slurmd on this machine; each has one CPU to give away.
const nodes = 2

// A cluster is Slurm on loopback: munged, slurmctld and some slurmd in a folder of their own.
type cluster struct {
	*trial.Daemons
	t          *testing.T
	dir        string
	conf       string
	controller *trial.Daemon
}

// startCluster starts one. It ends with the test, whatever its outcome.
func startCluster(t *testing.T) *cluster {
	for _, program := range []string{"munged", "slurmctld", "slurmd", "sbatch", "squeue", "scontrol", "scancel", "sinfo"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Fatalf("%v: make test-slurm installs it on Debian", err)
		}
	}
	dir, err := os.MkdirTemp("/tmp", "slurm") // t.TempDir's names are too long for sockets
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil { // munged's clients may be anyone
		t.Fatal(err)
	}
	c := &cluster{Daemons: trial.NewDaemons(t), t: t, dir: dir, conf: filepath.Join(dir, "slurm.conf")}
	key := make([]byte, 128)
	rand.Read(key)
	c.write("munge.key", key)
	c.configure()
	c.start("munged", "--foreground", "--socket="+c.path("munge.sock"), "--key-file="+c.path("munge.key"),
		"--pid-file="+c.path("munge.pid"), "--log-file="+c.path("munge.log"), "--seed-file="+c.path("munge.seed"))
	c.Eventually("munged", func() bool { _, err := os.Stat(c.path("munge.sock")); return err == nil })
	c.controller = c.start("slurmctld", "-D")
	for i := range nodes {
		c.start("slurmd", "-D", "-N", fmt.Sprintf("node%d", i+1))
	}
	c.Eventually("idle nodes", func() bool { return strings.Count(c.ask("sinfo", "-hN", "-o", "%T"), "idle") == nodes })
	return c
}

// cancel ends all jobs, which the end of the daemons would not.
func (c *cluster) cancel() {
	c.ask("scancel", "--user=root")
	for range 20 {
		if strings.TrimSpace(c.ask("squeue", "-h")) == "" {
			return
		}
		time.Sleep(time.Second)
	}
	c.t.Error("jobs are left that Slurm could not end")
}

func (c *cluster) path(name string) string { return filepath.Join(c.dir, name) }

func (c *cluster) write(name string, content []byte) {
	c.t.Helper()
	if err := os.WriteFile(c.path(name), content, 0o600); err != nil {
		c.t.Fatal(err)
	}
}

// configure writes slurm.conf, with ports that are free.
func (c *cluster) configure() {
	c.t.Helper()
	host, err := os.Hostname()
	if err != nil {
		c.t.Fatal(err)
	}
	host, _, _ = strings.Cut(host, ".")
	if err := os.Mkdir(c.path("state"), 0o700); err != nil {
		c.t.Fatal(err)
	}
	conf := fmt.Sprintf(`ClusterName=actinit
SlurmctldHost=%s(127.0.0.1)
SlurmctldPort=%d
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
AuthInfo=socket=%s/munge.sock
CredType=cred/munge
StateSaveLocation=%[3]s/state
SlurmdSpoolDir=%[3]s/spool-%%n
SlurmdPidFile=%[3]s/slurmd-%%n.pid
SlurmctldPidFile=%[3]s/slurmctld.pid
ProctrackType=proctrack/pgid
TaskPlugin=task/none
SelectType=select/cons_tres
SelectTypeParameters=CR_CPU
SwitchType=switch/none
MpiDefault=none
ReturnToService=2
SlurmdParameters=config_overrides
KillWait=5
JobRequeue=1
SchedulerParameters=sched_interval=2,batch_sched_delay=1
`, host, trial.FreePort(c.t), c.dir)
	for i := range nodes {
		conf += fmt.Sprintf("NodeName=node%d NodeHostname=%s NodeAddr=127.0.0.1 Port=%d CPUs=1 State=UNKNOWN\n", i+1, host, trial.FreePort(c.t))
	}
	c.write("slurm.conf", []byte(conf+"PartitionName=all Nodes=ALL Default=YES MaxTime=INFINITE State=UP\n"))
}

// command returns a command that asks this Slurm.
func (c *cluster) command(name string, args ...string) *exec.Cmd {
	cmd := exec.Command(name, args...)
	cmd.Dir = c.dir
	cmd.Env = append(os.Environ(), "SLURM_CONF="+c.conf)
	return cmd
}

// start starts a daemon of it.
func (c *cluster) start(name string, args ...string) *trial.Daemon {
	c.t.Helper()
	return c.Start(c.command(name, args...))
}

// restartController stops slurmctld and starts it again.
func (c *cluster) restartController() {
	c.t.Helper()
	c.controller.Stop()
	c.t.Log("slurmctld has been stopped")
	c.controller = c.start("slurmctld", "-D")
	c.Eventually("slurmctld", func() bool { return strings.Contains(c.ask("scontrol", "ping"), "UP") })
	c.t.Log("slurmctld is back")
}

// ask returns what a command of Slurm's prints. While the controller is away that is an error, of
// which nothing is made: those who wait ask again.
func (c *cluster) ask(name string, args ...string) string {
	out, _ := c.command(name, args...).CombinedOutput()
	return string(out)
}

// submit submits a job file and returns the job's ID.
func (c *cluster) submit(environment []string, args ...string) string {
	c.t.Helper()
	cmd := c.command("sbatch", append([]string{"--parsable"}, args...)...)
	cmd.Env = append(cmd.Env, environment...)
	out, err := cmd.Output()
	if err != nil {
		c.t.Fatalf("sbatch %q: %v", args, err)
	}
	id := strings.TrimSpace(string(out))
	c.t.Logf("job %s: sbatch %s", id, strings.Join(args, " "))
	return id
}

// finish waits until no job is left.
func (c *cluster) finish() {
	c.t.Helper()
	c.Eventually("the end of all jobs", func() bool {
		out, err := c.command("squeue", "-h").Output()
		return err == nil && strings.TrimSpace(string(out)) == ""
	})
}
