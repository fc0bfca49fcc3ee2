package page

import (
	"fmt"
	"math"

	"actinit/harness/result"
	"actinit/reports/gate"
	"actinit/reports/paired"
	"actinit/reports/plots"
)

// Colours of verdicts in the plots of pairs: those that pages use for good and bad would not be told apart by everybody.
const (
	slowerColor = 1
	fasterColor = 0
	sameColor   = 7
)

// pairs shows the changes of a paired run with their intervals.
func (b *builder) pairs() (section, error) {
	s := section{
		ID: "pairs", Title: "Old and new by turns",
		Say: "Each line is the interval of a kernel's change of time, the dot its estimate: to the right the new side is slower. " +
			"The intervals hold for all kernels together, at 95%. A change is called if its p, corrected step by step for the size of the table, is below 5%, and it is larger than its threshold (1% unless --thresholds says otherwise) and " +
			"than what the old side differs from itself in another process (the floor); a called change's interval, which is the stricter one, may just hold 0. " +
			"Grey is no change that can be told; thresholds of a file are not drawn.",
		Command: "actinit bench --against REVISION", File: "pairs.parquet",
	}
	if b.paired == nil {
		return s, nil
	}
	c := b.paired
	row := figureRow{
		Title:  fmt.Sprintf("%s, against %s", c.New, c.Old),
		Say:    c.Report().Summary(),
		Legend: []key{{Name: "slower", Color: slowerColor}, {Name: "faster", Color: fasterColor}, {Name: "no change told", Color: sameColor}},
	}
	for _, typeName := range []string{result.Float32, result.Float64} {
		for _, group := range []struct {
			direction string
			rows      []paired.Row
		}{{result.Forward, nil}, {result.Backward, nil}, {"other", nil}} {
			for _, r := range c.Rows {
				direction := r.Direction
				if direction != result.Forward && direction != result.Backward {
					direction = "other"
				}
				if r.Type == typeName && direction == group.direction && r.Verdict != gate.Ignored {
					group.rows = append(group.rows, r)
				}
			}
			if len(group.rows) == 0 {
				continue
			}
			if err := row.add(typeName+", "+group.direction, b.forest(group.rows)); err != nil {
				return s, err
			}
		}
	}
	row.Table = pairTable(b, c)
	s.Rows = append(s.Rows, row)
	return s, nil
}

// forest draws intervals below each other, the first on top.
func (b *builder) forest(rows []paired.Row) plots.Lines {
	l := plots.Lines{X: plots.Axis{Label: "change of time, %"}, Y: plots.Axis{Ticks: map[float64]string{}, Min: .4, Max: float64(len(rows)) + .6},
		Width: 400, Height: 60 + 17*float64(len(rows))}
	widest := 1.
	for _, r := range rows {
		for _, end := range []gate.Number{r.Low, r.High, r.Delta} {
			if v := 100 * math.Abs(float64(end)); !math.IsInf(v, 0) && !math.IsNaN(v) {
				widest = max(widest, v)
			}
		}
	}
	from, to := 0., 0. // of the axis, which has 0
	edge := func(v gate.Number) float64 { return min(max(100*float64(v), -1.05*widest), 1.05*widest) }
	for i, r := range rows {
		y := float64(len(rows) - i)
		from, to = min(from, edge(r.Low)), max(to, edge(r.High))
		l.Y.Ticks[y] = b.pairName(r)
		color := sameColor
		switch r.Verdict {
		case gate.Regressed:
			color = slowerColor
		case gate.Improved:
			color = fasterColor
		}
		l.Series = append(l.Series,
			plots.Series{X: []float64{edge(r.Low), edge(r.High)}, Y: []float64{y, y}, Color: color},
			plots.Series{X: []float64{100 * float64(r.Delta)}, Y: []float64{y}, Color: color, Dots: true, Unjoined: true})
	}
	margin := .04 * (to - from)
	l.X.Min, l.X.Max = from-margin, to+margin
	l.Series = append(l.Series, plots.Series{X: []float64{0, 0}, Y: []float64{.4, float64(len(rows)) + .6}, Color: plots.Ink, Dashed: true})
	return l
}

// pairName names a row within its figure: what most of them have is left out.
func (b *builder) pairName(r paired.Row) string {
	name := b.title(r.Op)
	if r.Direction != result.Forward && r.Direction != result.Backward {
		name += " " + r.Direction
	}
	name += " " + sizeName(r.N)
	if r.Workers > 1 {
		name += fmt.Sprintf(" x%d", r.Workers)
	}
	if r.Mode != result.Warm {
		name += " " + r.Mode
	}
	return name
}

// pairTable has the numbers of all rows.
func pairTable(b *builder, c *paired.Comparison) *plainTable {
	t := &plainTable{Title: "All numbers", Header: []string{"kernel", "blocks", "spread", "change", "from", "to", "p, corrected", "floor"}}
	for i := range c.Rows {
		r := &c.Rows[i]
		class := "ok"
		if r.Verdict == gate.Regressed {
			class = "wrong"
		}
		t.Lines = append(t.Lines, plainLine{
			Name: b.title(r.Op) + " " + r.Direction + " " + r.Type + " " + sizeName(r.N), Note: r.Name,
			Cells: []string{fmt.Sprint(r.Blocks), share(r.Spread), share(r.Delta), share(r.Low), share(r.High), fmt.Sprintf("%.3f", float64(r.PHolm)), share(r.Floor)},
			Class: class, Verdict: string(r.Verdict),
		})
	}
	return t
}

// share is a share in per cent.
func share(v gate.Number) string {
	if math.IsInf(float64(v), 0) || math.IsNaN(float64(v)) {
		return ""
	}
	return fmt.Sprintf("%.2f%%", 100*float64(v))
}
