package datasets_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"actinit/datasets"
)

func ExampleGenerate() {
	x, err := datasets.Generate[float32]("normal", 1, 3)
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(x)
	// Output: [0.19093479 -0.7984134 1.8008362]
}

// A CSV file becomes an Arrow file, batch by batch. Open maps that one, and Chunks gives a column's values without a copy.
func ExampleOpen() {
	dir, err := os.MkdirTemp("", "")
	if err != nil {
		fmt.Println(err)
		return
	}
	defer os.RemoveAll(dir)
	csv, arrow := filepath.Join(dir, "x.csv"), filepath.Join(dir, "x.arrow")
	if err := os.WriteFile(csv, []byte("height,width\n1.5,2\n,3\n2.5,0\n"), 0o666); err != nil {
		fmt.Println(err)
		return
	}
	b, err := datasets.OpenBatches(csv, datasets.Options{Type: datasets.Float32})
	if err != nil {
		fmt.Println(err)
		return
	}
	rows, err := datasets.Write(arrow, b)
	if err := errors.Join(err, b.Close()); err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(rows, "rows")
	table, err := datasets.Open(arrow, datasets.Options{})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer table.Close()
	width := table.Column("width")
	fmt.Println(width.Type(), datasets.Chunks[float32](width))
	for v, valid := range table.Column("height").All() {
		fmt.Println(v, valid)
	}
	// Output:
	// 3 rows
	// float32 [[2 3 0]]
	// 1.5 true
	// 0 false
	// 2.5 true
}

func ExampleStandardizedDigits() {
	e, err := datasets.StandardizedDigits()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(e.Rows, "images of", e.Columns, "pixels; the first is a", e.Labels[0])
	// Output: 1797 images of 64 pixels; the first is a 0
}

func ExampleBatches_Describe() {
	table, err := datasets.NewTable(datasets.NewValues("x", []float32{-1, 0, 0, 2}))
	if err != nil {
		fmt.Println(err)
		return
	}
	d, err := table.Batches().Describe()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Println(d)
	// Output:
	// table: in memory, 4 rows, 1 column
	//  column  type     nulls  NaN  Inf  min  max  mean      std  zeros
	//  x       float32      0    0    0   -1    2  0.25  1.08972  50.0%
}
