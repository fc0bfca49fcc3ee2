package cli

import (
	"context"

	"github.com/spf13/cobra"

	"actinit/datasets"
	"actinit/harness/progress"
)

// A reading watches how a command reads a table: it shows progress, and ends it when
// the command is interrupted.
type reading struct {
	ctx   context.Context
	show  progress.Reporter
	title string
	begun bool
	last  datasets.Reading
}

func newReading(cmd *cobra.Command, name string) *reading {
	return &reading{ctx: cmd.Context(), show: lateReporter(cmd.ErrOrStderr()), title: title(name)}
}

// title is what an input is called in messages.
func title(name string) string {
	if name == "-" {
		return "standard input"
	}
	return name
}

// watch is for datasets.Batches.Watch. Where a table is read a second time, a new stage begins.
func (r *reading) watch(now datasets.Reading) error {
	if now.Done < r.last.Done {
		r.end()
	}
	if !r.begun {
		r.begin(now)
	}
	r.show.Add(units(now) - units(r.last))
	r.last = now
	return r.ctx.Err()
}

func (r *reading) begin(now datasets.Reading) {
	title, total := r.title+", rows", now.Total
	if now.Bytes {
		title, total = r.title+", MB", now.Total/1e6
	}
	if now.Total == 0 {
		total = progress.Unknown
	}
	r.show.Begin(title, total)
	r.begun = true
}

// units returns the rows, or the whole MB.
func units(r datasets.Reading) int64 {
	if r.Bytes {
		return r.Done / 1e6
	}
	return r.Done
}

// end ends what is shown.
func (r *reading) end() {
	r.show.End()
	r.begun, r.last = false, datasets.Reading{}
}
