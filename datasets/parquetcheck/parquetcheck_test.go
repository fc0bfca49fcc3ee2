package parquetcheck

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"pgregory.net/rapid"

	"actinit/datasets/unfold"
)

type row struct {
	X    float64  `parquet:"x"`
	Text string   `parquet:"text,dict"`
	Null *float32 `parquet:"null,optional"`
}

var codecs = map[string]compress.Codec{
	"plain": &parquet.Uncompressed, "snappy": &parquet.Snappy, "gzip": &parquet.Gzip, "brotli": &parquet.Brotli,
	"zstd": &parquet.Zstd, "lz4": &parquet.Lz4Raw,
}

// write returns a file of two row groups.
func write(t testing.TB, rows int, options ...parquet.WriterOption) []byte {
	t.Helper()
	random := rand.New(rand.NewPCG(1, 2))
	var file bytes.Buffer
	w := parquet.NewGenericWriter[row](&file, append(options, parquet.MaxRowsPerRowGroup(int64(rows+1)/2))...)
	for i := range rows {
		r := row{X: random.NormFloat64(), Text: strings.Repeat("text", i%7)}
		if i%3 == 0 {
			r.Null = new(float32)
		}
		if _, err := w.Write([]row{r}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

func check(data []byte, limit int64) error {
	return File(bytes.NewReader(data), int64(len(data)), limit)
}

// TestFile: files that a library writes pass, whatever their codec and the version of their pages, and take no less
// of the budget than their values need.
func TestFile(t *testing.T) {
	const rows = 5000
	for name, codec := range codecs {
		for _, version := range []int{1, 2} {
			data := write(t, rows, parquet.Compression(codec), parquet.DataPageVersion(version))
			r, size := bytes.NewReader(data), int64(len(data))
			if err := check(data, 1<<20); err != nil {
				t.Errorf("%s, version %d: %v", name, version, err)
			}
			if err := Whole(r, size); err != nil {
				t.Errorf("%s, version %d, whole: %v", name, version, err)
			}
			if err := check(data, valueBytes*rows/2); !errors.Is(err, unfold.ErrLimit) { // one column's
				t.Errorf("%s, version %d, in memory of one column: %v", name, version, err)
			}
			m, err := Footer(r, size)
			if err != nil || len(m.RowGroups) != 2 || m.NumRows != rows {
				t.Fatalf("%s: %+v, %v", name, m, err)
			}
			for g := range m.RowGroups {
				for c := range m.RowGroups[g].Columns {
					column := Column{Leaf: c}
					if err := column.check(r, &m.RowGroups[g], true, rows, unfold.New(1<<20, size)); err != nil {
						t.Errorf("%s, version %d, column %d: %v", name, version, c, err)
					}
					more, fewer := m.RowGroups[g], m.RowGroups[g]
					more.NumRows++
					fewer.NumRows--
					if column.check(r, &more, true, rows, unfold.New(1<<20, size)) == nil || column.check(r, &fewer, true, rows, unfold.New(1<<20, size)) == nil {
						t.Errorf("%s, version %d, column %d: other numbers of rows pass", name, version, c)
					}
				}
			}
		}
	}
}

// TestBomb: a small file of which much unfolds is refused, by the memory it would take rather than by its size.
func TestBomb(t *testing.T) {
	type zeros struct {
		X float64 `parquet:"x,plain"`
	}
	for name, codec := range codecs {
		if name == "plain" {
			continue
		}
		var file bytes.Buffer
		w := parquet.NewGenericWriter[zeros](&file, parquet.Compression(codec), parquet.PageBufferSize(1<<26))
		if _, err := w.Write(make([]zeros, 1<<20)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		if err := check(file.Bytes(), 8<<20-1); !errors.Is(err, unfold.ErrLimit) {
			t.Errorf("%s: %v, want %v", name, err, unfold.ErrLimit)
		}
		if err := check(file.Bytes(), 32<<20); err != nil {
			t.Errorf("%s, in enough memory: %v", name, err)
		}
	}
}

// TestFooter: what a footer may not claim.
func TestFooter(t *testing.T) {
	whole := write(t, 100)
	footer := func(text string) []byte {
		data := append([]byte("PAR1"), text...)
		return append(binary.LittleEndian.AppendUint32(data, uint32(len(text))), "PAR1"...)
	}
	encode := func(change func(*format.FileMetaData)) []byte {
		m, err := Footer(bytes.NewReader(whole), int64(len(whole)))
		if err != nil {
			t.Fatal(err)
		}
		change(m)
		text, err := thrift.Marshal(&thrift.CompactProtocol{}, m)
		if err != nil {
			t.Fatal(err)
		}
		length := binary.LittleEndian.Uint32(whole[len(whole)-8:])
		data := append(bytes.Clone(whole[:len(whole)-8-int(length)]), text...)
		return append(binary.LittleEndian.AppendUint32(data, uint32(len(text))), "PAR1"...)
	}
	for _, test := range []struct {
		name string
		data []byte
		want string // "": none
	}{
		{"as it is", whole, ""},
		{"written again", encode(func(*format.FileMetaData) {}), ""},
		{"empty", nil, "too short"},
		{"cut off", whole[:len(whole)-1], "does not end with PAR1"},
		{"a footer longer than the file", append([]byte("PAR1"), "\xff\xff\xff\x7fPAR1"...), "claims 2147483647 bytes"},
		{"a list longer than the data", footer("\x29\xfc\xff\xff\xff\xff\x07"), "a list longer than the data"},
		{"deep structs", footer(strings.Repeat("\x1c", 100)), "nested too deep"},
		{"a type that Thrift does not have", footer("\x1f"), "a type that Thrift does not have"},
		{"an end too early", footer("\x15"), "end early"},
		{"a deep schema", encode(func(m *format.FileMetaData) {
			group := m.Schema[0]
			group.NumChildren.V = 1
			deep := make([]format.SchemaElement, maxSchemaNesting)
			for i := range deep {
				deep[i] = group
			}
			m.Schema = append(deep, m.Schema...)
		}), "a tree of at most"},
		{"a schema with more children than elements", encode(func(m *format.FileMetaData) { m.Schema[0].NumChildren.V++ }), "a tree of at most"},
		{"negative children", encode(func(m *format.FileMetaData) { m.Schema[1].NumChildren.V, m.Schema[1].NumChildren.Valid = -1, true }), "a tree of at most"},
		{"a column too few", encode(func(m *format.FileMetaData) { m.RowGroups[0].Columns = m.RowGroups[0].Columns[1:] }), "has columns for 2 of the 3"},
		{"negative rows", encode(func(m *format.FileMetaData) { m.RowGroups[1].NumRows = -1 }), "claims -1 rows"},
		{"overflowing rows", encode(func(m *format.FileMetaData) { m.RowGroups[0].NumRows = math.MaxInt64 }), "claims 50 rows"},
		{"other rows in all", encode(func(m *format.FileMetaData) { m.NumRows++ }), "hold 100 rows, the Parquet file claims 101"},
		{"a column before the data", encode(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.DataPageOffset = 0 }), "beyond the end of the data"},
		{"a column behind the data", encode(func(m *format.FileMetaData) {
			m.RowGroups[0].Columns[0].MetaData.DataPageOffset = int64(len(whole))
		}), "beyond the end of the data"},
		{"a column of negative length", encode(func(m *format.FileMetaData) { m.RowGroups[0].Columns[0].MetaData.TotalCompressedSize = -1 }), "beyond the end of the data"},
	} {
		_, err := Footer(bytes.NewReader(test.data), int64(len(test.data)))
		if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
}

// TestDamaged: whatever bytes change, there is an error or another file, no panic, and no memory beyond the budget.
func TestDamaged(t *testing.T) {
	var files [][]byte
	for _, codec := range codecs {
		files = append(files, write(t, 60, parquet.Compression(codec), parquet.DataPageVersion(1)), write(t, 60, parquet.Compression(codec), parquet.DataPageVersion(2)))
	}
	rapid.Check(t, func(t *rapid.T) {
		data := bytes.Clone(rapid.SampledFrom(files).Draw(t, "file"))
		for range rapid.IntRange(1, 4).Draw(t, "changes") {
			data[rapid.IntRange(0, len(data)-1).Draw(t, "at")] = rapid.Byte().Draw(t, "byte")
		}
		if err := check(data, 1<<20); err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%q", err)
		}
	})
}

// TestPages: what a page's header may not claim.
func TestPages(t *testing.T) {
	// header is a PageHeader of a data page: type 0, its sizes, and in field 5 a DataPageHeader with its values.
	header := func(uncompressed, compressed, values int64) []byte {
		b := []byte{0x15, 0, 0x15}
		b = binary.AppendVarint(b, uncompressed)
		b = binary.AppendVarint(append(b, 0x15), compressed)
		b = binary.AppendVarint(append(b, 0x2c, 0x15), values)
		return append(b, 0, 0)
	}
	for _, test := range []struct {
		name                             string
		uncompressed, compressed, values int64
		want                             string
	}{
		{"a page", 80, 10, 10, ""},
		{"beyond the column", 80, 11, 10, "beyond the end of its column"},
		{"a negative length", 80, -1, 10, "beyond the end of its column"},
		{"a negative size", -1, 10, 10, "more levels than it has bytes"},
		{"negative values", 80, 10, -1, "an impossible size"},
		{"too many values", 80, 10, math.MaxInt32 + 1, "an impossible size"},
		{"too large", math.MaxInt32 + 1, 10, 10, "an impossible size"},
	} {
		data := append(header(test.uncompressed, test.compressed, test.values), make([]byte, 10)...)
		p, err := readPage(bytes.NewReader(data), 0, int64(len(data)))
		if test.want == "" {
			if err != nil || p.values != test.values || p.uncompressed != test.uncompressed || p.compressed != test.compressed || p.data != int64(len(data)-10) {
				t.Errorf("%s: %+v, %v", test.name, p, err)
			}
			continue
		}
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %q", test.name, err, test.want)
		}
	}
	if _, err := readPage(bytes.NewReader(nil), 0, 0); err == nil || errors.Is(err, io.EOF) {
		t.Errorf("no header: %v", err)
	}
}

// TestBatches: what is read in so many rows at once is held against the memory that those rows may need, of the columns that
// are read: pages that lie side by side, and the longest of a dictionary in every row, of bytes of fixed length too; all
// values of columns of which a row may have any number, and all of a page that is decoded as a whole.
func TestBatches(t *testing.T) {
	const rows, long, many = 4096, 1000, 100
	type row struct {
		Plain string     `parquet:"plain,plain"`
		Dict  string     `parquet:"dict,dict"`
		Fixed [long]byte `parquet:"fixed,dict"`
		X     float64    `parquet:"x"`
		Many  []float64  `parquet:"many"`
		Equal int64      `parquet:"equal,delta"`
	}
	random := rand.New(rand.NewPCG(1, 2))
	var file bytes.Buffer
	w := parquet.NewGenericWriter[row](&file, parquet.PageBufferSize(long*64))
	for i := range rows {
		text := make([]byte, long)
		for k := range text {
			text[k] = byte(random.Uint32())
		}
		if _, err := w.Write([]row{{Plain: string(text), Dict: strings.Repeat("x", long), X: float64(i), Many: make([]float64, many)}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data := file.Bytes()
	for column, name := range []string{"plain", "dict", "fixed"} {
		for _, atOnce := range []int64{1, 100, rows, 10 * rows} {
			least := min(atOnce, rows) * long
			within := func(limit int64) error {
				return batches(data, limit, Column{Leaf: column}, atOnce)
			}
			if err := within(least - 1); !errors.Is(err, unfold.ErrLimit) {
				t.Errorf("%s, %d rows in less memory than theirs: %v", name, atOnce, err)
			}
			if err := within(least + least/4 + 300*long); err != nil { // two pages more, or the dictionary
				t.Errorf("%s, %d rows: %v", name, atOnce, err)
			}
		}
	}
	if err := batches(data, 1<<20, Column{Leaf: 3}, rows); err != nil {
		t.Errorf("texts that are not read count: %v", err)
	}
	for _, test := range []struct {
		column Column
		least  int64
	}{
		{Column{Leaf: 4}, valueBytes * rows * many},
		{Column{Leaf: 5}, 1},
		{Column{Leaf: 5, WholePages: true}, valueBytes * rows},
	} {
		if err := batches(data, test.least-1, test.column, 1); !errors.Is(err, unfold.ErrLimit) {
			t.Errorf("%+v in less memory than its values': %v", test.column, err)
		}
		if err := batches(data, test.least+long, test.column, 1); err != nil {
			t.Errorf("%+v: %v", test.column, err)
		}
	}
}

// batches is Batches of a column, or its error where there is room for fewer rows only.
func batches(data []byte, limit int64, c Column, rows int64) error {
	footer, err := Footer(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return err
	}
	got, err := Batches(bytes.NewReader(data), footer, int64(len(data)), limit, []Column{c}, rows)
	if err == nil && got < rows {
		return fmt.Errorf("%d rows: %w", got, unfold.ErrLimit)
	}
	return err
}
