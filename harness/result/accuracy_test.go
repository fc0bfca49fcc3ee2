package result

import "testing"

func TestLargestErrorShowsWhatThePromiseIsWidenedFor(t *testing.T) {
	a := Accuracy{MaxULP: 278967, MaxUnwidenedULP: 1.4375, Widened: 3}
	if got, want := a.LargestError(), "1.438, 2.8e+05 of subnormal factors"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
	a = Accuracy{MaxULP: 1.4375} // as rows stored before Widened have it
	if got, want := a.LargestError(), "1.438"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
