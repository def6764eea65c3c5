package cloud

import (
	"reflect"

	"github.com/rclone/rclone/fs"
	"github.com/rclone/rclone/lib/oauthutil"
)

// settleRenewer makes the timer that ends with a service's token, if its
// goroutine has not yet done that. The library's Shutdown stops the timer
// without looking whether it is there, nor waiting for that goroutine: a
// destination that is closed at once would end the process. There is no other
// way to it than through the fields of the library's types.
func settleRenewer(f fs.Fs) {
	if tokens := tokensOf(reflect.ValueOf(f)); tokens != nil {
		tokens.OnExpiry() // under the lock that the goroutine takes too
	}
}

// tokensOf finds the tokens of an Fs that are renewed in the background; nil:
// there are none.
func tokensOf(f reflect.Value) *oauthutil.TokenSource {
	renewer := pointerIn[oauthutil.Renew](f, "tokenRenewer")
	tokens := pointerIn[oauthutil.TokenSource](renewer, "ts")
	if !tokens.IsValid() {
		return nil
	}
	return (*oauthutil.TokenSource)(tokens.UnsafePointer())
}

// pointerIn is the field of a struct behind a pointer, if it is a *T and not
// nil; otherwise it is not valid.
func pointerIn[T any](of reflect.Value, name string) reflect.Value {
	if of.Kind() != reflect.Pointer || of.Elem().Kind() != reflect.Struct {
		return reflect.Value{}
	}
	field := of.Elem().FieldByName(name)
	if !field.IsValid() || field.Type() != reflect.TypeFor[*T]() || field.IsNil() {
		return reflect.Value{}
	}
	return field
}
