#!/usr/bin/env bash
# ./dev package [DIRECTORY]: the static binary and every package made of it, below build/dist or DIRECTORY.
# Equal sources give equal bytes: times come from the last commit, orders and owners are fixed.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
out="$(realpath -m "${1:-build/dist}")"
SOURCE_DATE_EPOCH="${SOURCE_DATE_EPOCH:-$(git log -1 --format=%ct 2>/dev/null || echo 315532800)}"
export SOURCE_DATE_EPOCH LC_ALL=C.UTF-8 TZ=UTC

packaging/onetbb.sh
./dev preset package assay
stage="$(mktemp -d)"
trap 'rm -rf "$stage"' EXIT
strip --strip-all --remove-section=.comment -o "$stage/assay" build/package/assay
version="$("$stage/assay" version | sed -n '1s/assay //p')"

for shell in bash zsh fish; do "$stage/assay" completions "$shell" >"$stage/assay.$shell"; done
mkdir "$stage/man"
page() {  # page NAME WORD...
  local name=$1
  shift
  help2man --no-info --section=1 --no-discard-stderr --help-option=--help --version-string="$version" \
    --name="$("$stage/assay" "$@" --help | head -n 1)" "$stage/assay${*:+ $*}" 2>/dev/null |
    sed -e "s#$stage/##g" -e "s/^\\.TH ASSAY /.TH ${name^^} /" -e "s/^assay ${*:-} \\\\-/$name \\\\-/" >"$stage/man/$name.1"
}
page assay
for command in $("$stage/assay" --help | sed -n '/^Subcommands:/,/^$/s/^  \([a-z]*\) .*/\1/p'); do
  page "assay-$command" "$command"
done

rm -rf "$out"
mkdir -p "$out"
python3 packaging/artifacts.py "$stage" "$out" "$version"
(cd "$out" && find . -type f ! -name SHA256SUMS -printf '%P\n' | sort | xargs sha256sum >"$stage/sums" && mv "$stage/sums" SHA256SUMS)
cat "$out/SHA256SUMS"
