#!/usr/bin/env python3
"""The cache never changes a report: after every edit, the bytes with it are those without it."""
import os
import random
import shutil
import stat
import sys
import threading
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from assay_case import SHARED, AssayCase

EDITS = int(os.environ.get("ASSAY_CACHE_EDITS", "120"))

POLICY = """---
id: ORG0001
name: org-owner
severity: {severity}
precision: high
resources: [aws/s3/bucket]
fix: none
---
# Buckets are called as we call them
## What it does
Flags names.
## Why it matters
We search by them.
## How to fix
Rename.
```cel
resource.bucket == "{name}"
```
"""


class Cache(AssayCase):
    def setUp(self):
        super().setUp()
        self.root = os.path.join(self.directory, "repository")
        self.store = os.path.join(self.directory, "store")
        os.makedirs(os.path.join(self.root, ".git"))

    def put(self, path, text):
        return self.write(os.path.join("repository", path), text)

    def small(self):
        for name in "ab":
            self.put(f"live/{name}/main.tf", f'module "b" {{\n  source = "../../modules/bucket"\n  acl = var.acl\n  name = "{name}"\n}}\nvariable "acl" {{}}\n')
            self.put(f"live/{name}/terraform.tfvars", 'acl = "public-read"\n')
            self.put(f"k8s/{name}.yaml", f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {name}, labels: {{app: {name}}}}}\nspec: {{containers: [{{name: c, image: x}}]}}\n")
            self.put(f"cfn/{name}.yaml", "Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties: {AccessControl: PublicRead}\n")
        self.put("modules/bucket/main.tf", 'variable "acl" {}\nvariable "name" {}\nresource "aws_s3_bucket" "b" {\n  bucket = var.name\n  acl = var.acl\n}\n')
        self.put("k8s/policy.yaml", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\nspec: {podSelector: {matchLabels: {app: a}}, policyTypes: [Ingress, Egress]}\n")
        self.put("run.sh", "export AWS_SECRET=AKIAQ3EGRCS3KX4BZ5YQ\n")
        self.put("rules/org.md", POLICY.format(severity="low", name="a"))
        self.put("assay.yaml", "fail-on: high\n")
        self.put(".gitignore", "*.log\n")

    def both(self, *options, form="json", env=None):
        arguments = ["scan", ".", "--format", form, *options]
        warm = self.run_assay(*arguments, "--cache-dir", self.store, cwd=self.root, env=env)
        cold = self.run_assay(*arguments, "--no-cache", cwd=self.root, env=env)
        self.assertEqual(warm.stdout, cold.stdout)
        self.assertEqual((warm.returncode, warm.stderr), (cold.returncode, cold.stderr))
        return warm

    def records(self):
        return sorted(Path(self.store).glob("*.record")) if os.path.isdir(self.store) else []

    def age(self):
        """As if everything had been written a while ago, so that times tell what changed. The inode's own time cannot be set."""
        for at, directories, names in os.walk(self.root):
            for name in directories + names:
                os.utime(os.path.join(at, name), (1_700_000_000, 1_700_000_000), follow_symlinks=False)

    def edit(self, chance, step):
        files = [p for p in sorted(Path(self.root).rglob("*")) if p.is_file() and ".git" not in p.relative_to(self.root).parts[:1]]
        path = chance.choice(files)
        kind = chance.randrange(14)
        if kind == 0:
            path.unlink()
        elif kind == 1:
            path.rename(path.with_name(f"moved{step}-{path.name}"))
        elif kind == 2:
            path.write_bytes(path.read_bytes())
        elif kind == 3:
            target = chance.choice(files)
            link = path.with_name(f"link{step}{target.suffix}")
            link.symlink_to(os.path.relpath(target, link.parent))
        elif kind == 4:
            self.put(".gitignore", chance.choice(["*.log\n", "k8s/\n", "cfn/a.yaml\n", "live/b\n", ""]))
        elif kind == 5:
            self.put("assay.yaml", chance.choice(["fail-on: high\n", "skip-rule: [AWS0101]\n", "severity: high\n", "maybe: true\n", "exclude: [k8s]\n", ""]))
        elif kind == 6:
            self.put(f"live/{chance.choice('ab')}/terraform.tfvars", chance.choice(['acl = "private"\n', 'acl = "public-read"\n', "acl = [\n", ""]))
        elif kind == 7:
            self.put("rules/org.md", POLICY.format(severity=chance.choice(["low", "high"]), name=chance.choice("ab")))
        elif kind == 8:
            self.put(f"new/{step}.yaml", f"apiVersion: v1\nkind: Pod\nmetadata: {{name: p{step}, labels: {{app: a}}}}\nspec: {{containers: [{{name: c, image: x, securityContext: {{privileged: true}}}}]}}\n")
        elif kind == 9:
            self.put(f"new/{step}/main.tf", 'module "m" {\n  source = "../../modules/bucket"\n  acl = "public-read-write"\n  name = "n"\n}\n')
        elif kind == 10:
            # The same size and the same times: only the inode tells.
            before = path.stat()
            data = path.read_bytes().replace(b"public-read", b"publik-read").replace(b"app: a", b"app: q")
            path.write_bytes(data)
            os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
        elif kind == 11:
            self.put("modules/bucket/main.tf", chance.choice([
                'variable "acl" {}\nvariable "name" {}\nresource "aws_s3_bucket" "b" {\n  bucket = var.name\n  acl = var.acl\n}\n',
                'variable "acl" {}\nvariable "name" {}\nresource "aws_s3_bucket" "b" {\n  acl = "private" # assay:ignore AWS0101 known\n}\n',
                'variable "acl" {}\nresource "aws_s3_bucket" "b" {\n  acl = file("../../acl.txt")\n}\n']))
        elif kind == 12:
            self.put("acl.txt", chance.choice(["public-read", "private"]))
        else:
            path.write_bytes(path.read_bytes() + chance.choice([b"\n", b"# assay:ignore AWS0101 why\n", b"password: hunter2hunter2\n", b"{{\n"]))

    def test_random_edits(self):
        self.small()
        chance = random.Random(11)
        options = ("--policy", "rules/org.md")
        for step in range(EDITS):
            if chance.random() < 0.3:
                self.age()
            if not os.path.exists(os.path.join(self.root, "rules/org.md")):
                self.put("rules/org.md", POLICY.format(severity="low", name="a"))
            self.both(*options, form=chance.choice(["json", "json", "text", "sarif"]))
            if len([p for p in Path(self.root).rglob("*") if p.is_file()]) < 8:
                self.small()
            self.edit(chance, step)
        self.assertTrue(self.records())

    def test_random_edits_of_corpora(self):
        corpora = Path(SHARED) / "corpora"
        names = [name for name in ("terragoat", "kubernetes-examples", "terraform-aws-vpc") if (corpora / name).is_dir()]
        if not names:
            self.skipTest(f"no corpora in {corpora}")
        for name in names:
            shutil.copytree(corpora / name, os.path.join(self.root, name), symlinks=True)
        for at, directories, files in os.walk(self.root):
            for name in directories + files:
                os.chmod(os.path.join(at, name), 0o755 if name in directories else 0o644)
        chance = random.Random(5)
        for _ in range(EDITS // 12):
            self.both()
            self.both()
            path = chance.choice([p for p in sorted(Path(self.root).rglob("*")) if p.is_file()])
            lines = path.read_bytes().split(b"\n")
            at = chance.randrange(len(lines))
            if chance.random() < 0.5:
                del lines[at]
            else:
                lines.insert(at, chance.choice(lines))
            path.write_bytes(b"\n".join(lines))

    def test_it_is_used(self):
        self.small()
        self.both()
        self.assertEqual(len(self.records()), 1)
        done = self.run_assay("scan", ".", "--stats", "--cache-dir", self.store, cwd=self.root)
        self.assertIn(b"cache", done.stderr)
        self.assertNotIn(b"read and parse", done.stderr)
        # The form of a report is no part of a run; what all rules say is.
        self.both(form="text")
        self.assertEqual(len(self.records()), 1)
        self.both(form="sarif")
        self.assertEqual(len(self.records()), 2)

    def test_what_is_not_in_files(self):
        self.small()
        for options, env in ((("--maybe",), {}), (("--tf-env",), {"TF_VAR_acl": "private"}), (("--tf-env",), {"TF_VAR_acl": "public-read"}),
                             (("--today", "2027-01-01"), {}), (("--var", "acl=private"), {}), (("--var", "acl=public-read"), {})):
            os.remove(os.path.join(self.root, "live/a/terraform.tfvars")) if os.path.exists(os.path.join(self.root, "live/a/terraform.tfvars")) else None
            self.both(*options, env=env)
            self.both(*options, env=env)

    def test_a_text_without_secrets_does_not_matter(self):
        self.small()
        self.put("app/main.go", "package main\n")
        self.put("app/data.txt", "nothing\n")
        self.both()

        def is_replayed():
            done = self.run_assay("scan", ".", "--stats", "--cache-dir", self.store, cwd=self.root)
            return b"read and parse" not in done.stderr

        self.put("app/main.go", "package main\n\nfunc main() {}\n")
        self.assertTrue(is_replayed())
        self.both()
        for text in ("key = AKIAQ3EGRCS3KX4BZ5YQ\n", "clean again\n", b"\0binary", "# assay:ignore SEC0214 no\n", "x" * 9_000_000):
            self.put("app/data.txt", text)
            self.both()
            self.both()
        self.put("app/data.txt", "clean\n")
        self.both()
        # What others read as well does matter.
        self.put("live/a/main.tf", 'resource "aws_s3_bucket" "b" {\n  acl = trimspace(file("../../app/data.txt"))\n}\n')
        self.both()
        self.put("app/data.txt", "public-read\n")
        self.both()
        self.put(".gitleaks.toml", '[[rules]]\nid = "own"\nregex = "own-[0-9]+"\n')
        self.both()
        self.put("app/main.go", "own-12345\n")
        self.both()

    def test_a_file_that_was_not_there(self):
        self.small()
        self.put("live/a/main.tf", 'resource "aws_s3_bucket" "b" {\n  acl = fileexists("../../flag") ? "public-read" : "private"\n}\n')
        first = self.both().stdout
        self.put("flag", "")
        self.assertNotEqual(self.both().stdout, first)

    def test_damaged_foreign_and_unwritable(self):
        self.small()
        expected = self.both().stdout
        record = self.records()[0]
        data = record.read_bytes()
        chance = random.Random(2)
        for bad in [b"", data[:100], data[:-1], data + b"x", b"x" * len(data)] + [
                data[:at] + bytes([data[at] ^ 0x40]) + data[at + 1:] for at in (chance.randrange(len(data)) for _ in range(20))]:
            record.write_bytes(bad)
            done = self.run_assay("scan", ".", "--format", "json", "--cache-dir", self.store, cwd=self.root)
            self.assertEqual(done.stdout, expected)
            self.assertIn(b"damaged", done.stderr)
        os.chmod(self.store, 0o777)
        done = self.run_assay("scan", ".", "--format", "json", "--cache-dir", self.store, cwd=self.root)
        self.assertEqual(done.stdout, expected)
        self.assertIn(b"others can write", done.stderr)
        os.chmod(self.store, 0o700)
        if os.geteuid() == 0:
            os.chown(self.store, 12345, 12345)
            done = self.run_assay("scan", ".", "--format", "json", "--cache-dir", self.store, cwd=self.root)
            self.assertEqual(done.stdout, expected)
            self.assertIn(b"belongs to another user", done.stderr)
            os.chown(self.store, 0, 0)
        os.remove(record)
        os.rmdir(self.store)
        Path(self.store).write_text("a file")
        done = self.run_assay("scan", ".", "--format", "json", "--cache-dir", self.store, cwd=self.root)
        self.assertEqual(done.stdout, expected)
        self.assertIn(b"the cache is not used", done.stderr)

    def test_nobody_else_reads_it(self):
        self.small()
        self.both()
        self.assertEqual(stat.S_IMODE(os.stat(self.store).st_mode), 0o700)
        self.assertEqual(stat.S_IMODE(os.stat(self.records()[0]).st_mode), 0o600)

    def test_small_runs_keep_nothing_unasked(self):
        self.small()
        home = os.path.join(self.directory, "home")
        self.run_assay("scan", ".", cwd=self.root, env={"XDG_CACHE_HOME": home})
        self.assertFalse(os.path.exists(home))

    def test_at_the_same_time(self):
        self.small()
        expected = self.run_assay("scan", ".", "--format", "json", "--no-cache", cwd=self.root).stdout
        outputs = []

        def run():
            for _ in range(6):
                outputs.append(self.run_assay("scan", ".", "--format", "json", "--cache-dir", self.store, cwd=self.root).stdout)

        threads = [threading.Thread(target=run) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        self.assertEqual(set(outputs), {expected})
        self.assertEqual(len(os.listdir(self.store)), 1)


if __name__ == "__main__":
    unittest.main()
