"""assay rules and assay explain; and the rule reference below docs/rules must be the rules'."""
import json
import os
import unittest

from assay_case import ROOT, AssayCase

REFERENCE = os.path.join(ROOT, "docs", "rules")


def pages_below(directory):
    out = {}
    for path, _, names in os.walk(directory):
        for name in names:
            full = os.path.join(path, name)
            with open(full, encoding="utf-8") as file:
                out[os.path.relpath(full, directory)] = file.read()
    return out


class RulesTest(AssayCase):
    def test_the_reference_is_not_stale(self):
        target = os.path.join(self.directory, "made")
        done = self.run_assay("rules", "--format", "markdown", "--output", target)
        self.assertEqual(done.returncode, 0, done.stderr)
        made, kept = pages_below(target), pages_below(REFERENCE)
        self.assertEqual(sorted(made), sorted(kept), "docs/rules is stale: run ./dev docs")
        stale = [page for page in made if made[page] != kept[page]]
        self.assertEqual(stale, [], "docs/rules is stale: run ./dev docs")

    def test_links_of_the_reference_lead_somewhere(self):
        target = os.path.join(self.directory, "made")
        self.run_assay("rules", "--format", "markdown", "--output", target)
        made = pages_below(target)
        index = made["README.md"]
        for rule in json.loads(self.run_assay("rules", "--format", "json").stdout)["rules"]:
            page = rule["source"].rsplit("/", 1)[0] + ".md"
            self.assertIn(f"({page}#{rule['id'].lower()})", index)
            self.assertIn(f'<a id="{rule["id"].lower()}"></a>', made[page])
            self.assertTrue(os.path.exists(os.path.join(ROOT, "rules", "packs", rule["source"])), rule["source"])

    def test_json_says_all_that_is_known(self):
        rules = json.loads(self.run_assay("rules", "--format", "json").stdout)["rules"]
        rule = next(r for r in rules if r["name"] == "sqs-no-encryption")
        self.assertEqual(rule["fix"]["kind"], "safe")
        self.assertEqual(rule["fix"]["recipes"][0]["steps"], ["set sqs_managed_sse_enabled = true"])
        for key in ("title", "description", "rationale", "remediation", "logic", "source", "severity", "precision"):
            self.assertTrue(rule[key], key)
        for rule in rules:
            self.assertTrue(rule["remediation"], rule["id"])
            self.assertEqual(rule["fix"] is None or rule["fix"]["kind"] in ("safe", "unsafe"), True)

    def test_explain_shows_the_whole_page(self):
        done = self.run_assay("explain", "sqs-no-encryption")
        self.assertEqual(done.returncode, 0)
        page = done.stdout.decode()
        for part in ("What it does", "Why it matters", "How to fix", "Fix, safe (assay scan --fix)", "Flagged (terraform)",
                     "Flagged (cloudformation)", "Fine (terraform)", "Controls:", "Also known as:", "Logic (cel",
                     "Suppress: # assay:ignore"):
            self.assertIn(part, page)

    def test_explain_suggests_on_a_typo(self):
        done = self.run_assay("explain", "sqs-no-encrytpion")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"did you mean 'sqs-no-encryption'", done.stderr)

    def test_output_to_a_place_that_cannot_be_made(self):
        self.write("file", "x")
        done = self.run_assay("rules", "--format", "markdown", "--output", "file/docs")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"file/docs", done.stderr)


if __name__ == "__main__":
    unittest.main()
