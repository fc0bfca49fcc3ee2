package initializer

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"
)

// kinds lists every rule that has a name. It is the only list in this package: a
// new rule is a file with its Kind, and a line here.
var kinds = []*Kind{
	&zerosKind,
	&onesKind,
	&constantKind,
	&normalKind,
	&uniformKind,
	&truncNormalKind,
	&truncatedNormalKind,
	&xavierNormalKind,
	&xavierUniformKind,
	&xavierLectureKind,
	&kaimingNormalKind,
	&kaimingUniformKind,
	&lecunNormalKind,
	&lecunUniformKind,
	&glorotNormalKind,
	&glorotUniformKind,
	&heNormalKind,
	&heUniformKind,
	&varianceScalingKind,
	&randomWalkKind,
	&sparseKind,
	&eyeKind,
	&diracKind,
	&zeroKind,
	&orthogonalKind,
	&deltaOrthogonalKind,
}

// A Kind is a rule whose parameters are open.
type Kind struct {
	Name       string   // "kaiming_normal": in files and on the command line
	Aliases    []string // other names of it
	Formula    string   // of the weights, in plain text and in terms of the parameters
	Source     string   // the frameworks that have it, or the paper
	Parameters []Parameter

	make func(s values) (Initializer, error)
}

// A Parameter of a rule is a number or a word.
type Parameter struct {
	Name    string
	Default string // as it would be written; "" for those that must be given or that Meaning explains
	Meaning string

	words    []string // that may be given; nil where only a number may
	number   bool     // a number may be given in place of a word
	whole    bool     // the number must be whole
	required bool
}

// String writes the parameter with its default: "mode=fan_in", "sparsity".
func (p Parameter) String() string {
	if p.Default == "" {
		return p.Name
	}
	return p.Name + "=" + p.Default
}

// Settings are parameters by name: numbers (float64 or int) or words (string).
// Those left out have their defaults.
type Settings map[string]any

// All lists the rules that have a name.
func All() []Kind {
	all := make([]Kind, len(kinds))
	for i, k := range kinds {
		all[i] = *k
	}
	return all
}

// Named returns the rule with that name, its parameters at their defaults.
func Named(name string) (Initializer, error) { return New(name, nil) }

// New returns the rule with that name and parameters. The error for a name that there is not names them all.
func New(name string, settings Settings) (Initializer, error) {
	i := slices.IndexFunc(kinds, func(k *Kind) bool { return k.Name == name || slices.Contains(k.Aliases, name) })
	if i < 0 {
		names := make([]string, len(kinds))
		for i, k := range kinds {
			names[i] = k.Name
		}
		return Initializer{}, fmt.Errorf("no initialiser is called %q: want one of %s", name, strings.Join(names, ", "))
	}
	return kinds[i].New(settings)
}

// New returns the rule with these parameters.
func (k Kind) New(settings Settings) (Initializer, error) {
	v, err := k.values(settings)
	if err != nil {
		return Initializer{}, fmt.Errorf("%s: %w", k.Name, err)
	}
	in, err := k.make(v)
	if err != nil {
		return Initializer{}, fmt.Errorf("%s: %w", k.Name, err)
	}
	return in, nil
}

// values are a kind's parameters, defaults included, each a float64 or a string.
type values map[string]any

func (v values) number(name string) float64 { return v[name].(float64) }
func (v values) word(name string) string    { return v[name].(string) }

func (v values) isNumber(name string) bool {
	_, ok := v[name].(float64)
	return ok
}

func (v values) mode() Mode {
	for _, m := range []Mode{FanIn, FanOut} {
		if v.word("mode") == m.String() {
			return m
		}
	}
	return FanAverage
}

// values checks settings and adds the defaults.
func (k Kind) values(settings Settings) (values, error) {
	var names []string
	for _, p := range k.Parameters {
		names = append(names, p.Name)
	}
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if !slices.Contains(names, name) {
			return nil, fmt.Errorf("there is no parameter %q: %s", name, k.takes())
		}
	}
	v := values{}
	for _, p := range k.Parameters {
		given, ok := settings[p.Name]
		var err error
		switch {
		case ok:
			v[p.Name], err = p.check(given)
		case p.required:
			err = fmt.Errorf("the parameter %q is missing: %s", p.Name, p.Meaning)
		case p.Default != "":
			v[p.Name] = p.fallback()
		}
		if err != nil {
			return nil, err
		}
	}
	return v, nil
}

func (k Kind) takes() string {
	if len(k.Parameters) == 0 {
		return "it takes none"
	}
	var list []string
	for _, p := range k.Parameters {
		list = append(list, p.String())
	}
	return "it takes " + strings.Join(list, ", ")
}

// check returns a value that was given as a float64 or a word.
func (p Parameter) check(given any) (any, error) {
	if n, ok := given.(int); ok {
		given = float64(n)
	}
	switch g := given.(type) {
	case float64:
		switch {
		case p.words != nil && !p.number:
			return nil, fmt.Errorf("%s is %s, %s", p.Name, number(g), p.wants())
		case g-g != 0:
			return nil, fmt.Errorf("%s is %v, %s", p.Name, g, p.wants())
		case p.whole && (g != math.Trunc(g) || math.Abs(g) > math.MaxInt32):
			return nil, fmt.Errorf("%s is %s, want a whole number", p.Name, number(g))
		}
		return g, nil
	case string:
		if !slices.Contains(p.words, g) {
			return nil, fmt.Errorf("%s is %q, %s", p.Name, g, p.wants())
		}
		return g, nil
	}
	return nil, fmt.Errorf("%s is %v, %s", p.Name, given, p.wants())
}

func (p Parameter) wants() string {
	words := strings.Join(p.words, ", ")
	switch {
	case p.words == nil:
		return "want a finite number"
	case p.number:
		return "want a finite number or one of " + words
	}
	return "want one of " + words
}

// fallback returns the default as a value.
func (p Parameter) fallback() any {
	if n, err := strconv.ParseFloat(p.Default, 64); err == nil {
		return n
	}
	return p.Default
}
