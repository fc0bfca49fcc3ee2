package datasets

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"math/big"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal128"
	"github.com/apache/arrow/go/v15/arrow/decimal256"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"github.com/apache/arrow/go/v15/parquet/pqarrow"
	"pgregory.net/rapid"
)

// TestTimesAndDecimalsInParquet: times and decimals come back from Parquet as they were.
func TestTimesAndDecimalsInParquet(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{
		{Name: "p1", Type: &arrow.Decimal128Type{Precision: 1, Scale: 0}, Nullable: true},
		{Name: "p9", Type: &arrow.Decimal128Type{Precision: 9, Scale: 2}, Nullable: true},
		{Name: "p10", Type: &arrow.Decimal128Type{Precision: 10, Scale: 10}, Nullable: true},
		{Name: "p18", Type: &arrow.Decimal128Type{Precision: 18, Scale: 3}},
		{Name: "ms", Type: arrow.FixedWidthTypes.Time32ms, Nullable: true},
		{Name: "us", Type: arrow.FixedWidthTypes.Time64us, Nullable: true},
		{Name: "ns", Type: arrow.FixedWidthTypes.Time64ns},
	}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	largest := []int64{9, 999_999_999, 9_999_999_999, 999_999_999_999_999_999, math.MaxInt32, 86_399_999_999, 86_399_999_999_999}
	for k, largest := range largest {
		for _, v := range []int64{0, 1, -1, largest, -largest} {
			switch b := b.Field(k).(type) {
			case *array.Decimal128Builder:
				b.Append(decimal128.FromI64(v))
			case *array.Time32Builder:
				b.Append(arrow.Time32(v))
			case *array.Time64Builder:
				b.Append(arrow.Time64(v))
			}
		}
		if schema.Field(k).Nullable {
			b.Field(k).AppendNull()
		} else {
			b.Field(k).AppendEmptyValue()
		}
	}
	want := b.NewRecord()
	got := readRecord(t, writeFile(t, encoded(t, Parquet, want)))
	if !array.RecordEqual(got, want) {
		t.Errorf("%v\nwant %v", got, want)
	}
	for i, field := range schema.Fields() {
		if got := got.Schema().Field(i); !arrow.TypeEqual(got.Type, field.Type) || got.Nullable != field.Nullable {
			t.Errorf("%v, want %v", got, field)
		}
	}
	wide := arrow.NewSchema([]arrow.Field{{Name: "wide", Type: &arrow.Decimal128Type{Precision: 19, Scale: 2}}}, nil)
	for _, format := range []Format{NPZ, NPY, IDX, Safetensors} {
		if _, err := NewBatchWriter(io.Discard, format, wide); err == nil || !strings.Contains(err.Error(), "have decimals rounded first") {
			t.Errorf("%s: %v", format, err)
		}
	}
	_, err := NewBatchWriter(io.Discard, Parquet, wide)
	if want := `column "wide" is of type decimal(19, 2), which actinit does not write to Parquet: write Arrow IPC, which holds any, leave out what it does not hold (--except), or have decimals rounded first (data convert --type float64)`; err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

// decimalRecord returns a nullable column x of unscaled values, nil being null.
func decimalRecord(typ arrow.DataType, values ...*big.Int) arrow.Record {
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: typ, Nullable: true}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for _, v := range values {
		switch b := b.Field(0).(type) {
		case *array.Decimal128Builder:
			if v != nil {
				b.Append(decimal128.FromBigInt(v))
				continue
			}
		case *array.Decimal256Builder:
			if v != nil {
				b.Append(decimal256.FromBigInt(v))
				continue
			}
		}
		b.Field(0).AppendNull()
	}
	return b.NewRecord()
}

// decimalFiles writes a record in each of the formats that have such, Parquet by Arrow's library.
func decimalFiles(t interface{ Fatal(...any) }, dir string, r arrow.Record) (paths []string) {
	for _, ending := range []string{".arrow", ".arrows"} {
		b := &Batches{schema: r.Schema(), next: onlyRecord(r)}
		path := filepath.Join(dir, "d"+ending)
		if _, err := Write(path, b); err != nil {
			t.Fatal(err)
		}
		paths = append(paths, path)
	}
	if t := r.Schema().Field(0).Type.(arrow.DecimalType); t.GetScale() < 0 || t.GetScale() > t.GetPrecision() {
		return paths // which Parquet has not
	}
	var parquet bytes.Buffer
	w, err := pqarrow.NewFileWriter(r.Schema(), &parquet, nil, pqarrow.DefaultWriterProps())
	if err == nil {
		err = errors.Join(w.Write(r), w.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "d.parquet")
	if err := WriteFile(path, func(w io.Writer) error { _, err := parquet.WriteTo(w); return err }); err != nil {
		t.Fatal(err)
	}
	return append(paths, path)
}

func onlyRecord(r arrow.Record) func() (arrow.Record, error) {
	done := false
	return func() (arrow.Record, error) {
		if done {
			return nil, io.EOF
		}
		done = true
		r.Retain()
		return r, nil
	}
}

// fraction returns v / 10^scale.
func fraction(v *big.Int, scale int) *big.Rat {
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil)
	if scale < 0 {
		return new(big.Rat).SetInt(power.Mul(power, v))
	}
	return new(big.Rat).SetFrac(v, power)
}

// TestDecimalsAsNumbers holds decimals of both widths, read from every format that has them, against math/big: they are
// rounded once to either type, integers that are not exactly of it are refused, and the range is exact.
func TestDecimalsAsNumbers(t *testing.T) {
	dir := t.TempDir()
	rapid.Check(t, func(t *rapid.T) {
		digits := rapid.IntRange(1, 76).Draw(t, "digits")
		scale := rapid.IntRange(-3, digits).Draw(t, "scale")
		var typ arrow.DataType = &arrow.Decimal256Type{Precision: int32(digits), Scale: int32(scale)}
		if digits <= 38 {
			typ = &arrow.Decimal128Type{Precision: int32(digits), Scale: int32(scale)}
		}
		most := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(digits)), nil)
		values := rapid.SliceOfN(rapid.Custom(func(t *rapid.T) *big.Int {
			var v *big.Int
			switch rapid.IntRange(0, 3).Draw(t, "kind") {
			case 0:
				return nil
			case 1:
				v = big.NewInt(rapid.Int64().Draw(t, "small"))
			case 2: // beside the middle of two float32s
				middle := float64(rapid.Float32Range(0, 1e30).Draw(t, "float32"))
				middle += (float64(math.Nextafter32(float32(middle), math.MaxFloat32)) - middle) / 2
				v, _ = new(big.Float).Mul(big.NewFloat(middle), new(big.Float).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(0, scale))), nil))).Int(nil)
				v.Add(v, big.NewInt(rapid.Int64Range(-1, 1).Draw(t, "beside")))
			case 3:
				v = new(big.Int).SetBytes(rapid.SliceOfN(rapid.Byte(), 0, 32).Draw(t, "large"))
			}
			if v.Rem(v, most); rapid.Bool().Draw(t, "negative") {
				v.Neg(v)
			}
			return v
		}), 1, 9).Draw(t, "values")
		r := decimalRecord(typ, values...)
		defer r.Release()
		for _, path := range decimalFiles(t, dir, r) {
			for _, to := range []Type{"", Float32, Float64} {
				checkDecimals(t, path, to, values, scale)
			}
			checkDecimalRange(t, path, values, scale)
		}
	})
}

func checkDecimals(t *rapid.T, path string, to Type, values []*big.Int, scale int) {
	table, err := Open(path, Options{Type: to})
	refused := 0
	for i, v := range values {
		if v == nil || scale > 0 {
			continue
		}
		if _, exact := fraction(v, scale).Float64(); !exact {
			refused = i + 1
		} else if _, exact := fraction(v, scale).Float32(); to == Float32 && !exact {
			refused = i + 1
		}
		if refused > 0 {
			break
		}
	}
	if refused > 0 {
		want := fmt.Sprintf("row %d, column \"x\": the integer %s is not exactly a %s", refused, fraction(values[refused-1], scale).Num(), cmp.Or(to, Float64))
		if err == nil || !strings.HasSuffix(err.Error(), want) {
			t.Fatalf("%s: %v, want %s", path, err, want)
		}
		return
	}
	i := 0
	for i < len(values) {
		if v := values[i]; v != nil {
			if f, _ := fraction(v, scale).Float32(); to == Float32 && math.IsInf(float64(f), 0) {
				break
			}
		}
		i++
	}
	if want := fmt.Sprintf("row %d, column \"x\": ", i+1); i < len(values) {
		if err == nil || !strings.Contains(err.Error(), want) || !strings.HasSuffix(err.Error(), "is beyond the range of float32") {
			t.Fatalf("%s: %v, want %s", path, err, want)
		}
		return
	}
	if err != nil {
		t.Fatalf("%s: %v", path, err)
	}
	i = 0
	for got, valid := range table.Column("x").All() {
		v := values[i]
		if i++; valid != (v != nil) {
			t.Fatalf("%s: value %d is there: %v, want %v", path, i, valid, v)
		}
		if v == nil {
			continue
		}
		want, _ := fraction(v, scale).Float64()
		if to == Float32 {
			f, _ := fraction(v, scale).Float32()
			want = float64(f)
		}
		if got != want {
			t.Fatalf("%s: %v / 10^%d is %v, want %v as %s", path, v, scale, got, want, to)
		}
	}
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
}

func described(t rapid.TB, path string) *Description {
	b, err := OpenBatches(path, Options{AnyType: true})
	if err != nil {
		t.Fatal(err)
	}
	d, err := b.Describe()
	if err = errors.Join(err, b.Close()); err != nil {
		t.Fatal(err)
	}
	return d
}

func checkDecimalRange(t *rapid.T, path string, values []*big.Int, scale int) {
	d := described(t, path)
	values = slices.DeleteFunc(slices.Clone(values), func(v *big.Int) bool { return v == nil })
	s := d.Columns[0]
	if len(values) == 0 {
		if s.Exact != nil || !math.IsNaN(s.Mean) {
			t.Fatalf("%+v of nulls", s)
		}
		return
	}
	least, most := fraction(slices.MinFunc(values, (*big.Int).Cmp), scale), fraction(slices.MaxFunc(values, (*big.Int).Cmp), scale)
	if places := max(0, scale); s.Exact == nil || s.Exact.Min != least.FloatString(places) || s.Exact.Max != most.FloatString(places) || !s.Exact.Numbers {
		t.Fatalf("%s: %+v, want %s to %s", path, s.Exact, least.FloatString(places), most.FloatString(places))
	}
	low, _ := least.Float64()
	if high, _ := most.Float64(); s.Min != low || s.Max != high || s.Mean < low || s.Mean > high {
		t.Fatalf("%s: %+v, want %g to %g", path, s, low, high)
	}
	if text, err := json.Marshal(d); err != nil || !bytes.Contains(text, []byte(`"min":`+s.Exact.Min+`,"max":`+s.Exact.Max)) {
		t.Fatalf("%s, %v", text, err)
	}
}

// TestDecimalMoments: 1.25 * i, as DuckDB writes it.
func TestDecimalMoments(t *testing.T) {
	values := []*big.Int{big.NewInt(0), big.NewInt(125), nil, big.NewInt(-250), big.NewInt(375)}
	r := decimalRecord(&arrow.Decimal128Type{Precision: 12, Scale: 2}, values...)
	for _, path := range decimalFiles(t, t.TempDir(), r) {
		d := described(t, path)
		want := Summary{Name: "x", Type: "decimal(12, 2)", Nulls: 1, Exact: &Range{"-2.50", "3.75", true}, Min: -2.5, Max: 3.75, Mean: 0.625, Std: math.Sqrt(5.078125), Zeros: 0.25}
		if got := d.Columns[0]; !reflect.DeepEqual(got, want) {
			t.Errorf("%s: %+v\nwant %+v", path, got, want)
		}
		if line := strings.Fields(strings.Split(d.String(), "\n")[2]); !slices.Equal(line, strings.Fields("x decimal(12, 2) 1 0 0 -2.50 3.75 0.625 2.25347 25.0%")) {
			t.Errorf("%q", line)
		}
		scaled, err := Normalize(func() (*Batches, error) { return OpenBatches(path, Options{Type: Float32}) }, NormalizeMinMax)
		if err != nil {
			t.Fatal(err)
		}
		table, err := gather(scaled, 1<<20)
		if err != nil {
			t.Fatal(err)
		}
		if got := column(t, table, "x"); got != "float32[0.4000000059604645 0.6000000238418579 0 0 1]" || table.Column("x").Nulls() != 1 {
			t.Errorf("%s: %s", path, got)
		}
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	}
}

// TestDecimalScales: scales that a file claims take no memory of their size.
func TestDecimalScales(t *testing.T) {
	one, zero := big.NewInt(-1), big.NewInt(0)
	for _, test := range []struct {
		scale  int32
		v      *big.Int
		text   string
		number string // or a part of the error
	}{
		{math.MaxInt32, one, "-1e-2147483647", "float64[-0]"},
		{math.MinInt32, one, "-1e2147483648", "the integer -1e2147483648 is not exactly a float64"},
		{math.MinInt32, zero, "0", "float64[0]"},
		{-400, one, "-1" + strings.Repeat("0", 400), "the integer -10000"},
		{-22, one, "-1" + strings.Repeat("0", 22), "float64[-1e+22]"},
		{-23, one, "-1" + strings.Repeat("0", 23), "is not exactly a float64"},
		{45, one, "-0." + strings.Repeat("0", 44) + "1", "float64[-1e-45]"},
	} {
		path := decimalFiles(t, t.TempDir(), decimalRecord(&arrow.Decimal128Type{Precision: 5, Scale: test.scale}, test.v))[0]
		d := described(t, path)
		if text, err := json.Marshal(d); err != nil || d.Columns[0].Exact.Min != test.text {
			t.Errorf("%d: %v, %s, %v", test.scale, d.Columns[0].Exact, text, err)
		}
		table, err := Open(path, Options{})
		if err != nil {
			if !strings.Contains(err.Error(), test.number) {
				t.Errorf("%d: %v, want %s", test.scale, err, test.number)
			}
			continue
		}
		if got := column(t, table, "x"); got != test.number {
			t.Errorf("%d: %s, want %s", test.scale, got, test.number)
		}
		if err := table.Close(); err != nil {
			t.Error(err)
		}
	}
}
