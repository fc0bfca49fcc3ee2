package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/spf13/cobra"

	"actinit/datasets/atomicfile"
	"actinit/harness/advice"
	"actinit/harness/diagnosis"
	"actinit/harness/network"
)

// adviseSettings are the flags of the command advise.
type adviseSettings struct {
	ownNet
	out string
}

func newAdvise() *cobra.Command {
	var s adviseSettings
	cmd := &cobra.Command{
		Use:   "advise --net FILE [--data FILE]",
		Short: "the initialiser of each layer of your own net that keeps its signal alive",
		Long: `Name for each layer of a net the initialiser and the gain that keep signal and gradient their size, from theory, and verify them by
a run, beside PyTorch's defaults: on N(0,1) inputs, or on a data set's.

The gain of a layer is 1/sqrt(E f(z)^2), z ~ N(0,1), of the activation before it; SELU takes LeCun's. The last layer of a residual
branch is scaled down by the root of the number of branches, or is 0 where the net has Fixup's scalars (scalar_bias, multiplier).

z is the RMS of a layer's pre-activations, and gradient the norm of the loss's gradient by its activations beside the top layer's.
What is wrong even with the advised weights is said as "actinit diagnose" does. The description that follows is what "actinit init --spec" draws weights from.`,
		Example: `  actinit advise --net net.json
  actinit advise --net net.json --data train.parquet --label class --standardize --out spec.json
  actinit init --spec spec.json --out weights.safetensors`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return s.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	s.register(cmd.Flags())
	cmd.Flags().StringVar(&s.out, "out", "", "write the description for actinit init to a `FILE` instead of printing it")
	return cmd
}

func (s *adviseSettings) run(ctx context.Context, w io.Writer) error {
	if s.data == "" && s.ofTable() {
		return errors.New(tableFlags + ": --data is missing")
	}
	if err := notOver("--out", s.out, s.net, s.data); err != nil {
		return err
	}
	n, err := s.makeNet()
	if err != nil {
		return err
	}
	s.data = cmp.Or(s.data, dataNormal)
	examples, closing, err := s.examples(n)
	if err != nil {
		return err
	}
	on := fmt.Sprintf("%s of %s", plural(examples.Len(), "example"), s.data)
	switch table := examples.(type) {
	case *diagnosis.Table:
		examples = table.Unlabelled()
	case diagnosis.Normal:
		on = fmt.Sprintf("%d examples of N(0,1) values", table.Len())
	}
	a := advice.For(n)
	err = a.Verify(ctx, n, examples, s.seed, s.workers)
	if err := errors.Join(err, closing()); err != nil {
		return err
	}
	spec := a.Network(n)
	if s.out != "" {
		if err := atomicfile.Write(s.out, func(w io.Writer) error { return writeJSON(w, spec) }); err != nil {
			return err
		}
	}
	if s.json {
		return writeJSON(w, struct {
			Advice  advice.Advice  `json:"advice"`
			Network advice.Network `json:"network"`
		}{a, spec})
	}
	s.show(w, n, a, on)
	if s.out != "" {
		fmt.Fprintf(w, "\nThe description for actinit init is in %s.\n", s.out)
		return nil
	}
	fmt.Fprintln(w, "\nThe description for actinit init:")
	return writeJSON(w, spec)
}

func (s *adviseSettings) show(w io.Writer, n *network.Net[float32], a advice.Advice, on string) {
	fmt.Fprintf(w, "%s: %s parameters, verified on %s (RMS %s), seed %d\n\n", s.net, thousands(int64(n.ParameterCount())), on, brief(a.InputRMS), s.seed)
	l := &listing{header: []string{"layer", "name", "activation", "init", "gain", "why", "z, torch", "z, advised", "gradient, torch", "gradient, advised"},
		right: map[int]bool{0: true, 4: true, 6: true, 7: true, 8: true, 9: true}}
	for _, c := range a.Choices {
		l.add(fmt.Sprint(c.Layer), c.Name, c.Activation, c.Init, figure(c.Gain), c.Why, brief(c.RMSBefore), brief(c.RMSAfter), brief(c.GradientBefore), brief(c.GradientAfter))
	}
	l.text(w)
	if !math.IsNaN(a.ForwardAfter) {
		showFactors(w, a)
	}
	fmt.Fprintln(w, "\nWith the advised weights:")
	showFindings(w, a.Findings)
}

// showFactors shows by how much a layer multiplies signal and gradient.
func showFactors(w io.Writer, a advice.Advice) {
	forward := "1"
	if math.IsNaN(a.Expected) {
		forward = "" // no chain of layers: of residuals and of images, at whose borders zeros are taken in
	}
	fmt.Fprintf(w, "\na layer multiplies          torch   advised   theory\n")
	fmt.Fprintf(w, "  the signal going up      %6s    %6s   %6s\n", brief(a.ForwardBefore), brief(a.ForwardAfter), forward)
	fmt.Fprintf(w, "  the gradient going down  %6s    %6s   %6s\n", brief(a.BackwardBefore), brief(a.BackwardAfter), brief(a.Expected))
}
