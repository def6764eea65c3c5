package tarstream

import (
	"bufio"
	"bytes"
	"cmp"
	"encoding/hex"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine/repository"
)

const (
	// maxExtension bounds all extended headers of one member together, in
	// bytes: room for the largest attribute that a source reads, and more.
	maxExtension = 32 << 20
	// maxRecords bounds the number of records in them.
	maxRecords = 1 << 17
	// maxKept is the size of a buffer that is worth keeping, in bytes.
	maxKept = 1 << 20
)

// Reader reads members. It is itself the reader of the data of the member
// that Next returned last.
type Reader struct {
	r    *bufio.Reader
	left int64 // data of the member not read yet
	pad  int64
	err  error // once set, every Next returns it

	// What extended headers say of the next member, and their length so far.
	path, link string
	records    []record
	extended   int64
	data       bytes.Buffer // of the one being read

	// Most members have the owner of the one before.
	user, group string
}

type record struct{ key, value string }

// NewReader reads the stream r.
func NewReader(r io.Reader) *Reader { return &Reader{r: bufio.NewReaderSize(r, 1<<16)} }

// Next moves to the next member. At the end it reads r to its end, so that
// checks of the layers below happen, and returns io.EOF. One block of zeros
// ends the stream, whatever follows (formats/duplicity.md section 4.1).
func (r *Reader) Next() (*Header, error) {
	if r.err == nil {
		var h *Header
		if h, r.err = r.next(); r.err == nil {
			return h, nil
		}
		r.left, r.pad = 0, 0
	}
	return nil, r.err
}

func (r *Reader) next() (*Header, error) {
	r.path, r.link, r.extended = "", "", 0
	clear(r.records)
	r.records = r.records[:0]
	for {
		if err := r.skip(); err != nil {
			return nil, err
		}
		block, err := r.r.Peek(blockSize)
		if len(block) == 0 && err == io.EOF { // a lost connection may wrap io.EOF
			return nil, io.EOF
		}
		if err != nil {
			return nil, unexpected(err)
		}
		if isZero(block) {
			_, err := io.Copy(io.Discard, r.r)
			if err != nil {
				return nil, err
			}
			return nil, io.EOF
		}
		h, err := r.member(block)
		if err != nil || h != nil {
			return h, err
		}
	}
}

// unexpected tells the end of the input from every other error.
func unexpected(err error) error {
	if err == io.EOF || err == io.ErrUnexpectedEOF { // a lost connection may wrap them
		return fmt.Errorf("%w: it is cut short", ErrDamaged)
	}
	return err
}

// skip passes over what is left of the member before.
func (r *Reader) skip() error {
	n := r.left + r.pad
	r.left, r.pad = 0, 0
	for n > 0 {
		d, err := r.r.Discard(int(min(n, 1<<30)))
		n -= int64(d)
		if err != nil {
			return unexpected(err)
		}
	}
	return nil
}

func isZero(b []byte) bool {
	for _, c := range b {
		if c != 0 {
			return false
		}
	}
	return true
}

// member reads one header block, with the data of an extended one; nil means
// that the member it belongs to is still to come.
func (r *Reader) member(block []byte) (*Header, error) {
	if !sumFits(block) {
		return nil, fmt.Errorf("%w: a header's sum does not fit", ErrDamaged)
	}
	size, ok := number(block[124:136])
	if !ok || size < 0 {
		return nil, fmt.Errorf("%w: a member has no length", ErrDamaged)
	}
	flag := block[156]
	switch flag {
	case 'x', 'g', 'L', 'K':
		return nil, r.extension(flag, size)
	}
	h, err := r.header(block, flag, size)
	if err != nil {
		return nil, err
	}
	if _, err := r.r.Discard(blockSize); err != nil {
		return nil, unexpected(err)
	}
	r.left, r.pad = h.Length, -h.Length&(blockSize-1)
	return h, nil
}

// sumFits checks a header's sum, which some programs make of signed bytes.
func sumFits(b []byte) bool {
	want, ok := number(b[148:156])
	if !ok {
		return false
	}
	var sum, negative int64
	for _, c := range b {
		sum += int64(c)
		negative += int64(c >> 7)
	}
	for _, c := range b[148:156] { // counts as blanks
		sum += ' ' - int64(c)
		negative -= int64(c >> 7)
	}
	return want == sum || want == sum-negative<<8
}

// number reads an octal field, or one in base 256. An empty field is 0.
func number(b []byte) (v int64, ok bool) {
	if b[0]&0x80 != 0 {
		return base256(b)
	}
	b = bytes.Trim(b, " \x00")
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	for _, c := range b {
		if c < '0' || c > '7' {
			return 0, false
		}
		v = v<<3 | int64(c-'0') // at most twelve digits
	}
	return v, true
}

// base256 reads a big-endian two's complement number whose first bit is a
// mark.
func base256(b []byte) (int64, bool) {
	negative := b[0]&0x40 != 0
	v := int64(b[0] & 0x3f)
	if negative {
		v |= ^int64(0x3f)
	}
	for _, c := range b[1:] {
		if v > math.MaxInt64>>8 || v < math.MinInt64>>8 {
			return 0, false
		}
		v = v<<8 | int64(c)
	}
	return v, true
}

// extension reads an extended header. The room for it grows with what is
// there, not with what is claimed.
func (r *Reader) extension(flag byte, size int64) error {
	if size > maxExtension-r.extended {
		return fmt.Errorf("%w: extended headers of more than %d bytes", ErrDamaged, maxExtension)
	}
	r.extended += size
	if _, err := r.r.Discard(blockSize); err != nil {
		return unexpected(err)
	}
	if r.data.Cap() > maxKept {
		r.data = bytes.Buffer{}
	}
	r.data.Reset()
	if _, err := io.CopyN(&r.data, r.r, size); err != nil {
		return unexpected(err)
	}
	r.pad = -size & (blockSize - 1)
	switch flag {
	case 'L':
		r.path = strings.TrimRight(r.data.String(), "\x00")
	case 'K':
		r.link = strings.TrimRight(r.data.String(), "\x00")
	case 'x':
		return r.parseRecords(r.data.String())
	}
	return nil
}

// parseRecords reads "length key=value\n" records.
func (r *Reader) parseRecords(s string) error {
	for s != "" {
		digits, rest, ok := strings.Cut(s, " ")
		size, err := strconv.Atoi(digits)
		if !ok || err != nil || size <= len(digits)+1 || size > len(s) || s[size-1] != '\n' {
			return fmt.Errorf("%w: an extended header does not parse", ErrDamaged)
		}
		key, value, ok := strings.Cut(rest[:size-len(digits)-2], "=")
		if !ok {
			return fmt.Errorf("%w: an extended header does not parse", ErrDamaged)
		}
		if len(r.records) == maxRecords {
			return fmt.Errorf("%w: an extended header of more than %d records", ErrDamaged, maxRecords)
		}
		r.records = append(r.records, record{key, value})
		s = s[size:]
	}
	return nil
}

// header makes the Header of a member from its block and what extends it.
func (r *Reader) header(b []byte, flag byte, size int64) (*Header, error) {
	h := &Header{Length: size}
	e := &h.Entry
	name, link := r.path, r.link
	if name == "" {
		name = blockName(b)
	}
	if link == "" && flag == '2' {
		link = string(untilZero(b[157:257]))
	}
	if flag == 0 && strings.HasSuffix(name, "/") {
		flag = '5' // the oldest tars know no type for folders
	}
	mtime, ok := number(b[136:148])
	if err := h.numbers(b, flag); err != nil || !ok {
		return nil, cmp.Or(err, errNumbers)
	}
	e.ModTime = time.Unix(mtime, 0)
	r.user, r.group = same(r.user, b[265:297]), same(r.group, b[297:329])
	e.User, e.Group = r.user, r.group
	e.Size = -1
	if err := h.apply(r.records, &name, &link); err != nil {
		return nil, err
	}
	return h, h.finish(flag, name, link)
}

var errNumbers = fmt.Errorf("%w: a header's numbers do not parse", ErrDamaged)

// numbers reads mode, owner and device. None may come out as another number:
// an owner that is cut to 32 bits could be root.
func (h *Header) numbers(b []byte, flag byte) error {
	e := &h.Entry
	mode, ok := number(b[100:108])
	if !ok {
		return errNumbers
	}
	e.Mode = uint32(mode) & 0o7777
	fields := []struct {
		to *uint32
		at int
	}{{&e.UID, 108}, {&e.GID, 116}, {&e.Major, 329}, {&e.Minor, 337}}
	if flag != '3' && flag != '4' {
		fields = fields[:2]
	}
	for _, f := range fields {
		v, ok := number(b[f.at : f.at+8])
		if !ok || v < math.MinInt32 || v > math.MaxUint32 {
			return errNumbers
		}
		*f.to = uint32(v)
	}
	return nil
}

// same returns what a text field holds: old, if that is it.
func same(old string, field []byte) string {
	field = untilZero(field)
	if old == string(field) {
		return old
	}
	return string(field)
}

// blockName is the name in the block, with the ustar prefix if there is one.
func blockName(b []byte) string {
	name := string(untilZero(b[:nameField]))
	if string(b[257:263]) == "ustar\x00" && b[345] != 0 {
		return string(untilZero(b[345:500])) + "/" + name
	}
	return name
}

func untilZero(b []byte) []byte {
	if i := bytes.IndexByte(b, 0); i >= 0 {
		b = b[:i]
	}
	return b
}

// apply lets the records of the extended header have their say.
func (h *Header) apply(records []record, name, link *string) error {
	e := &h.Entry
	for _, r := range records {
		var err error
		switch r.key {
		case "path":
			*name = r.value
		case "linkpath":
			*link = r.value
		case "uname":
			e.User = r.value
		case "gname":
			e.Group = r.value
		case "uid":
			err = setID(&e.UID, r.value)
		case "gid":
			err = setID(&e.GID, r.value)
		case "size":
			h.Length, err = strconv.ParseInt(r.value, 10, 63)
			if h.Length < 0 {
				err = strconv.ErrRange
			}
		case "mtime":
			e.ModTime, err = parseTime(r.value)
			e.ModTime = e.ModTime.Truncate(time.Second)
		default:
			h.applyOurs(r)
		}
		if err != nil {
			return fmt.Errorf("%w: the record %s=%q: %w", ErrDamaged, r.key, r.value, err)
		}
	}
	slices.SortFunc(e.Xattrs, func(x, y repository.Xattr) int { return strings.Compare(x.Name, y.Name) })
	return nil
}

// applyOurs takes a record that only Varve knows. They are hints: one that
// does not parse counts as not there.
func (h *Header) applyOurs(r record) {
	e := &h.Entry
	if name, is := strings.CutPrefix(r.key, recordXattr); is {
		e.Xattrs = append(e.Xattrs, repository.Xattr{Name: unescapeXattr(name), Value: []byte(r.value)})
		return
	}
	switch r.key {
	case recordTime:
		if t, err := parseTime(r.value); err == nil {
			e.ModTime, e.HasNanoseconds = t, true
		}
	case recordChanged:
		if t, err := parseTime(r.value); err == nil {
			e.ChangeTime = t
		}
	case recordSizeOf:
		if n, err := strconv.ParseInt(r.value, 10, 64); err == nil && n >= 0 {
			e.Size = n
		}
	case recordSHA256:
		if sum, err := hex.DecodeString(r.value); err == nil && len(sum) == 32 {
			e.SHA256 = sum
		}
	case recordHardLink:
		if path, err := cleanPath(r.value); err == nil {
			e.HardLink = path
		}
	case recordXattrs:
		e.HasXattrs = true
	}
}

// unescapeXattr undoes xattrEscaper.
func unescapeXattr(name string) string {
	if !strings.Contains(name, "%") {
		return name
	}
	return xattrUnescaper.Replace(name)
}

func setID(id *uint32, s string) error {
	v, err := strconv.ParseUint(s, 10, 32)
	*id = uint32(v)
	return err
}

// parseTime reads seconds with a fraction that counts forward; before 1970
// PAX writers may count it backward, which only matters below a second.
func parseTime(s string) (time.Time, error) {
	whole, fraction, _ := strings.Cut(s, ".")
	sec, err := strconv.ParseInt(whole, 10, 64)
	if err != nil {
		return time.Time{}, err
	}
	if fraction == "" {
		return time.Unix(sec, 0), nil
	}
	fraction = (fraction + "000000000")[:9]
	ns, err := strconv.ParseUint(fraction, 10, 32)
	return time.Unix(sec, int64(ns)), err
}

// finish sets what depends on the name and on the type.
func (h *Header) finish(flag byte, name, link string) error {
	if err := h.parseName(name); err != nil {
		return err
	}
	e := &h.Entry
	switch flag {
	case '0', 0, '7':
		e.Type = repository.File
	case '5':
		e.Type = repository.Dir
	case '2':
		e.Type, e.Target = repository.Symlink, link
	case '6':
		e.Type = repository.FIFO
	case '3':
		e.Type = repository.CharDevice
	case '4':
		e.Type = repository.BlockDevice
	default:
		return fmt.Errorf("%w: %q is of the unknown type %q", ErrDamaged, name, flag)
	}
	if e.Type != repository.File {
		if h.Kind != Snapshot {
			return fmt.Errorf("%w: %q should be a file", ErrDamaged, name)
		}
		h.Length, e.Size = 0, 0
		return nil
	}
	if e.Size < 0 && h.Kind == Snapshot {
		e.Size = h.Length
	}
	return nil
}

// Read reads the data of the member.
func (r *Reader) Read(p []byte) (int, error) {
	if r.left == 0 {
		return 0, io.EOF
	}
	n, err := r.r.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	if err != nil && (r.left > 0 || err != io.EOF) {
		return n, unexpected(err)
	}
	return n, nil
}

// WriteTo hands the rest of the member's data on.
func (r *Reader) WriteTo(w io.Writer) (int64, error) {
	n, err := io.CopyN(w, r.r, r.left)
	r.left -= n
	if err != nil {
		err = unexpected(err)
	}
	return n, err
}
