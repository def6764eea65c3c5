package retell

import "github.com/varve-backup/varve/ui/lang"

// What is said of files that were not copied.
const (
	oneNotCopied  = "%s file could not be copied. All others are there, and nothing was removed there."
	someNotCopied = "%s files could not be copied. All others are there, and nothing was removed there."
)

func notCopied(n int64, args ...any) string {
	return lang.N(n, "%s file could not be copied. All others are there, and nothing was removed there.",
		"%s files could not be copied. All others are there, and nothing was removed there.", args...)
}

// history are the texts that the settings keep, where they do not stand whole
// where they are written.
func history() []form {
	return []form{
		{key: lang.Mark("A run looked as if files had been emptied or encrypted, so nothing is removed until somebody has looked.")},
		{key: lang.Mark("The computer ran on battery, at %s %%."), at: []place{count()}},
		{key: lang.Mark("The network was “%s”."), at: []place{name()}},
		{key: oneNotCopied, at: []place{count()}, plural: notCopied},
		{key: someNotCopied, at: []place{count()}, plural: notCopied},
		{key: lang.Mark("The copy holds %s, and the backup %s. Nothing was changed in the copy, in case that is a mistake."), at: []place{versions(), count()}},
		{key: lang.Mark("The history could not be written: %s"), at: []place{name()}},
		{key: lang.Mark("The keyring still holds the old passphrase: %s"), at: []place{name()}},
		{key: lang.Mark("The version of %s: %s."), at: []place{longDate(), why()}},
		{key: lang.Mark("Cannot be read; an older version of it is kept: %s"), at: []place{name()}},
		{key: lang.Mark("Vanished while it was looked at: %s"), at: []place{name()}},
		{key: lang.Mark("Changed while it was read: %s"), at: []place{name()}},
		{key: lang.Mark("Was not brought back: %s"), at: []place{name()}},
		{key: lang.Mark("Differs: %s"), at: []place{name()}},
		{key: lang.Mark("Is back, but not with everything: %s"), at: []place{name()}},
		{key: lang.Mark("Cannot be stored: %s"), at: []place{name()}},
	}
}

// prompts are what a destination asks for.
func prompts() []form {
	word := place{shape: `\S+`, say: name().say}
	return []form{
		{key: lang.Mark("Password of %s at MEGA"), at: []place{word}},
		{key: lang.Mark("Password of %s at %s"), at: []place{word, name()}},
		{key: lang.Mark("Password of %s on %s"), at: []place{word, name()}},
		{key: lang.Mark("Password of %s"), at: []place{name()}},
		{key: lang.Mark("Password for applications of %s"), at: []place{name()}},
		{key: lang.Mark("Password for %s"), at: []place{name()}},
		{key: lang.Mark("Passphrase of the key %s"), at: []place{name()}},
		{key: lang.Mark("Application key of %s"), at: []place{name()}},
		{key: lang.Mark("Secret key of %s"), at: []place{name()}},
		{key: lang.Mark("Key of the storage account %s"), at: []place{name()}},
		{key: lang.Mark("Code of the second factor of %s at MEGA"), at: []place{name()}},
	}
}

// notices are what the engine tells of a run besides its end.
func notices() []form {
	return []form{
		{key: lang.Mark("A file changed since the interrupted run, so the part of it that was stored is stored again.")},
		{key: lang.Mark("The clock of this machine is behind the newest version, so the new one is dated one second after that.")},
		{key: lang.Mark("The encryption settings changed since the interrupted run, so the backup starts over.")},
		{key: lang.Mark("The interrupted run was of another folder, so the backup starts over.")},
		{key: lang.Mark("The stored signature of %s is damaged, so the whole file is stored again."), at: []place{name()}},
		{key: lang.Mark("The version of %s stays because a pinned one is built on it."), at: []place{second()}},
		{key: lang.Mark("Some versions cannot be read, so that this one may take longer: a check tells more.")},
		{key: lang.Mark("A part of the version before cannot be read, so that everything in it is stored again.")},
		{key: lang.Mark("A partial version could not be removed: %s."), at: []place{name()}},
		{key: lang.Mark("A lock was left behind by %s, and was removed."), at: []place{name()}},
		{key: lang.Mark("A folder of the target could not be searched for what an earlier run left.")},
		{key: lang.Mark("%s files could not be copied, the first because of this: %s. They are tried again in %s."), at: []place{count(), name(), name()}},
		{key: lang.Mark("%s more files were not tried, because too many failed one after the other."), at: []place{count()}},
	}
}

// findings are what a check finds, where something is lost or could be.
func findings() []form {
	return []form{
		{key: lang.Mark("The version of %s builds on one that is not there: it cannot be restored."), at: []place{second()}},
		{key: lang.Mark("The version of %s has no signatures: everything can be restored, and the next backup begins anew."), at: []place{second()}},
		{key: lang.Mark("The list of the volumes of %s, %s, cannot be read: %s cannot be restored."), at: []place{second(), name(), those()}},
		{key: lang.Mark("The %s is missing: %s cannot be restored whole."), at: []place{name(), those()}},
		{key: lang.Mark("The signatures %s are damaged: everything can be restored, and a backup from another computer, or with an empty cache, begins anew."), at: []place{name()}},
		{key: lang.Mark("The volume %s is damaged: what lies in it is lost for %s."), at: []place{name(), those()}},
		{key: lang.Mark("the version of %s"), at: []place{second()}},
		{key: lang.Mark("the versions from %s to %s"), at: []place{second(), second()}},
		{key: lang.Mark("The pack %s is damaged: the folder %s in it cannot be read."), at: []place{name(), name()}},
		{key: lang.Mark("The pack %s is damaged."), at: []place{name()}},
		{key: lang.Mark("The pack %s is missing."), at: []place{name()}},
		{key: lang.Mark("The pack %s has %s bytes, and the index speaks of %s."), at: []place{name(), count(), count()}},
		{key: lang.Mark("The folder %s cannot be read."), at: []place{name()}},
		{key: lang.Mark("The folder %s has entries that make no sense."), at: []place{name()}},
		{key: lang.Mark("Parts of files and folders are in no index (%s). Repairing the index finds them if their packs are there."), at: []place{count()}},
		{key: lang.Mark("The file config cannot be read. Without it the repository does not open: put it back from a copy.")},
		{key: lang.Mark("The file config is of another repository.")},
		{key: lang.Mark("The key file %s is damaged: its passphrase no longer opens the repository."), at: []place{name()}},
		{key: lang.Mark("The snapshot %s cannot be read: nothing can be restored from it."), at: []place{name()}},
		{key: lang.Mark("The index %s cannot be read. Repairing the index makes it anew from the packs."), at: []place{name()}},
	}
}
