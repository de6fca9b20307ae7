package workspace

import (
	"sync"
	"time"
)

// Clock is what the workspace reads the time from. The zero value is the machine's
// clock; one from NewClock stands still until Advance moves it.
type Clock struct {
	mu     sync.Mutex
	still  bool
	at     time.Time
	ticker chan struct{}
}

// NewClock returns a clock that stands at start.
func NewClock(start time.Time) *Clock { return &Clock{still: true, at: start} }

// Now returns the time.
func (c *Clock) Now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	if !c.still {
		return time.Now()
	}
	return c.at
}

// Advance moves a clock that stands still.
func (c *Clock) Advance(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
	if c.ticker != nil {
		close(c.ticker)
		c.ticker = nil
	}
}

// ticked returns a channel that is closed when the clock is moved.
func (c *Clock) ticked() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.ticker == nil {
		c.ticker = make(chan struct{})
	}
	return c.ticker
}

// until returns a channel that is closed or sent to when at has come, and a function
// that frees it. On a clock that stands still only Advance can bring it.
func (c *Clock) until(at time.Time) (<-chan time.Time, func() bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.still {
		return nil, func() bool { return true }
	}
	t := time.NewTimer(time.Until(at))
	return t.C, t.Stop
}
