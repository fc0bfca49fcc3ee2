package cli

import (
	"encoding/json"
	"strings"
	"testing"

	"actinit/harness/doctor"
)

// Whatever it finds, doctor ends well; bad usage is refused.
func TestDoctor(t *testing.T) {
	status, stdout, stderr := invoke(t.Context(), "doctor", "--json")
	var checks []doctor.Check
	if err := json.Unmarshal([]byte(stdout), &checks); err != nil || status != ExitOK || stderr != "" || len(checks) < 15 {
		t.Errorf("status %d, stderr %q, %d checks, %v", status, stderr, len(checks), err)
	}
	for _, c := range checks {
		if c.Verdict != doctor.OK && c.Verdict != doctor.Warns && c.Verdict != doctor.Unknown || c.Name == "" || c.Found == "" {
			t.Errorf("%+v", c)
		}
	}
	if status, stdout, _ := invoke(t.Context(), "doctor"); status != ExitOK || !strings.Contains(stdout, "checks: ") {
		t.Errorf("status %d:\n%s", status, stdout)
	}
	if status, _, stderr := invoke(t.Context(), "doctor", "me"); status != ExitUsage || strings.Count(stderr, "\n") != 1 {
		t.Errorf("status %d, stderr %q", status, stderr)
	}
}
