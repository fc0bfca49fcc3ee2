package datasets

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
)

// polarsFiles returns the files of testdata/polars. nodejs-polars 0.24.1 wrote them, of one table with each compression:
// its texts are views in Arrow, and LZ4's blocks have check sums.
func polarsFiles(t testing.TB) (paths []string) {
	t.Helper()
	paths, err := filepath.Glob("testdata/polars/*")
	if err != nil || len(paths) == 0 {
		t.Fatal(paths, err)
	}
	return paths
}

// TestPolars: tables that polars has written are read, all columns of them.
func TestPolars(t *testing.T) {
	const want = `id,text,on,category,again,x
1,short,true,short,short,1
2,,false,,,2
3,a text longer than the twelve bytes of a view,,a text longer than the twelve bytes of a view,a text longer than the twelve bytes of a view,3
4,a text longer than the twelve bytes of a view still,true,a text longer than the twelve bytes of a view still,a text longer than the twelve bytes of a view still,4
`
	const lists = `[["a" "a text longer than the twelve bytes of a view"] [] [(null) "b"] ["c"]]`
	for _, path := range polarsFiles(t) {
		options := Options{AnyType: true}
		if !strings.HasSuffix(path, ".parquet") { // whose tables have no list
			b, err := OpenBatches(path, Options{AnyType: true, Columns: []string{"list"}})
			if err != nil {
				t.Fatal(err)
			}
			err = b.each(func(r arrow.Record) error {
				if got := r.Column(0).String(); got != lists {
					t.Errorf("%s: lists %s", path, got)
				}
				return nil
			})
			if err != nil {
				t.Errorf("%s: %v", path, err)
			}
			options.Except = []string{"list"}
		}
		b, err := OpenBatches(path, options)
		if err != nil {
			t.Error(err)
			continue
		}
		out := filepath.Join(t.TempDir(), "out.csv")
		if _, err := Write(out, b); err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if got, err := os.ReadFile(out); err != nil || !bytes.Equal(got, []byte(want)) {
			t.Errorf("%s: %v\n%s", path, err, got)
		}
	}
}

// addPolars adds polars' files of an ending to a fuzz test's seeds.
func addPolars(f *testing.F, ending string) {
	for _, path := range polarsFiles(f) {
		if contents, err := os.ReadFile(path); err != nil {
			f.Fatal(err)
		} else if filepath.Ext(path) == ending {
			f.Add(contents)
		}
	}
}
