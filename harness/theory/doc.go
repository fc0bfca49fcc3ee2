// Package theory says what signal propagation is expected to do to deep nets of
// random weights: the numbers that measured nets are held against. Every function
// names the paper that its formula stands in.
//
// A [Field] is an activation of the table under Gaussian pre-activations. A
// [WideNet] runs the recursions of wide layers over one net, layer by layer; an
// [Ensemble] has their fixed points: the variance and the correlation
// at which deep signals settle, the phase that makes of them, and the edge of chaos.
// What a finite width adds are [WideNet.LogVariance] and the [Walk]; what the
// Jacobian's singular values do is a [Spectrum]; what learning does from there, in a
// linear net, a [Mode].
//
// Expectations are quadratures with a relative error of about 1e-12 for smooth
// activations and for those whose kinks the table knows; NaN stands for what has no value.
package theory
