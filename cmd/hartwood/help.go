package main

const runLong = `Run a guest until it ends the machine. Its exit code becomes this command's.

WHAT TO RUN
  PROGRAM        a bare-metal ELF, or any other file as a raw binary at --load-address. All harts enter it in M-mode.
                 An ELF with the symbols tohost and fromhost ends the machine through them.
  --kernel       a kernel: a Linux Image or vmlinux, another ELF, or a raw binary at RAM + 2 MiB, started in S-mode by the
                 built-in SBI firmware or by --bios. With --bios none it starts in M-mode, as PROGRAM does.
  --bios         alone: a firmware without a kernel.
  nothing        the embedded guest: several harts compute something that can be checked.

CONSOLE
  The guest's serial port is this terminal. On a terminal every key goes to the guest, Ctrl-C too, except:
    Ctrl-A x       leave
    Ctrl-A p       pause the machine, or let it go on
    Ctrl-A s       show what each hart does; so does SIGUSR1, on standard error
    Ctrl-A z       stop this process; the shell's fg continues it
    Ctrl-A n       send a non-maskable interrupt to hart 0 (--nmi-vector)
    Ctrl-A h       help
    Ctrl-A Ctrl-A  send one Ctrl-A
  With standard input from a file or a pipe nothing is special, and Ctrl-C ends the run.

DRIVES
  --drive disk.img                    the guest writes to the file
  --drive disk.img,readonly           the guest cannot write
  --drive disk.img,overlay            writes go to a temporary file and are forgotten
  --drive disk.img,overlay=DIRECTORY  the same, with the temporary file in DIRECTORY
  --drive disk.img.xz,overlay         a packed image (gzip, xz, zstd), which is unpacked into a cache
  --drive disk.img,format=raw         the file's bytes are the disk's, even if they look like another format
  --drive disk.img,format=qcow2       a qcow2 image, with the backing files that it names
  A comma in a file's name is doubled.

NETWORK
  --net user                          the host's network, as this user sees it; the guest asks for its address by DHCP.
                                      Kernels and firmware have it by default
  --net user,restrict                 the same without a way out; also dns=ADDRESS:PORT
  --forward tcp:127.0.0.1:2222:22     the host's port 2222 leads to the guest's port 22
  --net none                          there is no network device
  --net listen=PATH                   a cable to another machine, which connects to this Unix socket
  --net connect=PATH                  the other end of the cable
  Options: pcap=FILE has what goes through written down, mac=ADDRESS, queues=NUMBER.

SHARED DIRECTORIES
  --share src                         the guest reads and writes what this user can, there and below: mount -t virtiofs share0 /mnt
  --share src,tag=NAME                the same by a name of its own: mount -t virtiofs NAME /mnt
  --share src,readonly                the guest cannot change anything
  --share src,cache=1m                faster: for a minute the guest need not see what the host changes; without it a second
  A comma in a directory's name is doubled.

CONFIGURATION FILE
  --config machine.yaml reads the same names, one a line:
    kernel: Image
    harts: 8
    memory: 2G
    drive: [disk.img, "data.img,readonly"]
  "program" stands for PROGRAM. An option on the command line wins over the file. File names in it are relative to the
  current directory, as on the command line.

EXIT CODE
  The guest's own; 0 after Ctrl-A x; 1 when the machine broke off; 2 when nothing ran; 128+n after signal n. A reset, which
  a kernel asks for after a panic too, starts the machine anew, or with --no-reboot ends it with 0 or --reset-code.

QEMU
  Options of qemu-system-riscv64 that mean the same are understood, with one dash as well: -M virt -nographic -smp 4 -m 2G
  -kernel Image -drive file=disk.img,format=raw. For others the error names what to write.`

const runExamples = `  # the embedded guest, on 16 harts
  hartwood run --harts 16

  # a bare-metal program, with a summary of the run
  hartwood run --stats program.elf

  # a raw binary
  hartwood run --load-address 0x80000000 test.bin

  # Linux on eight harts, on the built-in firmware
  hartwood run --harts 8 --memory 2G --kernel Image --initrd initrd.gz --append "console=ttyS0 quiet"

  # the same on OpenSBI, with a disk that is left as it is
  hartwood run -n 8 -m 2G --bios fw_dynamic.bin --kernel Image --drive root.img,overlay --append "root=/dev/vda"

  # settings from a file, but with more harts
  hartwood run --config machine.yaml --harts 32`
