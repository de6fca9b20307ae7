package rag

import "testing"

// Paragraphs of our own for TestParaphrases.
const (
	bakeryText = "Meyer & Daughters was founded in 1889 by the brothers Otto and Emil Meyer, who came from Bremen. It employs 1,240 people in three cities: Kiel, Lübeck and Rostock. Sales rose by 12% to €48.7 million last year."
	leaveText  = "Employees who have worked here for at least six months may take up to 16 weeks of parental leave at full pay. The request must reach the HR department before the leave begins. Unused days may not be carried over into the next year."
	boatText   = "The ferry Aurora sails from Harwich to Esbjerg every Tuesday at 19:30 and takes about 22 hours. Dogs are allowed on deck 7 only. A cabin costs 95 euros per night, and a seat 30 euros."
	serverText = "The metrics server listens on port 9100 and the log collector on port 5170. Data is kept for 30 days by default; retention can be increased to at most 365 days. The service was written in Go by Lena Okafor, who joined the team in March 2021."
	volcano    = "Mount Terava last erupted on 4 July 1987, when ash rose to a height of 11 kilometres. Nobody was killed, but 3,200 inhabitants had to leave the island. Scientists from Oslo have watched it since 1990."
	germanText = "Die Bibliothek wurde 1902 von der Stadt Husum gegründet. Sie ist von Montag bis Freitag geöffnet und leiht bis zu zehn Bücher für vier Wochen aus. Vor dem ersten Besuch muss man sich anmelden. Hunde sind nicht erlaubt."
	doseText   = "Adults take one tablet of 500 mg twice a day after meals. The medicine must not be given to children under 12 years. Store it below 25 °C. In a trial with 412 patients it reduced fever in 87% of them within two hours."
	chessText  = "In the final, Ines Duarte beat Pavel Horak by 3 to 1 and became the first woman to win the cup. Horak had won it twice before. The prize was $25,000."
)

// TestParaphrases has free paraphrases, as a language model writes them, of short
// paragraphs, and false ones of the same kind. Two are known to be marked wrongly.
func TestParaphrases(t *testing.T) {
	for _, c := range []struct {
		source, s string
		support   Support
	}{
		{leaveText, "Yes, up to 16 weeks.", Checked},
		{leaveText, "Yes, up to 18 weeks.", Unverified},
		{leaveText, "You can take as many as sixteen weeks off at full pay when you become a parent.", Checked},
		{leaveText, "Only those with six months or more at the company are eligible for parental leave.", Checked},
		{leaveText, "No, unused days can't be carried over.", Checked},
		{leaveText, "Unused days may be carried over into the next year.", Unverified},
		{leaveText, "The HR department has to get the request before the leave begins.", Checked},
		{leaveText, "The request must reach the HR department after the leave begins.", Unverified},
		{bakeryText, "It was founded in 1889 by two brothers.", Checked},
		{bakeryText, "It was founded in 1898 by two brothers.", Unverified},
		{bakeryText, "The founders were Otto and Emil Meyer.", Checked},
		{bakeryText, "The company has more than 1,200 employees.", Checked},
		{bakeryText, "The company has more than 1,300 employees.", Unverified},
		{bakeryText, "The company has 1,200 employees.", Unverified},
		{bakeryText, "Sales were about €49 million last year.", Checked},
		{bakeryText, "Sales were €49 million last year.", Unverified},
		{bakeryText, "Sales were about €60 million last year.", Unverified},
		{bakeryText, "Sales fell by 12% last year.", Unverified},
		{bakeryText, "Last year it sold 12% more.", Checked},
		{bakeryText, "It has staff in Kiel, Lübeck and Rostock.", Checked},
		{bakeryText, "There are 1,240 employees: in Kiel, Lübeck and Hamburg.", Unverified},
		{boatText, "She leaves Harwich at 7:30 pm on Tuesdays.", Checked},
		{boatText, "She leaves Harwich at 8:30 pm on Tuesdays.", Unverified},
		{boatText, "The crossing to Esbjerg takes roughly 22 hours.", Checked},
		{boatText, "Dogs are forbidden on deck 7.", Unverified},
		{boatText, "Dogs may only go on deck 7.", Checked},
		{boatText, "You pay €95 a night for a cabin.", Checked},
		{boatText, "A cabin costs 30 euros per night, and a seat 95 euros.", Unverified},
		{serverText, "Logs are collected on port 5170.", Checked},
		{serverText, "The metrics server listens on port 5170 and the log collector on port 9100.", Unverified},
		{serverText, "By default, data is kept for 30 days, and at most for a year (365 days).", Checked},
		{serverText, "Retention can be increased to at least 365 days.", Unverified},
		{serverText, "Lena Okafor, on the team since March 2021, wrote it in Go.", Checked},
		{serverText, "Lena Okafor, on the team since March 2022, wrote it in Go.", Unverified},
		{volcano, "There were no deaths when Terava last erupted in July 1987.", Unverified}, // wrong: that nobody was killed is not understood
		{volcano, "The ash rose 11 km high in 1987.", Checked},
		{volcano, "The ash rose 11 miles high in 1987.", Unverified},
		{volcano, "Over 3,000 people had to leave the island.", Checked},
		{volcano, "Fewer than 3,000 inhabitants had to leave the island.", Unverified},
		{volcano, "Mount Terava first erupted on 4 July 1987.", Unverified},
		{volcano, "It has been watched from Oslo since 1990.", Checked},
		{doseText, "Take 500 mg two times a day, after a meal.", Checked},
		{doseText, "Take 500 g two times a day, after a meal.", Unverified},
		{doseText, "Adults take one tablet of 500 mg twice a day before meals.", Unverified},
		{doseText, "Children younger than 12 must not take the medicine.", Checked},
		{doseText, "Children younger than 12 may be given the medicine.", Unverified},
		{doseText, "Fever went down in 87 percent of the 412 patients within two hours.", Checked},
		{doseText, "Fever rose in 87 percent of the 412 patients within two hours.", Unverified},
		{doseText, "It should be stored at less than 25 °C.", Checked},
		{doseText, "It should be stored above 25 °C.", Unverified},
		{chessText, "Duarte won the final 3:1 against Horak.", Checked},
		{chessText, "Pavel Horak beat Ines Duarte by 3 to 1.", Unverified},
		{chessText, "Horak was beaten by Duarte in the final.", Checked},
		{chessText, "The winner got 25,000 dollars.", Unverified}, // wrong: too few words are the source's
		{chessText, "The winner got 25,000 euros.", Unverified},
		{germanText, "Ja, bis zu 10 Bücher.", Checked},
		{germanText, "Man darf höchstens zehn Bücher für vier Wochen ausleihen.", Checked},
		{germanText, "Man darf mindestens zehn Bücher für vier Wochen ausleihen.", Unverified},
		{germanText, "Gegründet wurde sie 1902 von der Stadt Husum.", Checked},
		{germanText, "Gegründet wurde sie 1920 von der Stadt Husum.", Unverified},
		{germanText, "Nach dem ersten Besuch muss man sich anmelden.", Unverified},
		{germanText, "Von Montag bis Freitag ist sie geschlossen.", Unverified},
		{germanText, "Hunde sind verboten.", Checked},
		{germanText, "Hunde sind erlaubt.", Unverified},
	} {
		v := verifier{hits: hitsOf(c.source)}
		if got := v.check(Sentence{Text: c.s, Cites: []int{1}}); got.Support != c.support {
			t.Errorf("%q is %s %q, want %s", c.s, got.Support, got.Unsupported, c.support)
		}
	}
}
