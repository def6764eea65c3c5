package transfer

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
)

// HTTP makes a client whose transfers may not stand still. connections is how
// many it keeps. No redirection is followed: it could lead anywhere.
func HTTP(c *backends.Config, connections int) (*http.Client, error) {
	t, err := TLS(c, "")
	if err != nil {
		return nil, err
	}
	proxy, err := proxyOf(c)
	if err != nil {
		return nil, err
	}
	return &http.Client{
		Transport: &http.Transport{
			Proxy:               proxy,
			DialContext:         func(ctx context.Context, _, hostPort string) (net.Conn, error) { return Dial(ctx, c, hostPort) },
			TLSClientConfig:     t,
			ForceAttemptHTTP2:   false, // its one connection would stall for all
			MaxIdleConnsPerHost: connections,
			MaxConnsPerHost:     connections,
			IdleConnTimeout:     c.Stall(),
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}, nil
}

// proxyOf is what stands between here and a server: what the program's
// environment says, unless the destination has another one of its own.
func proxyOf(c *backends.Config) (func(*http.Request) (*url.URL, error), error) {
	own := c.Env("HTTPS_PROXY")
	if own == "" || own == os.Getenv("HTTPS_PROXY") {
		return http.ProxyFromEnvironment, nil
	}
	u, err := url.Parse(own)
	if err != nil || u.Host == "" {
		return nil, fmt.Errorf("%w: HTTPS_PROXY is no address of a proxy", backends.ErrConfig)
	}
	return http.ProxyURL(u), nil
}

// Status gives an answer of a server its class; nil for one of success. The
// words are the server's, one line of them.
func Status(r *http.Response, words string) error {
	if r.StatusCode >= 200 && r.StatusCode < 300 {
		return nil
	}
	err := fmt.Errorf("the server answered %s%s", r.Status, said(words))
	if class := class(r.StatusCode); class != nil {
		return fmt.Errorf("%w: %w", class, err)
	}
	if after := retryAfter(r.Header.Get("Retry-After"), time.Now()); after > 0 {
		return &backends.BusyError{After: after, Err: err}
	}
	return fmt.Errorf("%w: %w", backends.ErrTemporary, err)
}

func class(status int) error {
	switch status {
	case http.StatusUnauthorized:
		return backends.ErrAuth
	case http.StatusForbidden:
		return backends.ErrPermission
	case http.StatusNotFound, http.StatusGone:
		return backends.ErrNotExist
	case http.StatusInsufficientStorage:
		return backends.ErrFull
	case http.StatusRequestEntityTooLarge:
		return backends.ErrTooLarge
	case http.StatusRequestURITooLong:
		return backends.ErrInvalidName
	case http.StatusMethodNotAllowed, http.StatusNotImplemented:
		return backends.ErrUnsupported
	}
	return nil
}

// longestWait bounds what a server may ask for.
const longestWait = time.Hour

// retryAfter reads seconds, or a date.
func retryAfter(header string, now time.Time) time.Duration {
	if n, err := strconv.Atoi(header); err == nil {
		return min(max(time.Duration(n), 0), longestWait/time.Second) * time.Second
	}
	if at, err := http.ParseTime(header); err == nil {
		return min(max(at.Sub(now), 0), longestWait)
	}
	return 0
}

// said is the first line of what a server said, and not too much of it.
func said(words string) string {
	words, _, _ = strings.Cut(strings.TrimSpace(words), "\n")
	if words = strings.TrimSpace(strings.ToValidUTF8(words, "?")); words == "" {
		return ""
	}
	return ": " + words[:min(len(words), 200)]
}

// Words reads what a server says about an error, and not too much of it.
func Words(body io.Reader) string {
	b, _ := io.ReadAll(io.LimitReader(body, 4096)) // what came is enough
	return string(b)
}
