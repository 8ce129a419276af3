/* Zbc: carry-less multiplication. */
#include "guest.h"

        GUEST_BEGIN

        RR(clmul, 0x0, 0x0, 0xffffffffffffffff)
        RR(clmul, 0xffffffffffffffff, 0x1, 0xffffffffffffffff)
        RR(clmul, 0x5, 0x3, 0x3)
        RR(clmul, 0x5555555555555555, 0xffffffffffffffff, 0xffffffffffffffff)
        RR(clmul, 0x0, 0x8000000000000000, 0x2)
        RR(clmul, 0x0, 0x8000000000000000, 0x8000000000000000)
        RR(clmul, 0xa0789828c810f00, 0x123456789abcdef0, 0xfedcba9876543210)
        RR(clmul, 0x4b85cc17bd63e64a, 0xb4e5b025f7a7424e, 0x9a1d2cbd31a2c8f7)
        RR(clmulh, 0x0, 0x0, 0xffffffffffffffff)
        RR(clmulh, 0x0, 0x1, 0xffffffffffffffff)
        RR(clmulh, 0x0, 0x3, 0x3)
        RR(clmulh, 0x5555555555555555, 0xffffffffffffffff, 0xffffffffffffffff)
        RR(clmulh, 0x1, 0x8000000000000000, 0x2)
        RR(clmulh, 0x4000000000000000, 0x8000000000000000, 0x8000000000000000)
        RR(clmulh, 0xe038d8688850b04, 0x123456789abcdef0, 0xfedcba9876543210)
        RR(clmulh, 0x55fefa5c433c5167, 0xb4e5b025f7a7424e, 0x9a1d2cbd31a2c8f7)
        RR(clmulr, 0x0, 0x0, 0xffffffffffffffff)
        RR(clmulr, 0x1, 0x1, 0xffffffffffffffff)
        RR(clmulr, 0x0, 0x3, 0x3)
        RR(clmulr, 0xaaaaaaaaaaaaaaaa, 0xffffffffffffffff, 0xffffffffffffffff)
        RR(clmulr, 0x2, 0x8000000000000000, 0x2)
        RR(clmulr, 0x8000000000000000, 0x8000000000000000, 0x8000000000000000)
        RR(clmulr, 0x1c071b0d110a1608, 0x123456789abcdef0, 0xfedcba9876543210)
        RR(clmulr, 0xabfdf4b88678a2ce, 0xb4e5b025f7a7424e, 0x9a1d2cbd31a2c8f7)

        GUEST_END
