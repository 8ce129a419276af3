package crypt

import (
	"crypto/sha256"
	"crypto/sha512"
	"encoding/binary"
	"encoding/hex"
	"math"
	"math/big"
	"testing"
)

// pad appends what the hash functions append to a message: a one, zeros, and the length in bits.
func pad(message string, block int) []byte {
	b := append([]byte(message), 0x80)
	for len(b)%block != block-8 {
		b = append(b, 0)
	}
	return binary.BigEndian.AppendUint64(b, uint64(len(message))*8)
}

// roots returns the fractions of the square or cubic roots of the first n primes, to bits bits (FIPS 180-4, sections 4.2, 5.3).
func roots(n, power int, size uint) (fractions []uint64) {
	for p := int64(2); len(fractions) < n; p++ {
		if !big.NewInt(p).ProbablyPrime(0) {
			continue
		}
		// The root of p shifted by power×size, as an integer, by bisection.
		shifted := new(big.Int).Lsh(big.NewInt(p), size*uint(power))
		lo, hi := big.NewInt(0), new(big.Int).Lsh(big.NewInt(int64(math.Sqrt(float64(p)))+2), size)
		for one := big.NewInt(1); new(big.Int).Sub(hi, lo).Cmp(one) > 0; {
			mid := new(big.Int).Rsh(new(big.Int).Add(lo, hi), 1)
			if new(big.Int).Exp(mid, big.NewInt(int64(power)), nil).Cmp(shifted) <= 0 {
				lo = mid
			} else {
				hi = mid
			}
		}
		mask := new(big.Int).Sub(new(big.Int).Lsh(big.NewInt(1), size), big.NewInt(1))
		fractions = append(fractions, lo.And(lo, mask).Uint64())
	}
	return fractions
}

// digest is SHA-256 (word 4 bytes) or SHA-512 (8) with the linear maps of the instructions.
func digest(message string, word int, sum0, sum1, sig0, sig1 *Map, rounds int) (out []byte) {
	size, mask := uint(8*word), ^uint64(0)>>(64-8*word)
	k, h := roots(rounds, 3, size), roots(8, 2, size)
	data := pad(message, 16*word)
	for ; len(data) > 0; data = data[16*word:] {
		w := make([]uint64, rounds)
		for i := range 16 {
			for _, b := range data[i*word:][:word] {
				w[i] = w[i]<<8 | uint64(b)
			}
		}
		for i := 16; i < rounds; i++ {
			w[i] = sig1.Of(w[i-2]) + w[i-7] + sig0.Of(w[i-15]) + w[i-16]
		}
		v := [8]uint64(h)
		for i := range rounds {
			t1 := v[7] + sum1.Of(v[4]) + (v[4]&v[5] ^ ^v[4]&v[6]) + k[i] + w[i]
			t2 := sum0.Of(v[0]) + (v[0]&v[1] ^ v[0]&v[2] ^ v[1]&v[2])
			v = [8]uint64{t1 + t2, v[0], v[1], v[2], v[3] + t1, v[4], v[5], v[6]}
		}
		for i := range h {
			h[i] = (h[i] + v[i]) & mask
		}
	}
	for _, v := range h {
		for i := word - 1; i >= 0; i-- {
			out = append(out, byte(v>>(8*i)))
		}
	}
	return out
}

func TestSHA2AgreesWithLibrary(t *testing.T) {
	for _, message := range []string{"", "abc", "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq", string(make([]byte, 300))} {
		want := sha256.Sum256([]byte(message))
		if got := digest(message, 4, &SHA256Sum0, &SHA256Sum1, &SHA256Sig0, &SHA256Sig1, 64); string(got) != string(want[:]) {
			t.Errorf("SHA-256 of %q is %x, want %x", message, got, want)
		}
		wide := sha512.Sum512([]byte(message))
		if got := digest(message, 8, &SHA512Sum0, &SHA512Sum1, &SHA512Sig0, &SHA512Sig1, 80); string(got) != string(wide[:]) {
			t.Errorf("SHA-512 of %q is %x, want %x", message, got, wide)
		}
	}
}

// A narrow map reads the lower half of its argument alone and extends the sign of its result.
func TestNarrowMaps(t *testing.T) {
	for _, m := range []*Map{&SHA256Sum0, &SHA256Sum1, &SHA256Sig0, &SHA256Sig1, &SM3P0, &SM3P1} {
		for bit := range 32 {
			v := uint64(1) << bit
			if a, b := m.Of(v), m.Of(v|0xdead_beef<<32); a != b || a != uint64(int64(int32(a))) {
				t.Errorf("%v of bit %d: %#x, with upper bits %#x", m, bit, a, b)
			}
		}
	}
}

// sm3 is GB/T 32905, with the instructions where there are some.
func sm3(message string) string {
	rol := func(v uint32, n int) uint32 { return v<<(n&31) | v>>(32-n&31) }
	v := [8]uint32{0x7380166f, 0x4914b2b9, 0x172442d7, 0xda8a0600, 0xa96f30bc, 0x163138aa, 0xe38dee4d, 0xb0fb0e4e}
	for data := pad(message, 64); len(data) > 0; data = data[64:] {
		var w [68]uint32
		for i := range w {
			if i < 16 {
				w[i] = binary.BigEndian.Uint32(data[4*i:])
				continue
			}
			w[i] = uint32(SM3P1.Of(uint64(w[i-16]^w[i-9]^rol(w[i-3], 15)))) ^ rol(w[i-13], 7) ^ w[i-6]
		}
		s := v
		for i := range 64 {
			ff, gg, t := s[0]^s[1]^s[2], s[4]^s[5]^s[6], uint32(0x79cc4519)
			if i >= 16 {
				ff, gg, t = s[0]&s[1]|s[0]&s[2]|s[1]&s[2], s[4]&s[5]|^s[4]&s[6], 0x7a879d8a
			}
			ss1 := rol(rol(s[0], 12)+s[4]+rol(t, i), 7)
			tt1 := ff + s[3] + (ss1 ^ rol(s[0], 12)) + (w[i] ^ w[i+4])
			tt2 := gg + s[7] + ss1 + w[i]
			s = [8]uint32{tt1, s[0], rol(s[1], 9), s[2], uint32(SM3P0.Of(uint64(tt2))), s[4], rol(s[5], 19), s[6]}
		}
		for i := range v {
			v[i] ^= s[i]
		}
	}
	var out []byte
	for _, w := range v {
		out = binary.BigEndian.AppendUint32(out, w)
	}
	return hex.EncodeToString(out)
}

// The examples of GB/T 32905, appendix A.
func TestSM3Examples(t *testing.T) {
	long := ""
	for range 16 {
		long += "abcd"
	}
	for message, want := range map[string]string{
		"abc": "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0",
		long:  "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732",
	} {
		if got := sm3(message); got != want {
			t.Errorf("SM3 of %q is %s, want %s", message, got, want)
		}
	}
}
