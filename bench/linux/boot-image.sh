#!/bin/bash
# boot-image.sh CACHE INITRD IMAGE
#
# Makes IMAGE, a raw disk image as distributions offer them, with a GUID partition table and
#
#   1   an EFI system partition with Debian's GRUB
#   2   an ext4 file system with Debian's kernel, systemd, openssh-server, apt and cloud-init
#
# CACHE is a folder that fetch.sh filled, and INITRD mounts the second partition. Nobody has to be root, nothing is
# mounted, and no guest runs: packages are unpacked and not configured. What their scripts would do is done here where it matters:
# users, PAM, which services start.
set -euo pipefail

if [ $# != 3 ]; then
	echo "usage: boot-image.sh CACHE INITRD IMAGE" >&2
	exit 2
fi
export PATH=$PATH:/usr/sbin:/sbin
for tool in sfdisk mformat mmd mcopy mke2fs; do
	if ! command -v "$tool" >/dev/null; then
		echo "boot-image: $tool is missing; install fdisk, mtools and e2fsprogs" >&2
		exit 1
	fi
done
if [ "$(id -u)" != 0 ]; then
	if ! command -v fakeroot >/dev/null; then
		echo "boot-image: fakeroot is missing, which whoever is not root needs; install it" >&2
		exit 1
	fi
	exec fakeroot -- "$0" "$@"
fi
cache=$(realpath "$1") initrd=$(realpath "$2") image=$(realpath "$3")
work=$(mktemp -d "$(dirname "$image")/boot-image.XXXXXX")
trap 'rm -rf "$work"' EXIT

root=$work/root
mkdir "$root"
tar -xpf "$cache/image/root.tar" -C "$root"
mkdir -p "$root"/{boot,dev,proc,sys,run,tmp,mnt,etc/ssh} "$root"/etc/systemd/{network,system-preset}

# Users: base-passwd's own tables. systemd-sysusers adds those of services when it starts.
cp "$root/usr/share/base-passwd/passwd.master" "$root/etc/passwd"
cp "$root/usr/share/base-passwd/group.master" "$root/etc/group"
sed 's/^\([^:]*\):.*/\1:*:20000:0:99999:7:::/' "$root/etc/passwd" >"$root/etc/shadow"
sed 's/^\([^:]*\):.*/\1:*::/' "$root/etc/group" >"$root/etc/gshadow"
chmod 640 "$root/etc/shadow" "$root/etc/gshadow"

# PAM, as pam-auth-update would write it for the passwords of /etc/shadow.
for kind in auth account password session; do
	echo "$kind required pam_unix.so" >"$root/etc/pam.d/common-$kind"
done
cp "$root/etc/pam.d/common-session" "$root/etc/pam.d/common-session-noninteractive"

# Services: these and no others, chosen at the first boot.
for unit in ssh systemd-networkd serial-getty@ttyS0 cloud-init-main cloud-init-local cloud-init-network cloud-config cloud-final; do
	echo "enable $unit.service"
done >"$root/etc/systemd/system-preset/00-image.preset"
echo "disable *" >>"$root/etc/systemd/system-preset/00-image.preset"
echo uninitialized >"$root/etc/machine-id"
# What would ask somebody something, wait for other devices, or make files that nothing here reads.
for unit in systemd-firstboot systemd-networkd-wait-online systemd-hwdb-update ldconfig systemd-journal-catalog-update systemd-logind \
	systemd-pstore modprobe@ sshd-keygen systemd-update-done; do
	ln -s /dev/null "$root/etc/systemd/system/$unit.service"
done
cp "$root/usr/share/openssh/sshd_config" "$root/etc/ssh/sshd_config"
printf '[Match]\nName=e*\n\n[Network]\nDHCP=ipv4\nLinkLocalAddressing=no\n' >"$root/etc/systemd/network/80-dhcp.network"
echo "/dev/vda2 / ext4 errors=remount-ro 0 1" >"$root/etc/fstab"
touch "$root/var/lib/dpkg/status"
# What the scripts of netcat-openbsd, mawk and ca-certificates do, which cloud-init needs.
ln -s nc.openbsd "$root/usr/bin/nc"
ln -s mawk "$root/usr/bin/awk"
cat "$root"/usr/share/ca-certificates/mozilla/*.crt >"$root/etc/ssl/certs/ca-certificates.crt"
# Modules of cloud-init that nothing here asks for would take a minute of a processor.
cat >"$root/etc/cloud/cloud.cfg.d/90-image.cfg" <<'CLOUD'
datasource_list: [NoCloud]
cloud_init_modules: [growpart, resizefs, set_hostname, users_groups, ssh]
cloud_config_modules: []
cloud_final_modules: []
CLOUD
cp "$cache/Image" "$root/boot/Image"
cp "$initrd" "$root/boot/initrd.gz"
mke2fs -q -F -t ext4 -L hartwood -d "$root" "$work/root.img" 1G

# Debian's GRUB looks for its configuration in EFI/debian.
cat >"$work/grub.cfg" <<'GRUB'
set timeout=0
search --set=root --file /boot/Image
linux /boot/Image root=/dev/vda2 rw console=ttyS0 quiet
initrd /boot/initrd.gz
boot
GRUB
truncate -s 16M "$work/esp.img"
mformat -i "$work/esp.img" -v EFI ::
mmd -i "$work/esp.img" ::/EFI ::/EFI/BOOT ::/EFI/debian
mcopy -i "$work/esp.img" "$cache/image/grubriscv64.efi" ::/EFI/BOOT/BOOTRISCV64.EFI
mcopy -i "$work/esp.img" "$work/grub.cfg" ::/EFI/debian/grub.cfg

truncate -s 1050M "$work/image"
sfdisk -q "$work/image" <<'TABLE'
label: gpt
start=2048, size=32768, type=C12A7328-F81F-11D2-BA4B-00A0C93EC93B
size=2097152, type=0FC63DAF-8483-4772-8E79-3D69D8477DE4
TABLE
dd status=none conv=notrunc,sparse bs=1M seek=1 if="$work/esp.img" of="$work/image"
dd status=none conv=notrunc,sparse bs=1M seek=17 if="$work/root.img" of="$work/image"
mv "$work/image" "$image"
