-- The OpenPGP key that signs what a job stores.
CREATE TABLE signing (
	job         INTEGER PRIMARY KEY REFERENCES job (id) ON DELETE CASCADE,
	fingerprint TEXT NOT NULL
) STRICT;
