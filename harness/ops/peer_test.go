package ops

import (
	"testing"

	"actinit/harness/result"
)

func TestOwnVariantsAreNoPeers(t *testing.T) {
	for _, v := range Variants() {
		if (result.Kernel{Variant: v.String()}).Peer() {
			t.Errorf("variant %s counts as another library's", v)
		}
	}
	if !(result.Kernel{Variant: "xnnpack"}).Peer() {
		t.Error("xnnpack counts as our own")
	}
}
