package result

import (
	"cmp"
	"math"
	"slices"
)

// A Peak is what all samples of one limit on one machine say together.
type Peak struct {
	Name    string
	Type    string
	ISA     string
	Workers int64
	Bytes   int64
	Host    string

	Best    float64 // highest rate: what the machine can do, bytes, operations or instructions per second
	Median  float64
	Samples int

	// Slow and Fast are the centres of the two modes that the rates have, both 0 if they have one.
	Slow, Fast float64
}

// TwoModes reports whether the rates have two modes.
func (p Peak) TwoModes() bool { return p.Fast > 0 }

// Memory reports whether the limit is one of memory.
func (p Peak) Memory() bool { return p.Bytes > 0 }

// limit is what the peak is of, on whatever machine.
func (p Peak) limit() Peak {
	return Peak{Name: p.Name, Type: p.Type, ISA: p.ISA, Workers: p.Workers, Bytes: p.Bytes}
}

// Peaks returns the peak of every limit in rows on every machine, in the order of Limits and then by
// type, instruction set, workers, bytes and host.
func Peaks(rows []Limit) []Peak {
	rates := map[Peak][]float64{}
	for _, r := range rows {
		k := Peak{Name: r.Name, Type: r.Type, ISA: r.ISA, Workers: r.Workers, Bytes: r.Bytes, Host: r.Host}
		rates[k] = append(rates[k], r.PerS)
	}
	var peaks []Peak
	for p, perS := range rates {
		slices.Sort(perS)
		p.Best, p.Median, p.Samples = perS[len(perS)-1], median(perS), len(perS)
		if slow, fast, two := twoModes(perS); two {
			p.Slow, p.Fast = slow, fast
		}
		peaks = append(peaks, p)
	}
	order := Limits()
	slices.SortFunc(peaks, func(a, b Peak) int {
		return cmp.Or(cmp.Compare(slices.Index(order, a.Name), slices.Index(order, b.Name)), cmp.Compare(a.Name, b.Name), cmp.Compare(a.Type, b.Type),
			cmp.Compare(a.ISA, b.ISA), cmp.Compare(a.Workers, b.Workers), cmp.Compare(a.Bytes, b.Bytes), cmp.Compare(a.Host, b.Host))
	})
	return peaks
}

// Machines returns the hosts of peaks, in the order of their names.
func Machines(peaks []Peak) []string {
	var hosts []string
	for _, p := range peaks {
		if !slices.Contains(hosts, p.Host) {
			hosts = append(hosts, p.Host)
		}
	}
	slices.Sort(hosts)
	return hosts
}

// Extremes returns, of each limit among peaks, that of the machine where its best rate is lowest and
// that of the machine where it is highest. Of one machine both are its own.
func Extremes(peaks []Peak) (slowest, fastest []Peak) {
	at := map[Peak]int{}
	for _, p := range peaks {
		i, there := at[p.limit()]
		switch {
		case !there:
			at[p.limit()] = len(fastest)
			slowest, fastest = append(slowest, p), append(fastest, p)
		case p.Best > fastest[i].Best:
			fastest[i] = p
		case p.Best < slowest[i].Best:
			slowest[i] = p
		}
	}
	return slowest, fastest
}

// When rates have two modes. They are cut in two at the largest gap between the logarithms of
// neighbours that leaves enough on either side; the groups must be far apart, nothing may lie between them,
// and each must be narrow against the distance. Of 10 rates of one mode this takes less than 1% for
// two if they spread evenly, normally or like waiting times, and 2 or 3% if a fifth of them are disturbed at
// random; of two modes a factor 2 apart, each with a noise of 5%, it sees 85%, and 99% of 20.
const (
	modeShare    = .2   // of the rates at least in each
	modeLeast    = 3    // rates in each
	modeApart    = .15  // the faster one at least so much faster
	modeGap      = .65  // of the distance of the centres that is empty
	modeNarrow   = 12   // distance of the centres in mean deviations from them
	modeResolved = 1e-3 // least mean deviation, so that equal rates are not infinitely narrow
)

// twoModes returns the centres of two modes of sorted rates, if there are two.
func twoModes(rates []float64) (slow, fast float64, two bool) {
	least := max(modeLeast, int(math.Ceil(modeShare*float64(len(rates)))))
	at, gap := 0, 0.
	for i := least; i <= len(rates)-least; i++ {
		if d := math.Log(rates[i] / rates[i-1]); d > gap {
			at, gap = i, d
		}
	}
	if at == 0 {
		return 0, 0, false
	}
	slow, fast = median(rates[:at]), median(rates[at:])
	deviation := 0.
	for i, r := range rates {
		centre := slow
		if i >= at {
			centre = fast
		}
		deviation += math.Abs(math.Log(r/centre)) / float64(len(rates))
	}
	apart := math.Log(fast / slow)
	return slow, fast, apart >= math.Log(1+modeApart) && gap >= modeGap*apart && apart >= modeNarrow*max(deviation, modeResolved)
}
