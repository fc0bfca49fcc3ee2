// Package initializer fills weights before training, by every rule of
// torch.nn.init, JAX and Keras and some of the literature's: constants, fixed
// distributions, those that are scaled by a layer's fans so that activations and
// gradients keep their spread through the layers (Glorot and Bengio 2010, He et
// al. 2015), and matrices with a structure.
//
//	init := initializer.KaimingNormal(initializer.FanIn, math.Sqrt2)
//	err := init.Fill32(weights, []int{units, inputs}, seed, stream, workers)
//
// # Rules
//
// An [Initializer] is a rule with its parameters. It says what the weights of a
// shape will be ([Initializer.Promise]: mean, standard deviation, range, fan) and
// fills a slice with them. A function makes each one; [New] makes it by name from
// [Settings], as a file or a command line has them. [All] lists the names with their
// formulas and parameters; xavier_* and kaiming_* are PyTorch's, glorot_*, he_* and
// lecun_* are those of JAX and Keras, which cut the normal distribution at two standard
// deviations. [Torch], [JAX] and [Keras] are the frameworks' choices for each
// kind of layer.
//
// # Shapes
//
// Weights have PyTorch's shape, (out, in/groups, k...), and lie row by row: see
// [Fans]. JAX and Keras write (k..., in, out): take their shape's last two
// dimensions first, in reverse, and transpose the filled weights. The fans come
// to the same. A transposed convolution has PyTorch's shape (in, out/groups, k...):
// PyTorch takes its fans from that shape as it stands, fan_in from out/groups, and so
// do we.
//
// # Bits
//
// A fill depends only on the rule, the shape, the element type, the seed and the
// stream: never on the number of workers, the CPU or the instruction set. Weight e of
// a tensor with independent draws is made of element e of the stream (see
// actinit/kernels.Philox); rules that draw more, such as [Sparse], take those draws from the
// stream's second half, elements 2^63 and on, which no tensor reaches.
//
// Give every tensor of a model a stream of its own. [Network] does: it takes the
// stream from the tensor's name ([Stream]), so that to add, remove or reorder
// layers changes no other tensor. [ReadNetwork] reads a network from JSON.
//
// # Errors
//
// What cannot be done is an error of one line, and nothing is written: shapes
// with negative sizes or without the fan that a rule needs, NaN or infinite
// parameters, negative standard deviations, numbers beyond the element type.
package initializer
