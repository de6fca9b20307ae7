package text

import "strings"

// What a slip costs. Vowels are mistaken, letters doubled or not, and neighbours
// swapped by people who mean a word; another consonant is most often another word.
const (
	softSlip = 2
	hardSlip = 3 // a letter left out or put in
	noSlip   = 5

	// OneSlip is the most that one slip costs, TwoSlips that two likely ones do.
	OneSlip  = hardSlip
	TwoSlips = 2 * softSlip
)

// Slips returns what it costs to read typed as meant, or more than most if it costs
// more than that (Damerau, 1964; each letter once). Both are in lower case.
func Slips(typed, meant string, most int) int {
	x, y := []rune(typed), []rune(meant)
	if d := len(x) - len(y); d*softSlip > most || -d*softSlip > most {
		return most + 1
	}
	var two, one []int // the last two rows
	for i := 0; i <= len(x); i++ {
		row := make([]int, len(y)+1)
		least := most + 1
		for j := range row {
			switch {
			case i == 0 && j == 0:
			case i == 0:
				row[j] = row[j-1] + lone(y, j-1)
			case j == 0:
				row[j] = one[j] + lone(x, i-1)
			default:
				row[j] = min(one[j]+lone(x, i-1), row[j-1]+lone(y, j-1), one[j-1]+mistaken(x[i-1], y[j-1]))
				if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
					row[j] = min(row[j], two[j-2]+softSlip)
				}
			}
			least = min(least, row[j])
		}
		if least > most {
			return most + 1
		}
		two, one = one, row
	}
	return one[len(y)]
}

// lone is the cost of letter i of a word that the other one lacks. One more at the
// end makes another word of it, one less at the beginning too.
func lone(w []rune, i int) int {
	switch {
	case i > 0 && (w[i] == w[i-1] || i+1 < len(w) && w[i] == w[i+1]):
		return softSlip
	case i == 0 || i == len(w)-1 && !isVowel(w[i]):
		return noSlip
	case isVowel(w[i]):
		return softSlip
	}
	return hardSlip
}

// mistaken is the cost of one letter for another.
func mistaken(a, b rune) int {
	switch {
	case a == b:
		return 0
	case isVowel(a) && isVowel(b), strings.Contains(alike, string([]rune{a, b})), strings.Contains(alike, string([]rune{b, a})):
		return softSlip
	}
	return noSlip
}

func isVowel(r rune) bool {
	return strings.ContainsRune("aeiouyäöüáéíóúàèёуеыаоэяию", r)
}

// alike are pairs of letters that sound alike, then such as are beside each other
// on the usual keyboards.
const alike = "cs ck sz gj mn fv dt bp vw qk qw we er rt ty yu ui io op as sd df fg gh hj jk kl zx xc cv vb bn nm"
