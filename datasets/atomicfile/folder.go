package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
)

// MakeFolder makes the folder at path, and those above it that are not there, as os.MkdirAll does, and syncs the
// folders that hold new ones: a file that Write puts there is then still found after a loss of power.
func MakeFolder(path string, mode fs.FileMode) error {
	holders := holdersOfNew(path)
	if err := os.MkdirAll(path, mode); err != nil {
		return err
	}
	for _, dir := range holders {
		SyncFolder(dir)
	}
	return nil
}

// holdersOfNew returns the folders that get a new one when the folder at path is made, the innermost first.
func holdersOfNew(path string) (holders []string) {
	for at := filepath.Clean(path); ; {
		_, err := os.Stat(at)
		holder := filepath.Dir(at)
		if !errors.Is(err, fs.ErrNotExist) || holder == at {
			return holders
		}
		holders = append(holders, holder)
		at = holder
	}
}

// SyncFolder makes the names in a folder durable: those of files that were renamed, or of folders that were made.
// A failure is not reported: what was named is in place, and some file systems cannot sync a folder.
func SyncFolder(dir string) {
	if d, err := os.Open(dir); err == nil {
		_ = d.Sync()
		_ = d.Close()
	}
}
