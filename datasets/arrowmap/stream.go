package arrowmap

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"actinit/datasets/mapped"
	"actinit/datasets/unfold"

	"github.com/apache/arrow/go/v15/arrow"
)

// A Stream is an Arrow IPC stream: a schema, then record batches, one after the other.
// One batch at a time is in memory.
type Stream struct {
	r     io.Reader
	file  File // what a batch is read by
	count int
	done  bool
	ended bool // by its mark
}

// maxMetadata bounds a message's metadata, which grow with the number of columns only.
const maxMetadata = 64 << 20

// NewStream reads the schema.
func NewStream(r io.Reader) (*Stream, error) {
	s := &Stream{r: r, file: File{dictionaries: map[int64]*dictionary{}}}
	meta, err := s.metadata()
	if err != nil {
		return nil, err
	}
	if meta == nil {
		return nil, errors.New("it holds no schema")
	}
	if err := s.file.readSchemaMessage(meta); err != nil {
		return nil, err
	}
	length := binary.LittleEndian.AppendUint32(nil, uint32(len(meta)))
	err = s.file.setSchema(append(length, meta...))
	return s, err
}

// Fields returns the columns, and Schema the whole schema.
func (s *Stream) Fields() []Field { return s.file.fields }

// Schema returns the schema with its metadata.
func (s *Stream) Schema() *arrow.Schema { return s.file.schema }

// Unmarked reports whether the stream was read to its end, and has no mark there. It may lack it; so does one whose writer died.
func (s *Stream) Unmarked() bool { return s.done && !s.ended }

// metadata returns the next message's metadata, nil at the end of the stream.
func (s *Stream) metadata() ([]byte, error) {
	var head [4]byte
	switch _, err := io.ReadFull(s.r, head[:]); {
	case err == io.EOF:
		return nil, nil // a stream may end without the mark of its end
	case err != nil:
		return nil, cutOff(err)
	}
	length := binary.LittleEndian.Uint32(head[:])
	if length == continuation {
		if _, err := io.ReadFull(s.r, head[:]); err != nil {
			return nil, cutOff(err)
		}
		length = binary.LittleEndian.Uint32(head[:])
	}
	switch {
	case length == 0:
		s.ended = true
		return nil, nil
	case length < 8 || length > maxMetadata:
		return nil, fmt.Errorf("message %d claims %d bytes of metadata, want 8 to %d", s.count+1, length, maxMetadata)
	}
	meta, err := readBytes(s.r, int64(length))
	return meta, cutOff(err)
}

func cutOff(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return errors.New("the stream ends early, it is truncated")
	}
	return err
}

// readBytes reads n bytes, aligned to 8. No more memory is taken than some times what has arrived.
func readBytes(r io.Reader, n int64) ([]byte, error) {
	const believed, growth = 16 << 20, 8
	data := mapped.AlignedBytes(min(n, believed))
	for have := int64(0); ; {
		if _, err := io.ReadFull(r, data[have:]); err != nil {
			return nil, err
		}
		if have = int64(len(data)); have == n {
			return data, nil
		}
		more := mapped.AlignedBytes(min(n, growth*have))
		copy(more, data)
		data = more
	}
}

// Next returns the named columns of the next record batch, which the caller releases, and
// io.EOF behind the last. The budget is given what is believed of what is read.
func (s *Stream) Next(columns []int, budget *unfold.Budget) (arrow.Record, error) {
	for !s.done {
		meta, err := s.metadata()
		if err != nil {
			return nil, err
		}
		if meta == nil {
			break
		}
		s.count++
		b, kind, err := s.batch(meta, budget)
		if err != nil {
			return nil, fmt.Errorf("message %d: %w", s.count, err)
		}
		if kind == headerRecordBatch {
			return s.file.record(&b, s.count-1, columns, budget)
		}
		s.file.dictionaries[b.id] = &dictionary{batch: b}
	}
	s.done = true
	return nil, io.EOF
}

func (s *Stream) batch(meta []byte, budget *unfold.Budget) (b batch, kind byte, err error) {
	defer damaged(&err, "its metadata")
	message := root(meta)
	kind = message.byte(1, 0)
	if kind != headerRecordBatch && kind != headerDictionaryBatch {
		return batch{}, 0, errors.New("it is neither a record batch nor a dictionary")
	}
	length := message.int64(3, 0)
	if length < 0 {
		return batch{}, 0, fmt.Errorf("its body claims %d bytes", length)
	}
	budget.Believe(length)
	if err := budget.Take(length); err != nil {
		return batch{}, 0, err
	}
	body, err := readBytes(s.r, length)
	if err != nil {
		return batch{}, 0, cutOff(err)
	}
	b, err = readBatch(message, kind, body)
	return b, kind, err
}
