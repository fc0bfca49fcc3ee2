package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"
)

// plural counts things, in English: "1 row", "2 rows", "1,234 rows".
func plural[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%s %ss", thousands(int64(n)), thing)
}

// A duration is a flag's time: Go's, which has a unit, up to a day.
type duration time.Duration

func (d *duration) Type() string { return "duration" }

// String has 0 without a unit, which pflag takes for no default worth showing.
func (d *duration) String() string {
	if *d == 0 {
		return "0"
	}
	return time.Duration(*d).String()
}

func (d *duration) Set(text string) error {
	t, err := time.ParseDuration(text)
	if err != nil || t < 0 || t > 24*time.Hour {
		return errors.New("want a time up to 24h with its unit, such as 90s, 2m or 1h30m")
	}
	*d = duration(t)
	return nil
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
