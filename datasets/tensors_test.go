package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
)

func npy(dict string, data ...byte) string {
	header := []byte("\x93NUMPY\x01\x00")
	header = binary.LittleEndian.AppendUint16(header, uint16(len(dict)))
	return string(header) + dict + string(data)
}

func safetensors(header string, data ...byte) string {
	return string(binary.LittleEndian.AppendUint64(nil, uint64(len(header)))) + header + string(data)
}

// emptyTensors returns a file of tensors without rows, each of 60000 columns.
func emptyTensors(n int) string {
	var header strings.Builder
	for i := range n {
		fmt.Fprintf(&header, `,"%d":{"dtype":"F32","shape":[0,60000],"data_offsets":[0,0]}`, i)
	}
	return safetensors("{" + header.String()[1:] + "}")
}

// hostileTensors claim what they do not have.
var hostileTensors = []struct{ name, contents, want string }{
	{"a.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1152921504606846976,)}"), "more than 2^40 elements"},
	{"a.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}"), "a size is not negative"},
	{"a.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1000000000,)}", 1, 2, 3, 4), "takes 4000000000 bytes, and 4 follow the header"},
	{"a.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (3, 0)}"), "which makes 0 columns"},
	{"a.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': ()}", 1, 2, 3, 4), "its array has no dimension"},
	{"a.npy", npy("{'descr': '<c8', 'fortran_order': False, 'shape': (1,)}", 1, 2, 3, 4, 5, 6, 7, 8), `its array holds "<c8" (complex numbers); integers`},
	{"a.npy", npy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", 1), `its array holds "|O" (Python objects); integers`},
	{"a.npy", npy("{'descr': '<U1', 'fortran_order': False, 'shape': (1,)}", 1, 0, 0, 0), `its array holds "<U1" (text); integers`},
	{"a.npy", npy("{'descr': '<i8', 'fortran_order': False, 'shape': (2,)}", 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 32, 0),
		`row 2, column "c1": the integer 9007199254740993 is not exactly a float64`},
	{"a.npy", npy("{'descr': '<f4', 'fortran_order': False, 'shape': (1, 65537)}", make([]byte, 4*65537)...), "makes 65537 columns"},
	{"a.npy", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (1, 1, 1)}", 1, 2, 3, 4), "3 dimensions in Fortran order"},
	{"a.safetensors", safetensors(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,1099511627776]}}`, 1, 2, 3, 4), "its header claims 1099511627776 bytes of tensors, and 4 follow: it is truncated or damaged"},
	{"a.safetensors", safetensors(`{"x":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4]}}`, 1, 2, 3, 4), "more than 2^40 elements"},
	{"a.safetensors", safetensors(`{"x":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 1, 2, 3, 4), "its header"},
	{"a.safetensors", safetensors(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"y":{"dtype":"F32","shape":[2],"data_offsets":[4,12]}}`, make([]byte, 12)...),
		`tensor "x" has 1 rows, tensor "y" has 2, and a table's columns are of one length: --columns names those wanted`},
	{"a.safetensors", safetensors(`{}          `), "it holds no tensor"},
	{"a.safetensors", emptyTensors(20000), "its tensors make more than 65536 columns"},
	{"a.safetensors", safetensors(`{"x":{"dtype":"C64","shape":[1],"data_offsets":[0,8]}}`, make([]byte, 8)...), `tensor "x" holds "C64"; integers`},
	{"a.safetensors", safetensors(`{"x":{"dtype":"F32","shape":[1],"data_offsets":[0]}}`, 1, 2, 3, 4), "its header: tensor \"x\": want dtype, shape and two data_offsets"},
	{"a.idx", "\x00\x00\x0d\x01\x7f\xff\xff\xff", "make 8589934596 bytes, and it has 8"},
	{"a.idx", "\x00\x00\x0d\x04\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", "more than 2^40 elements"},
	{"a.idx", "\x00\x00\x08\xff\x00\x00\x00\x01", "it claims 255 dimensions"},
	{"a.idx", "\x00\x00\x08\x02\x00\x00\x00\x01", "its header is cut off"},
	{"a.idx.gz", zipped("\x00\x00\x08\x01\x00\x00\x00\x05abc"), "its array, row 4: the file ends here, it is truncated"},
	{"a.idx.gz", zipped("\x00\x00\x08\x01\x00\x00\x00\x02abc"), "more bytes follow its last row"},
	{"a.idx.gz", zipped("\x00\x00\x08\x02\x00\x00\x00\x02\x00\xff\xff\xff" + strings.Repeat("x", 1000)), "which makes 16777215 columns"},
}

func TestHostileTensors(t *testing.T) {
	for _, test := range hostileTensors {
		path := filepath.Join(t.TempDir(), test.name)
		if err := os.WriteFile(path, []byte(test.contents), 0o666); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := readBatches(path, Options{})
		runtime.ReadMemStats(&after)
		if err == nil || !strings.HasPrefix(err.Error(), path+": ") || !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%.40q: %v\nwant one line with %s", test.contents, err, test.want)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 32<<20+8*uint64(len(test.contents)) {
			t.Errorf("%.40q: %d bytes were taken for a file of %d", test.contents, took, len(test.contents))
		}
	}
}

// TestBombs: what unfolds to much more than the bound is refused before it takes the memory.
func TestBombs(t *testing.T) {
	line := strings.Repeat("1,", 1<<20)
	for _, test := range []struct{ name, contents, want string }{
		{"a.csv.gz", zipped(strings.Repeat("1\n", 1<<24)), "its contents are larger than the bound of 1048576 bytes"},
		{"a.csv.gz", zipped("1,2\n" + strings.Repeat(line, 16)), "is longer than the bound of 1048576 bytes"},
		{"a.csv.gz", zipped(strings.Repeat(",", 1<<17) + "\n"), "its first line has 131073 fields, want at most 65536"},
		{"a.idx.gz", zipped("\x00\x00\x08\x01\x01\x00\x00\x00" + strings.Repeat("\x00", 1<<24)), "its contents are larger than the bound of 1048576 bytes"},
	} {
		path := filepath.Join(t.TempDir(), test.name)
		if err := os.WriteFile(path, []byte(test.contents), 0o666); err != nil {
			t.Fatal(err)
		}
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := Open(path, Options{MaxBytes: 1 << 20})
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: %v, want %s", test.name, err, test.want)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 96<<20 { // of all that was ever taken, most for the fields of the long line
			t.Errorf("%s: %d bytes were taken (%s)", test.name, took, test.want)
		}
	}
}

// column returns a column's values as text.
func column(t *testing.T, table *Table, name string) string {
	t.Helper()
	c := table.Column(name)
	if c == nil {
		t.Fatalf("there is no column %q", name)
	}
	var values []float64
	for v := range c.All() {
		values = append(values, v)
	}
	return fmt.Sprint(c.Type(), values)
}

// TestTensorTypes: every type of an element, in both byte orders.
func TestTensorTypes(t *testing.T) {
	for _, test := range []struct {
		descr string
		data  []byte
		want  string
	}{
		{"|b1", []byte{0, 1}, "float32[0 1]"}, {"|i1", []byte{255, 7}, "float32[-1 7]"}, {"|u1", []byte{255, 7}, "float32[255 7]"},
		{"<i2", []byte{0, 128, 1, 2}, "float32[-32768 513]"}, {">i2", []byte{128, 0, 2, 1}, "float32[-32768 513]"},
		{">u2", []byte{128, 0, 2, 1}, "float32[32768 513]"}, {"<i4", []byte{0, 0, 0, 128, 1, 1, 0, 0}, "float64[-2.147483648e+09 257]"},
		{"<u4", []byte{0, 0, 0, 128, 1, 1, 0, 0}, "float64[2.147483648e+09 257]"},
		{"<i8", []byte{0, 0, 0, 0, 0, 0, 0, 128, 3, 0, 0, 0, 0, 0, 0, 0}, "float64[-9.223372036854775808e+18 3]"},
		{">u8", []byte{128, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 3}, "float64[9.223372036854775808e+18 3]"},
		{"<f2", []byte{0, 0x3c, 1, 0}, "float32[1 5.960464477539063e-08]"}, {">f4", []byte{0x3f, 0x80, 0, 0, 0xc0, 0, 0, 0}, "float32[1 -2]"},
		{"<f8", []byte{0, 0, 0, 0, 0, 0, 0xf0, 0x3f, 0, 0, 0, 0, 0, 0, 0, 0xc0}, "float64[1 -2]"},
	} {
		table, err := openBytes([]byte(npy("{'descr': '"+test.descr+"', 'fortran_order': False, 'shape': (2,)}", test.data...)))
		if err != nil {
			t.Errorf("%s: %v", test.descr, err)
			continue
		}
		got := column(t, table, "c1")
		want := strings.ReplaceAll(test.want, "9.223372036854775808e+18", fmt.Sprint(math.Ldexp(1, 63)))
		if got != want {
			t.Errorf("%s: %s, want %s", test.descr, got, want)
		}
	}
}

// TestTensorShapes: rows and columns of arrays of several dimensions, and their selection.
func TestTensorShapes(t *testing.T) {
	bytes6 := []byte{1, 2, 3, 4, 5, 6}
	idx := "\x00\x00\x08\x03\x00\x00\x00\x02\x00\x00\x00\x01\x00\x00\x00\x03\x01\x02\x03\x04\x05\x06"
	two := safetensors(`{"x":{"dtype":"U8","shape":[2,2],"data_offsets":[0,4]},"x_1":{"dtype":"U8","shape":[2],"data_offsets":[4,6]},`+
		`"z":{"dtype":"U8","shape":[1],"data_offsets":[6,7]}}  `, 1, 2, 3, 4, 5, 6, 7)
	unreadable := safetensors(`{"x":{"dtype":"F8_E4M3","shape":[2],"data_offsets":[0,2]},"x_1":{"dtype":"U8","shape":[2],"data_offsets":[2,4]}}`, 1, 2, 3, 4)
	for _, test := range []struct {
		contents string
		columns  []string
		names    string
		column   string
		want     string
	}{
		{npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}", bytes6...), nil, "[c1 c2 c3]", "c2", "float32[2 5]"},
		{npy("{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}", bytes6...), nil, "[c1 c2 c3]", "c2", "float32[3 4]"},
		{npy("{'descr': '|u1', 'fortran_order': False, 'shape': (2, 3)}", bytes6...), []string{"c3"}, "[c3]", "c3", "float32[3 6]"},
		{npy("{'descr': '|u1', 'fortran_order': False, 'shape': (0, 3)}"), nil, "[c1 c2 c3]", "c2", "float32[]"},
		{idx, nil, "[c1 c2 c3]", "c3", "float32[3 6]"},
		{zipped(idx), []string{"c3", "c1"}, "[c3 c1]", "c1", "float32[1 4]"},
		{two, []string{"x"}, "[x_1 x_2]", "x_2", "float32[2 4]"},
		{two, []string{"z"}, "[z]", "z", "float32[7]"},
		{unreadable, []string{"x_1"}, "[x_1]", "x_1", "float32[3 4]"},
	} {
		b, err := batchesOf([]byte(test.contents), Options{Columns: test.columns})
		if err != nil {
			t.Errorf("%.30q: %v", test.contents, err)
			continue
		}
		table, err := gather(b, 1<<20)
		if err != nil {
			t.Errorf("%.30q: %v", test.contents, err)
			continue
		}
		var names []string
		for _, c := range table.Columns() {
			names = append(names, c.Name())
		}
		if fmt.Sprint(names) != test.names || column(t, table, test.column) != test.want {
			t.Errorf("%.30q: %v, %s; want %s, %s", test.contents, names, column(t, table, test.column), test.names, test.want)
		}
	}
}

// TestTensorsMapped: columns that lie in one piece are the file's pages, others and those that
// are misaligned are copies, and all are right.
func TestTensorsMapped(t *testing.T) {
	data := make([]byte, 0, 24)
	for _, v := range []float32{1, -2, 3, 4, 5, 6} {
		data = binary.LittleEndian.AppendUint32(data, math.Float32bits(v))
	}
	header := func(spaces int) string {
		return `{"x":{"dtype":"F32","shape":[2],"data_offsets":[0,8]},"y":{"dtype":"F32","shape":[2,2],"data_offsets":[8,24]}}` + strings.Repeat(" ", spaces)
	}
	align := -len(header(0)) & 7
	for _, test := range []struct {
		name, contents string
		columns        []string
		mapped         bool
	}{
		{"aligned", safetensors(header(align), data...), []string{"x"}, true},
		{"misaligned", safetensors(header(align+1), data...), []string{"x"}, false},
		{"side by side", safetensors(header(align), data...), []string{"y"}, false},
		{"fortran", npy("{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3)}  ", data...), nil, true},
	} {
		table, err := Open(writeFile(t, []byte(test.contents)), Options{Columns: test.columns})
		if err != nil {
			t.Errorf("%s: %v", test.name, err)
			continue
		}
		first := Chunks[float32](table.Columns()[0])[0]
		want := []float32{1, -2}
		if test.name == "side by side" {
			want = []float32{3, 5}
		}
		d, err := table.Batches().Describe()
		if err != nil {
			t.Fatal(err)
		}
		if d.Mapped != (test.mapped && littleEndian()) || !slices.Equal(first, want) {
			t.Errorf("%s: mapped %t, %v; want %t, %v", test.name, d.Mapped, first, test.mapped, want)
		}
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestNPZChecksum: a bit that fell in an archive is noticed.
func TestNPZChecksum(t *testing.T) {
	whole := sample(t, NPZ)
	at := bytes.Index(whole, binary.LittleEndian.AppendUint64(nil, math.Float64bits(-1e300)))
	whole[at] ^= 1
	if _, err := openBytes(whole); err == nil || !strings.Contains(err.Error(), `tensor "a", row 1: zip: checksum error`) {
		t.Errorf("%v", err)
	}
}

// TestTruncatedTensors: a file that ends early says so, wherever it was cut.
func TestTruncatedTensors(t *testing.T) {
	for _, format := range []Format{NPZ, Safetensors} {
		whole := sample(t, format)
		for _, n := range []int{len(whole) / 2, len(whole) - 1} {
			err := readBatches(writeFile(t, whole[:n]), Options{})
			if err == nil || !strings.Contains(err.Error(), "truncated") {
				t.Errorf("%s, %d of %d bytes: %v", format, n, len(whole), err)
			}
		}
	}
}

// TestFortranOrder: columns that lie one behind the other are read side by side, a batch at a time.
func TestFortranOrder(t *testing.T) {
	const rows, columns = 4 << 20, 4
	file := []byte(npy(fmt.Sprintf("{'descr': '<i2', 'fortran_order': True, 'shape': (%d, %d)}", rows, columns)))
	for i := range rows * columns {
		file = binary.LittleEndian.AppendUint16(file, uint16(i/rows+i%rows%100))
	}
	path, size := writeFile(t, file), len(file)
	file = nil
	if most := mostInMemory(t, path, Options{}); most > size/2 {
		t.Errorf("%d bytes were in memory, of a file of %d", most, size)
	}
	b, err := OpenBatches(path, Options{Columns: []string{"c3"}})
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Describe()
	if err = errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	if c := d.Columns[0]; d.Rows != rows || c.Min != 2 || c.Max != 2+99 {
		t.Errorf("%d rows of %g to %g, want %d of 2 to 101", d.Rows, c.Min, c.Max, rows)
	}
}

// TestUnreadableTensor: a column of a tensor that cannot be read is refused for that.
func TestUnreadableTensor(t *testing.T) {
	file := safetensors(`{"x":{"dtype":"C64","shape":[1,1],"data_offsets":[0,8]},"y":{"dtype":"U8","shape":[1],"data_offsets":[8,9]}}`, make([]byte, 9)...)
	for _, columns := range [][]string{nil, {"x"}, {"x_1"}, {"y", "x_1"}} {
		if _, err := batchesOf([]byte(file), Options{Columns: columns}); err == nil || !strings.Contains(err.Error(), `tensor "x" holds "C64"`) {
			t.Errorf("%v: %v", columns, err)
		}
	}
	if _, err := batchesOf([]byte(file), Options{Columns: []string{"y"}}); err != nil {
		t.Error(err)
	}
}
