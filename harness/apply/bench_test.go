package apply

import (
	"bufio"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"testing"
	"time"

	"actinit/datasets"
	"actinit/datasets/atomicfile"
	"actinit/harness/ops"
	"actinit/kernels/columns"
)

// BenchmarkRun applies operations to a mapped Arrow file, and to a Parquet file, of 100 MB and writes an Arrow file, in
// turn with copying the file and with the kernel alone, on one core and memory that is in the cache. It tells the best of each in MB/s, and
// apply's speed as a share of the slower of the two others.
//
// TMPDIR says where: a folder in memory, /dev/shm, measures the page cache, any other the disk, too.
func BenchmarkRun(b *testing.B) {
	const values = 25_000_000
	dir := b.TempDir()
	out := filepath.Join(dir, "out.arrow")
	x, err := datasets.Generate[float32]("normal", 1, values)
	must(b, err)
	table, err := datasets.NewTable(datasets.NewValues("x", x))
	must(b, err)
	for _, format := range []string{"arrow", "parquet"} {
		in := filepath.Join(dir, "in."+format)
		_, err = datasets.Write(in, table.Batches())
		must(b, err)
		for _, op := range []string{"relu", "tanh", "gelu"} {
			b.Run(format+"/"+op, func(b *testing.B) { benchmarkApply(b, op, in, out, x) })
		}
		must(b, os.Remove(in))
	}
}

func benchmarkApply(b *testing.B, op, in, out string, x []float32) {
	row, _ := ops.Find(op)
	f, err := Function(&row, 0)
	must(b, err)
	best := map[string]time.Duration{}
	measure := func(name string, do func()) {
		begin := time.Now()
		do()
		if t := time.Since(begin); best[name] == 0 || t < best[name] {
			best[name] = t
		}
	}
	y := make([]float32, 1<<16)
	for b.Loop() {
		measure("copy", func() { must(b, copyFile(out, in)) })
		must(b, os.Remove(out))
		measure("kernel", func() {
			for range len(x) / len(y) {
				f.Float32(y, x[:len(y)])
			}
		})
		measure("apply", func() { must(b, applyFile(b, f, out, in)) })
		must(b, os.Remove(out))
	}
	speed := func(name string) float64 { return 4 * float64(len(x)) / 1e6 / best[name].Seconds() }
	for _, name := range []string{"copy", "kernel", "apply"} {
		b.ReportMetric(speed(name), name+"-MB/s")
	}
	b.ReportMetric(100*speed("apply")/min(speed("copy"), speed("kernel")), "%-of-slower")
}

func must(tb testing.TB, err error) {
	tb.Helper()
	if err != nil {
		tb.Fatal(err)
	}
}

func copyFile(to, from string) error {
	in, err := os.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	out, err := os.Create(to)
	if err != nil {
		return err
	}
	// Plain reads and writes: the operating system's own copy would share the pages.
	buffer := make([]byte, 1<<18)
	if _, err := io.CopyBuffer(struct{ io.Writer }{out}, struct{ io.Reader }{in}, buffer); err != nil {
		return err
	}
	return out.Close()
}

func applyFile(tb testing.TB, f columns.Function, to, from string) error {
	in, err := datasets.OpenBatches(from, datasets.Options{AnyType: true, Memory: &columns.Pool{}})
	if err != nil {
		return err
	}
	plan, err := columns.NewPlan(f, in.Schema(), "")
	if err != nil {
		return err
	}
	file, err := os.Create(to)
	if err != nil {
		return err
	}
	w := bufio.NewWriterSize(file, atomicfile.BufferSize)
	out, err := datasets.NewBatchWriter(w, datasets.Arrow, plan.Schema())
	if err != nil {
		return err
	}
	rows, err := Run(tb.Context(), plan, in, out, runtime.GOMAXPROCS(0))
	if err != nil {
		return err
	}
	if rows != 25_000_000 {
		tb.Fatalf("%d rows", rows)
	}
	for _, end := range []func() error{out.Close, w.Flush, file.Close, in.Close} {
		if err := end(); err != nil {
			return err
		}
	}
	return nil
}
