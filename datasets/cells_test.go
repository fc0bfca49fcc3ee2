package datasets

import (
	"math/big"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
)

// TestDecimalText: a decimal's text is the same number, to the last digit, and has as many places as its scale.
func TestDecimalText(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 2000 {
		v := new(big.Int).Rsh(new(big.Int).SetUint64(random.Uint64()), uint(random.IntN(64)))
		for range random.IntN(4) {
			v.Mul(v, new(big.Int).SetUint64(random.Uint64()))
		}
		if random.IntN(2) == 0 {
			v.Neg(v)
		}
		scale := random.IntN(50) - 5
		text := string(appendDecimal(nil, v, scale))
		got, ok := new(big.Rat).SetString(text)
		ten := new(big.Rat).SetInt(new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(max(scale, -scale))), nil))
		want := new(big.Rat).SetInt(v)
		if scale < 0 {
			want.Mul(want, ten)
		} else {
			want.Quo(want, ten)
		}
		_, places, _ := strings.Cut(text, ".")
		if !ok || got.Cmp(want) != 0 || len(places) != max(scale, 0) {
			t.Fatalf("%v / 10^%d is written %q", v, scale, text)
		}
	}
}

// TestTimestampText: only a moment of a time zone is written with one.
func TestTimestampText(t *testing.T) {
	const moment = 1_753_920_000_123_456 // microseconds
	for zone, want := range map[string]string{
		"":              "2025-07-31 00:00:00.123456",
		"UTC":           "2025-07-31 00:00:00.123456Z",
		"+02:00":        "2025-07-31 02:00:00.123456+02:00",
		"Nowhere/Never": "2025-07-31 00:00:00.123456Z",
	} {
		b := array.NewTimestampBuilder(memory.DefaultAllocator, &arrow.TimestampType{Unit: arrow.Microsecond, TimeZone: zone})
		b.Append(moment)
		if got := string(newTextCell(b.NewArray(), ",")(nil, 0)); got != want {
			t.Errorf("time zone %q: %s, want %s", zone, got, want)
		}
		b.Release()
	}
}
