"""The scanners that assay is compared with: how each is installed from its registry, run, and counted.

A peer's command gets a directory or, for commits, a list of files; None says that it reads no such thing. All run without a network:
kubeconform fetches schemas otherwise, so it reads the manifests and skips the validation (a lower bound for it).
"""
import json
import os
import pathlib
import shutil
import subprocess
import sys

import measure

PEERS = measure.ROOT / "build" / "peers"
GO = {"GOBIN": str(PEERS / "go" / "bin"), "GOPATH": str(PEERS / "go" / "path"), "GOFLAGS": "-modcacherw"}
TRIVY = "0.70.0"


class Peer:
    def __init__(self, name, program, steps, command, count, runs=None, codes=(0, 1), env=None):
        self.name, self.program, self.steps, self.command, self.count = name, program, steps, command, count
        self.runs, self.codes, self.env = runs, codes, env
        self.path = None

    def install(self, allowed):
        """Runs the steps unless the program is there; the reason on stderr when it cannot be had."""
        path = PEERS / self.program
        if not path.exists() and allowed:
            PEERS.mkdir(parents=True, exist_ok=True)
            for step in self.steps:
                if shutil.which(step[0]) is None and not pathlib.Path(step[0]).exists():
                    print(f"{self.name}: {step[0]} is missing", file=sys.stderr)
                    return
                done = subprocess.run(step, env={**os.environ, **(self.env or {})}, capture_output=True, text=True)
                if done.returncode != 0:
                    print(f"{self.name}: {' '.join(step)} failed:\n{done.stderr[-800:]}", file=sys.stderr)
                    return
        if path.exists():
            self.path = str(path)


def kind(target):
    """terraform, kubernetes or cloudformation: what a target mostly is."""
    name = target.name if isinstance(target, pathlib.Path) else target[0].parts[-2] if target else ""
    if isinstance(target, list):
        return "terraform" if target[0].suffix == ".tf" else "kubernetes"
    return "kubernetes" if measure.kubernetes_only(target) else "cloudformation" if "cloudformation" in name else "terraform"


def words(target):
    return [str(file) for file in target] if isinstance(target, list) else [str(target)]


def whole(target, command):
    """For tools that take one directory and no list of files."""
    return None if isinstance(target, list) else command


def parsed(text):
    try:
        return json.loads(text)
    except ValueError:
        return None


def count_checkov(text):
    found = parsed(text)
    reports = found if isinstance(found, list) else [found] if found else []
    return sum(len(report.get("results", {}).get("failed_checks", [])) for report in reports)


def count_trivy(text):
    results = (parsed(text) or {}).get("Results") or []
    return sum(len(result.get("Misconfigurations") or []) + len(result.get("Secrets") or []) for result in results)


def all_peers(runs, without_checkov):
    venv = PEERS / "checkov"
    # Trivy cannot be installed with `go install`: its go.mod has replace directives, which count in the main module only.
    trivy = (f'set -e; dir=$(go mod download -json github.com/aquasecurity/trivy@v{TRIVY} | sed -n \'s/.*"Dir": "\\(.*\\)",/\\1/p\'); '
             f'work=$(mktemp -d); cp -r "$dir/." "$work"; chmod -R u+w "$work"; cd "$work"; GOEXPERIMENT=jsonv2 go build -o "{GO["GOBIN"]}/trivy" ./cmd/trivy; rm -rf "$work"')
    go = lambda package: [["go", "install", package]]
    out = [
        Peer("rustmaninoff", "cargo/bin/rustmaninoff", [["cargo", "install", "--quiet", "--root", str(PEERS / "cargo"), "rustmaninoff"]],
             lambda path, t: whole(t, [path, "scan", str(t), "--output", "json", "--soft-fail"]), count_checkov),
        Peer("tfsec", "go/bin/tfsec", go("github.com/aquasecurity/tfsec/cmd/tfsec@latest"),
             lambda path, t: whole(t, [path, str(t), "--format", "json", "--soft-fail", "--no-module-downloads"])
             if kind(t) == "terraform" else None,
             lambda text: len((parsed(text) or {}).get("results") or []), env=GO),
        Peer("trivy", "go/bin/trivy", [["bash", "-c", trivy]],
             lambda path, t: whole(t, [path, "config", "--quiet", "--skip-check-update", "--skip-version-check", "--cache-dir",
                                       str(PEERS / "trivy-cache"), "--format", "json", str(t)]),
             count_trivy, codes=(0,), env=GO),
        Peer("kubeconform", "go/bin/kubeconform", go("github.com/yannh/kubeconform/cmd/kubeconform@latest"),
             lambda path, t: [path, "-n", "2", "-ignore-missing-schemas", "-schema-location",
                              str(PEERS / "no-schemas") + "/{{.ResourceKind}}.json", "-output", "json", *words(t)]
             if kind(t) == "kubernetes" else None,
             lambda text: len((parsed(text) or {}).get("resources") or []), env=GO),
        Peer("kube-linter", "go/bin/kube-linter", go("golang.stackrox.io/kube-linter/cmd/kube-linter@latest"),
             lambda path, t: [path, "lint", "--format", "json", *words(t)] if kind(t) == "kubernetes" else None,
             lambda text: len((parsed(text) or {}).get("Reports") or []), env=GO),
        Peer("gitleaks", "go/bin/gitleaks", go("github.com/zricethezav/gitleaks/v8@latest"),
             lambda path, t: whole(t, [path, "dir", "--no-banner", "--exit-code", "0", "--report-format", "json", "--report-path", "/dev/stdout", str(t)]),
             lambda text: len(parsed(text) or []), env=GO),
    ]
    if not without_checkov:
        def checkov(path, target):
            from_files = [word for file in target for word in ("-f", str(file))] if isinstance(target, list) else ["-d", str(target)]
            return [path, *from_files, "-o", "json", "--quiet", "--compact", "--soft-fail", "--skip-download", "--framework", kind(target)]
        out.append(Peer("checkov", "checkov/bin/checkov",
                        [[sys.executable, "-m", "venv", str(venv)], [str(venv / "bin" / "pip"), "install", "-q", "checkov"]],
                        checkov, count_checkov, runs=1))
    for peer in out:
        peer.runs = peer.runs or runs
    return out
