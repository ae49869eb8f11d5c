#!/bin/sh
# parallel.sh LIST SHARDS OUT: GNU parallel runs the shards of a work list on this machine and puts them together.
set -eu
list=$1 shards=$2 out=$3
parts=$(mktemp -d)
trap 'rm -rf "$parts"' EXIT
# Findings are results, not failures of the job.
seq "$shards" | parallel --halt soon,fail=1 assay scan --work-list "$list" --shard "{}/$shards" --jobs 1 --quiet --fail-on none \
  --allow-partial --output "json=$parts/{}.json" '>/dev/null'
assay merge "$parts"/*.json --output "$out"
