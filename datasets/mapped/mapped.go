// Package mapped maps files into memory for reading, and survives it when a file is
// shortened while it is read.
//
// The operating system answers the read of a page that a mapped file no longer has with a
// fault (SIGBUS), which ends a Go program. Inside Guard it is an error.
package mapped

import (
	"errors"
	"os"
	"runtime"
	"runtime/debug"
	"unsafe"
)

// A File is a mapping of a whole file. It must not be written to. A nil *File is
// one of no file: it holds nothing.
type File struct {
	data  []byte
	unmap func() error
	file  *os.File // to notice that it became shorter
}

// ErrShrunk is returned where a file became shorter while it was read.
var ErrShrunk = errors.New("it became shorter while it was read (replace a file by renaming another to it)")

// Open maps f, which may be closed afterwards. size is its length, which must not be 0.
func Open(f *os.File, size int64) (*File, error) {
	data, unmap, err := mapFile(f, size)
	if err != nil {
		return nil, err
	}
	own, err := duplicate(f)
	if err != nil {
		return nil, errors.Join(err, unmap())
	}
	return &File{data, unmap, own}, nil
}

// Bytes returns the file's contents. Reads of them belong into Guard.
func (f *File) Bytes() []byte { return f.data }

// Holds reports whether b lies in the mapping, and is not empty.
func (f *File) Holds(b []byte) bool {
	return f != nil && Maps && len(b) > 0 && f.holds(uintptr(unsafe.Pointer(unsafe.SliceData(b))))
}

func (f *File) holds(at uintptr) bool {
	first := uintptr(unsafe.Pointer(unsafe.SliceData(f.data)))
	return at >= first && at-first < uintptr(len(f.data))
}

// Guard calls read and returns its error, or ErrShrunk if the file became shorter
// meanwhile: a fault at an address in the mapping ends read, like a panic. It holds for the
// calling goroutine only, and read must leave no lock behind.
func (f *File) Guard(read func() error) (err error) {
	if f == nil || !Maps {
		return read()
	}
	before := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(before)
		if r := recover(); r != nil {
			// Package runtime documents the method Addr of the errors of faults.
			fault, ok := r.(interface {
				runtime.Error
				Addr() uintptr
			})
			if !ok || !f.holds(fault.Addr()) {
				panic(r)
			}
			err = ErrShrunk
		}
	}()
	err = read()
	// What lies behind the end of a file in its last page reads as zeros, without a fault,
	// and a library may have turned the fault into an error of its own.
	if info, statErr := f.file.Stat(); statErr == nil && info.Size() < int64(len(f.data)) {
		return ErrShrunk
	}
	return err
}

// Close gives the mapping back. Its bytes must not be used afterwards. A second Close does nothing.
func (f *File) Close() error {
	if f == nil || f.unmap == nil {
		return nil
	}
	unmap := f.unmap
	f.unmap, f.data = nil, nil
	return errors.Join(unmap(), f.file.Close())
}

// AlignedBytes returns n bytes aligned to 8.
func AlignedBytes(n int64) []byte {
	words := make([]uint64, (n+7)/8)
	return unsafe.Slice((*byte)(unsafe.Pointer(unsafe.SliceData(words))), n)
}
