package pflash

import "github.com/hartwood-vm/hartwood/runtime/device"

// State is the command under way. The contents are a file's, as a drive's are.
type State struct {
	Command, Step, Status uint8
	Left                  uint32
	Buffer                []WordState
}

// WordState is a store to the buffer.
type WordState struct {
	Off, Size uint64
	Value     uint32
}

const stateVersion = 1

// State is the bank's Saver.
func (d *Device) State() device.Saver { return device.StateOf(stateVersion, d) }

// Save returns the registers.
func (d *Device) Save() (State, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	s := State{Command: d.cmd, Step: d.step, Status: d.status, Left: d.left, Buffer: []WordState{}}
	for _, w := range d.buffer {
		s.Buffer = append(s.Buffer, WordState{w.off, uint64(w.size), w.value})
	}
	return s, nil
}

// check looks for what a bank cannot have.
func (s *State) check() error {
	most := map[uint8]uint8{cmdArray: 0, cmdStatus: 0, cmdID: 0, cmdCFI: 0, cmdProgram: 1, cmdErase: 1, cmdLock: 1, cmdBuffer: 2}
	steps, known := most[s.Command]
	switch {
	case !known:
		return device.BadField("Command", "%#x is none", s.Command)
	case s.Step > steps:
		return device.BadField("Step", "%d of command %#x", s.Step, s.Command)
	case s.Status&^(statusReady|statusErase|statusProgram) != 0 || s.Status&statusReady == 0:
		return device.BadField("Status", "%#x", s.Status)
	case (s.Left > 0 || len(s.Buffer) > 0) && (s.Command != cmdBuffer || s.Step != 2):
		return device.BadField("Left", "words of a buffer in command %#x", s.Command)
	case uint64(s.Left)+uint64(len(s.Buffer)) > maxWords:
		return device.BadField("Buffer", "%d words, and %d to come", len(s.Buffer), s.Left)
	}
	for _, w := range s.Buffer {
		if w.Size != 1 && w.Size != 2 && w.Size != 4 || w.Off >= Size || w.Off%w.Size != 0 || w.Off/block != s.Buffer[0].Off/block {
			return device.BadField("Buffer", "%d bytes at %#x", w.Size, w.Off)
		}
	}
	return nil
}

// Restore takes registers over.
func (d *Device) Restore(s State) error {
	if err := s.check(); err != nil {
		return err
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.cmd, d.step, d.status, d.left, d.buffer = s.Command, s.Step, s.Status, s.Left, nil
	for _, w := range s.Buffer {
		d.buffer = append(d.buffer, word{w.Off, int(w.Size), w.Value})
	}
	d.array.Store(d.cmd == cmdArray)
	return nil
}
