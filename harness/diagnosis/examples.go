package diagnosis

import (
	"fmt"
	"math"

	"actinit/datasets"
	"actinit/harness/dense"
	"actinit/kernels"
)

// Examples are what a net is shown, in batches, so that no more than one batch of a mapped
// file is in memory.
type Examples interface {
	Len() int     // examples
	Columns() int // values of each
	// Batch writes examples lo to lo+x.Rows-1 to x.
	Batch(lo int, x dense.Matrix[float32]) error
	// Labels returns the classes of these examples, nil where there are none.
	Labels(lo, hi int) []int
}

// A Table is examples that are the rows of a table.
type Table struct {
	source      *datasets.Table
	columns     []*column
	labels      []int
	rows        int
	mean, scale []float64 // of each column: x becomes (x-mean)*scale; nil to leave it
}

// A column is its name and its chunks, of one of the types.
type column struct {
	name   string
	chunk  []int // first row of each chunk
	float  [][]float32
	double [][]float64
}

// NewTable returns the rows of t, without the column label, which holds each row's class;
// "" for none. If standardise, each column is brought to mean 0 and variance 1, a constant one
// to 0. The table must stay open. A value that is null, NaN or infinite is an error of
// one line that names row and column, as is a label that is no whole number from 0. So is, here and in
// Batch, that the file under the table became shorter.
func NewTable(t *datasets.Table, label string, standardise bool) (*Table, error) {
	examples := &Table{source: t, rows: t.Rows()}
	if examples.rows == 0 {
		return nil, fmt.Errorf("%s: it has no rows", t.Path())
	}
	if label != "" && t.Column(label) == nil {
		return nil, fmt.Errorf("%s: there is no label column %q", t.Path(), label)
	}
	err := t.Guard(func() error {
		for _, c := range t.Columns() {
			var err error
			if c.Name() == label && label != "" {
				err = examples.readLabels(c)
			} else {
				err = examples.readValues(c, standardise)
			}
			if err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		return nil, err
	}
	return examples, nil
}

// readValues takes a column for values of the examples.
func (t *Table) readValues(c *datasets.Column, standardise bool) error {
	path := t.source.Path()
	mean, deviation, err := t.check(c)
	if err != nil {
		return err
	}
	if standardise {
		if math.IsInf(deviation, 0) || math.IsNaN(deviation) {
			return fmt.Errorf("%s: column %q: its values are too large to be standardised", path, c.Name())
		}
		scale := 0.
		if deviation > 0 {
			scale = 1 / deviation
		}
		t.mean, t.scale = append(t.mean, mean), append(t.scale, scale)
	}
	column := &column{name: c.Name(), float: datasets.Chunks[float32](c), double: datasets.Chunks[float64](c)}
	first := 0
	for _, chunk := range c.Arrow().Chunks() {
		column.chunk = append(column.chunk, first)
		first += chunk.Len()
	}
	t.columns = append(t.columns, column)
	return nil
}

// check returns the mean and the standard deviation of a column of numbers.
func (t *Table) check(c *datasets.Column) (mean, deviation float64, err error) {
	row, squares := 0, 0.
	for v, valid := range c.All() {
		row++
		if !valid || v-v != 0 {
			what := fmt.Sprint(v)
			if !valid {
				what = "a null"
			}
			return 0, 0, fmt.Errorf("%s: %s is no input of a net: give it a value or drop the row beforehand, or leave the column out (--columns)", t.place(row, c.Name()), what)
		}
		d := v - mean // Welford
		mean += d / float64(row)
		squares += d * (v - mean)
	}
	return mean, math.Sqrt(squares / float64(row)), nil
}

// place names a value of the file, by its row from 1.
func (t *Table) place(row int, column string) string {
	counted := ""
	if t.source.Separator() != datasets.SeparatorAuto {
		counted = " (a line of names not counted)"
	}
	return fmt.Sprintf("%s: row %d%s, column %q", t.source.Path(), row, counted, column)
}

func (t *Table) readLabels(c *datasets.Column) error {
	for v, valid := range c.All() {
		if !valid || v < 0 || v != math.Trunc(v) || v > math.MaxInt32 {
			return fmt.Errorf("%s: a label is a whole number from 0", t.place(len(t.labels)+1, c.Name()))
		}
		t.labels = append(t.labels, int(v))
	}
	return nil
}

func (t *Table) Len() int     { return t.rows }
func (t *Table) Columns() int { return len(t.columns) }

// Classes returns one more than the largest label, 0 without labels.
func (t *Table) Classes() int {
	classes := 0
	for _, l := range t.labels {
		classes = max(classes, l+1)
	}
	return classes
}

// Labels returns the labels of rows lo to hi-1.
func (t *Table) Labels(lo, hi int) []int {
	if t.labels == nil {
		return nil
	}
	return t.labels[lo:hi]
}

// Batch writes rows to x, column by column.
func (t *Table) Batch(lo int, x dense.Matrix[float32]) error {
	return t.source.Guard(func() error { return t.batch(lo, x) })
}

func (t *Table) batch(lo int, x dense.Matrix[float32]) error {
	for j, c := range t.columns {
		k := 0
		for i := range x.Rows {
			for k+1 < len(c.chunk) && c.chunk[k+1] <= lo+i {
				k++
			}
			v := 0.
			if c.float != nil {
				v = float64(c.float[k][lo+i-c.chunk[k]])
			} else {
				v = c.double[k][lo+i-c.chunk[k]]
			}
			if t.mean != nil {
				v = (v - t.mean[j]) * t.scale[j]
			}
			x.Row(i)[j] = float32(v)
			if math.IsInf(float64(x.Row(i)[j]), 0) {
				return fmt.Errorf("%s: %v is beyond float32", t.place(lo+i+1, c.name), v)
			}
		}
	}
	return nil
}

// streamInput is the random stream of Normal, far from those of weights.
const streamInput = 1 << 40

// Normal is so many examples of independent N(0, 1) values.
type Normal struct {
	Examples, Values int
	Seed             uint64
}

func (n Normal) Len() int              { return n.Examples }
func (n Normal) Columns() int          { return n.Values }
func (n Normal) Labels(_, _ int) []int { return nil }

// Batch draws examples.
func (n Normal) Batch(lo int, x dense.Matrix[float32]) error {
	for i := range x.Rows {
		kernels.Normal(x.Row(i), n.Seed, streamInput, uint64(lo+i)*uint64(n.Values), 0, 1)
	}
	return nil
}

// Unlabelled returns the examples without their labels.
func (t *Table) Unlabelled() *Table {
	plain := *t
	plain.labels = nil
	return &plain
}
