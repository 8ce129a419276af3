// The first process of a guest that runs one command for its host: it mounts what the job says, runs the command with the
// host's streams, and tells how it ended. It is Linux's system calls and no library.
//
// The job is the file /job, a list of strings that end with a zero byte. The first character says what the string is:
//
//   L name       a kernel module to load, a file of /modules
//   R tag        the shared directory that is the root; without a tag it is on the first drive, or on a partition of it
//   O            what is written to the root stays in memory
//   N address gateway names    of the network device, and of the name server
//   U user group who runs the command
//   T tag, M path    another one, and where it is mounted
//   W path       the working directory
//   E name=value a variable
//   A word       a word of the command
//   K rows columns  the command has a terminal of this size
//
// Ports are streams to the host: 0 is the command's standard input, 1 its output, 2 its errors; a terminal is 0 and 1. On
// port 3 the host sends numbers of signals, a byte each, or a zero byte, the terminal's rows and its columns, of two bytes
// each, low byte first. It is told the end: "exit N", "signal N" or "error TEXT".

typedef unsigned long u64;
typedef unsigned short u16;

#define O_RDONLY 0
#define O_WRONLY 1
#define O_RDWR 2
#define O_CREAT 0100
#define O_NOCTTY 0400
#define O_NONBLOCK 04000
#define O_CLOEXEC 02000000
#define EAGAIN 11
#define ENOENT 2
#define ENOTDIR 20
#define EACCES 13
#define AT_FDCWD (-100)

enum {
	SYS_ioctl = 29, SYS_symlinkat = 36, SYS_unlinkat = 35, SYS_umount2 = 39, SYS_readlinkat = 78, SYS_finit_module = 273,
	SYS_fchown = 55, SYS_setsid = 157, SYS_setgid = 144, SYS_setuid = 146, SYS_setgroups = 159, SYS_socket = 198, SYS_faccessat = 48,
	SYS_chdir = 49, SYS_chroot = 51, SYS_openat = 56, SYS_close = 57, SYS_pipe2 = 59, SYS_read = 63, SYS_write = 64,
	SYS_ppoll = 73, SYS_mkdirat = 34, SYS_mount = 40, SYS_sync = 81, SYS_exit = 93, SYS_nanosleep = 101, SYS_kill = 129,
	SYS_reboot = 142, SYS_setpgid = 154, SYS_dup3 = 24, SYS_clone = 220, SYS_execve = 221,
	SYS_wait4 = 260, SYS_pidfd_open = 434,
};

static long call(long n, u64 a, u64 b, u64 c, u64 d, u64 e)
{
	register u64 a0 asm("a0") = a, a1 asm("a1") = b, a2 asm("a2") = c, a3 asm("a3") = d, a4 asm("a4") = e, a7 asm("a7") = n;
	asm volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a7) : "memory");
	return a0;
}

#define P(x) ((u64)(x))

// The compiler makes calls of these by itself.
void *memset(void *p, int c, u64 n)
{
	for (char *q = p; n--;)
		*q++ = c;
	return p;
}

void *memcpy(void *p, const void *from, u64 n)
{
	char *q = p;
	for (const char *f = from; n--;)
		*q++ = *f++;
	return p;
}

static u64 length(const char *s)
{
	u64 n = 0;
	while (s[n])
		n++;
	return n;
}

static int open(const char *path, long flags) { return call(SYS_openat, AT_FDCWD, P(path), flags, 0, 0); }

static int mount(const char *what, const char *where, const char *type, u64 flags)
{
	return call(SYS_mount, P(what), P(where), P(type), flags, 0);
}

static int makeDirectory(const char *path, long mode) { return call(SYS_mkdirat, AT_FDCWD, P(path), mode, 0, 0); }

static void nap(long milliseconds)
{
	long t[2] = {0, milliseconds * 1000000};
	call(SYS_nanosleep, P(t), 0, 0, 0, 0);
}

static int control = -1; // port 3

static void put(int fd, const char *p, u64 n)
{
	while (n > 0) {
		long k = call(SYS_write, fd, P(p), n, 0, 0);
		if (k == -EAGAIN)
			nap(1);
		else if (k < 0)
			return;
		else
			p += k, n -= k;
	}
}

// number writes n in decimals behind p and returns the end.
static char *number(char *p, long n)
{
	if (n >= 10)
		p = number(p, n / 10);
	*p++ = '0' + n % 10;
	return p;
}

static char *append(char *p, const char *s)
{
	u64 n = length(s);
	memcpy(p, s, n);
	return p + n;
}

static const char resolver[] = "/etc/resolv.conf";
static int madeResolver; // it was not there before

// end leaves the root as it is to be, and switches the machine off.
static void end(void)
{
	call(SYS_kill, -1, 9, 0, 0, 0);
	for (int tries = 0; tries < 1000; tries++) { // they write no more when they are gone
		long pid = call(SYS_wait4, -1, 0, 1, 0, 0);
		if (pid < 0)
			break;
		if (pid == 0)
			nap(1);
	}
	if (madeResolver) {
		call(SYS_umount2, P(resolver), 2, 0, 0, 0); // MNT_DETACH
		call(SYS_unlinkat, AT_FDCWD, P(resolver), 0, 0, 0);
	}
	call(SYS_sync, 0, 0, 0, 0, 0);
	mount("none", "/", 0, 32 | 1); // MS_REMOUNT | MS_RDONLY: a disk's file system is whole
	call(SYS_reboot, 0xfee1dead, 672274793, 0x4321fedc, 0, 0); // power off
	call(SYS_exit, 1, 0, 0, 0, 0);
}

// fail tells the host what cannot be done, and ends.
static void fail(const char *what, const char *which, long error)
{
	static char text[8300];
	char *p = append(append(append(text, "error "), what), " ");
	for (u64 n = 0; which[n] && n < 8000; n++)
		*p++ = which[n];
	p = number(append(p, ": error "), -error);
	if (control >= 0)
		put(control, text, p - text);
	end();
}

#define MAXWORDS 4096

static char job[4 << 20];
static char *words[MAXWORDS + 1], *variables[MAXWORDS + 1];
static char buffer[32 << 10];

// port opens a port, which is there some time after the driver. The first number in its name counts virtio devices.
static int port(int which, long flags)
{
	static char path[32] = "/dev/vport";
	for (int tries = 0; tries < 20000; tries++) {
		for (int device = 0; device < 16; device++) {
			char *p = number(append(number(path + 10, device), "p"), which);
			*p = 0;
			int fd = open(path, flags | O_CLOEXEC);
			if (fd != -ENOENT)
				return fd;
		}
		nap(1);
	}
	return -ENOENT;
}

// makePath makes the directories of an absolute path.
static void makePath(char *path)
{
	for (char *p = path + 1;; p++)
		if (*p == '/' || !*p) {
			char c = *p;
			*p = 0;
			call(SYS_mkdirat, AT_FDCWD, P(path), 0755, 0, 0);
			*p = c;
			if (!c)
				return;
		}
}

// load loads a kernel module. One that the kernel has, or does not take, shows later.
static void load(const char *name)
{
	static char path[256] = "/modules/";
	if (length(name) > 200)
		return;
	*append(path + 9, name) = 0;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd >= 0) {
		call(SYS_finit_module, fd, P(""), 0, 0, 0);
		call(SYS_close, fd, 0, 0, 0, 0);
	}
}

// mountDisk mounts the first drive, or the first of its partitions with programs.
static long mountDisk(const char *where)
{
	static char path[32] = "/dev/vda";
	static char programs[64];
	long error = -ENOENT;
	for (int partition = 0; partition <= 16; partition++) {
		char *p = path + 8;
		if (partition)
			p = number(p, partition);
		*p = 0;
		long e = mount(path, where, "ext4", 0);
		for (int tries = 0; e == -ENOENT && !partition && tries < 2000; tries++) { // the driver looks for drives
			nap(1);
			e = mount(path, where, "ext4", 0);
		}
		if (e == 0) {
			*append(append(programs, where), "/usr/bin") = 0;
			if (call(SYS_faccessat, AT_FDCWD, P(programs), 0, 0, 0) == 0)
				return 0;
			*append(append(programs, where), "/bin") = 0;
			if (call(SYS_faccessat, AT_FDCWD, P(programs), 0, 0, 0) == 0)
				return 0;
			call(SYS_umount2, P(where), 0, 0, 0, 0);
			e = -ENOENT;
		}
		if (e != -ENOENT)
			error = e;
	}
	return error;
}

// mountRoot mounts the root at /root: a shared directory, or a drive if there is no tag; with what is written in memory if asked.
static void mountRoot(const char *tag, int overlay)
{
	const char *where = overlay ? "/lower" : "/root";
	makeDirectory(where, 0755);
	long e = *tag ? mount(tag, where, "virtiofs", 0) : mountDisk(where);
	if (e < 0)
		fail("mount the root", *tag ? tag : "drive", e);
	if (!overlay)
		return;
	makeDirectory("/upper", 0755);
	e = call(SYS_mount, P("upper"), P("/upper"), P("tmpfs"), 0, P("mode=755,size=80%"));
	makeDirectory("/upper/files", 0755);
	makeDirectory("/upper/work", 0755);
	if (e == 0)
		e = call(SYS_mount, P("root"), P("/root"), P("overlay"), 0, P("lowerdir=/lower,upperdir=/upper/files,workdir=/upper/work"));
	if (e < 0)
		fail("mount the root", "overlay", e);
	static const char *const needed[] = {"/root/dev", "/root/proc", "/root/sys", "/root/tmp", "/root/run", "/root/etc"};
	for (u64 i = 0; i < sizeof needed / sizeof *needed; i++)
		makeDirectory(needed[i], 0755);
}

// mountAt mounts a shared directory below /root.
static void mountAt(const char *tag, const char *where)
{
	static char path[8 + 4096];
	if (length(where) > 4096)
		fail("mount the shared directory at", where, -36);
	*append(append(path, "/root"), where) = 0;
	makePath(path);
	long e = mount(tag, path, "virtiofs", 0);
	if (e < 0)
		fail("mount the shared directory at", where, e);
}

// word copies the word at *at, and goes behind it.
static char *word(char *to, const char **at, u64 limit)
{
	const char *p = *at;
	while (*p && *p != ' ' && limit--)
		*to++ = *p++;
	while (*p == ' ')
		p++;
	*to = 0;
	*at = p;
	return to;
}

static long decimal(const char *p)
{
	long n = 0;
	while (*p >= '0' && *p <= '9')
		n = n * 10 + *p++ - '0';
	return n;
}

// address writes an IPv4 address as the kernel's structures have it.
static void address(unsigned char *to, const char *text)
{
	to[0] = 2; // AF_INET
	for (int i = 4; i < 8; i++) {
		to[i] = decimal(text);
		while (*text && *text++ != '.') {
		}
	}
}

// up gives a network interface its address and starts it.
static void up(int socket, const char *name, const char *text, const char *mask)
{
	static char request[40];
	memset(request, 0, sizeof request);
	append(request, name);
	if (text) {
		address((unsigned char *)request + 16, text);
		call(SYS_ioctl, socket, 0x8916, P(request), 0, 0); // SIOCSIFADDR
		memset(request + 16, 0, 16);
		address((unsigned char *)request + 16, mask);
		call(SYS_ioctl, socket, 0x891c, P(request), 0, 0); // SIOCSIFNETMASK
		memset(request + 16, 0, 16);
	}
	request[16] = 0x41; // IFF_UP, IFF_RUNNING
	call(SYS_ioctl, socket, 0x8914, P(request), 0, 0); // SIOCSIFFLAGS
}

static int begins(const char *s, const char *with)
{
	while (*with)
		if (*s++ != *with++)
			return 0;
	return 1;
}

// names says where names are asked for: a file of the guest's own is mounted over the root's, which stays as it is.
static void names(const char *server)
{
	static const char own[] = "/run/resolv.conf.host";
	int fd = call(SYS_openat, AT_FDCWD, P(own), O_WRONLY | O_CREAT | O_CLOEXEC, 0644, 0);
	put(fd, "nameserver ", 11);
	put(fd, server, length(server));
	put(fd, "\n", 1);
	call(SYS_close, fd, 0, 0, 0, 0);
	int is = open(resolver, O_RDONLY | O_CLOEXEC);
	if (is == -ENOENT) {
		static char target[512] = "/etc/", link[500];
		long n = call(SYS_readlinkat, AT_FDCWD, P(resolver), P(link), sizeof link - 1, 0);
		link[n > 0 ? n : 0] = 0;
		if (begins(link, "/run/") || begins(link, "../run/")) { // a service would make it
			char *p = append(link[0] == '/' ? target : target + 5, link);
			while (*p != '/')
				p--;
			*p = 0;
			makePath(target);
		}
		is = call(SYS_openat, AT_FDCWD, P(resolver), O_WRONLY | O_CREAT | O_CLOEXEC, 0644, 0);
		madeResolver = n < 0 && is >= 0;
	}
	if (is >= 0)
		call(SYS_close, is, 0, 0, 0, 0);
	mount(own, resolver, 0, 4096); // MS_BIND
}

// network starts the loopback interface, and the network device if there is one.
static void network(const char *how)
{
	static char host[32], gateway[32], route[120];
	int s = call(SYS_socket, 2, 2, 0, 0, 0); // AF_INET, SOCK_DGRAM
	up(s, "lo", 0, 0);
	if (how) {
		word(host, &how, 31);
		word(gateway, &how, 31);
		up(s, "eth0", host, "255.255.255.0");
		address((unsigned char *)route + 8, "0.0.0.0");
		address((unsigned char *)route + 24, gateway);
		address((unsigned char *)route + 40, "0.0.0.0");
		route[56] = 3; // RTF_UP, RTF_GATEWAY
		call(SYS_ioctl, s, 0x890b, P(route), 0, 0); // SIOCADDRT
		names(how);
	}
	call(SYS_close, s, 0, 0, 0, 0);
}

// run becomes the command. What execve says of the last place that has it is the error.
static long run(void)
{
	static char path[8192];
	for (const char *p = words[0]; *p; p++)
		if (*p == '/')
			return call(SYS_execve, P(words[0]), P(words), P(variables), 0, 0);
	const char *list = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";
	for (char **v = variables; *v; v++)
		if ((*v)[0] == 'P' && (*v)[1] == 'A' && (*v)[2] == 'T' && (*v)[3] == 'H' && (*v)[4] == '=')
			list = *v + 5;
	long error = -ENOENT;
	while (*list) {
		char *p = path;
		while (*list && *list != ':' && p < path + 4096)
			*p++ = *list++;
		while (*list && *list != ':')
			list++;
		if (*list)
			list++;
		*p++ = '/';
		if (length(words[0]) > 4000)
			return -36;
		*append(p, words[0]) = 0;
		long e = call(SYS_execve, P(path), P(words), P(variables), 0, 0);
		if (e != -ENOENT && e != -ENOTDIR)
			error = e;
	}
	return error;
}

struct pollfd {
	int fd;
	short events, revents;
};

// relay moves what there is from one descriptor to another. 0: there will be no more.
static int relay(int from, int to)
{
	long n = call(SYS_read, from, P(buffer), sizeof buffer, 0, 0);
	if (n == -EAGAIN)
		return 1;
	if (n <= 0)
		return 0;
	put(to, buffer, n);
	return 1;
}

struct size {
	u16 rows, columns, width, height;
};

// terminal makes one, and sets *slave to the command's side of it.
static int terminal(struct size *size, int *slave)
{
	static char path[32] = "/dev/pts/";
	int unlock = 0, which = 0;
	int fd = open("/dev/ptmx", O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (fd < 0)
		fail("open", "/dev/ptmx", fd);
	call(SYS_ioctl, fd, 0x40045431, P(&unlock), 0, 0); // TIOCSPTLCK
	call(SYS_ioctl, fd, 0x80045430, P(&which), 0, 0);  // TIOCGPTN
	*number(path + 9, which) = 0;
	*slave = open(path, O_RDWR | O_CLOEXEC | O_NOCTTY);
	if (*slave < 0)
		fail("open", path, *slave);
	call(SYS_ioctl, fd, 0x5414, P(size), 0, 0); // TIOCSWINSZ
	return fd;
}

// obey does what the host says on the control port: a signal for the command, or a size for its terminal.
static void obey(long child, int master)
{
	static unsigned char said[5];
	static int n; // bytes of said
	unsigned char bytes[16];
	long got = call(SYS_read, control, P(bytes), sizeof bytes, 0, 0);
	for (long i = 0; i < got; i++) {
		if (n == 0 && bytes[i] != 0) {
			call(SYS_kill, -child, bytes[i], 0, 0, 0);
			continue;
		}
		said[n++] = bytes[i];
		if (n == sizeof said) {
			struct size size = {said[1] | said[2] << 8, said[3] | said[4] << 8, 0, 0};
			call(SYS_ioctl, master, 0x5414, P(&size), 0, 0); // TIOCSWINSZ
			n = 0;
		}
	}
}

static void pipe(int fds[2])
{
	long e = call(SYS_pipe2, P(fds), O_CLOEXEC, 0, 0, 0);
	if (e < 0)
		fail("make a", "pipe", e);
}

static long fork(void) { return call(SYS_clone, 17, 0, 0, 0, 0); } // SIGCHLD

void start(void)
{
	mount("dev", "/dev", "devtmpfs", 0);
	mount("proc", "/proc", "proc", 0);
	int fd = open("/job", O_RDONLY);
	u64 size = 0;
	for (long n; size < sizeof job - 1 && (n = call(SYS_read, fd, P(job + size), sizeof job - 1 - size, 0, 0)) > 0;)
		size += n;
	for (u64 at = 0; at < size; at += length(job + at) + 1)
		if (job[at] == 'L')
			load(job + at + 1);
	control = port(3, O_RDWR);
	int in = port(0, O_RDONLY), out = port(1, O_RDWR), err = port(2, O_RDWR);

	int nwords = 0, nvariables = 0;
	const char *directory = "/", *root = "", *tag = "", *net = 0, *user = 0, *screen = 0;
	int overlay = 0;
	for (u64 at = 0; at < size; at += length(job + at) + 1) {
		char *s = job + at + 1;
		if (s[-1] == 'R')
			root = s;
		if (s[-1] == 'O')
			overlay = 1;
		if (s[-1] == 'N')
			net = s;
		if (s[-1] == 'U')
			user = s;
		if (s[-1] == 'K')
			screen = s;
		if (s[-1] == 'W')
			directory = s;
		if (s[-1] == 'E' && nvariables < MAXWORDS)
			variables[nvariables++] = s;
		if (s[-1] == 'A' && nwords < MAXWORDS)
			words[nwords++] = s;
	}
	mountRoot(root, overlay);
	mount("/dev", "/root/dev", 0, 8192);   // MS_MOVE
	mount("/proc", "/root/proc", 0, 8192); // likewise
	mount("sys", "/root/sys", "sysfs", 0);
	mount("tmp", "/root/tmp", "tmpfs", 0);
	mount("run", "/root/run", "tmpfs", 0);
	for (u64 at = 0; at < size; at += length(job + at) + 1) {
		if (job[at] == 'T')
			tag = job + at + 1;
		if (job[at] == 'M')
			mountAt(tag, job + at + 1);
	}
	long e;
	if ((e = call(SYS_chroot, P("/root"), 0, 0, 0, 0)) < 0)
		fail("change to", "the root", e);
	call(SYS_mkdirat, AT_FDCWD, P("/dev/pts"), 0755, 0, 0);
	call(SYS_mkdirat, AT_FDCWD, P("/dev/shm"), 01777, 0, 0);
	mount("pts", "/dev/pts", "devpts", 0);
	mount("shm", "/dev/shm", "tmpfs", 0);
	mount("cgroup", "/sys/fs/cgroup", "cgroup2", 0);
	call(SYS_symlinkat, P("/proc/self/fd"), AT_FDCWD, P("/dev/fd"), 0, 0);
	call(SYS_symlinkat, P("/proc/self/fd/0"), AT_FDCWD, P("/dev/stdin"), 0, 0);
	call(SYS_symlinkat, P("/proc/self/fd/1"), AT_FDCWD, P("/dev/stdout"), 0, 0);
	call(SYS_symlinkat, P("/proc/self/fd/2"), AT_FDCWD, P("/dev/stderr"), 0, 0);
	network(net);
	if (overlay)
		makePath((char *)directory);
	if ((e = call(SYS_chdir, P(directory), 0, 0, 0, 0)) < 0)
		fail("change to the directory", directory, e);

	long ids[2] = {0, 0};
	if (user) {
		static char id[32];
		word(id, &user, 31);
		ids[0] = decimal(id), ids[1] = decimal(user);
	}
	// What the command has as standard input, output and errors, and our ends of them.
	int theirs[3], feed, take, takeErrors = -1, started[2], master = -1;
	pipe(started);
	if (screen) {
		static char rows[32];
		word(rows, &screen, 31);
		struct size size = {decimal(rows), decimal(screen), 0, 0};
		feed = take = master = terminal(&size, theirs);
		theirs[1] = theirs[2] = theirs[0];
		call(SYS_fchown, theirs[0], ids[0], ids[1], 0, 0);
	} else {
		int to[2], from[2], errors[2];
		pipe(to), pipe(from), pipe(errors);
		theirs[0] = to[0], theirs[1] = from[1], theirs[2] = errors[1];
		feed = to[1], take = from[0], takeErrors = errors[0];
	}
	long child = fork();
	if (child == 0) {
		if (screen) {
			call(SYS_setsid, 0, 0, 0, 0, 0);
			call(SYS_ioctl, theirs[0], 0x540e, 0, 0, 0); // TIOCSCTTY
		} else {
			call(SYS_setpgid, 0, 0, 0, 0, 0);
		}
		for (int i = 0; i < 3; i++)
			call(SYS_dup3, theirs[i], i, 0, 0, 0);
		if (user) {
			call(SYS_setgroups, 0, 0, 0, 0, 0);
			e = call(SYS_setgid, ids[1], 0, 0, 0, 0);
			if (e == 0)
				e = call(SYS_setuid, ids[0], 0, 0, 0, 0);
		}
		if (e == 0)
			e = run();
		call(SYS_write, started[1], P(&e), sizeof e, 0, 0);
		call(SYS_exit, 127, 0, 0, 0, 0);
	}
	if (!screen)
		call(SYS_setpgid, child, child, 0, 0, 0);
	for (int i = 0; !screen && i < 3; i++) // a terminal goes on although nobody may have it open for a while
		call(SYS_close, theirs[i], 0, 0, 0, 0);
	call(SYS_close, started[1], 0, 0, 0, 0);
	long error = 0;
	if (call(SYS_read, started[0], P(&error), sizeof error, 0, 0) == sizeof error)
		fail("run", words[0], error);
	// A process of its own feeds the command, so that one that does not read holds up nobody.
	if (fork() == 0) {
		while (relay(in, feed)) {
		}
		call(SYS_exit, 0, 0, 0, 0, 0);
	}
	if (!screen)
		call(SYS_close, feed, 0, 0, 0, 0);

	// Output until all who have it have closed it, or the command has ended and nothing is left to take.
	struct pollfd fds[4] = {{take, 1, 0}, {takeErrors, 1, 0}, {control, 1, 0}, {call(SYS_pidfd_open, child, 0, 0, 0, 0), 1, 0}};
	int status = 0, ended = 0;
	for (;;) {
		long none[2] = {0, 0};
		call(SYS_ppoll, P(fds), 4, ended ? P(none) : 0, 0, 0);
		if (ended && !(fds[0].fd >= 0 && fds[0].revents) && !(fds[1].fd >= 0 && fds[1].revents))
			break; // what runs on in the background has nothing to say by now
		for (int i = 0; i < 2; i++)
			if (fds[i].fd >= 0 && fds[i].revents && !relay(fds[i].fd, i ? err : out))
				fds[i].fd = -1;
		if (fds[2].revents & 1)
			obey(child, master);
		int s;
		for (long pid; (pid = call(SYS_wait4, -1, P(&s), 1, 0, 0)) > 0;) // WNOHANG
			if (pid == child)
				status = s, ended = 1, fds[3].fd = -1;
	}
	static char text[32];
	int signal = status & 0x7f;
	char *p = signal ? number(append(text, "signal "), signal) : number(append(text, "exit "), status >> 8 & 0xff);
	put(control, text, p - text);
	end();
}

asm(".globl _start\n_start:\n\tandi sp, sp, -16\n\tj start\n");
