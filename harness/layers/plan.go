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
	lectureDepth    = 6
	lectureWidth    = 4096
	lectureBatch    = 64
	smallWidth      = 512
	smallBatch      = 256
	largestNetUnits = 1 << 15 // one weight matrix of 4 GiB: more is a slip of the keyboard
)

// Options say what to run and where rows go.
type Options struct {
	// Filter selects cells; nil selects all.
	Filter func(activation, initializer, data string, depth, width int) bool
	// All runs every activation at the lecture's size on both data sets,
	// the digits with both meanings of Xavier.
	All bool
	// Depth (layers), Width (units per layer) and Batch (examples) override
	// the plan's sizes when they are not 0.
	Depth, Width, Batch int

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
	Depth       int // layers
	Width       int // units per layer
	Batch       int // examples
}

// Unit names the cell's rows under a seed in a journal.
func (c Cell) Unit(seed uint64) string {
	return fmt.Sprintf("%v, batch %d, seed %d", c, c.Batch, seed)
}

// String names the cell for a reader: "tanh, normal .01, n01, 6x4096".
func (c Cell) String() string {
	return fmt.Sprintf("%s, %s, %s, %dx%d", c.Activation, c.Initializer, c.Data, c.Depth, c.Width)
}

// Plan returns the cells of a run in their order.
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
	}{{"depth", o.Depth, 10000}, {"width", o.Width, largestNetUnits}, {"batch", o.Batch, 1 << 20}} {
		if size.value < 0 || size.value > size.max {
			return nil, fmt.Errorf("--%s %d: want 1 .. %d, or 0 for the plan's own", size.flag, size.value, size.max)
		}
	}
	var cells []Cell
	add := func(activation, data string, width, batch int, initializers ...string) {
		for _, init := range initializers {
			c := Cell{activation, init, data, orElse(o.Depth, lectureDepth), orElse(o.Width, width), orElse(o.Batch, batch)}
			if data == DataDigits && c.Batch > digitsExamples {
				c.Batch = digitsExamples
			}
			if o.Filter == nil || o.Filter(c.Activation, c.Initializer, c.Data, c.Depth, c.Width) {
				cells = append(cells, c)
			}
		}
	}
	four := []string{Normal01, Normal05, XavierLecture, Kaiming}
	five := []string{Normal01, Normal05, XavierLecture, XavierGlorot, Kaiming}
	lecture := []string{"tanh", "relu"}
	var others, extended []string
	for _, row := range ops.All() {
		switch {
		case row.Saved == ops.SavedBoth: // a gated unit is no function of one pre-activation
		case row.Twin != "":
		case row.Extended:
			extended = append(extended, row.Name)
		case !slices.Contains(lecture, row.Name):
			others = append(others, row.Name)
		}
	}
	for _, name := range lecture {
		if _, ok := ops.Find(name); ok {
			add(name, DataN01, lectureWidth, lectureBatch, four...)
		}
	}
	for _, name := range others {
		if o.All {
			add(name, DataN01, lectureWidth, lectureBatch, four...)
		} else {
			add(name, DataN01, smallWidth, smallBatch, four...)
		}
	}
	if o.All {
		for _, name := range append(lecture, others...) {
			if _, ok := ops.Find(name); ok {
				add(name, DataDigits, lectureWidth, lectureBatch, five...)
			}
		}
	}
	if o.All || len(cells) == 0 {
		for _, name := range extended {
			add(name, DataN01, smallWidth, smallBatch, four...)
		}
	}
	return cells, nil
}

func orElse(value, otherwise int) int {
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
	batch, width := float64(c.Batch), float64(c.Width)
	weights := 0.
	for l := 1; l <= c.Depth; l++ {
		weights += pieces * width * float64(c.fanIn(l))
	}
	units := batch * width * float64(c.Depth)
	seconds := 3*2*batch*weights/flopsPerSecond + // z, dW and dh
		2*weights/drawsPerSecond + // drawn for each direction
		(2*weights+(2+pieces)*units)/seenPerSecond +
		pieces*units*activationNs*1e-9
	return time.Duration(seconds * float64(time.Second))
}

// work is the cell's share of a run in units of progress: estimated milliseconds.
func (c Cell) work() int64 { return max(1, c.Estimate().Milliseconds()) }

// description returns the cell's net: layers of one width, without biases.
func (c Cell) description() network.Description {
	d := network.Description{Input: []int{c.inputs()}}
	for range c.Depth {
		d.Layers = append(d.Layers, network.Element{Dense: c.Width, Activation: c.Activation})
	}
	return d
}

// fanIn returns the number of inputs of layer l.
func (c Cell) fanIn(l int) int {
	if l == 1 {
		return c.inputs()
	}
	return c.Width
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
