"""assay scan --compliance: a row per requirement, in each format."""
import json
import unittest

from assay_case import AssayCase

BAD = """resource "aws_db_instance" "open" {
  publicly_accessible = true
  storage_encrypted   = var.encrypted
}
variable "encrypted" { type = bool }
"""


class Compliance(AssayCase):
    def rows(self, *arguments, framework="cis-aws-5.0", code=None):
        report = self.scan(".", "--compliance", framework, *arguments, code=code)
        self.assertEqual([f["framework"] for f in report["compliance"]], [framework])
        return {row["id"]: row for row in report["compliance"][0]["requirements"]}

    def test_states(self):
        self.write("main.tf", BAD)
        rows = self.rows(code=1)
        self.assertEqual(rows["2.2.3"]["state"], "fail")
        self.assertEqual(rows["2.2.3"]["fail"], 1)
        self.assertEqual(rows["2.2.1"]["state"], "undecided", "an unknown input decides")
        self.assertEqual(rows["2.3.1"]["state"], "no-resource")
        self.assertEqual((rows["1.4"]["state"], rows["1.4"]["reason"]), ("not-assessed", "runtime"))
        self.assertNotEqual(rows["1.1"]["title"], rows["1.10"]["title"], "ids are text")

    def test_known_input_decides(self):
        self.write("main.tf", BAD)
        self.assertEqual(self.rows("--var", "encrypted=true")["2.2.1"]["state"], "pass")
        self.assertEqual(self.rows("--var", "encrypted=false")["2.2.1"]["state"], "fail")

    def test_what_is_not_reported_still_counts(self):
        self.write("main.tf", BAD)
        self.assertEqual(self.rows("--severity", "critical")["2.2.4"]["state"], "fail")

    def test_a_suppressed_finding_is_an_exception_and_not_a_pass(self):
        self.write("main.tf", BAD.replace("true\n", "true # assay:ignore rds-public meant to be\n"))
        row = self.rows()["2.2.3"]
        self.assertEqual((row["state"], row["suppressed"], row["reason"]), ("fail", 1, "1 finding suppressed"))

    def test_only_rules_of_the_framework_run(self):
        self.write("main.tf", BAD)
        report = self.scan(".", "--compliance", "cis-aws-5.0")
        answering = {rule for row in report["compliance"][0]["requirements"] for rule in (edge["id"] for edge in row["rules"])}
        self.assertLessEqual(self.rules(report), answering)
        row = self.rows("--skip-rule", "rds-public")["2.2.3"]
        self.assertEqual((row["state"], row["reason"]), ("not-assessed", "rules not asked for"))

    def test_several_frameworks(self):
        self.write("main.tf", BAD)
        report = self.scan(".", "--compliance", "cis-aws-5.0", "--compliance", "isms-p")
        self.assertEqual([f["framework"] for f in report["compliance"]], ["cis-aws-5.0", "isms-p"])
        korean = [row["title_ko"] for row in report["compliance"][1]["requirements"]]
        self.assertEqual(len(korean), 101)

    def test_an_unknown_framework_is_wrong_usage(self):
        done = self.run_assay("scan", ".", "--compliance", "cis-aws-5.1")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"did you mean \"cis-aws-5.0\"", done.stderr)

    def test_formats_for_people(self):
        self.write("main.tf", BAD)
        for form in ("text", "markdown", "html"):
            out = self.run_assay("scan", ".", "--compliance", "cis-aws-5.0", "--format", form).stdout.decode()
            self.assertIn("RDS instances are not reachable from the internet", out, form)
            self.assertIn("not assessed", out, form)
            self.assertNotIn("%", out.split("</style>")[-1], "no percentage by absence")


if __name__ == "__main__":
    unittest.main()
