package rsync

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends"
)

// The lines are of rsync 3.5.0 and, with commas, 3.2.7.
func TestParseLine(t *testing.T) {
	at := time.Date(2026, 11, 21, 14, 42, 19, 0, time.UTC)
	for line, want := range map[string]string{
		"-rw-r--r--           4 2026/11/21 14:42:19 x":                         "x 4",
		"-rw-r--r--      12,345 2026/11/21 14:42:19 a/od*d na[me] ü":           "a/od*d na[me] ü 12345",
		"-rw-r--r--           4 2026/11/21 14:42:19  leading":                  " leading 4",
		`-rw-r--r--           4 2026/11/21 14:42:19 a\#012b\#134#012`:          "a\nb\\#012 4",
		"drwxr-xr-x       4,096 2026/11/21 14:42:19 a":                         "",
		"lrwxrwxrwx          11 2026/11/21 14:42:19 link -> x":                 "",
		"skipping non-regular file \"link\"":                                   "",
		"-rw-r--r--           4 2026/13/21 14:42:19 x":                         "",
		"-rw-r--r--           4 2026/11/21":                                    "",
		"-rw-r--r-- 99999999999999999999999999999999999 2026/11/21 14:42:19 x": "",
		"-": "", "": "",
	} {
		o, ok := parseLine(line)
		got := ""
		if ok {
			got = fmt.Sprint(o.Name, " ", o.Size)
			if !o.ModTime.Equal(at) {
				t.Errorf("%q is of %v", line, o.ModTime)
			}
		}
		if got != want {
			t.Errorf("%q is %q, want %q", line, got, want)
		}
	}
}

func FuzzParseLine(f *testing.F) {
	f.Add("-rw-r--r--      12,345 2026/11/21 14:42:19 a b")
	f.Add(`-rw-r--r--           4 2026/11/21 14:42:19 a\#012b\#13`)
	f.Fuzz(func(t *testing.T, line string) {
		if o, ok := parseLine(line); ok && (o.Name == "" || o.Size < 0 || len(o.Name) > len(line)) {
			t.Errorf("%q is %+v", line, o)
		}
	})
}

func TestFailed(t *testing.T) {
	for said, want := range map[string]error{
		"rsync: could not make way for new regular file: .\nrsync error: some files (code 23)\n": backends.ErrNotExist,
		"rsync: could not make way for new regular file: .x\n":                                   backends.ErrInvalidName,
		"rsync: [generator] could not make way for new regular file: a\n":                        backends.ErrInvalidName,
		"rsync: mkdir \"/a\" failed: No such file or directory (2)\n":                            backends.ErrNotExist,
	} {
		if err := failed(t.Context(), errors.New("exit status 23"), said); !errors.Is(err, want) {
			t.Errorf("%q is %v, want %v", said, err, want)
		}
	}
}

func TestFilter(t *testing.T) {
	for prefix, want := range map[string]string{
		"":       "--include=/* --exclude=/*",
		"ab":     "--include=/ab* --exclude=/*",
		"a/b/c?": `--include=/a/ --exclude=/* --include=/a/b/ --exclude=/a/* --include=/a/b/c\?* --exclude=/a/b/*`,
	} {
		if got := filter(prefix); strings.Join(got[1:], " ") != want {
			t.Errorf("%q: %q, want %q", prefix, got, want)
		}
	}
}

func TestSplit(t *testing.T) {
	for text, want := range map[string][]string{
		"": nil, " a  b ": {"a", "b"}, `-e "ssh -x" 'c d'e f\ g ""`: {"-e", "ssh -x", "c de", "f g", ""},
	} {
		if got, err := split(text); err != nil || !slices.Equal(got, want) {
			t.Errorf("%q: %q, %v, want %q", text, got, err, want)
		}
	}
	for _, text := range []string{`"a`, `'a`, `a\`} {
		if got, err := split(text); err == nil {
			t.Errorf("%q: %q", text, got)
		}
	}
}

func FuzzSplit(f *testing.F) {
	f.Add(`a "b c" \d 'e'`)
	f.Fuzz(func(t *testing.T, text string) {
		words, err := split(text)
		if total := len(strings.Join(words, "")); err == nil && total > 3*len(text) { // what is no UTF-8 grows
			t.Errorf("%d bytes became %d", len(text), total)
		}
	})
}
