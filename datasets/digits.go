package datasets

import (
	"bytes"
	"cmp"
	_ "embed" // for the shipped data
)

//go:embed digits.csv.gz
var digits []byte

// DigitsLabel is the name of the label column of Digits.
const DigitsLabel = "c65"

// Digits returns the shipped images of handwritten digits: 1797 rows, columns
// c1 .. c64 the pixels of an 8x8 image, row by row, as counts 0 .. 16, and c65
// the digit 0 .. 9. All columns are float32. Source and licence (CC BY 4.0)
// stand in README.md beside this file. Columns may be named, as in Options.
func Digits(columns ...string) (*Table, error) {
	o := Options{Columns: columns}
	b, err := OpenDigits(o)
	if err != nil {
		return nil, err
	}
	return gather(b, o.maxBytes())
}

// OpenDigits is OpenBatches of Digits.
func OpenDigits(o Options) (*Batches, error) {
	if err := o.check(); err != nil {
		return nil, err
	}
	o.CSVHeader, o.Separator, o.DecimalComma, o.Nulls, o.Type = HeaderAbsent, Comma, false, nil, cmp.Or(o.Type, Float32)
	b, err := openPipe("digits.csv.gz", bytes.NewReader(digits), nil, o)
	if err == nil {
		b.header, b.separator = HeaderAuto, SeparatorAuto // there is no question to whom does not see the text
	}
	return b, err
}

// StandardizedDigits returns Digits as examples, every pixel standardised over
// the images.
func StandardizedDigits() (*Examples, error) {
	t, err := Digits()
	if err != nil {
		return nil, err
	}
	e, err := Standardize(t, DigitsLabel)
	if err != nil {
		return nil, err
	}
	return e, t.Close()
}
