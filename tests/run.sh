#!/usr/bin/env bash
# Builds and runs the tests: ./dev test [--full] [--filter REGEX]
#   --full     also the tests with label "full", and the unit and end-to-end tests under
#              AddressSanitizer with UBSan and under ThreadSanitizer
#   --filter   only ctest tests whose name matches
# The last line is "N passed, N failed, N skipped"; GoogleTest cases count one by one, every other
# test as one. The exit code says whether all passed.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export ASSAY_SHARED="${ASSAY_SHARED:-$PWD/../shared}"
export ASSAY_BINARY="$PWD/build/release/assay"
export CTEST_OUTPUT_ON_FAILURE=1

full=0
filter=()
while [ $# -gt 0 ]; do
  case "$1" in
    --full) full=1 ;;
    --filter) filter=(-R "${2:?--filter needs a regular expression}"); shift ;;
    *) echo "usage: ./dev test [--full] [--filter REGEX]" >&2; exit 2 ;;
  esac
  shift
done
results="$PWD/build/test-results"
rm -rf "$results"
mkdir -p "$results"

# lane PRESET CTEST-ARGUMENT...: builds everything of a preset and runs its tests.
lane() {
  local preset=$1
  shift
  printf '== %s: building\n' "$preset"
  local targets=()
  # Under a sanitizer run the unit tests, and the end-to-end tests with a binary of the same lane.
  [ "$preset" = dev ] || mapfile -t targets < <(sed -n 's/^assay_test(\([a-z_]*\) .*/\1/p' tests/CMakeLists.txt)
  if [ ${#targets[@]} -gt 0 ]; then
    # Rooms without tests yet have no target.
    ./dev preset "$preset" tree_sitter || { touch "$results/$preset.build-failed"; return; }
    local known
    known="$(ninja -C "build/$preset" -t targets all)"
    local present=()
    for target in "${targets[@]}"; do
      grep -q "^$target: " <<<"$known" && present+=("$target")
    done
    targets=("${present[@]}" assay)
    local either
    either="$(IFS='|'; echo "${present[*]}")"
    set -- -R "^($either|e2e_.*)\$" "$@"
  fi
  ./dev preset "$preset" "${targets[@]}" || { touch "$results/$preset.build-failed"; return; }
  mkdir -p "$results/$preset"
  printf '== %s: testing\n' "$preset"
  GTEST_OUTPUT="xml:$results/$preset/" ctest --test-dir "build/$preset" -j2 --no-tests=error \
    --output-junit "$results/$preset.junit" "$@"
  [ -e "$results/$preset.junit" ] || touch "$results/$preset.build-failed"
}

./dev test-packages
if [ $full -eq 1 ]; then ./dev client-packages; fi
# The end-to-end tests run the binary that users get.
if compgen -G 'analyzer/cli/*.cc' >/dev/null; then
  printf '== release: building assay\n'
  ./dev build || touch "$results/release.build-failed"
fi
if [ $full -eq 1 ]; then
  lane dev "${filter[@]}"
  export ASAN_OPTIONS="${ASAN_OPTIONS:-abort_on_error=1}" UBSAN_OPTIONS="${UBSAN_OPTIONS:-print_stacktrace=1}"
  # Frames are several times larger under a sanitizer; what bounds recursion counts levels, not bytes.
  ulimit -s 65536 2>/dev/null || ulimit -s "$(ulimit -H -s)"
  unset ASSAY_BINARY
  lane asan
  lane tsan -E e2e_hostile_test  # its limits are of a plain process
else
  lane dev -LE full "${filter[@]}"
fi
exec python3 tests/summary.py "$results"
