package rowfile

import (
	"bytes"
	"encoding/binary"
	"runtime"
	"strings"
	"testing"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"actinit/harness/result"
)

// lyingFooter is a file of nothing but a footer, in which a list claims 2^31-1 elements.
func lyingFooter() []byte {
	const footer = "\x29\xfc\xff\xff\xff\xff\x07"
	return append(binary.LittleEndian.AppendUint32([]byte("PAR1"+footer), uint32(len(footer))), "PAR1"...)
}

// longText is a bench table of few bytes, in whose rows stands a text of 64 KiB each.
func longText(t testing.TB) []byte {
	text := strings.Repeat("x", 1<<16)
	rows := make([]result.Bench, 1<<14)
	for i := range rows {
		rows[i] = result.Bench{Op: text, Started: now}
	}
	columns := benchTable.toColumns(rows)
	var file bytes.Buffer
	w := parquet.NewGenericWriter[benchColumns](&file, parquet.Compression(&zstd.Codec{}), parquet.SkipPageBounds("op"))
	if _, err := w.Write(columns); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return file.Bytes()
}

// TestHostile: a small file is refused in one line, in little memory.
func TestHostile(t *testing.T) {
	for name, c := range map[string]struct {
		file []byte
		want string
	}{
		"footer": {lyingFooter(), "its metadata claim a list longer than the data"},
		"text":   {longText(t), "more than is believed of so few bytes"},
	} {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		_, err := ReadParquetFrom[result.Bench](bytes.NewReader(c.file), int64(len(c.file)), "x")
		runtime.ReadMemStats(&after)
		if err == nil || !strings.HasPrefix(err.Error(), "x: ") || !strings.Contains(err.Error(), c.want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%s: %v\nwant one line with %q", name, err, c.want)
		}
		if took := after.TotalAlloc - before.TotalAlloc; took > 128<<20 {
			t.Errorf("%s: %d MB were taken for a file of %d bytes", name, took>>20, len(c.file))
		}
	}
}
