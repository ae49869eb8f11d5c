"""Whole reports of small cases, byte for byte: tests/golden/AREA/CASE/{arguments,input,expect.*}.

A file `environment` holds NAME=VALUE lines that are set as well. A case compares the formats whose expect file it has (a new case: `touch expect.json`, then update).
The exit code is 1 unless a file `exit` says another.
The binary runs on a copy of the case outside any repository. What changes without meaning is taken
out first: durations, the tool's version, and in SARIF the prose of rules and taxonomies, which the
rule files own. ASSAY_UPDATE_GOLDEN=1 rewrites the expectations; read the diff before committing it.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
UPDATE = os.environ.get("ASSAY_UPDATE_GOLDEN") == "1"


def binary():
    named = os.environ.get("ASSAY_BINARY")
    if named and os.path.exists(named):
        return os.path.abspath(named)
    return os.environ.get("ASSAY_FALLBACK_BINARY", os.path.join(ROOT, "build", "release", "assay"))


def plain_text(out):
    return re.sub(r", \d+ ms$", "", out, flags=re.MULTILINE)


def plain_json(out):
    report = json.loads(out)
    report["tool"]["version"] = "VERSION"
    report["summary"]["duration_ms"] = 0
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


def plain_sarif(out):
    report = json.loads(out)
    run = report["runs"][0]
    driver = run["tool"]["driver"]
    driver["version"] = driver["semanticVersion"] = "VERSION"
    driver["rules"] = [{"id": r["id"], "level": r["defaultConfiguration"]["level"]} for r in driver["rules"]]
    driver.pop("supportedTaxonomies", None)
    driver.pop("notifications", None)
    run.pop("taxonomies", None)
    for result in run["results"]:
        result.pop("taxa", None)
    return json.dumps(report, indent=2, ensure_ascii=False) + "\n"


FORMATS = {"text": ("expect.txt", plain_text), "json": ("expect.json", plain_json),
           "sarif": ("expect.sarif", plain_sarif)}


def cases():
    found = (os.path.relpath(at, HERE) for at, _, files in os.walk(HERE) if "arguments" in files)
    return sorted(case for case in found if case.count(os.sep) == 1)


class Golden(unittest.TestCase):
    maxDiff = None

    def check(self, case):
        source = os.path.join(HERE, case)
        with open(os.path.join(source, "arguments"), encoding="utf-8") as file:
            arguments = file.read().split()
        exit_code = 1
        if os.path.exists(os.path.join(source, "exit")):
            with open(os.path.join(source, "exit"), encoding="utf-8") as file:
                exit_code = int(file.read())
        environment = dict(os.environ)
        if os.path.exists(os.path.join(source, "environment")):
            with open(os.path.join(source, "environment"), encoding="utf-8") as file:
                environment.update(line.rstrip("\n").split("=", 1) for line in file if "=" in line)
        with tempfile.TemporaryDirectory(prefix="assay-golden-") as directory:
            shutil.copytree(os.path.join(source, "input"), os.path.join(directory, "input"))
            formats = {name: (expected, clean) for name, (expected, clean) in FORMATS.items()
                       if os.path.exists(os.path.join(source, expected))}
            self.assertTrue(formats, f"{case} expects nothing")
            for name, (expected, clean) in formats.items():
                done = subprocess.run([binary(), *arguments, "--format", name], cwd=directory, timeout=60, env=environment,
                                      stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
                self.assertEqual(done.returncode, exit_code, done.stderr.decode())
                out = clean(done.stdout.decode())
                path = os.path.join(source, expected)
                if UPDATE:
                    with open(path, "w", encoding="utf-8") as file:
                        file.write(out)
                    continue
                with open(path, encoding="utf-8") as file:
                    self.assertMultiLineEqual(file.read(), out, f"{case}/{expected}")


def add(case):
    setattr(Golden, "test_" + case.replace(os.sep, "_"), lambda self: self.check(case))


for one in cases():
    add(one)

if __name__ == "__main__":
    if not os.path.exists(binary()):
        print("skipped: no binary at " + binary())
        sys.exit(77)
    unittest.main(verbosity=1)
