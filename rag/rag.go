// Package rag answers questions from documents and cites every sentence.
//
// It is the core of Footnote: the types, four small interfaces, and the two
// verbs that join them. Read this file, then sync.go and ask.go, then one leaf.
//
//	seeds/* -load-> Document -split-> Passages -Embedder-> Vectors -Index.Replace->   Sync
//	question -Retriever-> Hits -Answerer-> Sentences -verify-> Answer                 Ask
//
// The leaves are packages named for what they hold:
//
//	rag/text      words, stems, sentences and the language of a text
//	rag/load      files to Documents
//	rag/split     Document to Passages
//	rag/bge       the built-in Embedder
//	rag/openai    Embedder and Generator of any OpenAI-compatible endpoint
//	rag/local     the embedded Index: SQLite, chromem-go and BM25
//	rag/retrieve  hybrid search with follow-ups: the Retriever
//	rag/reading   what a reader sees of a quoted stretch
//	rag/answer    quotes from the passages, or a model's prose: the Answerers
//	rag/ragtest   the conformance test of Index, and honest fakes of the rest
//
// No leaf imports another (rag/text excepted); package main in bot/ joins them.
//
// Trust stays here. An Answerer says Sentences; only verify, inside Ask, turns
// them into CitedSentences, and every Citation it makes is a byte-exact quote.
// "Not found" is a Verdict, never an error: an error means that something broke.
package rag

import (
	"context"
	"math"
	"slices"
	"strings"
	"time"

	"footnote/rag/text"
)

// A Document is one file as text, with the blocks found in it.
type Document struct {
	// ID is the slash-separated path below the document's root, with the
	// root's name in front when there are several roots.
	ID    string
	Title string
	URL   string
	// Date is an ISO date (2006-01-02) or empty. It never is the file's mtime,
	// which says when a file was copied.
	Date     string
	DateFrom string // where Date is from: "front matter", "properties" or "commit"
	// Text is valid UTF-8: for txt and md the file's own bytes, less a byte
	// order mark and transcoded where needed; for others the extracted text.
	Text   string
	Blocks []Block
	// Dropped are the ranges of Text that are neither block nor heading, such
	// as front matter, in order. Space between blocks belongs to neither.
	Dropped []Dropped
}

// A Block is a paragraph, list, table or code block. Headings are not blocks.
type Block struct {
	Span    Span
	Heading string // heading path above the block, "Setup > Tokens"
	Line    int    // 1-based line of Span.Start
	Page    int    // 1-based, 0 if the format has no pages
	Kind    BlockKind
}

// BlockKind tells what may be cut at sentences and what at lines only.
type BlockKind int

const (
	Paragraph BlockKind = iota
	List
	Table
	Code
)

// Dropped is a range of a Document's Text that is not indexed, and why.
type Dropped struct {
	Span Span
	Why  string // "front matter", "heading", "comment", ...
}

// A Span is a half-open range of bytes of a Document's Text.
type Span struct{ Start, End int }

// A Passage is what is searched: a section, that is consecutive blocks under one
// heading, or a part of a long one. Citations name the Block in it.
type Passage struct {
	// ID is a hash of DocID, Span, Heading and Text: the same passage has the
	// same ID in every process.
	ID, DocID, Title, Heading, URL, Date string
	Span                                 Span
	Paragraph                            int // 1-based ordinal of the first block; the parts of one block share it
	Line, Page                           int
	// Lead is what a part of a long block cannot be understood without: the header
	// of its table, or the sentence before its list. It is searched and shown, and
	// never quoted; empty if Text begins with it.
	Lead   string
	Text   string  // == Document.Text[Span.Start:Span.End]
	Blocks []Block // in order; the first and the last may be parts of longer ones
}

// At returns the block that byte i of Text is in, or the one before it, and its
// 1-based ordinal in the document.
func (p Passage) At(i int) (b Block, paragraph int) {
	b, paragraph = Block{Span: p.Span, Heading: p.Heading, Line: p.Line, Page: p.Page}, p.Paragraph
	for n, next := range p.Blocks {
		if next.Span.Start > p.Span.Start+i {
			break
		}
		b, paragraph = next, p.Paragraph+n
	}
	return b, paragraph
}

// Above returns what stands above the text and is not quoted: title, heading and lead, a
// line each.
func (p Passage) Above() string { return strings.Join([]string{p.Title, p.Heading, p.Lead}, "\n") }

// Whole returns the text below what stands above it.
func (p Passage) Whole() string { return p.Above() + "\n" + p.Text }

// Last returns the ordinal of the last block.
func (p Passage) Last() int { return p.Paragraph + max(len(p.Blocks)-1, 0) }

// A Vector is an embedding of unit length.
type Vector []float32

// Vectors are those of a passage. The zero Vectors are none: the passage is found by
// its words only.
type Vectors struct {
	Whole Vector
	// Blocks holds one for each of the passage's Blocks, nil for those without; it is
	// nil if none has one, or if Whole is.
	Blocks []Vector
}

// A Hit is a passage that a search found.
type Hit struct {
	Passage Passage
	Score   float64 // of the search that returned it; higher is better
	// Dense is the cosine of the question's vector and the passage's; where blocks of
	// it have vectors, the mean of that and the nearest block's. It is 0 if there are
	// none; a Retriever may rescale it.
	Dense   float64
	Lexical float64 // normalised BM25, 0 to 1
	Block   int     // index of that nearest block, the first of equals; 0 if there is none
}

// Nearest returns the block of the passage that is nearest to the question, and its
// 1-based ordinal in the document.
func (h Hit) Nearest() (b Block, paragraph int) {
	if h.Block >= len(h.Passage.Blocks) {
		return h.Passage.At(0)
	}
	return h.Passage.At(h.Passage.Blocks[h.Block].Span.Start - h.Passage.Span.Start)
}

// A Scope says which documents a question may see. The zero Scope sees nothing.
type Scope struct {
	All     bool
	Folders []string // whole path elements: "hr" holds hr/a.md, not hr-private/a.md
}

// Holds tells whether a document is in scope.
func (s Scope) Holds(docID string) bool {
	return s.All || slices.ContainsFunc(s.Folders, func(f string) bool {
		rest, ok := strings.CutPrefix(docID, strings.TrimSuffix(f, "/"))
		return ok && (rest == "" || rest[0] == '/')
	})
}

// A Question is what is asked, with the conversation before it.
type Question struct {
	Text    string
	History []Turn // oldest first
	Scope   Scope
}

// Topics returns the turns of the history whose questions have words of their own: after
// "thanks" the one before it is meant.
func (q Question) Topics() []Turn {
	return slices.DeleteFunc(slices.Clone(q.History), func(t Turn) bool {
		return len(text.Content(t.Question, text.Language(t.Question))) == 0
	})
}

// Previous returns the last question of the topics. It is empty without one.
func (q Question) Previous() string {
	turns := q.Topics()
	if len(turns) == 0 {
		return ""
	}
	return strings.TrimSpace(turns[len(turns)-1].Question)
}

// Disclosable returns the history without the answers that may hold text of private
// documents: those that cite one, and where there are any those that cite none,
// such as a list of titles.
func (q Question) Disclosable(private Scope) []Turn {
	any := private.All || len(private.Folders) > 0
	turns := slices.Clone(q.History)
	for i, t := range turns {
		if any && (len(t.Docs) == 0 || slices.ContainsFunc(t.Docs, private.Holds)) {
			turns[i].Answer = ""
		}
	}
	return turns
}

// A Turn is one earlier question of a conversation and its answer.
type Turn struct {
	Question, Answer string
	Docs             []string // the documents that the answer cites
}

// An Embedder turns texts into vectors. A text's vector never depends on the
// other texts of its batch.
type Embedder interface {
	// Model names the model. It changes when vectors would.
	Model() string
	// EmbedPassages returns one vector for each text, in order.
	EmbedPassages(ctx context.Context, texts []string) ([]Vector, error)
	EmbedQuery(ctx context.Context, text string) (Vector, error)
}

// FileState is what an Index remembers of a file.
type FileState struct {
	ID       string // the Document's ID
	Title    string // the Document's title
	Size     int64
	ModTime  time.Time
	Hash     string // of the file's bytes
	Refused  string // why the file is not indexed; empty if it is
	Embedded string // the Recipe of its vectors, or Withheld; empty: words only, so far
	Passages int    // how many; set by the Index
}

// A Query is what an Index is searched for.
type Query struct {
	Text     string
	Vector   Vector // of Text; nil searches words only
	Embedded string // the Recipe of the vectors to compare Vector with
}

// Coverage tells of the vectors of one Recipe.
type Coverage struct {
	Passages int // how many have one
	// Mean and Deviation are those of the cosine of random pairs of whole passages, which
	// tell what a cosine of this model means; 0 if there are too few vectors.
	Mean, Deviation float64
}

// An Index holds passages and finds them. It is safe for concurrent use:
// a Search sees each file wholly as it was before a Replace or wholly after.
// ragtest.TestIndex is its contract.
type Index interface {
	// Replace sets all passages of the file f.ID in one step. With no passages
	// and nothing refused, the file is gone. vs is nil while there are no
	// vectors yet, else it holds those of each passage.
	//
	// If f.Embedded names another recipe than before, and the passages and their
	// blocks are the same, their former vectors stay beside the new ones, and can be
	// searched until DropFormer.
	Replace(ctx context.Context, f FileState, ps []Passage, vs []Vectors) error
	// DropFormer drops vectors of other recipes than FileState.Embedded names.
	DropFormer(ctx context.Context) error
	// Files returns every file that the index remembers, refused ones too.
	Files(ctx context.Context) (map[string]FileState, error)
	// Passages returns the passages of a document in order, nil if it has none.
	Passages(ctx context.Context, docID string) ([]Passage, error)
	// Coverage returns what vectors there are, by recipe. It is cheap enough to be
	// asked before each search.
	Coverage(ctx context.Context) (map[string]Coverage, error)
	// Search returns, from one snapshot, the union of the n passages of the greatest
	// Dense, by the query's vector and those of its recipe, and of the n that match
	// its text best, with both scores on every hit. Vectors of other recipes are not
	// looked at. Equals are taken by ID. Score is Lexical; order is by Score, then ID.
	Search(ctx context.Context, q Query, n int, s Scope) ([]Hit, error)
	// DF returns in how many passages each word stands, in text, title or
	// heading and in any of its forms, and how many passages there are.
	DF(ctx context.Context, words []string) (df []int, n int, err error)
}

// IDF returns the inverse document frequency of a word that df of n passages
// hold, as BM25 has it (Robertson and Zaragoza, 2009).
func IDF(df, n int) float64 {
	return math.Log(1 + (float64(n-df)+.5)/(float64(df)+.5))
}

// Retrieved is what a Retriever found.
type Retrieved struct {
	Hits []Hit // best first
	// Whole is every passage in scope that may be sent to a language model, in
	// document order, where all of them are few enough, and behind them what was
	// found of others; nil where they are not. What was found has its score.
	Whole    []Hit
	Query    string // the text searched for, if it is not the question's own
	Degraded string // what was missing, such as the question's vector; empty if nothing was
	Usage    Usage  // of a model that rewrote the question
	// Fault is why such a model did not answer, if there is no point in asking it
	// for more.
	Fault  *ModelError
	Timing Timing // Embed and Search are set
}

// A Retriever finds the n passages that most likely answer a question.
type Retriever interface {
	Retrieve(ctx context.Context, q Question, n int) (Retrieved, error)
}

// An Answerer writes an answer from hits. It says Sentences as it goes. Where a
// language model fails it, it returns a *ModelError, and the Outcome says what
// was used up.
type Answerer interface {
	Answer(ctx context.Context, q Question, hits []Hit, emit func(Sentence)) (Outcome, error)
}

// A Sentence is what an Answerer says: nobody has checked it.
type Sentence struct {
	Text  string // keeps its leading space; a table or code block is one sentence
	Cites []int  // 1-based into the hits
	// Fixed marks one of Footnote's own fixed lines, such as "Not in the
	// documents.": it claims nothing about a document and carries no citation.
	Fixed bool
	// Highlights are the spans of Text that fit the question best, in order. Those of
	// a sentence that is no quote are dropped.
	Highlights []Span
}

// An Outcome is how an Answerer sees its own answer.
type Outcome struct {
	Verdict  Verdict
	Missing  []string // what the question asks and no document in scope holds
	Search   string   // if NotFound: what to search for before giving up; may be empty
	Model    string   // who wrote the sentences
	Degraded string   // why the answer is less than it could be; empty if it is not
	Dropped  int      // citations of sources that there are not
	Usage    Usage
}

// A Verdict says what kind of answer an Answer is.
type Verdict string

const (
	Answered Verdict = "answered"
	Partial  Verdict = "partial"
	Passages Verdict = "passages" // the closest passages; they may not answer
	Clarify  Verdict = "clarify"  // asks back
	Chat     Verdict = "chat"     // thanks, hello, "list the documents": one fixed reply
	NotFound Verdict = "not_found"
)

// Support says how far a sentence was found in the passages it cites.
type Support string

const (
	Quoted     Support = "quoted"     // letter for letter
	Checked    Support = "checked"    // its numbers, names and words are there
	Unverified Support = "unverified" // something in it is not there
	None       Support = "none"       // claims nothing: a lead-in or a fixed line
)

// A CitedSentence is a sentence that was checked.
type CitedSentence struct {
	Text        string
	Citations   []int // numbers N of the Answer's Citations
	Support     Support
	Unsupported []string // what of the sentence is in no source it cites
	Highlights  []Span   // of a quoted Text: what fits the question best, in order
}

// A Citation is a byte-exact quote: Document.Text[Span.Start:Span.End] == Quote.
type Citation struct {
	N                                int // 1-based; passages are numbered by first use
	DocID, Title, Heading, URL, Date string
	Span                             Span
	Paragraph, Line, Page            int // where the quote begins
	Last                             int // the paragraph that it ends in
	Quote                            string
	Highlights                       []Span // what of Quote fits the question best: bytes of it, in order
}

// Timing says where the time of an answer went.
type Timing struct{ Embed, Search, First, Total time.Duration }

// An Answer is a question's checked answer.
type Answer struct {
	ID        string
	Verdict   Verdict
	Sentences []CitedSentence
	Citations []Citation
	Hits      []Hit    // what the answer was written from, best first
	Nearest   []string // "Title (document)" of the nearest documents, for NotFound
	Unread    []Unread // what of the question's scope is not indexed, for NotFound
	Missing   []string
	Query     string // what was searched for
	Model     string
	Degraded  string
	Fault     *ModelError // why a language model did not answer, or no more; nil if it did
	Dropped   int         // citations of sources that there are not
	AsOf      time.Time   // when the documents were last read
	Usage     Usage
	Timing    Timing
}
