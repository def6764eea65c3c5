package restic

import (
	"bytes"

	"github.com/varve-backup/varve/engine/restic/chunker"
	"github.com/varve-backup/varve/engine/restic/id"
	"github.com/varve-backup/varve/engine/source"
)

// Zeros are cut as soon as a chunk may end, whatever the polynomial: the window
// is zero then. So a hole that goes on for the least size of a chunk, counted
// from where the chunk begins, is such a chunk of zeros, always the same. It is
// made and hashed once; then a hole costs neither reading nor hashing.

// zeroChunk is the content of a chunk within a hole. It is never written to.
var zeroChunk [chunker.MinSize]byte

// holes takes the chunks that lie in a hole whole, when the next chunk begins
// with the buffer. zero is their name, kept from file to file.
func (c *cutter) holes(f *source.File, j *fileJob, zero *id.ID) error {
	for {
		rest := int64(chunker.MinSize - len(c.buf))
		if rest < 0 || f.Hole() < rest || !bytes.Equal(c.buf, zeroChunk[:len(c.buf)]) {
			return nil
		}
		if err := c.run.watch.Wait(c.run.ctx); err != nil {
			return err
		}
		if err := c.zeros(j, zero); err != nil {
			return err
		}
		f.Skip(rest)
		c.buf = c.buf[:0]
		c.handled(rest)
	}
}

// zeros adds one chunk of zeros to a file.
func (c *cutter) zeros(j *fileJob, zero *id.ID) error {
	if !zero.IsZero() {
		j.node.Content = append(j.node.Content, *zero)
		j.node.Size += chunker.MinSize
		return nil
	}
	if err := c.chunk(j, zeroChunk[:]); err != nil {
		return err
	}
	*zero = j.node.Content[len(j.node.Content)-1]
	return nil
}
