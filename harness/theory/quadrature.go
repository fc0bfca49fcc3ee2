package theory

import (
	"math"
	"slices"

	"gonum.org/v1/gonum/integrate/quad"
)

// legendreNodes and legendreWeights are a Gauss-Legendre rule on [-1, 1].
var legendreNodes, legendreWeights = func() (x, w [nodesPerPanel]float64) {
	quad.Legendre{}.FixedLocations(x[:], w[:], -1, 1)
	return x, w
}()

const nodesPerPanel = 8

// A panel is an interval of u with nodes and weights of a quadrature under the
// standard normal density.
type panel struct {
	lo, hi         float64
	nodes, weights [nodesPerPanel]float64
}

func newPanel(lo, hi float64) panel {
	p := panel{lo: lo, hi: hi}
	mid, half := (hi+lo)/2, (hi-lo)/2
	for i, x := range legendreNodes {
		u := mid + half*x
		p.nodes[i] = u
		p.weights[i] = half * legendreWeights[i] * density(u)
	}
	return p
}

// density is that of N(0, 1).
func density(u float64) float64 { return math.Exp(-u*u/2) / math.Sqrt(2*math.Pi) }

// reach is where the normal density is below 1e-17 of its peak.
const reach = 9

// panels cover [-reach, reach]. They shrink towards 0, where a saturating f of a
// large argument has all its bend.
var panels = func() []panel {
	ends := []float64{0}
	for u := math.Ldexp(1, -19); u < .5; u *= 2 {
		ends = append(ends, u, -u)
	}
	for u := .5; u <= reach; u += .5 {
		ends = append(ends, u, -u)
	}
	slices.Sort(ends)
	all := make([]panel, len(ends)-1)
	for i := range all {
		all[i] = newPanel(ends[i], ends[i+1])
	}
	return all
}()

// split shows p, or where kinks, in ascending order, are inside it the panels
// that they cut it into: no panel straddles a kink.
func split(p *panel, kinks []float64, show func(*panel)) {
	lo := p.lo
	for _, kink := range kinks {
		if lo < kink && kink < p.hi {
			part := newPanel(lo, kink)
			show(&part)
			lo = kink
		}
	}
	if lo == p.lo {
		show(p)
		return
	}
	part := newPanel(lo, p.hi)
	show(&part)
}
