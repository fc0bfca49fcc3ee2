package filter

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Universe holds the values that each key takes among the things a command
// could select. Its zero value is empty and ready for use.
type Universe struct {
	values map[string][]string
}

// Add notes the settings of one thing.
func (u *Universe) Add(settings ...Setting) {
	if u.values == nil {
		u.values = make(map[string][]string)
	}
	for _, s := range settings {
		if !slices.Contains(u.values[s.Key], s.Value) {
			u.values[s.Key] = append(u.values[s.Key], s.Value)
		}
	}
}

// Values returns the values of the key, numbers in numeric order, others
// alphabetically.
func (u *Universe) Values(key string) []string {
	values := slices.Clone(u.values[key])
	slices.SortFunc(values, func(a, b string) int {
		x, errX := strconv.Atoi(a)
		y, errY := strconv.Atoi(b)
		if errX == nil && errY == nil {
			return x - y
		}
		return strings.Compare(a, b)
	})
	return values
}

// NoMatch returns the error of a command whose filter selected nothing out of
// the universe of things called noun ("kernel", "net"): one line that names
// the first value that does not exist, the nearest one that does, and all of
// them.
func (f *Filter) NoMatch(noun string, u *Universe) error {
	for _, t := range f.terms {
		values := u.Values(t.key)
		switch {
		case len(values) == 0:
			return fmt.Errorf("no %s matches %q: a %s has no %s", noun, f.expr, noun, t.key)
		case t.regexp || slices.Contains(values, t.value):
			continue
		}
		hint := ""
		if near, ok := Nearest(t.value, values); ok {
			hint = fmt.Sprintf(" (did you mean %s:%s?)", t.key, quoteIfNeeded(near))
		}
		return fmt.Errorf("no %s matches %q: there is no %s %q%s; %s is one of %s",
			noun, f.expr, t.key, t.value, hint, t.key, strings.Join(values, ", "))
	}
	var used []string
	for _, t := range f.terms {
		one := t.key + " is one of " + strings.Join(u.Values(t.key), ", ")
		if !slices.Contains(used, one) {
			used = append(used, one)
		}
	}
	if len(used) == 0 {
		return fmt.Errorf("no %s matches %q", noun, f.expr)
	}
	return fmt.Errorf("no %s matches %q: no single %s has all of that; %s", noun, f.expr, noun, strings.Join(used, "; "))
}

// quoteIfNeeded writes a value as an expression needs it.
func quoteIfNeeded(value string) string {
	if value == "" || strings.ContainsAny(value, " ():@,\"") || strings.ContainsAny(value[:1], "-*/") {
		return strconv.Quote(value)
	}
	return value
}

// Nearest returns the candidate with the smallest edit distance to word, if
// that is small enough for word to be a slip: at most a third of its letters,
// and one in any case.
func Nearest(word string, candidates []string) (nearest string, ok bool) {
	best := max(1, len([]rune(word))/3) + 1
	for _, c := range candidates {
		if d := editDistance([]rune(strings.ToLower(word)), []rune(c)); d < best {
			best, nearest, ok = d, c, true
		}
	}
	return nearest, ok
}

// editDistance is Levenshtein's: the fewest insertions, deletions and
// substitutions that make b of a.
func editDistance(a, b []rune) int {
	row := make([]int, len(b)+1)
	for j := range row {
		row[j] = j
	}
	for i, x := range a {
		diagonal := row[0]
		row[0] = i + 1
		for j, y := range b {
			substitute := diagonal
			if x != y {
				substitute++
			}
			diagonal = row[j+1]
			row[j+1] = min(substitute, row[j]+1, row[j+1]+1)
		}
	}
	return row[len(b)]
}
