"""The editor that users have, for tests: code-server in a browser without a screen (workbench.mjs is the other end)."""
import json
import os
import shutil
import subprocess
import time

HERE = os.path.dirname(os.path.abspath(__file__))


def find_install():
    """Where code-server and puppeteer-core lie ($ASSAY_EDITOR), or None."""
    named = os.environ.get("ASSAY_EDITOR", "")
    if named and shutil.which("node") and os.path.exists(os.path.join(named, ".ready")):
        return named
    return None


class WorkbenchError(AssertionError):
    pass


class Workbench:
    """Operations of workbench.mjs as methods: workbench.open(file="main.tf")."""

    def __init__(self, install):
        self.process = subprocess.Popen(["node", os.path.join(HERE, "workbench.mjs"), install], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def __getattr__(self, name):
        return lambda **arguments: self.ask(name, **arguments)

    def ask(self, what, **arguments):
        self.process.stdin.write(json.dumps(dict(arguments, do=what)).encode() + b"\n")
        self.process.stdin.flush()
        line = self.process.stdout.readline()
        if not line:
            raise WorkbenchError(f"{what}: the workbench has gone")
        answer = json.loads(line)
        if "error" in answer:
            raise WorkbenchError(f"{what} {arguments}: {answer['error']}")
        return answer["ok"]

    def wait(self, what, wanted, seconds=20, **arguments):
        """Asks until the answer is wanted, and gives it."""
        end = time.monotonic() + seconds
        while True:
            answer = self.ask(what, **arguments)
            if wanted(answer):
                return answer
            if time.monotonic() > end:
                raise WorkbenchError(f"{what}: not within {seconds} s; last {answer}")
            time.sleep(0.1)

    def close(self):
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()
