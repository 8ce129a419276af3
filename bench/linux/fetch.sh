#!/bin/bash
# fetch.sh [DIR]
#
# Brings what the Linux boot tests run, as Debian ships it for riscv64, into DIR (default: .cache/linux of the
# repository, which git ignores):
#
#   Image              the kernel, an EFI-stub Image
#   config             the configuration it was built with
#   busybox            a static busybox
#   modules/*.ko       what Debian builds as modules and the guests need, uncompressed: drivers, and the file systems ext4 and overlay
#   fw_jump.bin, fw_jump.elf, fw_dynamic.bin, fw_dynamic.elf    OpenSBI
#   READY              written last: the packages that all this came from
#   python/            a root file system with Python, the smallest that Debian has, and the libraries that it needs
#   python.READY       the same for these
#   libgc/             Boehm's collector: libgc.a, and its headers in include
#   libgc.READY        the same for these
#   firmware/          EDK2 for flash, RISCV_VIRT_CODE.fd and RISCV_VIRT_VARS.fd, and U-Boot for S-mode, u-boot.bin
#   firmware.READY     the same for these
#   image/             root.tar, the packages of a small distribution as boot-image.sh wants them, and its GRUB, grubriscv64.efi
#   image.READY        the same for these
#
# A second call with a complete DIR does nothing. Remove DIR to take the day's packages again.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$(cd "$here/../.." && pwd)/.cache/linux}

# The parts, and the packages of each. A part is there when its READY is; the kernel's also needs the latest module.
declare -A packages=(
	[kernel]="linux-image-riscv64 busybox-static opensbi"
	[python]="python3.13-minimal libpython3.13-minimal libc6 zlib1g libexpat1"
	[libgc]="libgc1 libgc-dev"
	[firmware]="qemu-efi-riscv64 u-boot-qemu"
	[image]="grub-efi-riscv64-unsigned"
)
# What a distribution's image consists of, beside what these need.
system="base-files base-passwd bash coreutils dash diffutils dpkg findutils grep gzip hostname libc-bin login mount passwd sed tar util-linux
	systemd-sysv udev openssh-server apt cloud-init sudo iproute2 netbase locales e2fsprogs cloud-guest-utils fdisk"
missing=()
[ -e "$dir/READY" ] && [ -e "$dir/modules/overlay.ko" ] && [ -e "$dir/modules/efivarfs.ko" ] || missing+=(kernel)
[ -e "$dir/python.READY" ] || missing+=(python)
[ -e "$dir/libgc.READY" ] || missing+=(libgc)
[ -e "$dir/firmware.READY" ] || missing+=(firmware)
grep -qs '^cloud-init_' "$dir/image.READY" || missing+=(image) # older ones have no cloud-init
if [ ${#missing[@]} = 0 ]; then
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

# Package lists are brought once, for all parts together.
wanted=()
for part in "${missing[@]}"; do
	read -ra names <<<"${packages[$part]}"
	wanted+=("${names[@]}")
done
[ ${#wanted[@]} = 0 ] || "$here/apt-download.sh" riscv64 trixie "$work/debs" "${wanted[@]}"

# unpack PART unpacks the part's packages into $work/PART and lists them in $work/PART.READY.
unpack() {
	local part=$1 package deb
	mkdir "$work/$part"
	for package in ${packages[$part]}; do
		if [ "$package" = linux-image-riscv64 ]; then
			package='linux-image-[0-9]*' # the name stands for the kernel of the day
		fi
		for deb in "$work/debs/"${package}_*.deb; do
			dpkg-deb -x "$deb" "$work/$part"
			basename "$deb" >>"$work/$part.READY"
		done
	done
}

kernel() {
	unpack kernel
	local tree=$work/kernel
	cp "$tree"/boot/vmlinu[xz]-* "$dir/Image"
	cp "$tree"/boot/config-* "$dir/config"
	cp "$tree/usr/bin/busybox" "$dir/busybox"
	cp "$tree"/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_* "$dir/"

	# The drivers of devices need the virtio core, which is in the kernel proper, and the network and ext4 need those before them.
	mkdir -p "$dir/modules"
	for module in drivers/virtio/virtio_mmio drivers/block/virtio_blk drivers/char/hw_random/virtio-rng \
		net/core/failover drivers/net/net_failover drivers/net/virtio_net crypto/crc32c_generic lib/crc16 fs/mbcache fs/jbd2/jbd2 fs/ext4/ext4 \
		fs/overlayfs/overlay drivers/cdrom/cdrom fs/isofs/isofs fs/efivarfs/efivarfs; do
		xz -dc "$tree"/usr/lib/modules/*/kernel/"$module".ko.xz >"$dir/modules/$(basename "$module").ko"
	done
	mv "$work/kernel.READY" "$dir/READY"
}

python() {
	unpack python
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
	unpack libgc
	local tree=$work/libgc
	rm -rf "$dir/libgc"
	mkdir "$dir/libgc"
	cp -r "$tree/usr/include" "$dir/libgc/"
	cp "$tree/usr/lib/riscv64-linux-gnu/libgc.a" "$dir/libgc/"
	mv "$work/libgc.READY" "$dir/libgc.READY"
}

firmware() {
	unpack firmware
	local tree=$work/firmware
	mkdir -p "$dir/firmware"
	cp "$tree"/usr/share/qemu-efi-riscv64/RISCV_VIRT_*.fd "$tree/usr/lib/u-boot/qemu-riscv64_smode/u-boot.bin" "$dir/firmware/"
	mv "$work/firmware.READY" "$dir/firmware.READY"
}

# image makes image/root.tar: what is in the packages and all that they need, without what is only for reading.
image() {
	unpack image
	mkdir -p "$dir/image"
	cp "$work/image/usr/lib/grub/riscv64-efi/monolithic/grubriscv64.efi" "$dir/image/"
	local tree=$work/image-root deb
	# shellcheck disable=SC2086
	if ! "$here/apt-download.sh" --whole riscv64 trixie "$work/image-debs" $system; then
		echo "fetch: the mirror has no whole set of packages for an image today; it is left out" >&2
		return
	fi
	mkdir "$tree"
	dpkg-deb -x "$work/image-debs"/base-files_*.deb "$tree" # has the links /bin -> usr/bin and so on
	for deb in "$work/image-debs"/*.deb; do
		dpkg-deb -x "$deb" "$tree"
		basename "$deb" >>"$work/image.READY"
	done
	rm -rf "$tree"/usr/share/{doc,man,info,i18n,locale,zoneinfo} "$tree/usr/lib/udev/hwdb.d"
	tar -C "$tree" -cf "$dir/image/root.tar" .
	mv "$work/image.READY" "$dir/image.READY"
}

for part in "${missing[@]}"; do
	"$part"
done
