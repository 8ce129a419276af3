package sbi

import "encoding/binary"

const (
	// infoSize is the bytes of an entry of the table that eventInfo fills in.
	infoSize = 16
	// maxInfos bounds the entries of one call; there are far fewer events.
	maxInfos = 4096
)

// eventInfo says of each event of a table in memory whether it can be counted: function "Get
// PMU Event info".
func (c call) eventInfo(lo, hi, entries, flags uint64) Result {
	switch {
	case flags != 0 || lo%infoSize != 0 || entries == 0:
		return c.done(InvalidParam, 0)
	case hi != 0:
		return c.done(InvalidAddress, 0)
	case entries > maxInfos:
		return c.done(Failed, 0)
	}
	table := make([]byte, entries*infoSize)
	if c.p.ReadGuest(lo, table) != nil {
		return c.done(InvalidAddress, 0)
	}
	for at := table; len(at) > 0; at = at[infoSize:] {
		idx := binary.LittleEndian.Uint32(at)
		if idx>>20 != 0 {
			return c.done(InvalidParam, 0)
		}
		counted := uint32(0)
		if e, known := parseEvent(uint64(idx)); known && c.counts(e, binary.LittleEndian.Uint64(at[8:])) {
			counted = 1
		}
		binary.LittleEndian.PutUint32(at[4:], counted)
	}
	if c.p.WriteGuest(lo, table) != nil {
		return c.done(InvalidAddress, 0)
	}
	return c.done(Success, 0)
}
