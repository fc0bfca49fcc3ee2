package ops

import (
	"actinit/harness/result"
	"actinit/kernels"
)

// A Peer is somebody else's kernel for an operation of the table, at the default
// parameter. Programs that link peers register them at start; bench then times them
// beside ours, on the same operands and in the same rounds, as further variants.
type Peer struct {
	Kernel result.Kernel // Variant is the library: "xnnpack", "sleef-u10"

	// The one that fits Kernel's direction and type is set. Each computes its
	// results so many times over, so that the way into another language is paid
	// once for a sample and not for each call.
	Forward32  func(dst, src []float32, times int)
	Forward64  func(dst, src []float64, times int)
	Backward32 func(dst, grad, saved []float32, times int)
	Backward64 func(dst, grad, saved []float64, times int)
	Fill32     func(dst []float32, times int) // may have an array of as many elements of its own
}

var peers []Peer

// RegisterPeers adds peers. It is called before anything else happens.
func RegisterPeers(p ...Peer) { peers = append(peers, p...) }

// Peers returns the registered peers of a kernel's operation, direction and type.
func Peers(op, direction, typeName string) []Peer {
	var found []Peer
	for _, p := range peers {
		if k := p.Kernel; k.Op == op && k.Direction == direction && k.Type == typeName {
			found = append(found, p)
		}
	}
	return found
}

// PeerForward returns p's forward kernel for T, or nil.
func PeerForward[T kernels.Float](p Peer) func(dst, src []T, times int) {
	if f, ok := any(p.Forward32).(func(dst, src []T, times int)); ok {
		return f
	}
	f, _ := any(p.Forward64).(func(dst, src []T, times int))
	return f
}

// PeerBackward returns p's backward kernel for T, or nil.
func PeerBackward[T kernels.Float](p Peer) func(dst, grad, saved []T, times int) {
	if f, ok := any(p.Backward32).(func(dst, grad, saved []T, times int)); ok {
		return f
	}
	f, _ := any(p.Backward64).(func(dst, grad, saved []T, times int))
	return f
}

// FaithfulTwin returns the name of the faithfully rounded float32 twin of an operation.
func FaithfulTwin(op string) string { return op + "_faithful" }
