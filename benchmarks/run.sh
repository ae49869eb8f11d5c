#!/usr/bin/env bash
# ./dev bench micro [FILTER]   Google Benchmark over the parts; FILTER picks executables by name,
#                              further arguments go to them (--benchmark_filter=...)
# ./dev bench corpus|compare   whole runs over corpora; side by side with peers
# ./dev bench warm             a repository of 5,000 files: cold, unchanged, after an edit
# ./dev bench lsp              the language server: edits, answers, memory
# ./dev bench pack             what the rules add to a scan without rules, by corpus
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
export ASSAY_SHARED="${ASSAY_SHARED:-$PWD/../shared}"
what="${1:-micro}"
shift || true
case "$what" in
  micro)
    filter=""
    if [ $# -gt 0 ] && [[ "$1" != --* ]]; then
      filter="$1"
      shift
    fi
    ./dev preset release tree_sitter   # installs packages and fetches sources when missing
    [ -e build/bench/build.ninja ] || cmake -S . -B build/bench -G Ninja -DCMAKE_BUILD_TYPE=Release \
      -DCMAKE_CXX_FLAGS_RELEASE=-O2 -DASSAY_TESTS=OFF -DASSAY_BENCHMARKS=ON >build/bench.log 2>&1 ||
      { cat build/bench.log >&2; exit 1; }
    targets=()
    for source in benchmarks/micro/*"$filter"*_benchmark.cc; do
      [ -e "$source" ] || { echo "no benchmark matches '$filter'" >&2; exit 2; }
      name="${source##*/}"
      targets+=("${name%.cc}")
    done
    ninja -C build/bench "${targets[@]}" >build/bench.log 2>&1 || { tail -n 60 build/bench.log >&2; exit 1; }
    for target in "${targets[@]}"; do
      printf '\n== %s\n' "$target"
      "build/bench/$target" --benchmark_color=false "$@"
    done
    ;;
  corpus | compare)
    [ -e "benchmarks/$what/run.py" ] || { echo "benchmarks/$what/run.py is missing" >&2; exit 2; }
    exec python3 "benchmarks/$what/run.py" "$@"
    ;;
  pack) exec python3 benchmarks/corpus/pack.py "$@" ;;
  warm) exec python3 benchmarks/corpus/warm.py "$@" ;;
  lsp) exec python3 benchmarks/lsp/run.py "$@" ;;
  *)
    echo "usage: ./dev bench micro|corpus|compare|pack|warm|lsp" >&2
    exit 2
    ;;
esac
