package text

// Everyday tells whether a word is one that people ask with, whatever they ask
// about: to get, somebody, pls. Unlike a stop word it is indexed, as a text may be
// about it; but that no document has it says nothing.
func Everyday(word, lang string) bool {
	return everyday[lang][wordTerm(normal(word, lang), lang)]
}

var everyday = func() map[string]map[string]bool {
	all := map[string]map[string]bool{}
	for lang, list := range everydayLists {
		terms := map[string]bool{}
		for w := range set(list) {
			terms[wordTerm(w, lang)] = true
		}
		all[lang] = terms
	}
	all[""] = all["en"]
	return all
}()

var everydayLists = map[string]string{
	"en": `get got gotten give gave given go goes going gone went come came want need know knew find found show look see saw say said
		make made take took taken use try put keep kept help like happen occur work mean seem thing something anything everything nothing
		anybody anyone somebody someone everybody everyone nobody people guys folks person way lot bit kind sort stuff one two several various
		today now really actually maybe also still ever never soon currently usually exactly quickly easily simply basically already yet
		possible able enough allowed supposed sure right good best better well new big small question answer info information detail idea ask asking
		wonder wondering explain describe list mention tell talk learn figure check btw asap fyi etc pls plz thx lol gonna wanna gotta thru tho lemme
		waht hwo teh taht wich whcih adn kinda dunno`,
	"de": `bekommen bekomme kriegen kriege gehen geht gehe machen macht mache gemacht sagen wissen weiß finden finde brauchen brauche geben
		jemand niemand leute sache ding dinge mal eigentlich genau gerade heute möglich gut neu zwei eben halt frage antwort erklären zeigen
		beschreiben lassen bedeuten bedeutet passiert info`,
	"fr": `obtenir faire fait fais trouver besoin veux veut savoir sais quelqu'un personne chose choses deux aujourd'hui donner expliquer
		montrer dire possible maintenant question réponse info svp`,
	"es": `tener tengo hacer hago hace obtener necesito necesita quiero saber alguien nadie cosa cosas dos hoy puedo dar explicar mostrar decir
		posible ahora pregunta respuesta favor info`,
	"ru": `получить делать сделать нужно нужен можно хочу знать найти кто-нибудь кто-то человек люди вещь два сегодня пожалуйста сейчас
		объяснить показать сказать вопрос ответ возможно`,
	"it": `avere fare ottenere trovare bisogno voglio sapere qualcuno nessuno cosa cose due oggi adesso dare spiegare dire possibile domanda`,
	"pt": `ter fazer obter preciso quero saber alguém ninguém coisa coisas dois hoje agora dar explicar dizer possível pergunta`,
	"nl": `krijgen krijg doen gaan weten vinden nodig iemand niemand ding dingen twee vandaag geven uitleggen zeggen mogelijk vraag`,
}
