package layers

import (
	"fmt"
	"math"
	"slices"
	"strings"

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

// initializerNamed returns the rule behind a name of Initializers, or one of package
// initializer with its default settings.
func initializerNamed(name string) (initializer.Initializer, error) {
	switch name {
	case Normal01:
		return initializer.Normal(0, .01), nil
	case Normal05:
		return initializer.Normal(0, .05), nil
	case XavierLecture:
		return initializer.XavierLecture(), nil
	case XavierGlorot:
		return initializer.XavierNormal(1), nil
	case Kaiming:
		return initializer.KaimingNormal(initializer.FanIn, math.Sqrt2), nil
	}
	if slices.ContainsFunc(initializer.All(), func(k initializer.Kind) bool { return k.Name == name }) {
		return initializer.New(name, nil)
	}
	return initializer.Initializer{}, fmt.Errorf("no initialiser is called %q, there are %s, and those of actinit list initializers", name, strings.Join(Initializers(), ", "))
}
