package answer

import (
	"context"
	"slices"
	"strconv"
	"strings"

	"footnote/prompts"
	"footnote/rag"
)

// writing is one answer of a language model while it is being written.
type writing struct {
	l       *LLM
	q       rag.Question
	asked   *question
	fixed   prompts.Fixed
	hits    []rag.Hit
	private bool // hits were kept from the model
	emit    func(rag.Sentence)

	in    []int // the hits of the prompt, by their numbers - 1
	rules []string
	think rag.Unthinker
	raw   strings.Builder // up to the head
	head  head
	read  bool // the head is
	waits bool // the head is not what was asked for: it shows at the end
	scan  *scanner
	held  []rag.Sentence // all before the first that cites
	cited bool
	begun bool           // the answer has begun
	times map[string]int // that a sentence was said
	stop  func()         // ends the reply
	over  bool           // it was ended
}

// write asks the model with the hits in, best first, and where they are too long
// for it with half of them.
func (w *writing) write(ctx context.Context, in []int) (rag.Outcome, error) {
	out := rag.Outcome{Model: w.l.o.Generator.Model()}
	for {
		done, err := w.ask(ctx, in)
		out.Usage = out.Usage.Add(done.Usage)
		if tooLong(err) && !w.begun && len(in) > 1 {
			in = in[:len(in)/2]
			continue
		}
		if err == nil && w.cutShort(done) {
			err = &rag.ModelError{Fault: rag.CutOff}
		}
		out.Dropped = w.scan.dropped
		if err != nil {
			return out, err
		}
		if done.Truncated {
			out.Degraded = string(rag.CutOff)
		}
		return w.finish(ctx, out)
	}
}

// ask lets the model write once.
func (w *writing) ask(ctx context.Context, in []int) (rag.Completion, error) {
	w.in = slices.Sorted(slices.Values(in))
	w.think, w.times = rag.Unthinker{}, map[string]int{}
	w.scan = newScanner(len(w.in), w.say)
	w.forget()
	ms, err := w.l.messages(w.q, w.asked.lang, w.hits, w.in)
	if err != nil {
		return rag.Completion{}, err
	}
	w.rules = append([]string{ms[0].Text}, w.fixed.Rules...)
	var enough context.Context
	enough, w.stop = context.WithCancel(ctx)
	defer w.stop()
	done, err := w.l.o.Generator.Generate(enough, ms, func(piece string) { w.hear(w.think.Write(piece)) })
	if w.over {
		return rag.Completion{Usage: done.Usage}, nil
	}
	if err == nil {
		w.hear(w.think.End())
		if !done.Truncated || !w.waits {
			w.next("", true)
		}
	}
	w.scan.Close(err != nil || done.Truncated)
	return done, err
}

// hear takes text of the reply, and forgets what came before where those were
// thoughts. Thoughts that were not opened show by their closing mark only. So that
// none are shown, a reply is held back to its end unless it begins as it was asked
// to; of one that does and closes thoughts later, checked sentences may have been
// shown, and what follows the mark is read as another reply.
func (w *writing) hear(piece string, anew bool) {
	if anew {
		w.forget()
	}
	w.next(piece, false)
}

// forget begins the reply anew, but for what was emitted.
func (w *writing) forget() {
	dropped := w.scan.dropped
	w.scan = newScanner(len(w.in), w.say)
	w.scan.dropped = dropped
	w.raw.Reset()
	w.head, w.read, w.waits, w.begun, w.held = head{}, false, false, false, nil
}

// next reads the head first; the scanner gets what follows it.
func (w *writing) next(piece string, final bool) {
	if !w.read {
		w.raw.WriteString(piece)
		if w.waits && !final {
			return
		}
		raw := w.raw.String()
		h, at, ok := readHead(raw, final)
		if w.waits = ok && !final && !h.asked; !ok || w.waits {
			return
		}
		if final && !h.asked {
			raw, h, at = lenient(raw)
		}
		w.head, w.read = h, true
		piece = raw[at:]
	}
	if w.head.verdict != rag.Answered && w.head.verdict != rag.Partial {
		return
	}
	if piece = trimmed(piece, w.begun); piece != "" {
		w.begun = true
		w.scan.Write(piece)
	}
}

// say emits a sentence with the hits that its numbers stand for. What comes
// before the first that cites is held back: it may say that there is no answer.
func (w *writing) say(s rag.Sentence) {
	if !strings.ContainsFunc(s.Text, isLetterOrDigit) {
		return
	}
	if w.over || recites(s.Text, w.rules, w.sources()) || w.again(s.Text) {
		return
	}
	for i, n := range s.Cites {
		s.Cites[i] = w.in[n-1] + 1
	}
	if w.held = append(w.held, s); len(s.Cites) > 0 || w.cited {
		w.cited = true
		w.release()
	}
}

// again tells whether a sentence is said for the third time: then the model is in a
// loop, and the reply ends. Headings and the like are too short to tell.
func (w *writing) again(s string) bool {
	words := plain(s)
	if strings.Count(words, " ") <= minLoop {
		return false
	}
	if w.times[words]++; w.times[words] == maxTimes {
		w.over = true
		w.stop()
	}
	return w.over
}

const (
	maxTimes = 3
	minLoop  = 3 // words of a sentence
)

// sources returns the texts of the prompt's hits.
func (w *writing) sources() []string {
	var all []string
	for _, i := range w.in {
		all = append(all, w.hits[i].Passage.Text)
	}
	return all
}

func (w *writing) release() {
	for _, s := range w.held {
		w.emit(s)
	}
	w.held = nil
}

// cutShort tells whether the model came to its limit before it said anything.
func (w *writing) cutShort(done rag.Completion) bool {
	return done.Truncated && !w.cited && (!w.read || w.head.verdict == rag.Answered || w.head.verdict == rag.Partial)
}

// finish says what the whole reply comes to.
func (w *writing) finish(ctx context.Context, out rag.Outcome) (rag.Outcome, error) {
	if !w.cited && len(w.held) > 0 {
		var said strings.Builder
		for _, s := range w.held {
			said.WriteString(s.Text)
		}
		refused, err := refuses(said.String())
		if err != nil {
			return out, err
		}
		if refused {
			w.head.verdict = rag.NotFound
		}
	}
	switch w.head.verdict {
	case rag.NotFound:
		return w.notFound(ctx, out, w.head.said)
	case rag.Clarify:
		return w.clarify(out)
	}
	if !w.cited && len(w.held) == 0 {
		return out, &rag.ModelError{Fault: rag.BadReply}
	}
	w.release()
	if out.Verdict = w.head.verdict; out.Degraded != "" {
		out.Verdict = rag.Partial
	}
	out.Missing = askedFor(w.head.said, w.q)
	return out, nil
}

// notFound says that there is no answer. Words that no document holds are named
// by the code, never by the model.
func (w *writing) notFound(ctx context.Context, out rag.Outcome, said string) (rag.Outcome, error) {
	if w.private {
		return out, &rag.ModelError{Fault: rag.Private}
	}
	out.Verdict, out.Degraded = rag.NotFound, ""
	var words []string
	if _, other := otherLanguage(w.asked, w.hits, w.fixed); !other {
		var err error
		if words, err = w.l.o.Quotes.missing(ctx, w.q, w.asked); err != nil {
			return out, err
		}
	}
	phrase := askedFor(said, w.q)
	if out.Missing = words; len(words) == 0 {
		out.Missing = phrase
	}
	if len(phrase) > 0 {
		out.Search = strings.Join(phrase, " ")
	}
	w.emit(rag.Sentence{Text: withMissing(w.fixed.NotFound, w.fixed, words), Fixed: true})
	return out, nil
}

// clarify asks which of up to three titles is meant, in words of our own.
func (w *writing) clarify(out rag.Outcome) (rag.Outcome, error) {
	var seen []rag.Hit
	for _, i := range w.in {
		seen = append(seen, w.hits[i])
	}
	titles := choices(w.head.said, seen)
	if len(titles) < 2 {
		return out, &rag.ModelError{Fault: rag.BadReply}
	}
	for i, t := range titles {
		titles[i] = strconv.Itoa(i+1) + " " + t
	}
	out.Verdict, out.Degraded = rag.Clarify, ""
	w.emit(rag.Sentence{Text: prompts.Fill(w.fixed.Which, "choices", strings.Join(titles, "   ")), Fixed: true})
	return out, nil
}
