package gate

import (
	"fmt"
	"io"
	"strings"
)

// MaxAnnotations is how many errors GitHub shows of one step.
const MaxAnnotations = 10

// Escapes of workflow commands, as actions/toolkit's command.ts has them.
var (
	escapeMessage  = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A")
	escapeProperty = strings.NewReplacer("%", "%25", "\r", "%0D", "\n", "%0A", ":", "%3A", ",", "%2C")
)

// WriteGitHub writes a workflow command for each of the MaxAnnotations largest regressions,
// which GitHub shows as errors, one that says why the comparison is no pass, and a notice with the summary.
func (r *Report) WriteGitHub(w io.Writer) error {
	var b strings.Builder
	regressed := r.Of(Regressed)
	for _, c := range regressed[:min(len(regressed), MaxAnnotations)] {
		fmt.Fprintf(&b, "::error title=%s::%s\n", escapeProperty.Replace("regression: "+c.Name), escapeMessage.Replace(c.Unit+": "+c.Message))
	}
	if r.Partial != "" {
		fmt.Fprintf(&b, "::error title=%s::%s\n", escapeProperty.Replace("no pass"), escapeMessage.Replace(r.Partial))
	}
	summary := r.Summary()
	if more := len(regressed) - MaxAnnotations; more > 0 {
		summary += fmt.Sprintf("; the %d largest regressions are shown, %d are not", MaxAnnotations, more)
	}
	fmt.Fprintf(&b, "::notice title=%s::%s\n", escapeProperty.Replace(r.Title), escapeMessage.Replace(summary))
	_, err := io.WriteString(w, b.String())
	return err
}
