package verify

import "actinit/kernels"

// unitsOf lists the units of one subject.
func unitsOf[T kernels.Float](o *Options, s subject[T]) []Unit { return nil }
