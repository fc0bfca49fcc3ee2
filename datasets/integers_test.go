package datasets

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/deprecated"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"

	"actinit/datasets/parquetcheck"
)

// integerFile returns a Parquet file of one column x whose type the footer gives as change makes it.
func integerFile[T int32 | int64](t *testing.T, change func(*format.SchemaElement), values ...T) []byte {
	t.Helper()
	type row struct {
		X T `parquet:"x"`
	}
	var file bytes.Buffer
	w := parquet.NewGenericWriter[row](&file)
	for _, v := range values {
		if _, err := w.Write([]row{{v}}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return withFooter(t, file.Bytes(), func(m *format.FileMetaData) {
		x := &m.Schema[1]
		x.LogicalType.Value, x.ConvertedType.Valid = nil, false
		change(x)
	})
}

// withFooter returns a Parquet file with its footer changed.
func withFooter(t *testing.T, data []byte, change func(*format.FileMetaData)) []byte {
	t.Helper()
	m, err := parquetcheck.Footer(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		t.Fatal(err)
	}
	change(m)
	footer, err := thrift.Marshal(&thrift.CompactProtocol{}, m)
	if err != nil {
		t.Fatal(err)
	}
	data = append(bytes.Clone(data[:len(data)-8-int(binary.LittleEndian.Uint32(data[len(data)-8:]))]), footer...)
	return append(binary.LittleEndian.AppendUint32(data, uint32(len(footer))), "PAR1"...)
}

// TestNarrowIntegers: in the types of the file, too, an integer is itself or refused, and never cut.
func TestNarrowIntegers(t *testing.T) {
	integer := func(width int8, signed bool) func(*format.SchemaElement) {
		return func(x *format.SchemaElement) {
			x.LogicalType.Value = &format.IntType{BitWidth: width, IsSigned: signed}
		}
	}
	converted := func(c deprecated.ConvertedType) func(*format.SchemaElement) {
		return func(x *format.SchemaElement) { x.ConvertedType = thrift.New(c) }
	}
	for _, test := range []struct {
		name string
		file []byte
		want string // the column, or a part of the error
	}{
		{"INT(8)", integerFile[int32](t, integer(8, true), -128, 127), "int8[-128 127]"},
		{"INT(16, unsigned)", integerFile[int32](t, integer(16, false), 0, 65535), "uint16[0 65535]"},
		{"UINT_8", integerFile[int32](t, converted(deprecated.Uint8), 255), "uint8[255]"},
		{"INT_16", integerFile[int32](t, converted(deprecated.Int16), -32768), "int16[-32768]"},
		{"INT(8) of 300", integerFile[int32](t, integer(8, true), 7, 300), "row 2, column \"x\": the integer 300 is not one of its column's type"},
		{"INT_8 of 300", integerFile[int32](t, converted(deprecated.Int8), 300), "the integer 300 is not one of its column's type"},
		{"INT(16, unsigned) of 70000", integerFile[int32](t, integer(16, false), 70000), "the integer 70000 is not one of its column's type"},
		{"UINT_8 of -1", integerFile[int32](t, converted(deprecated.Uint8), -1), "the integer -1 is not one of its column's type"},
		{"INT(8) in INT64", integerFile[int64](t, integer(8, true), -1, 1<<40), "the Parquet file is damaged"},
	} {
		b, err := OpenBatches(writeFile(t, test.file), Options{AnyType: true})
		got := ""
		if err == nil {
			err = b.each(func(r arrow.Record) error {
				got += r.Column(0).DataType().Name() + strings.ReplaceAll(fmt.Sprint(r.Column(0)), ",", "")
				return nil
			})
			err = errors.Join(err, b.Close())
		}
		if err != nil {
			got = err.Error()
		}
		if got != test.want && (err == nil || !strings.Contains(got, test.want) || strings.Contains(got, "\n")) {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
	}
}

// TestParquetIntegers: integers of every width, by the logical type and by the one before it, are read as they are
// meant, and what is only stored as an integer is refused.
func TestParquetIntegers(t *testing.T) {
	logical := func(v format.LogicalTypeValue) func(*format.SchemaElement) {
		return func(x *format.SchemaElement) { x.LogicalType.Value = v }
	}
	converted := func(c deprecated.ConvertedType) func(*format.SchemaElement) {
		return func(x *format.SchemaElement) { x.ConvertedType = thrift.New(c) }
	}
	integer := func(width int8, signed bool) func(*format.SchemaElement) {
		return logical(&format.IntType{BitWidth: width, IsSigned: signed})
	}
	decimal := func(x *format.SchemaElement) {
		x.ConvertedType, x.Scale, x.Precision = thrift.New(deprecated.Decimal), thrift.New(int32(2)), thrift.New(int32(9))
	}
	plain := func(*format.SchemaElement) {}
	for _, test := range []struct {
		name string
		file []byte
		want string // the column, or a part of the error
	}{
		{"INT32", integerFile[int32](t, plain, math.MinInt32, 7), "float64[-2.147483648e+09 7]"},
		{"INT64", integerFile[int64](t, plain, math.MinInt64, 1<<53), "float64[-9.223372036854776e+18 9.007199254740992e+15]"},
		{"INT64 of 2^53+1", integerFile[int64](t, plain, 0, 1<<53+1), "row 2"},
		{"INT(8)", integerFile[int32](t, integer(8, true), -128, 127), "float32[-128 127]"},
		{"INT(16)", integerFile[int32](t, integer(16, true), -32768), "float32[-32768]"},
		{"INT(16, unsigned)", integerFile[int32](t, integer(16, false), 65535), "float32[65535]"},
		{"INT(16) of 2^24+1", integerFile[int32](t, integer(16, true), 1<<24+1), "row 1"},
		{"INT(32, unsigned)", integerFile[int32](t, integer(32, false), -1), "float64[4.294967295e+09]"},
		{"INT(64, unsigned)", integerFile[int64](t, integer(64, false), math.MinInt64), "float64[9.223372036854776e+18]"},
		{"INT(64, unsigned) of 2^64-1", integerFile[int64](t, integer(64, false), -1), "18446744073709551615"},
		{"INT(8) in INT64", integerFile[int64](t, integer(8, true), -1, 1<<40), "stored as INT64"},
		{"INT_8", integerFile[int32](t, converted(deprecated.Int8), -128), "float32[-128]"},
		{"INT_16", integerFile[int32](t, converted(deprecated.Int16), 300), "float32[300]"},
		{"INT_32", integerFile[int32](t, converted(deprecated.Int32), -1), "float64[-1]"},
		{"INT_64", integerFile[int64](t, converted(deprecated.Int64), -1), "float64[-1]"},
		{"UINT_8", integerFile[int32](t, converted(deprecated.Uint8), 255), "float32[255]"},
		{"UINT_16", integerFile[int32](t, converted(deprecated.Uint16), 65535), "float32[65535]"},
		{"UINT_32", integerFile[int32](t, converted(deprecated.Uint32), -1), "float64[4.294967295e+09]"},
		{"UINT_64", integerFile[int64](t, converted(deprecated.Uint64), math.MinInt64), "float64[9.223372036854776e+18]"},
		{"DECIMAL", integerFile[int32](t, decimal, 7, -123456789), "float64[0.07 -1.23456789e+06]"},
		{"DECIMAL, logical", integerFile[int64](t, logical(&format.DecimalType{Scale: 2, Precision: 9}), 7), "float64[0.07]"},
		{"DATE", integerFile[int32](t, converted(deprecated.Date), 7), "DATE"},
		{"INT(64) in INT32", integerFile[int32](t, integer(64, true), 7), "stored as INT32"},
		{"UINT_8 in INT64", integerFile[int64](t, converted(deprecated.Uint8), 7), "stored as INT64"},
		{"DATE, logical", integerFile[int32](t, logical(&format.DateType{}), 7), "DATE"},
	} {
		table, err := Open(writeFile(t, test.file), Options{})
		if err != nil {
			if !strings.Contains(err.Error(), test.want) || strings.Contains(err.Error(), "\n") {
				t.Errorf("%s: %v, want %s", test.name, err, test.want)
			}
			continue
		}
		if got := column(t, table, "x"); got != test.want {
			t.Errorf("%s: %s, want %s", test.name, got, test.want)
		}
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	}
}
