package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"actinit/datasets"
)

// digits is the name of the shipped data set on the command line.
const digits = "digits"

// source are the flags that say how an input is read or made.
type source struct {
	columns   []string
	typ       string
	normalize string
	rows      int
	seed      uint64
}

func (s *source) register(cmd *cobra.Command) {
	cmd.Flags().StringSliceVar(&s.columns, "columns", nil, "columns to read, in this order; none means all")
	cmd.Flags().StringVar(&s.typ, "type", "", "element type of all columns: float32 or float64 (default: the file's own, and float64 of CSV files and generators)")
	cmd.Flags().StringVar(&s.normalize, "normalize", string(datasets.NormalizeNone),
		"none, standard (each column's finite values less their mean, by their standard deviation) or minmax (from 0 to 1)")
	cmd.Flags().IntVar(&s.rows, "rows", 1000, "values to draw from a generator")
	cmd.Flags().Uint64Var(&s.seed, "seed", 1, "seed of a generator")
}

func (s *source) options() (datasets.Options, error) {
	if s.typ != "" && s.typ != string(datasets.Float32) && s.typ != string(datasets.Float64) {
		return datasets.Options{}, fmt.Errorf("--type %q: want float32 or float64", s.typ)
	}
	return datasets.Options{Columns: s.columns, Type: datasets.Type(s.typ)}, nil
}

// open opens a file, the shipped digits or a generator, by name, normalised and watched.
func (s *source) open(name string, watch func(datasets.Reading) error) (*datasets.Batches, error) {
	how := datasets.Normalization(s.normalize)
	switch how {
	case datasets.NormalizeNone, datasets.NormalizeStandard, datasets.NormalizeMinMax:
	default:
		return nil, fmt.Errorf("--normalize %q: want %s, %s or %s", s.normalize, datasets.NormalizeNone, datasets.NormalizeStandard, datasets.NormalizeMinMax)
	}
	return datasets.Normalize(func() (*datasets.Batches, error) {
		b, err := s.raw(name)
		if err == nil {
			b.Watch(watch)
		}
		return b, err
	}, how)
}

func (s *source) raw(name string) (*datasets.Batches, error) {
	o, err := s.options()
	if err != nil {
		return nil, err
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		if name == digits {
			return tableBatches(datasets.Digits(s.columns...))
		}
		for _, g := range datasets.Generators() {
			if g.Name == name {
				return tableBatches(s.generate(name))
			}
		}
	}
	return datasets.OpenBatches(name, o)
}

// tableBatches yields a table in memory, which needs no closing.
func tableBatches(t *datasets.Table, err error) (*datasets.Batches, error) {
	if err != nil {
		return nil, err
	}
	return t.Batches(), nil
}

func (s *source) generate(name string) (*datasets.Table, error) {
	for _, column := range s.columns {
		if column != name {
			return nil, fmt.Errorf("--columns: %s has no column %q, only %q", name, column, name)
		}
	}
	if s.rows < 1 || s.rows > 1<<30 {
		return nil, fmt.Errorf("--rows %d: want 1 to %d", s.rows, 1<<30)
	}
	if s.typ == string(datasets.Float32) {
		return generated[float32](name, s.seed, s.rows)
	}
	return generated[float64](name, s.seed, s.rows)
}

func generated[T datasets.Float](name string, seed uint64, rows int) (*datasets.Table, error) {
	values, err := datasets.Generate[T](name, seed, rows)
	if err != nil {
		return nil, err
	}
	return datasets.NewTable(datasets.NewValues(name, values))
}

func newData() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "data",
		Short: "data sets: list, describe, convert",
		Long: `List the data sets there are, describe a file, or convert one format to another.

Files may be CSV (plain, .gz, .zst), Parquet, Arrow IPC (file or stream), npy, npz, safetensors or IDX (MNIST's format, plain
or .gz). The content of a file tells its format, and the name of a file to be written. In place of an input file the shipped set
"digits" or a generator can be named, and - is the standard input, for the formats that are read from front to back.
Files may be larger than memory.`,
		Example: `  actinit data list
  actinit data describe weights.parquet
  actinit data convert digits digits.arrow --normalize standard
  actinit data convert normal normal.parquet --rows 100000 --seed 7`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	cmd.AddCommand(newDataList(), newDataDescribe(), newDataConvert())
	return cmd
}

func newDataList() *cobra.Command {
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "list",
		Short:   "the shipped data set and the generators",
		Example: "  actinit data list",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			l := &listing{header: []string{"name", "what"}}
			l.add(digits, "1797 images of handwritten digits, 8x8 pixels 0..16, and their label (UCI, CC BY 4.0)")
			for _, g := range datasets.Generators() {
				l.add(g.Name, g.Sentence)
			}
			if asJSON {
				return l.json(cmd.OutOrStdout())
			}
			l.text(cmd.OutOrStdout())
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newDataDescribe() *cobra.Command {
	var s source
	var asJSON bool
	cmd := &cobra.Command{
		Use:     "describe FILE",
		Short:   "columns, types, rows, nulls, NaN, range and moments of a file",
		Example: "  actinit data describe digits\n  actinit data describe reports/runs/ID/bench.parquet --columns ns_per_elem,n",
		Args:    cobra.ExactArgs(1),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := newReading(cmd, args[0])
			defer r.end()
			b, err := s.open(args[0], r.watch)
			if err != nil {
				return err
			}
			d, err := b.Describe()
			if err := errors.Join(err, b.Close()); err != nil {
				return err
			}
			if d.Path == "" {
				d.Path = args[0]
			}
			if asJSON {
				return writeJSON(cmd.OutOrStdout(), d)
			}
			fmt.Fprintln(cmd.OutOrStdout(), strings.TrimRight(d.String(), "\n"))
			return nil
		},
	}
	s.register(cmd)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return cmd
}

func newDataConvert() *cobra.Command {
	var s source
	cmd := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "write a data set in the format that OUT's name says",
		Long: "Write a data set in the format that OUT's name says: " + strings.Replace(datasets.Endings(), " and ", " or ", 1) + `.

Only CSV, Parquet and Arrow hold nulls; npy and IDX hold one array, of one type and without names. npy, npz, safetensors and IDX
are gathered in memory before they are written.`,
		Example: `  actinit data convert measurements.csv.gz measurements.parquet --type float32
  actinit data convert train-images-idx3-ubyte.gz images.parquet --normalize minmax
  actinit data convert mnist.npz labels.csv --columns y_train`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error {
			r := newReading(cmd, args[0])
			defer r.end()
			b, err := s.open(args[0], r.watch)
			if err != nil {
				return err
			}
			rows, err := datasets.Write(args[1], b)
			r.end()
			if err := errors.Join(err, b.Close()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %d rows, %d columns\n", args[1], rows, b.Schema().NumFields())
			return nil
		},
	}
	s.register(cmd)
	return cmd
}
