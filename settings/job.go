package settings

import (
	"cmp"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"
)

// Encryption is how a job protects what it stores.
type Encryption string

// The ways of protection.
const (
	Passphrase Encryption = "passphrase"
	Keys       Encryption = "keys"
	None       Encryption = "none"
)

// Job is one backup that a person has set up.
type Job struct {
	// ID is 0 until the job is saved.
	ID   int64
	Name string
	// Folders are absolute paths, raw bytes.
	Folders []string
	Rules   []Rule
	// Destination is a URL or a path.
	Destination string
	// Options are those of the kind of destination, by name. A secret is never
	// among them.
	Options    map[string]string
	Encryption Encryption
	// Recipients are OpenPGP keys.
	Recipients []string
	// SignKey is the OpenPGP key that signs what is stored, "" for none. SetSignKey
	// changes it, SaveJob does not.
	SignKey string
	// VolumeSizeMB is the size of volumes as duplicity's --volsize counts it, in
	// MiB; 0 leaves it to the format.
	VolumeSizeMB int
	// FullEvery is after how many days a version stands for itself again; 0
	// means never.
	FullEvery int
	// Retention says as text which versions stay; the empty one keeps all.
	Retention string
	// Held says why versions that are due to go wait for an answer, "" when none
	// do. Hold changes it, SaveJob does not.
	Held string
	// Swept is when room was last given back, zero for never. Sweep changes it.
	Swept time.Time
	// Paused jobs run only when the person says so.
	Paused  bool
	Created time.Time
}

const jobColumns = "id, name, folders, rules, destination, encryption, recipients, created, options, retention, full_every"

// readColumns are those that SaveJob leaves alone.
const readColumns = ", held, swept, coalesce((SELECT fingerprint FROM signing WHERE signing.job = job.id), '')"

// Jobs returns all jobs, oldest first.
func (s *Store) Jobs(ctx context.Context) ([]Job, error) {
	return readAll(ctx, s.db, "jobs", scanJob, "SELECT "+jobColumns+readColumns+" FROM job ORDER BY id")
}

// Job returns one job, or ErrNotFound.
func (s *Store) Job(ctx context.Context, id int64) (Job, error) {
	j, err := scanJob(s.db.QueryRowContext(ctx, "SELECT "+jobColumns+readColumns+" FROM job WHERE id = ?", id))
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrNotFound
	}
	if err != nil {
		return j, fmt.Errorf("reading job %d: %w", id, err)
	}
	return j, nil
}

func scanJob(at row) (Job, error) {
	var j Job
	var folders, rules, recipients, options []byte
	var created, swept int64
	if err := at.Scan(&j.ID, &j.Name, &folders, &rules, &j.Destination, &j.Encryption, &recipients, &created, &options,
		&j.Retention, &j.FullEvery, &j.Held, &swept, &j.SignKey); err != nil {
		return j, err
	}
	var raw [][]byte
	err := errors.Join(json.Unmarshal(folders, &raw), json.Unmarshal(rules, &j.Rules), json.Unmarshal(recipients, &j.Recipients),
		json.Unmarshal(options, &j.Options))
	for _, f := range raw {
		j.Folders = append(j.Folders, string(f))
	}
	j.Created, j.Swept = time.Unix(0, created), fromNanoseconds(swept)
	return j, err
}

// SetSources changes what a job backs up, and its name.
func (s *Store) SetSources(ctx context.Context, id int64, name string, folders []string, rules []Rule) error {
	kept, err1 := foldersText(folders)
	text, err2 := json.Marshal(rules)
	if err := errors.Join(err1, err2); err != nil {
		return err
	}
	return s.alter(ctx, id, "name = ?, folders = ?, rules = ?", name, kept, text)
}

// foldersText is a list of folders as it is stored: their bytes need not be
// text.
func foldersText(folders []string) ([]byte, error) {
	var raw [][]byte
	for _, f := range folders {
		raw = append(raw, []byte(f))
	}
	return json.Marshal(raw)
}

// SaveJob adds a job, whose ID it sets, or changes one.
func (s *Store) SaveJob(ctx context.Context, j *Job) error { return writeJob(ctx, s.db, j) }

// querier is the database, or a transaction.
type querier interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

func writeJob(ctx context.Context, q querier, j *Job) error {
	folders, err1 := foldersText(j.Folders)
	rules, err2 := json.Marshal(j.Rules)
	recipients, err3 := json.Marshal(j.Recipients)
	options, err4 := json.Marshal(j.Options)
	if err := errors.Join(err1, err2, err3, err4); err != nil {
		return err
	}
	if j.Created.IsZero() {
		j.Created = time.Now()
	}
	id := any(j.ID)
	if j.ID == 0 {
		id = nil
	}
	err := q.QueryRowContext(ctx, "INSERT INTO job ("+jobColumns+") VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"+
		" ON CONFLICT (id) DO UPDATE SET name = excluded.name, folders = excluded.folders, rules = excluded.rules,"+
		" destination = excluded.destination, encryption = excluded.encryption, recipients = excluded.recipients,"+
		" options = excluded.options, retention = excluded.retention, full_every = excluded.full_every RETURNING id",
		id, j.Name, folders, rules, j.Destination, string(j.Encryption), recipients, j.Created.UnixNano(), options, j.Retention, j.FullEvery).Scan(&j.ID)
	if err != nil {
		return fmt.Errorf("saving job %q: %w", j.Name, err)
	}
	return nil
}

// SetRetention changes which versions of a job stay, and after how many days
// one stands for itself.
func (s *Store) SetRetention(ctx context.Context, id int64, text string, fullEvery int) error {
	return s.alter(ctx, id, "retention = ?, full_every = ?", text, fullEvery)
}

// Hold records why versions of a job wait for an answer; "" is the answer.
func (s *Store) Hold(ctx context.Context, id int64, why string) error {
	return s.alter(ctx, id, "held = ?", why)
}

// Sweep records when room was given back at the destination of a job.
func (s *Store) Sweep(ctx context.Context, id int64, when time.Time) error {
	return s.alter(ctx, id, "swept = ?", nanoseconds(when))
}

// alter changes a job that is there.
func (s *Store) alter(ctx context.Context, id int64, assignments string, values ...any) error {
	done, err := s.db.ExecContext(ctx, "UPDATE job SET "+assignments+" WHERE id = ?", append(values, id)...)
	if err == nil {
		var n int64
		if n, err = done.RowsAffected(); n == 0 {
			err = cmp.Or(err, ErrNotFound)
		}
	}
	if err != nil {
		return fmt.Errorf("changing job %d: %w", id, err)
	}
	return nil
}

// DeleteJob forgets a job and its history. What it stored stays.
func (s *Store) DeleteJob(ctx context.Context, id int64) error {
	if _, err := s.db.ExecContext(ctx, "DELETE FROM job WHERE id = ?", id); err != nil {
		return fmt.Errorf("deleting job %d: %w", id, err)
	}
	return nil
}
