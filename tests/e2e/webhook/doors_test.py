"""One answer at every door: the command line, the hook of pre-commit, the language server and the admission webhook say the same about
the same Deployment: which rule, in which words, at which place."""
import json
import os
import re
import shlex
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bed  # noqa: E402
import lsp_client  # noqa: E402
from assay_case import ROOT, AssayCase, binary  # noqa: E402

DEPLOYMENT = {
    "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop", "labels": {"app": "web"}},
    "spec": {
        "replicas": 2, "selector": {"matchLabels": {"app": "web"}},
        "template": {
            "metadata": {"labels": {"app": "web"}},
            "spec": {
                "hostNetwork": True,
                "initContainers": [{"name": "prepare", "image": "busybox", "securityContext": {"runAsUser": 0}}],
                "containers": [
                    {"name": "app", "image": "nginx:latest", "securityContext": {"privileged": True},
                     "env": [{"name": "GREETING", "value": "안녕 \U0001f600"}, {"name": "DB_PASSWORD", "value": "Tr0ub4dor-7xQ9"}]},
                    {"name": "side", "image": "registry.example.com/side:1.4.2",
                     "securityContext": {"capabilities": {"add": ["NET_BIND_SERVICE", "SYS_ADMIN"]}}, "ports": [{"containerPort": 22}]}],
                "volumes": [{"name": "host", "hostPath": {"path": "/var/run/docker.sock"}}]}}}}


class Positions:
    """Where every value of a JSON text lies: by path, spans of the value and of its key, in characters."""

    def __init__(self, text):
        self.text, self.at, self.values, self.keys = text, 0, {}, {}
        self.value("")

    def space(self):
        while self.at < len(self.text) and self.text[self.at] in " \n\t\r,:":
            self.at += 1

    def string(self):
        begin = self.at
        end = json.JSONDecoder().raw_decode(self.text, begin)[1]
        self.at = end
        return begin, end

    @staticmethod
    def joined(path, key):
        if re.search(r'[.\[\]"]', key):
            return f'{path}["{key}"]'
        return f"{path}.{key}" if path else key

    def value(self, path):
        self.space()
        begin = self.at
        if self.text[begin] == "{":
            self.at += 1
            while True:
                self.space()
                if self.text[self.at] == "}":
                    break
                key = self.string()
                inner = self.joined(path, json.loads(self.text[key[0]:key[1]]))
                self.keys[inner] = key
                self.value(inner)
            self.at += 1
        elif self.text[begin] == "[":
            self.at += 1
            number = 0
            while True:
                self.space()
                if self.text[self.at] == "]":
                    break
                self.value(f"{path}[{number}]")
                number += 1
            self.at += 1
        else:
            self.string()
        self.values[path] = (begin, self.at)

    def known(self, path):
        """The longest part of the path that is there."""
        while path not in self.values:
            path = re.sub(r'(\.[^.\[\]"]+|\[\d+\]|\["[^"]*"\]|^[^.\[]+)$', "", path)
        return path


@unittest.skipUnless(shutil.which("openssl") and shutil.which("git"), "skipped: no openssl or no git")
class DoorsTest(AssayCase):
    maxDiff = None

    def setUp(self):
        super().setUp()
        self.write("assay.yaml", "admission:\n  enforce-at: info\n  warn-at: none\n")
        for arguments in (["init", "-q"], ["config", "user.name", "T"], ["config", "user.email", "t@example.com"]):
            self.git(*arguments)

    def git(self, *arguments, check=True, env=None):
        environment = dict(os.environ, GIT_CONFIG_GLOBAL=os.devnull, GIT_CONFIG_SYSTEM=os.devnull, **(env or {}))
        return subprocess.run(["git", *arguments], cwd=self.directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=check,
                              env=environment)

    # ---- the doors; each gives a sorted list of (rule, message, line, column, end line, end column) ----

    @staticmethod
    def told(report):
        out = []
        for one in report["findings"]:
            region = one["region"]
            out.append((one["rule"], one["message"], region["line"], region["column"], region["end_line"], region["end_column"]))
        return sorted(out)

    def command_line(self, name):
        report = self.scan(name, "--no-cache", code=1)
        self.report = report
        return self.told(report)

    def hook(self, name):
        """The entry of .pre-commit-hooks.yaml, with the names of staged files, as pre-commit calls it."""
        with open(os.path.join(ROOT, ".pre-commit-hooks.yaml"), encoding="utf-8") as file:
            entry = shlex.split(re.search(r"- id: assay\n(?:.*\n)*?  entry: (.*)", file.read()).group(1))
        self.assertEqual(entry[0], "assay")
        tools = os.path.join(self.directory, ".git", "tools")
        os.makedirs(tools, exist_ok=True)
        if not os.path.exists(os.path.join(tools, "assay")):
            os.symlink(os.path.abspath(binary()), os.path.join(tools, "assay"))
        environment = {"PATH": tools + os.pathsep + os.environ["PATH"]}
        self.git("add", name)
        staged = self.git("diff", "--cached", "--name-only").stdout.decode().split()
        self.assertIn(name, staged)
        done = subprocess.run([*entry, "--format", "json", name], cwd=self.directory, env=dict(os.environ, **environment),
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 1, done.stderr)
        # And it stops a commit.
        script = self.write(".git/hooks/pre-commit", "#!/bin/sh\nexec " + shlex.join(entry) + " $(git diff --cached --name-only)\n")
        os.chmod(script, 0o755)
        commit = self.git("commit", "-q", "-m", "bad", check=False, env=environment)
        os.remove(script)
        self.assertEqual(commit.returncode, 1, commit.stdout)
        self.assertIn(b"KUB0001", commit.stdout)
        return self.told(json.loads(done.stdout))

    def editor(self, name, text):
        client = lsp_client.Client(self.directory)
        document = client.open(os.path.join(self.directory, name), text, language=name.rsplit(".", 1)[1])
        items = client.pull(document)
        self.assertEqual(client.stop(), 0)
        self.assertEqual(client.wrong, [])
        out = []
        for one in items:
            begin, end = one["range"]["start"], one["range"]["end"]
            out.append((one["code"], one["message"], begin["line"] + 1, begin["character"] + 1, end["line"] + 1, end["character"] + 1))
        return sorted(out)

    def webhook(self, text, served):
        """The causes of the denial, (rule, message, field), and the rules that one object does not decide."""
        request = {"uid": "u-1", "kind": {"group": "apps", "version": "v1", "kind": "Deployment"},
                   "resource": {"group": "apps", "version": "v1", "resource": "deployments"}, "name": "web", "namespace": "shop",
                   "operation": "CREATE", "userInfo": {"username": "dev"}, "object": "@", "oldObject": None, "dryRun": False}
        body = json.dumps({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}).replace('"@"', text)
        status, answer = served.request("POST", "/validate?timeout=10s", body.encode())
        self.assertEqual(status, 200, answer)
        response = json.loads(answer)["response"]
        self.assertEqual((response["uid"], response["allowed"]), ("u-1", False))
        self.assertEqual(response["status"]["code"], 403)
        causes = [(one["reason"], one["message"], one.get("field", "")) for one in response["status"]["details"]["causes"]]
        return causes, response.get("auditAnnotations", {}).get("not-evaluated", "").split()

    # ---- what they must agree on ----

    def agree(self, name, text):
        self.write(name, text)
        expected = self.command_line(name)
        self.assertGreater(len(expected), 20)
        self.assertEqual(self.hook(name), expected)
        in_editor = self.editor(name, text)
        self.assertEqual([one[:1] + one[2:] for one in in_editor], [one[:1] + one[2:] for one in expected])
        for told, shown in zip(expected, in_editor):
            self.assertIn(told[1], shown[1])
        return expected

    def test_one_answer_for_json(self):
        text = json.dumps(DEPLOYMENT, indent=1, ensure_ascii=False) + "\n"
        expected = self.agree("web.json", text)
        # The review holds the very text of the file.
        served = bed.Webhook(os.path.join(self.directory, ".git", "serve"), config="admission:\n  enforce-at: info\n")
        try:
            causes, open_rules = self.webhook(text, served)
        finally:
            served.stop()
        at_door = [one for one in expected if one[0] not in open_rules]
        self.assertGreater(len(at_door), 20)
        self.assertEqual(sorted(one[:2] for one in causes), [one[:2] for one in at_door])
        # The region is the value at the field's path, its key, or what is there of what is missing.
        positions = Positions(text)
        data = text.encode()
        regions = {}
        for one in self.report["findings"]:
            begin, size = one["region"]["byte_offset"], one["region"]["byte_length"]
            span = len(data[:begin].decode()), len(data[:begin + size].decode())
            regions.setdefault((one["rule"], one["message"]), []).append(span)
        for rule, message, field in causes:
            known = positions.known(field)
            value = positions.values[known]
            key = positions.keys.get(known, value)
            spans = regions[rule, message]
            inside = lambda span: value[0] <= span[0] and span[1] <= value[1] or key[0] <= span[0] and span[1] <= value[1]
            fitting = [span for span in spans if (span in (value, key) if known == field and "\n" not in text[value[0]:value[1]] else inside(span))]
            self.assertTrue(fitting, f"{rule} {message}: {field} is at {key} {value}, the regions are {spans}: "
                                     f"{[text[a:b] for a, b in spans]}")
            spans.remove(fitting[0])

    def test_one_answer_for_yaml(self):
        try:
            import yaml
        except ImportError:
            self.skipTest("skipped: no PyYAML")
        text = "# The shop.\n" + yaml.safe_dump(DEPLOYMENT, allow_unicode=True, sort_keys=False)
        expected = self.agree("web.yaml", text)
        served = bed.Webhook(os.path.join(self.directory, ".git", "serve"), config="admission:\n  enforce-at: info\n")
        try:
            causes, open_rules = self.webhook(json.dumps(DEPLOYMENT), served)
        finally:
            served.stop()
        self.assertEqual(sorted(one[:2] for one in causes), [one[:2] for one in expected if one[0] not in open_rules])


if __name__ == "__main__":
    unittest.main(verbosity=2)
