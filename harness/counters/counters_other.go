//go:build !linux

package counters

// A Set is the counters of one thread: none on this system.
type Set struct{}

// Open returns a set of absent counters.
func Open() *Set { return &Set{} }

// Absent lists the counters that cannot be had here: all.
func (*Set) Absent() []Absence {
	var all []Absence
	for _, name := range names {
		all = append(all, Absence{name, "counters are read on Linux only"})
	}
	return all
}

// Start begins a Reading.
func (*Set) Start() {}

// Stop returns a Reading without any counter.
func (*Set) Stop() Reading { return reading([len(names)]*int64{}) }

// Close does nothing.
func (*Set) Close() error { return nil }
