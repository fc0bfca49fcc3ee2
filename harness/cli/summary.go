package cli

import (
	"fmt"
	"io"
	"math"
	"path/filepath"
	"slices"

	"actinit/harness/bench"
	"actinit/harness/layers"
	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/reports/benchtext"
	"actinit/reports/runstore"
)

// outcome is what --json prints at the end of a run.
type outcome struct {
	Run      string   `json:"run"`
	Folder   string   `json:"folder"`
	Kernels  int      `json:"kernels_verified"`
	Wrong    []string `json:"wrong"`
	Samples  int      `json:"bench_samples"`
	NetRows  int      `json:"layer_rows"`
	Report   string   `json:"report"`
	Compare  string   `json:"compare_command,omitempty"`
	Seed     uint64   `json:"seed"`
	Complete bool     `json:"complete"`
}

// summarise says what a finished run found and where it is.
func summarise(w io.Writer, s *settings, run *runstore.Run, data *runstore.Data) error {
	compareWith := benchstatCommand(s.out, run)
	if s.json {
		o := outcome{Run: run.ID(), Folder: run.Dir(), Kernels: len(data.Accuracy), Wrong: []string{}, Samples: len(data.Bench), NetRows: len(data.Layers),
			Report: run.Path(runstore.FileReport), Compare: compareWith, Seed: s.seed, Complete: true}
		for _, row := range data.Accuracy {
			if row.Failed() {
				o.Wrong = append(o.Wrong, verify.Summary(row))
			}
		}
		return writeJSON(w, o)
	}
	if len(data.Accuracy) > 0 {
		summariseAccuracy(w, data.Accuracy, s.command == string(stageVerify))
	}
	if len(data.Bench) > 0 {
		summariseBench(w, data.Bench)
	}
	if len(data.Layers) > 0 {
		summariseLayers(w, data.Layers)
	}
	fmt.Fprintf(w, "\nresults  %s\nreport   %s\n", run.Dir(), run.Path(runstore.FileReport))
	if compareWith != "" {
		fmt.Fprintf(w, "compare  %s\n", compareWith)
	}
	return nil
}

func summariseAccuracy(w io.Writer, rows []result.Accuracy, all bool) {
	var inputs, oracle int64
	var failed, mistrusted []result.Accuracy
	kernels := map[result.Kernel]bool{}
	for _, row := range rows {
		kernels[row.Kernel()] = true
		inputs += row.Inputs
		oracle += row.OracleDecided
		if row.Failed() {
			failed = append(failed, row)
		} else if row.Mistrusted {
			mistrusted = append(mistrusted, row)
		}
	}
	fmt.Fprintf(w, "\nverify: %d kernels, %d wrong, %d mistrusted; %s results checked; %s decided by the arbitrary-precision oracle\n",
		len(kernels), len(failed), len(mistrusted), thousands(inputs), thousands(oracle))
	shown := slices.Concat(failed, mistrusted)
	if all {
		shown = rows
	}
	for _, row := range shown {
		fmt.Fprintln(w, verify.Summary(row))
	}
}

// thousands writes n with separators: 1,234,567.
func thousands(n int64) string {
	digits := fmt.Sprint(n)
	var grouped []byte
	for i := range len(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			grouped = append(grouped, ',')
		}
		grouped = append(grouped, digits[i])
	}
	return string(grouped)
}

// A speed is what one float32 kernel takes on one worker at one size.
type speed struct {
	op, direction           string
	n                       int64
	reference, scalar, best float64 // median ns per element, NaN if not timed
	variant                 string  // of the best
}

// speeds returns the speed of each float32 kernel at the size nearest to
// summarySize at which its fastest variant was timed.
func speeds(medians []result.Median) []speed {
	var all []speed
	index := map[[2]string]int{}
	for _, m := range medians {
		if m.Type != "float32" || m.Workers != 1 || m.Variant == bench.Reference {
			continue
		}
		k := [2]string{m.Op, m.Direction}
		i, ok := index[k]
		if !ok {
			i = len(all)
			index[k] = i
			all = append(all, speed{op: m.Op, direction: m.Direction, n: m.N, best: math.Inf(1)})
		}
		s := &all[i]
		if nearer(m.N, s.n) {
			*s = speed{op: m.Op, direction: m.Direction, n: m.N, best: math.Inf(1)}
		}
		if m.N == s.n && m.NsPerElem < s.best {
			s.best, s.variant = m.NsPerElem, m.Variant
		}
	}
	for i := range all {
		s := &all[i]
		s.reference, s.scalar = math.NaN(), math.NaN()
		for _, m := range medians {
			if m.Type == "float32" && m.Workers == 1 && m.Op == s.op && m.Direction == s.direction && m.N == s.n {
				switch m.Variant {
				case bench.Reference:
					s.reference = m.NsPerElem
				case "scalar":
					s.scalar = m.NsPerElem
				}
			}
		}
	}
	return all
}

// summariseBench shows the median of each float32 kernel: the reference, the
// plain loop and the fastest variant.
func summariseBench(w io.Writer, rows []result.Bench) {
	l := &listing{header: []string{"kernel, float32", "n", "reference ns/elem", "scalar ns/elem", "best ns/elem", "best", "over reference", "over scalar"},
		right: map[int]bool{1: true, 2: true, 3: true, 4: true, 6: true, 7: true}}
	for _, s := range speeds(result.Medians(rows)) {
		l.add(s.op+" "+s.direction, fmt.Sprint(s.n), nanoseconds(s.reference), nanoseconds(s.scalar), nanoseconds(s.best), s.variant, ratio(s.reference, s.best), ratio(s.scalar, s.best))
	}
	fmt.Fprintf(w, "\nbench: %s samples; medians on one worker\n", thousands(int64(len(rows))))
	l.text(w)
}

func nanoseconds(ns float64) string {
	if math.IsNaN(ns) {
		return ""
	}
	return fmt.Sprintf("%.3f", ns)
}

func ratio(slow, fast float64) string {
	if math.IsNaN(slow) || math.IsNaN(fast) {
		return ""
	}
	return fmt.Sprintf("%.2fx", slow/fast)
}

const summarySize = 4096

func nearer(a, b int64) bool {
	return max(a, summarySize)/min(a, summarySize) < max(b, summarySize)/min(b, summarySize)
}

func summariseLayers(w io.Writer, rows []result.Layer) {
	fmt.Fprintln(w, "\nlayers: root mean square of the activations, layer by layer")
	for _, story := range layers.Stories(rows) {
		fmt.Fprintln(w, story)
	}
	if comparisons := layers.Lecture(rows); len(comparisons) > 0 {
		deviating := 0
		for _, c := range comparisons {
			if !c.Agrees {
				deviating++
				fmt.Fprintln(w, c)
			}
		}
		fmt.Fprintf(w, "theory: %d of %d nets agree with the infinite-width theory\n", len(comparisons)-deviating, len(comparisons))
	}
}

// benchstatCommand returns the command that compares the run with the one
// before it, or nothing if there is none.
func benchstatCommand(root string, run *runstore.Run) string {
	previous, err := runstore.Previous(root, run.ID(), runstore.FileBenchText)
	if err != nil {
		return ""
	}
	if entry, err := runstore.Latest(root, runstore.FileBenchText); err != nil || entry.ID != run.ID() {
		return ""
	}
	return benchtext.Command(filepath.Join(previous.Dir, runstore.FileBenchText), run.Path(runstore.FileBenchText))
}
