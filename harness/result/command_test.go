package result

import (
	"os/exec"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// A shell reads the words again that a command line was made of.
func TestCommandLine(t *testing.T) {
	if got, want := CommandLine([]string{"bench", "--filter=op:(sigmoid OR relu) type:float32", "--sizes=64,128"}), "actinit bench --filter='op:(sigmoid OR relu) type:float32' --sizes=64,128"; got != want {
		t.Errorf("%s, want %s", got, want)
	}
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Skip("there is no shell: ", err)
	}
	word := rapid.StringOf(rapid.RuneFrom([]rune("ab-=: '\"\\$`*?(){}[]|&;<>#!~%\tä\n")))
	rapid.Check(t, func(t *rapid.T) {
		words := append([]string{"verify"}, rapid.SliceOfN(word, 0, 4).Draw(t, "words")...)
		out, err := exec.Command(shell, "-c", "actinit() { printf '%s\\0' \"$@\"; }; "+CommandLine(words)).Output()
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Split(strings.TrimSuffix(string(out), "\x00"), "\x00"); !slices.Equal(got, words) {
			t.Errorf("%q became %q by %s", words, got, CommandLine(words))
		}
	})
}
