"""--diff REF: what a change adds, in the repositories that people have."""
import json
import os
import shutil
import subprocess
import unittest

from git_case import ACL, BAD, GOOD, GitCase

POD = "apiVersion: v1\nkind: Pod\nmetadata: {{name: {0}}}\nspec:\n  containers:\n  - {{name: c, image: nginx, securityContext: {{privileged: true}}}}\n"
PRIVILEGED = ["--rule", "privileged-container"]


class DiffTest(GitCase):
    def test_only_new_findings_count(self):
        self.start()
        self.write("main.tf", BAD.format("old"))
        self.commit()
        self.assertEqual(self.names(self.scan("--diff", "HEAD", *ACL, code=0), "unchanged"), ["aws_s3_bucket.old"])
        self.write("more.tf", BAD.format("new"))
        report = self.scan("--diff", "HEAD", *ACL, code=1)
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.new"])
        self.assertEqual(report["comparison"]["new"], 1)
        self.assertEqual(report["comparison"]["unchanged"], 1)
        self.assertIn("git HEAD (", report["comparison"]["against"])
        os.remove(os.path.join(self.directory, "main.tf"))
        report = self.scan("--diff", "HEAD", *ACL, code=1)
        self.assertEqual([f["resource"]["address"] for f in report["fixed"]], ["aws_s3_bucket.old"])
        self.assertEqual(report["fixed"][0]["file"], "main.tf")
        self.assertEqual(report["fixed"][0]["line"], 3)

    def test_the_text_shows_new_ones_and_counts_the_rest(self):
        self.start()
        self.write("a.tf", BAD.format("old"))
        self.write("b.tf", BAD.format("gone"))
        self.commit()
        self.git("mv", "a.tf", "c.tf")
        self.write("b.tf", GOOD.format("gone"))
        self.write("d.tf", BAD.format("new"))
        text = self.run_assay("scan", "--diff", "HEAD", *ACL).stdout.decode()
        self.assertIn("aws_s3_bucket.new", text)
        self.assertNotIn("aws_s3_bucket.old", text)
        self.assertIn("1 new, 1 unchanged, 1 fixed, 1 moved", text)

    def test_sarif_has_the_three_states(self):
        self.start()
        self.write("a.tf", BAD.format("old") + BAD.format("gone"))
        self.commit()
        self.write("a.tf", BAD.format("old") + BAD.format("new"))
        log = json.loads(self.run_assay("scan", "--diff", "HEAD", "--format", "sarif", *ACL).stdout)
        states = sorted(result["baselineState"] for result in log["runs"][0]["results"])
        self.assertEqual(states, ["absent", "new", "unchanged"])

    def test_moved_from_says_where_it_was(self):
        self.start()
        self.write("a.tf", BAD.format("old"))
        self.commit()
        os.remove(os.path.join(self.directory, "a.tf"))
        self.write("net/b.tf", BAD.format("renamed").replace("acme-renamed", "acme-old"))
        report = self.scan("--diff", "HEAD", *ACL, code=0)
        self.assertEqual(report["findings"][0]["moved_from"], "a.tf: aws_s3_bucket.old")

    def test_worse_is_new(self):
        self.start()
        self.write("a.tf", 'variable "acl" {}\nresource "aws_s3_bucket" "b" {\n  acl = var.acl\n}\n')
        self.write("b.tf", "# assay:ignore s3-public-acl known\n" + BAD.format("quiet"))
        self.commit()
        self.write("a.tf", 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n')
        self.write("b.tf", BAD.format("quiet"))
        report = self.scan("--diff", "HEAD", "--maybe", *ACL, code=1)
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.b", "aws_s3_bucket.quiet"])

    def test_the_same_fault_elsewhere_is_new(self):
        # One is fixed, another one broken: the rule, the type and the literal are the same.
        self.start()
        self.write("a.tf", BAD.format("one") + GOOD.format("two"))
        self.commit()
        self.write("a.tf", GOOD.format("one") + BAD.format("two"))
        report = self.scan("--diff", "HEAD", *ACL, code=1)
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.two"])
        self.assertEqual([f["resource"]["address"] for f in report["fixed"]], ["aws_s3_bucket.one"])

    def test_a_copy_of_an_environment_is_new(self):
        self.start()
        self.write("prod/main.tf", BAD.format("logs"))
        self.commit()
        self.write("alpha/main.tf", BAD.format("logs"))  # sorts in front
        report = self.scan("--diff", "HEAD", *ACL, code=1)
        self.assertEqual([(f["file"], f["baseline"]) for f in report["findings"]],
                         [("alpha/main.tf", "new"), ("prod/main.tf", "unchanged")])

    def test_ranges_and_merge_bases(self):
        self.start()
        self.write("a.tf", BAD.format("base"))
        self.commit("base")
        self.git("checkout", "-q", "-b", "topic")
        self.write("topic.tf", BAD.format("topic"))
        self.commit("topic")
        self.git("checkout", "-q", "main")
        self.write("a.tf", GOOD.format("base"))
        self.commit("fixed on main")
        self.git("checkout", "-q", "topic")
        both = ["aws_s3_bucket.base", "aws_s3_bucket.topic"]
        self.assertEqual(self.names(self.scan("--diff", "main", *ACL, code=1), "new"), both)
        self.assertEqual(self.names(self.scan("--diff", "main...", *ACL, code=1), "new"), ["aws_s3_bucket.topic"])
        self.assertEqual(self.names(self.scan("--diff", "main...topic", *ACL, code=1), "new"), ["aws_s3_bucket.topic"])
        self.assertEqual(self.names(self.scan("--diff", "main..topic", *ACL, code=1), "new"), both)
        self.assertEqual(self.names(self.scan("--diff", "topic..main", *ACL, code=0)), [])
        self.git("checkout", "-q", "main")
        self.assertEqual(self.names(self.scan("--diff", "HEAD~1..topic", *ACL, code=1), "new"), ["aws_s3_bucket.topic"])
        self.git("tag", "v1", "HEAD~1")
        self.scan("--diff", "v1", *ACL, code=0)
        self.scan("--diff", "HEAD^{tree}", *ACL, code=0)

    def test_a_bare_repository_compares_commits(self):
        self.start()
        self.write("infra/a.tf", BAD.format("old"))
        self.commit()
        self.write("infra/b.tf", BAD.format("new"))
        self.commit()
        bare = os.path.join(self.directory, "x.git")
        self.git("clone", "-q", "--bare", ".", bare)
        report = self.scan("--diff", "main~1..main", *ACL, cwd=bare, code=1)
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.new"])
        self.assertIn("bare", self.usage_error("--diff", "main~1", cwd=bare))
        self.assertIn("bare", self.usage_error("--staged", cwd=bare))

    def test_paths_limit_both_trees(self):
        self.start()
        self.write("a/a.tf", BAD.format("one"))
        self.write("b/b.tf", BAD.format("two"))
        self.commit()
        self.write("a/a.tf", BAD.format("one") + BAD.format("three"))
        self.write("b/b.tf", GOOD.format("two"))
        self.write("c/c.tf", BAD.format("four"))
        report = self.scan("--diff", "HEAD", "a", *ACL, code=1)
        self.assertEqual(self.names(report), ["aws_s3_bucket.one", "aws_s3_bucket.three"])
        self.assertEqual(report["fixed"], [])
        report = self.scan("--diff", "HEAD", "c", *ACL, code=1)  # not there before
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.four"])
        report = self.scan("--diff", "HEAD", "b/b.tf", *ACL, code=0)
        self.assertEqual([f["resource"]["address"] for f in report["fixed"]], ["aws_s3_bucket.two"])

    def test_a_focus_knows_what_moved_into_it(self):
        self.start()
        self.write("a.tf", BAD.format("one") + BAD.format("two"))
        self.commit()
        self.write("a.tf", BAD.format("one"))
        self.write("b.tf", BAD.format("two") + BAD.format("three"))
        report = self.scan("--diff", "HEAD", "b.tf", *ACL, code=1)
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.three"])

    def test_from_a_subdirectory_and_from_outside(self):
        self.start()
        self.write("deep/er/a.tf", BAD.format("old"))
        self.write("module/m.tf", GOOD.format("m"))
        self.commit()
        self.write("deep/er/a.tf", BAD.format("old") + BAD.format("new"))
        inside = self.scan("--diff", "HEAD", *ACL, cwd=os.path.join(self.directory, "deep"), code=1)
        self.assertEqual([f["file"] for f in inside["findings"]], ["er/a.tf", "er/a.tf"])
        outside = self.scan("--diff", "HEAD", os.path.join(self.directory, "deep"), *ACL, cwd="/", code=1)
        self.assertEqual([f["baseline"] for f in outside["findings"]], ["unchanged", "new"])
        link = os.path.join(self.directory, "..", os.path.basename(self.directory) + "-link")
        os.symlink(self.directory, link)
        try:
            through = self.scan("--diff", "HEAD", os.path.join(os.path.normpath(link), "deep"), *ACL, cwd="/", code=1)
            self.assertEqual([f["baseline"] for f in through["findings"]], ["unchanged", "new"])
        finally:
            os.remove(link)

    def test_a_second_work_tree(self):
        self.start()
        self.write("a.tf", BAD.format("old"))
        self.commit()
        self.git("worktree", "add", "-q", "other", "-b", "other")
        other = os.path.join(self.directory, "other")
        self.write("other/b.tf", BAD.format("new"))
        self.assertEqual(self.names(self.scan("--diff", "main", *ACL, cwd=other, code=1), "new"), ["aws_s3_bucket.new"])

    def test_names_of_any_bytes(self):
        self.start()
        names = [b"sp ace.tf", b'quo"te.tf', "Stra\u00dfe.tf".encode(), b"line\nfeed.tf", b"bytes\xff.tf", b"-dash.tf", b"glob*[x].tf"]
        root = self.directory.encode()
        for i, name in enumerate(names):
            with open(os.path.join(root, name), "w", encoding="utf-8") as out:
                out.write(BAD.format(f"n{i}"))
        self.commit()
        report = self.scan("--diff", "HEAD", *ACL, code=0)
        self.assertEqual(len(report["findings"]), len(names))
        for name in names:  # changed files are read from git
            with open(os.path.join(root, name), "a", encoding="utf-8") as out:
                out.write("# changed\n")
        report = self.scan("--diff", "HEAD", *ACL, code=0)
        self.assertEqual(len(self.names(report, "unchanged")), len(names))

    def test_links_in_the_tree(self):
        self.start()
        self.write("real/a.yaml", POD.format("one"))
        os.symlink("real/a.yaml", os.path.join(self.directory, "link.yaml"))
        os.symlink("/etc/passwd", os.path.join(self.directory, "out.yaml"))
        os.symlink("nowhere", os.path.join(self.directory, "broken.yaml"))
        os.symlink("loop.yaml", os.path.join(self.directory, "loop.yaml"))
        os.symlink("real", os.path.join(self.directory, "directory"))
        self.commit()
        plain = self.scan(*PRIVILEGED)
        self.write("other.yaml", POD.format("two"))
        report = self.scan("--diff", "HEAD", *PRIVILEGED, code=1)
        self.assertEqual(len(self.names(report, "unchanged")), len(plain["findings"]))
        os.remove(os.path.join(self.directory, "other.yaml"))
        self.write("real/a.yaml", POD.format("one") + "# changed\n")
        between = self.scan("--diff", "HEAD", *PRIVILEGED, code=0)
        self.assertEqual(between["comparison"]["new"], 0)
        skipped = {row["file"]: row["reason"] for row in self.scan("--diff", "HEAD..HEAD", *PRIVILEGED)["coverage"] if row["state"] == "skipped" and "file" in row}
        self.assertIn("symlink-outside-root", skipped["out.yaml"])
        self.assertIn("broken-symlink", skipped["broken.yaml"])

    def test_submodules_are_compared_on_neither_side(self):
        part = os.path.join(self.directory, "part")
        os.mkdir(part)
        self.git("init", "-q", "-b", "main", ".", cwd=part)
        self.write("part/a.tf", BAD.format("inner"))
        self.git("add", "-A", cwd=part)
        self.git("commit", "-q", "-m", "x", cwd=part)
        whole = os.path.join(self.directory, "whole")
        os.mkdir(whole)
        self.git("init", "-q", "-b", "main", ".", cwd=whole)
        self.write("whole/b.tf", BAD.format("outer"))
        self.git("-c", "protocol.file.allow=always", "submodule", "--quiet", "add", part, "vendor/part", cwd=whole)
        self.git("add", "-A", cwd=whole)
        self.git("commit", "-q", "-m", "x", cwd=whole)
        self.write("whole/c.tf", BAD.format("new"))
        report = self.scan("--diff", "HEAD", *ACL, cwd=whole, code=1)
        self.assertEqual(self.names(report), ["aws_s3_bucket.new", "aws_s3_bucket.outer"])
        rows = [row for row in report["coverage"] if row.get("file") == "vendor/part"]
        self.assertEqual([row["state"] for row in rows], ["skipped"])
        self.assertIn("submodule", rows[0]["reason"])

    def test_a_sparse_work_tree(self):
        self.start()
        self.write("a/a.tf", BAD.format("here"))
        self.write("b/b.tf", BAD.format("away"))
        self.commit()
        self.git("sparse-checkout", "set", "--no-cone", "/a/")
        self.assertFalse(os.path.exists(os.path.join(self.directory, "b")))
        self.write("a/n.tf", BAD.format("new"))
        report = self.scan("--diff", "HEAD", *ACL, code=1)
        self.assertEqual(self.names(report), ["aws_s3_bucket.here", "aws_s3_bucket.new"])
        self.assertEqual(report["fixed"], [])
        self.assertIn("sparse-checkout", self.codes(report))

    def test_a_shallow_clone_says_what_to_do(self):
        self.start()
        self.write("a.tf", GOOD.format("a"))
        self.commit()
        first = self.git("rev-parse", "HEAD").strip()
        self.write("b.tf", GOOD.format("b"))
        self.commit()
        clone = os.path.join(self.directory, "clone")
        self.git("clone", "-q", "--depth", "1", "file://" + self.directory, clone)
        message = self.usage_error("--diff", first, cwd=clone)
        self.assertIn("fetch-depth: 0", message)
        self.assertIn("fetch-depth: 0", self.usage_error("--diff", "origin/release...", cwd=clone))
        self.scan("--diff", "HEAD", *ACL, cwd=clone, code=0)

    def test_a_partial_clone_does_not_fetch(self):
        self.start()
        self.git("config", "uploadpack.allowFilter", "true")
        self.write("a.tf", BAD.format("a"))
        self.commit()
        self.write("a.tf", GOOD.format("a"))
        self.commit()
        clone = os.path.join(self.directory, "clone")
        self.git("clone", "-q", "--filter=blob:none", "file://" + self.directory, clone)
        report = self.scan("--diff", "HEAD~1", *ACL, cwd=clone, code=0)
        self.assertEqual(report["fixed"], [])
        # What could not be read before must not look fixed, nor hide what is new.
        self.write("clone/a.tf", BAD.format("a"))
        report = self.scan("--diff", "HEAD~1", *ACL, cwd=clone, code=1)
        self.assertIn("diff-base-partial", self.codes(report))

    def test_what_was_broken_before_is_said(self):
        self.start()
        self.write("a.tf", BAD.format("a") + "resource {\n")
        self.commit()
        self.write("a.tf", BAD.format("a") + BAD.format("b"))
        report = self.scan("--diff", "HEAD", *ACL, code=1)
        notes = [p for p in report["problems"] if p["code"] == "diff-base-partial"]
        self.assertEqual([p["file"] for p in notes], ["a.tf"])
        self.write("a.tf", "resource {{{\n")  # and what is broken now is not fixed
        report = self.scan("--diff", "HEAD", *ACL, code=3)

    def test_large_files_of_lfs(self):
        self.start()
        digest = "4d7a214614ab2935c943f9e0ff69d22eadbb8f32b1258daaa5e2ca24d17e2393"
        pointer = f"version https://git-lfs.github.com/spec/v1\noid sha256:{digest}\nsize 12345\n"
        self.write("a.yaml", pointer)
        self.commit()
        report = self.scan("a.yaml", code=3)
        self.assertIn("lfs-pointer", self.codes(report))
        self.write("a.yaml", POD.format("one"))
        report = self.scan("--diff", "HEAD", *PRIVILEGED, code=1)
        self.assertIn("diff-base-partial", self.codes(report))
        self.write(f".git/lfs/objects/{digest[:2]}/{digest[2:4]}/{digest}", POD.format("one"))  # it was fetched
        self.assertEqual(self.names(self.scan("--diff", "HEAD", *PRIVILEGED, code=0), "unchanged"), ["Pod.default.one"])

    def test_policies_are_those_of_the_work_tree(self):
        self.start()
        self.write("a.tf", BAD.format("old"))
        self.commit()
        self.write("rules/r.md", "---\nid: TST0001\nname: named-bucket\nseverity: high\nprecision: high\nresources: [aws/s3/bucket]\n"
                   "at: bucket\n---\n# Buckets have no names\n\n## How to fix\nx\n\n```cel\nresource.bucket != null\n```\n")
        self.write("b.tf", BAD.format("new"))
        report = self.scan("--diff", "HEAD", "--policy", "rules", "--rule", "TST0001", code=1)
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.new"])

    def test_what_cannot_be_compared(self):
        self.assertIn("not in a git repository", self.usage_error("--diff", "main"))
        self.start()
        self.assertIn("no commit yet", self.usage_error("--diff", "HEAD"))
        self.write("a.tf", GOOD.format("a"))
        self.commit()
        self.git("branch", "develop")
        self.assertIn('did you mean "develop"', self.usage_error("--diff", "devlop"))
        self.assertIn("no ref begins with '-'", self.usage_error("--diff=--output=x"))
        self.assertIn("no ref begins with '-'", self.usage_error("--diff=-x"))
        self.assertFalse(os.path.exists(os.path.join(self.directory, "x")))
        for odd in ("main:a.tf", "HEAD~99", "no such", "main..nothing", "..", "a..b..c", "$(touch x)", "@{u}", "\u00e9"):
            self.usage_error("--diff", odd) if odd != ".." else None
        self.assertIn("names two", self.usage_error("--staged", "--diff", "main..develop"))
        self.git("checkout", "-q", "--orphan", "alone")
        self.git("rm", "-rqf", ".")
        self.write("b.tf", GOOD.format("b"))
        self.commit()
        self.assertIn("no common commit", self.usage_error("--diff", "main..."))

    def test_without_git(self):
        self.start()
        self.write("a.tf", GOOD.format("a"))
        self.commit()
        empty = os.path.join(self.directory, "empty")
        os.mkdir(empty)
        self.assertIn("git is not installed", self.usage_error("--diff", "HEAD", env={"PATH": empty}))
        self.assertIn("git is not installed", self.usage_error("--staged", env={"PATH": empty}))

    def test_a_git_that_breaks_is_no_clean_result(self):
        self.start()
        self.write("a.tf", BAD.format("a"))
        self.commit()
        self.write("a.tf", BAD.format("a") + "# changed\n")
        real = shutil.which("git")
        for body in ("exit 3", f'case "$*" in *cat-file*) exit 1;; esac\nexec {real} "$@"',
                     f'case "$*" in *ls-tree*) echo broken; exit 0;; esac\nexec {real} "$@"',
                     f'case "$*" in *cat-file*) echo nonsense; exec sleep 0;; esac\nexec {real} "$@"'):
            script = self.write("fake/git", "#!/bin/sh\n" + body + "\n")
            os.chmod(script, 0o755)
            done = self.run_assay("scan", "--diff", "HEAD", *ACL, env={"PATH": os.path.dirname(script) + ":" + os.environ["PATH"]})
            self.assertIn(done.returncode, (1, 2), body + done.stderr.decode())

    def test_the_repository_cannot_start_programs(self):
        self.start()
        self.write("a.tf", BAD.format("a"))
        self.commit()
        marker = os.path.join(self.directory, "ran")
        hook = self.write("hook.sh", f"#!/bin/sh\ntouch {marker}\n")
        os.chmod(hook, 0o755)
        for key in ("core.fsmonitor", "diff.external", "core.pager", "core.editor"):
            self.git("config", key, hook)
        self.write("a.tf", BAD.format("a") + BAD.format("b"))
        self.scan("--diff", "HEAD", *ACL, code=1)
        subprocess.run(["rm", "-f", marker], check=True)
        self.scan("--diff", "HEAD", *ACL, code=1)
        self.scan("--staged", *ACL)
        self.assertFalse(os.path.exists(marker))

    def test_the_index_is_left_alone(self):
        self.start()
        self.write("a.tf", BAD.format("a"))
        self.commit()
        os.utime(os.path.join(self.directory, "a.tf"))
        index = os.path.join(self.directory, ".git", "index")
        with open(index, "rb") as file:
            before = file.read()
        os.chmod(os.path.join(self.directory, ".git"), 0o555)
        try:
            self.scan("--diff", "HEAD", *ACL, code=0)
        finally:
            os.chmod(os.path.join(self.directory, ".git"), 0o755)
        with open(index, "rb") as file:
            self.assertEqual(file.read(), before)

    def test_equal_bytes_for_any_number_of_jobs(self):
        self.start()
        for i in range(40):
            self.write(f"d{i}/a.tf", BAD.format(f"a{i}"))
        self.commit()
        for i in range(0, 40, 3):
            self.git("mv", f"d{i}", f"moved{i}")
            self.write(f"moved{i}/b.tf", BAD.format(f"b{i}"))
        outputs = {self.run_assay("scan", "--diff", "HEAD", "--format", "json", "--jobs", jobs).stdout for jobs in ("1", "2", "7")}
        self.assertEqual(len(outputs), 1)
        report = json.loads(outputs.pop())
        self.assertEqual({f["resource"]["address"][:15] for f in report["findings"] if f["baseline"] == "new"}, {"aws_s3_bucket.b"})


if __name__ == "__main__":
    unittest.main()
