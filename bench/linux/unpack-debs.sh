#!/bin/bash
# unpack-debs.sh ROOT DEB...
#
# Unpacks Debian packages of any architecture into the folder ROOT and enters them in dpkg's database there as unpacked,
# so that "dpkg --configure -a" is all that is left to do where they can run. Their preinst scripts are not run. With
# real or pretended root, files belong to whom the packages say.
set -euo pipefail

root=$1
shift
info=$root/var/lib/dpkg/info triggers=$root/var/lib/dpkg/triggers status=$root/var/lib/dpkg/status
mkdir -p "$info" "$triggers" "$root/var/lib/dpkg/updates"
echo 1 >"$info/format"
touch "$status" "$root/var/lib/dpkg/available"
control=$(mktemp -d)
trap 'rm -rf "$control"' EXIT

# field NAME prints a field of the package's control file.
field() { sed -n "s/^$1: //p" "$control/control"; }

# entry prints what the database says of the package. A configuration file without a new version beside it is one that
# dpkg has put in its place.
entry() {
	sed 's/^Package: .*/&\nStatus: install ok unpacked/' "$control/control"
	if [ -e "$control/conffiles" ]; then
		echo "Conffiles:"
		sed -n '/^\//p' "$control/conffiles" | while read -r file; do # other lines name files to be removed
			echo " $file $(md5sum <"$root$file" | cut -d' ' -f1)"
		done
	fi
	echo
}

# interests PACKAGE enters the triggers that the package waits for: files in one list, others in one each.
interests() {
	local kind name who
	while read -r kind name; do
		case $kind in
		interest | interest-await) who=$1 ;;
		interest-noawait) who=$1/noawait ;;
		*) continue ;;
		esac
		case $name in
		/*) echo "$name $who" >>"$triggers/File" ;;
		*) echo "$who" >>"$triggers/$name" ;;
		esac
	done <"$control/triggers"
}

unpack() {
	local deb=$1 name file
	rm -rf "$control"
	dpkg-deb -e "$deb" "$control"
	name=$(field Package)
	if [ "$(field Multi-Arch)" = same ]; then
		name+=:$(field Architecture)
	fi
	dpkg-deb --fsys-tarfile "$deb" |
		tar -xvp --numeric-owner --keep-directory-symlink --quoting-style=literal -C "$root" |
		sed -E 's#^\.##; s#/$##; s#^$#/.#' >"$info/$name.list"
	for file in "$control"/*; do
		if [ "${file##*/}" != control ]; then
			cp "$file" "$info/$name.${file##*/}"
		fi
	done
	entry >>"$status"
	if [ -e "$control/triggers" ]; then
		interests "$name"
	fi
}

# base-files has the links /bin -> usr/bin and so on, which other packages' files may lie behind.
for deb in "$@"; do
	case ${deb##*/} in base-files_*) unpack "$deb" ;; esac
done
for deb in "$@"; do
	case ${deb##*/} in base-files_*) ;; *) unpack "$deb" ;; esac
done
