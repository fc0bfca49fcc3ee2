package duckdb_test

import (
	"bytes"
	"database/sql"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
	"unicode/utf8"
)

// A query of a document, and the block behind it that has the answer, if there is one.
var queryBlock = regexp.MustCompile("(?s)```(sql|python)\n(.*?)```\n(\n```\n.*?```\n)?")

// documents are the project's pages.
func documents(t *testing.T) []string {
	t.Helper()
	var pages []string
	root := filepath.Join("..", "..")
	err := filepath.WalkDir(root, func(path string, entry fs.DirEntry, err error) error {
		switch name := entry.Name(); {
		case err != nil:
			return err
		case entry.IsDir() && (name == "node_modules" || name == "bin" || name == "testdata" || strings.HasPrefix(name, ".") && path != root):
			return filepath.SkipDir
		case strings.HasSuffix(name, ".md"):
			absolute, err := filepath.Abs(path)
			pages = append(pages, absolute)
			return err
		}
		return nil
	})
	if err != nil || len(pages) == 0 {
		t.Fatal(pages, err)
	}
	return pages
}

// openViews opens a database with the views of the runs in a folder, which the program of today makes.
func openViews(t *testing.T, folder string) *sql.DB {
	t.Helper()
	folder, err := filepath.Abs(folder)
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("go", "run", ".", "runs", "views", folder)
	cmd.Dir = source
	cmd.Env = append(os.Environ(), "CGO_ENABLED=0")
	var stderr strings.Builder
	cmd.Stderr = &stderr
	views, err := cmd.Output()
	if err != nil {
		t.Fatalf("%v: %v\n%s", cmd.Args, err, &stderr)
	}
	db := open(t)
	for _, statement := range statements(string(views)) {
		if _, err := db.Exec(statement); err != nil {
			t.Fatalf("%v in\n%s", err, statement)
		}
	}
	return db
}

// TestQueries runs every SQL query of every page, as it stands there, on what the program of today
// writes. Each gives rows, but for those of the cookbook that ask for what these runs have not.
func TestQueries(t *testing.T) {
	f := freshRuns(t)
	pages := documents(t)
	t.Chdir(f.root)
	queries, cookbook := 0, 0
	for _, page := range pages {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		db := openViews(t, f.runs)
		for _, block := range queryBlock.FindAllSubmatch(text, -1) {
			if string(block[1]) != "sql" {
				continue
			}
			query := strings.ReplaceAll(string(block[2]), "/data/actinit", f.merged)
			for _, statement := range statements(query) {
				queries++
				answer, err := answer(db, statement)
				if err != nil {
					t.Errorf("%s: %v in\n%s", page, err, statement)
				}
				if filepath.Base(page) == "COOKBOOK.md" {
					cookbook += min(1, len(answer)/2)
				} else if len(answer) < 2 {
					t.Errorf("%s: no rows from\n%s", page, statement)
				}
			}
		}
	}
	if queries < 20 || cookbook < 6 {
		t.Errorf("found %d queries; %d of the cookbook have rows from new runs, want 6", queries, cookbook)
	}
}

// TestCookbook answers the cookbook's questions from the stored runs and compares the answers with
// those on the page; -update writes them there.
func TestCookbook(t *testing.T) {
	page, err := filepath.Abs(filepath.Join("..", "COOKBOOK.md"))
	if err != nil {
		t.Fatal(err)
	}
	runs, err := filepath.Abs(stored)
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(page)
	if err != nil {
		t.Fatal(err)
	}
	t.Chdir(t.TempDir())
	db := openViews(t, runs)
	answers := 0
	want := queryBlock.ReplaceAllFunc(text, func(block []byte) []byte {
		parts := queryBlock.FindSubmatch(block)
		language, code := string(parts[1]), string(parts[2])
		var printed string
		if language == "python" {
			printed = python(t, code)
		} else {
			for _, statement := range statements(code) {
				rows, err := answer(db, statement)
				if err != nil {
					t.Fatalf("%v in\n%s", err, statement)
				}
				printed += table(rows)
			}
		}
		page := "```" + language + "\n" + code + "```\n"
		if printed != "" {
			answers++
			page += "\n```\n" + printed + "```\n"
		}
		return []byte(page)
	})
	if answers < 12 {
		t.Errorf("%d answers, want those of 12 questions", answers)
	}
	if *update {
		if err := os.WriteFile(page, want, 0o666); err != nil {
			t.Fatal(err)
		}
	} else if !bytes.Equal(text, want) {
		t.Errorf("the answers in COOKBOOK.md are not those of the stored runs; go test -run TestCookbook -args -update writes them:\n%s", firstDifference(string(text), string(want)))
	}
}

// statements splits a block at the semicolons that end a line.
func statements(block string) []string {
	var all []string
	for statement := range strings.SplitSeq(block, ";\n") {
		if strings.TrimSpace(statement) != "" {
			all = append(all, statement)
		}
	}
	return all
}

// answer returns the rows of a query as text, the columns' names first; none of a statement that has no rows.
func answer(db *sql.DB, statement string) ([][]string, error) {
	rows, err := db.Query(statement)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	names, err := rows.Columns()
	if err != nil {
		return nil, err
	}
	answer := [][]string{names}
	for rows.Next() {
		values, into := make([]any, len(names)), make([]any, len(names))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return nil, err
		}
		row := make([]string, len(names))
		for i, value := range values {
			row[i] = cell(value)
		}
		answer = append(answer, row)
	}
	if first, _, _ := strings.Cut(strings.TrimSpace(withoutComments(statement)), " "); slices.Contains([]string{"CREATE", "COPY", "SET"}, first) {
		return nil, rows.Err()
	}
	return answer, rows.Err()
}

func withoutComments(statement string) string {
	return regexp.MustCompile("(?m)^--.*\n").ReplaceAllString(statement, "")
}

func cell(value any) string {
	switch value := value.(type) {
	case nil:
		return ""
	case float64:
		return strconv.FormatFloat(value, 'g', 4, 64)
	case time.Time:
		return value.UTC().Format("2006-01-02 15:04:05")
	}
	return fmt.Sprint(value)
}

// table sets rows in columns: numbers to the right, text to the left.
func table(rows [][]string) string {
	var b strings.Builder
	for _, row := range rows {
		var line strings.Builder
		for i, text := range row {
			width, numbers := 0, true
			for j, other := range rows {
				width = max(width, utf8.RuneCountInString(other[i]))
				if _, err := strconv.ParseFloat(other[i], 64); j > 0 && err != nil && other[i] != "" {
					numbers = false
				}
			}
			padding := strings.Repeat(" ", width-utf8.RuneCountInString(text))
			if numbers {
				text = padding + text
			} else {
				text += padding
			}
			if i > 0 {
				line.WriteString("  ")
			}
			line.WriteString(text)
		}
		b.WriteString(strings.TrimRight(line.String(), " ") + "\n")
	}
	return b.String()
}

// python runs a program with Debian's Python and returns what it prints.
func python(t *testing.T, program string) string {
	t.Helper()
	out, err := exec.Command("/usr/bin/python3", "-c", program).CombinedOutput()
	if err != nil {
		t.Fatalf("%v (make test-external installs python3-pandas)\n%s\n%s", err, program, out)
	}
	return regexp.MustCompile("(?m) +$").ReplaceAllString(string(out), "")
}

// firstDifference shows the first line in which two texts differ.
func firstDifference(have, want string) string {
	a, b := strings.Split(have, "\n"), strings.Split(want, "\n")
	for i := range min(len(a), len(b)) {
		if a[i] != b[i] {
			return fmt.Sprintf("line %d: %s\nwant:   %s", i+1, a[i], b[i])
		}
	}
	return fmt.Sprintf("%d lines, want %d", len(a), len(b))
}
