"""The queries of packaging/fleet over results of two days, in the real DuckDB (from PyPI), and the scripts beside them."""
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import assay_case  # noqa: E402  (its unittest.main names what was skipped)

ASSAY = assay_case.binary()
QUEUE = 'resource "aws_sqs_queue" "{name}" {{\n  sqs_managed_sse_enabled = {encrypted}{comment}\n}}\n'
SCRIPT = """
import duckdb, json, sys
db = duckdb.connect()
db.execute(open(sys.argv[1]).read())
db.execute("copy findings to 'findings.parquet'")
assert db.execute("select count(*) from 'findings.parquet'").fetchone() == db.execute("select count(*) from findings").fetchone()
print(json.dumps({view: db.execute("from " + view).fetchall() for view in sys.argv[2:]}, default=str))
"""
VIEWS = ["results", "findings", "latest", "first_seen", "worst_repositories", "by_owner", "by_rule", "fixable", "trend", "not_analysed", "suppressed"]


class FleetQueries(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix="assay-fleet-"))
        cls.missing = ""
        for words in ([sys.executable, "-m", "venv", cls.temp / "venv"],
                      [cls.temp / "venv/bin/pip", "install", "-q", "--disable-pip-version-check", "duckdb"]):
            done = subprocess.run(words, capture_output=True, text=True)
            if done.returncode != 0:
                cls.missing = "skipped: DuckDB cannot be had: " + (done.stderr + done.stdout).strip()[-200:]
                break

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.temp, ignore_errors=True)

    def write(self, path, text):
        file = self.temp / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def queue(self, path, encrypted, comment=""):
        self.write(path, QUEUE.format(name=pathlib.Path(path).stem, encrypted=encrypted, comment=comment))

    def scan(self, day):
        subprocess.run([ASSAY, "scan", "a", "b", "c", "d", "--shard", "1/1", "--quiet", "--rule", "sqs-no-encryption", "--fail-on", "none",
                        "--output", f"json=results/{day}.json"], cwd=self.temp, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def test_views(self):
        if self.missing:
            self.skipTest(self.missing)
        self.write("a/CODEOWNERS", "* @red\nnew.tf @blue\n")
        self.queue("a/old.tf", "false")
        self.queue("b/one.tf", "false")
        self.queue("c/kept.tf", "false", "  # assay:ignore sqs-no-encryption the queue is empty until=2999-01-01")
        self.write("d/assay.yaml", "no-such-key: 1\n")
        (self.temp / "results").mkdir()
        self.scan("2026-01-01")
        self.queue("a/new.tf", "false")
        self.queue("b/one.tf", "true")
        self.scan("2026-01-02")
        done = subprocess.run([self.temp / "venv/bin/python", "-c", SCRIPT, ROOT / "packaging/fleet/queries.sql", *VIEWS],
                              cwd=self.temp / "results", capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stderr)
        rows = json.loads(done.stdout)
        self.assertEqual(sorted({row[0] for row in rows["results"]}), ["2026-01-01", "2026-01-02"])
        self.assertEqual(len(rows["results"]), 8)
        self.assertEqual(sorted((row[3], row[5], row[6]) for row in rows["first_seen"]),
                         [("aws_sqs_queue.new", "2026-01-02", 1), ("aws_sqs_queue.old", "2026-01-01", 2)])
        self.assertEqual([row[0] for row in rows["worst_repositories"]], ["a"])
        self.assertEqual(sorted(rows["by_owner"]), [["@blue", 1, 1], ["@red", 1, 1]])
        self.assertEqual([(row[3], row[4]) for row in rows["by_rule"]], [(1, 2)])
        self.assertEqual(rows["fixable"], [["a", 2, 2]])
        self.assertEqual([(row[0], row[2]) for row in rows["trend"]], [("2026-01-01", 2), ("2026-01-02", 2)])
        self.assertEqual({row[1] for row in rows["not_analysed"]}, {"d"})
        self.assertEqual([(row[0], row[3], row[4]) for row in rows["suppressed"]], [("c", "the queue is empty", "2999-01-01")])

    def test_parallel_gives_what_one_run_gives(self):
        if not shutil.which("parallel"):
            self.skipTest("skipped: parallel is not installed")
        for n in range(12):
            self.queue(f"p/r{n}/main.tf", "false" if n % 2 else "true")
        self.write("list.txt", "\n".join(f"p/r{n}" for n in range(12)))
        self.write("bin/assay", f'#!/bin/sh\nexec "{ASSAY}" "$@"\n')
        (self.temp / "bin/assay").chmod(0o755)
        path = f"{self.temp / 'bin'}:{os.environ['PATH']}"
        done = subprocess.run([ROOT / "packaging/fleet/parallel.sh", "list.txt", "3", "all.json"], cwd=self.temp, env={**os.environ, "PATH": path},
                              capture_output=True, text=True)
        self.assertIn(done.returncode, (0, 1), done.stderr)
        whole = subprocess.run([ASSAY, "scan", "--work-list", "list.txt", "--format", "json", "--fail-on", "none"], cwd=self.temp, capture_output=True)
        self.assertEqual((self.temp / "all.json").read_bytes(), whole.stdout)

    def test_the_job_is_clean(self):
        done = subprocess.run([ASSAY, "scan", ROOT / "packaging/fleet/indexed-job.yaml"], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main(verbosity=2)
