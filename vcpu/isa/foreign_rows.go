package isa

// foreignRow is an encoding, or a family of them, of a ratified extension
// that is not covered.
type foreignRow struct {
	ext         string
	match, mask uint32
}

// foreignRows names the extensions behind 32-bit encodings that Decode calls
// ILLEGAL. The first row that matches counts. Where the encodings of two
// extensions coincide, the row names the one that programs ask for.
var foreignRows = []foreignRow{
	// Shadow stacks, beside the AMOs. Those in the space of may-be-operations are these.
	{"Zicfiss", 0x4800202f, 0xf800707f},
	{"Zicfiss", 0x4800302f, 0xf800707f},

	// Hypervisor loads, stores and fences.
	{"H", 0x60004073, 0xfff0707f},
	{"H", 0x60104073, 0xfff0707f},
	{"H", 0x64004073, 0xfff0707f},
	{"H", 0x64104073, 0xfff0707f},
	{"H", 0x64304073, 0xfff0707f},
	{"H", 0x68004073, 0xfff0707f},
	{"H", 0x68104073, 0xfff0707f},
	{"H", 0x68304073, 0xfff0707f},
	{"H", 0x6c004073, 0xfff0707f},
	{"H", 0x62004073, 0xfe007fff},
	{"H", 0x66004073, 0xfe007fff},
	{"H", 0x6a004073, 0xfe007fff},
	{"H", 0x6e004073, 0xfe007fff},
	{"H", 0x22000073, 0xfe007fff},
	{"H", 0x62000073, 0xfe007fff},
	{"H", 0x26000073, 0xfe007fff},
	{"H", 0x66000073, 0xfe007fff},

	// Other privileged instructions.
	{"Sdext", 0x7b200073, 0xffffffff},
	{"Ssctr", 0x10400073, 0xffffffff},

	// Load-acquire and store-release.
	{"Zalasr", 0x3400002f, 0xfdf0707f},
	{"Zalasr", 0x3400102f, 0xfdf0707f},
	{"Zalasr", 0x3400202f, 0xfdf0707f},
	{"Zalasr", 0x3400302f, 0xfdf0707f},
	{"Zalasr", 0x3a00002f, 0xfa007fff},
	{"Zalasr", 0x3a00102f, 0xfa007fff},
	{"Zalasr", 0x3a00202f, 0xfa007fff},
	{"Zalasr", 0x3a00302f, 0xfa007fff},

	// Floating point: bfloat16, quad.
	{"Zfbfmin", 0x44800053, 0xfff0007f},
	{"Zfbfmin", 0x40600053, 0xfff0007f},
	{"Q", 0x00004007, 0x0000707f},
	{"Q", 0x00004027, 0x0000707f},
	{"Q", 0x40300053, 0xfff0007f},
	{"Q", 0x42300053, 0xfff0007f},
	{"Q", 0x44300053, 0xfff0007f},
	{"Q", 0x06000043, 0x0600007f},
	{"Q", 0x06000047, 0x0600007f},
	{"Q", 0x0600004b, 0x0600007f},
	{"Q", 0x0600004f, 0x0600007f},
	{"Q", 0x06000053, 0x0600007f},

	// Vector bit manipulation and carry-less multiplication, in OP-V.
	{"Zvbb", 0x04000057, 0xfc00707f},
	{"Zvbb", 0x04004057, 0xfc00707f},
	{"Zvbb", 0x54000057, 0xfc00707f},
	{"Zvbb", 0x54004057, 0xfc00707f},
	{"Zvbb", 0x50000057, 0xfc00707f},
	{"Zvbb", 0x50004057, 0xfc00707f},
	{"Zvbb", 0x50003057, 0xf800707f},
	{"Zvbb", 0xd4000057, 0xfc00707f},
	{"Zvbb", 0xd4004057, 0xfc00707f},
	{"Zvbb", 0xd4003057, 0xfc00707f},
	{"Zvbb", 0x48042057, 0xfc0ff07f},
	{"Zvbb", 0x4804a057, 0xfc0ff07f},
	{"Zvbb", 0x48052057, 0xfc0ff07f},
	{"Zvbb", 0x48062057, 0xfc0ff07f},
	{"Zvbb", 0x4806a057, 0xfc0ff07f},
	{"Zvbb", 0x48072057, 0xfc0ff07f},
	{"Zvbc", 0x30002057, 0xfc00707f},
	{"Zvbc", 0x30006057, 0xfc00707f},
	{"Zvbc", 0x34002057, 0xfc00707f},
	{"Zvbc", 0x34006057, 0xfc00707f},

	// Vector bfloat16.
	{"Zvfbfmin", 0x48069057, 0xfc0ff07f},
	{"Zvfbfmin", 0x480e9057, 0xfc0ff07f},
	{"Zvfbfwma", 0xec001057, 0xfc00707f},
	{"Zvfbfwma", 0xec005057, 0xfc00707f},

	// Vector cryptography, in OP-VE.
	{"Zvksh", 0x82002077, 0xfe00707f},
	{"Zvksh", 0xae002077, 0xfe00707f},
	{"Zvksed", 0x86002077, 0xfe00707f},
	{"Zvksed", 0xa2082077, 0xfe0ff07f},
	{"Zvksed", 0xa6082077, 0xfe0ff07f},
	{"Zvkg", 0xb2002077, 0xfe00707f},
	{"Zvkg", 0xa208a077, 0xfe0ff07f},
	{"Zvknh", 0xb6002077, 0xfe00707f},
	{"Zvknh", 0xba002077, 0xfe00707f},
	{"Zvknh", 0xbe002077, 0xfe00707f},
	{"Zvkned", 0x8a002077, 0xfe00707f},
	{"Zvkned", 0xaa002077, 0xfe00707f},
	{"Zvkned", 0xa2002077, 0xfe00707f},
	{"Zvkned", 0xa6002077, 0xfe00707f},

	// The rest of OP-V, and vector loads and stores by their widths.
	{"V", 0x00000057, 0x0000007f},
	{"V", 0x00000007, 0x0000707f},
	{"V", 0x00005007, 0x0000707f},
	{"V", 0x00006007, 0x0000707f},
	{"V", 0x00007007, 0x0000707f},
	{"V", 0x00000027, 0x0000707f},
	{"V", 0x00005027, 0x0000707f},
	{"V", 0x00006027, 0x0000707f},
	{"V", 0x00007027, 0x0000707f},
}
