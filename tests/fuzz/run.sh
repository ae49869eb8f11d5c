#!/usr/bin/env bash
# Every fuzz target under clang's libFuzzer with AddressSanitizer and UBSan.
#   tests/fuzz/run.sh [SECONDS] [TARGET...]      60 seconds each; TARGET such as hcl
# Inputs that reached new code are kept in build/fuzz-corpus, findings in build/fuzz-findings.
set -uo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/../.."
seconds="${1:-60}"
shift || true
case "$seconds" in '' | *[!0-9]*) echo "usage: ./dev fuzz [SECONDS] [TARGET...]" >&2; exit 2 ;; esac
shared="${ASSAY_SHARED:-$PWD/../shared}"

names=("$@")
if [ ${#names[@]} -eq 0 ]; then
  for source in tests/fuzz/*_fuzzer.cc; do
    name="${source##*/}"
    names+=("${name%_fuzzer.cc}")
  done
fi
./dev clang-packages || exit 1
./dev preset fuzz "${names[@]/#/fuzz_}" || exit 1

# Seeds are links to files of the kind that the target's name speaks of, small ones first.
seeds() {
  local name=$1 into="build/fuzz-seeds/$1" patterns=() pattern args=()
  case "$name" in
    hcl | terraform*) patterns=('*.tf' '*.hcl' '*.tfvars') ;;
    yaml | kubernetes* | helm*) patterns=('*.yaml' '*.yml') ;;
    json) patterns=('*.json' '*.jsonl') ;;
    cloudformation*) patterns=('*.yaml' '*.yml' '*.json' '*.template') ;;
    admission | http) patterns=('*.json' '*.http') ;;
    rego*) patterns=('*.rego') ;;
    *) patterns=('*.tf' '*.yaml' '*.yml' '*.json' '*.cel' '*.md') ;;
  esac
  for pattern in "${patterns[@]}"; do args+=(-o -name "$pattern"); done
  rm -rf "$into"
  mkdir -p "$into"
  local number=0 file
  while IFS= read -r file; do
    ln -s "$file" "$into/$((number += 1))"
  done < <(find "$shared/corpora" "$shared/oracles" "$PWD/tests/golden" "$PWD/examples" "$PWD/rules/packs" \
    -type f -size -32k \( -false "${args[@]}" \) -printf '%s %p\n' 2>/dev/null | sort -n | cut -d' ' -f2- | head -n 1500)
}

failed=0
for name in "${names[@]}"; do
  seeds "$name"
  mkdir -p "build/fuzz-corpus/$name" build/fuzz-findings
  log="build/fuzz-findings/$name.log"
  # libFuzzer stops at the first finding and exits with 77 (70 and 71: timeout and memory).
  if "build/fuzz/fuzz_$name" -max_total_time="$seconds" -rss_limit_mb=2048 -timeout=10 -max_len=65536 \
      -print_final_stats=1 -verbosity=1 -artifact_prefix="build/fuzz-findings/$name-" \
      "build/fuzz-corpus/$name" "build/fuzz-seeds/$name" >"$log" 2>&1; then
    runs="$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")"
    printf '%-24s ok      %s runs\n' "$name" "${runs:-?}"
  else
    failed=$((failed + 1))
    printf '%-24s FAILED  see %s\n' "$name" "$log"
    grep -E 'ERROR|SUMMARY|Test unit written|internal error' "$log" | head -n 8
  fi
done
echo "${#names[@]} targets, $failed failed"
[ "$failed" -eq 0 ]
