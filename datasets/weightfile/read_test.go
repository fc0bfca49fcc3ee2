package weightfile

import (
	"archive/zip"
	"bytes"
	"compress/flate"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/parquet-go/parquet-go"

	"actinit/datasets/atomicfile"
)

func openBytes(f Format, file []byte) (*File, error) {
	in, err := open("w"+string(f), f, bytes.NewReader(file), int64(len(file)))
	if err != nil {
		return nil, oneLine("w"+string(f), err)
	}
	return in, nil
}

// TestRoundTrip: all that can be written is read back, bit for bit, from the disk.
func TestRoundTrip(t *testing.T) {
	for _, f := range formats {
		if f == NPY {
			continue
		}
		t.Run(string(f), func(t *testing.T) {
			each(t, f, func(t *testing.T, file []byte, announced []Tensor, values []Values) {
				path := filepath.Join(t.TempDir(), "w"+string(f))
				if err := os.WriteFile(path, file, 0o666); err != nil {
					t.Fatal(err)
				}
				in, err := Open(path)
				if err != nil {
					t.Fatal(err)
				}
				checkTensors(t, in, announced, values)
				defer func() {
					if _, err := in.Read(0); err == nil || !strings.Contains(err.Error(), "the file is closed") {
						t.Errorf("read after it was closed: %v", err)
					}
				}()
				if err := in.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
	announced, values := tensors(true)
	for i := range announced {
		in, err := openBytes(NPY, encode(t, NPY, announced[i:i+1], values[i:i+1]))
		if err != nil {
			t.Fatal(err)
		}
		announced[i].Name = "w"
		checkTensors(t, in, announced[i:i+1], values[i:i+1])
	}
}

func checkTensors(t *testing.T, in *File, announced []Tensor, values []Values) {
	t.Helper()
	if len(in.Tensors()) != len(announced) {
		t.Fatalf("%d tensors, want %d", len(in.Tensors()), len(announced))
	}
	for i, got := range in.Tensors() {
		k := slices.IndexFunc(announced, func(a Tensor) bool { return a.Name == got.Name })
		if k < 0 || !slices.Equal(got.Shape, announced[k].Shape) || got.Type != announced[k].typeName() {
			t.Errorf("tensor %+v was not written", got)
			continue
		}
		v, err := in.Read(i)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(raw(v), raw(values[k])) || (len(v.Float64) > 0) != (announced[k].Type == "float64") {
			t.Errorf("%q has other values", got.Name)
		}
	}
}

// arrayFile is a .npy file as numpy writes it.
func arrayFile(version byte, dict string, values ...byte) []byte {
	b := []byte{0x93, 'N', 'U', 'M', 'P', 'Y', version, 0}
	for (len(b)+4+len(dict)+1)%64 != 0 {
		dict += " "
	}
	dict += "\n"
	if version == 1 {
		b = binary.LittleEndian.AppendUint16(b, uint16(len(dict)))
	} else {
		b = binary.LittleEndian.AppendUint32(b, uint32(len(dict)))
	}
	return append(append(b, dict...), values...)
}

func little[T any](values T) []byte {
	b, err := binary.Append(nil, binary.LittleEndian, values)
	if err != nil {
		panic(err)
	}
	return b
}

func TestReadNPY(t *testing.T) {
	six := []float32{1, 2, 3, 4, 5, 6}
	big, err := binary.Append(nil, binary.BigEndian, []float64{1.5, -2})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		file  []byte
		shape []int
		typ   string
		want  Values
	}{
		"C order":            {arrayFile(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }", little(six)...), []int{2, 3}, "float32", Values{Float32: six}},
		"Fortran order":      {arrayFile(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (2, 3), }", little(six)...), []int{2, 3}, "float32", Values{Float32: []float32{1, 3, 5, 2, 4, 6}}},
		"Fortran, 3 of them": {arrayFile(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (1, 3, 2), }", little(six)...), []int{1, 3, 2}, "float32", Values{Float32: []float32{1, 4, 2, 5, 3, 6}}},
		"Fortran vector":     {arrayFile(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (6,), }", little(six)...), []int{6}, "float32", Values{Float32: six}},
		"big endian":         {arrayFile(2, "{'descr': '>f8', 'fortran_order': False, 'shape': (2,), }", big...), []int{2}, "float64", Values{Float64: []float64{1.5, -2}}},
		"half":               {arrayFile(3, "{'descr': '<f2', 'fortran_order': False, 'shape': (4,), }", little([]uint16{0x3c00, 0xc000, 0x0001, 0x7c00})...), []int{4}, "float16", Values{Float32: []float32{1, -2, 0x1p-24, float32(math.Inf(1))}}},
		"other layout":       {arrayFile(1, `{"shape": (2L,3L), "fortran_order":False,"descr": "<f4"}`, little(six)...), []int{2, 3}, "float32", Values{Float32: six}},
		"scalar":             {arrayFile(1, "{'descr': '<f4', 'fortran_order': False, 'shape': (), }", little(six[:1])...), []int{}, "float32", Values{Float32: six[:1]}},
		"empty":              {arrayFile(1, "{'descr': '<f4', 'fortran_order': True, 'shape': (0, 100), }"), []int{0, 100}, "float32", Values{Float32: []float32{}}},
	} {
		in, err := openBytes(NPY, c.file)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		got := in.Tensors()[0]
		v, err := in.Read(0)
		if err != nil || got.Name != "w" || got.Type != c.typ || !slices.Equal(got.Shape, c.shape) || !slices.Equal(v.Float32, c.want.Float32) || !slices.Equal(v.Float64, c.want.Float64) {
			t.Errorf("%s: %+v %v %v, want %v", name, got, v, err, c.want)
		}
	}
}

// TestHalves: all float16 and bfloat16 that are numbers are exact.
func TestHalves(t *testing.T) {
	all := make([]uint16, 1<<16)
	for i := range all {
		all[i] = uint16(i)
	}
	for typ, parts := range map[string]struct{ exponentBits, bias int }{"float16": {5, 15}, "bfloat16": {8, 127}} {
		v, err := decode(bytes.NewReader(little(all)), typ, binary.LittleEndian, len(all), true)
		if err != nil {
			t.Fatal(err)
		}
		fraction := 15 - parts.exponentBits
		for i, got := range v.Float32 {
			exponent, mantissa := i>>fraction&(1<<parts.exponentBits-1), float64(i&(1<<fraction-1))
			want := math.Ldexp(mantissa, 1-parts.bias-fraction)
			switch {
			case exponent == 1<<parts.exponentBits-1 && mantissa != 0:
				want = math.NaN()
			case exponent == 1<<parts.exponentBits-1:
				want = math.Inf(1)
			case exponent > 0:
				want = math.Ldexp(mantissa+float64(int(1)<<fraction), exponent-parts.bias-fraction)
			}
			if i>>15 == 1 {
				want = -want
			}
			if float64(got) != want && !(math.IsNaN(want) && got != got) {
				t.Fatalf("%s %#04x is %v, want %v", typ, i, got, want)
			}
		}
	}
}

// tensorFile is a safetensors file with that header.
func tensorFile(header string, data ...byte) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), data...)
}

// TestReadSafetensors: what PyTorch and others write that this program does not.
func TestReadSafetensors(t *testing.T) {
	in, err := openBytes(Safetensors, tensorFile(`{"__metadata__":{"format":"pt"},
		"steps":{"dtype":"I64","shape":[],"data_offsets":[8,16]},
		"h":{"dtype":"F16","shape":[2],"data_offsets":[0,4]},"b":{"dtype":"BF16","shape":[1,2],"data_offsets":[4,8]}}`,
		0, 0x3c, 0, 0xc0, 0x80, 0x3f, 0, 0xc0, 7, 0, 0, 0, 0, 0, 0, 0))
	if err != nil {
		t.Fatal(err)
	}
	if got := fmt.Sprint(in.Tensors()); got != "[{h [2] float16} {b [1 2] bfloat16} {steps [] int64}]" {
		t.Error(got)
	}
	for i := range 2 {
		if v, err := in.Read(i); err != nil || !slices.Equal(v.Float32, []float32{1, -2}) {
			t.Errorf("%v, %v", v, err)
		}
	}
	if _, err := in.Read(2); err == nil || err.Error() != `w.safetensors: tensor "steps": it holds int64, want float16, bfloat16, float32 or float64` {
		t.Error(err)
	}
}

// archive is an .npz file of files, compressed.
func archive(files ...[]byte) []byte {
	var b bytes.Buffer
	z := zip.NewWriter(&b)
	for i, f := range files {
		w, err := z.Create(fmt.Sprintf("t%d.npy", i))
		if err == nil {
			_, err = w.Write(f)
		}
		if err != nil {
			panic(err)
		}
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

// bomb is an archive whose only file claims to be of size bytes, of which there are few.
func bomb(header []byte, size uint64) []byte {
	var packed, b bytes.Buffer
	w, _ := flate.NewWriter(&packed, flate.BestCompression)
	_, _ = w.Write(header)
	_, _ = w.Write(make([]byte, 1<<20))
	_ = w.Close()
	z := zip.NewWriter(&b)
	f, _ := z.CreateRaw(&zip.FileHeader{Name: "bomb.npy", Method: zip.Deflate, CompressedSize64: uint64(packed.Len()), UncompressedSize64: size})
	_, _ = f.Write(packed.Bytes())
	_ = z.Close()
	return b.Bytes()
}

func arrowBytes(values arrow.DataType, fill func(b *array.RecordBuilder)) []byte {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "name", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "shape", Type: arrow.ListOf(arrow.PrimitiveTypes.Int64)}, {Name: "values", Type: values},
	}, nil)
	var out bytes.Buffer
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	fill(b)
	w, err := ipc.NewFileWriter(atomicfile.FrontToBack(&out), ipc.WithSchema(schema))
	if err == nil {
		err = w.Write(b.NewRecord())
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		panic(err)
	}
	return out.Bytes()
}

// row appends a tensor of two values and the shape.
func row(shape ...int64) func(b *array.RecordBuilder) {
	return func(b *array.RecordBuilder) {
		b.Field(0).(*array.StringBuilder).Append("a")
		list := b.Field(1).(*array.ListBuilder)
		list.Append(true)
		list.ValueBuilder().(*array.Int64Builder).AppendValues(shape, nil)
		values := b.Field(2).(*array.ListBuilder)
		values.Append(true)
		values.ValueBuilder().(*array.Float32Builder).AppendValues([]float32{1, 2}, nil)
	}
}

func parquetBytes[T any](rows ...T) []byte {
	var b bytes.Buffer
	w := parquet.NewGenericWriter[T](&b)
	if _, err := w.Write(rows); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.Bytes()
}

type plainRow struct {
	Name string `parquet:"name"`
}

const f4 = "{'descr': '<f4', 'fortran_order': False, 'shape': (%s), }"

// hostile are files with what the error must say, opened or read.
var hostile = []struct {
	format Format
	file   []byte
	want   string
}{
	{Safetensors, nil, "too short"},
	{Safetensors, little(uint64(1 << 60)), "its header claims 1152921504606846976 bytes"},
	{Safetensors, little(uint64(100)), "its header claims 100 bytes, of a file of 8"},
	{Safetensors, tensorFile(`{`), "its header: unexpected end"},
	{Safetensors, tensorFile(`{"a":3}`), "its header"},
	{Safetensors, tensorFile(`{"a":{"dtype":"F31","shape":[],"data_offsets":[0,4]}}`, 0, 0, 0, 0), `"a"`},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[-1],"data_offsets":[0,4]}}`, 0, 0, 0, 0), `"a"`},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[1152921504606846976],"data_offsets":[0,4]}}`, 0, 0, 0, 0), `tensor "a": its shape is [1152921504606846976], more than 2^40 elements`},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[18446744073709551615],"data_offsets":[0,4]}}`, 0, 0, 0, 0), `tensor "a": its shape is`},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[4294967296,4294967296],"data_offsets":[0,4]}}`, 0, 0, 0, 0), `more than 2^40 elements`},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,8]}}`, 0, 0, 0, 0), "its header claims 8 bytes of tensors, and 4 follow: it is truncated or damaged"},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,8]}}`, 0, 0, 0, 0, 0, 0, 0, 0), `tensor "a": its data_offsets`},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[4,0]}}`, 0, 0, 0, 0), `tensor "a": its data_offsets`},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]},"b":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0), `tensor "b": its data_offsets`},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[2],"data_offsets":[0,4]}}`, 0, 0, 0, 0), `tensor "a": its shape [2] of F32 takes 8 bytes`},
	{Safetensors, tensorFile(`{"a":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0, 1), "1 bytes follow its last tensor"},
	{Safetensors, tensorFile(`{"":{"dtype":"F32","shape":[1],"data_offsets":[0,4]}}`, 0, 0, 0, 0), "tensor 1 has a name of 0 bytes"},

	{NPY, nil, "does not begin as a .npy file does"},
	{NPY, []byte("\x93NUMPY\x04\x00"), ".npy format 4"},
	{NPY, []byte("\x93NUMPY\x01\x00\x50"), "its header is cut off"},
	{NPY, []byte("\x93NUMPY\x01\x00\x50\x00{"), "its header is cut off"},
	{NPY, []byte("\x93NUMPY\x02\x00\xff\xff\xff\xff"), "its header claims 4294967295 bytes"},
	{NPY, arrayFile(1, "[]"), "no dictionary"},
	{NPY, arrayFile(1, "{'descr': '<f4', 'shape': (1,)}"), "no dictionary of descr, fortran_order and shape"},
	{NPY, arrayFile(1, "{'descr': '<f4', 'descr': '<f4', 'shape': (1,)}"), "no dictionary"},
	{NPY, arrayFile(1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}"), "its elements are structures"},
	{NPY, arrayFile(1, "{'descr': '<f4', 'fortran_order': 1, 'shape': (1,)}"), "neither True nor False"},
	{NPY, arrayFile(1, "{'descr': '<i8', 'fortran_order': False, 'shape': (1,)}", 0, 0, 0, 0, 0, 0, 0, 0), `tensor "w": it holds int64, want float16`},
	{NPY, arrayFile(1, "{'descr': '<f4', 'fortran_order': False, 'shape': 3}"), "its shape is no tuple"},
	{NPY, arrayFile(1, fmt.Sprintf(f4, "-3,")), "its shape is [-3], and a size is not negative"},
	{NPY, arrayFile(1, fmt.Sprintf(f4, "1152921504606846976,")), "more than 2^40 elements"},
	{NPY, arrayFile(1, fmt.Sprintf(f4, "99999999999999999999,")), "no whole number an int can hold"},
	{NPY, arrayFile(1, fmt.Sprintf(f4, strings.Repeat("1, ", 65))), "65 dimensions"},
	{NPY, arrayFile(1, fmt.Sprintf(f4, "3,"), 0, 0, 0, 0), "its shape [3] of float32 takes 12 bytes, and 4 follow the header"},
	{NPY, arrayFile(1, fmt.Sprintf(f4, "1,"), 0, 0, 0, 0, 0), "takes 4 bytes, and 5 follow the header"},

	{NPZ, nil, "no zip archive"},
	{NPZ, []byte("PK\x03\x04"), "no zip archive"},
	{NPZ, archive([]byte("\x93NUMPY")), `tensor "t0": it does not begin as`},
	{NPZ, archive(arrayFile(1, fmt.Sprintf(f4, "1,"), 0, 0, 0, 0), arrayFile(1, fmt.Sprintf(f4, "3,"), 0, 0, 0, 0)), `tensor "t1": its shape [3] of float32 takes 12 bytes`},
	{NPZ, bomb(arrayFile(1, fmt.Sprintf(f4, "1000000000000,")), 1000000000000*4+128), `tensor "bomb": it claims 4000000000128 bytes`},
	{NPZ, bomb(arrayFile(1, fmt.Sprintf(f4, "2000000000,")), 2000000000*4+uint64(len(arrayFile(1, fmt.Sprintf(f4, "2000000000,"))))), `tensor "bomb": its columns claim to unfold to more than is believed`},
	{NPZ, bomb(arrayFile(1, fmt.Sprintf(f4, "2000000,")), 2000000*4+uint64(len(arrayFile(1, fmt.Sprintf(f4, "2000000,"))))), `tensor "bomb": it ends after`},
	{NPZ, bomb(arrayFile(1, fmt.Sprintf(f4, "10,")), 168), `tensor "bomb": `},

	{Arrow, nil, "it does not begin with ARROW1"},
	{Arrow, []byte("ARROW1"), "truncated"},
	{Arrow, arrowBytes(arrow.ListOf(arrow.PrimitiveTypes.Float32), row(3)), `tensor "a": it has 2 values, its shape [3] takes 3`},
	{Arrow, arrowBytes(arrow.ListOf(arrow.PrimitiveTypes.Float32), row(-2)), "a size is not negative"},
	{Arrow, arrowBytes(arrow.ListOf(arrow.PrimitiveTypes.Float32), row(1<<60)), "more than 2^40 elements"},
	{Arrow, arrowBytes(arrow.ListOf(arrow.PrimitiveTypes.Float32), row(make([]int64, 65)...)), "65 dimensions"},
	{Arrow, arrowBytes(arrow.ListOf(arrow.PrimitiveTypes.Float32), func(b *array.RecordBuilder) { row(2)(b); row(2)(b) }), `tensor "a" is there twice`},
	{Arrow, arrowBytes(arrow.BinaryTypes.String, func(b *array.RecordBuilder) {
		for i := range 3 {
			b.Field(i).AppendEmptyValue()
		}
	}), `column "values" has the type Utf8, want List of numbers`},
	{Arrow, arrowBytes(arrow.ListOf(arrow.PrimitiveTypes.Float32), func(b *array.RecordBuilder) {
		for i := range 3 {
			b.Field(i).AppendNull()
		}
	}), "it has nulls"},

	{Parquet, nil, "too short for a Parquet file"},
	{Parquet, []byte("PAR1........PAR1"), "footer claims"},
	{Parquet, parquetBytes(plainRow{"a"}), "it has not the columns name"},
	{Parquet, parquetBytes(parquetRow[float32]{Name: "a", Shape: []int64{3}, Values: []float32{1, 2}}), `tensor "a": it has 2 values, its shape [3] takes 3`},
	{Parquet, parquetBytes(parquetRow[float32]{Name: "a", Shape: []int64{-1}, Values: []float32{1, 2}}), `tensor "a": its shape is [-1]`},
	{Parquet, parquetBytes(parquetRow[float32]{Name: "a", Shape: []int64{1 << 60}, Values: []float32{1, 2}}), "more than 2^40 elements"},
	{Parquet, parquetBytes(parquetRow[float64]{Name: "a", Type: "float32", Shape: []int64{1}, Values: []float64{.1}}), "its type is float32, and value 1 is 0.1"},
	{Parquet, parquetBytes(parquetRow[float32]{Name: "a", Shape: []int64{}}, parquetRow[float32]{Name: "a"}), `tensor "a" is there twice`},
}

func readAll(f Format, file []byte) error {
	in, err := openBytes(f, file)
	for i := 0; err == nil && i < len(in.Tensors()); i++ {
		_, err = in.Read(i)
	}
	return err
}

// TestHostile: each file is refused in one line that names it, in little memory.
func TestHostile(t *testing.T) {
	for i, c := range hostile {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		err := readAll(c.format, c.file)
		runtime.ReadMemStats(&after)
		if err == nil || !strings.Contains(err.Error(), c.want) || !strings.HasPrefix(err.Error(), "w"+string(c.format)+": ") || strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("%d, %s:\n error %v,\n want one line with %q", i, c.format, err, c.want)
		}
		if taken := after.TotalAlloc - before.TotalAlloc; taken > 32<<20 {
			t.Errorf("%d, %s: %q took %d MB", i, c.format, c.want, taken>>20)
		}
	}
}

func TestOpenRefuses(t *testing.T) {
	dir := t.TempDir()
	for path, want := range map[string]string{
		filepath.Join(dir, "w.pt"):  "w.pt: the name does not say how to read it: want one that ends in .safetensors",
		filepath.Join(dir, "w.npz"): "w.npz: no such file",
		dir + "/":                   "the name does not say",
	} {
		if _, err := Open(path); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v", path, err)
		}
	}
	folder := filepath.Join(dir, "w.arrow")
	if err := os.Mkdir(folder, 0o777); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(folder); err == nil || !strings.Contains(err.Error(), "w.arrow: it is no file") {
		t.Errorf("a folder: %v", err)
	}
}

// TestDamaged: a bit that flips anywhere in a file is noticed, or changes values alone; nothing panics.
func TestDamaged(t *testing.T) {
	announced := []Tensor{{Name: "a", Shape: []int{2, 2}}, {Name: "b", Shape: []int{3}}}
	values := []Values{{Float32: []float32{1, 2, 3, 4}}, {Float32: []float32{5, 6, 7}}}
	for _, f := range formats {
		if f == NPY {
			announced, values = announced[:1], values[:1]
		}
		file := encode(t, f, announced, values)
		for i := range file {
			for _, flip := range []byte{1, 0x80, 0xff} {
				file[i] ^= flip
				if err := readAll(f, file); err != nil && strings.ContainsAny(err.Error(), "\r\n") {
					t.Errorf("%s, byte %d: several lines: %q", f, i, err)
				}
				file[i] ^= flip
			}
			if err := readAll(f, file[:i]); err == nil {
				t.Errorf("%s: the first %d bytes of %d are taken for the whole", f, i, len(file))
			}
		}
	}
}

func fuzz(f *testing.F, format Format) {
	for _, wide := range []bool{false, true} {
		announced := []Tensor{{Name: "a", Shape: []int{2, 2}, Type: floatType(wide)}, {Name: "b", Shape: []int{3}}}
		values := []Values{{Float32: []float32{1, 2, 3, 4}}, {Float32: []float32{5, 6, 7}}}
		if wide {
			values[0] = Values{Float64: []float64{1, 2, 3, 4}}
		}
		if format == NPY {
			announced, values = announced[:1], values[:1]
		}
		var b bytes.Buffer
		w, err := NewWriter(&b, format, announced, metadata)
		for i := 0; err == nil && i < len(values); i++ {
			err = w.Write(values[i])
		}
		if err == nil {
			err = w.Close()
		}
		if err != nil {
			f.Fatal(err)
		}
		f.Add(b.Bytes())
	}
	for _, c := range hostile {
		if c.format == format {
			f.Add(c.file)
		}
	}
	f.Fuzz(func(t *testing.T, file []byte) {
		if err := readAll(format, file); err != nil && strings.ContainsAny(err.Error(), "\r\n") {
			t.Errorf("several lines: %q", err)
		}
	})
}

func FuzzSafetensors(f *testing.F) { fuzz(f, Safetensors) }
func FuzzNPY(f *testing.F)         { fuzz(f, NPY) }
func FuzzNPZ(f *testing.F)         { fuzz(f, NPZ) }
func FuzzArrow(f *testing.F)       { fuzz(f, Arrow) }
func FuzzParquet(f *testing.F)     { fuzz(f, Parquet) }
