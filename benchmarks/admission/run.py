#!/usr/bin/env python3
"""Service time, rate and memory of the webhook at 1, 50 and 200 policies and with the built-in rules.

    run.py [--binary build/release/assay] [--requests 20000] [--clients 4] [--rate 2000] [--json]

Needs h2load (nghttp2-client) and $ASSAY_SHARED/tools/load. For each set: time until /readyz says yes, CPU time per review of the
server (all threads, TLS included), service time as the server itself measures it (from the last byte of a request to its answer),
what clients see at --rate, the most that clients get, and resident memory. Policies are ValidatingAdmissionPolicies or rule files.
"""
import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import serve_case  # noqa: E402
from soak import find_port  # noqa: E402

RULE = """---
id: BEN{number:04d}
name: bench-{number}
severity: high
precision: high
resources: [kubernetes/pod-template]
formats: [kubernetes]
fix: none
each: containers
at: image
---
# Bench {number}
## What it does
Nothing else.
## Why it matters
It is measured.
## How to fix
Do not.
```cel
item.image.startsWith("forbidden-{number}.example/") || (has(item.securityContext) && has(item.securityContext.runAsUser) && item.securityContext.runAsUser == {number})
```
```yaml bad
apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec: {{containers: [{{name: a, image: "forbidden-{number}.example/a"}}]}}  # error: forbidden
```
```yaml good
apiVersion: v1
kind: Pod
metadata: {{name: a}}
spec: {{containers: [{{name: a, image: "a"}}]}}
```
"""
VAP = """apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {{name: bench-{number}}}
spec:
  matchConstraints: {{resourceRules: [{{apiGroups: ["apps", ""], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [pods, deployments]}}]}}
  variables:
  - {{name: containers, expression: "has(object.spec.template) ? object.spec.template.spec.containers : object.spec.containers"}}
  validations:
  - {{expression: "variables.containers.all(c, !c.image.startsWith('forbidden-{number}.example/'))", message: "image {number}"}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {{name: bench-{number}}}
spec: {{policyName: bench-{number}, validationActions: [Deny]}}
"""


def cpu_seconds(pid):
    with open(f"/proc/{pid}/stat", encoding="ascii") as stat:
        fields = stat.read().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def quantile(before, after, share):
    """The bucket of the server's own histogram that holds the quantile, interpolated, in milliseconds."""
    prefix = 'assay_review_duration_seconds_bucket{le="'
    bounds = [(float(name[len(prefix):-2]), after[name] - before.get(name, 0)) for name in after if name.startswith(prefix)]
    bounds.sort()
    total = bounds[-1][1]
    low, seen = 0.0, 0
    for bound, count in bounds:
        if count >= share * total:
            part = (share * total - seen) / max(1, count - seen)
            return round(1000 * (low + part * (min(bound, 10) - low)), 3)
        low, seen = bound, count
    return None


def load(server, samples, given, *more):
    tool = os.path.join(os.environ.get("ASSAY_SHARED", os.path.join(ROOT, "..", "shared")), "tools", "load", "admission_load.py")
    done = subprocess.run([sys.executable, tool, "run", "--url", f"https://127.0.0.1:{server.port}/validate", "--requests", str(given.requests),
                           "--clients", str(given.clients), "--seconds", "60", *more, *samples], stdout=subprocess.PIPE, check=False)
    return json.loads(done.stdout)["reviews"]


def measure(name, files, arguments, given, samples):
    folder = tempfile.mkdtemp(prefix="assay-bench-")
    try:
        for path, text in files.items():
            os.makedirs(os.path.join(folder, os.path.dirname(path)), exist_ok=True)
            with open(os.path.join(folder, path), "w", encoding="utf-8") as out:
                out.write(text)
        certificate = serve_case.make_certificate(folder)
        begun = time.monotonic()
        server = serve_case.Server(folder, "--no-config", "--log-level", "warning", *arguments, ready=False, certificate=certificate)
        find_port(server)
        ready = time.monotonic() - begun
        server.ask(open(samples[0], "rb").read())
        memory = server.memory_kb()
        load(server, samples, given)  # warm
        before, cpu = server.metrics(), cpu_seconds(server.process.pid)
        top = load(server, samples, given)
        after, cpu = server.metrics(), cpu_seconds(server.process.pid) - cpu
        count = after["assay_review_duration_seconds_count"] - before["assay_review_duration_seconds_count"]
        steady_before = after
        steady = load(server, samples, given, "--rate", str(given.rate))
        steady_after = server.metrics()
        row = {"set": name, "rules": after["assay_rules"], "policies": after["assay_policies"], "ready_ms": round(1000 * ready),
               "cpu_us": round(1e6 * cpu / count), "most_per_second": round(sum(one["per_second"] for one in top.values()) / len(top)),
               "service_ms": {"p50": quantile(steady_before, steady_after, .5), "p99": quantile(steady_before, steady_after, .99),
                              "p99.9": quantile(steady_before, steady_after, .999)},
               "client_ms_at_rate": {os.path.basename(k): {q: v["ms"][q] for q in ("p50", "p99", "p99.9")} for k, v in steady.items()},
               "resident_mb": {"start": round(memory / 1024, 1), "end": round(server.memory_kb() / 1024, 1)}}
        server.stop()
        return row
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--binary", default=os.path.join(ROOT, "build", "release", "assay"))
    parser.add_argument("--requests", type=int, default=20000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rate", type=int, default=2000)
    parser.add_argument("--review", action="append", help="recorded AdmissionReviews; a small Deployment when absent")
    parser.add_argument("--only", default="")
    given = parser.parse_args()
    os.environ["ASSAY_BINARY"] = os.path.abspath(given.binary)
    folder = tempfile.mkdtemp(prefix="assay-bench-")
    samples = given.review
    if not samples:
        tool = os.path.join(os.environ.get("ASSAY_SHARED", os.path.join(ROOT, "..", "shared")), "tools", "load", "admission_load.py")
        samples = [os.path.join(folder, "small.json")]
        with open(samples[0], "wb") as out:
            subprocess.run([sys.executable, tool, "sample"], stdout=out, check=True)
    sets = [("built-in rules", {}, [])]
    for count in (1, 50, 200):
        sets.append((f"{count} rule files", {f"p/{i}.md": RULE.format(number=i) for i in range(1, count + 1)}, ["--policy", "p", "--rule", "BEN*"]))
        sets.append((f"{count} admission policies", {f"p/{i}.yaml": VAP.format(number=i) for i in range(1, count + 1)},
                     ["--policy", "p", "--rule", "KUB0001"]))
    for name, files, arguments in sets:
        if given.only in name:
            print(json.dumps(measure(name, files, arguments, given, samples)), flush=True)
    shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
