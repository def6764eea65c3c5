package tarstream

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

// members.txt lists what Python's tarfile found in each stream.
func TestReaderSeesWhatPythonSaw(t *testing.T) {
	for _, archive := range []string{"plain", "gnu-tar-py27", "uncompressed", "jsonstat", "empty-inc"} {
		b, err := os.ReadFile(filepath.Join("../testdata", archive, "members.txt"))
		if err != nil {
			t.Fatal(err)
		}
		sections := strings.Split(string(b), "\n## ")[1:]
		if len(sections) < 4 {
			t.Fatalf("%s: only %d streams", archive, len(sections))
		}
		for _, s := range sections {
			name, list, _ := strings.Cut(s, "\n")
			t.Run(archive+"/"+name, func(t *testing.T) { compareMembers(t, filepath.Join("../testdata", archive, "repo", name), list) })
		}
	}
}

func compareMembers(t *testing.T, path, list string) {
	r := NewReader(bytes.NewReader(plain(t, path)))
	for line := range strings.SplitSeq(strings.TrimSpace(list), "\n") {
		if strings.HasPrefix(line, "#") || strings.HasPrefix(line, "(") {
			continue
		}
		want := strings.Split(line, "\t")
		h, err := r.Next()
		if err != nil {
			t.Fatalf("before %s: %v", want[0], err)
		}
		link := "-"
		if h.Entry.Target != "" {
			link = escape(h.Entry.Target)
		}
		got := []string{
			escape(rebuilt(h)), h.Entry.Type.String(), fmt.Sprintf("%04o", h.Entry.Mode),
			fmt.Sprint(h.Entry.ModTime.Unix()), fmt.Sprint(h.Length), link,
			fmt.Sprint(h.Entry.UID), fmt.Sprint(h.Entry.GID),
		}
		want[0] = strings.Replace(want[0], "snapshot/./", "snapshot/", 1)
		if !reflect.DeepEqual(got, want[:8]) {
			t.Errorf("got  %q\nwant %q", got, want[:8])
		}
	}
	if h, err := r.Next(); err != io.EOF {
		t.Errorf("after the last member: %v, %v", h, err)
	}
}

func rebuilt(h *Header) string { return string(h.name(nil)) }

func escape(s string) string {
	var b strings.Builder
	for s != "" {
		r := []rune(s)[0]
		size := len(string(r))
		if r == '\uFFFD' && !strings.HasPrefix(s, "\uFFFD") {
			fmt.Fprintf(&b, `\x%02x`, s[0])
			s = s[1:]
			continue
		}
		switch {
		case r == '\\':
			b.WriteString(`\\`)
		case r == '\t':
			b.WriteString(`\t`)
		case r == '\n':
			b.WriteString(`\n`)
		case r < ' ' || r == 0x7f:
			fmt.Fprintf(&b, `\x%02x`, r)
		default:
			b.WriteRune(r)
		}
		s = s[size:]
	}
	return b.String()
}

func plain(t testing.TB, path string) []byte {
	t.Helper()
	b, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasSuffix(path, ".gz") {
		return b
	}
	z, err := gzip.NewReader(bytes.NewReader(b))
	if err != nil {
		t.Fatal(err)
	}
	if b, err = io.ReadAll(z); err != nil {
		t.Fatal(err)
	}
	return b
}

// samples are members that use everything there is.
func samples() []Header {
	when := time.Unix(1700000000, 123456789)
	file := repository.Entry{
		Path: "dir/file", Type: repository.File, Mode: 0o4755, UID: 3000000, GID: 7, User: "alice", Group: "grüppe",
		ModTime: when, HasNanoseconds: true, Size: 5, SHA256: bytes.Repeat([]byte{7}, 32), HardLink: "a b",
		Xattrs:    []repository.Xattr{{Name: "user.a=b%", Value: []byte("x\x00\n=y")}, {Name: "user.z", Value: []byte{0xff}}},
		HasXattrs: true, ChangeTime: time.Unix(1700000001, 5),
	}
	early := repository.Entry{Path: "early", Type: repository.File, ModTime: time.Unix(-5, 250), HasNanoseconds: true, Size: 3}
	return []Header{
		{Kind: Snapshot, Entry: repository.Entry{Type: repository.Dir, Mode: 0o1777, ModTime: time.Unix(1, 0)}},
		{Kind: Snapshot, Entry: repository.Entry{Path: strings.Repeat("long/", 60) + "d", Type: repository.Dir, Mode: 0o755, ModTime: when.Truncate(time.Second)}},
		{Kind: Signature, Entry: file},
		{Kind: Snapshot, Entry: early},
		{Kind: MultivolSnapshot, Chunk: 12, Entry: repository.Entry{Path: "num/7", Type: repository.File, ModTime: time.Unix(5, 0), Size: -1}},
		{Kind: MultivolDiff, Chunk: 1, Entry: repository.Entry{Path: "bad-\xff\xfe", Type: repository.File, ModTime: time.Unix(5, 0), Size: 9}},
		{Kind: Diff, Entry: repository.Entry{Path: "snapshot/1", Type: repository.File, ModTime: time.Unix(5, 0), Size: -1}},
		{Kind: Snapshot, Entry: repository.Entry{Path: "l", Type: repository.Symlink, Mode: 0o777, Target: "\xff" + strings.Repeat("ü", 80), ModTime: time.Unix(5, 0)}},
		{Kind: Snapshot, Entry: repository.Entry{Path: "fifo", Type: repository.FIFO, ModTime: time.Unix(5, 0)}},
		{Kind: Snapshot, Entry: repository.Entry{Path: "null", Type: repository.CharDevice, Major: 1, Minor: 300000, ModTime: time.Unix(5, 0)}},
		{Kind: Deleted, Entry: repository.Entry{Path: "gone", Type: repository.File, ModTime: time.Unix(0, 0), Size: -1}},
	}
}

func write(t testing.TB, footer bool) []byte {
	t.Helper()
	var out bytes.Buffer
	w := NewWriter(&out)
	for i, h := range samples() {
		var data []byte
		if h.Entry.Type == repository.File && h.Kind != Deleted {
			data = bytes.Repeat([]byte{byte(i)}, 100*i+3)
		}
		if err := w.WriteMember(&h, data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(footer); err != nil {
		t.Fatal(err)
	}
	if w.Offset() != int64(out.Len()) {
		t.Errorf("Offset is %d after %d bytes", w.Offset(), out.Len())
	}
	return out.Bytes()
}

func TestRoundTrip(t *testing.T) {
	for _, tail := range []string{"", strings.Repeat("\x00", 512) + "garbage that is no tar", strings.Repeat("\x00", 10240)} {
		r := NewReader(strings.NewReader(string(write(t, false)) + tail))
		for i, want := range samples() {
			got, err := r.Next()
			if err != nil {
				t.Fatal(err)
			}
			data, err := io.ReadAll(r)
			if err != nil || int64(len(data)) != got.Length || got.Length > 0 && got.Length != int64(100*i+3) {
				t.Fatalf("%s: %d bytes of %d, %v", want.Entry.Path, len(data), got.Length, err)
			}
			want.Length = got.Length
			if !reflect.DeepEqual(*got, want) {
				t.Errorf("got  %+v\nwant %+v", *got, want)
			}
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("at the end: %v", err)
		}
	}
}

// Other programs must read the stream, and see nothing odd in it.
func TestPythonAndTarReadIt(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.tar")
	if err := os.WriteFile(path, write(t, true), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command("tar", "-tf", path).Output()
	if err != nil || strings.Count(string(out), "\n") != len(samples()) {
		t.Errorf("tar: %v\n%s", err, out)
	}
	script := `import sys, tarfile
for m in tarfile.open(sys.argv[1]):
    print(m.name.encode("utf8", "surrogateescape").hex(), m.mode, m.uid, m.gid, int(m.mtime), m.size, m.linkname.encode("utf8", "surrogateescape").hex(), m.devminor)`
	out, err = exec.Command("python3", "-c", script, path).CombinedOutput()
	if err != nil {
		t.Fatalf("python3 (Debian package python3): %v\n%s", err, out)
	}
	lines := strings.Split(strings.TrimSpace(string(out)), "\n")
	for i, h := range samples() {
		size := 0
		if h.Entry.Type == repository.File && h.Kind != Deleted {
			size = 100*i + 3
		}
		e := h.Entry
		want := fmt.Sprintf("%x %d %d %d %d %d %x %d", strings.TrimSuffix(rebuilt(&h), "/"), e.Mode, e.UID, e.GID, seconds(e.ModTime), size, e.Target, e.Minor)
		if i >= len(lines) || lines[i] != want {
			t.Errorf("python3 read %q\nwant %q", lines[min(i, len(lines)-1)], want)
		}
	}
}

func TestDamageIsRefused(t *testing.T) {
	good := write(t, false)
	for name, bad := range map[string][]byte{
		"cut in a header": good[:700],
		"cut in data":     good[:len(good)-600-512],
		"flipped":         append([]byte{good[0] ^ 1}, good[1:]...),
		"no tar":          bytes.Repeat([]byte("no tar at all"), 100),
		"up":              member(t, "snapshot/a/../../x", '0'),
		"hard link":       member(t, "snapshot/x", '1'),
		"unknown kind":    member(t, "other/x", '0'),
		"diff of a link":  member(t, "diff/x", '2'),
		"chunk zero":      member(t, "multivol_diff/x/0", '0'),
	} {
		t.Run(name, func(t *testing.T) {
			r := NewReader(bytes.NewReader(bad))
			var err error
			for err == nil {
				if _, err = r.Next(); err == nil {
					_, err = io.Copy(io.Discard, r)
				}
			}
			if !errors.Is(err, ErrDamaged) {
				t.Errorf("got %v, want ErrDamaged", err)
			}
		})
	}
}

func member(t *testing.T, name string, flag byte) []byte {
	t.Helper()
	w := NewWriter(io.Discard)
	w.appendBlock(&Header{}, []byte(name), flag, 0)
	return w.buf
}

// A cut stream must not look like a whole one: only its layers' checks and
// the manifest's hash can tell at a member border, everywhere else we do.
func FuzzReader(f *testing.F) {
	f.Add(write(f, true))
	f.Add(plain(f, "../testdata/gnu-tar-py27/repo/duplicity-full.20231114T221320Z.vol1.difftar.gz")[:8192])
	f.Fuzz(func(t *testing.T, b []byte) {
		r := NewReader(bytes.NewReader(b))
		for {
			h, err := r.Next()
			if err != nil {
				return
			}
			if p := h.Entry.Path; strings.HasPrefix(p, "/") || strings.Contains("/"+p+"/", "/../") || h.Length < 0 {
				t.Fatalf("accepted %+v", h)
			}
			if _, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20)); err != nil {
				return
			}
		}
	})
}

func BenchmarkReader(b *testing.B) {
	var out bytes.Buffer
	w := NewWriter(&out)
	for i := range 10000 {
		h := samples()[2]
		h.Entry.Path = fmt.Sprintf("dir/file%06d", i)
		if err := w.WriteMember(&h, make([]byte, 120)); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(10000)
	b.ReportAllocs()
	for b.Loop() {
		r := NewReader(bytes.NewReader(out.Bytes()))
		for {
			if _, err := r.Next(); err == io.EOF {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
