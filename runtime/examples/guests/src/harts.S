# Several harts: each adds its number to a sum by an atomic instruction, the last one to do so prints the sum and ends
# the machine with it as exit code. On 4 harts: 0 + 1 + 2 + 3 = 6.
#
#   hartwood run --harts 4 harts.elf; echo $?
        .globl  _start
_start:
        la      t0, sum
        amoadd.w zero, a0, (t0)         # a0: the hart's number
        la      t0, arrived
        li      t1, 1
        amoadd.w.aqrl t2, t1, (t0)      # t2: how many were here before
        li      t3, HARTS - 1
        bne     t2, t3, stay

        lw      t1, sum
        li      t0, 0x10000000          # the serial port: one digit is enough
        addi    t2, t1, '0'
        sb      t2, 0(t0)
        li      t2, '\n'
        sb      t2, 0(t0)
        slli    t1, t1, 16              # the test device takes code << 16 | 0x3333 for "fail"
        li      t2, 0x3333
        or      t1, t1, t2
        li      t0, 0x100000
        sw      t1, 0(t0)
stay:   wfi
        j       stay

        .data
        .balign 4
sum:    .word   0
arrived: .word  0
