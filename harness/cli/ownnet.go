package cli

import (
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"github.com/spf13/pflag"

	"actinit/datasets"
	"actinit/harness/diagnosis"
	"actinit/harness/network"
)

// Names where a file of data is asked for: the shipped digits, and N(0, 1) values as many as the net takes.
const dataDigits, dataNormal = "digits", "normal"

// normalExamples is how many of the latter are drawn.
const normalExamples = 512

// ownNet are the flags of the commands that look into a user's own net.
type ownNet struct {
	csvFlags
	net, data, label string
	columns          []string
	standardize      bool
	seed             uint64
	workers          int
	json             bool
}

func (s *ownNet) register(fs *pflag.FlagSet) {
	fs.StringVar(&s.net, "net", "", "JSON `FILE` that describes the net")
	fs.StringVar(&s.data, "data", "", "the data set, a `FILE` of any format that actinit data reads with a row for each example; digits is the shipped one, normal are 512 examples of independent N(0,1) values")
	s.csvFlags.register(fs)
	fs.StringVar(&s.label, "label", "", "the data's `COLUMN` that holds each example's class, a whole number from 0")
	fs.StringSliceVar(&s.columns, "columns", nil, "the data's columns that are values of an example, in the order of the net's inputs, beside --label's; none means all")
	fs.BoolVar(&s.standardize, "standardize", false, "bring each column of the data to mean 0 and variance 1")
	fs.Uint64Var(&s.seed, "seed", 1, "of all random numbers")
	fs.IntVar(&s.workers, "workers", 2, "goroutines; the numbers do not depend on it")
	fs.BoolVar(&s.json, "json", false, "print JSON")
}

// makeNet makes the net, its weights not yet filled.
func (s *ownNet) makeNet() (*network.Net[float32], error) {
	switch {
	case s.net == "":
		return nil, errors.New("--net is missing: want a JSON file that describes the net")
	case s.workers < 1 || s.workers > 1024:
		return nil, fmt.Errorf("--workers %d: want 1 to 1024", s.workers)
	}
	f, err := openFile(s.net)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	d, err := network.ReadDescription(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.net, err)
	}
	size, err := d.ParameterCount()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", s.net, err)
	}
	if free, known := freeMemory(); known && int64(size)*8 > free { // a gradient beside each
		return nil, fmt.Errorf("%s: the net's %d parameters and their gradients take %d MB, and %d MB of memory are free", s.net, size, int64(size)>>17, free>>20)
	}
	return network.New[float32](d, nil, s.workers)
}

// examples opens or draws the data. The function closes it.
func (s *ownNet) examples(n *network.Net[float32]) (diagnosis.Examples, func() error, error) {
	if _, err := os.Stat(s.data); s.data != dataNormal || err == nil {
		return s.table(n)
	}
	if s.ofTable() {
		return nil, nil, fmt.Errorf("%s, and %s is drawn", tableFlags, dataNormal)
	}
	return diagnosis.Normal{Examples: normalExamples, Values: n.Input.Size(), Seed: s.seed}, func() error { return nil }, nil
}

// tableFlags are those that ofTable reports, in words.
const tableFlags = "--columns, --label, --standardize, --header, --separator, --decimal and --null are of a table"

// ofTable reports whether a flag is given that says how a table is read.
func (s *ownNet) ofTable() bool {
	return s.label != "" || s.standardize || len(s.columns) > 0 || s.csvFlags.given() != ""
}

// table opens a data set. The function closes it.
func (s *ownNet) table(n *network.Net[float32]) (*diagnosis.Table, func() error, error) {
	var t *datasets.Table
	var err error
	label := s.label
	if s.data == dataDigits && label == "" {
		label = datasets.DigitsLabel
	}
	columns := slices.Clone(s.columns)
	if len(columns) > 0 && label != "" && !slices.Contains(columns, label) {
		columns = append(columns, label)
	}
	if s.data == dataDigits {
		t, err = datasets.Digits(columns...)
	} else {
		o := datasets.Options{Columns: columns}
		if err = s.csvFlags.set(&o); err == nil {
			t, err = datasets.Open(s.data, o)
		}
	}
	var word *datasets.WordError
	switch {
	case errors.As(err, &word) && word.Column == label:
		return nil, nil, fmt.Errorf("%w; the classes of --label are whole numbers from 0", err)
	case err != nil:
		return nil, nil, err
	}
	if t.Separator() == datasets.SeparatorAuto {
		if err := s.without(s.data); err != nil {
			return nil, nil, errors.Join(err, t.Close())
		}
	}
	examples, err := diagnosis.NewTable(t, label, s.standardize)
	switch {
	case err != nil:
	case examples.Columns() != n.Input.Size():
		err = fmt.Errorf("%s: an example is %s, and the net in %s takes %s; --columns names those that are its values, --label one that is none", s.data, plural(examples.Columns(), "column"), s.net, values(n.Input))
	case label != "" && (examples.Classes() > n.Output.Channels || n.Output.Positions() > 1):
		err = fmt.Errorf("%s: column %q has labels up to %d, and the net in %s puts out %s, and each class, from 0 on, needs one", s.data, label, examples.Classes()-1, s.net, values(n.Output))
	}
	if err != nil {
		return nil, nil, errors.Join(err, t.Close())
	}
	return examples, t.Close, nil
}

// values says how many values a signal has, and of an image its shape.
func values(s network.Shape) string {
	if s.Positions() == 1 {
		return plural(s.Size(), "value")
	}
	return fmt.Sprintf("%s (%v)", plural(s.Size(), "value"), s)
}

// shownAlike is how many findings of one kind are shown in full.
const shownAlike = 3

// showFindings says what is wrong with a net. Of what is wrong with many layers the first are shown, and the last is named.
func showFindings(w io.Writer, findings []diagnosis.Finding) {
	if len(findings) == 0 {
		fmt.Fprintln(w, diagnosis.Healthy)
	}
	alike := map[string]int{}
	last := map[string]int{}
	for _, f := range findings {
		alike[f.Kind]++
		last[f.Kind] = f.Layer
	}
	shown := map[string]int{}
	for _, f := range findings {
		shown[f.Kind]++
		switch left := alike[f.Kind] - shownAlike; {
		case shown[f.Kind] <= shownAlike, left == 1:
			fmt.Fprintln(w, f.Text)
		case shown[f.Kind] == shownAlike+1:
			fmt.Fprintf(w, "%s: %d more layers, the last of them layer %d (--json lists all)\n", f.Kind, left, last[f.Kind])
		}
	}
}
