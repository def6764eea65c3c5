package tarstream

import (
	"encoding/hex"
	"fmt"
	"io"
	"slices"
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

// maxJoined is the length of data, in bytes, up to which a member goes out in
// one call. Longer data is not worth copying.
const maxJoined = 1 << 17

// Writer writes members. Each goes out whole: a file that is cut where a
// member ended is a good stream. After an error it writes nothing more.
type Writer struct {
	w      io.Writer
	offset int64
	err    error
	buf    []byte
	name   []byte
	pax    []byte
	value  []byte // of the record being made
	// extended describes the extended headers.
	extended Header
}

// NewWriter makes a Writer on w, which should be buffered.
func NewWriter(w io.Writer) *Writer {
	return &Writer{w: w, extended: Header{Entry: repository.Entry{Mode: 0o644}}}
}

// Offset is the number of bytes written.
func (w *Writer) Offset() int64 { return w.offset }

// WriteMember writes a member and its data. It refuses what a Reader would
// not give back; of such a member nothing has been written. A deletion is
// nothing but its path, whatever else the entry says.
func (w *Writer) WriteMember(h *Header, data []byte) error {
	if w.err != nil {
		return w.err
	}
	if err := h.check(data); err != nil {
		return err
	}
	if h.Kind == Deleted {
		h = &Header{Kind: Deleted, Entry: repository.Entry{Path: h.Entry.Path, Size: -1}}
	}
	w.name = h.name(w.name[:0])
	w.collect(h)
	if len(w.pax) > maxExtension || len(h.Entry.Xattrs) > maxRecords/2 {
		return fmt.Errorf("tarstream: %q has %d bytes of attributes, more than can be stored", h.Entry.Path, len(w.pax))
	}
	w.buf = w.buf[:0]
	if len(w.pax) > 0 {
		w.appendBlock(&w.extended, extendedName, 'x', len(w.pax))
		w.buf = append(w.buf, w.pax...)
		w.pad(len(w.pax))
	}
	w.appendBlock(h, w.name, typeFlag(h), len(data))
	if len(data) > maxJoined {
		w.flush()
		w.write(data)
	} else {
		w.buf = append(w.buf, data...)
	}
	w.pad(len(data))
	w.flush()
	return w.err
}

// extendedName is what Python calls an extended header.
var extendedName = []byte("././@PaxHeader")

// check refuses what cannot be written so that it reads back the same.
func (h *Header) check(data []byte) error {
	switch {
	case h.Kind == 0 || int(h.Kind) >= len(prefixes):
		return fmt.Errorf("tarstream: no member is of kind %d", h.Kind)
	case h.Kind.IsChunk() && h.Chunk < 1:
		return fmt.Errorf("tarstream: %q has no chunk %d", h.Entry.Path, h.Chunk)
	case int64(len(data)) > maxOctal11:
		return fmt.Errorf("tarstream: %q has %d bytes of data, more than a member holds", h.Entry.Path, len(data))
	case len(data) > 0 && (h.Kind == Deleted || typeFlag(h) != '0'):
		return fmt.Errorf("tarstream: %q is of a type that has no data", h.Entry.Path)
	}
	return nil
}

// flush writes what is in the buffer, and empties it.
func (w *Writer) flush() {
	w.write(w.buf)
	w.buf = w.buf[:0]
}

func (w *Writer) write(b []byte) {
	if w.err != nil {
		return
	}
	n, err := w.w.Write(b)
	w.offset += int64(n)
	w.err = err
}

// pad fills the last block of n bytes of data.
func (w *Writer) pad(n int) { w.zeros(-n & (blockSize - 1)) }

// zeros adds n zero bytes to the buffer and returns them.
func (w *Writer) zeros(n int) []byte {
	start := len(w.buf)
	w.buf = slices.Grow(w.buf, n)[:start+n]
	clear(w.buf[start:])
	return w.buf[start:]
}

// Close ends the stream. footer adds two blocks of zeros, and more up to the
// next multiple of 10240 bytes, as tar does; without, it ends after the last
// member, as unencrypted volumes do.
func (w *Writer) Close(footer bool) error {
	if !footer || w.err != nil {
		return w.err
	}
	end := (w.offset + 2*blockSize + recordSize - 1) / recordSize * recordSize
	w.zeros(int(end - w.offset))
	w.flush()
	return w.err
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
	b := w.zeros(blockSize)
	copyASCII(b[0:nameField], name)
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

// text is what names come as.
type text interface{ ~string | ~[]byte }

// copyASCII fills a text field; what does not fit has a PAX record.
func copyASCII[T text](b []byte, s T) {
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
	if !utf8.Valid(w.name) || !utf8.ValidString(e.Target) {
		w.pax = appendRecord(w.pax, "hdrcharset", "BINARY")
	}
	if needsRecord(w.name, nameField) {
		w.pax = appendRecord(w.pax, "path", w.name)
	}
	if h.Kind == Deleted {
		return
	}
	if e.Type == repository.Symlink && needsRecord(e.Target, nameField) {
		w.pax = appendRecord(w.pax, "linkpath", e.Target)
	}
	w.collectOwner(e)
	if h.Chunk <= 1 {
		w.collectAttributes(h)
	}
	if e.Type == repository.File {
		w.collectContent(e)
	}
}

// needsRecord reports that a field of room bytes cannot hold s as it is.
func needsRecord[T text](s T, room int) bool {
	if len(s) > room {
		return true
	}
	for i := range len(s) {
		if s[i] >= utf8.RuneSelf || s[i] == 0 {
			return true
		}
	}
	return false
}

func (w *Writer) collectOwner(e *repository.Entry) {
	if int64(e.UID) > maxOctal7 {
		w.number("uid", int64(e.UID))
	}
	if int64(e.GID) > maxOctal7 {
		w.number("gid", int64(e.GID))
	}
	if needsRecord(e.User, ownerField) {
		w.pax = appendRecord(w.pax, "uname", e.User)
	}
	if needsRecord(e.Group, ownerField) {
		w.pax = appendRecord(w.pax, "gname", e.Group)
	}
	if seconds(e.ModTime) > maxOctal11 {
		w.number("mtime", seconds(e.ModTime))
	}
}

// collectAttributes adds what the format has no place for.
func (w *Writer) collectAttributes(h *Header) {
	e := &h.Entry
	if e.HasNanoseconds {
		w.exactTime(recordTime, e.ModTime)
	}
	if h.Kind == Signature && !e.ChangeTime.IsZero() {
		w.exactTime(recordChanged, e.ChangeTime)
	}
	if e.HardLink != "" {
		w.pax = appendRecord(w.pax, recordHardLink, e.HardLink)
	}
	if e.HasXattrs {
		w.number(recordXattrs, int64(len(e.Xattrs)))
	}
	for _, x := range e.Xattrs {
		w.pax = appendRecord(w.pax, recordXattr+xattrEscaper.Replace(x.Name), x.Value)
	}
}

func (w *Writer) collectContent(e *repository.Entry) {
	if e.Size >= 0 {
		w.number(recordSizeOf, e.Size)
	}
	if len(e.SHA256) > 0 {
		w.value = hex.AppendEncode(w.value[:0], e.SHA256)
		w.pax = appendRecord(w.pax, recordSHA256, w.value)
	}
}

// xattrEscaper keeps "=" out of record names, as GNU tar does.
var (
	xattrEscaper   = strings.NewReplacer("%", "%25", "=", "%3D")
	xattrUnescaper = strings.NewReplacer("%25", "%", "%3D", "=")
)

// number appends a record with a decimal number.
func (w *Writer) number(key string, v int64) {
	w.value = strconv.AppendInt(w.value[:0], v, 10)
	w.pax = appendRecord(w.pax, key, w.value)
}

// exactTime appends a record with seconds, a point, and nine digits that
// count forward.
func (w *Writer) exactTime(key string, t time.Time) {
	w.value = strconv.AppendInt(w.value[:0], t.Unix(), 10)
	w.value = append(w.value, ".000000000"...)
	for i, ns := len(w.value)-1, t.Nanosecond(); ns > 0; i, ns = i-1, ns/10 {
		w.value[i] += byte(ns % 10)
	}
	w.pax = appendRecord(w.pax, key, w.value)
}

// appendRecord appends one "length key=value\n"; the length counts its own
// digits.
func appendRecord[T text](b []byte, key string, value T) []byte {
	rest := len(key) + len(value) + len(" =\n")
	size := rest + digits(rest)
	if digits(size) != digits(rest) {
		size = rest + digits(size)
	}
	b = strconv.AppendInt(b, int64(size), 10)
	b = append(b, ' ')
	b = append(b, key...)
	b = append(b, '=')
	b = append(b, value...)
	return append(b, '\n')
}

func digits(n int) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}
