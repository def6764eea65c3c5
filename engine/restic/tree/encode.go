package tree

import (
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
)

const (
	head = `{"nodes":[`
	tail = "]}\n" // the newline is part of what is hashed
)

var errFinished = errors.New("tree is finished")

// Encoder writes one tree into memory, for a tree is one blob however large it
// is. The zero Encoder is ready; Reset makes it ready for the next tree and
// keeps the memory. It is used by one goroutine.
type Encoder struct {
	buf      []byte
	last     string
	finished bool

	dates  calendar
	quoted []byte   // scratch: a name between its two encodings
	names  []string // scratch: generic attributes in order
}

// Reset forgets what was added. What Finish returned is overwritten.
func (e *Encoder) Reset() {
	e.buf = e.buf[:0]
	e.last = ""
	e.finished = false
}

// Len returns the bytes written so far.
func (e *Encoder) Len() int { return len(e.buf) }

// Add writes one node. The names of a tree are strictly increasing as bytes,
// ErrOrder otherwise; ErrNode reports a node that restic would refuse. After an
// error the tree is as before.
func (e *Encoder) Add(n *Node) error {
	if e.finished {
		return errFinished
	}
	if err := n.Check(); err != nil {
		return err
	}
	if len(e.buf) > 0 && n.Name <= e.last {
		return fmt.Errorf("%w: %q after %q", ErrOrder, n.Name, e.last)
	}
	start := len(e.buf)
	if err := e.node(n); err != nil {
		e.buf = e.buf[:start]
		return fmt.Errorf("node %q: %w", n.Name, err)
	}
	e.last = n.Name
	return nil
}

// Finish ends the tree and returns it. The bytes are good until Reset.
func (e *Encoder) Finish() []byte {
	if e.finished {
		return e.buf
	}
	if len(e.buf) == 0 {
		e.buf = append(e.buf, head...)
	}
	e.buf = append(e.buf, tail...)
	e.finished = true
	return e.buf
}

// node writes the fields in restic's order, each with what comes before it.
func (e *Encoder) node(n *Node) error {
	if len(e.buf) == 0 {
		e.buf = append(e.buf, head+`{"name":"`...)
	} else {
		e.buf = append(e.buf, `,{"name":"`...)
	}
	e.name(n.Name)
	e.buf = append(e.buf, `","type":"`...)
	e.buf = append(e.buf, n.Type...)
	e.buf = append(e.buf, '"')
	e.number(`,"mode":`, uint64(n.Mode))
	if err := e.times(n); err != nil {
		return err
	}
	e.owner(n)
	e.number(`,"inode":`, n.Inode)
	e.number(`,"device_id":`, n.DeviceID)
	e.number(`,"size":`, n.Size)
	e.number(`,"links":`, n.Links)
	e.linkTarget(n.LinkTarget)
	e.xattrs(n.Xattrs)
	if err := e.generic(n); err != nil {
		return err
	}
	e.number(`,"device":`, n.Device)
	e.content(n.Content)
	if n.Subtree != nil {
		e.buf = append(e.buf, `,"subtree":`...)
		e.id(n.Subtree)
	}
	e.text(`,"error":`, n.Error)
	e.buf = append(e.buf, '}')
	return nil
}

// name writes the inside of a name's JSON string. A name is quoted twice: as Go
// quotes strings, which makes valid UTF-8 of any bytes, and then as JSON.
func (e *Encoder) name(name string) {
	if isPlain(name) || isPrintable(name) {
		e.buf = append(e.buf, name...)
		return
	}
	e.quoted = strconv.AppendQuote(e.quoted[:0], name)
	e.buf = appendText(e.buf, e.quoted[1:len(e.quoted)-1])
}

// number writes a field that is left out when zero.
func (e *Encoder) number(key string, v uint64) {
	if v != 0 {
		e.buf = append(e.buf, key...)
		e.buf = strconv.AppendUint(e.buf, v, 10)
	}
}

// text writes a field that is left out when empty.
func (e *Encoder) text(key, v string) {
	if v == "" {
		return
	}
	e.buf = append(e.buf, key...)
	e.buf = appendString(e.buf, v)
}

func (e *Encoder) owner(n *Node) {
	e.buf = append(e.buf, `,"uid":`...)
	e.buf = strconv.AppendUint(e.buf, uint64(n.UID), 10)
	e.buf = append(e.buf, `,"gid":`...)
	e.buf = strconv.AppendUint(e.buf, uint64(n.GID), 10)
	e.text(`,"user":`, n.User)
	e.text(`,"group":`, n.Group)
}

func (e *Encoder) times(n *Node) (err error) {
	e.buf = append(e.buf, `,"mtime":"`...)
	start := len(e.buf)
	if e.buf, err = e.dates.append(e.buf, n.ModTime); err != nil {
		return err
	}
	end := len(e.buf)
	for _, f := range [...]struct {
		key  string
		time *time.Time
	}{{`","atime":"`, &n.AccessTime}, {`","ctime":"`, &n.ChangeTime}} {
		e.buf = append(e.buf, f.key...)
		// Usual, for restic stores no atime and an untouched inode has one time.
		if *f.time == n.ModTime { // the same instant elsewhere is another text
			e.buf = append(e.buf, e.buf[start:end]...)
		} else if e.buf, err = e.dates.append(e.buf, *f.time); err != nil {
			return err
		}
	}
	e.buf = append(e.buf, '"')
	return nil
}

// linkTarget writes a target that JSON cannot hold a second time, in base64.
func (e *Encoder) linkTarget(target string) {
	e.text(`,"linktarget":`, target)
	if !isText(target) {
		e.buf = append(e.buf, `,"linktarget_raw":"`...)
		e.buf = append(base64.StdEncoding.AppendEncode(e.buf, []byte(target)), '"')
	}
}

func (e *Encoder) xattrs(list []Xattr) {
	if len(list) == 0 {
		return
	}
	e.buf = append(e.buf, `,"extended_attributes":`...)
	next := byte('[')
	for _, x := range list {
		e.buf = append(e.buf, next)
		e.xattr(x)
		next = ','
	}
	e.buf = append(e.buf, ']')
}

func (e *Encoder) xattr(x Xattr) {
	e.buf = append(e.buf, `{"name":`...)
	e.buf = appendString(e.buf, x.Name)
	if x.Value == nil {
		e.buf = append(e.buf, `,"value":null}`...)
		return
	}
	e.buf = append(e.buf, `,"value":"`...)
	e.buf = base64.StdEncoding.AppendEncode(e.buf, x.Value)
	e.buf = append(e.buf, `"}`...)
}

// generic writes the attributes in the order of their names, as encoding/json
// does with a map.
func (e *Encoder) generic(n *Node) error {
	if len(n.Generic) == 0 {
		return nil
	}
	e.names = e.names[:0]
	for name := range n.Generic {
		e.names = append(e.names, name)
	}
	slices.Sort(e.names)
	e.buf = append(e.buf, `,"generic_attributes":`...)
	next := byte('{')
	for _, name := range e.names {
		e.buf = append(appendString(append(e.buf, next), name), ':')
		if err := e.value(n.Generic[name]); err != nil {
			return fmt.Errorf("attribute %q: %w", name, err)
		}
		next = ','
	}
	e.buf = append(e.buf, '}')
	return nil
}

// value writes one JSON value; nil is null.
func (e *Encoder) value(raw []byte) (err error) {
	if raw == nil {
		e.buf = append(e.buf, "null"...)
		return nil
	}
	e.buf, err = appendValue(e.buf, raw)
	return err
}

// content writes null for what is not a file. The field is never left out.
func (e *Encoder) content(ids []id.ID) {
	if ids == nil {
		e.buf = append(e.buf, `,"content":null`...)
		return
	}
	e.buf = append(e.buf, `,"content":[`...)
	for i := range ids {
		if i > 0 {
			e.buf = append(e.buf, ',')
		}
		e.id(&ids[i])
	}
	e.buf = append(e.buf, ']')
}

func (e *Encoder) id(i *id.ID) {
	e.buf = append(e.buf, '"')
	e.buf = hex.AppendEncode(e.buf, i[:])
	e.buf = append(e.buf, '"')
}
