// Package preview tells what a stored file looks like: the beginning of a text,
// or a picture made small. Read takes bytes that nobody vouches for, so all
// that it does is bounded: bytes, pixels, and the size of what it returns.
package preview

import (
	"bytes"
	"context"
	"errors"
	"image"
	"io"

	// The kinds of pictures that can be shown.
	_ "image/gif"
	_ "image/jpeg"
	_ "image/png"
)

// The bounds.
const (
	// TextBytes is how much of a text is enough to know it again.
	TextBytes = 64 << 10
	// PictureBytes and Pixels are the largest picture that is decoded.
	PictureBytes = 32 << 20
	Pixels       = 40_000_000
	// Side is how wide and high a decoded picture is at most.
	Side = 800
)

// Kind is what a file turned out to be.
type Kind uint8

// The kinds.
const (
	Empty    Kind = iota
	Text          // Preview.Text
	Picture       // Preview.Picture
	Strange       // neither text nor a picture that can be shown
	TooLarge      // a picture beyond the bounds
	Broken        // a picture that cannot be decoded
)

// Preview is what a file looks like.
type Preview struct {
	Kind Kind
	// Text is the beginning of a text; Cut tells that more follows.
	Text string
	Cut  bool
	// Picture is a picture, made smaller where it was larger than Side. Width
	// and Height are those of the file, 0 when they are not known.
	Picture       image.Image
	Width, Height int
}

// errEnough ends reading once nothing more is needed.
var errEnough = errors.New("enough of the file was read")

// Read makes the preview of a file: of a text, as many bytes as textBytes. The
// function read writes the file's content, and may be told by an error of its
// writer to stop. An error is one of read or of the context; what is wrong with
// the content is a Kind.
func Read(ctx context.Context, textBytes int, read func(io.Writer) error) (Preview, error) {
	s := &sink{ctx: ctx, most: min(sniffed, textBytes), text: textBytes}
	if err := read(s); err != nil && !s.full {
		return Preview{}, err
	}
	if err := ctx.Err(); err != nil {
		return Preview{}, context.Cause(ctx)
	}
	switch {
	case len(s.data) == 0:
		return Preview{}, nil
	case isPicture(s.data) && s.full:
		p := Preview{Kind: TooLarge}
		if c, _, err := image.DecodeConfig(bytes.NewReader(s.data)); err == nil {
			p.Width, p.Height = c.Width, c.Height
		}
		return p, nil
	case isPicture(s.data):
		return decode(ctx, s.data)
	}
	return textOf(s.data, s.full), nil
}

// sniffed is how much of a file tells what it is.
const sniffed = 512

// sink keeps the beginning of what is written to it: how much, it decides when
// it knows what it is.
type sink struct {
	ctx  context.Context //nolint:containedctx // of one Read
	data []byte
	most int
	text int  // how much of a text is kept
	sure bool // it is known what it is
	full bool // there was more
}

// Write implements io.Writer.
func (s *sink) Write(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, context.Cause(s.ctx)
	}
	rest := p
	for len(rest) > 0 {
		n := min(len(rest), s.most-len(s.data))
		s.data = append(s.data, rest[:n]...)
		rest = rest[n:]
		switch {
		case len(rest) == 0:
		case s.sure:
			s.full = true
			return len(p) - len(rest), errEnough
		case isPicture(s.data):
			s.most, s.sure = PictureBytes, true
		default:
			s.most, s.sure = s.text, true
		}
	}
	return len(p), nil
}

// isPicture looks at the first bytes: names lie.
func isPicture(data []byte) bool {
	for _, magic := range []string{"\x89PNG\r\n\x1a\n", "\xff\xd8\xff", "GIF87a", "GIF89a"} {
		if bytes.HasPrefix(data, []byte(magic)) {
			return true
		}
	}
	return false
}
