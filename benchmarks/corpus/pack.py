#!/usr/bin/env python3
"""What judging costs: the whole pack against the same pipeline with no rule that judges anything, by corpus.

./dev bench pack [NAME...] [--assay BINARY] [--runs N]

Both runs use one job and take turns; CPU is user + system milliseconds of the process, the median of N. `rules` is the
whole pack, `no rules` a rule about a type that does not exist. What finding fixes and writing the report take (from
--stats, the least of N) is told apart: it is not part of judging. The last table is a scan of one small file.
"""
import argparse
import pathlib
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import measure

SMALL = """resource "aws_s3_bucket" "b" {
  bucket = "x"
  acl    = "public-read"
}
"""


def policy_of_nothing():
    """A rule that judges a type which does not exist."""
    path = measure.GENERATED / "nothing.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("""---
id: TST9999
name: judges-nothing
severity: low
precision: low
resources: [nothing/at-all]
formats: [terraform]
---
# A rule for the benchmark
## What it does
Nothing.
## Why it matters
It does not.
## How to fix
There is nothing to fix.
```cel
true
```
""")
    return path


def stage(run, name):
    for line in run.stderr.splitlines():
        parts = line.rsplit(None, 3)
        if len(parts) == 4 and parts[0].strip() == name:
            return float(parts[2])
    return 0.0


def pairs(directory, binary, runs):
    scan = [binary, "scan", ".", "--no-cache", "--format", "json", "--jobs", "1"]
    none = scan + ["--policy", str(policy_of_nothing()), "--rule", "TST9999"]
    samples = ([], [])
    for _ in range(runs):
        samples[0].append(measure.run(none, cwd=directory))
        samples[1].append(measure.run(scan, cwd=directory))
    told = [measure.run(scan + ["--stats"], cwd=directory) for _ in range(runs)]
    after = min(stage(run, "fixes") + stage(run, "report") for run in told)
    return [measure.median([s.cpu for s in group]) * 1e3 for group in samples], after


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="only corpora whose name contains one of these")
    parser.add_argument("--assay")
    parser.add_argument("--runs", type=int, default=11)
    options = parser.parse_args()
    binary = measure.binary(options.assay)
    rows = []
    for name, directory in measure.corpora(options.name):
        (without, whole), after = pairs(directory, binary, options.runs)
        rows.append([name, f"{without:.1f}", f"{whole:.1f}", f"{after:.1f}",
                     f"{(whole - after - without) / without * 100:+.0f}%", f"{(whole - without) / without * 100:+.0f}%"])
    measure.table(["corpus", "no rules ms", "rules ms", "of these fixes and report", "judging adds", "all adds"], rows)

    small = measure.GENERATED / "small"
    small.mkdir(parents=True, exist_ok=True)
    (small / "main.tf").write_text(SMALL)
    rows = []
    for label, arguments in (("version", ["version"]), ("scan of one small file", ["scan", ".", "--jobs", "1"])):
        samples = [measure.run([binary, *arguments], cwd=small).cpu * 1e3 for _ in range(options.runs * 3)]
        rows.append([label, f"{measure.median(samples):.2f}"])
    measure.table(["start", "CPU ms"], rows)


if __name__ == "__main__":
    main()
