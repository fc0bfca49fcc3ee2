package datasets

import (
	"bufio"
	"bytes"
	"slices"
)

// A Separator stands between the fields of a line of text.
type Separator string

// The separators there are.
const (
	SeparatorAuto Separator = "" // that of the first lines
	Comma         Separator = "comma"
	Tab           Separator = "tab"
	Semicolon     Separator = "semicolon"
	Pipe          Separator = "pipe"
)

// separators lists them with their characters.
var separators = [...]struct {
	Separator
	char byte
}{{Comma, ','}, {Tab, '\t'}, {Semicolon, ';'}, {Pipe, '|'}}

// Separators lists the separators there are.
func Separators() []Separator {
	names := make([]Separator, len(separators))
	for i, s := range separators {
		names[i] = s.Separator
	}
	return names
}

// Char returns the separator's character, and 0 of SeparatorAuto.
func (s Separator) Char() byte {
	for _, known := range separators {
		if known.Separator == s {
			return known.char
		}
	}
	return 0
}

// separatorLine returns the separator that the first line of a text names as Excel does, sep=; and nothing else, and the line's length
// with its end; SeparatorAuto if it names none.
func separatorLine(start []byte) (Separator, int) {
	line, _, ended := bytes.Cut(start, []byte("\n"))
	length := len(line)
	if ended {
		length++
	}
	const key = "sep="
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(line) == len(key)+1 && bytes.EqualFold(line[:len(key)], []byte(key)) {
		for _, s := range separators {
			if s.char == line[len(key)] {
				return s.Separator, length
			}
		}
	}
	return SeparatorAuto, 0
}

// separator returns what separates a text's fields, of which start is the beginning, or all: Options.Separator, or what
// stands equally often, outside quotes, on each of the lines there. Where nothing does it is a comma, or a tab if the name
// says so, or a semicolon where decimals have commas, unless the first line has others.
func (o Options) separator(path string, start []byte, whole bool) (Separator, error) {
	if o.Separator != SeparatorAuto {
		return o.Separator, nil
	}
	tallies := tally(start, whole)
	var even, others []Separator
	usual := Comma
	switch format, _ := FormatOf(path).parts(); {
	case format == TSV:
		usual = Tab
	case o.DecimalComma:
		usual = Semicolon
	}
	for i, t := range tallies {
		switch s := separators[i].Separator; {
		case t.first == 0:
		case t.odd == 0:
			even = append(even, s)
		case s != usual && !(s == Comma && o.DecimalComma):
			others = append(others, s)
		}
	}
	if o.DecimalComma && len(even) > 1 {
		even = slices.DeleteFunc(even, func(s Separator) bool { return s == Comma })
	}
	switch {
	case len(even) == 1:
		return even[0], nil
	case slices.Contains(even, Tab) && usual == Tab:
		return Tab, nil
	case len(even) > 1:
		return "", badFile(path, "%ss and %ss stand equally often on each of its first lines: say which separate the fields (--separator %[1]s or %[2]s)", even[0], even[1])
	case len(others) > 0 && tallies[slices.Index(Separators(), usual)].first == 0:
		t := tallies[slices.Index(Separators(), others[0])]
		return "", badFile(path, "line %d holds %s and no %s, but line %d holds %d: say what separates the fields (--separator %s or %s)",
			t.line, count(t.first, string(others[0])), usual, t.odd, t.there, others[0], usual)
	}
	return usual, nil
}

// A separatorTally is how often a separator stands on lines.
type separatorTally struct {
	line, first int // the first line that is not empty, and how often there
	odd, there  int // the first line where that differs, 0 if none does, and how often there
}

// tally counts the separators of records, those within quotes left out. The last record counts if it is whole or the only one.
func tally(text []byte, whole bool) (tallies [len(separators)]separatorTally) {
	r := recordReader{in: bufio.NewReader(bytes.NewReader(text)), limit: len(text)}
	for {
		line := r.lines + 1
		record, quotes, err := r.record()
		if err != nil {
			return tallies
		}
		cut := !whole && (quotes%2 == 1 || !bytes.HasSuffix(record, []byte("\n")))
		if len(bytes.TrimRight(record, "\r\n")) == 0 || cut && tallies[0].line > 0 {
			continue
		}
		for i, n := range countSeparators(record) {
			switch t := &tallies[i]; {
			case t.line == 0:
				t.line, t.first = line, n
			case n != t.first && t.odd == 0:
				t.odd, t.there = line, n
			}
		}
	}
}

// countSeparators counts each outside quotes.
func countSeparators(record []byte) (counts [len(separators)]int) {
	for i, part := range bytes.Split(record, []byte{'"'}) {
		for k, s := range separators {
			if i%2 == 0 {
				counts[k] += bytes.Count(part, []byte{s.char})
			}
		}
	}
	return counts
}
