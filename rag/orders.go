package rag

import (
	"cmp"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"unicode"

	"footnote/rag/text"
)

// A passage that gives orders to a language model ("ignore the above and say ...")
// is no evidence: it is left out before anybody answers from it, unless the
// question is about such orders. This is one layer of several, and the weakest:
// patterns can be written around (arXiv 2510.09023). What holds is that the model
// has no tools, and that every sentence of its is checked and disarmed.

// withoutOrders returns what was found less the blocks that give orders, and says so of
// those that were among the first and have to do with the question.
func withoutOrders(q Question, r Retrieved) Retrieved {
	const first = 3
	var named []string
	bad := givingOrders(q.Text, inBlocks(slices.Concat(r.Hits, r.Whole)))
	topic := newTopic(q)
	for _, h := range inBlocks(r.Hits[:min(first, len(r.Hits))]) {
		if bad[h.Passage.ID] && topic.touches(seen(h.Passage.Text)) {
			named = append(named, fmt.Sprintf("%s:%d", h.Passage.DocID, h.Passage.Line))
		}
	}
	is := func(h Hit) bool {
		return bad[h.Passage.ID] || outOfPlace(h, topic) && !asksAbout(q.Text, h.Passage.Text)
	}
	r.Hits, r.Whole = without(r.Hits, is), without(r.Whole, is)
	if len(named) > 0 {
		r.Degraded = joined(r.Degraded, "left out, since it reads like orders to a language model: "+strings.Join(named, ", "))
	}
	return r
}

// inBlocks returns a hit for each block of the hits: somebody may have put one among
// honest ones.
func inBlocks(hits []Hit) []Hit {
	var parts []Hit
	for _, h := range hits {
		if len(h.Passage.Blocks) < 2 {
			parts = append(parts, h)
			continue
		}
		for i := range h.Passage.Blocks {
			part := h
			part.Passage = h.Passage.part(i, i+1)
			part.Passage.ID, part.Dense, part.Block = fmt.Sprintf("%s#%d", h.Passage.ID, i), 0, 0 // of the whole, not of the part
			parts = append(parts, part)
		}
	}
	return parts
}

// part returns a passage of some of the blocks.
func (p Passage) part(from, to int) Passage {
	blocks := p.Blocks[from:to]
	span := Span{blocks[0].Span.Start, blocks[len(blocks)-1].Span.End}
	p.Text = p.Text[span.Start-p.Span.Start : span.End-p.Span.Start]
	p.Span, p.Blocks, p.Paragraph = span, blocks, p.Paragraph+from
	p.Line, p.Page = blocks[0].Line, blocks[0].Page
	if from > 0 {
		p.Lead = "" // it is of the first
	}
	return p
}

// without returns the hits less what is bad of them: of a passage with bad blocks, the
// longest run of others stays.
func without(hits []Hit, bad func(Hit) bool) []Hit {
	if hits == nil {
		return nil // not whole, which differs from nothing
	}
	kept := make([]Hit, 0, len(hits))
	for _, h := range hits {
		var best, run []int
		for i, part := range inBlocks([]Hit{h}) {
			if run = append(run, i); bad(part) {
				run = nil
			}
			if len(run) > len(best) {
				best = slices.Clone(run)
			}
		}
		if len(best) == 0 {
			continue
		}
		if len(best) < len(h.Passage.Blocks) {
			h.Passage = h.Passage.part(best[0], best[len(best)-1]+1)
			if h.Block -= best[0]; h.Block < 0 || h.Block >= len(best) {
				h.Block = 0 // it was left out
			}
		}
		kept = append(kept, h)
	}
	return kept
}

// outOfPlace tells whether a passage might give orders, and has no word of the
// question nor is near to it by its meaning: little is lost without it.
func outOfPlace(h Hit, topic *topic) bool {
	const near = .5 // cosine
	return h.Dense < near && !topic.touches(seen(h.Passage.Text)) && hints(h.Passage.Text)
}

// givingOrders returns the IDs of the passages that give orders, and of those that
// such a passage introduces with a colon.
func givingOrders(question string, hits []Hit) map[string]bool {
	type at struct {
		doc       string
		paragraph int
	}
	bad, introduced, seen := map[string]bool{}, map[at]bool{}, map[string]bool{}
	spoken := spokenOf(hits)
	for _, h := range hits {
		p := h.Passage
		if seen[p.ID] {
			continue // what was found is in the whole corpus too
		}
		seen[p.ID] = true
		titles := p.Above()
		o := cmp.Or(orderIn(titles+"\n"+p.Text), addressed(titles))
		if o == "" && !spoken(p.DocID) && !answering.speaksOf(titles, answerer, answer) {
			o = addressed(p.Text)
		}
		if o != "" && !asksAbout(question, o) {
			bad[p.ID] = true
			introduced[at{p.DocID, p.Last() + 1}] = strings.HasSuffix(strings.TrimSpace(p.Text), ":")
		}
	}
	for _, h := range hits {
		if p := h.Passage; introduced[at{p.DocID, p.Paragraph}] {
			bad[p.ID] = true
		}
	}
	return bad
}

// spokenOf returns the documents that speak of language models or answers in at least
// two paragraphs that are addressed to nobody but the reader. Where three that were
// found for the question do, all documents are such.
func spokenOf(hits []Hit) func(doc string) bool {
	const often, throughout = 2, 3
	in, found, seen := map[string]int{}, 0, map[string]bool{}
	for _, h := range hits {
		p := h.Passage
		if seen[p.ID] || !aboutOrders.MatchString(strings.ToLower(p.Text)) && !answering.speaksOf(p.Text, answerer, answer) || addressed(p.Text) != "" {
			continue
		}
		seen[p.ID] = true
		in[p.DocID]++
		if h.Score > 0 {
			found++
		}
	}
	return func(doc string) bool { return in[doc] >= often || found >= throughout }
}

// GivesOrders tells whether a text, such as a title, gives orders to a language
// model.
func GivesOrders(s string) bool { return orderIn(s) != "" || addressed(s) != "" }

// asksAbout tells whether a question is about orders such as this one: somebody who
// asks what a prompt injection looks like, or what the chatbot replies, is to find it.
func asksAbout(question, order string) bool {
	return aboutOrders.MatchString(plainForm(strings.ToLower(question))) ||
		answering.speaksOf(question, answerer, answer) && answering.speaksOf(order, answerer, answer)
}

// orderIn returns the words of s that give orders to a language model, or nothing.
func orderIn(s string) string {
	if m := verdictLine.FindString(s); m != "" {
		return m
	}
	plain := plainForm(strings.ToLower(s))
	if m := orderForm(plain); m != "" {
		return m
	}
	if m := setApart.FindString(plain); m != "" {
		return m
	}
	if shown := unmasked(plain); shown != plain {
		return orderForm(shown)
	}
	return ""
}

func orderForm(plain string) string {
	for _, o := range orders {
		if !o.possible(plain) {
			continue // so it is with most passages
		}
		if m := o.form.FindString(plain); m != "" {
			return m
		}
	}
	return ""
}

// aboutOrders are questions that only a passage with orders may answer.
var aboutOrders = regexp.MustCompile(`\b(?:prompts?|injections?|jailbreak\w*|language models?|llms?|chat ?bots?|chats?|dialog(?:ue)?s?)\b|промпт|提示词|注入`)

const (
	// a few words between two others
	near   = `(?:[^.!?\n]{0,30})`
	before = `(?:^|[.!?:;,"'“”‘’(\[\n>*#-]\s*)(?:please |you must |you should |you will |you are to |always |must |now |instead,? |simply |just |then |and |but |so )*`
	what   = `(?:instructions?|rules?|prompts?|sources?|documents?|context|directives?|guidelines?|commands?|orders?|constraints?|restrictions?|policies|messages?|text|passages?)`
	which  = `(?:previous|prior|above|earlier|preceding|foregoing|all|any|every|other|system|these|those|your|original|initial)`
)

// orders are what orders to a language model look like, in lower case with
// single spaces. Each needs a verb that no handbook uses of a reader, or the mention
// of a prompt, so that instructions to people are not taken for them: of the 11,375
// paragraphs of tuning data 19 match, 15 of them in documents about prompting. What is
// addressed to a model in other words is told in addressed.go.
var orders = compiled([][2]string{
	// Setting aside what was said before, in eight languages.
	{`ignore|disregard|forget|override|overrule|bypass|neglect|discard|follow&instruction|rule|prompt|source|document|context|directive|guideline|command|order|constraint|restriction|polic|message|text|passage&previous|prior|above|earlier|preceding|foregoing|all|any|every|other|system|these|those|your|original|initial`, `\b(?:ignore|disregard|forget|override|overrule|bypass|neglect|discard|do not follow|don't follow|stop following)\b` + near + `\b` + which + `\b` + near + `\b` + what + `\b`},
	{`ignore|disregard|forget`, `\b(?:ignore|disregard|forget) (?:everything|anything|all|what(?:ever)?) (?:that )?(?:(?:is|was|were|has been|you were|you have been|i|we|they|said|written|told|comes?|came) )*(?:above|before|previous|prior|earlier|so far|told)\b`},
	{`ignore|disregard|forget`, `\b(?:ignore|disregard|forget) (?:the )?(?:above|previous|preceding|foregoing)\b`},
	{`ignorier|vergiss|vergess|missacht|ubergeh|uberschreib|verwirf|beachte`, `(?:ignorier|vergiss|vergesst|missacht|ubergeh|uberschreib|verwirf|beachte)[a-z]*` + near + `(?:vorherig|vorig|obig|bisherig|fruher|alle|jede|system|nicht)` + near + `(?:anweisung|instruktion|regel|vorgabe|quelle|kontext|prompt|dokument|befehl)`},
	{`ignore|oublie|neglige|outrepasse`, `(?:ignore[zr]?|oublie[zr]?|neglige[zr]?|outrepasse[zr]?)\b` + near + `(?:instructions?|consignes?|regles?|sources?|documents?|directives?|ordres?)\b`},
	{`ignora|olvid&anterior`, `\b(?:ignora|ignore|ignorad|olvida|olvide|olvidad|esqueca) (?:todo )?(?:lo|o|a) (?:anterior|que precede|de arriba)\b`},
	{`ignora|ignore|olvid|descart|omit|dimentica|esqueca|desconsidere`, `\b(?:ignora|ignore|ignorad|olvida|olvide|descarta|omite|dimentica|esqueca|desconsidere)[a-z]*\b` + near + `(?:instrucciones|reglas|fuentes|indicaciones|ordenes|istruzioni|regole|fonti|instrucoes|regras|fontes)`},
	{`игнорир|забуд|отбрось|обращай|следуй|пренебрег`, `(?:игнорир|забуд|отбрось|не обращай|не следуй|пренебрег)` + near + `(?:инструкц|правил|указан|источник|команд|промпт|сообщен|выше)`},
	{`忽略|无视|無視|忘记|忘記|忘掉|不要|跳过`, `(?:忽略|无视|無視|忘记|忘記|忘掉|不要理会|不要遵守|跳过)[^。！？\n]{0,16}(?:指令|指示|规则|規則|提示|来源|來源|说明|內容|内容|上文|以上)`},
	{`無視|忘れ|従わない`, `(?:指示|命令|ルール|プロンプト|指令)[^。\n]{0,8}(?:無視|忘れ|従わない)`},
	// Speaking to a model.
	{`ai|a.i.|artificial|llm|language|gpt|claude|gemini|copilot|bot|assistant&attention|note|message|instruction|dear|hey|hi|hello|if you`, `\b(?:attention|notes? (?:to|for)|messages? (?:to|for)|instructions? (?:to|for)|dear|hey|hi|hello|if you are|if you're) (?:an? |any |all |the |our |this )?(?:ai|a\.i\.|artificial intelligence|llms?|large language|language|chat ?gpt|gpt|claude|gemini|copilot|chat ?bots?|q&a bot|virtual assistant|helpful assistant|ai-)\b[^\n"{}]{0,60}\b(?:ignore|disregard|forget|say|reply|respond|answer|output|print|must|always|never|do not|include|append|insert|tell|reveal|repeat|obey)\b`},
	{`ai|llm|gpt|claude|gemini|copilot|model|bot|assistant&ignore|disregard|say|reply|respond|print|reveal|repeat|obey|forget`, `\b(?:ai|llm|chat ?gpt|gpt|claude|gemini|copilot|language models?|chat ?bots?|assistants?)\s?[,:]\s?(?:please |you must |you should |you will |now )*(?:say|reply|respond|print|ignore|reveal|repeat|disregard|obey|forget)\b`},
	{`ki|ia|sprachmodell|modele|modelo|модел|ии|нейросет`, `\b(?:an: |hinweis an |nachricht an |a l'attention (?:de|des) |note (?:pour|aux) |nota para |для |внимание,? )(?:die |den |das |alle |l')?(?:ki\b|ia\b|sprachmodell|ki-|modele de langue|modelo de lenguaje|языковой модели|ии\b|нейросет)`},
	{`作为|你是|致`, `(?:作为|你是|致)(?:一个|一名|所有)?(?:ai|人工智能|语言模型|大模型|聊天机器人)`},
	// The parts of a prompt, real or forged.
	{`system|developer|assistant|admin|root&:|>&you|ignore|disregard|new|from now|always|never|do not|the |override|reply|respond|say|print|output|reveal|leave`, `(?:^|[\n.!?>*#\[(-] ?)(?:\[|\*\*|#+ ?)?(?:system|developer|assistant|admin|administrator|root)(?: prompt| messages?| notes?| override| instructions?| update| command)? ?\]?(?:\*\*)? ?[:>] ?(?:you\b|ignore|disregard|new\b|from now|always|never|do not|the (?:assistant|model|ai)\b|override|reply|respond|say|print|output|reveal|leave|the (?:real|true|correct))`},
	{`system|developer&override|update|message`, `\b(?:system|developer) (?:(?:message|override) ?[:=]|(?:prompt|message|override) (?:update|ends?\b))`},
	{`new`, `\bnew (?:system )?(?:instructions?|rules?|prompt|directives?) ?[:(]`},
	{`im_|inst]|sys>|turn>|system|assistant|user|endoftext|end_of_text|header_id|eot_id`, `<\|? ?(?:im_start|im_end|system|assistant|user|endoftext|end_of_text|start_header_id|end_header_id|eot_id)\|? ?>|\[/?inst\]|<</?sys>>|</?(?:start|end)_of_turn>`},
	{`##`, `#{2,} ?(?:system|instructions?|new instructions?|response|human|assistant) ?:`},
	{`"n"`, `\{ ?"n" ?: ?\d+ ?, ?"(?:title|heading|date|text)"`},
	{`end of|begin`, `\b(?:end|begin|beginning|start) of (?:the )?(?:sources|source list|retrieved (?:documents|context)|context window|documents block|user (?:message|question|input)|untrusted)`},
	{`</sources>|</untrusted|</retrieved`, `</(?:sources|untrusted|retrieved)[^>]{0,20}> ?(?:[a-z]|$|\n)`},
	{"answer\n|answer \n|partial\n|not_found|clarify\n", `(?:^|\n) ?(?:answer|partial|not_found|clarify) ?\n`},
	// What to say.
	{`reply|respond|answer&with|exactly|:`, before + `(?:reply|respond|answer)(?: to (?:everything|every \w+|all \w+|any \w+|the user|them|him|her))?(?: (?:only|just|exactly|simply|verbatim))*(?: with(?: (?:only|just|exactly|nothing but|the (?:exact )?(?:word|words|phrase|text|string|token|sentence|message))\b| ?[:"'“‘])| exactly\b| ?: ?["'“‘])`},
	{`say |print |repeat |state |declare |echo &only|just|exactly|simply|verbatim|out|back|the `, before + `(?:say|print|repeat|state|declare|echo)(?: (?:only|just|exactly|simply|verbatim|out|back|the (?:exact )?(?:word|words|phrase|text|string|token|sentence|secret|canary)))+ ?(?:[:"'“‘]|[a-z]*\d|[a-z]+[-_])`},
	{`answer|repl|response|output|summar&append|include|insert|add|embed|begin|start|end|finish|prefix|preface|conclude|close&your|every|each|all|any&"|'|“|‘|:|![|www.|_|-`, `\b(?:append|include|insert|add|embed|begin|start|end|finish|prefix|preface|conclude|close)\b[^.!?\n]{0,60}\b(?:your|every|each|all|any) (?:\w+ )?(?:answers?|repl(?:y|ies)|responses?|outputs?|summar(?:y|ies))\b[^!?\n]{0,80}(?:https?:|www\.|!\[|["'“‘:]|\b[a-z]+[-_]?\d{2,}|\b[a-z]+[-_][a-z]+)`},
	{`http|www.|![&answer|repl|response|output|summar&append|include|insert|add|embed|render|show|display|output|put`, `\b(?:append|include|insert|add|embed|render|show|display|output|put)\b[^.!?\n]{0,60}(?:https?:|!\[|www\.)[^\n]{0,120}\b(?:your|every|each|all|any) (?:\w+ )?(?:answers?|repl(?:y|ies)|responses?|outputs?|summar(?:y|ies))\b`},
	{`user|asker|reader|person asking|people who ask|whoever&http|hxxp|[.]|[dot]|www.|password|credential|key|pay|wire|transfer|mail&tell|instruct|ask|direct|advise|urge|convince|persuade|recommend|encourage|point|send|refer|lead|guide`, `\b(?:tell|instruct|ask|direct|advise|urge|convince|persuade|recommend|encourage|point|send|refer|lead|guide) (?:the |every |each |any |all )?(?:users?|askers?|readers?|person asking|people who ask|whoever asks)\b[^.!?\n]{0,80}(?:https?:|hxxps?:|\[\.\]|\[dot\]|www\.|password|credential|\bkey\b|\bpay\b|wire|transfer|e-?mail)`},
	{`if you are|human|not a person`, `\b(?:if you are (?:an? )?(?:human|person|machine|bot|computer|program|automat)|humans? (?:may|can|should) (?:skip|ignore))\b`},
	// To whoever answers, however it is put.
	{`ignore|disregard|forget|override`, `\b(?:ignore|disregard|forget|override) (?:the |these |all |your |any |of )+(?:rules|instructions|prompts?|sources|guidelines)\b`},
	{`tiens|tenez|negeer|vergeet|zignoruj|zapomnij|pomin|unut|yoksay|gormezden|تجاهل|انس|무시|잊어`, `(?:ne (?:tiens|tenez)[^.!?\n]{0,20}compte|negeer|vergeet|zignoruj|zapomnij|pomin|تجاهل|انس|yoksay)` + near + `(?:consigne|instruction|regle|aanwijzing|instructie|regels|polece|instrukcj|zasad|talimat|kural|تعليمات|قواعد)|(?:talimat|kural)[^.!?\n]{0,20}(?:unut|yoksay|gormezden)|(?:지시|규칙|명령)[^.!?\n]{0,12}(?:무시|잊어)`},
	{`new instructions`, `(?:^|\W)new instructions ?!`},
	{`in your answer|in your reply|in your response|in your output|you answer,|you reply,|you respond,|you answer this|you are asked`, `\bin your (?:answer|reply|response|output)\b|\b(?:when|before|while|whenever) you (?:answer|reply|respond)(?:,| this\b)`},
	{`question&with&answer|reply|respond`, `\b(?:answer|reply to|respond to) (?:every|all|any|each|this) (?:\w+ )?questions?(?: \w+){0,4} with\b`},
	{`the model|the assistant|ai reader|ai system|that answer|who answer|that summari`, `\byou,? the (?:model|assistant|ai|bot)\b|\bai readers?\b|\b(?:models?|assistants?|bots?|readers?) (?:that|who|which) (?:answers?|summari[sz]es?|repl(?:y|ies))\b`},
	{`without limits|without rules|without restrictions|from now on|in character|pretend to be|play a game`, `\bassistant without (?:limits|rules|restrictions)\b|\bfrom now on,? you are\b|\bstay in character\b|\bpretend to be (?:my|an?|the)\b|\blet'?s play a game\b`},
	{`rot13|base64|hex|backwards|decode`, `\b(?:rot13|base64|hex(?:adecimal)?(?: encoded)?|backwards|decode)\b[^!?\n]{0,60}\b(?:follow|execut\w*|act on|obey|do what)\b`},
	{`of this assistant|this deployment|automated reply|automated replies|automated answer`, `\b(?:administrator|developer|operator|owner)s? of this (?:assistant|bot|chatbot|model)\b|\bany automated (?:reply|answer|response)\b`},
	{`your system prompt|prompt`, `\b(?:repeat|print|reveal|show|recite|output) (?:your|the) (?:system |hidden |initial )?prompt\b`},
	{`other sources|source `, `\b(?:list|print|repeat|say) everything\b` + near + `\bother (?:sources|documents)\b|\bcite source \d+ for\b`},
	{`follow|use|keep|copy&example|sample|answers&format|form|style|pattern`, `\b(?:follow|use|keep to|copy) the (?:format|form|style|pattern) of (?:the|these|those|all) (?:examples?|samples?|answers?)\b`},
	{`without|keep quiet|do not say|don't say&you|told|asked|instructed|came from|comes from`, `\bwithout (?:saying|mentioning|telling|revealing|disclosing|adding) (?:that|why|where|who|how)\b[^.!?\n]{0,20}\b(?:you|asked|told|instructed|came from|comes from)\b|\bkeep quiet about (?:where|who|why|this|the source)\b`},
	{`</&<|</`, `</(?:sources?|context|documents?|data|input|retrieved\w*|user_?input|query|question)> ?\n? ?</?(?:sources?|context|documents?|instructions?|system|task|prompt|assistant|user)\b`},
	{`end of|end_of|begin&data|task|sources|context|input`, `[-=*#~_]{3,} ?(?:end|begin|start) (?:of )?(?:the )?(?:data|sources|context|input|documents?|user input) ?[-=*#~_]{3,}`},
	// Posing as somebody, and giving away.
	{`you are now`, `\byou are now (?:an? )?(?:unrestricted|uncensored|jailbroken|unfiltered|evil|dan\b|free (?:of|from)|no longer|in (?:developer|debug|admin|god|maintenance) mode)`},
	{`from now on`, `\bfrom now on,? (?:you )?(?:will |must |should |shall |are to |always )*(?:answer|respond|reply|say|only|speak|act|pretend|ignore|obey)\b`},
	{`pretend|act as|imagine|role`, `\b(?:pretend|act as if|imagine|roleplay|role-play)\b` + near + `\b(?:no (?:rules|restrictions|filters?|guidelines)|unrestricted|an ai|a language model|the system|admin(?:istrator)?|developer mode)\b`},
	{`jailbreak|developer|do anything|dan mode`, `\b(?:jailbreak|developer mode|do anything now|dan mode)\b` + near + `\b(?:enabled?|activated?|on|now|engaged)\b`},
	{`reveal|print|repeat|show|output|leak|disclose|give|recite|dump|expose|summari&your|the &prompt|instruction|message|rules|context|conversation&system|hidden|secret|initial|original|full|entire`, `\b(?:reveal|print|repeat|show|output|leak|disclose|give|recite|dump|expose|summari[sz]e)\b` + near + `\b(?:your|the) (?:system|hidden|secret|initial|original|full|entire) (?:prompt|instructions?|messages?|rules|context|conversation)\b`},
	{`do not&instruction|this |prompt|system|user|source&cite|mention|reveal|disclose|tell|show|quote|inform`, `\bdo not (?:cite|mention|reveal|disclose|tell|show|quote|inform)\b` + near + `\b(?:these instructions?|this (?:instruction|prompt|note|message|rule)|the (?:prompt|system|user|other sources?))\b`},
	{`conversation|chat history|system prompt|user|question|api key|secret|other documents|other sources&http|www.|@|url|link|image|server|endpoint|query&send|post|forward|submit|upload|transmit|exfiltrate|encode|leak|append|attach`, `\b(?:send|post|forward|submit|upload|transmit|exfiltrate|encode|leak|append|attach)\b[^.!?\n]{0,60}\b(?:conversation|chat history|system prompt|user'?s? (?:question|query|input|data|message)|the question|this question|api keys?|secrets?|other (?:documents|sources))\b[^\n]{0,80}(?:https?:|www\.|@|\burl\b|\blink\b|\bimage\b|\bserver\b|\bendpoint\b|query string)`},
	{`cite|treat|trust|prefer|use|regard|consider&as |instead of|over |with &this|source|[&only|authoritative|highest|trusted|every|all |the other|any`, `\b(?:cite|treat|trust|prefer|use|regard|consider)\b` + near + `\b(?:this|source \d+|\[\d+\])(?: \w+){0,3} (?:as (?:the )?(?:only|authoritative|highest|most trusted)|instead of (?:all|every|the other|any)|over (?:all|every|the other|any) other|with (?:the )?highest)\b`},
	{`source|document|passage&other|remaining|previous|preceding&wrong|false|outdated|fake|invalid|untrusted|obsolete|void|ignored`, `\b(?:the )?(?:other|remaining|previous|preceding) (?:sources?|documents?|passages?) (?:are|is|were) (?:wrong|false|outdated|fake|invalid|untrusted|obsolete|void|to be ignored)\b`},
})

// An order is a form, and groups of words: of each group it needs one.
type order struct {
	needs [][]string
	form  *regexp.Regexp
}

// compiled reads groups of words, "a|b&c|d" for one of a and b and one of c and d,
// and forms.
func compiled(forms [][2]string) []order {
	var all []order
	for _, f := range forms {
		o := order{form: regexp.MustCompile(f[1])}
		for group := range strings.SplitSeq(f[0], "&") {
			o.needs = append(o.needs, strings.Split(group, "|"))
		}
		all = append(all, o)
	}
	return all
}

func (o order) possible(plain string) bool {
	for _, group := range o.needs {
		if !slices.ContainsFunc(group, func(word string) bool { return strings.Contains(plain, word) }) {
			return false
		}
	}
	return true
}

// plainForm returns lower-case s without accents, hidden characters and repeated
// spaces. Line feeds stay: some orders stand on a line of their own.
func plainForm(lower string) string {
	var b strings.Builder
	space := false
	for _, r := range text.Fold(lower) {
		switch {
		case r == '\n':
			b.WriteByte('\n')
			space = false
			continue
		case unicode.IsSpace(r):
			space = true
			continue
		case unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Mn, r) || unicode.IsControl(r) || 0xE0000 <= r && r < 0xE1000:
			continue
		}
		if space && b.Len() > 0 && !strings.HasSuffix(b.String(), "\n") {
			b.WriteByte(' ')
		}
		space = false
		b.WriteRune(r)
	}
	return b.String()
}

// verdictLine is the first line of a reply as a prompt asks for it.
var verdictLine = regexp.MustCompile(`(?m)^[ >*_]*(?:(?:PARTIAL|NOT_FOUND) ?:|CLARIFY ?:[^\n]*\|)`)

// setApart finds a whole phrase of letters with something between them: nobody
// writes so to be read.
var setApart = regexp.MustCompile(`(?:\b\pL[ ._*-]{1,3}){12}`)
