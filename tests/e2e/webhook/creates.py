"""What the webhook costs a cluster: pods created a second through a real API server (dry runs, so that nothing is stored), without the
webhook and with it, in turns. h2load sends them, on this machine only:

    ASSAY_APISERVER=DIRECTORY ASSAY_BINARY=build/release/assay python3 tests/e2e/webhook/creates.py [--requests 4000] [--clients 4] [--rounds 3]
"""
import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import apiserver_test as scenarios  # noqa: E402
import bed  # noqa: E402


def h2load(cluster, directory, requests, clients):
    """Creates a second, and milliseconds of each request."""
    log = os.path.join(directory, "h2load.log")
    if os.path.exists(log):
        os.remove(log)
    done = subprocess.run(
        ["h2load", "--h1", "-n", str(requests), "-c", str(clients), "-t", "1", "-N", "20s", "-d", os.path.join(directory, "pod.json"),
         "-H", "content-type: application/json", "-H", "authorization: Bearer " + cluster.token, "--log-file", log,
         cluster.server + "/api/v1/namespaces/prod/pods?dryRun=All"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
    times, statuses, begin, end = [], {}, [], []
    with open(log, encoding="utf-8") as file:
        for line in file:
            start, status, took = (int(one) for one in line.split("\t")[:3])
            times.append(took / 1000)
            statuses[status] = statuses.get(status, 0) + 1
            begin.append(start)
            end.append(start + took)
    if set(statuses) != {201} or len(times) < requests:
        raise RuntimeError(f"{statuses}, {len(times)} of {requests} answers\n{done.stdout}")
    return len(times) / ((max(end) - min(begin)) / 1e6), sorted(times)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--clients", type=int, default=4)
    parser.add_argument("--rounds", type=int, default=3)
    given = parser.parse_args()
    if bed.missing() or not shutil.which("h2load"):
        print(bed.missing() or "skipped: no h2load")
        return 77
    directory = tempfile.mkdtemp(prefix="assay-creates-")
    cluster = scenarios.CLUSTER = bed.Cluster()
    webhook = None
    try:
        cluster.must("create", "namespace", "prod")
        one = scenarios.pod("x")
        one["metadata"] = {"generateName": "load-", "namespace": "prod"}
        with open(os.path.join(directory, "pod.json"), "w", encoding="utf-8") as file:
            json.dump(one, file)
        webhook = bed.Webhook(os.path.join(directory, "serve"))
        figures = {"without": ([], []), "with": ([], [])}
        h2load(cluster, directory, given.requests // 4, given.clients)  # warm-up
        for _ in range(given.rounds):
            for name, (rates, times) in figures.items():
                if name == "with":
                    scenarios.register(webhook)
                else:
                    cluster.kubectl("delete", "validatingwebhookconfiguration", "assay-webhook", "--ignore-not-found")
                    time.sleep(2)
                rate, took = h2load(cluster, directory, given.requests, given.clients)
                rates.append(rate)
                times.extend(took)
        for name, (rates, times) in figures.items():
            times.sort()
            at = lambda share: times[min(len(times) - 1, int(len(times) * share))]
            print(f"{name:8} {statistics.median(rates):7.0f} creates/s   p50 {at(.5):6.2f} ms   p99 {at(.99):6.2f} ms   p99.9 {at(.999):6.2f} ms")
        samples = webhook.metrics()
        count = samples["assay_review_duration_seconds_count"]
        print(f"webhook  {count:.0f} reviews, {1e6 * samples['assay_review_duration_seconds_sum'] / count:.0f} us each, "
              f"{webhook.memory() / 1024:.0f} MiB resident")
    finally:
        if webhook:
            webhook.stop()
        cluster.down()
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
