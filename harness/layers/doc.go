// Package layers runs deep fully connected nets forward and backward on a batch
// and records what every layer does to the distributions of activations and of
// gradients. It is the lecture's experiment: with weights of standard deviation
// .01 a six-layer tanh net of 4096 units falls silent, with .05 it saturates,
// with Xavier's it works.
//
// # The net
//
// Layer l = 1 .. depth of package network has a weight matrix (units x fan-in), and biases
// only where a sweep or an initialiser asks for them. x_0 = h_0 is the input, batch x inputs. The backward pass starts from a matrix G of
// independent N(0,1) values as dL/dh_L, that is from L = sum(G * h_L) over units and
// examples. Weight gradients are sums over the batch, not means.
package layers
