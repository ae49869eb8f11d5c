"""Finding counts per rule over real repositories, so that a change of behaviour is seen as a diff.

expect.tsv holds: corpus, rule, findings that are certain, findings that may be. Run with --update to
rewrite it after reading the diff. The corpora are not in this repository: they are read from
$ASSAY_SHARED/corpora, and without them the test is skipped.
"""
import collections
import json
import os
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
EXPECT = os.path.join(HERE, "expect.tsv")
CORPORA = os.path.join(os.environ.get("ASSAY_SHARED", os.path.join(ROOT, "..", "shared")), "corpora")
HEADER = "# corpus\trule\tfail\tmaybe\n"


def binary():
    named = os.environ.get("ASSAY_BINARY")
    if named and os.path.exists(named):
        return os.path.abspath(named)
    return os.environ.get("ASSAY_FALLBACK_BINARY", os.path.join(ROOT, "build", "release", "assay"))


def counts_of(corpus):
    """{(corpus, rule): [fail, maybe]}; suppressed findings do not count."""
    done = subprocess.run([binary(), "scan", ".", "--maybe", "--format", "json"], cwd=os.path.join(CORPORA, corpus),
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=600, check=False)
    if done.returncode not in (0, 1, 3):
        sys.exit(f"{corpus}: exit code {done.returncode}\n{done.stderr.decode()}")
    out = collections.defaultdict(lambda: [0, 0])
    for finding in json.loads(done.stdout)["findings"]:
        if not finding["suppressed"]:
            out[corpus, finding["rule"]][finding["verdict"] == "maybe"] += 1
    return out


def read_expected():
    out = {}
    with open(EXPECT, encoding="utf-8") as file:
        for line in file:
            if not line.startswith("#"):
                corpus, rule, fail, maybe = line.rstrip("\n").split("\t")
                out[corpus, rule] = [int(fail), int(maybe)]
    return out


def main():
    if not os.path.isdir(CORPORA) or not os.path.exists(binary()):
        print("skipped: no corpora at " + CORPORA if os.path.exists(binary()) else "skipped: no binary at " + binary())
        return 77
    corpora = sorted(name for name in os.listdir(CORPORA) if os.path.isdir(os.path.join(CORPORA, name)))
    found = {}
    for corpus in corpora:
        found.update(counts_of(corpus))
    if "--update" in sys.argv[1:]:
        with open(EXPECT, "w", encoding="utf-8") as file:
            file.write(HEADER)
            for (corpus, rule), (fail, maybe) in sorted(found.items()):
                file.write(f"{corpus}\t{rule}\t{fail}\t{maybe}\n")
        print(f"wrote {len(found)} rows")
        return 0
    expected = {key: value for key, value in read_expected().items() if key[0] in corpora}
    differences = 0
    for key in sorted(set(expected) | set(found)):
        before, now = expected.get(key, [0, 0]), found.get(key, [0, 0])
        if before != now:
            differences += 1
            print(f"{key[0]}  {key[1]}: fail {before[0]} -> {now[0]}, maybe {before[1]} -> {now[1]}")
    print(f"{len(corpora)} corpora, {len(found)} rows, {differences} differences"
          + ("; --update accepts them" if differences else ""))
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
