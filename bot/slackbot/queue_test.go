package slackbot

// quiet tells whether nothing waits or runs.
func (q *queue) quiet() bool {
	q.mu.Lock()
	defer q.mu.Unlock()
	return len(q.waiting)+len(q.running) == 0
}
