package rowfile

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"
	"pgregory.net/rapid"
)

// TestProperties holds what other programs rely on when they read only a part of a file.
func TestProperties(t *testing.T) {
	t.Run("bench", properties(benchTable))
	t.Run("accuracy", properties(accuracyTable))
	t.Run("distribution", properties(distributionTable))
	t.Run("layers", properties(layerTable))
	t.Run("claims", properties(claimTable))
	t.Run("curves", properties(curveTable))
	t.Run("pairs", properties(pairTable))
	t.Run("limits", properties(limitTable))
}

func properties[R Row, C any](table *table[R, C]) func(*testing.T) {
	return func(t *testing.T) {
		rows := make([]R, 0, 250)
		some := rapid.Custom(generate[R])
		for i := range cap(rows) / 10 {
			// Each row ten times, far apart: a sort has something to do, and a dictionary too.
			row := some.Example(i)
			for range 10 {
				rows = append(rows, row)
			}
		}
		rand.New(rand.NewPCG(1, 2)).Shuffle(len(rows), func(i, j int) { rows[i], rows[j] = rows[j], rows[i] })
		var file bytes.Buffer
		if err := table.writeParquet(&file, rows); err != nil {
			t.Fatal(err)
		}
		f, err := parquet.OpenFile(bytes.NewReader(file.Bytes()), int64(file.Len()))
		if err != nil {
			t.Fatal(err)
		}
		checkOrder(t, table, file.Bytes())
		checkAbout(t, table, f)
		leaves := map[string]parquet.Node{}
		for _, path := range f.Schema().Columns() {
			leaf, _ := f.Schema().Lookup(path...)
			leaves[strings.Join(path, ".")] = leaf.Node
		}
		for g, group := range f.Metadata().RowGroups {
			if group.NumRows > rowsPerGroup {
				t.Errorf("row group %d has %d rows, want %d at most", g, group.NumRows, rowsPerGroup)
			}
			for c, chunk := range group.Columns {
				name := strings.Join(chunk.MetaData.PathInSchema, ".")
				checkChunk(t, name, chunk, leaves[name])
				checkBounds(t, name, f.RowGroups()[g].ColumnChunks()[c], chunk.MetaData.Statistics, leaves[name])
			}
		}
	}
}

// checkOrder holds the order of the rows in the file to the columns that the file says it is sorted by.
func checkOrder[R Row, C any](t *testing.T, table *table[R, C], file []byte) {
	t.Helper()
	reader := parquet.NewGenericReader[C](bytes.NewReader(file))
	defer reader.Close()
	stored := make([]C, reader.NumRows())
	if n, err := reader.Read(stored); n != len(stored) || err != nil && err != io.EOF {
		t.Fatalf("%d rows of %d: %v", n, len(stored), err)
	}
	if !slices.IsSortedFunc(stored, table.compare) {
		t.Errorf("the rows in the file are not sorted by %v", table.sorting)
	}
}

// checkAbout holds the units and comments in the file's metadata to the columns'.
func checkAbout[R Row, C any](t *testing.T, table *table[R, C], f *parquet.File) {
	t.Helper()
	units, comments := map[string]string{}, map[string]string{}
	for _, c := range table.columns() {
		if c.Unit != "" {
			units[c.Name] = c.Unit
		}
		if c.Comment != "" {
			comments[c.Name] = c.Comment
		}
	}
	if len(comments) < len(table.columns())/2 {
		t.Errorf("%d of %d columns have a comment", len(comments), len(table.columns()))
	}
	for key, want := range map[string]map[string]string{KeyUnits: units, KeyComments: comments} {
		text, _ := f.Lookup(key)
		var got map[string]string
		if err := json.Unmarshal([]byte(text), &got); err != nil {
			t.Errorf("%s: %v", key, err)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-columns +file):\n%s", key, diff)
		}
	}
}

// checkChunk: zstd, a dictionary for strings, and both halves of the page index.
func checkChunk(t *testing.T, name string, chunk format.ColumnChunk, leaf parquet.Node) {
	t.Helper()
	if codec := chunk.MetaData.Codec; codec != format.Zstd {
		t.Errorf("%s: compressed with %v", name, codec)
	}
	dictionary := chunk.MetaData.DictionaryPageOffset != 0 && slices.Contains(chunk.MetaData.Encoding, format.RLEDictionary)
	if text := leaf.Type().Kind() == parquet.ByteArray; text != dictionary {
		t.Errorf("%s: text %v, dictionary %v: want one for text and none for numbers", name, text, dictionary)
	}
	if chunk.ColumnIndexOffset == 0 || chunk.ColumnIndexLength == 0 || chunk.OffsetIndexOffset == 0 || chunk.OffsetIndexLength == 0 {
		t.Errorf("%s: no page index", name)
	}
}

// checkBounds holds the extremes in the chunk's statistics and in its page index to the values.
func checkBounds(t *testing.T, name string, chunk parquet.ColumnChunk, statistics format.Statistics, leaf parquet.Node) {
	t.Helper()
	index, err := chunk.ColumnIndex()
	if err != nil {
		t.Errorf("%s: %v", name, err)
		return
	}
	pages := chunk.Pages()
	defer pages.Close()
	var all []parquet.Value
	for p := 0; ; p++ {
		page, err := pages.ReadPage()
		if err == io.EOF {
			break
		}
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		values := make([]parquet.Value, page.NumValues())
		if n, err := page.Values().ReadValues(values); n != len(values) || err != nil && err != io.EOF {
			t.Fatalf("%s: %d values of %d: %v", name, n, len(values), err)
		}
		for i := range values {
			values[i] = values[i].Clone()
		}
		low, high, nulls := extremes(values, leaf.Type())
		if got := index.NullCount(p); got != nulls {
			t.Errorf("%s, page %d: %d nulls, want %d", name, p, got, nulls)
		}
		if !low.IsNull() && !index.NullPage(p) {
			checkExtremes(t, fmt.Sprintf("%s, page %d", name, p), leaf.Type(), index.MinValue(p), index.MaxValue(p), low, high)
		}
		all = append(all, values...)
		parquet.Release(page)
	}
	low, high, nulls := extremes(all, leaf.Type())
	if statistics.NullCount != nulls {
		t.Errorf("%s: statistics count %d nulls, want %d", name, statistics.NullCount, nulls)
	}
	if low.IsNull() {
		return
	}
	kind := leaf.Type().Kind()
	checkExtremes(t, name, leaf.Type(), kind.Value(statistics.MinValue), kind.Value(statistics.MaxValue), low, high)
}

// checkExtremes: numbers are exact; of text the page index keeps the first 16 bytes, which bound it all the same.
func checkExtremes(t *testing.T, what string, typ parquet.Type, gotLow, gotHigh, low, high parquet.Value) {
	t.Helper()
	below, above := typ.Compare(gotLow, low), typ.Compare(gotHigh, high)
	if below > 0 || above < 0 || typ.Kind() != parquet.ByteArray && (below != 0 || above != 0) {
		t.Errorf("%s: from %v to %v, the values are from %v to %v", what, gotLow, gotHigh, low, high)
	}
}

// extremes returns the smallest and the largest value and the number of nulls. NaN is no extreme.
func extremes(values []parquet.Value, typ parquet.Type) (low, high parquet.Value, nulls int64) {
	for _, v := range values {
		if v.IsNull() {
			nulls++
			continue
		}
		if typ.Kind() == parquet.Double && math.IsNaN(v.Double()) {
			continue
		}
		if low.IsNull() || typ.Compare(v, low) < 0 {
			low = v
		}
		if high.IsNull() || typ.Compare(v, high) > 0 {
			high = v
		}
	}
	return low, high, nulls
}
