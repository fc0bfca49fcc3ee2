package compare_test

import (
	"fmt"
	"log"
	"time"

	"actinit/harness/result"
	"actinit/reports/compare"
)

// Ten samples of a kernel that became a fifth slower.
func ExampleCompare() {
	samples := func(run string, ns float64) compare.Side {
		rows := make([]result.Bench, 10)
		for i := range rows {
			rows[i] = result.Bench{RunID: run, Host: "box", Started: time.Unix(0, 0), Op: "sigmoid", Direction: "forward",
				Type: "float32", Variant: "avx2", Workers: 1, N: 4096, Sample: int64(i), NsPerElem: ns + .001*float64(i)}
		}
		return compare.NewSide(run, rows, nil)
	}
	c, err := compare.Compare(samples("old", .25), samples("new", .30), compare.Options{})
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range c.Rows {
		fmt.Printf("%s %s: slower by %.1f%% (p = %.5f)\n", row.Op, row.Verdict, 100*row.Delta, row.P)
	}
	// Output:
	// sigmoid regressed: slower by 19.6% (p = 0.00001)
}
