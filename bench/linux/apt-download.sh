#!/bin/bash
# apt-download.sh [--whole | --source] ARCH RELEASE DIR PACKAGE...
#
# Downloads Debian packages of another architecture or release into DIR, without installing anything and without
# touching this machine's own apt: lists, cache and sources live in DIR/apt. The mirror is the one that the machine's
# apt already uses (apt itself is asked, so that both source formats work), or HARTWOOD_DEBIAN_MIRROR when it is set.
# Proxy and transport settings of the machine's apt.conf stay in force. Signatures are checked against Debian's own
# archive keyring, always: a guest kernel is code that the tests run.
#
# A mirror whose index and signature do not fit each other, as in the middle of its own update, is asked for the release
# under its other name, stable; and after that for the files of packages.lock, whose hashes were taken from a signed
# index. The last answer may be a version behind, and is never an unchecked one.
#
# With --whole a package brings all that it needs on a machine with nothing installed, and may be one of apt's patterns;
# with --source it brings its source, packed. packages.lock does not know such sets: the mirror's index has to be whole.
set -euo pipefail

how=
case ${1:-} in --whole | --source)
	how=$1
	shift
	;;
esac
if [ $# -lt 4 ]; then
	echo "usage: apt-download.sh [--whole | --source] ARCH RELEASE DIR PACKAGE..." >&2
	exit 2
fi
arch=$1 release=$2
mkdir -p "$3"
dir=$(cd "$3" && pwd)
shift 3

keyring=/usr/share/keyrings/debian-archive-keyring.gpg
if [ ! -r "$keyring" ]; then
	echo "apt-download: $keyring is missing; install the package debian-archive-keyring" >&2
	exit 1
fi

# mirror prints the first repository of the machine's apt that carries a whole Debian release.
mirror() {
	if [ -n "${HARTWOOD_DEBIAN_MIRROR:-}" ]; then
		echo "$HARTWOOD_DEBIAN_MIRROR"
		return
	fi
	apt-get update --print-uris |
		sed -nE "s#^'([^']*)/dists/(bullseye|bookworm|trixie|forky|duke|sid|(old)*stable|testing|unstable)/InRelease'.*#\1#p" |
		grep -m1 -v '^cdrom:' || true
}

uri=$(mirror)
if [ -z "$uri" ]; then
	echo "apt-download: this machine's apt names no Debian mirror; set HARTWOOD_DEBIAN_MIRROR to one" >&2
	exit 1
fi

apt=$dir/apt/$release-$arch
export APT_CONFIG=$apt/apt.conf

# configure SUITE writes an apt configuration that knows this suite alone.
configure() {
	rm -rf "$apt"
	mkdir -p "$apt/lists/partial" "$apt/cache/archives/partial"
	touch "$apt/status"
	local type="deb [arch=$arch"
	[ "$how" != --source ] || type="deb-src ["
	echo "$type signed-by=$keyring] $uri $1 main" >"$apt/sources.list"
	cat >"$apt/apt.conf" <<CONF
APT::Architecture "$arch";
APT::Architectures { "$arch"; };
APT::Install-Recommends "false";
APT::Sandbox::User "root";
Acquire::Languages "none";
Acquire::Retries "3";
Dir::State "$apt";
Dir::State::lists "$apt/lists";
Dir::State::status "$apt/status";
Dir::Cache "$apt/cache";
Dir::Etc::sourcelist "$apt/sources.list";
Dir::Etc::sourceparts "/dev/null";
Dir::Etc::preferencesparts "/dev/null";
CONF
}

# index SUITE brings the suite's signed list of packages; it fails where the mirror's is not whole, or is of another
# release than the one asked for.
index() {
	configure "$1"
	apt-get -q update >&2 || return
	grep -qx "Codename: $release" "$apt"/lists/*_InRelease
}

# resolve PACKAGE: a metapackage stands for what it depends on; linux-image-riscv64 is empty and names the kernel of
# the day.
resolve() {
	case $1 in
	linux-image-"$arch")
		apt-cache depends --no-recommends --no-suggests "$1" |
			awk '$1 == "Depends:" && $2 ~ /^linux-image-/ { print $2; exit }'
		;;
	*) echo "$1" ;;
	esac
}

# newest PACKAGE... downloads the packages that the index names.
newest() {
	local package real packages=()
	case $how in
	--whole)
		mkdir -p partial
		apt-get -q -y --download-only -o Dir::Cache::archives="$dir" install "$@" >&2
		return
		;;
	--source)
		apt-get -q --download-only source "$@" >&2
		return
		;;
	esac
	for package in "$@"; do
		real=$(resolve "$package")
		if [ -z "$real" ]; then
			echo "apt-download: $package of $release/$arch names no package to download" >&2
			return 1
		fi
		packages+=("$real")
	done
	apt-get -q download "${packages[@]}" >&2
}

# locked PACKAGE... downloads the files that packages.lock names: ARCH RELEASE PACKAGE PATH SHA256 in a line.
locked() {
	local package path hash
	for package in "$@"; do
		read -r path hash < <(awk -v key="$arch $release $package" '$1 " " $2 " " $3 == key { print $4, $5 }' "$lock") || {
			echo "apt-download: $lock has no $package of $release/$arch" >&2
			return 1
		}
		/usr/lib/apt/apt-helper download-file "$uri/$path" "${path##*/}" "SHA256:$hash" >&2 || return
	done
}

lock=$(cd "$(dirname "$0")" && pwd)/packages.lock
cd "$dir"
for suite in "$release" stable; do
	if index "$suite" && newest "$@"; then
		exit 0
	fi
	echo "apt-download: the mirror's index of $suite for $arch is of no use" >&2
done
if [ "$how" ]; then
	exit 1
fi
echo "apt-download: taking the versions of packages.lock" >&2
configure "$release"
locked "$@"
