#!/usr/bin/env python3
"""CPU seconds of assay and of other scanners over the same corpora, side by side.

./dev bench compare [NAME...] [--assay BINARY] [--runs N] [--without-checkov] [--no-install]
./dev bench compare terraform ...   only against Terraform itself (terraform.py)

Peers are installed from their registries into build/peers (crates.io, PyPI, the Go module proxy). Each figure is user +
system seconds of the process and its children, the median of N runs taken in turns (Checkov: one run); the number in
parentheses is the ratio to assay. What could not be installed or run says "not available".

kubeconform fetches its schemas from the network. Here it runs without: it reads the manifests and skips the validation,
which makes its figure a lower bound.
"""
import argparse
import os
import pathlib
import shutil
import subprocess
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import measure
import terraform

PEERS = measure.ROOT / "build" / "peers"
TIMEOUT = 300  # seconds for one run of a peer


def install(program, steps, env=None):
    """Runs `steps` unless `program` exists; the path, or None with the reason on stderr."""
    path = PEERS / program
    if path.exists():
        return str(path)
    PEERS.mkdir(parents=True, exist_ok=True)
    for step in steps:
        if shutil.which(step[0]) is None and not pathlib.Path(step[0]).exists():
            print(f"{program}: {step[0]} is missing", file=sys.stderr)
            return None
        done = subprocess.run(step, env={**os.environ, **(env or {})}, capture_output=True, text=True)
        if done.returncode != 0:
            print(f"{program}: {' '.join(step)} failed:\n{done.stderr[-800:]}", file=sys.stderr)
            return None
    return str(path) if path.exists() else None


def peers(options):
    """(name, command for a directory or None when it does not apply, runs, exit codes of success)."""
    found = []

    def add(name, program, steps, command, runs, codes, env=None):
        if options.no_install:
            steps = []
        path = install(program, steps, env)
        found.append((name, path and (lambda d: command(path, d)), runs, codes))

    add("rustmaninoff", "cargo/bin/rustmaninoff",
        [["cargo", "install", "--quiet", "--root", str(PEERS / "cargo"), "rustmaninoff"]],
        lambda path, d: [path, "scan", str(d), "--output", "json", "--soft-fail"], options.runs, (0, 1))
    add("kubeconform", "go/bin/kubeconform",
        [["go", "install", "github.com/yannh/kubeconform/cmd/kubeconform@latest"]],
        lambda path, d: [path, "-n", "2", "-ignore-missing-schemas", "-schema-location",
                         str(PEERS / "no-schemas") + "/{{.ResourceKind}}.json", "-output", "json", str(d)]
        if measure.kubernetes_only(d) else None,
        options.runs, (0, 1), {"GOBIN": str(PEERS / "go" / "bin"), "GOPATH": str(PEERS / "go" / "path"),
                               "GOFLAGS": "-modcacherw"})
    if not options.without_checkov:
        venv = PEERS / "checkov"
        add("checkov", "checkov/bin/checkov",
            [[sys.executable, "-m", "venv", str(venv)], [str(venv / "bin" / "pip"), "install", "-q", "checkov"]],
            lambda path, d: [path, "-d", str(d), "-o", "json", "--quiet", "--compact", "--soft-fail",
                             "--skip-download", "--framework",
                             *(["kubernetes"] if measure.kubernetes_only(d) else
                               ["cloudformation"] if "cloudformation" in d.name else ["terraform"])],
            1, (0, 1))
    return found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="only corpora whose name contains one of these")
    parser.add_argument("--assay")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--without-checkov", action="store_true", help="it takes a minute for each corpus")
    parser.add_argument("--no-install", action="store_true", help="only peers that are in build/peers already")
    options = parser.parse_args()
    assay = measure.binary(options.assay)
    if options.name == ["terraform"]:
        return terraform.main(assay, options.runs)
    others = peers(options)
    rows = []
    for name, directory in measure.corpora(options.name):
        samples = {other[0]: [] for other in others}
        own = []
        for turn in range(options.runs):
            own.append(measure.run([assay, "scan", str(directory), "--format", "json"]))
            for other, command, runs, _ in others:
                line = command(directory) if command and turn < runs else None
                if line:
                    samples[other].append(measure.run(line, timeout=TIMEOUT))
        cpu = measure.median([s.cpu for s in own])
        row = [name, measure.seconds(cpu) if all(s.code in (0, 1, 3) for s in own) else f"exit {own[0].code}"]
        for other, command, _, codes in others:
            runs = samples[other]
            if command is None:
                row.append("not available")
            elif not runs:
                row.append("-")
            elif runs[0].timed_out:
                row.append(f"over {TIMEOUT} s")
            elif runs[0].code not in codes:
                row.append(f"not available (exit {runs[0].code})")
            else:
                theirs = measure.median([s.cpu for s in runs])
                row.append(f"{measure.seconds(theirs)} ({theirs / cpu:.1f}x)")
        rows.append(row)
    measure.table(["CPU s", "assay"] + [other[0] for other in others], rows)
    if not options.name:
        print()
        terraform.main(assay, options.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
