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

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// The errors of a Store.
var (
	// ErrNewer: a newer Varve wrote the settings.
	ErrNewer = errors.New("the settings were written by a newer version of Varve")
	// ErrDamaged: the file is not a database, or not a whole one.
	ErrDamaged = errors.New("the settings are damaged")
	// ErrNotFound: there is no such job or run.
	ErrNotFound = errors.New("there is no such entry in the settings")
)

// fileName is the database below the data folder.
const fileName = "varve.db"

//go:embed migrations/*.sql
var migrations embed.FS

// Store is the database. It may be used from several goroutines, and several
// processes may have it open.
type Store struct {
	db    *sql.DB
	dir   string
	owner owner
}

// Open opens the database in dir, made if needed, for this user alone.
func Open(ctx context.Context, dir string) (*Store, error) {
	path := filepath.Join(dir, fileName)
	if err := secure(dir, path); err != nil {
		return nil, fmt.Errorf("making a place for the settings: %w", err)
	}
	address := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": {"busy_timeout(10000)", "journal_mode(WAL)", "foreign_keys(1)", "synchronous(FULL)"},
		"_txlock": {"immediate"},
	}.Encode()}
	db, err := sql.Open("sqlite", address.String())
	if err != nil {
		return nil, fmt.Errorf("opening the settings: %w", err)
	}
	// One connection: writers never wait for each other inside a process.
	db.SetMaxOpenConns(1)
	s := &Store{db: db, dir: dir}
	err = s.migrate(ctx)
	if err == nil {
		err = s.markInterrupted(ctx)
	}
	if err != nil {
		return nil, errors.Join(fmt.Errorf("opening the settings %s: %w", path, translateSQL(err)), db.Close())
	}
	return s, nil
}

// secure makes the folder and the file if needed, and closes both to others,
// with the side files that a copy or another program may have left open.
func secure(dir, path string) error {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	// SQLite gives its side files the mode of the main one.
	f, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(os.Chmod(dir, 0o700), f.Chmod(0o600), f.Close())
	for _, side := range []string{"-wal", "-shm"} {
		if cerr := os.Chmod(path+side, 0o600); !errors.Is(cerr, fs.ErrNotExist) {
			err = errors.Join(err, cerr)
		}
	}
	return err
}

// translateSQL tells a file that is no database any more from other errors.
func translateSQL(err error) error {
	const primary = 0xff // the rest of a code only says where
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		if c := e.Code() & primary; c == sqlite3.SQLITE_CORRUPT || c == sqlite3.SQLITE_NOTADB {
			return fmt.Errorf("%w: %w", ErrDamaged, err)
		}
	}
	return err
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

// Close closes the database. Runs that were not ended count as interrupted.
func (s *Store) Close() error { return errors.Join(s.owner.release(), s.db.Close()) }

// Preference returns a choice, "" when none was made.
func (s *Store) Preference(ctx context.Context, name string) (string, error) {
	var value string
	err := s.db.QueryRowContext(ctx, "SELECT value FROM preference WHERE name = ?", name).Scan(&value)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("reading preference %s: %w", name, err)
	}
	return value, nil
}

// Preferences returns all choices that were made, by their names.
func (s *Store) Preferences(ctx context.Context) (map[string]string, error) {
	rows, err := s.db.QueryContext(ctx, "SELECT name, value FROM preference")
	if err != nil {
		return nil, fmt.Errorf("reading the preferences: %w", err)
	}
	defer rows.Close()
	all := map[string]string{}
	for rows.Next() {
		var name, value string
		if err := rows.Scan(&name, &value); err != nil {
			return nil, fmt.Errorf("reading the preferences: %w", err)
		}
		all[name] = value
	}
	return all, rows.Err()
}

// SetPreference keeps a choice.
func (s *Store) SetPreference(ctx context.Context, name, value string) error {
	return setPreference(ctx, s.db, name, value)
}

func setPreference(ctx context.Context, q querier, name, value string) error {
	_, err := q.ExecContext(ctx, "INSERT INTO preference VALUES (?, ?) ON CONFLICT DO UPDATE SET value = excluded.value", name, value)
	if err != nil {
		return fmt.Errorf("keeping preference %s: %w", name, err)
	}
	return nil
}
