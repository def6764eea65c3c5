package lang

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
)

// verbs lists what a text puts in, by argument: "2s" is the second argument as
// %s. Only plain verbs are allowed, as %s, %d, %v, %q, %x and %[2]s.
func verbs(text string) ([]string, error) {
	found, next := []string{}, 1
	for rest := text; ; {
		i := strings.IndexByte(rest, '%')
		if i < 0 {
			slices.Sort(found)
			return slices.Compact(found), nil
		}
		rest = rest[i+1:]
		if strings.HasPrefix(rest, "%") {
			rest = rest[1:]
			continue
		}
		number, tail, err := argument(rest, next)
		if err != nil || tail == "" || !strings.Contains("sdvqx", tail[:1]) {
			// A percent sign of a text that takes no arguments.
			if len(found) == 0 {
				continue
			}
			return nil, fmt.Errorf("%q has a verb that is not known here", text)
		}
		found = append(found, strconv.Itoa(number)+tail[:1])
		next, rest = number+1, tail[1:]
	}
}

// argument reads the number of a verb's argument, which is next without one.
func argument(s string, next int) (number int, tail string, err error) {
	if !strings.HasPrefix(s, "[") {
		return next, s, nil
	}
	digits, tail, ok := strings.Cut(s[1:], "]")
	if !ok {
		return 0, "", fmt.Errorf("%q does not end its number", s)
	}
	number, err = strconv.Atoi(digits)
	return number, tail, err
}
