"""A team with old findings takes Assay into use: baseline, gate, suppression with an end, fix. One repository, step by step."""
import json
import os
import subprocess
import unittest

from assay_case import AssayCase

LEGACY = """resource "aws_sqs_queue" "old_{n}" {{
  name                    = "old-{n}"
  sqs_managed_sse_enabled = false
}}
"""
GOOD = """resource "aws_sqs_queue" "orders" {
  name = "orders"
}
"""
BAD = """# Orders of the shop.
resource "aws_sqs_queue" "orders" {
  name                    = "orders"
  sqs_managed_sse_enabled = false # for now
}
"""


class Story(AssayCase):
    def git(self, *words):
        subprocess.run(["git", "-c", "user.name=t", "-c", "user.email=t@t", *words], cwd=self.directory, check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def read(self, path):
        with open(os.path.join(self.directory, path), encoding="utf-8") as file:
            return file.read()

    def gate(self, code, *arguments):
        done = self.run_assay("scan", ".", "--baseline", "assay.baseline", *arguments)
        self.assertEqual(done.returncode, code, done.stdout.decode() + done.stderr.decode())
        return done

    def test_from_legacy_to_clean(self):
        self.git("init", "-q", "-b", "main")
        for n in range(20):
            self.write(f"legacy/{n}.tf", LEGACY.format(n=n))
        self.write("shop/queue.tf", GOOD)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "what there was")

        # Old findings, written down once; from then on the gate is green.
        old = self.scan(".", code=1)
        count = len(old["findings"])
        self.assertGreaterEqual(count, 20)
        done = self.run_assay("scan", ".", "--write-baseline", "assay.baseline")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.gate(0)
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "the baseline")

        # A bad change: one finding, the same one everywhere.
        self.write("shop/queue.tf", BAD)
        done = self.gate(1, "--format", "json", "--output", "sarif=r.sarif", "--output", "sarif-github=g.sarif", "--output", "github=r.txt",
                         "--output", "markdown=r.md", "--output", "junit=r.xml")
        report = json.loads(done.stdout)
        fresh = [f for f in report["findings"] if f["baseline"] == "new"]
        self.assertEqual([(f["name"], f["file"], f["region"]["line"]) for f in fresh], [("sqs-no-encryption", "shop/queue.tf", 4)])
        rule = fresh[0]["rule"]
        for name in ("r.sarif", "g.sarif"):
            results = json.loads(self.read(name))["runs"][0]["results"]
            new = [r for r in results if r.get("baselineState") == "new"]
            self.assertEqual([(r["ruleId"], r["locations"][0]["physicalLocation"]["region"]["startLine"]) for r in new], [(rule, 4)], name)
        annotations = [line for line in self.read("r.txt").splitlines() if line.startswith("::")]
        self.assertEqual(len([line for line in annotations if "file=shop/queue.tf,line=4" in line]), 1, annotations)
        self.assertFalse([line for line in annotations if "legacy/" in line])
        markdown = self.read("r.md")
        self.assertIn("shop/queue.tf", markdown)
        self.assertNotIn("legacy/3.tf", markdown)
        # Against the commit it is the same.
        done = self.run_assay("scan", ".", "--diff", "HEAD", "--format", "json")
        self.assertEqual(done.returncode, 1)
        self.assertEqual([f["rule"] for f in json.loads(done.stdout)["findings"] if f["baseline"] == "new"], [rule])

        # It may stay until the end of the year.
        self.write("shop/queue.tf", BAD.replace("# for now", f"# assay:ignore {rule} the shop moves until=2030-12-31"))
        self.gate(0, "--today", "2030-12-31")
        done = self.gate(1, "--today", "2031-01-01")
        self.assertIn(b"expired", done.stdout + done.stderr)

        # The fix.
        done = self.run_assay("scan", "shop", "--baseline", "assay.baseline", "--today", "2031-01-01", "--fix")
        text = self.read("shop/queue.tf")
        self.assertIn("sqs_managed_sse_enabled = true", text)
        self.assertTrue(text.startswith("# Orders of the shop.\n"))
        self.write("shop/queue.tf", "".join(line.split(" # assay:ignore")[0].rstrip() + "\n" for line in text.splitlines()))
        done = self.gate(0)
        again = self.scan(".", "--baseline", "assay.baseline", code=0)
        self.assertEqual({f["baseline"] for f in again["findings"]}, {"unchanged"})


if __name__ == "__main__":
    unittest.main()
