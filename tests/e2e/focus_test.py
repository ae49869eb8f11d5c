#!/usr/bin/env python3
"""File arguments are a focus: whatever way a repository's files are split over several runs, the findings of all runs
together are those of one run over the whole, byte for byte."""
import json
import os
import pathlib
import random
import shutil
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from assay_case import SHARED, AssayCase

CORPORA = pathlib.Path(SHARED) / "corpora"


class Focus(AssayCase):
    def repository(self, corpus=None):
        if corpus:
            if not (CORPORA / corpus).is_dir():
                self.skipTest(f"{corpus} is not in {CORPORA}")
            shutil.copytree(CORPORA / corpus, self.directory, dirs_exist_ok=True, symlinks=True)
        os.makedirs(os.path.join(self.directory, ".git"), exist_ok=True)

    def files(self):
        found = []
        for at, directories, names in os.walk(self.directory):
            directories[:] = [d for d in directories if d not in (".git", ".terraform", "node_modules")]
            found += [os.path.relpath(os.path.join(at, name), self.directory) for name in names]
        return sorted(found)

    @staticmethod
    def findings(report):
        return {json.dumps(finding, sort_keys=True) for finding in report["findings"]}

    def check_splits(self, *options, seed=1, sizes=(1, 10, 60)):
        self.maxDiff = 4000
        whole = self.scan(".", *options)
        expected = self.findings(whole)
        self.assertEqual(len(expected), len(whole["findings"]))
        files = self.files()
        chance = random.Random(seed)
        for size in sizes:
            chance.shuffle(files)
            parts = [files[i:i + size] for i in range(0, len(files), size)]
            if size == 1:
                parts = parts[:25]
            together = set()
            for part in parts:
                seen = self.findings(self.scan(*part, *options))
                self.assertFalse(seen - expected, f"not in the whole run, of {part[:12]}")
                together |= seen
                # What lies in a file of the part must be there.
                inside = {f for f in expected if json.loads(f)["file"] in part}
                self.assertFalse(inside - seen, f"missing of {part[:12]}")
            if size != 1:
                self.assertFalse(expected - together)

    def test_terragoat(self):
        self.repository("terragoat")
        self.check_splits()

    def test_modules(self):
        self.repository("terraform-aws-eks")
        self.check_splits("--maybe", sizes=(1, 10, 40))

    def test_vpc(self):
        self.repository("terraform-aws-vpc")
        self.check_splits(sizes=(10, 40))

    def test_manifests(self):
        self.repository("kubernetes-examples")
        self.check_splits("--maybe")

    def test_templates(self):
        self.repository("cloudformation-templates")
        self.check_splits()

    def test_everything_together(self):
        for corpus in ("terragoat", "kubernetes-examples", "terraform-aws-vpc"):
            if not (CORPORA / corpus).is_dir():
                self.skipTest(f"{corpus} is not in {CORPORA}")
            shutil.copytree(CORPORA / corpus, os.path.join(self.directory, corpus), symlinks=True)
        self.repository()
        self.check_splits(sizes=(80,))

    SMALL = {
        "live/main.tf": 'module "b" {\n  source = "../modules/bucket"\n  acl = var.acl\n}\nvariable "acl" {}\n',
        "live/terraform.tfvars": 'acl = "public-read"\n',
        "other/main.tf": 'module "b" {\n  source = "../modules/bucket"\n  acl = "private"\n}\n',
        "modules/bucket/main.tf": 'variable "acl" {}\nresource "aws_s3_bucket" "b" {\n  acl = var.acl\n}\n',
        "k8s/pod.yaml": "apiVersion: v1\nkind: Pod\nmetadata: {name: p, labels: {app: a}}\nspec: {containers: [{name: c, image: x}]}\n",
        "k8s/policy.yaml": "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: n}\nspec: {podSelector: {}, policyTypes: [Ingress, Egress]}\n",
        "run.sh": "export AWS_SECRET=AKIAQ3EGRCS3KX4BZ5YQ\n",
        "copy.sh": "export AWS_SECRET=AKIAQ3EGRCS3KX4BZ5YQ\n",
        "notes.md": "nothing\n",
    }

    def small(self):
        for path, text in self.SMALL.items():
            self.write(path, text)
        self.repository()

    def test_small(self):
        self.small()
        self.check_splits("--maybe", sizes=(1, 2, 3))
        self.check_splits(sizes=(1, 2, 3))

    def test_a_module_is_judged_as_its_callers_use_it(self):
        self.small()
        report = self.scan("modules/bucket/main.tf", "--rule", "AWS0101")
        self.assertEqual([f["resource"]["address"] for f in report["findings"]], ["module.b.aws_s3_bucket.b"])
        # The literal that decides lies in the variable file: a change of it is told, too.
        report = self.scan("live/terraform.tfvars", "--rule", "AWS0101")
        self.assertEqual(len(report["findings"]), 1)
        self.assertEqual(self.scan("other/main.tf", "--rule", "AWS0101")["findings"], [])

    def test_order_repetition_and_form_of_paths(self):
        self.small()
        files = self.files()
        whole = self.run_assay("scan", *files, "--format", "json").stdout
        chance = random.Random(3)
        for _ in range(4):
            chance.shuffle(files)
            spelled = [chance.choice([f, "./" + f, os.path.join(self.directory, f)]) for f in files + files[:3]]
            again = json.loads(self.run_assay("scan", *spelled, "--format", "json").stdout)
            again.pop("arguments", None)
            first = json.loads(whole)
            first.pop("arguments", None)
            self.assertEqual(again, first)

    def test_the_configuration_does_not_depend_on_the_order(self):
        self.small()
        self.write("live/assay.yaml", "skip-rules: [AWS0101]\n")
        self.write("assay.yaml", "fail-on: high\n")
        one = self.scan("live/terraform.tfvars", "k8s/pod.yaml")
        other = self.scan("k8s/pod.yaml", "live/terraform.tfvars")
        self.assertEqual(one["findings"], other["findings"])
        self.assertIn("AWS0101", self.rules(one))
        self.assertNotIn("AWS0101", self.rules(self.scan("live/terraform.tfvars", "live/main.tf")))

    def test_from_a_subdirectory(self):
        self.small()
        outer = self.scan("live/main.tf")
        inner = self.scan("main.tf", cwd=os.path.join(self.directory, "live"))
        both = self.scan("main.tf", "../modules/bucket/main.tf", cwd=os.path.join(self.directory, "live"))
        self.assertEqual([f["fingerprint"] for f in outer["findings"]], [f["fingerprint"] for f in inner["findings"]])
        self.assertLessEqual({f["fingerprint"] for f in inner["findings"]}, {f["fingerprint"] for f in both["findings"]})
        self.assertTrue(inner["findings"])
        for finding in inner["findings"]:
            path = os.path.join(self.directory, "live", finding["file"])
            self.assertTrue(os.path.exists(path), finding["file"])
        own = self.scan("main.tf", cwd=os.path.join(self.directory, "modules/bucket"))
        self.assertEqual({f["file"] for f in own["findings"]} - {"main.tf", "../../live/terraform.tfvars"}, set())

    def test_a_file_that_is_gone(self):
        self.small()
        done = self.run_assay("scan", "live/main.tf", "live/gone.tf")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"there is no file or directory 'live/gone.tf'", done.stderr)

    def test_links(self):
        self.small()
        os.symlink("../live/terraform.tfvars", os.path.join(self.directory, "other/terraform.tfvars"))
        os.symlink("live", os.path.join(self.directory, "current"))
        self.check_splits(sizes=(2, 3))
        own = self.scan("live/terraform.tfvars")
        through = self.scan("current/terraform.tfvars")
        self.assertEqual(self.findings(own), self.findings(through))
        self.assertTrue(own["findings"])

    def test_problems_elsewhere_are_not_those_of_the_focus(self):
        self.small()
        self.write("broken/main.tf", 'resource "a" "b" {\n')
        self.scan("k8s/policy.yaml", "--fail-on", "critical", code=0)
        self.assertEqual(self.run_assay("scan", "broken/main.tf").returncode, 3)

    def test_secrets_of_other_files_are_not_told(self):
        self.small()
        report = self.scan("copy.sh")
        self.assertEqual({f["file"] for f in report["findings"]}, {"copy.sh"})


if __name__ == "__main__":
    unittest.main()
