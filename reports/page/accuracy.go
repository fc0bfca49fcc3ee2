package page

import (
	"fmt"
	"math"

	"actinit/harness/result"
	"actinit/reports/plots"
)

// ulp shows errors over the range of inputs where verification recorded them,
// and how they are distributed where it did not.
func (b *builder) ulp() (section, error) {
	s := section{
		ID: "ulp", Title: "Error over the range of inputs",
		Say: "The largest error among the inputs tried in one binade, from the smallest subnormal to the largest float32; of several variants the worst. " +
			"A correctly rounded kernel stays at or below 0.5 everywhere; a faithful one below 1.",
		Command: "actinit verify --filter 'type:float32 dir:forward'", File: "accuracy.parquet",
	}
	row, err := b.binades()
	if err != nil {
		return s, err
	}
	if len(row.Figures) == 0 {
		s.Title = "Distribution of errors"
		s.Say = "Share of results by their distance to the exact value, in ULP. Up to 0.5 the result is the nearest float; " +
			"beyond 1 it is not even a neighbour."
		if row, err = b.errorHistograms(); err != nil {
			return s, err
		}
	}
	if len(row.Figures) > 0 {
		s.Rows = []figureRow{row}
	}
	return s, nil
}

// rows32 lists the forward float32 rows of an operation.
func (b *builder) rows32(op string) []result.Accuracy {
	var rows []result.Accuracy
	for _, a := range b.Data.Accuracy {
		if a.Op == op && a.Direction == "forward" && a.Type == float32Name {
			rows = append(rows, a)
		}
	}
	return rows
}

func (b *builder) verifiedOps() []string {
	return opsOf(b, b.Data.Accuracy, func(a result.Accuracy) (string, bool) {
		return a.Op, a.Direction == "forward" && a.Type == float32Name && a.Compared > 0
	})
}

// float32Binades is the number of combinations of sign and exponent.
const float32Binades = 512

func (b *builder) binades() (figureRow, error) {
	row := figureRow{Legend: []key{{Name: "x > 0"}, {Name: "x < 0", Color: 1, Dashed: true}}}
	for _, op := range b.verifiedOps() {
		positive, negative := plots.Series{}, plots.Series{Color: 1, Dashed: true}
		worst := make([]float64, float32Binades)
		recorded := false
		for i := range worst {
			worst[i] = math.NaN()
			for _, a := range b.rows32(op) {
				if len(a.BinadeMaxULP) == float32Binades && (math.IsNaN(worst[i]) || a.BinadeMaxULP[i] > worst[i]) {
					worst[i] = a.BinadeMaxULP[i]
				}
			}
			recorded = recorded || !math.IsNaN(worst[i])
		}
		if !recorded {
			continue
		}
		for i, e := range worst {
			exponent := float64(i%256 - 127)
			line := &positive
			if i >= 256 {
				line = &negative
			}
			line.X, line.Y = append(line.X, exponent), append(line.Y, e)
		}
		err := row.add(b.title(op), plots.Lines{
			X: plots.Axis{Label: "magnitude of the input", Min: -128, Max: 128,
				Ticks: map[float64]string{-126: "2⁻¹²⁶", -64: "2⁻⁶⁴", 0: "1", 64: "2⁶⁴", 127: "2¹²⁷"}},
			Y:      plots.Axis{Label: "largest error, ULP", Min: 0, Max: max(.6, 1.1*largest(worst))},
			Series: []plots.Series{positive, negative},
		})
		if err != nil {
			return row, err
		}
	}
	return row, nil
}

func largest(values []float64) float64 {
	m := 0.
	for _, v := range values {
		if v > m && !math.IsInf(v, 0) {
			m = v
		}
	}
	return m
}

func (b *builder) errorHistograms() (figureRow, error) {
	var row figureRow
	for _, op := range b.verifiedOps() {
		var counts []int64
		var total int64
		for _, a := range b.rows32(op) {
			if len(a.Histogram) != result.HistogramBins {
				continue
			}
			// All variants give the same bits: the last, best one speaks for all.
			counts, total = a.Histogram, 0
			for _, n := range counts {
				total += n
			}
		}
		if total == 0 {
			continue
		}
		all := total
		bars := plots.Bars{X: plots.Axis{Label: "% of results"}}
		for i, n := range counts {
			if total == 0 {
				// Nothing is farther off than the last bar.
				bars.Bars = append(bars.Bars, plots.Bar{Name: "more", Label: "none"})
				break
			}
			share := 100 * float64(n) / float64(all)
			bars.Bars = append(bars.Bars, plots.Bar{Name: errorBin(i), Value: share, Label: fmt.Sprintf("%.3g%%", share)})
			total -= n
		}
		if err := row.add(b.title(op), bars); err != nil {
			return row, err
		}
	}
	return row, nil
}

func errorBin(i int) string {
	switch i {
	case 0:
		return "exact"
	case result.HistogramBins - 1:
		return fmt.Sprintf("> %g", result.HistogramEdges[i-1])
	}
	return fmt.Sprintf("≤ %g", result.HistogramEdges[i])
}
