package local

import (
	"encoding/hex"
	"fmt"
	"testing"
)

func FuzzMarker(f *testing.F) {
	f.Add(fmt.Sprintf(markerText, "00112233445566778899aabbccddeeff"))
	f.Add("id: 00112233445566778899AABBCCDDEEFF\r\nid: 1")
	f.Add("")
	f.Fuzz(func(t *testing.T, text string) {
		id := parseMarker(text)
		if b, err := hex.DecodeString(id); id != "" && (err != nil || len(b) != markerSize) {
			t.Errorf("%q became %q", text, id)
		}
		if again := parseMarker(fmt.Sprintf(markerText, id)); again != id {
			t.Errorf("%q, written anew, became %q", id, again)
		}
	})
}
