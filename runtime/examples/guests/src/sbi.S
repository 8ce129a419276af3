# A kernel for S-mode, on the built-in firmware: it asks SBI to print a line and to switch the machine off. It is linked
# to RAM + 2 MiB, where kernels start.
#
#   hartwood run --kernel sbi.elf
        .data
text:   .ascii  "Hello from S-mode.\n"
        .equ    length, . - text

        .text
        .globl  _start
_start:
        li      a7, 0x4442434e          # debug console (DBCN)
        li      a6, 0                   # write:
        li      a0, length              #   so many bytes
        la      a1, text                #   from here
        li      a2, 0                   #   (the address's upper half on a machine of 128 bits)
        ecall
        bnez    a0, failed
        li      a7, 0x53525354          # system reset (SRST)
        li      a6, 0
        li      a0, 0                   # type: shutdown
        li      a1, 0                   # reason: none
        ecall
failed: wfi
        j       failed
