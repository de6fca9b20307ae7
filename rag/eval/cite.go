package eval

// Citations compares the paragraphs that an answer cites with the gold ones,
// named as in a ranking; how often one is cited does not matter. precision is
// the share of the cited ones that are gold, 0 for an answer that cites
// nothing; recall the share of the gold ones that are cited; right is 1 if at
// least one cited paragraph is gold. All are 0 without gold: such questions are
// to be left out of an average. So are answers that cite nothing, refusals
// among them, of precision; of recall and right they count as 0.
func Citations(cited, gold []string) (precision, recall, right float64) {
	isGold := make(map[string]bool, len(gold))
	for _, id := range gold {
		isGold[id] = true
	}
	cited = Distinct(cited)
	both := 0
	for _, id := range cited {
		if isGold[id] {
			both++
		}
	}
	if both == 0 {
		return 0, 0, 0
	}
	return share(both, len(cited)), share(both, len(isGold)), 1
}
