package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"actinit/datasets/atomicfile"
	"actinit/datasets/weightfile"
	"actinit/kernels"
	"actinit/kernels/initializer"
)

// initSettings are the flags of the command init.
type initSettings struct {
	spec, preset, out string
	seed              uint64
	workers           int
	json              bool
}

func newInit() *cobra.Command {
	var s initSettings
	cmd := &cobra.Command{
		Use:   "init --spec FILE --out FILE",
		Short: "draw the first weights of a network and write them to a file",
		Long: `Draw the first weights of the network that a JSON file describes and write them to one file: .safetensors, .npz, .npy (one
tensor), .arrow or .parquet, as its name says.

  {"layers": [
    {"name": "fc1.weight", "shape": [300, 784], "init": "kaiming_normal", "mode": "fan_out"},
    {"name": "fc1.bias", "shape": [300], "init": "zeros"}
  ]}

A layer's "init" is a name of "actinit list initializers" and may be followed by that one's parameters. "dtype" is float32 or float64,
for a layer or for all. With a preset, torch, jax or keras, which the file may name too, layers need no "init": the framework's
default for their "role" (linear, convolution, embedding, scale, bias) is taken, which shapes and names tell but for embeddings.

Each tensor has a random stream of its own, which depends on its name alone: to add, remove or reorder layers changes no other
tensor, and the same seed gives the same bits on every machine. Shapes are PyTorch's: (out, in/groups, k...).`,
		Example: `  actinit init --spec net.json --seed 7 --out weights.safetensors
  actinit init --spec net.json --preset torch --out weights.npz
  actinit init --spec - --out w.npy < net.json`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			network, err := s.read(cmd.InOrStdin())
			if err != nil {
				return err
			}
			tensors, err := s.write(cmd.Context(), network)
			if err != nil {
				return err
			}
			if s.json {
				return writeJSON(cmd.OutOrStdout(), tensors)
			}
			s.show(cmd.OutOrStdout(), tensors)
			return nil
		},
	}
	cmd.Flags().StringVar(&s.spec, "spec", "", "JSON `FILE` that describes the network; - is standard input")
	cmd.Flags().StringVar(&s.out, "out", "", "`FILE` to write: .safetensors, .npz, .npy, .arrow or .parquet")
	cmd.Flags().Uint64Var(&s.seed, "seed", 1, "seed of all tensors; it is stored in the file")
	cmd.Flags().StringVar(&s.preset, "preset", "", "what layers without an init get: torch, jax or keras")
	cmd.Flags().IntVar(&s.workers, "workers", 0, "goroutines; the bits do not depend on it; 0 is one for each processor")
	cmd.Flags().BoolVar(&s.json, "json", false, "print JSON")
	return cmd
}

// read reads the network and checks all that can be checked before its weights are drawn.
func (s *initSettings) read(stdin io.Reader) (initializer.Network, error) {
	switch {
	case s.spec == "":
		return nil, errors.New("--spec is missing: want the JSON file that describes the network")
	case s.out == "":
		return nil, errors.New("--out is missing: want the file to write the weights to")
	case s.workers < 0 || s.workers > 1024:
		return nil, fmt.Errorf("--workers %d: want 0 to 1024", s.workers)
	}
	var preset *initializer.Preset
	if s.preset != "" {
		p, err := initializer.FindPreset(s.preset)
		if err != nil {
			return nil, fmt.Errorf("--preset: %w", err)
		}
		preset = &p
	}
	name, in := "standard input", stdin
	if s.spec != "-" {
		f, err := openFile(s.spec)
		if err != nil {
			return nil, err
		}
		defer f.Close()
		name, in = s.spec, f
	}
	network, err := initializer.ReadNetwork(in, preset)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	if err := fitsMemory(network); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return network, nil
}

// fitsMemory refuses a tensor that is larger than the memory that is free: Go
// would end the program at it.
func fitsMemory(network initializer.Network) error {
	free, known := freeMemory()
	for _, t := range network {
		if size := sizeOf(t); known && size > free {
			return fmt.Errorf("layer %q: shape %v takes %d MB, and %d MB of memory are free", t.Name, t.Shape, size>>20, free>>20)
		}
	}
	return nil
}

func elementSize(t initializer.Tensor) int64 {
	if t.Type == initializer.Float64 {
		return 8
	}
	return 4
}

// sizeOf returns a tensor's bytes.
func sizeOf(t initializer.Tensor) int64 {
	size := elementSize(t)
	for _, n := range t.Shape {
		size *= int64(n) // no overflow: the network was checked
	}
	return size
}

// freeMemory returns the bytes that programs may still take, where Linux says so.
func freeMemory() (bytes int64, known bool) {
	info, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return 0, false
	}
	for line := range strings.Lines(string(info)) {
		if fields := strings.Fields(line); len(fields) == 3 && fields[0] == "MemAvailable:" {
			kilobytes, err := strconv.ParseInt(fields[1], 10, 64)
			return kilobytes << 10, err == nil
		}
	}
	return 0, false
}

// initialised is what the command prints of a tensor.
type initialised struct {
	Name    string           `json:"name"`
	Shape   []int            `json:"shape"`
	Type    initializer.Type `json:"dtype"`
	Init    string           `json:"init"`
	Formula string           `json:"formula"`
	Promise float64          `json:"promised_std"`
	Std     float64          `json:"std"`
	Mean    float64          `json:"mean"`
	Min     float64          `json:"min"`
	Max     float64          `json:"max"`
	Stream  string           `json:"stream"`
}

// write draws the weights into the file and measures them on the way.
func (s *initSettings) write(ctx context.Context, network initializer.Network) ([]initialised, error) {
	format, err := weightfile.FormatOf(s.out)
	if err != nil {
		return nil, fmt.Errorf("--out %w", err)
	}
	place := map[string]int{} // in the network as it was described, which is how it is shown
	for i, t := range network {
		place[t.Name] = i
	}
	if format == weightfile.Safetensors {
		// Whoever maps the file wants every tensor at a multiple of its elements' size.
		slices.SortStableFunc(network, func(a, b initializer.Tensor) int { return cmp.Compare(elementSize(b), elementSize(a)) })
	}
	announced := make([]weightfile.Tensor, len(network))
	for i, t := range network {
		announced[i] = weightfile.Tensor{Name: t.Name, Shape: t.Shape, Type: string(t.Type), Init: t.Init.Name, Stream: initializer.Stream(t.Name)}
	}
	metadata := map[string]string{"generator": "actinit init", "seed": strconv.FormatUint(s.seed, 10)}
	var tensors []initialised
	err = atomicfile.Write(s.out, func(w io.Writer) error {
		out, err := weightfile.NewWriter(w, format, announced, metadata)
		if err != nil {
			return err
		}
		if err := network.Fill(s.seed, s.workers, func(t initializer.Weights) error {
			tensors = append(tensors, describe(t, s.workers))
			if err := ctx.Err(); err != nil {
				return err
			}
			return out.Write(weightfile.Values{Float32: t.Float32, Float64: t.Float64})
		}); err != nil {
			return err
		}
		return out.Close()
	})
	slices.SortFunc(tensors, func(a, b initialised) int { return cmp.Compare(place[a.Name], place[b.Name]) })
	return tensors, err
}

func describe(t initializer.Weights, workers int) initialised {
	i := initialised{
		Name: t.Name, Shape: t.Shape, Type: t.Type, Init: t.Init.Name, Formula: t.Init.Formula,
		Promise: t.Promise.Std, Stream: fmt.Sprintf("%016x", t.Stream),
	}
	if t.Float64 != nil {
		i.Mean, i.Std, i.Min, i.Max = spread(t.Float64, t.Promise.Mean, workers)
	} else {
		i.Mean, i.Std, i.Min, i.Max = spread(t.Float32, t.Promise.Mean, workers)
	}
	return i
}

// spread returns the mean, the standard deviation and the range of x, 0 of nothing. Values are
// squared less centre, which is near the mean, and added in blocks in a fixed order.
func spread[T kernels.Float](x []T, centre float64, workers int) (mean, std, low, high float64) {
	if len(x) == 0 {
		return 0, 0, 0, 0
	}
	const block = 1 << 16
	type sums struct{ first, second, low, high float64 }
	blocks := make([]sums, 1+(len(x)-1)/block)
	kernels.ParallelRange(workers, len(blocks), 1, func(from, to int) {
		for b := from; b < to; b++ {
			s := sums{low: math.Inf(1), high: math.Inf(-1)}
			for _, v := range x[b*block : min((b+1)*block, len(x))] {
				d := float64(v) - centre
				s.first += d
				s.second += float64(d * d)
				s.low, s.high = min(s.low, float64(v)), max(s.high, float64(v))
			}
			blocks[b] = s
		}
	})
	all := blocks[0]
	for _, s := range blocks[1:] {
		all.first += s.first
		all.second += s.second
		all.low, all.high = min(all.low, s.low), max(all.high, s.high)
	}
	n := float64(len(x))
	offset := all.first / n
	return centre + offset, math.Sqrt(max(0, all.second/n-float64(offset*offset))), all.low, all.high
}

func (s *initSettings) show(w io.Writer, tensors []initialised) {
	l := &listing{header: []string{"tensor", "shape", "dtype", "init", "std promised", "measured", "mean", "range", "stream"},
		right: map[int]bool{4: true, 5: true, 6: true}}
	weights := int64(0)
	for _, t := range tensors {
		n := int64(1)
		for _, size := range t.Shape {
			n *= int64(size)
		}
		weights += n
		shape := strings.Trim(strings.ReplaceAll(fmt.Sprint(t.Shape), " ", "x"), "[]")
		l.add(t.Name, shape, string(t.Type), t.Init, figure(t.Promise), figure(t.Std), figure(t.Mean), figure(t.Min)+" .. "+figure(t.Max), t.Stream)
	}
	l.text(w)
	fmt.Fprintf(w, "%s: %s in %s, seed %d\n", s.out, plural(weights, "weight"), plural(len(tensors), "tensor"), s.seed)
}

// figure writes a number with four digits.
func figure(v float64) string { return strconv.FormatFloat(v, 'g', 4, 64) }
