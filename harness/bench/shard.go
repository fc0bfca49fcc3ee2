package bench

import (
	"cmp"
	"slices"
	"time"

	"actinit/harness/ops"
)

// rivals names cells whose times are held against each other: those of an operation and its
// faithful twin in one element type, whatever the direction, variant, library, size, workers and mode.
type rivals struct{ op, typeName string }

func (c Cell) rivals() rivals {
	if row, ok := ops.Find(c.Op); ok && row.Twin != "" {
		return rivals{row.Twin, c.Type}
	}
	return rivals{c.Op, c.Type}
}

// deal shares the cells out to shards and returns the number of each cell's shard. Cells that are held against each
// other stay together, so that no ratio of times is one of two machines: these groups, the longest first, go
// each to the shard that has least to do. Who has what depends on the cells alone.
func (s *Schedule) deal(cells []Cell, shards int) []int {
	type group struct {
		cells []int
		cost  time.Duration
	}
	var groups []*group
	index := map[rivals]*group{}
	for i, c := range cells {
		g := index[c.rivals()]
		if g == nil {
			g = &group{}
			index[c.rivals()] = g
			groups = append(groups, g)
		}
		g.cells = append(g.cells, i)
		g.cost += s.cost(c)
	}
	slices.SortStableFunc(groups, func(a, b *group) int { return -cmp.Compare(a.cost, b.cost) })
	dealt, load := make([]int, len(cells)), make([]time.Duration, shards)
	for _, g := range groups {
		least := 0
		for shard := range load {
			if load[shard] < load[least] {
				least = shard
			}
		}
		load[least] += g.cost
		for _, i := range g.cells {
			dealt[i] = least
		}
	}
	return dealt
}

// Groups returns the number of groups of cells that shards share out, each as a whole.
func (s *Schedule) Groups() int {
	groups := map[rivals]bool{}
	for _, c := range s.Cells {
		groups[c.rivals()] = true
	}
	return len(groups)
}
