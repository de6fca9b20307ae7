package rag

// Verify checks one sentence as Ask does, for tests of the whole package.
func Verify(hits []Hit, s Sentence) (CitedSentence, []Citation) {
	v := verifier{hits: hits}
	c := v.number(v.check(s))
	return c, v.citations()
}
