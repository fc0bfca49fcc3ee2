package parquetcheck

import (
	"encoding/binary"
	"testing"

	"github.com/apache/arrow/go/v15/arrow/bitutil"
	"pgregory.net/rapid"
)

// TestValidity holds runs of levels against their bits, one by one.
func TestValidity(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var levels []byte
		var want []bool
		for range rapid.IntRange(1, 6).Draw(t, "runs") {
			if rapid.Bool().Draw(t, "equal") {
				n, one := rapid.IntRange(1, 100).Draw(t, "length"), rapid.IntRange(0, 1).Draw(t, "level")
				levels = append(binary.AppendUvarint(levels, uint64(n)<<1), byte(one))
				for range n {
					want = append(want, one == 1)
				}
				continue
			}
			bits := rapid.SliceOfN(rapid.Byte(), 1, 9).Draw(t, "bits")
			levels = append(binary.AppendUvarint(levels, uint64(len(bits))<<1|1), bits...)
			for i := range 8 * len(bits) {
				want = append(want, bitutil.BitIsSet(bits, i))
			}
		}
		want = want[:rapid.IntRange(1, len(want)).Draw(t, "values")]
		valid, ones, err := validity(levels, len(want))
		if err != nil {
			t.Fatal(err)
		}
		count := 0
		for i, one := range want {
			if one {
				count++
			}
			if valid != nil && bitutil.BitIsSet(valid, i) != one {
				t.Fatalf("value %d: %t, want %t", i, !one, one)
			}
		}
		for i := len(want); i < 8*len(valid); i++ {
			if bitutil.BitIsSet(valid, i) {
				t.Fatalf("bit %d behind the last value is set", i)
			}
		}
		if ones != count || (valid == nil) != (count == len(want)) {
			t.Fatalf("%d ones, want %d of %d; a bitmap: %t", ones, count, len(want), valid != nil)
		}
	})
}

// TestDamagedLevels: runs that end early, or are of nothing, or of other levels are refused.
func TestDamagedLevels(t *testing.T) {
	for _, levels := range []string{"", "\x04", "\x00\x01", "\x01", "\x04\x02", "\x80", "\x05\xff", "\x02\x01", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\x00"} {
		if _, _, err := validity([]byte(levels), 12); err != errLevels {
			t.Errorf("%q: %v, want %v", levels, err, errLevels)
		}
	}
}
