package ops

// faithfulTwins are the rows of the faithfully rounded float32 kernels: the forward
// functions of other rows with a wider promise.
func faithfulTwins() (twins []Row) {
	for _, name := range []string{"sigmoid", "tanh", "elu", "selu", "silu", "softplus", "hardswish", "exp"} {
		row, found := Find(name)
		if !found {
			panic("ops: no row of this name: " + name)
		}
		row.Twin = name
		row.Name, row.Title = FaithfulTwin(name), row.Title+", faithful"
		row.Forward.Promise32 = Promise{Rounding: Faithful, ULP: 1}
		row.Forward.Formula = row.Formula
		twins = append(twins, row)
	}
	return twins
}
