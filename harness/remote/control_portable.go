//go:build !amd64 || purego

package remote

// controlRegister returns 0: what the register is called elsewhere no kernel here changes.
func controlRegister() uint32 { return 0 }

func setControlRegister(uint32) {}
