"""A headless Chromium for tests, driven over its debugging pipe: no driver, no port, no package."""
import base64
import functools
import json
import os
import select
import shutil
import subprocess
import tempfile
import time


@functools.lru_cache(maxsize=1)
def find_browser():
    """The path of a Chromium that starts, or None. (Ubuntu has a chromium that only tells of another way to get one.)"""
    for name in (os.environ.get("CHROMIUM"), "chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome"):
        path = name and shutil.which(name)
        if not path:
            continue
        try:
            if subprocess.run([path, "--version"], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, timeout=60, check=False).returncode == 0:
                return path
        except (OSError, subprocess.TimeoutExpired):
            pass
    return None


class BrowserError(Exception):
    pass


class Browser:
    """One page. `events` holds what the page logged or failed to load."""

    def __init__(self, path, *, dark=False, timeout=60):
        self.profile = tempfile.mkdtemp(prefix="assay-browser-")
        self.timeout = timeout
        self.buffer = b""
        self.number = 0
        self.events = []
        to_browser, self.write_end = os.pipe()
        self.read_end, from_browser = os.pipe()

        def inherit():
            os.dup2(to_browser, 10)
            os.dup2(from_browser, 11)
            os.dup2(10, 3)
            os.dup2(11, 4)

        self.process = subprocess.Popen(
            [path, "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--no-first-run",
             "--disable-background-networking", "--disable-component-update", "--disable-extensions", "--hide-scrollbars",
             "--window-size=1280,1000", "--user-data-dir=" + self.profile, "--remote-debugging-pipe", "about:blank"],
            preexec_fn=inherit, close_fds=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        os.close(to_browser)
        os.close(from_browser)
        target = next(t for t in self.call("Target.getTargets")["targetInfos"] if t["type"] == "page")
        self.session = self.call("Target.attachToTarget", targetId=target["targetId"], flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.page(domain + ".enable")
        if dark:
            self.page("Emulation.setEmulatedMedia", features=[{"name": "prefers-color-scheme", "value": "dark"}])

    def close(self):
        self.process.kill()
        self.process.wait()
        os.close(self.write_end)
        os.close(self.read_end)
        shutil.rmtree(self.profile, ignore_errors=True)

    def call(self, method, session=None, **parameters):
        self.number += 1
        message = {"id": self.number, "method": method, "params": parameters}
        if session:
            message["sessionId"] = session
        os.write(self.write_end, json.dumps(message).encode() + b"\0")
        until = time.monotonic() + self.timeout
        while True:
            answer = self.read(until)
            if answer.get("id") == self.number:
                if "error" in answer:
                    raise BrowserError(method + ": " + answer["error"]["message"])
                return answer["result"]
            self.events.append(answer)

    def read(self, until):
        while b"\0" not in self.buffer:
            ready, _, _ = select.select([self.read_end], [], [], max(0.0, until - time.monotonic()))
            piece = os.read(self.read_end, 1 << 20) if ready else b""
            if not piece:
                raise BrowserError("the browser does not answer")
            self.buffer += piece
        message, self.buffer = self.buffer.split(b"\0", 1)
        return json.loads(message)

    def page(self, method, **parameters):
        return self.call(method, self.session, **parameters)

    def open(self, path):
        self.events.clear()
        self.page("Page.navigate", url="file://" + path)
        until = time.monotonic() + self.timeout
        while not any(event.get("method") == "Page.loadEventFired" for event in self.events):
            self.events.append(self.read(until))

    def run(self, expression):
        """The value of an expression in the page."""
        answer = self.page("Runtime.evaluate", expression=expression, returnByValue=True, awaitPromise=True)
        if "exceptionDetails" in answer:
            raise BrowserError(str(answer["exceptionDetails"]))
        return answer["result"].get("value")

    def type(self, text):
        self.page("Input.insertText", text=text)

    def key(self, key, code=None, text=None):
        for kind in ("keyDown", "keyUp"):
            parameters = {"type": kind, "key": key, "code": code or key}
            if key == "Enter":
                parameters.update(windowsVirtualKeyCode=13, text="\r")
            elif key == "Tab":
                parameters.update(windowsVirtualKeyCode=9)
            elif text:
                parameters.update(text=text)
            self.page("Input.dispatchKeyEvent", **parameters)

    def wait(self, expression, seconds=20):
        until = time.monotonic() + seconds
        while not self.run(expression):
            if time.monotonic() > until:
                raise BrowserError("never true: " + expression)
            time.sleep(0.05)

    def screenshot(self, path):
        with open(path, "wb") as out:
            out.write(base64.b64decode(self.page("Page.captureScreenshot", format="png")["data"]))

    def complaints(self):
        """What went wrong in the page: uncaught exceptions, violations of its policy, and what it tried to load."""
        out = []
        for event in self.events:
            method, parameters = event.get("method"), event.get("params", {})
            if method == "Runtime.exceptionThrown":
                out.append(parameters["exceptionDetails"].get("exception", {}).get("description", "exception"))
            elif method == "Log.entryAdded" and parameters["entry"]["level"] in ("error", "warning"):
                out.append(parameters["entry"]["text"])
            elif method == "Network.requestWillBeSent" and not parameters["request"]["url"].startswith("file:///"):
                out.append("request " + parameters["request"]["url"][:100])
        return out
