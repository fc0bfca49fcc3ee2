package datasets

import (
	"math"
	"testing"
)

func TestDigits(t *testing.T) {
	table, err := Digits()
	if err != nil {
		t.Fatal(err)
	}
	if table.Rows() != 1797 || len(table.Columns()) != 65 {
		t.Fatalf("%d rows, %d columns", table.Rows(), len(table.Columns()))
	}
}

func TestNormalMoments(t *testing.T) {
	x, err := Generate[float64]("normal", 1, 1<<18)
	if err != nil {
		t.Fatal(err)
	}
	var sum, squares, fourth float64
	for _, v := range x {
		sum += v
		squares += v * v
		fourth += v * v * v * v
	}
	n := float64(len(x))
	// Five standard errors: var(x) = 1, var(x^2) = 2, var(x^4) = 96.
	for _, m := range []struct {
		name            string
		got, want, vari float64
	}{{"mean", sum / n, 0, 1}, {"variance", squares / n, 1, 2}, {"fourth moment", fourth / n, 3, 96}} {
		if math.Abs(m.got-m.want) > 5*math.Sqrt(m.vari/n) {
			t.Errorf("%s %g, want %g", m.name, m.got, m.want)
		}
	}
}
