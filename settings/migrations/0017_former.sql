-- The folder above all folders of a job, as it was before they were changed.
CREATE TABLE former (
	job  INTEGER NOT NULL REFERENCES job (id) ON DELETE CASCADE,
	root BLOB NOT NULL,
	PRIMARY KEY (job, root)
) STRICT;
