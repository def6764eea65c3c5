package restic

import (
	"bytes"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// coder compresses and decompresses. It may be used by several goroutines.
type coder struct {
	encoder *zstd.Encoder
	decoder *zstd.Decoder
}

func newCoder() (*coder, error) {
	// No checksum and a window of 512 KiB, as restic writes: what is stored is
	// proved by its own sums, and memory stays small.
	e, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.SpeedFastest), zstd.WithEncoderCRC(false), zstd.WithWindowSize(512<<10))
	if err != nil {
		return nil, err
	}
	d, err := zstd.NewReader(nil, zstd.WithDecodeAllCapLimit(true), zstd.WithDecoderConcurrency(0))
	if err != nil {
		return nil, err
	}
	return &coder{e, d}, nil
}

// compress appends the compressed form of b to dst.
func (c *coder) compress(dst, b []byte) []byte { return c.encoder.EncodeAll(b, dst) }

// decompressInto unpacks b into dst, which has room for just what must come.
func (c *coder) decompressInto(dst, b []byte) ([]byte, error) {
	out, err := c.decoder.DecodeAll(b, dst[:0])
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	return out, nil
}

var errTooLarge = errors.New("it is larger than can be")

// decompress unpacks what is not known to be of a length, up to a limit.
func (c *coder) decompress(b []byte, limit int64) ([]byte, error) {
	d, err := zstd.NewReader(bytes.NewReader(b), zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxMemory(uint64(limit)))
	if err != nil {
		return nil, err
	}
	defer d.Close()
	out, err := io.ReadAll(io.LimitReader(d, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrDamaged, err)
	}
	if int64(len(out)) > limit {
		return nil, errTooLarge
	}
	return out, nil
}

func (c *coder) close() error {
	c.decoder.Close()
	return c.encoder.Close()
}
