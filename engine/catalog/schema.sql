-- The versions of one source, and its topmost folder, which holds one name: "".
CREATE TABLE line (
	id INTEGER PRIMARY KEY AUTOINCREMENT,
	source TEXT NOT NULL UNIQUE,
	top INTEGER NOT NULL,
	-- the version that folder.tree is about, even when that is gone
	trees INTEGER NOT NULL DEFAULT 0
);

CREATE TABLE version (
	id INTEGER PRIMARY KEY AUTOINCREMENT, -- never used again: states refer to it
	line INTEGER NOT NULL,
	name TEXT NOT NULL UNIQUE,
	seconds INTEGER NOT NULL,
	nanoseconds INTEGER NOT NULL,
	info BLOB NOT NULL,
	added INTEGER NOT NULL DEFAULT 0,
	changed INTEGER NOT NULL DEFAULT 0,
	deleted INTEGER NOT NULL DEFAULT 0
);
CREATE INDEX version_line ON version(line);

-- The names that were ever in a folder, as record.go writes them.
CREATE TABLE folder (
	id INTEGER PRIMARY KEY,
	line INTEGER NOT NULL,
	parent INTEGER NOT NULL,
	name BLOB NOT NULL,
	tree BLOB, -- equal, everything below is equal
	data BLOB NOT NULL
);

-- In which folders a state begins or ends with a version; there may be more.
CREATE TABLE touch (
	version INTEGER NOT NULL,
	folder INTEGER NOT NULL,
	PRIMARY KEY (version, folder)
) WITHOUT ROWID;

-- All names, as names.go writes them. Some may be gone.
CREATE TABLE names (
	id INTEGER PRIMARY KEY,
	data BLOB NOT NULL
);

-- How many names there are in it, and how many of them are gone.
CREATE TABLE tally (
	names INTEGER NOT NULL,
	gone INTEGER NOT NULL
);
INSERT INTO tally VALUES (0, 0);
