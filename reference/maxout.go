package reference

import "math"

// Maxout and its derivative are exact.
const (
	MaxoutULP           = 0
	MaxoutDerivativeULP = 0
)

// Maxout returns the largest of the pieces and its index, the first one's in a
// tie (-0 and +0 tie). A NaN wins over every number, and the first NaN over
// others. It panics if there is no piece.
func Maxout(pieces []float64) (y float64, argmax int) {
	if len(pieces) == 0 {
		panic("reference: maxout of no pieces")
	}
	for j, piece := range pieces {
		if math.IsNaN(piece) {
			return piece, j
		}
		if piece > pieces[argmax] {
			argmax = j
		}
	}
	return pieces[argmax], argmax
}

// MaxoutDerivative returns the derivative of Maxout by piece j: 1 for the piece
// that won and 0 for the others.
func MaxoutDerivative(pieces []float64, j int) float64 {
	if _, argmax := Maxout(pieces); argmax == j {
		return 1
	}
	return 0
}
