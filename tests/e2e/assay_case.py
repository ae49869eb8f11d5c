"""What the end-to-end tests share: a temporary directory, files in it, and a run of the binary."""
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
SHARED = os.environ.get("ASSAY_SHARED", os.path.join(ROOT, "..", "shared"))


def binary():
    named = os.environ.get("ASSAY_BINARY")
    if named and os.path.exists(named):
        return named
    fallback = os.environ.get("ASSAY_FALLBACK_BINARY", os.path.join(ROOT, "build", "release", "assay"))
    return fallback


class AssayCase(unittest.TestCase):
    def setUp(self):
        self.directory = tempfile.mkdtemp(prefix="assay-e2e-")

    def tearDown(self):
        for path, directories, _ in os.walk(self.directory):
            for name in directories:
                os.chmod(os.path.join(path, name), 0o700)
        shutil.rmtree(self.directory, ignore_errors=True)

    def write(self, path, content):
        full = os.path.join(self.directory, path)
        os.makedirs(os.path.dirname(full), exist_ok=True)
        with open(full, "wb") as out:
            out.write(content if isinstance(content, bytes) else content.encode())
        return full

    def run_assay(self, *arguments, timeout=60, cwd=None, env=None):
        environment = dict(os.environ)
        environment.update(env or {})
        return subprocess.run([binary(), *arguments], cwd=cwd or self.directory, timeout=timeout, env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)

    def scan(self, *arguments, code=None, **options):
        """The JSON report of a scan; `code` is the expected exit code."""
        done = self.run_assay("scan", *arguments, "--format", "json", **options)
        if code is not None:
            self.assertEqual(done.returncode, code, done.stderr.decode() + done.stdout.decode()[:2000])
        self.assertIn(done.returncode, (0, 1, 3), done.stderr.decode())
        return json.loads(done.stdout)

    @staticmethod
    def codes(report):
        return {problem["code"] for problem in report["problems"]}

    @staticmethod
    def rules(report):
        return {finding["rule"] for finding in report["findings"] if not finding["suppressed"]}


class _Main(unittest.TestProgram):
    """unittest.main() that names what was skipped (tests/summary.py reads it), and ends with 77 where nothing else was there."""

    def runTests(self):  # noqa: N802 (a name of unittest)
        wanted, self.exit = self.exit, False
        super().runTests()
        result = self.result
        for test, reason in result.skipped:
            name = getattr(test, "_testMethodName", None) or str(test)
            print(f"skipped: {name}: {reason.removeprefix('skipped: ')}", flush=True)
        if wanted:
            only_skipped = result.wasSuccessful() and result.skipped and len(result.skipped) >= result.testsRun
            sys.exit(77 if only_skipped else not result.wasSuccessful())


unittest.main = _Main
