#!/bin/sh
#SBATCH --job-name=assay
#SBATCH --array=1-8
#SBATCH --cpus-per-task=1
#SBATCH --mem=1G
#SBATCH --time=01:00:00
# sbatch slurm.sh LIST OUT-DIRECTORY: a shard per task of the array. Afterwards:
#   assay merge OUT-DIRECTORY/*.json --output "$(date +%F).json"
set -eu
# Findings are results, not failures of the job.
assay scan --work-list "$1" --shard "$SLURM_ARRAY_TASK_ID/$SLURM_ARRAY_TASK_COUNT" --jobs "$SLURM_CPUS_PER_TASK" --quiet \
  --fail-on none --allow-partial --output "json=$2/$SLURM_ARRAY_TASK_ID.json" >/dev/null
