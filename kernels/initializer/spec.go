package initializer

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"actinit/kernels/initializer/strictjson"
)

// Limits of a network's file: larger ones are no one's intention.
const (
	maxSpec       = 64 << 20 // bytes
	maxDimensions = 32       // of a shape, as in numpy 1
)

// ReadNetwork reads the description of a network, a JSON object:
//
//	{
//	  "layers": [
//	    {"name": "fc1.weight", "shape": [300, 784], "init": "kaiming_normal"},
//	    {"name": "fc1.bias", "shape": [300], "init": "zeros"}
//	  ]
//	}
//
// A layer has a name, a shape and the name of a rule (see [All]), and may have a
// "dtype", float32 (the default) or float64, and the rule's parameters, such as "mode"
// or "gain". Beside "layers" the network may have a "dtype" for the layers that name none,
// and a "preset", torch, jax or keras, for those without an "init". A preset of the call
// takes its place; nil is none.
//
// A preset chooses by the layer's "role": linear, convolution, embedding, scale or bias. Left
// out, it is bias or scale where the last part of the name is that word, convolution for three
// dimensions and more, and linear for two. A bias belongs to the layer whose name has "weight", "kernel"
// or "scale" in place of "bias": Torch needs its fan-in, and one of a single dimension is a scale.
//
// It may have 64 MiB, and shapes 32 dimensions.
// Fields that there are not, given twice or of the wrong type, and all that
// [Network.Check] refuses, are errors of one line that name the layer or the line.
func ReadNetwork(r io.Reader, preset *Preset) (Network, error) {
	in, err := strictjson.New(r, maxSpec)
	if err != nil {
		return nil, fmt.Errorf(`%w; want a network's description in JSON, {"layers": [{"name": "fc1.weight", "shape": [300, 64], "init": "he_normal"}, ...]}`, err)
	}
	s := &spec{in: in, dtype: Float32}
	if err := s.read(); err != nil {
		return nil, err
	}
	if preset != nil {
		s.preset = *preset
	}
	return s.network()
}

// A spec is a description while it is read.
type spec struct {
	in     *strictjson.Reader
	preset Preset // the zero Preset for none
	dtype  Type
	layers []layer
}

// A layer is one entry of the description.
type layer struct {
	name     string
	shape    []int
	init     string
	dtype    Type
	role     Role
	settings Settings
}

func (s *spec) read() error {
	found := false
	err := s.in.Object("the network", func(key string) (err error) {
		switch key {
		case "layers":
			found = true
			return s.in.Array(key, func() error { return s.layer() })
		case "dtype":
			s.dtype, err = s.elementType()
		case "preset":
			var name string
			if name, err = s.in.Text(key); err == nil {
				s.preset, err = FindPreset(name)
			}
		default:
			err = fmt.Errorf("the network has no field %q: want layers, dtype or preset", key)
		}
		return err
	})
	if err != nil {
		return err
	}
	if err := s.in.End("the network"); err != nil {
		return err
	}
	if !found || len(s.layers) == 0 {
		return errors.New(`there are no layers: want {"layers": [{"name": ..., "shape": [...], "init": ...}, ...]}`)
	}
	return nil
}

func (s *spec) layer() error {
	l := layer{settings: Settings{}}
	which := fmt.Sprintf("layer %d", len(s.layers)+1)
	err := s.in.Object(which, func(key string) (err error) {
		switch key {
		case "name":
			if l.name, err = s.in.Text(key); err == nil {
				which = fmt.Sprintf("layer %q", l.name)
			}
		case "shape":
			l.shape, err = s.shape()
		case "init":
			l.init, err = s.in.Text(key)
		case "dtype":
			l.dtype, err = s.elementType()
		case "role":
			var name string
			name, err = s.in.Text(key)
			l.role = Role(name)
			if err == nil && !slices.Contains(Roles(), l.role) {
				err = fmt.Errorf("the role is %q, want one of %v", name, Roles())
			}
		default:
			l.settings[key], err = s.setting(key)
		}
		return err
	})
	switch {
	case err == nil && l.name == "":
		err = errors.New("it has no name")
	case err == nil && l.shape == nil:
		err = errors.New("it has no shape")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", which, err)
	}
	s.layers = append(s.layers, l)
	return nil
}

// network makes the rules of the layers and checks the whole.
func (s *spec) network() (Network, error) {
	n := make(Network, len(s.layers))
	for i, l := range s.layers {
		init, err := s.rule(l)
		if err != nil {
			return nil, fmt.Errorf("layer %q: %w", l.name, err)
		}
		n[i] = Tensor{Name: l.name, Shape: l.shape, Type: l.dtype, Init: init}
		if l.dtype == "" {
			n[i].Type = s.dtype
		}
	}
	return n, n.Check()
}

// rule returns the initialiser that a layer names, or its preset's.
func (s *spec) rule(l layer) (Initializer, error) {
	switch {
	case l.init != "":
		return New(l.init, l.settings)
	case s.preset.Name == "":
		return Initializer{}, errors.New(`it has no "init", and there is no preset`)
	}
	for _, name := range slices.Sorted(maps.Keys(l.settings)) {
		return Initializer{}, fmt.Errorf("there is a %q but no \"init\" that takes it", name)
	}
	role, err := l.part()
	switch {
	case err != nil:
		return Initializer{}, err
	case role != BiasWeight:
		return s.preset.weight(role), nil
	}
	weight, role, err := s.weightOf(l)
	switch {
	case err != nil:
		return Initializer{}, err
	case role == ScaleWeight:
		return Zeros(), nil
	}
	fanIn, _, err := Fans(weight.shape...)
	switch {
	case err != nil:
		return Initializer{}, fmt.Errorf("its weight %q: %w", weight.name, err)
	case fanIn == 0:
		return Initializer{}, fmt.Errorf("its weight %q has fan_in 0", weight.name)
	}
	return s.preset.Bias(fanIn), nil
}

// part returns the layer's role, found out if it is not said.
func (l layer) part() (Role, error) {
	switch last := l.name[strings.LastIndexAny(l.name, "./")+1:]; {
	case l.role != "":
		return l.role, nil
	case last == string(BiasWeight), last == string(ScaleWeight):
		return Role(last), nil
	case len(l.shape) > 2:
		return ConvolutionWeight, nil
	case len(l.shape) == 2:
		return LinearWeight, nil
	}
	return "", fmt.Errorf(`what is the shape %v for? Say its "role", scale or bias, or its "init"`, l.shape)
}

// weightOf returns the layer that a bias belongs to, and its role.
func (s *spec) weightOf(bias layer) (layer, Role, error) {
	stem := bias.name[:strings.LastIndexAny(bias.name, "./")+1]
	for _, l := range s.layers {
		rest, ok := strings.CutPrefix(l.name, stem)
		if ok && slices.Contains([]string{"weight", "kernel", "scale"}, rest) {
			if len(l.shape) == 1 {
				return l, ScaleWeight, nil
			}
			role, err := l.part()
			return l, role, err
		}
	}
	return layer{}, "", fmt.Errorf(`no layer is called %q, whose bias this would be: say the bias's "init"`, stem+"weight")
}

// setting reads a parameter: a number or a word.
func (s *spec) setting(key string) (any, error) {
	v, err := s.in.Value()
	if err != nil {
		return nil, err
	}
	switch v := v.(type) {
	case json.Number:
		n, err := v.Float64()
		if err != nil {
			return nil, fmt.Errorf("%s is %v, which is beyond float64", key, v)
		}
		return n, nil
	case string:
		return v, nil
	}
	return nil, s.in.At(fmt.Sprintf("%s is neither a number nor a word", key))
}

func (s *spec) elementType() (Type, error) {
	name, err := s.in.Text("dtype")
	if t := Type(name); err == nil && t != Float32 && t != Float64 {
		err = fmt.Errorf("the dtype is %q, want %s or %s", name, Float32, Float64)
	}
	return Type(name), err
}

func (s *spec) shape() ([]int, error) {
	shape := []int{}
	err := s.in.Array("the shape", func() error {
		n, err := s.in.Whole(fmt.Sprintf("the shape's size %d", len(shape)+1))
		if err != nil {
			return err
		}
		if len(shape) == maxDimensions {
			return s.in.At(fmt.Sprintf("the shape has more than %d dimensions", maxDimensions))
		}
		shape = append(shape, n)
		return nil
	})
	return shape, err
}
