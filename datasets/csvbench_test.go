package datasets

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// BenchmarkCSV reads tables of numbers as a whole.
func BenchmarkCSV(b *testing.B) {
	rng := rand.New(rand.NewPCG(1, 2))
	for _, test := range []struct {
		name  string
		field func(line []byte) []byte
	}{
		{"floats", func(line []byte) []byte { return strconv.AppendFloat(line, rng.NormFloat64(), 'g', -1, 64) }},
		{"short", func(line []byte) []byte { return fmt.Appendf(line, "%.2f", rng.NormFloat64()) }},
		{"integers", func(line []byte) []byte { return strconv.AppendInt(line, rng.Int64N(1e6), 10) }},
	} {
		var text bytes.Buffer
		for range 200_000 {
			var line []byte
			for i := range 8 {
				if i > 0 {
					line = append(line, ',')
				}
				line = test.field(line)
			}
			text.Write(append(line, '\n'))
		}
		path := filepath.Join(b.TempDir(), "in.csv")
		if err := os.WriteFile(path, text.Bytes(), 0o666); err != nil {
			b.Fatal(err)
		}
		b.Run(test.name, func(b *testing.B) {
			b.SetBytes(int64(text.Len()))
			for b.Loop() {
				t, err := Open(path, Options{})
				if err != nil {
					b.Fatal(err)
				}
				if err := t.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
