-- Who runs a run: a number of a process is another program's after a restart,
-- so a locked file stands for it.
ALTER TABLE run DROP COLUMN process;
ALTER TABLE run ADD COLUMN owner TEXT NOT NULL DEFAULT '';
