package weightfile

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math"
	"os"
	"slices"

	"github.com/apache/arrow/go/v15/arrow"

	"actinit/datasets/arrowmap"
	"actinit/datasets/tensorfile"
	"actinit/datasets/unfold"
)

// arrowSource is an Arrow file with a row for each tensor.
type arrowSource struct {
	tensors []Stored
	values  []arrowmap.List
}

// mapArrow maps a file into memory; what is no file of the operating system is read.
func mapArrow(r io.ReaderAt, size int64) (*arrowmap.File, error) {
	if f, ok := r.(*os.File); ok {
		return arrowmap.Open(f, size)
	}
	data := make([]byte, size)
	if _, err := r.ReadAt(data, 0); err != nil && err != io.EOF {
		return nil, err
	}
	return arrowmap.New(data)
}

func openArrow(file *arrowmap.File) ([]Stored, source, error) {
	budget := unfold.New(unfold.Limit(tensorfile.MaxUnfolded), file.Size())
	column := func(name string) int {
		return slices.IndexFunc(file.Fields(), func(f arrowmap.Field) bool { return f.Name == name })
	}
	at := map[string]int{}
	for _, name := range []string{"name", "shape", "values"} {
		if at[name] = column(name); at[name] < 0 {
			return nil, nil, fmt.Errorf("it has no column %q: tensors are rows of name, shape and values", name)
		}
	}
	names, err := file.Texts(at["name"], budget)
	if err != nil {
		return nil, nil, err
	}
	shapes, err := file.Lists(at["shape"], budget)
	if err != nil {
		return nil, nil, err
	}
	values, err := file.Lists(at["values"], budget)
	if err != nil {
		return nil, nil, err
	}
	types := make([]string, len(names))
	if i := column("type"); i >= 0 {
		if types, err = file.Texts(i, budget); err != nil {
			return nil, nil, err
		}
	}
	s := arrowSource{values: values}
	for i, name := range names {
		shape, err := wholeNumbers(shapes[i])
		if err != nil {
			return nil, nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		s.tensors = append(s.tensors, Stored{name, shape, narrowed(types[i], arrowType(values[i].Element))})
	}
	return s.tensors, s, nil
}

// arrowType returns the type's name.
func arrowType(t arrow.DataType) string {
	switch t.ID() {
	case arrow.FLOAT16:
		return "float16"
	case arrow.FLOAT32:
		return "float32"
	case arrow.FLOAT64:
		return "float64"
	}
	return t.Name()
}

// narrowed returns the type of a tensor in a column of a type: float32 where the file says
// that it was so before it was put beside a float64.
func narrowed(said, column string) string {
	if said == "float32" && column == "float64" {
		return said
	}
	return column
}

// wholeNumbers returns a shape.
func wholeNumbers(l arrowmap.List) ([]int, error) {
	if l.Element.ID() != arrow.INT64 {
		return nil, fmt.Errorf("its shape is a list of %s, want int64", l.Element.Name())
	}
	data, err := l.Bytes()
	if err != nil {
		return nil, err
	}
	if len(data) > 8*maxRank {
		return nil, fmt.Errorf("its shape has %d dimensions, want at most %d", len(data)/8, maxRank)
	}
	shape := []int{}
	for ; len(data) > 0; data = data[8:] {
		n := int64(binary.LittleEndian.Uint64(data))
		if int64(int(n)) != n {
			return nil, fmt.Errorf("its shape has a size %d", n)
		}
		shape = append(shape, int(n))
	}
	return shape, nil
}

func (s arrowSource) read(i int) (Values, error) {
	data, err := s.values[i].Bytes()
	if err != nil {
		return Values{}, err
	}
	typ := arrowType(s.values[i].Element)
	v, err := decode(bytes.NewReader(data), typ, binary.LittleEndian, len(data)/floats[typ], true)
	if err != nil || s.tensors[i].Type == typ {
		return v, err
	}
	return narrow(v)
}

// narrow returns float64 values that were float32 as such.
func narrow(v Values) (Values, error) {
	narrow := make([]float32, len(v.Float64))
	for i, x := range v.Float64 {
		narrow[i] = float32(x)
		if float64(narrow[i]) != x && !math.IsNaN(x) {
			return Values{}, fmt.Errorf("its type is float32, and value %d is %v", i+1, x)
		}
	}
	return Values{Float32: narrow}, nil
}
