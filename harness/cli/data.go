package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/spf13/cobra"

	"actinit/datasets"
)

// digits is the name of the shipped data set on the command line.
const digits = "digits"

// source are the flags that say how an input is read or made. One that would be without effect is refused.
type source struct {
	cmd       *cobra.Command
	columns   []string
	except    []string
	typ       string
	header    string
	normalize string
	rows      int
	seed      uint64
	text      []string // columns of a CSV file that are text

	// Of apply: all columns keep their types, whatever --type says of a CSV file's numbers, and without
	// numbers, the columns of a CSV file that must hold such, all must.
	anyType bool
	numbers []string
}

// register defines the flags of data's commands.
func (s *source) register(cmd *cobra.Command) {
	s.registerInput(cmd, "element type of all columns: float32 or float64 (default: the file's own types; float64 for numbers of CSV files and generators)")
	cmd.Flags().StringSliceVar(&s.columns, "columns", nil, "columns to read, in this order; none means all")
	cmd.Flags().StringVar(&s.normalize, "normalize", string(datasets.NormalizeNone),
		"none, standard (each column's finite values less their mean, by their standard deviation) or minmax (from 0 to 1)")
}

// registerInput defines the flags that apply has, too.
func (s *source) registerInput(cmd *cobra.Command, typ string) {
	s.cmd = cmd
	cmd.Flags().StringVar(&s.typ, "type", "", typ)
	cmd.Flags().StringVar(&s.header, "header", headerAuto, "whether the first line of a CSV file holds names: yes, no or auto (it does if it holds words and no number; one with both is refused)")
	cmd.Flags().StringSliceVar(&s.except, "except", nil, "columns to leave out")
	cmd.Flags().StringSliceVar(&s.text, "text", nil, "columns of a CSV file that are text, whatever their first rows hold")
	cmd.Flags().IntVar(&s.rows, "rows", 1000, "values to draw from a generator")
	cmd.Flags().Uint64Var(&s.seed, "seed", 1, "seed of a generator")
}

const headerAuto = "auto"

// csvHeader returns what --header says.
func csvHeader(header string) (datasets.Header, error) {
	switch h := datasets.Header(header); {
	case header == headerAuto:
		return datasets.HeaderAuto, nil
	case h == datasets.HeaderPresent || h == datasets.HeaderAbsent:
		return h, nil
	}
	return "", fmt.Errorf("--header %q: want %s, %s or %s", header, datasets.HeaderPresent, datasets.HeaderAbsent, headerAuto)
}

// headerTaken says what a guess has taken the first line of a CSV file for.
func headerTaken(header string, b *datasets.Batches) string {
	switch {
	case header != headerAuto:
		return ""
	case b.Header() == datasets.HeaderPresent:
		return "; the first line was taken for names (--header no: for a row)"
	case b.Header() == datasets.HeaderAbsent:
		return "; the first line was taken for a row (--header yes: for names)"
	}
	return ""
}

// textTaken names the columns of a CSV file that were guessed to be text.
func textTaken(named []string, b *datasets.Batches) string {
	if b.Header() == datasets.HeaderAuto {
		return ""
	}
	var guessed []string
	for _, field := range b.Schema().Fields() {
		if field.Type.ID() == arrow.STRING && !slices.Contains(named, field.Name) {
			guessed = append(guessed, field.Name)
		}
	}
	if guessed == nil {
		return ""
	}
	return "; not of numbers, and so taken for text: " + strings.Join(guessed, ", ")
}

func (s *source) options() (datasets.Options, error) {
	if s.typ != "" && s.typ != string(datasets.Float32) && s.typ != string(datasets.Float64) {
		return datasets.Options{}, fmt.Errorf("--type %q: want float32 or float64", s.typ)
	}
	if len(s.columns) > 0 && len(s.except) > 0 {
		return datasets.Options{}, errors.New("--columns and --except: want one of them")
	}
	header, err := csvHeader(s.header)
	return datasets.Options{Columns: s.columns, Except: s.except, Type: datasets.Type(s.typ), CSVHeader: header, AnyType: s.keepsTypes(), Guess: !s.anyType, Numbers: s.numbers, Text: s.text}, err
}

// keepsTypes reports whether columns are not all brought to floating-point numbers.
func (s *source) keepsTypes() bool {
	return s.anyType || s.typ == "" && s.normalize == string(datasets.NormalizeNone)
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
		if err != nil {
			return nil, errors.Join(s.cmd.Context().Err(), err)
		}
		b.Watch(watch)
		return b, nil
	}, how)
}

// raw opens an input by name as it is.
func (s *source) raw(name string) (*datasets.Batches, error) {
	o, err := s.options()
	if err != nil {
		return nil, err
	}
	_, err = os.Stat(name)
	isFile := !errors.Is(err, fs.ErrNotExist)
	generator := !isFile && slices.ContainsFunc(datasets.Generators(), func(g datasets.Generator) bool { return g.Name == name })
	var b *datasets.Batches
	switch {
	case generator:
		b, err = tableBatches(s.generate(name))
	case !isFile && name == digits:
		b, err = datasets.OpenDigits(o)
	default:
		isFile = true
		b, err = datasets.OpenBatches(name, o)
	}
	if err != nil {
		return nil, err
	}
	switch isCSV := b.Header() != datasets.HeaderAuto; {
	case !generator && (s.cmd.Flags().Changed("rows") || s.cmd.Flags().Changed("seed")):
		err = fmt.Errorf("--rows and --seed are for generators, and %s is none", name)
	case s.header != headerAuto && !isCSV:
		err = fmt.Errorf("--header is for CSV files, and %s is none", name)
	case len(s.text) > 0 && !s.keepsTypes():
		err = errors.New("--text: with --type or --normalize all columns are numbers; --columns leaves others out")
	case len(s.text) > 0 && !isCSV:
		err = fmt.Errorf("--text is for CSV files, and %s is none", name)
	case s.typ != "" && s.anyType && isFile && !isCSV:
		err = fmt.Errorf("--type is for CSV files, and the columns of %s have types: data convert --type changes them", name)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
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
	if len(s.except) > 0 {
		return nil, fmt.Errorf("--except: %s has one column", name)
	}
	if len(s.columns) > 1 {
		return nil, fmt.Errorf("--columns: %q is asked for twice", name)
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
Files may be larger than memory.

A CSV file's fields are separated by commas, and may be quoted; its lines end with LF or CRLF. Empty fields, NA and null are nulls,
NaN and Inf numbers, in any case. --header says whether the first line holds names. Numbers are float64; a column whose first
rows (65536, fewer of wide tables) hold other words, integers beyond 2^53 or ones that begin with 0 is text, as is one that --text names.

A tensor of several dimensions comes as a column for each index but the first: x of shape (500, 4) as x_1 to x_4, and so it is
written. bfloat16 becomes float32.`,
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
		Use:   "describe FILE",
		Short: "columns, types, rows, nulls, NaN, range and moments of a file",
		Long: `Describe the columns of a file: type, rows, nulls, NaN, infinities, and of the finite values the range, mean, standard deviation
(of the population: divided by n) and share of zeros, booleans being 0 and 1; of text the first and the last in the order of bytes
and how many differ, counted up to 10000; of dates and times the range; of other types the nulls alone.`,
		Example: "  actinit data describe digits\n  actinit data describe reports/runs/ID/bench.parquet",
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

// toStandardOutput has write write to the standard output, through a buffer.
func toStandardOutput(cmd *cobra.Command, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
	if err := write(w); err != nil {
		return err
	}
	return w.Flush()
}

func newDataConvert() *cobra.Command {
	var s source
	cmd := &cobra.Command{
		Use:   "convert IN OUT",
		Short: "write a data set in the format that OUT's name says",
		Long: "Write a data set in the format that OUT's name says: " + strings.Replace(datasets.Endings(), " and ", " or ", 1) + `.

Without --type and --normalize columns keep their types, if OUT's format holds them: Arrow any; Parquet and CSV integers, float32,
float64, booleans, text, dates, times, timestamps (Parquet not those in seconds) and decimals (Parquet those of at most 18
digits); npy, npz and safetensors integers, float16, float32, float64 and booleans; IDX uint8, int8, int16, int32, float32 and
float64. Numbers of other types are written as float32 if it has every value of the type, else as float64, and an integer that
would be rounded is refused. What CSV files hold is text: read again, integers are float64, and booleans text.

Only CSV, Parquet and Arrow hold nulls; npy and IDX hold one array, of one type and without names; of tensors of several dimensions
the shape is lost in all but these two, where all columns together are one of two. npy, npz, safetensors and IDX are gathered in
memory before they are written. - stands for the standard input and, as an Arrow IPC stream, for the standard output.`,
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
			if args[1] == "-" {
				err := toStandardOutput(cmd, func(w io.Writer) error {
					_, err := datasets.Encode(w, datasets.ArrowStream, b)
					return err
				})
				return errors.Join(err, b.Close())
			}
			rows, err := datasets.Write(args[1], b)
			r.end()
			if err := errors.Join(err, b.Close()); err != nil {
				return err
			}
			fmt.Fprintf(cmd.OutOrStdout(), "%s: %s, %s%s\n", args[1], plural(rows, "row"), plural(b.Schema().NumFields(), "column"), headerTaken(s.header, b)+textTaken(s.text, b))
			return nil
		},
	}
	s.register(cmd)
	return cmd
}
