package initializer

import (
	"fmt"
	"math"
	"strings"
)

// A Role is what a tensor is for: frameworks initialise each in their own way.
type Role string

const (
	LinearWeight      Role = "linear"      // of a fully connected layer, (out, in)
	ConvolutionWeight Role = "convolution" // (out, in/groups, k...)
	EmbeddingWeight   Role = "embedding"   // (entries, features)
	ScaleWeight       Role = "scale"       // of a normalisation, (features)
	BiasWeight        Role = "bias"        // of any of them, (out)
)

// Roles lists them.
func Roles() []Role {
	return []Role{LinearWeight, ConvolutionWeight, EmbeddingWeight, ScaleWeight, BiasWeight}
}

// A Preset is what a framework does where nothing else is said: its choice of
// formulas, not its bits.
type Preset struct {
	Name   string // "torch": in files and on the command line
	Source string // where the framework says so

	Linear, Convolution, Embedding, Scale Initializer

	// Bias returns the rule for the bias of a fully connected or convolution layer whose
	// weight has the given fan-in. The bias of a normalisation is 0 in all of them.
	Bias func(fanIn int) Initializer
}

// Torch is PyTorch's. Its layers call kaiming_uniform_ with a = sqrt(5), which is
// U[-b, b), b = 1/sqrt(fan_in), and draw the bias from the same interval.
var Torch = Preset{
	Name:        "torch",
	Source:      "torch.nn: reset_parameters of Linear, Conv and Embedding",
	Linear:      KaimingUniform(FanIn, 1/math.Sqrt(3)),
	Convolution: KaimingUniform(FanIn, 1/math.Sqrt(3)),
	Embedding:   Normal(0, 1),
	Scale:       Ones(),
	Bias: func(fanIn int) Initializer {
		b := 1 / math.Sqrt(float64(fanIn))
		return Uniform(-b, b)
	},
}

// JAX is that of flax.linen and flax.nnx. An embedding has the standard deviation
// 1/sqrt(features).
var JAX = Preset{
	Name:        "jax",
	Source:      "flax: default_kernel_init, bias_init and default_embed_init",
	Linear:      LeCunNormal(),
	Convolution: LeCunNormal(),
	Embedding:   VarianceScaling(1, FanIn, NormalDistribution),
	Scale:       Ones(),
	Bias:        func(int) Initializer { return Zeros() },
}

// Keras is that of keras.layers.
var Keras = Preset{
	Name:        "keras",
	Source:      "keras.layers: kernel_initializer, bias_initializer and embeddings_initializer of Dense, Conv and Embedding",
	Linear:      GlorotUniform(),
	Convolution: GlorotUniform(),
	Embedding:   Uniform(-.05, .05),
	Scale:       Ones(),
	Bias:        func(int) Initializer { return Zeros() },
}

// Presets lists them.
func Presets() []Preset { return []Preset{Torch, JAX, Keras} }

// FindPreset returns the preset with that name; the error names them all.
func FindPreset(name string) (Preset, error) {
	var names []string
	for _, p := range Presets() {
		if p.Name == name {
			return p, nil
		}
		names = append(names, p.Name)
	}
	return Preset{}, fmt.Errorf("no preset is called %q: want one of %s", name, strings.Join(names, ", "))
}

// weight returns the rule for a role that is not the bias.
func (p Preset) weight(role Role) Initializer {
	switch role {
	case ConvolutionWeight:
		return p.Convolution
	case EmbeddingWeight:
		return p.Embedding
	case ScaleWeight:
		return p.Scale
	}
	return p.Linear
}
