#!/usr/bin/env python3
"""assay beside other scanners over the same input: CPU and wall seconds, peak memory, findings.

./dev bench compare [NAME...] [--assay BINARY] [--runs N] [--without-checkov] [--no-install] [--peer NAME...] [--timeout SECONDS]
./dev bench compare terraform ...   only against Terraform itself (terraform.py)

Peers are installed from their registries into build/peers (crates.io, PyPI, the Go module proxy; peers.py). CPU is user + system
seconds of the process and its children; all are medians of N runs taken in turns (Checkov: one run); the number in
parentheses is the ratio to assay. Findings are what each reports by default: they are no measure of quality, since each has
rules of its own. What could not be installed says "not available", what gave up "fails"; a tool has no line for input that it does not read.
"""
import argparse
import shutil
import sys
import pathlib

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import measure
import peers as others
import terraform



def commits():
    """Ten files of a commit, in copies of two corpora, as a hook names them."""
    found = []
    for corpus, pattern in (("kubernetes-examples", "*.yaml"), ("terraform-aws-eks", "*.tf")):
        source = measure.SHARED / "corpora" / corpus
        if not source.is_dir():
            continue
        copy = measure.GENERATED / ("commit-" + corpus)
        if not copy.is_dir():
            shutil.copytree(source, copy, ignore=shutil.ignore_patterns(".git"))
            (copy / ".git").mkdir()  # the repository ends here
            (copy / ".git/HEAD").write_text("ref: refs/heads/main\n")
        files = sorted(copy.rglob(pattern))
        found.append((f"10 files of {corpus}", files[:: max(1, len(files) // 10)][:10]))
    return found


def measured(tool, command, timeout, last, counts):
    """One run; of the last one the output is kept, and counts[tool] is what it reports."""
    if not last:
        return measure.run(command, timeout=timeout)
    path = measure.GENERATED / "stdout.json"
    with open(path, "wb") as out:
        sample = measure.run(command, timeout=timeout, stdout=out)
    counts[tool] = tool.count(path.read_text(errors="replace")) if not sample.timed_out else ""
    return sample


class Own(others.Peer):
    def __init__(self, binary, runs):
        super().__init__("assay", "", [], lambda path, t: [path, "scan", "--no-cache", "--format", "json", *others.words(t)],
                         lambda text: len([f for f in (others.parsed(text) or {"findings": []})["findings"] if not f["suppressed"]]),
                         runs=runs, codes=(0, 1, 3))
        self.path = binary


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="*", help="only corpora whose name contains one of these")
    parser.add_argument("--assay")
    parser.add_argument("--runs", type=int, default=5)
    parser.add_argument("--without-checkov", action="store_true", help="it takes a minute for each corpus")
    parser.add_argument("--no-install", action="store_true", help="only peers that are in build/peers already")
    parser.add_argument("--peer", action="append", help="only these")
    parser.add_argument("--timeout", type=int, default=300, help="seconds for one run of a peer")
    options = parser.parse_args()
    assay = measure.binary(options.assay)
    if options.name == ["terraform"]:
        return terraform.main(assay, options.runs)
    tools = [Own(assay, options.runs)]
    for peer in others.all_peers(options.runs, options.without_checkov):
        if options.peer and peer.name not in options.peer:
            continue
        peer.install(not options.no_install)
        tools.append(peer)
    targets = measure.corpora(options.name) + [c for c in commits() if not options.name or any(n in c[0] for n in options.name)]
    rows = []
    for name, target in targets:
        commands = {tool: tool.command(tool.path, target) for tool in tools if tool.path}
        samples, counts = {tool: [] for tool in tools}, {}
        for turn in range(options.runs):
            for tool, command in commands.items():
                if command and turn < tool.runs:
                    samples[tool].append(measured(tool, command, options.timeout, turn == tool.runs - 1, counts))
        base = measure.median([s.cpu for s in samples[tools[0]]])
        for tool in tools:
            runs = samples[tool]
            if not tool.path and tool.command(tool.name, target):
                rows.append([name, tool.name, "not available", "", "", ""])
            elif not runs:
                continue
            elif runs[0].timed_out:
                rows.append([name, tool.name, f"over {options.timeout} s", "", "", ""])
            elif runs[0].code not in tool.codes:
                rows.append([name, tool.name, f"fails (exit {runs[0].code})", "", "", ""])
            else:
                cpu = measure.median([s.cpu for s in runs])
                ratio = "" if tool is tools[0] else f" ({cpu / base:.1f}x)"
                rows.append([name, tool.name, measure.seconds(cpu) + ratio, measure.seconds(measure.median([s.wall for s in runs])),
                             f"{measure.median([s.memory for s in runs]):.0f}", counts[tool]])
    measure.table(["input", "tool", "CPU s", "wall s", "peak MiB", "findings"], rows)
    if not options.name:
        terraform.main(assay, options.runs)
    return 0


if __name__ == "__main__":
    sys.exit(main())
