// Package settings keeps a person's choices: jobs, the history of their runs,
// and preferences in SQLite, secrets in the system's keyring. Start with Open
// and NewSecrets. It knows nothing of the engine or of windows.
package settings

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"slices"

	_ "modernc.org/sqlite" // the driver
)

// ErrNewer: a newer Varve wrote the settings.
var ErrNewer = errors.New("the settings were written by a newer version of Varve")

// ErrNotFound: there is no such job or run.
var ErrNotFound = errors.New("there is no such entry in the settings")

// fileName is the database below the data folder.
const fileName = "varve.db"

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the database. It may be used from several goroutines, and several
// processes may have it open.
type Store struct {
	db *sql.DB
}

// Open opens the database in dir, made if needed, for this user alone.
func Open(ctx context.Context, dir string) (*Store, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, fmt.Errorf("making the folder for settings: %w", err)
	}
	path := filepath.Join(dir, fileName)
	// SQLite gives its side files the mode of the main one.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, fmt.Errorf("opening the settings: %w", err)
	}
	if err := errors.Join(f.Chmod(0o600), f.Close()); err != nil {
		return nil, fmt.Errorf("opening the settings: %w", err)
	}
	address := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(NORMAL)"},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, fmt.Errorf("opening the settings: %w", err)
	}
	// One connection: writers never wait for each other inside a process.
	db.SetMaxOpenConns(1)
	s := &Store{db}
	if err := s.migrate(ctx); err != nil {
		return nil, errors.Join(fmt.Errorf("opening the settings %s: %w", path, err), db.Close())
	}
	return s, errors.Join(s.markInterrupted(ctx))
}

// migrate brings the tables to the newest form, step by step.
func (s *Store) migrate(ctx context.Context) error {
	names, err := fs.Glob(migrations, "migrations/*.sql")
	if err != nil {
		return err
	}
	slices.Sort(names)
	return s.transact(ctx, func(tx *sql.Tx) error {
		var version int
		if err := tx.QueryRowContext(ctx, "PRAGMA user_version").Scan(&version); err != nil {
			return err
		}
		if version > len(names) {
			return ErrNewer
		}
		for i, name := range names[version:] {
			text, err := migrations.ReadFile(name)
			if err != nil {
				return err
			}
			step := fmt.Sprintf("%s; PRAGMA user_version = %d", text, version+i+1)
			if _, err := tx.ExecContext(ctx, step); err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
		}
		return nil
	})
}

// transact runs do in a transaction.
func (s *Store) transact(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := s.db.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, tx.Rollback())
	}
	return tx.Commit()
}

// Close closes the database.
func (s *Store) Close() error { return s.db.Close() }

// Preference returns a choice, "" when none was made.
func (s *Store) Preference(ctx context.Context, name string) (string, error) {
	var value string
	err := s.db.QueryRowContext(ctx, "SELECT value FROM preference WHERE name = ?", name).Scan(&value)
	if errors.Is(err, sql.ErrNoRows) {
		return "", nil
	}
	return value, err
}

// SetPreference keeps a choice.
func (s *Store) SetPreference(ctx context.Context, name, value string) error {
	_, err := s.db.ExecContext(ctx, "INSERT INTO preference VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
	return err
}
