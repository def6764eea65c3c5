package cli

import (
	"fmt"
	"strings"
	"time"

	"github.com/varve-backup/varve/engine"
)

// count is a number with its noun.
func count(n int64, noun string) string {
	if n == 1 {
		return "1 " + noun
	}
	return grouped(n) + " " + noun + "s"
}

// grouped parts the thousands of a number.
func grouped(n int64) string {
	digits := fmt.Sprint(n)
	var b strings.Builder
	for i, d := range digits {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteByte(' ')
		}
		b.WriteRune(d)
	}
	return b.String()
}

// needs begins the sentence about items that need attention.
func needs(n int64) string {
	if n == 1 {
		return "1 item needs"
	}
	return grouped(n) + " items need"
}

// size is bytes in decimal units.
func size(n int64) string {
	const units = "kMGTPE"
	if n < 1000 {
		return fmt.Sprintf("%d B", n)
	}
	v, i := float64(n)/1000, 0
	for v >= 999.95 && i < len(units)-1 {
		v /= 1000
		i++
	}
	return fmt.Sprintf("%.1f %cB", v, units[i])
}

// moment is a time as people here read it.
func moment(t time.Time) string { return t.Local().Format(time.DateTime) }

func backupSentence(s engine.Summary, dry bool) string {
	changes := fmt.Sprintf("%d new, %d changed, %d deleted", s.Added, s.Changed, s.Deleted)
	switch {
	case dry:
		return fmt.Sprintf("Would back up %s (%s): %s.", count(s.Files, "file"), size(s.Bytes), changes)
	case s.Unchanged:
		return "Nothing changed, so no version was made."
	}
	kind, stored := "An incremental", size(s.Stored)+" stored"
	switch {
	case s.Volumes == 0:
		kind = "A"
	case s.Version.Full:
		kind = "A full"
	}
	if s.Volumes > 0 {
		stored += " in " + count(int64(s.Volumes), "volume")
	}
	took := s.Ended.Sub(s.Started).Round(100 * time.Millisecond)
	return fmt.Sprintf("%s version of %s is complete: %s (%s), %s; %s, %s.", kind, moment(s.Version.Time),
		count(s.Files, "file"), size(s.Bytes), changes, stored, took)
}
