-- How long the versions of a job stay, and what became of those that were due.
ALTER TABLE job ADD COLUMN retention TEXT NOT NULL DEFAULT ''; -- a policy as text; empty keeps all
ALTER TABLE job ADD COLUMN full_every INTEGER NOT NULL DEFAULT 0; -- days
ALTER TABLE job ADD COLUMN held TEXT NOT NULL DEFAULT ''; -- why versions that are due wait for an answer
ALTER TABLE job ADD COLUMN swept INTEGER NOT NULL DEFAULT 0; -- nanoseconds since 1970
ALTER TABLE run ADD COLUMN removed INTEGER NOT NULL DEFAULT 0; -- versions
ALTER TABLE run ADD COLUMN removal TEXT NOT NULL DEFAULT ''; -- a sentence
ALTER TABLE event ADD COLUMN kind TEXT NOT NULL DEFAULT '';
