package openai

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"syscall"
	"time"
	"unicode"

	"footnote/rag"
)

// A failure is a rag.ModelError in the making, with what decides whether and
// how a request is sent again.
type failure struct {
	fault  rag.Fault
	err    error
	again  bool          // it may go well when sent again
	after  time.Duration // how long the endpoint says to wait; 0: it does not say
	batch  bool          // a smaller batch may do
	status int           // of HTTP; 0 if there was none
	said   string        // all that the endpoint said, in lower case
	param  string        // the parameter that it blames, if it names one
	remedy string        // what to do, in words of ours
}

// advised returns err followed by a remedy, which f keeps.
func (f *failure) advised(err error, remedy string) error {
	f.remedy = remedy
	return fmt.Errorf("%w: %s", err, remedy)
}

func (f *failure) Error() string { return fmt.Sprintf("%s: %v", f.fault, f.err) }
func (f *failure) Unwrap() error { return f.err }

// A problem is an error object of an endpoint, in any of its dialects.
type problem struct{ code, kind, param, message string }

// readProblem finds the error in a reply. {"error": {...}} is OpenAI's,
// {"error": "..."} Ollama's, [{"error": {...}}] Google's, {"detail": ...} that of
// FastAPI, and {"object": "error", ...} that of older vLLM.
func readProblem(body []byte) problem {
	var v any
	if json.Unmarshal(body, &v) != nil {
		return problem{message: firstWords(body)}
	}
	if list, ok := v.([]any); ok && len(list) > 0 {
		v = list[0]
	}
	top, ok := v.(map[string]any)
	if !ok {
		return problem{message: firstWords(body)}
	}
	in := top
	if e, ok := top["error"].(map[string]any); ok {
		in = e
	}
	p := problem{code: words(in["code"]), kind: words(in["type"]), param: words(in["param"]), message: words(in["message"])}
	p.kind += " " + words(in["status"]) + " " + words(in["error_type"])
	for _, other := range []any{top["error"], top["detail"], top["errors"]} {
		if p.message == "" && other != nil {
			p.message = words(other)
		}
	}
	if p.message == "" {
		p.message = firstWords(body)
	}
	p.message = firstWords([]byte(p.message))
	return p
}

// words returns a JSON value as text.
func words(v any) string {
	switch v := v.(type) {
	case nil:
		return ""
	case string:
		return v
	}
	b, err := json.Marshal(v)
	if err != nil {
		return ""
	}
	return string(b)
}

const maxWords = 300 // bytes of somebody else's text in an error

// firstWords returns the beginning of a text on one line, without control
// characters.
func firstWords(b []byte) string {
	s := strings.ToValidUTF8(string(b[:min(len(b), 4*maxWords)]), "")
	s = strings.Join(strings.FieldsFunc(s, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if len(s) > maxWords {
		s = strings.ToValidUTF8(s[:maxWords], "") + "…"
	}
	if s == "" {
		return "(nothing)"
	}
	return s
}

// tooLong are the words of endpoints for a text beyond the model's window:
// OpenAI and vLLM, llama.cpp, llama-cpp-python, Ollama, TEI, Anthropic, Google.
var tooLong = []string{
	"context_length_exceeded", "maximum context length", "exceed_context_size", "available context size",
	"exceed context window", "exceeds context window", "context length", "context window", "string_above_max_length",
	"input is too large", "input is too long", "prompt is too long", "text is too long", "input too long", "text too long",
	"must have less than", "reduce the length", "maximum number of tokens", "input token count",
}

var tooMany = []string{ // texts in a batch
	"batch size", "max_client_batch", "too many inputs", "array too long", "tokens per request", "request too large",
	"max allowed tokens per submitted batch", "array_above_max_length", "number of texts",
}

func contains(s string, any []string) bool {
	for _, sub := range any {
		if strings.Contains(s, sub) {
			return true
		}
	}
	return false
}

// replyFailure tells what an endpoint means by an HTTP status and an error
// object; the status is 0 for an error within a stream.
func replyFailure(status int, p problem) *failure {
	f := &failure{status: status, param: p.param, said: strings.ToLower(p.code + " " + p.kind + " " + p.param + " " + p.message)}
	f.err = errors.New(p.message)
	if status != 0 {
		f.err = fmt.Errorf("%d: %s", status, p.message)
	}
	f.fault, f.again = meaning(status, f.said)
	f.batch = status == http.StatusRequestEntityTooLarge || contains(f.said, tooMany)
	switch {
	case f.fault == rag.RateLimited:
		f.after = retryHint(f.said)
	case f.fault == rag.NoModel:
		f.err = f.advised(f.err, "is its name right, and is it installed there?")
	case f.fault == rag.BadRequest && (status == http.StatusNotFound || status == http.StatusMethodNotAllowed):
		f.err = f.advised(f.err, "nothing answers at this path: does the URL lack /v1?")
	case status == http.StatusProxyAuthRequired:
		f.err = errors.New("the proxy asks for a password: HTTP_PROXY=http://user:password@host:port")
	case f.fault == rag.BadRequest && contains(f.said, []string{"http request to an https server", "http request was sent to https"}):
		f.err, f.remedy = errHTTPToTLS, errHTTPToTLS.Error()
	}
	return f
}

var (
	errHTTPToTLS = errors.New("the URL says http, but the server speaks https: write https://")
	errTLSToHTTP = errors.New("the URL says https, but the server speaks plain http: write http://")
)

// meaning returns the fault, and whether the same request may go well later.
func meaning(status int, said string) (rag.Fault, bool) {
	is := func(any ...string) bool { return contains(said, any) }
	switch {
	case status == http.StatusPaymentRequired,
		is("insufficient_quota", "billing_hard_limit", "billing_not_active", "insufficient balance", "insufficient credit"),
		is("exceeded your current quota") && !is("retry in", "resource_exhausted"):
		return rag.Quota, false
	case status == http.StatusTooManyRequests && is("request too large"): // it alone is over the limit
		return rag.TooLong, false
	case status == http.StatusTooManyRequests, status == 0 && is("rate_limit", "rate limit", "resource_exhausted"):
		return rag.RateLimited, true
	case status == http.StatusRequestEntityTooLarge, status < 501 && contains(said, tooLong):
		return rag.TooLong, false
	case is("content_filter", "content_policy_violation", "content management policy", "responsibleaipolicy"):
		return rag.Refused, false
	case is("invalid_api_key", "api key not valid", "incorrect api key", "authentication_error"):
		return rag.Auth, false
	case status != 0 && status < 500 && noModel(status, said):
		return rag.NoModel, false
	case status == http.StatusUnauthorized, status == http.StatusForbidden:
		return rag.Auth, false
	case status == http.StatusRequestTimeout:
		return rag.Timeout, true
	case status == http.StatusConflict, status == http.StatusTooEarly:
		return rag.Unreachable, true
	case status == http.StatusNotImplemented, status == http.StatusProxyAuthRequired:
		return rag.BadRequest, false
	case status >= 500, status == 0 && is("server_error", "server error", "overloaded", "unavailable"):
		return rag.Unreachable, true
	case status == 0:
		return rag.CutOff, true
	}
	return rag.BadRequest, false
}

func noModel(status int, said string) bool {
	return contains(said, []string{"model_not_found", "not a valid model", "invalid model", "unknown model", "no such model", "no endpoints found"}) ||
		strings.Contains(said, "model") && (status == http.StatusNotFound || contains(said, []string{"not found", "not exist"}))
}

var (
	unseen = regexp.MustCompile(`(?is)<(script|style|head)\b.*?</(script|style|head)\s*>|<[^>]*>`)
	title  = regexp.MustCompile(`(?is)<title[^>]*>(.*?)</title`)
)

// pageFailure is that of an HTML page, as proxies send them.
func pageFailure(resp *http.Response, page []byte) *failure {
	say := unseen.ReplaceAll(page, []byte(" "))
	if m := title.FindSubmatch(page); m != nil && len(bytes.TrimSpace(m[1])) > 0 {
		say = m[1]
	}
	f := &failure{fault: rag.BadReply, status: resp.StatusCode}
	if resp.StatusCode != http.StatusOK {
		f.fault, f.again = meaning(resp.StatusCode, "")
		f.after = retryAfter(resp.Header)
	}
	text := firstWords(say)
	if len(text) > 80 {
		text = strings.ToValidUTF8(text[:80], "") + "…"
	}
	f.remedy = "the reply is an HTML page, not JSON: is the URL right, with its /v1?"
	f.err = fmt.Errorf("%d: the reply is an HTML page, not JSON: is the URL right, with its /v1? %s", resp.StatusCode, text)
	if contains(strings.ToLower(string(page)), []string{"http request was sent to https"}) {
		f.err, f.remedy = errHTTPToTLS, errHTTPToTLS.Error()
	}
	return f
}

// connectionFailure is that of a request that got no reply.
func connectionFailure(err error) error {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err // without the URL
	}
	f := &failure{fault: rag.Unreachable, err: err}
	var (
		unknown  x509.UnknownAuthorityError
		host     x509.HostnameError
		invalid  x509.CertificateInvalidError
		verify   *tls.CertificateVerificationError
		dns      *net.DNSError
		op       *net.OpError
		noScheme tls.RecordHeaderError
	)
	switch {
	case errors.Is(err, http.ErrSchemeMismatch), errors.As(err, &noScheme):
		f.fault, f.err, f.remedy = rag.BadRequest, errTLSToHTTP, errTLSToHTTP.Error()
	case errors.As(err, &unknown):
		f.fault, f.err = rag.BadTLS, f.advised(err, "give the authority's certificate as a PEM file with --llm-ca")
	case errors.As(err, &host):
		f.fault, f.err = rag.BadTLS, f.advised(err, "write the host's name as its certificate has it; --llm-ca does not help here")
	case errors.As(err, &invalid) && invalid.Reason == x509.Expired:
		f.fault, f.err = rag.BadTLS, f.advised(err, "renew the server's certificate, or set this machine's clock; --llm-ca does not help here")
	case errors.As(err, &invalid), errors.As(err, &verify), strings.Contains(err.Error(), "remote error: tls"):
		f.fault, f.err = rag.BadTLS, f.advised(err, "if the server has its own authority, give its certificate with --llm-ca")
	case strings.Contains(err.Error(), `malformed HTTP response "\x15\x03`): // a TLS alert
		f.fault, f.err, f.remedy = rag.BadRequest, errHTTPToTLS, errHTTPToTLS.Error()
	case strings.Contains(err.Error(), "malformed HTTP"), strings.Contains(err.Error(), "response headers exceeded"):
		f.fault, f.err = rag.BadReply, fmt.Errorf("what answers there does not speak HTTP: is the port right? %s", firstWords([]byte(err.Error())))
	case strings.Contains(err.Error(), "Proxy Authentication Required"):
		f.fault, f.err = rag.BadRequest, errors.New("the proxy asks for a password: HTTPS_PROXY=http://user:password@host:port")
	case errors.As(err, &op) && op.Op == "proxyconnect":
		f.again, f.err = true, fmt.Errorf("the proxy of HTTPS_PROXY or HTTP_PROXY: %w", err)
	case errors.As(err, &dns) && dns.IsNotFound:
		f.err = fmt.Errorf("no such host %s: is the URL right?", dns.Name)
	case errors.Is(err, syscall.ECONNREFUSED):
		f.again, f.err = true, f.advised(err, "is the server running?")
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF):
		f.again, f.err = true, errors.New("the connection was closed without a reply")
	default:
		f.again = true
	}
	return f
}
