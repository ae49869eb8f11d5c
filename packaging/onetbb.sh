#!/usr/bin/env bash
# Makes a static oneTBB in build/onetbb out of Debian's source package, because Debian ships none.
# The package preset of CMakePresets.json links it. Does nothing when it is there already.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out="$PWD/build/onetbb"
[ -e "$out/lib/libtbb.a" ] && exit 0
work="$(mktemp -d)"
trap 'rm -rf "$work"' EXIT

# The sources of the repositories that the machine has, in a list of our own: its settings stay as they are.
mkdir -p "$work/lists/partial" "$work/parts"
for file in /etc/apt/sources.list.d/*.sources; do
  grep -qs '^Components:.*main' "$file" && grep -qsi 'debian\|ubuntu' "$file" || continue
  sed 's/^Types:.*/Types: deb-src/' "$file" >"$work/parts/$(basename "$file")"
done
: >"$work/sources.list"
[ -e /etc/apt/sources.list ] && sed -n 's/^deb \(\[.*\] \)\?/deb-src \1/p' /etc/apt/sources.list >"$work/sources.list"
apt=(apt-get -qq -o "Dir::Etc::sourcelist=$work/sources.list" -o "Dir::Etc::sourceparts=$work/parts"
  -o "Dir::State::lists=$work/lists" -o APT::Sandbox::User=root)
(cd "$work" && "${apt[@]}" update && "${apt[@]}" source --download-only onetbb)
mkdir "$work/source"
tar -xf "$work"/onetbb_*.orig.tar.* -C "$work/source" --strip-components=1

# Nothing is looked for at run time: not the topology library, not the allocator.
cmake -S "$work/source" -B "$work/build" -G Ninja -DCMAKE_BUILD_TYPE=Release -DBUILD_SHARED_LIBS=OFF -DTBB_TEST=OFF \
  -DTBB_STRICT=OFF -DTBBMALLOC_BUILD=OFF -DTBB_DISABLE_HWLOC_AUTOMATIC_SEARCH=ON -DCMAKE_INSTALL_PREFIX="$out" \
  -DCMAKE_CXX_FLAGS="-D__TBB_DYNAMIC_LOAD_ENABLED=0 -ffile-prefix-map=$work=onetbb" >"$work/log"
ninja -C "$work/build" install >>"$work/log" || { tail -n 40 "$work/log" >&2; exit 1; }
