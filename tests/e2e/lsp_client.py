"""A client of the language server: the protocol over pipes, documents that are edited as an editor would, and a check of
every message that comes against the meta model of the protocol, where that is there as data."""
import json
import os
import queue
import subprocess
import threading
import urllib.parse

from assay_case import SHARED, binary


def uri(path):
    return "file://" + urllib.parse.quote(path, safe="/-._~!$&'()*,;=@")


def find_meta_model():
    build = os.path.join(os.path.dirname(__file__), "..", "..", "build")
    for path in (os.environ.get("ASSAY_LSP_METAMODEL", ""), os.path.join(build, "lsp", "metaModel.json"), os.path.join(SHARED, "data", "lsp", "metaModel.json")):
        if path and os.path.exists(path):
            with open(path, encoding="utf-8") as file:
                return json.load(file)
    return None


class MetaModel:
    """Says what is wrong with a value, by the types of the meta model."""

    def __init__(self, data):
        self.structures = {one["name"]: one for one in data["structures"]}
        self.enumerations = {one["name"]: one for one in data["enumerations"]}
        self.aliases = {one["name"]: one for one in data["typeAliases"]}
        self.requests = {one["method"]: one for one in data["requests"]}
        self.notifications = {one["method"]: one for one in data["notifications"]}

    def properties(self, structure):
        out = {}
        for base in structure.get("extends", []) + structure.get("mixins", []):
            out.update(self.properties(self.structures[base["name"]]))
        out.update({one["name"]: one for one in structure["properties"]})
        return out

    def members(self, properties, value, where):
        if not isinstance(value, dict):
            return f"{where}: no object"
        for name, one in properties.items():
            if name in value:
                wrong = self.check(one["type"], value[name], f"{where}.{name}")
                if wrong:
                    return wrong
            elif not one.get("optional"):
                return f"{where}.{name} is missing"
        extra = set(value) - set(properties)
        return f"{where}: unknown {sorted(extra)}" if extra else None

    def base(self, name, value, where):
        if name in ("URI", "DocumentUri", "string", "RegExp"):
            good = isinstance(value, str)
        elif name == "boolean":
            good = isinstance(value, bool)
        elif name == "null":
            good = value is None
        elif name == "uinteger":
            good = isinstance(value, int) and not isinstance(value, bool) and 0 <= value < 2**31
        elif name == "integer":
            good = isinstance(value, int) and not isinstance(value, bool) and -2**31 <= value < 2**31
        else:
            good = isinstance(value, (int, float)) and not isinstance(value, bool)
        return None if good else f"{where}: no {name}: {value!r}"

    def check(self, kind, value, where):
        what = kind["kind"]
        if what == "base":
            return self.base(kind["name"], value, where)
        if what == "reference":
            name = kind["name"]
            if name in ("LSPAny", "LSPObject", "LSPArray"):
                return None
            if name in self.aliases:
                return self.check(self.aliases[name]["type"], value, where)
            if name in self.enumerations:
                one = self.enumerations[name]
                known = value in [row["value"] for row in one["values"]] or one.get("supportsCustomValues")
                return self.check(one["type"], value, where) or (None if known else f"{where}: no {name}: {value!r}")
            return self.members(self.properties(self.structures[name]), value, where)
        if what == "array":
            if not isinstance(value, list):
                return f"{where}: no array"
            for i, one in enumerate(value):
                wrong = self.check(kind["element"], one, f"{where}[{i}]")
                if wrong:
                    return wrong
            return None
        if what == "map":
            if not isinstance(value, dict):
                return f"{where}: no map"
            for key, one in value.items():
                wrong = self.check(kind["key"], key, where) or self.check(kind["value"], one, f"{where}[{key}]")
                if wrong:
                    return wrong
            return None
        if what == "or":
            wrongs = [self.check(one, value, where) for one in kind["items"]]
            return None if None in wrongs else wrongs[0]
        if what == "and":
            return next(filter(None, (self.check(one, value, where) for one in kind["items"])), None)
        if what == "tuple":
            return None if isinstance(value, list) and len(value) == len(kind["items"]) else f"{where}: no tuple"
        if what == "literal":
            return self.members({one["name"]: one for one in kind["value"]["properties"]}, value, where)
        return None if value == kind["value"] else f"{where}: not {kind['value']!r}: {value!r}"

    def message(self, message, asked):
        """`asked`: methods of the client's requests, by id."""
        if message.get("jsonrpc") != "2.0":
            return "no jsonrpc"
        if "method" in message:
            table = self.requests if "id" in message else self.notifications
            known = table.get(message["method"])
            if known is None:
                return f"there is no method {message['method']}"
            if "params" in known:
                return self.check(known["params"], message.get("params"), message["method"])
            return None if "params" not in message else f"{message['method']} has no params"
        if ("result" in message) == ("error" in message):
            return "neither a result nor an error"
        if "error" in message:
            error = message["error"]
            return None if isinstance(error.get("code"), int) and isinstance(error.get("message"), str) else "a bad error"
        method = asked.get(message["id"])
        return None if method not in self.requests else self.check(self.requests[method]["result"], message["result"], method)


class Client:
    META = None
    LOADED = False

    def __init__(self, root=None, *arguments, capabilities=None, folders=None, options=None, start=True, timeout=60):
        if not Client.LOADED:
            data = find_meta_model()
            Client.META, Client.LOADED = MetaModel(data) if data else None, True
        self.process = subprocess.Popen([binary(), "lsp", *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.PIPE)
        self.timeout = timeout
        self.messages = queue.Queue()
        self.asked, self.wrong, self.log, self.requests = {}, [], [], []
        self.published = {}   # by URI: the last
        self.versions, self.texts = {}, {}
        self.last = 0
        self.reader = threading.Thread(target=self.read, daemon=True)
        self.reader.start()
        if start:
            params = {"processId": os.getpid(), "rootUri": uri(root) if root else None, "capabilities": capabilities or {}}
            if folders is not None:
                params["workspaceFolders"] = [{"uri": uri(one), "name": os.path.basename(one)} for one in folders]
            if options is not None:
                params["initializationOptions"] = options
            self.server = self.request("initialize", params)
            self.notify("initialized", {})

    def read(self):
        out = self.process.stdout
        while True:
            length = None
            while True:
                line = out.readline()
                if not line:
                    self.messages.put(None)
                    return
                if line.strip() == b"":
                    break
                name, _, value = line.partition(b":")
                if name.lower() == b"content-length":
                    length = int(value)
            self.messages.put(json.loads(out.read(length)))

    def raw(self, data):
        self.process.stdin.write(data)
        self.process.stdin.flush()

    def send(self, message):
        body = json.dumps(dict(message, jsonrpc="2.0")).encode()
        self.raw(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))

    def notify(self, method, params=None):
        self.send({"method": method, "params": params} if params is not None else {"method": method})

    def ask(self, method, params=None):
        self.last += 1
        self.asked[self.last] = method
        message = {"id": self.last, "method": method}
        if params is not None:
            message["params"] = params
        self.send(message)
        return self.last

    def next(self, timeout=None):
        """The next message; None when the server has closed its output."""
        message = self.messages.get(timeout=timeout or self.timeout)
        if message is None:
            return None
        if Client.META:
            wrong = Client.META.message(message, self.asked)
            if wrong:
                self.wrong.append(wrong)
        method = message.get("method")
        if method == "textDocument/publishDiagnostics":
            self.published[message["params"]["uri"]] = message["params"]
        elif method == "window/logMessage":
            self.log.append(message["params"]["message"])
        elif method and "id" in message:
            self.requests.append(message)
            answer = [getattr(self, "configuration", None)] if method == "workspace/configuration" else None
            self.send({"id": message["id"], "result": answer})
        return message

    def wait(self, wanted):
        while True:
            message = self.next()
            if message is None:
                raise AssertionError("the server has gone: " + self.process.stderr.read().decode())
            if wanted(message):
                return message

    def answer(self, number):
        return self.wait(lambda message: message.get("id") == number and "method" not in message)

    def request(self, method, params=None):
        message = self.answer(self.ask(method, params))
        if "error" in message:
            raise AssertionError(f"{method}: {message['error']}")
        return message["result"]

    def error(self, method, params=None):
        return self.answer(self.ask(method, params))["error"]

    # --- Documents.
    def open(self, path, text, language="terraform", version=1):
        name = uri(path) if path.startswith("/") else path
        self.texts[name], self.versions[name] = text, version
        self.notify("textDocument/didOpen", {"textDocument": {"uri": name, "languageId": language, "version": version, "text": text}})
        return name

    def change(self, name, *changes):
        """Each change is a text, or (start line, start character, end line, end character, text)."""
        self.versions[name] += 1
        out = []
        for one in changes:
            if isinstance(one, str):
                out.append({"text": one})
            else:
                out.append({"range": {"start": {"line": one[0], "character": one[1]}, "end": {"line": one[2], "character": one[3]}},
                            "text": one[4]})
        self.notify("textDocument/didChange", {"textDocument": {"uri": name, "version": self.versions[name]}, "contentChanges": out})

    def close(self, name):
        self.notify("textDocument/didClose", {"textDocument": {"uri": name}})

    def at(self, method, name, line, character, **more):
        return self.request("textDocument/" + method, {"textDocument": {"uri": name}, "position": {"line": line, "character": character}, **more})

    def pull(self, name):
        return self.request("textDocument/diagnostic", {"textDocument": {"uri": name}})["items"]

    def pull_all(self):
        items = self.request("workspace/diagnostic", {"previousResultIds": []})["items"]
        return {one["uri"]: one["items"] for one in items if one["items"]}

    def actions(self, name, diagnostic, only=None):
        context = {"diagnostics": [diagnostic]} if diagnostic else {"diagnostics": []}
        if only:
            context["only"] = only
        where = diagnostic["range"] if diagnostic else {"start": {"line": 0, "character": 0}, "end": {"line": 0, "character": 0}}
        return self.request("textDocument/codeAction", {"textDocument": {"uri": name}, "range": where, "context": context})

    def stop(self):
        """Shutdown and exit; the exit code."""
        self.request("shutdown")
        self.notify("exit")
        return self.end()

    def end(self):
        try:
            self.process.stdin.close()
        except BrokenPipeError:
            pass
        code = self.process.wait(timeout=self.timeout)
        self.reader.join(timeout=10)
        self.process.stdout.close()
        self.process.stderr.close()
        return code


def applied(text, edits, encoding="utf-16"):
    """`text` with text edits of the protocol."""
    lines = text.split("\n")
    starts = [0]
    for line in lines:
        starts.append(starts[-1] + len(line) + 1)

    def offset(position):
        if position["line"] >= len(lines):
            return len(text)
        line = lines[position["line"]]
        width = "utf-8" if encoding == "utf-8" else "utf-16-le"
        units = position["character"] * (1 if encoding == "utf-8" else 2)
        return starts[position["line"]] + len(line.encode(width)[:units].decode(width))

    for edit in sorted(edits, key=lambda one: offset(one["range"]["start"]), reverse=True):
        begin, end = offset(edit["range"]["start"]), offset(edit["range"]["end"])
        text = text[:begin] + edit["newText"] + text[end:]
    return text
