package gate

import (
	"encoding/xml"
	"io"
)

// The elements of JUnit's format that CI systems agree on.
type (
	junitSuites struct {
		XMLName xml.Name     `xml:"testsuites"`
		Suites  []junitSuite `xml:"testsuite"`
	}
	junitSuite struct {
		Name     string      `xml:"name,attr"`
		Tests    int         `xml:"tests,attr"`
		Failures int         `xml:"failures,attr"`
		Errors   int         `xml:"errors,attr"`
		Skipped  int         `xml:"skipped,attr"`
		Cases    []junitCase `xml:"testcase"`
		Out      string      `xml:"system-out,omitempty"`
	}
	junitCase struct {
		Class   string        `xml:"classname,attr"`
		Name    string        `xml:"name,attr"`
		Failure *junitMessage `xml:"failure"`
		Error   *junitMessage `xml:"error"`
		Skipped *junitMessage `xml:"skipped"`
		Out     string        `xml:"system-out,omitempty"`
	}
	junitMessage struct {
		Message string `xml:"message,attr"`
		Type    string `xml:"type,attr,omitempty"`
	}
)

// WriteJUnit writes the report as JUnit XML, a test case for each case: regressions are
// failures, what is ignored is skipped, and the rest has passed, with its message as output. That what
// was compared is not the whole is an error, in a test case of its own.
func (r *Report) WriteJUnit(w io.Writer) error {
	suite := junitSuite{Name: r.Title, Tests: len(r.Cases), Failures: len(r.Of(Regressed)), Skipped: len(r.Of(Ignored)), Out: r.Summary()}
	for _, warning := range r.Warnings {
		suite.Out += "\nwarning: " + warning
	}
	for _, c := range r.Cases {
		entry := junitCase{Class: c.Name, Name: c.Unit}
		switch c.Verdict {
		case Regressed:
			entry.Failure = &junitMessage{Message: c.Message, Type: "regression"}
		case Ignored:
			entry.Skipped = &junitMessage{Message: c.Message}
		default:
			entry.Out = string(c.Verdict) + ": " + c.Message
		}
		suite.Cases = append(suite.Cases, entry)
	}
	if r.Partial != "" {
		suite.Tests, suite.Errors = suite.Tests+1, 1
		suite.Cases = append(suite.Cases, junitCase{Class: "runs", Name: "complete", Error: &junitMessage{Message: r.Partial, Type: "unfinished"}})
	}
	if _, err := io.WriteString(w, xml.Header); err != nil {
		return err
	}
	e := xml.NewEncoder(w)
	e.Indent("", "  ")
	if err := e.Encode(junitSuites{Suites: []junitSuite{suite}}); err != nil {
		return err
	}
	_, err := io.WriteString(w, "\n")
	return err
}
