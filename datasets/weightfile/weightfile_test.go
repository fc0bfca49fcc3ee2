package weightfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/nlpodyssey/safetensors"
	"github.com/parquet-go/parquet-go"

	"actinit/datasets/buildinfo"
)

func floatType(wide bool) string {
	if wide {
		return "float64"
	}
	return ""
}

// tensors and their values, float64 only if wide.
func tensors(wide bool) ([]Tensor, []Values) {
	announced := []Tensor{
		{Name: "fc1.weight", Shape: []int{3, 5}, Init: "he_normal", Stream: math.MaxUint64},
		{Name: "été \"1\"", Shape: []int{7}, Init: "zeros", Stream: 1},
		{Name: "scalar", Shape: []int{}, Init: "constant"},
		{Name: "empty", Shape: []int{2, 0}, Init: "zeros"},
		{Name: "large", Shape: []int{100, 300}, Type: floatType(wide), Init: "normal", Stream: 3},
	}
	values := make([]Values, len(announced))
	for i, t := range announced {
		for k := range t.elements() {
			x := math.Sin(float64(1 + i + k))
			if t.Type == "float64" {
				values[i].Float64 = append(values[i].Float64, x)
			} else {
				values[i].Float32 = append(values[i].Float32, float32(x))
			}
		}
	}
	return announced, values
}

var metadata = map[string]string{"seed": "7", "generator": "test"}

func encode(t *testing.T, f Format, announced []Tensor, values []Values) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := NewWriter(&b, f, announced, metadata)
	if err != nil {
		t.Fatal(err)
	}
	for _, v := range values {
		if err := w.Write(v); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// each runs a test on narrow and on mixed tensors, written twice to see that the bytes are the same.
func each(t *testing.T, f Format, check func(t *testing.T, file []byte, announced []Tensor, values []Values)) {
	for _, wide := range []bool{false, true} {
		t.Run(fmt.Sprintf("wide=%v", wide), func(t *testing.T) {
			announced, values := tensors(wide)
			file := encode(t, f, announced, values)
			if !bytes.Equal(file, encode(t, f, announced, values)) {
				t.Error("the same tensors gave other bytes")
			}
			check(t, file, announced, values)
		})
	}
}

// raw are a tensor's values as the formats without a schema store them.
func raw(v Values) []byte {
	var b bytes.Buffer
	_ = binary.Write(&b, binary.LittleEndian, v.Float32)
	_ = binary.Write(&b, binary.LittleEndian, v.Float64)
	return b.Bytes()
}

func TestSafetensors(t *testing.T) {
	each(t, Safetensors, func(t *testing.T, file []byte, announced []Tensor, values []Values) {
		st, err := safetensors.Deserialize(file)
		if err != nil {
			t.Fatal(err)
		}
		if st.Len() != len(announced) {
			t.Errorf("%d tensors, want %d", st.Len(), len(announced))
		}
		for i, want := range announced {
			got, ok := st.Tensor(want.Name)
			if !ok {
				t.Errorf("no tensor %q", want.Name)
				continue
			}
			var shape []int
			for _, n := range got.Shape() {
				shape = append(shape, int(n))
			}
			if !slices.Equal(shape, want.Shape) || got.DType().String() != map[bool]string{false: "F32", true: "F64"}[want.Type == "float64"] {
				t.Errorf("%q is %v of %v, want %v", want.Name, shape, got.DType(), want.Shape)
			}
			if !bytes.Equal(got.Data(), raw(values[i])) {
				t.Errorf("%q has other values", want.Name)
			}
		}
		_, header, err := safetensors.ReadMetadata(file)
		if err != nil || header.Metadata()["seed"] != "7" {
			t.Errorf("metadata %v, %v", header.Metadata(), err)
		}
		if length := binary.LittleEndian.Uint64(file); length%8 != 0 {
			t.Errorf("the header has %d bytes, which leaves the tensors unaligned", length)
		}
	})
}

// npyHeader returns the dictionary of a .npy file, and its values.
func npyHeader(t *testing.T, file []byte) (dict string, values []byte) {
	t.Helper()
	if !bytes.HasPrefix(file, []byte("\x93NUMPY\x01\x00")) {
		t.Fatalf("begins with %q", file[:8])
	}
	end := 10 + int(binary.LittleEndian.Uint16(file[8:]))
	if end%64 != 0 || file[end-1] != '\n' {
		t.Errorf("the header ends at %d with %q", end, file[end-1])
	}
	return strings.TrimRight(string(file[10:end-1]), " "), file[end:]
}

func npyDict(t Tensor) string {
	shape := map[string]string{"fc1.weight": "(3, 5)", "été \"1\"": "(7,)", "scalar": "()", "empty": "(2, 0)", "large": "(100, 300)"}[t.Name]
	return fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': %s, }", map[bool]string{false: "<f4", true: "<f8"}[t.Type == "float64"], shape)
}

func TestNPZ(t *testing.T) {
	each(t, NPZ, func(t *testing.T, file []byte, announced []Tensor, values []Values) {
		z, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if z.Comment != "generator: test\nseed: 7" || len(z.File) != len(announced) {
			t.Errorf("comment %q, %d files", z.Comment, len(z.File))
		}
		for i, f := range z.File {
			r, err := f.Open()
			if err != nil {
				t.Fatal(err)
			}
			content, err := io.ReadAll(r) // which checks the CRC
			if err != nil {
				t.Fatal(err)
			}
			dict, got := npyHeader(t, content)
			if f.Name != announced[i].Name+".npy" || dict != npyDict(announced[i]) || !bytes.Equal(got, raw(values[i])) {
				t.Errorf("%s: %s and %d bytes, want %s", f.Name, dict, len(got), npyDict(announced[i]))
			}
		}
	})
}

func TestNPY(t *testing.T) {
	announced, values := tensors(true)
	for i := range announced {
		dict, got := npyHeader(t, encode(t, NPY, announced[i:i+1], values[i:i+1]))
		if dict != npyDict(announced[i]) || !bytes.Equal(got, raw(values[i])) {
			t.Errorf("%s: %s and %d bytes", announced[i].Name, dict, len(got))
		}
	}
}

func TestArrow(t *testing.T) {
	each(t, Arrow, func(t *testing.T, file []byte, announced []Tensor, values []Values) {
		r, err := ipc.NewFileReader(bytes.NewReader(file))
		if err != nil {
			t.Fatal(err)
		}
		defer r.Close()
		if r.NumRecords() != len(announced) {
			t.Fatalf("%d record batches", r.NumRecords())
		}
		if seed, ok := r.Schema().Metadata().GetValue("seed"); !ok || seed != "7" {
			t.Errorf("metadata %v", r.Schema().Metadata())
		}
		for i, want := range announced {
			record, err := r.Record(i)
			if err != nil {
				t.Fatal(err)
			}
			checkRow(t, record, want, values[i])
		}
	})
}

func checkRow(t *testing.T, record arrow.Record, want Tensor, values Values) {
	t.Helper()
	var shape []int
	for _, n := range record.Column(2).(*array.List).ListValues().(*array.Int64).Int64Values() {
		shape = append(shape, int(n))
	}
	name, typ, init := record.Column(0).(*array.String).Value(0), record.Column(1).(*array.String).Value(0), record.Column(3).(*array.String).Value(0)
	if name != want.Name || typ != want.typeName() || !slices.Equal(shape, want.Shape) || init != want.Init || record.Column(4).(*array.Uint64).Value(0) != want.Stream {
		t.Errorf("row %v, want %+v", record, want)
	}
	switch list := record.Column(5).(*array.List).ListValues().(type) {
	case *array.Float32:
		if !slices.Equal(list.Float32Values(), values.Float32) {
			t.Errorf("%q has other values", name)
		}
	case *array.Float64:
		if !slices.Equal(list.Float64Values(), widened(values)) {
			t.Errorf("%q has other values", name)
		}
	}
}

func TestParquet(t *testing.T) {
	each(t, Parquet, func(t *testing.T, file []byte, announced []Tensor, values []Values) {
		f, err := parquet.OpenFile(bytes.NewReader(file), int64(len(file)))
		if err != nil {
			t.Fatal(err)
		}
		if seed, ok := f.Lookup("seed"); !ok || seed != "7" || len(f.RowGroups()) != len(announced) {
			t.Errorf("seed %q, %d row groups", seed, len(f.RowGroups()))
		}
		if got, want := f.Metadata().CreatedBy, buildinfo.CreatedBy(); got != want {
			t.Errorf("created by %q, want %q", got, want)
		}
		if anyFloat64(announced) {
			checkParquet[float64](t, f, announced, values, widened)
		} else {
			checkParquet[float32](t, f, announced, values, func(v Values) []float32 { return v.Float32 })
		}
	})
}

func checkParquet[T float32 | float64](t *testing.T, f *parquet.File, announced []Tensor, values []Values, of func(Values) []T) {
	t.Helper()
	r := parquet.NewGenericReader[parquetRow[T]](f)
	defer r.Close()
	rows := make([]parquetRow[T], len(announced))
	if n, err := r.Read(rows); n != len(rows) || err != nil && !errors.Is(err, io.EOF) {
		t.Fatalf("%d rows, %v", n, err)
	}
	for i, want := range announced {
		row := rows[i]
		if row.Name != want.Name || row.Type != want.typeName() || row.Init != want.Init || row.Stream != want.Stream || fmt.Sprint(row.Shape) != fmt.Sprint(want.Shape) {
			t.Errorf("row %d is %q of %v %v, want %+v", i, row.Name, row.Shape, row.Type, want)
		}
		if !slices.Equal(row.Values, of(values[i])) {
			t.Errorf("%q has other values", row.Name)
		}
	}
}

func TestRefused(t *testing.T) {
	one := func(name string, shape ...int) []Tensor { return []Tensor{{Name: name, Shape: shape}} }
	long := make([]int, 33)
	for _, c := range []struct {
		format  Format
		tensors []Tensor
		want    string
	}{
		{Safetensors, one("__metadata__", 1), "keeps that name for itself"},
		{NPY, append(one("a", 1), one("b", 1)...), "holds one tensor, not 2"},
		{NPY, nil, "holds one tensor, not 0"},
		{NPY, one("a", long...), "33 dimensions"},
		{NPZ, one("a", long...), "33 dimensions"},
		{NPZ, one(strings.Repeat("a", 1<<16), 1), "too long"},
		{Arrow, one("a", 1<<31), "an Arrow list holds"},
		{Parquet, one("a", 1<<29), "more than a Parquet page holds"},
		{".zip", one("a", 1), "no format"},
	} {
		if _, err := NewWriter(io.Discard, c.format, c.tensors, nil); err == nil || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: error %v, want one line with %q", c.format, err, c.want)
		}
	}
	for path, want := range map[string]Format{"w.safetensors": Safetensors, "a/b.NPZ": NPZ, "w.npy": NPY, "w.arrow": Arrow, "w.parquet": Parquet, "w": "", "w.pt": ""} {
		if got, err := FormatOf(path); got != want || (err == nil) != (want != "") {
			t.Errorf("FormatOf(%s) = %q, %v", path, got, err)
		}
	}
}

// What was announced is what must come.
func TestValuesMustFit(t *testing.T) {
	announced := []Tensor{{Name: "a", Shape: []int{2}}, {Name: "b", Shape: []int{1}, Type: "float64"}}
	for _, f := range []Format{Safetensors, NPZ, Arrow, Parquet} {
		w, err := NewWriter(io.Discard, f, announced, nil)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Close(); err == nil || !strings.Contains(err.Error(), "0 tensors of 2") {
			t.Errorf("%s: closing early: %v", f, err)
		}
		if err := w.Write(Values{Float32: []float32{1}}); err == nil || !strings.Contains(err.Error(), "1 values, want 2 of float32") {
			t.Errorf("%s: too few values: %v", f, err)
		}
		if err := w.Write(Values{Float32: []float32{1}}); err == nil || !strings.Contains(err.Error(), "want 1 of float64") {
			t.Errorf("%s: the wrong type: %v", f, err)
		}
		if err := w.Write(Values{}); err == nil || !strings.Contains(err.Error(), "more tensors") {
			t.Errorf("%s: a tensor too many: %v", f, err)
		}
	}
}

// TestRawValues: bytes are written as the slice that they are is, as many as there must be.
func TestRawValues(t *testing.T) {
	announced := []Tensor{{Name: "a", Shape: []int{2}}}
	for _, f := range []Format{Safetensors, NPZ, NPY} {
		write := func(v Values) ([]byte, error) {
			var b bytes.Buffer
			w, err := NewWriter(&b, f, announced, nil)
			if err != nil {
				t.Fatal(err)
			}
			if err := w.Write(v); err != nil {
				return nil, err
			}
			err = w.Close()
			return b.Bytes(), err
		}
		want, err := write(Values{Float32: []float32{1, 2}})
		if err != nil {
			t.Fatal(err)
		}
		for _, more := range []string{"", "what follows"} {
			if got, err := write(Values{Raw: strings.NewReader("\x00\x00\x80\x3f\x00\x00\x00\x40" + more)}); err != nil || !bytes.Equal(got, want) {
				t.Errorf("%s: %q, %v; want %q", f, got, err, want)
			}
		}
		if _, err := write(Values{Raw: strings.NewReader("1234567")}); err == nil || err.Error() != `tensor "a": 7 bytes, want 8` {
			t.Errorf("%s: too few bytes: %v", f, err)
		}
	}
}

// fullDisk takes some bytes and then none.
type fullDisk struct{ left int }

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.left -= len(b); d.left < 0 {
		return 0, errors.New("no space left")
	}
	return len(b), nil
}

// A disk that fills up at any point is an error.
func TestFullDisk(t *testing.T) {
	announced, values := tensors(false)
	for _, f := range []Format{Safetensors, NPZ, Arrow, Parquet} {
		size := len(encode(t, f, announced, values))
		for _, room := range []int{0, 10, 100, size / 2, size - 1} {
			w, err := NewWriter(&fullDisk{room}, f, announced, metadata)
			for i := 0; err == nil && i < len(values); i++ {
				err = w.Write(values[i])
			}
			if err == nil {
				err = w.Close()
			}
			if err == nil {
				t.Errorf("%s: no error with room for %d bytes of %d", f, room, size)
			}
		}
	}
}
