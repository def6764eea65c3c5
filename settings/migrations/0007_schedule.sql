-- When jobs run by themselves. A job without a row runs only by hand.
CREATE TABLE timing (
	job   INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
	plan  BLOB    NOT NULL, -- JSON
	since INTEGER NOT NULL  -- nanoseconds since 1970: times before were never missed
) STRICT;

-- Runs that did not take place when they were due, and why.
CREATE TABLE skip (
	id       INTEGER PRIMARY KEY,
	job      INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
	slot     INTEGER NOT NULL, -- when it was due, in nanoseconds since 1970
	noticed  INTEGER NOT NULL,
	cause    TEXT    NOT NULL,
	sentence TEXT    NOT NULL,
	UNIQUE (job, slot, cause)
) STRICT;
CREATE INDEX skip_of_job ON skip (job, slot DESC);
