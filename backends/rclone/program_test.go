package rclone

import (
	"errors"
	"os/exec"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
)

func TestFailed(t *testing.T) {
	exit := exec.Command("false").Run()
	for said, want := range map[string]error{
		"2026/11/21 17:28:40 Failed to create file system: couldn't connect SSH: ssh: unable to authenticate": backends.ErrAuth,
		"2026/11/21 17:28:40 ERROR : x\n2026/11/21 17:28:40 Failed to rcat: write: no space left on device\n": backends.ErrFull,
		"": backends.ErrTemporary, "something new": backends.ErrTemporary,
	} {
		err := failed(t.Context(), exit, said)
		if !errors.Is(err, want) || strings.Contains(err.Error(), "2026/") || strings.Contains(err.Error(), "\n") {
			t.Errorf("%q became %v, want %v", said, err, want)
		}
	}
}

func FuzzEntries(f *testing.F) {
	f.Add("[\n{\"Path\":\"a\",\"Name\":\"a\",\"Size\":5,\"ModTime\":\"2026-11-21T17:28:39.754819390Z\",\"IsDir\":false},\n{\"Path\":\"b\"}\n]\n")
	f.Add("[\n")
	f.Add("[{\"Size\":1e99}]")
	f.Fuzz(func(t *testing.T, text string) {
		n := 0
		err := entries(strings.NewReader(text), func(*entry) bool { n++; return n < 100 })
		if err != nil && !errors.Is(err, backends.ErrTemporary) {
			t.Errorf("%q: %v has no class", text, err)
		}
	})
}

func FuzzComplaint(f *testing.F) {
	f.Add("2026/11/21 17:28:40 Failed")
	f.Add("0123/56789012345678 x")
	f.Fuzz(func(t *testing.T, said string) {
		if c := complaint(said); strings.Contains(c, "\n") || len(c) > longest+len("…") {
			t.Errorf("%q became %q", said, c)
		}
	})
}
