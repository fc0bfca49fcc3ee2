package rowfile

import (
	"bytes"
	"strings"
	"testing"

	"actinit/harness/result"
)

// Whatever the bytes, the reader returns rows, or an error of one line that
// names the file.
func FuzzReadParquet(f *testing.F) {
	var file bytes.Buffer
	if err := WriteParquet(&file, accuracyRows()); err != nil {
		f.Fatal(err)
	}
	seed(f, file.Bytes())
	f.Add(lyingFooter())
	f.Fuzz(func(t *testing.T, data []byte) {
		_, err := ReadParquetFrom[result.Accuracy](bytes.NewReader(data), int64(len(data)), "x")
		if err != nil && (!strings.HasPrefix(err.Error(), "x: ") || strings.Contains(err.Error(), "\n")) {
			t.Errorf("error %q", err)
		}
	})
}

// seed adds a whole file, cut ones, and one with each of about a hundred bytes changed.
func seed(f *testing.F, whole []byte) {
	f.Add(whole)
	for _, cut := range []int{0, 4, 8, len(whole) / 2, len(whole) - 4} {
		f.Add(whole[:cut])
	}
	for i := 0; i < len(whole); i += max(1, len(whole)/100) {
		changed := bytes.Clone(whole)
		changed[i] ^= 0x55
		f.Add(changed)
	}
}
