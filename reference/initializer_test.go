package reference_test

import (
	"fmt"
	"math"
	"testing"

	"actinit/reference"
)

// TestPhiloxKnownAnswers holds Philox against Random123's tests/kat_vectors.
func TestPhiloxKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	for _, known := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{[4]uint32{}, [2]uint32{}, [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := reference.Philox(known.counter, known.key); got != known.want {
			t.Errorf("Philox(%08x, %08x) = %08x, want %08x", known.counter, known.key, got, known.want)
		}
	}
}

func TestFans(t *testing.T) {
	for _, c := range []struct {
		shape   []int
		in, out int
	}{
		{[]int{4096, 64}, 64, 4096},
		{[]int{32, 3, 5, 5}, 75, 800},
		{[]int{8, 1, 3}, 3, 24}, // depthwise: in/groups = 1
		{[]int{0, 7}, 7, 0},
	} {
		if in, out := reference.Fans(c.shape); in != c.in || out != c.out {
			t.Errorf("Fans(%v) = %d, %d, want %d, %d", c.shape, in, out, c.in, c.out)
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Fans accepted a shape of one dimension")
		}
	}()
	reference.Fans([]int{3})
}

// TestGain compares with what torch.nn.init.calculate_gain returns.
func TestGain(t *testing.T) {
	for _, c := range []struct {
		activation string
		slope      float64
		want       float64
	}{
		{"linear", 0, 1}, {"sigmoid", 0, 1}, {"tanh", 0, 1.6666666666666667}, {"relu", 0, 1.4142135623730951},
		{"leakyrelu", 0.01, 1.4141428569978354}, {"prelu", 0.25, 1.3719886811400708}, {"selu", 0, 0.75},
	} {
		if got, ok := reference.Gain(c.activation, c.slope); !ok || math.Abs(got-c.want) > 1e-15 {
			t.Errorf("Gain(%s, %g) = %.17g, %t, want %.17g", c.activation, c.slope, got, ok, c.want)
		}
	}
	if _, ok := reference.Gain("gelu", 0); ok {
		t.Error("Gain knows a gain for gelu, torch does not")
	}
}

// TestGainQuadrature compares with closed forms and with published values.
func TestGainQuadrature(t *testing.T) {
	for _, c := range []struct {
		name      string
		f         func(float64) float64
		want      float64
		tolerance float64
	}{
		{"linear", func(z float64) float64 { return z }, 1, 1e-12},
		{"relu", reference.ReLU, math.Sqrt2, 1e-12},
		{"leaky", func(z float64) float64 { return reference.LeakyReLU(z, 0.25) }, math.Sqrt(2 / (1 + 0.0625)), 1e-12},
		{"selu", reference.SELU, 1, 1e-12}, // by construction of its parameters
		{"elu", func(z float64) float64 { return reference.ELU(z, 1) }, 1.245198, 1e-6},
		{"gelu", reference.GELU, 1.533530, 1e-6},
		{"silu", reference.SiLU, 1.676532, 1e-6},
		{"tanh", reference.Tanh, 1.592537, 1e-6},
		{"sigmoid", reference.Sigmoid, 1.846229, 1e-6},
	} {
		if got := reference.GainQuadrature(c.f); !(math.Abs(got-c.want) <= c.tolerance) {
			t.Errorf("%s: gain %.15g, want %.15g", c.name, got, c.want)
		}
	}
}

func TestScales(t *testing.T) {
	within := func(name string, got, want float64) {
		t.Helper()
		if math.Abs(got-want) > 1e-15 {
			t.Errorf("%s = %.17g, want %.17g", name, got, want)
		}
	}
	within("LectureXavierStd(4096)", reference.LectureXavierStd(4096), 1.0/64)
	within("XavierStd(100, 300, 1)", reference.XavierStd(100, 300, 1), 0.070710678118654752)
	within("XavierBound(100, 300, 1)", reference.XavierBound(100, 300, 1), 0.12247448713915890)
	within("KaimingStd(512, sqrt 2)", reference.KaimingStd(512, math.Sqrt2), 1.0/16)
	within("KaimingBound(150, 1)", reference.KaimingBound(150, 1), 0.14142135623730950)
}

func ExampleFans() {
	fanIn, fanOut := reference.Fans([]int{64, 3, 5, 5}) // 64 filters of 5x5 over 3 channels
	gain, _ := reference.Gain("relu", 0)
	fmt.Println(fanIn, fanOut)
	fmt.Printf("kaiming std %.4f\n", reference.KaimingStd(fanIn, gain))
	// Output:
	// 75 1600
	// kaiming std 0.1633
}
