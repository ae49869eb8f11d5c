"""assay lsp under bad conditions: large, binary and vanishing files, places outside of documents, clients that die, answers
that nobody needs any more."""
import json
import os
import signal
import subprocess
import time
import unittest

from assay_case import binary
from lsp_client import uri
from lsp_test import BUCKET, DEPLOYMENT, PULLS, LspCase

POSITIONAL = ("hover", "definition", "references", "completion")


def large_terraform(size):
    block = BUCKET.replace("public-read", "private")
    return "".join(block.replace('"b"', f'"b{i}"') for i in range(size // len(block)))


class Documents(LspCase):
    def ask_everything(self, client, name):
        places = [(0, 0), (0, 2**31 - 1), (2**31 - 1, 0), (10**6, 10**6), (1, 3)]
        for line, character in places:
            for method in POSITIONAL:
                more = {"context": {"includeDeclaration": True}} if method == "references" else {}
                client.at(method, name, line, character, **more)
            where = {"start": {"line": 0, "character": 0}, "end": {"line": line, "character": character}}
            client.request("textDocument/inlayHint", {"textDocument": {"uri": name}, "range": where})
            client.request("textDocument/codeAction", {"textDocument": {"uri": name}, "range": where, "context": {"diagnostics": []}})
        for method in ("documentSymbol", "documentLink", "foldingRange", "codeLens", "diagnostic"):
            client.request("textDocument/" + method, {"textDocument": {"uri": name}})

    def test_places_outside_of_documents(self):
        client = self.client("--synchronous", capabilities=PULLS)
        for path, text, language in (("main.tf", BUCKET, "terraform"), ("web.yaml", DEPLOYMENT, "yaml"), ("a.json", '{"a": [1]}', "json"), ("empty.tf", "", "terraform")):
            self.ask_everything(client, client.open(self.path(path), text, language))
        # A change far outside goes to the end of the text.
        name = uri(self.path("main.tf"))
        client.change(name, (10**6, 5, 2**31 - 1, 9, BUCKET.replace('"b"', '"c"')))
        self.assertEqual(len([one for one in client.pull(name) if one["code"] == "AWS0101"]), 2)
        client.change(name, (0, 0, 10**6, 0, ""))
        self.assertEqual(client.pull(name), [])
        self.assertEqual(client.stop(), 0)

    def test_binary_documents(self):
        client = self.client("--synchronous", capabilities=PULLS)
        for path in ("main.tf", "web.yaml", "a.json", "x.bin", "assay.yaml", "rule.md"):
            name = client.open(self.path(path), "\0\1\2\ufffd\uffff\u0000{[" * 50, "plaintext")
            self.ask_everything(client, name)
            client.close(name)
        with open(self.path("disk.tf"), "wb") as file:
            file.write(bytes(range(256)) * 40)
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri(self.path("disk.tf")), "type": 1}]})
        client.pull_all()
        self.assertEqual(client.stop(), 0)

    def test_files_of_five_megabytes(self):
        client = self.client(capabilities=PULLS, timeout=400)
        comments = "# what nobody reads, é\n" * 100_000 + "locals {\n  text = <<EOT\n" + "line of a text\n" * 150_000 + "EOT\n}\n"
        for path, text in (("main.tf", comments + large_terraform(100_000)), ("text.yaml", "a: " + "x" * 5_000_000 + "\n"), ("deep.json", "[" * 2_500_000 + "]" * 2_500_000),
                           ("web.yaml", "---\n".join([DEPLOYMENT] * 300))):
            name = client.open(self.path(path), text)
            client.pull(name)
            client.change(name, (0, 0, 0, 0, "# é\n" if path != "deep.json" else " "))
            client.at("hover", name, 3, 5)
            client.request("textDocument/documentSymbol", {"textDocument": {"uri": name}})
            client.close(name)
        with open(f"/proc/{client.process.pid}/status", encoding="utf-8") as status:
            self.assertLess(int(next(line for line in status if line.startswith("VmHWM")).split()[1]), 3_000_000)
        self.assertEqual(client.stop(), 0)

    def test_files_that_are_deleted_and_renamed(self):
        path = self.write("main.tf", BUCKET)
        client = self.client("--synchronous", capabilities=PULLS)
        self.assertEqual(list(client.pull_all()), [uri(path)])
        other = self.path("other.tf")
        os.rename(path, other)
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri(path), "type": 3}, {"uri": uri(other), "type": 1}]})
        self.assertEqual(list(client.pull_all()), [uri(other)])
        name = client.open(other, BUCKET)
        os.remove(other)
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": name, "type": 3}]})
        self.assertTrue(client.pull(name))  # the editor still has it
        client.close(name)
        self.assertEqual(client.pull_all(), {})
        # Without a word of it.
        again = self.write("again/main.tf", BUCKET)
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri(again), "type": 1}]})
        self.assertEqual(list(client.pull_all()), [uri(again)])
        os.remove(again)
        self.ask_everything(client, uri(again))
        # The folder itself.
        os.rmdir(os.path.dirname(again))
        os.rename(self.directory, self.directory + "-gone")
        client.notify("workspace/didChangeWatchedFiles", {"changes": [{"uri": uri(self.directory), "type": 3}]})
        self.assertEqual(client.pull_all(), {})
        os.rename(self.directory + "-gone", self.directory)
        self.assertEqual(client.stop(), 0)

    def test_changes_of_documents_that_are_not_open(self):
        self.write("main.tf", BUCKET)
        client = self.client("--synchronous", capabilities=PULLS)
        name = uri(self.path("main.tf"))
        client.versions[name] = 1
        client.change(name, "")
        client.close(name)
        client.notify("textDocument/didSave", {"textDocument": {"uri": name}})
        self.assertEqual([one["code"] for one in client.pull(name) if one["code"] == "AWS0101"], ["AWS0101"])
        client.open(self.path("main.tf"), BUCKET)
        client.open(self.path("main.tf"), "", version=2)  # twice: the last counts
        self.assertEqual(client.pull(name), [])


class Answers(LspCase):
    """Questions about what has changed, and questions that are taken back, while an analysis takes long."""

    def slow(self, **options):
        # One root that takes about a second.
        self.write("big/main.tf", large_terraform(600_000).replace("private", "public-read"))
        self.write("small.tf", BUCKET)
        return self.client(capabilities=PULLS, **options)

    def test_cancelled_while_it_is_analysed(self):
        client = self.slow()
        name = client.open(self.path("small.tf"), BUCKET)
        took = []
        for i in range(5):
            client.change(name, (0, 0, 0, 0, f"# {i}\n"))
            number = client.ask("workspace/diagnostic", {"previousResultIds": []})
            time.sleep(0.05)
            started = time.monotonic()
            client.notify("$/cancelRequest", {"id": number})
            answer = client.answer(number)
            if "error" in answer:
                self.assertEqual(answer["error"]["code"], -32800)
                took.append(time.monotonic() - started)
        self.assertTrue(took)
        self.assertLess(sorted(took)[len(took) // 2], 0.2)  # 10 ms where nothing else runs: ./dev bench lsp
        self.assertTrue(client.pull(name))

    def test_a_text_that_has_changed(self):
        client = self.slow()
        name = client.open(self.path("small.tf"), BUCKET)
        hover = client.ask("textDocument/hover", {"textDocument": {"uri": name}, "position": {"line": 2, "character": 14}})
        pull = client.ask("textDocument/diagnostic", {"textDocument": {"uri": name}})
        client.change(name, (0, 0, 0, 0, "\n\n"))
        answers = {}
        while len(answers) < 2:
            message = client.next()
            if message.get("id") in (hover, pull) and "method" not in message:
                answers[message["id"]] = message
        self.assertIn(answers[hover].get("error", {}).get("code", -32801), (-32801,))
        if "error" in answers[pull]:
            self.assertEqual((answers[pull]["error"]["code"], answers[pull]["error"]["data"]), (-32802, {"retriggerRequest": True}))
        else:
            self.assertIn(4, {one["range"]["start"]["line"] for one in answers[pull]["result"]["items"]})
        self.assertEqual(client.stop(), 0)

    def test_shutdown_does_not_wait(self):
        client = self.slow()
        client.open(self.path("small.tf"), BUCKET)
        started = time.monotonic()
        self.assertEqual(client.stop(), 0)
        self.assertLess(time.monotonic() - started, 5)


class Clients(LspCase):
    def begin(self, **params):
        process = subprocess.Popen([binary(), "lsp"], stdin=subprocess.PIPE, stdout=subprocess.PIPE)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        body = json.dumps({"jsonrpc": "2.0", "id": 1, "method": "initialize", "params": {"processId": None, "rootUri": uri(self.directory), "capabilities": {}, **params}}).encode()
        process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
        process.stdin.flush()
        self.assertTrue(process.stdout.read(20))
        return process

    def test_one_that_goes_in_the_middle_of_a_message(self):
        for rest in (b"Content-", b"Content-Length: 100\r\n", b"Content-Length: 100\r\n\r\n{\"jsonrpc\"", b""):
            process = self.begin()
            process.stdin.write(rest)
            process.stdin.close()
            self.assertEqual(process.wait(timeout=20), 1, rest)

    def test_one_that_is_killed(self):
        parent = subprocess.Popen(["sleep", "60"])
        process = self.begin(processId=parent.pid)
        os.kill(parent.pid, signal.SIGKILL)
        parent.wait()
        self.assertEqual(process.wait(timeout=20), 1)  # though its pipes are still open
        process.stdin.close()


if __name__ == "__main__":
    unittest.main()
