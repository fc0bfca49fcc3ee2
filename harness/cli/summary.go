package cli

import (
	"cmp"
	"fmt"
	"io"
	"slices"

	"actinit/harness/distribution"
	"actinit/harness/layers"
	"actinit/harness/noise"
	"actinit/harness/ops"
	"actinit/harness/result"
	"actinit/harness/verify"
	"actinit/reports/paired"
	"actinit/reports/runstore"
)

// outcome is what --json prints at the end of a run.
type outcome struct {
	Run      string   `json:"run"`
	Folder   string   `json:"folder"`
	Kernels  int      `json:"kernels_verified"`
	Others   int      `json:"other_kernels_tried,omitempty"` // of other libraries, which promise nothing
	Wrong    []string `json:"wrong"`
	Samples  int      `json:"bench_samples"`
	Noise    []string `json:"noise"` // why the samples should not be believed, or a paired run has much undecided
	NetRows  int      `json:"layer_rows"`
	Claims   []claim  `json:"claims,omitempty"`
	Report   string   `json:"report"`
	Compare  string   `json:"compare_command,omitempty"`
	Seed     uint64   `json:"seed"`
	Complete bool     `json:"complete"`

	Comparison *paired.Comparison `json:"comparison,omitempty"` // of a paired run
}

// summarise says what a finished run found and where it is; comparison is nil but for paired runs.
func summarise(w io.Writer, s *settings, run *runstore.Run, data *runstore.Data, comparison *paired.Comparison) error {
	compareWith, benchstat := compareCommands(s.out, run)
	if s.json {
		own, others := ofPeers(data.Accuracy)
		o := outcome{Run: run.ID(), Folder: run.Dir(), Kernels: len(own), Others: len(others), Wrong: []string{}, Samples: len(data.Bench), Noise: append(findingsOf(noise.Measure(data.Bench)), findingsOf(noise.MeasurePairs(data.Pairs))...), NetRows: len(data.Layers),
			Report: run.Path(runstore.FileReport), Compare: benchstat, Seed: s.seed, Complete: true, Comparison: comparison}
		for _, row := range data.Accuracy {
			if row.Failed() {
				o.Wrong = append(o.Wrong, verify.Summary(row))
			}
		}
		for _, row := range data.Distribution {
			if row.Failed() {
				o.Wrong = append(o.Wrong, distribution.Summary(row))
			}
		}
		for _, row := range claimsInOrder(data.Claims) {
			o.Claims = append(o.Claims, claimOf(row))
		}
		return writeJSON(w, o)
	}
	own, _ := ofPeers(data.Accuracy)
	table := s.command == string(stageVerify) && s.shardCount < 2
	if len(own) > 0 {
		summariseAccuracy(w, own, table)
	}
	if len(data.Distribution) > 0 {
		summariseDistribution(w, data.Distribution, table)
	}
	if s.shardCount > 1 {
		summariseShard(w, run, data)
		return nil
	}
	if len(data.Bench) > 0 {
		summariseBench(w, data.Bench, s.all || s.filterText != "")
		summariseModes(w, data.Bench)
		summariseNoise(w, noise.Measure(data.Bench), disbelieved)
	}
	summarisePeers(w, data)
	if len(data.Limits) > 0 {
		summariseLimits(w, data.Limits, data.Bench, s.all || s.filterText != "")
	}
	if comparison != nil {
		fmt.Fprintln(w)
		if err := comparison.WriteText(w); err != nil {
			return err
		}
		summariseNoise(w, noise.MeasurePairs(data.Pairs), lessCalled)
	}
	if len(data.Layers) > 0 {
		summariseLayers(w, data.Layers, s.command == string(stageLayers))
	}
	if len(data.Claims) > 0 {
		summariseClaims(w, data.Claims)
	}
	fmt.Fprintf(w, "\nresults  %s\nreport   %s\n", run.Dir(), run.Path(runstore.FileReport))
	if compareWith != "" {
		fmt.Fprintf(w, "compare  %s\nor       %s\n", compareWith, benchstat)
	}
	return nil
}

// summariseShard says how much a shard has measured, and which nets could not be run: its tables are those of the joined run.
func summariseShard(w io.Writer, run *runstore.Run, data *runstore.Data) {
	if data.Empty() {
		fmt.Fprintln(w, "\nempty: there was no work for this shard")
	}
	if len(data.Bench) > 0 {
		fmt.Fprintf(w, "\nbench: %s\n", plural(len(data.Bench), "sample"))
		summariseNoise(w, noise.Measure(data.Bench), disbelieved)
	}
	if len(data.Layers) > 0 {
		fmt.Fprintf(w, "\nlayers: %s\n", plural(len(layers.Stories(data.Layers)), "net"))
		sayFailedNets(w, data.Layers)
	}
	fmt.Fprintf(w, "\nresults  %s\nactinit runs join makes one run of all shards\n", run.Dir())
}

func summariseAccuracy(w io.Writer, rows []result.Accuracy, all bool) {
	var inputs, pairs, oracle int64
	var failed, mistrusted []result.Accuracy
	kernels := map[result.Kernel]bool{}
	for _, row := range rows {
		kernels[row.Kernel()] = true
		inputs += row.Inputs
		pairs += row.PairDecided
		oracle += row.OracleDecided
		if row.Failed() {
			failed = append(failed, row)
		} else if row.Mistrusted {
			mistrusted = append(mistrusted, row)
		}
	}
	fmt.Fprintf(w, "\nverify: %s, %d wrong, %d mistrusted (whose inputs prove little); %s results checked; %s decided by double-double arithmetic, %s by the arbitrary-precision oracle\n",
		plural(len(kernels), "kernel"), len(failed), len(mistrusted), thousands(inputs), thousands(pairs), thousands(oracle))
	if all {
		if len(rows) <= maxKernelLines {
			accuracyTable(rows).text(w)
		} else {
			verifiedTable(rows).text(w)
		}
		if losses := lossTable(rows); len(losses.rows) > 0 {
			fmt.Fprintln(w, "\nNo error of a kernel: what a backward kernel loses by being given y = f(x) rounded, and not x.\n"+
				"Largest |f'(rounded y) - f'(x)| / |f'(x)| by the range of |x|. At 1 the gradient is gone; above, what is left of it is rounding.")
			losses.text(w)
		}
	}
	for _, row := range slices.Concat(failed, mistrusted) {
		fmt.Fprintln(w, verify.Summary(row))
	}
}

// maxKernelLines is how many kernels verify shows one by one: more are summed up
// by operation and type, which a filter opens.
const maxKernelLines = 60

// verifiedTable has a line for each operation and type: of all its kernels the
// largest errors, and how many results differ from the one rounding that exact and
// correctly rounded kernels promise.
func verifiedTable(rows []result.Accuracy) *listing {
	l := &listing{header: []string{"op", "type", "kernels", "wrong", "mistrusted", "forward max ULP", "backward max ULP", "misrounded", "s"},
		right: map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true}}
	type group struct {
		op, typeName      string
		kernels           map[result.Kernel]bool
		wrong, mistrusted int
		forward, backward result.Accuracy // of all variants the largest errors
		misrounded        int64           // -1 if no kernel promises one rounding
		seconds           float64
	}
	var groups []*group
	for _, a := range rows {
		i := slices.IndexFunc(groups, func(g *group) bool { return g.op == a.Op && g.typeName == a.Type })
		if i < 0 {
			i = len(groups)
			groups = append(groups, &group{op: a.Op, typeName: a.Type, kernels: map[result.Kernel]bool{}, misrounded: -1})
		}
		g := groups[i]
		g.kernels[a.Kernel()] = true
		g.seconds += a.Seconds
		switch {
		case a.Failed():
			g.wrong++
		case a.Mistrusted:
			g.mistrusted++
		}
		switch a.Direction {
		case result.GradCheck:
		case result.Forward, result.Fill:
			addErrors(&g.forward, a)
		default:
			addErrors(&g.backward, a)
		}
		if a.Rounding == string(ops.Exact) || a.Rounding == string(ops.Correct) {
			g.misrounded = max(g.misrounded, 0) + a.InDomain() - a.CorrectlyRounded
		}
	}
	rank := tableRank()
	types := []string{result.Float32, result.Float64, result.Float16, result.BFloat16}
	slices.SortStableFunc(groups, func(a, b *group) int {
		return cmp.Or(cmp.Compare(rank(a.op), rank(b.op)), cmp.Compare(slices.Index(types, a.typeName), slices.Index(types, b.typeName)))
	})
	for _, g := range groups {
		misrounded := ""
		if g.misrounded >= 0 {
			misrounded = thousands(g.misrounded)
		}
		l.add(g.op, g.typeName, fmt.Sprint(len(g.kernels)), fmt.Sprint(g.wrong), fmt.Sprint(g.mistrusted), largestError(g.forward), largestError(g.backward), misrounded, fmt.Sprintf("%.1f", g.seconds))
	}
	return l
}

// addErrors makes a's errors the larger ones of a and b.
func addErrors(a *result.Accuracy, b result.Accuracy) {
	a.Compared += b.Compared
	a.Widened += b.Widened
	a.MaxULP = max(a.MaxULP, b.MaxULP)
	if b.Widened == 0 {
		b.MaxUnwidenedULP = b.MaxULP
	}
	a.MaxUnwidenedULP = max(a.MaxUnwidenedULP, b.MaxUnwidenedULP)
}

func largestError(a result.Accuracy) string {
	if a.Compared == 0 {
		return ""
	}
	return a.LargestError()
}

// tableRank returns the place of operations in the table, extended ones behind the
// others and what is no operation, such as a fill, last.
func tableRank() func(op string) int {
	rows := coreFirst()
	places := make(map[string]int, len(rows))
	for i, row := range rows {
		places[row.Name] = i
	}
	return func(op string) int {
		if i, ok := places[op]; ok {
			return i
		}
		return len(rows)
	}
}

// accuracyTable has a line for each kernel verified. Its seconds are the variant's
// share of a worker's time: the expected values are computed once for all variants.
func accuracyTable(rows []result.Accuracy) *listing {
	l := &listing{header: []string{"op", "direction", "type", "variant", "promise", "inputs", "misrounded", "max ULP", "correctly rounded", "s", "verdict"},
		right: map[int]bool{5: true, 6: true, 7: true, 8: true, 9: true}}
	for _, a := range rows {
		largest, correct := "", ""
		switch {
		case a.Compared == 0:
		case a.Direction == result.GradCheck:
			largest = fmt.Sprintf("%.2g relative", a.MaxRelative())
		default:
			largest = a.LargestError()
		}
		if a.InDomain() > 0 && a.Direction != result.GradCheck {
			correct = verify.Percent(a.CorrectlyRounded, a.InDomain()) + "%"
		}
		l.add(a.Op, a.Direction, a.Type, a.Variant, a.Rounding, inputsOf(a), misrounded(a), largest, correct, fmt.Sprintf("%.1f", a.Seconds), verify.Verdict(a))
	}
	return l
}

// lossTable shows, for the operations among rows whose backward kernel is given
// the rounded output, what that rounding alone loses.
func lossTable(rows []result.Accuracy) *listing {
	l := &listing{header: []string{"op", "type"}, right: map[int]bool{}}
	verified := func(op, typeName string) bool {
		return slices.ContainsFunc(rows, func(a result.Accuracy) bool {
			return a.Op == op && a.Type == typeName && a.Direction == result.Backward
		})
	}
	lines := map[[2]string]int{}
	for _, loss := range verify.RoundingLoss(ops.All()) {
		if !verified(loss.Op, loss.Type) {
			continue
		}
		heading := fmt.Sprintf("%g .. %g", loss.From, loss.To)
		if !slices.Contains(l.header, heading) {
			l.right[len(l.header)] = true
			l.header = append(l.header, heading)
		}
		key := [2]string{loss.Op, loss.Type}
		if _, ok := lines[key]; !ok {
			lines[key] = len(l.rows)
			l.add(loss.Op, loss.Type)
		}
		line := &l.rows[lines[key]]
		*line = append(*line, fmt.Sprintf("%.2g", loss.Max))
	}
	return l
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
