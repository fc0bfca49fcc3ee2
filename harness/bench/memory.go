package bench

import (
	"bufio"
	"bytes"
	"fmt"
	"os"
	"strconv"
	"strings"

	"actinit/harness/result"
)

// needs returns the elements of each operand that the cells share, for float32
// and float64; the winners of maxout are in the first.
func needs(cells []Cell) (f32, f64 footprint) {
	for _, c := range cells {
		need := &f32
		if c.Type == result.Float64 {
			need = &f64
		}
		f := c.need()
		need.x = max(need.x, f.x)
		need.grad = max(need.grad, f.grad)
		need.saved = max(need.saved, f.saved)
		need.out = max(need.out, f.out)
		f32.argmax = max(f32.argmax, f.argmax)
	}
	return f32, f64
}

// layout lays out the operands of all cells.
func (s *Schedule) layout() layout { return layoutOf(s.Cells) }

// MemoryBytes returns how much memory the operands take.
func (s *Schedule) MemoryBytes() int64 { return int64(s.layout().bytes) }

// fits returns an error if the operands are larger than the memory that
// meminfo, the text of /proc/meminfo, says is available. Where it says nothing
// everything fits.
func (s *Schedule) fits(meminfo []byte) error {
	for lines := bufio.NewScanner(bytes.NewReader(meminfo)); lines.Scan(); {
		value, found := strings.CutPrefix(lines.Text(), "MemAvailable:")
		if !found {
			continue
		}
		kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(value, "kB")), 10, 64)
		if err != nil {
			return nil
		}
		if need := s.MemoryBytes(); need > kib<<10 {
			return fmt.Errorf("operands of these sizes take %d MiB of memory, and %d MiB are available: leave out the largest size, %d",
				need>>20, kib>>10, s.largest())
		}
	}
	return nil
}

func (s *Schedule) largest() (n int) {
	for _, c := range s.Cells {
		n = max(n, c.N)
	}
	return n
}

// availableMemory returns the text of /proc/meminfo, nothing where there is none.
func availableMemory() []byte {
	text, err := os.ReadFile("/proc/meminfo")
	if err != nil {
		return nil
	}
	return text
}
