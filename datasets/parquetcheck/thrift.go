package parquetcheck

import (
	"encoding/binary"
	"errors"
)

// A thriftWalk checks one value in Thrift's compact protocol, in which Parquet
// keeps its metadata, without storing it. The decoder of the Parquet library
// believes a list's length before it has seen the list, and follows nested
// structs as deep as they go; either can end the process. What passes here has
// at least one byte for each element and at most maxThriftNesting levels.
//
// Format: https://github.com/apache/thrift/blob/master/doc/specs/thrift-compact-protocol.md
type thriftWalk struct {
	data []byte
	pos  int

	// integer is told each integer field of the outermost struct (outer is its
	// id, inner 0) and of the structs directly in it. A boolean is 1 or 0.
	integer func(outer, inner int16, v int64)
}

const maxThriftNesting = 32

var (
	errThriftShort  = errors.New("its metadata end early")
	errThriftDeep   = errors.New("its metadata are nested too deep")
	errThriftType   = errors.New("its metadata hold a type that Thrift does not have")
	errThriftEmpty  = errors.New("its metadata hold a list of structs without their fields")
	errThriftLength = errors.New("its metadata claim a list longer than the data")
)

// Types of Thrift's compact protocol.
const (
	thriftTrue   = 1
	thriftFalse  = 2
	thriftByte   = 3
	thriftInt16  = 4
	thriftInt32  = 5
	thriftInt64  = 6
	thriftDouble = 7
	thriftBinary = 8
	thriftList   = 9
	thriftSet    = 10
	thriftMap    = 11
	thriftStruct = 12
	thriftUUID   = 13
)

// structure walks over a struct. outer is the id of the field it stands in, 0
// for the outermost.
func (w *thriftWalk) structure(depth int, outer int16) error {
	if depth > maxThriftNesting {
		return errThriftDeep
	}
	var id int16
	for {
		head, err := w.byte()
		if err != nil || head == 0 {
			return err
		}
		if delta := head >> 4; delta != 0 {
			id += int16(delta)
		} else {
			v, err := w.zigzag()
			if err != nil {
				return err
			}
			id = int16(v)
		}
		kind := head & 15
		var v int64
		switch kind {
		case thriftTrue, thriftFalse: // the type is the value
			v = int64(thriftFalse - kind)
		case thriftInt16, thriftInt32, thriftInt64:
			if v, err = w.zigzag(); err != nil {
				return err
			}
		default:
			if err := w.value(kind, depth, id); err != nil {
				return err
			}
			continue
		}
		switch {
		case w.integer == nil:
		case depth == 0:
			w.integer(id, 0, v)
		case depth == 1:
			w.integer(outer, id, v)
		}
	}
}

func (w *thriftWalk) value(kind byte, depth int, field int16) error {
	switch kind {
	case thriftTrue, thriftFalse, thriftByte:
		return w.skip(1)
	case thriftInt16, thriftInt32, thriftInt64:
		_, err := w.uvarint()
		return err
	case thriftDouble:
		return w.skip(8)
	case thriftUUID:
		return w.skip(16)
	case thriftBinary:
		n, err := w.uvarint()
		if err != nil {
			return err
		}
		return w.skip(n)
	case thriftList, thriftSet:
		return w.list(depth, field)
	case thriftMap:
		return w.mapping(depth)
	case thriftStruct:
		return w.structure(depth+1, field)
	}
	return errThriftType
}

func (w *thriftWalk) list(depth int, field int16) error {
	head, err := w.byte()
	if err != nil {
		return err
	}
	n := uint64(head >> 4)
	if n == 15 {
		if n, err = w.uvarint(); err != nil {
			return err
		}
	}
	least := leastStruct
	if depth == depthOfRowGroup && field == columnsOfRowGroup {
		least = leastColumn
	}
	return w.elements(n, depth, least, head&15)
}

func (w *thriftWalk) mapping(depth int) error {
	n, err := w.uvarint()
	if err != nil || n == 0 {
		return err
	}
	kinds, err := w.byte()
	if err != nil {
		return err
	}
	return w.elements(n, depth, leastStruct, kinds>>4, kinds&15)
}

// Bytes of the least struct in a list, as the required fields of Parquet's have it. In memory each takes
// hundreds, and a column chunk the most.
const (
	leastStruct = 3
	leastColumn = 16

	depthOfRowGroup   = 3
	columnsOfRowGroup = 1 // the field
)

// elements walks over n times one value of each kind. Structs have at least least bytes.
func (w *thriftWalk) elements(n uint64, depth, least int, kinds ...byte) error {
	if n > uint64(len(w.data)-w.pos) {
		return errThriftLength
	}
	if depth > maxThriftNesting {
		return errThriftDeep
	}
	for range n {
		for _, kind := range kinds {
			from := w.pos
			// depth + 2: no struct in a list is one whose integers are told.
			if err := w.value(kind, depth+2, 0); err != nil {
				return err
			}
			if kind == thriftStruct && w.pos-from < least {
				return errThriftEmpty
			}
		}
	}
	return nil
}

func (w *thriftWalk) byte() (byte, error) {
	if w.pos >= len(w.data) {
		return 0, errThriftShort
	}
	w.pos++
	return w.data[w.pos-1], nil
}

func (w *thriftWalk) skip(n uint64) error {
	if n > uint64(len(w.data)-w.pos) {
		return errThriftShort
	}
	w.pos += int(n)
	return nil
}

func (w *thriftWalk) uvarint() (uint64, error) {
	v, n := binary.Uvarint(w.data[w.pos:])
	if n <= 0 {
		return 0, errThriftShort
	}
	w.pos += n
	return v, nil
}

func (w *thriftWalk) zigzag() (int64, error) {
	v, err := w.uvarint()
	return int64(v>>1) ^ -int64(v&1), err
}
