package main

import "golang.org/x/sys/unix"

// rawMode returns the settings in which every key reaches the guest as it is typed. Output is processed as before, so
// that a line feed, the guest's or one of ours on standard error, begins a new line at the left.
func rawMode(t unix.Termios) unix.Termios {
	t.Iflag &^= unix.IGNBRK | unix.BRKINT | unix.PARMRK | unix.ISTRIP | unix.INLCR | unix.IGNCR | unix.ICRNL | unix.IXON
	t.Oflag |= unix.OPOST | unix.ONLCR
	t.Lflag &^= unix.ECHO | unix.ECHONL | unix.ICANON | unix.ISIG | unix.IEXTEN
	t.Cflag = t.Cflag&^(unix.CSIZE|unix.PARENB) | unix.CS8
	t.Cc[unix.VMIN], t.Cc[unix.VTIME] = 1, 0
	return t
}

func getTermios(fd int) (unix.Termios, error) {
	t, err := unix.IoctlGetTermios(fd, unix.TCGETS)
	if err != nil {
		return unix.Termios{}, err
	}
	return *t, nil
}

// setTermios acts at once. It does not wait for output as tcsetattr can: a terminal that nobody reads would hang it.
func setTermios(fd int, t unix.Termios) error { return unix.IoctlSetTermios(fd, unix.TCSETS, &t) }

// dropInput throws away what was typed and not read.
func dropInput(fd int) { _ = unix.IoctlSetInt(fd, unix.TCFLSH, unix.TCIFLUSH) }

// inForeground says whether this process may change the terminal, and read it, without being stopped for it.
func inForeground(fd int) bool {
	group, err := unix.IoctlGetInt(fd, unix.TIOCGPGRP)
	return err != nil || group == unix.Getpgrp()
}
