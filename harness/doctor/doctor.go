// Package doctor says what on a machine will disturb measurements, and what to do about each.
//
// [Probe] looks at what has to be tried: other processes, the clock, gaps in a busy loop. [Examine] judges that and the
// files below /proc and /sys, and has no other source, so that it can be held against machines that
// are not there. What cannot be found out is unknown, never fine.
package doctor

import (
	"fmt"
	"io"
	"io/fs"
	"strings"

	"github.com/jedib0t/go-pretty/v6/text"
)

// A Verdict is what a check came to.
type Verdict string

// Verdicts.
const (
	OK      Verdict = "ok"
	Warns   Verdict = "warns"   // it will disturb
	Unknown Verdict = "unknown" // the machine does not tell
)

// A Check is one thing that was looked at.
type Check struct {
	Name    string  `json:"name"`
	Verdict Verdict `json:"verdict"`
	Found   string  `json:"found"`        // what there is on this machine
	Means   string  `json:"means"`        // for measurements
	Do      string  `json:"do,omitempty"` // about it; empty if there is nothing to be done
}

// examination is the machine that checks look at.
type examination struct {
	root fs.FS
	live Live
}

// Examine makes every check. root is the machine's file system.
func Examine(root fs.FS, live Live) []Check {
	x := &examination{root, live}
	var all []Check
	for _, check := range []func() Check{
		x.cpus, x.siblings, x.governor, x.turbo, x.isolated, x.numa,
		x.load, x.processes, x.gaps, x.hypervisor, x.quota,
		x.memory, x.swap, x.hugePages, x.sharedHugePages, x.addresses,
		x.clockSource, x.clockStep, x.counters, x.subnormals, x.build,
	} {
		all = append(all, check())
	}
	return all
}

// verdict is Warns if bad.
func verdict(bad bool) Verdict {
	if bad {
		return Warns
	}
	return OK
}

// line returns a small file's first line, or nothing.
func (x *examination) line(name string) string {
	text, err := fs.ReadFile(x.root, name)
	if err != nil {
		return ""
	}
	first, _, _ := strings.Cut(string(text), "\n")
	return strings.TrimSpace(first)
}

// Widths of the text.
const (
	verdictWidth = 9
	nameWidth    = 18
	textWidth    = 74
)

// Write prints the checks for people: those that are fine take a line, the others say what they mean
// and what to do.
func Write(w io.Writer, checks []Check) error {
	warn, unknown := 0, 0
	for _, c := range checks {
		paragraphs := []string{c.Found}
		if c.Verdict != OK {
			paragraphs = append(paragraphs, c.Means)
			if c.Do != "" {
				paragraphs = append(paragraphs, "Do: "+c.Do)
			}
		}
		head := fmt.Sprintf("%-*s%-*s", verdictWidth, c.Verdict, nameWidth, c.Name)
		for _, p := range paragraphs {
			for line := range strings.SplitSeq(text.WrapSoft(p, textWidth), "\n") {
				if _, err := fmt.Fprintln(w, strings.TrimRight(head+strings.TrimSpace(line), " ")); err != nil {
					return err
				}
				head = strings.Repeat(" ", verdictWidth+nameWidth)
			}
		}
		switch c.Verdict {
		case Warns:
			warn++
		case Unknown:
			unknown++
		}
	}
	_, err := fmt.Fprintf(w, "\n%d checks: %d warn, %d are unknown\n", len(checks), warn, unknown)
	return err
}
