package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/spf13/pflag"
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

// A time needs its unit, and is read back from what it prints.
func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{"0": 0, "0s": 0, "90s": 90 * time.Second, "1h30m": 90 * time.Minute, "24h": 24 * time.Hour} {
		var d, again duration
		if err := d.Set(text); err != nil || time.Duration(d) != want || again.Set(d.String()) != nil || again != d {
			t.Errorf("%s: %v, %v", text, d.String(), err)
		}
	}
	for _, text := range []string{"5", "", "2 m", "-1s", "25h", "1e400s", "5min", "m"} {
		fs := pflag.NewFlagSet("x", pflag.ContinueOnError)
		fs.Var(new(duration), "budget", "")
		err := fs.Parse([]string{"--budget", text})
		if want := `invalid argument "` + text + `" for "--budget" flag: want a time up to 24h with its unit, such as 90s, 2m or 1h30m`; err == nil || err.Error() != want {
			t.Errorf("%q: %v", text, err)
		}
	}
}
