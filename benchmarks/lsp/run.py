#!/usr/bin/env python3
"""How fast the language server answers: a workspace of 5,000 files, edits in one of 2,000 lines.

./dev bench lsp [--assay BINARY] [--edits N] [--files N] [--soak N] [--pulls]

The workspace is the one of `./dev bench warm`: Terraform modules and the roots that call them, manifests, templates, texts.
Into it come a Terraform root, a file of manifests and a template of 2,000 lines each. Every edit is one keystroke in an open
document (a digit of a name, a port, a word of a comment), and is waited for: `edit` ends when the diagnostics of that version
have arrived, pushed, or pulled with --pulls. CPU: of the server, user + system, per edit. `another file` changes a variable that the long file reads. Times are taken
when the last byte of a message is there, before anything of it is decoded. --soak types that many edits and shows memory.
"""
import argparse
import json
import os
import pathlib
import queue
import random
import shutil
import subprocess
import sys
import threading
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "corpus"))
import measure
import warm

LINES = 2000


def terraform():
    out = ['module "net" {\n  source = "../../modules/m1"\n  name   = var.stage\n}\n'
           'resource "aws_s3_bucket" "extra" {\n  count = var.extra\n}\n']
    lines = 8
    for i in range(10**6):
        block = f'''# Storage and door of part {i}.
resource "aws_s3_bucket" "part{i}" {{
  bucket = "${{var.stage}}-part{i}"
  acl    = var.acl
}}
resource "aws_security_group" "part{i}" {{
  name        = "part{i}"
  description = "of part {i}"
  ingress {{
    description = "from inside"
    from_port   = {1000 + i}
    to_port     = {1000 + i}
    protocol    = "tcp"
    cidr_blocks = ["10.{i % 250}.0.0/16"]
  }}
}}
'''
        lines += block.count("\n")
        if lines > LINES:
            return "".join(out)
        out.append(block)


def repeated(template, values):
    out, i = [], 0
    while "".join(out).count("\n") < LINES:
        out.append(template.format(number=i, **values(i)))
        i += 1
    return out


def manifests():
    return "---\n".join(repeated(warm.MANIFEST, lambda i: {"team": i % 5, "digest": f"{i:064x}"}))


def template():
    parts = repeated(warm.TEMPLATE, lambda i: {})
    head, _, first = parts[0].partition("Resources:\n")
    return head + "Resources:\n" + first + "".join(one.partition("Resources:\n")[2] for one in parts[1:])


class Server:
    def __init__(self, binary, directory, pulls, arguments=()):
        self.process = subprocess.Popen([binary, "lsp", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0)
        self.pulls, self.last = pulls, 0
        self.inbox = queue.Queue()
        self.published = {}  # by URI: version, and when
        threading.Thread(target=self.read, daemon=True).start()
        capabilities = {"textDocument": {"diagnostic": {}}} if pulls else {}
        self.started = time.perf_counter()
        number = self.ask("initialize", {"processId": os.getpid(), "rootUri": self.uri(directory), "capabilities": capabilities})
        self.answer(number)
        self.note("initialized", {})

    @staticmethod
    def uri(path):
        return "file://" + str(path)

    def read(self):
        buffer, out = b"", self.process.stdout.fileno()
        while True:
            end = buffer.find(b"\r\n\r\n")
            length = int(buffer[:end].split(b":")[1]) if end >= 0 else 0
            while end < 0 or len(buffer) < end + 4 + length:
                piece = os.read(out, 1 << 20)
                if not piece:
                    self.inbox.put((time.perf_counter(), b""))
                    return
                buffer += piece
                if end < 0:
                    end = buffer.find(b"\r\n\r\n")
                    length = int(buffer[:end].split(b":")[1]) if end >= 0 else 0
            self.inbox.put((time.perf_counter(), buffer[end + 4:end + 4 + length]))
            buffer = buffer[end + 4 + length:]

    def send(self, message):
        body = json.dumps({"jsonrpc": "2.0", **message}).encode()
        self.process.stdin.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def note(self, method, params):
        self.send({"method": method, "params": params})

    def ask(self, method, params):
        self.last += 1
        self.send({"id": self.last, "method": method, "params": params})
        return self.last

    def wait(self, wanted):
        while True:
            at, body = self.inbox.get(timeout=120)
            if not body:
                raise SystemExit("the server has gone")
            message = json.loads(body)
            if message.get("method") == "textDocument/publishDiagnostics":
                self.published[message["params"]["uri"]] = (message["params"].get("version"), at)
            if "id" in message and "method" in message:
                self.send({"id": message["id"], "result": None})
            if wanted(message):
                return at, message

    def answer(self, number):
        return self.wait(lambda message: message.get("id") == number and "method" not in message)

    def memory(self, name="VmRSS"):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return next(int(line.split()[1]) / 1024 for line in status if line.startswith(name))

    def cpu(self):
        with open(f"/proc/{self.process.pid}/stat", encoding="ascii") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.answer(self.ask("shutdown", None))
        self.note("exit", None)
        self.process.wait(timeout=60)


class Document:
    def __init__(self, server, path, language):
        self.server, self.uri, self.version = server, server.uri(path), 1
        self.lines = path.read_text().split("\n")
        server.note("textDocument/didOpen", {"textDocument": {"uri": self.uri, "languageId": language, "version": 1, "text": "\n".join(self.lines)}})

    def type(self, line, begin, end, text):
        self.version += 1
        self.lines[line] = self.lines[line][:begin] + text + self.lines[line][end:]
        where = {"start": {"line": line, "character": begin}, "end": {"line": line, "character": end}}
        self.server.note("textDocument/didChange", {"textDocument": {"uri": self.uri, "version": self.version},
                                                    "contentChanges": [{"range": where, "text": text}]})

    def keystroke(self, chance):
        """One digit of the document becomes another."""
        while True:
            line = chance.randrange(len(self.lines))
            places = [i for i, c in enumerate(self.lines[line]) if c.isdigit() and self.lines[line][:i][-1:] not in ("v", "s")]
            if places and "sha256" not in self.lines[line]:
                at = chance.choice(places)
                return self.type(line, at, at + 1, chance.choice("123456789"))

    def diagnostics(self):
        """When the diagnostics of the newest version are there."""
        server = self.server
        if server.pulls:
            return server.answer(server.ask("textDocument/diagnostic", {"textDocument": {"uri": self.uri}}))[0]
        def known():
            return server.published.get(self.uri, (None,))[0] == self.version
        if not known():
            server.wait(lambda message: known())
        return server.published[self.uri][1]

    def ask(self, method, chance):
        line = chance.randrange(len(self.lines))
        character = chance.randrange(len(self.lines[line]) + 1)
        started = time.perf_counter()
        number = self.server.ask("textDocument/" + method, {"textDocument": {"uri": self.uri}, "position": {"line": line, "character": character}})
        return self.server.answer(number)[0] - started


def figures(samples):
    ordered = sorted(one * 1e3 for one in samples)
    return [f"{ordered[len(ordered) // 2]:.1f}", f"{ordered[min(len(ordered) - 1, int(len(ordered) * 0.99))]:.1f}", f"{ordered[-1]:.1f}"]


def edits(document, count, chance):
    out = []
    for _ in range(count):
        started = time.perf_counter()
        document.keystroke(chance)
        out.append(document.diagnostics() - started)
    return out


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay")
    parser.add_argument("--edits", type=int, default=300)
    parser.add_argument("--files", type=int, default=5000)
    parser.add_argument("--soak", type=int, default=0)
    parser.add_argument("--pulls", action="store_true")
    options = parser.parse_args()
    binary = measure.binary(options.assay)
    directory = measure.GENERATED / f"lsp-{options.files}"
    warm.generate(directory, options.files)
    variables = 'variable "extra" {\n  default = 0\n}\nvariable "acl" {\n  default = "private"\n}\nvariable "stage" {\n  default = "live"\n}\n'
    for path, text in {"live/long/main.tf": terraform(), "live/long/variables.tf": variables, "k8s/long.yaml": manifests(), "templates/long.yaml": template()}.items():
        (directory / path).parent.mkdir(parents=True, exist_ok=True)
        (directory / path).write_text(text)
    chance = random.Random(4)
    rows = []

    firsts = []
    for _ in range(3):
        server = Server(binary, directory, True)
        firsts.append(server.answer(server.ask("workspace/diagnostic", {"previousResultIds": []}))[0] - server.started)
        server.stop()
    rows.append(["first diagnostics of the workspace", len(firsts), *figures(firsts)])

    server = Server(binary, directory, options.pulls)
    documents = {name: Document(server, directory / path, language) for name, path, language in (
        ("Terraform", "live/long/main.tf", "terraform"), ("manifests", "k8s/long.yaml", "yaml"), ("template", "templates/long.yaml", "yaml"))}
    for document in documents.values():
        document.diagnostics()
    rest = server.memory()
    for name, document in documents.items():
        before = server.cpu()
        samples = edits(document, options.edits, chance)
        rows.append([f"edit to diagnostics, {name}", len(samples), *figures(samples), f"{(server.cpu() - before) * 1e3 / len(samples):.1f}"])

    other = Document(server, directory / "live/long/variables.tf", "terraform")
    other.diagnostics()
    long = documents["Terraform"]
    samples = []
    for i in range(min(options.edits, 100)):
        started = time.perf_counter()
        other.type(1, 12, 13, "10"[i % 2])
        if server.pulls:
            samples.append(long.diagnostics() - started)
        else:
            samples.append(server.wait(lambda m: m.get("method") == "textDocument/publishDiagnostics" and m["params"]["uri"] == long.uri)[0] - started)
    rows.append(["edit of another file to diagnostics", len(samples), *figures(samples)])

    for method in ("hover", "definition"):
        before = server.cpu()
        samples = [document.ask(method, chance) for document in documents.values() for _ in range(options.edits)]
        rows.append([method, len(samples), *figures(samples), f"{(server.cpu() - before) * 1e3 / len(samples):.1f}"])

    samples, late = [], []
    for _ in range(min(options.edits, 100)):
        long.keystroke(chance)
        number = server.ask("workspace/diagnostic", {"previousResultIds": []})
        time.sleep(0.002)
        started = time.perf_counter()
        server.note("$/cancelRequest", {"id": number})
        at, message = server.answer(number)
        if "error" in message:
            samples.append(at - started)
    if samples:
        rows.append(["cancellation of a request that waits", len(samples), *figures(samples)])
    for _ in range(min(options.edits, 100)):
        long.keystroke(chance)
        time.sleep(chance.random() * 0.05)
        long.keystroke(chance)
        started = time.perf_counter()
        late.append(long.diagnostics() - started)
    rows.append(["edit while the one before is analysed", len(late), *figures(late)])
    memory = [["memory, MiB", "", f"{rest:.0f}", f"{server.memory():.0f}", f"{server.memory('VmHWM'):.0f}"]]
    measure.table([f"{options.files} files, 2,000 lines", "times", "p50 ms", "p99 ms", "most ms", "CPU ms"], [row + [""] * (6 - len(row)) for row in rows])
    print()
    measure.table(["", "", "at rest", "then", "most"], memory)

    if options.soak:
        rows, started, cpu = [], time.perf_counter(), server.cpu()
        every = max(1, options.soak // 10)
        names = list(documents.values())
        for i in range(options.soak):
            document = names[i % 3]
            document.keystroke(chance)
            if i % 25 == 24:  # fast typing in between: only the last of some edits is waited for
                document.diagnostics()
            if i % every == every - 1:
                document.diagnostics() if i % 25 != 24 else None
                rows.append([f"{i + 1} edits", f"{server.memory():.0f}", f"{server.memory('VmHWM'):.0f}", f"{time.perf_counter() - started:.0f}", f"{server.cpu() - cpu:.0f}"])
        print()
        measure.table(["soak", "memory MiB", "most MiB", "seconds", "CPU s"], rows)
    server.stop()
    shutil.rmtree(directory, ignore_errors=True)


if __name__ == "__main__":
    main()
