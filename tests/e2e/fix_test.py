"""--fix and --show-fixes: bytes, exit codes, and what happens when something is in the way."""
import json
import os
import stat
import subprocess
import unittest

from assay_case import AssayCase

QUEUE = b"""# The queue of orders.
resource "aws_sqs_queue" "q" {
  name                    = "orders" # a name
  sqs_managed_sse_enabled = false    # for now
}
"""
FIXED = QUEUE.replace(b"= false ", b"= true ")
UNSAFE = b"""resource "aws_efs_file_system" "f" {
  encrypted = false
}
"""
RULE = """---
id: {id}
name: {name}
severity: low
precision: high
resources: [aws/sqs/queue]
formats: [terraform]
fix: {fix}
---
# {name}
## How to fix
So.
```cel
{cel}
```
{fence}
```hcl bad
resource "aws_sqs_queue" "q" {{}}
```
```hcl good
resource "aws_sqs_queue" "q" {{}}
```
"""


class FixTest(AssayCase):
    def read(self, path):
        with open(os.path.join(self.directory, path), "rb") as file:
            return file.read()

    def test_fix_changes_only_the_literal_and_nothing_the_second_time(self):
        path = self.write("main.tf", QUEUE)
        os.chmod(path, 0o640)
        done = self.run_assay("scan", "--fix", "--rule", "sqs-no-encryption")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.read("main.tf"), FIXED)
        self.assertIn(b"fixed 1 finding in 1 file", done.stderr)
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o640)
        self.assertEqual(os.listdir(self.directory), ["main.tf"])
        again = self.run_assay("scan", "--fix", "--rule", "sqs-no-encryption")
        self.assertEqual(again.returncode, 0)
        self.assertIn(b"nothing to fix", again.stderr)
        self.assertEqual(self.read("main.tf"), FIXED)

    def test_windows_line_ends_and_a_missing_last_one_stay(self):
        text = QUEUE.replace(b"\n", b"\r\n").rstrip()
        self.write("main.tf", text)
        self.run_assay("scan", "--fix", "--rule", "sqs-no-encryption")
        self.assertEqual(self.read("main.tf"), text.replace(b"= false ", b"= true "))

    def test_show_fixes_is_a_patch_and_writes_nothing(self):
        self.write("a/main.tf", QUEUE)
        self.write("a/t.yaml", "Resources:\n  Q:\n    Type: AWS::SQS::Queue\n    Properties:\n      SqsManagedSseEnabled: false\n")
        done = self.run_assay("scan", "a", "--show-fixes", "--rule", "sqs-no-encryption")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.read("a/main.tf"), QUEUE)
        self.assertTrue(done.stdout.startswith(b"--- a/a/main.tf\n+++ b/a/main.tf\n@@"), done.stdout)
        applied = subprocess.run(["git", "apply", "--verbose", "-"], input=done.stdout, cwd=self.directory,
                                 capture_output=True, check=False)
        self.assertEqual(applied.returncode, 0, applied.stderr)
        self.assertEqual(self.read("a/main.tf"), FIXED)
        self.assertIn(b"SqsManagedSseEnabled: true", self.read("a/t.yaml"))
        self.scan("a", "--rule", "sqs-no-encryption", code=0)

    def test_unsafe_fixes_have_to_be_asked_for(self):
        self.write("main.tf", UNSAFE)
        done = self.run_assay("scan", "--fix", "--rule", "efs-unencrypted")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.read("main.tf"), UNSAFE)
        self.assertIn(b"1 more with --fix=unsafe", done.stderr)
        done = self.run_assay("scan", "--fix=unsafe", "--rule", "efs-unencrypted")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertEqual(self.read("main.tf"), UNSAFE.replace(b"false", b"true"))

    def test_an_unknown_kind_of_fix_is_wrong_usage(self):
        self.write("main.tf", UNSAFE)
        done = self.run_assay("scan", "--fix=unsave")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"unsafe", done.stderr)

    def test_fixes_of_one_block_wait_for_each_other(self):
        self.write("main.tf", 'resource "aws_db_instance" "d" {\n  engine = "mysql"\n}\n')
        self.run_assay("scan", "--fix", "--rule", "rds-no-deletion-protection", "--rule", "rds-tags-not-on-snapshots")
        text = self.read("main.tf").decode()
        self.assertIn("deletion_protection", text)
        self.assertIn("copy_tags_to_snapshot", text)
        self.assertEqual(text.count("{"), 1)
        self.scan("--rule", "rds-no-deletion-protection", "--rule", "rds-tags-not-on-snapshots", code=0)

    def test_edits_next_to_each_other_wait(self):
        self.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers:\n  - name: c\n"
                               "    image: registry.example.com/c:1.2.3\n    securityContext:\n      privileged: true\n")
        done = self.run_assay("scan", "--fix=unsafe", "--rule", "privileged-container", "--rule", "privilege-escalation")
        self.assertEqual(done.returncode, 0, done.stderr)
        text = self.read("pod.yaml").decode()
        self.assertIn("      allowPrivilegeEscalation: false\n", text)
        self.assertNotIn("privileged", text)

    def test_modules_outside_of_what_was_asked_for_are_only_read(self):
        module = 'variable "on" {}\nresource "aws_sqs_queue" "q" {\n  sqs_managed_sse_enabled = false\n}\n'
        self.write("modules/q/main.tf", module)
        self.write("infra/main.tf", 'module "q" {\n  source = "../modules/q"\n  on     = true\n}\n')
        self.run_assay("scan", "infra", "--fix", "--rule", "sqs-no-encryption")
        self.assertEqual(self.read("modules/q/main.tf").decode(), module)
        self.run_assay("scan", ".", "--fix", "--rule", "sqs-no-encryption")
        self.assertIn(b"= true", self.read("modules/q/main.tf"))

    def test_a_read_only_file_stays_and_is_told(self):
        path = self.write("main.tf", QUEUE)
        other = self.write("b/main.tf", QUEUE)
        os.chmod(path, 0o444)
        done = self.run_assay("scan", "--fix", "--rule", "sqs-no-encryption")
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertIn(b"main.tf", done.stderr)
        self.assertIn(b"1 fix was not applied", done.stderr)
        self.assertEqual(self.read("main.tf"), QUEUE)
        with open(other, "rb") as file:
            self.assertEqual(file.read(), FIXED)

    def test_a_fix_that_brings_another_finding_is_taken_back(self):
        fence = "```fix\nset sqs_managed_sse_enabled = true\n```\n"
        self.write("rules/one.md", RULE.format(id="TST0001", name="one", fix="safe", cel="!resource.sqs_managed_sse_enabled", fence=fence))
        self.write("rules/two.md", RULE.format(id="TST0002", name="two", fix="none", cel="resource.sqs_managed_sse_enabled", fence=""))
        self.write("infra/main.tf", QUEUE)
        done = self.run_assay("scan", "infra", "--fix", "--policy", "rules", "--rule", "TST*")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.read("infra/main.tf"), QUEUE)
        self.assertIn(b"no fix for TST0001 one at infra/main.tf:", done.stderr)
        self.assertIn(b"it would bring TST0002", done.stderr)
        self.assertIn(b"taken back", done.stderr)

    def test_a_fix_that_does_not_help_is_taken_back(self):
        fence = "```fix\nset delay_seconds = 7\n```\n"
        self.write("rules/one.md", RULE.format(id="TST0001", name="one", fix="safe", cel="resource.delay_seconds != 8", fence=fence))
        self.write("infra/main.tf", QUEUE)
        done = self.run_assay("scan", "infra", "--fix", "--policy", "rules", "--rule", "TST*")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(self.read("infra/main.tf"), QUEUE)
        self.assertIn(b"the finding would still be there", done.stderr)

    def test_a_patch_and_a_report_do_not_share_stdout(self):
        self.write("main.tf", QUEUE)
        done = self.run_assay("scan", "--show-fixes", "--format", "json")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"--output json=FILE", done.stderr)
        done = self.run_assay("scan", "--show-fixes", "--output", "json=report.json", "--rule", "sqs-no-encryption")
        self.assertTrue(done.stdout.startswith(b"--- a/main.tf"))
        self.assertEqual(len(json.loads(self.read("report.json"))["findings"]), 1)

    def test_suppressed_findings_are_not_fixed(self):
        text = QUEUE.replace(b"# for now", b"# assay:ignore sqs-no-encryption a demo")
        self.write("main.tf", text)
        done = self.run_assay("scan", "--fix", "--rule", "sqs-no-encryption")
        self.assertIn(b"nothing to fix", done.stderr)
        self.assertEqual(self.read("main.tf"), text)

    def test_secrets_do_not_show_in_the_diff(self):
        self.write("main.tf", 'resource "aws_db_instance" "d" {\n  engine   = "mysql"\n  username = "root"\n'
                              '  password = "Sup3rS3cretPassw0rd!"\n}\n')
        done = self.run_assay("scan", "--show-fixes")
        self.assertIn(b"+  deletion_protection = true", done.stdout)
        self.assertNotIn(b"S3cret", done.stdout + done.stderr)

    def apply_edits(self, edits):
        files = {}
        for edit in edits:
            files.setdefault(edit["file"], []).append(edit)
        for path, list_ in files.items():
            text = self.read(path)
            for edit in sorted(list_, key=lambda e: -e["region"]["byte_offset"]):
                begin = edit["region"]["byte_offset"]
                text = text[:begin] + edit["text"].encode() + text[begin + edit["region"]["byte_length"]:]
            self.write(path, text)

    def test_json_edits_can_be_applied(self):
        self.write("main.tf", QUEUE)
        report = self.scan("--rule", "sqs-no-encryption", code=1)
        fix = report["findings"][0]["fix"]
        self.assertEqual(fix["kind"], "safe")
        self.assertEqual(fix["description"], "Set sqs_managed_sse_enabled to true")
        self.assertEqual(len(fix["edits"]), 1)
        self.apply_edits(fix["edits"])
        self.assertEqual(self.read("main.tf"), FIXED)

    def test_sarif_fixes_say_the_same(self):
        self.write("main.tf", QUEUE)
        done = self.run_assay("scan", "--rule", "sqs-no-encryption", "--format", "sarif")
        result = json.loads(done.stdout)["runs"][0]["results"][0]
        change = result["fixes"][0]["artifactChanges"][0]
        self.assertEqual(change["artifactLocation"]["uri"], "main.tf")
        region = change["replacements"][0]["deletedRegion"]
        self.assertEqual((region["startLine"], region["startColumn"], region["endColumn"]), (4, 29, 34))
        self.assertEqual(change["replacements"][0]["insertedContent"]["text"], "true")

    def test_text_says_that_there_is_a_fix(self):
        self.write("main.tf", QUEUE)
        done = self.run_assay("scan", "--rule", "sqs-no-encryption")
        self.assertIn(b"fix available: Set sqs_managed_sse_enabled to true (--fix)", done.stdout)
        self.write("main.tf", UNSAFE)
        done = self.run_assay("scan", "--rule", "efs-unencrypted")
        self.assertIn(b"(--fix=unsafe)", done.stdout)

    def test_the_same_bytes_for_any_number_of_jobs(self):
        for i in range(20):
            self.write(f"m{i}/main.tf", QUEUE + UNSAFE)
        one = self.run_assay("scan", "--show-fixes=unsafe", "--jobs", "1")
        four = self.run_assay("scan", "--show-fixes=unsafe", "--jobs", "4")
        self.assertEqual(one.stdout, four.stdout)
        self.assertEqual(one.stdout.count(b"--- a/"), 20)


if __name__ == "__main__":
    unittest.main()
