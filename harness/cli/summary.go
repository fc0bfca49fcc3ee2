package cli

import (
	"fmt"
	"io"
	"path/filepath"
	"slices"

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
			if verify.Failed(row) {
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
		if verify.Failed(row) {
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

// summariseBench shows the median of each float32 kernel at the size nearest to
// 4096 elements on one worker, the plain loop beside the fastest variant.
func summariseBench(w io.Writer, rows []result.Bench) {
	medians := result.Medians(rows)
	l := &listing{header: []string{"kernel, float32", "n", "scalar ns/elem", "best ns/elem", "best", "speed-up"}, right: map[int]bool{1: true, 2: true, 3: true, 5: true}}
	type key struct{ op, direction string }
	var order []key
	best := map[key]result.Median{}
	scalar := map[key]result.Median{}
	for _, m := range medians {
		if m.Kernel.Type != "float32" || m.Workers != 1 {
			continue
		}
		k := key{m.Kernel.Op, m.Kernel.Direction}
		b, seen := best[k]
		if !seen {
			order = append(order, k)
		}
		if !seen || nearer(m.N, b.N) || m.N == b.N && m.NsPerElem < b.NsPerElem {
			best[k] = m
		}
		if sc, ok := scalar[k]; m.Kernel.Variant == "scalar" && (!ok || nearer(m.N, sc.N)) {
			scalar[k] = m
		}
	}
	for _, k := range order {
		b := best[k]
		sc, ok := scalar[k]
		if !ok || sc.N != b.N {
			l.add(k.op+" "+k.direction, fmt.Sprint(b.N), "", fmt.Sprintf("%.3f", b.NsPerElem), b.Kernel.Variant, "")
			continue
		}
		l.add(k.op+" "+k.direction, fmt.Sprint(b.N), fmt.Sprintf("%.3f", sc.NsPerElem), fmt.Sprintf("%.3f", b.NsPerElem), b.Kernel.Variant, fmt.Sprintf("%.2fx", sc.NsPerElem/b.NsPerElem))
	}
	fmt.Fprintf(w, "\nbench: %s samples; medians on one worker\n", thousands(int64(len(rows))))
	l.text(w)
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
