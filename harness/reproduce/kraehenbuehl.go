package reproduce

import (
	"context"
	"fmt"
	"math"
	"time"

	"actinit/harness/datainit"
	"actinit/harness/dense"
	"actinit/harness/network"
	"actinit/harness/training"
)

const (
	channelDepth  = 6
	channelWidth  = 48 // not more than the digits have directions
	channelBatch  = 512
	channelSeeds  = 5
	channelRounds = 10

	// Mean and variance are those of the pre-activations in their layer's scale, which the rates change.
	// float32 leaves mean and variance of a channel, whose inputs are positive and so
	// nearly cancel, with about so many digits.
	channelRounding = 1e-3
)

// A channelKind is one of the three directions of weights with what is claimed of it.
type channelKind struct {
	name, words             string
	channels, rates, rounds Claim
}

func newChannelKind(name, words string) channelKind {
	return channelKind{
		name, words,
		Claim{
			Statement: fmt.Sprintf("largest |mean| or |variance - 1| of a channel, %s", words), Published: 0, Source: "algorithm 1: within layers",
			Relation: AtMost, Tolerance: channelRounding,
		},
		Claim{
			Statement: fmt.Sprintf("largest rate of a layer / smallest - 1, %s", words), Published: .01, Source: "algorithm 2: between layers",
			Relation: AtMost,
		},
		Claim{
			Statement: fmt.Sprintf("rounds until the rates are equal, %s", words), Published: channelRounds, Source: "algorithm 2",
			Relation: AtMost,
		},
	}
}

var channelKinds = []channelKind{
	newChannelKind("kraehenbuehl_gaussian", "Gaussian"),
	newChannelKind("kraehenbuehl_pca", "PCA"),
	newChannelKind("kraehenbuehl_kmeans", "k-means"),
}

var kraehenbuehl = Experiment{
	Name: "kraehenbuehl", Paper: "Kraehenbuehl et al. 2015",
	About: "data-dependent weights on the digits: channels of mean 0 and variance 1, then layers that learn at one rate",
	Cost:  6 * time.Second, Seeds: channelSeeds,
	Claims: func() []Claim {
		var claims []Claim
		for _, k := range channelKinds {
			claims = append(claims, k.channels, k.rates, k.rounds)
		}
		return claims
	}(),
	Run: runKraehenbuehl,
}

func runKraehenbuehl(ctx context.Context, e *Env) error {
	d := biased(tower(channelDepth, channelWidth, "relu"))
	d.Input = []int{digitsSize}
	found := perClaim{}
	for _, seed := range e.Seeds() {
		train, _, err := training.Digits(seed)
		if err != nil {
			return err
		}
		x := train.X.RowRange(0, channelBatch)
		for _, k := range channelKinds {
			kind, err := datainit.New(k.name, nil)
			if err != nil {
				return err
			}
			n, err := network.New[float32](d, nil, e.Workers)
			if err != nil {
				return err
			}
			report, err := kind.Apply(ctx, n, x, seed)
			if err != nil {
				return err
			}
			largest := 0.
			if _, err := n.Forward(ctx, x, observer(func(q network.Quantity, l int, m dense.Matrix[float32]) {
				if q == network.Preactivation {
					largest = max(largest, channelDeviation(m))
				}
			})); err != nil {
				return err
			}
			found.add(k.channels, largest)
			rounds := 0 // that changed rates: the last only measures them
			for _, s := range report.Steps {
				if s.Measure == datainit.Rate {
					rounds = max(rounds, s.Round-1)
				}
			}
			found.add(k.rounds, float64(rounds))
			// The last steps are those of the layers' final rates.
			final := report.Steps[len(report.Steps)-channelDepth:]
			low, high := math.Inf(1), 0.
			for _, s := range final {
				low, high = min(low, s.Measured), max(high, s.Measured)
				e.Point("rate of change against layer, the last round", k.words, seed, float64(s.Layer), s.Measured)
			}
			found.add(k.rates, high/low-1)
			// Those of the layers' weights come first.
			for _, s := range report.Steps[channelDepth : 2*channelDepth] {
				e.Point("rate of change against layer, the first round", k.words, seed, float64(s.Layer), s.Measured)
			}
			e.Step(channelSeeds * len(channelKinds))
		}
	}
	found.measured(e, e.experiment.Claims)
	return nil
}

// channelDeviation returns how far a channel's mean is from 0, or its variance from 1, at most,
// where the matrix is divided by the root mean square of all.
func channelDeviation(m dense.Matrix[float32]) float64 {
	square, largest := meanSquare(m), 0.
	for k := range m.Cols {
		column := dense.New[float32](m.Rows, 1)
		for i := range m.Rows {
			column.Row(i)[0] = m.Row(i)[k]
		}
		mean, variance := meanVariance(column)
		largest = max(largest, math.Abs(mean)/math.Sqrt(square), math.Abs(variance/square-1))
	}
	return largest
}
