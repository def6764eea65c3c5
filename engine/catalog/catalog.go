// Package catalog keeps what versions of an archive hold in a local file, so
// that everything that was ever backed up can be looked at without going to the
// destination: a folder with all that was ever in it, the history of a path,
// names in all versions, the difference of two versions. Start with Open; then
// Add learns a version, and Folder, History, Search and Differences answer.
//
// It knows no format: it is handed entries in order. It is a cache. A file that
// is damaged, or that another release wrote, is made anew, and is empty then.
//
// # What is stored
//
// One row for each folder, which holds all names that were ever in it. Each
// name has its distinct states, and each state says in which versions it holds:
// since one, until before another. A version in which nothing happened to a
// folder therefore costs nothing there; record.go and place.go are about that.
// Beside that there is, for each version, which folders it touched, which is
// what comparing and removing versions goes through, and all names once more,
// folded and close together, which is what a search goes through.
package catalog

import (
	"context"
	"database/sql"
	_ "embed"
	"errors"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"sync"

	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"
)

// ErrNotFound: there is no such line, version or path.
var ErrNotFound = errors.New("not found")

// Catalog is an open catalog. It may be used from several goroutines, and
// several processes may have the same one open.
type Catalog struct {
	path, spare string

	mu       sync.RWMutex
	file     *file // guarded by mu
	renewals int   // guarded by mu
}

// file is the database.
type file struct {
	lock *lock // nil for one that nobody else has
	// One connection writes, so that writers in one process take turns.
	write, read *sql.DB
	own         string // a folder that goes with it
}

// schema is for files of this number only; change it with every change of
// schema.sql or of what rows hold.
const schemaNumber = 2

//go:embed schema.sql
var schema string

// Open opens the catalog at path, made if needed for this user alone. Where
// none can be kept there, it is made in a temporary folder below spare ("" for
// the system's) and is gone after Close.
func Open(ctx context.Context, path, spare string) (*Catalog, error) {
	c := &Catalog{path: path, spare: spare}
	var err error
	c.file, err = c.open(ctx)
	return c, err
}

// Close closes the catalog.
func (c *Catalog) Close() error {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.file.close()
}

// open opens what is there, or makes it anew, or makes one in another place.
func (c *Catalog) open(ctx context.Context) (*file, error) {
	f, err := openShared(ctx, c.path)
	if err == nil || ctx.Err() != nil {
		return f, err
	}
	return c.openElsewhere(ctx)
}

// openElsewhere makes a catalog that nobody else has and that nobody keeps.
func (c *Catalog) openElsewhere(ctx context.Context) (*file, error) {
	dir, err := os.MkdirTemp(c.spare, "varve-catalog-")
	if err != nil {
		return openFile(ctx, "")
	}
	f, err := openFile(ctx, filepath.Join(dir, "catalog.db"))
	if err != nil {
		return nil, errors.Join(err, os.RemoveAll(dir))
	}
	f.own = dir
	return f, nil
}

// openShared opens a file that others may have open too. One that is of no use
// is removed, which is done only while nobody else has it open.
func openShared(ctx context.Context, path string) (*file, error) {
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		return nil, err
	}
	l, err := newLock(path + ".lock")
	if err != nil {
		return nil, err
	}
	f, err := openFile(ctx, path)
	if err != nil && ctx.Err() == nil {
		if err = l.alone(); err == nil {
			removeFile(path)
			f, err = openFile(ctx, path)
			err = errors.Join(err, l.share())
		}
	}
	if err != nil {
		return nil, errors.Join(err, f.close(), l.close())
	}
	f.lock = l
	return f, nil
}

// removeFile removes a database with what lies beside it.
func removeFile(path string) {
	for _, side := range []string{"-wal", "-shm", ""} {
		_ = os.Remove(path + side) // what stays is found again
	}
}

// openFile opens a database; "" is one in memory.
func openFile(ctx context.Context, path string) (*file, error) {
	f := &file{}
	if path == "" {
		db, err := sql.Open("sqlite", ":memory:")
		if err != nil {
			return nil, err
		}
		db.SetMaxOpenConns(1)
		db.SetMaxIdleConns(1)
		db.SetConnMaxLifetime(0)
		f.read, f.write = db, db
		return f, f.prepare(ctx)
	}
	// SQLite gives its side files the mode of the main one.
	main, err := os.OpenFile(path, os.O_RDWR|os.O_CREATE, 0o600)
	if err != nil {
		return nil, err
	}
	if err := errors.Join(main.Chmod(0o600), main.Close()); err != nil {
		return nil, err
	}
	if f.write, err = sql.Open("sqlite", address(path, "immediate", "cache_size(-16000)", "journal_mode(WAL)", "synchronous(NORMAL)",
		"journal_size_limit(4000000)")); err != nil {
		return nil, err
	}
	f.write.SetMaxOpenConns(1)
	if f.read, err = sql.Open("sqlite", address(path, "deferred", "cache_size(-4000)", "query_only(1)")); err != nil {
		return nil, errors.Join(err, f.write.Close())
	}
	f.read.SetMaxOpenConns(readers)
	if err := f.prepare(ctx); err != nil {
		return nil, errors.Join(err, f.close())
	}
	return f, nil
}

// readers is how many answers are made at a time.
const readers = 4

// address is how the driver opens a file. busy_timeout goes first: what follows
// may have to wait.
func address(path, lock string, pragmas ...string) string {
	u := url.URL{Scheme: "file", Opaque: (&url.URL{Path: path}).EscapedPath(), RawQuery: url.Values{
		"_pragma": append([]string{"busy_timeout(" + strconv.Itoa(patience) + ")", "page_size(8192)"}, pragmas...),
		"_txlock": {lock},
	}.Encode()}
	return u.String()
}

// patience is how long a call waits for another process before it looks
// whether it is still wanted, in milliseconds.
const patience = 500

// prepare makes the tables of a new file, and refuses one of another schema.
func (f *file) prepare(ctx context.Context) error {
	return f.transact(ctx, func(tx *sql.Tx) error {
		var number, tables int
		err := tx.QueryRowContext(ctx, "SELECT (SELECT user_version FROM pragma_user_version), (SELECT count(*) FROM sqlite_master)").Scan(&number, &tables)
		switch {
		case err != nil:
			return err
		case number == schemaNumber:
			return nil
		case number != 0 || tables > 0:
			return fmt.Errorf("%w: it is of another release", errDamaged)
		}
		_, err = tx.ExecContext(ctx, schema+"; PRAGMA user_version = "+strconv.Itoa(schemaNumber))
		return err
	})
}

func (f *file) close() error {
	if f == nil {
		return nil
	}
	err := f.read.Close()
	if f.write != f.read {
		err = errors.Join(err, f.write.Close())
	}
	if f.lock != nil {
		err = errors.Join(err, f.lock.close())
	}
	if f.own != "" {
		err = errors.Join(err, os.RemoveAll(f.own))
	}
	return err
}

// transact runs do in a transaction that writes. It waits for other writers as
// long as ctx lasts.
func (f *file) transact(ctx context.Context, do func(*sql.Tx) error) error {
	tx, err := f.write.BeginTx(ctx, nil)
	for isBusy(err) && ctx.Err() == nil {
		tx, err = f.write.BeginTx(ctx, nil)
	}
	if err != nil {
		return err
	}
	if err := do(tx); err != nil {
		return errors.Join(err, ignoreDone(tx.Rollback()))
	}
	return tx.Commit()
}

// ignoreDone forgives that the end of the context ended a transaction already.
func ignoreDone(err error) error {
	if errors.Is(err, sql.ErrTxDone) {
		return nil
	}
	return err
}

// change runs do in a transaction that writes. If the file turns out to be
// damaged, it is made anew and do runs once more.
func (c *Catalog) change(ctx context.Context, do func(*sql.Tx) error) error {
	return c.with(ctx, func(f *file) error { return f.transact(ctx, do) })
}

// look runs do on one state of the catalog, in the same way.
func (c *Catalog) look(ctx context.Context, do func(*reader) error) error {
	return c.with(ctx, func(f *file) error {
		tx, err := f.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
		if err != nil {
			return err
		}
		err = do(newReader(ctx, tx))
		return errors.Join(err, ignoreDone(tx.Rollback()))
	})
}

// with runs do on the file, and once more when the file was of no use and
// another one was made.
func (c *Catalog) with(ctx context.Context, do func(*file) error) error {
	f := c.current()
	err := do(f)
	if err == nil || ctx.Err() != nil || !isDamage(err) && !isNoPlace(err) {
		return err
	}
	if err := c.renew(ctx, f, isDamage(err)); err != nil {
		return err
	}
	return do(c.current())
}

func (c *Catalog) current() *file {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.file
}

// Renewals counts how often the file turned out to be of no use, and was
// replaced by an empty one: who wants all there is learns again then.
func (c *Catalog) Renewals() int {
	c.mu.RLock()
	defer c.mu.RUnlock()
	return c.renewals
}

// renew replaces a file by an empty one, unless somebody else did: in its place
// when it is damaged, or else in another one, because it cannot be kept here.
func (c *Catalog) renew(ctx context.Context, bad *file, damaged bool) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.file != bad {
		return nil
	}
	// It is of no use any more. What is being read of it goes on.
	_ = bad.close()
	open := c.openElsewhere
	if damaged && removeAlone(c.path) {
		open = c.open
	}
	f, err := open(ctx)
	if err != nil {
		return fmt.Errorf("making the catalog anew: %w", err) // bad is closed, and says so
	}
	c.file = f
	c.renewals++
	return nil
}

// removeAlone removes a database unless somebody else has it open.
func removeAlone(path string) bool {
	l, err := newLock(path + ".lock")
	if err != nil {
		return false
	}
	defer l.close()
	if l.alone() != nil {
		return false
	}
	removeFile(path)
	return true
}

// isDamage tells what is wrong with the file from what is wrong around it.
func isDamage(err error) bool {
	switch codeOf(err) {
	case sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH:
		return true
	}
	return errors.Is(err, errDamaged)
}

// isNoPlace tells that nothing can be written where the file is.
func isNoPlace(err error) bool {
	switch codeOf(err) {
	case sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM:
		return true
	}
	return false
}

func isBusy(err error) bool {
	return codeOf(err) == sqlite3.SQLITE_BUSY || codeOf(err) == sqlite3.SQLITE_LOCKED
}

// codeOf is the primary code of an error of the driver, 0 for others.
func codeOf(err error) int {
	if e, ok := errors.AsType[*sqlite.Error](err); ok {
		return e.Code() & 0xff
	}
	return 0
}
