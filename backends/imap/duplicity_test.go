package imap_test

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// duplicity takes no port from the address. This makes Python's library go to
// the one of the test, and changes nothing else.
const redirect = `import imaplib, os
_open = imaplib.IMAP4.open
def open(self, host='', port=143, *rest):
    return _open(self, host, int(os.environ['TEST_IMAP_PORT']), *rest)
imaplib.IMAP4.open = open
`

// duplicityAt runs duplicity with a mailbox.
func duplicityAt(t *testing.T, server *servers.IMAPServer, args ...string) {
	t.Helper()
	home := t.TempDir()
	servers.WriteFile(t, filepath.Join(home, "sitecustomize.py"), redirect, 0o600)
	cmd := exec.Command(servers.Program(t, "duplicity", "duplicity"), append([]string{"--no-encryption", "--volsize=1", "--num-retries=1", "--archive-dir=" + home}, args...)...)
	cmd.Env = append(os.Environ(), "PYTHONPATH="+home, fmt.Sprint("TEST_IMAP_PORT=", server.Port), "IMAP_PASSWORD="+server.Password, "HOME="+home)
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("duplicity: %v\n%s", err, said)
	}
}

// duplicity writes, we read all of it and write it anew for another sender;
// duplicity restores from that.
func TestDuplicity(t *testing.T) {
	server := servers.Dovecot(t, "ssl = no")
	source := t.TempDir()
	content := bytes.Repeat([]byte("0123456789abcdef\x00\xff"), 1000)
	for i := range 200 { // more than a volume that is not compressible away
		content = append(content, fmt.Sprint(i*i*i)...)
	}
	if err := os.WriteFile(filepath.Join(source, "file"), content, 0o600); err != nil {
		t.Fatal(err)
	}
	duplicityAt(t, server, "full", source, "imap://alice@127.0.0.1/back/up")

	theirs := mustOpen(t, at("imap", server.Host(), "back/up"), with(server, nil))
	defer theirs.Close()
	// A mailbox of its own: duplicity looks for names without regard to senders.
	config := with(server, map[string]string{"imap-mailbox": "Copy"})
	config.Create = true
	ours := mustOpen(t, at("imap", server.Host(), "copy"), config)
	defer ours.Close()
	n := 0
	for o, err := range theirs.List(t.Context(), "duplicity-full") {
		if err != nil {
			t.Fatal(err)
		}
		n++
		whole := read(t, theirs, o.Name, 0, -1)
		if int64(len(whole)) != o.Size {
			t.Errorf("%s has %d bytes, and %d were listed", o.Name, len(whole), o.Size)
		}
		for _, off := range []int64{1, 56, 57, 58, 200, o.Size - 1} {
			if off < o.Size && !bytes.Equal(read(t, theirs, o.Name, off, 100), whole[off:min(off+100, o.Size)]) {
				t.Errorf("%s: the bytes at %d are others", o.Name, off)
			}
		}
		if err := ours.Put(t.Context(), o.Name, backends.BytesSource(whole)); err != nil {
			t.Fatal(err)
		}
	}
	if n != 3 {
		t.Fatalf("%d files were listed, want a volume, a manifest and signatures", n)
	}
	target := filepath.Join(t.TempDir(), "restored")
	duplicityAt(t, server, "restore", "--imap-mailbox=Copy", "imap://alice@127.0.0.1/copy", target)
	if got, err := os.ReadFile(filepath.Join(target, "file")); err != nil || !bytes.Equal(got, content) {
		t.Errorf("%d bytes came back of %d, %v", len(got), len(content), err)
	}
}

func read(t *testing.T, s backends.Store, name string, off, n int64) []byte {
	t.Helper()
	r, err := s.Get(t.Context(), name, off, n)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("%s from %d: %v", name, off, err)
	}
	return b
}
