package cli

import (
	"archive/zip"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/float16"
	"github.com/apache/arrow/go/v15/arrow/memory"

	"actinit/datasets"
)

// TestApply converts a table, applies an operation, and reads what came of it.
func TestApply(t *testing.T) {
	dir := t.TempDir()
	csv := filepath.Join(dir, "in.csv")
	if err := os.WriteFile(csv, []byte("x,y\n-1,2\n,-4.0\n3.0,0\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string // the result as CSV
		said string
	}{
		{[]string{"--op", "relu"}, "x,y\n0,2\n,0\n3,0\n", "3 rows, relu of x, y"},
		{[]string{"--op", "leakyrelu", "--param", ".5", "--column", "y"}, "x,y\n-1,2\n,-2\n3,0\n", "3 rows, leakyrelu of y"},
		{[]string{"--op", "relu", "--column", "x", "--into", "z"}, "x,y,z\n-1,2,0\n,-4,\n3,0,3\n", "3 rows, relu of x"},
		{[]string{"--op", "softsign", "--type", "float32", "--workers", "1"}, "x,y\n-0.5,0.6666667\n,-0.8\n0.75,0\n", "3 rows, softsign of x, y"},
	} {
		for _, in := range []string{".csv", ".parquet", ".arrow", ".arrows"} {
			from := csv
			if in != ".csv" {
				from = filepath.Join(dir, "in"+in)
				typ := "float64"
				if strings.Contains(strings.Join(test.args, " "), "float32") {
					typ = "float32"
				}
				if status, _, stderr := invoke(t.Context(), "data", "convert", csv, from, "--type", typ); status != ExitOK {
					t.Fatal(stderr)
				}
			}
			for _, ending := range []string{".arrow", ".parquet", ".csv"} {
				out := filepath.Join(dir, "out"+ending)
				args := append([]string{"apply", from, out}, test.args...)
				if i := slices.Index(args, "--type"); i >= 0 && in != ".csv" { // which has its type
					args = slices.Delete(args, i, i+2)
				}
				status, stdout, stderr := invoke(t.Context(), args...)
				said := test.said
				if in == ".csv" {
					said += "; the first line was taken for names (--header no: for a row)"
				}
				if status != ExitOK || stdout != out+": "+said+"\n" {
					t.Fatalf("%s to %s: status %d, %q, %q", in, ending, status, stdout, stderr)
				}
				text := out
				if ending != ".csv" {
					text = filepath.Join(dir, "text.csv")
					if status, _, stderr := invoke(t.Context(), "data", "convert", out, text); status != ExitOK {
						t.Fatal(stderr)
					}
				}
				if got, err := os.ReadFile(text); err != nil || string(got) != test.want {
					t.Errorf("%v, %s to %s: %v\n%s\nwant\n%s", test.args, in, ending, err, got, test.want)
				}
			}
		}
	}
}

// TestApplyStreams: of data convert and apply, - is an Arrow stream on the standard output.
func TestApplyStreams(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.arrow"), filepath.Join(dir, "out.arrows")
	if status, _, stderr := invoke(t.Context(), "data", "convert", "normal", in); status != ExitOK {
		t.Fatal(stderr)
	}
	piped := filepath.Join(dir, "piped.arrows")
	status, stdout, stderr := invoke(t.Context(), "data", "convert", in, "-")
	if status != ExitOK {
		t.Fatal(stderr)
	}
	if err := os.WriteFile(piped, []byte(stdout), 0o666); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr = invoke(t.Context(), "apply", "--op", "tanh", piped, "-")
	if status != ExitOK {
		t.Fatal(stderr)
	}
	if err := os.WriteFile(out, []byte(stdout), 0o666); err != nil {
		t.Fatal(err)
	}
	status, stdout, stderr = invoke(t.Context(), "data", "describe", out, "--json")
	var d struct {
		Rows    int
		Format  datasets.Format
		Columns []struct{ Max float64 }
	}
	if err := json.Unmarshal([]byte(stdout), &d); status != ExitOK || err != nil || d.Rows != 1000 || d.Format != datasets.ArrowStream || d.Columns[0].Max >= 1 {
		t.Errorf("%v, %+v, %s", err, d, stderr)
	}

	// What a writer that fails between two batches leaves is read, but not without a word.
	const mark = 8
	whole, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(piped, whole[:len(whole)-mark], 0o666); err != nil {
		t.Fatal(err)
	}
	warning := "actinit: warning: " + piped + ": the stream has no mark at its end: where its writer failed, it is cut short\n"
	for _, args := range [][]string{{"data", "describe", piped}, {"data", "convert", piped, in}, {"data", "convert", piped, "-"}, {"apply", "--op", "relu", piped, in}, {"apply", "--op", "relu", piped, "-"}} {
		if status, _, stderr := invoke(t.Context(), args...); status != ExitOK || stderr != warning {
			t.Errorf("%v: status %d, %q", args, status, stderr)
		}
	}
	if status, _, stderr := invoke(t.Context(), "data", "describe", out); status != ExitOK || stderr != "" {
		t.Errorf("of the whole stream: status %d, %q", status, stderr)
	}
}

// TestApplyColumns: columns that are not read need not be of the length of the others.
func TestApplyColumns(t *testing.T) {
	dir := t.TempDir()
	split, out := filepath.Join(dir, "split.npz"), filepath.Join(dir, "out.csv")
	f, err := os.Create(split)
	if err != nil {
		t.Fatal(err)
	}
	z := zip.NewWriter(f)
	for _, member := range []struct {
		name   string
		values []float64
	}{{"x_train", []float64{-1, 2, 3}}, {"x_test", []float64{4}}, {"y_train", []float64{-5, 6, 7}}} {
		w, err := z.Create(member.name + ".npy")
		if err != nil {
			t.Fatal(err)
		}
		table, err := datasets.NewTable(datasets.NewValues(member.name, member.values))
		if err != nil {
			t.Fatal(err)
		}
		if _, err := datasets.Encode(w, datasets.NPY, table.Batches()); err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(z.Close(), f.Close()); err != nil {
		t.Fatal(err)
	}
	if status, _, stderr := invoke(t.Context(), "apply", "--op", "relu", split, out); status != ExitUsage || !strings.Contains(stderr, "--columns names those wanted") {
		t.Errorf("status %d, %s", status, stderr)
	}
	if status, _, stderr := invoke(t.Context(), "apply", "--op", "relu", "--columns", "x_train,y_train", "--column", "x_train", split, out); status != ExitOK {
		t.Fatal(stderr)
	}
	if got, err := os.ReadFile(out); err != nil || string(got) != "x_train,y_train\n0,-5\n2,6\n3,7\n" {
		t.Errorf("%q, %v", got, err)
	}
}

func TestApplyRefuses(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.csv"), filepath.Join(dir, "out.arrow")
	if err := os.WriteFile(in, []byte("x,y\n1.5,2\n"+strings.Repeat("3,4\n", 1<<16)+"3,four\n"), 0o666); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct {
		args []string
		want string
	}{
		{[]string{in, out}, "actinit: --op is missing: want the name of an operation, see actinit list"},
		{[]string{in, out, "--op", "softsgn"}, `actinit: --op "softsgn": there is no such operation (did you mean softsign?); actinit list has all`},
		{[]string{in, out, "--op", "swiglu"}, "actinit: --op: swiglu takes 2 inputs for each element, and a column is one"},
		{[]string{in, out, "--op", "gelu", "--param", "1"}, "actinit: --param 1: gelu has no parameter"},
		{[]string{in, out, "--op", "elu", "--param", "x"}, `actinit: --param "x": want a number, the alpha of elu`},
		{[]string{in, out, "--op", "elu", "--param", "nan"}, "actinit: --param nan: elu's alpha must be a finite number"},
		{[]string{in, out, "--op", "leakyrelu", "--param", "-inf"}, "actinit: --param -inf: leakyrelu's slope must be a finite number"},
		{[]string{in, out, "--op", "celu", "--param", "0"}, "actinit: --param 0: celu's alpha must be a finite number above 0"},
		{[]string{in, out, "--op", "hardtanh", "--param", "-1"}, "actinit: --param -1: hardtanh's bound must be a finite number from 0 on"},
		{[]string{in, out, "--op", "elu", "--param", "1e300", "--type", "float32"}, in + `: column "x" is of type float32, and in float32 elu's alpha must be a finite number: --param is 1e300`},
		{[]string{in, out, "--op", "celu", "--param", "1e-60", "--type", "float32"}, in + `: column "x" is of type float32, and in float32 celu's alpha must be a finite number above 0: --param is 1e-60`},
		{[]string{in, out, "--op", "gelu", "--type", "int"}, `actinit: --type "int": want float32 or float64`},
		{[]string{in, out, "--op", "gelu", "--workers", "0"}, "actinit: --workers 0: want 1 to 1024"},
		{[]string{in, out, "--op", "gelu", "--column", "z"}, "actinit: " + in + `: there is no column "z", the columns are "x", "y"`},
		{[]string{in, filepath.Join(dir, "out.xls"), "--op", "gelu"}, `the ending ".xls" says no format; `},
		{[]string{in, out, "--op", "gelu"}, in + `: line 65539, column 2 (y): "four" is not a plain integer, as those before it are; --text y takes it all as text`},
		{[]string{filepath.Join(dir, "none"), out, "--op", "gelu"}, filepath.Join(dir, "none") + ": there is no such file"},
	} {
		status, _, stderr := invoke(t.Context(), append([]string{"apply"}, test.args...)...)
		if status != ExitUsage || !strings.Contains(stderr, test.want) || strings.Count(stderr, "\n") != 1 {
			t.Errorf("%v: status %d, %q, want one line with %s", test.args, status, stderr, test.want)
		}
	}
	if entries, err := os.ReadDir(dir); err != nil || len(entries) != 1 {
		t.Errorf("the folder holds %v, %v", entries, err)
	}
}

// TestApplyKeepsOtherTypes: without --column the kernels run on the columns of floating-point numbers, in their type, of
// every format that tells types; the others pass unchanged to every format that holds them.
func TestApplyKeepsOtherTypes(t *testing.T) {
	schema := arrow.NewSchema([]arrow.Field{{Name: "half", Type: arrow.FixedWidthTypes.Float16}, {Name: "x", Type: arrow.PrimitiveTypes.Float32},
		{Name: "label", Type: arrow.PrimitiveTypes.Int64}, {Name: "yes", Type: arrow.FixedWidthTypes.Boolean}, {Name: "colour", Type: arrow.BinaryTypes.String}}, nil)
	b := array.NewRecordBuilder(memory.DefaultAllocator, schema)
	defer b.Release()
	for i := range 3 {
		b.Field(0).(*array.Float16Builder).Append(float16.New(float32(i - 1)))
		b.Field(1).(*array.Float32Builder).Append(float32(i-1) / 2)
		b.Field(2).(*array.Int64Builder).Append(1<<53 + int64(i))
		b.Field(3).(*array.BooleanBuilder).Append(i == 1)
		b.Field(4).(*array.StringBuilder).Append([]string{"red", "light, blue", ""}[i])
	}
	whole := b.NewRecord()
	dir := t.TempDir()
	for _, test := range []struct {
		columns []int
		in      []string
		out     []string
	}{
		{[]int{0, 1, 2, 3}, []string{".npz", ".safetensors", ".arrow", ".arrows"}, []string{".npz", ".safetensors", ".arrow", ".arrows"}},
		{[]int{0}, []string{".npy"}, []string{".npy", ".npz", ".arrow"}},
		{[]int{1, 2, 3, 4}, []string{".parquet", ".arrow", ".arrows"}, []string{".parquet", ".arrow", ".arrows"}},
	} {
		var fields []arrow.Field
		var columns []arrow.Array
		for _, i := range test.columns {
			fields, columns = append(fields, schema.Field(i)), append(columns, whole.Column(i))
		}
		record := array.NewRecord(arrow.NewSchema(fields, nil), columns, 3)
		for _, from := range test.in {
			in := filepath.Join(dir, "in"+from)
			writeRecord(t, in, record)
			for _, to := range test.out {
				out := filepath.Join(dir, "out"+to)
				if status, _, stderr := invoke(t.Context(), "apply", in, out, "--op", "relu"); status != ExitOK {
					t.Fatalf("%s to %s: %s", from, to, stderr)
				}
				got := readRecord(t, out)
				for k, field := range fields {
					want := fmt.Sprint(columns[k])
					if name := field.Name; name == "half" || name == "x" {
						want = map[string]string{"half": "[0 0 1]", "x": "[0 0 0.5]"}[name]
					}
					if c := got.Column(k); fmt.Sprint(c) != want || !arrow.TypeEqual(c.DataType(), field.Type) {
						t.Errorf("%s to %s, column %s: %s %v, want %s %s", from, to, field.Name, c.DataType(), c, field.Type, want)
					}
				}
			}
		}
	}
}

// TestApplyWritesTables: what CSV files say of columns that pass.
func TestApplyWritesTables(t *testing.T) {
	dir := t.TempDir()
	in, out := filepath.Join(dir, "in.parquet"), filepath.Join(dir, "out.csv")
	b := array.NewRecordBuilder(memory.DefaultAllocator, arrow.NewSchema([]arrow.Field{{Name: "id", Type: arrow.PrimitiveTypes.Int64},
		{Name: "colour", Type: arrow.BinaryTypes.String, Nullable: true}, {Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil))
	b.Field(0).(*array.Int64Builder).AppendValues([]int64{1234567890123456789, 2}, nil)
	b.Field(1).(*array.StringBuilder).AppendValues([]string{"light, blue", ""}, []bool{true, false})
	b.Field(2).(*array.Float64Builder).AppendValues([]float64{-1, 12345678}, nil)
	writeRecord(t, in, b.NewRecord())
	if status, _, stderr := invoke(t.Context(), "apply", in, out, "--op", "relu"); status != ExitOK {
		t.Fatal(stderr)
	}
	const want = "id,colour,x\n1234567890123456789,\"light, blue\",0\n2,,12345678\n"
	if got, err := os.ReadFile(out); err != nil || string(got) != want {
		t.Errorf("%v\n%s\nwant\n%s", err, got, want)
	}
	status, _, stderr := invoke(t.Context(), "apply", in, filepath.Join(dir, "out.npz"), "--op", "relu")
	if want := `column "colour" is of type text, which actinit does not write to npz: write Arrow IPC, which holds any, or leave out what it does not hold (--except)`; status != ExitUsage || !strings.Contains(stderr, want) {
		t.Errorf("status %d, %s", status, stderr)
	}
}

// TestApplyOfEveryFormat: without --column, of a CSV file too, integers and text pass, and what is floating-point numbers is told.
func TestApplyOfEveryFormat(t *testing.T) {
	dir := t.TempDir()
	csv := textFile(t, "in.csv", ",id,x,label,colour,plz\n0,9007199254740993,-1.5,3,red,00017\n1,2,2,4,,10115\n")
	const want = "c1,id,x,label,colour,plz\n0,9007199254740993,0,3,red,00017\n1,2,2,4,,10115\n"
	const said = ": 2 rows, relu of x"
	const notes = "; the first line was taken for names (--header no: for a row); not of numbers, and so taken for text: colour, plz" +
		"; of integers, and so left as they are without --column: c1, id, label"
	for _, ending := range []string{".csv", ".parquet", ".arrow", ".arrows"} {
		in, out := csv, filepath.Join(dir, "out.csv")
		stdout := out + said + notes + "\n"
		if ending != ".csv" {
			in, stdout = filepath.Join(dir, "in"+ending), out+said+"\n"
			if status, _, stderr := invoke(t.Context(), "data", "convert", csv, in); status != ExitOK {
				t.Fatal(stderr)
			}
		}
		if status, got, stderr := invoke(t.Context(), "apply", "--op", "relu", in, out); status != ExitOK || got != stdout {
			t.Errorf("%s: status %d, %q, want %q, %s", ending, status, got, stdout, stderr)
		}
		if got, err := os.ReadFile(out); err != nil || string(got) != want {
			t.Errorf("%s: %v\n%s\nwant\n%s", ending, err, got, want)
		}
	}
	whole, late := textFile(t, "whole.csv", "x,label\n1,2\n"), textFile(t, "late.csv", "x,y,z\n"+strings.Repeat("-1,1,.5\n", 1<<16)+"-1,-0.5,1\n")
	odd := textFile(t, "odd.csv", "x,y\n1.5,a\n.,b\n")
	arrow, out := filepath.Join(dir, "whole.arrow"), filepath.Join(dir, "out.arrow")
	if status, _, stderr := invoke(t.Context(), "data", "convert", whole, arrow); status != ExitOK {
		t.Fatal(stderr)
	}
	const names = "the first line was taken for names (--header no: for a row)\n"
	for _, test := range []struct {
		args []string
		want string // the end of what is said
	}{
		{[]string{whole, out}, "actinit: " + whole + ": no column is of floating-point numbers: --column takes integers for such (x, label)\n"},
		{[]string{odd, out}, "actinit: " + odd + ": no column is of floating-point numbers; not of numbers, and so taken for text: x, y; --null . makes numbers of x\n"},
		{[]string{arrow, out}, "actinit: " + arrow + ": no column is of float16, float32 or float64, which data convert --type makes of other numbers\n"},
		{[]string{arrow, out, "--column", "x"}, "actinit: " + arrow + ": column \"x\" is of type int64, not of float16, float32 or float64, which data convert --type makes of other numbers\n"},
		{[]string{whole, out, "--column", "x"}, "1 row, relu of x; " + names},
		{[]string{whole, out, "--type", "float32"}, "1 row, relu of x, label; " + names},
		{[]string{whole, out, "--float", "label"}, "1 row, relu of label; " + strings.TrimSuffix(names, "\n") + "; of integers, and so left as they are without --column: x\n"},
		{[]string{late, out}, "65,537 rows, relu of y, z; " + strings.TrimSuffix(names, "\n") + "; of integers, and so left as they are without --column: x\n"},
		{[]string{late, "-"}, `"-0.5" is not a plain integer, as those before it are; --text y takes it all as text, --float y as float64` + "\n"},
	} {
		_, stdout, stderr := invoke(t.Context(), append([]string{"apply", "--op", "relu"}, test.args...)...)
		if !strings.HasSuffix(stdout+stderr, test.want) {
			t.Errorf("%v: %q, want %q", test.args, stdout+stderr, test.want)
		}
	}
}

func writeRecord(t *testing.T, path string, r arrow.Record) {
	t.Helper()
	f, err := os.Create(path)
	if err != nil {
		t.Fatal(err)
	}
	w, err := datasets.NewBatchWriter(f, datasets.FormatOf(path), r.Schema())
	if err == nil {
		err = w.Write(r)
	}
	if err == nil {
		err = w.Close()
	}
	if err := errors.Join(err, f.Close()); err != nil {
		t.Fatal(err)
	}
}

// readRecord returns the only batch of a file.
func readRecord(t *testing.T, path string) arrow.Record {
	t.Helper()
	b, err := datasets.OpenBatches(path, datasets.Options{AnyType: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = b.Close() })
	r, err := b.Next()
	if err != nil {
		t.Fatal(err)
	}
	return r
}
