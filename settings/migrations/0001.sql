-- Jobs, their runs, and what happened in those.
CREATE TABLE job (
	id           INTEGER PRIMARY KEY,
	name         TEXT    NOT NULL,
	folders      BLOB    NOT NULL, -- JSON, each folder in base64: paths are bytes
	rules        BLOB    NOT NULL, -- JSON
	destination  TEXT    NOT NULL,
	encryption   TEXT    NOT NULL CHECK (encryption IN ('passphrase', 'keys', 'none')),
	recipients   BLOB    NOT NULL, -- JSON
	created      INTEGER NOT NULL  -- nanoseconds since 1970
) STRICT;

CREATE TABLE run (
	id       INTEGER PRIMARY KEY,
	job      INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
	kind     TEXT    NOT NULL CHECK (kind IN ('backup', 'restore', 'verify')),
	started  INTEGER NOT NULL,
	ended    INTEGER NOT NULL DEFAULT 0,
	outcome  TEXT    NOT NULL,
	process  INTEGER NOT NULL, -- of the program that runs it
	files    INTEGER NOT NULL DEFAULT 0,
	bytes    INTEGER NOT NULL DEFAULT 0,
	stored   INTEGER NOT NULL DEFAULT 0,
	changed  INTEGER NOT NULL DEFAULT 0,
	problems INTEGER NOT NULL DEFAULT 0,
	version  INTEGER NOT NULL DEFAULT 0,
	sentence TEXT    NOT NULL DEFAULT ''
) STRICT;
CREATE INDEX run_of_job ON run (job, started DESC);

CREATE TABLE event (
	run  INTEGER NOT NULL REFERENCES run (id) ON DELETE CASCADE,
	path BLOB    NOT NULL,
	text TEXT    NOT NULL
) STRICT;
CREATE INDEX event_of_run ON event (run);

CREATE TABLE preference (
	name  TEXT PRIMARY KEY,
	value TEXT NOT NULL
) STRICT;
