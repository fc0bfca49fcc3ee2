package network

import (
	"context"
	"fmt"
	"math"
	"math/rand/v2"
	"testing"

	"actinit/harness/dense"
	"actinit/harness/ops"
)

func random(rng *rand.Rand, rows, cols int, std float64) dense.Matrix[float64] {
	m := dense.New[float64](rows, cols)
	for i := range rows {
		row := m.Row(i)
		for j := range row {
			row[j] = std * rng.NormFloat64()
		}
	}
	return m
}

// A specimen is a small float64 net whose loss is sum(G * output).
type specimen struct {
	net  *Net[float64]
	x, g dense.Matrix[float64]
}

func newSpecimen(t *testing.T, d Description, batch int) *specimen {
	t.Helper()
	n, err := New[float64](d, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	rng := rand.New(rand.NewPCG(1, 2))
	for _, p := range n.Parameters() {
		p.Value.CopyFrom(random(rng, p.Value.Rows, p.Value.Cols, .7))
	}
	return &specimen{n, random(rng, batch, n.Input.Size(), 1), random(rng, batch*n.Output.Positions(), n.Output.Channels, 1)}
}

func (s *specimen) loss(t *testing.T) float64 {
	t.Helper()
	y, err := s.net.Forward(context.Background(), s.x, nil)
	if err != nil {
		t.Fatal(err)
	}
	total := 0.
	for i := range y.Rows {
		for j, v := range y.Row(i) {
			total += v * s.g.Row(i)[j]
		}
	}
	return total
}

// checkGradients holds every gradient of a parameter and of the input against central
// differences of the loss.
func checkGradients(t *testing.T, d Description) {
	t.Helper()
	const batch, step = 3, 1e-5
	s := newSpecimen(t, d, batch)
	s.loss(t)
	s.net.ZeroGradients()
	dx, err := s.net.Backward(context.Background(), s.g, nil)
	if err != nil {
		t.Fatal(err)
	}
	input := dense.New[float64](batch, s.net.Input.Size())
	for i := range batch {
		join(input.Row(i), dx, i*s.net.Input.Positions(), s.net.Input.Positions())
	}
	checked := 0
	check := func(name string, value, gradient dense.Matrix[float64]) {
		for i := range value.Rows {
			for j := range value.Cols {
				at := &value.Row(i)[j]
				kept := *at
				*at = kept + step
				up := s.loss(t)
				*at = kept - step
				down := s.loss(t)
				*at = kept
				want, got := (up-down)/(2*step), gradient.Row(i)[j]
				if !(math.Abs(got-want) <= 1e-7*(1+math.Abs(want))) {
					t.Errorf("%s[%d,%d]: gradient %.12g, central difference %.12g", name, i, j, got, want)
				}
				checked++
			}
		}
	}
	for _, p := range s.net.Parameters() {
		check(p.Name, p.Value, p.Gradient)
	}
	check("input", s.x, input)
	if checked != s.net.ParameterCount()+batch*s.net.Input.Size() {
		t.Errorf("%d numbers were checked", checked)
	}
}

// TestEveryActivation holds the gradients of nets of every activation of the table.
func TestEveryActivation(t *testing.T) {
	for _, row := range ops.All() {
		if row.Twin != "" {
			continue
		}
		t.Run(row.Name, func(t *testing.T) {
			checkGradients(t, Description{Input: []int{4}, Layers: []Element{
				{Dense: 5, Activation: row.Name, Bias: true}, {Dense: 3, Activation: row.Name}, {Dense: 2},
			}})
		})
	}
}

func TestGradients(t *testing.T) {
	for name, d := range map[string]Description{
		"image to dense": {Input: []int{2, 3, 4}, Layers: []Element{{Dense: 3, Activation: "tanh"}}},
		"convolutions": {Input: []int{2, 5, 4}, Layers: []Element{
			{Conv: 3, Kernel: 3, Padding: 1, Bias: true, Activation: "softplus"},
			{Conv: 2, Kernel: 2, Stride: 2, ScalarBias: true, Activation: "maxout"},
			{Dense: 3, Bias: true},
		}},
		"convolution without padding, pooled": {Input: []int{1, 4, 4}, Layers: []Element{
			{Conv: 3, Kernel: 3, Activation: "swiglu"}, {Pool: PoolMean}, {Dense: 2},
		}},
		"residual": {Input: []int{4}, Layers: []Element{
			{Dense: 3, Activation: "tanh"},
			{Residual: []Element{{Dense: 5, ScalarBias: true, Activation: "elu"}, {Dense: 3, ScalarBias: true}}, Multiplier: true, Activation: "softplus"},
			{Residual: []Element{
				{Dense: 2, Activation: "silu"},
				{Residual: []Element{{Dense: 2, Activation: "sigmoid"}}},
				{Dense: 3},
			}},
			{Dense: 2, Bias: true},
		}},
		"residual convolution": {Input: []int{2, 3, 3}, Layers: []Element{
			{Residual: []Element{{Conv: 4, Kernel: 3, Padding: 1, Activation: "gelu"}, {Conv: 2, Kernel: 1}}, Activation: "selu"},
		}},
	} {
		t.Run(name, func(t *testing.T) { checkGradients(t, d) })
	}
}

// TestGradientsAddUp: two passes leave the sum of their gradients.
func TestGradientsAddUp(t *testing.T) {
	s := newSpecimen(t, Description{Input: []int{3}, Layers: []Element{{Dense: 4, Bias: true, ScalarBias: true, Activation: "prelu"}, {Dense: 2}}}, 3)
	gradients := func(passes int) []float64 {
		s.net.ZeroGradients()
		for range passes {
			s.loss(t)
			if _, err := s.net.Backward(context.Background(), s.g, nil); err != nil {
				t.Fatal(err)
			}
		}
		var all []float64
		for _, p := range s.net.Parameters() {
			for i := range p.Gradient.Rows {
				all = append(all, p.Gradient.Row(i)...)
			}
		}
		return all
	}
	once, twice := gradients(1), gradients(2)
	for i := range once {
		if math.Abs(twice[i]-2*once[i]) > 1e-13*math.Abs(once[i]) {
			t.Errorf("gradient %d: %v once, %v twice", i, once[i], twice[i])
		}
	}
}

// TestConvolution holds a convolution against its definition.
func TestConvolution(t *testing.T) {
	const batch = 2
	for _, e := range []Element{
		{Conv: 3, Kernel: 3, Padding: 1}, {Conv: 2, Kernel: 2, Stride: 2}, {Conv: 1, Kernel: 4, Stride: 3, Padding: 2}, {Conv: 4, Kernel: 1},
	} {
		t.Run(fmt.Sprintf("%+v", e), func(t *testing.T) {
			s := newSpecimen(t, Description{Input: []int{2, 5, 4}, Layers: []Element{e}}, batch)
			y, err := s.net.Forward(context.Background(), s.x, nil)
			if err != nil {
				t.Fatal(err)
			}
			in, out, w := s.net.Input, s.net.Output, s.net.Layers[0].Weight.Value
			stride := max(1, e.Stride)
			for i := range batch {
				for c := range out.Channels {
					for top := range out.Height {
						for left := range out.Width {
							want := 0.
							for ch := range in.Channels {
								for dy := range e.Kernel {
									for dx := range e.Kernel {
										py, px := top*stride-e.Padding+dy, left*stride-e.Padding+dx
										if py >= 0 && py < in.Height && px >= 0 && px < in.Width {
											want += s.x.Row(i)[(ch*in.Height+py)*in.Width+px] * w.Row(c)[(ch*e.Kernel+dy)*e.Kernel+dx]
										}
									}
								}
							}
							got := y.Row((i*out.Height+top)*out.Width + left)[c]
							if math.Abs(got-want) > 1e-12 {
								t.Fatalf("example %d, channel %d, %d,%d: %v, want %v", i, c, top, left, got, want)
							}
						}
					}
				}
			}
		})
	}
}

// TestJacobian holds the Jacobian of layers of every activation against central differences.
func TestJacobian(t *testing.T) {
	for _, row := range ops.All() {
		if row.Twin != "" {
			continue
		}
		s := newSpecimen(t, Description{Input: []int{4}, Layers: []Element{{Dense: 3, Activation: row.Name, Bias: true}}}, 2)
		forward := func() []float64 {
			y, err := s.net.Forward(context.Background(), s.x, nil)
			if err != nil {
				t.Fatal(err)
			}
			return append([]float64(nil), y.Row(1)...)
		}
		forward()
		j := s.net.Layers[0].Jacobian(1)
		for k := range 4 {
			const step = 1e-5
			at := &s.x.Row(1)[k]
			kept := *at
			*at = kept + step
			up := forward()
			*at = kept - step
			down := forward()
			*at = kept
			for i := range up {
				if want := (up[i] - down[i]) / (2 * step); math.Abs(j.Row(i)[k]-want) > 1e-7*(1+math.Abs(want)) {
					t.Errorf("%s: dh_%d/du_%d is %v, central difference %v", row.Name, i, k, j.Row(i)[k], want)
				}
			}
		}
	}
}
