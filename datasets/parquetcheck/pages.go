package parquetcheck

import (
	"errors"
	"fmt"
	"io"
	"math"
	"slices"
	"strings"

	"github.com/parquet-go/parquet-go/format"

	"actinit/datasets/unfold"
)

// File holds what the footer and the pages of a Parquet file of size bytes claim against the
// file, so that a library that believes them takes no more than limit bytes for a row group, nor
// more than is believed of the file.
func File(r io.ReaderAt, size, limit int64) error {
	return read(r, size, func() *unfold.Budget { return unfold.New(limit, size) })
}

// Whole is File for a reader that has all row groups in memory at once.
func Whole(r io.ReaderAt, size int64) error {
	budget := unfold.New(math.MaxInt64, size)
	return read(r, size, func() *unfold.Budget { return budget })
}

// Batches is File for a reader of some columns, page by page, in whose memory no row group has to fit, and of a footer that has been
// read. It returns how many rows the reader may have in memory at once: the given number, or fewer where that would be too much.
func Batches(r io.ReaderAt, metadata *format.FileMetaData, size, limit int64, columns []Column, rows int64) (int64, error) {
	for g := 0; g < len(metadata.RowGroups); {
		err := rowGroup(r, metadata, g, columns, rows, unfold.New(limit, size))
		switch {
		case err == nil:
			g++
		case rows > 1 && (errors.Is(err, unfold.ErrLimit) || errors.Is(err, unfold.ErrBelief)):
			rows = max(1, rows/4) // which the row groups before have room for
		default:
			return 0, err
		}
	}
	return rows, nil
}

// A Column says how a column is read.
type Column struct {
	Leaf int // of the schema

	// WholePages says that a page is decoded as a whole, in which a few bytes may stand for any number of values.
	WholePages bool

	// Exact says that nothing of a page is decompressed beyond the size that it claims.
	Exact bool
}

// read holds all columns, whose row groups are in memory as a whole.
func read(r io.ReaderAt, size int64, budgetOfGroup func() *unfold.Budget) error {
	metadata, err := Footer(r, size)
	if err != nil {
		return err
	}
	leaves, _ := flatLeaves(metadata.Schema) // Footer has refused others
	columns := make([]Column, len(leaves))
	for leaf := range columns {
		columns[leaf].Leaf = leaf
	}
	for g := range metadata.RowGroups {
		if err := rowGroup(r, metadata, g, columns, math.MaxInt64, budgetOfGroup()); err != nil {
			return err
		}
	}
	return nil
}

// rowGroup takes what a row group claims of the columns, of which so many rows are in memory at once, from the budget.
func rowGroup(r io.ReaderAt, metadata *format.FileMetaData, g int, columns []Column, rows int64, budget *unfold.Budget) error {
	flat, _ := flatLeaves(metadata.Schema)
	group := &metadata.RowGroups[g]
	for _, c := range columns {
		if err := c.check(r, group, flat[c.Leaf], rows, budget); err != nil {
			return fmt.Errorf("row group %d, column %q: %w", g+1, strings.Join(group.Columns[c.Leaf].MetaData.PathInSchema, "."), err)
		}
	}
	return nil
}

// check holds the pages of the column of a row group against the chunk, the budget and, where every row has one value, the rows.
func (c Column) check(r io.ReaderAt, group *format.RowGroup, flat bool, rows int64, budget *unfold.Budget) error {
	if !flat {
		rows = math.MaxInt64 // of which each may have any number of values
	}
	values, err := c.chunk(r, &group.Columns[c.Leaf].MetaData, rows, budget)
	switch {
	case err != nil:
		return err
	case flat && values > group.NumRows:
		return errors.New("its pages claim more values than the row group has rows")
	case flat && values < group.NumRows:
		return errors.New("its pages hold fewer values than the row group has rows")
	}
	return nil
}

// valueBytes is what a value is taken to need in memory.
const valueBytes = 8

// maxSum keeps the arithmetic away from overflow.
const maxSum = 1 << 48

// chunk takes from the budget what reading a column chunk page by page needs at most, and returns the number of
// its values. It is those in memory at once, the dictionary, and the largest page where that is more; of
// texts and bytes it is all pages that so many rows may lie in, and the longest of the dictionary in every row.
func (c Column) chunk(r io.ReaderAt, m *format.ColumnMetaData, rows int64, budget *unfold.Budget) (values int64, err error) {
	at, length := extent(m)
	var longest int64
	most := window{rows: 1} // a page
	if m.Type == format.ByteArray || m.Type == format.FixedLenByteArray {
		most.rows = rows
	}
	for end := at + length; at < end; {
		p, err := readPage(r, at, end)
		if err != nil {
			return 0, err
		}
		unfolded := p.uncompressed
		if !c.Exact {
			n, err := p.unfolded(r, m.Codec)
			if err != nil {
				return 0, err
			}
			unfolded = max(unfolded, n)
		}
		if p.dictionary {
			if longest, err = p.takeDictionary(r, m, unfolded, budget); err != nil {
				return 0, err
			}
		} else {
			if p.isPacked() && !slices.Contains(m.Encoding, p.encoding) {
				return 0, fmt.Errorf("a page is in the encoding %v, which its column does not name", p.encoding)
			}
			if c.WholePages {
				unfolded = max(unfolded, valueBytes*p.values)
			}
			values += p.values
			most.add(p.values, unfolded)
		}
		if max(values, most.bytes) > maxSum {
			return 0, unfold.ErrBelief
		}
		at = p.data + p.compressed
	}
	atOnce := min(values, rows)
	if longest > 0 && atOnce > maxSum/longest {
		return 0, unfold.ErrBelief
	}
	return values, budget.Take(max(valueBytes*atOnce, most.bytes) + longest*atOnce)
}

// takeDictionary takes a dictionary from the budget, and returns the length of its longest value if it holds bytes.
func (p page) takeDictionary(r io.ReaderAt, m *format.ColumnMetaData, unfolded int64, budget *unfold.Budget) (longest int64, err error) {
	if err := budget.Take(unfolded + valueBytes*p.values); err != nil {
		return 0, err
	}
	switch m.Type {
	case format.FixedLenByteArray:
		return unfolded / max(1, p.values), nil
	case format.ByteArray:
		return p.longestText(r, m.Codec)
	}
	return 0, nil
}

// A window finds the pages one behind the other that so many rows may lie in and that have the most bytes.
type window struct {
	rows         int64
	pages        []windowPage // that end with the last one added
	inner, total int64        // values of all but the first and the last of them; bytes
	bytes        int64        // the most
}

type windowPage struct{ values, bytes int64 }

func (w *window) add(values, bytes int64) {
	if n := len(w.pages); n > 1 {
		w.inner += w.pages[n-1].values
	}
	w.pages, w.total = append(w.pages, windowPage{values, bytes}), w.total+bytes
	// Rows in both the first and the last page are those between, and two at least.
	for len(w.pages) > 1 && w.inner > w.rows-2 {
		w.total -= w.pages[0].bytes
		w.pages = w.pages[1:]
		if len(w.pages) > 1 {
			w.inner -= w.pages[0].values
		}
	}
	w.bytes = max(w.bytes, w.total)
}

// A page is what the header of one claims.
type page struct {
	data                     int64 // where it begins in the file, behind its header
	compressed, uncompressed int64 // bytes
	levels                   int64 // bytes of them that are never compressed
	values                   int64
	dictionary               bool
	repetition               int64 // bytes of them before those that say what is null
	plain                    bool  // not compressed though its column is: of version 2, or nothing at all
	second                   bool  // of version 2
	encoding                 format.Encoding
	levelEncoding            format.Encoding // of definition levels in version 1
}

// isPacked reports whether a page is in an encoding for which a reader goes by what the column names.
func (p page) isPacked() bool {
	return p.encoding == format.DeltaBinaryPacked || p.encoding == format.DeltaLengthByteArray || p.encoding == format.ByteStreamSplit
}

// Fields of PageHeader in parquet.thrift, and of the headers in it.
const (
	pageUncompressedSize = 2
	pageCompressedSize   = 3
	pageDataHeader       = 5
	pageDictionaryHeader = 7
	pageDataHeaderV2     = 8
	pageNumValues        = 1
	pageEncoding         = 2 // of DataPageHeader
	pageLevelEncoding    = 3 // of DataPageHeader
	pageEncodingV2       = 4 // of DataPageHeaderV2
	pageDefinitionBytes  = 5 // of DataPageHeaderV2
	pageRepetitionBytes  = 6
	pageIsCompressed     = 7
)

// readPage reads the header at an offset and holds it against the end of the chunk.
func readPage(r io.ReaderAt, at, end int64) (page, error) {
	var p page
	var definition int64
	header, err := walkHeader(r, at, end, func(outer, inner int16, v int64) {
		switch {
		case outer == pageUncompressedSize && inner == 0:
			p.uncompressed = v
		case outer == pageCompressedSize && inner == 0:
			p.compressed = v
		case outer == pageDictionaryHeader && inner == pageNumValues:
			p.values, p.dictionary = v, true
		case (outer == pageDataHeader || outer == pageDataHeaderV2) && inner == pageNumValues:
			p.values, p.second = v, outer == pageDataHeaderV2
		case outer == pageDataHeader && inner == pageEncoding, outer == pageDataHeaderV2 && inner == pageEncodingV2:
			p.encoding = format.Encoding(v)
		case outer == pageDataHeader && inner == pageLevelEncoding:
			p.levelEncoding = format.Encoding(v)
		case outer == pageDataHeaderV2 && inner == pageIsCompressed:
			p.plain = v == 0
		case outer == pageDataHeaderV2 && inner == pageDefinitionBytes:
			definition = v
		case outer == pageDataHeaderV2 && inner == pageRepetitionBytes:
			p.repetition = v
		}
	})
	p.data, p.levels = at+header, p.repetition+definition
	p.plain = p.plain || p.compressed == p.levels // some writers compress no bytes to none
	switch {
	case err != nil:
		return page{}, err
	case p.compressed < 0 || p.compressed > end-p.data:
		return page{}, errors.New("a page lies beyond the end of its column")
	case p.levels < max(p.repetition, definition) || p.levels > min(p.compressed, p.uncompressed):
		return page{}, errors.New("a page claims more levels than it has bytes")
	case p.values < 0 || p.values > math.MaxInt32 || p.uncompressed < 0 || p.uncompressed > math.MaxInt32:
		return page{}, errors.New("a page claims an impossible size")
	}
	return p, nil
}
