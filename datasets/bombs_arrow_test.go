package datasets

import (
	"bytes"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
)

// arrowZeros returns a compressed Arrow file, and a stream, of so many zeros in each record batch.
func arrowZeros(t testing.TB, rows, batches int, codec ipc.Option) (file, stream []byte) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil)
	record := array.NewRecord(schema, []arrow.Array{wrap(make([]float64, rows), nil, 0)}, int64(rows))
	var a, b bytes.Buffer
	fileWriter, err := ipc.NewFileWriter(&seekable{Buffer: &a}, ipc.WithSchema(schema), codec)
	if err != nil {
		t.Fatal(err)
	}
	for _, w := range []BatchWriter{&arrowFileWriter{fileWriter}, &arrowStreamWriter{ipc.NewWriter(&b, ipc.WithSchema(schema), codec)}} {
		for range batches {
			if err := w.Write(record); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
	}
	return a.Bytes(), b.Bytes()
}

// seekable tells the place, which is all that Arrow's writer asks for.
type seekable struct{ *bytes.Buffer }

func (s *seekable) Seek(int64, int) (int64, error) { return int64(s.Len()), nil }

// TestArrowBombs: a batch that unfolds to much is refused before it takes memory, and one that is believed
// takes what it holds, once.
func TestArrowBombs(t *testing.T) {
	const believed, doubted, more = 1 << 22, 3 << 22, 4 << 20
	for name, codec := range map[string]ipc.Option{"zstd": ipc.WithZstd(), "LZ4": ipc.WithLZ4()} {
		for _, rows := range []int{believed, doubted} {
			file, stream := arrowZeros(t, rows, 1, codec)
			for _, contents := range [][]byte{file, stream} {
				path := writeFile(t, contents)
				for _, any := range []bool{false, true} {
					var err error
					took := taken(func() { err = readBatches(path, Options{AnyType: any}) })
					want, bound := "", 8*rows+more+len(contents)
					if rows == doubted && name == "zstd" { // LZ4 does not unfold to more than is believed
						want, bound = "more than is believed of so few bytes", more
					}
					checkOneLine(t, name, path, err, want)
					if took > bound {
						t.Errorf("%s, %d rows, %d bytes: %d bytes were taken, want at most %d", name, rows, len(contents), took, bound)
					}
				}
			}
		}
	}
}

// TestBatchesAreGivenBack: one large batch at a time is in memory, swept up or not.
func TestBatchesAreGivenBack(t *testing.T) {
	const rows = 7 << 20
	file, stream := arrowZeros(t, rows, 4, ipc.WithZstd())
	for _, contents := range [][]byte{file, stream} {
		if most := mostInMemory(t, writeFile(t, contents), Options{}); most > 8*rows*3/2 {
			t.Errorf("%d bytes were in memory, a batch has %d", most, 8*rows)
		}
	}
}
