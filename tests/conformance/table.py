#!/usr/bin/env python3
"""Runs every conformance_* executable of a build tree and prints one table.

    table.py BUILD_DIR [NAME...]     only suites whose name contains a NAME

A runner's last lines that say "suite=NAME cases=N passed=N failed=N skipped=N" are its rows.
Exit code 1 when a runner fails: a case that once passed no longer does.
"""
import os
import re
import subprocess
import sys
import time

ROW = re.compile(r"^suite=(\S+) cases=(\d+) passed=(\d+) failed=(\d+) skipped=(\d+)\s*$", re.M)


def executables(build):
    found = []
    for folder, folders, files in os.walk(build):
        folders[:] = sorted(f for f in folders if f not in ("CMakeFiles", "generated", "_deps"))
        for name in files:
            path = os.path.join(folder, name)
            if name.startswith("conformance_") and "." not in name and os.access(path, os.X_OK):
                found.append(path)
    return sorted(found, key=os.path.basename)


def main():
    if len(sys.argv) < 2:
        print(__doc__.strip(), file=sys.stderr)
        return 2
    root = os.path.abspath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", ".."))
    os.environ.setdefault("ASSAY_SHARED", os.path.join(root, "..", "shared"))
    wanted = sys.argv[2:]
    rows, broken = [], []
    for path in executables(os.path.abspath(sys.argv[1])):
        name = os.path.basename(path)
        if wanted and not any(word in name for word in wanted):
            continue
        start = time.monotonic()
        try:
            done = subprocess.run([path], cwd=root, capture_output=True, text=True, errors="replace",
                                  timeout=1200)
        except subprocess.TimeoutExpired:
            broken.append((name, "ran longer than 20 minutes"))
            continue
        seconds = time.monotonic() - start
        found = ROW.findall(done.stdout)
        for index, (suite, *numbers) in enumerate(found):
            rows.append((suite, *map(int, numbers), seconds if index == 0 else 0.0))
        if done.returncode != 0 or not found:
            tail = (done.stdout + done.stderr).strip().split("\n")[-12:]
            broken.append((name, f"exit code {done.returncode}\n  " + "\n  ".join(tail)))
    width = max([len(row[0]) for row in rows] + [5])
    print(f"{'suite':<{width}} {'cases':>7} {'passed':>7} {'failed':>7} {'skipped':>8} {'':>7} {'seconds':>8}")
    for suite, cases, passed, failed, skipped, seconds in sorted(rows):
        run = cases - skipped
        share = f"{100.0 * passed / run:.1f}%" if run > 0 else "-"
        print(f"{suite:<{width}} {cases:>7} {passed:>7} {failed:>7} {skipped:>8} {share:>7} {seconds:>8.1f}")
    for name, why in broken:
        print(f"{name}: {why}", file=sys.stderr)
    if not rows and not broken:
        print("no conformance runner is built", file=sys.stderr)
        return 1
    return 1 if broken else 0


if __name__ == "__main__":
    sys.exit(main())
