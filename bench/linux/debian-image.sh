#!/bin/bash
# debian-image.sh HARTWOOD CACHE IMAGE [PACKAGE...]
#
# Makes IMAGE, a raw disk image with an ext4 file system and Debian trixie for riscv64 in it: the packages that every
# Debian has, apt, sysvinit, and those that are named, with all that they need. CACHE is a folder that fetch.sh filled.
# Nobody has to be root, and nothing is mounted:
#
#   1. apt-download.sh chooses, downloads and checks packages; unpack-debs.sh unpacks them into a folder.
#   2. mke2fs makes a file system of the folder.
#   3. HARTWOOD boots it, and second-stage.sh configures the packages there, where they can run.
#
# sysvinit and not systemd: a login on the serial console then needs no udev, and the packages are configured within a
# minute. IMAGE_SIZE is the disk's (default 2G; holes take no room). The files of the folder IMAGE_INCLUDE, if it is named,
# go into the image as well. IMAGE.packages lists the packages.
set -euo pipefail

if [ $# -lt 3 ]; then
	echo "usage: debian-image.sh HARTWOOD CACHE IMAGE [PACKAGE...]" >&2
	exit 2
fi
export PATH=$PATH:/usr/sbin:/sbin
if ! command -v mke2fs >/dev/null; then
	echo "debian-image: mke2fs is missing; install e2fsprogs" >&2
	exit 1
fi
if [ "$(id -u)" != 0 ]; then
	if ! command -v fakeroot >/dev/null; then
		echo "debian-image: fakeroot is missing, which whoever is not root needs; install it" >&2
		exit 1
	fi
	exec fakeroot -- "$0" "$@"
fi
here=$(cd "$(dirname "$0")" && pwd)
hartwood=$(realpath "$1") cache=$(realpath "$2") image=$(realpath "$3")
shift 3
work=$(mktemp -d "$cache/image.XXXXXX")
trap 'rm -rf "$work"' EXIT

base=(apt sysvinit-core login passwd e2fsprogs)
echo "debian-image: downloading packages"
if ! "$here/apt-download.sh" --whole riscv64 trixie "$work/debs" '?essential' "${base[@]}" "$@" >"$work/log" 2>&1; then
	tail -n 20 "$work/log" >&2
	echo "debian-image: the packages cannot be downloaded" >&2
	exit 1
fi

echo "debian-image: unpacking $(ls "$work"/debs/*.deb | wc -l) packages"
root=$work/root
mkdir "$root"
"$here/unpack-debs.sh" "$root" "$work"/debs/*.deb
echo hartwood >"$root/etc/hostname"
echo "/dev/vda / ext4 errors=remount-ro 0 1" >"$root/etc/fstab"
# Debian's own table, with a login on the serial console in place of the screens.
sed -E '/getty .*tty[1-6]$/d; s/^#(T0:.*ttyS0) .*/\1 115200 vt220/' "$root/usr/share/sysvinit/inittab" >"$root/etc/inittab"
install -m 755 "$here/second-stage.sh" "$root/second-stage"
if [ -n "${IMAGE_INCLUDE:-}" ]; then
	cp -R --preserve=mode "$IMAGE_INCLUDE/." "$root/"
fi

echo "debian-image: making the file system"
rm -f "$image"
truncate -s "${IMAGE_SIZE:-2G}" "$image"
mke2fs -q -F -t ext4 -L hartwood -d "$root" "$image"

echo "debian-image: configuring the packages in the guest"
timeout 30m "$hartwood" run --harts 2 --memory 1G --kernel "$cache/Image" --initrd "$cache/root.gz" --drive "$image" --no-reboot \
	--append 'console=ttyS0 quiet panic=1 root=/dev/vda rw rootflags=nobarrier init=/second-stage' </dev/null 2>&1 | tee "$work/console" || true
if ! grep -q HARTWOOD-IMAGE-OK "$work/console"; then
	rm -f "$image"
	echo "debian-image: the guest could not configure the packages" >&2
	exit 1
fi
(cd "$work/debs" && printf '%s\n' *.deb) >"$image.packages"
echo "debian-image: $image is ready; root has no password"
