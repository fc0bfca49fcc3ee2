package noise

import (
	"bytes"
	"strconv"
)

const (
	tickNs = 10_000_000 // of /proc/stat, whatever the kernel's own tick is

	// stealColumn is the place of the time stolen in a line of /proc/stat: cpu user nice system idle iowait irq softirq steal.
	stealColumn = 8
)

// stolen returns the time stolen from all CPUs, ns, from the text of /proc/stat, whose first
// line is their sum; -1 if the text has no such column.
func stolen(stat []byte) int64 {
	line, _, _ := bytes.Cut(stat, []byte("\n"))
	if !bytes.HasPrefix(line, []byte("cpu ")) {
		return -1
	}
	for column := 0; ; column++ {
		line = bytes.TrimLeft(line, " ")
		field, rest, _ := bytes.Cut(line, []byte(" "))
		if len(field) == 0 {
			return -1
		}
		if column == stealColumn {
			ticks, ok := decimal(field)
			if !ok {
				return -1
			}
			return ticks * tickNs
		}
		line = rest
	}
}

// decimal is strconv.ParseInt of a small number without an allocation, which the watch would count.
func decimal(digits []byte) (n int64, ok bool) {
	const most = 1 << 62 / tickNs
	for _, d := range digits {
		if d < '0' || d > '9' || n > most/10-1 {
			return 0, false
		}
		n = 10*n + int64(d-'0')
	}
	return n, true
}

// loadOf returns the first number of /proc/loadavg's text.
func loadOf(loadavg []byte) *float64 {
	first, _, found := bytes.Cut(loadavg, []byte(" "))
	load, err := strconv.ParseFloat(string(first), 64)
	if !found || err != nil || !(load >= 0) {
		return nil
	}
	return &load
}
