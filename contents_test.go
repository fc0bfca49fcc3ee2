package main

import (
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// README.md's list of contents has its sections, in order, under the anchors that GitHub gives them.
func TestContents(t *testing.T) {
	readme, err := os.ReadFile("README.md")
	if err != nil {
		t.Fatal(err)
	}
	_, contents, found := strings.Cut(string(readme), "\n**Contents**: ")
	if !found {
		t.Fatal("README.md has no contents")
	}
	contents, _, _ = strings.Cut(contents, "\n\n")
	var want []string
	for _, heading := range regexp.MustCompile(`(?m)^## (.*)$`).FindAllStringSubmatch(string(readme), -1) {
		anchor := strings.ReplaceAll(regexp.MustCompile(`[^a-z0-9 -]`).ReplaceAllString(strings.ToLower(heading[1]), ""), " ", "-")
		want = append(want, "["+heading[1]+"](#"+anchor+")")
	}
	have := strings.Split(strings.ReplaceAll(contents, " ·\n", " · "), " · ")
	if !slices.Equal(have, want) {
		t.Errorf("the contents are\n%q, want\n%q", have, want)
	}
}
