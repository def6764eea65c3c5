package ftp

import (
	"context"
	"fmt"
	"strings"
	"unicode"

	"github.com/varve-backup/varve/backends"
	"github.com/varve-backup/varve/backends/transfer"
)

// classify gives an error of a call its class. Where the call was cancelled,
// that is the reason of whatever failed.
func classify(ctx context.Context, err error) error {
	if err != nil && ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return transfer.NetError(err)
}

// replyError is a reply that refuses a command. The connection is fit for
// another one.
type replyError struct {
	verb string
	code int
	text string
}

func (e *replyError) Error() string { return fmt.Sprintf("%s: %d %s", e.verb, e.code, e.text) }

// Unwrap gives it its class.
func (e *replyError) Unwrap() error { return class(e.code, e.text) }

// refused makes an error of a reply. The text is on one line, and not without
// end.
func refused(verb string, r reply) *replyError {
	text := strings.Map(func(c rune) rune {
		if !unicode.IsPrint(c) {
			return ' '
		}
		return c
	}, strings.Join(r.lines, " "))
	return &replyError{verb, r.code, strings.ToValidUTF8(text[:min(len(text), 200)], "")}
}

// Words by which servers say more than the code does, in lower case.
var (
	fullWords   = []string{"quota", "no space", "disk full", "disk is full", "insufficient storage", "not enough space", "out of space"}
	deniedWords = []string{"permission", "denied", "not allowed", "read-only", "read only", "forbidden", "privilege"}
	crowdWords  = []string{"too many", "maximum number", "max number", "try again", "try later"}
)

func says(text string, words []string) bool {
	text = strings.ToLower(text)
	for _, w := range words {
		if strings.Contains(text, w) {
			return true
		}
	}
	return false
}

// class says what a code means, by RFC 959, 2228 and 4217 and what servers
// make of them.
func class(code int, text string) error {
	switch {
	case code == 452, code == 552, code >= 400 && says(text, fullWords):
		return backends.ErrFull
	case says(text, crowdWords):
		return backends.ErrTemporary
	case code == 331, code == 332, code == 430, code == 530, code == 532:
		return backends.ErrAuth
	case code >= 400 && code < 500, code < 400:
		return backends.ErrTemporary
	case code == 550 && says(text, deniedWords), code == 553 && !says(text, []string{"no such"}), code == 521, code == 533, code == 534:
		return backends.ErrPermission
	case code == 550, code == 553:
		return backends.ErrNotExist
	}
	return backends.ErrUnsupported
}
