package apply

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"actinit/datasets"

	"github.com/apache/arrow/go/v15/arrow"
	"github.com/apache/arrow/go/v15/arrow/array"
	"github.com/apache/arrow/go/v15/arrow/memory"
	"pgregory.net/rapid"
)

// numbered returns a record of one row, which holds i.
func numbered(i int) arrow.Record {
	b := array.NewFloat64Builder(memory.DefaultAllocator)
	b.Append(float64(i))
	schema := arrow.NewSchema([]arrow.Field{{Name: "x", Type: arrow.PrimitiveTypes.Float64}}, nil)
	return array.NewRecord(schema, []arrow.Array{b.NewArray()}, 1)
}

// ordered is a writer that keeps the numbers it was given.
type ordered struct {
	got    []int
	failAt int // the number at which it fails; negative: none
}

func (o *ordered) Write(r arrow.Record) error {
	i := int(r.Column(0).(*array.Float64).Value(0))
	if i == o.failAt {
		return errors.New("the disk is full")
	}
	o.got = append(o.got, i)
	return nil
}

func (o *ordered) Close() error { return nil }

func (o *ordered) Abandon() {}

// table returns a table of n batches of 65536 rows.
func table(t *testing.T, n int) *datasets.Table {
	t.Helper()
	made, err := datasets.NewTable(datasets.NewValues("x", make([]float64, n<<16)))
	must(t, err)
	return made
}

// TestQueueOrders: whatever the order of the results, they are written in the order of the batches, at
// once when none before them is missing; after an error of a batch or of the writer nothing is.
func TestQueueOrders(t *testing.T) {
	const n = 12
	made := table(t, n)
	rapid.Check(t, func(t *rapid.T) {
		in := made.Batches()
		defer in.Close()
		out := &ordered{failAt: rapid.IntRange(-1, n-1).Draw(t, "the writer fails at")}
		badAt := rapid.IntRange(-1, n-1).Draw(t, "bad batch")
		q := newQueue(t.Context(), in, out, n)
		for range n {
			batch, _, ok := q.take()
			if !ok {
				t.Fatal("too few batches")
			}
			batch.Release()
		}
		handed := map[int]bool{}
		due := 0 // results that must be written
		for _, turn := range rapid.Permutation(sequence(n)).Draw(t, "order") {
			result := outcome{record: numbered(turn)}
			if turn == badAt {
				result = outcome{err: errors.New("bad batch")}
			}
			q.put(turn, result)
			handed[turn] = true
			for handed[due] && due != badAt && due != out.failAt {
				due++
			}
			if len(out.got) != due || q.rows != int64(due) {
				t.Fatalf("%v are written, %d rows counted, %d results were due", out.got, q.rows, due)
			}
		}
		for i, got := range out.got {
			if got != i {
				t.Fatalf("written %v", out.got)
			}
		}
		want := "<nil>"
		switch due { // the first that was not written
		case n:
		case badAt:
			want = "bad batch"
		default:
			want = "the disk is full"
		}
		if got := fmt.Sprint(q.err); got != want {
			t.Fatalf("error %s, want %s", got, want)
		}
		if _, _, ok := q.take(); ok {
			t.Fatal("a batch behind the last")
		}
	})
}

func sequence(n int) []int {
	s := make([]int, n)
	for i := range s {
		s[i] = i
	}
	return s
}

// TestQueueWaits: with the window full nothing is read, and reading goes on once half of it is written.
func TestQueueWaits(t *testing.T) {
	in := table(t, 5).Batches()
	defer in.Close()
	q := newQueue(t.Context(), in, &ordered{failAt: -1}, 4)
	for range 4 {
		batch, _, ok := q.take()
		if !ok {
			t.Fatal("too few batches")
		}
		batch.Release()
	}
	fifth := make(chan int)
	go func() {
		batch, turn, _ := q.take()
		batch.Release()
		fifth <- turn
	}()
	for _, turn := range []int{3, 1} { // none of them is due
		q.put(turn, outcome{record: numbered(turn)})
	}
	select {
	case turn := <-fifth:
		t.Fatalf("batch %d was read while four were unwritten", turn)
	case <-time.After(20 * time.Millisecond):
	}
	q.put(0, outcome{record: numbered(0)}) // writes 0 and 1
	if turn := <-fifth; turn != 4 {
		t.Errorf("turn %d, want 4", turn)
	}
}
