package main

import "io"

const ctrlA = 0x01

// escapeHelp is what Ctrl-A h prints on a raw terminal.
const escapeHelp = "\r\n" +
	"Ctrl-A x        leave: stop the machine\r\n" +
	"Ctrl-A h        this help\r\n" +
	"Ctrl-A Ctrl-A   send one Ctrl-A to the guest\r\n"

// escapeReader takes Ctrl-A and the key after it out of what is typed.
type escapeReader struct {
	in          io.Reader
	leave, help func()
	pending     bool // the last key was Ctrl-A
}

func (r *escapeReader) Read(p []byte) (int, error) {
	if len(p) == 0 {
		return 0, nil
	}
	for {
		n, err := r.in.Read(p)
		kept := 0
		for _, key := range p[:n] {
			if r.keep(key) {
				p[kept] = key
				kept++
			}
		}
		if kept > 0 || err != nil {
			return kept, err
		}
	}
}

// keep says whether the guest gets the key.
func (r *escapeReader) keep(key byte) bool {
	if !r.pending {
		r.pending = key == ctrlA
		return !r.pending
	}
	r.pending = false
	switch key {
	case ctrlA:
		return true
	case 'x', 'X':
		r.leave()
	case 'h', 'H', '?':
		r.help()
	}
	return false
}
