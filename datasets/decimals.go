package datasets

import (
	"encoding/binary"
	"math"
	"math/big"
	"strconv"
	"strings"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/decimal256"
)

// isDecimal reports whether values of a type are integers divided by 10^scale.
func isDecimal(t arrow.DataType) bool { return arrow.IsDecimal(t.ID()) }

// unscaled returns a function that gives the integers of an array of decimals, and their scale.
func unscaled(a arrow.Array) (at func(i int) decimal256.Num, scale int) {
	scale = scaleOf(a.DataType())
	if a, ok := a.(*array.Decimal128); ok {
		return func(i int) decimal256.Num { return decimal256.FromDecimal128(a.Value(i)) }, scale
	}
	return a.(*array.Decimal256).Value, scale
}

func scaleOf(t arrow.DataType) int { return int(t.(arrow.DecimalType).GetScale()) }

// decimals is reader of an array of decimals. What is beyond the range of float32 it gives as a float64, and what is beyond
// that as an infinity that is not exact.
func decimals(a arrow.Array, to Type) func(i int) (v float64, exact bool) {
	at, scale := unscaled(a)
	return func(i int) (float64, bool) {
		n := at(i)
		if v, ok := quotient(n, scale); ok && to == Float64 {
			return v, true
		}
		integer := n.BigInt()
		v := rounded(integer, scale, to)
		return v, scale > 0 || isProduct(v, integer, -scale)
	}
}

// quotient returns n / 10^scale where it is one of two float64s, which rounds it once.
func quotient(n decimal256.Num, scale int) (v float64, ok bool) {
	const mostExact = 22 // 10^22 = 2^22 * 5^22, and 5^22 < 2^53
	low := int64(n.LowBits())
	if scale < 0 || scale > mostExact || n != decimal256.FromI64(low) || low < -1<<53 || low > 1<<53 {
		return 0, false
	}
	return float64(low) / math.Pow10(scale), true
}

// rounded returns n / 10^scale as a float64, rounded once to a type, or to float64 where it is beyond the range of that.
func rounded(n *big.Int, scale int, to Type) float64 {
	text := n.String() + "e" + strconv.Itoa(-scale)
	if to == Float32 {
		if v, err := strconv.ParseFloat(text, 32); err == nil {
			return v
		}
	}
	v, _ := strconv.ParseFloat(text, 64) // infinite where it is beyond the range
	return v
}

// isProduct reports whether v is n * 10^exponent.
func isProduct(v float64, n *big.Int, exponent int) bool {
	switch {
	case n.Sign() == 0:
		return v == 0
	case math.IsInf(v, 0):
		return false
	}
	got, _ := big.NewFloat(v).Int(nil)
	power := new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(exponent)), nil) // of an exponent below 309, as v is finite
	return got.Cmp(power.Mul(power, n)) == 0
}

// decimalText returns a decimal of type t, all digits.
func decimalText(t arrow.DataType, n decimal256.Num) string {
	return string(appendDecimal(nil, n.BigInt(), scaleOf(t)))
}

// mostZeros is how many zeros appendDecimal adds to the digits of a decimal. A file may claim scales of 2^31.
const mostZeros = 1000

// appendDecimal appends n / 10^scale, all digits. The library's own text of it is rounded, by way of a binary fraction.
func appendDecimal(line []byte, n *big.Int, scale int) []byte {
	if n.Sign() < 0 {
		line = append(line, '-')
	}
	digits := new(big.Int).Abs(n).String()
	switch {
	case scale == 0, scale < 0 && n.Sign() == 0:
		return append(line, digits...)
	case scale > mostZeros, scale < -mostZeros:
		return strconv.AppendInt(append(append(line, digits...), 'e'), int64(-scale), 10)
	case scale < 0:
		return append(append(line, digits...), strings.Repeat("0", -scale)...)
	}
	digits = strings.Repeat("0", max(0, scale+1-len(digits))) + digits
	whole := len(digits) - scale
	return append(append(append(line, digits[:whole]...), '.'), digits[whole:]...)
}

// isDecimal256 reports whether decimal256Of takes so many bytes.
func isDecimal256(bytes []byte) bool {
	return 0 < len(bytes) && len(bytes) <= arrow.Decimal256SizeBytes
}

// decimal256Of returns an integer of bytes in big-endian order, the first of which has its sign.
func decimal256Of(bytes []byte) decimal256.Num {
	var all [arrow.Decimal256SizeBytes]byte
	before := len(all) - len(bytes)
	copy(all[before:], bytes)
	for i := range before {
		all[i] = byte(int8(bytes[0]) >> 7)
	}
	word := func(i int) uint64 { return binary.BigEndian.Uint64(all[8*i:]) }
	return decimal256.New(word(0), word(1), word(2), word(3))
}
