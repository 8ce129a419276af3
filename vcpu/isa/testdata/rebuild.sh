#!/bin/sh
# Assembles the .s files here and records each encoding and what GNU objdump
# says about it in the .txt files that the tests read. Needs GNU binutils for
# riscv64-unknown-elf, 2.44 or later; Debian's package is
# binutils-riscv64-unknown-elf. The prefix may be set in CROSS.
set -eu
cd "$(dirname "$0")"
cross=${CROSS:-riscv64-unknown-elf-}
object=$(mktemp)
trap 'rm -f "$object"' EXIT

covered=rv64gc_zba_zbb_zbs_zbc_zicond_zihintpause_zawrs_zfh_zfa_zcb
covered=${covered}_zicbom_zicbop_zicboz_svinval_zbkb_zbkx_zimop_zcmop_zacas_zabha
covered=${covered}_zknd_zkne_zknh_zksed_zksh
foreign=rv64gcqvh_zicfiss
foreign=${foreign}_zfbfmin_zfa_zvbb_zvbc
foreign=${foreign}_zvfbfmin_zvfbfwma_zvksh_zvksed_zvkg_zvknhb_zvkned_svinval

# A line of a .txt file is "address<tab>encoding<tab>text", or "label:".
build() {
	"${cross}as" -march="$2" -mpriv-spec=1.12 -o "$object" "$1.s"
	"${cross}objdump" -d -M no-aliases --adjust-vma=0x80000000 "$object" |
		sed -n \
			-e 's/^[0-9a-f]* <\(.*\)>:$/\1:/p' \
			-e 's/^ *\([0-9a-f]*\):	\([0-9a-f]*\) *	\(.*\)$/\1	\2	\3/p' \
			>"$1.txt"
}

build base "$covered"
build compressed "$covered"
build foreign "$foreign"
