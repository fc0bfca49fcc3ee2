package datasets

import (
	"archive/zip"
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// sample returns the bytes of a small table in a format.
func sample(t testing.TB, format Format) []byte {
	t.Helper()
	column := withNulls("b", []float32{1, 2, 3}, 0b101)
	switch format {
	case NPZ, Safetensors:
		column = NewValues("b", []float32{1, 2, 3})
	case NPY, IDX, IDXGzip:
		column = NewValues("b", []float64{1, 2, 3})
	}
	table, err := NewTable(NewValues("a", []float64{.5, -1e300, 0}), column)
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := Encode(&b, format, table.Batches()); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func zipped(text string) string {
	var b bytes.Buffer
	zip := gzip.NewWriter(&b)
	_, _ = zip.Write([]byte(text)) // a bytes.Buffer takes everything
	_ = zip.Close()
	return b.String()
}

// footer returns the length of a Parquet file's footer.
func footer(parquet string) int {
	return int(binary.LittleEndian.Uint32([]byte(parquet[len(parquet)-8:])))
}

// lyingParquet returns a file of nothing but a footer.
func lyingParquet(footer string) string {
	length := binary.LittleEndian.AppendUint32(nil, uint32(len(footer)))
	return "PAR1" + footer + string(length) + "PAR1"
}

// emptyChunks returns a file of a row group of so many columns that say nothing of themselves.
func emptyChunks(n int) string {
	return lyingParquet("\x49\x1c\x19\xfc" + string(binary.AppendUvarint(nil, uint64(n))) + strings.Repeat("\x00", n+2))
}

// TestBadInput holds that every bad file, read batch by batch as the program does, gets one line that says
// what is wrong, and that it is no table either.
func TestBadInput(t *testing.T) {
	parquet, arrow := string(sample(t, Parquet)), string(sample(t, Arrow))
	zip := zipped(strings.Repeat("1,2\n", 1000))
	for _, test := range []struct {
		file, contents string
		options        Options
		want           string
	}{
		{"a.csv", "", Options{}, "it is empty"},
		{"a.csv.gz", zipped(""), Options{}, "it is empty"},
		{"a.csv", "\n\n", Options{}, "it holds no line"},
		{"a.csv", "x,y\n1,2\n3\n", Options{}, "line 3 has 1 field, the first line has 2"},
		{"a.csv", "x,y\n1,2\n3,4,5\n", Options{}, "line 3 has 3 fields, the first line has 2"},
		{"a.csv", "x,y\n1,2\n3,four\n", Options{}, `line 3, column 2 (y): "four" is not a number`},
		{"a.csv", "1,2\n3,1e999\n", Options{}, `line 2, column 2 (c2): "1e999" is beyond the range of float64`},
		{"a.csv", "1\n1e39\n", Options{Type: Float32}, `line 2, column 1 (c1): "1e39" is beyond the range of float32`},
		{"a.csv", "id,v\n1,2\n9007199254740993,3\n", Options{}, `line 3, column 1 (id): the integer 9007199254740993 is not exactly a float64`},
		{"a.csv", "-9007199254740993\n", Options{}, `line 1, column 1 (c1): the integer -9007199254740993 is not exactly a float64`},
		{"a.csv", "x\n 123456789012345678901234567890 \n", Options{}, `the integer 123456789012345678901234567890 is not exactly a float64`},
		{"a.csv", "16777217\n", Options{Type: Float32}, `line 1, column 1 (c1): the integer 16777217 is not exactly a float32`},
		{"a.csv", "x;y\n1;2\n", Options{Separator: Comma}, `line 2, column 1 (x;y): "1;2" is not a number; fields were taken to be separated by commas (--separator names another)`},
		{"a.csv", "x\ty\n1\t2\n", Options{Separator: Pipe}, `"1\t2" is not a number; fields were taken to be separated by pipes (--separator names another)`},
		{"a.csv", "x;y\n1,5;2\n", Options{}, `line 2, column 1 (x): "1,5" is not a number: commas in numbers are not read (--decimal comma takes them for decimal points)`},
		{"a.csv", "1;2\n\n3;4;5\n", Options{}, "line 1 holds 1 semicolon and no comma, but line 3 holds 2: say what separates the fields (--separator semicolon or comma)"},
		{"a.csv", "1,5;2,5\n3,5;4,5\n", Options{}, "semicolons stand equally"},
		{"a.csv", "x,y\n1,\"2\n", Options{}, `line 2, column 2: the quotes that begin the field are not closed`},
		{"a.csv", "x,y\n\"a\nb\",\"2\"3\n", Options{}, `line 3, column 2: text stands behind the closing quotes of the field`},
		{"a.csv", "x,y\n\n1,5\" pipe\n2,6\" pipe\n", Options{}, `line 3, column 2: quotes stand within the field (want the whole field in quotes, and "" for each of its own)`},
		{"a.csv", "x,y\n1,5\" pipe\n" + strings.Repeat("2,3\n", maxRecord/4), Options{}, `line 2, column 2: quotes stand within the field`},
		{"a.csv", "x,y\n1,\"pipe\n" + strings.Repeat("2,3\n", maxRecord/4), Options{}, "line 2, or the lines that quotes join to it, is longer than the bound of 4194304 bytes"},
		{"a.csv", "x,x\n1,2\n", Options{}, `line 1: columns 1 and 2 are both named "x", names must differ`},
		{"a.csv", "x,y\r1,2\r3,4\r", Options{}, "line 1, column 2: a carriage return stands alone; lines must end with LF or CRLF (tr '\\r' '\\n' turns old Mac files)"},
		{"a.csv", "1\r2\r3", Options{CSVHeader: HeaderAbsent}, "line 1, column 1: a carriage return stands alone"},
		{"a.csv", "1\r\n2\r3\n", Options{}, "line 2, column 1 (c1): \"2\\r3\" is not a number"},
		{"a.csv", strings.Repeat("1\r", maxRecord), Options{}, "line 1, or the lines that quotes join to it, is longer than the bound of 4194304 bytes (lines must end with LF or CRLF)"},
		{"a.csv", "\nx,c2,,x\n1,2,3,4\n", Options{}, `line 2: columns 1 and 4 are both named "x", names must differ`},
		{"a.csv", "x,y,x\n1,2,3\n", Options{Columns: []string{"y", "x"}}, `line 1: columns 1 and 3 are both named "x", names must differ`},
		{"a.csv", "x,y\n1,2\n", Options{Columns: []string{"y", "y"}}, `column "y" is asked for twice`},
		{"a.csv", "x,y\n1,2\n", Options{Columns: []string{"z"}}, `there is no column "z", the columns are "x", "y"`},
		{"a.csv", "a\x00b", Options{}, "it is not text: CSV, Parquet, Arrow IPC, npy, npz, safetensors or IDX is expected"},
		{"a.csv.gz", zip[:len(zip)-9], Options{}, "the gzip data ends early, the file is truncated"},
		{"a.csv.gz", zip[:5], Options{}, "the gzip data ends early, the file is truncated"},
		{"a.csv.gz", zip[:len(zip)-8] + "12345678", Options{}, "the gzip data is damaged: its checksum does not match"},
		{"a", "\x1f", Options{}, "it is not text: CSV, Parquet, Arrow IPC, npy, npz, safetensors or IDX is expected"},
		{"a.npy", "\x93NUMPY\x01\x00", Options{}, "its header is cut off"},
		{"a.xlsx", "PK\x03\x04....", Options{}, "it is truncated, or no zip archive, which .npz is: zip: not a valid zip file"},
		{"a.h5", "\x89HDF....", Options{}, "it is an HDF5 file; CSV, Parquet, Arrow IPC, npy, npz, safetensors or IDX is expected"},
		{"a.xlsx", zipOf(t, "[Content_Types].xml"), Options{}, `it is a workbook, as of Excel: save its sheet as CSV (its file "[Content_Types].xml" is no .npy file)`},
		{"a.pt", zipOf(t, "model/data.pkl"), Options{}, `it is a file of PyTorch: save its tensors by safetensors or numpy.savez (its file "model/data.pkl" is no .npy file)`},
		{"a.zip", zipOf(t, "a.csv"), Options{}, `it is a zip archive that is no .npz file: unpack it (its file "a.csv" is no .npy file)`},
		{"a.csv", "[\n  {\"x\": 1}\n]\n", Options{}, "it is JSON; CSV, Parquet, Arrow IPC, npy, npz, safetensors or IDX is expected"},
		{"a.csv", "{\"x\": 1}\n{\"x\": 2}\n", Options{}, "it is JSON; CSV, Parquet, Arrow IPC, npy, npz, safetensors or IDX is expected"},
		{"a.csv", "<!DOCTYPE html>\n<p>\n", Options{}, "it is a web page or XML; CSV, Parquet, Arrow IPC, npy, npz, safetensors or IDX is expected"},
		{"a.dat", "x\n 0.5  1.5\n", Options{AnyType: true}, "line 2 is numbers with blanks between, which separate no fields: awk '{$1=$1} 1' OFS=, IN > OUT makes commas of them (--text 'x' takes all as text)"},
		{"a.dat", "0 1\n0 2\n", Options{AnyType: true}, "line 2 is numbers with blanks between, which separate no fields: awk '{$1=$1} 1' OFS=, IN > OUT makes commas of them (--text '0 1' takes all as text)"},
		{"a.parquet", "1,2\n", Options{}, "its name is of format Parquet, and in it is text: if it is a table, name it as one (.csv, .tsv)"},
		{"a.arrow", "1,2\n", Options{}, "its name is of format Arrow IPC, and in it is text: if it is a table, name it as one (.csv, .tsv)"},
		{"a.npz", "\x00\x01", Options{}, "it is not a file of format npz: its first bytes are not that format's"},
		{"a.parquet", parquet[:len(parquet)-9], Options{}, "it does not end with PAR1, the Parquet file is truncated"},
		{"a.parquet", parquet[:6], Options{}, "it is too short for a Parquet file, it is truncated"},
		{"a.parquet", "PAR1" + parquet[len(parquet)-8:], Options{}, "its Parquet footer claims "},
		{"a.parquet", parquet[:4] + parquet[len(parquet)-8-footer(parquet):], Options{}, "lies beyond the end of the data, the Parquet file is truncated"},
		{"a.parquet", lyingParquet("\x29\xfc\xff\xff\xff\xff\x07"), Options{}, "its metadata claim a list longer than the data"},
		{"a.parquet", emptyChunks(1 << 22), Options{}, "its metadata hold a list of structs without their fields"},
		{"a.parquet", lyingParquet(strings.Repeat("\x1c", 1<<20)), Options{}, "its metadata are nested too deep"},
		{"a.parquet", parquet, Options{MaxBytes: 8}, "its contents are larger than the bound of 8 bytes"},
		{"a.arrow", arrow[:len(arrow)-9], Options{}, "it does not end with ARROW1, the file is truncated"},
		{"a.arrow", arrow[:10], Options{}, "it does not end with ARROW1, the file is truncated"},
		{"a.arrow", arrow[:8] + arrow[len(arrow)-10:], Options{}, "its footer claims "},
		{"a.arrow", arrow[:8] + arrow[200:], Options{}, "record batch 1: "},
		{"a.arrow", "\xff\xff\xff\xff\x00\x00\x00\x00", Options{}, "it holds no schema"},
	} {
		path := filepath.Join(t.TempDir(), test.file)
		if err := os.WriteFile(path, []byte(test.contents), 0o666); err != nil {
			t.Fatal(err)
		}
		checkOneLine(t, test.file+" "+test.contents[:min(20, len(test.contents))], path, readBatches(path, test.options), test.want)
		if table, err := Open(path, test.options); err == nil {
			t.Errorf("%s %.20q is taken for a table of %d rows", test.file, test.contents, table.Rows())
		}
	}
}

// TestBadTable holds the same of what is wrong with a whole table in memory.
func TestBadTable(t *testing.T) {
	for _, test := range []struct {
		contents string
		options  Options
		want     string
	}{
		{"x,x\n1,2\n", Options{}, `columns 1 and 2 are both named "x", names must differ`},
		{"1\n2\n3\n", Options{MaxBytes: 16}, "its contents are larger than the bound of 16 bytes"},
		{zipped(strings.Repeat("1,2\n", 1000)), Options{MaxBytes: 100}, "its contents are larger than the bound of 100 bytes"},
	} {
		path := writeFile(t, []byte(test.contents))
		_, err := Open(path, test.options)
		checkOneLine(t, test.want, path, err, test.want)
	}
}

// TestTruncated cuts good files at every byte: never a table, never a panic.
func TestTruncated(t *testing.T) {
	for _, format := range []Format{Parquet, Arrow, ArrowStream, CSVGzip, CSVZstd, NPY, NPZ, Safetensors, IDX, IDXGzip} {
		whole := sample(t, format)
		// Fewer bytes than a signature has are text, if of a poor kind.
		for n := 16; n < len(whole); n++ {
			if format == ArrowStream && bytes.HasPrefix(whole[n:], []byte("\xff\xff\xff\xff")) {
				continue // a stream may end behind any message, without the mark of its end
			}
			if table, err := openBytes(whole[:n]); err == nil {
				t.Errorf("%s: %d of %d bytes are taken for a table of %d rows", format, n, len(whole), table.Rows())
			}
		}
	}
}

func TestMissing(t *testing.T) {
	dir := t.TempDir()
	none := filepath.Join(dir, "none.csv")
	for _, test := range []struct{ path, want string }{
		{none, none + ": there is no such file"},
		{dir, dir + ": it is a folder, a file is needed"},
	} {
		if _, err := Open(test.path, Options{}); err == nil || err.Error() != test.want {
			t.Errorf("%v, want %s", err, test.want)
		}
	}
	if err := convert(none, filepath.Join(dir, "out.csv"), Options{}); err == nil {
		t.Error("a missing file is converted")
	}
	in := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(in, []byte("1,2\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(dir, "out.json")
	if _, err := OutputFormat(filepath.Dir(out)); err == nil || !strings.Contains(err.Error(), "it is a folder, a file name is needed") {
		t.Error(err)
	}
	want := out + `: the ending ".json" says no format; ` + Endings() + " do"
	if err := convert(in, out, Options{}); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

// zipOf returns a zip archive of one empty file.
func zipOf(t *testing.T, name string) string {
	var b strings.Builder
	z := zip.NewWriter(&b)
	if _, err := z.Create(name); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}
