package openai

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"

	"footnote/rag"
)

// newTransport returns a transport that trusts the system's certificate
// authorities and those in the file ca, and takes proxies from the environment.
func newTransport(ca string) (*http.Transport, error) {
	t := &http.Transport{
		Proxy:               http.ProxyFromEnvironment,
		DialContext:         (&net.Dialer{Timeout: 10 * time.Second}).DialContext,
		TLSHandshakeTimeout: 10 * time.Second,
		IdleConnTimeout:     90 * time.Second,
		MaxIdleConnsPerHost: defaultCalls,
		ForceAttemptHTTP2:   true,
		DisableCompression:  true, // a proxy that compresses holds events back
	}
	if ca == "" {
		return t, nil
	}
	pem, err := os.ReadFile(ca)
	if err != nil {
		return nil, fmt.Errorf("read certificate authorities: %w: give a PEM file that this user may read", err)
	}
	roots, err := x509.SystemCertPool()
	if err != nil {
		roots = x509.NewCertPool() // a system without any
	}
	if !roots.AppendCertsFromPEM(pem) {
		return nil, fmt.Errorf("%s holds no certificate: give a PEM file, with lines like -----BEGIN CERTIFICATE-----", ca)
	}
	t.TLSClientConfig = &tls.Config{RootCAs: roots}
	return t, nil
}

// A doer is the library's HTTP client. Everything but a usable reply becomes a
// failure here, where status, headers and body are still at hand.
type doer struct{ http *http.Client }

func (d *doer) Do(req *http.Request) (*http.Response, error) {
	resp, err := d.http.Do(req)
	if err != nil {
		return nil, connectionFailure(err)
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	page := kind == "text/html" || kind == "application/xhtml+xml"
	if resp.StatusCode == http.StatusOK && !page {
		if req.Header.Get("Accept") == "text/event-stream" {
			resp.Body = newEvents(resp.Body)
			return resp, nil
		}
		return whole(resp)
	}
	defer resp.Body.Close()
	body, _ := io.ReadAll(io.LimitReader(resp.Body, 64<<10)) // what came of it will do
	if page || bytes.HasPrefix(bytes.TrimSpace(bytes.ToLower(body)), []byte("<")) {
		return nil, pageFailure(resp, body)
	}
	if to := resp.Header.Get("Location"); resp.StatusCode/100 == 3 && to != "" {
		// Following it would hand the key and the documents to somebody else.
		return nil, &failure{fault: rag.BadRequest, status: resp.StatusCode,
			err: fmt.Errorf("it redirects to %s: if that is right, give its URL", firstWords([]byte(to)))}
	}
	if resp.StatusCode/100 == 2 {
		return nil, badReply(fmt.Errorf("status %s: %s", resp.Status, firstWords(body)))
	}
	f := replyFailure(resp.StatusCode, readProblem(body))
	if f.again && f.after == 0 {
		f.after = retryAfter(resp.Header)
	}
	return nil, f
}

// whole returns a reply in one piece, unless it is an error under a good status.
func whole(resp *http.Response) (*http.Response, error) {
	body := bufio.NewReader(io.LimitReader(resp.Body, maxBody))
	begin, _ := body.Peek(64) // an error is the reader's to find
	if bytes.HasPrefix(bytes.Join(bytes.Fields(begin), nil), []byte(`{"error":{`)) {
		defer resp.Body.Close()
		all, _ := io.ReadAll(io.LimitReader(body, 64<<10))
		return nil, streamFailure(all)
	}
	resp.Body = struct {
		io.Reader
		io.Closer
	}{body, resp.Body}
	return resp, nil
}

// retryAfter returns how long the headers say to wait, 0 if they do not:
// Retry-After in seconds or as a date (RFC 9110, 10.2.3), and those of OpenAI.
func retryAfter(h http.Header) time.Duration {
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil {
		return duration(ms, time.Millisecond)
	}
	after := h.Get("Retry-After")
	if s, err := strconv.ParseFloat(after, 64); err == nil {
		return duration(s, time.Second)
	}
	if at, err := http.ParseTime(after); err == nil {
		return max(0, time.Until(at))
	}
	for _, what := range []string{"Requests", "Tokens"} {
		if h.Get("X-Ratelimit-Remaining-"+what) == "0" {
			if d, err := time.ParseDuration(h.Get("X-Ratelimit-Reset-" + what)); err == nil {
				return max(0, d)
			}
		}
	}
	return 0
}

// duration returns n units, at least 0 and at most a year.
func duration(n float64, unit time.Duration) time.Duration {
	const year = 365 * 24 * time.Hour
	if !(n > 0) {
		return 0
	}
	return time.Duration(min(n*float64(unit), float64(year)))
}

var hint = regexp.MustCompile(`(?:try again|retry) (?:in|after) ([0-9][0-9.hms]*)`)

// retryHint returns how long a message says to wait: "Please try again in 20s".
func retryHint(said string) time.Duration {
	if m := hint.FindStringSubmatch(said); m != nil {
		if d, err := time.ParseDuration(strings.TrimRight(m[1], ".")); err == nil {
			return max(0, d)
		}
	}
	return 0
}
