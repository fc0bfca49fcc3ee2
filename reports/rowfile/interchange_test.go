package rowfile

import (
	"bytes"
	"context"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"
	arrowparquet "github.com/apache/arrow/go/v15/parquet"
	"github.com/apache/arrow/go/v15/parquet/compress"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"pgregory.net/rapid"

	"actinit/harness/result"
)

// sample rows with something in every kind of column.
func accuracyRows() []result.Accuracy {
	return Sorted([]result.Accuracy{
		{RunID: "r", Started: now, Op: "tanh", Inputs: 3, Exhaustive: true, MaxULP: .5, Histogram: []int64{1, 2, 3}},
		{RunID: "r", Started: now, Op: "elu", Inputs: 4, BinadeMaxULP: []float64{.25}},
		{RunID: "r", Started: now, Op: "relu", Mistrusted: true, Histogram: []int64{9}},
	})
}

// Apache Arrow's own reader sees the same values in what parquet-go wrote.
func TestArrowReadsOurParquet(t *testing.T) {
	want := accuracyRows()
	var file bytes.Buffer
	if err := WriteParquet(&file, want); err != nil {
		t.Fatal(err)
	}
	table, err := pqarrow.ReadTable(context.Background(), bytes.NewReader(file.Bytes()),
		arrowparquet.NewReaderProperties(nil), pqarrow.ArrowReadProperties{}, memory.DefaultAllocator)
	if err != nil {
		t.Fatal(err)
	}
	defer table.Release()
	if int(table.NumRows()) != len(want) {
		t.Fatalf("%d rows, want %d", table.NumRows(), len(want))
	}
	column := func(name string) arrow.Array {
		at := table.Schema().FieldIndices(name)
		if len(at) != 1 {
			t.Fatalf("no column %s", name)
		}
		return table.Column(at[0]).Data().Chunk(0)
	}
	started := column("started")
	if got := started.DataType().String(); got != "timestamp[us, tz=UTC]" {
		t.Errorf("started is %s", got)
	}
	for i, row := range want {
		if got := column("op").(*array.String).Value(i); got != row.Op {
			t.Errorf("row %d: op %q, want %q", i, got, row.Op)
		}
		if got := started.(*array.Timestamp).Value(i).ToTime(arrow.Microsecond); !got.Equal(row.Started) {
			t.Errorf("row %d: started %v, want %v", i, got, row.Started)
		}
		if got := column("max_ulp").(*array.Float64).Value(i); got != row.MaxULP {
			t.Errorf("row %d: max_ulp %v, want %v", i, got, row.MaxULP)
		}
		if got := column("exhaustive").(*array.Boolean).Value(i); got != row.Exhaustive {
			t.Errorf("row %d: exhaustive %v, want %v", i, got, row.Exhaustive)
		}
		list := column("ulp_histogram").(*array.List)
		lo, hi := list.ValueOffsets(i)
		if got := list.ListValues().(*array.Int64).Int64Values()[lo:hi]; !slices.Equal(got, row.Histogram) {
			t.Errorf("row %d: histogram %v, want %v", i, got, row.Histogram)
		}
	}
}

// A file that Apache Arrow wrote of the same table has lists whose elements may
// be null. It is refused with the column's name: a null would read as 0.
func TestNullableListIsRefused(t *testing.T) {
	table := accuracyTable
	schema := table.arrowSchema([]string{"r"})
	record := table.record(schema, table.toColumns(accuracyRows()))
	defer record.Release()
	for i, field := range schema.Fields() {
		if !arrow.TypeEqual(record.Column(i).DataType(), field.Type) {
			t.Errorf("column %s is %s", field.Name, record.Column(i).DataType())
		}
	}
	arrowTable := array.NewTableFromRecords(schema, []arrow.Record{record})
	defer arrowTable.Release()
	var file bytes.Buffer
	err := pqarrow.WriteTable(arrowTable, &file, 1024,
		arrowparquet.NewWriterProperties(arrowparquet.WithCompression(compress.Codecs.Zstd)), pqarrow.DefaultWriterProps())
	if err != nil {
		t.Fatal(err)
	}
	_, err = ReadParquetFrom[result.Accuracy](bytes.NewReader(file.Bytes()), int64(file.Len()), "theirs.parquet")
	const want = `theirs.parquet: column "ulp_histogram" is list<optional int(64,true)>, want list<int(64,true)>`
	if err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// readArrow reads rows with Apache Arrow's reader.
func readArrow[R Row](t *rapid.T, file []byte) []R {
	r, err := ipc.NewFileReader(bytes.NewReader(file))
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	rows := []R{}
	for i := range r.NumRecords() {
		record, err := r.Record(i)
		if err != nil {
			t.Fatal(err)
		}
		at := len(rows)
		rows = append(rows, make([]R, record.NumRows())...)
		for j := range rows[at:] {
			row := reflect.ValueOf(&rows[at+j]).Elem()
			for k, c := range Columns[R]() {
				if record.ColumnName(k) != c.Name {
					t.Fatalf("column %d is %s, want %s", k, record.ColumnName(k), c.Name)
				}
				field := row.Field(k)
				if field.Kind() == reflect.Pointer {
					if record.Column(k).IsNull(j) {
						continue
					}
					field.Set(reflect.New(field.Type().Elem()))
					field = field.Elem()
				}
				field.Set(reflect.ValueOf(element(record.Column(k), j)))
			}
		}
	}
	return rows
}

// element returns element i of an Arrow array as the row's field has it.
func element(values arrow.Array, i int) any {
	switch values := values.(type) {
	case *array.String:
		return strings.Clone(values.Value(i))
	case *array.Int64:
		return values.Value(i)
	case *array.Float64:
		return values.Value(i)
	case *array.Boolean:
		return values.Value(i)
	case *array.Timestamp:
		return time.UnixMicro(int64(values.Value(i))).UTC()
	case *array.List:
		lo, hi := values.ValueOffsets(i)
		switch elements := values.ListValues().(type) {
		case *array.Int64:
			return nilIfEmpty(slices.Clone(elements.Int64Values()[lo:hi]))
		case *array.Float64:
			return nilIfEmpty(slices.Clone(elements.Float64Values()[lo:hi]))
		}
	}
	panic("no row field holds " + values.DataType().String())
}
