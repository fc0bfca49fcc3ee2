package rowfile

import (
	"encoding/json"
	"fmt"
	"io"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"

	"actinit/harness/result"
)

// Row is the set of row types that files hold.
type Row interface {
	result.Bench | result.Accuracy | result.Distribution | result.Layer | result.Claim | result.Curve | result.Pair | result.Limit
}

// A Column describes one column of a table.
type Column struct {
	Name string // as in the files: "ns_per_elem"
	Type string // "string", "int64", "optional int64", "float64", "bool", "timestamp[us, UTC]", "list<int64>"
	Unit string // "" where there is none, or it is that of the quantity itself

	Comment string // what the column holds: the comment of the row's field in package result
}

// Columns returns the columns of Row's table, in the order of the file.
func Columns[R Row]() []Column { return tableOf[R]().columns() }

// Name returns the name of Row's table, which is its files' base name: "bench",
// "accuracy", "distribution", "layers", "claims", "curves", "pairs" or "limits".
func Name[R Row]() string { return tableOf[R]().title() }

// Sorted returns the rows as a file holds them: sorted by kernel (or net) and
// sample, times in UTC and whole microseconds. The rows given are not changed.
func Sorted[R Row](rows []R) []R { return tableOf[R]().sorted(rows) }

// IsSorted reports whether the rows are in the order of a file.
func IsSorted[R Row](rows []R) bool { return tableOf[R]().isSorted(rows) }

// Metadata keys of the files, in Parquet's key-value metadata and in the Arrow
// schema.
const (
	KeySchema = "actinit.schema" // table and version, e.g. "bench/1"
	KeyRun    = "actinit.run"    // run IDs of the rows, comma separated
	KeyUnits  = "actinit.units"  // JSON object, column name to unit

	KeyComments = "actinit.comments" // JSON object, column name to what it holds
)

// A stored table reads and writes rows of one type.
type stored[R Row] interface {
	title() string
	columns() []Column
	sorted(rows []R) []R
	isSorted(rows []R) bool
	writeParquet(w io.Writer, rows []R) error
	readParquet(r io.ReaderAt, size int64, file string) ([]R, error)
	writeArrow(w io.Writer, rows []R) error
}

func tableOf[R Row]() stored[R] {
	var found any
	switch any(*new(R)).(type) {
	case result.Bench:
		found = benchTable
	case result.Accuracy:
		found = accuracyTable
	case result.Distribution:
		found = distributionTable
	case result.Layer:
		found = layerTable
	case result.Claim:
		found = claimTable
	case result.Curve:
		found = curveTable
	case result.Pair:
		found = pairTable
	case result.Limit:
		found = limitTable
	}
	return found.(stored[R])
}

// A table is the description of rows R stored as C. C has the fields of R in
// the same order, so that the conversions are checked by the compiler.
type table[R Row, C any] struct {
	name    string
	version int // raised when a column changes its meaning; new columns do not raise it
	store   func(R) C
	load    func(C) R
	started func(*C) *time.Time
	day     func(*C) *string
	sorting []string         // columns that rows are sorted by
	compare func(a, b C) int // the same order
}

func (t *table[R, C]) title() string { return t.name }

func (t *table[R, C]) schemaName() string { return t.name + "/" + strconv.Itoa(t.version) }

func (t *table[R, C]) columns() []Column {
	typ := reflect.TypeFor[C]()
	columns := make([]Column, typ.NumField())
	for i := range columns {
		field := typ.Field(i)
		name := columnName(field)
		columns[i] = Column{name, typeName(field.Type), field.Tag.Get("unit"), comments[t.name][name]}
	}
	return columns
}

// field returns the field of a column.
func (t *table[R, C]) field(column string) reflect.StructField {
	typ := reflect.TypeFor[C]()
	for i := range typ.NumField() {
		if f := typ.Field(i); columnName(f) == column {
			return f
		}
	}
	panic("rowfile: no such column")
}

// absent reports whether older files do not have the column: its tag absent says what
// their rows have in its place, "0" or "nan".
func absent(field reflect.StructField) bool {
	_, ok := field.Tag.Lookup("absent")
	return ok
}

// fillAbsent puts NaN where a file of that schema has no numbers: zeros are there already.
func (t *table[R, C]) fillAbsent(columns []C, schema *parquet.Schema) {
	typ := reflect.TypeFor[C]()
	for i := range typ.NumField() {
		field := typ.Field(i)
		if _, have := schema.Lookup(columnName(field)); have || field.Tag.Get("absent") != "nan" {
			continue
		}
		for j := range columns {
			reflect.ValueOf(&columns[j]).Elem().Field(i).SetFloat(math.NaN())
		}
	}
}

func columnName(field reflect.StructField) string {
	name, _, _ := strings.Cut(field.Tag.Get("parquet"), ",")
	return name
}

func typeName(t reflect.Type) string {
	switch {
	case t == reflect.TypeFor[time.Time]():
		return "timestamp[us, UTC]"
	case t.Kind() == reflect.Pointer:
		return "optional " + t.Elem().String()
	case t.Kind() == reflect.Slice:
		return "list<" + t.Elem().String() + ">"
	}
	return t.String()
}

// The Parquet library counts time in int64 nanoseconds on its way to
// microseconds and wraps around silently outside these years.
var (
	earliest = time.Date(1678, 1, 1, 0, 0, 0, 0, time.UTC)
	latest   = time.Date(2262, 1, 1, 0, 0, 0, 0, time.UTC)
)

// checkTimes refuses rows that a file could not give back. The usual cause is a
// row whose run identity was never set.
func (t *table[R, C]) checkTimes(columns []C) error {
	for i := range columns {
		if started := *t.started(&columns[i]); started.Before(earliest) || started.After(latest) {
			return fmt.Errorf("%s row %d of %d: started is %s: want the start of the run", t.name, i+1, len(columns), started.Format(time.DateTime))
		}
	}
	return nil
}

// toColumns converts rows to their stored form, sorted, with times in UTC and
// microseconds, which is what the files keep.
func (t *table[R, C]) toColumns(rows []R) []C {
	columns := make([]C, len(rows))
	for i, row := range rows {
		columns[i] = t.store(row)
		started := t.started(&columns[i])
		*started = started.UTC().Truncate(time.Microsecond)
		*t.day(&columns[i]) = started.Format(time.DateOnly)
	}
	slices.SortStableFunc(columns, t.compare)
	return columns
}

func (t *table[R, C]) sorted(rows []R) []R { return t.toRows(t.toColumns(rows)) }

func (t *table[R, C]) isSorted(rows []R) bool {
	columns := make([]C, len(rows))
	for i, row := range rows {
		columns[i] = t.store(row)
	}
	return slices.IsSortedFunc(columns, t.compare)
}

func (t *table[R, C]) toRows(columns []C) []R {
	rows := make([]R, len(columns))
	for i := range columns {
		started := t.started(&columns[i])
		*started = started.UTC()
		*t.day(&columns[i]) = started.Format(time.DateOnly) // files from before there was the column
		rows[i] = t.load(columns[i])
	}
	return rows
}

// metadata returns the key-value pairs that stand in every file.
func (t *table[R, C]) metadata(runs []string) map[string]string {
	units := map[string]string{}
	for _, c := range t.columns() {
		if c.Unit != "" {
			units[c.Name] = c.Unit
		}
	}
	return map[string]string{
		KeySchema:   t.schemaName(),
		KeyRun:      strings.Join(runs, ","),
		KeyUnits:    object(units),
		KeyComments: object(comments[t.name]),
	}
}

// object encodes strings by name as JSON.
func object(strings map[string]string) string {
	encoded, err := json.Marshal(strings)
	if err != nil {
		panic("rowfile: strings have JSON")
	}
	return string(encoded)
}

// runs lists the run IDs of stored rows in order of appearance.
func runs[C any](columns []C) []string {
	field := runField[C]()
	var ids []string
	for i := range columns {
		id := reflect.ValueOf(&columns[i]).Elem().Field(field).String()
		if !slices.Contains(ids, id) {
			ids = append(ids, id)
		}
	}
	return ids
}

func runField[C any]() int {
	typ := reflect.TypeFor[C]()
	for i := range typ.NumField() {
		if columnName(typ.Field(i)) == "run_id" {
			return i
		}
	}
	panic("rowfile: a table without run_id")
}

func nilIfEmpty[T any](s []T) []T {
	if len(s) == 0 {
		return nil
	}
	return s
}
