package ops

// FaithfulTwin returns the name of the faithfully rounded float32 twin of an operation.
func FaithfulTwin(op string) string { return op + "_faithful" }
