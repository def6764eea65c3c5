package id_test

import (
	"encoding/json"
	"errors"
	"strings"
	"testing"

	"github.com/varve-backup/varve/engine/restic/id"
)

const emptyTree = "ac08ce34ba4f8123618661bef2425f7028ffb9ac740578a3ee88684d2523fee8"

func TestOfEmptyTree(t *testing.T) {
	i := id.Of([]byte("{\"nodes\":[]}\n"))
	if i.String() != emptyTree || i.Short() != "ac08ce34" {
		t.Errorf("got %s and %s, want %s", i, i.Short(), emptyTree)
	}
	if i.IsZero() || !(id.ID{}).IsZero() {
		t.Error("IsZero is wrong")
	}
}

func TestParseRefusesOtherText(t *testing.T) {
	for name, s := range map[string]string{
		"empty":     "",
		"short":     emptyTree[:63],
		"long":      emptyTree + "0",
		"uppercase": strings.ToUpper(emptyTree),
		"not hex":   "g" + emptyTree[1:],
		"path":      "../" + emptyTree[3:],
	} {
		if i, err := id.Parse(s); !errors.Is(err, id.ErrInvalid) || !i.IsZero() {
			t.Errorf("%s: got %v, %v", name, i, err)
		}
	}
}

func TestText(t *testing.T) {
	want, err := id.Parse(emptyTree)
	if err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(map[id.ID]id.ID{want: want})
	if err != nil || string(b) != `{"`+emptyTree+`":"`+emptyTree+`"}` {
		t.Fatalf("got %s, %v", b, err)
	}
	var got map[id.ID]id.ID
	if err := json.Unmarshal(b, &got); err != nil || got[want] != want {
		t.Fatalf("got %v, %v", got, err)
	}
}

func BenchmarkUnmarshalText(b *testing.B) {
	text := []byte(emptyTree)
	var i id.ID
	b.ReportAllocs()
	for b.Loop() {
		if err := i.UnmarshalText(text); err != nil {
			b.Fatal(err)
		}
	}
}
