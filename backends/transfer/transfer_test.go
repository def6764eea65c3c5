package transfer_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/address"
	"github.com/varve-backup/varve/backends/backendtest/servers"
	"github.com/varve-backup/varve/backends/transfer"
)

func TestCheckName(t *testing.T) {
	for name, ok := range map[string]bool{
		"a": true, "a/b c/ü": true, "not\xffutf8": true, "": false, ".": false, "..": false, "/a": false, "a//b": false, "a/../b": false, "a\x00": false, "a/": false,
	} {
		if err := transfer.CheckName(name); (err == nil) != ok || err != nil && !errors.Is(err, backends.ErrInvalidName) {
			t.Errorf("%q: %v", name, err)
		}
	}
}

// from is a source with any reader and any size.
type from struct {
	r    io.Reader
	size int64
}

func (f from) Size() int64                  { return f.size }
func (f from) Open() (io.ReadCloser, error) { return io.NopCloser(f.r), nil }

var errBroken = errors.New("broken")

func TestOpenReadsExactly(t *testing.T) {
	for name, c := range map[string]struct {
		src  from
		want error
	}{
		"right":             {from{strings.NewReader("12345"), 5}, nil},
		"right, in bits":    {from{iotest.OneByteReader(strings.NewReader("12345")), 5}, nil},
		"right, early end":  {from{iotest.DataErrReader(strings.NewReader("12345")), 5}, nil},
		"empty":             {from{strings.NewReader(""), 0}, nil},
		"short":             {from{strings.NewReader("1234"), 5}, backends.ErrSourceSize},
		"long":              {from{strings.NewReader("123456"), 5}, backends.ErrSourceSize},
		"long, in bits":     {from{iotest.OneByteReader(strings.NewReader("123456")), 5}, backends.ErrSourceSize},
		"not empty":         {from{strings.NewReader("1"), 0}, backends.ErrSourceSize},
		"broken":            {from{io.MultiReader(strings.NewReader("12"), iotest.ErrReader(errBroken)), 5}, errBroken},
		"broken at its end": {from{io.MultiReader(strings.NewReader("12345"), iotest.ErrReader(errBroken)), 5}, errBroken},
	} {
		r, err := transfer.Open(t.Context(), c.src)
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		_, isSource := errors.AsType[*transfer.SourceError](err)
		if !errors.Is(err, c.want) || (c.want != nil) != isSource || err != nil && int64(len(b)) >= c.src.size && c.src.size > 0 {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	r, err := transfer.Open(ctx, from{strings.NewReader("12345"), 5})
	if err != nil {
		t.Fatal(err)
	}
	cancel(errBroken)
	if _, err := io.ReadAll(r); !errors.Is(err, errBroken) {
		t.Errorf("cancelled: %v", err)
	}
}

func TestSpool(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x")
	if err := transfer.Spool(t.Context(), path, backends.BytesSource("123")); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(path); string(b) != "123" || err != nil {
		t.Errorf("got %q, %v", b, err)
	}
	if err := transfer.Spool(t.Context(), path, backends.BytesSource("123")); err == nil {
		t.Error("a file that was there was written over")
	}
}

func TestExactly(t *testing.T) {
	for name, c := range map[string]struct {
		body io.Reader
		want error
	}{
		"right": {strings.NewReader("12345"), nil}, "long": {strings.NewReader("123456789"), nil},
		"short": {strings.NewReader("1234"), backends.ErrTemporary}, "broken": {iotest.ErrReader(errBroken), backends.ErrTemporary},
	} {
		b, err := io.ReadAll(transfer.Exactly(t.Context(), io.NopCloser(c.body), 5))
		if !errors.Is(err, c.want) || err == nil && string(b) != "12345" {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

func TestRange(t *testing.T) {
	for _, c := range [][5]int64{{10, 0, -1, 0, 10}, {10, 3, 2, 3, 2}, {10, 8, 5, 8, 2}, {10, 10, 1, 10, 0}, {10, 99, -1, 10, 0}, {10, 2, 1 << 62, 2, 8}} {
		if from, n := transfer.Range(c[0], c[1], c[2]); from != c[3] || n != c[4] {
			t.Errorf("%v: %d bytes from %d", c, n, from)
		}
	}
}

func TestPassword(t *testing.T) {
	refused := func(right string) func(string) error {
		return func(p string) error {
			if p != right {
				return backends.ErrAuth
			}
			return nil
		}
	}
	asked := 0
	c := backends.Config{
		Getenv: func(name string) string { return map[string]string{"B": "from B", "C": "from C"}[name] },
		Secret: func(_ context.Context, r backends.SecretRequest) (string, error) {
			if asked++; r.Again != (asked > 1) {
				t.Errorf("question %d: %+v", asked, r)
			}
			return "asked", nil
		},
	}
	with, err := address.Parse("imap://me:inside@host/x")
	if err != nil {
		t.Fatal(err)
	}
	without, err := address.Parse("imap://me@host/x")
	if err != nil {
		t.Fatal(err)
	}
	if err := transfer.Password(t.Context(), with, &c, []string{"B"}, refused("inside")); err != nil || asked != 0 {
		t.Errorf("from the address: %v", err)
	}
	if err := transfer.Password(t.Context(), without, &c, []string{"A", "B", "C"}, refused("from B")); err != nil || asked != 0 {
		t.Errorf("from the environment: %v", err)
	}
	if err := transfer.Password(t.Context(), without, &c, nil, refused("asked")); err != nil || asked != 1 {
		t.Errorf("asked: %v", err)
	}
	asked = 0
	if err := transfer.Password(t.Context(), without, &c, nil, refused("")); !errors.Is(err, backends.ErrAuth) || asked != 3 {
		t.Errorf("asked %d times, %v", asked, err)
	}
	c.Secret = nil
	if err := transfer.Password(t.Context(), without, &c, nil, refused("")); err != nil {
		t.Errorf("nobody to ask: %v", err)
	}
}

// A server that says nothing any more does not hold a call for ever.
func TestDialNoticesSilence(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c := backends.Config{Timeout: time.Second}
	conn, err := transfer.Dial(t.Context(), &c, l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(time.Hour)); err != nil { // as libraries do
		t.Fatal(err)
	}
	if _, err := conn.Read(make([]byte, 1)); !errors.Is(transfer.NetError(err), backends.ErrTemporary) {
		t.Errorf("got %v, want ErrTemporary", err)
	}
}

func TestOpening(t *testing.T) {
	_, err := transfer.Dial(t.Context(), &backends.Config{}, fmt.Sprintf("127.0.0.1:%d", servers.FreePort(t)))
	err = transfer.Opening(transfer.NetError(err))
	if !errors.Is(err, backends.ErrOffline) || errors.Is(err, backends.ErrTemporary) {
		t.Errorf("got %v, want ErrOffline", err)
	}
}

func TestTLSRefusesFilesWithoutCertificates(t *testing.T) {
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, []byte("nothing"), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{path, path + ".none"} {
		if _, err := transfer.TLS(&backends.Config{CAFiles: []string{file}}, "x"); !errors.Is(err, backends.ErrConfig) {
			t.Errorf("%s: %v, want ErrConfig", file, err)
		}
	}
}

func TestStatus(t *testing.T) {
	for code, want := range map[int]error{
		200: nil, 204: nil, 302: backends.ErrTemporary, 401: backends.ErrAuth, 403: backends.ErrPermission, 404: backends.ErrNotExist, 410: backends.ErrNotExist,
		413: backends.ErrTooLarge, 429: backends.ErrTemporary, 500: backends.ErrTemporary, 503: backends.ErrTemporary, 507: backends.ErrFull,
	} {
		err := transfer.Status(&http.Response{StatusCode: code, Status: http.StatusText(code), Header: http.Header{}}, "one\ntwo")
		if !errors.Is(err, want) || (err == nil) != (want == nil) || err != nil && strings.Contains(err.Error(), "\n") {
			t.Errorf("%d: %v, want %v", code, err, want)
		}
	}
	err := transfer.Status(&http.Response{StatusCode: 503, Header: http.Header{"Retry-After": {"7"}}}, "")
	if busy, ok := errors.AsType[*backends.BusyError](err); !ok || busy.After != 7*time.Second {
		t.Errorf("got %v", err)
	}
}
