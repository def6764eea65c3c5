-- How often a restore is tried out, and what that brought.
CREATE TABLE drill (
	job       INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
	every     INTEGER NOT NULL, -- days, 0 never
	tried     INTEGER NOT NULL DEFAULT 0, -- nanoseconds since 1970
	proved    INTEGER NOT NULL DEFAULT 0, -- nanoseconds since 1970
	files     INTEGER NOT NULL DEFAULT 0, -- that came back then
	bytes     INTEGER NOT NULL DEFAULT 0,
	compared  INTEGER NOT NULL DEFAULT 0, -- of them, with files in the folder
	failed    INTEGER NOT NULL DEFAULT 0  -- files that did not come back whole, -1 for all
) STRICT;
