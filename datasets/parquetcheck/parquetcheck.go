// Package parquetcheck holds what a Parquet file claims against the file, before a library
// that believes the claims takes memory for them. Pages of plain numbers it reads itself.
package parquetcheck

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
)

const parquetMagic = "PAR1"

// A schema nested deeper is refused: the library follows it by recursion.
const maxSchemaNesting = 64

// Footer holds the footer against the file before the library reads it.
func Footer(r io.ReaderAt, size int64) (*format.FileMetaData, error) {
	end := make([]byte, 8)
	if size < int64(len(parquetMagic)+len(end)) {
		return nil, errors.New("it is too short for a Parquet file, it is truncated")
	}
	if _, err := r.ReadAt(end, size-8); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	if string(end[4:]) != parquetMagic {
		return nil, fmt.Errorf("it does not end with %s, the Parquet file is truncated", parquetMagic)
	}
	length := int64(binary.LittleEndian.Uint32(end))
	if length > size-int64(len(parquetMagic)+len(end)) {
		return nil, fmt.Errorf("its Parquet footer claims %d bytes of a file of %d", length, size)
	}
	footer := make([]byte, length)
	if _, err := r.ReadAt(footer, size-8-length); err != nil {
		return nil, fmt.Errorf("it cannot be read: %w", err)
	}
	walk := &thriftWalk{data: footer}
	if err := walk.structure(0, 0); err != nil {
		return nil, fmt.Errorf("the Parquet file is damaged: %w", err)
	}
	var metadata format.FileMetaData
	if err := thrift.Unmarshal(&thrift.CompactProtocol{}, footer[:walk.pos], &metadata); err != nil {
		return nil, fmt.Errorf("the Parquet file is damaged: %w", err)
	}
	return &metadata, checkMetadata(size-8-length, &metadata)
}

// checkMetadata holds the metadata against themselves and against the data,
// which end where the footer begins.
func checkMetadata(end int64, m *format.FileMetaData) error {
	leaves, ok := flatLeaves(m.Schema)
	if !ok {
		return fmt.Errorf("the Parquet file is damaged: its schema is not a tree of at most %d levels", maxSchemaNesting)
	}
	var rows int64
	for g, group := range m.RowGroups {
		if group.NumRows < 0 || rows+group.NumRows < rows {
			return fmt.Errorf("row group %d claims %d rows", g+1, group.NumRows)
		}
		rows += group.NumRows
		if len(group.Columns) != len(leaves) {
			return fmt.Errorf("row group %d has columns for %d of the %d in the schema", g+1, len(group.Columns), len(leaves))
		}
		for c, column := range group.Columns {
			start, length := extent(&column.MetaData)
			if start < int64(len(parquetMagic)) || length < 0 || start > end || length > end-start {
				return fmt.Errorf("row group %d, column %d lies beyond the end of the data, the Parquet file is truncated", g+1, c+1)
			}
		}
	}
	if rows != m.NumRows {
		return fmt.Errorf("its row groups hold %d rows, the Parquet file claims %d", rows, m.NumRows)
	}
	return nil
}

// flatLeaves walks the schema, which is a tree laid out depth first, and returns of each leaf whether it has one value,
// or null, in every row.
func flatLeaves(schema []format.SchemaElement) (flat []bool, ok bool) {
	open := []int32{1} // children still to come, level by level
	for _, element := range schema {
		if len(open) == 0 || len(open) > maxSchemaNesting {
			return nil, false
		}
		open[len(open)-1]--
		children := element.NumChildren.V
		switch {
		case children < 0:
			return nil, false
		case children > 0:
			open = append(open, children)
		case element.Type.Valid:
			flat = append(flat, len(open) == 2 && element.RepetitionType.V != format.Repeated)
		}
		for len(open) > 0 && open[len(open)-1] == 0 {
			open = open[:len(open)-1]
		}
	}
	return flat, len(open) == 0
}

// extent returns where a column chunk lies in the file.
func extent(m *format.ColumnMetaData) (start, length int64) {
	start = m.DataPageOffset
	if m.DictionaryPageOffset > 0 && m.DictionaryPageOffset < start {
		start = m.DictionaryPageOffset
	}
	return start, m.TotalCompressedSize
}

// walkHeader walks over the page header at an offset and returns its length.
func walkHeader(r io.ReaderAt, at, end int64, integer func(outer, inner int16, v int64)) (int64, error) {
	// Headers are short, unless long strings stand in their statistics.
	for _, window := range []int64{1 << 8, 1 << 14, 1 << 24} {
		data := make([]byte, min(window, end-at))
		if _, err := r.ReadAt(data, at); err != nil && err != io.EOF {
			return 0, err
		}
		walk := &thriftWalk{data: data, integer: integer}
		err := walk.structure(0, 0)
		switch {
		case err == nil:
			return int64(walk.pos), nil
		case int64(len(data)) == end-at || err == errThriftDeep || err == errThriftType:
			return 0, err
		}
	}
	return 0, errThriftShort
}
