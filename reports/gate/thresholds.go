package gate

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Limits say from where on a kernel's change is a regression.
type Limits struct {
	Slower     float64 // relative slow-down: .02 is 2%
	MaxULP     float64 // growth of the largest error, ULP
	Misrounded float64 // growth of the share of results that are not the nearest float
	Ignore     bool    // the kernel is not judged at all
}

// Thresholds are the limits of every kernel, as a file sets them:
//
//	# the first line whose filter matches a kernel is the one that counts
//	op:softmax                    ignore
//	op:sigmoid dir:forward n:4096 slower=2%
//	type:(float16 OR bfloat16)    slower=10% misrounded=0.1%
//	*                             slower=5% max_ulp=0
//
// A filter has the syntax of --filter. After it stand settings: slower=2% and
// throughput=2% are the growth of the time of an element and the fall of the bytes per
// second that count as a regression, max_ulp=.1 the growth of the largest error in ULP,
// misrounded=.1% the growth of the share of results that are not the nearest float; ignore
// leaves the kernel out. What a line does not set has its default: the comparison's for
// time, 0 for the others. New NaN, infinite or promise-breaking results are regressions
// whatever the limits. The zero Thresholds have defaults only.
type Thresholds struct {
	name  string // of the file
	rules []rule
}

type rule struct {
	line   int
	filter string
	match  func(Subject) bool
	limits Limits
	slower bool // is set
}

// maxThresholds bounds a file: longer ones are no one's intention.
const maxThresholds = 1 << 20

// ReadThresholds reads a file of thresholds, which errors call name. The function filter
// compiles a filter expression.
func ReadThresholds(name string, r io.Reader, filter func(expr string) (func(Subject) bool, error)) (*Thresholds, error) {
	t := &Thresholds{name: name}
	lines := bufio.NewScanner(io.LimitReader(r, maxThresholds+1))
	read := 0
	number := 0
	for lines.Scan() {
		number++
		if read += len(lines.Bytes()) + 1; read > maxThresholds {
			return nil, fmt.Errorf("%s: longer than %d bytes: not a file of thresholds", name, maxThresholds)
		}
		line := withoutComment(lines.Text())
		if line == "" {
			continue
		}
		rule, err := parseRule(line, filter)
		if err != nil {
			return nil, fmt.Errorf("%s:%d: %w", name, number, err)
		}
		rule.line = number
		t.rules = append(t.rules, rule)
	}
	if err := lines.Err(); err != nil {
		if errors.Is(err, bufio.ErrTooLong) {
			return nil, fmt.Errorf("%s:%d: the line is too long: not a file of thresholds", name, number+1)
		}
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return t, nil
}

// withoutComment cuts off what begins with # at the start of a word.
func withoutComment(line string) string {
	for i := range len(line) {
		if line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t') {
			line = line[:i]
			break
		}
	}
	return strings.TrimSpace(line)
}

// settings of a line, in the order that messages list them.
var settings = []string{"slower", "throughput", "max_ulp", "misrounded"}

func parseRule(line string, filter func(string) (func(Subject) bool, error)) (rule, error) {
	var r rule
	expr, words := line, []string(nil)
	for expr != "" {
		last := expr[strings.LastIndexAny(expr, " \t")+1:]
		if !isSetting(last) {
			break
		}
		words = append(words, last)
		expr = strings.TrimSpace(expr[:len(expr)-len(last)])
	}
	if len(words) == 0 {
		return r, fmt.Errorf("%q sets nothing: write a filter and then settings, such as op:sigmoid slower=2%%, or ignore", line)
	}
	if expr == "" {
		return r, fmt.Errorf("%q has no filter: write one before the settings, such as op:sigmoid, or * for all kernels", line)
	}
	var err error
	r.filter = expr
	if r.match, err = filter(expr); err != nil {
		return r, err
	}
	seen := map[string]bool{}
	for _, word := range words {
		key, value, _ := strings.Cut(word, "=")
		if seen[key] {
			return r, fmt.Errorf("%s is set twice", key)
		}
		seen[key] = true
		if err := r.set(key, value); err != nil {
			return r, err
		}
	}
	if r.limits.Ignore && len(seen) > 1 {
		return r, errors.New("ignore stands alone: a kernel that is not judged has no thresholds")
	}
	return r, nil
}

// isSetting tells a setting from a word of a filter, whose keys end in a colon.
func isSetting(word string) bool {
	key, _, found := strings.Cut(word, "=")
	return word == "ignore" || found && !strings.ContainsAny(key, `:"()/*`)
}

func (r *rule) set(key, value string) error {
	switch key {
	case "ignore":
		r.limits.Ignore = true
		return nil
	case "slower", "throughput":
		share, err := parseShare(key, value, "2%")
		if err != nil {
			return err
		}
		if share == 0 {
			return fmt.Errorf("%s=%s: want more than 0, such as %s=2%%", key, value, key)
		}
		if key == "throughput" {
			if share >= 1 {
				return fmt.Errorf("throughput=%s: it cannot fall by more than 100%%; want less, such as throughput=2%%", value)
			}
			share = share / (1 - share) // bytes per second fall by it when the time grows so
		}
		if !r.slower || share < r.limits.Slower {
			r.limits.Slower = share
		}
		r.slower = true
		return nil
	case "max_ulp":
		x, err := strconv.ParseFloat(value, 64)
		if err != nil || !(x >= 0) || math.IsInf(x, 0) {
			return fmt.Errorf("max_ulp=%s: want a growth in ULP from 0, such as max_ulp=0.1", value)
		}
		r.limits.MaxULP = x
		return nil
	case "misrounded":
		share, err := parseShare(key, value, "0.1%")
		r.limits.Misrounded = share
		return err
	}
	return fmt.Errorf("unknown setting %q; settings are %s=..., and ignore", key, strings.Join(settings, "=..., "))
}

// parseShare reads a share written in per cent.
func parseShare(key, value, example string) (float64, error) {
	digits, found := strings.CutSuffix(value, "%")
	x, err := strconv.ParseFloat(digits, 64)
	if !found || err != nil || !(x >= 0) || math.IsInf(x, 0) {
		return 0, fmt.Errorf("%s=%s: want a share in per cent, such as %s=%s", key, value, key, example)
	}
	return x / 100, nil
}

// For returns the limits of a kernel: those of the first line that matches, with slower as
// the default for its time. A nil t has defaults only.
func (t *Thresholds) For(s Subject, slower float64) Limits {
	limits := Limits{Slower: slower}
	if t == nil {
		return limits
	}
	i := t.first(s)
	if i < 0 {
		return limits
	}
	limits = t.rules[i].limits
	if !t.rules[i].slower {
		limits.Slower = slower
	}
	return limits
}

// first returns the index of the first rule that matches, or -1.
func (t *Thresholds) first(s Subject) int {
	return slices.IndexFunc(t.rules, func(r rule) bool { return r.match(s) })
}

// Unused returns a warning, one line, that names the lines of the file that count for none of the subjects
// compared, or "" if each counts: one that is misspelt must not pass for a threshold. A nil t has no lines.
func (t *Thresholds) Unused(compared []Subject) string {
	if t == nil {
		return ""
	}
	counts := make([]bool, len(t.rules))
	for _, s := range compared {
		if i := t.first(s); i >= 0 {
			counts[i] = true
		}
	}
	var unused []string
	for i, r := range t.rules {
		if counts[i] {
			continue
		}
		why := "matches no kernel"
		if slices.ContainsFunc(compared, r.match) {
			why = "comes after lines that match the same kernels"
		}
		unused = append(unused, fmt.Sprintf("line %d (%s) %s", r.line, r.filter, why))
	}
	if len(unused) == 0 {
		return ""
	}
	return fmt.Sprintf("%s: %d of %d lines count for nothing that is compared: %s", t.name, len(unused), len(t.rules), strings.Join(unused, ", "))
}
