package isa

// Extension is the extension of the RISC-V instruction set that an
// instruction belongs to.
type Extension uint8

// The extensions that the table's rows name.
const (
	ExtNone Extension = iota
	ExtI
	ExtM
	ExtA
	ExtF
	ExtD
	ExtC
	ExtZicsr
	ExtZifencei
	ExtZba
	ExtZbb
	ExtZbs
	ExtZbc
	ExtZbkb
	ExtZbkx
	ExtZknd
	ExtZkne
	ExtZknh
	ExtZksed
	ExtZksh
	ExtZabha
	ExtZacas
	ExtZicond
	ExtZimop
	ExtZihintpause
	ExtZawrs
	ExtZfhmin
	ExtZfh
	ExtZfa
	ExtZcb
	ExtZcmop
	ExtZicbom
	ExtZicbop
	ExtZicboz
	ExtSvinval
	ExtSmrnmi // a machine's option
	ExtHeap   // managed heap, of this machine alone
	ExtS      // privileged architecture: M and S mode
	NumExtensions
)

var extensionNames = [NumExtensions]string{
	ExtNone: "", ExtI: "I", ExtM: "M", ExtA: "A", ExtF: "F", ExtD: "D", ExtC: "C",
	ExtZicsr: "Zicsr", ExtZifencei: "Zifencei",
	ExtZba: "Zba", ExtZbb: "Zbb", ExtZbs: "Zbs", ExtZbc: "Zbc", ExtZbkb: "Zbkb", ExtZbkx: "Zbkx",
	ExtZknd: "Zknd", ExtZkne: "Zkne", ExtZknh: "Zknh", ExtZksed: "Zksed", ExtZksh: "Zksh",
	ExtZabha: "Zabha", ExtZacas: "Zacas", ExtZicond: "Zicond", ExtZimop: "Zimop",
	ExtZihintpause: "Zihintpause", ExtZawrs: "Zawrs",
	ExtZfhmin: "Zfhmin", ExtZfh: "Zfh", ExtZfa: "Zfa", ExtZcb: "Zcb", ExtZcmop: "Zcmop",
	ExtZicbom: "Zicbom", ExtZicbop: "Zicbop", ExtZicboz: "Zicboz",
	ExtSvinval: "Svinval", ExtSmrnmi: "Smrnmi", ExtHeap: "Xgcpar", ExtS: "S",
}

// String returns the extension's name as an ISA string spells it, "" for
// ExtNone and for values out of range.
func (e Extension) String() string {
	if e >= NumExtensions {
		return ""
	}
	return extensionNames[e]
}
