package cli

import (
	"fmt"
	"slices"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/spf13/pflag"

	"actinit/datasets"
)

// csvFlags say how CSV text is read.
type csvFlags struct {
	header, separator, decimal string
	nulls                      []string
}

// auto is the value of flags that leave a choice to the file.
const auto = "auto"

// What stands before the decimals of a number.
const decimalPoint, decimalComma = "point", "comma"

func (f *csvFlags) register(fs *pflag.FlagSet) {
	fs.StringVar(&f.header, "header", auto, "whether the first line of a CSV file holds names: yes, no or auto (it does if it holds words and no number; one with both, or of 0, 1, 2, ..., is refused)")
	fs.StringVar(&f.separator, "separator", auto, "what separates the fields of a CSV file: comma, tab, semicolon, pipe or auto (what stands equally often on each of its first lines; two that do are refused)")
	fs.StringVar(&f.decimal, "decimal", decimalPoint, "what stands before the decimals of a CSV file's numbers: point or comma, the latter where no comma separates the fields")
	fs.StringSliceVar(&f.nulls, "null", nil, "`WORDS` that among a CSV file's numbers say that there is none, such as N/A,None,-999, beside empty fields, NA and null")
}

// set sets the options that the flags name.
func (f *csvFlags) set(o *datasets.Options) error {
	if f.header != auto {
		o.CSVHeader = datasets.Header(f.header)
		if o.CSVHeader != datasets.HeaderPresent && o.CSVHeader != datasets.HeaderAbsent {
			return fmt.Errorf("--header %q: want %s, %s or %s", f.header, datasets.HeaderPresent, datasets.HeaderAbsent, auto)
		}
	}
	if f.separator != auto {
		o.Separator = separatorNamed(f.separator)
		if o.Separator == datasets.SeparatorAuto {
			return fmt.Errorf("--separator %q: want %s, %s, %s, %s or %s", f.separator, datasets.Comma, datasets.Tab, datasets.Semicolon, datasets.Pipe, auto)
		}
	}
	if f.decimal != decimalPoint && f.decimal != decimalComma {
		return fmt.Errorf("--decimal %q: want %s or %s", f.decimal, decimalPoint, decimalComma)
	}
	o.DecimalComma = f.decimal == decimalComma
	for _, word := range f.nulls {
		o.Nulls = append(o.Nulls, strings.TrimSpace(word))
	}
	return nil
}

// separatorNamed returns the separator of that name or character, and SeparatorAuto if there is none.
func separatorNamed(name string) datasets.Separator {
	for _, s := range datasets.Separators() {
		if name == string(s) || name == string(s.Char()) || name == `\t` && s == datasets.Tab {
			return s
		}
	}
	return datasets.SeparatorAuto
}

// without refuses the flags for an input that is no CSV file.
func (f *csvFlags) without(name string) error {
	if flag := f.given(); flag != "" {
		return fmt.Errorf("--%s is for CSV files, and %s is none", flag, name)
	}
	return nil
}

// given returns the first of the flags that is given, or "".
func (f *csvFlags) given() string {
	switch {
	case f.header != auto:
		return "header"
	case f.separator != auto:
		return "separator"
	case f.decimal != decimalPoint:
		return "decimal"
	case len(f.nulls) > 0:
		return "null"
	}
	return ""
}

// taken says what the first lines of a CSV file were taken for.
func (f *csvFlags) taken(b *datasets.Batches) string {
	text := ""
	if f.separator == auto && !b.SeparatorTold() && b.Separator() != datasets.SeparatorAuto && b.Separator() != datasets.Comma {
		text = fmt.Sprintf("; fields were taken to be separated by %ss (--separator names another)", b.Separator())
	}
	if names := b.Schema().Fields(); f.separator != auto && len(names) == 1 && strings.ContainsAny(names[0].Name, ",;\t|") {
		text = fmt.Sprintf("; no %s separates its fields (--separator)", b.Separator())
	}
	switch {
	case f.header != auto:
	case b.Header() == datasets.HeaderPresent:
		text += "; the first line was taken for names (--header no: for a row)"
	case b.Header() == datasets.HeaderAbsent:
		text += "; the first line was taken for a row (--header yes: for names)"
	}
	return text
}

// integersOf returns the names of the columns of a CSV file that were taken for integers.
func integersOf(b *datasets.Batches) (names []string) {
	if b.Separator() == datasets.SeparatorAuto {
		return nil
	}
	for _, field := range b.Schema().Fields() {
		if field.Type.ID() == arrow.INT64 {
			names = append(names, field.Name)
		}
	}
	return names
}

// textTaken names the columns of a CSV file that were guessed to be text.
func textTaken(named []string, b *datasets.Batches) string {
	if b.Separator() == datasets.SeparatorAuto {
		return ""
	}
	var guessed []string
	for _, field := range b.Schema().Fields() {
		if field.Type.ID() == arrow.STRING && !slices.Contains(named, field.Name) {
			guessed = append(guessed, field.Name)
		}
	}
	if guessed == nil {
		return ""
	}
	note := "; not of numbers, and so taken for text: " + strings.Join(guessed, ", ")
	if columns, flag := b.NullWords(); flag != "" {
		note += "; " + flag + " makes numbers of " + few(columns)
	}
	return note
}
