package arrowmap

import (
	"bytes"
	"fmt"
	"io"

	"actinit/datasets/mapped"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Members of the enum CompressionType of Message.fbs.
const (
	codecLZ4Frame = 0
	codecZstd     = 1
)

// decompress returns the first need bytes that raw unfolds to. Memory is taken
// as bytes arrive, never on the word of the file.
func decompress(codec int, raw []byte, need int64, budget *Budget) ([]byte, error) {
	if err := budget.take(need); err != nil {
		return nil, err
	}
	var from io.Reader
	switch codec {
	case codecLZ4Frame:
		from = lz4.NewReader(bytes.NewReader(raw))
	case codecZstd:
		const window = 1 << 27 // what zstd itself accepts unasked
		d, err := zstd.NewReader(bytes.NewReader(raw), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(window))
		if err != nil {
			return nil, fmt.Errorf("a buffer cannot be decompressed: %w", err)
		}
		defer d.Close()
		from = d
	default:
		return nil, fmt.Errorf("its compression %d is none that Arrow defines", codec)
	}
	var out bytes.Buffer
	if n, err := io.CopyN(&out, from, need); err != nil {
		return nil, fmt.Errorf("a buffer cannot be decompressed: after %d of %d bytes: %w", n, need, err)
	}
	return append(mapped.AlignedBytes(need)[:0], out.Bytes()...), nil
}
