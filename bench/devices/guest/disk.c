// Reads of the disk that no cache of the guest's answers.
#define _GNU_SOURCE
#include "guest.h"

#include <fcntl.h>
#include <linux/aio_abi.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/syscall.h>
#include <unistd.h>

#define MAX_DEPTH 32

// random_number is a generator of xorshift's kind: the same numbers everywhere.
static uint64_t random_number(void) {
	static uint64_t x = 0x9e3779b97f4a7c15;
	x ^= x << 13;
	x ^= x >> 7;
	return x ^= x << 17;
}

// read_disk does n reads of size bytes, with so many under way at once, at places in a row or at random ones.
static void read_disk(const char *task, long n, size_t size, int depth, int random) {
	static struct iocb requests[MAX_DEPTH];
	struct io_event done[MAX_DEPTH];
	aio_context_t context = 0;
	uint64_t bytes, checksum = 0;
	char *memory;
	int disk = open(DISK, O_RDONLY | O_DIRECT);

	if (disk < 0 || ioctl(disk, BLKGETSIZE64, &bytes) || posix_memalign((void **)&memory, BLOCK, depth * size)) fail(DISK);
	if (syscall(SYS_io_setup, depth, &context)) fail("io_setup");
	memset(memory, 0, depth * size); // it is there before the clock runs
	double began = now();
	long begun = 0, ended = 0;
	int idle[MAX_DEPTH], idles = depth;
	for (int i = 0; i < depth; i++) idle[i] = i;
	while (ended < n) {
		struct iocb *batch[MAX_DEPTH];
		int count = 0;
		while (idles > 0 && begun < n) {
			int i = idle[--idles];
			uint64_t at = (random ? random_number() : (uint64_t)begun) % (bytes / size);
			requests[i] = (struct iocb){
				.aio_data = i, .aio_lio_opcode = IOCB_CMD_PREAD, .aio_fildes = disk,
				.aio_buf = (uint64_t)(memory + i * size), .aio_nbytes = size, .aio_offset = at * size,
			};
			batch[count++] = &requests[i];
			begun++;
		}
		if (count > 0 && syscall(SYS_io_submit, context, count, batch) != count) fail("io_submit");
		int got = syscall(SYS_io_getevents, context, 1, depth, done, NULL);
		if (got < 1) fail("io_getevents");
		for (int k = 0; k < got; k++) {
			int i = done[k].data;
			if (done[k].res != (int64_t)size) fail("read of " DISK);
			uint64_t first = requests[i].aio_offset / BLOCK;
			for (size_t b = 0; b < size / BLOCK; b++) check_block(memory + i * size + b * BLOCK, first + b);
			checksum += first;
			idle[idles++] = i;
			ended++;
		}
	}
	result(task, now() - began, checksum);
	close(disk);
}

void disk_random(const char *task, long work) { read_disk(task, work, BLOCK, MAX_DEPTH, 1); }
void disk_sequential(const char *task, long work) { read_disk(task, work / (1 << 20), 1 << 20, 4, 0); }
