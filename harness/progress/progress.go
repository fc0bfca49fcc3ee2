// Package progress tells a waiting person how far long work has come.
package progress

import (
	"os"
	"time"

	"golang.org/x/term"
)

// A Reporter shows the stages of a command one after the other. Stages of one
// Reporter do not overlap. The methods may be called from any goroutine.
type Reporter interface {
	// Begin starts a stage of total units of work, with a short title that says what they are.
	// Work that an earlier, interrupted run has done already is best left out
	// of total: the estimate of the time left goes by the pace of this one. Total may be Unknown.
	Begin(title string, total int64)
	// Add says that n more units are done.
	Add(n int64)
	// Note shows one line, above the progress bar on a terminal.
	Note(line string)
	// End ends the stage, whether or not all of its units are done.
	End()
}

// Unknown is the total of a stage whose end cannot be foreseen.
const Unknown = -1

// New returns the Reporter that suits w, which is os.Stderr as a rule: a bar
// with the time left on a terminal, plain lines in a pipe or file. Quiet leaves
// only the notes.
func New(w *os.File, quiet bool) Reporter {
	switch {
	case quiet:
		return &notes{w: w}
	case isTerminal(w):
		return NewTerminal(w)
	default:
		return NewPlain(w)
	}
}

// patience is how long NewLate's reporters wait.
const patience = 2 * time.Second

// NewLate is New for work that is short as a rule: a stage is shown only once it has taken two seconds.
func NewLate(w *os.File) Reporter {
	if isTerminal(w) {
		t := NewTerminal(w)
		t.patience = patience
		return t
	}
	p := NewPlain(w)
	p.patience = patience
	return p
}

func isTerminal(w *os.File) bool { return term.IsTerminal(int(w.Fd())) && os.Getenv("TERM") != "dumb" }

// Silent reports nothing.
type Silent struct{}

func (Silent) Begin(string, int64) {}
func (Silent) Add(int64)           {}
func (Silent) Note(string)         {}
func (Silent) End()                {}
