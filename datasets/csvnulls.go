package datasets

import (
	"slices"
	"strings"
)

// isNull reports whether a field of numbers says that there is none.
func (c *csvTable) isNull(field string) bool {
	return field == "" || field == "NA" || field == "null" || slices.Contains(c.options.Nulls, field)
}

// likeNull reports whether a field that is no number is a word by which programs often say that there is none.
func likeNull(field string) bool {
	switch strings.ToLower(field) {
	case "n/a", "na", "#n/a", "#na", "<na>", "none", "null", "nil", "nat", "-nan", "missing", "-", "--", "?", ".", "#div/0!", "#value!", "#ref!":
		return true
	}
	return false
}

// nullFlag is the flag that has words read as nulls, as a shell takes it.
func nullFlag(words ...string) string {
	list := strings.Join(words, ",")
	if strings.ContainsAny(list, "#<>?!") {
		list = "'" + list + "'"
	}
	return "--null " + list
}

// nullWords are columns that were taken for text, and would be of numbers but for words that are likeNull.
type nullWords struct{ columns, words []string }

func (n *nullWords) add(column string, words []string) {
	n.columns = append(n.columns, column)
	for _, word := range words {
		if !slices.Contains(n.words, word) {
			n.words = append(n.words, word)
		}
	}
}

// NullWords returns the columns of a CSV file that were taken for text, and would be of numbers but for words that often
// stand for nulls, such as N/A, and the flag that has these read as nulls; "" if there is none.
func (b *Batches) NullWords() (columns []string, flag string) {
	if len(b.nullWords.columns) == 0 {
		return nil, ""
	}
	return b.nullWords.columns, nullFlag(b.nullWords.words...)
}
