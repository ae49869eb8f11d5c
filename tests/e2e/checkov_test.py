"""What a team brings from Checkov: ids, skip comments, .checkov.yaml, .checkov.baseline, custom policies."""
import json
import unittest

from assay_case import AssayCase

BUCKET = 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n'

POLICY = """metadata:
  id: CKV2_CUSTOM_1
  name: Buckets have an owner
  category: CONVENTION
  severity: HIGH
  guideline: https://example.com/owners
definition:
  and:
    - cond_type: attribute
      resource_types: [aws_s3_bucket]
      attribute: tags.owner
      operator: exists
    - cond_type: attribute
      resource_types: [aws_s3_bucket]
      attribute: tags.owner
      operator: not_equals
      value: nobody
"""


def notes(report, code):
    return [problem["message"] for problem in report["problems"] if problem["code"] == code]


class Ids(AssayCase):
    def test_rule_and_skip_rule(self):
        self.write("main.tf", BUCKET)
        self.assertEqual(self.rules(self.scan(".", "--rule", "CKV_AWS_20", code=1)), {"AWS0101"})
        self.assertNotIn("AWS0101", self.rules(self.scan(".", "--skip-rule", "CKV_AWS_20")))

    def test_skip_comments(self):
        self.write("main.tf", 'resource "aws_s3_bucket" "b" {\n  #checkov:skip=CKV_AWS_20:a public site\n'
                              '  acl = "public-read"\n}\n')
        report = self.scan(".", "--rule", "AWS0101", code=0)
        self.assertEqual([finding["suppressed"]["reason"] for finding in report["findings"]], ["a public site"])

    def test_several_ids_in_one_comment(self):
        self.write("main.tf", 'resource "aws_s3_bucket" "b" {\n  # checkov:skip=CKV_AWS_21,CKV_AWS_20:a public site\n'
                              '  acl = "public-read"\n}\n')
        report = self.scan(".", "--rule", "AWS0101", "--rule", "CKV_AWS_21", code=0)
        self.assertEqual({finding["suppressed"]["reason"] for finding in report["findings"]}, {"a public site"})
        self.assertEqual(len(report["findings"]), 2)

    def test_ids_without_a_rule_are_counted(self):
        self.write("main.tf", 'resource "aws_s3_bucket" "b" {\n  #checkov:skip=CKV_NOPE_1:why not\n'
                              '  #checkov:skip=CKV_NOPE_2\n  #checkov:skip=CKV_NOPE_1\n}\n')
        report = self.scan(".", "--rule", "AWS0101")
        self.assertEqual(notes(report, "suppression-no-rule"),
                         ["3 suppressions name checks that Assay has no rule for: CKV_NOPE_1, CKV_NOPE_2"])


class Configuration(AssayCase):
    def test_checks(self):
        self.write("main.tf", BUCKET)
        self.write(".checkov.yaml", "check:\n  - CKV_AWS_20\n  - CKV_NOPE_1\ncompact: true\n")
        report = self.scan(".", code=1)
        self.assertEqual(self.rules(report), {"AWS0101"})
        self.assertEqual(notes(report, "checkov-config"), [
            "check: 1 check has no rule here: CKV_NOPE_1",
            "compact: Assay has no counterpart; it is not followed",
        ])

    def test_skip_checks_and_globs(self):
        self.write("main.tf", BUCKET)
        self.write(".checkov.yml", "skip-check: CKV_AWS_2*,CKV_AWS_18\n")
        found = self.rules(self.scan("."))
        self.assertNotIn("AWS0101", found)
        self.assertTrue(found)

    def test_soft_fail(self):
        self.write("main.tf", BUCKET)
        self.write(".checkov.yaml", "check: [CKV_AWS_20]\nsoft-fail: true\n")
        self.assertEqual(self.rules(self.scan(".", code=0)), {"AWS0101"})
        self.write(".checkov.yaml", "check: [CKV_AWS_20]\nsoft-fail: true\nhard-fail-on: [HIGH]\n")
        self.scan(".", code=1)
        self.write(".checkov.yaml", "check: [CKV_AWS_20]\nsoft-fail-on: CKV_AWS_20\nhard-fail-on: HIGH\n")
        self.scan(".", code=0)
        self.scan(".", "--fail-on", "low", code=1)

    def test_directory_framework_and_paths(self):
        self.write("infra/main.tf", BUCKET)
        self.write("other/main.tf", BUCKET)
        self.write("infra/old/main.tf", BUCKET)
        self.write(".checkov.yaml", "directory: infra\nskip-path: [old/]\ncheck: CKV_AWS_20\n")
        report = self.scan(code=1)
        self.assertEqual(len(report["findings"]), 1)
        self.write(".checkov.yaml", "framework: [kubernetes]\ncheck: CKV_AWS_20\n")
        self.assertEqual(self.scan(".", code=0)["findings"], [])

    def test_var_file_and_policies(self):
        self.write("main.tf", 'variable "acl" {}\nresource "aws_s3_bucket" "b" {\n  acl  = var.acl\n}\n')
        self.write("x.tfvars", 'acl = "public-read"\n')
        self.write("policies/owner.yaml", POLICY)
        self.write(".checkov.yaml", "var-file: x.tfvars\nexternal-checks-dir: [policies]\ncheck: [CKV_AWS_20, CKV2_CUSTOM_1]\n")
        self.assertEqual(self.rules(self.scan(".", code=1)), {"AWS0101", "CKV2_CUSTOM_1"})

    def test_mistakes(self):
        self.write("main.tf", BUCKET)
        for text, line in (("check: {a: 1}\n", 1), ("\nsoft-fail: maybe\n", 2), ("skip-path: '('\n", 1), ("- a\n", 1)):
            self.write(".checkov.yaml", text)
            done = self.run_assay("scan", ".")
            self.assertEqual(done.returncode, 2, text)
            self.assertIn(f".checkov.yaml:{line}: ".encode(), done.stderr)

    def test_unknown_keys_are_notes(self):
        self.write("main.tf", BUCKET)
        self.write(".checkov.yaml", "skip-checks: CKV_AWS_20\n")
        self.assertEqual(notes(self.scan("."), "checkov-config"),
                         ['skip-checks: there is no such key; did you mean "skip-check"?'])


class Baseline(AssayCase):
    def accept(self, file, resource, *checks):
        self.write(".checkov.baseline", json.dumps({
            "failed_checks": [{"file": file, "findings": [{"resource": resource, "check_ids": list(checks)}]}]}))

    def test_accepted_findings_stay_but_do_not_fail(self):
        self.write("infra/main.tf", BUCKET)
        self.accept("/infra/main.tf", "aws_s3_bucket.b", "CKV_AWS_20")
        report = self.scan(".", "--rule", "AWS0101", code=0)
        self.assertEqual([finding["suppressed"]["kind"] for finding in report["findings"]], ["external"])
        self.assertEqual(notes(report, "checkov-baseline"), ["1 finding is accepted in .checkov.baseline"])

    def test_others_are_reported(self):
        self.write("infra/main.tf", BUCKET)
        for entry in (("/other/main.tf", "aws_s3_bucket.b", "CKV_AWS_20"), ("/infra/main.tf", "aws_s3_bucket.c", "CKV_AWS_20"),
                      ("/infra/main.tf", "aws_s3_bucket.b", "CKV_AWS_21")):
            self.accept(*entry)
            self.scan(".", "--rule", "AWS0101", code=1)

    def test_mistakes(self):
        self.write("main.tf", BUCKET)
        self.write(".checkov.baseline", "[]")
        done = self.run_assay("scan", ".")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"failed_checks", done.stderr)


class Policies(AssayCase):
    TERRAFORM = """resource "aws_s3_bucket" "good" {
  tags = { owner = "web" }
}
resource "aws_s3_bucket" "bad" {
}
resource "aws_s3_bucket" "nobody" {
  tags = {
    owner = "nobody"
  }
}
variable "owner" {}
resource "aws_s3_bucket" "open" {
  tags = { owner = var.owner }
}
"""

    def test_found_by_content(self):
        self.write("main.tf", self.TERRAFORM)
        self.write("policies/owner.yaml", POLICY)
        self.write("policies/readme.yaml", "nothing: here\n")
        report = self.scan("main.tf", "--policy", "policies", "--rule", "CKV2_CUSTOM_1", "--maybe", code=1)
        verdicts = {finding["resource"]["address"]: finding["verdict"] for finding in report["findings"]}
        self.assertEqual(verdicts, {"aws_s3_bucket.bad": "fail", "aws_s3_bucket.nobody": "fail", "aws_s3_bucket.open": "maybe"})
        self.assertEqual({finding["severity"] for finding in report["findings"]}, {"high"})
        lines = {finding["resource"]["address"]: finding["location"]["start"]["line"] for finding in report["findings"]
                 if "location" in finding and "start" in finding["location"]}
        if lines:
            self.assertEqual(lines["aws_s3_bucket.nobody"], 8)

    def test_json(self):
        self.write("main.tf", self.TERRAFORM)
        self.write("p.json", json.dumps({
            "metadata": {"id": "CKV2_CUSTOM_2", "name": "Buckets are private", "category": "IAM"},
            "definition": {"cond_type": "attribute", "resource_types": ["aws_s3_bucket"], "attribute": "acl",
                           "operator": "not_exists"}}))
        self.scan("main.tf", "--policy", "p.json", "--rule", "CKV2_CUSTOM_2", code=0)

    def test_broken_policies(self):
        self.write("main.tf", self.TERRAFORM)
        for change, line, message in (
                (("operator: exists", "operator: exits"), 12, b'did you mean "exists"?'),
                (("id: CKV2_CUSTOM_1", "ident: x"), 2, b"`id` is missing"),
                (("cond_type: attribute", "cond_type: attributes"), 9, b'did you mean "attribute"?'),
                (("attribute: tags.owner\n      operator: exists",
                  "attribute: a[?(\n      operator: jsonpath_exists"), 11, b"bad JSONPath"),
                (("severity: HIGH", "severity: LOUD"), 5, b"`severity` must be")):
            self.write("p.yaml", POLICY.replace(*change, 1))
            done = self.run_assay("scan", "main.tf", "--policy", "p.yaml")
            self.assertEqual(done.returncode, 2, change)
            self.assertIn(b"p.yaml:%d: " % line, done.stderr)
            self.assertIn(message, done.stderr)

    def test_skip_comments(self):
        self.write("main.tf", 'resource "aws_s3_bucket" "bad" {\n  # checkov:skip=CKV2_CUSTOM_1:old\n}\n')
        self.write("p.yaml", POLICY)
        report = self.scan("main.tf", "--policy", "p.yaml", "--rule", "CKV2_CUSTOM_1", code=0)
        self.assertEqual(len(report["findings"]), 1)


if __name__ == "__main__":
    unittest.main()
