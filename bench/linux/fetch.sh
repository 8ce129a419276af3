#!/bin/bash
# fetch.sh [DIR]
#
# Brings what the Linux boot tests run, as Debian ships it for riscv64, into DIR (default: .cache/linux of the
# repository, which git ignores):
#
#   Image              the kernel, an EFI-stub Image
#   config             the configuration it was built with
#   busybox            a static busybox
#   modules/*.ko       the drivers that Debian builds as modules and the tests need, uncompressed
#   fw_jump.bin, fw_jump.elf, fw_dynamic.bin, fw_dynamic.elf    OpenSBI
#   READY              written last: the packages that all this came from
#   python/            a root file system with Python, the smallest that Debian has, and the libraries that it needs
#   python.READY       the same for these
#   libgc/             Boehm's collector: libgc.a, and its headers in include
#   libgc.READY        the same for these
#
# A second call with a complete DIR does nothing. Remove DIR to take the day's packages again.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$(cd "$here/../.." && pwd)/.cache/linux}
if [ -e "$dir/READY" ] && [ -e "$dir/python.READY" ] && [ -e "$dir/libgc.READY" ]; then
	exit 0
fi
for tool in apt-get dpkg-deb xz; do
	if ! command -v "$tool" >/dev/null; then
		echo "fetch: $tool is missing; the Linux tests take Debian's packages and need apt, dpkg and xz-utils" >&2
		exit 1
	fi
done
mkdir -p "$dir"
dir=$(cd "$dir" && pwd)
work=$(mktemp -d "$dir/unpack.XXXXXX")
trap 'rm -rf "$work"' EXIT

# unpack PART PACKAGE... unpacks packages into $work/PART and lists them in $work/PART.READY.
unpack() {
	local part=$1
	shift
	"$here/apt-download.sh" riscv64 trixie "$work/debs-$part" "$@"
	mkdir "$work/$part"
	for deb in "$work/debs-$part"/*.deb; do
		dpkg-deb -x "$deb" "$work/$part"
	done
	(cd "$work/debs-$part" && ls -- *.deb) >"$work/$part.READY"
}

kernel() {
	unpack kernel linux-image-riscv64 busybox-static opensbi
	local tree=$work/kernel
	cp "$tree"/boot/vmlinu[xz]-* "$dir/Image"
	cp "$tree"/boot/config-* "$dir/config"
	cp "$tree/usr/bin/busybox" "$dir/busybox"
	cp "$tree"/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_* "$dir/"

	# The three need nothing but the virtio core, which is in the kernel proper.
	mkdir -p "$dir/modules"
	for module in drivers/virtio/virtio_mmio drivers/block/virtio_blk drivers/char/hw_random/virtio-rng; do
		xz -dc "$tree"/usr/lib/modules/*/kernel/"$module".ko.xz >"$dir/modules/$(basename "$module").ko"
	done
	mv "$work/kernel.READY" "$dir/READY"
}

python() {
	unpack python python3.13-minimal libpython3.13-minimal libc6 zlib1g libexpat1
	local tree=$work/python root=$work/root lib=usr/lib/riscv64-linux-gnu
	mkdir -p "$root/usr/bin" "$root/$lib" "$root/lib"
	cp "$tree/usr/bin/python3.13" "$root/usr/bin/"
	for name in ld-linux-riscv64-lp64d.so.1 libc.so.6 libm.so.6 libz.so.1 libexpat.so.1; do
		cp -L "$tree/$lib/$name" "$root/$lib/"
	done
	ln -s "/$lib/ld-linux-riscv64-lp64d.so.1" "$root/lib/"

	# The two modules of lib-dynload want OpenSSL, which is large; hashlib does without.
	cp -r "$tree/usr/lib/python3.13" "$root/usr/lib/"
	rm -rf "$root/usr/lib/python3.13/lib-dynload"
	mkdir "$root/usr/lib/python3.13/lib-dynload" # without it Python warns that it is lost
	rm -rf "$dir/python"
	mv "$root" "$dir/python"
	mv "$work/python.READY" "$dir/python.READY"
}

libgc() {
	unpack libgc libgc1 libgc-dev
	local tree=$work/libgc
	rm -rf "$dir/libgc"
	mkdir "$dir/libgc"
	cp -r "$tree/usr/include" "$dir/libgc/"
	cp "$tree/usr/lib/riscv64-linux-gnu/libgc.a" "$dir/libgc/"
	mv "$work/libgc.READY" "$dir/libgc.READY"
}

[ -e "$dir/READY" ] || kernel
[ -e "$dir/python.READY" ] || python
[ -e "$dir/libgc.READY" ] || libgc
