package runstore

import (
	"fmt"
	"path/filepath"
	"slices"
	"strconv"
	"strings"

	"actinit/harness/result"
)

const shardFlag = "--shard="

// A part is one of the runs to join.
type part struct {
	dir          string
	env          result.Environment
	index, count int // of --shard=index/count, index from 1
}

// Join reads the runs in the folders dirs, which must be all the shards of one command: made from
// the same commit with the same flags but --shard, on the same instruction set, each of 1/n .. n/n
// once, and complete. It returns their rows, with those added up that are parts of one result, and timings
// held against the limits of their machine that all shards there have measured together,
// and the environment of the joined run: the first shard's, without the shard. Columns that this program does not
// know are an error.
func Join(dirs []string, o Options) (*Data, error) {
	parts := make([]part, 0, len(dirs))
	for _, dir := range dirs {
		p, err := readPart(dir)
		if err != nil {
			return nil, err
		}
		parts = append(parts, p)
	}
	slices.SortStableFunc(parts, func(a, b part) int { return a.index - b.index })
	if err := together(parts); err != nil {
		return nil, err
	}
	joined := &Data{Environment: parts[0].env}
	env := &joined.Environment
	env.Command = slices.DeleteFunc(slices.Clone(env.Command), isShard)
	env.Files = nil
	timedBy := map[string]string{} // the shard's folder, by the benchmark's name
	for _, p := range parts {
		data, err := loadToWrite(p.dir)
		if err != nil {
			return nil, err
		}
		for _, b := range data.Bench {
			name := result.Name(b)
			if dir := timedBy[name]; dir != "" && dir != p.dir { // by programs of one commit with other changes
				return nil, fmt.Errorf("%s and %s have both timed %s: they are not shards of one program", dir, p.dir, name)
			}
			timedBy[name] = p.dir
		}
		joined.Bench = append(joined.Bench, data.Bench...)
		joined.Accuracy = append(joined.Accuracy, data.Accuracy...)
		joined.Distribution = append(joined.Distribution, data.Distribution...)
		joined.Layers = append(joined.Layers, data.Layers...)
		joined.Limits = append(joined.Limits, data.Limits...)
		env.Joined = append(env.Joined, result.Shard{RunID: p.env.RunID, Host: p.env.Host, Started: p.env.Started, Finished: p.env.Finished})
		if p.env.Started.Before(env.Started) {
			env.Started = p.env.Started
		}
	}
	if len(joined.Accuracy) > 0 {
		joined.Accuracy = o.Accuracy(joined.Accuracy)
	}
	if len(joined.Distribution) > 0 {
		joined.Distribution = o.Distribution(joined.Distribution)
	}
	if len(joined.Limits) > 0 {
		joined.Limits = o.Limits(joined.Limits)
		o.Bounds(joined.Bench, joined.Limits, env.ISA)
	}
	return joined, nil
}

// Shard returns which shard of a command the run is, as --shard has it: "2/8"; "" if it is none.
func (e Entry) Shard() string {
	for _, argument := range e.Environment.Command {
		if shard, found := strings.CutPrefix(argument, shardFlag); found {
			return shard
		}
	}
	return ""
}

// joinedOf returns the IDs of the runs that a run was joined of.
func joinedOf(env result.Environment) []string {
	ids := make([]string, len(env.Joined))
	for i, s := range env.Joined {
		ids[i] = s.RunID
	}
	return ids
}

func isShard(argument string) bool { return strings.HasPrefix(argument, shardFlag) }

// readPart reads what says which shard the run in dir is.
func readPart(dir string) (part, error) {
	env, err := EnvironmentOf(dir)
	if err != nil {
		return part{}, err
	}
	p := part{dir: dir, env: env}
	at := slices.IndexFunc(env.Command, isShard)
	if at < 0 {
		return part{}, fmt.Errorf("%s: it is no shard: it was made by %s", dir, result.CommandLine(env.Command))
	}
	i, n, _ := strings.Cut(strings.TrimPrefix(env.Command[at], shardFlag), "/")
	var err1, err2 error
	p.index, err1 = strconv.Atoi(i)
	p.count, err2 = strconv.Atoi(n)
	if err1 != nil || err2 != nil || p.index < 1 || p.index > p.count {
		return part{}, fmt.Errorf("%s: damaged: %s in its command", filepath.Join(dir, FileEnvironment), env.Command[at])
	}
	if !env.Complete {
		return part{}, fmt.Errorf("%s: shard %d/%d is not complete: go on with it first, with %s", dir, p.index, p.count, GoOn(dir, env))
	}
	return p, nil
}

// together says why the parts, in the order of their shards, are not those of one run.
func together(parts []part) error {
	if len(parts) == 0 {
		return fmt.Errorf("there are no runs to join")
	}
	first := parts[0]
	flags := func(p part) []string { return slices.DeleteFunc(slices.Clone(p.env.Command), isShard) }
	for i, p := range parts[1:] {
		differs := func(what, a, b string) error {
			return fmt.Errorf("%s and %s are not of one run: they differ in the %s, %s and %s", first.dir, p.dir, what, a, b)
		}
		switch a, b := first.env, p.env; {
		case !slices.Equal(flags(first), flags(p)):
			return differs("command", result.CommandLine(a.Command), result.CommandLine(b.Command))
		case !a.SameProgram(b):
			return differs("commit", a.Source(), b.Source())
		case a.ISA != b.ISA:
			return differs("instruction set", a.ISA, b.ISA)
		case timed(p) && a.CPU != b.CPU:
			return differs("processor", a.CPU, b.CPU)
		case timed(p) && a.GOMAXPROCS != b.GOMAXPROCS:
			return differs("number of CPUs", strconv.Itoa(a.GOMAXPROCS), strconv.Itoa(b.GOMAXPROCS))
		case first.count != p.count:
			return differs("number of shards", strconv.Itoa(first.count), strconv.Itoa(p.count))
		case parts[i].index == p.index:
			return fmt.Errorf("shard %d/%d is there twice: %s and %s", p.index, p.count, parts[i].dir, p.dir)
		}
	}
	if len(parts) < first.count {
		return fmt.Errorf("of %d shards of %s these are missing: %s", first.count, result.CommandLine(flags(first)), missing(parts))
	}
	return nil
}

// timed reports whether the part holds timings, which are of one type of machine or no run's.
func timed(p part) bool { return len(p.env.Command) > 0 && p.env.Command[0] == "bench" }

// missing lists the shards that are not there: "2, 5-9".
func missing(parts []part) string {
	there := map[int]bool{}
	for _, p := range parts {
		there[p.index] = true
	}
	var ranges []string
	for i := 1; i <= parts[0].count; i++ {
		last := i
		for last <= parts[0].count && !there[last] {
			last++
		}
		switch last - i {
		case 0:
			continue
		case 1:
			ranges = append(ranges, strconv.Itoa(i))
		default:
			ranges = append(ranges, fmt.Sprintf("%d-%d", i, last-1))
		}
		i = last
	}
	return strings.Join(ranges, ", ")
}
