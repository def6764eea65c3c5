package cli

import (
	"bufio"
	"bytes"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/varve-backup/varve/cmd/varve/internal/duplicityargs"
	"github.com/varve-backup/varve/engine"
)

// row is a line of a result. With --json it is an object, encoded as it is.
type row interface{ text() string }

// answer writes a result that is no list: a document, or a sentence.
func (p *program) answer(document any, sentence string) int {
	if !p.args.JSON {
		_, err := fmt.Fprintln(p.stdout, sentence)
		return p.wrote(err)
	}
	b, err := encoded(document)
	if err == nil {
		_, err = p.stdout.Write(append(b, '\n'))
	}
	return p.wrote(err)
}

// table writes a list as it comes: lines, or a document with the fields of
// head and the rows as an array named key. What is wrong with a row is told,
// and the others follow.
func (p *program) table(head any, key string, rows iter.Seq2[row, error]) int {
	t, err := p.newTable(head, key)
	var bad error
	for r, rerr := range rows {
		switch {
		case err != nil:
		case rerr != nil && bad != nil:
			p.out.warning(oneLine(bad.Error()))
			fallthrough
		case rerr != nil:
			bad = rerr
		default:
			err = t.add(r)
		}
		if err != nil || isCancelled(bad) {
			break
		}
	}
	// A document is made whole even then; the exit code tells.
	if t != nil && (bad == nil || t.rows > 0) {
		err = errors.Join(err, t.close())
	}
	if bad != nil {
		return p.fail(bad)
	}
	return p.wrote(err)
}

func isCancelled(err error) bool {
	e, ok := errors.AsType[*engine.Error](err)
	return ok && e.Kind == engine.Cancelled
}

// wrote ends with what became of writing a result.
func (p *program) wrote(err error) int {
	if err != nil {
		return p.fail(fmt.Errorf("writing the result: %w", err))
	}
	return duplicityargs.ExitOK
}

// table is a list being written.
type table struct {
	out  *bufio.Writer
	head []byte // what stands before the first row; nil for lines
	rows int
}

func (p *program) newTable(head any, key string) (*table, error) {
	t := &table{out: bufio.NewWriter(p.stdout)}
	if !p.args.JSON {
		return t, nil
	}
	b, err := encoded(head)
	if err != nil {
		return nil, err
	}
	t.head = b[:len(b)-1]
	if len(t.head) > 1 {
		t.head = append(t.head, ',')
	}
	t.head = fmt.Appendf(t.head, "%q:[", key)
	return t, nil
}

func (t *table) add(r row) error {
	t.rows++
	if t.head == nil {
		_, err := t.out.WriteString(r.text() + "\n")
		return err
	}
	b, err := encoded(r)
	if err != nil {
		return err
	}
	before := ",\n"
	if t.rows == 1 {
		before = string(t.head) + "\n"
	}
	_, err = t.out.WriteString(before + string(b))
	return err
}

func (t *table) close() error {
	end := "]}\n"
	switch {
	case t.head == nil:
		end = ""
	case t.rows == 0:
		end = string(t.head) + end
	}
	_, err := t.out.WriteString(end)
	return errors.Join(err, t.out.Flush())
}

// encoded is JSON without a line end, with < and > as they are.
func encoded(v any) ([]byte, error) {
	var b bytes.Buffer
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	err := e.Encode(v)
	return bytes.TrimSuffix(b.Bytes(), []byte("\n")), err
}

// plain are rows of which none can be wrong.
func plain[R row](rows []R) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for _, r := range rows {
			if !yield(r, nil) {
				return
			}
		}
	}
}

// rowsOf makes rows of what the engine yields.
func rowsOf[T any](found iter.Seq2[T, error], make func(T) row) iter.Seq2[row, error] {
	return func(yield func(row, error) bool) {
		for x, err := range found {
			if err != nil && !yield(nil, err) || err == nil && !yield(make(x), nil) {
				return
			}
		}
	}
}

// location is a path in a document. A name need not be UTF-8, which JSON must
// be: Raw then holds its bytes.
type location struct {
	Path string `json:"path"`
	Raw  []byte `json:"path_base64,omitempty"`
}

func locationOf(path string) location {
	if utf8.ValidString(path) {
		return location{Path: path}
	}
	return location{strings.ToValidUTF8(path, "\uFFFD"), []byte(path)}
}

// original is the path itself.
func (l location) original() string {
	if l.Raw != nil {
		return string(l.Raw)
	}
	return l.Path
}

// named is a path on a line: in quotes when it holds what a terminal might
// take for something else.
func named(path string) string {
	if path == "" {
		return "."
	}
	quoted := fmt.Sprintf("%q", path)
	if quoted == `"`+path+`"` {
		return path
	}
	return quoted
}

// stamp is a time that --time takes.
func stamp(t time.Time) string { return t.Local().Format("2006-01-02T15:04:05") }

// content writes a file's bytes into a document, base64 in a string.
type content struct {
	out   *bufio.Writer
	path  string
	coder io.WriteCloser // nil before the first byte
	size  int64
}

func (c *content) begin() error {
	if c.coder != nil {
		return nil
	}
	b, err := encoded(locationOf(c.path))
	if err != nil {
		return err
	}
	c.coder = base64.NewEncoder(base64.StdEncoding, c.out)
	_, err = fmt.Fprintf(c.out, `%s,"content_base64":"`, b[:len(b)-1])
	return err
}

func (c *content) Write(p []byte) (int, error) {
	if err := c.begin(); err != nil {
		return 0, err
	}
	n, err := c.coder.Write(p)
	c.size += int64(n)
	return n, err
}

// close ends the document of a content that was proved.
func (c *content) close(v engine.Version) error {
	if err := c.begin(); err != nil {
		return err
	}
	err := c.coder.Close()
	b, jerr := encoded(struct {
		Size    int64       `json:"size"`
		Version versionName `json:"version"`
	}{c.size, versionOf(v)})
	if err := errors.Join(err, jerr); err != nil {
		return err
	}
	fmt.Fprintf(c.out, "\",%s\n", b[1:]) // the error comes with Flush
	return c.out.Flush()
}
