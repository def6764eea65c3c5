package cli

import (
	"context"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/open"
	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
)

// ofDestination tells of an option of any kind of destination.
func ofDestination(name string) (known, isSwitch bool) {
	lists := [][]backends.Option{open.Common()}
	for _, k := range open.Kinds() {
		lists = append(lists, k.Flags, k.Options)
	}
	for _, list := range lists {
		if i := slices.IndexFunc(list, func(o backends.Option) bool { return o.Name == name }); i >= 0 {
			return true, list[i].Type == backends.Switch
		}
	}
	return false, false
}

// destinations lists the kinds, or what can be set for one.
func (p *program) destinations() int {
	kinds := open.Kinds()
	if p.args.Kind == "" {
		for _, k := range kinds {
			fmt.Fprintf(p.stdout, "%-12s %-28s %s\n", k.Name, k.Title, k.Form)
		}
		fmt.Fprintln(p.stdout, "\nvarve destinations KIND tells what can be set for one.")
		return duplicityargs.ExitOK
	}
	i := slices.IndexFunc(kinds, func(k backends.Kind) bool {
		return k.Name == p.args.Kind || slices.Contains(k.Schemes, p.args.Kind)
	})
	if i < 0 {
		p.out.error(fmt.Sprintf("there is no kind %q of destinations. varve destinations lists them.", p.args.Kind))
		return duplicityargs.ExitUsage
	}
	describeKind(p.stdout, &kinds[i])
	return duplicityargs.ExitOK
}

func describeKind(out io.Writer, k *backends.Kind) {
	fmt.Fprintf(out, "%s\n  %s\n", k.Title, k.Form)
	for _, s := range k.Schemes {
		if !strings.HasPrefix(k.Form, s+":") {
			fmt.Fprintf(out, "  also %s://\n", s)
		}
	}
	if k.Note != "" {
		fmt.Fprintf(out, "\n%s\n", k.Note)
	}
	describeOptions(out, "Options (-o NAME=VALUE)", k.Options)
	describeOptions(out, "Flags, as duplicity has them", k.Flags)
	describeOptions(out, "For every kind", open.Common())
}

func describeOptions(out io.Writer, title string, options []backends.Option) {
	if len(options) > 0 {
		fmt.Fprintf(out, "\n%s:\n", title)
	}
	for i := range options {
		o := &options[i]
		fmt.Fprintf(out, "  %s\n      %s\n", optionLine(o), strings.TrimSpace(o.Title+". "+o.Help))
		for _, c := range o.Choices[:min(len(o.Choices), shownChoices)] {
			fmt.Fprintf(out, "      %-20s %s\n", c.Value, c.Help)
		}
		if more := len(o.Choices) - shownChoices; more > 0 {
			fmt.Fprintf(out, "      and %d more\n", more)
		}
	}
}

// shownChoices is how many of them are printed: some options have hundreds.
const shownChoices = 12

// optionLine is an option with what it is when it is not set.
func optionLine(o *backends.Option) string {
	text := o.Name
	switch {
	case o.Required:
		text += " (needed)"
	case o.Default != "":
		text += " (" + o.Default + ")"
	}
	if o.Env != "" {
		text += ", or " + o.Env
	}
	return text
}

// test proves that a destination can be used.
func (p *program) test(ctx context.Context) int {
	t, err := p.engine.Test(ctx, p.destination())
	if err != nil {
		return p.fail(err)
	}
	fmt.Fprintf(p.stdout, "It works: a file of 256 KiB was stored, listed, read back, compared and deleted.\n"+
		"It answers within %s, takes %s and gives %s a second.\n", roughly(t.Answer), size(int64(t.Upload)), size(int64(t.Download)))
	if t.StorageClass != "" {
		fmt.Fprintf(p.stdout, "New files are kept as %s.\n", t.StorageClass)
	}
	if t.Free >= 0 {
		fmt.Fprintf(p.stdout, "%s are free there.\n", size(t.Free))
	}
	if t.Versions > 0 {
		fmt.Fprintf(p.stdout, "It holds a backup of %s; the newest is of %s.\n", count(int64(t.Versions), "version"), moment(t.Latest))
	}
	return duplicityargs.ExitOK
}

// roughly is a short time for people.
func roughly(d time.Duration) time.Duration {
	if d < time.Millisecond {
		return d.Round(10 * time.Microsecond)
	}
	return d.Round(time.Millisecond)
}
