package preview

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"image"
	"image/color"
	"testing"
)

// withExif puts an orientation into a JPEG file.
func withExif(jpeg []byte, order binary.AppendByteOrder, orientation uint16) []byte {
	exif := []byte("Exif\x00\x00MM\x00\x2a")
	if order == binary.AppendByteOrder(binary.LittleEndian) {
		exif = []byte("Exif\x00\x00II\x2a\x00")
	}
	exif = order.AppendUint32(exif, 8)
	exif = order.AppendUint16(exif, 2)
	for _, entry := range [][2]uint16{{0x010f, 7}, {0x0112, orientation}} {
		exif = order.AppendUint16(exif, entry[0])
		exif = order.AppendUint16(exif, 3)
		exif = order.AppendUint32(exif, 1)
		exif = order.AppendUint16(exif, entry[1])
		exif = order.AppendUint16(exif, 0)
	}
	out := append(bytes.Clone(jpeg[:2]), 0xff, 0xe1)
	out = binary.BigEndian.AppendUint16(out, uint16(2+len(exif)))
	return append(append(out, exif...), jpeg[2:]...)
}

func TestPhotographsStandUpright(t *testing.T) {
	plain := encoded(t, "jpeg", drawn(64, 32)) // the left half is blue
	for _, row := range []struct {
		orientation  uint16
		w, h         int
		blueX, blueY int // a blue point
	}{
		{0, 64, 32, 5, 16},
		{1, 64, 32, 5, 16},
		{2, 64, 32, 58, 16},
		{3, 64, 32, 58, 16},
		{4, 64, 32, 5, 16},
		{5, 32, 64, 16, 5},
		{6, 32, 64, 16, 5},
		{7, 32, 64, 16, 58},
		{8, 32, 64, 16, 58},
		{9, 64, 32, 5, 16},
	} {
		for _, order := range []binary.AppendByteOrder{binary.BigEndian, binary.LittleEndian} {
			t.Run(fmt.Sprint(row.orientation, order), func(t *testing.T) {
				p := of(t, withExif(plain, order, row.orientation))
				if p.Kind != Picture || p.Width != row.w || p.Height != row.h || p.Picture.Bounds().Size() != image.Pt(row.w, row.h) {
					t.Fatalf("got %v of %d × %d, want %d × %d", p.Kind, p.Width, p.Height, row.w, row.h)
				}
				at := p.Picture.At(row.blueX, row.blueY)
				if r, _, b, _ := at.RGBA(); r > 0x2000 || b < 0xe000 {
					t.Errorf("the point that is blue is %v", color.RGBAModel.Convert(at))
				}
			})
		}
	}
}

func TestBrokenExifCountsAsUpright(t *testing.T) {
	whole := withExif(encoded(t, "jpeg", drawn(8, 8)), binary.BigEndian, 6)
	for n := range 46 {
		if got := orientation(whole[:n]); got != upright {
			t.Errorf("of %d bytes the orientation is %d", n, got)
		}
	}
	for _, exif := range []string{"", "MM\x00\x2a\xff\xff\xff\xff", "MM\x00\x2a\x00\x00\x00\x08\xff\xff", "II\x2a\x00\x08\x00\x00\x00\x01\x00\x12\x01"} {
		if got := orientationOf([]byte(exif)); got != upright {
			t.Errorf("%q: the orientation is %d", exif, got)
		}
	}
}

func FuzzOrientation(f *testing.F) {
	f.Add([]byte("\xff\xd8\xff\xe1\x00\x12Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08"))
	f.Add([]byte("\xff\xd8\xff\xe0\x00\x02\xff\xe1\xff\xff"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if o := orientation(data); o < 1 || o > 8 {
			t.Errorf("got %d", o)
		}
	})
}
