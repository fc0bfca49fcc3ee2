package result

import "strings"

// CommandLine returns the command that words are, after the program's name, as a shell reads it.
func CommandLine(words []string) string {
	line := "actinit"
	for _, word := range words {
		line += " " + quoted(word)
	}
	return line
}

// quoted quotes what a shell would take apart; of --flag=value only the value.
func quoted(word string) string {
	plain := func(s string) bool {
		return s != "" && !strings.ContainsFunc(s, func(c rune) bool {
			return !(c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' || c >= '0' && c <= '9' || strings.ContainsRune("-_=+:,./@%", c))
		})
	}
	if plain(word) {
		return word
	}
	flag, value, found := strings.Cut(word, "=")
	if !found || !plain(flag) {
		flag, value = "", word
	} else {
		flag += "="
	}
	return flag + "'" + strings.ReplaceAll(value, "'", `'\''`) + "'"
}
