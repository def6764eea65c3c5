package openpgp

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/des"

	"github.com/ProtonMail/go-crypto/openpgp/packet"
	"golang.org/x/crypto/cast5"
)

// usable reports that the cipher is one of ours and the key has its length.
func (k sessionKey) usable() bool {
	_, err := k.block()
	return err == nil
}

// block makes the cipher.
func (k sessionKey) block() (cipher.Block, error) {
	switch k.cipher {
	case packet.CipherAES128, packet.CipherAES192, packet.CipherAES256:
		if k.cipher.KeySize() == len(k.key) {
			return aes.NewCipher(k.key)
		}
	case packet.Cipher3DES:
		return des.NewTripleDESCipher(k.key)
	case packet.CipherCAST5:
		return cast5.NewCipher(k.key)
	}
	return nil, errUnsupported
}
