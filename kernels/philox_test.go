package kernels_test

import (
	"testing"

	"pgregory.net/rapid"

	"actinit/kernels"
	"actinit/reference"
)

// TestPhiloxKnownAnswers are those of Random123's tests/kat_vectors.
func TestPhiloxKnownAnswers(t *testing.T) {
	const ones = 0xffffffff
	for _, c := range []struct {
		counter [4]uint32
		key     [2]uint32
		want    [4]uint32
	}{
		{want: [4]uint32{0x6627e8d5, 0xe169c58d, 0xbc57ac4c, 0x9b00dbd8}},
		{[4]uint32{ones, ones, ones, ones}, [2]uint32{ones, ones}, [4]uint32{0x408f276d, 0x41c83b0e, 0xa20bc7c6, 0x6d5451fd}},
		{[4]uint32{0x243f6a88, 0x85a308d3, 0x13198a2e, 0x03707344}, [2]uint32{0xa4093822, 0x299f31d0},
			[4]uint32{0xd16cfe09, 0x94fdcceb, 0x5001e420, 0x24126ea1}},
	} {
		if got := kernels.Philox(c.counter, c.key); got != c.want {
			t.Errorf("Philox(%x, %x) = %x, want %x", c.counter, c.key, got, c.want)
		}
	}
}

func TestPhiloxAgreesWithReference(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		word := rapid.Uint32()
		counter := [4]uint32{word.Draw(t, "c0"), word.Draw(t, "c1"), word.Draw(t, "c2"), word.Draw(t, "c3")}
		key := [2]uint32{word.Draw(t, "k0"), word.Draw(t, "k1")}
		if got, want := kernels.Philox(counter, key), reference.Philox(counter, key); got != want {
			t.Fatalf("Philox(%x, %x) = %x, want %x", counter, key, got, want)
		}
	})
}
