package secret_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/secret"
)

func TestTextIsNeverPrinted(t *testing.T) {
	s := secret.New("hunter2")
	type holder struct{ P secret.Text }
	var logged bytes.Buffer
	slog.New(slog.NewTextHandler(&logged, nil)).Info("secret", slog.Any("p", s), slog.Any("h", holder{s}))
	marshalled, err := json.Marshal(holder{s})
	if err != nil {
		t.Fatal(err)
	}
	for _, out := range []string{
		fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), fmt.Sprintf("%+v", holder{s}),
		logged.String(), string(marshalled),
	} {
		if strings.Contains(out, "hunter2") {
			t.Errorf("the passphrase stands in %q", out)
		}
	}
	if s.Reveal() != "hunter2" {
		t.Errorf("got %q, want the passphrase", s.Reveal())
	}
}
