-- What a person was told last of a job. A job without a row is one of which
-- there was nothing to tell.
CREATE TABLE notice (
	job   INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
	state TEXT    NOT NULL,
	told  INTEGER NOT NULL,          -- nanoseconds since 1970
	again INTEGER NOT NULL DEFAULT 0 -- when to tell it once more, 0 for never
) STRICT;
