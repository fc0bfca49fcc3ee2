package theory

import "math"

// A Mode is one singular mode of a deep linear net that learns from small or
// orthogonal, aligned weights (Saxe, McClelland & Ganguli 2013). The net's
// strength u in the mode goes from Start to Strength, the mode's singular value in
// the data's input-output correlation, as
//
//	Tau du/dt = D u^(2-2/D) (s - u)
//
// with D layers of equal weights u^(1/D) and Tau the inverse of the learning rate.
type Mode struct {
	Strength float64 // s > 0
	Start    float64 // u0, in (0, s)
	Depth    int     // D >= 1, layers of weights
	Tau      float64
}

// At returns u at time t. With two layers it is
//
//	u = s E / (E - 1 + s/u0)        E = e^(2 s t / Tau)
//
// and with others the inverse of [Mode.Time].
func (m Mode) At(t float64) float64 {
	s, u0 := m.Strength, m.Start
	if m.Depth == 2 {
		e := math.Exp(-2 * s * t / m.Tau)
		return s / (1 + (s/u0-1)*e)
	}
	// In the logit of u/s the time is steepest at the start or at the end, where
	// it is linear; a bracket is found by doubling.
	excess := func(y float64) float64 { return m.timeTo(y) - t }
	lo := logit(u0 / s)
	hi := lo + 1
	for step := 1.; excess(hi) < 0; step *= 2 {
		if hi > 36 { // u is s to the last digit
			return s
		}
		lo, hi = hi, hi+step
	}
	return s / (1 + math.Exp(-root(excess, lo, hi)))
}

// Time returns when the mode reaches strength u in [Start, Strength). With two layers it is
//
//	t = Tau/(2s) ln(u (s - u0) / (u0 (s - u)))
//
// and with others the integral of Tau / (D u^(2-2/D) (s - u)). With the learning
// rate that a depth bears, in proportion to 1/D, and a start that is not small it does
// not grow with depth.
func (m Mode) Time(u float64) float64 {
	s, u0 := m.Strength, m.Start
	if m.Depth == 2 {
		return m.Tau / (2 * s) * math.Log(u*(s-u0)/(u0*(s-u)))
	}
	return m.timeTo(logit(u / s))
}

// timeTo returns when the logit of u/s is y. There du = u (s-u)/s dy, which leaves
// Tau/(D s) times the integral of u^(2/D-1).
func (m Mode) timeTo(y float64) float64 {
	const width = .5 // of a panel
	s, power := m.Strength, 2/float64(m.Depth)-1
	start := logit(m.Start / s)
	n := max(1, int(math.Ceil((y-start)/width)))
	half := (y - start) / float64(n) / 2
	sum := 0.
	for i := range n {
		mid := start + half*float64(2*i+1)
		for j, x := range legendreNodes {
			u := s / (1 + math.Exp(-(mid + half*x)))
			sum += half * legendreWeights[j] * math.Pow(u, power)
		}
	}
	return m.Tau / (float64(m.Depth) * s) * sum
}

func logit(p float64) float64 { return math.Log(p / (1 - p)) }

// Descend returns u after steps of gradient descent on (s - a^D)^2/2 over D equal
// scalar weights a: a += rate (s - a^D) a^(D-1). It does not use Tau.
func (m Mode) Descend(rate float64, steps int) float64 {
	d := float64(m.Depth)
	a := math.Pow(m.Start, 1/d)
	for range steps {
		a += rate * (m.Strength - math.Pow(a, d)) * math.Pow(a, d-1)
	}
	return math.Pow(a, d)
}

// StepsTo returns how many steps of [Mode.Descend] it takes to reach strength u, and
// false where limit steps do not.
func (m Mode) StepsTo(u, rate float64, limit int) (steps int, ok bool) {
	d := float64(m.Depth)
	a := math.Pow(m.Start, 1/d)
	for steps = 0; steps <= limit; steps++ {
		if math.Pow(a, d) >= u {
			return steps, true
		}
		a += rate * (m.Strength - math.Pow(a, d)) * math.Pow(a, d-1)
	}
	return limit, false
}
