package runstore

import (
	"slices"
	"time"

	"actinit/harness/result"
)

// A begun is what tells a run from another of the same name, whatever folder it was copied to.
type begun struct {
	id, host string
	started  time.Time
}

func begunOf(env result.Environment) begun { return begun{env.RunID, env.Host, env.Started.UTC()} }

func shardBegun(s result.Shard) begun { return begun{s.RunID, s.Host, s.Started.UTC()} }

// WithoutDoubles leaves out, of runs as List sorts them, those whose rows others have: the shards of a joined run, a
// second run that was joined of one of them, a second copy of a run.
func WithoutDoubles(runs []Entry) []Entry {
	shards := map[begun]bool{}
	for _, run := range runs {
		for _, s := range run.Environment.Joined {
			shards[shardBegun(s)] = true
		}
	}
	have := map[begun]bool{}
	return slices.DeleteFunc(slices.Clone(runs), func(run Entry) bool {
		if run.Err != nil {
			return false // nobody knows what it is
		}
		self := begunOf(run.Environment)
		double := shards[self] || have[self] || slices.ContainsFunc(run.Environment.Joined, func(s result.Shard) bool { return have[shardBegun(s)] })
		if !double {
			have[self] = true
			for _, s := range run.Environment.Joined {
				have[shardBegun(s)] = true
			}
		}
		return double
	})
}

// JoinedOf returns the complete runs below root that were joined of one of the shards.
func JoinedOf(root string, shards []result.Shard) (ids []string, err error) {
	runs, err := List(root)
	if err != nil {
		return nil, err
	}
	of := map[begun]bool{}
	for _, s := range shards {
		of[shardBegun(s)] = true
	}
	for _, run := range runs {
		if run.Environment.Complete && slices.ContainsFunc(run.Environment.Joined, func(s result.Shard) bool { return of[shardBegun(s)] }) {
			ids = append(ids, run.ID)
		}
	}
	return ids, nil
}
