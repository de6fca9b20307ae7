package slackbot

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"footnote/bot/db"
)

// Why a question was not taken.
var (
	errFull    = errors.New("too many questions are waiting")
	errTooMany = errors.New("too many questions of one person are waiting")
	errClosed  = errors.New("the bot is stopping")
	errTaken   = errors.New("the question is being answered")
)

// A queue holds the questions that wait for a worker: first come, first served,
// but one conversation at a time has one question answered, so that its history is
// whole. It is safe for concurrent use.
type queue struct {
	limit   int // waiting at once
	perUser int // waiting or running at once, of one person

	mu      sync.Mutex
	changed chan struct{} // closed and renewed at every change
	waiting []*job
	running map[*job]bool
	closed  bool
}

// A job is one question in the queue.
type job struct {
	asked
	given  db.Delivery
	tries  int             // before this one
	after  time.Time       // not before that
	ctx    context.Context // ends when the question is deleted or stopped
	cancel context.CancelCauseFunc
	status *status
}

func newQueue(limit, perUser int) *queue {
	return &queue{limit: limit, perUser: perUser, changed: make(chan struct{}), running: map[*job]bool{}}
}

// conversation tells which questions belong together. A slash command has none, and
// direct messages outside of threads are one.
func (j *job) conversation() string {
	switch {
	case j.TS == "":
		return j.key()
	case j.Via == direct && !j.reply():
		return j.Channel
	}
	return j.Channel + "/" + j.Thread
}

// change tells everybody who waits. The caller holds mu.
func (q *queue) change() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// put adds a job. One that was asked before a restart, or is tried again, is taken
// however many there are.
func (q *queue) put(j *job) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	fresh := j.tries == 0
	switch {
	case q.closed:
		return errClosed
	case q.has(j.key()):
		return errTaken
	case fresh && len(q.waiting) >= q.limit:
		return errFull
	case fresh && q.of(j.User) >= q.perUser:
		return errTooMany
	}
	q.waiting = append(q.waiting, j)
	q.change()
	return nil
}

// again puts a running job back, to be tried after a pause. It can still be cancelled
// meanwhile.
func (q *queue) again(j *job, after time.Time) {
	q.mu.Lock()
	defer q.mu.Unlock()
	j.tries++
	j.after = after
	q.waiting = append(q.waiting, j)
	delete(q.running, j)
	q.change()
}

// each calls f for every job. The caller holds mu.
func (q *queue) each(f func(*job)) {
	for _, j := range q.waiting {
		f(j)
	}
	for j := range q.running {
		f(j)
	}
}

func (q *queue) has(key string) (found bool) {
	q.each(func(j *job) { found = found || j.key() == key })
	return found
}

// of counts the questions of a person.
func (q *queue) of(user string) (n int) {
	q.each(func(j *job) {
		if j.User == user {
			n++
		}
	})
	return n
}

// take waits for the next job that may run, and returns nil when there will be
// none: the queue is closed and empty, or ctx has ended. The caller calls done or
// again.
func (q *queue) take(ctx context.Context, now func() time.Time) *job {
	for {
		q.mu.Lock()
		j, pause, more := q.next(now())
		changed, over := q.changed, q.closed && !more
		q.mu.Unlock()
		if j != nil || over {
			return j
		}
		timer := time.NewTimer(pause)
		select {
		case <-changed:
		case <-timer.C:
		case <-ctx.Done():
			timer.Stop()
			return nil
		}
		timer.Stop()
	}
}

// next takes the first job whose time has come and whose conversation is free, or
// says how long none will have, and whether there are more whose time has come. A job
// that was cancelled waits for nothing. The caller holds mu.
func (q *queue) next(now time.Time) (j *job, pause time.Duration, more bool) {
	busy := map[string]bool{}
	for j := range q.running {
		busy[j.conversation()] = true
	}
	pause = time.Minute
	for i, j := range q.waiting {
		if wait := j.after.Sub(now); wait > 0 && j.ctx.Err() == nil {
			pause = min(pause, wait)
			continue
		}
		if more = true; busy[j.conversation()] {
			continue
		}
		q.waiting = slices.Delete(q.waiting, i, i+1)
		q.running[j] = true
		return j, 0, true
	}
	return nil, pause, more
}

func (q *queue) done(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.running, j)
	q.change()
}

// ahead returns how many jobs wait before one; 0 if it runs, or is next.
func (q *queue) ahead(j *job) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return max(0, slices.Index(q.waiting, j))
}

// cancel ends the jobs that match, waiting or running.
func (q *queue) cancel(why error, matches func(*job) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.each(func(j *job) {
		if matches(j) {
			j.cancel(why)
		}
	})
	q.change()
}

// close lets no more jobs in. Those that wait for a worker are still taken; those that
// wait for another try are for the next start.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		q.change()
	}
}
