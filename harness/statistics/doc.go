// Package statistics describes sets of numbers and the signals of layers: moments and
// histograms ([Set]), what single units do over a whole data set ([Units]), and along how
// many dimensions a signal varies ([Covariance], [Gram], [Ranks]), and by how much a linear map stretches
// ([SingularValues], [Operator]).
//
// Everything merges: a data set may be larger than memory and come in batches, and the
// parts that shards or workers saw combine to what one would have seen, counts exactly and
// sums to rounding. What Describe returns does not depend on the number of workers, bit
// for bit. NaN and infinities are counted, and left out of everything else.
package statistics
