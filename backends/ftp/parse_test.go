package ftp

import (
	"bufio"
	"errors"
	"net/netip"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
)

func TestReply(t *testing.T) {
	for _, row := range []struct {
		name, text string
		code       int
		lines      string // joined by |
	}{
		{"one line", "220 hello\r\n", 220, "hello"},
		{"bare", "220\r\n", 220, ""},
		{"several", "211-Features:\r\n EPSV\r\n UTF8\r\n211 End\r\n", 211, "Features:|EPSV|UTF8|End"},
		{"every line coded", "220-a\n220-b\n220 c\n", 220, "a|b|c"},
		{"another code inside", "230-a\n226 b\n230 c\n", 230, "a|226 b|c"},
		{"no code", "hello\r\n", 0, ""},
		{"short", "22\r\n", 0, ""},
		{"too small", "099 x\r\n", 0, ""},
		{"no end", "220-a\n220-b\n", 0, ""},
		{"too long", "220 " + strings.Repeat("x", maxLine) + "\n", 0, ""},
		{"too many", strings.Repeat("220-x\n", maxLines+1), 0, ""},
	} {
		t.Run(row.name, func(t *testing.T) {
			r, err := readReply(bufio.NewReaderSize(strings.NewReader(row.text), maxLine))
			if r.code != row.code || strings.Join(r.lines, "|") != row.lines || (err == nil) != (row.code > 0) {
				t.Errorf("got %d %q, %v", r.code, r.lines, err)
			}
		})
	}
}

func TestPorts(t *testing.T) {
	for text, want := range map[string]uint16{
		"Entering Passive Mode (127,0,0,1,4,1)": 1025, "Entering Passive Mode 127,0,0,1,255,255.": 65535, "=10,0,0,1,0,21": 21,
		"(1,2,3,4,256,1)": 0, "(1,2,3,4,5)": 0, "(1,2,3,4,0,0)": 0, "": 0, "(1,2,3,4,5,6,7)": 0,
	} {
		if got, ok := passivePort(text); got != want && ok || ok != (want > 0) {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
	for text, want := range map[string]uint16{
		"Entering Extended Passive Mode (|||6446|)": 6446, "(!!!1!)": 1, "(|||0|)": 0, "(|||65536|)": 0, "(|||12": 0, "(||1|2|)": 0, "": 0, "(": 0,
	} {
		if got, ok := extendedPort(text); got != want && ok || ok != (want > 0) {
			t.Errorf("%q: %d, %v", text, got, ok)
		}
	}
}

func TestActiveArgs(t *testing.T) {
	for _, row := range []struct{ addr, port, extended string }{
		{"127.0.0.1:258", "127,0,0,1,1,2", "|1|127.0.0.1|258|"},
		{"[::ffff:10.0.0.1]:21", "10,0,0,1,0,21", "|1|10.0.0.1|21|"},
		{"[fe80::1%eth0]:258", "", "|2|fe80::1|258|"},
	} {
		if port, extended := activeArgs(netip.MustParseAddrPort(row.addr)); port != row.port || extended != row.extended {
			t.Errorf("%s: %s, %s", row.addr, port, extended)
		}
	}
}

func TestQuotedPath(t *testing.T) {
	for text, want := range map[string]string{
		`"/" is current`: "/", `"/a ""b"" c"`: `/a "b" c`, `"/a`: "", `"a"`: "", `/a`: "", `"`: "",
	} {
		if got, ok := quotedPath(text); ok != (want != "") || ok && got != want {
			t.Errorf("%s: %s, %v", text, got, ok)
		}
	}
}

var now = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)

func TestListing(t *testing.T) {
	for _, row := range []struct {
		line string
		want entry
	}{
		{"-rw-r--r--    1 1000     1000           12 Nov 21 11:30 a file", entry{"a file", fileEntry, 12, time.Date(2026, 11, 21, 11, 30, 0, 0, time.UTC)}},
		{"-rw-r--r--    1 1000     1000           12 Dec 31 23:59  two  spaces", entry{" two  spaces", fileEntry, 12, time.Date(2025, 12, 31, 23, 59, 0, 0, time.UTC)}},
		{"-rw-r--r--    1 1000     1000           12 Nov  1  2020 x", entry{"x", fileEntry, 12, time.Date(2020, 11, 1, 0, 0, 0, 0, time.UTC)}},
		{"drwxr-xr-x.   2 user group with spaces 4096 Mar 10  2024 d", entry{"d", folderEntry, 4096, time.Date(2024, 3, 10, 0, 0, 0, 0, time.UTC)}},
		{"-rw-------   1 user          5 Jan  2 2024 no group", entry{"no group", fileEntry, 5, time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)}},
		{"-rw-r--r-- 1 u g 7 2024-01-02 03:04 iso", entry{"iso", fileEntry, 7, time.Date(2024, 1, 2, 3, 4, 0, 0, time.UTC)}},
		{"lrwxrwxrwx 1 u g 7 Jan 2 2024 link -> elsewhere", entry{"link", linkEntry, 7, time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)}},
		{"prw-r--r-- 1 u g 0 Jan 2 2024 pipe", entry{"pipe", otherEntry, 0, time.Date(2024, 1, 2, 0, 0, 0, 0, time.UTC)}},
		{"01-02-26  03:04PM                   12 a file", entry{"a file", fileEntry, 12, time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC)}},
		{"01-02-2026  15:04                   12 x", entry{"x", fileEntry, 12, time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC)}},
		{"01-02-26  03:04PM       <DIR>          d e", entry{"d e", folderEntry, 0, time.Date(2026, 1, 2, 15, 4, 0, 0, time.UTC)}},
	} {
		got, there, err := parseLine(row.line, now)
		if err != nil || !there || got != row.want {
			t.Errorf("%q: %+v, %v, %v, want %+v", row.line, got, there, err, row.want)
		}
	}
	for _, row := range []struct {
		line string
		want entry
	}{
		{"type=file;size=12;modify=20260102030405.678;UNIX.mode=0644; a; b", entry{"a; b", fileEntry, 12, time.Date(2026, 1, 2, 3, 4, 5, 678e6, time.UTC)}},
		{"Type=dir;Modify=20260102030405; d", entry{"d", folderEntry, 0, time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)}},
		{"type=OS.unix=slink:/x;size=3; l", entry{"l", linkEntry, 3, time.Time{}}},
		{"type=cdir;sizd=4096; /here", entry{"/here", otherEntry, 0, time.Time{}}},
	} {
		got, there, err := parseFacts(row.line, now)
		if err != nil || !there || got != row.want {
			t.Errorf("%q: %+v, %v, %v, want %+v", row.line, got, there, err, row.want)
		}
	}
}

// A line that nobody understands could be a file, and a list without it would
// be wrong.
func TestListingRefused(t *testing.T) {
	for _, line := range []string{"hello", "-rw-r--r-- 1 u g twelve Jan 2 2024 x", "-rw-r--r-- 1 u g 99999999999999999999 Jan 2 2024 x"} {
		if _, _, err := parseLine(line, now); !errors.Is(err, backends.ErrUnsupported) {
			t.Errorf("%q: %v", line, err)
		}
	}
	for _, line := range []string{"hello", "type=file;size=-1; x", "type=file; ", "a b"} {
		if _, _, err := parseFacts(line, now); !errors.Is(err, backends.ErrUnsupported) {
			t.Errorf("%q: %v", line, err)
		}
	}
	for _, line := range []string{"total 12", ""} {
		if _, there, err := parseLine(line, now); there || err != nil {
			t.Errorf("%q: %v, %v", line, there, err)
		}
	}
}

func FuzzReply(f *testing.F) {
	for _, seed := range []string{"220 hello\r\n", "211-a\r\n b\r\n211 c\r\n", "227 (1,2,3,4,5,6)\r\n", "229 (|||1|)\r\n", "257 \"/\"\r\n"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := readReply(bufio.NewReaderSize(strings.NewReader(text), maxLine))
		if err != nil {
			return
		}
		if r.code < 100 || len(r.lines) == 0 || len(r.lines) > maxLines {
			t.Fatalf("got %d, %d lines", r.code, len(r.lines))
		}
		passivePort(r.lines[0])
		extendedPort(r.lines[0])
		quotedPath(r.lines[0])
		if e := refused("X", r); strings.ContainsAny(e.Error(), "\r\n") || len(e.Error()) > 300 || e.Unwrap() == nil {
			t.Fatalf("%q", e.Error())
		}
	})
}

func FuzzListing(f *testing.F) {
	for _, seed := range []string{
		"-rw-r--r--    1 1000     1000           12 Nov 21 11:30 a file\r\n", "01-02-26  03:04PM       <DIR>          d e\n",
		"type=file;size=12;modify=20260102030405; x\r\n", "total 1\n\n",
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		for _, parse := range []func(string, time.Time) (entry, bool, error){parseLine, parseFacts} {
			err := readLines(strings.NewReader(text), func(line string) error {
				e, there, err := parse(line, now)
				if there && (e.name == "" || e.size < 0 || strings.Contains(e.name, "\n")) {
					t.Fatalf("got %+v of %q", e, line)
				}
				return err
			})
			if err != nil && !errors.Is(err, errListing) && !errors.Is(err, errReply) {
				t.Fatal(err)
			}
		}
	})
}
