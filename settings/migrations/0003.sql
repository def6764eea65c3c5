-- What is set for a job's destination, besides its address. No secret is in it.
ALTER TABLE job ADD COLUMN options BLOB NOT NULL DEFAULT x'7b7d'; -- JSON
