package datasets

import (
	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/file"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"github.com/parquet-go/parquet-go"
)

// checkStructs refuses a column of structs in an encoding that Arrow's library reads wrongly.
func checkStructs(path string, f *parquet.File, column *parquet.Column, t arrow.DataType) error {
	if !holdsStructs(t) {
		return nil
	}
	for _, leaf := range leavesOf(column) {
		if e := packing(f, leaf); e != nil {
			return badFile(path, "column %q holds structs in the encoding %v, which is not read there", column.Name(), *e)
		}
	}
	return nil
}

// holdsStructs reports whether there are structs, as in maps, anywhere in a type.
func holdsStructs(t arrow.DataType) bool {
	switch t := t.(type) {
	case *arrow.StructType, *arrow.MapType:
		return true
	case arrow.ListLikeType:
		return holdsStructs(t.Elem())
	}
	return false
}

// tryStructs decodes the leaves of a column that holds structs, batch by batch, as the library will. It does so in goroutines of its own,
// where nobody catches that it panics on a damaged page; here the caller does.
func tryStructs(in *pqarrow.FileReader, field *pqarrow.SchemaField, batch int64) error {
	if len(field.Children) == 0 { // IsLeaf takes groups for the first leaf
		return tryLeaf(in.ParquetReader(), field, batch)
	}
	for i := range field.Children {
		if err := tryStructs(in, &field.Children[i], batch); err != nil {
			return err
		}
	}
	return nil
}

func tryLeaf(in *file.Reader, leaf *pqarrow.SchemaField, batch int64) error {
	records := file.NewRecordReader(in.MetaData().Schema.Column(leaf.ColIndex), leaf.LevelInfo, leaf.Field.Type, memory.DefaultAllocator, in.BufferPool())
	defer records.Release()
	group, left := 0, batch
	for {
		n := int64(0)
		if records.HasMore() {
			var err error
			if n, err = records.ReadRecords(left); err != nil {
				return err
			}
		}
		if left -= n; left == 0 {
			dropRecords(records)
			left = batch
		}
		if n > 0 {
			continue
		}
		if group == in.NumRowGroups() {
			dropRecords(records)
			return nil
		}
		pages, err := in.RowGroup(group).GetColumnPageReader(leaf.ColIndex)
		if err != nil {
			return err
		}
		records.SetPageReader(pages)
		group++
	}
}

// dropRecords makes room for the next batch.
func dropRecords(records file.RecordReader) {
	if b, ok := records.(file.BinaryRecordReader); ok {
		for _, chunk := range b.GetBuilderChunks() {
			chunk.Release()
		}
	}
	records.Reset()
}
