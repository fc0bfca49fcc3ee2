package runstore

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"actinit/harness/result"
)

// prunable names the runs that may go and those that are kept from it.
func prunable(t *testing.T, runs []Entry, o PruneOptions, between string) (gone, kept string) {
	t.Helper()
	may, not, err := Prunable(runs, o)
	if err != nil {
		t.Fatal(err)
	}
	var goes, stays []string
	for _, run := range may {
		goes = append(goes, run.ID)
	}
	for _, k := range not {
		stays = append(stays, k.ID)
		if k.Why == "" {
			t.Errorf("%s is kept for no reason", k.ID)
		}
	}
	return strings.Join(goes, between), strings.Join(stays, between)
}

func TestPrunable(t *testing.T) {
	now := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	var runs []Entry
	for i, complete := range []bool{true, false, true, true, false} {
		id := string(rune('a' + i))
		runs = append(runs, Entry{ID: id, Environment: result.Environment{RunID: id, Complete: complete, Started: now.AddDate(0, 0, -10+2*i)}})
	}
	runs = append(runs, Entry{ID: "f", Environment: result.Environment{RunID: "f", Started: now.Add(-time.Hour)}})
	runs = append([]Entry{{ID: "broken", Err: fs.ErrInvalid}}, runs...)
	const day = 24 * time.Hour
	for _, c := range []struct {
		o          PruneOptions
		gone, kept string
	}{
		{PruneOptions{Keep: 2}, "ab", "broken"},
		{PruneOptions{Keep: 3}, "", "broken"},
		{PruneOptions{Keep: 1, OlderThan: 7 * day}, "ab", "broken"},
		{PruneOptions{OlderThan: 5 * day}, "abc", "broken"},
		{PruneOptions{Incomplete: true}, "be", "brokenf"},
		{PruneOptions{Incomplete: true, OlderThan: 5 * day}, "b", "broken"},
		{PruneOptions{OlderThan: 5 * day, Protected: map[string]string{"a": "baseline main"}}, "bc", "brokena"},
	} {
		c.o.Now = now
		if gone, kept := prunable(t, runs, c.o, ""); gone != c.gone || kept != c.kept {
			t.Errorf("%+v: %s go and %s are kept; want %s and %s", c.o, gone, kept, c.gone, c.kept)
		}
	}
	if _, _, err := Prunable(runs, PruneOptions{}); err == nil {
		t.Error("without a rule runs may go")
	}
}

// nightly is the run id, joined of n shards that began on that day, one after the other, or the shards alone.
func nightly(id string, n int, day time.Time, joined bool) (runs []Entry) {
	env := result.Environment{RunID: id, Host: "box", Complete: true, Started: day, Finished: day.Add(time.Hour), Command: []string{"bench"}, Seed: uint64(day.Unix())}
	for i := range n {
		shard := env
		shard.RunID, shard.Started, shard.Finished = fmt.Sprintf("%s-%d", id, i+1), day.Add(time.Duration(i)*time.Second), day.Add(time.Minute)
		shard.Joined, shard.Command = nil, []string{"bench", fmt.Sprintf("--shard=%d/%d", i+1, n)}
		runs = append(runs, Entry{ID: shard.RunID, Environment: shard})
		env.Joined = append(env.Joined, result.Shard{RunID: shard.RunID, Host: shard.Host, Started: shard.Started, Finished: shard.Finished})
	}
	if !joined {
		return runs
	}
	return append([]Entry{{ID: id, Environment: env}}, runs...) // as List has them: the joined run begins with its first shard
}

// Shards count as no runs: they stay and go with the run that was joined of them, before it, and where there is none they stay.
func TestPrunableShards(t *testing.T) {
	const day = 24 * time.Hour
	now := time.Date(2026, 2, 1, 0, 0, 0, 0, time.UTC)
	list := func(nights ...[]Entry) (runs []Entry) {
		for _, night := range nights {
			runs = append(runs, night...)
		}
		return runs
	}
	a, b := nightly("a", 3, now.Add(-9*day), true), nightly("b", 3, now.Add(-8*day), true)
	lone, plain := nightly("lone", 2, now.Add(-10*day), false), nightly("plain", 0, now.Add(-7*day), true)
	late := nightly("late", 2, now.Add(-12*day), true) // joined after all the others
	late[0].Environment.Finished = now.Add(-time.Hour)
	slow := nightly("slow", 2, now.Add(-20*day), false) // whose second shard has only just ended
	slow[1].Environment.Finished = now.Add(-time.Hour)
	damaged := nightly("hurt", 2, now.Add(-9*day), true)
	damaged[0].Dir, damaged[0].Environment.Files = t.TempDir(), []result.File{{Name: FileBench, Bytes: 1}}
	for _, c := range []struct {
		name       string
		runs       []Entry
		o          PruneOptions
		gone, kept string
	}{
		{"the newest two of two", list(a, b), PruneOptions{Keep: 2}, "", ""},
		{"the newest of two", list(a, b), PruneOptions{Keep: 1}, "a-1 a-2 a-3 a", ""},
		{"the newest two of three", list(a, b, plain), PruneOptions{Keep: 2}, "a-1 a-2 a-3 a", ""},
		{"a baseline of shards", list(a, b), PruneOptions{Keep: 1, Protected: map[string]string{"a": "baseline main"}}, "a-1 a-2 a-3", "a"},
		{"without the joined run", list(lone, b), PruneOptions{Keep: 1}, "", "lone-1 lone-2"},
		{"too young", list(lone, b), PruneOptions{OlderThan: 30 * day}, "", ""},
		{"old", list(lone, b), PruneOptions{OlderThan: 9 * day}, "lone-1 lone-2", ""},
		{"old, and a number to keep", list(lone, b), PruneOptions{Keep: 1, OlderThan: 9 * day}, "", "lone-1 lone-2"},
		{"of a sweep that goes on", list(slow, b), PruneOptions{OlderThan: 9 * day}, "", ""},
		{"joined late", list(late, a, b), PruneOptions{Keep: 1}, "a-1 a-2 a-3 a b-1 b-2 b-3 b", ""},
		{"joined late, by age", list(late, a), PruneOptions{OlderThan: 7 * day}, "a-1 a-2 a-3 a", ""},
		{"of a damaged run", list(damaged, b), PruneOptions{Keep: 1}, "hurt", "hurt-1 hurt-2"},
		{"incomplete", list(a, lone), PruneOptions{Incomplete: true}, "", ""},
	} {
		c.o.Now = now
		if gone, kept := prunable(t, c.runs, c.o, " "); gone != c.gone || kept != c.kept {
			t.Errorf("%s: %q go and %q are kept, want %q and %q", c.name, gone, kept, c.gone, c.kept)
		}
	}
}

func TestRemove(t *testing.T) {
	root := t.TempDir()
	run := finishedRun(t, root, "bee", time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC))
	other := finishedRun(t, root, "bee", time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC))
	if err := Remove(run); err != nil {
		t.Fatal(err)
	}
	// What an interrupted removal leaves is no run.
	if err := os.Rename(other.Dir, filepath.Join(root, removed+other.ID)); err != nil {
		t.Fatal(err)
	}
	if runs, err := List(root); err != nil || len(runs) != 0 {
		t.Errorf("runs %v, %v", runs, err)
	}
	// It can be found, and is not in the way of another removal of that name.
	again := finishedRun(t, root, "bee", time.Date(2026, 1, 3, 3, 4, 5, 0, time.UTC))
	if remains, err := Remains(root); err != nil || again.ID != other.ID || len(remains) != 1 || remains[0] != filepath.Join(root, removed+other.ID) {
		t.Errorf("remains %q, %v", remains, err)
	}
	if err := Remove(again); err != nil {
		t.Error(err)
	}
	if left := names(t, root); len(left) != 1 || left[0] != removed+other.ID {
		t.Errorf("left: %q", left)
	}
}
