package main_test

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends/backendtest/link"
	"github.com/varve-backup/varve/backends/backendtest/servers"
)

// A line that breaks is a pause. One that stays broken ends the run in one
// line, and the next run goes on.
func TestLineBreaks(t *testing.T) {
	for _, format := range formats {
		t.Run(format, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			s := servers.SSH(t, servers.SSHOptions{})
			line := link.New(t, fmt.Sprintf("127.0.0.1:%d", s.Port), link.Options{})
			w.knows(s, line.Port())
			for i := range 12 {
				w.write(fmt.Sprint("file", i), noise(uint64(i), 2<<20))
			}
			url := fmt.Sprintf("sftp://%s@%s/archive", s.User, line.Addr)
			args := append(keyOption(s), "--format", format, "--volsize", "4", w.path("src"), url)

			line.CutAfter(6 << 20)
			w.must(w.varve(args...))

			w.write("more", noise(50, 60<<20))
			enough := w.size(s.Home) + 5<<20
			line.StallAfter(8 << 20) // or it might be done before the line breaks
			cmd := w.start(binary, append([]string{"--num-retries", "2", "--archive-dir", w.path("ours")}, args...)...)
			var said bytes.Buffer
			cmd.Stderr = &said
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			waitUntil(t, "some of it is stored", func() bool { return w.size(s.Home) > enough })
			line.Refuse()
			line.Cut()
			line.Resume()
			if err := cmd.Wait(); err == nil || strings.Count(said.String(), "\n") != 1 || !strings.Contains(said.String(), "Earlier versions are as they were") {
				t.Errorf("on a line that stays broken: %v, %s", err, said.String())
			}
			if err := line.Accept(); err != nil {
				t.Fatal(err)
			}
			w.must(w.varve(args...))
			w.must(w.varve(append(keyOption(s), "restore", url, w.path("restored"))...))
			w.same(w.path("src"), w.path("restored"))
		})
	}
}

// size counts the bytes below a folder.
func (w *world) size(dir string) (n int64) {
	_ = fs.WalkDir(os.DirFS(dir), ".", func(_ string, e fs.DirEntry, _ error) error {
		if info, err := e.Info(); err == nil && info.Mode().IsRegular() { // what comes and goes does not count
			n += info.Size()
		}
		return nil
	})
	return n
}
