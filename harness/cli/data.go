package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"actinit/datasets"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// digits is the name of the shipped data set on the command line.
const digits = "digits"

// source are the flags that say how an input is read or made. One that would be without effect is refused.
type source struct {
	csvFlags
	cmd       *cobra.Command
	columns   []string
	except    []string
	typ       string
	normalize string
	rows      int
	seed      uint64
	text      []string // columns of a CSV file that are text
	float     []string // and those that are floating-point numbers
	wider     []string // and those that turned out to be

	// Of apply.
	anyType bool             // all columns keep their types, whatever --type says of a CSV file's numbers
	applied []string         // columns that the operation is applied to, of a CSV file floating-point numbers
	memory  memory.Allocator // of batches; nil: the garbage collector's
}

// register defines the flags of data's commands.
func (s *source) register(cmd *cobra.Command) {
	s.registerInput(cmd, "element type of all columns: float32 or float64 (default: the file's own types; int64 or float64 for numbers of CSV files, float64 for generators)")
	cmd.Flags().StringVar(&s.normalize, "normalize", string(datasets.NormalizeNone),
		"none, standard (each column's finite values less their mean, by their standard deviation) or minmax (from 0 to 1)")
}

// registerInput defines the flags that apply has, too.
func (s *source) registerInput(cmd *cobra.Command, typ string) {
	s.cmd = cmd
	cmd.Flags().StringVar(&s.typ, "type", "", typ)
	s.csvFlags.register(cmd.Flags())
	cmd.Flags().StringSliceVar(&s.columns, "columns", nil, "columns to read, in this order; none means all")
	cmd.Flags().StringSliceVar(&s.except, "except", nil, "columns to leave out")
	cmd.Flags().StringSliceVar(&s.text, "text", nil, "columns of a CSV file that are text, whatever their first rows hold")
	cmd.Flags().StringSliceVar(&s.float, "float", nil, "columns of a CSV file that are floating-point numbers, though their first rows hold integers alone")
	cmd.Flags().IntVar(&s.rows, "rows", 1000, "values to draw from a generator")
	cmd.Flags().Uint64Var(&s.seed, "seed", 1, "seed of a generator")
}

func (s *source) options() (datasets.Options, error) {
	if s.typ != "" && s.typ != string(datasets.Float32) && s.typ != string(datasets.Float64) {
		return datasets.Options{}, fmt.Errorf("--type %q: want float32 or float64", s.typ)
	}
	if len(s.columns) > 0 && len(s.except) > 0 {
		return datasets.Options{}, errors.New("--columns and --except: want one of them")
	}
	for _, name := range s.text {
		switch {
		case slices.Contains(s.float, name):
			return datasets.Options{}, fmt.Errorf("--text and --float: want one of them for column %q", name)
		case slices.Contains(s.applied, name):
			return datasets.Options{}, fmt.Errorf("--text and --column: want one of them for column %q", name)
		}
	}
	o := datasets.Options{Columns: s.columns, Except: s.except, Type: datasets.Type(s.typ), AnyType: s.keepsTypes(), Float: slices.Concat(s.applied, s.float), Wider: s.wider, Text: s.text, Memory: s.memory}
	return o, s.csvFlags.set(&o)
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

// again has read read a file, and anew where columns of a CSV file that begin with integers alone go on with other numbers: as
// floating-point numbers. What can be read only once, such as a pipe, ends with the error, which names the flag, and so does a
// column whose integers are no such numbers, which a last reading tells as it is.
func (s *source) again(name string, read func() error) error {
	var whole []string // the columns whose integers are no floating-point numbers
	for {
		err := read()
		var inexact *datasets.InexactError
		if errors.As(err, &inexact) && slices.Contains(s.wider, inexact.Column) {
			whole = append(whole, inexact.Column)
			s.wider = slices.DeleteFunc(s.wider, func(column string) bool { return column == inexact.Column })
			continue
		}
		var wider *datasets.WiderError
		if !errors.As(err, &wider) || slices.Contains(whole, wider.Columns[0]) {
			return err
		}
		if info, statErr := os.Stat(name); statErr != nil || !info.Mode().IsRegular() {
			return err
		}
		for _, column := range wider.Columns {
			if !slices.Contains(whole, column) {
				s.wider = append(s.wider, column)
			}
		}
	}
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
		if errors.Is(err, fs.ErrNotExist) {
			err = fmt.Errorf("%w%s", err, didYouMean(strings.TrimSuffix(name, filepath.Ext(name)), named()))
		}
	}
	if err != nil {
		return nil, err
	}
	isCSV := b.Separator() != datasets.SeparatorAuto
	if !isCSV {
		err = s.without(name)
	}
	switch {
	case err != nil:
	case !generator && (s.cmd.Flags().Changed("rows") || s.cmd.Flags().Changed("seed")):
		err = fmt.Errorf("--rows and --seed are for generators, and %s is none", name)
	case len(s.text) > 0 && !s.keepsTypes():
		err = errors.New("--text: with --type or --normalize all columns are numbers; --columns leaves others out")
	case len(s.float) > 0 && !s.keepsTypes():
		err = errors.New("--float: with --type or --normalize all columns are floating-point numbers")
	case len(s.text) > 0 && !isCSV:
		err = fmt.Errorf("--text is for CSV files, and %s is none", name)
	case len(s.float) > 0 && !isCSV:
		err = fmt.Errorf("--float is for CSV files, and %s is none", name)
	case s.typ != "" && s.anyType && isFile && !isCSV:
		err = fmt.Errorf("--type is for CSV files, and the columns of %s have types: data convert --type changes them", name)
	}
	if err != nil {
		return nil, errors.Join(err, b.Close())
	}
	return b, nil
}

// named lists the inputs that are no files.
func named() []string {
	names := []string{digits}
	for _, g := range datasets.Generators() {
		names = append(names, g.Name)
	}
	return names
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

Files may be CSV and TSV (plain, .gz, .zst), Parquet, Arrow IPC (file or stream), npy, npz, safetensors or IDX (MNIST's format, plain
or .gz). The content of a file tells its format, and the name of a file to be written. In place of an input file the shipped set
"digits" or a generator can be named, and - is the standard input, for the formats that are read from front to back.
Files may be larger than memory.

The fields of CSV text are separated by commas, tabs, semicolons or pipes, whichever stand equally often on each of the first lines (64 KB),
and may be quoted; lines end with LF or CRLF. --separator says it where that is in doubt, and --header whether the first line holds names.
A first line sep=; (or another of them), as Excel writes it, names the separator and is no row.
A column without a name is named by its place: c1, c2, ..., or c1_ where another is named c1.

The first rows (65536, fewer of wide tables) tell a column's type. Integers alone, as 64 bits hold them and without a plus, zeros before them
or -0, make it int64; other numbers float64; words, integers that begin with 0 (007) or that are no float64 (beyond 2^53) text.
--float and --text name columns that are such, whatever they begin with; a later field that does not fit is refused. Among numbers,
empty fields, NA and null are nulls, and what --null names; NaN and Inf are numbers, in any case; numbers with decimal commas (1,5) are
read with --decimal comma, between other separators than commas. Among text, nothing is a null, and "" the empty text, but in a table of
one column.

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
			var d *datasets.Description
			err := s.again(args[0], func() (err error) {
				d, err = s.describe(args[0])
				return err
			})
			if err != nil {
				return err
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

func (s *source) describe(name string) (*datasets.Description, error) {
	r := newReading(s.cmd, name)
	defer r.end()
	b, err := s.open(name, r.watch)
	if err != nil {
		return nil, err
	}
	d, err := b.Describe()
	r.end()
	if err := errors.Join(err, b.Close()); err != nil {
		return nil, err
	}
	s.mayBeCut(b, name)
	if columns, flag := b.NullWords(); flag != "" {
		fmt.Fprintf(s.cmd.ErrOrStderr(), "actinit: note: %s: %s makes numbers of %s\n", title(name), flag, few(columns))
	}
	if d.Path == "" {
		d.Path = name
	}
	return d, nil
}

// mayBeCut warns of what was read to its end and yet may not be whole.
func (s *source) mayBeCut(b *datasets.Batches, name string) {
	if b.Unmarked() {
		fmt.Fprintf(s.cmd.ErrOrStderr(), "actinit: warning: %s: the stream has no mark at its end: where its writer failed, it is cut short\n", title(name))
	}
}

// toStandardOutput has write write to the standard output, through a buffer.
func toStandardOutput(cmd *cobra.Command, write func(io.Writer) error) error {
	w := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
	err := write(w)
	if err == nil {
		err = w.Flush()
	}
	var pathError *fs.PathError
	var input *datasets.FileError
	if errors.As(err, &pathError) && !errors.As(err, &input) { // the libraries' words around it say nothing more
		return fmt.Errorf("write standard output: %w", pathError.Err)
	}
	return err
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
float64. Numbers of other types are written as float32 if it has every value of the type, else as float64; an integer that would
be rounded is refused, and so are decimals, without --type. What CSV files hold is text: read again, integers of all widths are int64, and booleans, dates and times text.

Only CSV, Parquet and Arrow hold nulls; npy and IDX hold one array, of one type and without names; of tensors of several dimensions
the shape is lost in all but these two, where all columns together are one of two. npy, npz, safetensors and IDX are kept until
all rows are known, in memory and, what it is too small for, in a temporary file (TMPDIR). - stands for the standard input and, as an
Arrow IPC stream, for the standard output.`,
		Example: `  actinit data convert measurements.csv.gz measurements.parquet --type float32
  actinit data convert train-images-idx3-ubyte.gz images.parquet --normalize minmax
  actinit data convert mnist.npz labels.csv --columns y_train`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error {
			if args[1] == "-" { // where nothing that was written can be taken back
				return s.convert(args[0], args[1])
			}
			return s.again(args[0], func() error { return s.convert(args[0], args[1]) })
		},
	}
	s.register(cmd)
	return cmd
}

func (s *source) convert(in, out string) error {
	r := newReading(s.cmd, in)
	defer r.end()
	b, err := s.open(in, r.watch)
	if err != nil {
		return err
	}
	if out == "-" {
		err := toStandardOutput(s.cmd, func(w io.Writer) error {
			_, err := datasets.Encode(w, datasets.ArrowStream, b)
			return err
		})
		s.mayBeCut(b, in)
		return errors.Join(err, b.Close())
	}
	rows, err := datasets.Write(out, b)
	r.end()
	if err := errors.Join(err, b.Close()); err != nil {
		return err
	}
	s.mayBeCut(b, in)
	fmt.Fprintf(s.cmd.OutOrStdout(), "%s: %s, %s%s\n", out, plural(rows, "row"), plural(b.Schema().NumFields(), "column"), s.taken(b)+textTaken(s.text, b))
	return nil
}
