package codecache

import (
	"sync/atomic"
	"unsafe"
)

// addressOf is safe: the address is only compared.
func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(&b[0])) }

// load32 reads the word that Patch32 writes, or 0 once the code's memory has been
// given back.
func (x *Code) load32(off int) int32 {
	x.checkWord(off)
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.state.Load() == stateGone {
		return 0
	}
	return atomic.LoadInt32(x.word(off))
}
