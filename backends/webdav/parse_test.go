package webdav

import (
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
)

func TestChallenges(t *testing.T) {
	for header, want := range map[string]string{
		`Basic realm="a, \"b\""`:                                   `[{basic map[realm:a, "b"]}]`,
		`Digest realm=x, qop="auth,auth-int" , nonce="1=" , Basic`: `[{digest map[nonce:1= qop:auth,auth-int realm:x]} {basic map[]}]`,
		`Negotiate, NTLM`:                                          `[{negotiate map[]} {ntlm map[]}]`,
		`Bearer realm="x`:                                          `[{bearer map[realm:x]}]`,
		`=`:                                                        `[]`,
		``:                                                         `[]`,
	} {
		if got := fmt.Sprint(challenges([]string{header})); got != want {
			t.Errorf("%s: %s, want %s", header, got, want)
		}
	}
}

// The examples of RFC 7616, 3.9.1, and of RFC 2069 as its errata have it.
func TestDigestOfTheStandard(t *testing.T) {
	const own = "f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ"
	for _, row := range []struct{ challenge, want string }{
		{`algorithm=SHA-256, `, "753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1"},
		{`algorithm=MD5, `, "8ca523f5e9506fed4657c9700eebdbec"},
		{``, "8ca523f5e9506fed4657c9700eebdbec"},
	} {
		header := `Digest realm="http-auth@example.org", qop="auth, auth-int", ` + row.challenge +
			`nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"`
		d := newDigest(challenges([]string{header})[0], "Mufasa", "Circle of Life")
		if got := d.header("GET", "/dir/index.html", "00000001", own); !strings.Contains(got, `response="`+row.want+`"`) {
			t.Errorf("%q: %s", row.challenge, got)
		}
	}
	old := newDigest(challenge{"digest", map[string]string{"realm": "testrealm@host.com", "nonce": "dcd98b7102dd2f0e8b11d0f600bfb0c093"}}, "Mufasa", "CircleOfLife")
	if got := old.header("GET", "/dir/index.html", "", own); !strings.Contains(got, `response="1949323746fe6a43ef61f9606e7febea"`) || strings.Contains(got, "cnonce") {
		t.Errorf("got %s", got)
	}
}

func TestDigestCounts(t *testing.T) {
	d := newDigest(challenge{"digest", map[string]string{"qop": "auth", "algorithm": "MD5-sess"}}, `a"b`, "x")
	var got []string
	for range 2 {
		r, err := http.NewRequestWithContext(t.Context(), http.MethodGet, "http://h/a%20b?c", nil)
		if err != nil {
			t.Fatal(err)
		}
		d.authorize(r)
		got = append(got, r.Header.Get("Authorization"))
	}
	for i, header := range got {
		c := challenges([]string{header})[0]
		if c.params["nc"] != fmt.Sprintf("%08x", i+1) || c.params["uri"] != "/a%20b?c" || c.params["username"] != `a"b` || len(c.params["cnonce"]) != 32 {
			t.Errorf("got %v", c)
		}
	}
}

func TestChoose(t *testing.T) {
	o := Options{User: "alice", Password: "x"}
	for _, row := range []struct {
		headers []string
		want    string // the type, or the class
	}{
		{[]string{`Basic realm="x"`}, "webdav.basic"},
		{[]string{`Basic realm="x"`, `Digest realm="x", nonce="1", qop="auth"`}, "*webdav.digest"},
		{[]string{`Digest nonce="1", algorithm=MD5`, `Digest nonce="2", algorithm=SHA-256`}, "*webdav.digest"},
		{[]string{`Digest nonce="1", algorithm=SHA-512-256`, `Basic`}, "webdav.basic"},
		{[]string{`Digest nonce="1", qop="auth-int"`}, "<nil>"},
		{[]string{`Negotiate`}, "<nil>"},
		{nil, "webdav.basic"},
	} {
		got, err := o.choose(row.headers)
		if fmt.Sprintf("%T", got) != row.want || (err == nil) != (got != nil) || err != nil && !errors.Is(err, backends.ErrUnsupported) {
			t.Errorf("%q: %T, %v", row.headers, got, err)
		}
		if d, is := got.(*digest); is && len(row.headers) == 2 && strings.Contains(row.headers[1], "SHA-256") && d.nonce != "2" {
			t.Error("the weaker one was taken")
		}
	}
}

const apacheAnswer = `<?xml version="1.0" encoding="utf-8"?>
<D:multistatus xmlns:D="DAV:" xmlns:ns0="DAV:">
<D:response xmlns:lp1="DAV:"><D:href>/dav/</D:href><D:propstat><D:prop><lp1:resourcetype><D:collection/></lp1:resourcetype></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat></D:response>
<D:response xmlns:lp1="DAV:"><D:href>/dav/a%20b</D:href><D:propstat><D:prop><lp1:resourcetype/><lp1:getcontentlength>12</lp1:getcontentlength><lp1:getlastmodified>Sat, 21 Nov 2026 12:00:00 GMT</lp1:getlastmodified></D:prop><D:status>HTTP/1.1 200 OK</D:status></D:propstat>
<D:propstat><D:prop><D:quota-available-bytes>7</D:quota-available-bytes></D:prop><D:status>HTTP/1.1 404 Not Found</D:status></D:propstat></D:response>
<D:response><D:href>/dav/gone</D:href><D:status>HTTP/1.1 404 Not Found</D:status></D:response>
</D:multistatus>`

func TestMultistatus(t *testing.T) {
	got, err := readMultistatus(strings.NewReader(apacheAnswer))
	want := []resource{
		{path: "/dav", folder: true, size: -1, free: -1, used: -1},
		{path: "/dav/a b", size: 12, time: time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC), free: -1, used: -1},
	}
	if err != nil || !slices.EqualFunc(got, want, func(a, b resource) bool {
		return a.path == b.path && a.folder == b.folder && a.size == b.size && a.time.Equal(b.time) && a.free == b.free && a.used == b.used
	}) {
		t.Errorf("got %+v, %v", got, err)
	}
}

// An answer that breaks off must not look like a short list.
func TestMultistatusRefused(t *testing.T) {
	for name, text := range map[string]string{
		"empty": "", "html": "<html><body>Login</body></html>", "text": "hello", "cut": apacheAnswer[:len(apacheAnswer)-20],
		"cut between": apacheAnswer[:strings.Index(apacheAnswer, "<D:response><D:href>/dav/gone")],
		"endless":     `<multistatus xmlns="DAV:"><response><href>` + strings.Repeat("x", maxResponse+1),
	} {
		if got, err := readMultistatus(strings.NewReader(text)); !errors.Is(err, backends.ErrTemporary) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
}

func TestChildren(t *testing.T) {
	for _, row := range []struct {
		name, folder, want string
		paths              []string
	}{
		{"usual", "/dav", "[a b]", []string{"/dav", "/dav/a", "/dav/b"}},
		{"root", "", "[a]", []string{"", "/a"}},
		{"without itself", "/dav", "[a]", []string{"/dav/a"}},
		{"called something else", "/dav", "[a b]", []string{"/inner/dav", "/inner/dav/a", "/inner/dav/b"}},
		{"deeper than asked", "/dav", "[a]", []string{"/dav", "/dav/a", "/dav/a/b"}},
		{"empty", "/dav", "[]", []string{"/dav"}},
	} {
		var all []resource
		for _, p := range row.paths {
			all = append(all, resource{path: p})
		}
		var got []string
		for _, r := range children(all, row.folder) {
			got = append(got, r.path[strings.LastIndexByte(r.path, '/')+1:])
		}
		if fmt.Sprint(got) != row.want {
			t.Errorf("%s: got %v, want %s", row.name, got, row.want)
		}
	}
}

func FuzzMultistatus(f *testing.F) {
	f.Add(apacheAnswer)
	f.Add(`<multistatus xmlns="DAV:"><response><href>http://h/a</href><propstat><prop><getcontentlength>-1</getcontentlength></prop></propstat></response></multistatus>`)
	f.Fuzz(func(t *testing.T, text string) {
		all, err := readMultistatus(strings.NewReader(text))
		if err != nil {
			return
		}
		for _, r := range all {
			if r.size < -1 || strings.HasSuffix(r.path, "/") {
				t.Fatalf("got %+v", r)
			}
		}
		for _, r := range children(all, "/dav") {
			if r.path == "" {
				t.Fatalf("got %+v", r)
			}
		}
	})
}

func FuzzChallenges(f *testing.F) {
	f.Add(`Digest realm="x\"", nonce=1, qop="auth" , Basic`)
	f.Fuzz(func(t *testing.T, header string) {
		o := Options{User: "u", Password: "p"}
		l, err := o.choose([]string{header})
		if (l == nil) == (err == nil) {
			t.Fatalf("got %v, %v", l, err)
		}
		if d, is := l.(*digest); is {
			if got := challenges([]string{d.header("GET", "/", "00000001", "x")}); len(got) != 1 || got[0].params["nonce"] != d.nonce {
				t.Fatalf("got %v of %q", got, header)
			}
		}
	})
}

func FuzzContentRange(f *testing.F) {
	f.Add("bytes 3-7/10")
	f.Fuzz(func(t *testing.T, header string) {
		if first, last, total, ok := contentRange(header); ok && (first < 0 || last < first || total <= last) {
			t.Fatalf("%q: %d-%d/%d", header, first, last, total)
		}
	})
}
