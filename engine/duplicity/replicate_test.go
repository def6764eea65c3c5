package duplicity

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/backends/faulty"
	"github.com/varve-backup/varve/backends/memory"
	"github.com/varve-backup/varve/engine/duplicity/manifest"
)

// However storing fails, at whichever file, the target holds whole versions
// and nothing else that counts; and the next run copies what is missing, and
// no file that arrived.
func TestCopyingFails(t *testing.T) {
	b := newBench(t)
	for _, kind := range []Kind{Full, Incremental, Full} {
		b.write("file-1", uint64(b.clock.Unix()), 900_000)
		if err := b.backup(b.store, kind); err != nil {
			t.Fatal(err)
		}
	}
	now := b.tree()
	for name, wrong := range wrongs {
		t.Run(name, func(t *testing.T) {
			on := 1
			for b.copyFailsAt(t, wrong, on, now) {
				on++
			}
			if on < 8 {
				t.Errorf("only %d files were stored", on-1)
			}
		})
	}
}

// copyFailsAt reports false when there are fewer calls.
func (b *bench) copyFailsAt(t *testing.T, wrong faulty.Fault, on int, now map[string]string) bool {
	t.Helper()
	wrong.On = on
	target := &bench{t: t, src: b.src, dir: t.TempDir(), store: memory.New(), clock: b.clock}
	store := faulty.New(target.store, wrong)
	copied := 0
	o := CopyOptions{Total: func(int64) {}, Copied: func(Version) { copied++ }}
	err := target.open(store).CopyFrom(t.Context(), b.open(b.store), o)
	if store.Calls(faulty.Put) < on {
		if err != nil || copied != 3 {
			t.Fatalf("%d versions, %v", copied, err)
		}
		return false
	}
	if err == nil {
		t.Errorf("call %d failed, and the run was content", on)
	}
	s, serr := target.open(target.store).Status(t.Context())
	if serr != nil || s.Orphaned > 0 {
		t.Errorf("call %d: %+v, %v", on, s, serr)
	}
	again := faulty.New(target.store)
	if err := target.open(again).CopyFrom(t.Context(), b.open(b.store), o); err != nil {
		t.Errorf("after call %d failed: %v", on, err)
	}
	if all := b.files(); again.Calls(faulty.Put) > all-on+1 {
		t.Errorf("after call %d of %d failed, %d files were stored", on, all, again.Calls(faulty.Put))
	}
	target.complete(3, 0)
	target.holds("the copy", time.Time{}, now)
	return true
}

// files counts what is at the destination.
func (b *bench) files() (n int) {
	b.t.Helper()
	for _, err := range b.store.List(b.t.Context(), "") {
		if err != nil {
			b.t.Fatal(err)
		}
		n++
	}
	return n
}

// A chain with a damaged volume is copied up to it, and the error says so; the
// next chain is copied.
func TestCopyingWhatIsDamaged(t *testing.T) {
	b := newBench(t)
	for _, kind := range []Kind{Full, Incremental, Incremental, Full} {
		b.write("file-1", uint64(b.clock.Unix()), 900_000)
		if err := b.backup(b.store, kind); err != nil {
			t.Fatal(err)
		}
	}
	for o, err := range b.store.List(t.Context(), "duplicity-inc.20231114T221420Z") {
		if err != nil || !strings.Contains(o.Name, ".vol1.") {
			continue
		}
		if err := b.store.Delete(t.Context(), o.Name); err != nil {
			t.Fatal(err)
		}
	}
	target := &bench{t: t, src: b.src, dir: t.TempDir(), store: memory.New(), clock: b.clock}
	var copied []time.Time
	err := target.open(target.store).CopyFrom(t.Context(), b.open(b.store), CopyOptions{
		Total: func(int64) {}, Copied: func(v Version) { copied = append(copied, v.Time) },
	})
	if !errors.Is(err, ErrDamaged) || len(copied) != 2 {
		t.Errorf("copied %v, %v", copied, err)
	}
	target.holds("the newest", time.Time{}, b.tree())
}

// FuzzRewriteManifest: whatever a manifest says, the copy has its list of files
// and the volumes that it is given, or there is an error.
func FuzzRewriteManifest(f *testing.F) {
	f.Add([]byte("Hostname h\nLocaldir /s\nVolume 1:\n    StartingPath   .  \n    EndingPath     .  \n    Hash SHA1 00\nFilelist 2\n    new      a\n    deleted  b\n"))
	f.Add([]byte("Filelist 1\n    new      a\nVolume 1:\n    Hash SHA1 00\n"))
	f.Add([]byte("Filelist 99999999999999999999\nx"))
	f.Add([]byte("Filelist -1\nFilelist 3\n"))
	f.Fuzz(func(t *testing.T, old []byte) {
		m := &manifest.Manifest{Hostname: "h", Localdir: "/s", Volumes: []manifest.Volume{{Number: 1, SHA1: bytes.Repeat([]byte{1}, 20)}}}
		var out bytes.Buffer
		if err := rewriteManifest(&out, bytes.NewReader(old), m); err != nil {
			t.Fatal(err)
		}
		if out.Len() > len(old)+1000 {
			t.Fatalf("%d bytes became %d", len(old), out.Len())
		}
		head, _, _ := bytes.Cut(out.Bytes(), []byte("Filelist "))
		got, err := manifest.Read(bytes.NewReader(head))
		if err != nil || len(got.Volumes) != 1 || !slices.Equal(got.Volumes[0].SHA1, m.Volumes[0].SHA1) {
			t.Fatalf("got %+v, %v", got, err)
		}
	})
}

// The list of files arrives as it was.
func TestRewriteManifestKeepsTheList(t *testing.T) {
	var list strings.Builder
	list.WriteString("Filelist 3000\n")
	for range 3000 {
		list.WriteString("    changed  \"" + strings.Repeat("long ", 30) + "\"\n")
	}
	for _, old := range []string{"Hostname a\n" + list.String() + "Volume 1:\n    x\n", "Volume 1:\n    x\n" + list.String()} {
		var out bytes.Buffer
		if err := rewriteManifest(&out, strings.NewReader(old), &manifest.Manifest{}); err != nil || out.String() != list.String() {
			t.Errorf("%d bytes of %d, %v", out.Len(), list.Len(), err)
		}
	}
}
