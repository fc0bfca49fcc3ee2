package history

import (
	"cmp"
	"math"
	"math/rand/v2"
	"slices"
	"sync"
)

// split returns the index at which the values after differ most from those before, and the
// probability of so large a difference when the order of the values is random: that of so many
// simulated orders, but never less than smallestP. Fewer than two values have none.
func split(values []float64, orders int) (at int, p float64) {
	n := len(values)
	if n < 2 {
		return 0, 1
	}
	at, statistic := largest(ranks(values))
	null := statistics(n, orders)
	i, _ := slices.BinarySearch(null, statistic)
	p = float64(len(null)-i+1) / float64(len(null)+1)
	return at, max(p, smallestP(n))
}

// ranks returns the ranks of values, ties with their mean, minus the mean of all ranks.
func ranks(values []float64) []float64 {
	n := len(values)
	order := make([]int, n)
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return cmp.Compare(values[a], values[b]) })
	ranks := make([]float64, n)
	for i := 0; i < n; {
		j := i + 1
		for j < n && values[order[j]] == values[order[i]] {
			j++
		}
		for k := i; k < j; k++ {
			ranks[order[k]] = float64(i+j-1)/2 - float64(n-1)/2
		}
		i = j
	}
	return ranks
}

// largest returns the split at which the sum of the centred ranks before is largest in units
// of its standard deviation under random order, sqrt(k (n-k) (n+1) / 12) at a split after k.
func largest(centred []float64) (at int, statistic float64) {
	n := float64(len(centred))
	sum := 0.
	for i, r := range centred[:len(centred)-1] {
		sum += r
		k := float64(i + 1)
		if z := math.Abs(sum) / math.Sqrt(k*(n-k)*(n+1)/12); z > statistic+1e-12 {
			at, statistic = i+1, z
		}
	}
	return at, statistic
}

// How many random orders are simulated. No probability is less than that of one of them, so that
// there are more where there are more series to correct for, up to what takes a second for each length of series.
const (
	leastOrders = 100_000
	mostOrders  = 1_000_000
)

// ordersFor returns how many orders to simulate so that probabilities of half of p are still told apart
// from none, and whether p itself can be reached at all.
func ordersFor(p float64) (orders int, enough bool) {
	orders = int(min(mostOrders, max(leastOrders, math.Ceil(2/p))))
	return orders, 1/float64(orders+1) < p
}

// simulated holds what statistics has computed, by n and orders.
var simulated sync.Map

// statistics returns the statistic of random orders of n ranks, sorted.
func statistics(n, orders int) []float64 {
	key := [2]int{n, orders}
	if s, ok := simulated.Load(key); ok {
		return s.([]float64)
	}
	r := rand.New(rand.NewPCG(uint64(n), 1))
	centred := make([]float64, n)
	for i := range centred {
		centred[i] = float64(i) - float64(n-1)/2
	}
	found := make([]float64, orders)
	for i := range found {
		r.Shuffle(n, func(a, b int) { centred[a], centred[b] = centred[b], centred[a] })
		_, found[i] = largest(centred)
	}
	slices.Sort(found)
	simulated.Store(key, found)
	return found
}

// smallestP is the smallest probability that n values can give: that of all smaller values on
// one side, in parts as equal as can be, 2 / (n choose n/2); twice that where n is odd, and
// either part can be the larger.
func smallestP(n int) float64 {
	a, _ := math.Lgamma(float64(n + 1))
	b, _ := math.Lgamma(float64(n/2 + 1))
	c, _ := math.Lgamma(float64(n - n/2 + 1))
	return min(1, float64(2+2*(n%2))*math.Exp(b+c-a))
}
