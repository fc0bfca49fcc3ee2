package dense

import "actinit/kernels"

// A Workspace lends matrices by name and gives the same memory to whoever asks
// for the name again: nets of a run follow one another in the same memory.
type Workspace[T kernels.Float] map[slot][]T

// A slot names one matrix of a workspace.
type slot struct {
	name  string
	index int
}

// Matrix returns the matrix of that name and index. Its contents are whatever was left there.
func (w Workspace[T]) Matrix(name string, index, rows, cols int) Matrix[T] {
	s := slot{name, index}
	stride := StrideFor(cols)
	if n := rows * stride; cap(w[s]) < n {
		w[s] = kernels.AlignedSlice[T](n)
	} else {
		w[s] = w[s][:n]
	}
	return Matrix[T]{rows, cols, stride, w[s]}
}
