package runstore_test

import (
	"fmt"
	"log"
	"os"
	"time"

	"actinit/harness/result"
	"actinit/reports/runstore"
)

// A run is created, filled unit by unit, finished and read again.
func Example() {
	root, err := os.MkdirTemp("", "runs")
	if err != nil {
		log.Fatal(err)
	}
	defer os.RemoveAll(root)

	id := result.Identity{Host: "box", Started: time.Date(2026, 1, 2, 15, 4, 5, 0, time.UTC)}
	run, err := runstore.Create(root, id, result.Environment{Commit: "1a2b3c4d"})
	if err != nil {
		log.Fatal(err)
	}
	journal := runstore.JournalOf[result.Bench](run, "bench")
	row := result.Bench{
		RunID: run.ID(), Host: id.Host, Started: id.Started,
		Op: "sigmoid", Direction: "forward", Type: "float32", Variant: "unrolled", ISA: "portable",
		Workers: 1, N: 4096, Iterations: 1000, ElapsedNs: 12288000, NsPerOp: 12288, NsPerElem: 3, BytesPerOp: 32768,
	}
	if err := journal.Save("sigmoid forward", []result.Bench{row}); err != nil {
		log.Fatal(err)
	}
	if err := run.Finish(runstore.Options{}); err != nil { // no rows that merge
		log.Fatal(err)
	}
	if err := run.Complete(); err != nil {
		log.Fatal(err)
	}

	entry, err := runstore.Latest(root, runstore.FileBench)
	if err != nil {
		log.Fatal(err)
	}
	data, err := runstore.Load(entry.Dir)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(entry.ID, entry.Files)
	fmt.Println(data.Bench[0].Op, data.Bench[0].NsPerElem, "ns per element")
	// Output:
	// 20260102T150405Z-1a2b3c4 [bench.parquet bench.txt]
	// sigmoid 3 ns per element
}
