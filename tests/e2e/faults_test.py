"""Disks that are full, directories that may not be written to, pipes that nobody reads: never a damaged file, and an
exit code that says so."""
import json
import os
import subprocess
import tempfile
import unittest

from assay_case import binary
from git_case import ACL, BAD, GitCase


class FaultsTest(GitCase):
    def test_a_full_device(self):
        self.write("a.tf", BAD.format("a"))
        for arguments in (["--write-baseline", "/dev/full"], ["--output", "json=/dev/full"], ["--output", "sarif=/dev/full"]):
            message = self.usage_error_any(*arguments)
            self.assertIn("No space left", message)

    def usage_error_any(self, *arguments):
        done = self.run_assay("scan", *arguments, *ACL)
        self.assertEqual(done.returncode, 2, done.stderr.decode())
        return done.stderr.decode()

    def test_stdout_is_full(self):
        self.write("a.tf", BAD.format("a"))
        for form in ("text", "json", "sarif"):
            with open("/dev/full", "wb") as full:
                done = subprocess.run([binary(), "scan", "--format", form, *ACL], cwd=self.directory, stdout=full,
                                      stderr=subprocess.PIPE, timeout=60, check=False)
            self.assertEqual(done.returncode, 2, form)
            self.assertIn(b"No space left", done.stderr)

    def test_a_closed_pipe_ends_quietly(self):
        for i in range(300):
            self.write(f"d{i}/a.tf", BAD.format("a"))
        read, write = os.pipe()
        os.close(read)
        done = subprocess.run([binary(), "scan", "--format", "json"], cwd=self.directory, stdout=write,
                              stderr=subprocess.PIPE, timeout=120, check=False)
        os.close(write)
        self.assertEqual((done.returncode, done.stderr), (1, b""))

    def test_closed_standard_streams(self):
        self.start()
        self.write("a.tf", BAD.format("a"))
        self.commit()
        self.write("a.tf", BAD.format("a") + BAD.format("b"))
        for closing in ("<&-", "2>&-", "<&- 2>&-"):
            done = subprocess.run(["sh", "-c", f'exec "$0" scan --diff HEAD --format json --rule s3-public-acl {closing}', binary()],
                                  cwd=self.directory, stdout=subprocess.PIPE, timeout=60, check=False)
            self.assertEqual(done.returncode, 1, closing)
            self.assertIn(b'"new": 1', done.stdout)

    def test_an_old_file_stays_whole(self):
        # A disk that becomes full while a baseline is written anew: the old one is still there.
        with tempfile.TemporaryDirectory() as mount:
            mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "tmpfs", mount], stdout=subprocess.DEVNULL,
                                     stderr=subprocess.DEVNULL, check=False).returncode == 0
            if not mounted:
                self.skipTest("skipped: no right to mount a small file system")
            try:
                self.write("a.tf", BAD.format("a"))
                path = os.path.join(mount, "baseline.json")
                self.assertEqual(self.run_assay("scan", "--write-baseline", path, *ACL).returncode, 0)
                with open(path, "rb") as file:
                    before = file.read()
                with open(os.path.join(mount, "filler"), "wb") as file:
                    try:
                        file.write(b"x" * (1 << 20))
                        file.flush()
                    except OSError:
                        pass
                for i in range(400):
                    self.write(f"more{i}.tf", BAD.format(f"m{i}"))
                for option in ("--write-baseline", "--output"):
                    target = path if option == "--write-baseline" else "json=" + path
                    done = self.run_assay("scan", option, target)
                    self.assertEqual(done.returncode, 2, done.stderr.decode())
                    self.assertIn(b"No space left", done.stderr)
                    with open(path, "rb") as file:
                        self.assertEqual(file.read(), before)
                    self.assertEqual(sorted(os.listdir(mount)), ["baseline.json", "filler"])
            finally:
                subprocess.run(["umount", "-l", mount], check=False)

    def test_what_may_not_be_written(self):
        self.write("a.tf", BAD.format("a"))
        os.mkdir(os.path.join(self.directory, "closed"), 0o555)
        for target in ("closed/b.json", "nowhere/b.json", ".", "a.tf/b.json"):
            if target == "closed/b.json" and os.geteuid() == 0:
                continue
            done = self.run_assay("scan", "--write-baseline", target, *ACL)
            self.assertEqual(done.returncode, 2, target)
            self.assertIn(b"assay: ", done.stderr)
        os.chmod(os.path.join(self.directory, "closed"), 0o755)
        self.assertEqual(sorted(os.listdir(self.directory)), ["a.tf", "closed"])

    def test_a_limit_on_the_size_of_files(self):
        self.write("a.tf", "".join(BAD.format(f"b{i}") for i in range(200)))
        self.write("baseline.json", "{}")
        done = subprocess.run(["sh", "-c", 'trap "" XFSZ; ulimit -f 1; exec "$0" scan --write-baseline baseline.json', binary()],
                              cwd=self.directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        with open(os.path.join(self.directory, "baseline.json"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "{}")
        self.assertEqual(sorted(os.listdir(self.directory)), ["a.tf", "baseline.json"])

    def test_an_empty_value_is_no_value(self):
        # assay scan --diff "$BASE" in a job that has no BASE.
        self.write("a.tf", BAD.format("a"))
        for option in ("--diff", "--baseline", "--write-baseline", "--config", "--policy", "--shard", "--work-list", "--cache-dir", "--category",
                       "--var-file", "--context", "--exclude", "--today"):
            self.assertIn(option, self.usage_error(option, ""))
            self.assertIn(option, self.usage_error(option + "="))
        self.assertIn("empty", self.usage_error(""))

    def test_fixes_that_find_no_room(self):
        queue = 'resource "aws_sqs_queue" "q{0}" {{\n  name                    = "orders-{0}"\n  sqs_managed_sse_enabled = false\n}}\n'
        before = "".join(queue.format(i) for i in range(60))
        self.write("main.tf", before)
        self.write("small.tf", queue.format("s"))
        limited = 'trap "" XFSZ; ulimit -f 2; exec "$0" scan --fix --rule sqs-no-encryption --format json --output json=/dev/null'
        done = subprocess.run(["sh", "-c", limited, binary()], cwd=self.directory, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                              timeout=60, check=False)
        self.assertEqual(done.returncode, 2, done.stderr.decode())
        self.assertIn(b"main.tf", done.stderr)
        with open(os.path.join(self.directory, "main.tf"), encoding="utf-8") as file:
            self.assertEqual(file.read(), before)
        self.assertEqual(sorted(os.listdir(self.directory)), ["main.tf", "small.tf"])
        # With room again, the second run does what is left.
        self.assertEqual(self.run_assay("scan", "--fix", "--rule", "sqs-no-encryption").returncode, 0)
        for name in ("main.tf", "small.tf"):
            with open(os.path.join(self.directory, name), encoding="utf-8") as file:
                self.assertNotIn("= false", file.read())

    def test_nobody_reads_on_behind_any_format(self):
        self.write("a.tf", "".join(BAD.format(f"b{i}") for i in range(400)))
        for form in ("text", "json", "sarif", "sarif-github", "github", "gitlab", "gitlab-sast", "junit", "rdjson", "markdown", "html", "csv"):
            read, write = os.pipe()
            os.close(read)
            done = subprocess.run([binary(), "scan", "--format", form], cwd=self.directory, stdout=write, stderr=subprocess.PIPE,
                                  timeout=120, check=False, env={**os.environ, "GITHUB_STEP_SUMMARY": ""})
            os.close(write)
            self.assertEqual(done.returncode, 1, form)
            self.assertNotIn(b"takes no more", done.stderr, form)

    def test_a_cache_that_cannot_be_kept_changes_nothing(self):
        for i in range(40):
            self.write(f"a{i}.tf", BAD.format(f"a{i}"))
        plain = self.run_assay("scan", "--format", "json", "--no-cache")
        self.write("file", "")
        limited = 'trap "" XFSZ; ulimit -f 1; exec "$0" scan --format json --cache-dir cache | cat'
        for command in (limited, '"$0" scan --format json --cache-dir file', '"$0" scan --format json --cache-dir file/below',
                        '"$0" scan --format json --cache-dir /proc/nowhere', '"$0" scan --format json --cache-dir /dev/full'):
            for _ in range(2):
                done = subprocess.run(["sh", "-c", command, binary()], cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                                      timeout=60, check=False)
                report, expected = json.loads(done.stdout), json.loads(plain.stdout)
                self.assertEqual(report["findings"], expected["findings"], command)
                self.assertIn(done.returncode, (0, 1), command)  # of a pipe the last one counts

    def test_a_baseline_that_cannot_be_read(self):
        self.write("a.tf", BAD.format("a"))
        os.mkdir(os.path.join(self.directory, "folder"))
        os.mkfifo(os.path.join(self.directory, "pipe"))
        os.symlink("loop", os.path.join(self.directory, "loop"))
        for name, said in (("folder", "is a directory"), ("pipe", "neither a file nor a directory"), ("loop", "loop"), ("none", "does not exist"),
                           ("/dev/zero", "neither a file nor a directory")):
            self.assertIn(said, self.usage_error("--baseline", name), name)
        if os.geteuid() != 0:
            self.write("closed", "{}")
            os.chmod(os.path.join(self.directory, "closed"), 0)
            self.assertIn("no permission", self.usage_error("--baseline", "closed"))

    def test_merge_of_what_is_damaged(self):
        self.write("r/a.tf", BAD.format("a"))
        self.write("list", "r\n")
        good = self.run_assay("scan", "--work-list", "list", "--format", "json").stdout
        self.write("good.json", good)
        for name, text in (("cut.json", good[:len(good) // 2]), ("other.json", b'{"a": 1}\n'), ("binary.json", b"\x00\xff" * 100)):
            self.write(name, text)
            done = self.run_assay("merge", "good.json", name)
            self.assertEqual((done.returncode, done.stdout), (2, b""), name)
            self.assertIn(name.encode(), done.stderr)
        with open("/dev/full", "wb") as full:
            done = subprocess.run([binary(), "merge", "good.json"], cwd=self.directory, stdout=full, stderr=subprocess.PIPE, timeout=60, check=False)
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"No space left", done.stderr)

    def test_a_baseline_through_a_link_and_with_its_permissions(self):
        self.write("a.tf", BAD.format("a"))
        self.write("real/baseline.json", "{}")
        os.chmod(os.path.join(self.directory, "real/baseline.json"), 0o640)
        os.symlink("real/baseline.json", os.path.join(self.directory, "link.json"))
        self.assertEqual(self.run_assay("scan", "--write-baseline", "link.json", *ACL).returncode, 0)
        self.assertTrue(os.path.islink(os.path.join(self.directory, "link.json")))
        self.assertEqual(os.stat(os.path.join(self.directory, "real/baseline.json")).st_mode & 0o777, 0o640)
        self.scan("--baseline", "link.json", *ACL, code=0)


if __name__ == "__main__":
    unittest.main()
