package cli

import (
	"bytes"
	"encoding/json"
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/ipc"

	"actinit/harness/result"
	"actinit/reports/benchtext"
	"actinit/reports/rowfile"
)

// readable reads a file that a command has written from end to end, and says what is wrong with it.
func readable(path string) error {
	data, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	switch filepath.Ext(path) {
	case ".json":
		if !json.Valid(data) {
			return fmt.Errorf("%s: no JSON", path)
		}
	case ".html":
		if !bytes.HasSuffix(bytes.TrimSpace(data), []byte("</html>")) {
			return fmt.Errorf("%s: no end", path)
		}
	case ".xml":
		d := xml.NewDecoder(bytes.NewReader(data))
		for err == nil {
			_, err = d.Token()
		}
		if !errors.Is(err, io.EOF) || len(data) == 0 {
			return fmt.Errorf("%s: %w", path, err)
		}
	case ".arrow":
		r, err := ipc.NewFileReader(bytes.NewReader(data))
		if err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		for i := range r.NumRecords() {
			if _, err := r.Record(i); err != nil {
				return fmt.Errorf("%s: %w", path, err)
			}
		}
	case ".txt":
		if _, err := benchtext.Read(bytes.NewReader(data), path); err != nil || !bytes.HasSuffix(data, []byte("\n")) {
			return fmt.Errorf("%s: %w", path, err)
		}
	case ".parquet":
		return readableTable(path)
	}
	return nil
}

// readableTable reads a table of a run, a unit or a data set: its name is that of the file, the
// last but one part of it, or that of a folder above.
func readableTable(path string) error {
	name := strings.TrimSuffix(path, ".parquet")
	at := func(table string) bool {
		return strings.HasSuffix(name, "/"+table) || strings.HasSuffix(name, "."+table) || strings.Contains(name, "/"+table+"/activation=") || strings.Contains(name, "/"+table+"/host=")
	}
	switch {
	case at("bench"):
		return readRows[result.Bench](path)
	case at("accuracy"):
		return readRows[result.Accuracy](path)
	case at("distribution"):
		return readRows[result.Distribution](path)
	case at("layers"):
		return readRows[result.Layer](path)
	case at("claims"):
		return readRows[result.Claim](path)
	case at("curves"):
		return readRows[result.Curve](path)
	case at("pairs"):
		return readRows[result.Pair](path)
	case at("limits"):
		return readRows[result.Limit](path)
	}
	return fmt.Errorf("%s: a table without a name", path)
}

func readRows[R rowfile.Row](path string) error {
	rows, err := rowfile.ReadParquet[R](path)
	if err == nil && len(rows) == 0 {
		err = fmt.Errorf("%s: no rows", path)
	}
	return err
}

// Half a file is not readable, whatever its format, so that TestKill can fail.
func TestHalfAFileIsNotReadable(t *testing.T) {
	root := t.TempDir()
	mustRun(t, append(small(root), "--id", "r")...)
	mustRun(t, "compare", "--out", root, "r", "r", "--junit", filepath.Join(root, "r", "compare.xml"))
	for _, name := range []string{"environment.json", "bench.parquet", "accuracy.parquet", "layers.parquet", "layers.arrow", "report.html", "compare.xml"} {
		path := filepath.Join(root, "r", name)
		if err := readable(path); err != nil {
			t.Error(err)
		}
		whole := content(t, path)
		for _, n := range []int{0, 1, len(whole) / 2, len(whole) - 10} {
			if err := os.WriteFile(path, whole[:n], 0o666); err != nil {
				t.Fatal(err)
			}
			if readable(path) == nil {
				t.Errorf("%s: %d of %d bytes are taken for a file", name, n, len(whole))
			}
		}
	}
}

func content(t *testing.T, path string) []byte {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	return data
}
