"""Broken and hostile input: a problem with a position, the rest analysed, no crash, bounded time."""
import json
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

    def template(self, resources, **sections):
        return json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": resources, **sections})

    @staticmethod
    def bucket(name, **more):
        return {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": name, "AccessControl": "PublicRead"}, **more}

    def test_everything_on_one_line(self):
        buckets = {f"B{i}": self.bucket(f"b{i}") for i in range(3000)}
        done, _ = self.expect("a/minified.json", self.template(buckets))
        lines = [f["region"]["line"] for f in done["findings"] if f["rule"] == "AWS0101" and f["region"]]
        self.assertGreaterEqual(len(lines), 3000)

    def test_conditions_that_grow(self):
        values = [f"v{i}" for i in range(2000)]
        any_of = {"Fn::Or": [{"Fn::Equals": [{"Ref": "P"}, value]} for value in values]}
        self.expect("a/or.json", self.template({"B": self.bucket("b", Condition="C")}, Conditions={"C": any_of},
                                               Parameters={"P": {"Type": "String", "AllowedValues": values}}))
        tree = "x"
        for i in range(12):
            tree = {"Fn::If": [f"E{i}", tree, tree]}
        self.expect("a/if.json", self.template(
            {"B": self.bucket(tree)}, Parameters={f"P{i}": {"Type": "String"} for i in range(12)},
            Conditions={f"E{i}": {"Fn::Equals": [{"Ref": f"P{i}"}, "a"]} for i in range(12)}))

    def test_texts_that_double(self):
        text = {"Ref": "P"}
        for _ in range(40):
            text = {"Fn::Sub": ["${a}${a}", {"a": text}]}
        self.expect("a/sub.json", self.template({"B": self.bucket(text)},
                                                Parameters={"P": {"Type": "String", "Default": "xxxxxxxx"}}))

    def test_every_service_selects_every_pod(self):
        documents = []
        for i in range(700):
            documents.append({"apiVersion": "v1", "kind": "Pod", "spec": {"containers": []},
                              "metadata": {"name": f"p{i}", "labels": {"app": "x"}}})
            documents.append({"apiVersion": "v1", "kind": "Service", "metadata": {"name": f"s{i}"},
                              "spec": {"selector": {"app": "x"}}})
        self.expect("a/all.yaml", "\n---\n".join(json.dumps(document) for document in documents))

    def test_comments_without_end(self):
        done, _ = self.expect("a/main.tf", "# assay:ignore NOPE0001\n" * 20000 + GOOD)
        self.assertLess(len(done["problems"]), 12000)
        self.assertIn("limit-problems", self.codes(done))

    def test_long_chains(self):
        chain = "".join(f"  a{i} = upper(local.a{i + 1})\n" for i in range(3000))
        self.expect("a/chain.tf", 'variable "v" {}\nlocals {\n' + chain + "  a3000 = var.v\n}\n"
                    'resource "aws_s3_bucket" "b" {\n  bucket = local.a0\n}\n', ["limit-depth"])

    def test_what_is_no_file(self):
        self.write("ok/main.tf", GOOD)
        for name in ("ok/pipe.tf", "ok/pipe.yaml", "ok/pipe.tfvars", "ok/.gitignore"):
            os.mkfifo(os.path.join(self.directory, name))
        os.symlink("/dev/zero", os.path.join(self.directory, "ok", "zero.tf"))
        self.assertIn("AWS0101", self.rules(self.scan(".", timeout=30)))

    def test_policies_that_never_end(self):
        thousand = "[" + ",".join(str(i) for i in range(1000)) + "]"
        doubling = "['aaaaaaaa']" + ".map(s, s + s)" * 40
        logic = {
            "steps": f"{thousand}.exists(a, {thousand}.exists(b, {thousand}.exists(c, a + b + c < 0)))",
            "memory": f"{thousand}.map(a, {thousand}).map(l, l + l + l + l).size() == 3",
            "text": f"{doubling}.size() == 3",
            "patterns": f"{thousand}.exists(i, {thousand}.exists(j, 'a'.matches('a' + string(i * 1000 + j) + '.{{99}}')))",
        }
        for number, (name, expression) in enumerate(logic.items(), 1):
            self.write(f"policy/{name}.md",
                       f"---\nid: TST000{number}\nname: {name}\nseverity: high\nprecision: high\n"
                       "resources: [aws/s3/bucket]\nfix: none\n---\n# A rule\n\n## What it does\n\nx\n\n"
                       f"## Why it matters\n\nx\n\n## How to fix\n\nx\n\n```cel\n{expression}\n```\n\n"
                       '```hcl bad\nresource "aws_s3_bucket" "b" {}  # error: x\n```\n\n'
                       '```hcl good\nresource "aws_s3_bucket" "b" {}\n```\n')
        self.write("ok/main.tf", GOOD)
        done = self.scan("ok", "--policy", "policy", timeout=60)
        self.assertIn("AWS0101", self.rules(done))
        failed = [p["message"] for p in done["problems"] if p["code"] == "rule-not-evaluated"]
        named = {word.strip(",") for message in failed for word in message.split(" could not judge ")[0].split()}
        self.assertEqual(named, {f"TST000{number}" for number in range(1, len(logic) + 1)}, failed)


if __name__ == "__main__":
    unittest.main(verbosity=1)
