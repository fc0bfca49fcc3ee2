package cli

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"actinit/datasets"
	"actinit/datasets/atomicfile"
	"actinit/harness/apply"
	"actinit/harness/ops"
	"actinit/kernels/columns"
)

// applySettings are the flags of apply.
type applySettings struct {
	op, param, into, typ string
	columns              []string
	workers              int
}

func newApply() *cobra.Command {
	var s applySettings
	cmd := &cobra.Command{
		Use:   "apply IN OUT --op NAME",
		Short: "an activation of columns of a file",
		Long: `Apply an operation of the table (actinit list) to columns of a file and write a file with the results.

IN is of any format that "actinit data" reads. OUT's name says its format; Arrow IPC holds columns of any type, the others
float32 and float64 only. - stands for the standard input and, as an Arrow IPC stream, for the standard output.
The kernels run on float16, float32 and float64 columns, in their type; nulls stay nulls, and other columns pass unchanged.
Reading, kernels and writing go on at once, a few batches at a time, so that files may be larger than memory.`,
		Example: `  actinit apply --op gelu in.parquet out.arrow
  actinit apply --op leakyrelu --param 0.1 --column x,y in.arrow out.arrow
  actinit apply --op sigmoid --column score --into probability in.csv.gz out.parquet
  producer | actinit apply --op tanh - - | consumer`,
		Args: cobra.ExactArgs(2),
		RunE: func(cmd *cobra.Command, args []string) error { return s.run(cmd, args[0], args[1]) },
	}
	f := cmd.Flags()
	f.StringVar(&s.op, "op", "", "operation: a name of actinit list")
	f.StringVar(&s.param, "param", "", "the operation's parameter: a number (default: the table's)")
	f.StringSliceVar(&s.columns, "column", nil, "columns to apply it to; none means all of float16, float32 and float64")
	f.StringVar(&s.into, "into", "", "name of a new column for the result of the one --column, which is kept")
	f.StringVar(&s.typ, "type", "", "element type of a CSV file's columns: float32 or float64 (default float64)")
	f.IntVar(&s.workers, "workers", runtime.GOMAXPROCS(0), "goroutines that run kernels")
	return cmd
}

// function returns the operation that the flags name.
func (s *applySettings) function() (columns.Function, error) {
	if s.op == "" {
		return columns.Function{}, errors.New("--op is missing: want the name of an operation, see actinit list")
	}
	row, ok := ops.Find(s.op)
	if !ok {
		return columns.Function{}, fmt.Errorf("--op %q: there is no such operation%s; actinit list has all", s.op, didYouMean(s.op, ops.Names()))
	}
	param := 0.
	if row.Param != nil {
		param = row.Param.Default
	}
	if s.param != "" {
		if row.Param == nil {
			return columns.Function{}, fmt.Errorf("--param %s: %s has no parameter", s.param, s.op)
		}
		var err error
		if param, err = strconv.ParseFloat(s.param, 64); err != nil {
			return columns.Function{}, fmt.Errorf("--param %q: want a number, the %s of %s", s.param, row.Param.Name, s.op)
		}
	}
	f, err := apply.Function(&row, param)
	if err != nil {
		return f, fmt.Errorf("--op: %w", err)
	}
	return f, nil
}

func (s *applySettings) run(cmd *cobra.Command, in, out string) (err error) {
	f, err := s.function()
	if err != nil {
		return err
	}
	if s.typ != "" && s.typ != string(datasets.Float32) && s.typ != string(datasets.Float64) {
		return fmt.Errorf("--type %q: want float32 or float64", s.typ)
	}
	if s.workers < 1 || s.workers > 1024 {
		return fmt.Errorf("--workers %d: want 1 to 1024", s.workers)
	}
	format := datasets.ArrowStream
	if out != "-" {
		if format = datasets.FormatOf(out); format == "" {
			return fmt.Errorf("%s: the ending %q says no format; %s do", out, filepath.Ext(out), datasets.Endings())
		}
	}
	b, err := datasets.OpenBatches(in, datasets.Options{Type: datasets.Type(s.typ), AnyType: true})
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, b.Close()) }()
	r := newReading(cmd, in)
	defer r.end()
	b.Watch(r.watch)
	plan, err := columns.NewPlan(f, b.Schema(), s.into, s.columns...)
	if err != nil {
		return fmt.Errorf("%s: %w", in, err)
	}
	if out == "-" {
		w := bufio.NewWriterSize(cmd.OutOrStdout(), 1<<16)
		if _, err := s.write(cmd.Context(), plan, b, w, format); err != nil {
			return err
		}
		return w.Flush()
	}
	var rows int64
	err = atomicfile.Write(out, func(w io.Writer) error {
		rows, err = s.write(cmd.Context(), plan, b, w, format)
		return err
	})
	r.end()
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(cmd.OutOrStdout(), "%s: %d rows, %s of %s\n", out, rows, s.op, strings.Join(plan.Columns(), ", "))
	return err
}

func (s *applySettings) write(ctx context.Context, plan *columns.Plan, in *datasets.Batches, w io.Writer, format datasets.Format) (int64, error) {
	out, err := datasets.NewBatchWriter(w, format, plan.Schema())
	if err != nil {
		return 0, err
	}
	rows, err := apply.Run(ctx, plan, in, out, s.workers)
	if err != nil {
		return 0, err
	}
	return rows, in.Guard(out.Close)
}
