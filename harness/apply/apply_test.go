package apply

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"actinit/datasets"
	"actinit/harness/ops"
	"actinit/kernels"
	"actinit/kernels/columns"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/float16"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// sample returns a record of columns h, f, d of the three element types, every seventh row null, and a text.
func sample(rows int) arrow.Record {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "h", Type: arrow.FixedWidthTypes.Float16, Nullable: true}, {Name: "text", Type: arrow.BinaryTypes.String},
		{Name: "f", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, {Name: "d", Type: arrow.PrimitiveTypes.Float64, Nullable: true},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range rows {
		b.Field(1).(*array.StringBuilder).Append(fmt.Sprint(i))
		if i%7 == 3 {
			for _, k := range []int{0, 2, 3} {
				b.Field(k).AppendNull()
			}
			continue
		}
		x := float32(i%2001)/100 - 10
		b.Field(0).(*array.Float16Builder).Append(float16.New(x))
		b.Field(2).(*array.Float32Builder).Append(x)
		b.Field(3).(*array.Float64Builder).Append(float64(x) / 3)
	}
	return b.NewRecord()
}

func write(t *testing.T, path string, r arrow.Record) {
	t.Helper()
	f, err := os.Create(path)
	must(t, err)
	w, err := datasets.NewBatchWriter(f, datasets.FormatOf(path), r.Schema())
	must(t, err)
	must(t, w.Write(r))
	must(t, w.Close())
	must(t, f.Close())
}

func plan(t *testing.T, op string, param float64, in *datasets.Batches, into string, names ...string) *columns.Plan {
	t.Helper()
	row, ok := ops.Find(op)
	if !ok {
		t.Fatalf("no %s", op)
	}
	f, err := Function(&row, param)
	must(t, err)
	p, err := columns.NewPlan(f, in.Schema(), into, names...)
	must(t, err)
	return p
}

// TestRun: every column has the kernel's bits, nulls stay, and others pass, whatever the number of workers.
func TestRun(t *testing.T) {
	const rows = 200_000
	want := sample(rows)
	dir := t.TempDir()
	for _, ending := range []string{".arrow", ".arrows"} {
		path := filepath.Join(dir, "in"+ending)
		write(t, path, want)
		for _, workers := range []int{1, 2, 7} {
			in, err := datasets.OpenBatches(path, datasets.Options{AnyType: true})
			must(t, err)
			var out bytes.Buffer
			p := plan(t, "leakyrelu", .25, in, "")
			w, err := datasets.NewBatchWriter(&out, datasets.ArrowStream, p.Schema())
			must(t, err)
			n, err := Run(t.Context(), p, in, w, workers)
			must(t, err)
			must(t, w.Close())
			must(t, in.Close())
			if n != rows {
				t.Errorf("%d rows, want %d", n, rows)
			}
			check(t, out.Bytes(), want)
		}
	}
}

func check(t *testing.T, stream []byte, want arrow.Record) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "out.arrows")
	must(t, os.WriteFile(path, stream, 0o666))
	b, err := datasets.OpenBatches(path, datasets.Options{AnyType: true})
	must(t, err)
	at := 0
	for {
		r, err := b.Next()
		if err == io.EOF {
			break
		}
		must(t, err)
		h, _ := columns.Values[kernels.Float16](r.Column(0))
		f, _ := columns.Values[float32](r.Column(2))
		d, _ := columns.Values[float64](r.Column(3))
		src := want.NewSlice(int64(at), int64(at)+r.NumRows())
		sh, _ := columns.Values[kernels.Float16](src.Column(0))
		sf, _ := columns.Values[float32](src.Column(2))
		sd, _ := columns.Values[float64](src.Column(3))
		wh, wf, wd := make([]kernels.Float16, len(h)), make([]float32, len(f)), make([]float64, len(d))
		kernels.ForwardHalf(kernels.Lookup("leakyrelu"), wh, sh, .25)
		kernels.LeakyReLU(wf, sf, .25)
		kernels.LeakyReLU(wd, sd, .25)
		if !array.Equal(r.Column(1), src.Column(1)) {
			t.Fatal("the text differs")
		}
		for i := range f {
			for _, k := range []int{0, 2, 3} {
				if r.Column(k).IsNull(i) != src.Column(k).IsNull(i) {
					t.Fatalf("row %d, column %d: null %t", at+i, k, r.Column(k).IsNull(i))
				}
			}
			if r.Column(0).IsValid(i) && (h[i] != wh[i] || f[i] != wf[i] || d[i] != wd[i]) {
				t.Fatalf("row %d: %v %v %v, want %v %v %v", at+i, h[i], f[i], d[i], wh[i], wf[i], wd[i])
			}
		}
		at += int(r.NumRows())
	}
	if at != int(want.NumRows()) {
		t.Fatalf("%d rows, want %d", at, want.NumRows())
	}
}

// TestEveryOperation: each row of the table with one input runs, and its result is its kernel's.
func TestEveryOperation(t *testing.T) {
	r := sample(100)
	for _, row := range ops.All() {
		param := 0.
		if row.Param != nil {
			param = row.Param.Default
		}
		f, err := Function(&row, param)
		if row.Pieces > 1 {
			if err == nil || !strings.Contains(err.Error(), "inputs for each element") {
				t.Errorf("%s: %v", row.Name, err)
			}
			continue
		}
		must(t, err)
		p, err := columns.NewPlan(f, r.Schema(), "", "f")
		must(t, err)
		out, err := p.Apply(memory.DefaultAllocator, r)
		must(t, err)
		got, _ := columns.Values[float32](out.Column(2))
		src, _ := columns.Values[float32](r.Column(2))
		want := make([]float32, len(src))
		ops.Fastest[float32](&row, ops.Forward)(want, [][]float32{src}, float32(param))
		for i := range want {
			if out.Column(2).IsValid(i) && got[i] != want[i] {
				t.Errorf("%s(%v) = %v, want %v", row.Name, src[i], got[i], want[i])
				break
			}
		}
	}
}

// TestShrinks: a mapped file that becomes shorter under the kernels, the writer or both is one error.
func TestShrinks(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the test relies on how Linux answers reads of pages that are gone")
	}
	for _, name := range []string{"d", "h"} {
		path := filepath.Join(t.TempDir(), "in.arrow")
		write(t, path, sample(500_000))
		in, err := datasets.OpenBatches(path, datasets.Options{AnyType: true})
		must(t, err)
		p := plan(t, "relu", 0, in, "", name)
		w, err := datasets.NewBatchWriter(&shrinking{t: t, path: path}, datasets.ArrowStream, p.Schema())
		must(t, err)
		_, err = Run(t.Context(), p, in, w, 2)
		if want := path + ": it became shorter while it was read (replace a file by renaming another to it)"; err == nil || err.Error() != want {
			t.Errorf("%v\nwant %s", err, want)
		}
		must(t, in.Close())
	}
}

// shrinking shortens a file at the first write of a batch.
type shrinking struct {
	t    *testing.T
	path string
	n    int
}

func (s *shrinking) Write(b []byte) (int, error) {
	if s.n += len(b); s.n > 100_000 {
		must(s.t, os.Truncate(s.path, 1<<20))
	}
	return len(b), nil
}

type failing struct{ after int }

func (f *failing) Write(arrow.Record) error {
	if f.after--; f.after < 0 {
		return errors.New("the disk is full")
	}
	return nil
}

func (f *failing) Close() error { return nil }

func (f *failing) Abandon() {}

// TestStops: an error of the writer and an interruption end the run.
func TestStops(t *testing.T) {
	path := filepath.Join(t.TempDir(), "in.arrow")
	write(t, path, sample(1_000_000))
	for _, workers := range []int{1, 4} {
		in, err := datasets.OpenBatches(path, datasets.Options{AnyType: true})
		must(t, err)
		if _, err := Run(t.Context(), plan(t, "relu", 0, in, ""), in, &failing{2}, workers); err == nil || err.Error() != "the disk is full" {
			t.Errorf("%v", err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := Run(ctx, plan(t, "relu", 0, in, ""), in, &failing{100}, workers); !errors.Is(err, context.Canceled) {
			t.Errorf("%v", err)
		}
		must(t, in.Close())
	}
}

// peak records the largest heap that it sees.
type peak struct {
	datasets.BatchWriter
	heap uint64
	n    int
}

func (p *peak) Write(r arrow.Record) error {
	if p.n++; p.n%16 == 0 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		p.heap = max(p.heap, m.HeapInuse)
	}
	return p.BatchWriter.Write(r)
}

// TestBoundedMemory: a file of 200 MB goes through each front-to-back format in a small part of that.
func TestBoundedMemory(t *testing.T) {
	if testing.Short() {
		t.Skip("writes and reads several files of 200 MB: too slow for -short, which the race detector runs with")
	}
	const rows, bound = 25 << 20, 48 << 20
	dir := t.TempDir()
	x, err := datasets.Generate[float64]("normal", 1, 1<<16)
	must(t, err)
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil)
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.AppendValues(x, nil)
	r := array.NewRecord(schema, []arrow.Array{b.NewArray()}, 1<<16)
	for _, ending := range []string{".arrow", ".arrows", ".parquet", ".csv.zst"} {
		path := filepath.Join(dir, "in"+ending)
		f, err := os.Create(path)
		must(t, err)
		w, err := datasets.NewBatchWriter(f, datasets.FormatOf(path), schema)
		must(t, err)
		for range rows >> 16 {
			must(t, w.Write(r))
		}
		must(t, w.Close())
		must(t, f.Close())
		var before runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&before)
		in, err := datasets.OpenBatches(path, datasets.Options{AnyType: true})
		must(t, err)
		p := plan(t, "tanh", 0, in, "")
		w, err = datasets.NewBatchWriter(io.Discard, datasets.Arrow, p.Schema())
		must(t, err)
		seen := &peak{BatchWriter: w}
		n, err := Run(t.Context(), p, in, seen, 2)
		must(t, err)
		must(t, in.Close())
		must(t, os.Remove(path))
		if n != rows {
			t.Errorf("%s: %d rows, want %d", ending, n, rows)
		}
		if grown := int64(seen.heap) - int64(before.HeapInuse); grown > bound {
			t.Errorf("%s: the heap grew by %d MB for a table of 200 MB", ending, grown>>20)
		} else {
			t.Logf("%s: the heap grew by %.1f MB for a table of 200 MB", ending, float64(grown)/1e6)
		}
	}
}
