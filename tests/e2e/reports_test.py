"""Reports: the JSON contract, SARIF under the validator, carets under the token."""
import json
import os
import subprocess
import sys
import unittest

from assay_case import ROOT, SHARED, AssayCase

VALIDATOR = os.path.join(SHARED, "tools", "sarif-validate", "sarif_validate.py")


class JsonContract(AssayCase):
    def test_fields(self):
        report = self.scan("examples", "--maybe", cwd=ROOT)
        self.assertEqual(set(report), {"version", "tool", "findings", "problems", "coverage", "summary"})
        self.assertEqual(set(report["summary"]), {"files", "resources", "rules", "evaluations", "fail", "maybe",
                                                  "suppressed", "problems", "duration_ms"})
        wanted = {"rule", "name", "severity", "verdict", "message", "depends_on", "resource", "file", "region",
                  "origin", "related", "fingerprint", "aliases", "controls", "fix", "suppressed", "baseline"}
        for finding in report["findings"]:
            self.assertEqual(set(finding), wanted)
            self.assertEqual(set(finding["region"]), {"line", "column", "end_line", "end_column", "byte_offset",
                                                      "byte_length"})
            with open(os.path.join(ROOT, finding["file"]), "rb") as source:
                text = source.read()
            region = finding["region"]
            before = text[:region["byte_offset"]]
            self.assertEqual(before.count(b"\n") + 1, region["line"])
        self.assertEqual(len({f["fingerprint"] for f in report["findings"]}), len(report["findings"]))

    def test_region_is_the_literal_and_the_chain_leads_to_it(self):
        report = self.scan("examples/terraform", "--rule", "AWS0101", cwd=ROOT)
        self.assertEqual(len(report["findings"]), 1)
        finding = report["findings"][0]
        self.assertEqual(finding["file"], "examples/terraform/terraform.tfvars")
        with open(os.path.join(ROOT, finding["file"]), "rb") as source:
            text = source.read()
        begin = finding["region"]["byte_offset"]
        self.assertEqual(text[begin:begin + finding["region"]["byte_length"]], b'"public-read"')
        files = [step["file"] for step in finding["origin"]]
        self.assertEqual(files[0], "examples/terraform/terraform.tfvars")
        self.assertIn("examples/terraform/main.tf", files)
        self.assertEqual(files[-1], "examples/terraform/modules/web/main.tf")


class Text(AssayCase):
    def test_caret(self):
        self.write("main.tf", 'resource "aws_s3_bucket" "b" {\n\tacl = "public-read" # \u00e4\n}\n')
        out = self.run_assay("scan", ".", "--rule", "AWS0101").stdout.decode()
        lines = out.splitlines()
        at = next(i for i, line in enumerate(lines) if "acl =" in line)
        begin = lines[at].index('"public-read"')
        self.assertEqual(lines[at + 1].index("^"), begin)
        self.assertEqual(lines[at + 1].count("^"), len('"public-read"'))
        self.assertIn("main.tf:2:8", out)

    def test_secrets_nobody_asked_about_are_hidden(self):
        self.write("pod.json", '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c",'
                   '"image":"nginx:latest","env":[{"name":"DB_PASSWORD","value":"Tr0ub4dor-and-3"}]}]}}')
        for arguments in (["--rule", "SEC*"], ["--rule", "KUB*"], ["--skip-rule", "SEC*"], ["--severity", "critical"]):
            for name in ("text", "json", "sarif"):
                out = self.run_assay("scan", ".", "--format", name, *arguments).stdout
                self.assertNotIn(b"Tr0ub4dor", out, (arguments, name))

    def test_color_only_when_asked(self):
        self.write("main.tf", 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n')
        self.assertNotIn(b"\x1b[", self.run_assay("scan", ".").stdout)
        self.assertIn(b"\x1b[", self.run_assay("scan", ".", "--color", "always").stdout)


class Sarif(AssayCase):
    def sarif(self, path, *arguments, cwd=ROOT):
        target = os.path.join(self.directory, "report.sarif")
        done = self.run_assay("scan", path, "--output", "sarif=" + target, *arguments, cwd=cwd)
        self.assertIn(done.returncode, (0, 1, 3), done.stderr)
        return target

    def test_uris_are_relative_to_the_repository(self):
        self.write("repo/.git/HEAD", "ref: refs/heads/main\n")
        self.write("repo/infra/main.tf", 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n')
        target = self.sarif(".", cwd=os.path.join(self.directory, "repo", "infra"))
        with open(target, encoding="utf-8") as report:
            run = json.load(report)["runs"][0]
        self.assertEqual(run["artifacts"][0]["location"]["uri"], "infra/main.tf")

    def test_code_flow_from_the_literal(self):
        with open(self.sarif("examples/terraform"), encoding="utf-8") as report:
            run = json.load(report)["runs"][0]
        flows = [r for r in run["results"] if r["ruleId"] == "AWS0101"][0]["codeFlows"]
        steps = flows[0]["threadFlows"][0]["locations"]
        self.assertGreaterEqual(len(steps), 3)
        self.assertTrue(steps[0]["location"]["physicalLocation"]["artifactLocation"]["uri"].endswith("terraform.tfvars"))

    def test_validator_finds_nothing(self):
        if not os.path.exists(VALIDATOR):
            self.skipTest("no SARIF validator at hand")
        self.write("broken/main.tf", "resource {\n")
        self.write("sup/main.tf", 'resource "aws_s3_bucket" "b" {\n  acl = "public-read" # assay:ignore AWS0101 site\n}\n')
        self.write("clean/main.tf", "locals {}\n")
        reports = []
        sources = [("examples", ROOT), ("broken", self.directory), ("sup", self.directory), ("clean", self.directory)]
        corpora = os.path.join(SHARED, "corpora")
        for name in ("terragoat", "kubernetes-examples", "cloudformation-templates"):
            if os.path.isdir(os.path.join(corpora, name)):
                sources.append((name, corpora))
        for number, (path, cwd) in enumerate(sources):
            target = os.path.join(self.directory, f"{number}.sarif")
            # The validator takes no more than 10 MB.
            least = ["--severity", "medium"] if cwd == corpora else []
            os.rename(self.sarif(path, "--maybe", *least, cwd=cwd), target)
            reports.append(target)
        tool = os.path.join(ROOT, "build", "sarif-validator")
        os.makedirs(tool, exist_ok=True)
        done = subprocess.run([sys.executable, VALIDATOR, "--tool", tool, *reports], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode == 2:
            self.skipTest("the SARIF validator did not run: " + done.stdout.decode()[-500:])
        self.assertEqual(done.returncode, 0, done.stdout.decode()[:4000])


if __name__ == "__main__":
    unittest.main(verbosity=1)
