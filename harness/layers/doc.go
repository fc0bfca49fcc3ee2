// Package layers runs deep fully connected nets forward and backward on a batch
// and records what every layer does to the distributions of activations and of
// gradients. It is the lecture's experiment: with weights of standard deviation
// .01 a six-layer tanh net of 4096 units falls silent, with .05 it saturates,
// with Xavier's it works.
//
// # The net
//
// x_0 is the input, batch x inputs. Layer l = 1 .. depth has a weight matrix W_l
// (units x fan-in, row-major, no bias) and computes
//
//	z_l = h_{l-1} W_l^T        h_l = f(z_l)        h_0 = x_0
//
// A maxout layer has k weight matrices, stacked into one of k*units rows, and
// h_l is the largest of the k pieces. The backward pass starts from a matrix
// G of independent N(0,1) values as dL/dh_L, that is from L = sum(G * h_L) over
// units and examples, and computes
//
//	dL/dz_l = dL/dh_l * f'(z_l)
//	dL/dW_l = (dL/dz_l)^T h_{l-1}
//	dL/dh_{l-1} = dL/dz_l W_l
//
// Weight gradients are sums over the batch, not means.
//
// # Cost
//
// The activations are the project's kernels; the matrix products are gonum's
// blas32. Its Sgemm spreads 64x64 tiles over GOMAXPROCS goroutines, whatever
// Options.Workers says; each tile is summed by one goroutine in index order, so
// the bits do not depend on their number. On two Zen 3 threads it reaches 16 to
// 17 GFLOP/s at the sizes used here (one thread: 10). Of nets larger than the
// lecture's only one weight matrix is in memory at a time: the initialiser is a
// pure function of seed, stream and offset, so the backward pass draws each
// matrix again instead of keeping it.
//
// Sgemm skips products with a factor that is exactly zero, so 0*Inf counts as 0
// where IEEE 754 would give NaN. Infinities that arise are still counted.
package layers
