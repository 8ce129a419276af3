package fpu

// RM is a rounding mode, encoded as in an instruction's rm field and in frm. The dynamic and the reserved encodings (5, 6
// and 7) are resolved by the caller and must not be passed to this package.
type RM uint8

const (
	RNE RM = iota // to nearest, ties to even
	RTZ           // towards zero
	RDN           // down, towards negative infinity
	RUP           // up, towards positive infinity
	RMM           // to nearest, ties to the larger magnitude
)

// Flags is a set of accrued exceptions, with the bits of fflags.
type Flags uint8

const (
	NX Flags = 1 << iota // inexact
	UF                   // underflow
	OF                   // overflow
	DZ                   // division by zero
	NV                   // invalid operation
)

// The canonical NaNs: sign clear, only the quiet bit of the fraction set.
const (
	CanonicalNaN64 uint64 = 0x7ff8_0000_0000_0000
	CanonicalNaN32 uint32 = 0x7fc0_0000
	CanonicalNaN16 uint16 = 0x7e00
)

// flagIf returns flag if cond holds and no flags otherwise.
func flagIf(cond bool, flag Flags) Flags {
	if cond {
		return flag
	}
	return 0
}
