package layers

import (
	"fmt"
	"slices"
	"time"

	"actinit/harness/network"
	"actinit/harness/ops"
	"actinit/harness/progress"
	"actinit/harness/result"
)

// Data sets of a cell.
const (
	DataN01    = "n01"    // independent N(0, 1) values, as many inputs as units
	DataDigits = "digits" // the shipped 8x8 images, each pixel standardised over all of them: 64 inputs
)

const (
	lectureDepth = 6
	lectureWidth = 4096
	lectureBatch = 64
	smallWidth   = 512
	smallBatch   = 256
)

// Larger nets are a slip of the keyboard.
const (
	largestDepth = 10000
	largestWidth = 1 << 15 // one weight matrix of 4 GiB
	largestBatch = 1 << 20

	largestNumbers = 5 << 30 // float32 in memory, 20 GiB
)

// Options say what to run and where rows go.
type Options struct {
	// Filter selects cells; nil selects all.
	Filter func(activation, initializer, data string, depth, width int) bool
	// All runs every activation at the lecture's size on both data sets,
	// the digits with both meanings of Xavier.
	All bool
	// Depth (layers), Width (units per layer) and Batch (examples) override
	// the plan's sizes when they are not 0. A grid has its own.
	Depth, Width, Batch int
	// Grid describes a sweep, as ParseGrid reads it, in place of the plan's cells.
	Grid string
	// Spectra adds the ranks of the activations' covariances and the singular values of the
	// Jacobians, for nets of up to MaxJacobian units.
	Spectra bool
	// Shard of Shards selects every Shards-th cell, counted from 0; 0 of 0 is all.
	Shard, Shards int

	Seed     uint64
	Workers  int // goroutines for fills, activations and statistics; 0 means one
	Identity result.Identity
	Journal  result.Journal[result.Layer] // where finished cells go, and which need not run again
	Progress progress.Reporter            // nil is silent
}

// A Cell is one net: it runs as a whole and its rows are saved as a whole.
type Cell struct {
	Activation  string
	Initializer string
	Data        string
	Depth       int     // layers
	Width       int     // units per layer
	Batch       int     // examples
	Gain        float64 // multiplies what the initialiser draws; 0 stands for 1
	BiasStd     float64 // biases are N(0, BiasStd^2); none if 0
	Seed        uint64
	Spectra     bool // with ranks and Jacobians
}

// Unit names the cell's rows in a journal.
func (c Cell) Unit() string {
	unit := fmt.Sprintf("%v, batch %d, seed %d", c, c.Batch, c.Seed)
	if c.Spectra {
		unit += ", spectra"
	}
	return unit
}

// String names the cell for a reader: "tanh, normal .01, n01, 6x4096", with gain and
// biases where there are any.
func (c Cell) String() string {
	name := fmt.Sprintf("%s, %s, %s, %dx%d", c.Activation, c.Initializer, c.Data, c.Depth, c.Width)
	if gain := c.gain(); gain != 1 {
		name += fmt.Sprintf(", gain %v", gain)
	}
	if c.BiasStd != 0 {
		name += fmt.Sprintf(", biases of std %v", c.BiasStd)
	}
	return name
}

// row returns what all rows of the cell share.
func (c Cell) row() result.Layer {
	return result.Layer{
		Activation: c.Activation, Initializer: c.Initializer, Data: c.Data,
		Depth: int64(c.Depth), Width: int64(c.Width), Batch: int64(c.Batch), Seed: int64(c.Seed),
		Gain: c.gain(), BiasStd: c.BiasStd,
	}
}

// numbers returns how many float32 the cell has in memory: weights and their gradients, and
// for every layer what the passes of the batch leave.
func (c Cell) numbers() float64 {
	row, _ := ops.Find(c.Activation)
	pieces := float64(max(1, row.Pieces))
	return 2*c.weights() + float64(c.Batch)*(2*float64(c.inputs())+float64(c.Depth)*float64(c.Width)*(2*pieces+3))
}

// batch returns the number of examples that there are for the cell.
func (c Cell) batch() int {
	if c.Data == DataDigits {
		return min(c.Batch, digitsExamples)
	}
	return c.Batch
}

func (c Cell) gain() float64 { return orElse(c.Gain, 1) }

// weights returns the number of the cell's weights.
func (c Cell) weights() float64 {
	row, _ := ops.Find(c.Activation)
	return float64(max(1, row.Pieces)) * float64(c.Width) * (float64(c.inputs()) + float64(c.Depth-1)*float64(c.Width))
}

// Plan returns the cells of a run in their order: those of Options.Grid if there is
// one, else the plan's own.
//
// By default tanh and ReLU run at the lecture's size, 6 layers of 4096 units,
// every other activation of the table at 6 x 512, each with the four
// initialisers .01, .05, Xavier (lecture) and Kaiming on N(0, 1). The table's
// extended activations run at that small size: with All, or where the filter
// selects nothing else.
func Plan(o Options) ([]Cell, error) {
	for _, size := range []struct {
		flag       string
		value, max int
	}{{"depth", o.Depth, largestDepth}, {"width", o.Width, largestWidth}, {"batch", o.Batch, largestBatch}} {
		if size.value < 0 || size.value > size.max {
			return nil, fmt.Errorf("--%s %d: want 1 .. %d, or 0 for the plan's own", size.flag, size.value, size.max)
		}
	}
	var cells []Cell
	if o.Grid != "" {
		all, err := ParseGrid(o.Grid, o.Seed)
		if err != nil {
			return nil, fmt.Errorf("--grid: %w", err)
		}
		cells = o.selected(all)
	} else {
		usual, extended := o.usual()
		cells = o.selected(usual)
		if o.All || len(cells) == 0 {
			cells = append(cells, o.selected(extended)...)
		}
	}
	for _, c := range cells {
		if init, err := startNamed(c.Initializer); err == nil && init.kind.Data && (c.gain() != 1 || c.BiasStd != 0) {
			return nil, fmt.Errorf("%s fits weights and biases to the data, which a gain or biases would undo: %v", c.Initializer, c)
		}
		if c.weights() > network.MaxWeights {
			return nil, fmt.Errorf("%v has %.3g weights, more than the %d that a net may have", c, c.weights(), network.MaxWeights)
		}
		if c.numbers() > largestNumbers {
			return nil, fmt.Errorf("%v, batch %d, takes %.0f GiB of memory, more than the %d that a net may take: give a smaller batch, width or depth", c, c.Batch, c.numbers()*4/(1<<30), largestNumbers*4>>30)
		}
	}
	if o.Spectra {
		for i, c := range cells {
			if c.Width > MaxJacobian || c.inputs() > MaxJacobian {
				return nil, fmt.Errorf("--spectra takes nets of up to %d units and inputs: %v is wider; give --width", MaxJacobian, c)
			}
			cells[i].Spectra = true
		}
	}
	var mine []Cell
	for i, c := range cells {
		if i%max(1, o.Shards) == o.Shard {
			mine = append(mine, c)
		}
	}
	return mine, nil
}

// selected returns the cells that the filter selects, with no more digits in a batch
// than there are.
func (o Options) selected(cells []Cell) []Cell {
	var kept []Cell
	for _, c := range cells {
		c.Batch = c.batch()
		if o.Filter == nil || o.Filter(c.Activation, c.Initializer, c.Data, c.Depth, c.Width) {
			kept = append(kept, c)
		}
	}
	return kept
}

// usual returns the cells of the plan, and apart those of extended activations.
func (o Options) usual() (cells, extended []Cell) {
	sized := func(activation, data string, width, batch int, initializers ...string) (cells []Cell) {
		for _, init := range initializers {
			cells = append(cells, Cell{
				Activation: activation, Initializer: init, Data: data, Seed: o.Seed,
				Depth: orElse(o.Depth, lectureDepth), Width: orElse(o.Width, width), Batch: orElse(o.Batch, batch),
			})
		}
		return cells
	}
	four := []string{Normal01, Normal05, XavierLecture, Kaiming}
	five := []string{Normal01, Normal05, XavierLecture, XavierGlorot, Kaiming}
	lecture := []string{"tanh", "relu"}
	var others []string
	for _, name := range lecture {
		cells = append(cells, sized(name, DataN01, lectureWidth, lectureBatch, four...)...)
	}
	for _, row := range ops.All() {
		switch {
		case row.Saved == ops.SavedBoth: // a gated unit is no function of one pre-activation
		case row.Twin != "", slices.Contains(lecture, row.Name):
		case row.Extended:
			extended = append(extended, sized(row.Name, DataN01, smallWidth, smallBatch, four...)...)
		case o.All:
			others = append(others, row.Name)
			cells = append(cells, sized(row.Name, DataN01, lectureWidth, lectureBatch, four...)...)
		default:
			cells = append(cells, sized(row.Name, DataN01, smallWidth, smallBatch, four...)...)
		}
	}
	if o.All {
		for _, name := range append(lecture, others...) {
			cells = append(cells, sized(name, DataDigits, lectureWidth, lectureBatch, five...)...)
		}
	}
	return cells, extended
}

func orElse[T int | float64](value, otherwise T) T {
	if value != 0 {
		return value
	}
	return otherwise
}

// Speeds that Estimate reckons with, measured on two Zen 3 threads but for the first, which is
// less than AVX2 makes on one core of a Xeon.
const (
	flopsPerSecond = 80e9  // products of float32 matrices
	drawsPerSecond = 150e6 // normal weights
	seenPerSecond  = 250e6 // values described by statistics
	activationNs   = 8     // forward and backward together, one element, one worker
)

// Estimate returns the time the cell takes on two Zen 3 threads.
func (c Cell) Estimate() time.Duration {
	row, _ := ops.Find(c.Activation)
	pieces := float64(max(1, row.Pieces))
	batch, width, weights := float64(c.Batch), float64(c.Width), c.weights()
	units := batch * width * float64(c.Depth)
	seconds := 3*2*batch*weights/flopsPerSecond + // z, dW and dh
		weights/drawsPerSecond +
		(2*weights+(2+pieces)*units)/seenPerSecond +
		pieces*units*activationNs*1e-9
	return time.Duration(seconds * float64(time.Second))
}

// description returns the cell's net: layers of one width, with biases where there are draws
// for them or the initialiser sets them.
func (c Cell) description() network.Description {
	d := network.Description{Input: []int{c.inputs()}}
	biases := c.BiasStd != 0
	if init, err := startNamed(c.Initializer); err == nil {
		biases = biases || init.kind.Biases
	}
	for range c.Depth {
		d.Layers = append(d.Layers, network.Element{Dense: c.Width, Activation: c.Activation, Bias: biases})
	}
	return d
}

// inputs returns the number of values in an example.
func (c Cell) inputs() int {
	if c.Data == DataDigits {
		return digitsInputs
	}
	return c.Width
}

// Estimate returns the time the cells take on two Zen 3 threads.
func Estimate(cells []Cell) time.Duration {
	var sum time.Duration
	for _, c := range cells {
		sum += c.Estimate()
	}
	return sum
}
