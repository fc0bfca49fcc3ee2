// Package unfold bounds the memory that compressed or encoded files may take: a small hostile
// file must not fill the machine, and says how much it unfolds to before it does.
package unfold

import (
	"errors"
	"math"
)

// What is believed of a file: numbers that differ do not unfold to a thousand times their size, and
// a column of one value may be as large as memory that nobody misses.
const (
	maxRatio = 1 << 10
	small    = 64 << 20
)

// Believed returns the bytes of memory that a file, or a piece of one, of size bytes is believed to unfold to.
func Believed(size int64) int64 {
	if size > (math.MaxInt64-small)/maxRatio {
		return math.MaxInt64
	}
	return small + maxRatio*size
}

// A Budget is the memory that a reader may still take.
type Budget struct {
	bytes    int64 // of the bound
	believed int64 // of the claims
}

// Errors of a Budget that is used up.
var (
	ErrLimit  = errors.New("its columns need more memory than the bound")
	ErrBelief = errors.New("its columns claim to unfold to more than is believed of so few bytes")
)

// New returns a budget of limit bytes, for a file, or a piece of one, of size bytes.
func New(limit, size int64) *Budget { return &Budget{limit, Believed(size)} }

// Believe adds what is believed of size more bytes of the file.
func (b *Budget) Believe(size int64) {
	more := Believed(size) - small
	b.believed += min(more, math.MaxInt64-max(0, b.believed))
}

// Take takes n bytes, or says what does not allow it.
func (b *Budget) Take(n int64) error {
	if n < 0 || n > b.bytes {
		return ErrLimit
	}
	if n > b.believed {
		return ErrBelief
	}
	b.bytes -= n
	b.believed -= n
	return nil
}
