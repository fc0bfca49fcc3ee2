// Command lecture times the lecture's six tanh layers, forward and backward, with the
// statistics of every layer and without, by this project and by PyTorch: `make
// peers-lecture`. It needs Debian's python3-torch.
package main

import (
	"bufio"
	"context"
	_ "embed"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"os"
	"os/exec"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"time"

	"actinit/harness/dense"
	"actinit/harness/layers"
	"actinit/harness/network"
	"actinit/harness/result"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

//go:embed lecture.py
var lectureDriver string

// The lecture's experiment: six tanh layers of 4096 units, Xavier's weights.
const (
	lectureDepth  = 6
	lectureWidth  = 4096
	lectureBatch  = 256
	lectureRounds = 9
	lectureSeed   = 1
)

// A contender runs the experiment once and returns the seconds it took.
type contender struct {
	name string
	run  func() (float64, error)
}

func main() {
	if err := lecture(os.Stdout); err != nil {
		fmt.Fprintln(os.Stderr, "lecture:", err)
		os.Exit(2)
	}
}

// lecture times the lecture's experiment, forward and backward, with the statistics of
// every layer and without, by this project and by PyTorch, two threads each, in rounds
// of one run each in random order, and prints medians and ratios.
func lecture(w io.Writer) error {
	runtime.GOMAXPROCS(2) // as many as PyTorch is given
	n, x, g, err := lectureNet()
	if err != nil {
		return err
	}
	torch, version, err := startTorch()
	if err != nil {
		return err
	}
	ours := func(statistics bool) func() (float64, error) {
		return func() (float64, error) { return lecturePass(n, x, g, statistics) }
	}
	contenders := []contender{
		{"actinit, pass", ours(false)},
		{"actinit, pass and statistics", ours(true)},
		{"torch, pass", torch("plain")},
		{"torch, pass and statistics", torch("statistics")},
	}
	seconds := make([][]float64, len(contenders))
	for round := range lectureRounds + 1 {
		for _, i := range rand.New(rand.NewPCG(lectureSeed, uint64(round))).Perm(len(contenders)) {
			s, err := contenders[i].run()
			if err != nil {
				return fmt.Errorf("%s: %w", contenders[i].name, err)
			}
			if round > 0 { // the first warms up
				seconds[i] = append(seconds[i], s)
			}
		}
	}
	fmt.Fprintf(w, "%d tanh layers of %d units, batch %d, forward and backward, 2 threads, %d interleaved rounds; %s kernels, PyTorch %s\n\n",
		lectureDepth, lectureWidth, lectureBatch, lectureRounds, kernels.ISA(), version)
	flops := 3 * lectureBatch * float64(n.FLOPs())
	fmt.Fprintf(w, "%-30s %8s %8s %8s %10s\n", "", "median s", "min", "max", "GFLOP/s")
	for i, c := range contenders {
		m := median(seconds[i])
		fmt.Fprintf(w, "%-30s %8.3f %8.3f %8.3f %10.0f\n", c.name, m, slices.Min(seconds[i]), slices.Max(seconds[i]), flops/m/1e9)
	}
	ratio := func(a, b int) string {
		var r []float64
		for k := range seconds[a] {
			r = append(r, seconds[a][k]/seconds[b][k])
		}
		return fmt.Sprintf("%.2f (%.2f to %.2f over the rounds)", median(r), slices.Min(r), slices.Max(r))
	}
	fmt.Fprintf(w, "\npass, actinit / torch                     %s\n", ratio(0, 2))
	fmt.Fprintf(w, "pass and statistics, actinit / torch      %s\n", ratio(1, 3))
	fmt.Fprintf(w, "pass and statistics / pass, actinit       %s\n", ratio(1, 0))
	fmt.Fprintf(w, "pass and statistics / pass, torch         %s\n", ratio(3, 2))
	return nil
}

func median(x []float64) float64 {
	s := slices.Sorted(slices.Values(x))
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}

func lectureNet() (n *network.Net[float32], x, g dense.Matrix[float32], err error) {
	d := network.Description{Input: []int{lectureWidth}}
	for range lectureDepth {
		d.Layers = append(d.Layers, network.Element{Dense: lectureWidth, Activation: "tanh"})
	}
	if n, err = network.New[float32](d, nil, 2); err != nil {
		return nil, x, g, err
	}
	err = n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return initializer.XavierLecture() }, lectureSeed)
	x, g = dense.New[float32](lectureBatch, lectureWidth), dense.New[float32](lectureBatch, lectureWidth)
	for i := range lectureBatch {
		kernels.Normal(x.Row(i), lectureSeed, 1<<40, uint64(i*lectureWidth), 0, 1)
		kernels.Normal(g.Row(i), lectureSeed, 1<<40+1, uint64(i*lectureWidth), 0, 1)
	}
	return n, x, g, err
}

func lecturePass(n *network.Net[float32], x, g dense.Matrix[float32], statistics bool) (float64, error) {
	start := time.Now()
	var see network.Observer[float32]
	var recorder *layers.Recorder
	if statistics {
		recorder = layers.NewRecorder(result.Layer{}, n, 2)
		recorder.Promise(slices.Repeat([]float64{1 / math.Sqrt(lectureWidth)}, lectureDepth))
		see = recorder
	}
	n.ZeroGradients()
	if _, err := n.Forward(context.Background(), x, see); err != nil {
		return 0, err
	}
	if _, err := n.Backward(context.Background(), g, see); err != nil {
		return 0, err
	}
	if statistics {
		recorder.Rows(0)
	}
	return time.Since(start).Seconds(), nil
}

// startTorch starts PyTorch's part and returns what runs one pass of a kind, and the version.
func startTorch() (func(kind string) func() (float64, error), string, error) {
	cmd := exec.Command("/usr/bin/python3", "-c", lectureDriver)
	cmd.Stderr = os.Stderr
	cmd.Env = os.Environ()
	if kernels.ISA() == kernels.AVX512.ISA() { // the fastest of Debian's build, which would take AVX2
		cmd.Env = append(cmd.Env, "ATEN_CPU_CAPABILITY=avx512", "OPENBLAS_CORETYPE=SkylakeX")
	}
	in, err := cmd.StdinPipe()
	if err != nil {
		return nil, "", err
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, "", err
	}
	if err := cmd.Start(); err != nil {
		return nil, "", fmt.Errorf("python3: %w", err)
	}
	answers := bufio.NewReader(out)
	if _, err := fmt.Fprintln(in, "net", lectureDepth, lectureWidth, lectureBatch, lectureSeed); err != nil {
		return nil, "", fmt.Errorf("python3: %w", err)
	}
	version, err := answers.ReadString('\n')
	if err != nil {
		return nil, "", fmt.Errorf("python3: %w; is python3-torch installed? make peers-lecture installs it", err)
	}
	ask := func(kind string) func() (float64, error) {
		return func() (float64, error) {
			if _, err := fmt.Fprintln(in, kind); err != nil {
				return 0, err
			}
			answer, err := answers.ReadString('\n')
			if err != nil {
				return 0, err
			}
			seconds, ok := strings.CutPrefix(strings.TrimSpace(answer), "seconds ")
			if !ok {
				return 0, fmt.Errorf("%s", strings.TrimSpace(answer))
			}
			return strconv.ParseFloat(seconds, 64)
		}
	}
	return ask, strings.TrimSpace(version), nil
}
