"""--stdin-filename: a text that is not saved yet is analysed as the file it will be."""
import json
import os
import subprocess
import unittest

from assay_case import AssayCase, binary

OPEN = 'resource "aws_security_group_rule" "ssh" {\n  type = "ingress"\n  from_port = 22\n  to_port = 22\n' \
       '  protocol = "tcp"\n  cidr_blocks = [var.network]\n  security_group_id = "sg-1"\n}\n'
SSH = ["--rule", "sg-ssh-open"]


class StdinTest(AssayCase):
    def scan_text(self, text, name, *arguments, code=None):
        done = subprocess.run([binary(), "scan", "--stdin-filename", name, "--format", "json", *arguments],
                              cwd=self.directory, timeout=60, input=text if isinstance(text, bytes) else text.encode(),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if code is not None:
            self.assertEqual(done.returncode, code, done.stderr.decode() + done.stdout.decode()[:2000])
        return json.loads(done.stdout)

    def usage_error(self, *arguments):
        done = subprocess.run([binary(), "scan", *arguments], cwd=self.directory, timeout=60, input=b"",
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 2, done.stdout.decode())
        return done.stderr.decode()

    def test_the_module_around_the_text_counts(self):
        self.write("variables.tf", 'variable "network" {\n  default = "0.0.0.0/0"\n}\n')
        report = self.scan_text(OPEN, "new.tf", *SSH, code=1)
        self.assertEqual(len(report["findings"]), 1)
        self.assertFalse(os.path.exists(os.path.join(self.directory, "new.tf")))
        self.write("variables.tf", 'variable "network" {\n  default = "10.0.0.0/8"\n}\n')
        self.scan_text(OPEN, "new.tf", *SSH, code=0)

    def test_stdin_replaces_what_is_on_disk(self):
        self.write("variables.tf", 'variable "network" {\n  default = "0.0.0.0/0"\n}\n')
        self.write("main.tf", OPEN)
        self.scan("main.tf", *SSH, code=1)
        self.scan_text("# nothing\n", "main.tf", *SSH, code=0)
        self.scan_text(OPEN.replace("var.network", '"10.0.0.0/8"'), "./sub/../main.tf", *SSH, code=0)
        with open(os.path.join(self.directory, "main.tf"), encoding="utf-8") as file:
            self.assertEqual(file.read(), OPEN)

    def test_findings_are_of_that_file_only(self):
        self.write("variables.tf", 'variable "network" {\n  default = "0.0.0.0/0"\n}\n')
        self.write("other.tf", OPEN)
        self.scan_text("locals {}\n", "main.tf", *SSH, code=0)

    def test_directories_need_not_exist(self):
        report = self.scan_text(OPEN.replace("var.network", '"0.0.0.0/0"'), "a/b/new.tf", *SSH, code=1)
        self.assertEqual(report["findings"][0]["file"], "a/b/new.tf")

    def test_an_absolute_name(self):
        name = os.path.join(self.directory, "new.tf")
        self.scan_text(OPEN.replace("var.network", '"0.0.0.0/0"'), name, *SSH, code=1)

    def test_templates_and_manifests(self):
        template = "Resources:\n  B:\n    Type: AWS::S3::Bucket\n    Properties:\n      AccessControl: PublicRead\n"
        report = self.scan_text(template, "stack.yaml", "--rule", "s3-public-acl", code=1)
        self.assertEqual(report["findings"][0]["resource"]["name"], "B")
        pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n" \
              "  - {name: c, image: nginx, securityContext: {privileged: true}}\n"
        self.assertIn("stdin.yaml", {f["file"] for f in self.scan_text(pod, "stdin.yaml", code=1)["findings"]})

    def test_plans_also_in_utf_16(self):
        plan = {"format_version": "1.2", "terraform_version": "1.11.4", "planned_values": {"root_module": {"resources": [{
            "address": "aws_s3_bucket_acl.b", "mode": "managed", "type": "aws_s3_bucket_acl", "name": "b",
            "provider_name": "registry.terraform.io/hashicorp/aws", "values": {"acl": "public-read", "bucket": "b"}}]}}}
        for encoding in ("utf-8", "utf-16"):
            report = self.scan_text(json.dumps(plan).encode(encoding), "plan.json")
            self.assertEqual(report["summary"]["resources"], 1, encoding)

    def test_broken_text_is_a_problem_not_a_crash(self):
        report = self.scan_text('resource "x" {', "main.tf", code=3)
        self.assertTrue(report["problems"])
        self.scan_text("", "main.tf", code=0)
        report = self.scan_text(b"#" * (17 << 20), "main.tf", code=3)
        self.assertTrue(any("larg" in problem["message"] for problem in report["problems"]))

    def test_what_cannot_be_combined(self):
        self.assertIn("PATH", self.usage_error("--stdin-filename", "a.tf", "b.tf"))
        self.assertIn("--show-fixes", self.usage_error("--stdin-filename", "a.tf", "--fix"))


if __name__ == "__main__":
    unittest.main()
