package datasets

import (
	"archive/zip"
	"bytes"
	"fmt"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
)

// TestExcept: columns are left out by name, of every format, whatever their type.
func TestExcept(t *testing.T) {
	var npz bytes.Buffer
	z := zip.NewWriter(&npz)
	for _, member := range []struct {
		name  string
		array []byte
	}{
		{"label", npyOf("<U1", 2, "a\x00\x00\x00b\x00\x00\x00")},
		{"x", npyOf("|i1", 2, "\x01\x02")},
		{"y", npyOf("|i1", 2, "\x03\x04")},
	} {
		w, err := z.CreateHeader(&zip.FileHeader{Name: member.name + ".npy", Method: zip.Store})
		if err == nil {
			_, err = w.Write(member.array)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	texts := writeFile(t, []byte("label,x,y\na,1,3\nb,2,4\n"))
	paths := map[string]string{"csv": texts, "npz": writeFile(t, npz.Bytes())}
	for _, ending := range []string{".parquet", ".arrow"} {
		b, err := OpenBatches(texts, Options{AnyType: true})
		if err != nil {
			t.Fatal(err)
		}
		paths[ending] = texts + ending
		if _, err := Write(paths[ending], b); err != nil {
			t.Fatal(err)
		}
	}
	for name, path := range paths {
		for _, any := range []bool{false, true} {
			for _, test := range []struct {
				except []string
				want   string
			}{
				{[]string{"label"}, "x y 2 rows"},
				{[]string{"y", "label"}, "x 2 rows"},
				{[]string{"label", "x", "y"}, path + ": all its columns are left out"},
			} {
				got, err := namesAndRows(path, Options{AnyType: any, Except: test.except})
				if err != nil {
					got = err.Error()
				}
				if got != test.want {
					t.Errorf("%s, any type %v, except %v: %s, want %s", name, any, test.except, got, test.want)
				}
			}
			if _, err := namesAndRows(path, Options{AnyType: any, Except: []string{"z", "label"}}); err == nil {
				t.Errorf("%s: a column that is not there is left out", name)
			}
		}
	}
	if _, err := namesAndRows(texts, Options{Columns: []string{"x"}, Except: []string{"y"}}); err == nil {
		t.Error("columns are both named and left out")
	}
}

func namesAndRows(path string, o Options) (text string, err error) {
	b, err := OpenBatches(path, o)
	if err != nil {
		return "", err
	}
	for _, field := range b.Schema().Fields() {
		text += field.Name + " "
	}
	rows := 0
	err = b.each(func(r arrow.Record) error {
		rows += int(r.NumRows())
		return nil
	})
	return fmt.Sprintf("%s%d rows", text, rows), err
}

// npyOf returns an npy file of version 1.
func npyOf(dtype string, rows int, data string) []byte {
	header := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%d,), }", dtype, rows)
	for (len(header)+11)%64 != 0 {
		header += " "
	}
	header += "\n"
	return []byte("\x93NUMPY\x01\x00" + string([]byte{byte(len(header)), byte(len(header) >> 8)}) + header + data)
}
