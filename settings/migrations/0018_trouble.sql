-- What is in the way of a run that failed.
ALTER TABLE run ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
