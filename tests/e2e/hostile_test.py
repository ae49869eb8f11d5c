"""Broken and hostile input: a problem with a position, the rest analysed, no crash, bounded time."""
import os
import unittest

from assay_case import AssayCase

GOOD = 'resource "aws_s3_bucket" "good" {\n  acl = "public-read"\n}\n'
POD = "apiVersion: v1\nkind: Pod\nmetadata:\n  name: p\nspec:\n  containers: []\n"


class Hostile(AssayCase):
    def expect(self, path, content, codes=(), code=None):
        """Scans the file beside a good one: the good one's finding must be there all the same."""
        self.write("ok/main.tf", GOOD)
        self.write(path, content)
        done = self.scan(".", timeout=30)
        self.assertIn("AWS0101", self.rules(done), path)
        rows = {row.get("file"): row for row in done["coverage"]}
        self.assertIn(path, rows)
        found = self.codes(done)
        for wanted in codes:
            self.assertIn(wanted, found, (path, found))
        for problem in done["problems"]:
            if problem["file"] == path and problem["region"]:
                self.assertGreaterEqual(problem["region"]["line"], 1)
        return done, rows[path]

    def test_empty_and_binary(self):
        self.expect("a/empty.tf", "")
        self.expect("a/empty.yaml", "")
        self.expect("a/empty.json", "")
        self.expect("a/binary.tf", bytes(range(256)) * 40)
        self.expect("a/binary.yaml", b"apiVersion: v1\nkind: Pod\n\x00\x01\xff" * 10, ["yaml-encoding"])
        self.expect("a/invalid.tf", b'locals {\n  a = "\xff\xfe"\n}\n', ["hcl-encoding"])

    def test_too_large(self):
        _, row = self.expect("a/large.yaml", b"apiVersion: v1\n" + b"# x\n" * (5 << 20), ["limit-file-size"])
        self.assertEqual(row["state"], "failed")

    def test_deep_nesting(self):
        self.expect("a/deep.tf", "locals {\n  a = " + "[" * 200000 + "]" * 200000 + "\n}\n", ["limit-nesting"])
        self.expect("a/parens.tf", "locals {\n  a = " + "(" * 200000 + "\n}\n", ["limit-nesting"])
        self.expect("a/deep.json", '{"Resources":' + "[" * 200000, ["limit-nesting"])
        self.expect("a/deep.yaml", "apiVersion: " + "[" * 200000, ["limit-nesting"])

    def test_aliases(self):
        bomb = "apiVersion: v1\nkind: ConfigMap\na: &a [x,x,x,x,x,x,x,x,x]\n"
        for i in range(9):
            bomb += f"{chr(98 + i)}: &{chr(98 + i)} [{','.join(['*' + chr(97 + i)] * 9)}]\n"
        self.expect("a/bomb.yaml", bomb, ["limit-alias-expansion"])
        self.expect("a/cycle.yaml", "apiVersion: v1\nkind: ConfigMap\ndata: &d\n  x: *d\n", ["yaml-cyclic-alias"])

    def test_unterminated_and_duplicate(self):
        self.expect("a/heredoc.tf", "locals {\n  a = <<EOT\ntext\n", ["hcl-unclosed-heredoc"])
        self.expect("a/twice.tf", 'resource "aws_s3_bucket" "x" {\n  acl = "private"\n  acl = "private"\n}\n',
                    ["hcl-duplicate-attribute"])
        self.expect("a/twice.yaml", POD + "kind: Pod\n", ["yaml-duplicate-key"])

    def test_intact_blocks_of_a_broken_file(self):
        self.write("main.tf", GOOD + '\nresource "aws_s3_bucket" "half" {\n  acl = [\n')
        report = self.scan(".", code=1)
        self.assertIn("aws_s3_bucket.good", {f["resource"]["address"] for f in report["findings"]})

    def test_cycles(self):
        self.expect("a/locals.tf", "locals {\n  a = local.b\n  b = local.a\n}\n", ["terraform-cycle"])
        self.write("b/main.tf", 'module "c" {\n  source = "../c"\n}\n')
        self.expect("c/main.tf", 'module "b" {\n  source = "../b"\n}\n')
        self.expect("d/main.tf", 'module "d" {\n  source = "./"\n}\n')

    def test_links_and_permissions(self):
        self.write("ok/main.tf", GOOD)
        os.symlink("..", os.path.join(self.directory, "ok", "loop"))
        os.symlink("nowhere", os.path.join(self.directory, "ok", "broken.tf"))
        report = self.scan(".", code=1)
        self.assertIn("ok/loop", {row.get("file") for row in report["coverage"]})
        self.assertIn("ok/broken.tf", {row.get("file") for row in report["coverage"]})
        if os.geteuid() != 0:
            os.chmod(self.write("a/secret.tf", GOOD), 0)
            self.assertIn("unreadable-file", self.codes(self.scan(".")))

    def test_templates_that_are_not_yaml(self):
        done, row = self.expect("chart/templates/deployment.yaml",
                                "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {{ .Values.name }}\n"
                                "{{- if .Values.x }}\nspec: {}\n{{- end }}\n", ["not-rendered"])
        self.assertEqual(row["state"], "skipped")
        self.assertIn("not rendered", row["reason"])
        self.assertTrue(all(p["severity"] == "note" for p in done["problems"] if p["file"] == row["file"]))

    def test_broken_template(self):
        self.expect("a/stack.yaml", "Resources:\n  A:\n    Type: AWS::S3::Bucket\n    Properties:\n      X: !Nope 1\n")
        self.expect("a/broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: [\n", ["yaml-syntax"])
        self.expect("a/broken.json", '{"Resources": {"A": {"Type": "AWS::S3::Bucket", }', ["json-syntax"])


if __name__ == "__main__":
    unittest.main(verbosity=1)
