package apply

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"actinit/datasets"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// poisoned is a pool that overwrites what is given back, so that whoever still reads it is found out.
type poisoned struct {
	Memory
	freed atomic.Int64
}

func (p *poisoned) Free(b []byte) {
	p.freed.Add(int64(len(b)))
	b = b[:cap(b)]
	for i := range b {
		b[i] = 0xa5
	}
	p.Memory.Free(b)
}

// manyTypes returns a record of columns that Parquet holds, every fifth row null.
func manyTypes(t *testing.T, rows int) arrow.Record {
	t.Helper()
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "x", Type: arrow.PrimitiveTypes.Float32, Nullable: true}, {Name: "y", Type: arrow.PrimitiveTypes.Float64},
		{Name: "small", Type: arrow.PrimitiveTypes.Int8, Nullable: true}, {Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "few", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "text", Type: arrow.BinaryTypes.String, Nullable: true},
		{Name: "on", Type: arrow.FixedWidthTypes.Boolean, Nullable: true}, {Name: "day", Type: arrow.FixedWidthTypes.Date32},
	}, nil)
	var text strings.Builder
	text.WriteByte('[')
	for i := range rows {
		if i > 0 {
			text.WriteByte(',')
		}
		fmt.Fprintf(&text, `{"y": %d.25, "id": %d, "day": "2026-01-%02d"`, i, i, 1+i%28)
		if i%5 != 3 {
			fmt.Fprintf(&text, `, "x": %d.5, "small": %d, "few": "few %d", "text": "text %d", "on": %t`, i%100, i%100, i%3, i, i%2 == 0)
		}
		text.WriteByte('}')
	}
	text.WriteByte(']')
	r, _, err := array.RecordFromJSON(memory.DefaultAllocator, schema, strings.NewReader(text.String()))
	must(t, err)
	return r
}

// TestMemoryIsReused: the memory of a Parquet file's batches is given back and used again, and what is written of them is the
// same as where it is not, in every format, by any number of workers.
func TestMemoryIsReused(t *testing.T) {
	dir := t.TempDir()
	in := filepath.Join(dir, "in.parquet")
	f, err := os.Create(in)
	must(t, err)
	const rows = 40_000
	all := manyTypes(t, rows)
	w, err := datasets.NewBatchWriter(f, datasets.Parquet, all.Schema())
	must(t, err)
	for k := range int64(6) {
		must(t, w.Write(all.NewSlice(k*1001, rows)))
	}
	must(t, w.Close())
	must(t, f.Close())
	for _, format := range []datasets.Format{datasets.Arrow, datasets.ArrowStream, datasets.Parquet, datasets.CSV, datasets.NPZ, datasets.Safetensors} {
		options := datasets.Options{AnyType: true}
		if slices.Contains([]datasets.Format{datasets.NPZ, datasets.Safetensors}, format) {
			options.Columns = []string{"y", "id"} // the others have nulls, texts or days, which it does not hold
		}
		written := func(mem memory.Allocator, workers int) []byte {
			options.Memory = mem
			in, err := datasets.OpenBatches(in, options)
			must(t, err)
			p := plan(t, "tanh", 0, in, "")
			var out bytes.Buffer
			w, err := datasets.NewBatchWriter(&out, format, p.Schema())
			must(t, err)
			_, err = Run(t.Context(), p, in, w, workers)
			must(t, err)
			must(t, w.Close())
			must(t, in.Close())
			return out.Bytes()
		}
		want := written(nil, 1)
		for _, workers := range []int{1, 3} {
			mem := &poisoned{}
			if !bytes.Equal(written(mem, workers), want) {
				t.Errorf("%s, %d workers: what is written differs where memory is reused", format, workers)
			}
			if mem.freed.Load() == 0 {
				t.Errorf("%s: no memory was given back", format)
			}
		}
	}
}
