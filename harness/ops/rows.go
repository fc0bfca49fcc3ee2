package ops

// table is the only list of operations in the harness.
var table = []Row{}
