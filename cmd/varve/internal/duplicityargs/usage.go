package duplicityargs

// Usage is the help text.
func Usage() string {
	return `Varve backs up a folder in duplicity's or in restic's format, encrypted, and
brings any file back from any version. Those programs read what it wrote, and it
reads what they wrote.

  varve [full|incr] [options] FOLDER URL     back up FOLDER
  varve restore [options] URL FOLDER         bring a version back into FOLDER
  varve verify [options] URL FOLDER          prove a version, compare it
  varve collection-status [options] URL      list the versions
  varve list-current-files [options] URL     list the files of a version
  varve snapshots URL                        list the versions, newest first
  varve ls [-t TIME] URL [PATH]              list a folder of a version, or with
                                             --recursive everything below it
  varve find URL PATTERN                     look for names in all versions;
                                             deleted files are found too
  varve diff URL TIME1 TIME2                 what is new (A), changed (M) and
                                             deleted (D) between two versions
  varve cat [-t TIME] URL PATH               write one file to the output
  varve serve [-t TIME] URL                  show a version as a folder that can
                                             only be read, through WebDAV on
                                             this computer, until Ctrl-C
  varve history PATH URL                     every state of a file or folder
                                             and the versions that hold it
  varve stats URL                            count versions, files and bytes
  varve key list|add|passwd URL              the passphrases of an archive in
  varve key remove URL KEY                   restic's format
  varve unlock [--remove-all] URL            remove the locks of dead runs from
                                             one, or all of them
  varve check [--read-data] URL              prove what is stored
  varve forget [--keep-…] URL [ID…]          remove versions
  varve pin URL [VERSION]                    no rule removes the version (the
                                             newest), nor what it builds on
  varve unpin URL [VERSION]                  let go of it again
  varve prune URL                            give back what no version needs
  varve repair index|packs|snapshots URL     mend what check found, in turn
  varve remove-older-than TIME URL           list chains of volumes that end
                                             before TIME; --force deletes them
  varve remove-all-but-n-full N URL          the same with all before the last N
  varve remove-all-inc-of-but-n-full N URL   only what is incremental in those
  varve cleanup URL                          list what belongs to no version;
                                             --force deletes it
  varve replicate [--time TIME] URL URL      copy the versions (older than TIME)
                                             of an archive to another one, also
                                             of the other format
  varve sync SRC DST                         make DST, whatever is stored there,
                                             like SRC: see below
  varve retention check|explain POLICY       is it right, and what it does
  varve retention plan POLICY URL            which versions would stay and go,
                                             and by which rule
  varve retention simulate POLICY [URL]      what there is now and in 1, 6 and
                                             24 months
  varve undo [RESTORE|latest]                put back what a restore with
                                             --force replaced; without a name,
                                             list what can be undone
  varve destinations [KIND]                  the kinds of destinations, or what
                                             can be set for one
  varve test URL                             prove that a destination works:
                                             store, list, read and delete there
  varve authorize KIND                       log in to a service with a browser;
                                             --print shows the login, --paste
                                             reads that of another computer
  varve agent [--once]                       run the backups of the window when
                                             they are due, without a window
  varve demo [FOLDER]                        show all of it on a scratch folder
  varve licences                             the licences of all that Varve is
                                             built of

Without an action, FOLDER URL backs up and URL FOLDER restores. A local
destination is written as file:///folder.

What is backed up (the first rule that matches decides; * ? [] stay within a
name, ** does not):
  --include PATTERN, --exclude PATTERN       a pattern over the whole path
  --include-regexp X, --exclude-regexp X     an expression found in the path
  --include-filelist F, --exclude-filelist F patterns from a file (+ and -)
  --null-separator                           lists are separated by zero bytes
  --exclude-if-present NAME                  folders that hold NAME
  --exclude-device-files                     devices
  --exclude-older-than TIME                  files last changed before TIME
  --exclude-other-filesystems                what is mounted below
  -L, --copy-links                           what links point to, not the links

How it is stored:
  --format duplicity|restic                  in volumes (the default), or with
                                             nothing twice; an archive that is
                                             there keeps its format
  --volsize MB                               size of a volume (200)
  --full-if-older-than INTERVAL              begin anew when the last full
                                             version is older: 30D, 4W, 6M
  --max-blocksize BYTES                      size of signature blocks (2048)
  --skip-if-no-change                        no version when nothing changed
  --no-compression                           store as it is
  --allow-source-mismatch                    accept another folder or machine
  --current-time TIME                        date the version so

Who can read it (a passphrase: PASSPHRASE, the keyring, or asked for; unless):
  --passphrase-file FILE                     its first line
  --passphrase-command COMMAND               the first line that COMMAND, run by
                                             sh -c, prints
                                             (the new one of key add and passwd
                                             is asked for or NEW_PASSPHRASE)
  --to-passphrase-file FILE,                 the same for the archive that
  --to-passphrase-command COMMAND            replicate copies to, or
                                             TO_PASSPHRASE; without any it is
                                             that of the source
  --remember-key INTERVAL                    how long the kernel's memory has
                                             the key of a deduplicating archive:
                                             it saves the next run the work on
                                             the passphrase, and not the
                                             passphrase (10m; 0: not at all)
  --encrypt-key KEY                          encrypt for a key, repeatable
  --hidden-encrypt-key KEY                   the same, without naming it inside
  --sign-key KEY, --encrypt-sign-key KEY     sign, and demand that signature
                                             (SIGN_PASSPHRASE unlocks the key)
  --no-encryption                            everybody

What is brought back:
  -t, --time TIME                            the version of that time: now, 3D,
                                             2026-11-21, seconds since 1970; or
                                             a version by its name, of which the
                                             first letters will do; or latest
                                             (diff takes the same)
  -r, --path-to-restore PATH                 one file or folder
      --file-to-restore PATH                 the same
  --force                                    replace what is in the folder;
                                             delete what remove-… and cleanup
                                             list, and forget would ask about
  --no-undo                                  do not keep what --force replaces;
                                             else varve undo puts it back, for
                                             30 days or while there is room
  --numeric-owner                            owners by number, not by name
  --do-not-restore-ownership                 everything belongs to you
  --compare-data                             verify compares every byte

Where things are:
  --archive-dir DIR, --name NAME             the local cache of the archive
  --tempdir DIR                              volumes while they are made
  --file-prefix P, --file-prefix-manifest P, --file-prefix-archive P,
  --file-prefix-signature P                  in front of stored names
  --time-separator C                         of archives older than 2009

How the destination is reached (varve destinations KIND lists all there is;
duplicity's --ssh-options, --s3-region-name and the like are among it):
  -o, --option NAME=VALUE                    an option of its kind
  --num-retries N, --backend-retry-delay S   attempts (5), and the longest wait
                                             between two of them (30)
  --timeout S                                without a byte, a transfer counts
                                             as broken (30)
  --connections N                            transfers at once
  --limit-upload KIB, --limit-download KIB   the most that goes over the line
                                             in KiB a second
  --limit-schedule TEXT                      by day and hour, such as "mon-fri
                                             08:00-18:00 500K/2M; else -"
  --ssl-cacert-file F, --ssl-cacert-path D   certificates to trust besides
  --ssl-no-check-certificate                 trust any

Looking into versions:
  In a PATTERN, * stands for any characters and ? for one. With a slash in it,
  it is held against the whole path, otherwise against each name.
  --json                                     one JSON document instead of text;
                                             what is unknown is left out, times
                                             are UTC, sizes bytes, and a name
                                             that is no UTF-8 is whole in
                                             path_base64 beside path
    snapshots  format, snapshots: [id, time, host, paths, tags, stored, full,
               partial, encrypted, damaged, pin: {reason, until}]
    ls         version: {id, time}, entries: [path, type, size, modified, mode,
               uid, gid, user, group, target]
    find       pattern, matches: [path, host, source, deleted, versions: [id,
               time, type, size, modified]]
    diff       from, to: {id, time}, changes: [path, change (added, changed,
               deleted), type, size, what (type, content, time, permissions,
               owner, target, device, attributes, flags)]
    cat        path, content_base64, size, version: {id, time}
    history    path, states: [host, source, from, to: {id, time}, versions (how
               many), deleted, type, size, modified, mode]
    stats      format, versions, newest: {id, time}, files, bytes, items,
               files_of_unknown_size, stored
    restore    version: {id, time}, files, bytes, items, unchanged (already as
               they should be), skipped, problems, undo (name), unkept
    undo       undos: [id, folder: {path}, time, until, replaced, created,
               attributes, lost, room, whole, begun]; with a name: id, dry_run,
               put_back, removed, attributes, lost, stayed: [path, reason]
    remove-…, cleanup  deleted (true or false), removed (ids), files, bytes
    replicate  copied: [id, time], dry_run, problems
    sync       dry_run, copied, replaced, removed, set_aside, expired, same,
               bytes, not_copied, not_removed, held_back, changes:
               [action (copy, replace, remove, keep, expire), name, to, bytes],
               problems: [action (also prove), name, error]
    forget     kept, removed (ids), held (why nothing of a source was removed),
               bound (ids that stay because later versions need them)
    pin, unpin  id (a new one in restic's format), time, pin: {reason, until}
    retention check     policy, valid, canonical, preset, advice, error: {offset
                        and length (bytes), column, problem}
              explain   policy, sentences
              plan      policy, format, freed, sources: [host, paths, decision
                        (proceed, ask, refuse), guards: [kind, sentence], kept,
                        dropped, versions: [id, time, kept, rule, frame, why]]
              simulate  policy, rhythm, sources: [host, paths, moments: [months,
                        time, versions: [id, time]]]
    key list   keys: [id, created, user, host, current]
    key add    added        key remove  removed (both the id of a key)
    key passwd changed      unlock      removed (how many)
  A document is cut off or shorter when the exit code is not 0.

Which versions stay, for forget; a number, or unlimited:
  --keep-last N                              the newest N
  --keep-hourly N, --keep-daily N,           the newest of each of the last N
  --keep-weekly N, --keep-monthly N,         hours, days, weeks, months, years
  --keep-yearly N                            that have any
  --keep-within INTERVAL, --keep-tag TAG     what is younger; what is marked so
  --keep-within-hourly, --keep-within-daily, the newest of each hour, day, week,
  --keep-within-weekly,                      month or year within an INTERVAL
  --keep-within-monthly,
  --keep-within-yearly INTERVAL
  --retention POLICY                         as a text, for both formats:
                                             1W:1D,4W:1W,12M:1M keeps one a day
                                             for a week, one a week for 4, one a
                                             month for 12 (U: all, or for ever);
                                             keep-versions=N, keep-time=INTERVAL
                                             or keep-daily=7 and the like; with
                                             at-least=N, tolerance=10m, and
                                             slots=ZONE for days of a calendar;
                                             what is unusual needs --force
  --prune                                    give room back afterwards
  --max-unused PERCENT                       what is not worth it (5)
  --max-repack-size MB                       the most that is written anew; 0
                                             when the destination is full

What pin is told: --reason TEXT, and --until DATE or INTERVAL, the last day; no
action of Varve removes a pinned version before its end, or before unpin.

For retention: --rhythm INTERVAL is how often simulate makes backups (1D), with
--full-if-older-than in chains; --space lets plan tell the room given back.

How much check reads: --read-data everything, --read-data-subset 1/10 a part,
--read-data-for 30m what was proved longest ago, for so long.

One destination like another (varve sync), with the options of Duplicati's
SyncTool. What is new is copied before anything is removed, and a source that is
empty, or not there, changes nothing:
  -d, --dry-run                              say what would be done; no file is
                                             read or written
  -f, --force                                copy every file, compare none
  -y, --yes, --confirm                       ask nothing
  --retention                                give what is replaced or removed
                                             another name there, as
                                             20260630120000.old.NAME
  --expire-old INTERVAL                      remove such files when older
  --verify-contents                          compare files that seem equal by
                                             their content, with the sums that
                                             both servers know where they do
  --verify-get-after-put                     read each file back
  --retry N                                  further rounds for files that
                                             failed (3), 5 seconds apart
  --backend-retries N                        attempts of each call (5)
  --backend-retry-delay MS                   between the first two of them; then
                                             twice as long each time, unless
  --backend-retry-with-exponential-backoff=false
  --auto-create-folders=false                a missing folder at DST is an error
  --src-options NAME=VALUE ..., --src-option options of the one side, which win
  --dst-options NAME=VALUE ..., --dst-option of the other; quota-disable=true
                                             begins also without room
  --global-options NAME=VALUE ...            of both, as far as they have them
  --allow-empty-source                       an empty source empties DST
  --max-delete PERCENT                       refuse to remove more files (50)
  --parse-arguments-only                     read the command line, do nothing
  --log-level LEVEL                          Profiling, Verbose, Retry,
                                             Information, DryRun, Warning, Error
  SRC_FTP_PASSWORD, DST_AWS_ACCESS_KEY_ID and so on are FTP_PASSWORD and
  AWS_ACCESS_KEY_ID of one side. It ends with 0, with the number of files that
  were not copied or not removed (254 at most), with 1 when nothing could be
  done, and with 255 when a question was not answered with y.

What it says:
  --dry-run                                  do everything but write
  --progress, --progress-rate SECONDS        how far it is (every 3 seconds)
  -v, --verbosity LEVEL                      0 to 9, or error, warning, notice,
                                             info, debug
  --log-file FILE                            the same lines, into a file
  -h, -?, --help, -V, --version

It ends with duplicity's exit codes, and with 10 when a run came to its end but
some files need attention.
`
}
