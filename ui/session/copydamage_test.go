package session

import (
	"maps"
	"strings"
	"testing"

	"github.com/varve-backup/varve/settings"
)

// What is damaged at the first place does not reach the second one, which may
// be all that is whole, until a check finds it whole again.
func TestDamageIsNotCopied(t *testing.T) {
	for format, passphrase := range formats {
		t.Run(format, func(t *testing.T) {
			p := newPerson(t)
			id, _ := p.job(passphrase)
			p.write("Letters/long.txt", strings.Repeat("a long letter, ", 2000))
			p.backUp(id)
			p.never(id)
			c := p.copyTo(id, Choice{Destination: p.path("Second")})
			whole := p.tree(p.path("Second"))
			path := p.storedFile()
			p.flip(path)
			p.prove(id)
			p.follows(id, c, 1)
			if st := p.copyState(id, c); st.InTheWay() != settings.DamagedSource || !strings.HasPrefix(st.Sentence, "Something that the backup stored is damaged, so nothing is copied") {
				t.Errorf("the copy is %v, %q", st.Health, st.Sentence)
			}
			if !maps.Equal(p.tree(p.path("Second")), whole) {
				t.Fatal("the copy was changed")
			}
			p.flip(path)
			p.prove(id)
			p.copyNow(c, false)
			if st := p.copyState(id, c); st.Health == CopyFailed || !maps.Equal(p.tree(p.path("Second")), p.tree(p.path("Drive"))) {
				t.Errorf("once it is whole the copy is %v, %q", st.Health, st.Sentence)
			}
		})
	}
}
