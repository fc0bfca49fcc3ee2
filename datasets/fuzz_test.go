package datasets

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"actinit/datasets/arrowmap"

	"github.com/apache/arrow/go/v15/arrow"
)

// withNulls returns a column of one chunk of values with a validity bitmap of up to 8 bits.
func withNulls[T Float](name string, values []T, validity byte) *Column {
	nulls := 0
	for i := range values {
		if validity>>i&1 == 0 {
			nulls++
		}
	}
	return &Column{name, chunked(arrowType[T](), []arrow.Array{wrap(values, []byte{validity}, nulls)})}
}

// fuzzOptions bound the memory, so that a fuzzer soon meets the bound.
var fuzzOptions = Options{MaxBytes: 1 << 22}

// openBytes is Open of a file of these contents, in memory.
func openBytes(contents []byte) (*Table, error) {
	b, err := batchesOf(contents, fuzzOptions)
	if err != nil {
		return nil, err
	}
	return gather(b, fuzzOptions.maxBytes())
}

func batchesOf(contents []byte, o Options) (*Batches, error) {
	in, size := bytes.NewReader(contents), int64(len(contents))
	switch found := Format(sniff(contents[:min(sniffed, len(contents))])); found {
	case Parquet:
		return openParquet("f", in, size, nil, o)
	case Arrow:
		file, err := arrowmap.New(contents)
		if err != nil {
			return nil, arrowProblem("f", err, o)
		}
		return arrowBatches("f", file, o)
	case NPY, NPZ, Safetensors:
		return tensorBatches("f", found, in, size, nil, o)
	case IDX:
		return openIDX("f", IDX, in, size, nil, o)
	}
	return openPipe("f", in, nil, o)
}

// readBatches reads a file batch by batch and returns the error.
func readBatches(path string, o Options) error {
	b, err := OpenBatches(path, o)
	if err != nil {
		return err
	}
	err = b.each(func(arrow.Record) error { return nil })
	return errors.Join(err, b.Close())
}

// writeFile writes a temporary file whose name says nothing of its format.
func writeFile(t testing.TB, contents []byte) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "f")
	if err := os.WriteFile(path, contents, 0o666); err != nil {
		t.Fatal(err)
	}
	return path
}

// fuzzReader holds that Open returns either a table whose every value can be
// read or an error of one line.
func fuzzReader(f *testing.F) {
	f.Fuzz(func(t *testing.T, contents []byte) {
		readAny(t, contents)
		table, err := openBytes(contents)
		if err != nil {
			if strings.ContainsAny(err.Error(), "\n\r") {
				t.Errorf("more than one line: %q", err)
			}
			return
		}
		for _, c := range table.Columns() {
			n, nulls := 0, 0
			for _, valid := range c.All() {
				n++
				if !valid {
					nulls++
				}
			}
			if n != table.Rows() || nulls != c.Nulls() {
				t.Errorf("column %q yields %d values, %d nulls; it claims %d, %d", c.Name(), n, nulls, table.Rows(), c.Nulls())
			}
		}
		d, err := table.Batches().Describe()
		if err != nil {
			t.Error(err)
		}
		_ = d.String()
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	})
}

// readAny holds the same of columns of any type, which the writers of Arrow, Parquet, CSV and npz files take or refuse,
// and which are described.
func readAny(t *testing.T, contents []byte) {
	o := fuzzOptions
	o.AnyType, o.Nulls = true, []string{"N/A", "-999"}
	for _, format := range []Format{ArrowStream, Parquet, CSV, NPZ, ""} {
		b, err := batchesOf(contents, o)
		switch {
		case err != nil:
		case format == "":
			_, err = cut(b).Describe()
		default:
			_, err = Encode(io.Discard, format, cut(b))
		}
		if err != nil && strings.ContainsAny(err.Error(), "\n\r") {
			t.Errorf("%s: more than one line: %q", format, err)
		}
	}
}

func FuzzCSV(f *testing.F) {
	for _, text := range []string{
		"1,2\n3,4\n", "x,y\n1,\n,NaN\n", "\"a \"\"b\"\"\",c\r\n1,-Inf\r\n", "\xef\xbb\xbfx\n0x1p-3\n", "x\n\"\"\n", "1;2\n", ",\n", "\"", "\n",
		"a\tb\n1\t\"2\t\"\n", "a;b\r\n1,5;2\r\n", "x,y\nN/A,-999\n1,0.5\n", "x,y\n-999,?\n N/A ,-\n1,2\n", "a|b\n\"\"|\n", "1;2\n3;4;5\n", "\"a;\n\";b\n1;2\n",
	} {
		f.Add([]byte(text))
		f.Add([]byte(zipped(text)))
	}
	f.Add(sample(f, CSVZstd))
	fuzzReader(f)
}

func FuzzParquet(f *testing.F) {
	f.Add(sample(f, Parquet))
	addPolars(f, ".parquet")
	for _, seed := range foreignParquet(f) {
		f.Add(seed)
	}
	for _, b := range parquetBombs(f) {
		f.Add(b.contents)
	}
	fuzzReader(f)
}

func FuzzArrow(f *testing.F) {
	f.Add(sample(f, Arrow))
	f.Add(anyTypes(f, Arrow))
	addPolars(f, ".arrow")
	for _, seed := range foreignArrow(f) {
		f.Add(seed)
	}
	fuzzReader(f)
}

func FuzzArrowStream(f *testing.F) {
	f.Add(sample(f, ArrowStream))
	f.Add(anyTypes(f, ArrowStream))
	addPolars(f, ".arrows")
	fuzzReader(f)
}

func FuzzTensors(f *testing.F) {
	for _, format := range []Format{NPY, NPZ, Safetensors, IDX, IDXGzip} {
		f.Add(sample(f, format))
	}
	for _, seed := range hostileTensors {
		f.Add([]byte(seed.contents))
	}
	fuzzReader(f)
}
