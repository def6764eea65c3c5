package backends

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Check refuses a value that the option cannot have.
func (o *Option) Check(value string) error {
	if err := o.check(value); err != nil {
		return fmt.Errorf("%w: %s cannot be %q: %w", ErrConfig, o.Name, o.shown(value), err)
	}
	return nil
}

// shown is a value that may be seen.
func (o *Option) shown(value string) string {
	if o.Secret {
		return "…"
	}
	return value
}

func (o *Option) check(value string) (err error) {
	switch o.Type {
	case Switch:
		if value != "true" && value != "false" {
			err = fmt.Errorf("it is true or false")
		}
	case Number:
		if n, nerr := strconv.Atoi(value); nerr != nil || n < 0 {
			err = fmt.Errorf("it is a whole number")
		}
	case Bytes:
		_, err = ParseBytes(value)
	case Duration:
		_, err = time.ParseDuration(value)
	case Text, Path:
	}
	if err == nil && o.Closed && !slices.ContainsFunc(o.Choices, func(c Choice) bool { return c.Value == value }) {
		err = fmt.Errorf("it is one of %s", o.listChoices())
	}
	return err
}

func (o *Option) listChoices() string {
	var all []string
	for _, c := range o.Choices {
		all = append(all, strconv.Quote(c.Value))
	}
	return strings.Join(all, ", ")
}

// ParseBytes reads a size: a number of bytes, or of 1024 to the first, second
// or third with K, M or G behind it.
func ParseBytes(text string) (int64, error) {
	digits, unit := strings.ToUpper(strings.TrimSuffix(strings.TrimSuffix(text, "B"), "i")), int64(1)
	for i, letter := range []string{"K", "M", "G"} {
		if rest, found := strings.CutSuffix(digits, letter); found {
			digits, unit = rest, 1<<(10*(i+1))
			break
		}
	}
	n, err := strconv.ParseInt(digits, 10, 64)
	if err != nil || n < 0 || n > (1<<62)/unit {
		return 0, fmt.Errorf("it is a size as 500K, 8M or 1G")
	}
	return n * unit, nil
}
