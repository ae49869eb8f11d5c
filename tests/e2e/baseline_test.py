"""--baseline and --write-baseline: a team with old findings sees what is new."""
import json
import os
import re
import unittest

from git_case import ACL, BAD, GOOD, GitCase

TOKEN = "ghp_" + "x7Kq2LmN9pRs4TuV6wYz8AbC1dEf3G" + "0" * 6


class BaselineTest(GitCase):
    def write_baseline(self, *arguments, name="baseline.json", cwd=None):
        done = self.run_assay("scan", "--write-baseline", name, *arguments, cwd=cwd)
        self.assertEqual(done.returncode, 0, done.stderr.decode() + done.stdout.decode())
        with open(os.path.join(cwd or self.directory, name), encoding="utf-8") as file:
            return file.read()

    def test_old_findings_do_not_count(self):
        self.write("a.tf", BAD.format("old"))
        text = self.write_baseline(*ACL)
        self.assertEqual(len(text.splitlines()), 3)
        report = self.scan("--baseline", "baseline.json", *ACL, code=0)
        self.assertEqual(self.names(report, "unchanged"), ["aws_s3_bucket.old"])
        self.write("b.tf", BAD.format("new"))
        report = self.scan("--baseline", "baseline.json", *ACL, code=1)
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.new"])
        self.assertEqual(report["comparison"]["against"], "baseline baseline.json")
        text = self.run_assay("scan", "--baseline", "baseline.json", *ACL).stdout.decode()
        self.assertIn("1 new, 1 unchanged, 0 fixed, 0 moved", text)
        self.assertNotIn("aws_s3_bucket.old", text)

    def test_the_file_is_stable(self):
        for name in ("b", "a", "c"):
            self.write(f"{name}.tf", BAD.format(name) + BAD.format(name + "2"))
        first = self.write_baseline()
        self.assertEqual(first, self.write_baseline("--jobs", "7"))
        rows = json.loads(first)["findings"]
        self.assertEqual(rows, sorted(rows, key=lambda r: (r["file"], r["rule"], r["address"], r["attribute"], r["fingerprint"])))
        self.write("d.tf", BAD.format("d"))
        lines = {line.rstrip(",") for line in first.splitlines()}
        added = {line.rstrip(",") for line in self.write_baseline().splitlines()} - lines
        self.assertTrue(all('"d.tf"' in line for line in added), added)

    def test_stale_entries_are_said(self):
        self.write("a.tf", BAD.format("one") + BAD.format("two"))
        self.write("b/b.tf", BAD.format("three"))
        self.write_baseline(*ACL)
        self.write("a.tf", BAD.format("one") + GOOD.format("two"))
        report = self.scan("--baseline", "baseline.json", *ACL, code=0)
        stale = [p for p in report["problems"] if p["code"] == "baseline-stale"]
        self.assertEqual([(p["file"], p["severity"]) for p in stale], [("a.tf", "note")])
        self.assertIn("aws_s3_bucket.two", stale[0]["message"])
        self.assertEqual([f["resource"]["address"] for f in report["fixed"]], ["aws_s3_bucket.two"])
        log = json.loads(self.run_assay("scan", "--baseline", "baseline.json", "--format", "sarif", *ACL).stdout)
        self.assertEqual(sorted(r["baselineState"] for r in log["runs"][0]["results"]), ["absent", "unchanged", "unchanged"])
        # What was not looked at is not stale: other paths, other rules, files that do not parse.
        for arguments in (["b", *ACL], ["--rule", "sg-ssh-open"], ["b/b.tf", *ACL]):
            self.assertNotIn("baseline-stale", self.codes(self.scan("--baseline", "baseline.json", *arguments)))
        self.write("a.tf", "resource {{{\n")
        self.assertNotIn("baseline-stale", self.codes(self.scan("--baseline", "baseline.json", *ACL, code=3)))
        os.remove(os.path.join(self.directory, "a.tf"))
        report = self.scan("--baseline", "baseline.json", *ACL, code=0)
        self.assertEqual(len(report["fixed"]), 2)

    def test_moves_renames_and_modules(self):
        self.write("a.tf", BAD.format("one") + BAD.format("two") + BAD.format("three"))
        self.write_baseline()
        os.remove(os.path.join(self.directory, "a.tf"))
        self.write("net/b.tf", "# moved\n\n" + BAD.format("one"))                        # another directory
        self.write("net/c.tf", BAD.format("renamed").replace("acme-renamed", "acme-two"))  # another label
        self.write("net/d.tf", 'module "s" {\n  source = "./s"\n  name = "acme-three"\n  acl = "public-read"\n}\n')
        self.write("net/s/main.tf", 'variable "name" {}\nvariable "acl" {}\nresource "aws_s3_bucket" "this" {\n'
                   '  bucket = var.name\n  acl    = var.acl\n}\n')
        report = self.scan("--baseline", "baseline.json", code=0)
        self.assertEqual(self.names(report, "new"), [])
        self.assertEqual(report["fixed"], [])

    def test_one_more_is_new_wherever_it_stands(self):
        self.write("dev/main.tf", BAD.format("logs"))
        self.write("prod/main.tf", BAD.format("logs"))
        self.write_baseline(*ACL)
        self.write("alpha/main.tf", BAD.format("logs"))
        report = self.scan("--baseline", "baseline.json", *ACL, code=1)
        self.assertEqual([f["file"] for f in report["findings"] if f["baseline"] == "new"], ["alpha/main.tf"])
        # One is fixed and one is added: still new.
        self.write("dev/main.tf", GOOD.format("logs"))
        report = self.scan("--baseline", "baseline.json", *ACL, code=1)
        self.assertEqual([f["file"] for f in report["findings"] if f["baseline"] == "new"], ["alpha/main.tf"])
        self.assertEqual([f["file"] for f in report["fixed"]], ["dev/main.tf"])

    def test_elements_are_told_apart(self):
        pod = ("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n  - {name: a, image: x, securityContext: {privileged: %s}}\n"
               "  - {name: %s, image: y, securityContext: {privileged: %s}}\n")
        group = ('resource "aws_security_group" "g" {\n  ingress {\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = ["%s"]\n  }\n'
                 '  ingress {\n    from_port = 20\n    to_port = 23\n    protocol = "tcp"\n    cidr_blocks = ["%s"]\n  }\n}\n')
        rules = ["--rule", "privileged-container", "--rule", "sg-ssh-open"]
        self.write("pod.yaml", pod % ("true", "b", "false"))
        self.write("g.tf", group % ("0.0.0.0/0", "10.0.0.0/8"))
        self.write_baseline(*rules)
        self.write("pod.yaml", pod % ("false", "b", "true"))   # one is fixed, another one broken
        self.write("g.tf", group % ("10.0.0.0/8", "0.0.0.0/0"))
        report = self.scan("--baseline", "baseline.json", *rules, code=1)
        self.assertEqual([f["baseline"] for f in report["findings"]], ["new", "new"])
        self.assertEqual(len(report["fixed"]), 2)
        self.write("pod.yaml", pod % ("false", "b", "true"))
        self.write("g.tf", group % ("10.0.0.0/8", "0.0.0.0/0"))
        self.write_baseline(*rules)
        self.write("pod.yaml", pod % ("false", "renamed", "true"))
        report = self.scan("--baseline", "baseline.json", *rules, code=0)
        self.assertEqual(report["fixed"], [])

    def test_an_element_that_is_gone_does_not_lend_its_finding(self):
        pod = ("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  containers:\n%s"
               "  - {name: %s, image: y:%d, ports: [{containerPort: 81}], securityContext: {privileged: true}}\n")
        first = "  - {name: a, image: x, ports: [{containerPort: 80}], securityContext: {privileged: true}}\n"
        rule = ["--rule", "privileged-container"]
        self.write("pod.yaml", (pod % (first, "b", 1)).replace("81}], securityContext: {privileged: true", "81}], securityContext: {privileged: false"))
        self.write_baseline(*rule)
        # The privileged one is removed, and the other one, called as before or not, is privileged now.
        for name in ("b", "c"):
            self.write("pod.yaml", pod % ("", name, 1))
            report = self.scan("--baseline", "baseline.json", *rule, code=1)
            self.assertEqual([f["baseline"] for f in report["findings"]], ["new"], name)
        # The same one under another name, with a newer image.
        self.write("pod.yaml", pod % ("", "b", 1))
        self.write_baseline(*rule)
        self.write("pod.yaml", pod % ("", "c", 2))
        self.scan("--baseline", "baseline.json", *rule, code=0)
        # A baseline without that knowledge is taken as it was.
        with open(os.path.join(self.directory, "baseline.json"), encoding="utf-8") as file:
            text = file.read()
        self.assertIn('"element"', text)
        self.write("baseline.json", re.sub(r'"element":"[0-9a-f]*",', "", text))
        self.scan("--baseline", "baseline.json", *rule, code=0)

    def test_possible_becomes_certain(self):
        self.write("a.tf", 'variable "acl" {}\nresource "aws_s3_bucket" "b" {\n  acl = var.acl\n}\n')
        self.write_baseline("--maybe", *ACL)
        self.scan("--baseline", "baseline.json", "--maybe", *ACL, code=0)
        self.write("a.tf", 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n')
        self.assertEqual(self.names(self.scan("--baseline", "baseline.json", *ACL, code=1), "new"), ["aws_s3_bucket.b"])

    def test_from_another_directory(self):
        self.start()
        self.write("infra/a.tf", BAD.format("old"))
        self.write_baseline(*ACL)
        self.assertIn('"infra/a.tf"', self.write_baseline(*ACL))
        infra = os.path.join(self.directory, "infra")
        self.assertEqual(self.scan("--baseline", "../baseline.json", *ACL, cwd=infra, code=0)["findings"][0]["baseline"], "unchanged")
        again = self.write_baseline(*ACL, cwd=infra, name="own.json")
        self.assertIn('"infra/a.tf"', again)
        self.assertEqual(self.scan("--baseline", "infra/own.json", *ACL, code=0)["findings"][0]["baseline"], "unchanged")

    def test_pruning(self):
        self.write("a.tf", BAD.format("one") + BAD.format("two"))
        self.write_baseline(*ACL)
        self.write("a.tf", BAD.format("one") + GOOD.format("two"))
        text = self.write_baseline("--baseline", "baseline.json", *ACL)
        self.assertNotIn("two", text)
        self.write_baseline("--baseline", "first.json", *ACL, name="first.json")  # may not be there yet

    def test_suppressed_findings_stay_out(self):
        self.write("a.tf", "# assay:ignore s3-public-acl known\n" + BAD.format("quiet"))
        self.assertEqual(json.loads(self.write_baseline(*ACL))["findings"], [])
        self.write("a.tf", BAD.format("quiet"))
        self.scan("--baseline", "baseline.json", *ACL, code=1)

    def test_from_the_configuration(self):
        self.write("a.tf", BAD.format("old"))
        self.write_baseline(*ACL, name="known.json")
        self.write("assay.yaml", "baseline: known.json\n")
        self.scan(*ACL, code=0)
        self.write("b.tf", BAD.format("new"))
        self.scan(*ACL, code=1)

    def test_sarif_as_a_baseline(self):
        self.write("a.tf", BAD.format("old"))
        self.run_assay("scan", "--output", "sarif=old.sarif", *ACL)
        self.scan("--baseline", "old.sarif", *ACL, code=0)
        self.write("b.tf", BAD.format("new"))
        self.assertEqual(self.names(self.scan("--baseline", "old.sarif", *ACL, code=1), "new"), ["aws_s3_bucket.new"])
        # What was absent or suppressed then is not known.
        with open(os.path.join(self.directory, "old.sarif"), encoding="utf-8") as file:
            log = json.load(file)
        for change in ({"baselineState": "absent"}, {"suppressions": [{"kind": "external", "status": "accepted"}]}):
            old = json.loads(json.dumps(log))
            old["runs"][0]["results"][0].update(change)
            self.write("changed.sarif", json.dumps(old))
            self.assertEqual(len(self.names(self.scan("--baseline", "changed.sarif", *ACL, code=1), "new")), 2)

    def test_sarif_of_another_tool(self):
        self.write("infra/a.tf", BAD.format("old") + BAD.format("other"))
        result = {"ruleId": "CKV_AWS_20", "message": {"text": "x"}, "locations": [{"physicalLocation": {
            "artifactLocation": {"uri": "infra/a.tf"}, "region": {"startLine": 1, "endLine": 4}}}]}
        self.write("peer.sarif", json.dumps({"version": "2.1.0", "runs": [{"tool": {"driver": {"name": "Checkov"}}, "results": [result]}]}))
        report = self.scan("--baseline", "peer.sarif", *ACL, code=1)
        self.assertEqual(self.names(report, "unchanged"), ["aws_s3_bucket.old"])

    def test_json_reports_as_a_baseline(self):
        self.write("a.tf", BAD.format("old"))
        self.run_assay("scan", "--output", "json=old.json", *ACL)
        self.scan("--baseline", "old.json", *ACL, code=0)

    def test_checkov_baseline(self):
        self.write("a.tf", BAD.format("old"))
        self.write("known.baseline", json.dumps({"failed_checks": [{"file": "/a.tf", "findings": [
            {"resource": "aws_s3_bucket.old", "check_ids": ["CKV_AWS_20"]}]}]}))
        report = self.scan("--baseline", "known.baseline", *ACL, code=0)
        self.assertEqual(self.names(report, "unchanged"), ["aws_s3_bucket.old"])
        self.assertIsNone(report["findings"][0]["suppressed"])

    def test_gitleaks_report(self):
        self.write("a.sh", f"export GITHUB_TOKEN={TOKEN}\n")
        plain = self.scan(code=1)
        secrets = [f for f in plain["findings"] if f["file"] == "a.sh"]
        self.assertTrue(secrets)
        self.leaks = f"../{os.path.basename(self.directory)}-leaks.json"
        entry = {"RuleID": "github-pat", "File": "a.sh", "StartLine": 7, "EndLine": 7, "Secret": TOKEN, "Match": TOKEN}
        self.write(self.leaks, json.dumps([entry]))
        self.scan("--baseline", self.leaks, code=0)  # the same text, wherever it stands
        entry.update(Secret="REDACTED", StartLine=1, EndLine=1)
        self.write(self.leaks, json.dumps([entry]))
        self.scan("--baseline", self.leaks, code=0)
        entry.update(StartLine=2, EndLine=2)
        self.write(self.leaks, json.dumps([entry]))
        self.scan("--baseline", self.leaks, code=1)
        os.remove(os.path.join(self.directory, self.leaks))

    def test_no_secret_enters_a_baseline(self):
        texts = []
        for password in ("hunter2-aaaa", "hunter2-bbbb"):
            self.write("a.tf", f'resource "aws_db_instance" "d" {{\n  password = "{password}"\n  identifier = "x"\n}}\n')
            texts.append(self.write_baseline())
            self.assertNotIn("hunter2", texts[-1])
            os.remove(os.path.join(self.directory, "baseline.json"))
        self.assertEqual(texts[0], texts[1])

    def test_broken_baselines(self):
        self.write("a.tf", BAD.format("a"))
        good = self.write_baseline(*ACL)
        for text, wanted in (("", "empty"), ("   \n", "empty"), (good[:-40], "damaged"), ("{\n\n  nonsense", "b.json:3"),
                             (good.replace('"version": 1', '"version": 2'), "version 2"), ("[1, 2]", "RuleID"), ("3", "JSON object"),
                             ("{}", "neither"), ('{"findings": []}', "needs a version"), ('{"version": 1, "findings": {}}', "must be a list"),
                             ('{"version": 1,\n "findings": [\n{"rule": "AWS0101"}]}', "b.json:3: column 1"),
                             ('{"runs": [], "version": "3.0"}', "3.0"), ('{"runs": 3, "version": "2.1.0"}', "must be a list"),
                             ("\x00\x01", ""), ("[" * 100000, "")):
            self.write("b.json", text)
            message = self.usage_error("--baseline", "b.json", *ACL)
            self.assertIn(wanted, message)
            self.assertIn("b.json", message)
        self.assertIn("does not exist", self.usage_error("--baseline", "nowhere.json"))
        self.assertIn("directory", self.usage_error("--baseline", "."))

    def test_with_diff(self):
        self.start()
        self.write("a.tf", BAD.format("old"))
        self.write_baseline(*ACL)
        self.commit()
        self.write("b.tf", BAD.format("known"))
        self.write_baseline(*ACL)
        self.write("c.tf", BAD.format("new"))
        report = self.scan("--diff", "HEAD", "--baseline", "baseline.json", *ACL, code=1)
        self.assertEqual(self.names(report, "new"), ["aws_s3_bucket.new"])
        self.assertIn("baseline", report["comparison"]["against"])
        self.assertIn("git HEAD", report["comparison"]["against"])


if __name__ == "__main__":
    unittest.main()
