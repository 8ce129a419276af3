package codecache

import "unsafe"

// addressOf is safe: the address is only compared.
func addressOf(b []byte) uintptr { return uintptr(unsafe.Pointer(&b[0])) }
