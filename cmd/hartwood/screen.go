package main

import (
	"bytes"
	"slices"
	"strings"
	"sync"
	"time"
)

// screen follows what the guest has written to a terminal, as far as it matters when the guest is left: whether the
// cursor's line has text, which modes of the terminal are not as a shell expects them, and whether the terminal was
// asked something (ECMA-48; xterm's control sequences).
type screen struct {
	mu     sync.Mutex
	state  sequence  // protected by mu: the sequence under way
	params []byte    // protected by mu: of the sequence under way, cut off at maxParams
	text   bool      // protected by mu: the cursor's line has text
	styled bool      // protected by mu: characters look otherwise than normal ones
	modes  []string  // protected by mu: those of screenModes that are not as they were, in the order of changes
	asked  time.Time // protected by mu: when the terminal was asked last
}

// sequence is where in a control sequence the output is.
type sequence uint8

const (
	noSeq  sequence = iota
	escape          // after ESC
	single          // the next byte ends the sequence
	csi             // after ESC [
	str             // in a string that BEL or ESC \ ends
)

// screenModes are the private modes that full-screen programs change, and how they are otherwise.
var screenModes = map[string]bool{
	"1": false, "7": true, "9": false, "25": true, "47": false, "1000": false, "1001": false, "1002": false, "1003": false,
	"1004": false, "1005": false, "1006": false, "1015": false, "1016": false, "1047": false, "1049": false, "2004": false,
}

const (
	// answerTime is how long an answer may take over a slow line.
	answerTime = 2 * time.Second
	// syncQuery asks whether the terminal is well. It answers in turn: all earlier answers come before syncAnswer.
	syncQuery, syncAnswer = "\x1b[5n", "\x1b[0n"
	maxParams             = 64
)

// wrote follows p.
func (s *screen) wrote(p []byte) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, b := range p {
		s.next(b)
	}
}

func (s *screen) next(b byte) {
	switch {
	case b == 0x1b:
		s.endString()
		s.state, s.params = escape, s.params[:0]
	case s.state == str:
		if s.keep(b); b == 0x07 {
			s.endString()
			s.state = noSeq
		}
	case b == '\n':
		s.text = false
	case b == 0x05: // ENQ
		s.ask()
	case b < ' ' || b == 0x7f: // acts within a sequence, too, and draws nothing
	case s.state == noSeq:
		s.text = s.text || b != ' '
	case s.state == escape:
		s.escaped(b)
	case s.state == single:
		s.state = noSeq
	default:
		if s.keep(b); b >= '@' {
			s.state = noSeq
			s.control(b)
		}
	}
}

func (s *screen) keep(b byte) {
	if len(s.params) < maxParams {
		s.params = append(s.params, b)
	}
}

func (s *screen) ask() { s.asked = time.Now() }

// endString takes a string that ends: colours are asked for with a question mark, settings with $q and +q.
func (s *screen) endString() {
	if s.state == str && (bytes.Contains(s.params, []byte("?")) || bytes.Contains(s.params, []byte("$q")) ||
		bytes.Contains(s.params, []byte("+q"))) {
		s.ask()
	}
}

// escaped takes the byte after ESC.
func (s *screen) escaped(b byte) {
	s.state = noSeq
	switch b {
	case '[':
		s.state = csi
	case ']', 'P', 'X', '^', '_':
		s.state = str
	case ' ', '#', '%', '(', ')', '*', '+':
		s.state = single
	case 'Z': // DECID
		s.ask()
	case 'c': // RIS
		s.modes, s.styled, s.text = nil, false, false
	}
}

// control takes a control sequence with its last byte.
func (s *screen) control(last byte) {
	p := string(s.params[:max(len(s.params)-1, 0)])
	switch last {
	case 'n', 'c', 't', 'x', 'u': // reports of state, identity, size, settings
		s.ask()
	case 'p':
		if strings.HasSuffix(p, "$") { // DECRQM
			s.ask()
		}
	case 'H', 'f':
		s.text = p != "" && p != "1;1"
	case 'm':
		s.styled = strings.TrimLeft(p[strings.LastIndexByte(p, ';')+1:], "0") != ""
	case 'h', 'l':
		if private, found := strings.CutPrefix(p, "?"); found {
			for _, mode := range strings.Split(private, ";") {
				s.set(mode, last == 'h')
			}
		}
	}
}

func (s *screen) set(mode string, on bool) {
	usual, known := screenModes[mode]
	if !known {
		return
	}
	s.modes = slices.DeleteFunc(s.modes, func(m string) bool { return m == mode })
	if on != usual {
		s.modes = append(s.modes, mode)
	}
}

// leave returns what has the terminal as a shell expects it, with the cursor at the beginning of a line; asked says that
// the terminal may still have to answer the guest.
func (s *screen) leave() (undo string, asked bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	if s.state == str {
		b.WriteString("\x1b\\")
	}
	for _, mode := range slices.Backward(s.modes) {
		b.WriteString(privateMode(mode, screenModes[mode]))
	}
	if s.styled {
		b.WriteString("\x1b[m")
	}
	if s.text {
		b.WriteString("\n")
	}
	return b.String(), time.Since(s.asked) < answerTime
}

// again returns what sets the modes anew after leave.
func (s *screen) again() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for _, mode := range s.modes {
		b.WriteString(privateMode(mode, !screenModes[mode]))
	}
	return b.String()
}

func privateMode(mode string, on bool) string {
	if on {
		return "\x1b[?" + mode + "h"
	}
	return "\x1b[?" + mode + "l"
}

// between returns what has to come before a message of ours: a new line if the guest's has text.
func (s *screen) between() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.text {
		return ""
	}
	s.text = false
	return "\n"
}
