package tensorfile

import (
	"archive/zip"
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"

	"actinit/datasets/unfold"
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
				return h, errors.New("its elements are structures, and numbers are read: save its fields as arrays of their own")
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
	_, err := Elements(h.shape)
	return h, err
}

// numpyTypes are the names of the types of other formats, without the byte order.
var numpyTypes = map[string]string{
	"b1": "bool", "i1": "int8", "u1": "uint8", "i2": "int16", "u2": "uint16", "i4": "int32", "u4": "uint32",
	"i8": "int64", "u8": "uint64", "f2": "float16", "f4": "float32", "f8": "float64",
}

// NumpyName returns what numpy calls a type in little-endian order, "" if it has none such.
func NumpyName(typ string) string {
	name := nameOf(numpyTypes, typ)
	switch {
	case name == "":
		return ""
	case Size(typ) == 1:
		return "|" + name
	}
	return "<" + name
}

// elementType returns the type that numpy calls "<f4", and the byte order. Others keep numpy's name.
func elementType(descr string) (string, binary.ByteOrder) {
	if len(descr) == 3 {
		typ := numpyTypes[descr[1:]]
		switch order := descr[0]; {
		case typ != "" && (order == '<' || order == '|' && Size(typ) == 1):
			return typ, binary.LittleEndian
		case typ != "" && order == '>':
			return typ, binary.BigEndian
		}
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

// fits checks the size that follows a header.
func (h arrayHeader) fits(size uint64) error {
	n, err := Elements(h.shape)
	if bytes := Size(h.typ); err == nil && bytes > 0 && size != uint64(n*bytes) {
		err = fmt.Errorf("its shape %v of %s takes %d bytes, and %d follow the header", h.shape, h.typ, n*bytes, size)
	}
	return err
}

// tensor returns what a header says.
func (h arrayHeader) tensor(name string) Tensor {
	return Tensor{Name: name, Shape: h.shape, Type: h.typ, Order: h.order, Fortran: h.fortran, Offset: -1}
}

// NPY returns the tensor of a .npy file of size bytes under the given name.
func NPY(name string, r io.ReaderAt, size int64) ([]Tensor, error) {
	h, err := readHeader(io.NewSectionReader(r, 0, size))
	if err == nil {
		err = h.fits(uint64(size - int64(h.length)))
	}
	if err != nil {
		return nil, err
	}
	at := int64(h.length)
	return []Tensor{h.tensor(name).in(r, at, size-at)}, nil
}

// NPZ returns the tensors of a zip archive of .npy files.
func NPZ(r io.ReaderAt, size int64) ([]Tensor, error) {
	z, err := zip.NewReader(r, size)
	if err != nil {
		return nil, fmt.Errorf("it is truncated, or no zip archive, which .npz is: %w", err)
	}
	var all []Tensor
	for _, f := range z.File {
		name, ok := strings.CutSuffix(f.Name, ".npy")
		if !ok {
			return nil, notArrays(f.Name)
		}
		h, err := header(f, size)
		if err != nil {
			return nil, fmt.Errorf("tensor %q: %w", name, err)
		}
		t := h.tensor(name)
		t.open = func() (io.ReadCloser, error) { return unzip(f) }
		all = append(all, t)
	}
	return all, nil
}

// notArrays is the error of a zip archive with a file that is no .npy file.
func notArrays(name string) error {
	what := "a zip archive that is no .npz file: unpack it"
	switch {
	case name == "[Content_Types].xml" || strings.HasPrefix(name, "xl/"):
		what = "a workbook, as of Excel: save its sheet as CSV"
	case strings.HasSuffix(name, "/data.pkl") || strings.HasSuffix(name, "/.format_version"):
		what = "a file of PyTorch: save its tensors by safetensors or numpy.savez"
	}
	return fmt.Errorf("it is %s (its file %q is no .npy file)", what, name)
}

// header reads the header of a file in an archive of size bytes.
func header(f *zip.File, size int64) (arrayHeader, error) {
	r, err := f.Open()
	if err != nil {
		return arrayHeader{}, err
	}
	h, err := readHeader(r)
	switch {
	case err != nil:
	case f.UncompressedSize64 < uint64(h.length):
		err = errors.New("its header is cut off")
	case f.UncompressedSize64 > MaxUnfolded:
		err = fmt.Errorf("it claims %d bytes, more than %d", f.UncompressedSize64, uint64(MaxUnfolded))
	case int64(f.UncompressedSize64) > unfold.Believed(min(size, int64(min(f.CompressedSize64, math.MaxInt64)))):
		err = unfold.ErrBelief
	default:
		err = h.fits(f.UncompressedSize64 - uint64(h.length))
	}
	return h, errors.Join(err, r.Close())
}

// unzip opens the elements of a file in an archive. The end of what it returns comes only
// after the archive's check sum was right.
func unzip(f *zip.File) (io.ReadCloser, error) {
	r, err := f.Open()
	if err != nil {
		return nil, err
	}
	in := bufio.NewReaderSize(r, 1<<16)
	if _, err := readHeader(in); err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return struct {
		io.Reader
		io.Closer
	}{in, r}, nil
}
