package rag

import (
	"regexp"
	"strings"
	"unicode"

	"footnote/rag/text"
)

// A model's sentence is disarmed before anybody sees it: a document may have told
// the model to leak the question through a link or an image (CVE-2025-32711). A
// link stays as plain text, and only if it is the cited document's own or stands
// letter for letter in a cited passage.

var (
	image      = regexp.MustCompile(`!\[([^\]]*)\](?:\([^)]*\)|\[[^\]]*\])?`)
	inlineLink = regexp.MustCompile(`\[([^\]]*)\]\(\s*<?([^)\s>]*)[^)]*\)`)
	refLink    = regexp.MustCompile(`\[([^\]]+)\]\[[^\]]*\]`)
	refTarget  = regexp.MustCompile(`(?m)^\s{0,3}\[[^\]]+\]:\s*\S+.*$`)
	markup     = regexp.MustCompile(`</?[A-Za-z!][^<>]*>`)
	autoLink   = regexp.MustCompile(`<((?:https?|ftp|mailto|www)[^<>\s]*)>`)
	// address is a link as a terminal or a chat program would make one of it.
	address = regexp.MustCompile(`(?i)\b(?:[a-z][a-z0-9+.-]{1,20}:(?://)?|www\.)[^\s<>"'“”‘’` + "`" + `|\\^{}()\[\]，。、；：！？（）【】「」]+|` +
		`\b[a-z0-9._%+-]+@[a-z0-9.-]+\.[a-z]{2,}\b|\b(?:[a-z0-9-]+\.)+(?:[a-z]{2,24})(?:/[^\s<>"'“”‘’` + "`" + `，。]*|\b)`)
	// runs are links that are programs or pages of their own: nobody is to follow them,
	// whoever wrote them.
	runs   = regexp.MustCompile(`(?i)^(?:javascript|vbscript|data):`)
	scheme = regexp.MustCompile(`(?i)^(?:https?|ftps?|file|data|javascript|vbscript|mailto|tel|sms|ssh|git|wss?|blob|slack|vscode|ms-[a-z]+|intent|market|magnet|ldap|smb|gopher)$`)
)

// removedLink stands where a link was.
const removedLink = "(link removed)"

// disarm returns s without images, markup and hidden characters, with links as
// plain text, and without those that are not allowed.
func disarm(s string, allowed func(link string) bool) string {
	s = strings.Map(func(r rune) rune {
		if hiddenRune(r) {
			return -1
		}
		return r
	}, s)
	s = refTarget.ReplaceAllString(s, "")
	s = image.ReplaceAllString(s, "$1")
	s = inlineLink.ReplaceAllStringFunc(s, func(link string) string {
		m := inlineLink.FindStringSubmatch(link)
		if m[1] == m[2] {
			return m[2]
		}
		return m[1]
	})
	s = refLink.ReplaceAllString(s, "$1")
	s = autoLink.ReplaceAllString(s, "$1")
	s = markup.ReplaceAllStringFunc(s, func(tag string) string {
		if allowed(tag) {
			return tag // a document about markup says it
		}
		return ""
	})
	return address.ReplaceAllStringFunc(s, func(link string) string {
		bare := strings.TrimRight(link, ".,;:!?*_~)")
		if !isLink(bare) || allowed(bare) && !runs.MatchString(bare) {
			return link
		}
		return removedLink + link[len(bare):]
	})
}

// isLink tells a link from words that look like one: "note:this", "e.g".
func isLink(s string) bool {
	lower := strings.ToLower(s)
	if name, rest, ok := strings.Cut(lower, ":"); ok && !strings.ContainsAny(name, "./@") {
		return rest != "" && (strings.HasPrefix(rest, "//") || scheme.MatchString(name))
	}
	if strings.HasPrefix(lower, "www.") || strings.Contains(lower, "@") {
		return true
	}
	host, path, _ := strings.Cut(lower, "/")
	last := host[strings.LastIndex(host, ".")+1:]
	return path != "" || topLevel[last]
}

// topLevel are endings by which programs take a bare name for a link, as far as
// they are not endings of files that documents talk about.
var topLevel = map[string]bool{"com": true, "org": true, "net": true, "io": true, "edu": true, "gov": true, "info": true, "biz": true, "example": true, "dev": true,
	"app": true, "ai": true, "co": true, "xyz": true, "online": true, "site": true, "top": true, "ru": true, "cn": true, "de": true, "uk": true, "fr": true, "eu": true,
	"evil": true, "test": true, "invalid": true, "link": true, "click": true, "shop": true, "tk": true, "gq": true, "me": true, "us": true, "tech": true, "cloud": true}

// hiddenRune tells what a reader cannot see: controls but line feed and tab, bidi
// marks and overrides, zero-width and tag characters. Joiners stay: several
// scripts need them.
func hiddenRune(r rune) bool {
	switch {
	case r == '\n' || r == '\t' || r == '\u200c' || r == '\u200d':
		return false
	case unicode.Is(unicode.Prepended_Concatenation_Mark, r):
		return false
	}
	return unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Zp, unicode.Other_Default_Ignorable_Code_Point)
}

// standsIn returns what allows a link: it is one of the documents' own, or stands
// in one of their passages, not cut out of a longer link.
func standsIn(passages []Passage) func(link string) bool {
	return func(link string) bool {
		for _, p := range passages {
			if p.URL == link && link != "" {
				return true
			}
			for from := 0; ; {
				i := strings.Index(p.Text[from:], link)
				if i < 0 {
					break
				}
				from += i + len(link)
				if !goesOn(p.Text[from:]) && !text.Inside(p.Text, from-len(link)) {
					return true
				}
			}
		}
		return false
	}
}

// goesOn tells whether a link goes on with rest: its query may not be cut off, nor
// may it be made to end in a different host.
func goesOn(rest string) bool {
	rest = strings.TrimLeft(rest, ".,;:!?*_~)")
	if rest == "" {
		return false
	}
	r := []rune(rest[:min(len(rest), 4)])[0]
	return unicode.IsLetter(r) || unicode.IsDigit(r) || strings.ContainsRune("/?#&=%+@-", r)
}
