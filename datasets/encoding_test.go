package datasets

import (
	"bytes"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TestNotUTF8: text that is not UTF-8 is refused with its place, when CSV is read and when others are written.
func TestNotUTF8(t *testing.T) {
	for text, want := range map[string]string{
		"x,t\n1,caf\xc3\xa9\n2,caf\xe9\n":         `: line 3, column 2 (t): "caf\xe9" is not UTF-8, as text must be (iconv -f latin1 -t utf-8 IN > OUT, if that is its encoding)`,
		"x,caf\xe9\n1,2\n":                        `: line 1, column 2: the name "caf\xe9" is not UTF-8, as text must be (iconv -f latin1 -t utf-8 IN > OUT, if that is its encoding)`,
		"x,t\n1,a\n2,\"b\n\"\n3,\xff\xfe\xf0,4\n": ": line 5 has 3 fields, the first line has 2",
	} {
		path := writeFile(t, []byte(text))
		b, err := OpenBatches(path, Options{AnyType: true})
		if err == nil {
			_, err = b.Next()
		}
		checkOneLine(t, text, path, err, path+want)
	}
	path := writeFile(t, []byte("x,t\n1,caf\xe9\n"))
	if _, err := OpenBatches(path, Options{AnyType: true, Columns: []string{"x"}}); err != nil {
		t.Errorf("a column that is left out: %v", err)
	}

	schema := arrow.NewSchema([]arrow.Field{{Name: "t", Type: arrow.BinaryTypes.String, Nullable: true}}, nil)
	record := func(texts ...string) arrow.Record {
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		defer b.Release()
		b.Field(0).AppendNull()
		for _, text := range texts {
			b.Field(0).(*array.StringBuilder).Append(text)
		}
		return b.NewRecord()
	}
	for _, format := range []Format{Parquet, Arrow, ArrowStream, CSV, CSVGzip} {
		var out bytes.Buffer
		w, err := NewBatchWriter(&out, format, schema)
		if err == nil {
			err = w.Write(record("ü", "日本"))
		}
		if err != nil {
			t.Fatal(err)
		}
		err = w.Write(record("a", "\xe9t\xe9"))
		if want := `row 6, column "t": the text "\xe9t\xe9" is not UTF-8, as text must be`; err == nil || err.Error() != want {
			t.Errorf("%s: %v, want %s", format, err, want)
		}
	}
}

// TestTimesInCSV: a timestamp of no time zone has none in CSV.
func TestTimesInCSV(t *testing.T) {
	for _, unit := range []arrow.TimeUnit{arrow.Second, arrow.Millisecond, arrow.Microsecond, arrow.Nanosecond} {
		schema := arrow.NewSchema([]arrow.Field{
			{Name: "local", Type: &arrow.TimestampType{Unit: unit}, Nullable: true},
			{Name: "utc", Type: &arrow.TimestampType{Unit: unit, TimeZone: "UTC"}},
		}, nil)
		b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
		for i := range 2 {
			b.Field(i).(*array.TimestampBuilder).AppendValues([]arrow.Timestamp{-1, 0, 1500}, nil)
		}
		b.Field(0).AppendNull()
		b.Field(1).(*array.TimestampBuilder).Append(2)
		var out bytes.Buffer
		w, err := NewBatchWriter(&out, CSV, schema)
		if err == nil {
			err = w.Write(b.NewRecord())
		}
		if err != nil {
			t.Fatal(err)
		}
		for i, line := range strings.Split(strings.TrimSpace(out.String()), "\n")[1:] {
			local, utc, _ := strings.Cut(line, ",")
			if local+"Z" != utc && !(i == 3 && local == "") || strings.HasSuffix(local, "Z") {
				t.Errorf("%v: %s", unit, line)
			}
		}
	}
}
