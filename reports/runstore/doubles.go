package runstore

import (
	"slices"
	"time"

	"actinit/harness/result"
)

// A begun is a run, whatever folder it was copied to.
type begun struct {
	id      string
	started time.Time
}

func begunOf(id string, started time.Time) begun { return begun{id, started.UTC()} }

// WithoutDoubles leaves out the runs whose rows others of them have: the shards of a joined run, a
// second run that was joined of one of them, a second copy of a run.
func WithoutDoubles(runs []Entry) []Entry {
	shards := map[begun]bool{}
	for _, run := range runs {
		for _, s := range run.Environment.Joined {
			shards[begunOf(s.RunID, s.Started)] = true
		}
	}
	have := map[begun]bool{}
	return slices.DeleteFunc(slices.Clone(runs), func(run Entry) bool {
		if run.Err != nil {
			return false // nobody knows what it is
		}
		self := begunOf(run.Environment.RunID, run.Environment.Started)
		double := shards[self] || have[self] || slices.ContainsFunc(run.Environment.Joined, func(s result.Shard) bool { return have[begunOf(s.RunID, s.Started)] })
		if !double {
			have[self] = true
			for _, s := range run.Environment.Joined {
				have[begunOf(s.RunID, s.Started)] = true
			}
		}
		return double
	})
}
