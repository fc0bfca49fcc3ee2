package parquetcheck

import (
	"testing"

	"github.com/parquet-go/parquet-go/format"
)

// TestIsPlain: what the own reader does not read is left to the libraries.
func TestIsPlain(t *testing.T) {
	for _, test := range []struct {
		encodings          []format.Encoding
		dictionary         int64
		required, nullable bool
	}{
		{[]format.Encoding{format.Plain}, 0, true, true},
		{[]format.Encoding{format.RLE, format.Plain}, 0, true, true},
		{[]format.Encoding{format.BitPacked, format.RLE, format.Plain}, 0, true, false}, // the levels may be in it, of which required columns have none
		{[]format.Encoding{format.Plain}, 4, false, false},
		{[]format.Encoding{format.Plain, format.RLEDictionary}, 0, false, false},
		{[]format.Encoding{format.ByteStreamSplit}, 0, false, false},
		{[]format.Encoding{format.RLE}, 0, false, false},
		{nil, 0, false, false},
	} {
		m := &format.ColumnMetaData{Encoding: test.encodings, DictionaryPageOffset: test.dictionary}
		if required, nullable := IsPlain(m, false), IsPlain(m, true); required != test.required || nullable != test.nullable {
			t.Errorf("%v, dictionary at %d: %v of a required column and %v of an optional one, want %v and %v", test.encodings, test.dictionary, required, nullable, test.required, test.nullable)
		}
	}
}
