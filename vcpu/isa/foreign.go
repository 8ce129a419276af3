package isa

// ExtensionOf names the ratified extension that would bring the instruction
// in raw to life, for an encoding that a hart has just called illegal: an
// instruction that is not covered, or an access to a CSR of an extension
// that is not. It is a best effort for diagnostics: "" if the encoding is
// reserved, custom or covered.
func ExtensionOf(raw uint32) (name string) {
	in := Decode(raw)
	switch {
	case in.Op.Row().Class == ClassCSR:
		return extensionOfCSR(CSR(in.Imm))
	case in.Op.Row().Ext == ExtSmrnmi: // an option
		return ExtSmrnmi.String()
	case in.Op != ILLEGAL:
		return ""
	case in.Len() == 2: // of the "Zc" family nothing else fits beside C with D
		return ""
	}
	for _, r := range foreignRows {
		if raw&r.mask == r.match {
			return r.ext
		}
	}
	return ""
}

// foreignCSRs are ranges of CSRs and the extensions that have them.
var foreignCSRs = []struct {
	first, last CSR
	ext         string
}{
	{0x008, 0x00a, "V"}, {0x00f, 0x00f, "V"}, {0xc20, 0xc22, "V"},
	{0x011, 0x011, "Zicfiss"},
	{0x015, 0x015, "Zkr"},
	{0x017, 0x017, "Zcmt"},
	{0x10c, 0x10f, "Ssstateen"}, {0x30c, 0x30f, "Smstateen"},
	{0x120, 0x120, "Ssccfg"},
	{0x14e, 0x14f, "Ssctr"}, {0x15f, 0x15f, "Ssctr"}, {0x34e, 0x34e, "Smctr"},
	{0x150, 0x157, "Sscsrind"}, {0x350, 0x357, "Smcsrind"},
	{0x15c, 0x15c, "Ssaia"}, {0xdb0, 0xdb0, "Ssaia"},
	{0x308, 0x309, "Smaia"}, {0x35c, 0x35c, "Smaia"}, {0xfb0, 0xfb0, "Smaia"},
	{0x181, 0x181, "Ssqosid"},
	{0x200, 0x2ff, "H"}, {0x600, 0x6ff, "H"}, {0xe12, 0xe12, "H"},
	{0x321, 0x322, "Smcntrpmf"},
	{0x5a8, 0x5a8, "Sdtrig"}, {0x7a0, 0x7a8, "Sdtrig"}, {0x7b0, 0x7b3, "Sdext"},
	{0x740, 0x744, "Smrnmi"},
	{0x747, 0x747, "Smepmp"},
	{0xda0, 0xda0, "Sscofpmf"},
}

func extensionOfCSR(c CSR) string {
	for _, r := range foreignCSRs {
		if c >= r.first && c <= r.last {
			return r.ext
		}
	}
	return ""
}
