package crypt

import (
	"crypto/aes"
	"encoding/binary"
	"encoding/hex"
	"math/rand/v2"
	"testing"
)

// expand64 makes the round keys of AES out of the instructions of the key schedule, as code for them does.
func expand64(key []byte) (keys []uint64) {
	n := len(key) / 8
	for i := range n {
		keys = append(keys, binary.LittleEndian.Uint64(key[8*i:]))
	}
	rounds := len(key)/4 + 6
	for round := uint(0); len(keys) < 2*(rounds+1); round++ {
		w := Schedule64(keys[len(keys)-1], round)
		for i := range n {
			if n == 4 && i == 2 {
				w = Schedule64(keys[len(keys)-1], LastRound)
			}
			w = Chain64(w, keys[len(keys)-n])
			keys = append(keys, w)
		}
	}
	return keys[:2*(rounds+1)]
}

func encrypt64(keys []uint64, block []byte) []byte {
	lo, hi := binary.LittleEndian.Uint64(block)^keys[0], binary.LittleEndian.Uint64(block[8:])^keys[1]
	for i := 2; i < len(keys)-2; i += 2 {
		lo, hi = EncryptMix64(lo, hi)^keys[i], EncryptMix64(hi, lo)^keys[i+1]
	}
	lo, hi = Encrypt64(lo, hi)^keys[len(keys)-2], Encrypt64(hi, lo)^keys[len(keys)-1]
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, lo), hi)
}

// decrypt64 is the equivalent inverse cipher (FIPS 197, section 5.3.5).
func decrypt64(keys []uint64, block []byte) []byte {
	n := len(keys)
	lo, hi := binary.LittleEndian.Uint64(block)^keys[n-2], binary.LittleEndian.Uint64(block[8:])^keys[n-1]
	for i := n - 4; i > 0; i -= 2 {
		lo, hi = DecryptMix64(lo, hi)^Unmix64(keys[i]), DecryptMix64(hi, lo)^Unmix64(keys[i+1])
	}
	lo, hi = Decrypt64(lo, hi)^keys[0], Decrypt64(hi, lo)^keys[1]
	return binary.LittleEndian.AppendUint64(binary.LittleEndian.AppendUint64(nil, lo), hi)
}

func unhex(t *testing.T, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(s)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// The examples of FIPS 197, appendix C.
func TestAESExamples(t *testing.T) {
	plain := unhex(t, "00112233445566778899aabbccddeeff")
	for _, c := range []struct{ key, want string }{
		{"000102030405060708090a0b0c0d0e0f", "69c4e0d86a7b0430d8cdb78070b4c55a"},
		{"000102030405060708090a0b0c0d0e0f1011121314151617", "dda97ca4864cdfe06eaf70a0ec0d7191"},
		{"000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f", "8ea2b7ca516745bfeafc49904b496089"},
	} {
		keys := expand64(unhex(t, c.key))
		got := encrypt64(keys, plain)
		if hex.EncodeToString(got) != c.want {
			t.Errorf("key %s: %x, want %s", c.key, got, c.want)
		}
		if back := decrypt64(keys, got); string(back) != string(plain) {
			t.Errorf("key %s: decrypts to %x", c.key, back)
		}
	}
}

func TestAESAgreesWithLibrary(t *testing.T) {
	rng := rand.NewChaCha8([32]byte{1})
	for i := range 3000 {
		key, block, want := make([]byte, 16+i%3*8), make([]byte, 16), make([]byte, 16)
		rng.Read(key)
		rng.Read(block)
		c, err := aes.NewCipher(key)
		if err != nil {
			t.Fatal(err)
		}
		keys := expand64(key)
		c.Encrypt(want, block)
		if got := encrypt64(keys, block); string(got) != string(want) {
			t.Fatalf("key %x: %x encrypts to %x, want %x", key, block, got, want)
		}
		c.Decrypt(want, block)
		if got := decrypt64(keys, block); string(got) != string(want) {
			t.Fatalf("key %x: %x decrypts to %x, want %x", key, block, got, want)
		}
	}
}
