-- How much the destination of a job held, and had free, over time.
CREATE TABLE size (
	job    INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
	at     INTEGER NOT NULL, -- nanoseconds since 1970
	stored INTEGER NOT NULL, -- bytes
	free   INTEGER NOT NULL, -- bytes, -1 unknown
	PRIMARY KEY (job, at)
) STRICT, WITHOUT ROWID;

-- How much more room the newest run of a job would have needed.
CREATE TABLE lack (
	job    INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
	bytes  INTEGER NOT NULL
) STRICT;
