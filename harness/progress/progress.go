// Package progress tells a waiting person how far long work has come.
package progress

// A Reporter shows the stages of a command one after the other. Stages of one
// Reporter do not overlap. The methods may be called from any goroutine.
type Reporter interface {
	// Begin starts a stage of total units of work, with a short title.
	Begin(title string, total int64)
	// Add says that n more units are done.
	Add(n int64)
	// Note shows one line, above the progress bar on a terminal.
	Note(line string)
	// End ends the stage.
	End()
}

// Silent reports nothing.
type Silent struct{}

func (Silent) Begin(string, int64) {}
func (Silent) Add(int64)           {}
func (Silent) Note(string)         {}
func (Silent) End()                {}
