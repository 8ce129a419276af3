package seed

import (
	"encoding/base64"
	"encoding/binary"
	"errors"
	"strings"
)

// ErrNoKey reports a text without a public key.
var ErrNoKey = errors.New("there is no ssh public key in it")

// PublicKeys returns the lines of a file such as id_ed25519.pub that are public keys, without options before them.
func PublicKeys(text []byte) ([]string, error) {
	var keys []string
	for line := range strings.Lines(string(text)) {
		line = strings.TrimSpace(line)
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}
		if !isPublicKey(line) {
			return nil, ErrNoKey
		}
		keys = append(keys, line)
	}
	if len(keys) == 0 {
		return nil, ErrNoKey
	}
	return keys, nil
}

// isPublicKey looks for a key's type, and for the key itself, which says its type too.
func isPublicKey(line string) bool {
	kind, rest, _ := strings.Cut(line, " ")
	text, _, _ := strings.Cut(strings.TrimSpace(rest), " ")
	key, err := base64.StdEncoding.DecodeString(text)
	if err != nil || len(key) < 4 {
		return false
	}
	length, key := binary.BigEndian.Uint32(key), key[4:]
	return uint64(length) < uint64(len(key)) && string(key[:length]) == kind
}
