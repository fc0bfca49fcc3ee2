package weightfile

import (
	"bytes"
	"encoding/binary"
	"encoding/json"
	"fmt"
	"io"

	"actinit/datasets/tensorfile"
)

// safetensorsFile is a length of 8 bytes, a JSON header that says where each tensor is,
// padded with spaces to a multiple of 8, and the tensors without gaps.
type safetensorsFile struct{ w io.Writer }

// maxHeader is the largest header that readers take.
const maxHeader = 100_000_000

type safetensorsEntry struct {
	DType   string `json:"dtype"`
	Shape   []int  `json:"shape"`
	Offsets [2]int `json:"data_offsets"`
}

func newSafetensors(w io.Writer, tensors []Tensor, metadata map[string]string) (encoder, error) {
	const reserved = "__metadata__"
	entries := map[string]any{}
	if len(metadata) > 0 {
		entries[reserved] = metadata
	}
	offset := 0
	for _, t := range tensors {
		if t.Name == reserved {
			return nil, fmt.Errorf("tensor %q: safetensors keeps that name for itself", t.Name)
		}
		dtype := tensorfile.SafetensorsName(t.typeName())
		if dtype == "" {
			return nil, fmt.Errorf("tensor %q: safetensors has no type %s", t.Name, t.Type)
		}
		entries[t.Name] = safetensorsEntry{DType: dtype, Shape: append([]int{}, t.Shape...), Offsets: [2]int{offset, offset + t.bytes()}}
		offset += t.bytes()
	}
	var header bytes.Buffer
	encode := json.NewEncoder(&header)
	encode.SetEscapeHTML(false)
	if err := encode.Encode(entries); err != nil {
		return nil, err
	}
	text := bytes.TrimSpace(header.Bytes())
	text = append(text, bytes.Repeat([]byte(" "), -len(text)&7)...)
	if len(text) > maxHeader {
		return nil, fmt.Errorf("the header of %d tensors takes %d bytes, and safetensors readers take %d", len(tensors), len(text), maxHeader)
	}
	if err := binary.Write(w, binary.LittleEndian, uint64(len(text))); err != nil {
		return nil, err
	}
	_, err := w.Write(text)
	return safetensorsFile{w}, err
}

func (s safetensorsFile) write(_ Tensor, v Values) error { return writeRaw(s.w, v) }
func (s safetensorsFile) close() error                   { return nil }
