"""--staged: what is in the index, and nothing else."""
import os
import unittest

from git_case import ACL, BAD, GOOD, GitCase


class StagedTest(GitCase):
    def test_the_index_is_read_not_the_work_tree(self):
        self.start()
        self.write("main.tf", GOOD.format("a"))
        self.commit()
        self.write("main.tf", BAD.format("a"))
        self.scan("--staged", *ACL, code=0)          # nothing is staged
        self.git("add", "main.tf")
        self.write("main.tf", GOOD.format("a"))      # fixed on disk only
        self.assertEqual(self.names(self.scan("--staged", *ACL, code=1)), ["aws_s3_bucket.a"])
        self.git("add", "main.tf")
        self.write("main.tf", BAD.format("a"))       # broken on disk only
        self.scan("--staged", *ACL, code=0)

    def test_before_the_first_commit(self):
        self.start()
        self.write("main.tf", BAD.format("a"))
        report = self.scan("--staged", *ACL, code=0)
        self.assertEqual(report["summary"]["files"], 0)
        self.git("add", "main.tf")
        self.assertEqual(self.names(self.scan("--staged", *ACL, code=1)), ["aws_s3_bucket.a"])

    def test_findings_are_those_of_staged_files(self):
        self.start()
        self.write("old.tf", BAD.format("old"))
        self.write("variables.tf", 'variable "acl" {\n  default = "private"\n}\n')
        self.commit()
        self.write("new.tf", 'resource "aws_s3_bucket" "new" {\n  acl = var.acl\n}\n')
        self.git("add", "new.tf")
        self.scan("--staged", *ACL, code=0)
        # The default is outside, but the value goes into the staged file; and a default that is staged is found.
        self.write("variables.tf", 'variable "acl" {\n  default = "public-read"\n}\n')
        self.scan("--staged", *ACL, code=0)
        self.git("add", "variables.tf")
        self.assertEqual(self.names(self.scan("--staged", *ACL, code=1)), ["aws_s3_bucket.new"])

    def test_untracked_files_are_not_seen(self):
        self.start()
        self.write("main.tf", 'resource "aws_s3_bucket" "a" {\n  acl = var.acl\n}\n')
        self.git("add", "main.tf")
        self.write("variables.tf", 'variable "acl" {\n  default = "public-read"\n}\n')
        self.scan("--staged", *ACL, code=3)  # so the commit would lack a variable, and is told so
        self.git("add", "variables.tf")
        self.scan("--staged", *ACL, code=1)

    def test_paths_and_subdirectories(self):
        self.start()
        self.commit()
        self.write("a/a.tf", BAD.format("a"))
        self.write("b/b.tf", BAD.format("b"))
        self.git("add", "-A")
        self.assertEqual(self.names(self.scan("--staged", "a", *ACL, code=1)), ["aws_s3_bucket.a"])
        self.assertEqual(self.names(self.scan("--staged", "b/b.tf", *ACL, code=1)), ["aws_s3_bucket.b"])
        inside = self.scan("--staged", *ACL, cwd=os.path.join(self.directory, "b"), code=1)
        self.assertEqual([f["file"] for f in inside["findings"]], ["b.tf"])
        self.assertEqual(self.names(self.scan("--staged", self.directory, *ACL, cwd="/", code=1)), ["aws_s3_bucket.a", "aws_s3_bucket.b"])
        self.assertIn("nowhere", self.usage_error("--staged", "nowhere"))

    def test_deleted_and_renamed_files(self):
        self.start()
        self.write("a.tf", BAD.format("a"))
        self.write("b.tf", BAD.format("b"))
        self.commit()
        self.git("mv", "a.tf", "c.tf")
        self.git("rm", "-q", "b.tf")
        self.assertEqual([f["file"] for f in self.scan("--staged", *ACL, code=1)["findings"]], ["c.tf"])
        self.git("rm", "-q", "-f", "c.tf")
        self.scan("--staged", *ACL, code=0)

    def test_with_diff(self):
        self.start()
        self.write("a.tf", BAD.format("old"))
        self.commit()
        self.write("a.tf", BAD.format("old") + BAD.format("staged"))
        self.git("add", "a.tf")
        self.write("a.tf", BAD.format("old") + BAD.format("staged") + BAD.format("unstaged"))
        report = self.scan("--staged", "--diff", "HEAD", *ACL, code=1)
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.staged"])
        self.assertEqual(self.names(report, "unchanged"), ["aws_s3_bucket.old"])

    def test_a_conflict_is_an_error(self):
        self.start()
        self.write("a.tf", GOOD.format("a"))
        self.commit()
        self.git("checkout", "-q", "-b", "other")
        self.write("a.tf", GOOD.format("b"))
        self.commit()
        self.git("checkout", "-q", "main")
        self.write("a.tf", GOOD.format("c"))
        self.commit()
        self.git("merge", "-q", "other", check=False)
        message = self.usage_error("--staged")
        self.assertIn("a.tf", message)
        self.assertIn("git add", message)

    def test_entries_that_are_there_only_by_name(self):
        self.start()
        self.commit()
        self.write("a.tf", BAD.format("a"))
        self.git("add", "-N", "a.tf")  # intent to add: the index holds nothing of it
        self.scan("--staged", *ACL, code=0)
        self.git("add", "a.tf")
        self.git("update-index", "--assume-unchanged", "a.tf")
        self.write("a.tf", GOOD.format("a"))
        self.assertEqual(self.names(self.scan("--staged", *ACL, code=1)), ["aws_s3_bucket.a"])
        self.git("update-index", "--no-assume-unchanged", "--skip-worktree", "a.tf")
        os.remove(os.path.join(self.directory, "a.tf"))
        self.assertEqual(self.names(self.scan("--staged", *ACL, code=1)), ["aws_s3_bucket.a"])

    def test_ignored_but_added_by_force(self):
        self.start()
        self.write(".gitignore", "*.tf\n")
        self.write("a.tf", BAD.format("a"))
        self.git("add", "-f", "-A")
        self.assertEqual(self.names(self.scan("--staged", *ACL, code=1)), ["aws_s3_bucket.a"])

    def test_inside_a_hook(self):
        # git commit -a and git commit FILE run hooks with an index of their own.
        self.start()
        self.write("a.tf", GOOD.format("a"))
        self.write("b.tf", GOOD.format("b"))
        self.commit()
        hook = self.write(".git/hooks/pre-commit", f"#!/bin/sh\nexec {os.environ.get('ASSAY_BINARY') or os.environ['ASSAY_FALLBACK_BINARY']} scan --staged --rule s3-public-acl --quiet\n")
        os.chmod(hook, 0o755)
        self.write("a.tf", BAD.format("a"))
        self.write("b.tf", GOOD.format("b") + "# changed\n")
        self.git("commit", "-q", "-m", "fine", "b.tf")
        self.assertIn("public-read", self.git("commit", "-q", "-a", "-m", "bad", check=False))
        self.assertEqual(self.git("log", "--format=%s").split(), ["fine", "x"])

    def test_inside_a_hook_with_paths(self):
        self.start()
        self.write("infra/a.tf", GOOD.format("a"))
        self.write("other/b.tf", GOOD.format("b"))
        self.commit()
        program = os.environ.get("ASSAY_BINARY") or os.environ["ASSAY_FALLBACK_BINARY"]
        hook = self.write(".git/hooks/pre-commit", f"#!/bin/sh\nexec {program} scan --staged --rule s3-public-acl --quiet infra\n")
        os.chmod(hook, 0o755)
        self.write("infra/a.tf", BAD.format("a"))
        self.write("other/b.tf", BAD.format("b"))
        self.git("commit", "-q", "-m", "outside", "other/b.tf")
        self.assertIn("public-read", self.git("commit", "-q", "-m", "bad", "infra/a.tf", check=False))
        worktree = os.path.join(self.directory, "tree")
        self.git("worktree", "add", "-q", worktree, "-b", "other")
        self.write("tree/infra/a.tf", BAD.format("a"))
        self.assertIn("public-read", self.git("commit", "-q", "-a", "-m", "bad", cwd=worktree, check=False))

    def test_what_does_not_go_together(self):
        self.start()
        self.assertIn("--fix", self.usage_error("--staged", "--fix"))
        self.assertIn("--stdin-filename", self.usage_error("--staged", "--stdin-filename", "a.tf"))

    def test_outside_a_repository(self):
        self.assertIn("not in a git repository", self.usage_error("--staged"))

    def test_configuration_comes_from_the_work_tree(self):
        self.start()
        self.write("assay.yaml", "skip-rules: [s3-public-acl]\n")
        self.write("a.tf", BAD.format("a"))
        self.git("add", "a.tf")
        self.assertEqual([f["name"] for f in self.scan("--staged")["findings"] if f["name"] == "s3-public-acl"], [])


if __name__ == "__main__":
    unittest.main()
