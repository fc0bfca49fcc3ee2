// Package theory says what signal propagation is expected to do to deep nets of
// random weights: the numbers that measured nets are held against. Every function
// names the paper that its formula stands in.
package theory
