package cli

import "fmt"

// plural counts things, in English: "1 row", "2 rows", "1,234 rows".
func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%s %ss", thousands(int64(n)), thing)
}
