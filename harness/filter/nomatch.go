package filter

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// A Universe holds the things a command could select. Its zero value is empty and
// ready for use.
type Universe struct {
	things [][]Setting
	values map[string][]string // that each key takes
}

// Add notes the settings of one thing.
func (u *Universe) Add(settings ...Setting) {
	u.things = append(u.things, slices.Clone(settings))
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
	return inOrder(slices.Clone(u.values[key]))
}

func inOrder(values []string) []string {
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

// maxListed is how many values of a key a message lists beside a better hint.
const maxListed = 12

// NoMatch returns the error of a command whose filter selected nothing out of
// the universe of things called noun ("kernel", "net"): one line that names
// the first value that does not exist, the nearest one that does, and those that
// would do.
func (f *Filter) NoMatch(noun string, u *Universe) error {
	for _, t := range f.terms {
		if len(u.Values(t.key)) == 0 {
			return fmt.Errorf("no %s matches %q: a %s has no %s", noun, f.expr, noun, t.key)
		}
		if unknown := f.unknown(t, u); unknown != "" {
			return fmt.Errorf("no %s matches %q: %s", noun, f.expr, unknown)
		}
	}
	message := fmt.Sprintf("no %s matches %q", noun, f.expr)
	if len(f.terms) == 0 {
		return errors.New(message)
	}
	message += fmt.Sprintf(": no single %s has all of that", noun)
	fitting, all := "", ""
	for _, key := range f.keys() {
		if values := f.fitting(key, u); len(values) > 0 && len(values) <= maxListed {
			fitting += "; " + key + " could be " + strings.Join(values, ", ")
		}
		if values := u.Values(key); len(values) <= maxListed {
			all += "; " + oneOf(key, values)
		}
	}
	if fitting == "" {
		return errors.New(message + all) // there is more than one value to change
	}
	return errors.New(message + fitting)
}

// Known returns an error, one line, if the expression names a value of one of the keys that nothing in the
// universe has, such as a misspelt one. Regular expressions name none.
func (f *Filter) Known(u *Universe, keys ...string) error {
	for _, t := range f.terms {
		if !slices.Contains(keys, t.key) {
			continue
		}
		if unknown := f.unknown(t, u); unknown != "" {
			return fmt.Errorf("filter %q: %s", f.expr, unknown)
		}
	}
	return nil
}

// unknown says that a term's value does not exist, the nearest one that does, and those that would do; ""
// if it exists.
func (f *Filter) unknown(t term, u *Universe) string {
	values := u.Values(t.key)
	if t.regexp || slices.Contains(values, t.value) {
		return ""
	}
	if fitting := f.fitting(t.key, u); len(fitting) > 0 {
		values = fitting
	}
	hint := ""
	near, found := Nearest(t.value, u.Values(t.key))
	if found {
		hint = fmt.Sprintf(" (did you mean %s:%s?)", t.key, quoteIfNeeded(near))
	}
	if !found || len(values) <= maxListed {
		hint += "; " + oneOf(t.key, values)
	}
	return fmt.Sprintf("there is no %s %q%s", t.key, t.value, hint)
}

func oneOf(key string, values []string) string {
	return key + " is one of " + strings.Join(values, ", ")
}

// keys lists the keys that the expression mentions, each once.
func (f *Filter) keys() []string {
	var keys []string
	for _, t := range f.terms {
		if !slices.Contains(keys, t.key) {
			keys = append(keys, t.key)
		}
	}
	return keys
}

// fitting returns the values of key that fit the rest of the expression: those of
// things that it would select if their value of key were another.
func (f *Filter) fitting(key string, u *Universe) []string {
	others := slices.Clone(u.values[key])
	for _, t := range f.terms {
		if t.key == key && !t.regexp {
			others = append(others, t.value)
		}
	}
	var fitting []string
	for _, thing := range u.things {
		i := slices.IndexFunc(thing, func(s Setting) bool { return s.Key == key })
		if i < 0 || slices.Contains(fitting, thing[i].Value) {
			continue
		}
		changed := slices.Clone(thing)
		if slices.ContainsFunc(others, func(other string) bool {
			changed[i].Value = other
			return f.MatchSettings(changed...)
		}) {
			fitting = append(fitting, thing[i].Value)
		}
	}
	return inOrder(fitting)
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

// editDistance is the fewest insertions, deletions, substitutions and exchanges of two
// neighbours that make b of a, no letter being changed twice (optimal string alignment).
func editDistance(a, b []rune) int {
	var before []int // the row two letters of a ago
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i, x := range a {
		row := make([]int, len(b)+1)
		row[0] = i + 1
		for j, y := range b {
			substitute := last[j]
			if x != y {
				substitute++
			}
			row[j+1] = min(substitute, row[j]+1, last[j+1]+1)
			if i > 0 && j > 0 && x == b[j-1] && a[i-1] == y {
				row[j+1] = min(row[j+1], before[j-1]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
