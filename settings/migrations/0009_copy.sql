-- Second places that what a job stored is copied to. No secret is in them.
CREATE TABLE copy (
	id          INTEGER PRIMARY KEY,
	job         INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
	destination TEXT    NOT NULL,
	options     BLOB    NOT NULL, -- JSON
	finished    INTEGER NOT NULL DEFAULT 0, -- nanoseconds since 1970, as all times here
	version     INTEGER NOT NULL DEFAULT 0, -- the newest that it held then
	tried       INTEGER NOT NULL DEFAULT 0,
	outcome     TEXT    NOT NULL DEFAULT '',
	sentence    TEXT    NOT NULL DEFAULT '',
	waiting     INTEGER NOT NULL DEFAULT 0, -- since when it is not there
	shrunk      INTEGER NOT NULL DEFAULT 0  -- versions were removed since the last copy
) STRICT;
CREATE INDEX copy_of_job ON copy (job);

-- A run may copy too. Its table is made anew, because a check cannot be changed,
-- and that of the events with it, which would go with the old one. Which kinds
-- there are is known to the program alone from here on.
CREATE TABLE new_run (
	id          INTEGER PRIMARY KEY,
	job         INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
	kind        TEXT    NOT NULL,
	started     INTEGER NOT NULL,
	ended       INTEGER NOT NULL DEFAULT 0,
	outcome     TEXT    NOT NULL,
	files       INTEGER NOT NULL DEFAULT 0,
	bytes       INTEGER NOT NULL DEFAULT 0,
	stored      INTEGER NOT NULL DEFAULT 0,
	changed     INTEGER NOT NULL DEFAULT 0,
	problems    INTEGER NOT NULL DEFAULT 0,
	version     INTEGER NOT NULL DEFAULT 0,
	sentence    TEXT    NOT NULL DEFAULT '',
	owner       TEXT    NOT NULL DEFAULT '',
	removed     INTEGER NOT NULL DEFAULT 0,
	removal     TEXT    NOT NULL DEFAULT '',
	destination TEXT    NOT NULL DEFAULT '' -- where to, of one that copies
) STRICT;
INSERT INTO new_run (id, job, kind, started, ended, outcome, files, bytes, stored, changed, problems, version, sentence, owner, removed, removal)
	SELECT id, job, kind, started, ended, outcome, files, bytes, stored, changed, problems, version, sentence, owner, removed, removal FROM run;
CREATE TABLE new_event (
	run  INTEGER NOT NULL REFERENCES new_run (id) ON DELETE CASCADE,
	path BLOB    NOT NULL,
	text TEXT    NOT NULL,
	kind TEXT    NOT NULL DEFAULT ''
) STRICT;
INSERT INTO new_event (run, path, text, kind) SELECT run, path, text, kind FROM event ORDER BY rowid;
DROP TABLE event;
DROP TABLE run;
ALTER TABLE new_run RENAME TO run;
ALTER TABLE new_event RENAME TO event;
CREATE INDEX run_of_job ON run (job, started DESC);
CREATE INDEX event_of_run ON event (run);
