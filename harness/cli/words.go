package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
)

// plural counts things, in English: "1 row", "2 rows", "1,234 rows".
func plural[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%s %ss", thousands(int64(n)), thing)
}

// fewNames is how many names a line has room for.
const fewNames = 5

// few lists names, of many the first and how many more there are.
func few(names []string) string {
	if len(names) <= fewNames+1 {
		return strings.Join(names, ", ")
	}
	return fmt.Sprintf("%s and %d more", strings.Join(names[:fewNames], ", "), len(names)-fewNames)
}

// openFile opens a file to read, and says of one that is not there what data's commands say.
func openFile(path string) (*os.File, error) {
	f, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: there is no such file", path)
	}
	if err != nil {
		return nil, err
	}
	if info, err := f.Stat(); err == nil && info.IsDir() {
		return nil, errors.Join(fmt.Errorf("%s: it is a folder, a file is needed", path), f.Close())
	}
	return f, nil
}
