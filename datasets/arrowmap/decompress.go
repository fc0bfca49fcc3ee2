package arrowmap

import (
	"bytes"
	"fmt"
	"io"

	"actinit/datasets/mapped"
	"actinit/datasets/unfold"

	"github.com/klauspost/compress/zstd"
	"github.com/pierrec/lz4/v4"
)

// Members of the enum CompressionType of Message.fbs.
const (
	codecLZ4Frame = 0
	codecZstd     = 1
)

// decompress returns what raw unfolds to, which must be size bytes: they are taken from the budget before
// they are from memory, once, and nothing beside them is.
func decompress(codec int, raw []byte, size int64, budget *unfold.Budget) ([]byte, error) {
	if codec != codecLZ4Frame && codec != codecZstd {
		return nil, fmt.Errorf("its compression %d is none that Arrow defines", codec)
	}
	if err := budget.Take(size); err != nil {
		return nil, err
	}
	out := mapped.AlignedBytes(size)
	unzip := unzipLZ4
	if codec == codecZstd {
		unzip = unzipZstd
	}
	n, err := unzip(out, raw)
	switch {
	case err != nil:
		return nil, fmt.Errorf("a buffer cannot be decompressed to the %d bytes that it claims: %w", size, err)
	case n != len(out):
		return nil, fmt.Errorf("a buffer unfolds to %d bytes, it claims %d", n, size)
	}
	return out, nil
}

func unzipLZ4(out, raw []byte) (int, error) {
	in := lz4.NewReader(bytes.NewReader(raw))
	n, err := io.ReadFull(in, out)
	if err != nil {
		return n, err
	}
	more, err := io.CopyN(io.Discard, in, 1) // the end, where the check sum is
	if err == io.EOF {
		err = nil
	}
	return n + int(more), err
}

// unzipZstd has a decoder of its own for each buffer, because one keeps the memory that it filled last.
func unzipZstd(out, raw []byte) (int, error) {
	d, err := zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return 0, err
	}
	defer d.Close()
	all, err := d.DecodeAll(raw, out[:0:len(out)])
	return len(all), err
}
