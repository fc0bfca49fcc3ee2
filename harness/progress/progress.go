// Package progress tells a waiting person how far long work has come.
package progress

import (
	"os"

	"golang.org/x/term"
)

// A Reporter shows the stages of a command one after the other. Stages of one
// Reporter do not overlap. The methods may be called from any goroutine.
type Reporter interface {
	// Begin starts a stage of total units of work, with a short title that says what they are.
	// Work that an earlier, interrupted run has done already is best left out
	// of total: the estimate of the time left goes by the pace of this one.
	Begin(title string, total int64)
	// Add says that n more units are done.
	Add(n int64)
	// Note shows one line, above the progress bar on a terminal.
	Note(line string)
	// End ends the stage, whether or not all of its units are done.
	End()
}

// New returns the Reporter that suits w, which is os.Stderr as a rule: a bar
// with the time left on a terminal, plain lines in a pipe or file. Quiet leaves
// only the notes.
func New(w *os.File, quiet bool) Reporter {
	switch {
	case quiet:
		return &notes{w: w}
	case term.IsTerminal(int(w.Fd())) && os.Getenv("TERM") != "dumb":
		return NewTerminal(w)
	default:
		return NewPlain(w)
	}
}

// Silent reports nothing.
type Silent struct{}

func (Silent) Begin(string, int64) {}
func (Silent) Add(int64)           {}
func (Silent) Note(string)         {}
func (Silent) End()                {}
