package cli

import (
	"cmp"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
	"github.com/spf13/cobra"

	"actinit/harness/bench"
	"actinit/harness/datainit"
	"actinit/harness/filter"
	"actinit/harness/layers"
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/kernels/initializer"
)

func newList() *cobra.Command {
	var asJSON, markdown, wide bool
	cmd := &cobra.Command{
		Use:   "list [ops | kernels | initializers | gains | experiments | curves]",
		Short: "what there is: operations, kernels, initialisers",
		Long: `List the operations of the table with their formulas and error bounds (the default), the kernels with the
variants this CPU can run, the initialisers with their parameters, the gains of activations, the experiments
that reproduce papers, or the points of the report's activation curves.`,
		Example: `  actinit list
  actinit list kernels
  actinit list initializers --json`,
		Args:      cobra.MaximumNArgs(1),
		ValidArgs: []string{"ops", "kernels", "initializers", "gains", "experiments", "curves"},
		RunE: func(cmd *cobra.Command, args []string) error {
			what := "ops"
			if len(args) == 1 {
				what = args[0]
			}
			if !slices.Contains(cmd.ValidArgs, what) {
				return fmt.Errorf("there is no list of %q%s; lists are %s", what, didYouMean(what, cmd.ValidArgs), strings.Join(cmd.ValidArgs, ", "))
			}
			listing, err := list(what)
			if err != nil {
				return err
			}
			switch w := cmd.OutOrStdout(); {
			case asJSON:
				return listing.json(w)
			case markdown:
				listing.markdown(w)
			case what == "ops" && !wide:
				narrowOps(listing).text(w)
				fmt.Fprintln(w, "\n--wide has the backward functions, too, and the promises of all kernels.")
			default:
				listing.text(w)
			}
			return nil
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: a list of objects")
	cmd.Flags().BoolVar(&markdown, "markdown", false, "print a Markdown table")
	cmd.Flags().BoolVar(&wide, "wide", false, "print all columns of the operations, as --json and --markdown do")
	cmd.MarkFlagsMutuallyExclusive("json", "markdown", "wide")
	return cmd
}

// A listing is a table that prints as text, Markdown or JSON.
type listing struct {
	header []string
	rows   [][]string
	right  map[int]bool // columns of numbers, 0-based
	wrap   map[int]int  // columns of text that go on in the next line at so many characters
}

func (l *listing) add(cells ...string) { l.rows = append(l.rows, cells) }

func (l *listing) writer() table.Writer {
	t := table.NewWriter()
	style := table.StyleLight
	style.Format.Header = text.FormatDefault
	style.Options = table.OptionsNoBordersAndSeparators
	style.Box.PaddingLeft, style.Box.PaddingRight = "", "  "
	t.SetStyle(style)
	var columns []table.ColumnConfig
	for i := range l.header {
		column := table.ColumnConfig{Number: i + 1}
		if l.right[i] {
			column.Align, column.AlignHeader = text.AlignRight, text.AlignRight
		}
		if width, wraps := l.wrap[i]; wraps {
			column.WidthMax, column.WidthMaxEnforcer = width, text.WrapSoft
		}
		columns = append(columns, column)
	}
	t.SetColumnConfigs(columns)
	t.AppendHeader(cells(l.header))
	for _, row := range l.rows {
		t.AppendRow(cells(row))
	}
	return t
}

func cells(values []string) table.Row {
	row := make(table.Row, len(values))
	for i, v := range values {
		row[i] = v
	}
	return row
}

func (l *listing) text(w io.Writer) {
	for line := range strings.SplitSeq(l.writer().Render(), "\n") {
		fmt.Fprintln(w, strings.TrimRight(line, " "))
	}
}

func (l *listing) markdown(w io.Writer) { fmt.Fprintln(w, l.writer().RenderMarkdown()) }

func (l *listing) json(w io.Writer) error {
	objects := make([]map[string]string, len(l.rows))
	for i, row := range l.rows {
		objects[i] = map[string]string{}
		for j, name := range l.header {
			objects[i][strings.ReplaceAll(name, " ", "_")] = row[j]
		}
	}
	return writeJSON(w, objects)
}

func writeJSON(w io.Writer, v any) error {
	e := json.NewEncoder(w)
	e.SetIndent("", "  ")
	e.SetEscapeHTML(false)
	return e.Encode(v)
}

func list(what string) (*listing, error) {
	switch what {
	case "kernels":
		return listKernels(), nil
	case "initializers":
		return listInitializers(), nil
	case "gains":
		return listGains()
	case "experiments":
		return listExperiments(), nil
	case "curves":
		return listCurves(), nil
	default:
		return listOps(), nil
	}
}

func listOps() *listing {
	l := &listing{header: []string{"op", "name", "formula", "backward", "float32", "float64", "backward float32"}}
	for _, row := range ops.All() {
		formula := row.Formula
		if row.Param != nil {
			formula += fmt.Sprintf(" (%s = %s)", row.Param.Name, strconv.FormatFloat(row.Param.Default, 'g', -1, 64))
		}
		backward, forward64, backward32 := row.Backward.Formula, promised(&row, ops.Forward, result.Float64), promised(&row, ops.Backward, result.Float32)
		if row.Twin != "" {
			backward, forward64, backward32 = "", "", ""
		}
		l.add(row.Name, row.Title, formula, backward, promised(&row, ops.Forward, result.Float32), forward64, backward32)
	}
	return l
}

// narrowOps leaves of listOps what fits into the 80 columns of a terminal.
func narrowOps(all *listing) *listing {
	l := &listing{wrap: map[int]int{1: 40, 2: 18}}
	for _, name := range []string{"op", "formula", "float32"} {
		column := slices.Index(all.header, name)
		l.header = append(l.header, name)
		l.rows = slices.Grow(l.rows, len(all.rows))[:len(all.rows)]
		for i, row := range all.rows {
			l.rows[i] = append(l.rows[i], row[column])
		}
	}
	return l
}

// promised words the error bound of an operation's kernels.
func promised(row *ops.Row, direction, typeName string) string {
	f := &row.Forward
	if direction == ops.Backward {
		f = &row.Backward
	}
	p := f.Promise32
	if typeName == result.Float64 {
		p = f.Promise64
	}
	switch p.Rounding {
	case ops.Exact:
		return "exact"
	case ops.Correct:
		return "correctly rounded"
	case ops.Faithful:
		return "faithful, < 1 ULP"
	}
	return strings.TrimSpace(fmt.Sprintf("<= %v ULP %s", p.ULP, f.Widening(direction, typeName)))
}

func listKernels() *listing {
	l := &listing{header: []string{"op", "direction", "float32", "float64"}}
	for _, row := range ops.All() {
		for _, direction := range []string{ops.Forward, ops.Backward, ops.Fused} {
			if !row.Has(direction, result.Float32) {
				continue
			}
			var names32, names64 []string
			for _, v := range ops.Variants() {
				if row.Kernel32(direction, v) != nil {
					names32 = append(names32, v.String())
				}
				if row.Kernel64(direction, v) != nil {
					names64 = append(names64, v.String())
				}
			}
			l.add(row.Name, direction, strings.Join(names32, " "), strings.Join(names64, " "))
		}
	}
	return l
}

func listInitializers() *listing {
	l := &listing{header: []string{"name", "formula", "parameters", "source"}}
	for _, kind := range initializer.All() {
		var parameters []string
		for _, p := range kind.Parameters {
			parameters = append(parameters, p.String())
		}
		l.add(strings.Join(append([]string{kind.Name}, kind.Aliases...), ", "), kind.Formula, strings.Join(parameters, ", "), kind.Source)
	}
	for _, kind := range datainit.All() {
		if slices.ContainsFunc(initializer.All(), func(k initializer.Kind) bool { return k.Name == kind.Name }) {
			continue
		}
		var parameters []string
		for _, p := range kind.Parameters {
			parameters = append(parameters, p.String())
		}
		name := kind.Name + " (whole nets, in layers --grid)"
		if kind.Residual {
			name = kind.Name + " (residual nets, in Go)"
		}
		l.add(name, kind.Formula, strings.Join(parameters, ", "), kind.Source)
	}
	return l
}

// listGains shows PyTorch's gains, where it has them, beside those that keep the second moment.
func listGains() (*listing, error) {
	l := &listing{header: []string{"activation", "parameter", "torch", "exact"}, right: map[int]bool{1: true, 2: true, 3: true}}
	for _, name := range initializer.Activations() {
		exact, err := initializer.ExactGain(name)
		if err != nil {
			return nil, err
		}
		torch, err := initializer.Gain(name)
		if err != nil {
			return nil, err
		}
		parameter, gain := "", ""
		if p, ok := initializer.DefaultParameter(name); ok {
			parameter = fmt.Sprintf("%.6g", p)
		}
		if initializer.TorchHas(name) {
			gain = fmt.Sprintf("%.6f", torch)
		}
		l.add(name, parameter, gain, fmt.Sprintf("%.6f", exact))
	}
	return l, nil
}

// noMatch says that the filter selects nothing of a stage, and what there is.
func (s *settings) noMatch(st stage) error {
	var u filter.Universe
	switch st {
	case stageBench, stageLimits:
		_, err := bench.Plan(s.benchOptions())
		return err
	case stageVerify, stageDistribution:
		_, err := verify.Plan(verify.Options{Remote: namePeers(s.remote), Filter: func(k result.Kernel) bool {
			u.Add(filter.Kernel(k)...)
			return true
		}})
		return cmp.Or(err, s.filter.NoMatch("kernel", &u))
	}
	for _, all := range []bool{false, true} {
		cells, err := layers.Plan(layers.Options{All: all, Depth: s.depth, Width: s.width, Batch: s.batch, Grid: s.grid})
		if err != nil {
			return err
		}
		for _, c := range cells {
			u.Add(netSettings(c.Activation, c.Initializer, c.Data, c.Depth, c.Width)...)
		}
	}
	return s.filter.NoMatch("net", &u)
}

// netSettings are a net's, whose activation op names too.
func netSettings(act, init, data string, depth, width int) []filter.Setting {
	return append(filter.Net(act, init, data, depth, width), filter.Setting{Key: filter.Op, Value: act})
}
