package page

import (
	"fmt"
	"html/template"
	"slices"

	"actinit/harness/result"
	"actinit/reports/plots"
)

const float32Name = "float32"

func sizeName(n int64) string { return plots.PowersOfTwo([]float64{float64(n)})[float64(n)] }

// sizes shows the time per element over the size, one plot for each operation.
func (b *builder) sizes() (section, error) {
	s := section{
		ID: "size", Title: "Time per element over size",
		Say: "A flat line is a kernel bound by its arithmetic. A line that rises to the right waits for memory: " +
			"the vectors no longer fit a cache. A line that falls from the left pays for the call. " +
			"float32, one worker; kernels timed at one size only are in the table above.",
		Command: "actinit bench --filter 'type:float32'", File: "bench.parquet",
	}
	for _, direction := range []string{"forward", "backward"} {
		row := figureRow{Title: direction, Legend: b.variantKeys(direction)}
		for _, op := range b.timedOps(direction) {
			l := plots.Lines{
				X: plots.Axis{Label: "elements", Log: true},
				Y: plots.Axis{Label: "ns / element", Log: true},
			}
			var all []float64
			for _, variant := range variants {
				line := plots.Series{Color: variantRank(variant), Dots: true}
				for _, m := range b.medians {
					if m.Op == op && m.Direction == direction && m.Type == float32Name && m.Variant == variant && m.Workers == 1 {
						line.X, line.Y = append(line.X, float64(m.N)), append(line.Y, m.NsPerElem)
						all = append(all, float64(m.N))
					}
				}
				if len(line.X) > 0 {
					sortPoints(&line)
					l.Series = append(l.Series, line)
				}
			}
			l.X.Ticks = plots.PowersOfTwo(all)
			if len(l.X.Ticks) < 2 {
				continue
			}
			if err := row.add(b.title(op), l); err != nil {
				return s, err
			}
		}
		if len(row.Figures) > 0 {
			s.Rows = append(s.Rows, row)
		}
	}
	return s, nil
}

// variantKeys is the legend of the variants that were timed.
func (b *builder) variantKeys(direction string) []key {
	var keys []key
	for _, variant := range variants {
		if slices.ContainsFunc(b.medians, func(m result.Median) bool {
			return m.Variant == variant && m.Direction == direction && m.Type == float32Name
		}) {
			keys = append(keys, key{Name: variant, Color: variantRank(variant)})
		}
	}
	return keys
}

func sortPoints(s *plots.Series) {
	order := make([]int, len(s.X))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(i, j int) int { return int(s.X[i] - s.X[j]) })
	x, y := make([]float64, len(order)), make([]float64, len(order))
	for k, i := range order {
		x[k], y[k] = s.X[i], s.Y[i]
	}
	s.X, s.Y = x, y
}

func (b *builder) timedOps(direction string) []string {
	return opsOf(b, b.medians, func(m result.Median) (string, bool) {
		return m.Op, m.Direction == direction && m.Type == float32Name && m.Workers == 1
	})
}

// speedUp shows how much faster the best variant is than each plainer one.
func (b *builder) speedUp() (section, error) {
	s := section{
		ID: "speedup", Title: "Speed-up",
		Command: "actinit bench --filter 'type:float32 n:4096'", File: "bench.parquet",
	}
	var compared []string
	for _, base := range []string{referenceVariant, scalarVariant, "unrolled"} {
		row := figureRow{Title: "over " + base}
		for _, direction := range []string{"forward", "backward"} {
			n, ok := speedUpSize(b.sizesOf(direction, float32Name))
			if !ok {
				continue
			}
			bars := plots.Bars{X: plots.Axis{Label: "times faster"}}
			for _, op := range b.timedOps(direction) {
				if base == scalarVariant && b.twin(op) {
					continue // a fused float32 operation is several others in Go: nobody would run that loop
				}
				plain, fast, ok := b.pair(op, direction, base, n)
				if !ok {
					continue
				}
				ratio := plain.NsPerElem / fast.NsPerElem
				bars.Bars = append(bars.Bars, plots.Bar{Name: b.title(op), Value: ratio, Label: fmt.Sprintf("%.3g×", ratio)})
			}
			if len(bars.Bars) == 0 {
				continue
			}
			title := fmt.Sprintf("%s: best variant over %s, %s elements", direction, base, sizeName(n))
			if err := row.add(title, bars); err != nil {
				return s, err
			}
		}
		if len(row.Figures) > 0 {
			s.Rows = append(s.Rows, row)
			compared = append(compared, base)
		}
	}
	meaning := map[string]string{
		referenceVariant: "reference is the straightforward float64 function, called for one element after the other through the table of operations",
		scalarVariant:    "scalar is the same algorithm in a plain loop",
		"unrolled":       "unrolled is portable Go with several elements in flight",
	}
	s.Say = "How many times faster the best variant of this machine is, from a cache. "
	for i, base := range compared {
		s.Say += map[bool]string{true: "Here ", false: "; "}[i == 0] + meaning[base]
	}
	s.Say += "."
	return s, nil
}

// speedUpSize is 4096 elements, which a first-level cache holds, or else the
// size in the middle.
func speedUpSize(sizes []int64) (int64, bool) {
	switch {
	case len(sizes) == 0:
		return 0, false
	case slices.Contains(sizes, 4096):
		return 4096, true
	}
	return sizes[len(sizes)/2], true
}

// pair returns the medians of the base variant and of the fastest above it.
func (b *builder) pair(op, direction, base string, n int64) (plain, fast result.Median, ok bool) {
	var havePlain, haveFast bool
	for _, m := range b.medians {
		if m.Op != op || m.Direction != direction || m.Type != float32Name || m.N != n || m.Workers != 1 {
			continue
		}
		switch {
		case m.Variant == base:
			plain, havePlain = m, true
		case variantRank(m.Variant) > variantRank(base) && (!haveFast || m.NsPerElem < fast.NsPerElem):
			fast, haveFast = m, true
		}
	}
	return plain, fast, havePlain && haveFast
}

// curves shows the activations and their derivatives.
func (b *builder) curves() (section, error) {
	s := section{
		ID: "curves", Title: "Activations and their derivatives",
		Say:     "Where the derivative (dashed) is near 0, a gradient that passes is lost; where it is above 1, a gradient grows.",
		Command: "actinit list curves", File: "the reference",
	}
	if b.Data.Empty() {
		return s, nil
	}
	row := figureRow{Legend: []key{{Name: "f(x)"}, {Name: "f′(x)", Color: 1, Dashed: true}}}
	curves := slices.DeleteFunc(slices.Clone(b.Curves), func(c Curve) bool { return !b.shown(c.Op) })
	slices.SortStableFunc(curves, func(x, y Curve) int { return b.byOp(x.Op, y.Op) })
	for _, c := range curves {
		title := b.title(c.Op)
		if f := b.formula(c.Op); f != "" {
			title += ": " + f
		}
		err := row.add(title, plots.Lines{
			X:      plots.Axis{Label: "x"},
			Series: []plots.Series{{X: c.X, Y: c.Y}, {X: c.X, Y: c.DY, Color: 1, Dashed: true}},
		})
		if err != nil {
			return s, err
		}
	}
	if len(row.Figures) > 0 {
		s.Rows = []figureRow{row}
	}
	return s, nil
}

// shown reports whether the page is about an activation: a run of nets alone is about theirs,
// and one of experiments alone about none.
func (b *builder) shown(op string) bool {
	d := b.Data
	if len(d.Accuracy)+len(d.Bench) > 0 || len(d.Layers)+len(d.Claims) == 0 {
		return true
	}
	return slices.ContainsFunc(d.Layers, func(r result.Layer) bool { return r.Activation == op })
}

// A drawing is a plot of any kind.
type drawing interface{ SVG() (string, error) }

// add draws a figure and puts it at the end of the row.
func (r *figureRow) add(title string, d drawing) error {
	svg, err := d.SVG()
	if err != nil {
		return fmt.Errorf("%s: %w", title, err)
	}
	r.Figures = append(r.Figures, figure{Title: title, SVG: template.HTML(svg)})
	return nil
}

// addDrawable adds a figure whose data may have no point that can be drawn: then there is none.
func (r *figureRow) addDrawable(f figure, d drawing) {
	svg, err := d.SVG()
	if err != nil {
		return
	}
	f.SVG = template.HTML(svg)
	r.Figures = append(r.Figures, f)
}
