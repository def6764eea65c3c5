package mirror

import (
	"testing"
	"time"
)

func TestAside(t *testing.T) {
	at := time.Date(2026, 6, 30, 14, 0, 0, 999, time.FixedZone("CEST", 7200))
	for name, want := range map[string]string{
		"duplicati-b0123.dblock.zip.aes": "20260630120000.old.duplicati-b0123.dblock.zip.aes",
		"folder/f":                       "folder/20260630120000.old.f",
		"19990101000000.old.f":           "20260630120000.old.19990101000000.old.f",
	} {
		if got := Aside(name, at); got != want {
			t.Errorf("%s: %s, want %s", name, got, want)
		}
		if original, when, ok := ParseAside(want); !ok || original != name || !when.Equal(at.Truncate(time.Second)) {
			t.Errorf("%s: read as %s of %v", want, original, when)
		}
	}
	for _, name := range []string{
		"", "f", "20260630120000.old.", "20260630120000.new.f", "2026063012000.old.f", "20261330120000.old.f", "20260631120000.old.f",
		"2026063012000x.old.f", "+0260630120000.old.f", "20260630120000.old.f/g", "20260630120000old.f",
	} {
		if original, _, ok := ParseAside(name); ok {
			t.Errorf("%q: read as %q", name, original)
		}
	}
}

// Whatever servers list, what is taken for a file that was set aside is one.
func FuzzParseAside(f *testing.F) {
	for _, seed := range []string{"20260630120000.old.f", "folder/20260630120000.old.20260630120000.old.f", "20260230120000.old.x", "\xff/.old."} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, name string) {
		original, at, ok := ParseAside(name)
		if ok && (original == "" || Aside(original, at) != name) {
			t.Errorf("%q: read as %q of %v", name, original, at)
		}
		if ok && isStaged(name) {
			t.Errorf("%q is two things", name)
		}
		if r := rank(name); r < lowest || r > highest {
			t.Errorf("%q is of rank %d", name, r)
		}
		_ = isOutside(name)
	})
}
