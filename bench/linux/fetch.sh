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
#
# A second call with a complete DIR does nothing. Remove DIR to take the day's packages again.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
dir=${1:-$(cd "$here/../.." && pwd)/.cache/linux}
if [ -e "$dir/READY" ]; then
	exit 0
fi
for tool in apt-get dpkg-deb xz; do
	if ! command -v "$tool" >/dev/null; then
		echo "fetch: $tool is missing; the Linux tests take Debian's packages and need apt, dpkg and xz-utils" >&2
		exit 1
	fi
done

mkdir -p "$dir/debs"
dir=$(cd "$dir" && pwd)
rm -f "$dir"/debs/*.deb
"$here/apt-download.sh" riscv64 trixie "$dir/debs" linux-image-riscv64 busybox-static opensbi

tree=$(mktemp -d "$dir/unpack.XXXXXX")
trap 'rm -rf "$tree"' EXIT
for deb in "$dir"/debs/*.deb; do
	dpkg-deb -x "$deb" "$tree"
done

cp "$tree"/boot/vmlinu[xz]-* "$dir/Image"
cp "$tree"/boot/config-* "$dir/config"
cp "$tree/usr/bin/busybox" "$dir/busybox"
cp "$tree"/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_* "$dir/"

# The three need nothing but the virtio core, which is in the kernel proper.
mkdir -p "$dir/modules"
for module in drivers/virtio/virtio_mmio drivers/block/virtio_blk drivers/char/hw_random/virtio-rng; do
	xz -dc "$tree"/usr/lib/modules/*/kernel/"$module".ko.xz >"$dir/modules/$(basename "$module").ko"
done

(cd "$dir/debs" && ls -- *.deb) >"$dir/READY.new"
rm -rf "$dir/debs"
mv "$dir/READY.new" "$dir/READY"
