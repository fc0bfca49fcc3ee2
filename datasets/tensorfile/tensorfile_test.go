package tensorfile

import (
	"archive/zip"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// npy returns a .npy file with that dictionary and so many bytes behind it.
func npy(major byte, dictionary string, data int) []byte {
	file := append([]byte("\x93NUMPY"), major, 0)
	if major == 1 {
		file = binary.LittleEndian.AppendUint16(file, uint16(len(dictionary)))
	} else {
		file = binary.LittleEndian.AppendUint32(file, uint32(len(dictionary)))
	}
	return append(append(file, dictionary...), make([]byte, data)...)
}

func TestNPY(t *testing.T) {
	for _, test := range []struct {
		major      byte
		dictionary string
		data       int
		want       string // type, shape and order, or a part of the error
	}{
		{1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }\n", 24, "float32 [3 2] false LittleEndian"},
		{2, "{'shape': (3,), 'fortran_order': True, 'descr': '>f8'}", 24, "float64 [3] true BigEndian"},
		{3, `{"descr": "|u1", "fortran_order": False, "shape": ()}`, 1, "uint8 [] false LittleEndian"},
		{1, "{'descr': '<i8', 'fortran_order': False, 'shape': (2L, 0L)}", 0, "int64 [2 0] false LittleEndian"},
		{1, "{'descr': '<U3', 'fortran_order': False, 'shape': (1,)}", 12, `"<U3" [1] false LittleEndian`}, // for whoever leaves it out
		{0, "{}", 0, "of .npy format 0"},
		{4, "{}", 0, "of .npy format 4"},
		{1, "", 0, "no dictionary"},
		{1, "[]", 0, "no dictionary"},
		{1, "{'descr': '<f4', 'fortran_order': False}", 0, "no dictionary of descr, fortran_order and shape"},
		{1, "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': ()}", 4, "no dictionary of descr, fortran_order and shape"},
		{1, "{'descr': '<f4' 'fortran_order': False, 'shape': ()}", 4, "no dictionary of descr, fortran_order and shape"},
		{1, "{'descr': '<f4', 'fortran_order': False, 'shape': ()} more", 4, "no dictionary of descr, fortran_order and shape"},
		{1, "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (1,)}", 4, "structures"},
		{1, "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}", 4, "neither True nor False"},
		{1, "{'descr': '<f4', 'fortran_order': False, 'shape': 3}", 12, "no tuple"},
		{1, "{'descr': '<f4', 'fortran_order': False, 'shape': (1.5,)}", 12, "no whole number"},
		{1, "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}", 0, "not negative"},
		{1, "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}", 0, "no whole number an int can hold"},
		{1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,), 'extra': 1}", 12, `has a "extra"`},
		{1, "{'descr': '<f4', 'fortran_order': False, 'shape': (3,)}", 11, "takes 12 bytes, and 11 follow"},
		{2, strings.Repeat(" ", maxDictionary+1), 0, "claims 65537 bytes"},
	} {
		data := npy(test.major, test.dictionary, test.data)
		all, err := NPY("x", bytes.NewReader(data), int64(len(data)))
		if err != nil {
			if !strings.Contains(err.Error(), test.want) {
				t.Errorf("%s: %v, want %s", test.dictionary, err, test.want)
			}
			continue
		}
		got := fmt.Sprintf("%s %v %v %v", all[0].Type, all[0].Shape, all[0].Fortran, all[0].Order)
		if len(all) != 1 || got != test.want || all[0].Name != "x" || all[0].Offset != int64(len(data)-test.data) {
			t.Errorf("%s: %+v, want %s", test.dictionary, all, test.want)
		}
	}
	if _, err := NPY("x", strings.NewReader("\x93NUMPY\x01"), 7); err == nil {
		t.Error("a file of 7 bytes is read")
	}
}

// contents returns the elements' bytes of each tensor by name.
func contents(t *testing.T, all []Tensor) map[string]string {
	t.Helper()
	found := map[string]string{}
	for _, tensor := range all {
		r, err := tensor.Open()
		if err != nil {
			t.Fatal(err)
		}
		data, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if err := r.Close(); err != nil {
			t.Fatal(err)
		}
		found[tensor.Name] = string(data)
	}
	return found
}

func TestNPZ(t *testing.T) {
	var archive bytes.Buffer
	z := zip.NewWriter(&archive)
	for i, name := range []string{"a.npy", "b/c.npy"} {
		w, err := z.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		file := npy(1, "{'descr': '|u1', 'fortran_order': False, 'shape': (3,)}", 0)
		if _, err := w.Write(append(file, bytes.Repeat([]byte{'1' + byte(i)}, 3)...)); err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	data := archive.Bytes()
	all, err := NPZ(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(all) != 2 {
		t.Fatalf("%+v, %v", all, err)
	}
	if got := contents(t, all); got["a"] != "111" || got["b/c"] != "222" || all[0].Offset != -1 {
		t.Errorf("%q, at %d", got, all[0].Offset)
	}
	if _, err := NPZ(bytes.NewReader(data), int64(len(data)-1)); err == nil {
		t.Error("an archive that is cut off is read")
	}
}

// safetensorsOf returns a file with that header and the bytes "abcdefgh" behind it.
func safetensorsOf(header string) []byte {
	return append(append(binary.LittleEndian.AppendUint64(nil, uint64(len(header))), header...), "abcdefgh"...)
}

func TestSafetensors(t *testing.T) {
	data := safetensorsOf(`{"__metadata__": {"format": "pt"}, "second": {"dtype": "BF16", "shape": [2], "data_offsets": [4, 8]}, "first": {"dtype": "F32", "shape": [1, 1], "data_offsets": [0, 4]}}`)
	all, err := Safetensors(bytes.NewReader(data), int64(len(data)))
	if err != nil || len(all) != 2 || all[0].Name != "first" || all[0].Type != "float32" || !slices.Equal(all[0].Shape, []int{1, 1}) || all[1].Type != "bfloat16" || all[1].Offset != int64(len(data)-4) {
		t.Fatalf("%+v, %v", all, err)
	}
	if got := contents(t, all); got["first"] != "abcd" || got["second"] != "efgh" {
		t.Errorf("%q", got)
	}
	data = safetensorsOf(`{"x": {"dtype": "F8_E4M3", "shape": [8], "data_offsets": [0, 8]}}`)
	if all, err := Safetensors(bytes.NewReader(data), int64(len(data))); err != nil || all[0].Type != `"F8_E4M3"` || Size(all[0].Type) != 0 {
		t.Errorf("a type that is not decoded: %+v, %v", all, err)
	}
	tensor := func(dtype, shape, offsets string) string {
		return `"x": {"dtype": "` + dtype + `", "shape": ` + shape + `, "data_offsets": ` + offsets + `}`
	}
	for name, header := range map[string]string{
		"no JSON":                      "{",
		"a gap before the first":       "{" + tensor("F32", "[1]", "[4, 8]") + "}",
		"bytes behind the last":        "{" + tensor("F32", "[1]", "[0, 4]") + "}",
		"an end before the start":      "{" + tensor("F32", "[1]", "[8, 4]") + "}",
		"beyond the file":              "{" + tensor("F32", "[3]", "[0, 12]") + "}",
		"another size than its shape":  "{" + tensor("F32", "[3]", "[0, 8]") + "}",
		"a shape that overflows":       "{" + tensor("F32", "[4294967296, 4294967296, 4294967296]", "[0, 8]") + "}",
		"a size beyond an int":         "{" + tensor("F32", "[18446744073709551615]", "[0, 8]") + "}",
		"one name for two":             "{" + tensor("F32", "[1]", "[0, 4]") + ", " + tensor("F32", "[1]", "[4, 8]") + "}",
		"one offset":                   "{" + tensor("F64", "[1]", "[8]") + "}",
		"no shape":                     `{"x": {"dtype": "F64", "data_offsets": [0, 8]}}`,
		"one place for two":            "{" + tensor("F64", "[1]", "[0, 8]") + `, "y": {"dtype": "F64", "shape": [1], "data_offsets": [0, 8]}}`,
		"a header beyond what is read": strings.Repeat(" ", maxHeaderRead+1),
	} {
		data := safetensorsOf(header)
		if all, err := Safetensors(bytes.NewReader(data), int64(len(data))); err == nil || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %+v, %v", name, all, err)
		}
	}
	for _, short := range [][]byte{nil, data[:7], data[:20]} {
		if _, err := Safetensors(bytes.NewReader(short), int64(len(short))); err == nil {
			t.Errorf("%d bytes are read", len(short))
		}
	}
}

func TestIDX(t *testing.T) {
	var file bytes.Buffer
	if err := WriteIDXHeader(&file, "float64", 2, 3); err != nil {
		t.Fatal(err)
	}
	if !IsIDX(file.Bytes()) || IsIDX([]byte{0, 0, 0x0A, 1}) || IsIDX([]byte{0, 0, 0x08}) {
		t.Error("what begins as an IDX file does")
	}
	tensor, err := IDX("x", &file)
	if err != nil || tensor.Type != "float64" || !slices.Equal(tensor.Shape, []int{2, 3}) || tensor.Order != binary.BigEndian || tensor.Offset != 12 {
		t.Errorf("%+v, %v", tensor, err)
	}
	for _, data := range []string{"", "\x00\x00\x08\x02\x00\x00\x00\x01", "\x00\x00\x0d\x41" + strings.Repeat("\x00\x00\x00\x01", 65), "\x00\x00\x08\x02\xff\xff\xff\xff\xff\xff\xff\xff"} {
		if tensor, err := IDX("x", strings.NewReader(data)); err == nil {
			t.Errorf("%q: %+v", data, tensor)
		}
	}
	if WriteIDXHeader(io.Discard, "float32", 1<<32) == nil || WriteIDXHeader(io.Discard, "bfloat16", 1) == nil {
		t.Error("a size of 2^32, or a type that the format does not have, is written")
	}
}

func TestElements(t *testing.T) {
	for _, test := range []struct {
		shape []int
		want  int // -1: an error
	}{
		{nil, 1}, {[]int{0}, 0}, {[]int{3, 4}, 12}, {[]int{1 << 20, 1 << 20}, 1 << 40}, {[]int{1 << 20, 1<<20 + 1}, -1},
		{[]int{math.MaxInt, math.MaxInt}, -1}, {[]int{0, -1}, -1}, {make([]int, maxRank), 0}, {make([]int, maxRank+1), -1},
	} {
		if n, err := Elements(test.shape); (err != nil) != (test.want < 0) || err == nil && n != test.want {
			t.Errorf("%v: %d, %v", test.shape, n, err)
		}
	}
}

// TestDecode: every type in both orders, at its ends.
func TestDecode(t *testing.T) {
	for _, test := range []struct {
		typ  string
		bits uint64
		want float64
	}{
		{"bool", 0, 0}, {"bool", 1, 1}, {"bool", 0xff, 1}, {"int8", 0x80, -128}, {"uint8", 0xff, 255},
		{"int16", 0x8000, -32768}, {"uint16", 0xffff, 65535}, {"int32", 0x80000000, math.MinInt32}, {"uint32", 0xffffffff, math.MaxUint32},
		{"int64", 1 << 63, math.MinInt64}, {"int64", 1 << 53, 1 << 53}, {"int64", math.MaxUint64, -1}, {"uint64", 1 << 63, 1 << 63},
		{"float16", 0x3c01, 1 + 0x1p-10}, {"float16", 0xfc00, math.Inf(-1)}, {"bfloat16", 0xbf80, -1},
		{"float32", uint64(math.Float32bits(1e-45)), 0x1p-149}, {"float64", math.Float64bits(5e-324), 5e-324},
	} {
		little := binary.LittleEndian.AppendUint64(nil, test.bits)[:Size(test.typ)]
		big := slices.Clone(little)
		slices.Reverse(big)
		for order, element := range map[binary.ByteOrder][]byte{binary.LittleEndian: little, binary.BigEndian: big} {
			src := append(append(slices.Clone(element), "between"...), element...)
			wide := make([]float64, 2)
			if bad := Decode(wide, src, len(element)+7, test.typ, order); bad >= 0 || wide[0] != test.want || wide[1] != test.want {
				t.Errorf("%s %x, %v: %v, %d, want %v", test.typ, test.bits, order, wide, bad, test.want)
			}
			if narrow := make([]float32, 2); Size(test.typ) < 4 || test.typ == "float32" {
				if bad := Decode(narrow, src, len(element)+7, test.typ, order); bad >= 0 || float64(narrow[1]) != test.want {
					t.Errorf("%s %x, %v, in float32: %v, %d, want %v", test.typ, test.bits, order, narrow, bad, test.want)
				}
			}
		}
	}
	for _, typ := range []string{"int64", "uint64"} { // 1, 2^53+1
		src := binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, 1), 1<<53+1)
		if bad := Decode(make([]float64, 2), src, 8, typ, binary.LittleEndian); bad != 1 {
			t.Errorf("%s: %d, want the second, which is no float64", typ, bad)
		}
	}
}

// TestIsExact: an integer is exact where it survives the way to float64 and back.
func TestIsExact(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		v := rapid.Uint64().Draw(t, "v") >> rapid.IntRange(0, 63).Draw(t, "right") << rapid.IntRange(0, 63).Draw(t, "left")
		f := float64(v)
		if back := f < 0x1p64 && uint64(f) == v; back != IsExact(v) {
			t.Errorf("%d: %v", v, IsExact(v))
		}
	})
}

// TestRowByRow: element (i, j, k) is where the last index runs fastest.
func TestRowByRow(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		shape := rapid.SliceOfN(rapid.IntRange(0, 4), 0, 4).Draw(t, "shape")
		n, err := Elements(shape)
		if err != nil {
			t.Fatal(err)
		}
		x := make([]float64, n)
		for i := range x {
			x[i] = float64(i)
		}
		y := RowByRow(x, shape)
		for at := range y {
			// at = ((i*J)+j)*K+k; from = i+I*(j+J*k)
			from, rest := 0, at
			for d := len(shape) - 1; d >= 0; d-- {
				stride := 1
				for _, size := range shape[:d] {
					stride *= size
				}
				from += rest % shape[d] * stride
				rest /= shape[d]
			}
			if y[at] != float64(from) {
				t.Fatalf("element %d is %v, want %d", at, y[at], from)
			}
		}
	})
	if RowByRow[float32](nil, []int{2}) != nil {
		t.Error("nothing becomes something")
	}
}
