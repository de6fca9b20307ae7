package slackbot

import (
	"context"
	"errors"
	"slices"
	"sync"

	"footnote/bot/db"
)

// Why a question was not taken.
var (
	errFull    = errors.New("too many questions are waiting")
	errTooMany = errors.New("too many questions of one person are waiting")
	errClosed  = errors.New("the bot is stopping")
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
	work   context.Context // of the bot
	ctx    context.Context // ends when the question is deleted or stopped
	cancel context.CancelCauseFunc
	// status is set when started is closed: a worker may be quicker.
	status  *status
	started chan struct{}
}

func newQueue(limit, perUser int) *queue {
	return &queue{limit: limit, perUser: perUser, changed: make(chan struct{}), running: map[*job]bool{}}
}

// conversation tells which questions belong together. A slash command has none.
func (j *job) conversation() string {
	if j.TS == "" {
		return j.key()
	}
	return j.Channel + "/" + j.Thread
}

// change tells everybody who waits. The caller holds mu.
func (q *queue) change() {
	close(q.changed)
	q.changed = make(chan struct{})
}

// put adds a job and sets how many are ahead of it. A job from before a restart is
// always taken.
func (q *queue) put(j *job, fresh bool) error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if q.closed {
		return errClosed
	}
	if fresh && len(q.waiting) >= q.limit {
		return errFull
	}
	if fresh && q.of(j.User) >= q.perUser {
		return errTooMany
	}
	q.waiting = append(q.waiting, j)
	q.change()
	return nil
}

// of counts the questions of a person. The caller holds mu.
func (q *queue) of(user string) int {
	n := 0
	for _, j := range q.waiting {
		if j.User == user {
			n++
		}
	}
	for j := range q.running {
		if j.User == user {
			n++
		}
	}
	return n
}

// take waits for the next job that may run, and returns nil when there will be
// none: the queue is closed and empty, or ctx has ended. The caller calls done.
func (q *queue) take(ctx context.Context) *job {
	for {
		q.mu.Lock()
		j := q.next()
		changed, over := q.changed, q.closed && len(q.waiting) == 0
		q.mu.Unlock()
		if j != nil || over {
			return j
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return nil
		}
	}
}

// next takes the first job whose conversation is free. The caller holds mu.
func (q *queue) next() *job {
	busy := map[string]bool{}
	for j := range q.running {
		busy[j.conversation()] = true
	}
	for i, j := range q.waiting {
		if busy[j.conversation()] {
			continue
		}
		q.waiting = slices.Delete(q.waiting, i, i+1)
		q.running[j] = true
		return j
	}
	return nil
}

func (q *queue) done(j *job) {
	q.mu.Lock()
	defer q.mu.Unlock()
	delete(q.running, j)
	q.change()
}

// ahead returns how many jobs wait before one; 0 if it runs, or is next and workers
// are free.
func (q *queue) ahead(j *job) int {
	q.mu.Lock()
	defer q.mu.Unlock()
	return max(0, slices.Index(q.waiting, j))
}

// cancel ends the jobs that match, waiting or running.
func (q *queue) cancel(why error, matches func(*job) bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for _, j := range q.waiting {
		if matches(j) {
			j.cancel(why)
		}
	}
	for j := range q.running {
		if matches(j) {
			j.cancel(why)
		}
	}
}

// close lets no more jobs in. Those that wait are still taken.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	if !q.closed {
		q.closed = true
		q.change()
	}
}
