//go:build linux

package matrix

import (
	"testing"

	"actinit/kernels/internal/guard"
)

func TestTileGuardPages(t *testing.T)    { testTile(t, guard.NewPages[float64](t, 8)) }
func TestReflectGuardPages(t *testing.T) { testReflect(t, guard.NewPages[float64](t, 8)) }
