//go:build !purego

package roofline

import "actinit/kernels"

var vectorLoops = map[kernels.Variant]*loops{
	kernels.AVX2: {
		lanes32: 8, lanes64: 4,
		load:  loadAVX2,
		store: storeAVX2, storePast: storePastAVX2,
		copy: copyAVX2, copyPast: copyPastAVX2,
		add: addAVX2, addPast: addPastAVX2,
		fused32: fused32AVX2, fused64: fused64AVX2,
		quotients32: quotients32AVX2, quotients64: quotients64AVX2,
		mixed: mixedAVX2,
	},
	kernels.AVX512: {
		lanes32: 16, lanes64: 8,
		load:  loadAVX512,
		store: storeAVX512, storePast: storePastAVX512,
		copy: copyAVX512, copyPast: copyPastAVX512,
		add: addAVX512, addPast: addPastAVX512,
		fused32: fused32AVX512, fused64: fused64AVX512,
		quotients32: quotients32AVX512, quotients64: quotients64AVX512,
		mixed: mixedAVX512,
	},
}
