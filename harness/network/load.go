package network

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"actinit/datasets/weightfile"
	"actinit/kernels"
)

// Load fills the parameters from a file's tensors of the same names and shapes, PyTorch's:
// "fc1.weight" of (units, inputs) or (out, in, k, k), "fc1.bias" of (units). Values of
// float64 are rounded to T.
//
// Every parameter must be in the file, and every tensor of the file in the net: the error
// says what is missing, what is left over and what has another shape, before anything is read.
func (n *Net[T]) Load(file *weightfile.File) error {
	stored := file.Tensors()
	place := map[string]int{}
	for i, t := range stored {
		place[t.Name] = i
	}
	var missing, left, other []string
	wanted := map[string]bool{}
	for _, p := range n.parameters {
		wanted[p.Name] = true
		switch i, ok := place[p.Name]; {
		case !ok:
			missing = append(missing, fmt.Sprintf("%s %v", printable(p.Name), p.Shape))
		case !slices.Equal(stored[i].Shape, p.Shape):
			other = append(other, fmt.Sprintf("%s is %v, want %v", printable(p.Name), stored[i].Shape, p.Shape))
		}
	}
	for _, t := range stored {
		if !wanted[t.Name] {
			left = append(left, fmt.Sprintf("%s %v", printable(t.Name), t.Shape))
		}
	}
	var parts []string
	for _, list := range []struct {
		what  string
		names []string
	}{{"of another shape: ", other}, {"the net has, and the file has not: ", missing}, {"the file has, and the net has not: ", left}} {
		if len(list.names) > 0 {
			parts = append(parts, list.what+some(list.names))
		}
	}
	if parts != nil {
		return fmt.Errorf("its tensors are not the net's; %s", strings.Join(parts, "; "))
	}
	for _, p := range n.parameters {
		v, err := file.Read(place[p.Name])
		if err != nil {
			return err
		}
		if err := fillFrom(p, v); err != nil {
			return err
		}
	}
	return nil
}

// printable returns a name that a file gives, in quotes where it is not plain text.
func printable(name string) string {
	if quoted := strconv.Quote(name); quoted != `"`+name+`"` || len(name) > longestName {
		return quoted[:min(len(quoted), longestName)]
	}
	return name
}

// longestName is what an error shows of a name.
const longestName = 80

// some lists the first few.
func some(names []string) string {
	const shown = 6
	if len(names) > shown {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:shown], ", "), len(names)-shown)
	}
	return strings.Join(names, ", ")
}

// value returns value k.
func value(v weightfile.Values, k int) float64 {
	if v.Float64 == nil {
		return float64(v.Float32[k])
	}
	return v.Float64[k]
}

// fillFrom writes finite values, of which there are as many, to a parameter.
func fillFrom[T kernels.Float](p *Parameter[T], v weightfile.Values) error {
	for i := range p.Value.Rows {
		row := p.Value.Row(i)
		for j := range row {
			k := i*p.Value.Cols + j
			if x := value(v, k); math.IsNaN(x) || math.IsInf(x, 0) {
				return fmt.Errorf("tensor %q: value %d is %v", p.Name, k+1, x)
			}
			if v.Float64 == nil {
				row[j] = T(v.Float32[k])
				continue
			}
			if row[j] = T(v.Float64[k]); math.IsInf(float64(row[j]), 0) {
				return fmt.Errorf("tensor %q: value %d, %v, is beyond %T", p.Name, k+1, v.Float64[k], row[j])
			}
		}
	}
	return nil
}
