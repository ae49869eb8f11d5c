"""assay scan and its neighbours: exit codes, options, suppressions, configuration, determinism."""
import json
import os
import unittest

from assay_case import ROOT, AssayCase

BUCKET = 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n'
PRIVATE = 'resource "aws_s3_bucket" "b" {\n  acl = "private"\n}\n'


class ExitCodes(AssayCase):
    def test_clean(self):
        self.write("main.tf", 'locals {\n  a = 1\n}\n')
        self.scan(".", code=0)

    def test_findings(self):
        self.write("main.tf", BUCKET)
        report = self.scan(".", "--rule", "AWS0101", code=1)
        self.assertEqual(self.rules(report), {"AWS0101"})

    def test_fail_on_above_the_findings(self):
        self.write("main.tf", BUCKET)
        report = self.scan(".", "--rule", "AWS0101", "--fail-on", "critical", code=0)
        self.assertEqual(self.rules(report), {"AWS0101"}, "still reported")

    def test_usage(self):
        for arguments in (["scan", "--no-such"], ["scam"], ["scan", "missing-directory"], ["scan", "--format", "xml"],
                          ["scan", "--rule", "NOPE0000"], ["scan", "--var", "novalue"], ["explain", "NOPE0000"]):
            done = self.run_assay(*arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertEqual(done.stdout, b"", arguments)
            self.assertTrue(done.stderr.startswith(b"assay: "), done.stderr)

    def test_partial(self):
        self.write("main.tf", 'resource "aws_s3_bucket" {\n  acl = = 1\n}\n')
        report = self.scan(".", code=3)
        self.assertTrue(any(code.startswith("hcl-") for code in self.codes(report)), self.codes(report))
        self.scan(".", "--allow-partial", code=0)

    def test_did_you_mean(self):
        for arguments, meant in ((["scan", "--fromat", "json"], b"--format"), (["scna"], b"scan"),
                                 (["explain", "s3-public-alc"], b"s3-public-acl"),
                                 (["scan", "--format", "jsn"], b"json")):
            self.assertIn(meant, self.run_assay(*arguments).stderr, arguments)


class Options(AssayCase):
    def test_rule_by_alias_name_and_glob(self):
        self.write("main.tf", BUCKET)
        for pattern in ("AWS0101", "s3-public-acl", "CKV_AWS_20", "aws01*", "checkov:CKV_AWS_20"):
            self.assertIn("AWS0101", self.rules(self.scan(".", "--rule", pattern)), pattern)
            self.assertNotIn("AWS0101", self.rules(self.scan(".", "--skip-rule", pattern)), pattern)

    def test_a_repeatable_option_leaves_the_path_behind_it_alone(self):
        self.write("infra/main.tf", BUCKET)
        for option, value in (("--rule", "AWS0101"), ("--skip-rule", "AWS0102"), ("--compliance", "soc2")):
            report = self.scan(option, value, "infra")
            self.assertEqual(report["summary"]["files"], 1, option)

    def test_variables(self):
        self.write("main.tf", 'variable "acl" {\n  type = string\n}\n' + BUCKET.replace('"public-read"', "var.acl"))
        self.assertNotIn("AWS0101", self.rules(self.scan(".")))
        maybe = [f for f in self.scan(".", "--maybe")["findings"] if f["rule"] == "AWS0101"]
        self.assertEqual([f["verdict"] for f in maybe], ["maybe"])
        self.assertEqual(maybe[0]["depends_on"], ["var.acl"])
        self.assertIn("AWS0101", self.rules(self.scan(".", "--var", "acl=public-read")))
        self.write("prod.tfvars", 'acl = "public-read"\n')
        report = self.scan(".", "--var-file", "prod.tfvars")
        found = [f for f in report["findings"] if f["rule"] == "AWS0101"][0]
        self.assertEqual((found["file"], found["region"]["line"], found["region"]["column"]), ("prod.tfvars", 1, 7))
        # The later one wins, whatever its kind; the command line wins over the configuration.
        self.assertIn("AWS0101", self.rules(self.scan(".", "--var", "acl=private", "--var-file", "prod.tfvars")))
        self.assertNotIn("AWS0101", self.rules(self.scan(".", "--var-file", "prod.tfvars", "--var", "acl=private")))
        self.write("assay.yaml", "vars:\n  acl: private\n")
        self.assertNotIn("AWS0101", self.rules(self.scan(".")))
        self.assertIn("AWS0101", self.rules(self.scan(".", "--var-file", "prod.tfvars")))
        os.remove(os.path.join(self.directory, "assay.yaml"))
        self.assertNotIn("AWS0101", self.rules(self.scan(".", env={"TF_VAR_acl": "public-read"})))
        self.assertIn("AWS0101", self.rules(self.scan(".", "--tf-env", env={"TF_VAR_acl": "public-read"})))

    def test_a_file_argument_brings_its_module(self):
        self.write("m/main.tf", BUCKET.replace('"public-read"', "var.acl"))
        self.write("m/variables.tf", 'variable "acl" {\n  default = "public-read"\n}\n')
        self.write("m/other.tf", BUCKET.replace('"b"', '"c"'))
        report = self.scan("m/main.tf", "--rule", "AWS0101")
        self.assertEqual([f["resource"]["address"] for f in report["findings"]], ["aws_s3_bucket.b"])

    def test_output_files(self):
        self.write("main.tf", BUCKET)
        done = self.run_assay("scan", ".", "--output", "sarif=out.sarif", "--output", "json=out.json")
        self.assertEqual(done.returncode, 1)
        with open(os.path.join(self.directory, "out.sarif"), encoding="utf-8") as sarif:
            self.assertEqual(json.load(sarif)["version"], "2.1.0")
        with open(os.path.join(self.directory, "out.json"), encoding="utf-8") as report:
            self.assertEqual(json.load(report)["version"], 1)

    def test_gitignored_files_are_left_out_and_said_so(self):
        self.write(".git/HEAD", "ref: refs/heads/main\n")
        self.write(".gitignore", "old/\n")
        self.write("old/main.tf", BUCKET)
        self.write("main.tf", PRIVATE)
        report = self.scan(".", "--rule", "AWS0101", code=0)
        skipped = {row.get("file"): row["state"] for row in report["coverage"]}
        self.assertEqual(skipped.get("old"), "skipped")

    def test_own_rule_file(self):
        self.write("main.tf", BUCKET)
        self.write("policy/no-buckets.md", """---
id: OWN0001
name: any-bucket
severity: low
precision: high
resources: [aws/s3/bucket]
formats: [terraform]
---
# There is a bucket
## What it does
Finds buckets.
## How to fix
Remove it.
```cel
resource.acl != null
```
""")
        self.assertIn("OWN0001", self.rules(self.scan(".", "--policy", "policy")))

    def test_broken_rule_file(self):
        self.write("main.tf", BUCKET)
        self.write("broken.md", "---\nid: OWN0001\nnmae: x\n---\n# t\n```cel\na ==\n```\n")
        done = self.run_assay("scan", ".", "--policy", "broken.md")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"broken.md:3", done.stderr)
        self.assertIn(b'did you mean', done.stderr)


class Suppressions(AssayCase):
    def check(self, text, suppressed, problem=None):
        self.write("main.tf", text)
        report = self.scan(".", "--rule", "AWS0101")
        self.assertEqual([f["suppressed"] is not None for f in report["findings"]], [suppressed], text)
        if problem:
            self.assertIn(problem, self.codes(report))
        return report

    def test_forms(self):
        self.check(BUCKET.replace('read"', 'read" # assay:ignore AWS0101 a public site'), True)
        self.check("# assay:ignore s3-public-acl a public site\n" + BUCKET, True)
        self.check(BUCKET.replace("  acl", "  # assay:ignore AWS0101 a public site\n  acl"), True)
        self.check(BUCKET.replace("  acl", "  #checkov:skip=CKV_AWS_20:a public site\n  acl"), True)
        self.check("# trivy:ignore:AVD-AWS-0092\n" + BUCKET, True)
        self.check("# tfsec:ignore:AVD-AWS-0092\n" + BUCKET, True)

    def test_expired_unused_reasonless_unknown(self):
        self.check(BUCKET.replace('read"', 'read" # assay:ignore AWS0101 old until=2020-01-01'), False,
                   "suppression-expired")
        self.check(BUCKET.replace('read"', 'read" # assay:ignore AWS0101'), True, "suppression-without-reason")
        self.check("# assay:ignore AWS9999 why\n" + BUCKET, False, "suppression-unknown-rule")
        self.write("main.tf", PRIVATE.replace('private"', 'private" # assay:ignore AWS0101 nothing'))
        self.assertIn("suppression-unused", self.codes(self.scan(".", "--rule", "AWS0101")))

    def test_reason_is_reported(self):
        report = self.check(BUCKET.replace('read"', 'read" # assay:ignore AWS0101 a public site'), True)
        self.assertEqual(report["findings"][0]["suppressed"]["reason"], "a public site")
        self.assertEqual(report["findings"][0]["suppressed"]["kind"], "inSource")


class Configuration(AssayCase):
    def test_values_and_override(self):
        self.write("assay.yaml", "skip-rules: [AWS0101]\nfail-on: critical\n")
        self.write("main.tf", BUCKET)
        self.assertNotIn("AWS0101", self.rules(self.scan(".", code=0)))

    def test_unknown_key(self):
        self.write("assay.yaml", "skip-rule: [AWS0101]\n")
        done = self.run_assay("scan", ".")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"assay.yaml:1", done.stderr)
        self.assertIn(b"skip-rules", done.stderr)


class Determinism(AssayCase):
    def test_jobs_do_not_change_a_byte(self):
        for format_name in ("json", "sarif", "text"):
            outputs = {self.run_assay("scan", "examples", "--maybe", "--format", format_name, "--jobs", jobs,
                                      cwd=ROOT).stdout for jobs in ("1", "2", "7")}
            self.assertEqual(len(outputs), 1, format_name)

    def test_fingerprints_survive_lines_and_differ(self):
        two = BUCKET + BUCKET.replace('"b"', '"c"')
        self.write("main.tf", two)
        before = {f["resource"]["address"]: f["fingerprint"] for f in self.scan(".", "--rule", "AWS0101")["findings"]}
        self.assertEqual(len(set(before.values())), 2)
        self.write("main.tf", "\n\n# moved down\n" + two)
        after = {f["resource"]["address"]: f["fingerprint"] for f in self.scan(".", "--rule", "AWS0101")["findings"]}
        self.assertEqual(before, after)


class OtherCommands(AssayCase):
    def test_explain_rules_version_completions(self):
        page = self.run_assay("explain", "CKV_AWS_20")
        self.assertEqual(page.returncode, 0)
        self.assertIn(b"AWS0101 s3-public-acl", page.stdout)
        rules = json.loads(self.run_assay("rules", "--format", "json").stdout)
        self.assertGreaterEqual(len(rules["rules"]), 100)
        self.assertIn(b"assay ", self.run_assay("version").stdout)
        for shell in ("bash", "zsh", "fish"):
            self.assertIn(b"assay", self.run_assay("completions", shell).stdout)

    def test_debug(self):
        self.write("main.tf", BUCKET + 'output "x" {\n  value = aws_s3_bucket.b.id\n}\n')
        model = json.loads(self.run_assay("debug", "model", ".", "--format", "json").stdout)
        self.assertEqual([r["address"] for r in model["resources"]], ["aws_s3_bucket.b"])
        self.assertEqual(model["resources"][0]["values"]["acl"], "public-read")
        tree = self.run_assay("debug", "tree", ".").stdout
        self.assertIn(b"attribute", tree)
        self.assertEqual(self.run_assay("debug", "graph", ".").returncode, 0)

    def test_expressions(self):
        self.assertEqual(self.run_assay("debug", "expr", "upper(\"a\")").stdout, b'"A"\n')
        self.assertEqual(self.run_assay("debug", "expr", "0.1 + 0.2").stdout, b"0.3\n")
        self.assertEqual(self.run_assay("debug", "expr", "-(2 - 1)").stdout, b"-1\n")
        bad = self.run_assay("debug", "expr", "1 +")
        self.assertEqual((bad.returncode, bad.stdout), (2, b""))
        self.write("m/main.tf", 'variable "n" {\n  default = 3\n}\nvariable "u" {}\n')
        self.assertEqual(self.run_assay("debug", "expr", "var.n * 2", "--dir", "m").stdout, b"6\n")
        self.assertEqual(self.run_assay("debug", "expr", "var.u", "--dir", "m").stdout, b"unknown\n")

    def test_no_network_and_no_writes(self):
        self.write("main.tf", BUCKET)
        before = sorted(os.listdir(self.directory))
        self.run_assay("scan", ".")
        self.assertEqual(sorted(os.listdir(self.directory)), before)


if __name__ == "__main__":
    unittest.main(verbosity=1)
