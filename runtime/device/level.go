package device

// Level is a privilege level to which an interrupt controller delivers interrupts.
type Level int

// The levels.
const (
	MachineLevel Level = iota
	SupervisorLevel
	Levels // how many there are
)

// Interrupt is the number of the level's external interrupt in mcause.
func (l Level) Interrupt() uint32 { return [Levels]uint32{11, 9}[l] }

// Name is what follows the name of a device that there is one of for each level.
func (l Level) Name() string { return [Levels]string{"M", "S"}[l] }
