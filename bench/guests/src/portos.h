/* What say.c, gcrt.c and the two ports need of each other. */
#ifndef PORTOS_H
#define PORTOS_H

#include <stdint.h>

void put_byte(char c);
void flush_bytes(void);
void relax(void); /* in a loop that waits for another worker */
void quit(int code) __attribute__((noreturn));

/* Where the heap and its device are. */
struct place {
    volatile uint64_t *device; /* null: there is no managed heap */
    char *memory;              /* of bytes bytes, as this program sees it */
    uint64_t physical, bytes;
};
struct place find_heap(uint64_t wanted);

#endif
