package columns_test

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
	"unsafe"

	"actinit/datasets"
	"actinit/kernels"
	"actinit/kernels/columns"

	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TestKernelReadsMappedFile shows that a kernel reads an Arrow file's own
// pages: the slice it is handed lies in the operating system's mapping of that
// file, which is read-only.
func TestKernelReadsMappedFile(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("the test looks the slice up in /proc/self/maps, which only Linux has")
	}
	path := filepath.Join(t.TempDir(), "x.arrow")
	want, err := datasets.Generate[float32]("uniform", 1, 200_000)
	if err != nil {
		t.Fatal(err)
	}
	made, err := datasets.NewTable(datasets.NewValues("x", want))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := datasets.Write(path, made.Batches()); err != nil {
		t.Fatal(err)
	}
	table, err := datasets.Open(path, datasets.Options{})
	if err != nil {
		t.Fatal(err)
	}
	lo, hi, mode := mapping(t, path)
	if !strings.HasPrefix(mode, "r-") {
		t.Errorf("the file is mapped %s, want read-only", mode)
	}
	handed := 0
	out, err := columns.ApplyChunked(memory.DefaultAllocator, func(dst, src []float32) {
		first := uintptr(unsafe.Pointer(&src[0]))
		if last := first + uintptr(4*len(src)); first < lo || last > hi {
			t.Errorf("the kernel reads %#x-%#x, the file lies at %#x-%#x", first, last, lo, hi)
		}
		handed += len(src)
		kernels.ReLU(dst, src)
	}, table.Column("x").Arrow())
	if err != nil {
		t.Fatal(err)
	}
	defer out.Release()
	if handed != len(want) || out.Len() != len(want) {
		t.Errorf("the kernel saw %d of %d elements", handed, len(want))
	}
	// The result outlives the mapping.
	if err := table.Close(); err != nil {
		t.Fatal(err)
	}
	i := 0
	for _, chunk := range out.Chunks() {
		got, _ := columns.Values[float32](chunk)
		for _, v := range got {
			if v != max(want[i], 0) {
				t.Fatalf("element %d: %g, want %g", i, v, max(want[i], 0))
			}
			i++
		}
	}
}

// mapping returns the addresses and the mode at which the process has mapped a file.
func mapping(t *testing.T, path string) (lo, hi uintptr, mode string) {
	t.Helper()
	path, err := filepath.EvalSymlinks(path)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open("/proc/self/maps")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasSuffix(lines.Text(), path) {
			if _, err := fmt.Sscanf(lines.Text(), "%x-%x %s", &lo, &hi, &mode); err != nil {
				t.Fatal(err)
			}
			return lo, hi, mode
		}
	}
	t.Fatalf("%s is not mapped", path)
	return 0, 0, ""
}
