package tarstream

import (
	"encoding/hex"
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/varve-backup/varve/engine/repository"
)

const (
	blockSize  = 512
	recordSize = 20 * blockSize
	// maxOctal7 is what seven octal digits hold, maxOctal11 what eleven do.
	maxOctal7  = 1<<21 - 1
	maxOctal11 = 1<<33 - 1
	nameField  = 100
	ownerField = 32
)

// The records that only Varve knows (formats/duplicity.md section 23.3).
const (
	recordTime     = "VARVE.mtime"    // seconds "." nine digits
	recordChanged  = "VARVE.ctime"    // the same
	recordSizeOf   = "VARVE.size"     // bytes of the whole file
	recordSHA256   = "VARVE.sha256"   // hex, of the whole file
	recordHardLink = "VARVE.hardlink" // path of the group's first member
	recordXattrs   = "VARVE.xattrs"   // how many attributes there are
	recordXattr    = "SCHILY.xattr."  // as GNU tar and star write them
)

// Writer writes members. Each goes out whole: a file that is cut where a
// member ended is a good stream.
type Writer struct {
	w      io.Writer
	offset int64
	buf    []byte
	name   []byte
	pax    []byte
}

// NewWriter makes a Writer on w, which should be buffered.
func NewWriter(w io.Writer) *Writer { return &Writer{w: w} }

// Offset is the number of bytes written.
func (w *Writer) Offset() int64 { return w.offset }

// WriteMember writes a member and its data.
func (w *Writer) WriteMember(h *Header, data []byte) error {
	if h.Kind == 0 || int(h.Kind) >= len(prefixes) || len(data) > maxOctal11 {
		return fmt.Errorf("tarstream: no member of kind %d and %d bytes can be written", h.Kind, len(data))
	}
	w.name = h.name(w.name[:0])
	w.collect(h)
	w.buf = w.buf[:0]
	if len(w.pax) > 0 {
		w.appendBlock(&Header{Entry: repository.Entry{Mode: 0o644}}, []byte("././@PaxHeader"), 'x', len(w.pax))
		w.buf = append(w.buf, w.pax...)
		w.pad(len(w.pax))
	}
	w.appendBlock(h, w.name, typeFlag(h), len(data))
	w.buf = append(w.buf, data...)
	w.pad(len(data))
	return w.flush()
}

func (w *Writer) flush() error {
	n, err := w.w.Write(w.buf)
	w.offset += int64(n)
	return err
}

// pad fills the last block.
func (w *Writer) pad(n int) {
	if rest := n % blockSize; rest != 0 {
		w.buf = append(w.buf, make([]byte, blockSize-rest)...)
	}
}

// Close ends the stream. footer fills it with zero blocks up to the next
// multiple of 10240 bytes, as tar does; without, it ends after the last
// member, as unencrypted volumes do.
func (w *Writer) Close(footer bool) error {
	if !footer {
		return nil
	}
	w.buf = append(w.buf[:0], make([]byte, recordSize-w.offset%recordSize)...)
	return w.flush()
}

func typeFlag(h *Header) byte {
	if h.Kind != Snapshot {
		return '0'
	}
	switch h.Entry.Type {
	case repository.Dir:
		return '5'
	case repository.Symlink:
		return '2'
	case repository.FIFO:
		return '6'
	case repository.CharDevice:
		return '3'
	case repository.BlockDevice:
		return '4'
	}
	return '0'
}

// seconds is a time as duplicity takes it: whole, and never before 1970.
func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return max(t.Unix(), 0)
}

// appendBlock writes a ustar header block.
func (w *Writer) appendBlock(h *Header, name []byte, flag byte, size int) {
	e := &h.Entry
	start := len(w.buf)
	w.buf = append(w.buf, make([]byte, blockSize)...)
	b := w.buf[start:]
	copyASCII(b[0:nameField], string(name))
	octal(b[100:108], int64(e.Mode&0o7777))
	octal(b[108:116], fits(int64(e.UID), maxOctal7))
	octal(b[116:124], fits(int64(e.GID), maxOctal7))
	octal(b[124:136], int64(size))
	octal(b[136:148], fits(seconds(e.ModTime), maxOctal11))
	b[156] = flag
	if flag == '2' {
		copyASCII(b[157:257], e.Target)
	}
	copy(b[257:265], "ustar\x0000")
	copyASCII(b[265:297], e.User)
	copyASCII(b[297:329], e.Group)
	if flag == '3' || flag == '4' {
		octal(b[329:337], int64(e.Major))
		octal(b[337:345], int64(e.Minor))
	}
	copy(b[148:156], "        ")
	sum := 0
	for _, c := range b {
		sum += int(c)
	}
	octal(b[148:155], int64(sum))
	b[155] = ' '
}

// fits keeps what has a PAX record out of a field that is too small for it.
func fits(v, most int64) int64 {
	if v > most {
		return 0
	}
	return v
}

// octal fills a field with digits and a closing zero byte.
func octal(b []byte, v int64) {
	for i := len(b) - 2; i >= 0; i-- {
		b[i] = '0' + byte(v&7)
		v >>= 3
	}
}

// copyASCII fills a text field; what does not fit has a PAX record.
func copyASCII(b []byte, s string) {
	for i := 0; i < len(b) && i < len(s); i++ {
		b[i] = s[i]
		if s[i] >= utf8.RuneSelf {
			b[i] = '?'
		}
	}
}

// collect gathers the PAX records of a member.
func (w *Writer) collect(h *Header) {
	w.pax = w.pax[:0]
	e := &h.Entry
	name := string(w.name)
	if !utf8.ValidString(name) || !utf8.ValidString(e.Target) {
		w.record("hdrcharset", "BINARY")
	}
	if needsRecord(name, nameField) {
		w.record("path", name)
	}
	if h.Kind == Deleted {
		return
	}
	if e.Type == repository.Symlink && needsRecord(e.Target, nameField) {
		w.record("linkpath", e.Target)
	}
	w.collectOwner(e)
	if h.Chunk <= 1 {
		w.collectAttributes(h)
	}
	if e.Type == repository.File {
		w.collectContent(e)
	}
}

func needsRecord(s string, room int) bool {
	return len(s) > room || strings.ContainsFunc(s, func(r rune) bool { return r >= utf8.RuneSelf || r == 0 })
}

func (w *Writer) collectOwner(e *repository.Entry) {
	if int64(e.UID) > maxOctal7 {
		w.record("uid", strconv.FormatUint(uint64(e.UID), 10))
	}
	if int64(e.GID) > maxOctal7 {
		w.record("gid", strconv.FormatUint(uint64(e.GID), 10))
	}
	if needsRecord(e.User, ownerField) {
		w.record("uname", e.User)
	}
	if needsRecord(e.Group, ownerField) {
		w.record("gname", e.Group)
	}
	if seconds(e.ModTime) > maxOctal11 {
		w.record("mtime", strconv.FormatInt(seconds(e.ModTime), 10))
	}
}

// collectAttributes adds what the format has no place for.
func (w *Writer) collectAttributes(h *Header) {
	e := &h.Entry
	if e.HasNanoseconds {
		w.record(recordTime, exactTime(e.ModTime))
	}
	if h.Kind == Signature && !e.ChangeTime.IsZero() {
		w.record(recordChanged, exactTime(e.ChangeTime))
	}
	if e.HardLink != "" {
		w.record(recordHardLink, e.HardLink)
	}
	if e.HasXattrs {
		w.record(recordXattrs, strconv.Itoa(len(e.Xattrs)))
	}
	for _, x := range e.Xattrs {
		w.record(recordXattr+xattrEscaper.Replace(x.Name), string(x.Value))
	}
}

func (w *Writer) collectContent(e *repository.Entry) {
	if e.Size >= 0 {
		w.record(recordSizeOf, strconv.FormatInt(e.Size, 10))
	}
	if len(e.SHA256) > 0 {
		w.record(recordSHA256, hex.EncodeToString(e.SHA256))
	}
}

// xattrEscaper keeps "=" out of record names, as GNU tar does.
var (
	xattrEscaper   = strings.NewReplacer("%", "%25", "=", "%3D")
	xattrUnescaper = strings.NewReplacer("%25", "%", "%3D", "=")
)

// exactTime is seconds, a point, and nine digits that count forward.
func exactTime(t time.Time) string {
	return fmt.Sprintf("%d.%09d", t.Unix(), t.Nanosecond())
}

// record appends one "length key=value\n"; the length counts its own digits.
func (w *Writer) record(key, value string) {
	rest := len(key) + len(value) + len(" =\n")
	size := rest + digits(rest)
	if digits(size) != digits(rest) {
		size = rest + digits(size)
	}
	w.pax = strconv.AppendInt(w.pax, int64(size), 10)
	w.pax = append(w.pax, ' ')
	w.pax = append(w.pax, key...)
	w.pax = append(w.pax, '=')
	w.pax = append(w.pax, value...)
	w.pax = append(w.pax, '\n')
}

func digits(n int) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}
