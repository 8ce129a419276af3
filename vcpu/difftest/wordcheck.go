package difftest

import (
	"context"

	"github.com/hartwood-vm/hartwood/vcpu/interp"
	"github.com/hartwood-vm/hartwood/vcpu/isa"
)

// wordCPU is QEMU's CPU with the extensions that the rows of package isa have and
// no others.
const wordCPU = "rv64i,m=on,a=on,f=on,d=on,c=on,zicsr=on,zifencei=on,zicntr=on,zihpm=on," +
	"zba=on,zbb=on,zbs=on,zbc=on,zicond=on,zihintpause=on,zawrs=on,zfh=on,zfhmin=on,zfa=on,zca=on,zcd=on,zcb=on," +
	"zicbom=on,zicbop=on,zicboz=on,svinval=on,zimop=on,zcmop=on,zabha=on,zacas=on,zbkb=on,zbkc=on,zbkx=on," +
	"zknd=on,zkne=on,zknh=on,zksed=on,zksh=on"

// Verdicts returns QEMU's and our judgement of encodings, at most MaxWords.
func (o *Oracle) Verdicts(ctx context.Context, words []uint32) (theirs, ours []Verdict, err error) {
	img := newWordImage(words)
	notes, err := o.QEMU.execute(ctx, img, o.Dir, wordCPU)
	if err != nil {
		return nil, nil, err
	}
	m, err := NewMachine(img, o.Options)
	if err != nil {
		return nil, nil, err
	}
	defer m.Close()
	m.handler.signal = wordHandler
	if err := m.Run(); err != nil {
		return nil, nil, err
	}
	own, _, err := m.output(img)
	if err != nil {
		return nil, nil, err
	}
	for i := range words {
		theirs = append(theirs, verdict(notes[i], sigill))
		ours = append(ours, verdict(own[i], interp.CauseIllegal))
	}
	return theirs, ours, nil
}

// testable reports whether an encoding may be executed for its own sake. Those
// that we take for jumps would leave the image, and programs cover them; ECALL
// would do something.
func testable(raw uint32) bool {
	in := isa.Decode(raw)
	switch in.Op.Row().Class {
	case isa.ClassBranch, isa.ClassJump:
		return false
	}
	return in.Op != isa.ECALL
}

// explained names the reason for which QEMU's user mode judges an encoding
// otherwise than a hart in U-mode does, or "".
func explained(raw uint32) string {
	in := isa.Decode(raw)
	switch in.Op {
	case isa.CBO_CLEAN, isa.CBO_FLUSH, isa.CBO_INVAL:
		return "Linux does not give them to users"
	}
	if isa.ExtensionOf(raw) == "V" {
		return "moves of whole vector registers only ask whether mstatus.VS is on, which QEMU's user mode sets in any case"
	}
	return ""
}
