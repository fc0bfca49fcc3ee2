package rowfile

import (
	"bytes"
	"io"
	"math"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"pgregory.net/rapid"

	"actinit/datasets/buildinfo"
	"actinit/harness/result"
)

var now = time.Date(2026, 1, 2, 15, 4, 5, 123456000, time.UTC)

// generate fills every field of a row with anything its type can hold: the
// formats must keep all of it.
func generate[R Row](t *rapid.T) R {
	var row R
	v := reflect.ValueOf(&row).Elem()
	for i := range v.NumField() {
		name := v.Type().Field(i).Name
		switch p := v.Field(i).Addr().Interface().(type) {
		case *string:
			*p = rapid.String().Draw(t, name)
		case *int64:
			*p = rapid.Int64().Draw(t, name)
		case *float64:
			*p = float64Values.Draw(t, name)
		case **int64:
			*p = rapid.Ptr(rapid.Int64(), true).Draw(t, name)
		case **float64:
			*p = rapid.Ptr(float64Values, true).Draw(t, name)
		case *bool:
			*p = rapid.Bool().Draw(t, name)
		case *time.Time:
			*p = time.UnixMicro(rapid.Int64Range(earliest.UnixMicro(), latest.UnixMicro()).Draw(t, name)).UTC()
		case *[]int64:
			*p = nilIfEmpty(rapid.SliceOfN(rapid.Int64(), 0, 64).Draw(t, name))
		case *[]float64:
			*p = nilIfEmpty(rapid.SliceOfN(float64Values, 0, 64).Draw(t, name))
		default:
			panic("no generator for field " + name)
		}
	}
	v.FieldByName("Day").SetString(v.FieldByName("Started").Interface().(time.Time).Format(time.DateOnly))
	return row
}

// float64Values are all of them, special ones often.
var float64Values = rapid.OneOf(
	rapid.Map(rapid.Uint64(), math.Float64frombits),
	rapid.SampledFrom([]float64{0, math.Copysign(0, -1), 1, math.NaN(), math.Inf(1), math.Inf(-1), math.SmallestNonzeroFloat64, math.MaxFloat64}),
)

// sameBits compares floats by their bits: NaN equals itself, and -0 is not +0.
var sameBits = cmp.Comparer(func(a, b float64) bool { return math.Float64bits(a) == math.Float64bits(b) })

func TestRoundTrip(t *testing.T) {
	t.Run("bench", roundTrip[result.Bench])
	t.Run("accuracy", roundTrip[result.Accuracy])
	t.Run("distribution", roundTrip[result.Distribution])
	t.Run("layers", roundTrip[result.Layer])
	t.Run("claims", roundTrip[result.Claim])
	t.Run("curves", roundTrip[result.Curve])
	t.Run("pairs", roundTrip[result.Pair])
	t.Run("limits", roundTrip[result.Limit])
}

func roundTrip[R Row](t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rapid.Custom(generate[R]), 0, 20).Draw(t, "rows")
		before := slices.Clone(rows)
		want := Sorted(rows)

		var file bytes.Buffer
		if err := WriteParquet(&file, rows); err != nil {
			t.Fatal(err)
		}
		got, err := ReadParquetFrom[R](bytes.NewReader(file.Bytes()), int64(file.Len()), "x.parquet")
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, got, sameBits); diff != "" {
			t.Fatalf("Parquet (-want +got):\n%s", diff)
		}

		file.Reset()
		if err := WriteArrow(&file, rows); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(want, readArrow[R](t, file.Bytes()), sameBits); diff != "" {
			t.Fatalf("Arrow (-want +got):\n%s", diff)
		}
		if diff := cmp.Diff(before, rows, sameBits); diff != "" {
			t.Fatalf("the caller's rows were changed:\n%s", diff)
		}
	})
}

// Rows beyond one row group, written in any order, come back sorted and whole.
func TestManyRows(t *testing.T) {
	const n = rowsPerGroup + 1000
	rows := make([]result.Layer, n)
	for i := range rows {
		rows[i] = result.Layer{Activation: "tanh", Layer: int64(n - i), Histogram: []int64{int64(i), 2, 3}, Started: now, Day: now.Format(time.DateOnly)}
	}
	var file bytes.Buffer
	if err := WriteParquet(&file, rows); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	if got := len(f.RowGroups()); got != 2 {
		t.Errorf("%d row groups, want 2", got)
	}
	got, err := ReadParquetFrom[result.Layer](bytes.NewReader(file.Bytes()), int64(file.Len()), "x")
	if err != nil {
		t.Fatal(err)
	}
	slices.Reverse(rows)
	if !reflect.DeepEqual(rows, got) {
		t.Error("rows differ after a round trip over two row groups")
	}
}

// The order that rows are sorted by is the order that the file declares.
func TestSortingColumns(t *testing.T) {
	t.Run("bench", sortingColumns(benchTable))
	t.Run("accuracy", sortingColumns(accuracyTable))
	t.Run("layers", sortingColumns(layerTable))
	t.Run("claims", sortingColumns(claimTable))
	t.Run("distribution", sortingColumns(distributionTable))
	t.Run("curves", sortingColumns(curveTable))
	t.Run("pairs", sortingColumns(pairTable))
	t.Run("limits", sortingColumns(limitTable))
}

func sortingColumns[R Row, C any](table *table[R, C]) func(*testing.T) {
	return func(t *testing.T) {
		index := map[string]int{}
		for i, c := range table.columns() {
			index[c.Name] = i
		}
		// The k-th column decides when those before it are equal, and those
		// behind it point the other way.
		for k := range table.sorting {
			var low, high C
			for j, name := range table.sorting {
				l, h := reflect.ValueOf(&low).Elem().Field(index[name]), reflect.ValueOf(&high).Elem().Field(index[name])
				switch {
				case j == k:
					grow(h)
				case j > k:
					grow(l)
				}
			}
			if table.compare(low, high) >= 0 {
				t.Errorf("column %s does not decide in its place", table.sorting[k])
			}
		}
		var file bytes.Buffer
		if err := table.writeParquet(&file, []R{table.load(at(table, now))}); err != nil {
			t.Fatal(err)
		}
		f, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		var declared []string
		for _, c := range f.RowGroups()[0].SortingColumns() {
			declared = append(declared, strings.Join(c.Path(), "."))
		}
		if diff := cmp.Diff(table.sorting, declared); diff != "" {
			t.Errorf("sorting columns in the file (-want +got):\n%s", diff)
		}
	}
}

// at is a stored row of zeros that was made at the given time.
func at[R Row, C any](table *table[R, C], started time.Time) C {
	var c C
	*table.started(&c) = started
	return c
}

func grow(v reflect.Value) {
	if v.Kind() == reflect.String {
		v.SetString("b")
		return
	}
	if v.CanFloat() {
		v.SetFloat(1)
		return
	}
	v.SetInt(1)
}

func TestMetadata(t *testing.T) {
	rows := []result.Bench{{RunID: "b", Started: now}, {RunID: "a", Started: now}, {RunID: "b", Started: now}}
	var file bytes.Buffer
	if err := WriteParquet(&file, rows); err != nil {
		t.Fatal(err)
	}
	f, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
	if err != nil {
		t.Fatal(err)
	}
	for key, want := range map[string]string{KeySchema: "bench/1", KeyRun: "a,b"} {
		if got, ok := f.Lookup(key); !ok || got != want {
			t.Errorf("%s = %q, want %q", key, got, want)
		}
	}
	if got, want := f.Metadata().CreatedBy, buildinfo.CreatedBy(); got != want {
		t.Errorf("created by %q, want %q", got, want)
	}
	if units, _ := f.Lookup(KeyUnits); !strings.Contains(units, `"ns_per_elem":"ns/element"`) {
		t.Errorf("units are %s", units)
	}
}

var plainName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// Column names are what SQL takes without quotes, and unique.
func TestColumnNames(t *testing.T) {
	for _, columns := range [][]Column{Columns[result.Bench](), Columns[result.Accuracy](), Columns[result.Distribution](), Columns[result.Layer](), Columns[result.Claim](), Columns[result.Curve](), Columns[result.Pair](), Columns[result.Limit]()} {
		seen := map[string]bool{}
		for _, c := range columns {
			if !plainName.MatchString(c.Name) || c.Name == "" || seen[c.Name] {
				t.Errorf("column name %q", c.Name)
			}
			seen[c.Name] = true
		}
	}
}

// An older reader skips the columns of a newer writer.
func TestUnknownColumnsAreSkipped(t *testing.T) {
	type newer struct {
		Added string `parquet:"added"`
		benchColumns
		Later []float64 `parquet:"later,list"`
	}
	path := filepath.Join(t.TempDir(), "bench.parquet")
	rows := []newer{{Added: "x", Later: []float64{1, 2}}, {Later: nil}}
	rows[0].N, rows[1].N = 1, 2
	rows[0].Started, rows[1].Started = now, now
	if err := parquet.WriteFile(path, rows); err != nil {
		t.Fatal(err)
	}
	got, err := ReadParquet[result.Bench](path)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || got[0].N != 1 || got[1].N != 2 {
		t.Errorf("got %+v", got)
	}
}

// A row without a time is refused: the Parquet library would store another.
func TestTimeOutOfRange(t *testing.T) {
	for _, started := range []time.Time{{}, time.Date(2300, 1, 1, 0, 0, 0, 0, time.UTC)} {
		rows := []result.Bench{{Started: now}, {Started: started}}
		for format, write := range map[string]func(io.Writer, []result.Bench) error{
			"Parquet": WriteParquet[result.Bench], "Arrow": WriteArrow[result.Bench],
		} {
			if err := write(io.Discard, rows); err == nil || !strings.Contains(err.Error(), "want the start of the run") {
				t.Errorf("%s, %v: error %v", format, started, err)
			}
		}
	}
}

// What a user can hand us by mistake is one line that names the file.
func TestBadFiles(t *testing.T) {
	dir := t.TempDir()
	write := func(name string, data []byte) string {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, data, 0o666); err != nil {
			t.Fatal(err)
		}
		return path
	}
	var whole bytes.Buffer
	if err := WriteParquet(&whole, []result.Bench{{Op: "sigmoid", Started: now}}); err != nil {
		t.Fatal(err)
	}
	var arrowFile bytes.Buffer
	if err := WriteArrow(&arrowFile, []result.Layer{{Activation: "tanh", Started: now}}); err != nil {
		t.Fatal(err)
	}
	type foreign struct{ A, B int64 }
	foreignPath := filepath.Join(dir, "foreign.parquet")
	if err := parquet.WriteFile(foreignPath, []foreign{{1, 2}}); err != nil {
		t.Fatal(err)
	}
	type retyped struct {
		RunID int64 `parquet:"run_id"`
	}
	retypedPath := filepath.Join(dir, "retyped.parquet")
	if err := parquet.WriteFile(retypedPath, []retyped{{1}}); err != nil {
		t.Fatal(err)
	}

	opened, err := parquet.OpenFile(bytes.NewReader(whole.Bytes()), int64(whole.Len()))
	if err != nil {
		t.Fatal(err)
	}
	other, pages := bytes.Clone(whole.Bytes()), opened.OffsetIndexes()[0].PageLocations
	other[pages[0].Offset+int64(pages[0].CompressedPageSize)-1] ^= 1 // the last byte of a page
	bench := func(path string) error { _, err := ReadParquet[result.Bench](path); return err }
	layers := func(path string) error { _, err := ReadParquet[result.Layer](path); return err }
	for _, c := range []struct {
		name string
		read func(string) error
		path string
		want string
	}{
		{"absent", bench, filepath.Join(dir, "none.parquet"), "no such file"},
		{"folder", bench, dir, "not a regular file"},
		{"empty", bench, write("empty.parquet", nil), "not a readable Parquet file"},
		{"text", bench, write("text.parquet", []byte("op,ns\nsigmoid,1\n")), "not a readable Parquet file"},
		{"truncated", bench, write("cut.parquet", whole.Bytes()[:whole.Len()/2]), "not a readable Parquet file"},
		{"other bytes", bench, write("other.parquet", other), `(crc32 checksum mismatch in page of column "`},
		{"foreign", bench, foreignPath, `no column "run_id"`},
		{"retyped", bench, retypedPath, `column "run_id" is`},
		{"other table", layers, write("bench.parquet", whole.Bytes()), "holds bench/1, want layers/1"},
		{"Arrow for Parquet", bench, write("layers.arrow", arrowFile.Bytes()), "not a readable Parquet file"},
	} {
		t.Run(c.name, func(t *testing.T) {
			err := c.read(c.path)
			if err == nil {
				t.Fatal("no error")
			}
			if s := err.Error(); !strings.HasPrefix(s, c.path+": ") || !strings.Contains(s, c.want) || strings.ContainsAny(s, "\n=") {
				t.Errorf("error %q, want one line with %q that begins with the file", s, c.want)
			}
		})
	}
}
