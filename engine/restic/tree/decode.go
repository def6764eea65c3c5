package tree

import (
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"math"
	"strconv"
	"time"

	"github.com/varve-backup/varve/engine/restic/id"
)

// Decode reads a tree node by node. A node is good until the next one: Clone
// keeps it.
//
// An error with a node, ErrOrder or ErrNode, is about that node alone, and the
// loop may go on to save the rest. Any other error has no node and is the last.
func Decode(b []byte) iter.Seq2[*Node, error] {
	return func(yield func(*Node, error) bool) {
		d := NewDecoder(b)
		for {
			n, err := d.Next()
			if errors.Is(err, io.EOF) || !yield(n, err) || n == nil {
				return
			}
		}
	}
}

// Decoder reads trees out of memory. Nodes point into the tree and into the
// decoder: neither may change while a node is in use. It is used by one
// goroutine.
type Decoder struct {
	s     scanner
	state state
	node  Node
	last  string

	// What nodes point to, and what repeats from one to the next.
	subtree     id.ID
	content     []id.ID
	xattrs      []Xattr
	values      []byte // of xattrs
	raw         []byte // a symlink's target
	generic     map[string]json.RawMessage
	words       map[string]string
	user, group string
	clock       clock
}

// state is where a decoder is in the tree.
type state uint8

const (
	atStart state = iota
	inNodes
	atEnd
)

// NewDecoder returns a decoder at the start of tree b.
func NewDecoder(b []byte) *Decoder {
	d := &Decoder{
		content: make([]id.ID, 0, 8), // not nil: what is empty was stored as empty
		values:  make([]byte, 0, 64),
		generic: make(map[string]json.RawMessage),
		words:   make(map[string]string),
	}
	d.Reset(b)
	return d
}

// Reset goes to the start of tree b and keeps the memory of the tree before.
func (d *Decoder) Reset(b []byte) {
	d.s.reset(b)
	d.state = atStart
	d.last = ""
}

// Next returns the next node, io.EOF after the last; it is good until the next
// call. ErrOrder and ErrNode come with the node that they are about, and Next
// may be called again. After any other error it returns that error for ever.
func (d *Decoder) Next() (*Node, error) {
	more := d.advance()
	if more {
		d.readNode()
	}
	if d.s.err != nil {
		return nil, d.s.err
	}
	if !more {
		return nil, io.EOF
	}
	return &d.node, d.check()
}

// advance tells whether a node is next. Otherwise it has read all.
func (d *Decoder) advance() bool {
	switch {
	case d.s.err != nil || d.state == atEnd:
		return false
	case d.state == atStart && d.start():
		d.state = inNodes
		return true
	case d.state == inNodes && d.s.more(']'):
		return true
	}
	d.state = atEnd
	d.rest()
	return false
}

// start takes what is before the first node, and tells whether there is one.
func (d *Decoder) start() bool {
	d.s.want('{')
	for string(d.s.key()) != "nodes" {
		d.s.skip()
		d.s.want(',')
		if d.s.err != nil {
			return false
		}
	}
	if d.s.null() {
		return false
	}
	d.s.want('[')
	return !d.s.found(']')
}

// rest takes what is behind the nodes.
func (d *Decoder) rest() {
	for d.s.more('}') {
		if string(d.s.key()) == "nodes" {
			d.s.fail("nodes a second time")
		}
		d.s.skip()
	}
	d.s.end()
}

// check says what is wrong with a node that was read. Those without an error
// have increasing names, whatever is between them.
func (d *Decoder) check() error {
	if err := d.node.Check(); err != nil {
		return err
	}
	if d.node.Name <= d.last {
		return fmt.Errorf("%w: %q after %q", ErrOrder, d.node.Name, d.last)
	}
	d.last = d.node.Name
	return nil
}

// readNode reads one node. Fields may come in any order; those left out are
// zero, those unknown are skipped.
func (d *Decoder) readNode() {
	d.node = Node{}
	d.raw = d.raw[:0]
	d.values = d.values[:0]
	d.s.want('{')
	if d.s.found('}') {
		return
	}
	for more := true; more; more = d.s.more('}') {
		key := d.s.key()
		switch {
		case d.s.peek() == 'n':
			d.s.word("null")
		case !d.common(key) && !d.rare(key):
			d.s.skip()
		}
	}
	if len(d.raw) > 0 {
		d.node.LinkTarget = string(d.raw)
	}
}

// common reads a field that most nodes have.
func (d *Decoder) common(key []byte) bool {
	n := &d.node
	switch string(key) {
	case "name":
		n.Name = d.name()
	case "type":
		n.Type = d.nodeType()
	case "mode":
		n.Mode = d.uint32()
	case "mtime":
		n.ModTime = d.time()
	case "atime":
		n.AccessTime = d.time()
	case "ctime":
		n.ChangeTime = d.time()
	case "uid":
		n.UID = d.uint32()
	case "gid":
		n.GID = d.uint32()
	case "user":
		d.user = again(d.user, d.s.text())
		n.User = d.user
	case "group":
		d.group = again(d.group, d.s.text())
		n.Group = d.group
	case "inode":
		n.Inode = d.s.uint(math.MaxUint64)
	case "size":
		n.Size = d.s.uint(math.MaxUint64)
	case "links":
		n.Links = d.s.uint(math.MaxUint64)
	case "content":
		n.Content = d.readContent()
	default:
		return false
	}
	return true
}

// rare reads one of the other fields.
func (d *Decoder) rare(key []byte) bool {
	n := &d.node
	switch string(key) {
	case "subtree":
		d.subtree = d.id()
		n.Subtree = &d.subtree
	case "device_id":
		n.DeviceID = d.s.uint(math.MaxUint64)
	case "linktarget":
		n.LinkTarget = string(d.s.text())
	case "linktarget_raw":
		d.raw = d.base64(d.raw[:0])
	case "extended_attributes":
		n.Xattrs = d.readXattrs()
	case "generic_attributes":
		n.Generic = d.readGeneric()
	case "device":
		n.Device = d.s.uint(math.MaxUint64)
	case "error":
		n.Error = string(d.s.text())
	default:
		return false
	}
	return true
}

// name reads a name: a JSON string that holds a Go string without its quotes.
func (d *Decoder) name() string {
	v := d.s.text()
	if isPlain(v) || !bytes.ContainsAny(v, "\\\"\n") {
		return string(v)
	}
	name, err := strconv.Unquote(`"` + string(v) + `"`)
	if err != nil {
		d.s.fail("name is not quoted")
	}
	return name
}

// nodeType reads a type without making a new string of a known one.
func (d *Decoder) nodeType() Type {
	switch v := d.s.text(); string(v) {
	case string(File):
		return File
	case string(Dir):
		return Dir
	case string(Symlink):
		return Symlink
	default:
		return Type(v)
	}
}

func (d *Decoder) uint32() uint32 { return uint32(d.s.uint(math.MaxUint32)) }

func (d *Decoder) time() time.Time {
	if d.repeats(d.clock.text) {
		return d.clock.time
	}
	t, err := d.clock.parse(d.s.text())
	if err != nil {
		d.s.fail("want a time")
	}
	return t
}

// repeats takes a string if it is v, which is not empty.
func (d *Decoder) repeats(v []byte) bool {
	start := d.s.i
	if len(v) > 0 && bytes.Equal(d.s.textOf(len(v)), v) {
		return true
	}
	d.s.i = start
	return false
}

func (d *Decoder) id() (i id.ID) {
	start := d.s.i
	if i.UnmarshalText(d.s.textOf(2*id.Size)) == nil {
		return i
	}
	d.s.i = start // not as restic writes it
	if i.UnmarshalText(d.s.text()) != nil {
		d.s.fail("want an ID")
	}
	return i
}

// base64 appends the bytes of a string to b.
func (d *Decoder) base64(b []byte) []byte {
	b, err := base64.StdEncoding.AppendDecode(b, d.s.text())
	if err != nil {
		d.s.fail("want base64")
	}
	return b
}

func (d *Decoder) readContent() []id.ID {
	d.content = d.content[:0]
	d.s.want('[')
	if d.s.found(']') {
		return d.content
	}
	for more := true; more; more = d.s.more(']') {
		d.content = append(d.content, d.id())
	}
	return d.content
}

func (d *Decoder) readXattrs() []Xattr {
	d.xattrs = d.xattrs[:0]
	d.s.want('[')
	if d.s.found(']') {
		return nil
	}
	for more := true; more; more = d.s.more(']') {
		d.xattrs = append(d.xattrs, d.readXattr())
	}
	return d.xattrs
}

func (d *Decoder) readXattr() (x Xattr) {
	d.s.want('{')
	if d.s.found('}') {
		return x
	}
	for more := true; more; more = d.s.more('}') {
		switch key := d.s.key(); {
		case d.s.null():
		case string(key) == "name":
			x.Name = d.word(d.s.text())
		case string(key) == "value":
			start := len(d.values)
			d.values = d.base64(d.values)
			x.Value = d.values[start:len(d.values):len(d.values)]
		default:
			d.s.skip()
		}
	}
	return x
}

// readGeneric keeps the values as they are: only restore knows what they mean.
func (d *Decoder) readGeneric() map[string]json.RawMessage {
	clear(d.generic)
	d.s.want('{')
	if d.s.found('}') {
		return nil
	}
	for more := true; more; more = d.s.more('}') {
		name := d.word(d.s.key())
		d.generic[name] = d.s.skip()
	}
	return d.generic
}

// maxWords bounds what a decoder remembers; a real tree has a handful.
const maxWords = 256

// word makes a string of b, the same one for the same bytes.
func (d *Decoder) word(b []byte) string {
	if w, ok := d.words[string(b)]; ok {
		return w
	}
	w := string(b)
	if len(d.words) < maxWords {
		d.words[w] = w
	}
	return w
}

// again returns s if it equals b, and b as a new string otherwise.
func again(s string, b []byte) string {
	if s == string(b) {
		return s
	}
	return string(b)
}
