package filter

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/perf/benchproc"
)

// A term is one key:value of an expression.
type term struct {
	key, value string
	regexp     bool
}

// scan lists the terms of a query that benchproc has accepted. benchproc keeps
// its syntax tree to itself, and takes any key for a valid one, so the keys
// have to be found here.
func scan(query string) []term {
	var terms []term
	s := scanner{rest: query}
	for s.skipSpace(); s.rest != ""; s.skipSpace() {
		if strings.ContainsRune("()-*", rune(s.rest[0])) {
			s.rest = s.rest[1:]
			continue
		}
		key := s.word()
		s.skipSpace()
		if !s.take(':') {
			continue // AND, OR
		}
		s.skipSpace()
		if !s.take('(') {
			terms = append(terms, s.value(key))
			continue
		}
		for s.skipSpace(); s.rest != "" && !s.take(')'); s.skipSpace() {
			if or, ok := strings.CutPrefix(s.rest, "OR"); ok && endsWord(or) {
				s.rest = or
				continue
			}
			terms = append(terms, s.value(key))
		}
	}
	return terms
}

// A scanner walks over a query that is known to be well formed.
type scanner struct{ rest string }

func (s *scanner) skipSpace() { s.rest = strings.TrimLeftFunc(s.rest, unicode.IsSpace) }

func (s *scanner) take(c byte) bool {
	if s.rest == "" || s.rest[0] != c {
		return false
	}
	s.rest = s.rest[1:]
	return true
}

// endsWord reports whether a bare word ends where rest begins.
func endsWord(rest string) bool {
	r, _ := utf8.DecodeRuneInString(rest)
	return rest == "" || unicode.IsSpace(r) || strings.ContainsRune("():@,", r)
}

// word takes a bare or quoted word.
func (s *scanner) word() string {
	if quoted, err := strconv.QuotedPrefix(s.rest); err == nil && s.rest[0] == '"' {
		s.rest = s.rest[len(quoted):]
		w, err := strconv.Unquote(quoted)
		if err != nil {
			return quoted
		}
		return w
	}
	end := len(s.rest)
	for i := range s.rest {
		if endsWord(s.rest[i:]) {
			end = max(i, 1) // always forward
			break
		}
	}
	w := s.rest[:end]
	s.rest = s.rest[end:]
	return w
}

// value takes the value of key: a word or a regexp. A regexp may hold slashes
// in brackets and parentheses, so its end is the first slash up to which
// benchproc itself accepts it.
func (s *scanner) value(key string) term {
	if s.rest == "" || s.rest[0] != '/' {
		return term{key: key, value: s.word()}
	}
	for i := 1; i < len(s.rest); i++ {
		if s.rest[i] != '/' {
			continue
		}
		if _, err := benchproc.NewFilter("k:" + s.rest[:i+1]); err == nil {
			t := term{key: key, value: s.rest[1:i], regexp: true}
			s.rest = s.rest[i+1:]
			return t
		}
	}
	return term{key: key, value: s.word()}
}
