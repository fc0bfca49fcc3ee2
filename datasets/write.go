package datasets

import (
	"fmt"
	"io"
	"path/filepath"

	"actinit/datasets/atomicfile"

	"github.com/klauspost/compress/gzip"
)

// Write writes the table to path, in the format that the name's ending says:
// .csv, .csv.gz, .parquet, or .arrow (.feather, .ipc). The file is complete
// under its name or not there at all (package atomicfile).
func Write(path string, t *Table) error {
	format := formatOfName(path)
	if format == "" {
		return badFile(path, "the ending %q says no format; .csv, .csv.gz, .parquet and .arrow do", filepath.Ext(path))
	}
	return atomicfile.Write(path, func(w io.Writer) error { return Encode(w, format, t) })
}

// Encode writes the table to w in the given format.
//
//   - CSV: a line of names, then numbers in the fewest digits that give the same
//     value back when read as the column's type; NaN, +Inf and -Inf by these
//     names, a null as an empty field. The sign and payload of a NaN are lost.
//   - Parquet: float and double columns, optional where there are nulls, zstd.
//   - Arrow: the IPC file format without compression, so that it can be mapped.
//
// Parquet and Arrow keep every bit of every value, NaNs included.
func Encode(w io.Writer, format Format, t *Table) error {
	if len(t.columns) == 0 {
		return fmt.Errorf("a table without columns cannot be written as %s", format)
	}
	switch format {
	case CSV:
		return encodeCSV(w, t)
	case CSVGzip:
		zip := gzip.NewWriter(w)
		if err := encodeCSV(zip, t); err != nil {
			return err
		}
		return zip.Close()
	case Parquet:
		return encodeParquet(w, t)
	case Arrow:
		return encodeArrow(w, t)
	}
	return fmt.Errorf("unknown format %q: there are %s, %s, %s and %s", format, CSV, CSVGzip, Parquet, Arrow)
}

// Convert reads the table at in and writes it to out, whose ending says the
// format. What Open converts on reading (integers to floating-point) stays converted.
func Convert(in, out string, o Options) (err error) {
	t, err := Open(in, o)
	if err != nil {
		return err
	}
	err = Write(out, t)
	if closed := t.Close(); err == nil {
		err = closed
	}
	return err
}
