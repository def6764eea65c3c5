package retell

import "github.com/varve-backup/varve/ui/lang"

// guards are what speaks against removing versions, or against a policy.
func guards() []form {
	return []form{
		{key: lang.Mark("The last run failed, so nothing is removed until one succeeds.")},
		{key: lang.Mark("The last run was stopped, so nothing is removed until one is complete.")},
		{key: lang.Mark("The last run looks as if files had been emptied or encrypted, so nothing is removed until somebody has looked.")},
		{key: lang.Mark("No version is whole, so nothing is removed.")},
		{key: lang.Mark("The newest version is not whole, so nothing is removed until one is.")},
		{key: lang.Mark("The newest version is dated %s, and the clock shows %s: one of the two is wrong."), at: []place{date(), date()}},
		{key: lang.Mark("No version was made for %s, and now %s of %s versions would go at once."), at: []place{span(), count(), count()}},
		{key: lang.Mark("Far more than usual would go: %s of %s versions."), at: []place{count(), count()}},
		{key: lang.Mark("It was asked before whether versions may go, and nobody has answered.")},
		{key: lang.Mark("This frame gets nothing: another one reaches as far.")},
		{key: lang.Mark("Older versions cannot be closer together than younger ones: the frame before this one thins more.")},
		{key: lang.Mark("Its interval is no multiple of the one before it, so versions will be up to one of those intervals further apart.")},
		{key: lang.Mark("A job that starts some seconds earlier than the day before loses that version: tolerance=10m prevents it.")},
	}
}

// faults are what is wrong with the text of a policy.
func faults() []form {
	return []form{
		{key: lang.Mark("a colon and an interval are missing, as in %s:1D"), at: []place{name()}},
		{key: lang.Mark("a frame has one colon: 7D:1D")},
		{key: lang.Mark("a unit is missing: s, m (minutes), h, D, W, M (30 days) or Y (365 days)")},
		{key: lang.Mark("U stands alone, without blanks around it")},
		{key: lang.Mark("a number is missing in front of %s"), at: []place{name()}},
		{key: lang.Mark("a number is expected here, as in 7D")},
		{key: lang.Mark("there is no unit %s; did you mean %s? The units are s, m (minutes), h, D, W, M (30 days) or Y (365 days)"), at: []place{name(), name()}},
		{key: lang.Mark("%s is no unit: s, m (minutes), h, D, W, M (30 days) or Y (365 days)"), at: []place{name()}},
		{key: lang.Mark("%s is there twice"), at: []place{name()}},
		{key: lang.Mark("a number of versions is expected here")},
		{key: lang.Mark("a number from 1 on is expected here")},
		{key: lang.Mark("there is no time zone of this name: write one such as Europe/Berlin, UTC, or local")},
		{key: lang.Mark("there is no rule of this name: there are keep-versions, keep-time, keep-last, keep-hourly, keep-daily, keep-weekly, " +
			"keep-monthly, keep-yearly, keep-within, keep-tag, at-least, tolerance and slots")},
		{key: lang.Mark("a tag is missing")},
		{key: lang.Mark("a length of time is expected here, such as 30D")},
		{key: lang.Mark("frames, keep-versions, keep-time and the other keep rules exclude one another")},
		{key: lang.Mark("keep-time must be longer than 5 minutes")},
		{key: lang.Mark("a tolerance is from 0s to 1h")},
		{key: lang.Mark("tolerance belongs to frames and to keep-time")},
		{key: lang.Mark("slots belong to frames and to keep rules by hours, days, weeks, months or years")},
		{key: lang.Mark("that reaches back more than 2000 years: write U for a frame without end")},
		{key: lang.Mark("a frame cannot be negative")},
		{key: lang.Mark("an interval cannot be negative")},
		{key: lang.Mark("the interval must be shorter than its frame, and %s is not shorter than %s"), at: []place{name(), name()}},
		{key: lang.Mark("with slots, an interval is written in one unit, such as 1D or 2M")},
	}
}
