package reference

// Fans returns the number of inputs and of outputs of one unit for a weight of
// shape (out, in/groups, k...): fan_in = shape[1]*receptive field and
// fan_out = shape[0]*receptive field, the receptive field being the product of
// the kernel's sizes k, 1 for a fully connected layer. So a convolution with
// square filters has fan_in = filter_size^2 * input_channels.
//
// It panics if the shape has fewer than two dimensions.
func Fans(shape []int) (fanIn, fanOut int) {
	if len(shape) < 2 {
		panic("reference: a weight's shape has at least two dimensions")
	}
	receptiveField := 1
	for _, size := range shape[2:] {
		receptiveField *= size
	}
	return shape[1] * receptiveField, shape[0] * receptiveField
}
