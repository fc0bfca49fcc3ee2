// Package datainit initialises nets by what a batch of data does in them, or by their
// structure: LSUV (Mishkin & Matas 2015), Kraehenbuehl et al. 2015, Fixup (Zhang, Dauphin &
// Ma 2019), and every rule of package initializer. Each says what it measured, what it
// did about it and how many rounds it took.
package datainit

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"slices"
	"strconv"
	"strings"

	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/kernels/initializer"
)

// A Kind is an initialiser of nets.
type Kind struct {
	Name       string // "lsuv"
	Formula    string
	Source     string
	Parameters []initializer.Parameter // numbers, but for some of the rules of package initializer
	Data       bool                    // it needs a batch of data
	Biases     bool                    // it sets biases, which every layer must have
	Residual   bool                    // it is for nets with residual blocks

	apply apply
}

// apply initialises a net.
type apply func(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64) (Report, error)

// What a Step measured.
const (
	Variance = "variance" // of the pre-activations; within Kraehenbuehl's layers the mean of the channels'
	Rate     = "rate"     // sqrt(mean (dL/dW)^2 / mean W^2)
)

// A Step is what one round found at a layer, and did.
type Step struct {
	Layer, Round int
	Measure      string  // Variance or Rate
	Measured     float64 // before the weights were multiplied
	Mean         float64 // of the pre-activations, beside their variance
	Factor       float64 // what the weights were multiplied with, the mean of the channels' within Kraehenbuehl's layers
}

// A Report is what an initialiser did.
type Report struct {
	Steps     []Step
	Rounds    []int // of layer l at l-1: corrections, those within and between Kraehenbuehl's layers together; 0 where the first measurement was right
	Converged bool  // every layer is within its tolerance
}

// A maker is an initialiser of this package's own whose parameters are open.
type maker struct {
	Kind
	make func(settings map[string]float64) apply
}

const kraehenbuehlSource = "Kraehenbuehl, Doersch, Donahue & Darrell 2015"

// makers are the initialisers of this package's own.
var makers = []maker{
	{Kind{Name: "lsuv", Formula: "orthonormal W; then layer by layer W /= std(z) until |var(z) - 1| < tolerance", Source: "Mishkin & Matas 2015",
		Parameters: lsuvParameters, Data: true}, lsuv},
	{Kind{Name: "kraehenbuehl_gaussian", Formula: "w_k N(0, 1); w_k /= std(z_k), b_k = beta - mean(z_k)/std(z_k); then rates of change made equal", Source: kraehenbuehlSource,
		Parameters: kraehenbuehlParameters, Data: true, Biases: true}, kraehenbuehl(gaussianWeights)},
	{Kind{Name: "kraehenbuehl_pca", Formula: "w_k the k-th principal direction of the layer's inputs, then as kraehenbuehl_gaussian", Source: kraehenbuehlSource,
		Parameters: kraehenbuehlParameters, Data: true, Biases: true}, kraehenbuehl(pcaWeights)},
	{Kind{Name: "kraehenbuehl_kmeans", Formula: "w_k the k-th centre of the layer's whitened and normalised inputs, then as kraehenbuehl_gaussian", Source: kraehenbuehlSource,
		Parameters: kraehenbuehlParameters, Data: true, Biases: true}, kraehenbuehl(kmeansWeights)},
	{Kind{Name: "fixup", Formula: "in L branches of m layers He's W times L^(-1/(2m-2)), the last layer of each and the classifier 0", Source: "Zhang, Dauphin & Ma 2019", Residual: true}, fixup},
}

// All returns the initialisers of this package's own and then the rules of package
// initializer, with their default settings. Rules with a parameter that has no default
// need [New].
func All() []Kind {
	var all []Kind
	for _, m := range makers {
		own := m.Kind
		own.apply = m.make(defaults(m.Parameters))
		all = append(all, own)
	}
	for _, k := range initializer.All() {
		all = append(all, Kind{Name: k.Name, Formula: k.Formula, Source: k.Source, Parameters: k.Parameters,
			apply: func(_ context.Context, n *network.Net[float32], _ dense.Matrix[float32], seed uint64) (Report, error) {
				rule, err := k.New(nil)
				if err != nil {
					return Report{}, errors.Unwrap(err) // Apply names the rule itself
				}
				return byRule(n, rule, seed)
			}})
	}
	return all
}

// New returns the initialiser of that name, one of All, with settings in place of its
// defaults.
func New(name string, settings initializer.Settings) (Kind, error) {
	var own []string
	for _, m := range makers {
		if m.Name == name {
			values, err := m.values(settings)
			if err != nil {
				return Kind{}, fmt.Errorf("%s: %w", name, err)
			}
			k := m.Kind
			k.apply = m.make(values)
			return k, nil
		}
		own = append(own, m.Name)
	}
	for _, k := range initializer.All() {
		if k.Name == name || slices.Contains(k.Aliases, name) {
			rule, err := initializer.New(name, settings)
			if err != nil {
				return Kind{}, err
			}
			made := Rule(rule)
			made.Source, made.Parameters = k.Source, k.Parameters
			return made, nil
		}
	}
	return Kind{}, fmt.Errorf("no initialiser is called %q, there are %s, and those of actinit list initializers", name, strings.Join(own, ", "))
}

// Rule returns the initialiser that fills every layer by a rule.
func Rule(rule initializer.Initializer) Kind {
	return Kind{Name: rule.Name, Formula: rule.Formula, apply: func(_ context.Context, n *network.Net[float32], _ dense.Matrix[float32], seed uint64) (Report, error) {
		return byRule(n, rule, seed)
	}}
}

func byRule(n *network.Net[float32], rule initializer.Initializer, seed uint64) (Report, error) {
	return Report{Rounds: make([]int, len(n.Layers)), Converged: true}, fill(n, rule, seed)
}

func fill(n *network.Net[float32], rule initializer.Initializer, seed uint64) error {
	return n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return rule }, seed)
}

// Apply initialises the net. x is a batch, examples x values, for those that need data; it is
// run forward, and for Kraehenbuehl's backward. An error is one line that names the layer.
func (k Kind) Apply(ctx context.Context, n *network.Net[float32], x dense.Matrix[float32], seed uint64) (Report, error) {
	if k.Data {
		if x.Rows < 2 {
			return Report{}, fmt.Errorf("%s needs a batch of two examples or more", k.Name)
		}
		for i := range x.Rows {
			for _, v := range x.Row(i) {
				if v-v != 0 {
					return Report{}, fmt.Errorf("%s: example %d has a value that is not finite", k.Name, i+1)
				}
			}
		}
	}
	report, err := k.apply(ctx, n, x, seed)
	if err != nil && ctx.Err() == nil {
		err = fmt.Errorf("%s: %w", k.Name, err)
	}
	return report, err
}

// Names of parameters.
const (
	tolerance = "tolerance"
	rounds    = "rounds"
	beta      = "beta"
)

func defaults(parameters []initializer.Parameter) map[string]float64 {
	v := map[string]float64{}
	for _, p := range parameters {
		v[p.Name], _ = strconv.ParseFloat(p.Default, 64)
	}
	return v
}

// values checks settings and adds the defaults.
func (m maker) values(settings initializer.Settings) (map[string]float64, error) {
	v := defaults(m.Parameters)
	for _, name := range slices.Sorted(maps.Keys(settings)) {
		if _, ok := v[name]; !ok {
			return nil, fmt.Errorf("there is no parameter %q: %s", name, m.takes())
		}
		given := settings[name]
		if n, ok := given.(int); ok {
			given = float64(n)
		}
		n, ok := given.(float64)
		switch {
		case !ok || n-n != 0:
			return nil, fmt.Errorf("%s is %v, want a finite number", name, given)
		case name == tolerance && n <= 0:
			return nil, fmt.Errorf("%s is %v, want a number above 0", name, n)
		case name == rounds && (n != math.Trunc(n) || n < 0 || n > maxRounds):
			return nil, fmt.Errorf("%s is %v, want a whole number from 0 to %d", name, n, maxRounds)
		}
		v[name] = n
	}
	return v, nil
}

// maxRounds is far beyond what any method needs.
const maxRounds = 1000

func (m maker) takes() string {
	if len(m.Parameters) == 0 {
		return "it takes none"
	}
	var list []string
	for _, p := range m.Parameters {
		list = append(list, p.String())
	}
	return "it takes " + strings.Join(list, ", ")
}
