//go:build linux

package trial

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"testing"
	"time"
)

const startsDaemon = "TRIAL_TEST_STARTS_DAEMON"

// A daemon ends with a test that is killed.
func TestDaemonsOfAKilledTest(t *testing.T) {
	if os.Getenv(startsDaemon) != "" {
		daemon := exec.Command("sleep", "600")
		daemon.ExtraFiles = []*os.File{os.NewFile(3, "pipe")}
		NewDaemons(t).Start(daemon)
		os.Stdout.WriteString("started\n")
		select {} // until it is killed
	}
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	test := exec.Command(os.Args[0], "-test.run=^TestDaemonsOfAKilledTest$")
	test.Env, test.ExtraFiles = append(os.Environ(), startsDaemon+"=1"), []*os.File{w}
	out, err := test.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := test.Start(); err != nil {
		t.Fatal(err)
	}
	w.Close()
	if line, err := bufio.NewReader(out).ReadString('\n'); err != nil {
		t.Fatal(line, err)
	}
	if err := test.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = test.Wait() // it was killed
	if err := r.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	if _, err := io.ReadAll(r); err != nil { // no end of the pipe: the daemon has it
		t.Errorf("the daemon outlives its test: %v", err)
	}
}
