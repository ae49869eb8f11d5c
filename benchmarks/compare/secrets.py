#!/usr/bin/env python3
"""Secret detection beside gitleaks on the same trees: CPU seconds, MB/s and what each finds.

    secrets.py [--binary PATH] [--gitleaks PATH] [--rounds N] [TREE...]

Both read the same files; the runs take turns, so that the machine's other work meets both. Without trees,
the corpora of $ASSAY_SHARED and one tree of all of them ten times over are measured. The cost of searching texts
alone is the difference between a scan with the rules about texts and one without.
"""
import argparse
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
from measure import GENERATED, ROOT, SHARED, median, run  # noqa: E402


def size_of(tree):
    return sum(f.stat().st_size for f in pathlib.Path(tree).rglob("*") if f.is_file() and not f.is_symlink())


def ten_times(corpora):
    out = GENERATED / "secrets-x10"
    if not out.is_dir():
        part = GENERATED / "secrets-x10.part"
        for i in range(10):
            shutil.copytree(corpora, part / str(i), ignore=shutil.ignore_patterns(".git"))
        part.rename(out)
    return out


def found_by_assay(binary, tree):
    done = subprocess.run([binary, "scan", ".", "--rule", "SEC02*", "--format", "json"], cwd=tree, capture_output=True, check=False)
    return len(json.loads(done.stdout)["findings"])


def found_by_gitleaks(binary, tree):
    with tempfile.NamedTemporaryFile(suffix=".json") as report:
        subprocess.run([binary, "detect", "--no-git", "--no-banner", "-s", ".", "-r", report.name, "--exit-code", "0"], cwd=tree,
                       capture_output=True, check=False)
        return len(json.load(open(report.name, encoding="utf-8")) or [])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binary", default=str(ROOT / "build" / "release" / "assay"))
    parser.add_argument("--gitleaks", default=shutil.which("gitleaks") or str(ROOT / "build" / "peers" / "gobin" / "gitleaks"))
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("trees", nargs="*")
    arguments = parser.parse_args()
    if not os.path.exists(arguments.binary):
        print("skipped: no binary at " + arguments.binary)
        return 77
    trees = arguments.trees or [str(SHARED / "corpora"), str(ten_times(SHARED / "corpora"))]
    peer = arguments.gitleaks if os.path.exists(arguments.gitleaks) else None
    if peer is None:
        print("gitleaks is not there: only Assay is measured")
    print(f"{'tree':28} {'MB':>6} {'tool':>22} {'CPU s':>8} {'MB/s':>8} {'found':>6}")
    for tree in trees:
        megabytes = size_of(tree) / 1e6
        texts, nothing, others = [], [], []
        for _ in range(arguments.rounds):
            common = [arguments.binary, "scan", ".", "--no-cache", "--jobs", "1", "--format", "json", "--allow-partial"]
            texts.append(run(common + ["--rule", "SEC02*"], cwd=tree).cpu)
            nothing.append(run(common + ["--rule", "TFM0001"], cwd=tree).cpu)
            if peer:
                others.append(run([peer, "detect", "--no-git", "--no-banner", "-s", ".", "--exit-code", "0"], cwd=tree).cpu)
        rows = [("assay, all of it", median(texts), found_by_assay(arguments.binary, tree)),
                ("assay, search alone", max(median(texts) - median(nothing), 1e-3), "")]
        if peer:
            rows.append(("gitleaks", median(others), found_by_gitleaks(peer, tree)))
        for tool, cpu, found in rows:
            print(f"{pathlib.Path(tree).name:28} {megabytes:6.1f} {tool:>22} {cpu:8.3f} {megabytes / cpu:8.0f} {found:>6}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
