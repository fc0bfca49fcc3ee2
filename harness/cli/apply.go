package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"slices"
	"strconv"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/spf13/cobra"

	"actinit/datasets"
	"actinit/harness/apply"
	"actinit/harness/ops"
	"actinit/kernels"
	"actinit/kernels/columns"
)

// applySettings are the flags of apply.
type applySettings struct {
	source
	op, param, into string
	workers         int
}

func newApply() *cobra.Command {
	s := applySettings{source: source{anyType: true, memory: &columns.Pool{}}}
	cmd := &cobra.Command{
		Use:   "apply IN OUT --op NAME",
		Short: "an activation of columns of a file",
		Long: `Apply an operation of the table (actinit list) to columns of a file and write a file with the results.

IN is whatever "actinit data" reads: a file of any of its formats, digits, or a generator. OUT's name says its format. - stands
for the standard input and, as an Arrow IPC stream, for the standard output. The kernels run on float16, float32 and float64
columns, in their type (bfloat16 tensors become float32); nulls stay nulls. Integers, booleans, text, dates, times and
decimals (in Parquet of at most 18 digits) pass unchanged to Arrow IPC, which holds columns of any type, and to Parquet and
CSV; integers and booleans to npy, npz and safetensors. Numbers of a type that OUT's format has not (float16 in Parquet)
become floating-point numbers of the same value, or are refused with row and column.
Of a CSV file, columns of integers (actinit data says when they are) pass unchanged, too, unless --column names them or --type
makes all numbers floating-point numbers.
Reading, kernels and writing go on at once, a few batches at a time, so that files may be larger than memory.`,
		Example: `  actinit apply --op gelu in.parquet out.arrow
  actinit apply --op leakyrelu --param 0.1 --column x,y in.arrow out.arrow
  actinit apply --op sigmoid --column score --into probability in.csv.gz out.parquet
  producer | actinit apply --op tanh - - | consumer`,
		Args: cobra.ExactArgs(2),
		RunE: func(_ *cobra.Command, args []string) error { return s.run(args[0], args[1]) },
	}
	f := cmd.Flags()
	f.StringVar(&s.op, "op", "", "operation: a name of actinit list")
	f.StringVar(&s.param, "param", "", "the operation's parameter: a number (default: the table's)")
	f.StringSliceVar(&s.applied, "column", nil, "columns to apply it to; none means all of float16, float32 and float64")
	f.StringVar(&s.into, "into", "", "name of a new column for the result of the one --column, which is kept")
	s.registerInput(cmd, "element type of all numbers of a CSV file: float32 or float64 (default: int64 of integers, float64 of others and of --column)")
	f.IntVar(&s.workers, "workers", runtime.GOMAXPROCS(0), "goroutines that run kernels")
	return cmd
}

// An operation is what the flags name, with its parameter.
type operation struct {
	row      ops.Row
	param    float64
	function columns.Function
}

func (s *applySettings) operation() (o operation, err error) {
	row, param, err := s.rowAndParam()
	if err != nil {
		return o, err
	}
	f, err := apply.Function(&row, param)
	if err != nil {
		return o, fmt.Errorf("--op: %w", err)
	}
	return operation{row, param, f}, nil
}

func (s *applySettings) rowAndParam() (row ops.Row, param float64, err error) {
	if s.op == "" {
		return row, 0, errors.New("--op is missing: want the name of an operation, see actinit list")
	}
	row, ok := ops.Find(s.op)
	if slices.ContainsFunc(kernels.RowOperations(), func(op *kernels.RowOperation) bool { return op.Name == s.op }) {
		return row, 0, fmt.Errorf("--op %s: it is of the rows of a matrix, and apply is of columns", s.op)
	}
	if !ok {
		return row, 0, fmt.Errorf("--op %q: there is no such operation%s; actinit list has all", s.op, didYouMean(s.op, ops.Names()))
	}
	if row.Param != nil {
		param = row.Param.Default
	}
	if s.param != "" {
		if row.Param == nil {
			return row, 0, fmt.Errorf("--param %s: %s has no parameter", s.param, s.op)
		}
		if param, err = strconv.ParseFloat(s.param, 64); err != nil {
			return row, 0, fmt.Errorf("--param %q: want a number, the %s of %s", s.param, row.Param.Name, s.op)
		}
		if err := row.Param.Check(param); err != nil {
			return row, 0, fmt.Errorf("--param %s: %s's %w", s.param, s.op, err)
		}
	}
	return row, param, nil
}

// plan returns what is done to the columns of a schema. The kernels over float16 and float32 round the parameter to float32.
func (s *applySettings) plan(o operation, b *datasets.Batches) (*columns.Plan, error) {
	schema := b.Schema()
	plan, err := columns.NewPlan(o.function, schema, s.into, s.applied...)
	var noKernel *columns.TypeError
	if errors.As(err, &noKernel) {
		return nil, o.withKernel(noKernel, b)
	}
	if err != nil || o.row.Param == nil {
		return plan, err
	}
	for _, name := range plan.Columns() {
		field := schema.Field(schema.FieldIndices(name)[0])
		if field.Type.ID() == arrow.FLOAT64 {
			continue
		}
		if err := o.row.Param.Check(float64(float32(o.param))); err != nil {
			return nil, fmt.Errorf("column %q is of type %s, and in float32 %s's %w: --param is %s", name, field.Type, s.op, err, s.param)
		}
	}
	return plan, nil
}

// withKernel says how columns that no kernel runs on become such.
func (o operation) withKernel(none *columns.TypeError, b *datasets.Batches) error {
	const way = "of float16, float32 or float64, which data convert --type makes of other numbers"
	integers := integersOf(b)
	switch {
	case none.Type != nil && arrow.IsFloating(none.Type.ID()):
		return fmt.Errorf("column %q is of type %s, and there is no %s of it (actinit list kernels): data convert --type makes other numbers of it", none.Column, none.Type, o.row.Name)
	case none.Type != nil:
		return fmt.Errorf("column %q is of type %s, not %s", none.Column, datasets.TypeName(none.Type), way)
	case len(integers) > 0:
		return fmt.Errorf("no column is of floating-point numbers: --column takes integers for such (%s)%s", few(integers), textTaken(nil, b))
	case b.Separator() != datasets.SeparatorAuto:
		return fmt.Errorf("no column is of floating-point numbers%s", textTaken(nil, b))
	}
	return fmt.Errorf("no column is %s", way)
}

func (s *applySettings) run(in, out string) error {
	o, err := s.operation()
	if err != nil {
		return err
	}
	if s.workers < 1 || s.workers > 1024 {
		return fmt.Errorf("--workers %d: want 1 to 1024", s.workers)
	}
	format := datasets.ArrowStream
	if out != "-" {
		if format, err = datasets.OutputFormat(out); err != nil {
			return err
		}
	}
	if out == "-" { // where nothing that was written can be taken back
		return s.apply(o, in, out, format)
	}
	return s.again(in, func() error { return s.apply(o, in, out, format) })
}

func (s *applySettings) apply(o operation, in, out string, format datasets.Format) (err error) {
	b, err := s.raw(in)
	if err != nil {
		return errors.Join(s.cmd.Context().Err(), err)
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	r := newReading(s.cmd, in)
	defer r.end()
	b.Watch(r.watch)
	plan, err := s.plan(o, b)
	if err != nil { // perhaps as Ctrl-C ended the input's other end
		return errors.Join(s.cmd.Context().Err(), fmt.Errorf("%s: %w", title(in), err))
	}
	var rows int64
	write := func(w io.Writer) error {
		rows, err = s.write(s.cmd.Context(), plan, b, w, format)
		return err
	}
	if out == "-" {
		err := toStandardOutput(s.cmd, write)
		s.mayBeCut(b, in)
		return err
	}
	err = datasets.WriteFile(out, write)
	r.end()
	if err != nil {
		return err
	}
	s.mayBeCut(b, in)
	_, err = fmt.Fprintf(s.cmd.OutOrStdout(), "%s: %s, %s of %s%s\n", out, plural(rows, "row"), s.op, few(plan.Columns()), s.taken(b)+textTaken(s.text, b)+s.leftOut(b))
	return err
}

// leftOut names the columns of a CSV file that were taken for integers, and so pass though no flag says so.
func (s *applySettings) leftOut(b *datasets.Batches) string {
	if integers := integersOf(b); len(s.applied) == 0 && len(integers) > 0 {
		return "; of integers, and so left as they are without --column: " + few(integers)
	}
	return ""
}

func (s *applySettings) write(ctx context.Context, plan *columns.Plan, in *datasets.Batches, w io.Writer, format datasets.Format) (int64, error) {
	out, err := datasets.NewBatchWriter(w, format, plan.Schema())
	if err != nil {
		return 0, err
	}
	rows, err := apply.Run(ctx, plan, in, out, s.workers)
	if err != nil {
		out.Abandon()
		return 0, err
	}
	return rows, in.Guard(out.Close)
}
