package manifest

import (
	"bufio"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

// ErrFormat: the bytes are no manifest.
var ErrFormat = errors.New("this is no manifest")

// maxLine bounds a line, in bytes: the longest path, each byte of it quoted,
// leaves room.
const maxLine = 1 << 16

// Read reads a manifest to its end. Lines that it does not know are passed
// over, as duplicity does; a block of a volume must be whole.
func Read(r io.Reader) (*Manifest, error) {
	p := parser{m: &Manifest{}}
	lines := bufio.NewScanner(r)
	lines.Buffer(make([]byte, 0, 4096), maxLine)
	for lines.Scan() {
		if err := p.line(lines.Text()); err != nil {
			return nil, fmt.Errorf("%w: %w", ErrFormat, err)
		}
	}
	if err := lines.Err(); errors.Is(err, bufio.ErrTooLong) {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	} else if err != nil {
		return nil, err
	}
	if err := p.endBlock(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	slices.SortFunc(p.m.Volumes, func(a, b Volume) int { return a.Number - b.Number })
	return p.m, nil
}

// parser collects the manifest line by line.
type parser struct {
	m      *Manifest
	volume *Volume // whose block is being read
	seen   struct{ start, end bool }
}

func (p *parser) line(line string) error {
	line = strings.TrimSuffix(line, "\r")
	if number, ok := cutWord(line, "volume"); ok {
		return p.beginBlock(number)
	}
	indented := line != "" && strings.ContainsRune(" \t", rune(line[0]))
	if indented && p.volume != nil {
		return p.field(line)
	}
	if indented {
		return nil
	}
	if host, ok := cutWord(line, "hostname"); ok {
		p.m.Hostname = host
	}
	if dir, ok := cutWord(line, "localdir"); ok {
		var err error
		p.m.Localdir, err = unquote(dir)
		return err
	}
	if _, ok := cutWord(line, "filelist"); ok {
		return p.endBlock()
	}
	return nil
}

// cutWord returns what follows a word at the beginning of a line, whatever
// its case.
func cutWord(line, word string) (string, bool) {
	if len(line) <= len(word) || line[len(word)] != ' ' || !strings.EqualFold(line[:len(word)], word) {
		return "", false
	}
	return strings.TrimSpace(line[len(word):]), true
}

func (p *parser) beginBlock(number string) error {
	if err := p.endBlock(); err != nil {
		return err
	}
	n, err := strconv.ParseUint(strings.TrimSuffix(number, ":"), 10, 31)
	if err != nil || n == 0 {
		return fmt.Errorf("a volume has the number %q", number)
	}
	p.volume = &Volume{Number: int(n)}
	p.seen.start, p.seen.end = false, false
	return nil
}

// endBlock puts the volume into the list. A number that was seen before means
// that a run was taken up there: all that it had written behind is void. One
// that is new, but lower than others, is merely out of order (section 3.4).
func (p *parser) endBlock() error {
	v := p.volume
	if v == nil {
		return nil
	}
	p.volume = nil
	if !p.seen.start || !p.seen.end || len(v.SHA1)+len(v.MD5) == 0 {
		return fmt.Errorf("the block of volume %d is not whole", v.Number)
	}
	last := len(p.m.Volumes) - 1
	if last < 0 || p.m.Volumes[last].Number < v.Number {
		p.m.Volumes = append(p.m.Volumes, *v)
		return nil
	}
	if slices.ContainsFunc(p.m.Volumes, func(o Volume) bool { return o.Number == v.Number }) {
		p.m.Volumes = slices.DeleteFunc(p.m.Volumes, func(o Volume) bool { return o.Number >= v.Number })
	}
	p.m.Volumes = append(p.m.Volumes, *v)
	slices.SortFunc(p.m.Volumes, func(a, b Volume) int { return a.Number - b.Number })
	return nil
}

// field reads a line inside a block.
func (p *parser) field(line string) error {
	words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(" \t\v\f", r) })
	if len(words) < 2 {
		return nil
	}
	var err error
	switch strings.ToLower(words[0]) {
	case "startingpath":
		p.volume.Start, err = position(words[1:])
		p.seen.start = true
	case "endingpath":
		p.volume.End, err = position(words[1:])
		p.seen.end = true
	case "hash":
		err = p.hash(words[1:])
	}
	return err
}

func position(words []string) (Position, error) {
	path, err := unquotePath(words[0])
	if err != nil {
		return Position{}, err
	}
	if len(words) == 1 {
		return Position{path, -1}, nil
	}
	block, err := strconv.ParseInt(words[1], 10, 64)
	if err != nil || block < 0 {
		return Position{}, fmt.Errorf("%q is no chunk number", words[1])
	}
	return Position{path, block}, nil
}

// hash takes the hashes that it knows, at their right length.
func (p *parser) hash(words []string) error {
	if len(words) < 2 {
		return nil
	}
	known := map[string]struct {
		field *[]byte
		size  int
	}{"SHA1": {&p.volume.SHA1, 20}, "MD5": {&p.volume.MD5, 16}, "SHA256": {&p.volume.SHA256, 32}}
	k, ok := known[strings.ToUpper(words[0])]
	if !ok {
		return nil
	}
	sum, err := hex.DecodeString(words[1])
	if err != nil || len(sum) != k.size {
		return fmt.Errorf("%q is no %s", words[1], words[0])
	}
	*k.field = sum
	return nil
}
