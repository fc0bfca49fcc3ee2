package arrowmap

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"actinit/datasets/mapped"
	"actinit/datasets/unfold"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// Batches returns the number of record batches.
func (f *File) Batches() int { return len(f.batches) }

// Rows returns the number of rows of all record batches.
func (f *File) Rows() int64 { return f.rows }

// Schema returns the schema with its metadata, as the message says that follows the file's magic.
func (f *File) Schema() (*arrow.Schema, error) {
	if f.schema != nil {
		return f.schema, nil
	}
	const start = 8
	meta := f.data[min(start, len(f.data)):]
	at := 0
	if len(meta) >= 8 && binary.LittleEndian.Uint32(meta) == continuation {
		at = 4
	}
	if len(meta) < at+4 || uint64(binary.LittleEndian.Uint32(meta[at:])) > uint64(len(meta)-at-4) {
		return nil, errors.New("no schema follows its first bytes")
	}
	length := at + 4 + int(binary.LittleEndian.Uint32(meta[at:]))
	var first File // of the same fields, or schemaOf says so
	if err := first.readSchemaMessage(meta[at+4 : length]); err != nil {
		return nil, err
	}
	err := f.setSchema(meta[:length])
	return f.schema, err
}

// readSchemaMessage reads the metadata of a message that holds a schema.
func (f *File) readSchemaMessage(meta []byte) (err error) {
	defer damaged(&err, "its schema")
	message := root(meta)
	schema, ok := message.table(2)
	switch {
	case !ok || message.byte(1, 0) != headerSchema:
		return errors.New("it does not begin with a schema")
	case message.int64(3, 0) != 0:
		return fmt.Errorf("its schema claims a body of %d bytes, and has none", message.int64(3, 0))
	case schema.int16(0, 0) != 0:
		return errors.New("it is written in big-endian byte order, little-endian is expected")
	}
	f.version = message.int16(0, 0)
	return f.readSchema(schema)
}

// setSchema reads a message that readSchemaMessage found sound, its length before it, by the library.
func (f *File) setSchema(message []byte) (err error) {
	defer damaged(&err, "its schema")
	r, err := ipc.NewReader(bytes.NewReader(message))
	if err != nil {
		return fmt.Errorf("its schema is damaged: %w", err)
	}
	defer r.Release()
	stored := r.Schema()
	same := stored != nil && stored.NumFields() == len(f.fields)
	for i := 0; same && i < len(f.fields); i++ {
		same = stored.Field(i).Name == f.fields[i].Name && (f.fields[i].Type == nil || arrow.TypeEqual(stored.Field(i).Type, f.fields[i].Type))
	}
	if !same {
		return errors.New("its two schemas differ, it is damaged")
	}
	fields, metadata := stored.Fields(), stored.Metadata()
	f.types = make([]arrow.DataType, len(fields))
	for i := range fields {
		f.types[i] = fields[i].Type
		fields[i].Type = plain(f.types[i])
	}
	f.schema = arrow.NewSchema(fields, &metadata)
	return nil
}

// Record returns columns of record batch k, of any type but unions, run-end encoded ones and
// views of lists; those that are not numeric need a call of Schema before. Views of text or bytes are
// read as the large type of the same values.
// Its buffers are slices of the mapping, except where they are compressed, or not aligned to the
// element size. The caller releases it. The budget is given what is believed of the batch's body.
func (f *File) Record(k int, columns []int, budget *unfold.Budget) (arrow.Record, error) {
	budget.Believe(int64(len(f.batches[k].body)))
	return f.record(&f.batches[k], k, columns, budget)
}

func (f *File) record(b *batch, k int, columns []int, budget *unfold.Budget) (record arrow.Record, err error) {
	var arrays []arrow.Array
	defer func() {
		for _, a := range arrays {
			a.Release()
		}
	}()
	fields := make([]arrow.Field, len(columns))
	for n, i := range columns {
		fields[n] = arrow.Field{Name: f.fields[i].Name, Type: f.fields[i].Type, Nullable: f.fields[i].Nullable}
		stored := f.fields[i].Type
		if f.schema != nil {
			fields[n], stored = f.schema.Field(i), f.types[i]
		}
		a, err := f.array(b, f.fields[i], stored, budget)
		if err != nil {
			return nil, fmt.Errorf("record batch %d, column %q: %w", k+1, fields[n].Name, err)
		}
		arrays = append(arrays, a)
	}
	var metadata arrow.Metadata
	if f.schema != nil {
		metadata = f.schema.Metadata()
	}
	return array.NewRecord(arrow.NewSchema(fields, &metadata), arrays, b.rows), nil
}

func (f *File) array(b *batch, field Field, t arrow.DataType, budget *unfold.Budget) (a arrow.Array, err error) {
	if field.Type != nil {
		return b.column(field, budget)
	}
	if t == nil {
		return nil, fmt.Errorf("it has the type %s, which is not numeric", field.TypeName)
	}
	at, err := b.place(field)
	if err != nil {
		return nil, err
	}
	defer damaged(&err, "it")
	r := &reader{f, b, at, field.dictionaries, budget}
	data, err := r.array(t, b.rows, true)
	if err != nil {
		return nil, err
	}
	defer data.Release()
	return array.MakeFromData(data), nil
}

// A reader walks over the nodes and the buffers of a column, depth first.
type reader struct {
	file  *File
	batch *batch
	place
	dictionaries []int64
	budget       *unfold.Budget
}

// next returns the next buffer, of which need bytes are used, aligned to align.
func (r *reader) next(need int64, align int) (*memory.Buffer, error) {
	b, err := r.batch.buffer(r.buffer, need, align, r.budget)
	r.buffer++
	switch {
	case err != nil:
		return nil, err
	case b == nil && need > 0:
		return nil, fmt.Errorf("it has no data where its rows need %d bytes", need)
	case b == nil:
		b = []byte{}
	}
	return memory.NewBufferBytes(b), nil
}

// array reads an array of at least, or exactly, rows rows.
func (r *reader) array(t arrow.DataType, rows int64, exactly bool) (arrow.ArrayData, error) {
	node := r.batch.nodes.at(r.node)
	r.node++
	n, nulls := node.int64(0), node.int64(8)
	switch {
	case n < rows || exactly && n != rows || n > maxRows:
		return nil, fmt.Errorf("it has %d rows where %d are needed", n, rows)
	case nulls > n || nulls < -1:
		return nil, fmt.Errorf("it claims %d nulls in %d rows", nulls, n)
	}
	if t.ID() == arrow.NULL {
		if n > int64(len(r.batch.body))*maxExpansion {
			return nil, fmt.Errorf("it claims %d rows in a body of %d bytes", n, len(r.batch.body))
		}
		return array.NewData(t, int(n), []*memory.Buffer{nil}, nil, int(n), 0), nil
	}
	validity, nulls, err := r.validity(n, nulls)
	if err != nil {
		return nil, err
	}
	buffers := []*memory.Buffer{validity}
	var children []arrow.ArrayData
	defer func() {
		for _, c := range children {
			c.Release()
		}
	}()
	child := func(t arrow.DataType, rows int64, exactly bool) error {
		c, err := r.array(t, rows, exactly)
		if err == nil {
			children = append(children, c)
		}
		return err
	}
	var values *array.Data
	switch t := t.(type) {
	case *arrow.DictionaryType:
		if values, err = r.values(t); err != nil {
			return nil, err
		}
		return r.finish(t, n, nulls, buffers, nil, values, fixedWidth(t.IndexType))
	case *arrow.StructType:
		for _, field := range t.Fields() {
			if err := child(field.Type, n, true); err != nil {
				return nil, err
			}
		}
	case *arrow.FixedSizeListType:
		if size := int64(t.Len()); size < 0 || n > 0 && size > maxRows/n {
			return nil, fmt.Errorf("its lists have %d elements", size)
		}
		if err := child(t.Elem(), n*int64(t.Len()), false); err != nil {
			return nil, err
		}
	case *arrow.ListType, *arrow.MapType, *arrow.LargeListType:
		offsets, last, err := r.offsets(n, t.ID() == arrow.LARGE_LIST)
		if err != nil {
			return nil, err
		}
		buffers = append(buffers, offsets)
		if err := child(t.(arrow.ListLikeType).Elem(), last, false); err != nil {
			return nil, err
		}
	case arrow.BinaryViewDataType:
		return r.views(t, n, nulls, validity)
	case arrow.BinaryDataType:
		offsets, last, err := r.offsets(n, t.ID() == arrow.LARGE_STRING || t.ID() == arrow.LARGE_BINARY)
		if err != nil {
			return nil, err
		}
		text, err := r.next(last, 1)
		if err != nil {
			return nil, err
		}
		buffers = append(buffers, offsets, text)
	case arrow.FixedWidthDataType:
		return r.finish(t, n, nulls, buffers, nil, nil, t)
	default:
		return nil, fmt.Errorf("its type %s is not read", t)
	}
	return array.NewData(plain(t), int(n), buffers, children, int(nulls), 0), nil
}

func fixedWidth(t arrow.DataType) arrow.FixedWidthDataType {
	w, _ := t.(arrow.FixedWidthDataType)
	return w
}

// finish reads the elements of a type of fixed width, here width.
func (r *reader) finish(t arrow.DataType, n, nulls int64, buffers []*memory.Buffer, children []arrow.ArrayData, values *array.Data, width arrow.FixedWidthDataType) (arrow.ArrayData, error) {
	bits := int64(width.BitWidth())
	if bits < 0 || bits > 0 && n > maxRows/bits {
		return nil, fmt.Errorf("it claims %d rows of %d bits", n, bits)
	}
	data, err := r.next((n*bits+7)/8, int(min(max(bits/8&-(bits/8), 1), 8)))
	if err != nil {
		return nil, err
	}
	buffers = append(buffers, data)
	if values != nil {
		return array.NewDataWithDictionary(plain(t), int(n), buffers, int(nulls), 0, values), nil
	}
	return array.NewData(t, int(n), buffers, children, int(nulls), 0), nil
}

// validity reads the next bitmap and counts its zeros.
func (r *reader) validity(n, nulls int64) (*memory.Buffer, int64, error) {
	b, err := r.batch.buffer(r.buffer, (n+7)/8, 1, r.budget)
	r.buffer++
	switch {
	case nulls == 0:
		return nil, 0, nil
	case err != nil:
		return nil, 0, err
	case len(b) == 0 && nulls > 0:
		return nil, 0, errors.New("it has nulls and no validity bitmap")
	case len(b) == 0:
		return nil, 0, nil
	}
	return memory.NewBufferBytes(b), n - int64(bitutil.CountSetBits(b, 0, int(n))), nil
}

// offsets reads n+1 offsets, which ascend from 0 or more, and returns the last.
func (r *reader) offsets(n int64, large bool) (*memory.Buffer, int64, error) {
	width := int64(4)
	if large {
		width = 8
	}
	need := (n + 1) * width
	if n == 0 && r.batch.buffers.at(r.buffer).int64(8) == 0 { // no offsets of no rows
		r.buffer++
		return memory.NewBufferBytes(mapped.AlignedBytes(width)), 0, nil
	}
	b, err := r.next(need, int(width))
	if err != nil {
		return nil, 0, err
	}
	before, last := int64(0), int64(0)
	for at := int64(0); at < need; at += width {
		if large {
			last = int64(binary.LittleEndian.Uint64(b.Bytes()[at:]))
		} else {
			last = int64(int32(binary.LittleEndian.Uint32(b.Bytes()[at:])))
		}
		if last < before {
			return nil, 0, fmt.Errorf("its offsets fall at row %d", at/width)
		}
		before = last
	}
	return b, last, nil
}

// A dictionary is the values that a column's indices stand for.
type dictionary struct {
	batch  batch
	err    error // of reading the batch
	values *array.Data
}

// values returns the dictionary of the next dictionary-encoded field.
func (r *reader) values(t *arrow.DictionaryType) (*array.Data, error) {
	if len(r.dictionaries) == 0 {
		return nil, errors.New("it has more dictionaries than the schema")
	}
	d := r.file.dictionaries[r.dictionaries[0]]
	r.dictionaries = r.dictionaries[1:]
	switch {
	case d == nil:
		return nil, errors.New("its dictionary is missing")
	case d.err != nil:
		return nil, fmt.Errorf("its dictionary: %w", d.err)
	case d.values != nil && !arrow.TypeEqual(d.values.DataType(), plain(t.ValueType)):
		return nil, errors.New("its dictionary is of another type")
	case d.values == nil:
		r.budget.Believe(int64(len(d.batch.body)))
		if err := d.batch.countMore(); err != nil {
			return nil, fmt.Errorf("its dictionary: %w", err)
		}
		inner := &reader{r.file, &d.batch, place{}, nil, r.budget}
		data, err := inner.array(t.ValueType, d.batch.rows, true)
		if err != nil {
			return nil, fmt.Errorf("its dictionary: %w", err)
		}
		d.values = data.(*array.Data)
	}
	return d.values, nil
}
