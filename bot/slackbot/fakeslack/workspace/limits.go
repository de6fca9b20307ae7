package workspace

import (
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"time"
)

// perMinute returns the calls a minute Slack promises for a tier. The special tier is
// set so high that only what overRate says of posts holds.
func perMinute(tier int) int { return []int{0, 1, 20, 50, 100, 600}[tier] }

// burst is how many posts a channel takes at once before one a second holds. Slack
// says only "short bursts" (assumed).
const burst = 3

// overRate counts the call and returns how long the app must wait, or zero.
func (w *Workspace) overRate(m method, c *call) time.Duration {
	if !w.opts.RateLimits {
		return 0
	}
	now := w.clock.Now()
	if wait := over(w.recent, c.name, now, time.Minute, perMinute(m.tier)); wait > 0 {
		return wait
	}
	if c.name == "chat.postMessage" {
		return over(w.posts, c.str("channel"), now, burst*time.Second, burst)
	}
	return 0
}

// over counts one call under name, if fewer than most came within the window; else it
// returns when the oldest leaves it.
func over(counts map[string][]time.Time, name string, now time.Time, window time.Duration, most int) time.Duration {
	times := slices.DeleteFunc(counts[name], func(t time.Time) bool { return !t.After(now.Add(-window)) })
	counts[name] = times
	if len(times) >= most {
		return times[0].Add(window).Sub(now)
	}
	counts[name] = append(times, now)
	return 0
}

// tooMany sets the header of a 429. Retry-After counts whole seconds.
func tooMany(rw http.ResponseWriter, wait time.Duration) {
	rw.Header().Set("Retry-After", strconv.Itoa(int((wait+time.Second-1)/time.Second)))
}

// Fault is how a planned call goes wrong.
type Fault struct {
	Status     int           // HTTP status; 0 means 200
	Error      string        // Slack's error name in an ok:false body; "" leaves the body empty
	Metadata   []string      // response_metadata.messages beside Error
	RetryAfter time.Duration // in the Retry-After header; 0 means no header
	Delay      time.Duration // before the answer, by the machine's clock
	Drop       bool          // cut the connection in place of an answer
	Perform    bool          // do the call first, so that only the answer is lost
	Times      int           // how many calls; 0 means one
}

// String says what the fault did, for Calls.
func (f *Fault) String() string {
	switch {
	case f.Drop:
		return "dropped"
	case f.Error != "":
		return f.Error
	case f.Status != 0:
		return fmt.Sprintf("status %d", f.Status)
	}
	return "delayed"
}

// FailNext makes the next calls of a method go wrong, after faults planned before. A
// fault with a Delay and nothing else only slows the call down.
func (w *Workspace) FailNext(method string, f Fault) {
	w.mu.Lock()
	defer w.mu.Unlock()
	f.Times = max(f.Times, 1)
	w.planned[method] = append(w.planned[method], &f)
}

// takeFault returns the fault planned for this call, or nil. It takes the lock.
func (w *Workspace) takeFault(method string) *Fault {
	w.mu.Lock()
	defer w.mu.Unlock()
	planned := w.planned[method]
	if len(planned) == 0 {
		return nil
	}
	f := planned[0]
	if f.Times--; f.Times == 0 {
		w.planned[method] = planned[1:]
	}
	taken := *f
	w.broadcast()
	return &taken
}

// onlyDelays reports whether the call is to succeed, late.
func (f *Fault) onlyDelays() bool { return f.Error == "" && f.Status == 0 && !f.Drop }

// wait sleeps for the delay or until the client gives up.
func (f *Fault) wait(r *http.Request) {
	if f.Delay == 0 {
		return
	}
	late := time.NewTimer(f.Delay)
	defer late.Stop()
	select {
	case <-late.C:
	case <-r.Context().Done():
	}
}

// answer writes what goes wrong.
func (f *Fault) answer(rw http.ResponseWriter, r *http.Request) {
	f.wait(r)
	if f.Drop {
		panic(http.ErrAbortHandler)
	}
	if f.RetryAfter > 0 {
		tooMany(rw, f.RetryAfter)
	}
	rw.Header().Set("Content-Type", "application/json; charset=utf-8")
	if f.Status != 0 {
		rw.WriteHeader(f.Status)
	}
	if f.Error == "" {
		return
	}
	body := reply{"ok": false, "error": f.Error}
	if f.Metadata != nil {
		body["response_metadata"] = map[string]any{"messages": f.Metadata}
	}
	_, _ = rw.Write(asJSON(body))
}
