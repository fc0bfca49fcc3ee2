package cli

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/ipc"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"actinit/datasets/atomicfile"
)

// hostileFiles writes small files that claim much to a folder.
func hostileFiles(t *testing.T, dir string) {
	t.Helper()
	write := func(name string, contents []byte) {
		if err := os.WriteFile(filepath.Join(dir, name), contents, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	const footer = "\x29\xfc\xff\xff\xff\xff\x07" // a list of 2^31-1
	write("footer.parquet", append(binary.LittleEndian.AppendUint32([]byte("PAR1"+footer), uint32(len(footer))), "PAR1"...))

	const rows = 1 << 25
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	defer b.Release()
	b.AppendValues(make([]float64, rows), nil)
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil)
	var file bytes.Buffer
	w, err := ipc.NewFileWriter(atomicfile.FrontToBack(&file), ipc.WithSchema(schema), ipc.WithZstd())
	if err == nil {
		err = w.Write(array.NewRecord(schema, []arrow.Array{b.NewArray()}, rows))
	}
	if err == nil {
		err = w.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	write("zeros.arrow", file.Bytes())

	var header strings.Builder
	for i := range 20000 {
		fmt.Fprintf(&header, `,"%d":{"dtype":"F32","shape":[0,60000],"data_offsets":[0,0]}`, i)
	}
	text := "{" + header.String()[1:] + "}"
	write("names.safetensors", append(binary.LittleEndian.AppendUint64(nil, uint64(len(text))), text...))
}

// TestHostileFiles: a small file that claims much is one line and status 2 where memory is short, too.
func TestHostileFiles(t *testing.T) {
	dir := t.TempDir()
	hostileFiles(t, dir)
	mustRun(t, append([]string{"bench", "--quiet", "--out", dir, "--id", "r"}, small64...)...)
	if err := os.Rename(filepath.Join(dir, "footer.parquet"), filepath.Join(dir, "r", "bench.parquet")); err != nil {
		t.Fatal(err)
	}
	hostileFiles(t, dir)
	for _, c := range []struct {
		command []string
		want    string
	}{
		{[]string{"data", "describe", "footer.parquet"}, "footer.parquet: "},
		{[]string{"data", "describe", "zeros.arrow"}, "zeros.arrow: "},
		{[]string{"apply", "--op", "gelu", "zeros.arrow", "out.arrow"}, "zeros.arrow: "},
		{[]string{"data", "convert", "names.safetensors", "out.csv"}, "names.safetensors: "},
		{[]string{"report", "r", "--out", "."}, "bench.parquet: "},
	} {
		const kilobytes = "2500000"
		cmd := exec.Command("sh", append([]string{"-c", `ulimit -v ` + kilobytes + `; exec "$0" "$@"`, os.Args[0]}, c.command...)...)
		cmd.Dir = dir
		cmd.Env = append(os.Environ(), asProgram+"=yes")
		var stderr bytes.Buffer
		cmd.Stderr = &stderr
		err := cmd.Run()
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != ExitUsage || strings.Count(stderr.String(), "\n") != 1 || !strings.Contains(stderr.String(), c.want) {
			t.Errorf("%v: %v, want status %d and one line with %s\n%.500s", c.command, err, ExitUsage, c.want, stderr.String())
		}
	}
}
