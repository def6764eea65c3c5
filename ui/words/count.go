package words

import "github.com/varve-backup/varve/ui/lang"

// Count is a number with its noun, as a subject or an object; a sentence that
// needs another case says the whole of itself with lang.N. The noun is one of
// those below: a language has forms for each of them.
func Count(n int64, noun string) string {
	number := Number(n)
	switch noun {
	case "byte":
		return lang.N(n, "%s byte", "%s bytes", number)
	case "day":
		return lang.N(n, "%s day", "%s days", number)
	case "file":
		return lang.N(n, "%s file", "%s files", number)
	case "finding":
		return lang.N(n, "%s finding", "%s findings", number)
	case "folder":
		return lang.N(n, "%s folder", "%s folders", number)
	case "hour":
		return lang.N(n, "%s hour", "%s hours", number)
	case "item":
		return lang.N(n, "%s item", "%s items", number)
	case "line":
		return lang.N(n, "%s line", "%s lines", number)
	case "minute":
		return lang.N(n, "%s minute", "%s minutes", number)
	case "month":
		return lang.N(n, "%s month", "%s months", number)
	case "pattern":
		return lang.N(n, "%s pattern", "%s patterns", number)
	case "problem":
		return lang.N(n, "%s problem", "%s problems", number)
	case "second":
		return lang.N(n, "%s second", "%s seconds", number)
	case "stored file":
		return lang.N(n, "%s stored file", "%s stored files", number)
	case "version":
		return lang.N(n, "%s version", "%s versions", number)
	case "week":
		return lang.N(n, "%s week", "%s weeks", number)
	case "year":
		return lang.N(n, "%s year", "%s years", number)
	case "whole version":
		return lang.N(n, "%s whole version", "%s whole versions", number)
	}
	// A test refuses a noun that is not listed, so that this is not seen.
	return number + " " + noun
}
