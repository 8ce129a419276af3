#!/bin/sh
# The first process of a guest whose root file system lies on a drive: loads the drivers that are modules in Debian's
# kernel, mounts the drive that the command line names, and hands over to its init. It knows these words:
#
#   root=/dev/vda    the drive, with an ext4 file system
#   rw               mount it for writing; otherwise its own init does so
#   rootflags=LIST   further mount options
#   init=PROGRAM     what to start there (default /sbin/init)
/bin/busybox --install -s /bin
export PATH=/bin HOME=/

mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
for module in $(cat /lib/modules/order); do
	insmod "/lib/modules/$module" || echo "HARTWOOD-FAIL insmod $module"
done

root= mode=ro more= init=/sbin/init
for word in $(cat /proc/cmdline); do
	case $word in
	root=*) root=${word#root=} ;;
	rw) mode=rw ;;
	rootflags=*) more=,${word#rootflags=} ;;
	init=*) init=${word#init=} ;;
	esac
done

mkdir /newroot
if [ ! -b "$root" ]; then
	echo "HARTWOOD-FAIL root=$root is no drive; there are: $(cd /sys/block && echo *)"
elif mount -t ext4 -o "$mode$more" "$root" /newroot; then
	for dir in proc sys dev; do
		mount --move /$dir /newroot/$dir
	done
	exec switch_root /newroot "$init"
else
	echo "HARTWOOD-FAIL $root has no ext4 file system that can be mounted with $mode$more"
fi
poweroff -f
