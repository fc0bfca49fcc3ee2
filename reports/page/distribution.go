package page

import (
	"cmp"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"actinit/harness/result"
	"actinit/reports/plots"
)

func (b *builder) deviating() int {
	n := 0
	for _, d := range b.Data.Distribution {
		if d.Failed() {
			n++
		}
	}
	return n
}

// distribution shows the numbers that fills drew beside their laws.
func (b *builder) distribution() (section, error) {
	s := section{
		ID: "distribution", Title: "What initialisers draw",
		Say: "Weights are made of these numbers. Left, their density: dots are counted, the line is the law, on a logarithmic scale down to the rarest values that were drawn. " +
			"Middle, the quantiles of the draws against those of the law: dots on the line say that they are the same. " +
			"Right, statistics in standard errors from the law's: of a hundred correct ones, one is outside the dashed lines. " +
			fmt.Sprintf("What counts as wrong is a probability, adjusted for the number of statistics by Holm's method, below %v.", result.DistributionAlarm),
		Command: "actinit verify --filter dir:fill", File: "distribution.parquet",
	}
	var names [][2]string
	for _, d := range b.Data.Distribution {
		if name := [2]string{d.Fill, d.Type}; !slices.Contains(names, name) {
			names = append(names, name)
		}
	}
	for _, name := range names {
		row, err := drawsRow(slices.DeleteFunc(slices.Clone(b.Data.Distribution), func(d result.Distribution) bool {
			return d.Fill != name[0] || d.Type != name[1]
		}))
		if err != nil {
			return s, err
		}
		s.Rows = append(s.Rows, row)
	}
	return s, nil
}

// byStatistic orders statistics from the plain to the subtle, and those of a kind by
// their number.
func byStatistic(x, y result.Distribution) int {
	rank := func(d result.Distribution) (kind, number int) {
		name, digits, _ := strings.Cut(d.Statistic, " ")
		number, _ = strconv.Atoi(digits) // 0 where there is none
		return slices.Index([]string{"mean", "variance", "skewness", "kurtosis", "beyond", "lag", "next"}, name), number
	}
	xKind, xNumber := rank(x)
	yKind, yNumber := rank(y)
	return cmp.Or(cmp.Compare(uint(xKind), uint(yKind)), cmp.Compare(xNumber, yNumber), cmp.Compare(x.Statistic, y.Statistic))
}

// drawsRow shows the rows of one fill and type.
func drawsRow(rows []result.Distribution) (figureRow, error) {
	slices.SortFunc(rows, byStatistic)
	first := rows[0]
	row := figureRow{
		Title: fmt.Sprintf("%s, %s: %s draws", first.Fill, first.Type, count(first.Draws)),
		Table: &plainTable{Title: "statistics", Header: []string{"statistic", "value", "the law's", "99% lie between", "and", "probability", "adjusted"}},
	}
	deviations := plots.Deviations{X: plots.Axis{Label: "standard errors from the law"}, Limit: normal99}
	for _, d := range rows {
		if d.Statistic == result.StatisticCounts {
			if err := row.addCounts(d); err != nil {
				return row, err
			}
			continue
		}
		line := plainLine{Name: d.Statistic, Class: "ok", Verdict: "ok"}
		for _, v := range []float64{d.Value, d.Expected} {
			line.Cells = append(line.Cells, fmt.Sprintf("%.6g", v))
		}
		if d.TermStd > 0 {
			deviations.Dots = append(deviations.Dots, plots.Deviation{Name: d.Statistic, Value: d.StandardErrors()})
			low, high := d.Expected-normal99*d.StandardError, d.Expected+normal99*d.StandardError
			if strings.HasPrefix(d.Statistic, "beyond ") {
				low = max(low, 0)
			}
			line.Cells = append(line.Cells, fmt.Sprintf("%.6g", low), fmt.Sprintf("%.6g", high))
		} else {
			line.Cells = append(line.Cells, "", "") // statistics of counts are not normal
		}
		line.Cells = append(line.Cells, fmt.Sprintf("%.2g", d.PValue), fmt.Sprintf("%.2g", d.AdjustedP))
		if d.Failed() {
			line.Class, line.Verdict = "wrong", "wrong"
		}
		row.Table.Lines = append(row.Table.Lines, line)
	}
	return row, row.add("deviations", deviations)
}

// normal99 is the number of standard errors that 99% of normal variables lie within.
const normal99 = 2.5758293035489004

// addCounts adds the density and the quantiles of the draws.
func (row *figureRow) addCounts(d result.Distribution) error {
	density, law := plots.Series{Dots: true, Unjoined: true}, plots.Series{Color: 1}
	quantiles, same := plots.Series{Dots: true, Unjoined: true}, plots.Series{Color: 1, Dashed: true}
	n := float64(d.Draws)
	at := shownEdges(d)
	var so int64 // draws below edge at[i]
	below := make([]int64, len(d.Edges))
	for i := range d.Edges {
		so += d.Counts[i]
		below[i] = so
	}
	for k, i := range at {
		if q, ok := quantile(d, below, d.Below[i]); ok {
			quantiles.X, quantiles.Y = append(quantiles.X, d.Edges[i]), append(quantiles.Y, q)
			same.X, same.Y = append(same.X, d.Edges[i]), append(same.Y, d.Edges[i])
		}
		if k == 0 {
			continue
		}
		j := at[k-1]
		width := d.Edges[i] - d.Edges[j]
		middle := (d.Edges[i] + d.Edges[j]) / 2
		density.X, density.Y = append(density.X, middle), append(density.Y, float64(below[i]-below[j])/n/width)
		law.X, law.Y = append(law.X, middle), append(law.Y, (d.Below[i]-d.Below[j])/width)
	}
	err := row.add("density", plots.Lines{
		X: plots.Axis{Label: "value"}, Y: plots.Axis{Label: "density", Log: true}, Series: []plots.Series{law, density},
	})
	if err != nil {
		return err
	}
	return row.add("quantiles", plots.Lines{
		X: plots.Axis{Label: "the law's"}, Y: plots.Axis{Label: "the draws'"}, Series: []plots.Series{same, quantiles},
	})
}

// shownEdges picks some edges: every 64th of the middle, and in the tails those
// that enough draws are expected beyond.
func shownEdges(d result.Distribution) []int {
	const middle, every, enough = 1. / 64, 64, 10
	var at []int
	skipped := 0
	for i, p := range d.Below {
		tail := min(p, 1-p)
		if tail*float64(d.Draws) < enough {
			continue
		}
		// In the tails probabilities go by factors of two, and steps between equal
		// ones are passed over.
		last := 0.
		if len(at) > 0 {
			last = d.Below[at[len(at)-1]]
		}
		switch {
		case tail >= middle && skipped < every-1 && last >= middle:
			skipped++
			continue
		case tail < middle && p < .5 && p < 2*last:
			continue
		case tail < middle && p > .5 && 1-p > (1-last)/2*(1+1e-9):
			continue
		}
		skipped = 0
		at = append(at, i)
	}
	return at
}

// quantile returns the value that the share p of the draws is below, between two
// edges by a straight line; not beyond the first or the last edge.
func quantile(d result.Distribution, below []int64, p float64) (float64, bool) {
	want := p * float64(d.Draws)
	i, _ := slices.BinarySearchFunc(below, want, func(n int64, want float64) int {
		if float64(n) < want {
			return -1
		}
		return 1
	})
	if i == 0 || i == len(below) {
		return 0, false
	}
	lo, hi := float64(below[i-1]), float64(below[i])
	share := (want - lo) / (hi - lo)
	q := d.Edges[i-1] + share*(d.Edges[i]-d.Edges[i-1])
	return q, !math.IsNaN(q)
}
