package cli

import (
	"io"
	"path/filepath"
	"slices"
	"strconv"

	"actinit/datasets/atomicfile"
	"actinit/harness/layers"
	"actinit/harness/ops"
	"actinit/harness/reproduce"
	"actinit/reports/page"
	"actinit/reports/runstore"
)

// writePage writes report.html into the run's folder.
func writePage(dir string, data *runstore.Data) error {
	in := page.Input{Data: data, Curves: curves(), Initializers: layers.Initializers(), Noise: pageNoise(data.Bench)}
	for _, x := range reproduce.All() {
		in.Experiments = append(in.Experiments, x.Name)
	}
	for _, row := range coreFirst() {
		in.Ops = append(in.Ops, page.Op{Name: row.Name, Title: row.Title, Formula: row.Formula, Source: row.Source, Twin: row.Twin != ""})
	}
	return atomicfile.Write(filepath.Join(dir, runstore.FileReport), func(w io.Writer) error { return page.Write(w, in) })
}

// coreFirst is the table with its extended operations last.
func coreFirst() []ops.Row {
	rows := ops.All()
	slices.SortStableFunc(rows, func(a, b ops.Row) int {
		switch {
		case a.Extended == b.Extended:
			return 0
		case b.Extended:
			return -1
		}
		return 1
	})
	return rows
}

// Curves are drawn from -curveReach to curveReach.
const (
	curveReach  = 5
	curvePoints = 501
)

// curves returns every activation of one input with its derivative, from the
// reference.
func curves() []page.Curve {
	var all []page.Curve
	for _, row := range ops.All() {
		if row.Pieces == 1 && row.Twin == "" {
			all = append(all, curve(row))
		}
	}
	return all
}

func curve(row ops.Row) page.Curve {
	var param float64
	if row.Param != nil {
		param = row.Param.Default
	}
	c := page.Curve{Op: row.Name}
	for i := range curvePoints {
		x := -curveReach + 2*curveReach*float64(i)/(curvePoints-1)
		y, _ := row.Forward.Value([]float64{x}, param, 0)
		saved := x
		if row.Saved == ops.SavedOutput {
			saved = y
		}
		slope, _ := row.Backward.Value([]float64{1, saved}, param, 0)
		c.X, c.Y, c.DY = append(c.X, x), append(c.Y, y), append(c.DY, slope)
	}
	return c
}

// listCurves is the data of the report's curves.
func listCurves() *listing {
	l := &listing{header: []string{"op", "x", "y", "derivative"}, right: map[int]bool{1: true, 2: true, 3: true}}
	number := func(v float64) string { return strconv.FormatFloat(v, 'g', -1, 64) }
	for _, c := range curves() {
		for i, x := range c.X {
			l.add(c.Op, number(x), number(c.Y[i]), number(c.DY[i]))
		}
	}
	return l
}
