package cli

import (
	"fmt"
	"io"

	"actinit/harness/noise"
	"actinit/harness/result"
	"actinit/reports/page"
)

// What noise means for a run: stored times are compared with those of another day, a paired run carries its own noise.
const (
	disbelieved = "this run should not be believed without a second look, see actinit doctor"
	lessCalled  = "the machine was disturbed, see actinit doctor: what is called stands, but more is undecided"
)

// summariseNoise says whether the machine was quiet while kernels were timed, or what disturbed, and what that means.
func summariseNoise(w io.Writer, figures noise.Figures, means string) {
	findings := figures.Judge()
	switch {
	case len(findings) > 0:
		fmt.Fprintln(w, "\nnoise:", means)
		for _, f := range findings {
			fmt.Fprintf(w, "  %s: %s\n", f.Kind, f.Text)
		}
	case !figures.Known():
		fmt.Fprintln(w, "\nnoise: unknown: this machine tells neither load, steal time, context switches nor frequency")
	default:
		fmt.Fprintf(w, "\nnoise: the machine was quiet: %s\n", figures)
	}
}

// findingsOf are the findings as --json prints them.
func findingsOf(figures noise.Figures) []string {
	all := []string{}
	for _, f := range figures.Judge() {
		all = append(all, f.Kind+": "+f.Text)
	}
	return all
}

// pageNoise is what the report says of it.
func pageNoise(rows []result.Bench) page.Noise {
	figures := noise.Measure(rows)
	said := page.Noise{Figures: figures.String()}
	for _, f := range figures.Judge() {
		said.Findings = append(said.Findings, f.Text)
	}
	return said
}
