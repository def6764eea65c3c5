package preview

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"hash/crc32"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// of reads a preview of some bytes.
func of(t *testing.T, data []byte) Preview {
	t.Helper()
	p, err := Read(t.Context(), TextBytes, func(w io.Writer) error {
		_, err := io.Copy(w, iotest.HalfReader(bytes.NewReader(data)))
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTexts(t *testing.T) {
	for _, row := range []struct {
		name, data, want string
		kind             Kind
	}{
		{"nothing", "", "", Empty},
		{"plain", "a\nb\n", "a\nb\n", Text},
		{"with a mark", "\ufeffgrün", "grün", Text},
		{"of Windows", "a\r\nb", "a\nb", Text},
		{"Latin-1", "gr\xfcn und blau", "grün und blau", Text},
		{"UTF-16", "\xff\xfeh\x00i\x00", "hi", Text},
		{"UTF-16, the other way", "\xfe\xff\x00h\x00i", "hi", Text},
		{"half a UTF-16 letter", "\xff\xfeh\x00i", "h", Text},
		{"with a zero", "a\x00b", "", Strange},
		{"control characters", strings.Repeat("a\x01\x02", 9), "", Strange},
		{"coloured by a terminal", "\x1b[31mred\x1b[0m", "\x1b[31mred\x1b[0m", Text},
	} {
		t.Run(row.name, func(t *testing.T) {
			if p := of(t, []byte(row.data)); p.Kind != row.kind || p.Text != row.want || p.Cut {
				t.Errorf("got %+v, want %v %q", p, row.kind, row.want)
			}
		})
	}
}

// A long text is read no further than it is shown, and no letter is cut.
func TestLongTextIsCut(t *testing.T) {
	written := 0
	p, err := Read(t.Context(), TextBytes, func(w io.Writer) error {
		for {
			n, err := w.Write([]byte("ä€"))
			written += n
			if err != nil {
				return err
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if p.Kind != Text || !p.Cut || len(p.Text) > TextBytes || len(p.Text) < TextBytes-4 || strings.ContainsRune(p.Text, '\uFFFD') {
		t.Errorf("got %d bytes of kind %v, cut %v, ending in %q", len(p.Text), p.Kind, p.Cut, p.Text[len(p.Text)-8:])
	}
	if written > TextBytes {
		t.Errorf("%d bytes were read", written)
	}
}

func drawn(w, h int) image.Image {
	img := image.NewPaletted(image.Rect(0, 0, w, h), color.Palette{color.White, color.RGBA{0, 0, 0xff, 0xff}})
	for x := range w / 2 {
		for y := range h {
			img.SetColorIndex(x, y, 1)
		}
	}
	return img
}

func encoded(t *testing.T, kind string, img image.Image) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch kind {
	case "png":
		err = png.Encode(&b, img)
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func TestPictures(t *testing.T) {
	for _, kind := range []string{"png", "jpeg", "gif"} {
		for _, row := range []struct{ w, h, wantW, wantH int }{{40, 30, 40, 30}, {3000, 1500, Side, Side / 2}, {1, 5000, 1, Side}} {
			p := of(t, encoded(t, kind, drawn(row.w, row.h)))
			if p.Kind != Picture || p.Width != row.w || p.Height != row.h {
				t.Fatalf("%s of %d × %d: got %+v", kind, row.w, row.h, p)
			}
			if s := p.Picture.Bounds().Size(); s != image.Pt(row.wantW, row.wantH) {
				t.Errorf("%s of %d × %d: made %v", kind, row.w, row.h, s)
			}
			if r, _, b, _ := p.Picture.At(0, row.wantH/2).RGBA(); row.w > 1 && (r > 0x2000 || b < 0xe000) {
				t.Errorf("%s of %d × %d: the left is %x red and %x blue", kind, row.w, row.h, r, b)
			}
		}
	}
}

// hugePNG says in a few bytes that it is of that size.
func hugePNG(w, h uint32) []byte {
	header := binary.BigEndian.AppendUint32([]byte("IHDR"), w)
	header = append(binary.BigEndian.AppendUint32(header, h), 8, 6, 0, 0, 0)
	data := append([]byte("\x89PNG\r\n\x1a\n\x00\x00\x00\x0d"), header...)
	return binary.BigEndian.AppendUint32(data, crc32.ChecksumIEEE(header))
}

func TestPicturesBeyondTheBounds(t *testing.T) {
	whole := encoded(t, "png", drawn(40, 30))
	for _, row := range []struct {
		name string
		data []byte
		kind Kind
	}{
		{"too many pixels", hugePNG(1<<20, 1<<20), TooLarge},
		{"a little too many", hugePNG(10_000, Pixels/10_000+1), TooLarge},
		{"too many bytes", append(bytes.Clone(whole), make([]byte, PictureBytes)...), TooLarge},
		{"cut short", whole[:60], Broken},
		{"only the mark", []byte("\x89PNG\r\n\x1a\n"), Broken},
		{"no pixels", hugePNG(0, 7), Broken},
	} {
		t.Run(row.name, func(t *testing.T) {
			if p := of(t, row.data); p.Kind != row.kind || p.Picture != nil {
				t.Errorf("got %+v, want kind %v", p, row.kind)
			}
		})
	}
}

func TestErrorsOfReading(t *testing.T) {
	away := errors.New("the drive is away")
	if _, err := Read(t.Context(), TextBytes, func(w io.Writer) error {
		if _, err := io.WriteString(w, "a beginning"); err != nil {
			return err
		}
		return away
	}); !errors.Is(err, away) {
		t.Errorf("got %v, want that the drive is away", err)
	}
	ctx, cancel := context.WithCancelCause(t.Context())
	left := errors.New("the person left")
	cancel(left)
	if _, err := Read(ctx, TextBytes, func(w io.Writer) error {
		_, err := io.WriteString(w, "text")
		return err
	}); !errors.Is(err, left) {
		t.Errorf("got %v, want that the person left", err)
	}
}

func FuzzRead(f *testing.F) {
	var b bytes.Buffer
	if err := gif.Encode(&b, drawn(9, 7), nil); err != nil {
		f.Fatal(err)
	}
	f.Add(b.Bytes())
	f.Add([]byte("\xff\xd8\xff\xe0"))
	f.Add(hugePNG(7, 7))
	f.Add([]byte("text\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Read(t.Context(), TextBytes, func(w io.Writer) error {
			_, err := w.Write(data)
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
		if (p.Kind == Picture) != (p.Picture != nil) || p.Kind != Text && p.Text != "" {
			t.Errorf("got %+v", p)
		}
	})
}
