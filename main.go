// Command actinit verifies, benchmarks and explains activation and weight
// initialisation kernels. Run it with -h, or see README.md.
package main

import (
	"os"

	"actinit/harness/cli"
)

func main() { os.Exit(cli.Main(os.Args[1:])) }
