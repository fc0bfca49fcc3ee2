package runstore

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"actinit/datasets/atomicfile"
	"actinit/reports/rowfile"
)

// baselinesFolder, beside the runs, holds a file NAME.json for each baseline.
const baselinesFolder = "baselines"

// A Baseline is a name for a run that others are compared with: "main", "v1.2".
type Baseline struct {
	Name  string    `json:"name"`
	RunID string    `json:"run_id"`
	Saved time.Time `json:"saved"` // UTC
}

var baselineName = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$`)

// checkBaselineName refuses what is no file's name everywhere.
func checkBaselineName(name string) error {
	if !baselineName.MatchString(name) {
		return fmt.Errorf("baseline %q: want a name of 1 to 64 letters, digits, dots, dashes and underscores that begins with a letter or digit", name)
	}
	return nil
}

func baselineFile(root, name string) string {
	return filepath.Join(root, baselinesFolder, name+".json")
}

// SaveBaseline gives the run a name, which may have been another run's: that one's ID is returned then.
// A name that differs from another in case only is refused, for file systems that do not tell them apart.
func SaveBaseline(root, name, runID string, saved time.Time) (replaced string, err error) {
	if err := checkBaselineName(name); err != nil {
		return "", err
	}
	env, err := EnvironmentOf(filepath.Join(root, runID))
	if err != nil {
		return "", err
	}
	if !env.Complete {
		return "", fmt.Errorf("run %s is not complete, so it cannot be a baseline: go on with %s", runID, GoOn(filepath.Join(root, runID), env))
	}
	if have := filesOf(filepath.Join(root, runID), env); !slices.Contains(have, FileBench) && !slices.Contains(have, FileAccuracy) {
		return "", fmt.Errorf("run %s has neither timings nor accuracies that another run could be held against", runID)
	}
	if _, err := os.Stat(filepath.Join(root, name)); err == nil {
		return "", fmt.Errorf("baseline %q: %s has a run or folder of that name; choose another", name, root)
	}
	baselines, err := Baselines(root)
	if err != nil {
		return "", err
	}
	for _, b := range baselines {
		switch {
		case b.Name == name:
			replaced = b.RunID
		case strings.EqualFold(b.Name, name):
			return "", fmt.Errorf("baseline %q: there is %q already, which some systems do not tell apart; choose another name", name, b.Name)
		}
	}
	if err := atomicfile.MakeFolder(filepath.Join(root, baselinesFolder), folderPermissions); err != nil {
		return "", fmt.Errorf("%s: %w", filepath.Join(root, baselinesFolder), rowfile.Cause(err))
	}
	return replaced, atomicfile.Write(baselineFile(root, name), func(w io.Writer) error {
		e := json.NewEncoder(w)
		e.SetIndent("", "  ")
		return e.Encode(Baseline{name, runID, saved.UTC().Truncate(time.Second)})
	})
}

// Baselines returns the baselines of the runs below root, in the order of their names. Their
// runs are those that must not be removed.
func Baselines(root string) ([]Baseline, error) {
	files, err := os.ReadDir(filepath.Join(root, baselinesFolder))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	var baselines []Baseline
	for _, f := range files {
		name, found := strings.CutSuffix(f.Name(), ".json")
		if !found || !baselineName.MatchString(name) {
			continue // not written by SaveBaseline
		}
		b, err := readBaseline(root, name)
		if err != nil {
			return nil, err
		}
		baselines = append(baselines, b)
	}
	return baselines, nil
}

func readBaseline(root, name string) (Baseline, error) {
	var b Baseline
	path := baselineFile(root, name)
	data, err := os.ReadFile(path)
	if err != nil {
		return b, err
	}
	if err := json.Unmarshal(data, &b); err != nil {
		return b, fmt.Errorf("%s: damaged: %w; save the baseline again", path, err)
	}
	if b.Name != name || !plainName(b.RunID) {
		return b, fmt.Errorf("%s: not a baseline called %s; save it again", path, name)
	}
	return b, nil
}

// refuseBaselineName refuses a new run the name of a baseline, which would then name another run than it was given to.
func refuseBaselineName(root, name string) error {
	files, err := os.ReadDir(filepath.Join(root, baselinesFolder))
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	for _, f := range files {
		if b, found := strings.CutSuffix(f.Name(), ".json"); found && strings.EqualFold(b, name) {
			return fmt.Errorf("--id %s: %s has a baseline %s: give another name, or delete it with actinit baseline delete %[3]s", name, root, b)
		}
	}
	return nil
}

// DeleteBaseline removes the name; the run stays.
func DeleteBaseline(root, name string) error {
	if err := checkBaselineName(name); err != nil {
		return err
	}
	err := os.Remove(baselineFile(root, name))
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("no baseline %q in %s%s", name, root, known(root))
	}
	return err
}

// known lists the baselines for a message.
func known(root string) string {
	baselines, err := Baselines(root)
	if err != nil || len(baselines) == 0 {
		return "; there is none"
	}
	names := make([]string, len(baselines))
	for i, b := range baselines {
		names[i] = b.Name
	}
	return "; there are " + strings.Join(names, ", ")
}

// findBaseline returns the folder of the run that a baseline names, and whether there is such a baseline.
func findBaseline(root, name string) (dir string, found bool, err error) {
	if !baselineName.MatchString(name) {
		return "", false, nil
	}
	b, err := readBaseline(root, name)
	if errors.Is(err, fs.ErrNotExist) {
		return "", false, nil
	}
	if err != nil {
		return "", true, err
	}
	dir = filepath.Join(root, b.RunID)
	if _, err := os.Stat(dir); err != nil {
		return "", true, fmt.Errorf("baseline %s is run %s, which is not in %s any more", name, b.RunID, root)
	}
	return dir, true, nil
}
