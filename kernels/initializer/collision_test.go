package initializer

import (
	"strings"
	"testing"
)

// Nobody has two names whose SHA-256 begins alike, so the test brings its own hash.
func TestStreamsMayNotCollide(t *testing.T) {
	n := Network{
		{Name: "a", Shape: []int{2}, Init: Zeros()},
		{Name: "b", Shape: []int{2}, Init: Zeros()},
	}
	err := n.check(func(string) uint64 { return 5 })
	if err == nil || !strings.Contains(err.Error(), `layer "b" has the random stream of "a"`) {
		t.Errorf("two names with one stream: %v", err)
	}
}
