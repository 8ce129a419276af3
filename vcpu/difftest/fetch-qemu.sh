#!/bin/bash
# fetch-qemu.sh [DIR]
#
# Brings qemu-riscv64, the emulator that 'make test-diff' compares with, into DIR (default: .cache/qemu of the
# repository, which git ignores): from Debian's release trixie, whose package is one static file and new enough for
# every extension that is compared. A machine that has one in its path needs none of this. A second call does nothing.
set -euo pipefail

root=$(cd "$(dirname "$0")/../.." && pwd)
dir=${1:-$root/.cache/qemu}
if [ -x "$dir/qemu-riscv64" ]; then
	exit 0
fi
for tool in apt-get dpkg dpkg-deb; do
	if ! command -v "$tool" >/dev/null; then
		echo "fetch-qemu: $tool is missing; install QEMU's user mode, version 9 or newer, by other means" >&2
		exit 1
	fi
done

mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
work=$(mktemp -d "$dir/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT
"$root/bench/linux/apt-download.sh" "$(dpkg --print-architecture)" trixie "$work" qemu-user
dpkg-deb -x "$work"/qemu-user_*.deb "$work/tree"
mv "$work/tree/usr/bin/qemu-riscv64" "$dir/qemu-riscv64"
