#!/usr/bin/env python3
"""The webhook under load for a while, with new policies every second and a new certificate every minute.

    soak.py [--minutes 10] [--clients 4] [--binary build/release/assay] [--policies 20]

Every answer must be 200 with the right uid and the right verdict: each client knows which objects are bad by every set of
policies that comes along. Printed as JSON: answers, errors, reloads, generations, latencies and resident memory over time.
Ends with 1 on any error, on a reload that failed, or when memory grew by more than a fifth after the first quarter.
"""
import argparse
import http.client
import json
import os
import random
import shutil
import ssl
import statistics
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
sys.path.insert(0, os.path.join(ROOT, "tests", "e2e"))
import serve_case  # noqa: E402

RULE = """---
id: SOK{number:04d}
name: soak-{number}
severity: {severity}
precision: high
resources: [kubernetes/object]
formats: [kubernetes]
fix: none
at: metadata.labels
---
# Soak {number}, version {version}
## What it does
Nothing else.
## Why it matters
It is measured.
## How to fix
Do not.
```cel
has(resource.metadata.labels) && has(resource.metadata.labels.soak) && resource.metadata.labels.soak == "{number}"
```
```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {{name: a, labels: {{soak: "{number}"}}}}  # error: soak
```
```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {{name: a}}
```
"""


def write_policies(folder, count, version):
    """A whole new set, swapped in as Kubernetes swaps a ConfigMap."""
    fresh = os.path.join(folder, f"..{version}")
    os.makedirs(fresh)
    for number in range(1, count + 1):
        with open(os.path.join(fresh, f"soak{number}.md"), "w", encoding="utf-8") as out:
            out.write(RULE.format(number=number, severity="high", version=version))
        link = os.path.join(folder, f"soak{number}.md")
        if not os.path.islink(link):
            os.symlink(f"..data/soak{number}.md", link)
    link = os.path.join(folder, "..data")
    old = os.readlink(link) if os.path.islink(link) else None
    os.symlink(f"..{version}", link + "_tmp")
    os.rename(link + "_tmp", link)
    if old:
        shutil.rmtree(os.path.join(folder, old))


class Client(threading.Thread):
    def __init__(self, server, seed, stop, policies):
        super().__init__(daemon=True)
        self.server, self.stop, self.policies = server, stop, policies
        self.random = random.Random(seed)
        self.answers, self.denied, self.errors, self.times, self.connections = 0, 0, [], [], 0
        self.context = ssl.create_default_context()
        self.context.check_hostname, self.context.verify_mode = False, ssl.CERT_NONE

    def run(self):
        connection = None
        while not self.stop.is_set():
            kind = self.random.randrange(4)
            labels = {"soak": str(self.random.randint(1, self.policies))} if kind == 1 else {"app": "web"}
            one = serve_case.pod(containers=[serve_case.privileged()] if kind == 2 else None, metadata={"labels": labels})
            old, operation = (one, "UPDATE") if kind == 3 else (None, "CREATE")
            uid = f"{self.random.getrandbits(64):x}"
            body = json.dumps(serve_case.review(one, old, operation, uid=uid))
            begun = time.perf_counter()
            try:
                if connection is None:
                    connection = http.client.HTTPSConnection("127.0.0.1", self.server.port, context=self.context, timeout=30)
                    self.connections += 1
                connection.request("POST", "/validate?timeout=10s", body, {"Content-Type": "application/json"})
                answer = connection.getresponse()
                data = answer.read()
                self.times.append(time.perf_counter() - begun)
                response = json.loads(data)["response"] if answer.status == 200 else {}
                if answer.status != 200 or response["uid"] != uid or response["allowed"] != (kind not in (1, 2)):
                    self.errors.append(f"{kind}: {answer.status} {data[:300]!r}")
                self.answers += 1
                self.denied += not response.get("allowed", True)
                if answer.getheader("Connection") == "close":
                    connection.close()
                    connection = None
            except Exception as error:  # any loss is an error
                self.errors.append(repr(error))
                connection = None


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--minutes", type=float, default=10)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--policies", type=int, default=20)
    parser.add_argument("--reload-seconds", type=float, default=1)
    parser.add_argument("--rotate-seconds", type=float, default=60)
    parser.add_argument("--binary", default=os.path.join(ROOT, "build", "release", "assay"))
    given = parser.parse_args()
    os.environ["ASSAY_BINARY"] = os.path.abspath(given.binary)
    folder = tempfile.mkdtemp(prefix="assay-soak-")
    try:
        policies = os.path.join(folder, "policies")
        os.makedirs(policies)
        write_policies(policies, given.policies, 0)
        server = serve_case.Server(folder, "--no-config", "--policy", "policies", "--log-level", "warning", ready=False)
        find_port(server)
        stop = threading.Event()
        clients = [Client(server, seed, stop, given.policies) for seed in range(given.clients)]
        for client in clients:
            client.start()
        memory, version, rotations = [], 0, 0
        begun = time.monotonic()
        next_rotation = begun + given.rotate_seconds
        while time.monotonic() < begun + given.minutes * 60:
            time.sleep(given.reload_seconds)
            version += 1
            write_policies(policies, given.policies, version)
            if time.monotonic() >= next_rotation:
                rotations += 1
                next_rotation += given.rotate_seconds
                staged = os.path.join(folder, "staged")
                os.makedirs(staged, exist_ok=True)
                crt, key = serve_case.make_certificate(staged, "tls", common=f"rotation{rotations}")
                os.rename(key, server.key)
                os.rename(crt, server.crt)
            memory.append(server.memory_kb())
        time.sleep(2)
        stop.set()
        for client in clients:
            client.join(40)
        metrics = server.metrics()
        code = server.stop()
        times = sorted(time for client in clients for time in client.times)
        errors = [error for client in clients for error in client.errors]
        quarter = memory[len(memory) // 4:] or memory
        at = lambda share: round(1000 * times[min(len(times) - 1, int(share * len(times)))], 3)
        grown = statistics.median(quarter[-max(1, len(quarter) // 10):]) / statistics.median(quarter[:max(1, len(quarter) // 10)])
        report = {"minutes": given.minutes, "answers": sum(c.answers for c in clients), "denied": sum(c.denied for c in clients),
                  "connections": sum(c.connections for c in clients), "errors": len(errors), "first_errors": errors[:5],
                  "policy_sets": version + 1, "reloads": metrics["assay_reloads_total"], "reload_errors": metrics["assay_reload_errors_total"],
                  "rotations": rotations, "certificate_reloads": metrics["assay_certificate_reloads_total"],
                  "certificate_errors": metrics["assay_certificate_reload_errors_total"], "shed": metrics["assay_shed_total"],
                  "client_ms": {"p50": at(.5), "p99": at(.99), "max": at(1)},
                  "resident_mb": {"first_quarter": round(statistics.median(memory[:max(1, len(memory) // 4)]) / 1024, 1),
                                  "last_quarter": round(statistics.median(memory[-max(1, len(memory) // 4):]) / 1024, 1),
                                  "max": round(max(memory) / 1024, 1)}, "exit_code": code}
        print(json.dumps(report, indent=1))
        good = not errors and code == 0 and report["reload_errors"] == 0 and grown < 1.2
        return 0 if good else 1
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def find_port(server):
    """The log is quiet: the port is found among the sockets of the process."""
    import re
    end = time.monotonic() + 60
    while time.monotonic() < end and server.process.poll() is None:
        inodes = set()
        for name in os.listdir(f"/proc/{server.process.pid}/fd"):
            try:
                found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{server.process.pid}/fd/{name}"))
            except OSError:
                continue
            if found:
                inodes.add(found.group(1))
        with open("/proc/net/tcp", encoding="ascii") as table:
            for row in table.read().splitlines()[1:]:
                fields = row.split()
                if fields[3] == "0A" and fields[9] in inodes:
                    server.port = int(fields[1].split(":")[1], 16)
        try:
            if server.port and server.request("GET", "/readyz")[0].status == 200:
                return
        except OSError:
            pass
        time.sleep(0.02)
    raise SystemExit("the server does not start: " + open(server.log_path, encoding="utf-8").read()[:1000])


if __name__ == "__main__":
    sys.exit(main())
