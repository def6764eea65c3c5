package preview

import (
	"bytes"
	"strings"
	"unicode"
	"unicode/utf16"
	"unicode/utf8"
)

// textOf tells whether data is text, and decodes it: UTF-8, UTF-16 with a byte
// order mark, and otherwise Latin-1, which old files are in.
func textOf(data []byte, cut bool) Preview {
	strange := Preview{Kind: Strange}
	switch {
	case len(data) == 0:
		return Preview{}
	case bytes.HasPrefix(data, []byte("\xff\xfe")):
		return finished(wide(data[2:], func(b []byte) uint16 { return uint16(b[0]) | uint16(b[1])<<8 }), cut)
	case bytes.HasPrefix(data, []byte("\xfe\xff")):
		return finished(wide(data[2:], func(b []byte) uint16 { return uint16(b[1]) | uint16(b[0])<<8 }), cut)
	case bytes.IndexByte(data, 0) >= 0:
		return strange
	}
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if cut {
		data = wholeRunes(data)
	}
	if utf8.Valid(data) {
		return finished(string(data), cut)
	}
	return finished(latin1(data), cut)
}

// finished refuses what has control characters that no text has.
func finished(text string, cut bool) Preview {
	odd, total := 0, 0
	for _, r := range text {
		total++
		if r == utf8.RuneError || unicode.IsControl(r) && !strings.ContainsRune("\t\n\r\f\v\b\x1b", r) {
			odd++
		}
	}
	if odd*50 > total {
		return Preview{Kind: Strange}
	}
	return Preview{Kind: Text, Text: strings.ReplaceAll(text, "\r\n", "\n"), Cut: cut}
}

// wholeRunes drops a letter that was cut in two at the end.
func wholeRunes(data []byte) []byte {
	for i := 1; i < utf8.UTFMax && i <= len(data); i++ {
		last := data[len(data)-i:]
		if utf8.RuneStart(last[0]) {
			if !utf8.FullRune(last) {
				return data[:len(data)-i]
			}
			break
		}
	}
	return data
}

func wide(data []byte, unit func([]byte) uint16) string {
	units := make([]uint16, 0, len(data)/2)
	for ; len(data) >= 2; data = data[2:] {
		units = append(units, unit(data))
	}
	return string(utf16.Decode(units))
}

func latin1(data []byte) string {
	var b strings.Builder
	for _, c := range data {
		b.WriteRune(rune(c))
	}
	return b.String()
}
