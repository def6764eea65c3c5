package backends

import (
	"errors"
	"fmt"
	"time"
)

// The errors that every Store shares: one of them says what to do about a
// failure. Decide with errors.Is; the text around them says what was being
// done.
var (
	// ErrNotExist: no object, or no destination, of that name.
	ErrNotExist = errors.New("not found at the destination")
	// ErrPermission: the destination refuses this user, or is read-only.
	ErrPermission = errors.New("the destination refused access")
	// ErrAuth: the password, key or token was refused.
	ErrAuth = errors.New("the destination did not accept the login")
	// ErrFull: no room, or a quota is used up.
	ErrFull = errors.New("the destination is full")
	// ErrTooLarge: the object is larger than the destination takes.
	ErrTooLarge = errors.New("the file is larger than the destination takes")
	// ErrCold: the object lies in an archive and must be fetched from there
	// first, which takes hours.
	ErrCold = errors.New("the file lies in the destination's archive and must be fetched from there first")
	// ErrHostKey: the server shows another key than it did, or one that
	// nobody has confirmed.
	ErrHostKey = errors.New("the server could not prove that it is the right one")
	// ErrCertificate is ErrHostKey of a server with a certificate.
	ErrCertificate = errors.New("the server's certificate is not trusted")
	// ErrCorrupt: what arrived is not what was sent, although the destination
	// says that all is well.
	ErrCorrupt = errors.New("the destination does not hold what was stored there")
	// ErrTemporary: the same call may succeed later.
	ErrTemporary = errors.New("the destination did not answer properly this time")
	// ErrOffline: the destination cannot be reached or is not mounted.
	ErrOffline = errors.New("the destination is not there")
	// ErrInvalidName: the name is empty, absolute, or climbs with "..", or the
	// destination refuses it.
	ErrInvalidName = errors.New("not a valid name at a destination")
	// ErrSourceSize: a Source yielded more or fewer bytes than it says.
	ErrSourceSize = errors.New("what was to be stored has another size than it had")
	// ErrConfig: the address or an option of it makes no sense.
	ErrConfig = errors.New("the address or an option of the destination is wrong")
	// ErrUnsupported: there is no way to that kind of destination, or it
	// cannot do what was asked.
	ErrUnsupported = errors.New("not supported by this kind of destination")
	// ErrServiceGone: the service was closed by those who ran it.
	ErrServiceGone = errors.New("the service does not exist any more")
)

// permanent lists the errors that another try cannot mend.
var permanent = [...]error{
	ErrNotExist, ErrPermission, ErrAuth, ErrFull, ErrTooLarge, ErrCold, ErrHostKey, ErrCertificate, ErrOffline, ErrInvalidName,
	ErrSourceSize, ErrConfig, ErrUnsupported, ErrServiceGone,
}

// IsPermanent reports that the same call will fail again. ErrTemporary wins
// over any other that an error wraps.
func IsPermanent(err error) bool {
	if errors.Is(err, ErrTemporary) {
		return false
	}
	for _, p := range permanent {
		if errors.Is(err, p) {
			return true
		}
	}
	return false
}

// BusyError is an ErrTemporary of a destination that says when to come again.
type BusyError struct {
	After time.Duration
	Err   error
}

// Error implements error.
func (e *BusyError) Error() string {
	return fmt.Sprintf("%v; it asks for %v of patience: %v", ErrTemporary, e.After.Round(time.Second), e.Err)
}

// Unwrap implements errors.Is and As.
func (e *BusyError) Unwrap() []error { return []error{ErrTemporary, e.Err} }
