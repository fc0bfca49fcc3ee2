package arrowmap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"unicode/utf8"

	"actinit/datasets/unfold"

	"github.com/apache/arrow/go/v15/arrow"
)

// Texts returns the rows of column i, whose type must be Utf8, without nulls.
func (f *File) Texts(i int, budget *unfold.Budget) ([]string, error) {
	field := f.fields[i]
	if field.TypeName != "Utf8" {
		return nil, fmt.Errorf("column %q has the type %s, want Utf8", field.Name, field.TypeName)
	}
	var rows []string
	err := f.lists(field, budget, func(b *batch, at place, offsets []int32) error {
		end := offsets[len(offsets)-1]
		data, err := b.elements(at.buffer+2, int64(end), budget)
		if err != nil {
			return err
		}
		for k := range offsets[1:] {
			text := data[offsets[k]:offsets[k+1]]
			if !utf8.Valid(text) {
				return fmt.Errorf("row %d is not UTF-8 text", len(rows)+1)
			}
			rows = append(rows, string(text))
		}
		return nil
	})
	return rows, err
}

// A List is where the elements of a column's rows are.
type List struct {
	Row     int // of the file
	Element arrow.DataType
	data    func() ([]byte, error)
}

// Bytes returns the elements as they lie in the file, little endian.
func (l List) Bytes() ([]byte, error) { return l.data() }

// Lists returns the rows of column i, whose type must be List of numbers, without
// nulls. Each row's elements are looked at when its Bytes are asked for.
func (f *File) Lists(i int, budget *unfold.Budget) ([]List, error) {
	field := f.fields[i]
	if field.TypeName != "List" || field.element == nil {
		return nil, fmt.Errorf("column %q has the type %s, want List of numbers", field.Name, field.TypeName)
	}
	var rows []List
	err := f.lists(field, budget, func(b *batch, at place, offsets []int32) error {
		width := int64(field.element.(arrow.FixedWidthDataType).BitWidth() / 8)
		count := int64(offsets[len(offsets)-1])
		node := b.nodes.at(at.node + 1)
		if node.int64(0) < count || node.int64(8) != 0 {
			return fmt.Errorf("its lists hold %d elements, want %d without nulls", node.int64(0), count)
		}
		for k := range offsets[1:] {
			from, to := int64(offsets[k])*width, int64(offsets[k+1])*width
			rows = append(rows, List{len(rows), field.element, func() ([]byte, error) {
				data, err := b.elements(at.buffer+3, count*width, budget)
				if err != nil {
					return nil, err
				}
				return data[from:to], nil
			}})
		}
		return nil
	})
	return rows, err
}

// lists shows the offsets of each batch of a column of variable length, len rows+1 and ascending.
func (f *File) lists(field Field, budget *unfold.Budget, each func(b *batch, at place, offsets []int32) error) error {
	for k := range f.batches {
		b := &f.batches[k]
		at, err := b.place(field)
		if err == nil {
			var offsets []int32
			if offsets, err = b.offsets(at, budget); err == nil && len(offsets) > 1 {
				err = each(b, at, offsets)
			}
		}
		if err != nil {
			return fmt.Errorf("record batch %d, column %q: %w", k+1, field.Name, err)
		}
	}
	return nil
}

// elements returns the first need bytes of a buffer.
func (b *batch) elements(i int, need int64, budget *unfold.Budget) ([]byte, error) {
	data, err := b.buffer(i, need, 1, budget)
	if err == nil && int64(len(data)) < need {
		err = fmt.Errorf("it has no data for its %d bytes", need)
	}
	return data, err
}

func (b *batch) offsets(at place, budget *unfold.Budget) ([]int32, error) {
	node := b.nodes.at(at.node)
	switch {
	case node.int64(0) != b.rows:
		return nil, fmt.Errorf("it has %d rows in a batch of %d", node.int64(0), b.rows)
	case node.int64(8) != 0:
		return nil, errors.New("it has nulls")
	case b.rows > int64(len(b.body)):
		return nil, fmt.Errorf("it claims %d rows in a body of %d bytes", b.rows, len(b.body))
	case b.rows == 0:
		return nil, nil
	}
	raw, err := b.buffer(at.buffer+1, 4*(b.rows+1), 1, budget)
	switch {
	case err != nil:
		return nil, err
	case raw == nil:
		return nil, fmt.Errorf("it has no offsets for its %d rows", b.rows)
	}
	offsets := make([]int32, b.rows+1)
	last := int32(0)
	for i := range offsets {
		offsets[i] = int32(binary.LittleEndian.Uint32(raw[4*i:]))
		if offsets[i] < last {
			return nil, fmt.Errorf("its offsets fall at row %d", i)
		}
		last = offsets[i]
	}
	return offsets, nil
}
