package parquetcheck

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"errors"
	"io"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/snappy"
	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

var errPage = errors.New("a page cannot be decompressed to the size that it claims")

// unfolded returns the bytes that a page's contents unfold to at most, whatever its header claims: the libraries
// unfold first and compare afterwards. It looks at headers only where the codec has them.
func (p page) unfolded(r io.ReaderAt, codec format.CompressionCodec) (int64, error) {
	if p.plain {
		return p.uncompressed, nil
	}
	in := p.stored(r)
	switch codec {
	case format.Snappy:
		var start [binary.MaxVarintLen32]byte
		n, err := in.ReadAt(start[:], 0)
		if err != nil && err != io.EOF {
			return 0, err
		}
		size, err := snappy.DecodedLen(start[:n])
		if err != nil {
			return 0, errPage
		}
		return p.levels + int64(size), nil
	case format.Zstd:
		size, err := zstdUnfolded(in)
		return p.levels + size, err
	case format.Gzip, format.Brotli, format.Lz4Raw:
		return p.uncompressed, p.copy(io.Discard, r, codec)
	}
	return p.uncompressed, nil
}

// zstdUnfolded adds up what the frames claim, which the decoder does not exceed, or else their blocks.
func zstdUnfolded(in *io.SectionReader) (total int64, err error) {
	const (
		largestBlock = 128 << 10
		checksum     = 4
		raw, rle     = 0, 1 // types of blocks; of the others' sizes only the bound is known
	)
	for at := int64(0); at < in.Size(); {
		var start [zstd.HeaderMaxSize]byte
		n, err := in.ReadAt(start[:], at)
		if err != nil && err != io.EOF {
			return 0, err
		}
		var frame zstd.Header
		if err := frame.Decode(start[:n]); err != nil {
			return 0, errPage
		}
		at += int64(frame.HeaderSize) + int64(frame.SkippableSize)
		blocks := int64(0)
		for last := frame.Skippable; !last; {
			var head [4]byte
			if _, err := in.ReadAt(head[:3], at); err != nil {
				return 0, errPage
			}
			h := int64(binary.LittleEndian.Uint32(head[:]))
			kind, size := h>>1&3, h>>3
			last = h&1 == 1
			at += 3
			switch kind {
			case raw:
				blocks, at = blocks+size, at+size
			case rle:
				blocks, at = blocks+size, at+1
			default:
				blocks, at = blocks+largestBlock, at+size
			}
		}
		if frame.HasFCS {
			blocks = min(blocks, int64(min(frame.FrameContentSize, 1<<40)))
		}
		if frame.HasCheckSum {
			at += checksum
		}
		total += blocks
	}
	return total, nil
}

// stored returns what is stored of a page, but for its levels.
func (p page) stored(r io.ReaderAt) *io.SectionReader {
	return io.NewSectionReader(r, p.data+p.levels, p.compressed-p.levels)
}

// open returns what decompresses what is stored of a page.
func (p page) open(in io.Reader, codec format.CompressionCodec) (io.Reader, error) {
	size := p.uncompressed - p.levels
	switch {
	case p.plain || codec == format.Uncompressed:
		return in, nil
	case codec == format.Gzip:
		return gzip.NewReader(in)
	case codec == format.Brotli:
		return brotli.NewReader(in), nil
	case codec == format.Zstd:
		return zstd.NewReader(in, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true), zstd.WithDecoderMaxWindow(1<<27))
	}
	data, err := io.ReadAll(in)
	switch {
	case err != nil:
		return nil, err
	case codec == format.Snappy:
		data, err = snappy.Decode(nil, data)
		return bytes.NewReader(data), err
	case codec == format.Lz4Raw && size <= maxLZ4*int64(len(data)):
		out := make([]byte, size)
		n, err := lz4.UncompressBlock(data, out)
		return bytes.NewReader(out[:max(n, 0)]), err
	}
	return nil, errPage
}

// maxLZ4 is the most that LZ4 unfolds a byte to.
const maxLZ4 = 255

// copy writes a page's decompressed contents, which must have the size that its header claims.
func (p page) copy(w io.Writer, r io.ReaderAt, codec format.CompressionCodec) error {
	in, err := p.open(p.stored(r), codec)
	if err != nil {
		return errPage
	}
	size := p.uncompressed - p.levels
	if n, err := io.Copy(w, io.LimitReader(in, size+1)); n != size || err != nil {
		return errPage
	}
	return nil
}

// longestText returns the length of the longest value of a dictionary page of byte arrays.
func (p page) longestText(r io.ReaderAt, codec format.CompressionCodec) (longest int64, err error) {
	var values bytes.Buffer
	if err := p.copy(&values, r, codec); err != nil {
		return 0, err
	}
	for data := values.Bytes(); len(data) > 0; {
		if len(data) < 4 || uint64(binary.LittleEndian.Uint32(data)) > uint64(len(data)-4) {
			return 0, errors.New("its dictionary is damaged")
		}
		n := int64(binary.LittleEndian.Uint32(data))
		longest, data = max(longest, n), data[4+n:]
	}
	return longest, nil
}
