"""Suppressions: our comments, annotations and metadata, those of other tools, entries of assay.yaml, and what is wrong with them."""
import json
import unittest

from assay_case import AssayCase

BUCKET = 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n'
POD = """apiVersion: v1
kind: Pod
metadata:
  name: p
%s
spec:
  containers:
    - name: c
      image: registry.example.com/app:1.2.3
      securityContext:
        privileged: true
"""


def of(report, rule):
    return [finding for finding in report["findings"] if finding["rule"] == rule]


def suppressed(report, rule):
    return [finding["suppressed"] is not None for finding in of(report, rule)]


class Faults(AssayCase):
    def sup(self, report):
        return {(f["rule"], f["severity"], f["message"]) for f in report["findings"] if f["rule"].startswith("SUP")}

    def test_they_are_findings(self):
        self.write("main.tf", 'resource "aws_s3_bucket" "b" {\n'
                              '  acl = "public-read" # assay:ignore AWS0101\n'
                              '  # assay:ignore s3-public-acls typo\n'
                              '  # assay:ignore AWS0101 old until=2020-01-01\n'
                              '  # assay:ignore AWS0101 x until=2030-02-30\n'
                              '  # assay:ignore\n}\n')
        report = self.scan(".")
        found = self.sup(report)
        self.assertIn(("SUP0003", "info", "say why AWS0101 is suppressed: assay:ignore AWS0101 REASON"), found)
        self.assertIn(("SUP0004", "low", "no rule is called 's3-public-acls'; did you mean 's3-public-acl'?"), found)
        self.assertIn(("SUP0002", "low", "the suppression of AWS0101 expired on 2020-01-01"), found)
        self.assertIn(("SUP0005", "low", "'2030-02-30' is no date; write until=YYYY-MM-DD"), found)
        self.assertIn(("SUP0005", "low", "name the rule that is suppressed: assay:ignore RULE REASON"), found)
        self.assertEqual(len({f["fingerprint"] for f in report["findings"]}), len(report["findings"]))
        self.assertFalse(any(code.startswith("suppression-") for code in self.codes(report)))

    def test_regions_are_tokens(self):
        self.write("main.tf", BUCKET.replace('read"', 'read" # assay:ignore AWS0101 old until=2020-01-01'))
        finding, = of(self.scan("."), "SUP0002")
        self.assertEqual((finding["region"]["line"], finding["region"]["column"]), (2, 56))
        self.assertEqual(finding["resource"]["address"], "assay:ignore AWS0101 in aws_s3_bucket.b")

    def test_unused_alone_does_not_fail(self):
        self.write("main.tf", 'variable "x" {\n  # assay:ignore AWS0101 no bucket\n  type = string\n}\n')
        report = self.scan(".", "--fail-on", "low", "--rule", "SUP*", code=0)
        self.assertEqual(self.sup(report), {("SUP0001", "info", "the suppression of AWS0101 suppresses nothing; remove it")})

    def test_under_rule_they_are_notes(self):
        self.write("main.tf", BUCKET.replace("read\"", 'read" # assay:ignore AWS0101 old until=2020-01-01'))
        report = self.scan(".", "--rule", "AWS0101", code=1)
        self.assertEqual(self.rules(report), {"AWS0101"})
        self.assertIn("suppression-expired", self.codes(report))
        report = self.scan(".", "--skip-rule", "SUP*")
        self.assertNotIn("suppression-expired", self.codes(report))
        self.assertEqual(self.sup(report), set())

    def test_asking_for_them_alone_runs_the_others(self):
        self.write("main.tf", BUCKET.replace("read\"", 'read" # assay:ignore AWS0101 a site'))
        self.assertEqual(self.scan(".", "--rule", "SUP0001", code=0)["findings"], [])
        self.write("main.tf", BUCKET.replace("public-read\"", 'private" # assay:ignore AWS0101 a site'))
        self.assertEqual(self.rules(self.scan(".", "--rule", "unused-suppression")), {"SUP0001"})

    def test_require_reason(self):
        self.write("main.tf", BUCKET.replace("read\"", 'read" # assay:ignore AWS0101'))
        self.scan(".", "--rule", "AWS0101", code=0)
        report = self.scan(".", "--rule", "AWS0101", "--require-reason", "--fail-on", "critical", "--severity", "critical", code=1)
        self.assertEqual([f["severity"] for f in of(report, "SUP0003")], ["medium"])
        # Peers' comments need one too, where their form has room for it.
        self.write("main.tf", BUCKET.replace("read\"", 'read" # checkov:skip=CKV_AWS_20'))
        self.scan(".", "--rule", "AWS0101", code=0)
        self.scan(".", "--rule", "AWS0101", "--require-reason", code=1)
        self.write("main.tf", BUCKET.replace("read\"", 'read" # checkov:skip=CKV_AWS_20:a site'))
        self.scan(".", "--rule", "AWS0101", "--require-reason", code=0)
        self.write("assay.yaml", "require-reason: true\n")
        self.write("main.tf", BUCKET.replace("read\"", 'read" # assay:ignore AWS0101'))
        self.scan(".", "--rule", "AWS0101", code=1)

    def test_today(self):
        self.write("main.tf", BUCKET.replace("read\"", 'read" # assay:ignore AWS0101 a site until=2026-06-30'))
        self.scan(".", "--rule", "AWS0101", "--today", "2026-06-30", code=0)
        self.scan(".", "--rule", "AWS0101", "--today", "2026-07-01", code=1)
        done = self.run_assay("scan", ".", "--today", "yesterday")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"expected a day such as 2026-01-31, not 'yesterday'", done.stderr)

    def test_own_rules_judge_suppressions(self):
        self.write("policy/ends.md", """---
id: OWN0001
name: suppression-without-end
severity: high
precision: high
resources: [assay/suppression]
formats: [terraform]
at: rule
fix: none
---
# Suppression has no last day
## What it does
Flags it.
## Why it matters
It is forgotten.
## How to fix
Say until=.
```cel
resource.until == null
```
```hcl bad
resource "aws_s3_bucket" "b" {
  acl = "public-read" # assay:ignore AWS0101 a site
}
```
```hcl good
resource "aws_s3_bucket" "b" {
  acl = "public-read" # assay:ignore AWS0101 a site until=2999-01-01
}
```
""")
        self.write("main.tf", BUCKET.replace("read\"", 'read" # assay:ignore AWS0101 a site'))
        self.assertIn("OWN0001", self.rules(self.scan("main.tf", "--policy", "policy")))
        done = self.run_assay("test", "policy")
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_explain(self):
        for rule in ("SUP0001", "expired-suppression", "SUP0003", "SUP0004", "SUP0005"):
            done = self.run_assay("explain", rule)
            self.assertEqual(done.returncode, 0)
            self.assertIn(b"How to fix", done.stdout)

    def test_sarif(self):
        self.write("main.tf", BUCKET.replace("read\"", 'read" # assay:ignore AWS0101 a site until=2999-01-01'))
        done = self.run_assay("scan", ".", "--rule", "AWS0101", "--format", "sarif")
        result, = json.loads(done.stdout)["runs"][0]["results"]
        self.assertEqual(result["suppressions"][0]["kind"], "inSource")
        self.assertEqual(result["suppressions"][0]["justification"], "a site")


class Forms(AssayCase):
    def check(self, path, text, rule, expected, *arguments):
        self.write(path, text)
        report = self.scan(path, "--rule", rule, "--today", "2026-01-01", *arguments)
        self.assertEqual(suppressed(report, rule), expected, text)
        return report

    def test_comments(self):
        for comment in ("assay:ignore AWS0101 why", "assay:ignore AWS0101, AWS0102 why", "checkov:skip=CKV_AWS_20:why",
                        "bridgecrew:skip=CKV_AWS_20:why", "cortex:skip=CKV_AWS_20:why", "trivy:ignore:AVD-AWS-0092", "trivy:ignore:AWS-0092",
                        "trivy:ignore:aws-s3-no-public-access-with-acl", "trivy:ignore:aws-s3-*", "trivy:ignore:*",
                        "trivy:ignore:AVD-AWS-0092:exp:2026-01-01", "tfsec:ignore:aws-s3-no-public-access-with-acl", "tfsec:ignore:*",
                        "tfsec:ignore:AVD-AWS-0092:exp:2030-01-01", "trivy:ignore:AVD-AWS-0092[acl=public-read]",
                        "trivy:ignore:AVD-AWS-0092:ws:default", "kics-scan ignore-block"):
            self.check("main.tf", "# " + comment + "\n" + BUCKET, "AWS0101", [True])
        for comment in ("trivy:ignore:AVD-AWS-0092:exp:2025-12-31", "tfsec:ignore:AVD-AWS-0092:exp:2025-12-31", "trivy:ignore:AVD-AWS-0092[acl=private]",
                        "trivy:ignore:AVD-AWS-0092:ws:prod", "trivy:ignore:AVD-AWS-0093", "kics-scan ignore-line", "a note about checkov"):
            self.check("main.tf", "# " + comment + "\n" + BUCKET, "AWS0101", [False])
        self.check("main.tf", "# kics-scan ignore\n\n" + BUCKET, "AWS0101", [True])
        self.check("main.tf", BUCKET.replace("  acl", "  # kics-scan ignore-line\n  acl"), "AWS0101", [True])

    def test_instances_by_value(self):
        text = """locals {
  acls = { one = "public-read", two = "public-read" }
}
# trivy:ignore:AVD-AWS-0092[bucket=one]
resource "aws_s3_bucket" "b" {
  for_each = local.acls
  bucket   = each.key
  acl      = each.value
}
"""
        self.write("main.tf", text)
        report = self.scan("main.tf", "--rule", "AWS0101")
        state = {f["resource"]["address"]: f["suppressed"] is not None for f in of(report, "AWS0101")}
        self.assertEqual(state, {'aws_s3_bucket.b["one"]': True, 'aws_s3_bucket.b["two"]': False})

    def test_a_module_call_covers_what_it_makes(self):
        self.write("m/main.tf", 'variable "acl" {}\nresource "aws_s3_bucket" "b" {\n  acl = var.acl\n}\n')
        self.write("main.tf", '# checkov:skip=CKV_AWS_20:a site\nmodule "a" {\n  source = "./m"\n  acl = "public-read"\n}\n'
                              'module "b" {\n  source = "./m"\n  acl = "public-read"\n}\n')
        report = self.scan(".", "--rule", "AWS0101")
        state = {f["resource"]["address"]: f["suppressed"] is not None for f in of(report, "AWS0101")}
        self.assertEqual(state, {"module.a.aws_s3_bucket.b": True, "module.b.aws_s3_bucket.b": False})

    def test_annotations(self):
        for annotation in ("ignore-check.kube-linter.io/privileged-container: it is the node agent", "kube-linter.io/ignore-all: all of it",
                           "checkov.io/skip1: CKV_K8S_16=the node agent", "kube-score/ignore: container-security-context-privileged",
                           'polaris.fairwinds.com/runAsPrivileged-exempt: "true"', 'polaris.fairwinds.com/exempt: "true"',
                           "assay/ignore: KUB0001 the node agent until=2026-01-01", "assay/ignore-2: privileged-container the node agent"):
            self.check("pod.yaml", POD % ("  annotations:\n    " + annotation), "KUB0001", [True])
        for annotation in ('polaris.fairwinds.com/runAsPrivileged-exempt: "false"', "assay/ignore: KUB0001 the node agent until=2025-12-31",
                           "checkov.io/skip1: CKV_K8S_17=other", "kube-score/ignore: pod-probes"):
            self.check("pod.yaml", POD % ("  annotations:\n    " + annotation), "KUB0001", [False])
        self.check("pod.yaml", POD % "" + "# trailing\n", "KUB0001", [False])

    def test_comments_of_terraform_json(self):
        buckets = {"a": {"//": "checkov:skip=CKV_AWS_20:a site", "acl": "public-read"}, "b": {"acl": "public-read"}}
        self.write("main.tf.json", json.dumps({"resource": {"aws_s3_bucket": buckets}}, indent=1))
        report = self.scan(".", "--rule", "AWS0101")
        state = {f["resource"]["address"]: f["suppressed"] and f["suppressed"]["reason"] for f in of(report, "AWS0101")}
        self.assertEqual(state, {"aws_s3_bucket.a": "a site", "aws_s3_bucket.b": None})

    def test_metadata_in_json(self):
        template = {"Resources": {"B": {"Type": "AWS::S3::Bucket", "Metadata": {}, "Properties": {"AccessControl": "PublicRead"}}}}
        for metadata in ({"checkov": {"skip": [{"id": "CKV_AWS_20", "comment": "a site"}]}}, {"assay": {"ignore": "AWS0101 a site"}},
                         {"assay": {"ignore": [{"rule": "s3-public-acl", "reason": "a site", "until": "2026-01-01", "owner": "web"}]}}):
            template["Resources"]["B"]["Metadata"] = metadata
            report = self.check("t.json", json.dumps(template, indent=1), "AWS0101", [True])
            self.assertIn("a site", of(report, "AWS0101")[0]["suppressed"]["reason"])
        template["Resources"]["B"]["Metadata"] = {"cfn_nag": {"rules_to_suppress": [{"id": "W35", "reason": "x"}]}}
        report = self.check("t.json", json.dumps(template), "AWS0101", [False])
        self.assertIn("suppression-no-rule", self.codes(report))


class Entries(AssayCase):
    def test_paths_resources_and_owners(self):
        self.write("site/main.tf", BUCKET)
        self.write("data/main.tf", BUCKET.replace('"b"', '"c"'))
        self.write("assay.yaml", "suppressions:\n  - rule: CKV_AWS_20\n    paths: [site/]\n    reason: a site\n    until: 2026-06-30\n    owner: web\n")
        report = self.scan(".", "--rule", "AWS0101", "--today", "2026-06-30", code=1)
        state = {f["file"]: f["suppressed"] for f in of(report, "AWS0101")}
        self.assertIsNone(state["data/main.tf"])
        self.assertEqual(state["site/main.tf"], {"kind": "external", "reason": "a site (owner: web)", "until": "2026-06-30"})
        report = self.scan(".", "--today", "2026-07-01")
        self.assertEqual(suppressed(report, "AWS0101"), [False, False])
        expired, = of(report, "SUP0002")
        self.assertEqual((expired["file"], expired["region"]["line"]), ("assay.yaml", 5))
        self.write("assay.yaml", "suppressions:\n  - {rule: [AWS0101, AWS0106], resources: aws_s3_bucket.c, reason: x}\n")
        report = self.scan(".")
        self.assertEqual([f["file"] for f in report["findings"] if f["suppressed"]], ["data/main.tf", "data/main.tf"])
        # From a directory below, paths still start at the file.
        self.write("assay.yaml", "suppressions:\n  - {rule: AWS0101, paths: [/site/], reason: x}\n")
        report = self.scan(".", "--rule", "AWS0101", code=0, cwd=self.directory + "/site")
        self.assertEqual(suppressed(report, "AWS0101"), [True])

    def test_owners_of_comments(self):
        self.write("main.tf", BUCKET.replace("read\"", 'read" # assay:ignore AWS0101 a site owner=web until=2999-01-01'))
        finding, = self.scan(".", "--rule", "AWS0101")["findings"]
        self.assertEqual(finding["suppressed"], {"kind": "inSource", "reason": "a site (owner: web)", "until": "2999-01-01"})

    def test_sarif_of_an_entry_above(self):
        self.write("assay.yaml", "suppressions: [{rule: AWS0101, reason: a site}]\n")
        self.write("site/main.tf", BUCKET)
        done = self.run_assay("scan", ".", "--rule", "AWS0101", "--format", "sarif", cwd=self.directory + "/site")
        result, = json.loads(done.stdout)["runs"][0]["results"]
        self.assertEqual((result["suppressions"][0]["kind"], result["suppressions"][0]["justification"]), ("external", "a site"))
        self.assertNotIn("..", done.stdout.decode().replace("...", ""))

    def test_faults(self):
        self.write("main.tf", BUCKET)
        self.write("assay.yaml", "suppressions:\n  - rule: AWS9999\n    reason: x\n  - rule: AWS0101\n    paths: [other/]\n    reason: x\n"
                                 "  - rule: AWS0101\n")
        report = self.scan(".")
        found = [(f["rule"], f["file"], f["region"]["line"]) for f in report["findings"] if f["rule"].startswith("SUP")]
        self.assertEqual(found, [("SUP0004", "assay.yaml", 2), ("SUP0001", "assay.yaml", 4), ("SUP0003", "assay.yaml", 7)])
        # Of part of the files nothing says that an entry is unused.
        self.write("other/a.tf", "")
        self.assertEqual(of(self.scan("other/a.tf"), "SUP0001"), [])
        self.assertEqual(of(self.scan("other"), "SUP0001"), [])
        self.assertEqual(len(of(self.scan("other"), "SUP0004")), 1)
        self.assertEqual(self.scan(".", cwd=self.directory + "/other")["findings"], [])


if __name__ == "__main__":
    unittest.main()
