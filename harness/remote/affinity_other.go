//go:build !linux

package remote

import "errors"

func startOn(cpu int, start func() error) error {
	if cpu >= 0 {
		return errors.New("processes can be kept on one CPU on Linux only")
	}
	return start()
}
