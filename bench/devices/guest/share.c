// Reads of files in the shared directory.
#define _GNU_SOURCE
#include "guest.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

// read_file reads so much of the large file from its beginning on, and returns how many blocks these were.
static uint64_t read_file(long work, int flags) {
	static char buffer[1 << 20] __attribute__((aligned(BLOCK)));
	uint64_t block = 0;
	int file = open(LARGE_FILE, O_RDONLY | flags);

	if (file < 0) fail(LARGE_FILE);
	while (block * BLOCK < (uint64_t)work) {
		ssize_t n = read(file, buffer, sizeof buffer);
		if (n <= 0 || n % BLOCK) fail("read of " LARGE_FILE);
		for (ssize_t at = 0; at < n; at += BLOCK) check_block(buffer + at, block++);
	}
	close(file);
	return block;
}

// share_read reads the file when its pages have been read, and dropped, once before: the guest's memory has been written to
// then, so that what the host does for memory that is new does not count.
void share_read(const char *task, long work) {
	int drop = open("/proc/sys/vm/drop_caches", O_WRONLY);
	read_file(work, 0);
	if (drop < 0 || write(drop, "3", 1) != 1) fail("drop_caches");
	double began = now();
	uint64_t blocks = read_file(work, 0);
	result(task, now() - began, blocks);
	close(drop);
}

void share_direct(const char *task, long work) {
	double began = now();
	uint64_t blocks = read_file(work, O_DIRECT);
	result(task, now() - began, blocks);
}

static long seen;

// stat_all looks at every file of the directory and below.
static void stat_all(int at, const char *name) {
	int fd = openat(at, name, O_RDONLY | O_DIRECTORY);
	DIR *dir = fd < 0 ? NULL : fdopendir(fd);
	struct dirent *e;

	if (!dir) fail(name);
	while ((e = readdir(dir))) {
		struct stat st;
		if (e->d_name[0] == '.') continue;
		if (fstatat(fd, e->d_name, &st, AT_SYMLINK_NOFOLLOW)) fail(e->d_name);
		if (S_ISDIR(st.st_mode)) stat_all(fd, e->d_name);
		else seen++;
	}
	closedir(dir);
}

// share_stat looks at every file of the tree, of which there are so many, for the second time.
void share_stat(const char *task, long work) {
	stat_all(AT_FDCWD, TREE);
	seen = 0;
	double began = now();
	stat_all(AT_FDCWD, TREE);
	double took = now() - began;
	if (seen != work) fail("another number of files");
	result(task, took, seen);
}
