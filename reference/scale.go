package reference

import "math"

// LectureXavierStd returns 1/sqrt(Din), what the lecture calls Xavier
// initialisation (and others LeCun normal).
func LectureXavierStd(fanIn int) float64 { return 1 / math.Sqrt(float64(fanIn)) }

// XavierStd returns gain*sqrt(2/(fanIn+fanOut)), the standard deviation of
// Glorot's normal initialiser [Glorot & Bengio 2010].
func XavierStd(fanIn, fanOut int, gain float64) float64 {
	return gain * math.Sqrt(2/(float64(fanIn)+float64(fanOut)))
}

// XavierBound returns gain*sqrt(6/(fanIn+fanOut)), the bound a of Glorot's
// uniform initialiser U(-a, a). Its standard deviation a/sqrt(3) is XavierStd.
func XavierBound(fanIn, fanOut int, gain float64) float64 {
	return gain * math.Sqrt(6/(float64(fanIn)+float64(fanOut)))
}

// KaimingStd returns gain/sqrt(fan), the standard deviation of He's normal
// initialiser [He 2015], for the fan of either mode.
func KaimingStd(fan int, gain float64) float64 { return gain / math.Sqrt(float64(fan)) }

// KaimingBound returns gain*sqrt(3/fan), the bound of He's uniform initialiser.
// Its standard deviation is KaimingStd.
func KaimingBound(fan int, gain float64) float64 { return gain * math.Sqrt(3/float64(fan)) }
