package layers

import (
	"fmt"
	"math"
	"slices"
	"strings"

	"actinit/harness/datainit"
	"actinit/kernels/initializer"
)

// Initialisers of a cell, as the lecture calls them.
const (
	Normal01      = "normal .01"
	Normal05      = "normal .05"
	XavierLecture = "xavier (lecture)" // std 1/sqrt(fan-in)
	XavierGlorot  = "xavier (glorot)"  // std sqrt(2/(fan-in + fan-out))
	Kaiming       = "kaiming"          // std sqrt(2/fan-in)
)

// Initializers returns the names of the initialisers in the lecture's order.
func Initializers() []string {
	return []string{Normal01, Normal05, XavierLecture, XavierGlorot, Kaiming}
}

// A start is how a net's weights begin: a rule that draws them, or an initialiser that
// looks at the net or at the data.
type start struct {
	rule *initializer.Initializer // nil for the others
	kind datainit.Kind
}

func byRule(rule initializer.Initializer) start { return start{&rule, datainit.Rule(rule)} }

// startNamed returns the start behind a name of Initializers, of package initializer with
// its default settings, or of package datainit.
func startNamed(name string) (start, error) {
	switch name {
	case Normal01:
		return byRule(initializer.Normal(0, .01)), nil
	case Normal05:
		return byRule(initializer.Normal(0, .05)), nil
	case XavierLecture:
		return byRule(initializer.XavierLecture()), nil
	case XavierGlorot:
		return byRule(initializer.XavierNormal(1)), nil
	case Kaiming:
		return byRule(initializer.KaimingNormal(initializer.FanIn, math.Sqrt2)), nil
	}
	if isRule(name) {
		rule, err := initializer.New(name, nil)
		return byRule(rule), err
	}
	var own []string
	for _, k := range datainit.All() {
		switch {
		case k.Name == name && k.Residual:
			return start{}, fmt.Errorf("%s is for nets with residual blocks, and these have none", name)
		case k.Name == name:
			return start{kind: k}, nil
		}
		if !isRule(k.Name) {
			own = append(own, k.Name)
		}
	}
	return start{}, fmt.Errorf("no initialiser is called %q, there are %s, %s, and those of actinit list initializers", name, strings.Join(Initializers(), ", "), strings.Join(own, ", "))
}

func isRule(name string) bool {
	return slices.ContainsFunc(initializer.All(), func(k initializer.Kind) bool { return k.Name == name })
}
