-- What is in the way of a second place that failed.
ALTER TABLE copy ADD COLUMN trouble TEXT NOT NULL DEFAULT '';
