package share

import "golang.org/x/sys/unix"

const (
	guestRoot = 0
	nobody    = 65534 // Linux's owner of what has none
)

// owners translates the owners of files between host and guest. For a server that runs as root they are the same.
// Otherwise the host's user is the guest's root, since the guest's root can do with these files what that user can.
type owners struct {
	same     bool
	uid, gid uint32 // of the host's user
}

func hostOwners() owners {
	return owners{same: unix.Geteuid() == 0, uid: uint32(unix.Geteuid()), gid: uint32(unix.Getegid())}
}

// guest is what the guest sees.
func (o owners) guest(uid, gid uint32) (uint32, uint32) {
	if o.same {
		return uid, gid
	}
	return swap(uid, o.uid), swap(gid, o.gid)
}

func swap(id, user uint32) uint32 {
	switch id {
	case user:
		return guestRoot
	case guestRoot:
		return nobody
	}
	return id
}

// host is what an owner that the guest names is on the host.
func (o owners) host(id, user uint32) uint32 {
	switch {
	case o.same:
		return id
	case id == guestRoot:
		return user
	case id == nobody:
		return guestRoot
	}
	return id
}

// safeMode is the permissions that a guest may give: a program of the host's user's that runs as that user for anybody
// would lead out of the guest. For directories the bits mean something else.
func safeMode(mode, kind uint32) uint32 {
	mode &= 0o7777
	if kind != unix.S_IFDIR {
		mode &^= unix.S_ISUID | unix.S_ISGID
	}
	return mode
}
