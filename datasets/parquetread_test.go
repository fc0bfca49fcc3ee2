package datasets

import (
	"bytes"
	"errors"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"actinit/datasets/parquetcheck"
)

// TestParquetFooters: what a footer says of columns that a library does not know, or that the other one gets wrong.
func TestParquetFooters(t *testing.T) {
	type row struct {
		Half [2]byte `parquet:"half"`
		Blob []byte  `parquet:"blob"`
		X    float64 `parquet:"x"`
		D    int64   `parquet:"d,delta"`
	}
	const half, blob = 1, 2
	whole := writtenParquet(t, []parquet.WriterOption{parquet.MaxRowsPerRowGroup(2)},
		row{[2]byte{0, 0x3c}, []byte("ab"), 1, 0}, row{[2]byte{1, 0x80}, nil, 2, 0}, row{[2]byte{0, 0x7c}, nil, 3, 0})
	as := func(element int, v format.LogicalTypeValue) func(*format.FileMetaData) {
		return func(m *format.FileMetaData) { m.Schema[element].LogicalType.Value = v }
	}
	for _, test := range []struct {
		name              string
		change            func(*format.FileMetaData)
		column            string
		numbers, anything string // or a part of the error
	}{
		{"float16", as(half, &format.Float16Type{}), "half", "float32[1 -5.9604645e-08 +Inf]", "float16[1 "},
		{"bytes", as(half, nil), "half", `column "half" has the type fixed_size_binary[2]; a column must be floating-point`, "fixed_size_binary"},
		{"decimal", as(half, &format.DecimalType{Scale: 2, Precision: 4}), "half", "float64[0.6 3.84 1.24]", "decimal[{60 0} {384 0} {124 0}]"},
		{"decimal of no bytes", as(blob, &format.DecimalType{Scale: 2, Precision: 50}), "blob",
			`row group 1, column "blob": a decimal of 0 bytes, want 1 to 32`, `row group 1, column "blob": a decimal of 0 bytes, want 1 to 32`},
		{"geometry", as(blob, &format.GeometryType{}), "blob", `column "blob" has the type GEOMETRY`, `binary["ab" "" ""]`},
		{"beside geometry", as(blob, &format.GeometryType{}), "x", "float64[1 2 3]", "float64[1 2 3]"},
		{"beside variant", as(blob, &format.VariantType{}), "x", "float64[1 2 3]", "float64[1 2 3]"},
		{"two codecs", func(m *format.FileMetaData) { m.RowGroups[1].Columns[3].MetaData.Codec = format.Snappy }, "d",
			`column "d" is compressed with ZSTD in one row group and SNAPPY in another`, `column "d" is compressed with ZSTD in one row group and SNAPPY in another`},
		{"two codecs elsewhere", func(m *format.FileMetaData) { m.RowGroups[1].Columns[1].MetaData.Codec = format.Lz4Raw }, "x", "float64[1 2 3]", "float64[1 2 3]"},
		{"another encoding", func(m *format.FileMetaData) {
			m.RowGroups[1].Columns[3].MetaData.Encoding = []format.Encoding{format.Plain}
		}, "d",
			`row group 2, column "d": a page is in the encoding DELTA_BINARY_PACKED, which its column does not name`, `row group 2, column "d": a page is in the encoding DELTA_BINARY_PACKED`},
		{"fewer rows", func(m *format.FileMetaData) { m.RowGroups[0].NumRows, m.NumRows = 1, 2 }, "x",
			`row group 1, column "x": its pages claim more values than the row group has rows`, `row group 1, column "x": its pages claim more values`},
		{"more rows", func(m *format.FileMetaData) { m.RowGroups[1].NumRows, m.NumRows = 2, 4 }, "x",
			`row group 2, column "x": its pages hold fewer values than the row group has rows`, `row group 2, column "x": its pages hold fewer values`},
	} {
		path := writeFile(t, withFooter(t, whole, test.change))
		for any, want := range map[bool]string{false: test.numbers, true: test.anything} {
			got := ""
			b, err := OpenBatches(path, Options{AnyType: any, Columns: []string{test.column}})
			if err == nil {
				got = b.Schema().Field(0).Type.Name()
				err = b.each(func(r arrow.Record) error {
					got += strings.ReplaceAll(fmt.Sprint(r.Column(0)), ",", "")
					return nil
				})
				err = errors.Join(err, b.Close())
			}
			if err != nil {
				got = err.Error()
			}
			if !strings.Contains(got, want) || strings.Contains(got, "\n") {
				t.Errorf("%s, any type %v: %s, want %s", test.name, any, got, want)
			}
		}
	}
}

// TestParquetStructs: structs are read, but for encodings on which Arrow's library panics where nobody can catch it.
func TestParquetStructs(t *testing.T) {
	type pair struct {
		A int64 `parquet:"a"`
	}
	type packed struct {
		A int64 `parquet:"a,delta"`
	}
	for name, test := range map[string]struct {
		path, want string
	}{
		"plain":   {writeStructs(t, pair{}), ""},
		"delta":   {writeStructs(t, packed{}), `column "s" holds structs in the encoding DELTA_BINARY_PACKED`},
		"lists":   {writeStructs(t, []packed{{}}), `column "s" holds structs in the encoding DELTA_BINARY_PACKED`},
		"damaged": {damagedStructs(t, pair{}), `the Parquet file is damaged: snappy: corrupt input`},
	} {
		b, err := OpenBatches(test.path, Options{AnyType: true})
		if err == nil {
			err = errors.Join(b.each(func(arrow.Record) error { return nil }), b.Close())
		}
		if got := fmt.Sprint(err); test.want == "" && err != nil || !strings.Contains(got, test.want) {
			t.Errorf("%s: %s, want %q", name, got, test.want)
		}
	}
}

// writeStructs writes a file of a column s with many rows of v.
func writeStructs[T any](t *testing.T, v T, options ...parquet.WriterOption) string {
	t.Helper()
	type row struct {
		S T `parquet:"s"`
	}
	rows := make([]row, 100_000)
	for i := range rows {
		rows[i].S = v
	}
	path := filepath.Join(t.TempDir(), "structs.parquet")
	if err := parquet.WriteFile(path, rows, options...); err != nil {
		t.Fatal(err)
	}
	return path
}

// damagedStructs writes such a file whose last page cannot be decompressed.
func damagedStructs[T any](t *testing.T, v T) string {
	t.Helper()
	path := writeStructs(t, v, parquet.Compression(&parquet.Snappy), parquet.DataPageVersion(1))
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	m, err := parquetcheck.Footer(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	column := m.RowGroups[0].Columns[0].MetaData
	end := column.DataPageOffset + column.TotalCompressedSize
	copy(data[end-40:end], bytes.Repeat([]byte{0xff}, 40))
	return writeFile(t, data)
}

// TestDamagedStructs: whatever stands in the pages of structs, reading them ends in an error or not, but does not end the program.
func TestDamagedStructs(t *testing.T) {
	type inner struct {
		Text  string   `parquet:"text,plain"`
		Dict  *string  `parquet:"dict,dict,optional"`
		Int   *int32   `parquet:"int,optional"`
		Yes   bool     `parquet:"yes"`
		Fixed [12]byte `parquet:"fixed"`
		List  []int64  `parquet:"list,list"`
	}
	type row struct {
		S inner            `parquet:"s"`
		M map[string]inner `parquet:"m" parquet-key:",plain"`
	}
	random := rand.New(rand.NewPCG(1, 2))
	rows := make([]row, 300)
	for i := range rows {
		v := inner{Text: strings.Repeat("x", i%9), Yes: i%3 == 0, List: make([]int64, i%4)}
		if i%5 > 0 {
			v.Dict, v.Int = &[]string{"a", "bb", "ccc"}[i%3], new(int32)
		}
		rows[i] = row{v, map[string]inner{"k": v}}
	}
	for _, version := range []int{1, 2} {
		var file bytes.Buffer
		if err := parquet.Write(&file, rows, parquet.DataPageVersion(version), parquet.Compression(&parquet.Uncompressed)); err != nil {
			t.Fatal(err)
		}
		m, err := parquetcheck.Footer(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		if err := readBatches(writeFile(t, file.Bytes()), Options{AnyType: true}); err != nil {
			t.Fatal(err)
		}
		refused := 0
		const tries = 100
		for range tries {
			data := bytes.Clone(file.Bytes())
			c := m.RowGroups[0].Columns[random.IntN(len(m.RowGroups[0].Columns))].MetaData
			for range 1 + random.IntN(8) {
				data[c.DataPageOffset+random.Int64N(c.TotalCompressedSize)] = []byte{0, 1, 0x7f, 0x80, 0xff, byte(random.Uint32())}[random.IntN(6)]
			}
			if err := readBatches(writeFile(t, data), Options{AnyType: true}); err != nil {
				refused++
			}
		}
		if refused == 0 || refused == tries {
			t.Errorf("version %d: %d of %d damaged files are refused", version, refused, tries)
		}
	}
}
