"""assay lsp: each capability that it advertises, bad input, and edits against fresh scans."""
import contextlib
import json
import os
import random
import subprocess
import threading
import time
import unittest

from assay_case import AssayCase, binary
from lsp_client import Client, applied, find_meta_model, uri

BUCKET = '''resource "aws_s3_bucket" "b" {
  bucket = "x"
  acl    = "public-read"
}
'''
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      containers:
        - name: web
          image: nginx:latest
          envFrom:
            - configMapRef:
                name: settings
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {a: b}
"""
TEMPLATE = """Parameters:
  Acl: {Type: String, Default: PublicRead}
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties:
      AccessControl: !Ref Acl
  Policy:
    Type: AWS::S3::BucketPolicy
    Properties:
      Bucket: !Ref Site
"""
PULLS = {"textDocument": {"diagnostic": {}}}
VERSIONED = {"textDocument": {"diagnostic": {}}, "workspace": {"workspaceEdit": {"documentChanges": True}}}


def place(text, part, offset=0, which=0):
    """Line and character of the `which`-th time that `part` is in `text`."""
    at = -1
    for _ in range(which + 1):
        at = text.index(part, at + 1)
    at += offset
    return text.count("\n", 0, at), at - (text.rfind("\n", 0, at) + 1)


def span_of(value):
    return (value["start"]["line"], value["start"]["character"], value["end"]["line"], value["end"]["character"])


class LspCase(AssayCase):
    def setUp(self):
        super().setUp()
        self.directory = os.path.realpath(self.directory)
        self.clients = []

    def tearDown(self):
        wrong = [one for client in self.clients for one in client.wrong]
        for client in self.clients:
            if client.process.poll() is None:
                client.process.kill()
                client.end()
        super().tearDown()
        self.assertEqual(wrong, [])

    def client(self, *arguments, **options):
        options.setdefault("root", self.directory)
        out = Client(options.pop("root"), *arguments, **options)
        self.clients.append(out)
        return out

    def path(self, name):
        return os.path.join(self.directory, name)


class Lifecycle(LspCase):
    def test_capabilities_and_exit_codes(self):
        client = self.client()
        self.assertEqual(client.server["serverInfo"]["name"], "assay")
        self.assertEqual(client.server["capabilities"]["positionEncoding"], "utf-16")
        self.assertEqual(client.server["capabilities"]["textDocumentSync"]["change"], 2)
        self.assertEqual(client.stop(), 0)
        client = self.client()
        client.notify("exit")
        self.assertEqual(client.end(), 1)
        client = self.client()
        self.assertEqual(client.end(), 1)  # the client went away

    def test_saving_tells_of_other_files_where_nobody_watches(self):
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("main.tf"), BUCKET)
        self.assertEqual(list(client.pull_all()), [name])
        other = self.write("other.tf", BUCKET.replace('"b"', '"c"'))
        client.notify("textDocument/didSave", {"textDocument": {"uri": name}})
        self.assertEqual(set(client.pull_all()), {name, uri(other)})

    def test_messages_of_any_shape(self):
        self.write("main.tf", BUCKET)
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("main.tf"), BUCKET)
        randomly = random.Random(3)
        strange = [None, True, -1, 0, 1.5, 1e300, 2**63, 2**64, "", "x", "file:///", "file:", [], [[]], {}, {"uri": name}, [name], {"line": 0, "character": 0},
                   {"start": {"line": 0, "character": 0}, "end": {"line": 2**32, "character": 5}}, {"start": 1, "end": {}}]
        document, position = {"uri": name}, {"line": 2, "character": 14}
        where = {"start": position, "end": position}
        calls = [("textDocument/" + method, {"textDocument": document, "position": position, "range": where, "context": {"diagnostics": [], "only": ["quickfix"]}})
                 for method in ("hover", "definition", "references", "codeAction", "completion", "documentSymbol", "documentLink", "inlayHint", "diagnostic")]
        calls.append(("workspace/diagnostic", {"previousResultIds": [{"uri": name, "value": "x"}]}))
        notes = [("textDocument/didChange", {"textDocument": {"uri": name, "version": 3}, "contentChanges": [{"range": where, "text": "#"}]}),
                 ("workspace/didChangeWorkspaceFolders", {"event": {"added": [{"uri": uri(self.path("x")), "name": "x"}], "removed": [{"uri": "file:///y"}]}}),
                 ("workspace/didChangeConfiguration", {"settings": {"assay": {"rules": ["AWS*"], "severity": "low", "inlayHints": False}}}),
                 ("workspace/didChangeWatchedFiles", {"changes": [{"uri": name, "type": 1}]}), ("$/cancelRequest", {"id": 4}), ("textDocument/didSave", {}),
                 ("textDocument/didOpen", {"textDocument": {"uri": "untitled:A", "languageId": "yaml", "version": 1, "text": "a: b"}}),
                 ("textDocument/didClose", {"textDocument": {"uri": "untitled:A"}})]

        def mutated(value):
            if randomly.random() < 0.15:
                return randomly.choice(strange)
            if isinstance(value, dict):
                return {key: mutated(one) for key, one in value.items() if randomly.random() > 0.05}
            return [mutated(one) for one in value] if isinstance(value, list) else value

        for _ in range(400):
            method, params = randomly.choice(calls + notes)
            if method in [note for note, _ in notes]:
                client.notify(method, mutated(params))
            else:
                self.assertIn(client.answer(client.ask(method, mutated(params))).get("error", {"code": 0})["code"], (0, -32602, -32801))
        client.notify("workspace/didChangeConfiguration", {"settings": {}})
        client.open(self.path("main.tf"), BUCKET, version=9)
        self.assertIn("AWS0101", [one["code"] for one in client.pull(name)])
        self.assertEqual(client.stop(), 0)

    def test_order_of_requests(self):
        client = self.client(start=False)
        self.assertEqual(client.error("textDocument/hover", {})["code"], -32002)
        client.notify("textDocument/didOpen", {})
        client.request("initialize", {"processId": None, "rootUri": None, "capabilities": {}})
        self.assertEqual(client.error("initialize", {"capabilities": {}})["code"], -32600)
        self.assertEqual(client.error("textDocument/unheardOf", {})["code"], -32601)
        self.assertEqual(client.error("textDocument/hover", {})["code"], -32602)
        self.assertEqual(client.error("textDocument/hover", None)["code"], -32602)
        client.notify("$/unheardOf", {})
        client.request("shutdown")
        self.assertEqual(client.error("textDocument/hover", {})["code"], -32600)
        client.notify("exit")
        self.assertEqual(client.end(), 0)

    def test_malformed_messages_cost_one_message(self):
        self.write("main.tf", BUCKET)
        client = self.client(capabilities=PULLS)
        codes = []
        for data in (b"Content-Length: nine\r\n\r\n", b"Content-Length: -5\r\n\r\n", b"Content-Type: x\r\n\r\n",
                     b"Content-Length: 5\r\n\r\n{\"a\":", b"Content-Length: 2\r\n\r\n[]", b"Content-Length: 2\r\n\r\n{}",
                     b"Content-Length: 4\r\n\r\n\xff\xfe\xff\xfe", b"Content-Length: 9\r\n\r\n{\"id\":{}}",
                     b"Content-Length: 99999999999999999999\r\n\r\n", b"nonsense" * 2000 + b"\r\n\r\n"):
            client.raw(data)
            codes.append(client.wait(lambda message: "error" in message)["error"]["code"])
        self.assertTrue(set(codes) <= {-32700, -32600}, codes)
        # More than a server takes is passed over.
        client.raw(b"Content-Length: 80000000\r\n\r\n")
        client.raw(b"x" * 80000000)
        client.wait(lambda message: "error" in message)
        self.assertTrue(client.pull(uri(self.path("main.tf"))))
        self.assertEqual(client.stop(), 0)

    def test_bytes_come_in_any_pieces(self):
        client = self.client(capabilities=PULLS)
        body = json.dumps({"jsonrpc": "2.0", "id": 77, "method": "workspace/diagnostic", "params": {"previousResultIds": []}}).encode()
        for byte in b"content-length:%d\r\nContent-Type: application/vscode-jsonrpc; charset=utf-8\r\n\r\n%s" % (len(body), body):
            client.raw(bytes([byte]))
        self.assertEqual(client.answer(77)["result"], {"items": []})

    def test_cancelled_request_is_answered(self):
        self.write("main.tf", BUCKET)
        client = self.client(capabilities=PULLS)
        name = client.open(self.path("main.tf"), BUCKET)
        for _ in range(5):
            client.change(name, BUCKET + "# more\n")
            number = client.ask("textDocument/diagnostic", {"textDocument": {"uri": name}})
            client.notify("$/cancelRequest", {"id": number})
            answer = client.answer(number)
            self.assertTrue("result" in answer or answer["error"]["code"] == -32800, answer)
        client.notify("$/cancelRequest", {"id": "never asked"})
        self.assertTrue(client.pull(name))

    def test_a_client_that_does_not_read(self):
        self.write("main.tf", "".join(BUCKET.replace('"b"', f'"b{i}"') for i in range(150)))
        client = subprocess.Popen([binary(), "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(client.stdout.close)
        requests = 150

        def send(message):
            body = json.dumps(dict(message, jsonrpc="2.0")).encode()
            client.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
            client.stdin.flush()

        def ask():
            try:
                for i in range(requests):
                    send({"id": 1 + i, "method": "workspace/diagnostic", "params": {"previousResultIds": []}})
            except BrokenPipeError:
                pass

        send({"id": 0, "method": "initialize", "params": {"processId": None, "rootUri": uri(self.directory), "capabilities": PULLS}})
        send({"method": "initialized", "params": {}})
        asking = threading.Thread(target=ask)
        asking.start()
        time.sleep(2)
        self.assertIsNone(client.poll())
        with open(f"/proc/{client.pid}/status", encoding="utf-8") as status:
            resident = int(next(line for line in status if line.startswith("VmRSS")).split()[1])
        self.assertLess(resident, 300_000)
        answered, size = 0, 0
        while answered < requests:
            length = 0
            while line := client.stdout.readline().strip():
                name, _, value = line.partition(b":")
                length = int(value) if name == b"Content-Length" else length
            message = json.loads(client.stdout.read(length))
            size += length
            answered += message.get("id", 0) > 0
        asking.join()
        self.assertGreater(size, 20_000_000)
        # It goes away in the middle of an answer.
        asking = threading.Thread(target=ask)
        asking.start()
        client.stdout.read(1000)
        client.stdout.close()
        self.assertEqual(client.wait(timeout=30), 1)
        asking.join()
        with contextlib.suppress(BrokenPipeError):
            client.stdin.close()


class Messages(LspCase):
    def test_every_message_is_checked(self):
        """Each test ends with the check that all messages it got fit the meta model."""
        if find_meta_model() is None:
            self.skipTest("the meta model of the protocol is not there: ASSAY_LSP_METAMODEL names it")
        self.client()
        check = Client.META.message
        self.assertIsNone(check({"jsonrpc": "2.0", "id": 1, "result": None}, {1: "textDocument/hover"}))
        self.assertIn("contents", check({"jsonrpc": "2.0", "id": 1, "result": {}}, {1: "textDocument/hover"}))
        bad = {"uri": "file:///x", "diagnostics": [{"range": {"start": {"line": -1, "character": 0}, "end": {"line": 0, "character": 0}}, "message": ""}]}
        self.assertIsNotNone(check({"jsonrpc": "2.0", "method": "textDocument/publishDiagnostics", "params": bad}, {}))


class Diagnostics(LspCase):
    def test_pushed_with_versions_and_exact_places(self):
        client = self.client("--synchronous")
        name = client.open(self.path("main.tf"), BUCKET)
        message = client.wait(lambda one: one.get("method") == "textDocument/publishDiagnostics")["params"]
        self.assertEqual((message["uri"], message["version"]), (name, 1))
        acl = next(one for one in message["diagnostics"] if one["code"] == "AWS0101")
        self.assertEqual(span_of(acl["range"]), (2, 11, 2, 24))
        self.assertEqual((acl["source"], acl["severity"]), ("assay", 1))
        self.assertTrue(acl["codeDescription"]["href"].startswith("https://"))
        self.assertIn("aws_s3_bucket.b", acl["message"])
        client.change(name, (2, 12, 2, 23, "private"))
        message = client.wait(lambda one: one.get("method") == "textDocument/publishDiagnostics")["params"]
        self.assertEqual(message["version"], 2)
        self.assertNotIn("AWS0101", [one["code"] for one in message["diagnostics"]])
        client.close(name)  # on disk it is not
        message = client.wait(lambda one: one.get("method") == "textDocument/publishDiagnostics")["params"]
        self.assertEqual(message["diagnostics"], [])

    def test_a_change_in_one_file_updates_another(self):
        self.write("variables.tf", 'variable "acl" {\n  default = "private"\n}\n')
        self.write("main.tf", BUCKET.replace('"public-read"', "var.acl"))
        client = self.client("--synchronous", capabilities=dict(PULLS, workspace={"diagnostics": {"refreshSupport": True}}))
        main, variables = uri(self.path("main.tf")), self.path("variables.tf")
        self.assertNotIn("AWS0101", [one["code"] for one in client.pull(main)])
        name = client.open(variables, 'variable "acl" {\n  default = "private"\n}\n')
        client.change(name, (1, 13, 1, 20, "public-read"))
        everywhere = client.pull_all()
        found = [(where, one) for where, items in everywhere.items() for one in items if one["code"] == "AWS0101"]
        self.assertEqual(len(found), 1)
        where, one = found[0]
        self.assertEqual(where, name)  # the literal to change
        self.assertEqual(span_of(one["range"]), (1, 12, 1, 25))
        related = [(row["location"]["uri"], row["location"]["range"]["start"]["line"]) for row in one["relatedInformation"]]
        self.assertIn((main, 2), related)
        # What is pulled anew is what was not edited: the finding in the variables goes with its use.
        user = client.open(self.path("main.tf"), BUCKET.replace('"public-read"', "var.acl"))
        client.change(user, BUCKET.replace('"public-read"', "null"))
        client.wait(lambda message: message.get("method") == "workspace/diagnostic/refresh")
        self.assertEqual(client.pull(name), [])

    def test_result_ids(self):
        self.write("main.tf", BUCKET)
        self.write("other.tf", BUCKET.replace('"b"', '"c"'))
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("main.tf"), BUCKET)
        first = client.request("workspace/diagnostic", {"previousResultIds": []})["items"]
        self.assertEqual({one["kind"] for one in first}, {"full"})
        previous = [{"uri": one["uri"], "value": one["resultId"]} for one in first]
        again = client.request("workspace/diagnostic", {"previousResultIds": previous})["items"]
        self.assertEqual({one["kind"] for one in again}, {"unchanged"})
        client.change(name, "# nothing\n")
        then = {one["uri"]: one for one in client.request("workspace/diagnostic", {"previousResultIds": previous})["items"]}
        self.assertEqual((then[name]["kind"], then[name]["items"], then[name]["version"]), ("full", [], 2))
        self.assertEqual(then[uri(self.path("other.tf"))]["kind"], "unchanged")
        one = client.request("textDocument/diagnostic", {"textDocument": {"uri": name}, "previousResultId": then[name]["resultId"]})
        self.assertEqual(one["kind"], "unchanged")

    def test_workspace_pull_waits_for_news(self):
        self.write("main.tf", BUCKET)
        client = self.client(capabilities=PULLS)
        name = client.open(self.path("main.tf"), BUCKET)
        first = client.request("workspace/diagnostic", {"previousResultIds": []})["items"]
        params = {"previousResultIds": [{"uri": one["uri"], "value": one["resultId"]} for one in first], "partialResultToken": "p"}
        held, other = client.ask("workspace/diagnostic", params), client.ask("workspace/diagnostic", params)
        client.notify("$/cancelRequest", {"id": other})
        self.assertEqual(client.answer(other)["error"]["code"], -32800)
        client.change(name, "")
        self.assertEqual([one["items"] for one in client.answer(held)["result"]["items"]], [[]])
        held = client.ask("workspace/diagnostic", {"previousResultIds": [{"uri": name, "value": client.request(
            "textDocument/diagnostic", {"textDocument": {"uri": name}})["resultId"]}], "partialResultToken": 7})
        client.ask("shutdown")
        self.assertEqual(client.answer(held)["error"]["code"], -32800)

    def test_a_workspace_behind_a_link(self):
        self.write("real/main.tf", BUCKET)
        os.symlink(self.path("real"), self.path("link"))
        client = self.client("--synchronous", capabilities=PULLS, root=self.path("link"))
        self.assertEqual(list(client.pull_all()), [uri(self.path("link/main.tf"))])
        name = client.open(self.path("link/main.tf"), BUCKET.replace("public-read", "private"))
        self.assertNotIn("AWS0101", [one["code"] for one in client.pull(name)])

    def test_position_encodings(self):
        text = '# \U0001f600\nresource "aws_s3_bucket" "b" {\n  /* é\U0001f600ключ */ acl = "public-read"\n}\n'
        before = text.split("\n")[2].partition('"public-read"')[0]
        for offered, encoding, units in ((["utf-8", "utf-16"], "utf-8", len(before.encode())), (["utf-16"], "utf-16", len(before.encode("utf-16-le")) // 2)):
            client = self.client("--synchronous", capabilities=dict(PULLS, general={"positionEncodings": offered}))
            self.assertEqual(client.server["capabilities"]["positionEncoding"], encoding)
            name = client.open(self.path("main.tf"), text)
            acl = next(one for one in client.pull(name) if one["code"] == "AWS0101")
            self.assertEqual(span_of(acl["range"]), (2, units, 2, units + 13))
            client.change(name, (2, units + 1, 2, units + 12, "private"))
            self.assertNotIn("AWS0101", [one["code"] for one in client.pull(name)])
            self.assertEqual(client.stop(), 0)

    def test_half_typed_files(self):
        client = self.client("--synchronous", capabilities=PULLS)
        self.write("other.tf", BUCKET.replace('"b"', '"c"'))
        name = client.open(self.path("main.tf"), BUCKET + 'resource "aws_s3_bucket" "d" {\n  bucket = \n')
        items = client.pull(name)
        self.assertIn((2, 11, 2, 24), [span_of(one["range"]) for one in items if one["code"] == "AWS0101"])
        syntax = [one for one in items if one["code"].startswith("hcl")]
        self.assertTrue(syntax)
        self.assertTrue(all(one["severity"] == 1 and one["range"]["start"]["line"] >= 4 for one in syntax), syntax)
        self.assertIn(uri(self.path("other.tf")), client.pull_all())
        text = DEPLOYMENT + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: [\n"
        name = client.open(self.path("web.yaml"), text, "yaml")
        codes = {one["code"] for one in client.pull(name)}
        self.assertTrue(any(code.startswith("yaml") for code in codes), codes)
        self.assertTrue(any(code.startswith("KUB") for code in codes), codes)

    def test_untitled_and_unsaved_documents(self):
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open("untitled:Untitled-1", BUCKET)
        self.assertIn("AWS0101", [one["code"] for one in client.pull(name)])
        other = client.open("untitled:Untitled-2", DEPLOYMENT, "yaml")
        self.assertTrue(client.pull(other))
        client.close(name)
        self.assertNotIn(name, client.pull_all())
        # Without a folder, a file alone.
        alone = self.client("--synchronous", capabilities=PULLS, root=None)
        name = alone.open(self.path("deep/main.tf"), BUCKET)
        self.assertIn("AWS0101", [one["code"] for one in alone.pull(name)])
        alone.open("git:/x/main.tf", BUCKET)
        self.assertEqual(list(alone.pull_all()), [name])

    def test_configuration_file_as_it_is_typed(self):
        self.write("main.tf", BUCKET)
        self.write("assay.yaml", "skip-rules: [AWS0101]\n")
        client = self.client("--synchronous", capabilities=PULLS)
        main = uri(self.path("main.tf"))
        self.assertNotIn("AWS0101", [one["code"] for one in client.pull(main)])
        name = client.open(self.path("assay.yaml"), "skip-rules: [AWS0104]\n", "yaml")
        codes = [one["code"] for one in client.pull(main)]
        self.assertIn("AWS0101", codes)
        self.assertNotIn("AWS0104", codes)
        client.change(name, "skip-rulez: [AWS0104]\n")
        wrong = client.pull(name)
        self.assertEqual([one["code"] for one in wrong], ["configuration"])
        self.assertEqual(wrong[0]["range"]["start"]["line"], 0)
        self.assertIn("AWS0101", [one["code"] for one in client.pull(main)])  # the last that was whole holds

    def test_suppressed_is_not_shown_and_unused_is_faded(self):
        client = self.client("--synchronous", capabilities=PULLS)
        text = BUCKET.replace("  acl", "  # assay:ignore AWS0101 the web site\n  acl")
        name = client.open(self.path("main.tf"), text)
        self.assertNotIn("AWS0101", [one["code"] for one in client.pull(name)])
        client.change(name, text.replace("public-read", "private"))
        faded = [one for one in client.pull(name) if one.get("tags") == [1]]
        self.assertEqual([one["range"]["start"]["line"] for one in faded], [2])

    def test_policies_apply_live(self):
        self.write("main.tf", BUCKET)
        policy = """---
id: ORG0001
name: no-x
severity: high
precision: high
resources: [aws/s3/bucket]
at: bucket
formats: [terraform]
---
# A bucket is called x

## What it does
It looks at names.

## Why it matters
Names matter.

## How to fix
Call it y.

```cel
resource.bucket == "x"
```

```hcl bad
resource "aws_s3_bucket" "b" { bucket = "x" }  # error: x
```

```hcl good
resource "aws_s3_bucket" "b" { bucket = "y" }
```
"""
        self.write("policies/no-x.md", policy)
        self.write("assay.yaml", "policies: [policies]\n")
        client = self.client("--synchronous", capabilities=PULLS)
        main = uri(self.path("main.tf"))
        self.assertIn("ORG0001", [one["code"] for one in client.pull(main)])
        name = client.open(self.path("policies/no-x.md"), policy, "markdown")
        client.change(name, policy.replace('resource.bucket == "x"', 'resource.bucket == "z"'))
        self.assertNotIn("ORG0001", [one["code"] for one in client.pull(main)])
        client.change(name, policy.replace('resource.bucket == "x"', 'resource.bucket == '))
        self.assertTrue(client.pull(name))
        self.assertIn("AWS0101", [one["code"] for one in client.pull(main)])


class Workspace(LspCase):
    def test_folders_come_and_go(self):
        one, two = self.write("one/main.tf", BUCKET), self.write("two/main.tf", BUCKET)
        client = self.client("--synchronous", capabilities=PULLS, folders=[self.path("one")])
        self.assertEqual(set(client.pull_all()), {uri(one)})
        folder = {"uri": uri(self.path("two")), "name": "two"}
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [folder], "removed": []}})
        self.assertEqual(set(client.pull_all()), {uri(one), uri(two)})
        client.notify("workspace/didChangeWorkspaceFolders", {"event": {"added": [], "removed": [folder]}})
        self.assertEqual(set(client.pull_all()), {uri(one)})

    def test_files_are_watched(self):
        capabilities = dict(PULLS, workspace={"didChangeWatchedFiles": {"dynamicRegistration": True}})
        client = self.client("--synchronous", capabilities=capabilities)
        asked = client.wait(lambda message: message.get("method") == "client/registerCapability")
        self.assertEqual(asked["params"]["registrations"][0]["method"], "workspace/didChangeWatchedFiles")
        self.assertEqual(client.pull_all(), {})
        path = self.write("main.tf", BUCKET)
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri(path), "type": 1}]})
        self.assertEqual(set(client.pull_all()), {uri(path)})
        os.remove(path)
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri(path), "type": 3}]})
        self.assertEqual(client.pull_all(), {})

    def test_settings_of_the_client(self):
        self.write("main.tf", BUCKET)
        name = uri(self.path("main.tf"))
        client = self.client("--synchronous", capabilities=PULLS, options={"assay": {"skipRules": ["AWS0101"]}})
        self.assertNotIn("AWS0101", [one["code"] for one in client.pull(name)])
        client.notify("workspace/didChangeConfiguration", {"settings": {"assay": {"rules": ["AWS0101"]}}})
        self.assertEqual([one["code"] for one in client.pull(name)], ["AWS0101"])
        client.notify("workspace/didChangeConfiguration", {"settings": {"assay": {"severity": "critical"}}})
        self.assertEqual(client.pull(name), [])
        asks = self.client("--synchronous", capabilities=dict(PULLS, workspace={"configuration": True}))
        asks.configuration = {"rules": ["AWS0104"]}
        asks.wait(lambda message: message.get("method") == "workspace/configuration")
        self.assertEqual([one["code"] for one in asks.pull(name)], ["AWS0104"])

    def test_progress(self):
        self.write("main.tf", BUCKET)
        client = self.client(capabilities={"window": {"workDoneProgress": True}})
        client.wait(lambda message: message.get("method") == "textDocument/publishDiagnostics")
        client.request("workspace/diagnostic", {"previousResultIds": []})
        self.assertTrue(any("analysed" in one for one in client.log), client.log)

    def test_strange_documents(self):
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("main.tf"), "")
        client.change(name, (5, 5, 9, 9, BUCKET))                # behind the end
        client.change(name, (2, 500, 2, 400, " "))               # the wrong way round, behind the line
        client.change(name, (4294967295, 4294967295, 4294967295, 4294967295, "\r\n"))
        self.assertIn("AWS0101", [one["code"] for one in client.pull(name)])
        client.notify("textDocument/didChange", {"textDocument": {"uri": name, "version": 9}, "contentChanges": [{"range": {}, "text": "x"}]})
        client.notify("textDocument/didChange", {"textDocument": {"uri": uri(self.path("never.tf")), "version": 9}, "contentChanges": [{"text": "x"}]})
        client.notify("textDocument/didOpen", {"textDocument": {}})
        client.notify("textDocument/didOpen", [])
        client.change(name, BUCKET + '# \ud83d half of a character\n')
        self.assertIn("AWS0101", [one["code"] for one in client.pull(name)])
        client.raw(b"Content-Length: 1000000\r\n\r\n" + b"[" * 1000000)
        client.wait(lambda message: "error" in message)
        for text in ("\x00\x01\x02", "{" * 5000, "a: &a [*a]\n" * 50, "x" * 5_000_000, "\ufeff" + BUCKET, BUCKET.replace("\n", "\r")):
            client.change(name, text)
            client.pull(name)
        client.change(name, BUCKET)
        self.assertIn("AWS0101", [one["code"] for one in client.pull(name)])
        self.assertEqual(client.stop(), 0)


class Features(LspCase):
    def test_quick_fix_and_suppression(self):
        for capabilities in (PULLS, VERSIONED):
            client = self.client("--synchronous", capabilities=capabilities)
            name = client.open(self.path("main.tf"), BUCKET)
            acl = next(one for one in client.pull(name) if one["code"] == "AWS0101")
            actions = client.actions(name, acl)
            edits = {}
            for action in actions:
                self.assertEqual(action["kind"], "quickfix")
                edit = action["edit"]
                changes = edit["changes"][name] if capabilities is PULLS else edit["documentChanges"][0]["edits"]
                if capabilities is VERSIONED:
                    self.assertEqual(edit["documentChanges"][0]["textDocument"], {"uri": name, "version": 1})
                edits[action["title"]] = changes
            fix = next(title for title in edits if title.startswith("AWS0101:"))
            self.assertEqual(applied(BUCKET, edits[fix]), BUCKET.replace("public-read", "private"))
            suppressed = applied(BUCKET, edits["Suppress AWS0101 with a reason"])
            self.assertIn('  # assay:ignore AWS0101 ', suppressed)
            client.change(name, suppressed)
            self.assertNotIn("AWS0101", [one["code"] for one in client.pull(name)])
            self.assertEqual(client.stop(), 0)

    def test_suppression_fits_the_language(self):
        client = self.client("--synchronous", capabilities=PULLS)
        for path, text in (("web.yaml", DEPLOYMENT), ("site.yaml", TEMPLATE), ("crlf.yaml", DEPLOYMENT.replace("\n", "\r\n"))):
            name = client.open(self.path(path), text, "yaml")
            for diagnostic in [one for one in client.pull(name) if "data" in one][:6]:
                code = diagnostic["code"]
                action = next(one for one in client.actions(name, diagnostic) if one["title"] == f"Suppress {code} with a reason")
                before = sum(one["code"] == code for one in client.pull(name))
                client.change(name, applied(text, action["edit"]["changes"][name]))
                self.assertLess(sum(one["code"] == code for one in client.pull(name)), before, (path, code))
                self.assertFalse([one for one in client.pull(name) if one["code"].startswith("yaml")])
                client.change(name, text)
            client.close(name)
        template = json.dumps({"Resources": {"B": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}}}, indent=1)
        name = client.open(self.path("t.json"), template, "json")
        diagnostic = client.pull(name)[0]
        self.assertFalse([one for one in client.actions(name, diagnostic) if one["title"].startswith("Suppress")])  # JSON has no comments

    def test_fix_all(self):
        client = self.client("--synchronous", capabilities=PULLS)
        self.assertIn("source.fixAll.assay", client.server["capabilities"]["codeActionProvider"]["codeActionKinds"])
        text = DEPLOYMENT.replace("spec:\n  selector", "spec:\n  revisionHistoryLimit: 0 # é\n  selector").replace(
            "    spec:\n", "    spec:\n      terminationGracePeriodSeconds: 0\n")
        name = client.open(self.path("web.yaml"), text, "yaml")
        before = client.pull(name)
        for only in (["source"], ["source.fixAll"], ["source.fixAll.assay"]):
            action, = client.actions(name, None, only=only)
            self.assertEqual(action["kind"], "source.fixAll.assay")
        client.change(name, applied(text, action["edit"]["changes"][name]))
        after = client.pull(name)
        gone = {one["code"] for one in before} - {one["code"] for one in after}
        self.assertTrue({"KUB0194", "KUB0195"} <= gone, gone)
        self.assertLess(len(after), len(before))
        self.assertFalse([one for one in after if one["code"].startswith("yaml")])
        self.assertEqual(client.actions(name, None, only=["refactor"]), [])

    def test_hover(self):
        text = 'variable "acl" {\n  default = "public-read"\n}\nlocals {\n  acl = var.acl\n}\n' + BUCKET.replace('"public-read"', "local.acl")
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("main.tf"), text)
        hover = client.at("hover", name, *place(text, "local.acl", 2))
        value = hover["contents"]["value"]
        self.assertIn('"public-read"', value)
        self.assertIn("certain", value)
        self.assertIn("aws_s3_bucket.b", value)
        self.assertIn("var.acl", value)
        self.assertEqual(span_of(hover["range"])[:2], place(text, "local.acl"))
        rule = client.at("hover", name, *place(text, '"public-read"', 3))["contents"]["value"]
        self.assertIn("AWS0101", rule)
        self.assertIn("How to fix", rule)
        self.assertIn('"public-read"', client.at("hover", name, *place(text, "var.acl", 1))["contents"]["value"])
        self.assertIn('"x"', client.at("hover", name, *place(text, "bucket = ", 1))["contents"]["value"])
        client.change(name, text.replace('default = "public-read"', "type = string"))
        unknown = client.at("hover", name, *place(text.replace('default = "public-read"', "type = string"), "local.acl", 2))["contents"]["value"]
        self.assertIn("not known", unknown)
        self.assertIn("var.acl", unknown)
        self.assertIsNone(client.at("hover", name, 2, 1))

    def test_hover_hides_secrets(self):
        text = 'variable "p" {\n  sensitive = true\n  default = "hunter2hunter2"\n}\nresource "aws_db_instance" "d" {\n  password = var.p\n}\n'
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("main.tf"), text)
        self.assertNotIn("hunter2", json.dumps(client.at("hover", name, *place(text, "var.p", 1))))
        self.assertNotIn("hunter2", json.dumps(client.pull(name)))
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
        self.assertNotIn("hunter2", json.dumps(client.request("textDocument/inlayHint", {"textDocument": {"uri": name}, "range": whole})))

    def test_inlay_hints(self):
        text = 'locals {\n  acl = "private"\n}\n' + BUCKET.replace('"public-read"', "local.acl")
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("main.tf"), text)
        whole = {"start": {"line": 0, "character": 0}, "end": {"line": 9, "character": 0}}
        hints = client.request("textDocument/inlayHint", {"textDocument": {"uri": name}, "range": whole})
        line, character = place(text, "local.acl", 9)
        self.assertEqual([(one["label"], one["position"]) for one in hints], [('= "private"', {"line": line, "character": character})])
        part = {"start": {"line": 0, "character": 0}, "end": {"line": 2, "character": 0}}
        self.assertEqual(client.request("textDocument/inlayHint", {"textDocument": {"uri": name}, "range": part}), [])

    def places(self, client, method, name, text, part, offset=1, which=0, **more):
        found = client.at(method, name, *place(text, part, offset, which), **more)
        return sorted((os.path.relpath(one["uri"][7:], self.directory), *span_of(one["range"])[:2]) for one in found)

    def test_definition_and_references_in_terraform(self):
        self.write("mod/main.tf", 'variable "acl" {}\noutput "id" {\n  value = aws_s3_bucket.b.id\n}\n' + BUCKET.replace('"public-read"', "var.acl"))
        main = ('variable "env" {}\nlocals {\n  acl = var.env\n}\nmodule "m" {\n  source = "./mod"\n  acl    = local.acl\n}\n'
                'resource "aws_s3_bucket_versioning" "v" {\n  bucket = module.m.id\n}\noutput "o" {\n  value = aws_s3_bucket_versioning.v.id\n}\n')
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("main.tf"), main)
        self.write("terraform.tfvars", 'env = "x"\n')
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri(self.path("terraform.tfvars")), "type": 1}]})
        self.assertEqual(self.places(client, "definition", name, main, "var.env", 5), [("main.tf", 0, 9)])
        self.assertEqual(self.places(client, "definition", name, main, "local.acl", 7), [("main.tf", 2, 2)])
        self.assertEqual(self.places(client, "definition", name, main, "acl    ="), [("mod/main.tf", 0, 9)])
        self.assertEqual(self.places(client, "definition", name, main, "module.m.id", 9), [("mod/main.tf", 1, 7)])
        self.assertEqual(self.places(client, "definition", name, main, "module.m.id", 2), [("main.tf", 4, 7)])
        self.assertEqual(self.places(client, "definition", name, main, "aws_s3_bucket_versioning.v"), [("main.tf", 8, 36)])
        context = {"context": {"includeDeclaration": False}}
        self.assertEqual(self.places(client, "references", name, main, '"env"', **context), [("main.tf", 2, 8), ("terraform.tfvars", 0, 0)])
        context = {"context": {"includeDeclaration": True}}
        self.assertEqual(self.places(client, "references", name, main, "acl    =", **context),
                         [("main.tf", 6, 2), ("mod/main.tf", 0, 9), ("mod/main.tf", 6, 11)])
        module = uri(self.path("mod/main.tf"))
        with open(self.path("mod/main.tf"), encoding="utf-8") as file:
            inside = file.read()
        self.assertEqual(self.places(client, "references", module, inside, '"id"', **context), [("main.tf", 9, 20), ("mod/main.tf", 1, 7)])
        self.assertEqual(client.at("definition", name, 3, 0), [])
        links = client.request("textDocument/documentLink", {"textDocument": {"uri": name}})
        self.assertEqual([(span_of(one["range"]), one["target"]) for one in links], [((5, 12, 5, 17), uri(self.path("mod/main.tf")))])

    def test_definition_in_templates_and_manifests(self):
        client = self.client("--synchronous", capabilities=PULLS)
        name = client.open(self.path("site.yaml"), TEMPLATE, "yaml")
        self.assertEqual(self.places(client, "definition", name, TEMPLATE, "!Ref Acl", 6), [("site.yaml", 1, 2)])
        self.assertEqual(self.places(client, "definition", name, TEMPLATE, "!Ref Site", 6), [("site.yaml", 3, 2)])
        self.assertEqual(self.places(client, "references", name, TEMPLATE, "Site:", context={"includeDeclaration": False}), [("site.yaml", 10, 19)])
        more = TEMPLATE + "Outputs:\n  A: {Value: !Sub 'x-${Site.Arn}'}\n  B: {Value: !GetAtt Site.Arn}\n"
        client.change(name, more)
        self.assertEqual(self.places(client, "definition", name, more, "${Site", 3), [("site.yaml", 3, 2)])
        self.assertEqual(self.places(client, "definition", name, more, "!GetAtt Site", 9), [("site.yaml", 3, 2)])
        name = client.open(self.path("web.yaml"), DEPLOYMENT, "yaml")
        line, character = place(DEPLOYMENT, "settings", which=1)
        self.assertEqual(self.places(client, "definition", name, DEPLOYMENT, "name: settings", 8), [("web.yaml", line, character)])
        self.assertEqual(self.places(client, "references", name, DEPLOYMENT, "{name: settings", 8, context={"includeDeclaration": False}),
                         [("web.yaml", *place(DEPLOYMENT, "settings"))])

    def test_symbols(self):
        client = self.client("--synchronous", capabilities=PULLS)
        for path, text, language, wanted in (
                ("main.tf", BUCKET, "terraform", [("aws_s3_bucket.b", ["bucket", "acl"])]),
                ("web.yaml", DEPLOYMENT, "yaml", [("Deployment web", ["apiVersion", "kind", "metadata", "spec"]),
                                                  ("ConfigMap settings", ["apiVersion", "kind", "metadata", "data"])]),
                ("site.yaml", TEMPLATE, "yaml", [("Parameters", ["Acl"]), ("Resources", ["Site", "Policy"])])):
            name = client.open(self.path(path), text, language)
            symbols = client.request("textDocument/documentSymbol", {"textDocument": {"uri": name}})
            self.assertEqual([(one["name"], [child["name"] for child in one.get("children", [])]) for one in symbols], wanted)
            for one in symbols:
                outer, inner = span_of(one["range"]), span_of(one["selectionRange"])
                self.assertTrue(outer[:2] <= inner[:2] and inner[2:] <= outer[2:])

    def test_completion(self):
        client = self.client("--synchronous", capabilities=PULLS)
        text = BUCKET + "# assay:ignore AWS01\n"
        name = client.open(self.path("main.tf"), text)
        items = client.at("completion", name, 4, 20)
        one = next(item for item in items if item["label"] == "AWS0101")
        self.assertEqual(span_of(one["textEdit"]["range"]), (4, 15, 4, 20))
        self.assertEqual(client.at("completion", name, 1, 4), [])
        config = "severity: low\nsupp\nsuppressions:\n  - rule: \n    re\n"
        name = client.open(self.path("assay.yaml"), config, "yaml")
        self.assertIn("suppressions", [item["label"] for item in client.at("completion", name, 1, 4)])
        self.assertIn("reason", [item["label"] for item in client.at("completion", name, 4, 6)])
        self.assertIn("AWS0101", [item["label"] for item in client.at("completion", name, 3, 10)])
        config = "severity: \nmaybe: t\nformats:\n  - \nformats: [terraform, k]\nseverities:\n  AWS0101: h\n"
        client.change(name, config)
        for line, character, wanted in ((0, 10, "critical"), (1, 8, "true"), (3, 4, "kubernetes"), (4, 21, "kubernetes"), (6, 12, "high")):
            self.assertIn(wanted, [item["label"] for item in client.at("completion", name, line, character)], line)


class Editing(LspCase):
    """Random edits: what the server says equals what a fresh scan of the same texts says."""
    EDITS = int(os.environ.get("ASSAY_LSP_EDITS", "200"))

    def expected(self):
        """Findings by place, and errors by their line."""
        report = self.scan(".")
        out = set()
        for one in report["findings"]:
            region = one["region"]
            if not one["suppressed"]:
                out.add((one["file"], region["line"], region["column"], region["end_line"], region["end_column"], one["rule"]))
        for one in report["problems"]:
            if one["severity"] == "error" and "region" in one:
                out.add((one["file"], one["region"]["line"], one["code"]))
        return out

    def told(self, client, texts, encoding):
        out = set()
        for name, items in client.pull_all().items():
            path = os.path.relpath(name[7:], self.directory)
            lines = texts[path].split("\n")

            def column(position):
                if encoding == "utf-16":
                    return position["character"] + 1
                before = lines[position["line"]].encode()[:position["character"]].decode()
                return len(before.encode("utf-16-le")) // 2 + 1

            for one in items:
                start, end = one["range"]["start"], one["range"]["end"]
                if "data" in one:
                    out.add((path, start["line"] + 1, column(start), end["line"] + 1, column(end), one["code"]))
                elif one["severity"] == 1:
                    out.add((path, start["line"] + 1, one["code"]))
        return out

    def run_edits(self, files, pieces, encoding):
        randomly = random.Random(5)
        for path, text in files.items():
            self.write(path, text)
        client = self.client("--synchronous", capabilities=dict(PULLS, general={"positionEncodings": [encoding]}))
        names = {path: client.open(self.path(path), text, "yaml" if path.endswith("yaml") else "terraform") for path, text in files.items()}
        texts = dict(files)

        def position(text, at):
            line = text.rfind("\n", 0, at) + 1
            return text.count("\n", 0, at), len(text[line:at].encode(encoding if encoding == "utf-8" else "utf-16-le")) // (1 if encoding == "utf-8" else 2)

        for step in range(self.EDITS):
            path = randomly.choice(list(texts))
            text = texts[path]
            kind = randomly.randrange(4)
            begin = randomly.randrange(len(text) + 1)
            end = min(len(text), begin + (randomly.randrange(12) if kind < 2 else 0))
            new = "" if kind == 0 else randomly.choice(pieces)
            if kind == 3:  # back to what it was, or most files stay broken
                begin, end, new = 0, len(text), files[path]
            client.change(names[path], (*position(text, begin), *position(text, end), new))
            texts[path] = text[:begin] + new + text[end:]
            self.write(path, texts[path])
            self.assertEqual(self.told(client, texts, encoding), self.expected(), f"after edit {step} of {path}:\n{texts[path]}")
        self.assertEqual(client.stop(), 0)

    def test_what_is_pushed_while_typing_fast_ends_as_a_scan_says(self):
        files = {"main.tf": BUCKET.replace('"public-read"', "var.acl"), "variables.tf": 'variable "acl" {\n  default = "private"\n}\n', "web.yaml": DEPLOYMENT}
        for path, text in files.items():
            self.write(path, text)
        randomly = random.Random(11)
        client = self.client()  # with its worker, and pushed
        names = {path: client.open(self.path(path), text) for path, text in files.items()}
        for _ in range(4):
            texts = dict(files)
            for _ in range(25):
                path = randomly.choice(list(files))
                texts[path] = randomly.choice([files[path], files[path].replace("private", "public-read"), "# x\n" + files[path], files[path][:60], ""])
                client.change(names[path], texts[path])
                time.sleep(randomly.choice([0, 0, 0.01, 0.06]))
            number = client.ask("textDocument/hover", {"textDocument": {"uri": names["main.tf"]}, "position": {"line": 0, "character": 0}})
            client.answer(number)  # of an analysis that has seen all
            for path, text in texts.items():
                self.write(path, text)
                self.assertEqual(client.published[names[path]]["version"], client.versions[names[path]])
            found = {(os.path.relpath(name[7:], self.directory), one["range"]["start"]["line"] + 1, one["code"])
                     for name, params in client.published.items() for one in params["diagnostics"] if one["severity"] == 1 or "data" in one}
            self.assertEqual(found, {(one[0], one[1], one[-1]) for one in self.expected()})
        for name in names.values():
            client.close(name)
        self.assertEqual(client.stop(), 0)

    def test_terraform(self):
        variables = 'variable "acl" {\n  default = "public-read" # é\U0001f600\n}\n'
        self.run_edits({"main.tf": BUCKET.replace('"public-read"', "var.acl") + BUCKET.replace('"b"', '"c"'), "variables.tf": variables},
                       ['"', "}", "\n", "private", "public-read", "var.acl", "# assay:ignore AWS0101 é\n", '\nresource "aws_s3_bucket" "n" {}\n', "\U0001f600", "{"],
                       "utf-16")

    def test_manifests_and_templates(self):
        self.run_edits({"web.yaml": DEPLOYMENT, "site.yaml": TEMPLATE}, [":", " ", "\n", "- ", "'", "privileged: true", "x", "\n---\n", "Private", "é"], "utf-8")


if __name__ == "__main__":
    unittest.main()
