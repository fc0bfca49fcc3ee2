package datasets

import (
	"fmt"
	"io"
	"strings"
	"testing"
)

// TestHeader: the first line of a CSV file is names, a row, or not guessed at.
func TestHeader(t *testing.T) {
	const both = "say whether they are names (--header yes or no)"
	const unnamed = "the numbers from 0 on, as pandas numbers columns that have no names: "
	for _, test := range []struct {
		text   string
		option Header
		taken  Header
		want   string // names, rows; or the end of the error
	}{
		{"x,y\n1,2\n", HeaderAuto, HeaderPresent, "x,y 1"},
		{"x,,NA\n1,2,3\n", HeaderAuto, HeaderPresent, "x,c2,NA 1"},
		{",c1,c2,,c4\n1,2,3,4,5\n", HeaderAuto, HeaderPresent, "c1_,c1,c2,c4_,c4 1"},
		{",c1,c1_\n1,2,3\n", HeaderAuto, HeaderPresent, "c1__,c1,c1_ 1"},
		{"1,2\n3,4\n", HeaderAuto, HeaderAbsent, "c1,c2 2"},
		{"nan,inf\n3,4\n", HeaderAuto, HeaderAbsent, "c1,c2 2"},
		{",NA\n3,4\n", HeaderAuto, HeaderAbsent, "c1,c2 2"},
		{"2020,2021\n3,4\n", HeaderAuto, HeaderAbsent, "c1,c2 2"},
		{"2020,2021\n3,4\n", HeaderPresent, HeaderPresent, "2020,2021 1"},
		{"-,1\n3,4\n", HeaderAuto, "", "line 1 holds 1 word and 1 number: " + both},
		{"\nid,2020,2021\n3,4,5\n", HeaderAuto, "", "line 2 holds 1 word and 2 numbers: " + both},
		{"id,2020,2021\n3,4,5\n", HeaderPresent, HeaderPresent, "id,2020,2021 1"},
		{"-,1\n3,4\n", HeaderAbsent, HeaderAbsent, `line 1, column 1 (c1): "-" is not a number (--columns names the columns wanted, and leaves others out; --null - takes it for a null)`},
		{",0,1,2\n0,3,4,5\n", HeaderAuto, "", "line 1 holds " + unnamed + both},
		{"\n\"\";0; 1\n0;3;4\n", HeaderAuto, "", "line 2 holds " + unnamed + both},
		{",0\n0,3\n", HeaderAuto, "", "line 1 holds " + unnamed + both},
		{"0,1\n3,4\n", HeaderAuto, "", "line 1 holds " + unnamed + both},
		{",0,1\n0,3,4\n", HeaderPresent, HeaderPresent, "c1,0,1 1"},
		{",0,1\n0,3,4\n", HeaderAbsent, HeaderAbsent, "c1,c2,c3 2"},
		{"0,1,3\n3,4,5\n", HeaderAuto, HeaderAbsent, "c1,c2,c3 2"},
		{",1,2\n3,4,5\n", HeaderAuto, HeaderAbsent, "c1,c2,c3 2"},
		{"0,,1\n3,4,5\n", HeaderAuto, HeaderAbsent, "c1,c2,c3 2"},
		{"0.0,1.0\n3,4\n", HeaderAuto, HeaderAbsent, "c1,c2 2"},
		{"0\n1\n", HeaderAuto, HeaderAbsent, "c1 2"},
		{"1,2\n", "maybe", "", `CSV header "maybe": it is yes, no or empty`},
	} {
		path := writeFile(t, []byte(test.text))
		b, err := OpenBatches(path, Options{CSVHeader: test.option})
		rows := 0
		var names []string
		if err == nil {
			if b.Header() != test.taken {
				t.Errorf("%q: taken as %q, want %q", test.text, b.Header(), test.taken)
			}
			for _, field := range b.Schema().Fields() {
				names = append(names, field.Name)
			}
			r, nextErr := b.Next()
			if err = nextErr; err == nil {
				rows = int(r.NumRows())
				r.Release()
				if _, end := b.Next(); end != io.EOF {
					t.Errorf("%q: %v at the end", test.text, end)
				}
			}
		}
		got := fmt.Sprintf("%s %d", strings.Join(names, ","), rows)
		if err != nil {
			got = err.Error()
		}
		if !strings.HasSuffix(got, test.want) || err == nil && got != test.want {
			t.Errorf("%q, %q: %s, want %s", test.text, test.option, got, test.want)
		}
	}
}
