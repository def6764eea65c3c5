package tarstream

import (
	"bytes"
	"cmp"
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
	"testing/iotest"
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
	if h, err := r.Next(); !errors.Is(err, io.EOF) {
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
		if _, err := r.Next(); !errors.Is(err, io.EOF) {
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
		"owner is no int": patched(t, 108, "0000008\x00"),
		"owner too large": patched(t, 108, "\x80\x00\x00\x01\x00\x00\x00\x00"),
		"group too small": patched(t, 116, "\xff\xff\xff\xff\x00\x00\x00\x00"),
		"length below 0":  patched(t, 124, "\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"),
		"endless headers": bytes.Repeat(extension("a", strings.Repeat("x", 3<<20)), 12),
		"endless records": bytes.Repeat(extension("a", ""), maxRecords+1),
		"header too long": patched(t, 124, "77777777777\x00", 156, "x"),
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

// patched is a member whose header block says something else, with a sum that
// fits.
func patched(t *testing.T, places ...any) []byte {
	t.Helper()
	b := member(t, "snapshot/x", '0')
	for i := 0; i < len(places); i += 2 {
		copy(b[places[i].(int):], places[i+1].(string))
	}
	return withSum(b)
}

// extension is an extended header with one record.
func extension(key, value string) []byte {
	w := NewWriter(io.Discard)
	record := appendRecord(nil, key, value)
	w.appendBlock(&w.extended, extendedName, 'x', len(record))
	w.buf = append(w.buf, record...)
	w.pad(len(record))
	return w.buf
}

// Headers of other programs, which differ in what they leave out.
func TestOtherHeaders(t *testing.T) {
	old := patched(t, 0, "snapshot/d/", 156, "\x00", 257, strings.Repeat("\x00", 255))
	split := patched(t, 0, "c\x00", 345, "snapshot/a/b")
	// GNU tars keep times where ustar has its prefix.
	gnu := patched(t, 0, "snapshot/f", 257, "ustar  \x00", 345, "12345670123")
	huge := patched(t, 0, "snapshot/f", 108, "\x80\x00\x00\x00\xff\xff\xff\xfe", 136, "\x80\x00\x00\x00\x00\x00\x00\x02\x00\x00\x00\x00")
	for _, row := range []struct {
		name  string
		bytes []byte
		want  repository.Entry
	}{
		{"version 7 folder", old, repository.Entry{Path: "d", Type: repository.Dir}},
		{"ustar prefix", split, repository.Entry{Path: "a/b/c", Type: repository.File}},
		{"GNU", gnu, repository.Entry{Path: "f", Type: repository.File}},
		{"base 256", huge, repository.Entry{Path: "f", Type: repository.File, UID: 1<<32 - 2, ModTime: time.Unix(2<<32, 0)}},
		{"signed sum", signed(t), repository.Entry{Path: "\xff\xff", Type: repository.File}},
		{"sub-second PAX time", append(extension("mtime", "5.75"), member(t, "snapshot/f", '0')...), repository.Entry{Path: "f", Type: repository.File, ModTime: time.Unix(5, 0)}},
		{"global header", append(globally("comment", "x"), member(t, "snapshot/f", '0')...), repository.Entry{Path: "f", Type: repository.File}},
	} {
		t.Run(row.name, func(t *testing.T) {
			h, err := NewReader(bytes.NewReader(row.bytes)).Next()
			if err != nil {
				t.Fatal(err)
			}
			if row.want.ModTime.IsZero() {
				row.want.ModTime = time.Unix(0, 0)
			}
			if !reflect.DeepEqual(h.Entry, row.want) || h.Kind != Snapshot {
				t.Errorf("got  %+v\nwant %+v", h.Entry, row.want)
			}
		})
	}
}

// signed is a header whose sum was made of signed bytes.
func signed(t *testing.T) []byte {
	t.Helper()
	b := patched(t, 0, "snapshot/\xff\xff")
	sum := int64(8 * ' ')
	for i, c := range b {
		if i < 148 || i >= 156 {
			sum += int64(int8(c))
		}
	}
	copy(b[148:156], fmt.Sprintf("%06o\x00 ", sum))
	return b
}

// A connection that broke at a member's border is no end of the stream.
func TestWrappedEndIsAnError(t *testing.T) {
	good := write(t, false)
	broken := fmt.Errorf("connection lost: %w", io.EOF)
	for _, cut := range []int{0, 300, len(good) - 600, len(good)} {
		r := NewReader(io.MultiReader(bytes.NewReader(good[:cut]), iotest.ErrReader(broken)))
		var err error
		for err == nil {
			_, err = r.Next()
		}
		if !strings.Contains(err.Error(), "connection lost") || errors.Is(err, ErrDamaged) {
			t.Errorf("cut at %d: %v", cut, err)
		}
	}
}

func globally(key, value string) []byte {
	b := extension(key, value)
	b[156] = 'g'
	copy(b, withSum(b[:blockSize]))
	return b
}

// A resource fork of macOS is an attribute of several megabytes.
func TestLongAttributesComeBack(t *testing.T) {
	value := bytes.Repeat([]byte("fork"), 4<<20)
	e := repository.Entry{Path: "f", Type: repository.File, HasXattrs: true, Xattrs: []repository.Xattr{{Name: "fork", Value: value}}}
	var out bytes.Buffer
	if err := NewWriter(&out).WriteMember(&Header{Kind: Snapshot, Entry: e}, []byte("x")); err != nil {
		t.Fatal(err)
	}
	r := NewReader(&out)
	h, err := r.Next()
	if err != nil || len(h.Entry.Xattrs) != 1 || !bytes.Equal(h.Entry.Xattrs[0].Value, value) {
		t.Fatalf("%d attributes, %v", len(h.Entry.Xattrs), err)
	}
	if data, err := io.ReadAll(r); string(data) != "x" || err != nil {
		t.Errorf("data is %q, %v", data, err)
	}
}

// What a Reader would refuse must never get into an archive.
func TestWriterRefuses(t *testing.T) {
	file := repository.Entry{Path: "f", Type: repository.File}
	long, many := file, file
	long.Xattrs = []repository.Xattr{{Name: "a", Value: make([]byte, maxExtension)}}
	many.Xattrs = make([]repository.Xattr, maxRecords)
	for name, row := range map[string]struct {
		h    Header
		data string
	}{
		"no kind":          {Header{Entry: file}, ""},
		"unknown kind":     {Header{Kind: Signature + 1, Entry: file}, ""},
		"chunk 0":          {Header{Kind: MultivolSnapshot, Entry: file}, "x"},
		"folder with data": {Header{Kind: Snapshot, Entry: repository.Entry{Path: "d", Type: repository.Dir}}, "x"},
		"deleted data":     {Header{Kind: Deleted, Entry: file}, "x"},
		"long attributes":  {Header{Kind: Snapshot, Entry: long}, "x"},
		"many attributes":  {Header{Kind: Snapshot, Entry: many}, "x"},
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			w := NewWriter(&out)
			if err := w.WriteMember(&row.h, []byte(row.data)); err == nil || out.Len() > 0 || w.Offset() != 0 {
				t.Errorf("%v, %d bytes", err, out.Len())
			}
			if err := w.WriteMember(&Header{Kind: Snapshot, Entry: file}, nil); err != nil {
				t.Errorf("a good member after it: %v", err)
			}
		})
	}
}

// A deletion is its path and nothing else, or duplicity would see an owner.
func TestDeletionIsBare(t *testing.T) {
	var got, want bytes.Buffer
	full := samples()[2].Entry
	if err := NewWriter(&got).WriteMember(&Header{Kind: Deleted, Entry: full}, nil); err != nil {
		t.Fatal(err)
	}
	if err := NewWriter(&want).WriteMember(&Header{Kind: Deleted, Entry: repository.Entry{Path: full.Path}}, nil); err != nil {
		t.Fatal(err)
	}
	b := got.Bytes()
	if !bytes.Equal(b, want.Bytes()) || len(b) != blockSize || b[156] != '0' || string(b[100:136]) != "0000000\x000000000\x000000000\x0000000000000\x00" {
		t.Errorf("%d bytes: %q", len(b), b)
	}
}

// limited takes n bytes.
type limited int

func (l *limited) Write(p []byte) (int, error) {
	n := min(len(p), int(*l))
	*l -= limited(n)
	if n < len(p) {
		return n, io.ErrShortWrite
	}
	return n, nil
}

func TestWriterStopsAtAnError(t *testing.T) {
	h := Header{Kind: Snapshot, Entry: repository.Entry{Path: "f", Type: repository.File}}
	for _, room := range []limited{0, 511, 512, 700, 512 + 2*maxJoined, 513 + 2*maxJoined} {
		left := room
		w := NewWriter(&left)
		if err := w.WriteMember(&h, make([]byte, 2*maxJoined+1)); !errors.Is(err, io.ErrShortWrite) {
			t.Fatalf("with room for %d bytes: %v", room, err)
		}
		left = 1 << 30
		if err := cmp.Or(w.WriteMember(&h, nil), w.Close(true)); !errors.Is(err, io.ErrShortWrite) || w.Offset() != int64(room) {
			t.Errorf("it went on after %d bytes: %v, offset %d", room, err, w.Offset())
		}
	}
}

// Two blocks of zeros, and the length that tapes once had.
func TestFooter(t *testing.T) {
	for size := range 24 {
		var out bytes.Buffer
		w := NewWriter(&out)
		h := Header{Kind: Snapshot, Entry: repository.Entry{Path: "f", Type: repository.File, Size: -1}}
		if err := w.WriteMember(&h, bytes.Repeat([]byte{1}, size*blockSize)); err != nil {
			t.Fatal(err)
		}
		if err := w.Close(true); err != nil {
			t.Fatal(err)
		}
		zeros := out.Len() - (size+1)*blockSize
		if out.Len()%recordSize != 0 || zeros < 2*blockSize || zeros >= recordSize+2*blockSize {
			t.Errorf("%d blocks of data: %d bytes, %d of them footer", size, out.Len(), zeros)
		}
		if !isZero(out.Bytes()[out.Len()-zeros:]) {
			t.Errorf("%d blocks of data: the footer is not zero", size)
		}
	}
}

// Long data takes another way than short.
func TestLengthsOfData(t *testing.T) {
	var out bytes.Buffer
	w := NewWriter(&out)
	lengths := []int{0, 1, 511, 512, 513, 1 << 16, maxJoined, maxJoined + 1, 3*maxJoined + 7}
	for i, n := range lengths {
		h := Header{Kind: MultivolDiff, Chunk: int64(i + 1), Entry: repository.Entry{Path: "f", Type: repository.File}}
		if err := w.WriteMember(&h, bytes.Repeat([]byte{byte(i)}, n)); err != nil {
			t.Fatal(err)
		}
	}
	r := NewReader(&out)
	for i, n := range lengths {
		if _, err := r.Next(); err != nil {
			t.Fatal(err)
		}
		if data, err := io.ReadAll(r); err != nil || !bytes.Equal(data, bytes.Repeat([]byte{byte(i)}, n)) {
			t.Errorf("%d bytes came back of %d, %v", len(data), n, err)
		}
	}
}

func TestWriterAllocatesNothing(t *testing.T) {
	w := NewWriter(io.Discard)
	data := make([]byte, 5000)
	for _, h := range samples() {
		h.Entry.Xattrs = nil
		if typeFlag(&h) != '0' || h.Kind == Deleted {
			data = data[:0]
		}
		if n := testing.AllocsPerRun(100, func() { _ = w.WriteMember(&h, data) }); n > 0 {
			t.Errorf("%q: %v allocations", h.Entry.Path, n)
		}
		data = data[:5000]
	}
}

// A cut stream must not look like a whole one: only its layers' checks and
// the manifest's hash can tell at a member border, everywhere else we do.
func FuzzReader(f *testing.F) {
	// Small seeds: the fuzzer spends its time on making large ones smaller.
	for _, h := range samples() {
		var out bytes.Buffer
		w := NewWriter(&out)
		if err := cmp.Or(w.WriteMember(&h, nil), w.WriteMember(&h, nil), w.Close(false)); err != nil {
			f.Fatal(err)
		}
		f.Add(append(out.Bytes(), make([]byte, blockSize)...), true)
	}
	f.Add(append(extension("mtime", "5.75"), extension("size", "12")...), true)
	f.Add(plain(f, "../testdata/gnu-tar-py27/repo/duplicity-full.20231114T221320Z.vol1.difftar.gz")[:4096], false)
	f.Fuzz(func(t *testing.T, b []byte, repair bool) {
		if repair {
			b = repaired(b)
		}
		r := NewReader(bytes.NewReader(b))
		for {
			h, err := r.Next()
			if err != nil {
				return
			}
			rewrite(t, h)
			if p := h.Entry.Path; strings.HasPrefix(p, "/") || strings.Contains("/"+p+"/", "/../") || h.Length < 0 {
				t.Fatalf("accepted %+v", h)
			}
			if _, err := io.Copy(io.Discard, io.LimitReader(r, 1<<20)); err != nil {
				return
			}
		}
	})
}

// repaired gives every header a sum that fits, or hardly any change to one
// would get past it.
func repaired(b []byte) []byte {
	b = bytes.Clone(b)
	for at := 0; at+blockSize <= len(b); at += blockSize {
		block := b[at : at+blockSize]
		if string(block[257:262]) != "ustar" {
			continue
		}
		withSum(block)
	}
	return b
}

// withSum sets the sum of a header block.
func withSum(block []byte) []byte {
	copy(block[148:156], "        ")
	sum := 0
	for _, c := range block[:blockSize] {
		sum += int(c)
	}
	octal(block[148:156], int64(sum))
	return block
}

// rewrite checks that what the Reader took the Writer can write, and that it
// comes back the same.
func rewrite(t *testing.T, h *Header) {
	t.Helper()
	if h.Length > 0 && h.Kind == Deleted {
		return // duplicity takes it, and nothing reads the data
	}
	var out bytes.Buffer
	if err := NewWriter(&out).WriteMember(h, make([]byte, min(h.Length, 1000))); err != nil {
		t.Fatalf("%+v: %v", h, err)
	}
	again, err := NewReader(&out).Next()
	if err != nil {
		t.Fatalf("%+v does not read again: %v", h, err)
	}
	a, b := h.Entry, again.Entry
	if again.Kind != h.Kind || again.Chunk != h.Chunk || a.Path != b.Path || a.Type != b.Type || a.Target != b.Target {
		t.Fatalf("%+v\nis written and read as\n%+v", h, again)
	}
	if h.Kind != Deleted && (a.UID != b.UID || a.GID != b.GID || a.Mode != b.Mode || a.User != b.User || a.Group != b.Group) {
		t.Fatalf("%+v\nis written and read as\n%+v", h, again)
	}
}

func BenchmarkWriter(b *testing.B) {
	w := NewWriter(io.Discard)
	h := samples()[2]
	h.Entry.Xattrs = nil
	data := make([]byte, 120)
	b.ReportAllocs()
	for b.Loop() {
		if err := w.WriteMember(&h, data); err != nil {
			b.Fatal(err)
		}
	}
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
			if _, err := r.Next(); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				b.Fatal(err)
			}
		}
	}
}
