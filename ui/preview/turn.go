package preview

import (
	"bytes"
	"encoding/binary"
	"image"
)

// Cameras store what the sensor saw, and note in a block called Exif how the
// picture is to be turned. Of that block, nothing else is read here.

// upright is the orientation of a picture that needs no turning.
const upright = 1

// orientation reads how a JPEG file is to be turned: 1 to 8, as Exif numbers
// it. Anything that is not understood counts as upright.
func orientation(data []byte) int {
	if !bytes.HasPrefix(data, []byte("\xff\xd8")) {
		return upright
	}
	for rest := data[2:]; len(rest) >= 4 && rest[0] == 0xff; {
		marker, length := rest[1], int(binary.BigEndian.Uint16(rest[2:]))
		if length < 2 || len(rest) < 2+length || marker == 0xda { // the picture itself
			break
		}
		if exif, ok := bytes.CutPrefix(rest[4:2+length], []byte("Exif\x00\x00")); ok && marker == 0xe1 {
			return orientationOf(exif)
		}
		rest = rest[2+length:]
	}
	return upright
}

// orientationOf looks for the tag 0x0112 in the first directory of a TIFF
// header:
//
//	0  "II" or "MM", the order of bytes
//	4  where the directory is
//	   2 bytes: how many entries, each of 12 bytes:
//	   0 tag, 2 type (3: two bytes), 4 count, 8 value
func orientationOf(exif []byte) int {
	if len(exif) < 8 {
		return upright
	}
	var order binary.ByteOrder = binary.BigEndian
	if exif[0] == 'I' {
		order = binary.LittleEndian
	}
	at := uint64(order.Uint32(exif[4:]))
	if at+2 > uint64(len(exif)) {
		return upright
	}
	entries := exif[at+2:]
	for range order.Uint16(exif[at:]) {
		if len(entries) < 12 {
			break
		}
		if order.Uint16(entries) == 0x0112 && order.Uint16(entries[2:]) == 3 {
			if o := int(order.Uint16(entries[8:])); o >= 1 && o <= 8 {
				return o
			}
		}
		entries = entries[12:]
	}
	return upright
}

// turned turns a picture upright.
func turned(img *image.RGBA, orientation int) *image.RGBA {
	if orientation == upright {
		return img
	}
	w, h := img.Rect.Dx(), img.Rect.Dy()
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	if lies(orientation) {
		out = image.NewRGBA(image.Rect(0, 0, h, w))
	}
	for y := range h {
		for x := range w {
			toX, toY := target(x, y, w, h, orientation)
			copy(out.Pix[out.PixOffset(toX, toY):][:4], img.Pix[img.PixOffset(x, y):][:4])
		}
	}
	return out
}

// lies tells that width and height change places.
func lies(orientation int) bool { return orientation >= 5 }

// target is where a point of the stored picture belongs.
func target(x, y, w, h, orientation int) (int, int) {
	switch orientation {
	case 2: // mirrored
		return w - 1 - x, y
	case 3: // upside down
		return w - 1 - x, h - 1 - y
	case 4:
		return x, h - 1 - y
	case 5:
		return y, x
	case 6: // the top is at the left: a quarter to the right
		return h - 1 - y, x
	case 7:
		return h - 1 - y, w - 1 - x
	case 8: // a quarter to the left
		return y, w - 1 - x
	}
	return x, y
}
