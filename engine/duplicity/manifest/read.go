package manifest

import (
	"bufio"
	"cmp"
	"container/heap"
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

// asciiSpace is what words end at. Other spaces of Unicode are part of names.
const asciiSpace = " \t\n\v\f\r"

// Read reads a manifest to its end. Lines that it does not know are passed
// over, as duplicity does; a block of a volume must be whole. The time it
// takes grows with the length of r only, whatever the order of the blocks.
func Read(r io.Reader) (*Manifest, error) {
	p := parser{m: &Manifest{}, numbers: map[int]struct{}{}}
	lines := bufio.NewReaderSize(r, maxLine)
	for {
		line, err := lines.ReadSlice('\n')
		if errors.Is(err, bufio.ErrBufferFull) {
			line, err = nil, p.tooLong(lines, line)
		}
		end := err == io.EOF // a lost connection may wrap it
		if err != nil && !end {
			return nil, err
		}
		if !p.isListed(line) {
			if err := p.line(strings.TrimRight(string(line), "\r\n")); err != nil {
				return nil, fmt.Errorf("%w: %w", ErrFormat, err)
			}
		}
		if end {
			return p.end()
		}
	}
}

// isListed reports that a line belongs to no block: most lines of a manifest
// are those of the list of files, and cost no more than this.
func (p *parser) isListed(line []byte) bool {
	return len(line) == 0 || p.volume == nil && (line[0] == ' ' || line[0] == '\t')
}

// tooLong passes over a line that does not fit, if it says nothing that is
// needed: a file in the list may have any name.
func (p *parser) tooLong(lines *bufio.Reader, line []byte) error {
	if !p.isListed(line) {
		return fmt.Errorf("%w: a line of more than %d bytes", ErrFormat, maxLine)
	}
	var err error
	for err = bufio.ErrBufferFull; errors.Is(err, bufio.ErrBufferFull); {
		_, err = lines.ReadSlice('\n')
	}
	return err
}

// parser collects the manifest line by line.
type parser struct {
	m       *Manifest
	volume  *Volume // whose block is being read
	seen    struct{ start, end bool }
	volumes highestFirst
	numbers map[int]struct{} // of volumes
}

// end finishes the last block and puts the volumes in order.
func (p *parser) end() (*Manifest, error) {
	if err := p.endBlock(); err != nil {
		return nil, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	p.m.Volumes = p.volumes
	slices.SortFunc(p.m.Volumes, func(a, b Volume) int { return cmp.Compare(a.Number, b.Number) })
	return p.m, nil
}

func (p *parser) line(line string) error {
	if number, ok := cutWord(line, "volume"); ok {
		return p.beginBlock(number)
	}
	if p.volume != nil && line != "" && (line[0] == ' ' || line[0] == '\t') {
		return p.field(line)
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
	return strings.Trim(line[len(word):], asciiSpace), true
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
	if _, again := p.numbers[v.Number]; again {
		p.forget(v.Number)
	}
	p.numbers[v.Number] = struct{}{}
	heap.Push(&p.volumes, *v)
	return nil
}

// forget takes out the volumes from a number on.
func (p *parser) forget(from int) {
	for len(p.volumes) > 0 && p.volumes[0].Number >= from {
		delete(p.numbers, p.volumes[0].Number)
		heap.Pop(&p.volumes)
	}
}

// highestFirst is a heap: blocks may come in any order, and the highest are
// the ones to forget.
type highestFirst []Volume

func (h highestFirst) Len() int           { return len(h) }
func (h highestFirst) Less(i, j int) bool { return h[i].Number > h[j].Number }
func (h highestFirst) Swap(i, j int)      { h[i], h[j] = h[j], h[i] }

// Push implements heap.Interface.
func (h *highestFirst) Push(v any) { *h = append(*h, v.(Volume)) }

// Pop implements heap.Interface.
func (h *highestFirst) Pop() any {
	last := len(*h) - 1
	v := (*h)[last]
	*h = (*h)[:last]
	return v
}

// field reads a line inside a block.
func (p *parser) field(line string) error {
	words := strings.FieldsFunc(line, func(r rune) bool { return strings.ContainsRune(asciiSpace, r) })
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
