package datasets

import (
	"encoding/json"
	"fmt"
	"math"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"
)

// A Description says what a table holds.
type Description struct {
	Path      string    `json:"path"`
	Format    Format    `json:"format"`
	Header    Header    `json:"header,omitempty"`    // as Batches.Header
	Separator Separator `json:"separator,omitempty"` // as Batches.Separator
	Mapped    bool      `json:"memory_mapped"`       // some column is the file's own pages
	Rows      int       `json:"rows"`
	Columns   []Summary `json:"columns"`
}

// A Summary says what a column holds. The numbers are over its finite values, as float64, true being 1 and decimals being
// rounded, and NaN where there is none or values are no numbers (null in JSON).
type Summary struct {
	Name  string
	Type  Type // float32, int64, bool, text, timestamp[us, tz=UTC] ...
	Nulls int
	Text  *TextSummary // of a column of text, else nil
	Exact *Range       // of a column of integers, decimals, dates or times that has some, else nil
	NaN   int
	Inf   int // both signs
	Min   float64
	Max   float64
	Mean  float64
	Std   float64 // of the population: division by n
	Zeros float64 // share of the finite values that are 0 or -0
}

// A Range is that of integers or decimals, in decimal digits: float64 does not hold all of them. Or that of dates or
// times, as they are in CSV.
type Range struct {
	Min, Max string
	Numbers  bool // they are integers or decimals
}

// Describe reads all batches and describes them.
func (b *Batches) Describe() (*Description, error) {
	d := &Description{Path: b.path, Format: b.format, Header: b.header, Separator: b.separator}
	texts := make([]texts, b.schema.NumFields())
	ranges := make([]wholeRange, b.schema.NumFields())
	columns, err := b.moments(func(r arrow.Record) {
		for i, a := range r.Columns() {
			if textual(a.DataType()) {
				texts[i].add(a)
			}
			ranges[i].add(a)
			d.Mapped = d.Mapped || slices.ContainsFunc(a.Data().Buffers(), func(buffer *memory.Buffer) bool {
				return buffer != nil && b.maps.Holds(buffer.Bytes())
			})
		}
		d.Rows += int(r.NumRows())
	})
	if err != nil {
		return nil, err
	}
	for i, field := range b.schema.Fields() {
		s := columns[i].summary(field.Name, Type(TypeName(field.Type)))
		if textual(field.Type) {
			s.Text = texts[i].summary()
		}
		s.Exact = ranges[i].summary(field.Type)
		d.Columns = append(d.Columns, s)
	}
	return d, nil
}

// moments reads all batches, shows them to see, and returns the columns' moments, of those that hold
// no numbers the nulls alone.
func (b *Batches) moments(see func(arrow.Record)) ([]moments, error) {
	columns := make([]moments, b.schema.NumFields())
	err := b.each(func(r arrow.Record) error {
		for i, a := range r.Columns() {
			if numeric(a.DataType()) {
				columns[i].add(a)
			} else {
				columns[i].nulls += a.NullN()
			}
		}
		see(r)
		return nil
	})
	return columns, err
}

// MarshalJSON writes numbers that do not exist as null.
func (s Summary) MarshalJSON() ([]byte, error) {
	number := func(v float64) *float64 {
		if math.IsNaN(v) {
			return nil
		}
		return &v
	}
	var least, most any = number(s.Min), number(s.Max)
	if s.Exact != nil {
		least, most = s.Exact.Min, s.Exact.Max
		if s.Exact.Numbers {
			least, most = json.Number(s.Exact.Min), json.Number(s.Exact.Max)
		}
	}
	return json.Marshal(struct {
		Name  string       `json:"name"`
		Type  Type         `json:"type"`
		Nulls int          `json:"nulls"`
		Text  *TextSummary `json:"text,omitempty"`
		NaN   int          `json:"nan"`
		Inf   int          `json:"inf"`
		Min   any          `json:"min"`
		Max   any          `json:"max"`
		Mean  *float64     `json:"mean"`
		Std   *float64     `json:"std"`
		Zeros *float64     `json:"zeros_share"`
	}{s.Name, s.Type, s.Nulls, s.Text, s.NaN, s.Inf, least, most, number(s.Mean), number(s.Std), number(s.Zeros)})
}

// String returns the description as a table for a terminal.
func (d *Description) String() string {
	var b strings.Builder
	format := d.Format
	if format == "" {
		format = "in memory"
	}
	fmt.Fprintf(&b, "%s: %s, %s, %s", d.Path, format, count(d.Rows, "row"), count(len(d.Columns), "column"))
	if d.Separator == Semicolon || d.Separator == Pipe {
		fmt.Fprintf(&b, ", separated by %ss", d.Separator)
	}
	switch d.Header {
	case HeaderPresent:
		b.WriteString(", names from its first line")
	case HeaderAbsent:
		b.WriteString(", no line of names")
	}
	if d.Mapped {
		b.WriteString(", memory-mapped")
	}
	b.WriteByte('\n')
	w := table.NewWriter()
	w.SetStyle(table.StyleLight)
	w.Style().Format.Header = text.FormatDefault
	w.Style().Options = table.OptionsNoBordersAndSeparators
	w.AppendHeader(table.Row{"column", "type", "nulls", "NaN", "Inf", "min", "max", "mean", "std", "zeros"})
	numbers := make([]table.ColumnConfig, 0, 8)
	for column := 3; column <= 10; column++ {
		numbers = append(numbers, table.ColumnConfig{Number: column, Align: text.AlignRight, AlignHeader: text.AlignRight})
	}
	w.SetColumnConfigs(numbers)
	for _, s := range d.Columns {
		if s.Text != nil {
			w.AppendRow(table.Row{s.Name, s.Type, s.Nulls, "-", "-", s.Text.brief(s.Text.Min), s.Text.brief(s.Text.Max), s.Text.distinct(), "-", "-"})
			continue
		}
		zeros := "-"
		if !math.IsNaN(s.Zeros) {
			zeros = fmt.Sprintf("%.1f%%", 100*s.Zeros)
		}
		least, most := short(s.Min), short(s.Max)
		if s.Exact != nil {
			least, most = s.Exact.Min, s.Exact.Max
		}
		w.AppendRow(table.Row{s.Name, s.Type, s.Nulls, s.NaN, s.Inf, least, most, short(s.Mean), short(s.Std), zeros})
	}
	for i, line := range strings.Split(w.Render(), "\n") {
		if i > 0 {
			b.WriteByte('\n')
		}
		b.WriteString(strings.TrimRight(line, " "))
	}
	return b.String()
}

// TypeName is an Arrow type's name, with one for all encodings of text.
func TypeName(t arrow.DataType) string {
	if textual(t) {
		return "text"
	}
	return t.String()
}

// short formats a number in at most six digits, one that does not exist as a dash, and both zeros as 0.
func short(v float64) string {
	switch {
	case math.IsNaN(v):
		return "-"
	case v == 0:
		return "0"
	}
	return fmt.Sprintf("%.6g", v)
}
