package openpgp

import (
	"bytes"
	"crypto/sha1"
	"crypto/sha256"
	"hash"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
)

// stretchInto makes a key of a passphrase by hashing salt and passphrase over
// and over, count bytes in all (RFC 9580 section 3.7.1.3). It hands the hash
// large pieces, which is several times faster than one passphrase at a time.
// The key must not be longer than the hash.
func stretchInto(key []byte, h hash.Hash, passphrase string, salt []byte, count int) {
	once := append(bytes.Clone(salt), passphrase...)
	count = max(count, len(once))
	piece := bytes.Repeat(once, pieceSize/len(once)+1)
	for count > 0 {
		n := min(count, len(piece))
		h.Write(piece[:n])
		count -= n
	}
	copy(key, h.Sum(nil))
}

// iteratedKey makes the key of the commonest packet there is: version 4,
// iterated and salted, without a key inside, from one round of its hash. ok is
// false for all others.
func iteratedKey(raw []byte, passphrase string) (k sessionKey, ok bool) {
	const size, iterated, sha1ID, sha256ID = 13, 3, 2, 8
	body := raw[max(0, len(raw)-size):]
	if len(body) != size || len(raw) > size+2 || body[0] != 4 || body[2] != iterated {
		return k, false
	}
	k.cipher = packet.CipherFunction(body[1])
	var h hash.Hash
	switch body[3] {
	case sha1ID:
		h = sha1.New()
	case sha256ID:
		h = sha256.New()
	default:
		return k, false
	}
	if n := k.cipher.KeySize(); n > 0 && n <= h.Size() {
		k.key = make([]byte, n)
		coded := body[12]
		stretchInto(k.key, h, passphrase, body[4:12], (16+int(coded&15))<<(coded>>4+6))
		return k, true
	}
	return k, false
}
