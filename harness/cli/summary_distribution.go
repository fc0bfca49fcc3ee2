package cli

import (
	"fmt"
	"io"

	"actinit/harness/distribution"
	"actinit/harness/result"
)

// summariseDistribution says whether the fills' draws follow their laws, and of
// all, if wanted, how far each is off.
func summariseDistribution(w io.Writer, rows []result.Distribution, all bool) {
	fills := distribution.ByFill(rows)
	failed, tested := 0, 0
	var draws int64
	for _, f := range fills {
		draws += f.Draws
	}
	for _, row := range rows {
		if row.Statistic != result.StatisticCounts {
			tested++
		}
		if row.Failed() {
			failed++
		}
	}
	fmt.Fprintf(w, "\ndistribution: %s draws of %d fills; %d of %d statistics deviate from the law (Holm-adjusted probability below %v)\n",
		thousands(draws), len(fills), failed, tested, distribution.Alarm)
	if all {
		distributionTable(fills).text(w)
		fmt.Fprintln(w, "moments and correlations in standard errors from the law's; ks, ad, chi2: probabilities of a value as large; least: the smallest of all, adjusted for their number")
	}
	for _, row := range rows {
		if row.Failed() {
			fmt.Fprintln(w, distribution.Summary(row))
		}
	}
}

// distributionTable has a line for each fill and type.
func distributionTable(fills []distribution.Draws) *listing {
	l := &listing{header: []string{"fill", "type", "draws", "mean", "variance", "skewness", "kurtosis", "correlation", "ks", "ad", "chi2", "least"},
		right: map[int]bool{2: true, 3: true, 4: true, 5: true, 6: true, 7: true, 8: true, 9: true, 10: true, 11: true}}
	for _, f := range fills {
		errors := func(statistic string) string {
			if r, ok := f.Find(statistic); ok {
				return fmt.Sprintf("%+.2f", r.StandardErrors())
			}
			return ""
		}
		probability := func(statistic string) string {
			if r, ok := f.Find(statistic); ok {
				return fmt.Sprintf("%.2g", r.PValue)
			}
			return ""
		}
		l.add(f.Fill, f.Type, thousands(f.Draws), errors("mean"), errors("variance"), errors("skewness"), errors("kurtosis"),
			fmt.Sprintf("%+.2f", f.LargestCorrelation().StandardErrors()),
			probability(distribution.KolmogorovSmirnov), probability(distribution.AndersonDarling), probability(distribution.ChiSquare),
			fmt.Sprintf("%.2g", f.Least().AdjustedP))
	}
	return l
}
