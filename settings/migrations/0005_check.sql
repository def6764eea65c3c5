-- How often what a job stored is read back to prove it, and what that brought.
CREATE TABLE checking (
	job       INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
	every     INTEGER NOT NULL, -- days, 0 never
	minutes   INTEGER NOT NULL, -- for which it may take, 0 without a bound
	proved    INTEGER NOT NULL DEFAULT 0, -- nanoseconds since 1970
	read      INTEGER NOT NULL DEFAULT 0, -- bytes of what is stored
	whole     INTEGER NOT NULL DEFAULT 0, -- bytes that are stored
	found     TEXT    NOT NULL DEFAULT '',
	sentence  TEXT    NOT NULL DEFAULT ''
) STRICT;
