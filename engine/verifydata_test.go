package engine

import (
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
)

// What fails of the archive is an error, and what fails of the folder differs.
func TestSameAsStored(t *testing.T) {
	boom := errors.New("boom")
	text := func(s string) io.Reader { return strings.NewReader(s) }
	broken := func(s string) io.Reader { return io.MultiReader(text(s), iotest.ErrReader(boom)) }
	rows := []struct {
		name         string
		stored, file io.Reader
		same         bool
		err          error
	}{
		{"the same", text("abc"), text("abc"), true, nil},
		{"other", text("abc"), text("abd"), false, nil},
		{"shorter", text("abc"), text("ab"), false, nil},
		{"the archive is broken", broken("abc"), text("abc"), false, boom},
		{"the folder is broken", text("abc"), broken("abc"), false, nil},
	}
	for _, row := range rows {
		same, err := sameAsStored(t.Context(), row.stored, row.file)
		if same != row.same || !errors.Is(err, row.err) {
			t.Errorf("%s: got %v, %v", row.name, same, err)
		}
	}
}
