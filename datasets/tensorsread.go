package datasets

import (
	"cmp"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"actinit/datasets/mapped"
	"actinit/datasets/tensorfile"
)

// maxColumns is the most columns that a line of text, or all tensors of a file, may make.
const maxColumns = 1 << 16

// openTensors reads an npy, npz or safetensors file, and takes f over unless it fails.
func openTensors(path string, format Format, f *os.File, size int64, o Options) (*Batches, error) {
	var mapping *mapped.File
	if format != NPZ { // whose check sums want reading
		var err error
		if mapping, err = mapped.Open(f, size); err != nil {
			return nil, badFile(path, "%v", err)
		}
	}
	b, err := tensorBatches(path, format, f, size, mapping, o)
	if err != nil {
		return nil, errors.Join(err, mapping.Close())
	}
	b.close = func() error { return errors.Join(mapping.Close(), f.Close()) }
	return b, nil
}

func tensorBatches(path string, format Format, r io.ReaderAt, size int64, mapping *mapped.File, o Options) (*Batches, error) {
	var all []tensorfile.Tensor
	var err error
	switch format {
	case NPY:
		all, err = tensorfile.NPY("", r, size)
	case NPZ:
		all, err = tensorfile.NPZ(r, size)
	case Safetensors:
		all, err = tensorfile.Safetensors(r, size)
	}
	if err != nil {
		return nil, badFile(path, "%v", err)
	}
	return newTensorBatches(path, format, all, mapping, o)
}

// openIDX reads an IDX file of size bytes, -1 if that is not known.
func openIDX(path string, format Format, r io.Reader, size int64, close func() error, o Options) (*Batches, error) {
	t, err := tensorfile.IDX("", r)
	if err != nil {
		return nil, badFile(path, "%v", err)
	}
	n, _ := tensorfile.Elements(t.Shape) // it was checked
	if want := t.Offset + int64(n*tensorfile.Size(t.Type)); size >= 0 && size != want {
		return nil, badFile(path, "its dimensions %v of %s make %d bytes, and it has %d", t.Shape, t.Type, want, size)
	}
	t.Offset = -1 // nothing of it can be used as it is: IDX is big endian
	t.SetOpen(func() (io.ReadCloser, error) { return io.NopCloser(r), nil })
	b, err := newTensorBatches(path, format, []tensorfile.Tensor{t}, nil, o)
	if err != nil {
		return nil, err
	}
	b.close = close
	return b, nil
}

// A strip is a tensor that gives width columns.
type strip struct {
	tensor  tensorfile.Tensor
	what    string // the tensor's name for messages
	columns []int  // that are wanted, of 0 to width-1
	place   []int  // where each stands in the table
	width   int
	bytes   io.ReadCloser // open from the first batch on
	mapped  arrow.Array   // all of it, if it need not be read
}

// newTensorBatches makes columns of tensors of equal first dimension.
func newTensorBatches(path string, format Format, all []tensorfile.Tensor, mapping *mapped.File, o Options) (*Batches, error) {
	var names []string
	var strips []*strip
	var unreadable error
	groups := map[string][]string{} // the columns of a tensor
	left := map[string]bool{}       // tensors left out
	for _, t := range all {
		what := "its array"
		if t.Name != "" {
			what = fmt.Sprintf("tensor %q", t.Name)
		}
		if len(o.Columns) > 0 && t.Name != "" && !wanted(o.Columns, t.Name) {
			continue
		}
		if t.Name != "" && slices.Contains(o.Except, t.Name) {
			left[t.Name] = true
			continue
		}
		width, err := columnsIn(path, what, t)
		if err != nil && len(o.Columns) > 0 && !slices.Contains(o.Columns, t.Name) { // its name only begins as a wanted one
			unreadable = cmp.Or(unreadable, err)
			continue
		}
		if err == nil && len(names)+width > maxColumns {
			err = badFile(path, "its tensors make more than %d columns, %s the last of them: --columns names those wanted", maxColumns, what)
		}
		if err != nil {
			return nil, err
		}
		first := len(names)
		for c := range width {
			name := t.Name
			switch {
			case t.Name == "":
				name = "c" + strconv.Itoa(c+1)
			case len(t.Shape) > 1:
				name = fmt.Sprintf("%s_%d", t.Name, c+1)
			}
			names = append(names, name)
		}
		groups[t.Name] = names[first:]
		columns, err := columnwise(path, what, t, width, o)
		if err != nil {
			return nil, err
		}
		strips = append(strips, columns...)
	}
	o.Columns = slices.Clone(o.Columns)
	for i := len(o.Columns) - 1; i >= 0; i-- {
		if group := groups[o.Columns[i]]; group != nil {
			o.Columns = slices.Replace(o.Columns, i, i+1, group...)
		}
	}
	if len(all) == 0 {
		return nil, badFile(path, "it holds no tensor")
	}
	if len(names) == 0 && len(left) == len(all) {
		return nil, badFile(path, "all its columns are left out")
	}
	o.Except = slices.DeleteFunc(slices.Clone(o.Except), func(name string) bool { return left[name] })
	if len(names) == 0 {
		for _, t := range all {
			names = append(names, t.Name)
		}
	}
	chosen, err := o.selection(path, "", names)
	if err != nil {
		return nil, cmp.Or(unreadable, err)
	}
	return stripBatches(path, format, names, chosen, strips, mapping, o)
}

// meaning says in words what elements of a type of numpy's are that make no column, such as "|O".
func meaning(typ string) string {
	if len(typ) < 3 || !strings.Contains("<>|=", typ[1:2]) {
		return ""
	}
	switch typ[2] {
	case 'O':
		return " (Python objects)"
	case 'U':
		return " (text)"
	case 'S':
		return " (bytes)"
	case 'c':
		return " (complex numbers)"
	case 'M', 'm':
		return " (times)"
	}
	return ""
}

// columnsIn returns how many columns a tensor makes, or why it makes none.
func columnsIn(path, what string, t tensorfile.Tensor) (int, error) {
	if len(t.Shape) == 0 {
		return 0, badFile(path, "%s has no dimension, and a column has rows", what)
	}
	if tensorfile.Size(t.Type) == 0 {
		return 0, badFile(path, "%s holds %s%s; integers, bool and floating-point numbers are read (--columns names the columns wanted, --except those to leave out)", what, t.Type, meaning(t.Type))
	}
	width, _ := tensorfile.Elements(t.Shape[1:]) // it was checked
	if width > maxColumns || width == 0 && len(t.Shape) > 1 {
		return 0, badFile(path, "%s has the shape %v, which makes %d columns, want 1 to %d", what, t.Shape, width, maxColumns)
	}
	return width, nil
}

// wanted reports whether a name is that of a tensor, or of a column of it.
func wanted(columns []string, tensor string) bool {
	return slices.ContainsFunc(columns, func(name string) bool {
		return name == tensor || len(name) > len(tensor)+1 && name[:len(tensor)+1] == tensor+"_"
	})
}

// columnwise returns a tensor as one strip, or, if the first index runs fastest, as a strip for each column.
func columnwise(path, what string, t tensorfile.Tensor, width int, o Options) ([]*strip, error) {
	if !t.Fortran || len(t.Shape) == 1 {
		return []*strip{{tensor: t, what: what, width: width}}, nil
	}
	if len(t.Shape) > 2 {
		return nil, badFile(path, "%s has %d dimensions in Fortran order; of such two are read (numpy.ascontiguousarray turns it)", what, len(t.Shape))
	}
	length := int64(t.Shape[0]) * int64(tensorfile.Size(t.Type))
	if length*int64(width) > o.maxBytes() && t.Offset < 0 {
		return nil, tooLarge(path, o.maxBytes())
	}
	var columns []*strip
	for _, column := range t.Columns() {
		columns = append(columns, &strip{tensor: column, what: what, width: 1})
	}
	return columns, nil
}

// stripBatches yields the chosen columns of strips, whose columns have the names.
func stripBatches(path string, format Format, names []string, chosen []int, strips []*strip, mapping *mapped.File, o Options) (*Batches, error) {
	fields := make([]arrow.Field, len(chosen))
	var used []*strip
	places := make([][]int, len(names)) // of each column in the table
	for place, i := range chosen {
		places[i] = append(places[i], place)
	}
	first := 0
	for _, s := range strips {
		for c := range s.width {
			for _, place := range places[first+c] {
				s.columns, s.place = append(s.columns, c), append(s.place, place)
				fields[place] = arrow.Field{Name: names[first+c], Type: elementTypes[s.tensor.Type]}
			}
		}
		first += s.width
		if len(s.columns) > 0 {
			used = append(used, s)
		}
	}
	rows := 0
	for i, s := range used {
		if i == 0 {
			rows = s.tensor.Shape[0]
		}
		if s.tensor.Shape[0] != rows {
			return nil, badFile(path, "%s has %d rows, %s has %d, and a table's columns are of one length: --columns names those wanted",
				used[0].what, rows, s.what, s.tensor.Shape[0])
		}
		s.useMapping(mapping, rows)
	}
	b := &Batches{path: path, format: format, schema: arrow.NewSchema(fields, nil), maps: mapping, rows: int64(rows)}
	at, limit := 0, batchRows(columnsOf(used))
	if !slices.ContainsFunc(used, func(s *strip) bool { return s.mapped == nil }) {
		limit = max(1, rows) // OpenBatches cuts it
	}
	b.next = func() (arrow.Record, error) {
		if at == rows {
			return nil, io.EOF
		}
		n := min(limit, rows-at)
		columns := make([]arrow.Array, len(fields))
		for _, s := range used {
			if err := s.read(path, columns, at, n, rows); err != nil {
				for _, c := range columns {
					if c != nil {
						c.Release()
					}
				}
				return nil, err
			}
		}
		at += n
		return newRecord(b.schema, columns, n), nil
	}
	return floats(b, o), nil
}

// columnsOf returns the columns that are read at a time, wanted or not.
func columnsOf(strips []*strip) (n int) {
	for _, s := range strips {
		n += s.width
	}
	return n
}

// useMapping takes the elements from the mapping if they are there as Go has them in memory.
func (s *strip) useMapping(m *mapped.File, rows int) {
	t := &s.tensor
	size := tensorfile.Size(t.Type)
	if m == nil || s.width != 1 || t.Offset < 0 || t.Order != binary.LittleEndian || rows == 0 || !littleEndian() || t.Type == "bool" || t.Type == "bfloat16" {
		return
	}
	bytes := m.Bytes()[t.Offset:][:rows*size]
	if uintptr(unsafe.Pointer(unsafe.SliceData(bytes)))%uintptr(size) == 0 { // else it is read, and so copied
		s.mapped = fixedArray(elementTypes[t.Type], bytes, rows)
	}
}

// littleEndian reports whether this machine is.
func littleEndian() bool { return binary.NativeEndian.Uint16([]byte{1, 0}) == 1 }

// read puts n rows from the row at on into columns.
func (s *strip) read(path string, columns []arrow.Array, at, n, rows int) error {
	if s.mapped != nil {
		for _, place := range s.place {
			columns[place] = slice(s.mapped, at, n)
		}
		return nil
	}
	fail := func(err error) error {
		var fileError *FileError
		if errors.As(err, &fileError) {
			return err
		}
		return badFile(path, "%s, row %d: %v", s.what, at+1, err)
	}
	if s.bytes == nil {
		var err error
		if s.bytes, err = s.tensor.Open(); err != nil {
			return fail(err)
		}
	}
	size := tensorfile.Size(s.tensor.Type)
	stride := s.width * size
	raw := make([]byte, n*stride)
	if got, err := io.ReadFull(s.bytes, raw); err != nil {
		at += got / stride
		if err == io.EOF || err == io.ErrUnexpectedEOF {
			return fail(errors.New("the file ends here, it is truncated"))
		}
		return fail(err)
	}
	for k, c := range s.columns {
		columns[s.place[k]] = decoded(s.tensor, raw[c*size:], n, stride)
	}
	if at+n < rows {
		return nil
	}
	// The end, where an archive checks its sum.
	more, err := io.Copy(io.Discard, io.LimitReader(s.bytes, 1))
	if more > 0 {
		err = errors.New("more bytes follow its last row than its shape says")
	}
	if err = errors.Join(err, s.bytes.Close()); err != nil {
		return fail(err)
	}
	return nil
}

// elementTypes are the types of columns by those of tensors. Arrow has no bfloat16, whose values are float32.
var elementTypes = map[string]arrow.DataType{
	"bool": arrow.FixedWidthTypes.Boolean, "float16": arrow.FixedWidthTypes.Float16, "bfloat16": arrow.PrimitiveTypes.Float32,
	"int8": arrow.PrimitiveTypes.Int8, "int16": arrow.PrimitiveTypes.Int16, "int32": arrow.PrimitiveTypes.Int32, "int64": arrow.PrimitiveTypes.Int64,
	"uint8": arrow.PrimitiveTypes.Uint8, "uint16": arrow.PrimitiveTypes.Uint16, "uint32": arrow.PrimitiveTypes.Uint32, "uint64": arrow.PrimitiveTypes.Uint64,
	"float32": arrow.PrimitiveTypes.Float32, "float64": arrow.PrimitiveTypes.Float64,
}

// decoded returns n elements, each stride bytes behind the one before.
func decoded(t tensorfile.Tensor, raw []byte, n, stride int) arrow.Array {
	if t.Type == "bfloat16" {
		values := make([]float32, n)
		tensorfile.Decode(values, raw, stride, t.Type, t.Order)
		return wrap(values, nil, 0)
	}
	if t.Type == "bool" {
		bits := make([]byte, bitutil.BytesForBits(int64(n)))
		for i := range n {
			bitutil.SetBitTo(bits, i, raw[i*stride] != 0)
		}
		return fixedArray(elementTypes[t.Type], bits, n)
	}
	size := tensorfile.Size(t.Type)
	values := make([]byte, 0, n*size)
	for i := range n {
		values = append(values, raw[i*stride:][:size]...)
	}
	if littleEndian() == (t.Order == binary.BigEndian) {
		turn(values, size)
	}
	return fixedArray(elementTypes[t.Type], values, n)
}

// fixedArray returns an array without nulls over values as they lie in memory.
func fixedArray(t arrow.DataType, values []byte, n int) arrow.Array {
	data := array.NewData(t, n, []*memory.Buffer{nil, memory.NewBufferBytes(values)}, nil, 0, 0)
	defer data.Release()
	return array.MakeFromData(data)
}
