// Package initializer fills weights before training: constants, the fixed
// normal and uniform distributions, and those that are scaled by a layer's fans
// so that activations and gradients keep their spread through the layers
// (Glorot and Bengio 2010, He et al. 2015).
//
// An [Initializer] is data: a distribution, the fan it is scaled by and a gain.
// [All] lists those with a name, [Named] finds one, and the constructors make
// others. A fill depends only on the seed, the stream and the weight's index:
// never on the number of workers. Give every tensor of a model a stream of
// its own.
package initializer
