#!/usr/bin/env python3
"""Whole runs of assay over every corpus, as a Markdown table.

./dev bench corpus [NAME...] [--assay BINARY] [--runs N] [--against BINARY]

CPU is user + system seconds of the process, the median of N runs with the default number of jobs. The stages come from
--stats with one job, and so does the peak of resident memory. `read+parse` is what discovering, reading and parsing the files takes alone; `times` is the whole
run over it (both with one job). --against measures a second binary in turns with the first and says whether both report
the same bytes.
"""
import argparse
import pathlib
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import measure

STAGES = ["load rules", "discover", "read and parse", "lower", "views", "compile rules", "evaluate", "suppressions",
          "report", "write"]


def stage_times(stderr):
    """Milliseconds by metric, from the table of --stats."""
    times = {}
    for line in stderr.splitlines():
        parts = line.rsplit(None, 3)
        if len(parts) == 4 and parts[1].isdigit():
            try:
                times[parts[0].strip()] = float(parts[2])
            except ValueError:
                pass
    # Manifests are lowered by the worker that reads them: that time belongs to the stage it is named after.
    at_once = times.get("lower at once", 0.0)
    times["lower"] = times.get("lower", 0.0) + at_once
    times["read and parse"] = times.get("read and parse", 0.0) - at_once
    return times


def peak_mib(stderr):
    for line in stderr.splitlines():
        if line.startswith("peak memory KiB"):
            return int(line.split()[-1]) / 1024
    return 0.0


def report_of(binary, directory, path, extra=()):
    with open(path, "wb") as out:
        measure.run([binary, "scan", ".", "--no-cache", "--format", "json", *extra], cwd=directory, stdout=out)
    return path


def cold_start(binaries, runs):
    empty = measure.GENERATED / "empty"
    empty.mkdir(parents=True, exist_ok=True)
    rows = []
    for name, arguments in (("assay version", ["version"]), ("scan of an empty directory", ["scan", str(empty)])):
        for binary in binaries:
            samples = [measure.run([binary, *arguments]) for _ in range(runs * 5)]
            rows.append([name if len(binaries) == 1 else f"{name} ({binary})",
                         f"{measure.median([s.cpu for s in samples]) * 1e3:.1f}",
                         f"{measure.median([s.wall for s in samples]) * 1e3:.1f}"])
    measure.table(["cold start", "CPU ms", "wall ms"], rows)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="only corpora whose name contains one of these")
    parser.add_argument("--assay")
    parser.add_argument("--against", help="a second binary, measured in turns")
    parser.add_argument("--runs", type=int, default=7)
    options = parser.parse_args()
    binaries = [measure.binary(options.assay)]
    if options.against:
        binaries.insert(0, measure.binary(options.against))
    cold_start(binaries, options.runs)

    rows, stage_rows = [], []
    for name, directory in measure.corpora(options.name):
        files, size, read_cpu = measure.read_all(directory)
        read_cpu = measure.median([read_cpu] + [measure.read_all(directory)[2] for _ in range(2)])
        samples = {binary: [] for binary in binaries}
        single = {binary: [] for binary in binaries}
        reports = {}
        for binary in binaries:
            reports[binary] = report_of(binary, directory, measure.GENERATED / f"report-{binaries.index(binary)}.json")
        for _ in range(options.runs):
            for binary in binaries:
                samples[binary].append(measure.run([binary, "scan", ".", "--no-cache", "--format", "json"], cwd=directory))
                single[binary].append(
                    measure.run([binary, "scan", ".", "--no-cache", "--format", "json", "--jobs", "1", "--stats"], cwd=directory))
        for binary in binaries:
            label = name if len(binaries) == 1 else f"{name} {'before' if binary == binaries[0] else 'after'}"
            bad = [s for s in samples[binary] if s.code not in (0, 1, 3)]
            if bad:
                rows.append([label, files, f"{size / 1e6:.2f}", f"exit {bad[0].code}: {bad[0].stderr.strip()[-80:]}"]
                            + ["-"] * 8)
                continue
            report = measure.load_json(reports[binary])
            cpu = measure.median([s.cpu for s in samples[binary]])
            stages = [stage_times(s.stderr) for s in single[binary]]
            middle = {s: measure.median([t.get(s, 0.0) for t in stages]) for s in STAGES}
            parse = (middle["discover"] + middle["read and parse"]) / 1e3
            single_cpu = measure.median([s.cpu for s in single[binary]])
            peak = measure.median([peak_mib(s.stderr) for s in single[binary]])
            rows.append([label, files, f"{size / 1e6:.2f}", report["summary"]["resources"], len(report["findings"]),
                         measure.seconds(cpu), measure.seconds(measure.median([s.wall for s in samples[binary]])),
                         f"{peak:.0f}", f"{size / 1e6 / cpu:.1f}", measure.seconds(parse),
                         f"{single_cpu / parse:.1f}" if parse else "-",
                         f"{cpu / read_cpu:.0f}" if read_cpu else "-"])
            total = sum(middle.values()) or 1.0
            stage_rows.append([label] + [f"{middle[s] / total * 100:.0f}%" for s in STAGES]
                              + [measure.seconds(total / 1e3)])
        if len(binaries) == 2:
            same = subprocess.run(["cmp", "-s", *map(str, reports.values())]).returncode == 0
            rows.append([f"{name}: reports {'are equal' if same else 'DIFFER'}"] + [""] * 11)
    measure.table(["corpus", "files", "MB", "resources", "findings", "CPU s", "wall s", "peak MB", "MB/s",
                   "read+parse s", "times", "over bare reading"], rows)
    measure.table(["share of stages"] + STAGES + ["sum s"], stage_rows)


if __name__ == "__main__":
    main()
