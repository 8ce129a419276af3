#!/bin/sh
# The first process of the image: what is to be run lies on the second drive.
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
mount -r /dev/vdb /mnt && /mnt/run.sh || echo "RESULT-FAIL the second drive"
sync
mount -o remount,ro /
poweroff -f
