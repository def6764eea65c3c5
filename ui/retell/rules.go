package retell

import "github.com/varve-backup/varve/ui/lang"

// rules are why a version stays or goes, by the rules of engine/retention.
func rules() []form {
	return []form{
		{key: lang.Mark("the newest version always stays")},
		{key: lang.Mark("the newest whole version always stays")},
		{key: lang.Mark("pinned: %s, until %s"), at: []place{name(), date()}},
		{key: lang.Mark("pinned, until %s"), at: []place{date()}},
		{key: lang.Mark("pinned: the newest one from before the folders were changed")},
		{key: lang.Mark("pinned: %s"), at: []place{name()}},
		{key: lang.Mark("pinned")},
		{key: lang.Mark("so that at least %s stay"), at: []place{versions()}},
		{key: lang.Mark("the rules would drop it, but the version of %s, which stays, is built on it"), at: []place{date()}},
		{key: lang.Mark("the rules would drop it, but a chain is removed as a whole, and older versions of its chain stay")},
		{key: lang.Mark("every version stays")},
		{key: lang.Mark("it carries a tag that keeps it")},
		{key: lang.Mark("the newest whole version")},
		{key: lang.Mark("the newest version")},
		{key: lang.Mark("one of the newest %s"), at: []place{versions()}},
		{key: lang.Mark("there is a whole version that is newer")},
		{key: lang.Mark("there are %s that are newer"), at: []place{versions()}},
		{key: lang.Mark("not older than %s"), at: []place{span()}},
		{key: lang.Mark("none of the rules keeps it")},
		{key: lang.Mark("not whole, and a whole version followed")},
		{key: lang.Mark("not whole, and no whole version followed yet")},
		{key: lang.Mark("not whole, and those stay as long as a frame reaches them")},
		{key: lang.Mark("older than %s"), at: []place{span()}},
		{key: lang.Mark("within %s of the newest"), at: []place{span()}},
		{key: lang.Mark("every version stays %s"), at: []place{ages()}},
		{key: lang.Mark("the oldest one %s"), at: []place{ages()}},
		{key: lang.Mark("%s after the one of %s, and %s %s is kept"), at: []place{span(), date(), once(), ages()}},
		{key: lang.Mark("only %s after the one of %s, and %s %s is kept"), at: []place{span(), date(), once(), ages()}},
	}
}

// periods are the same where the calendar counts.
func periods() []form {
	return []form{
		{key: lang.Mark("%s, within %s of the newest of all"), at: []place{newestOf(), span()}},
		{key: lang.Mark("%s, or the oldest of all"), at: []place{newestOf()}},
		{key: lang.Mark("%s, one of the last %s that have any, or the oldest of all"), at: []place{newestOf(), count()}},
		{key: lang.Mark("the newest of its hour")},
		{key: lang.Mark("the newest of its day")},
		{key: lang.Mark("the newest of its week")},
		{key: lang.Mark("the newest of its month")},
		{key: lang.Mark("the newest of its year")},
		{key: lang.Mark("the first of its hour")},
		{key: lang.Mark("the first of its day")},
		{key: lang.Mark("the first of its week")},
		{key: lang.Mark("the first of its month")},
		{key: lang.Mark("the first of its year")},
		{key: lang.Mark("the first of its %s"), at: []place{unit()}},
		{key: lang.Mark("its hour has an older one, of %s"), at: []place{date()}},
		{key: lang.Mark("its day has an older one, of %s"), at: []place{date()}},
		{key: lang.Mark("its week has an older one, of %s"), at: []place{date()}},
		{key: lang.Mark("its month has an older one, of %s"), at: []place{date()}},
		{key: lang.Mark("its year has an older one, of %s"), at: []place{date()}},
		{key: lang.Mark("its %s has an older one, of %s"), at: []place{unit(), date()}},
		{key: lang.Mark("no time")},
		{key: lang.Mark("second")},
		{key: lang.Mark("minute")},
		{key: lang.Mark("hour")},
		{key: lang.Mark("day")},
		{key: lang.Mark("week")},
		{key: lang.Mark("month")},
		{key: lang.Mark("year")},
	}
}

// explanations are what a policy does.
func explanations() []form {
	capital := place{shape: `[A-Z][^,]+`}
	return []form{
		{key: lang.Mark("one version per %s"), at: []place{unit()}},
		{key: lang.Mark("at any age")},
		{key: lang.Mark("up to %s back"), at: []place{span()}},
		{key: lang.Mark("more than %s back"), at: []place{span()}},
		{key: lang.Mark("between %s and %s back"), at: []place{span(), span()}},
		{key: lang.Mark("At any age")},
		{key: lang.Mark("Up to %s back"), at: []place{span()}},
		{key: lang.Mark("More than %s back"), at: []place{span()}},
		{key: lang.Mark("Between %s and %s back"), at: []place{span(), span()}},
		{key: lang.Mark("%s, every version stays."), at: []place{capital}},
		{key: lang.Mark("%s, %s stays: the oldest, and then each that comes at least %s after the one kept before it."), at: []place{capital, once(), span()}},
		{key: lang.Mark("%s, the first version of each %s stays (calendar of this machine)."), at: []place{capital, unit()}},
		{key: lang.Mark("%s, the first version of each %s stays (calendar of %s)."), at: []place{capital, unit(), name()}},
		{key: lang.Mark("A frame of no time gets nothing.")},
		{key: lang.Mark("A second frame of %s gets nothing: the first one takes all."), at: []place{span()}},
		{key: lang.Mark("Older versions are removed.")},
		{key: lang.Mark("The newest whole version stays, and older ones are removed.")},
		{key: lang.Mark("The newest %s stay, and older ones are removed."), at: []place{versions()}},
		{key: lang.Mark("Versions stay for %s, and older ones are removed."), at: []place{span()}},
		{key: lang.Mark("Every version stays.")},
		{key: lang.Mark("Hours, days, weeks, months and years are those of this machine.")},
		{key: lang.Mark("Hours, days, weeks, months and years are those of %s."), at: []place{name()}},
		{key: lang.Mark("A version may come up to %s too early."), at: []place{span()}},
		{key: lang.Mark("At least %s stay, however old they are."), at: []place{versions()}},
		{key: lang.Mark("The newest version always stays.")},
		{key: lang.Mark("The newest version stays.")},
		{key: lang.Mark("The newest %s stay."), at: []place{versions()}},
		{key: lang.Mark("The newest version of every %s stays, and the oldest of all."), at: []place{unit()}},
		{key: lang.Mark("The newest version of the last %s that has any stays."), at: []place{unit()}},
		{key: lang.Mark("The newest version of each of the last %s that have any stays."), at: []place{span()}},
		{key: lang.Mark("Versions at most %s older than the newest stay."), at: []place{span()}},
		{key: lang.Mark("The newest version of every %s stays for %s, counted back from the newest of all."), at: []place{unit(), span()}},
		{key: lang.Mark("Versions tagged %s stay."), at: []place{tags()}},
		{key: lang.Mark("Other versions are removed.")},
	}
}
