package datasets

import (
	"fmt"
	"hash/maphash"
	"strings"
	"unicode/utf8"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
)

// A TextSummary says what a column of text holds.
type TextSummary struct {
	Min      string `json:"min"` // the first in the order of bytes
	Max      string `json:"max"` // the last
	Distinct int    `json:"distinct"`
	More     bool   `json:"more"` // there are more than Distinct, at which counting ends
}

// mostDistinct is where the counting of different texts ends.
const mostDistinct = 10_000

// texts are the sums of a column of text as far as it was read.
type texts struct {
	rows     int // that are not null
	min, max string
	seed     maphash.Seed
	seen     map[uint64]struct{} // hashes, so that long texts take no memory
	more     bool
}

func (t *texts) add(a arrow.Array) {
	if t.seen == nil {
		t.seed, t.seen = maphash.MakeSeed(), map[uint64]struct{}{}
	}
	at := words(a)
	for i := range a.Len() {
		s, valid := at(i)
		if !valid {
			continue
		}
		if t.rows == 0 || s < t.min {
			t.min = strings.Clone(s)
		}
		if t.rows == 0 || s > t.max {
			t.max = strings.Clone(s)
		}
		t.rows++
		hash := maphash.String(t.seed, s)
		if _, ok := t.seen[hash]; !ok {
			if len(t.seen) == mostDistinct {
				t.more = true
			} else {
				t.seen[hash] = struct{}{}
			}
		}
	}
}

func (t *texts) summary() *TextSummary {
	return &TextSummary{Min: t.min, Max: t.max, Distinct: len(t.seen), More: t.more}
}

// words returns a function that gives the texts of an array, and says whether they are there.
func words(a arrow.Array) func(i int) (s string, valid bool) {
	switch a := a.(type) {
	case *array.String:
		return func(i int) (string, bool) { return a.Value(i), a.IsValid(i) }
	case *array.LargeString:
		return func(i int) (string, bool) { return a.Value(i), a.IsValid(i) }
	case *array.Dictionary:
		at := words(a.Dictionary())
		return func(i int) (string, bool) {
			if a.IsNull(i) {
				return "", false
			}
			return at(a.GetValueIndex(i))
		}
	}
	panic("datasets: array of a type that is not text")
}

// distinct says how many different texts there are.
func (t *TextSummary) distinct() string {
	if t.More {
		return fmt.Sprintf("> %d different", t.Distinct)
	}
	return fmt.Sprintf("%d different", t.Distinct)
}

// brief is Min or Max for a cell of a table: the beginning of a long one, a dash if there is none.
func (t *TextSummary) brief(s string) string {
	const longest = 24
	switch {
	case t.Distinct == 0:
		return "-"
	case s == "":
		return `""`
	}
	if utf8.RuneCountInString(s) > longest {
		s = string([]rune(s)[:longest-3]) + "..."
	}
	return oneLine(s)
}

// encodedWriter refuses columns of text that is not UTF-8, which other programs do not read.
type encodedWriter struct {
	BatchWriter
	rows int
}

func (w *encodedWriter) Write(r arrow.Record) error {
	for k, a := range r.Columns() {
		if !textual(a.DataType()) {
			continue
		}
		at := words(a)
		for i := range a.Len() {
			if word, valid := at(i); valid && !utf8.ValidString(word) {
				return fmt.Errorf("row %d, column %q: the text %q is %v", w.rows+i+1, r.ColumnName(k), word[:min(len(word), 40)], errEncoding)
			}
		}
	}
	w.rows += int(r.NumRows())
	return w.BatchWriter.Write(r)
}
