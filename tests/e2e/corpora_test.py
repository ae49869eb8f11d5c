"""Real repositories: no crash, every file accounted for, the same bytes for any number of jobs."""
import json
import os
import sys
import unittest

from assay_case import SHARED, AssayCase

CORPORA = os.path.join(SHARED, "corpora")


class Corpora(AssayCase):
    def test_every_file_is_accounted_for(self):
        for name in sorted(os.listdir(CORPORA)):
            path = os.path.join(CORPORA, name)
            if not os.path.isdir(path):
                continue
            with self.subTest(name):
                one = self.run_assay("scan", name, "--format", "json", "--jobs", "1", cwd=CORPORA)
                two = self.run_assay("scan", name, "--format", "json", "--jobs", "2", cwd=CORPORA)
                self.assertIn(one.returncode, (0, 1, 3), one.stderr)
                self.assertEqual(one.stdout, two.stdout)
                report = json.loads(one.stdout)
                rows = {row["file"] for row in report["coverage"] if "file" in row}
                for directory, _, files in os.walk(path):
                    for file in files:
                        self.assertIn(os.path.relpath(os.path.join(directory, file), CORPORA), rows)
                for row in report["coverage"]:
                    self.assertTrue(row["state"] == "evaluated" or row["reason"], row)
                for finding in report["findings"]:
                    self.assertIsNotNone(finding["region"], finding)


if __name__ == "__main__":
    if not os.path.isdir(CORPORA):
        print("skipped: no corpora")
        sys.exit(77)
    unittest.main(verbosity=1)
