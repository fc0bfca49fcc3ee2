// Package network runs nets of dense, convolutional and residual layers forward
// and backward, with any activation of the table, and shows every matrix that
// arises to an observer. It is what the layer statistics, the training
// experiments and the data-dependent initialisers share.
//
// # The net
//
// A [Description] says what the net is made of, in Go or as JSON; [New] makes
// its memory; [Net.Initialize] or the caller fills its weights. Layer l = 1 ..
// depth, counted in the order of the forward pass, those of residual branches
// included, computes from its input u (examples x inputs)
//
//	z_l = u W_l^T + b_l        h_l = f(z_l)
//
// A maxout layer of k pieces and a gated unit of two have as many weight
// matrices, stacked into one of k*units rows; h_l is the largest of the pieces,
// or the first piece times f of the second. A residual element adds what its
// branch makes of the stream to the stream:
//
//	y = f(x + m * branch(x))        m = 1 unless it is learned
//
// The backward pass starts from G = dL/dh_depth and computes
//
//	dL/dz_l = dL/dh_l * f'(z_l)
//	dL/dW_l = (dL/dz_l)^T u        summed over the examples
//	dL/du   = dL/dz_l W_l
//
// # Signals
//
// A signal is a matrix with a row for each position of each example and a
// column for each channel: examples x units for dense layers, examples*height*width
// x channels for images, position by position. Convolutions gather the patches of
// all positions into one matrix (im2col), whose product with the weights is the
// layer. Examples of images come in PyTorch's order (channel, row, column), and
// weights have PyTorch's shapes, (units, inputs) and (out, in, k, k); a dense layer
// on an image takes its values in that order too.
//
// # Numbers
//
// Activations are the project's kernels, and so are the products of float32 matrices
// (package sgemm), which have other bits without vectors than with them; those of float64
// are gonum's. Results do not depend on the number of workers.
package network
