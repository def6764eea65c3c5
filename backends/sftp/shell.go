package sftp

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"iter"
	"path"
	"strconv"
	"strings"

	"golang.org/x/crypto/ssh"

	"github.com/varve-backup/varve/backends"
)

// Shell is a folder on a server without SFTP: the commands of its shell do the
// work. They are those that a small router has too.
type Shell struct {
	pool *pool
	dir  string
}

// Statuses with which the scripts end, beside those of the commands in them.
const (
	statusNoFolder  = 81 // the destination is not there
	statusNoObject  = 82
	statusIsFolder  = 83 // a folder has the name
	statusShort     = 84 // fewer or more bytes arrived than should
	statusNoStat    = 85 // there is no command that tells sizes
	statusNotFolder = 86 // a file has the name of a folder
)

// mark is the line behind which the output of a script begins: what a login
// prints comes before it.
const mark = "--varve--"

// prelude begins every script: the first argument is the folder. Messages are
// those that errors are known by.
const prelude = "LC_ALL=C; export LC_ALL; echo " + mark + "; cd \"$1\" 2>/dev/null || { [ -e \"$1\" ] || exit 81; cd \"$1\" || exit 1; }; shift\n"

// durable brings files or folders to the disk, with a sync that may know no
// names.
const durable = "durable() { sync \"$@\" 2>/dev/null || sync; }\n"

// sizes tells what is known of a file, in the words of GNU and busybox or in
// those of BSD: type and mode in hexadecimal digits, size, seconds, name.
const sizes = "if stat -c %s . >/dev/null 2>&1; then set -- \"$1\" -c '%f %s %Y %n'; elif stat -f %z . >/dev/null 2>&1; then set -- \"$1\" -f '%Xp %z %m %N'; else exit 85; fi\n"

const (
	scriptOpen = "[ -d . ] || exit 81\n"
	// scriptStore takes a temporary name, its folder and the size.
	scriptStore = durable + "mkdir -p \"$2\" || { [ -e \"$2\" ] && [ ! -d \"$2\" ] && exit 86; exit 1; }\n" +
		"cat > \"$1\" || { rm -f \"$1\"; exit 1; }\n" +
		"[ \"$(($(wc -c < \"$1\")))\" = \"$3\" ] || { rm -f \"$1\"; exit 84; }\n" +
		"durable \"$1\" || { rm -f \"$1\"; exit 1; }\n"
	// scriptRename takes two names and the folder of the second.
	scriptRename = durable + "[ -f \"$1\" ] || exit 82; [ -d \"$2\" ] && exit 83\n" +
		"mkdir -p \"$3\" && mv -f \"$1\" \"$2\" && durable \"$3\"\n"
	scriptDiscard = "rm -f \"$1\"\n"
	scriptDelete  = durable + "[ -d \"$1\" ] && exit 0; rm -f \"$1\" && { [ ! -d \"$2\" ] || durable \"$2\"; }\n"
	scriptStat    = "[ -f \"$1\" ] || exit 82\n" + sizes + "n=$1; shift; stat -L \"$@\" \"$n\"\n"
	// scriptGet takes a name, the number of the first byte beginning with 1,
	// and how many. The size comes first.
	scriptGet = "[ -f \"$1\" ] || exit 82; s=$(wc -c < \"$1\") || exit 1; echo $s\n" +
		"if [ \"$2\" = 1 ] && [ \"$3\" -ge \"$s\" ]; then cat \"$1\"; else tail -c \"+$2\" \"$1\" | head -c \"$3\"; fi\n"
	// scriptList takes the folder to begin with. Names with a line feed are
	// passed over: they are none of ours, and could pass for several.
	scriptList = "[ -d \"$1\" ] || exit 0\n" + sizes + "n=$1; shift\n" +
		"find \"$n\" -name '*\n*' -prune -o \\( -type f -o -type l \\) -exec stat -L \"$@\" {} +\n"
	scriptSpace = "df -Pk .\n"
	scriptSweep = "find . -type f -name '" + tempPrefix + "*' -mtime +0 -exec rm -f {} +\n"
)

// openShell opens a folder through commands.
func openShell(ctx context.Context, d *dialer, dir string, c backends.Config) (*Shell, error) {
	s := &Shell{pool: poolOf(d, c, shareCommands, func(*link) error { return nil }), dir: dotted(dir)}
	_, err := s.run(ctx, scriptOpen)
	if errors.Is(err, backends.ErrNotExist) && c.Create {
		err = s.makeFolder(ctx)
	}
	if err != nil {
		s.pool.close()
		return nil, fmt.Errorf("opening folder %s: %w", dir, err)
	}
	if d.single.Load() {
		s.pool.limit(1)
	}
	return s, nil
}

// makeFolder makes the destination.
func (s *Shell) makeFolder(ctx context.Context) error {
	in := &Shell{s.pool, "."}
	_, err := in.run(ctx, durable+"mkdir -p \"$1\" && durable \"$1\" \"$1/..\"\n", s.dir)
	return err
}

// dotted is a path that no command takes for an option.
func dotted(where string) string {
	if strings.HasPrefix(where, "/") || where == "." {
		return where
	}
	return "./" + where
}

// object is an object's path for the scripts, which run in the folder.
func object(name string) (string, error) {
	if !validName(name) || strings.ContainsAny(name, "\n\r") {
		return "", fmt.Errorf("%w: %q", backends.ErrInvalidName, name)
	}
	return "./" + name, nil
}

// command is a script with its arguments, as the server's shell takes it,
// whichever that is.
func (s *Shell) command(script string, args ...string) string {
	var b strings.Builder
	b.WriteString("exec sh -c " + quoted(prelude+script) + " varve " + quoted(s.dir))
	for _, a := range args {
		b.WriteString(" " + quoted(a))
	}
	return b.String()
}

// run runs a script and returns what it says.
func (s *Shell) run(ctx context.Context, script string, args ...string) ([]byte, error) {
	return call(ctx, s.pool, func(l *link) ([]byte, error) {
		p, err := s.start(l, false, script, args...)
		if err != nil {
			return nil, err
		}
		out, err := io.ReadAll(io.LimitReader(p, 1<<20))
		if werr := p.wait(); werr != nil {
			err = werr
		}
		return out, err
	})
}

// process is a script that runs on the server.
type process struct {
	l       *link
	session *ssh.Session
	out     *bufio.Reader
	in      io.WriteCloser
	message *complaints
	// marked: the line before the output was found.
	marked bool
}

// start starts a script. With input, it reads process.in.
func (s *Shell) start(l *link, input bool, script string, args ...string) (*process, error) {
	l.quick.begin()
	defer l.quick.end()
	session, err := l.client.NewSession()
	if err != nil {
		return nil, shellClass(l, err)
	}
	p := &process{l: l, session: session, message: &complaints{}}
	session.Stderr = p.message
	out, err := session.StdoutPipe()
	if err == nil && input {
		p.in, err = session.StdinPipe()
	}
	if err == nil {
		p.out = bufio.NewReaderSize(&moving{out, l}, 64<<10)
		err = session.Start(s.command(script, args...))
	}
	if err != nil {
		_ = session.Close() // the first error is the one that matters
		return nil, shellClass(l, err)
	}
	return p, nil
}

// longestGreeting is how much a login may print before the mark.
const longestGreeting = 64 << 10

var errNoShell = fmt.Errorf("%w: the server runs no commands", backends.ErrUnsupported)

// Read implements io.Reader: the output behind the mark.
func (p *process) Read(b []byte) (int, error) {
	p.l.slow.begin()
	defer p.l.slow.end()
	if err := p.skipGreeting(); err != nil {
		return 0, err
	}
	return p.out.Read(b)
}

func (p *process) skipGreeting() error {
	for seen := 0; !p.marked; {
		line, err := p.out.ReadSlice('\n')
		if seen += len(line); seen > longestGreeting {
			return errNoShell
		}
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return err
		}
		p.marked = string(bytes.TrimRight(line, "\r\n")) == mark
	}
	return nil
}

// wait ends the script's life and says how it went.
func (p *process) wait() error {
	p.l.slow.begin()
	defer p.l.slow.end()
	if err := p.skipGreeting(); err == io.EOF { // bufio's own
		if !p.l.lost() {
			return shellEnd(p.l, p.session.Wait(), errNoShell, p.message.text())
		}
	} else if err != nil {
		_ = p.session.Close() // it is of no use
		return shellClass(p.l, err)
	}
	_, _ = io.Copy(io.Discard, io.LimitReader(p.out, longestGreeting)) // the end says more
	return shellEnd(p.l, p.session.Wait(), nil, p.message.text())
}

// Put implements backends.Store.
func (s *Shell) Put(ctx context.Context, name string, src backends.Source) error {
	where, err := object(name)
	if err != nil {
		return err
	}
	temp := dotted(tempName(where))
	_, err = call(ctx, s.pool, func(l *link) (bool, error) {
		err := s.store(ctx, l, temp, src)
		if err == nil && ctx.Err() != nil {
			err = context.Cause(ctx)
		}
		if err == nil {
			err = s.on(l, scriptRename, temp, where, dotted(path.Dir(where)))
		}
		if err != nil {
			_ = s.on(l, scriptDiscard, temp) // the first error is the one that matters
		}
		return true, err
	})
	return failed("writing", name, err)
}

// on runs a script that says nothing on a connection.
func (s *Shell) on(l *link, script string, args ...string) error {
	p, err := s.start(l, false, script, args...)
	if err != nil {
		return err
	}
	return p.wait()
}

// store sends a source into a temporary file.
func (s *Shell) store(ctx context.Context, l *link, temp string, src backends.Source) error {
	in, err := openSource(ctx, src)
	if err != nil {
		return err
	}
	defer in.Close()
	p, err := s.start(l, true, scriptStore, temp, dotted(path.Dir(temp)), strconv.FormatInt(src.Size(), 10))
	if err != nil {
		return err
	}
	stop := context.AfterFunc(ctx, func() { _ = p.session.Close() })
	defer stop()
	n, err := io.Copy(&fed{p.in, l}, in)
	cerr := p.in.Close()
	werr := p.wait()
	if _, source := errors.AsType[*sourceError](err); source || ctx.Err() != nil && err != nil {
		return err
	}
	if err := checkSize(n, src); err != nil && werr != nil && errors.Is(werr, backends.ErrCorrupt) {
		return err
	}
	for _, e := range []error{werr, err, cerr} {
		if e != nil {
			return shellClass(l, e)
		}
	}
	return checkSize(n, src)
}

// fed notes that input is taken.
type fed struct {
	io.Writer
	l *link
}

// Write implements io.Writer.
func (f *fed) Write(p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = request(f.l, func() (int, error) { return f.Writer.Write(p[n:min(n+packet, len(p))]) })
		n += k
	}
	return n, err
}

// Get implements backends.Store.
func (s *Shell) Get(ctx context.Context, name string, off, n int64) (io.ReadCloser, error) {
	where, err := object(name)
	if err != nil {
		return nil, err
	}
	off = max(off, 0)
	if n < 0 {
		n = 1<<62 - off
	}
	r, err := call(ctx, s.pool, func(l *link) (*output, error) {
		p, err := s.start(l, false, scriptGet, where, strconv.FormatInt(off+1, 10), strconv.FormatInt(n, 10))
		if err != nil {
			return nil, err
		}
		size, err := p.size()
		if err != nil {
			return nil, err
		}
		s.pool.hold(l)
		r := &output{p: p, s: s, ctx: ctx, name: name, left: max(min(n, size-off), 0)}
		r.stop = context.AfterFunc(ctx, func() { _ = p.session.Close() })
		if ctx.Err() != nil { // nobody may be there to take it
			_ = r.Close() // nor to hear of this
			return nil, context.Cause(ctx)
		}
		return r, nil
	})
	if err != nil {
		return nil, failed("reading", name, err)
	}
	return r, nil
}

// size reads the number before the content.
func (p *process) size() (int64, error) {
	p.l.slow.begin()
	err := p.skipGreeting()
	var line []byte
	if err == nil {
		line, err = p.out.ReadSlice('\n')
	}
	p.l.slow.end()
	if err != nil {
		if werr := p.wait(); werr != nil {
			return 0, werr
		}
		return 0, shellClass(p.l, err)
	}
	n, err := strconv.ParseInt(strings.TrimSpace(string(line)), 10, 64)
	if err != nil || n < 0 {
		_ = p.session.Close() // it is of no use
		return 0, fmt.Errorf("%w: the server says %q for a size", backends.ErrTemporary, oneLine(string(line)))
	}
	return n, nil
}

// output is an object that a script writes out.
type output struct {
	p      *process
	s      *Shell
	ctx    context.Context //nolint:containedctx // io.Reader has no other way
	stop   func() bool
	name   string
	left   int64
	closed bool
}

// Read implements io.Reader.
func (o *output) Read(b []byte) (int, error) {
	if o.ctx.Err() != nil {
		return 0, failed("reading", o.name, context.Cause(o.ctx))
	}
	if o.left == 0 {
		return 0, io.EOF
	}
	o.p.l.quick.begin()
	n, err := o.p.out.Read(b[:min(int64(len(b)), o.left)])
	o.p.l.quick.end()
	o.left -= int64(n)
	if n > 0 || err == nil {
		return n, nil
	}
	if o.ctx.Err() != nil {
		return 0, failed("reading", o.name, context.Cause(o.ctx))
	}
	text := "the file ended early"
	if o.p.l.lost() {
		return 0, failed("reading", o.name, o.p.l.explain(err))
	}
	return 0, failed("reading", o.name, fmt.Errorf("%w: %s %s", backends.ErrTemporary, text, oneLine(o.p.message.text())))
}

// Close implements io.Closer. A command that still writes is ended.
func (o *output) Close() error {
	if o.closed {
		return nil
	}
	o.closed = true
	o.stop()
	o.p.l.spawn(func() {
		_ = o.p.session.Close() // what was wanted was read
		o.s.pool.release(o.p.l)
	})
	return nil
}

// Stat implements backends.Store.
func (s *Shell) Stat(ctx context.Context, name string) (backends.Object, error) {
	where, err := object(name)
	if err != nil {
		return backends.Object{}, err
	}
	out, err := s.run(ctx, scriptStat, where)
	if err != nil {
		return backends.Object{}, failed("looking at", name, err)
	}
	o, ok := parseLine(strings.TrimSuffix(string(out), "\n"))
	if !ok || o.Name != name {
		return backends.Object{}, failed("looking at", name, fmt.Errorf("%w: the server says %q", backends.ErrTemporary, oneLine(string(out))))
	}
	return o, nil
}

// Delete implements backends.Store. A folder of that name is no object, and
// stays.
func (s *Shell) Delete(ctx context.Context, name string) error {
	where, err := object(name)
	if err != nil {
		return err
	}
	_, err = s.run(ctx, scriptDelete, where, dotted(path.Dir(where)))
	return failed("deleting", name, err)
}

// Rename implements backends.Renamer.
func (s *Shell) Rename(ctx context.Context, from, to string) error {
	source, err := object(from)
	if err != nil {
		return err
	}
	target, err := object(to)
	if err != nil {
		return err
	}
	_, err = s.run(ctx, scriptRename, source, target, dotted(path.Dir(target)))
	return failed("renaming", from, err)
}

// List implements backends.Store.
func (s *Shell) List(ctx context.Context, prefix string) iter.Seq2[backends.Object, error] {
	return func(yield func(backends.Object, error) bool) {
		from := "."
		if i := strings.LastIndexByte(prefix, '/'); i >= 0 && validName(prefix[:i]) {
			from = "./" + prefix[:i]
		}
		all, err := call(ctx, s.pool, func(l *link) ([]backends.Object, error) { return s.list(ctx, l, from, prefix) })
		if err != nil {
			yield(backends.Object{}, failed("listing", s.dir, err))
			return
		}
		for _, o := range all {
			if ctx.Err() != nil {
				yield(backends.Object{}, failed("listing", s.dir, context.Cause(ctx)))
				return
			}
			if !yield(o, nil) {
				return
			}
		}
	}
}

// list reads a whole listing: only at its end is it known to be one.
func (s *Shell) list(ctx context.Context, l *link, from, prefix string) ([]backends.Object, error) {
	p, err := s.start(l, false, scriptList, from)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = p.session.Close() })
	defer stop()
	all, err := parseList(p, prefix)
	werr := p.wait()
	if err == nil || werr != nil && !isComplaint(werr) {
		err = werr
	}
	if complaint, ok := errors.AsType[*complaint](err); ok && harmlessIn(complaint.text, from, prefix) {
		err = nil
	}
	return all, err
}

// Space implements backends.Spacer.
func (s *Shell) Space(ctx context.Context) (free, total int64, err error) {
	out, err := s.run(ctx, scriptSpace)
	if err == nil {
		if free, total, err = parseSpace(string(out)); err == nil {
			return free, total, nil
		}
	}
	return -1, -1, failed("asking for the room in", s.dir, err)
}

// Writable implements backends.Prober: it writes a little and takes it away.
func (s *Shell) Writable(ctx context.Context) error {
	temp := dotted(tempName("x"))
	_, err := call(ctx, s.pool, func(l *link) (bool, error) {
		err := s.store(ctx, l, temp, backends.BytesSource("varve"))
		if err == nil {
			err = s.on(l, scriptDiscard, temp)
		}
		return true, err
	})
	return failed("writing to", s.dir, err)
}

// Sweep implements backends.Sweeper.
func (s *Shell) Sweep(ctx context.Context) error {
	_, err := s.run(ctx, scriptSweep)
	return failed("sweeping", s.dir, err)
}

// Traits implements backends.Describer.
func (s *Shell) Traits() backends.Traits { return s.pool.traits() }

// Close implements backends.Store.
func (s *Shell) Close() error {
	s.pool.close()
	return nil
}
