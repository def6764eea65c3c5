package backendtest

import (
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/varve-backup/varve/backends"
)

// ourNames are as duplicity and restic write them.
func ourNames() []string {
	return []string{
		"duplicity-full.20260101T000000Z.vol1.difftar.gpg", "duplicity-full.20260101T000000Z.vol10.difftar.gpg",
		"duplicity-inc.2026-01-01T00:00:00+01:00.to.2026-01-02T00:00:00+01:00.manifest",
		"duplicity-full-signatures.20260101T000000Z.sigtar.gpg.part",
		"config", "data/0f/0f" + strings.Repeat("1e", 31), "keys/" + strings.Repeat("ab", 32),
	}
}

// oddNames tests names that every Store takes.
func (s Suite) oddNames(t *testing.T, store backends.Store) {
	odd := []string{
		".hidden", "-dash", strings.Repeat("n", 200), "deep/" + strings.Repeat("folder/", 12) + "file", "o.part", "p.tmp", "--help", "a b", " b",
	}
	letters := []string{"'", `"`, "ü", "日本", "+", "%20", "%", "#", "&", "=", ";", ",", "@", "~", "$HOME", "`id`", "(", ")", "[a]", "{b}", "!", "^"}
	if s.Slow {
		odd = append(odd[:5], "a b "+strings.Join(letters, ""))
	} else {
		for _, l := range letters {
			odd = append(odd, "a"+l+"b")
		}
	}
	if s.HidesDots {
		odd = odd[1:]
	}
	holds(t, store, append(ourNames(), odd...))
}

// strangeNames tests names that a Store may refuse, but not bend.
func (s Suite) strangeNames(t *testing.T, store backends.Store) {
	strange := []string{
		"a?b", `a\b`, "a\nb", "not\xffutf8", "a ", "~a", "a: b", "a*b", "a|b", "a<b>", "a\tb", "\x01", "\x7f", "a.", "-", "~", strings.Repeat("m", 250),
		"..a", "a..b", "NUL", "con.txt", "e\u0301",
	}
	if s.ShortNames {
		strange = slices.DeleteFunc(strange, func(name string) bool { return len(name) >= 250 })
	}
	if s.Slow {
		strange = strange[:6]
	}
	if s.HidesDots {
		strange = append(strange, ".hidden", ".hidden/file")
	}
	var taken []string
	for _, name := range strange {
		err := store.Put(t.Context(), name, backends.BytesSource(name))
		if err == nil {
			taken = append(taken, name)
			continue
		}
		if !errors.Is(err, backends.ErrInvalidName) {
			t.Errorf("Put %q: %v, want nil or ErrInvalidName", name, err)
		}
		OneClass(t, err)
	}
	holds(t, store, taken)
}

// holds stores an object under each name, whose content is the name, and takes
// them away one by one.
func holds(t *testing.T, s backends.Store, want []string) {
	t.Helper()
	for _, name := range want {
		put(t, s, name, []byte(name))
	}
	slices.Sort(want)
	names(t, s, "", want...)
	for i, name := range want {
		if got := get(t, s, name, 0, -1); string(got) != name {
			t.Errorf("%q holds %q", name, got)
		}
		if o, err := s.Stat(t.Context(), name); err != nil || o.Name != name || o.Size != int64(len(name)) {
			t.Errorf("Stat %q: %+v, %v", name, o, err)
		}
		if err := s.Delete(t.Context(), name); err != nil {
			t.Errorf("Delete %q: %v", name, err)
		}
		if i == len(want)/2 {
			names(t, s, "", want[i+1:]...)
		}
	}
	names(t, s, "")
}

// deleteWhileListed empties a destination with its own list.
func deleteWhileListed(t *testing.T, s backends.Store) {
	var want []string
	for _, folder := range []string{"", "a/", "b/c/"} {
		for _, letter := range "uvwxy" {
			want = append(want, folder+string(letter))
			put(t, s, folder+string(letter), []byte("1"))
		}
	}
	var got []string
	for o, err := range all(t.Context(), t, s, "") {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, o.Name)
		if err := s.Delete(t.Context(), o.Name); err != nil {
			t.Error(err)
		}
	}
	slices.Sort(got)
	if slices.Sort(want); !slices.Equal(got, want) {
		t.Errorf("listed %q, want %q", got, want)
	}
	names(t, s, "")
}
