"""assay lsp: rule files, permissions, symbols of the workspace, folding, fixes that are tried, ways to live with a finding,
and that every advertised capability has a test."""
import glob
import json
import os
import re
import unittest

from lsp_client import applied, uri
from lsp_test import BUCKET, DEPLOYMENT, PULLS, TEMPLATE, LspCase, place

RULE = """---
id: OWN0001
name: own-acl
severity: high
precision: high
resources: [aws/s3/bucket]
formats: [terraform]
at: acl
---
# The bucket's ACL is public

## How to fix
Close it.

```cel
resource.acl == "public-read"
```

```hcl bad
resource "aws_s3_bucket" "b" { acl = "public-read" } # error: public-read
```

```hcl good
resource "aws_s3_bucket" "b" { acl = "private" }
```
"""
ROLE = """resource "aws_iam_role" "r" {
  name               = "r"
  assume_role_policy = jsonencode({ Statement = [{ Effect = "Allow", Principal = { Service = "lambda.amazonaws.com" }, Action = "sts:AssumeRole" }] })
}
resource "aws_iam_role_policy" "p" {
  role   = aws_iam_role.r.id
  policy = jsonencode({
    Version   = "2012-10-17"
    Statement = [
      { Effect = "Allow", Action = ["s3:Get*", "iam:PassRole", "lambda:*"], Resource = "*" },
      { Effect = "Deny", Action = "s3:GetObject", Resource = "*" },
    ]
  })
}
"""
CREATES = {"textDocument": {"diagnostic": {}}, "workspace": {"workspaceEdit": {"documentChanges": True, "resourceOperations": ["create"]}}}
# What tests ask for each capability; a capability that is not here has no test, and this file says so.
METHODS = {
    "positionEncoding": ["utf-8", "utf-16"],
    "textDocumentSync": ["textDocument/didOpen", "textDocument/didChange", "textDocument/didClose", "textDocument/didSave"],
    "diagnosticProvider": ["textDocument/diagnostic", "workspace/diagnostic"],
    "codeActionProvider": ["textDocument/codeAction", "source.fixAll.assay", "quickfix"],
    "hoverProvider": ["hover"], "definitionProvider": ["definition"], "referencesProvider": ["references"],
    "documentSymbolProvider": ["documentSymbol"], "documentLinkProvider": ["documentLink"], "completionProvider": ["completion"],
    "inlayHintProvider": ["inlayHint"], "foldingRangeProvider": ["foldingRange"], "workspaceSymbolProvider": ["workspace/symbol"],
    "codeLensProvider": ["codeLens"], "workspace": ["workspace/didChangeWorkspaceFolders"],
}


class Capabilities(LspCase):
    def test_every_advertised_capability_is_asked_for_by_a_test(self):
        client = self.client()
        advertised = set(client.server["capabilities"])
        self.assertEqual(advertised, set(METHODS))
        texts = ""
        for path in glob.glob(os.path.join(os.path.dirname(__file__), "lsp_*.py")):
            with open(path, encoding="utf-8") as file:
                texts += file.read()
        for capability, names in METHODS.items():
            for name in names:
                # Beside the line above.
                self.assertGreater(len(re.findall(r"""["'/]""" + re.escape(name) + r"""["']""", texts)), 1, f"{capability}: no test asks for {name}")

    def test_settings_are_registered_for(self):
        client = self.client(capabilities={"workspace": {"didChangeConfiguration": {"dynamicRegistration": True}, "didChangeWatchedFiles": {"dynamicRegistration": True}}})
        client.request("workspace/symbol", {"query": ""})
        registered = [one["method"] for message in client.requests if message["method"] == "client/registerCapability" for one in message["params"]["registrations"]]
        self.assertEqual(sorted(registered), ["workspace/didChangeConfiguration", "workspace/didChangeWatchedFiles"])


class RuleFiles(LspCase):
    def lenses(self, client, name):
        return [one["command"]["title"] for one in client.request("textDocument/codeLens", {"textDocument": {"uri": name}})]

    def workspace(self):
        self.write("assay.yaml", "policies: [policies]\n")
        self.write("policies/own.md", RULE)
        self.write("main.tf", BUCKET + BUCKET.replace('"b"', '"c"').replace("public-read", "private"))
        return self.client("--synchronous", capabilities=PULLS)

    def test_lenses_count_while_the_rule_is_typed(self):
        client = self.workspace()
        name = client.open(self.path("policies/own.md"), RULE, "markdown")
        self.assertEqual(self.lenses(client, name), ["2 resources match, 1 fails", "2 examples pass"])
        client.change(name, RULE.replace('== "public-read"\n', '!= "x"\n', 1))
        self.assertEqual(self.lenses(client, name), ["2 resources match, 2 fail", "1 of 2 examples fails"])
        codes = {one["code"] for one in client.pull(name)}
        self.assertEqual(codes, {"rule-example"})
        self.assertEqual(len([one for one in client.pull(uri(self.path("main.tf"))) if one["code"] == "OWN0001"]), 2)
        main = client.open(self.path("main.tf"), BUCKET)
        self.assertEqual(self.lenses(client, name)[0], "1 resource matches, 1 fails")
        self.assertEqual(self.lenses(client, main), [])

    def test_a_rule_that_is_typed_counts_where_no_other_is_wanted(self):
        self.write("assay.yaml", "policies: [policies]\n")
        self.write("policies/own.md", RULE)
        self.write("main.tf", BUCKET)
        client = self.client("--synchronous", capabilities=PULLS, options={"rules": ["OWN0001"]})
        name = client.open(self.path("policies/own.md"), RULE, "markdown")
        self.assertEqual(self.lenses(client, name)[0], "1 resource matches, 1 fails")
        client.change(name, RULE.replace('== "public-read"\n', '== "authenticated-read"\n', 1))
        self.assertEqual(self.lenses(client, name)[0], "1 resource matches, 0 fail")
        self.assertEqual(client.pull(uri(self.path("main.tf"))), [])

    def test_mistakes_stand_at_their_token(self):
        client = self.workspace()
        broken = RULE.replace('resource.acl == "public-read"\n', 'resource.acl == nonsense(1)\n', 1)
        name = client.open(self.path("policies/own.md"), broken, "markdown")
        one, = client.pull(name)
        line, character = place(broken, "nonsense")
        self.assertEqual((one["range"]["start"], one["range"]["end"]), ({"line": line, "character": character}, {"line": line, "character": character + 11}))
        self.assertEqual((one["code"], one["severity"]), ("rule-file", 1))
        client.change(name, RULE.replace("severity: high", "severity: hihg"))
        one, = client.pull(name)
        self.assertEqual(one["range"]["start"]["line"], 3)
        client.change(name, RULE[:RULE.index("```hcl good")])
        one, = client.pull(name)
        self.assertEqual((one["severity"], one["range"]["start"]["line"]), (3, 1))  # the rule runs; an example is missing
        client.change(name, RULE)
        self.assertEqual(client.pull(name), [])

    def test_other_markdown_is_left_alone(self):
        client = self.workspace()
        name = client.open(self.path("notes.md"), "---\ntitle: x\n---\n# Notes\n", "markdown")
        self.assertEqual(client.pull(name), [])
        self.assertEqual(self.lenses(client, name), [])


class Places(LspCase):
    def test_symbols_of_the_workspace(self):
        self.write("main.tf", BUCKET + 'variable "zone" {}\nmodule "net" {\n  source = "./net"\n}\n')
        self.write("net/main.tf", 'output "id" {\n  value = 1\n}\n')
        self.write("web.yaml", DEPLOYMENT)
        self.write("site.yaml", TEMPLATE)
        client = self.client("--synchronous")

        def names(query):
            return [one["name"] for one in client.request("workspace/symbol", {"query": query})]
        everything = names("")
        for wanted in ("aws_s3_bucket.b", "var.zone", "module.net", "module.net.output.id"):
            self.assertIn(wanted, everything)
        self.assertEqual(names("aws_s3_bucket.b")[0], "aws_s3_bucket.b")
        self.assertEqual(names("zone"), ["var.zone"])
        self.assertTrue(any("Deployment" in one for one in names("web")))
        self.assertTrue(any(one.endswith("Site") for one in names("site")))
        self.assertEqual(names("nothing of the kind"), [])
        found = next(one for one in client.request("workspace/symbol", {"query": "var.zone"}))
        self.assertEqual((found["location"]["uri"], found["location"]["range"]["start"]["line"]), (uri(self.path("main.tf")), 4))
        name = client.open(self.path("main.tf"), 'resource "aws_sqs_queue" "typed" {}\n')
        self.assertIn("aws_sqs_queue.typed", names("typed"))
        self.assertEqual(names("zone"), [])
        client.close(name)

    def test_folding(self):
        client = self.client("--synchronous")

        def folds(path, text, language):
            name = client.open(self.path(path), text, language)
            found = client.request("textDocument/foldingRange", {"textDocument": {"uri": name}})
            return [(one["startLine"], one["endLine"], one.get("kind")) for one in found]
        self.assertEqual(folds("main.tf", '# one\n# two\nresource "a" "b" {\n  x = [\n    1,\n  ]\n  y = <<EOT\ntext\nEOT\n}\n', "terraform"),
                         [(0, 1, "comment"), (2, 8, None), (3, 4, None), (6, 7, None)])
        self.assertEqual(folds("a.yaml", "apiVersion: v1\nkind: Pod\nmetadata:\n  name: x\nspec:\n  containers:\n    - name: a\n      image: b\n\n---\na: 1\n", "yaml"),
                         [(0, 7, None), (2, 3, None), (4, 7, None), (5, 7, None), (6, 7, None)])
        self.assertEqual(folds("a.json", '{\n  "a": {\n    "b": [\n      1\n    ]\n  }\n}\n', "json"), [(0, 5, None), (1, 4, None), (2, 3, None)])
        self.assertEqual(folds("empty.tf", "", "terraform"), [])


class Permissions(LspCase):
    def test_hover_on_a_policy_and_on_its_holder(self):
        client = self.client("--synchronous")
        name = client.open(self.path("main.tf"), ROLE)
        for part in ("Version", '"aws_iam_role" "r"'):
            text = client.at("hover", name, *place(ROLE, part, 1))["contents"]["value"]
            self.assertIn("Effective permissions", text)
            line = next(one for one in text.split("\n") if one.startswith("- `s3`"))
            self.assertRegex(line, r"of \d+ actions")
            self.assertRegex(text, r"`lambda`: every action")
            self.assertIn("iam:PassRole with lambda:CreateFunction", text)
        allowed = int(re.search(r"`s3`: (\d+)", text)[1])
        without = ROLE.replace('      { Effect = "Deny", Action = "s3:GetObject", Resource = "*" },\n', "")
        client.change(name, without)
        text = client.at("hover", name, *place(without, "Version", 1))["contents"]["value"]
        self.assertEqual(int(re.search(r"`s3`: (\d+)", text)[1]), allowed + 1)  # what was denied is allowed
        everything = without.replace('["s3:Get*", "iam:PassRole", "lambda:*"]', '"*"')
        client.change(name, everything)
        self.assertIn("every action of every service", client.at("hover", name, *place(everything, "Version", 1))["contents"]["value"])
        client.change(name, BUCKET)
        found = client.at("hover", name, 0, 3)
        self.assertNotIn("permissions", found["contents"]["value"] if found else "")

    def test_types_have_no_value(self):
        client = self.client("--synchronous")
        text = 'variable "n" {\n  type    = list(string)\n  default = ["a"]\n}\nresource "aws_s3_bucket" "b" {\n  provider = aws.x\n  bucket = var.n[0]\n  depends_on = [aws_s3_bucket.c]\n' \
               '  lifecycle {\n    ignore_changes = [acl]\n  }\n}\nresource "aws_s3_bucket" "c" {}\n'
        name = client.open(self.path("main.tf"), text)
        hints = client.request("textDocument/inlayHint", {"textDocument": {"uri": name}, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 99, "character": 0}}})
        self.assertEqual({one["position"]["line"] for one in hints}, {6})
        self.assertIsNone(client.at("hover", name, *place(text, "string)", 1)))


class Settling(LspCase):
    def edits(self, action):
        """By URI: the edits; files that are made have an empty text."""
        out, made = {}, []
        for one in action["edit"]["documentChanges"]:
            if one.get("kind") == "create":
                made.append(one["uri"])
            else:
                out[one["textDocument"]["uri"]] = one["edits"]
        return out, made

    def test_a_template_in_json_is_settled_in_the_configuration(self):
        template = json.dumps({"Resources": {"Site": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}}}, indent=1)
        client = self.client("--synchronous", capabilities=CREATES)
        name = client.open(self.path("site.json"), template, "json")
        one = next(d for d in client.pull(name) if d["code"] == "AWS0101")
        action = next(a for a in client.actions(name, one) if "assay.yaml" in a["title"])
        edits, made = self.edits(action)
        config = uri(self.path("assay.yaml"))
        self.assertEqual(made, [config])
        text = applied("", edits[config])
        settings = client.open(self.path("assay.yaml"), text, "yaml")
        self.assertNotIn("AWS0101", [d["code"] for d in client.pull(name)])
        self.assertEqual(client.pull(settings), [])
        # The next one goes below.
        one = next(d for d in client.pull(name) if "fix" in d.get("data", {}) or "data" in d)
        action = next(a for a in client.actions(name, one) if "assay.yaml" in a["title"])
        edits, made = self.edits(action)
        self.assertEqual(made, [])
        text = applied(text, edits[config])
        client.change(settings, text)
        self.assertNotIn(one["code"], [d["code"] for d in client.pull(name)])
        self.assertEqual(client.pull(settings), [])
        # A client that makes no files is not offered one.
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("site.json"), template, "json")
        one = next(d for d in client.pull(name) if d["code"] == "AWS0101")
        self.assertFalse([a for a in client.actions(name, one) if "assay.yaml" in a["title"]])

    def test_a_finding_is_added_to_the_baseline(self):
        self.write("assay.yaml", "baseline: known.json\n")
        self.write("main.tf", BUCKET)
        self.write("known.json", '{"version": 1, "tool": "assay", "findings": []}\n')
        client = self.client("--synchronous", capabilities=CREATES)
        name = client.open(self.path("main.tf"), BUCKET)
        baseline = client.open(self.path("known.json"), '{"version": 1, "tool": "assay", "findings": []}\n', "json")
        text = client.texts[baseline]
        before = [d["code"] for d in client.pull(name)]
        for _ in range(2):
            one = client.pull(name)[0]
            action = next(a for a in client.actions(name, one) if "baseline" in a["title"])
            edits, made = self.edits(action)
            self.assertEqual(made, [])
            text = applied(text, edits[baseline])
            self.assertTrue(json.loads(text)["findings"])
            client.change(baseline, text)
        self.assertEqual(len(client.pull(name)), len(before) - 2)

    def test_fixing_all_is_tried_before(self):
        client = self.client("--synchronous", capabilities=CREATES)
        text = DEPLOYMENT.replace("spec:\n  selector", "spec:\n  revisionHistoryLimit: 0\n  selector").replace("    spec:\n", "    spec:\n      terminationGracePeriodSeconds: 0\n")
        name = client.open(self.path("web.yaml"), text, "yaml")
        before = client.pull(name)
        found = client.actions(name, None, only=["source.fixAll"])
        self.assertEqual([one["kind"] for one in found], ["source.fixAll.assay"])
        self.assertEqual(client.actions(name, None), [])  # two scans more are only for those who ask
        edits, _ = self.edits(found[0])
        fixed = applied(text, edits[name])
        client.change(name, fixed)
        after = client.pull(name)
        self.assertLess(len(after), len(before))
        codes = {one["code"] for one in before}
        self.assertFalse([one for one in after if one["code"] not in codes])

    def test_what_diagnostics_carry(self):
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("main.tf"), BUCKET)
        one = next(d for d in client.pull(name) if d["code"] == "AWS0101")
        self.assertEqual((one["data"]["severity"], one["data"]["verdict"], one["data"]["name"]), ("high", "fail", "s3-public-acl"))
        self.assertEqual(one["data"]["resource"], {"address": "aws_s3_bucket.b", "type": "aws_s3_bucket", "uri": name, "range": {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 28}}})


if __name__ == "__main__":
    unittest.main()
