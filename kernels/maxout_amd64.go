//go:build amd64 && !purego

package kernels

// A maxoutAssembly is the assembly of an instruction set, for multiples of lanes units.
type maxoutAssembly struct {
	lanes    int
	winners  func(dst *float32, argmax *uint8, src *float32, k, stride, n int)
	largest  func(dst, src *float32, k, stride, n int)
	gradient func(dst, grad *float32, argmax *uint8, k, stride, n int)
}

var (
	maxoutIn256 = maxoutAssembly{8, maxoutWinnersAVX2, maxoutVectorsAVX2, maxoutGradVectorsAVX2}
	maxoutIn512 = maxoutAssembly{16, maxoutWinnersAVX512, maxoutVectorsAVX512, maxoutGradVectorsAVX512}
)

// chunk is how many of n units the assembly is given at a time: it cannot be
// preempted, and handles vectorChunk elements in a tenth of a millisecond at most.
func (a *maxoutAssembly) chunk(k, n int) int {
	return min(max(vectorChunk/k, a.lanes), n) &^ (a.lanes - 1)
}

// forward computes whole vectors of units, and returns how many.
func (a *maxoutAssembly) forward(dst []float32, argmax []uint8, src []float32, k, stride int) (done int) {
	for {
		n := a.chunk(k, len(dst)-done)
		if n == 0 {
			return done
		}
		if argmax == nil {
			a.largest(&dst[done], &src[done], k, stride, n)
		} else {
			a.winners(&dst[done], &argmax[done], &src[done], k, stride, n)
		}
		done += n
	}
}

// backward is forward for the gradient.
func (a *maxoutAssembly) backward(dst, grad []float32, argmax []uint8, k, stride int) (done int) {
	for {
		n := a.chunk(k, len(grad)-done)
		if n == 0 {
			return done
		}
		a.gradient(&dst[done], &grad[done], &argmax[done], k, stride, n)
		done += n
	}
}

// maxoutAVX512 leaves what fills no vector to maxoutAVX2.
func maxoutAVX512(dst []float32, argmax []uint8, src []float32, k, stride int) {
	done := maxoutIn512.forward(dst, argmax, src, k, stride)
	if argmax != nil {
		argmax = argmax[done:]
	}
	if done < len(dst) {
		maxoutAVX2(dst[done:], argmax, src[done:], k, stride)
	}
}

func maxoutAVX2(dst []float32, argmax []uint8, src []float32, k, stride int) {
	done := maxoutIn256.forward(dst, argmax, src, k, stride)
	if argmax != nil {
		argmax = argmax[done:]
	}
	if done < len(dst) {
		maxoutScalar(dst[done:], argmax, src[done:], k, stride)
	}
}

// maxoutGradAVX512 is to maxoutGradAVX2 as maxoutAVX512 to maxoutAVX2.
func maxoutGradAVX512(dst, grad []float32, argmax []uint8, k, stride int) {
	checkWinnersVectors(argmax, k)
	done := maxoutIn512.backward(dst, grad, argmax, k, stride)
	if done < len(grad) {
		maxoutGradAVX2(dst[done:], grad[done:], argmax[done:], k, stride)
	}
}

func maxoutGradAVX2(dst, grad []float32, argmax []uint8, k, stride int) {
	checkWinnersVectors(argmax, k)
	done := maxoutIn256.backward(dst, grad, argmax, k, stride)
	if done < len(grad) {
		maxoutGradScalar(dst[done:], grad[done:], argmax[done:], k, stride)
	}
}

// checkWinnersVectors is checkWinners.
func checkWinnersVectors(argmax []uint8, k int) {
	const lanes = 8
	for len(argmax) >= lanes {
		n := min(vectorChunk, len(argmax)) &^ (lanes - 1)
		if int(largestByteAVX2(&argmax[0], n)) >= k {
			panic(panicWinner)
		}
		argmax = argmax[n:]
	}
	checkWinners(argmax, k)
}
