package reference_test

import (
	"math"
	"testing"

	"actinit/reference/oracle"
)

// FuzzBounds looks for an argument where a function breaks its bound or loses
// the exact value's sign.
func FuzzBounds(f *testing.F) {
	for i, c := range claims {
		for _, x := range append([]float64{0, 1, -1, c.lo, c.hi, 5e-324, -5e-324}, c.points...) {
			f.Add(uint8(i), x)
		}
	}
	f.Fuzz(func(t *testing.T, index uint8, x float64) {
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return
		}
		c := claims[int(index)%len(claims)]
		got, exact := c.value(x), c.exact(96, x)
		if e := oracle.Error64(got, exact); e > c.ulp {
			t.Errorf("%s(%g) = %g is %.3f ULP off, the bound is %g", c.name, x, got, e, c.ulp)
		}
		if math.Signbit(got) != exact.Signbit() {
			t.Errorf("%s(%g) = %g has the wrong sign, exactly %.20g", c.name, x, got, exact)
		}
	})
}
