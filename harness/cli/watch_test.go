//go:build unix

package cli

import (
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// A watch looks at which files come below a folder, and which go that were there.
type watch struct {
	folder string
	quit   chan struct{}
	done   sync.WaitGroup

	mu      sync.Mutex
	came    map[string]bool
	went    map[string]bool
	waiting map[int]chan struct{}
}

func newWatch(folder string) *watch {
	w := &watch{folder: folder, quit: make(chan struct{}), came: map[string]bool{}, went: map[string]bool{}, waiting: map[int]chan struct{}{}}
	before := filesBelow(folder)
	w.done.Go(func() {
		for {
			select {
			case <-w.quit:
				return
			case <-time.After(200 * time.Microsecond):
			}
			w.note(before)
		}
	})
	return w
}

// filesBelow returns the paths of all files below a folder.
func filesBelow(folder string) map[string]bool {
	found := map[string]bool{}
	_ = filepath.WalkDir(folder, func(path string, d fs.DirEntry, err error) error {
		if err == nil && d.Type().IsRegular() {
			found[path] = true
		}
		return nil // files may go while we look
	})
	return found
}

func (w *watch) note(before map[string]bool) {
	found := filesBelow(w.folder)
	w.mu.Lock()
	defer w.mu.Unlock()
	for path := range found {
		if !before[path] {
			w.came[path] = true
		}
	}
	for path := range before {
		if !found[path] {
			w.went[path] = true
		}
	}
	for n, c := range w.waiting {
		if len(w.came)+len(w.went) >= n {
			close(c)
			delete(w.waiting, n)
		}
	}
}

// seen is closed when n files have come or gone.
func (w *watch) seen(n int) <-chan struct{} {
	w.mu.Lock()
	defer w.mu.Unlock()
	c := make(chan struct{})
	w.waiting[n] = c
	return c
}

// units returns the finished units of work that have been seen, and what is in them. Those of a run that becomes
// complete go.
func (w *watch) units() map[string][]byte {
	w.mu.Lock()
	defer w.mu.Unlock()
	units := map[string][]byte{}
	for path := range w.came {
		if !strings.Contains(path, "/parts/") || strings.HasPrefix(filepath.Base(path), ".") {
			continue
		}
		if data, err := os.ReadFile(path); err == nil {
			units[path] = data
		}
	}
	return units
}

// stop ends the watch and returns how many files came or went.
func (w *watch) stop() int {
	close(w.quit)
	w.done.Wait()
	return len(w.came) + len(w.went)
}
