-- Jobs that go on with what another program, machine or folder wrote, until
-- they have a version of their own.
CREATE TABLE adoption (
	job INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE
) STRICT;
