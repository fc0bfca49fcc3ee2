package weightfile

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strconv"
	"strings"
)

// maxDictionary is the longest header of a .npy file that is read; numpy's own limit is 10000 bytes.
const maxDictionary = 1 << 16

// An arrayHeader is what a .npy file begins with. Library npyio's reader panics where one is
// damaged, and knows neither float16 nor three dimensions.
type arrayHeader struct {
	typ     string
	order   binary.ByteOrder
	fortran bool // the first index runs fastest
	shape   []int
	length  int // bytes before the values
}

// readHeader reads a header of format 1.0, 2.0 or 3.0.
func readHeader(r io.Reader) (arrayHeader, error) {
	var start [8]byte
	if _, err := io.ReadFull(r, start[:]); err != nil || string(start[:6]) != "\x93NUMPY" {
		return arrayHeader{}, errors.New("it does not begin as a .npy file does")
	}
	width := 4
	switch major := start[6]; {
	case major == 1:
		width = 2
	case major == 0 || major > 3:
		return arrayHeader{}, fmt.Errorf("it is of .npy format %d, want 1, 2 or 3", major)
	}
	var field [4]byte
	if _, err := io.ReadFull(r, field[:width]); err != nil {
		return arrayHeader{}, errors.New("its header is cut off")
	}
	n := int64(binary.LittleEndian.Uint32(field[:]))
	if n > maxDictionary {
		return arrayHeader{}, fmt.Errorf("its header claims %d bytes, more than %d", n, maxDictionary)
	}
	text := make([]byte, n)
	if _, err := io.ReadFull(r, text); err != nil {
		return arrayHeader{}, errors.New("its header is cut off")
	}
	h, err := parseHeader(string(text))
	h.length = len(start) + width + len(text)
	return h, err
}

// parseHeader reads the Python dictionary, whose keys are descr, fortran_order and shape in any order.
func parseHeader(text string) (arrayHeader, error) {
	h := arrayHeader{}
	d := &dictionary{rest: text}
	seen := map[string]bool{}
	if !d.take("{") {
		return h, errors.New("its header is no dictionary")
	}
	for !d.take("}") {
		key, ok := d.quoted()
		if !ok || !d.take(":") || seen[key] {
			return h, errors.New("its header is no dictionary of descr, fortran_order and shape")
		}
		seen[key] = true
		var err error
		switch key {
		case "descr":
			descr, ok := d.quoted()
			if !ok {
				return h, errors.New("its elements are structures, want floating-point numbers")
			}
			h.typ, h.order = elementType(descr)
		case "fortran_order":
			h.fortran = d.take("True")
			if !h.fortran && !d.take("False") {
				err = errors.New("its fortran_order is neither True nor False")
			}
		case "shape":
			h.shape, err = d.tuple()
		default:
			err = fmt.Errorf("its header has a %q", key)
		}
		if err != nil {
			return h, err
		}
		if !d.take(",") && !strings.HasPrefix(d.rest, "}") {
			return h, errors.New("its header is no dictionary of descr, fortran_order and shape")
		}
	}
	if len(seen) != 3 || strings.TrimSpace(d.rest) != "" {
		return h, errors.New("its header is no dictionary of descr, fortran_order and shape")
	}
	_, err := elementsOf(h.shape)
	return h, err
}

// elementType returns the type that numpy calls "<f4", and the byte order. Others keep numpy's name.
func elementType(descr string) (string, binary.ByteOrder) {
	typ := map[string]string{"f2": "float16", "f4": "float32", "f8": "float64"}
	switch order, code, _ := strings.Cut(descr, "f"); {
	case order == "<" && typ["f"+code] != "":
		return typ["f"+code], binary.LittleEndian
	case order == ">" && typ["f"+code] != "":
		return typ["f"+code], binary.BigEndian
	}
	return strconv.Quote(descr), binary.LittleEndian
}

// A dictionary is a Python literal while it is read.
type dictionary struct{ rest string }

// take takes a token and the blanks on both sides of it.
func (d *dictionary) take(token string) bool {
	rest, ok := strings.CutPrefix(strings.TrimLeft(d.rest, " \n"), token)
	if ok {
		d.rest = strings.TrimLeft(rest, " \n")
	}
	return ok
}

// quoted takes a text in single or double quotes.
func (d *dictionary) quoted() (string, bool) {
	for _, quote := range []string{"'", `"`} {
		if d.take(quote) {
			text, rest, ok := strings.Cut(d.rest, quote)
			d.rest = rest
			return text, ok
		}
	}
	return "", false
}

// tuple takes a tuple of whole numbers, which Python 2 may have ended in L.
func (d *dictionary) tuple() ([]int, error) {
	inner, rest, ok := strings.Cut(strings.TrimPrefix(d.rest, "("), ")")
	if !ok || !strings.HasPrefix(d.rest, "(") {
		return nil, errors.New("its shape is no tuple")
	}
	d.rest = strings.TrimLeft(rest, " \n")
	shape := []int{}
	for word := range strings.SplitSeq(inner, ",") {
		word = strings.TrimSuffix(strings.TrimSpace(word), "L")
		if word == "" {
			continue
		}
		n, err := strconv.Atoi(word)
		if err != nil {
			return nil, fmt.Errorf("its shape (%s) has a size that is no whole number an int can hold", inner)
		}
		shape = append(shape, n)
	}
	return shape, nil
}

// values reads the values behind the header into C order.
func (h arrayHeader) values(r io.Reader, known bool) (Values, error) {
	n, err := elementsOf(h.shape)
	if err != nil {
		return Values{}, err
	}
	v, err := decode(r, h.typ, h.order, n, known)
	if err != nil || !h.fortran || len(h.shape) < 2 {
		return v, err
	}
	return Values{rowByRow(v.Float32, h.shape), rowByRow(v.Float64, h.shape)}, nil
}

// rowByRow returns the elements of an array in which the first index runs fastest in the order
// in which the last one does.
func rowByRow[T float32 | float64](x []T, shape []int) []T {
	if x == nil {
		return nil
	}
	y := make([]T, len(x))
	index := make([]int, len(shape))
	for i := range y {
		from, step := 0, 1
		for d, k := range index {
			from += k * step
			step *= shape[d]
		}
		y[i] = x[from]
		for d := len(index) - 1; d >= 0; d-- {
			if index[d]++; index[d] < shape[d] {
				break
			}
			index[d] = 0
		}
	}
	return y
}

// fits checks the size that follows a header.
func (h arrayHeader) fits(size uint64) error {
	n, err := elementsOf(h.shape)
	if bytes, ok := floats[h.typ]; err == nil && ok && size != uint64(n*bytes) {
		err = fmt.Errorf("its shape %v of %s takes %d bytes, and %d follow the header", h.shape, h.typ, n*bytes, size)
	}
	return err
}

// npySource is a .npy file.
type npySource struct {
	r      io.ReaderAt
	size   int64
	header arrayHeader
}

func openNPY(path string, r io.ReaderAt, size int64) ([]Stored, source, error) {
	h, err := readHeader(io.NewSectionReader(r, 0, size))
	if err == nil {
		err = h.fits(uint64(size - int64(h.length)))
	}
	if err != nil {
		return nil, nil, err
	}
	name := strings.TrimSuffix(filepath.Base(path), filepath.Ext(path))
	return []Stored{{name, h.shape, h.typ}}, npySource{r, size, h}, nil
}

func (s npySource) read(int) (Values, error) {
	begin := int64(s.header.length)
	return s.header.values(io.NewSectionReader(s.r, begin, s.size-begin), true)
}

// npzSource is a zip archive of .npy files.
type npzSource struct{ files []*zip.File }

func openNPZ(r io.ReaderAt, size int64) ([]Stored, source, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, nil, fmt.Errorf("it is no zip archive, which .npz is: %w", err)
	}
	var tensors []Stored
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			return nil, nil, fmt.Errorf("its file %q is no .npy file", f.Name)
		}
		h, err := header(f)
		if err != nil {
			return nil, nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		tensors = append(tensors, Stored{name, h.shape, h.typ})
	}
	return tensors, npzSource{z.File}, nil
}

// header reads the header of a file in an archive.
func header(f *zip.File) (arrayHeader, error) {
	r, err := f.Open()
	if err != nil {
		return arrayHeader{}, err
	}
	h, err := readHeader(r)
	switch {
	case err != nil:
	case f.UncompressedSize64 < uint64(h.length):
		err = errors.New("its header is cut off")
	case f.UncompressedSize64 > maxUnfolded:
		err = fmt.Errorf("it claims %d bytes, more than %d", f.UncompressedSize64, uint64(maxUnfolded))
	default:
		err = h.fits(f.UncompressedSize64 - uint64(h.length))
	}
	return h, errors.Join(err, r.Close())
}

func (s npzSource) read(i int) (v Values, err error) {
	r, err := s.files[i].Open()
	if err != nil {
		return Values{}, err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	in := bufio.NewReaderSize(r, 1<<16)
	h, err := readHeader(in)
	if err != nil {
		return Values{}, err
	}
	if v, err = h.values(in, false); err != nil {
		return Values{}, err
	}
	if n, err := io.Copy(io.Discard, in); n > 0 || err != nil { // the end checks the CRC
		return Values{}, fmt.Errorf("it is damaged: %d bytes follow its values (%v)", n, err)
	}
	return v, nil
}
