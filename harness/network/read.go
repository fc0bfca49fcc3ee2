package network

import (
	"errors"
	"fmt"
	"io"

	"actinit/kernels/initializer/strictjson"
)

// Limits of a description's file.
const (
	maxDescription = 16 << 20 // bytes
	maxNumbers     = 3        // numbers of the input's shape
)

// ReadDescription reads a description in its JSON form (see [Description]) and checks it
// as [New] does, so that New makes a net of what it returns, as far as memory goes.
//
// It may have 16 MiB, and residuals may be nested [MaxNesting] deep. Fields that there are
// not, given twice or of the wrong type, sizes beyond the limits and elements that do not
// fit together are errors of one line that name the element and the line of the file.
func ReadDescription(r io.Reader) (Description, error) {
	in, err := strictjson.New(r, maxDescription)
	if err != nil {
		return Description{}, fmt.Errorf(`%w; want a net's description in JSON, {"input": [64], "layers": [{"dense": 300, "activation": "relu"}, ...]}`, err)
	}
	d := &describer{in: in, lines: map[string]int{}}
	description, err := d.net()
	if err != nil {
		return Description{}, err
	}
	if err := description.Check(); err != nil {
		var e *elementError
		if errors.As(err, &e) {
			err = at(e.path, fmt.Errorf("line %d: %w", d.lines[place(e.path)], e.err))
		}
		return Description{}, err
	}
	return description, nil
}

// A describer is a description while it is read.
type describer struct {
	in    *strictjson.Reader
	lines map[string]int // on which each element ends, by place
}

func (d *describer) net() (Description, error) {
	var n Description
	err := d.in.Object("the net", func(key string) (err error) {
		switch key {
		case "input":
			n.Input, err = d.input()
		case "layers":
			n.Layers, err = d.elements("layers", nil)
		default:
			err = d.in.At(fmt.Sprintf("the net has no field %q: want input and layers", key))
		}
		return err
	})
	if err == nil {
		err = d.in.End("the net")
	}
	switch {
	case err != nil:
		return n, err
	case n.Input == nil:
		return n, errors.New(`there is no "input": want an example's shape, [values] or [channels, height, width]`)
	case n.Layers == nil:
		return n, errors.New(`there are no "layers": want {"input": [...], "layers": [{"dense": 300, "activation": "relu"}, ...]}`)
	}
	return n, nil
}

func (d *describer) input() ([]int, error) {
	shape := []int{}
	err := d.in.Array("input", func() error {
		if len(shape) == maxNumbers {
			return d.in.At("input has more than three numbers: want [values] or [channels, height, width]")
		}
		n, err := d.size(fmt.Sprintf("input's number %d", len(shape)+1), 1)
		shape = append(shape, n)
		return err
	})
	return shape, err
}

// size reads a whole number from least to maxSize.
func (d *describer) size(what string, least int) (int, error) {
	n, err := d.in.Whole(what)
	if err == nil && (n < least || n > maxSize) {
		err = d.in.At(fmt.Sprintf("%s is %d, want %d to %d", what, n, least, maxSize))
	}
	return n, err
}

// elements reads a list of elements that stands in the element at path.
func (d *describer) elements(what string, path []int) ([]Element, error) {
	if len(path) > MaxNesting {
		return nil, d.in.At(errNesting.Error())
	}
	list := []Element{}
	err := d.in.Array(what, func() error {
		here := append(path[:len(path):len(path)], len(list))
		e, err := d.element(here)
		d.lines[place(here)] = d.in.Line()
		list = append(list, e)
		return err
	})
	return list, err
}

func (d *describer) element(path []int) (Element, error) {
	var e Element
	inner := false // the error names its element
	err := d.in.Object("it", func(key string) (err error) {
		switch key {
		case "name":
			e.Name, err = d.in.Text(key)
		case "dense":
			e.Dense, err = d.size(key, 1)
		case "conv":
			e.Conv, err = d.size(key, 1)
		case "kernel":
			e.Kernel, err = d.size(key, 1)
		case "stride":
			e.Stride, err = d.size(key, 1)
		case "padding":
			e.Padding, err = d.size(key, 0)
		case "bias":
			e.Bias, err = d.in.Truth(key)
		case "scalar_bias":
			e.ScalarBias, err = d.in.Truth(key)
		case "activation":
			e.Activation, err = d.in.Text(key)
		case "param":
			var param float64
			param, err = d.in.Number(key)
			e.Param = &param
		case "residual":
			e.Residual, err = d.elements(key, path)
			inner = err != nil
		case "multiplier":
			e.Multiplier, err = d.in.Truth(key)
		case "pool":
			e.Pool, err = d.in.Text(key)
		default:
			err = d.in.At(fmt.Sprintf("there is no field %q: want dense, conv (with kernel, stride, padding), residual (with multiplier) or pool, "+
				"and name, bias, scalar_bias, activation, param", key))
		}
		return err
	})
	var named *elementError
	if err == nil || inner && errors.As(err, &named) {
		return e, err
	}
	return e, at(path, err)
}
