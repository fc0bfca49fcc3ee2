package duckdb_test

import (
	"fmt"
	"math"
	"testing"
)

// TestWeights compares what DuckDB finds in a weight file with what was asked for.
func TestWeights(t *testing.T) {
	rows, err := open(t).Query(fmt.Sprintf("SELECT name, type, shape[1] * coalesce(shape[2], 1), len(values), list_stddev_pop(values), list_max(list_transform(values, x -> abs(x))) FROM '%s'", freshRuns(t).weights))
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	want := map[string]struct {
		typ        string
		n          int
		std, bound float64
	}{
		"fc1.kernel": {"float32", 300 * 784, 1 / math.Sqrt(784), 2 / math.Sqrt(784) / .8796},
		"fc1.bias":   {"float32", 300, 0, 0},
		"fc2.kernel": {"float64", 3000, math.Sqrt(2. / 310), math.Sqrt(6. / 310)},
	}
	found := 0
	for rows.Next() {
		var name, typ string
		var size, n int
		var std, largest float64
		if err := rows.Scan(&name, &typ, &size, &n, &std, &largest); err != nil {
			t.Fatal(err)
		}
		found++
		w, ok := want[name]
		if !ok || typ != w.typ || size != w.n || n != w.n || math.Abs(std-w.std) > 5*w.std/math.Sqrt(2*float64(n)) || largest > w.bound || largest < .95*w.bound {
			t.Errorf("%s: %s, shape of %d, %d values, standard deviation %v, largest %v, want %+v", name, typ, size, n, std, largest, w)
		}
		t.Logf("%s: %d values of %s, standard deviation %.5f, largest %.5f", name, n, typ, std, largest)
	}
	if err := rows.Err(); err != nil || found != len(want) {
		t.Errorf("%d tensors, %v", found, err)
	}
}
