package catalog

import (
	"bytes"
	"context"
	"database/sql"
)

// Infos are what is known of all versions, by their names.
func (c *Catalog) Infos(ctx context.Context) (all map[string][]byte, err error) {
	err = c.look(ctx, func(r *reader) error {
		all = map[string][]byte{}
		var name string
		var info []byte
		return r.each("SELECT name, info FROM version", nil, func() error { all[name] = bytes.Clone(info); return nil }, &name, &info)
	})
	return all, err
}

// Rename gives versions other names, by their old ones, that no version has: the
// versions are what they were. Names that are not known are passed over.
func (c *Catalog) Rename(ctx context.Context, names map[string]string) error {
	if len(names) == 0 {
		return nil
	}
	return c.change(ctx, func(tx *sql.Tx) error {
		for from, to := range names {
			if _, err := tx.ExecContext(ctx, "UPDATE version SET name = ? WHERE name = ?", to, from); err != nil {
				return err
			}
		}
		return nil
	})
}
