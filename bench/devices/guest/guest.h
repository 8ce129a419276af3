// What the parts of the measuring program share.
#pragma once

#include <stddef.h>
#include <stdint.h>

// Where the devices are, and the port of the guest's that the host's forwarded port leads to.
#define DISK "/dev/vda"
#define SHARE "/mnt"
#define LARGE_FILE SHARE "/large"
#define TREE SHARE "/tree"
#define GATEWAY "10.0.2.2"
#define GUEST_PORT 7000

#define BLOCK 4096

// fail ends the program: it says RESULT-FAIL, what has failed, and the last error.
__attribute__((noreturn)) void fail(const char *what);

// result says how long a task took. The checksum is the same on every machine that has done the same.
void result(const char *task, double seconds, uint64_t checksum);

// now is the guest's clock, in seconds.
double now(void);

// check fails unless the block is the one at this place of a disk or file that the host has made: its first and last eight bytes
// are its number, and the number's complement.
void check_block(const char *block, uint64_t number);

// run does a command and says how long it took; its output is what the checksum is of.
void run(const char *task, char **command);

// The tasks; work is how much.
void disk_random(const char *task, long work);
void disk_sequential(const char *task, long work);
void share_read(const char *task, long work);
void share_direct(const char *task, long work);
void share_stat(const char *task, long work);
void tcp_out(const char *task, long work);
void tcp_in(const char *task, long work);
void forward_out(const char *task, long work);
void forward_in(const char *task, long work);
void http(const char *task, long work);
void ping(const char *task, long work);
