//go:build amd64 && !purego

package kernels

// maxoutLanes is the number of units that the assembly's loops step by.
const maxoutLanes = 8

// maxoutChunk is how many units the assembly is given at a time: it cannot be
// preempted, and handles vectorChunk elements in a tenth of a millisecond at most.
func maxoutChunk(k int) int { return max(vectorChunk/k&^(maxoutLanes-1), maxoutLanes) }

func maxoutAVX2(dst []float32, argmax []uint8, src []float32, k, stride int) {
	chunk := maxoutChunk(k)
	for len(dst) >= maxoutLanes {
		n := min(chunk, len(dst)&^(maxoutLanes-1))
		if argmax == nil {
			maxoutVectorsAVX2(&dst[0], &src[0], k, stride, n)
		} else {
			maxoutWinnersAVX2(&dst[0], &argmax[0], &src[0], k, stride, n)
			argmax = argmax[n:]
		}
		dst, src = dst[n:], src[n:]
	}
	if len(dst) > 0 {
		maxoutScalar(dst, argmax, src, k, stride)
	}
}

func maxoutGradAVX2(dst, grad []float32, argmax []uint8, k, stride int) {
	whole := len(grad) &^ (maxoutLanes - 1)
	for from := 0; from < whole; from += vectorChunk {
		if int(largestByteAVX2(&argmax[from], min(vectorChunk, whole-from))) >= k {
			panic(panicWinner)
		}
	}
	checkWinners(argmax[whole:], k)
	chunk := maxoutChunk(k)
	for len(grad) >= maxoutLanes {
		n := min(chunk, len(grad)&^(maxoutLanes-1))
		maxoutGradVectorsAVX2(&dst[0], &grad[0], &argmax[0], k, stride, n)
		dst, grad, argmax = dst[n:], grad[n:], argmax[n:]
	}
	if len(grad) > 0 {
		maxoutGradScalar(dst, grad, argmax, k, stride)
	}
}
