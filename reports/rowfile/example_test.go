package rowfile_test

import (
	"bytes"
	"fmt"
	"io"
	"log"
	"testing"
	"time"

	"actinit/harness/result"
	"actinit/reports/rowfile"
)

// Rows come back as they were, sorted by kernel.
func ExampleWriteParquet() {
	started := time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)
	rows := []result.Bench{
		{Started: started, Op: "tanh", N: 4096, NsPerElem: .5},
		{Started: started, Op: "elu", N: 4096, NsPerElem: .25},
	}
	var file bytes.Buffer
	if err := rowfile.WriteParquet(&file, rows); err != nil {
		log.Fatal(err)
	}
	back, err := rowfile.ReadParquetFrom[result.Bench](bytes.NewReader(file.Bytes()), int64(file.Len()), "bench.parquet")
	if err != nil {
		log.Fatal(err)
	}
	for _, row := range back {
		fmt.Println(row.Op, row.N, row.NsPerElem)
	}
	// Output:
	// elu 4096 0.25
	// tanh 4096 0.5
}

// The columns with their units, for documentation.
func ExampleColumns() {
	for _, c := range rowfile.Columns[result.Bench]()[14:17] {
		fmt.Println(c.Name, c.Type, c.Unit)
	}
	// Output:
	// elapsed_ns int64 ns
	// ns_per_op float64 ns/call
	// ns_per_elem float64 ns/element
}

func BenchmarkParquet(b *testing.B) {
	for _, n := range []int{1, 10000} {
		rows := make([]result.Bench, n)
		for i := range rows {
			rows[i] = result.Bench{Started: time.Unix(1e9, 0), Op: "sigmoid", Sample: int64(i), NsPerOp: float64(i) / 3}
		}
		var file bytes.Buffer
		if err := rowfile.WriteParquet(&file, rows); err != nil {
			b.Fatal(err)
		}
		b.Run(fmt.Sprintf("write/rows=%d", n), func(b *testing.B) {
			for b.Loop() {
				if err := rowfile.WriteParquet(io.Discard, rows); err != nil {
					b.Fatal(err)
				}
			}
		})
		b.Run(fmt.Sprintf("read/rows=%d", n), func(b *testing.B) {
			for b.Loop() {
				if _, err := rowfile.ReadParquetFrom[result.Bench](bytes.NewReader(file.Bytes()), int64(file.Len()), "x"); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
