"""Disks that are full, directories that may not be written to, pipes that nobody reads: never a damaged file, and an
exit code that says so."""
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
