package unfold

import "math"

// Limit returns limit, or a quarter of the memory that this process may have where that is less: beside what a file
// unfolds to lie what came before and is not yet swept up, what is computed of it, and what is written.
func Limit(limit int64) int64 { return min(limit, memory()/4) }

// unlimited is the memory of a process of which no limit is known.
const unlimited = math.MaxInt64
