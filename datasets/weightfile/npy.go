package weightfile

import (
	"archive/zip"
	"encoding/binary"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"actinit/datasets/tensorfile"
)

// maxDimensions is the most that numpy 1 takes.
const maxDimensions = 32

// WriteNPYHeader begins a .npy file of format 1.0: magic and version, the length of the
// header, and a Python dictionary padded with spaces so that the values begin at a multiple of 64.
func WriteNPYHeader(w io.Writer, typ string, shape []int) error {
	descr := tensorfile.NumpyName(typ)
	if descr == "" {
		return fmt.Errorf("numpy has no type %s", typ)
	}
	var sizes strings.Builder
	for _, n := range shape {
		fmt.Fprintf(&sizes, "%d, ", n)
	}
	tuple := strings.TrimSuffix(sizes.String(), " ")
	if len(shape) > 1 {
		tuple = strings.TrimSuffix(tuple, ",")
	}
	const preamble = "\x93NUMPY\x01\x00"
	dict := fmt.Sprintf("{'descr': '%s', 'fortran_order': False, 'shape': (%s), }", descr, tuple)
	spaces := -(len(preamble) + 2 + len(dict) + 1) & 63
	header := []byte(preamble)
	header = binary.LittleEndian.AppendUint16(header, uint16(len(dict)+spaces+1))
	header = append(header, dict...)
	header = append(header, strings.Repeat(" ", spaces)+"\n"...)
	_, err := w.Write(header)
	return err
}

func checkDimensions(t Tensor) error {
	if len(t.Shape) > maxDimensions {
		return fmt.Errorf("tensor %q: %d dimensions, and numpy takes %d", t.Name, len(t.Shape), maxDimensions)
	}
	return nil
}

// npy is one tensor.
type npy struct{ w io.Writer }

func newNPY(w io.Writer, tensors []Tensor) (encoder, error) {
	if len(tensors) != 1 {
		return nil, fmt.Errorf("a .npy file holds one tensor, not %d: write .npz or .safetensors", len(tensors))
	}
	return npy{w}, checkDimensions(tensors[0])
}

func (n npy) write(t Tensor, v Values) error {
	if err := WriteNPYHeader(n.w, t.typeName(), t.Shape); err != nil {
		return err
	}
	return writeRaw(n.w, v)
}

func (n npy) close() error { return nil }

// npz is a zip archive with a file NAME.npy for each tensor, stored without
// compression, which random bits would not suffer.
type npz struct{ zip *zip.Writer }

func newNPZ(w io.Writer, tensors []Tensor, metadata map[string]string) (encoder, error) {
	for _, t := range tensors {
		if err := checkDimensions(t); err != nil {
			return nil, err
		}
		if len(t.Name) > 1<<15 {
			return nil, fmt.Errorf("tensor %q: the name is too long for a zip archive", t.Name[:64]+"...")
		}
	}
	z := zip.NewWriter(w)
	var lines []string
	for _, key := range slices.Sorted(maps.Keys(metadata)) {
		lines = append(lines, key+": "+metadata[key])
	}
	return npz{z}, z.SetComment(strings.Join(lines, "\n"))
}

func (n npz) write(t Tensor, v Values) error {
	f, err := n.zip.CreateHeader(&zip.FileHeader{Name: t.Name + ".npy", Method: zip.Store})
	if err != nil {
		return err
	}
	return npy{f}.write(t, v)
}

func (n npz) close() error { return n.zip.Close() }
