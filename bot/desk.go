package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"slices"
	"time"

	"footnote/bot/config"
	"footnote/bot/db"
	"footnote/bot/slackbot"
	"footnote/prompts"
	"footnote/rag"
	"footnote/rag/local"
	"footnote/rag/text"
)

// A desk keeps the documents and the settings of the bot up to date, each time as a
// whole. Its methods are called by one goroutine at a time.
type desk struct {
	p   *program
	c   *corpus
	bot *slackbot.Bot

	reading *reading
	inWords bool           // the bot knows of the words of the reading
	former  []*models      // of settings before and after: an answer in progress may use them
	hangup  chan os.Signal // asks for the settings to be read again
}

// openUp reads the words of the documents, so that the first question finds them, and
// makes the bot. Vectors are made meanwhile.
func (d *desk) openUp(ctx context.Context) error {
	d.begin(ctx)
	if err := d.reading.waitWords(ctx); err != nil {
		return err
	}
	s, err := d.shelf(ctx)
	if err != nil {
		return err
	}
	opt := d.p.slackOptions()
	opt.DB, opt.Library = d.c.db, s
	d.bot = slackbot.New(opt)
	d.p.whoSeesWhat(s)
	return nil
}

// close ends the reading, and closes the models that the corpus does not.
func (d *desk) close() error {
	var errs []error
	if d.reading != nil {
		errs = append(errs, d.reading.end())
	}
	for _, m := range d.former {
		errs = append(errs, m.close())
	}
	return errors.Join(errs...)
}

// keep reads the documents again every minute, and the settings at each hangup, until
// ctx ends.
func (d *desk) keep(ctx context.Context) {
	tick := time.NewTicker(cmp.Or(d.p.readEvery, time.Minute))
	defer tick.Stop()
	for {
		var words, done <-chan struct{}
		if d.reading != nil {
			done = d.reading.done
			if !d.inWords {
				words = d.reading.words
			}
		}
		select {
		case <-ctx.Done():
			return
		case <-words:
			d.publish(ctx)
		case <-done:
			d.finish(ctx)
		case <-tick.C:
			if d.reading == nil {
				d.begin(ctx)
			}
			d.forget(ctx)
		case <-d.hangup:
			if d.reading != nil {
				d.finish(ctx)
			}
			if err := d.reload(ctx); err != nil {
				d.p.log.Error("the settings stay as they were", "error", err)
			} else {
				d.p.log.Info("the settings were read again")
			}
			d.begin(ctx)
		}
	}
}

func (d *desk) begin(ctx context.Context) {
	d.reading, d.inWords = d.c.read(ctx, false, func(rag.Progress) {}), false
}

// finish ends the reading, wherever it is, and says what it could not do.
func (d *desk) finish(ctx context.Context) {
	r := d.reading
	d.reading = nil
	if err := r.end(); err != nil {
		d.p.log.Error("read the documents", "error", err)
	}
	for _, t := range troubles(r.report) {
		d.p.log.Warn("documents", "problem", t)
	}
	d.c.asOf = r.asOf
	d.publish(ctx)
}

// publish has the bot answer from what the index holds now.
func (d *desk) publish(ctx context.Context) {
	d.inWords = true
	s, err := d.shelf(ctx)
	if err != nil {
		if ctx.Err() == nil {
			d.p.log.Error("list the documents", "error", err)
		}
		return
	}
	d.bot.Exchange(s, d.p.cfg.Slack)
}

// forget deletes what is older than the retention. Which questions came in is known
// for a day, even if nothing is kept: Slack may tell of them again.
func (d *desk) forget(ctx context.Context) {
	keep, now := d.p.cfg.Slack.Retention, d.p.now()
	err := errors.Join(d.c.db.Forget(ctx, now.Add(-keep)), d.c.db.ForgetDeliveries(ctx, now.Add(-max(keep, 24*time.Hour))))
	if err != nil && ctx.Err() == nil {
		d.p.log.Error("forget old questions", "error", err)
	}
}

// reload takes on the settings as they would be if the program were started now, or
// none of them. The documents' folders and the index stay: they are open.
func (d *desk) reload(ctx context.Context) error {
	p, err := d.p.again()
	if err != nil {
		return err
	}
	sameFolder := func(a, b config.Root) bool { return a.Name == b.Name && a.Dir == b.Dir }
	if !slices.EqualFunc(p.cfg.Docs, d.p.cfg.Docs, sameFolder) || p.cfg.DB != d.p.cfg.DB {
		return errors.New("docs and db cannot change while the bot runs; start it again")
	}
	c := *d.c
	c.roots, c.writer, c.former = p.cfg.Docs, nil, nil
	if c.models, err = p.models(); err != nil {
		return err
	}
	d.former = append(d.former, c.models)
	if c.embed, err = p.embeddingModel(c.models); err != nil {
		return fmt.Errorf("load the embedding model: %w", err)
	}
	err = errors.Join(c.checkLocalOnly(ctx), c.checkChannels(ctx, p.cfg.Slack))
	if err == nil {
		err = errors.Join(p.formerEmbedder(ctx, &c), p.hireWriter(ctx, &c))
	}
	if err != nil {
		return err
	}
	was := *d
	d.p, d.c = p, &c
	s, err := d.shelf(ctx)
	if err != nil {
		d.p, d.c = was.p, was.c
		return err
	}
	d.bot.Exchange(s, p.cfg.Slack) // whoever may see less now waits for no reading
	return nil
}

// A shelf is what there is to answer from at one moment, and how: it never changes.
// It is the library of the Slack bot.
type shelf struct {
	p              *program
	c              *corpus
	stock          stock
	documents      map[string]rag.FileState
	engine, quotes *rag.Engine
}

var _ slackbot.Library = (*shelf)(nil)

// shelf returns what the index holds now.
func (d *desk) shelf(ctx context.Context) (*shelf, error) {
	c := *d.c // the next reading changes the time and the edition
	if d.reading != nil {
		c.asOf = d.reading.asOf
	}
	s, files, err := c.stock(ctx)
	if err != nil {
		return nil, err
	}
	maps.DeleteFunc(files, func(_ string, f rag.FileState) bool { return f.Refused != "" })
	quoting := c
	quoting.writer = nil
	return &shelf{p: d.p, c: &c, stock: s, documents: files, engine: c.engine(d.p.cfg), quotes: quoting.engine(d.p.cfg)}, nil
}

// Ask implements slackbot.Library, like the methods below.
func (s *shelf) Ask(ctx context.Context, q rag.Question, model bool, each func(rag.CitedSentence)) (rag.Answer, error) {
	e := s.engine
	if !model {
		e = s.quotes
	}
	a, err := e.Ask(ctx, q, each)
	if err != nil {
		return a, err
	}
	s.p.logFault(a)
	fixed, err := prompts.In(text.Language(q.Text))
	s.stock.degrade(&a, fixed.Words)
	return a, err
}

func (s *shelf) Model() string { return s.c.writerName() }

func (s *shelf) Documents(scope rag.Scope) int {
	n := 0
	for id := range s.documents {
		if scope.Holds(id) {
			n++
		}
	}
	return n
}

func (s *shelf) Examples(ctx context.Context, scope rag.Scope, n int) ([]string, error) {
	seen := maps.Clone(s.documents)
	maps.DeleteFunc(seen, func(id string, _ rag.FileState) bool { return !scope.Holds(id) })
	return s.c.examples(ctx, s.p.cfg, seen, scope, n)
}

func (s *shelf) Link(c rag.Citation) string { return s.c.link(c) }

// Problem tells everybody who reads the place no more than whom to ask.
func (s *shelf) Problem(err error) string {
	ref := reference()
	s.p.log.Error("problem", "reference", ref, "error", err)
	if errors.Is(err, db.ErrDamaged) || errors.Is(err, local.ErrDamaged) {
		return fmt.Sprintf("The index is damaged; whoever runs Footnote finds what to do in its log. Reference %s.", ref)
	}
	return fmt.Sprintf("Something broke; whoever runs Footnote finds it in its log. Reference %s.", ref)
}
