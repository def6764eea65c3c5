package cli

import (
	"context"
	"fmt"
	"time"

	"github.com/varve-backup/varve/engine"
)

// keyRow is one of the passphrases that open an archive.
type keyRow struct {
	ID      string    `json:"id"`
	Created time.Time `json:"created"`
	User    string    `json:"user,omitempty"`
	Host    string    `json:"host,omitempty"`
	Current bool      `json:"current"`
}

func (r *keyRow) text() string {
	mark := " "
	if r.Current {
		mark = "*"
	}
	return fmt.Sprintf("%s%s  %s  %s on %s", mark, shortKey(r.ID), stamp(r.Created), r.User, r.Host)
}

func shortKey(id string) string { return id[:min(len(id), 8)] }

func keyRowOf(k engine.Key) *keyRow {
	return &keyRow{k.ID, k.Created.UTC(), k.User, k.Host, k.Current}
}

// listKeys lists the keys; a star marks the one in use.
func (p *program) listKeys(ctx context.Context) int {
	keys, err := p.engine.Keys(ctx, p.destination())
	if err != nil {
		return p.fail(err)
	}
	var rows []*keyRow
	for _, k := range keys {
		rows = append(rows, keyRowOf(k))
	}
	return p.table(struct{}{}, "keys", plain(rows))
}

func (p *program) addKey(ctx context.Context) int {
	id, err := p.engine.AddKey(ctx, p.destination(), p.args.NewPassphrase)
	if err != nil {
		return p.fail(err)
	}
	return p.answer(struct {
		Added string `json:"added"`
	}{id}, fmt.Sprintf("Added the key %s: the archive opens with the new passphrase too.", shortKey(id)))
}

func (p *program) removeKey(ctx context.Context) int {
	k, err := p.engine.RemoveKey(ctx, p.destination(), p.args.Key)
	if err != nil {
		return p.fail(err)
	}
	return p.answer(struct {
		Removed string `json:"removed"`
	}{k.ID}, fmt.Sprintf("Removed the key %s: its passphrase opens the archive no more.", shortKey(k.ID)))
}

func (p *program) changePassphrase(ctx context.Context) int {
	others, err := p.engine.ChangePassphrase(ctx, p.destination(), engine.PassphraseChange{New: p.args.NewPassphrase})
	if err != nil {
		return p.fail(err)
	}
	text := "The passphrase was changed. The old one opens the archive no more."
	if others > 0 {
		text += fmt.Sprintf(" It is still opened by %s: see varve key list.", count(int64(others), "other key"))
	}
	return p.answer(struct {
		Changed bool `json:"changed"`
	}{true}, text)
}

func (p *program) unlock(ctx context.Context) int {
	n, err := p.engine.Unlock(ctx, p.destination(), p.args.RemoveAll)
	if err != nil {
		return p.fail(err)
	}
	return p.answer(struct {
		Removed int `json:"removed"`
	}{n}, fmt.Sprintf("Removed %s.", count(int64(n), "lock")))
}
