package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"actinit/datasets/atomicfile"
	"actinit/datasets/weightfile"
	"actinit/harness/diagnosis"
	"actinit/harness/network"
	"actinit/kernels/initializer"
	"actinit/reports/rowfile"
)

// diagnoseSettings are the flags of the command diagnose.
type diagnoseSettings struct {
	ownNet
	weights, init, rows string
}

func newDiagnose() *cobra.Command {
	var s diagnoseSettings
	cmd := &cobra.Command{
		Use:   "diagnose --net FILE (--weights FILE | --init RULE) --data FILE",
		Short: "what the layers of your own net do to your own data",
		Long: `Take a data set through a net and back, in batches, and say what every layer does to the signal and to the gradient, and what
is wrong with it.

  {"input": [64], "layers": [
    {"name": "fc1", "dense": 100, "bias": true, "activation": "relu"},
    {"name": "fc2", "dense": 10, "bias": true}
  ]}

describes a net; layers may be convolutions and residuals (see the README). Weights are those of a .safetensors, .npz, .npy, .arrow or
.parquet file, under PyTorch's names and shapes, or a rule's of "actinit list initializers". With --label the backward pass starts
from the cross-entropy, without from independent N(0,1) values.

RMS is that of the activations over all examples; never firing are units that are 0 on every one of them; rank is the effective rank,
exp of the entropy of the covariance's spectrum; gradient is the RMS of the loss's gradient by the activations, and dW/W the
norm of the weights' gradient beside the weights'.

A change of signal or gradient from the first layer to the last is a finding beyond x3.2 in nets of up to six layers, 10^.1 for each layer in
deeper ones and x100 in any, and beyond what theory and chance make of the weights that "actinit advise" advises.`,
		Example: `  actinit diagnose --net net.json --weights w.safetensors --data train.parquet --label class
  actinit diagnose --net net.json --init kaiming_normal --data digits --standardize`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	s.register(cmd.Flags())
	cmd.Flags().StringVar(&s.weights, "weights", "", "the net's weights, a `FILE` under PyTorch's names and shapes")
	cmd.Flags().StringVar(&s.init, "init", "", "draw the weights by a `RULE`, biases 0, in place of --weights")
	cmd.Flags().StringVar(&s.rows, "rows", "", "write all statistics to a Parquet `FILE`, the rows that actinit layers stores")
	return cmd
}

func (s *diagnoseSettings) run(ctx context.Context, w io.Writer) error {
	switch {
	case (s.weights == "") == (s.init == ""):
		return errors.New("want either --weights FILE or --init RULE")
	case s.data == "":
		return errors.New("--data is missing: want a file with a row for each example, digits or normal")
	case s.rows != "" && !strings.HasSuffix(s.rows, ".parquet"):
		return fmt.Errorf("--rows %s: want a name that ends in .parquet, which is what it becomes", s.rows)
	}
	if err := notOver("--rows", s.rows, s.net, s.weights, s.data); err != nil {
		return err
	}
	n, err := s.makeNet()
	if err != nil {
		return err
	}
	examples, closing, err := s.examples(n)
	if err != nil {
		return err
	}
	if err := s.fill(n); err != nil {
		return errors.Join(err, closing())
	}
	m, err := diagnosis.Measure(ctx, n, examples, s.seed, s.workers)
	if err := errors.Join(err, closing()); err != nil {
		return err
	}
	findings := m.Findings(n)
	if s.rows != "" {
		if err := s.store(m); err != nil {
			return err
		}
	}
	if s.json {
		return writeJSON(w, struct {
			Measurement diagnosis.Measurement `json:"measurement"`
			Findings    []diagnosis.Finding   `json:"findings"`
		}{m, findings})
	}
	s.show(w, n, m, findings)
	return nil
}

// notOver refuses to write over a file that is read.
func notOver(flag, out string, inputs ...string) error {
	target, err := os.Stat(out)
	if err != nil {
		return nil // there is nothing yet, or writing says what is wrong
	}
	for _, in := range inputs {
		if info, err := os.Stat(in); err == nil && os.SameFile(target, info) {
			return fmt.Errorf("%s %s would write over a file that is read: give it another name", flag, out)
		}
	}
	return nil
}

// fill gives the net its weights.
func (s *diagnoseSettings) fill(n *network.Net[float32]) error {
	if s.init != "" {
		rule, err := initializer.Named(s.init)
		if err == nil {
			err = n.Initialize(func(*network.Layer[float32]) initializer.Initializer { return rule }, s.seed)
		}
		if err != nil {
			return fmt.Errorf("--init: %w", err)
		}
		return nil
	}
	file, err := weightfile.Open(s.weights)
	if err != nil {
		return err
	}
	err = n.Load(file)
	var already *weightfile.Error
	if err != nil && !errors.As(err, &already) {
		err = fmt.Errorf("%s: %w", s.weights, err)
	}
	return errors.Join(err, file.Close())
}

// store writes the rows.
func (s *diagnoseSettings) store(m diagnosis.Measurement) error {
	host, err := os.Hostname()
	if err != nil {
		return err
	}
	started := time.Now().UTC().Truncate(time.Microsecond)
	for i := range m.Rows {
		m.Rows[i].RunID, m.Rows[i].Host, m.Rows[i].Started = "diagnose", host, started
		m.Rows[i].Data, m.Rows[i].Initializer = s.data, s.init
		if s.init == "" {
			m.Rows[i].Initializer = s.weights
		}
	}
	return atomicfile.Write(s.rows, func(w io.Writer) error { return rowfile.WriteParquet(w, m.Rows) })
}

func (s *diagnoseSettings) show(w io.Writer, n *network.Net[float32], m diagnosis.Measurement, findings []diagnosis.Finding) {
	from := s.weights
	if s.init != "" {
		from = fmt.Sprintf("%s, seed %d", s.init, s.seed)
	}
	fmt.Fprintf(w, "%s (%s): %s parameters, %s of %s\n", s.net, from, thousands(int64(n.ParameterCount())), plural(m.Examples, "example"), s.data)
	if !math.IsNaN(m.Loss) {
		fmt.Fprintf(w, "cross-entropy %s, %.1f%% right\n", figure(m.Loss), 100*float64(m.Right)/float64(m.Examples))
	}
	fmt.Fprintln(w)
	l := &listing{header: []string{"layer", "name", "activation", "units", "RMS", "saturated", "zero", "never firing", "rank", "gradient", "dW/W", "NaN, Inf"},
		right: map[int]bool{0: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true, 10: true, 11: true}}
	for _, x := range m.Layers {
		never := fmt.Sprint(x.NeverFiring)
		if x.Index == 0 {
			never = ""
		}
		l.add(fmt.Sprint(x.Index), x.Name, x.Activation, fmt.Sprint(x.Units), brief(x.RMS), percent(x.Saturated), percent(x.Zero),
			never, brief(x.EffectiveRank), brief(x.GradientRMS), brief(x.WeightRatio), fmt.Sprint(x.NotFinite))
	}
	l.text(w)
	fmt.Fprintln(w)
	showFindings(w, findings)
	if s.rows != "" {
		fmt.Fprintf(w, "\nAll statistics are in %s.\n", s.rows)
	}
}

// brief writes a number with three digits, nothing for one that does not exist.
func brief(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return fmt.Sprintf("%.3g", x)
}

func percent(x float64) string {
	if math.IsNaN(x) {
		return ""
	}
	return fmt.Sprintf("%.1f%%", 100*x)
}
