"""A scratch git repository for end-to-end tests."""
import os
import shutil
import subprocess
import unittest

from assay_case import AssayCase

IDENTITY = {"GIT_AUTHOR_NAME": "n", "GIT_AUTHOR_EMAIL": "n@example.com", "GIT_COMMITTER_NAME": "n",
            "GIT_COMMITTER_EMAIL": "n@example.com", "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
BAD = 'resource "aws_s3_bucket" "{0}" {{\n  bucket = "acme-{0}"\n  acl    = "public-read"\n}}\n'
GOOD = BAD.replace("public-read", "private")
ACL = ["--rule", "s3-public-acl"]


@unittest.skipIf(shutil.which("git") is None, "skipped: git is not installed")
class GitCase(AssayCase):
    def setUp(self):
        super().setUp()
        self.directory = os.path.realpath(self.directory)

    def git(self, *arguments, cwd=None, check=True, **more):
        done = subprocess.run(["git", *arguments], cwd=cwd or self.directory, env=dict(os.environ, **IDENTITY, **more),
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if check:
            self.assertEqual(done.returncode, 0, done.stdout.decode())
        return done.stdout.decode()

    def start(self):
        self.git("init", "-q", "-b", "main", ".")

    def commit(self, message="x"):
        self.git("add", "-A")
        self.git("commit", "-q", "--allow-empty", "-m", message)

    def usage_error(self, *arguments, **options):
        done = self.run_assay("scan", *arguments, **options)
        self.assertEqual(done.returncode, 2, done.stdout.decode() + done.stderr.decode())
        self.assertEqual(done.stdout, b"")
        return done.stderr.decode()

    @staticmethod
    def names(report, state=None):
        return sorted(f["resource"]["address"] for f in report["findings"] if state is None or f["baseline"] == state)
