package cli

import (
	"strings"
	"testing"
)

func TestWords(t *testing.T) {
	for n, want := range map[int]string{0: "0 rows", 1: "1 row", 2: "2 rows", 1797: "1,797 rows"} {
		if got := plural(n, "row"); got != want {
			t.Errorf("%d: %s", n, got)
		}
	}
	names := strings.Fields("a b c d e f g")
	for n, want := range map[int]string{1: "a", 6: "a, b, c, d, e, f", 7: "a, b, c, d, e and 2 more"} {
		if got := few(names[:n]); got != want {
			t.Errorf("%d names: %s", n, got)
		}
	}
}
