package cli

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"actinit/harness/determinism"
	"actinit/kernels"
)

func newDeterminism() *cobra.Command {
	var here, asJSON bool
	cmd := &cobra.Command{
		Use:   "determinism",
		Short: "whether initialisers write the same bits on every instruction set and any number of workers",
		Long: `Fill a tensor by every rule of "actinit list initializers", on each instruction set of this CPU and on 1, 2, 3, 7 and 64 workers, and
every fill whole and in pieces. Prints the first digits of the SHA-256 of the bytes, which are the same on every machine, and whether all
ways gave it. Status 1 if one did not.`,
		Example: "  actinit determinism",
		Args:    cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if here {
				hashes, err := determinism.Hashes(cmd.Context())
				if err != nil {
					return err
				}
				return writeJSON(cmd.OutOrStdout(), hashes)
			}
			l, odd, err := determinismMatrix(cmd.Context())
			if err != nil {
				return err
			}
			if asJSON {
				err = l.json(cmd.OutOrStdout())
			} else {
				l.text(cmd.OutOrStdout())
				fmt.Fprintf(cmd.OutOrStdout(), "\n%d initialisers and fills, %d that depend on the instruction set, the workers or the cut\n", len(l.rows), odd)
			}
			if err == nil && odd > 0 {
				err = errFailed
			}
			return err
		},
	}
	cmd.Flags().BoolVar(&asJSON, "json", false, "print JSON: a list of objects")
	cmd.Flags().BoolVar(&here, "here", false, "print the hashes of the selected instruction set alone, as JSON")
	return cmd
}

// determinismMatrix has a line for each initialiser and a column for each instruction
// set, which a process of its own computes: the choice is made when one starts. It
// returns how many lines have a difference.
func determinismMatrix(ctx context.Context) (l *listing, odd int, err error) {
	l = &listing{header: []string{"initialiser", "type", "shape", "sha-256"}}
	var columns [][]determinism.Hash
	for _, isa := range []string{kernels.Portable, "avx2", "avx512"} {
		if _, err := kernels.ParseISA(isa); err != nil {
			continue // not on this CPU
		}
		hashes, err := hashesIn(ctx, isa)
		if err != nil {
			return nil, 0, err
		}
		columns = append(columns, hashes)
		l.header = append(l.header, isa)
	}
	for i, first := range columns[0] {
		line := []string{first.Name, first.Type, strings.Trim(strings.ReplaceAll(fmt.Sprint(first.Shape), " ", "x"), "[]"), first.SHA}
		same := true
		for _, column := range columns {
			cell := "same"
			switch h := column[i]; {
			case h.SHA != first.SHA:
				cell = "DIFFERS: " + h.SHA
			case len(h.Odd) > 0:
				cell = "DIFFERS: " + strings.Join(h.Odd, ", ")
			}
			same = same && cell == "same"
			line = append(line, cell)
		}
		if !same {
			odd++
		}
		l.add(line...)
	}
	return l, odd, nil
}

// hashesIn returns the hashes that a process limited to an instruction set computes.
func hashesIn(ctx context.Context, isa string) ([]determinism.Hash, error) {
	program, err := os.Executable()
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, program, "determinism", "--here")
	others := func(v string) bool { return strings.HasPrefix(v, kernels.ISAVariable+"=") }
	cmd.Env = append(slices.DeleteFunc(os.Environ(), others), kernels.ISAVariable+"="+isa)
	cmd.Stderr = os.Stderr
	out, err := cmd.Output()
	if ctx.Err() != nil {
		return nil, context.Cause(ctx)
	}
	if err != nil {
		return nil, fmt.Errorf("computing the hashes in %s: %w", isa, err)
	}
	var hashes []determinism.Hash
	if err := json.Unmarshal(out, &hashes); err != nil {
		return nil, fmt.Errorf("computing the hashes in %s: %w", isa, err)
	}
	return hashes, nil
}
