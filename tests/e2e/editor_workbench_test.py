"""The extension where users see it: a workbench in a browser, with the package that users get and the program in it.

Needs $ASSAY_EDITOR (a folder that ../shared/tools/editor/install.sh made) and vscode-extension/node_modules (npm ci).
"""
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "editor"))
# pylint: disable=wrong-import-position
from assay_case import ROOT, SHARED, AssayCase, binary
from workbench import Workbench, find_install

EXTENSION = os.path.join(ROOT, "vscode-extension")
DRIVE = os.path.join(SHARED, "tools", "editor", "drive.mjs")
INSTALL = find_install()
HAS_MODULES = os.path.exists(os.path.join(EXTENSION, "node_modules", ".package-lock.json"))

MAIN = """resource "aws_s3_bucket" "site" {
  bucket = "assay-site"
  acl    = var.acl
}

resource "aws_db_instance" "copy" {
  count               = var.replicas
  engine              = "postgres"
  publicly_accessible = true
}
"""
VARIABLES = """variable "acl" {
  default = "private"
}

variable "replicas" {
  default = 0
}
"""
POD = """apiVersion: v1
kind: Pod
metadata:
  name: web
spec:
  hostNetwork: true
  containers:
    - name: web
      image: registry.example.com/web:1.4.2
      securityContext:
        allowPrivilegeEscalation: true
"""
TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Acl: {Type: String, Default: PublicRead}
Resources:
  Site:
    Type: AWS::S3::Bucket
    Properties:
      AccessControl: PublicRead
"""
BUCKET = """resource "aws_s3_bucket" "logs" {
  bucket = "assay-logs" # \u00e9\U0001f600
  /* \u00e9\U0001f600 */ acl = "public-read"
}
"""
TRAIL = """resource "aws_cloudtrail" "all" {
  name                       = "all"
  s3_bucket_name             = "trail"
  enable_log_file_validation = false
}
"""
OWN_RULE = """---
id: OWN0001
name: own-region
severity: high
precision: high
resources: [aws/s3/bucket]
formats: [terraform]
at: acl
---
# The ACL is another one

## How to fix
Take the other one.

```cel
resource.acl == "authenticated-read"
```

```hcl bad
resource "aws_s3_bucket" "b" { acl = "authenticated-read" } # error: authenticated-read
```

```hcl good
resource "aws_s3_bucket" "b" { acl = "private" }
```
"""
RULES = ["AWS0101", "AWS0503", "AWS0211", "KUB0002", "KUB0020", "IAM*"]

VSIX = None
SCRATCH = None


def setUpModule():
    """The package, as npm run package makes it, with the program that is tested in it."""
    global VSIX, SCRATCH  # pylint: disable=global-statement
    if INSTALL is None or not HAS_MODULES:
        return
    SCRATCH = tempfile.mkdtemp(prefix="assay-vsix-")
    VSIX = os.path.join(SCRATCH, "assay.vsix")
    done = subprocess.run(["npm", "run", "--silent", "package", "--", "--binary", os.path.realpath(binary()), "--out", VSIX], cwd=EXTENSION,
                          stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
    if done.returncode != 0:
        raise AssertionError(done.stdout.decode())


def tearDownModule():
    if SCRATCH:
        shutil.rmtree(SCRATCH, ignore_errors=True)


def mark(line, column, end, kind="error"):
    return {"line": line, "column": column, "end": end, "kind": kind}


@unittest.skipIf(INSTALL is None, "skipped: $ASSAY_EDITOR names no installed editor")
@unittest.skipUnless(HAS_MODULES, "skipped: npm ci has not run in vscode-extension")
class EditorCase(AssayCase):
    def setUp(self):
        super().setUp()
        self.directory = os.path.realpath(self.directory)

    def read(self, name):
        with open(os.path.join(self.directory, name), encoding="utf-8", newline="") as file:
            return file.read()


@unittest.skipUnless(os.path.exists(DRIVE), "skipped: ../shared/tools/editor is not there")
class Drive(EditorCase):
    """One file of each format in the bed that other extensions are tested in, too."""

    def drive(self, name, text, rule, hover):
        self.write(name, text)
        out = os.path.join(self.directory, "..", os.path.basename(self.directory) + ".json")
        command = ["node", DRIVE, "--install", INSTALL, "--vsix", VSIX, "--folder", self.directory, "--file", name, "--hover", hover, "--fix",
                   "--setting", f'assay.rules=["{rule}"]', "--out", out]
        for _ in range(3):
            done = subprocess.run(command, timeout=300, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
            self.assertTrue(os.path.exists(out), done.stdout.decode())
            with open(out, encoding="utf-8") as file:
                result = json.load(file)
            os.remove(out)
            # On a busy machine the bed may not wait long enough for the workbench's own boxes.
            if not any("Waiting for selector" in one for one in result["failed"]):
                break
        self.assertEqual(result["failed"], [], result["log"])
        self.assertEqual([one["code"] for one in result["diagnostics"]], [rule])
        self.assertEqual({one["source"] for one in result["diagnostics"]}, {"assay"})
        return result

    def test_terraform(self):
        text = 'resource "aws_s3_bucket" "b" {\r\n  acl = "public-read" # why\r\n}\r\n'
        result = self.drive("main.tf", text, "AWS0101", "2:12")
        self.assertEqual((result["diagnostics"][0]["line"], result["diagnostics"][0]["column"]), (2, 9))
        self.assertIn("S3 bucket ACL lets everyone read", result["hovers"][0]["text"])
        self.assertIn("aws_s3_bucket.b", result["hovers"][0]["text"])
        self.assertTrue(result["fix"]["offered"][0].startswith("AWS0101: "))
        self.assertEqual(result["fix"]["after"], text.replace("public-read", "private"))
        self.assertEqual(result["diagnostics_after_fix"], [])

    def test_kubernetes(self):
        result = self.drive("web.yaml", POD, "KUB0020", "11:38")
        self.assertEqual((result["diagnostics"][0]["line"], result["diagnostics"][0]["column"]), (11, 35))
        self.assertIn("How to fix", result["hovers"][0]["text"])
        self.assertEqual(result["fix"]["after"], POD.replace("allowPrivilegeEscalation: true", "allowPrivilegeEscalation: false"))
        self.assertEqual(result["diagnostics_after_fix"], [])

    def test_cloudformation(self):
        text = TEMPLATE.replace("AccessControl: PublicRead", "AccessControl: !Ref Acl")
        result = self.drive("site.yaml", text, "AWS0101", "8:25")
        # Where the value is written: the default of the parameter.
        self.assertEqual((result["diagnostics"][0]["line"], result["diagnostics"][0]["column"]), (3, 32))
        self.assertIn('"PublicRead"', result["hovers"][0]["text"])
        self.assertIn("Acl", result["hovers"][0]["text"])
        self.assertEqual(result["fix"]["after"], text.replace("Default: PublicRead", "Default: Private"))


class Session(EditorCase):
    """A workbench for each test; what is done stands in the tests."""
    FILES = {"main.tf": MAIN, "variables.tf": VARIABLES, "web.yaml": POD, "site.yaml": TEMPLATE, "logs.tf": BUCKET, "trail.tf": TRAIL}

    def workbench(self, files=None, trusted=True, **settings):
        self.root = os.path.join(self.directory, "shop")
        for name, text in (self.FILES if files is None else files).items():
            self.write(os.path.join("shop", name), text)
        if os.environ.get("ASSAY_EDITOR_PICTURES"):
            settings["assay.trace.server"] = "verbose"
        bench = Workbench(INSTALL)
        self.addCleanup(bench.close)
        bench.start(folder=self.root, vsix=[VSIX], trusted=trusted, settings={"assay.rules": RULES, **settings})
        self.addCleanup(self.picture, bench)
        self.addCleanup(self.no_errors, bench)
        return bench

    def no_errors(self, bench):
        """Nothing went wrong that nobody saw; parts of the editor itself are not installed, and mistakes in assay.yaml are told."""
        for name, text in bench.logs().items():
            wrong = [line for line in text.splitlines() if ("[Error" in line or "[error]" in line and "assay-iac" in line) and "assay.yaml: " not in line]
            self.assertEqual(wrong, [], name)

    def picture(self, bench):
        """Of how it ended, and what was logged, where somebody wants to see it."""
        folder = os.environ.get("ASSAY_EDITOR_PICTURES")
        if not folder:
            return
        bench.picture(file=os.path.join(folder, self._testMethodName + ".png"))
        with open(os.path.join(folder, self._testMethodName + ".log"), "w", encoding="utf-8") as out:
            for name, text in sorted(bench.logs().items()):
                print(f"=== {name}\n{text}", file=out)

    def read(self, name):
        return super().read(os.path.join("shop", name))

    def marks(self, bench, *wanted):
        bench.wait("marks", lambda found: found == list(wanted))

    def test_squiggles_hovers_fixes_and_edits_across_files(self):
        bench = self.workbench()
        # Exact columns, also behind characters of two units; before any edit the inlay hint says what a reference evaluates to.
        bench.open(file="logs.tf")
        self.marks(bench, mark(3, 19, 32))
        bench.open(file="web.yaml")
        self.marks(bench, mark(6, 16, 20), mark(11, 35, 39, "warning"))
        bench.open(file="site.yaml")
        self.marks(bench, mark(8, 22, 32))
        bench.open(file="main.tf")
        bench.wait("line", lambda text: text == '  acl    = var.acl = "private"', line=3)
        self.marks(bench)

        hover = bench.hover(line=3, column=14)
        self.assertIn('"private"', hover)
        self.assertIn("certain", hover)
        self.assertIn("variables.tf:2", hover)
        bench.press(keys="Escape")

        # A variable is edited in one file and not saved: another file gets a finding, and the hint another value.
        bench.open(file="variables.tf")
        self.marks(bench)
        bench.replace(line=6, column=13, end=14, text="1")
        bench.replace(line=2, column=14, end=21, text="public-read")
        self.marks(bench, mark(2, 13, 26))  # the literal to change
        bench.open(file="main.tf")
        self.marks(bench, mark(9, 25, 29))
        bench.wait("line", lambda text: text == '  acl    = var.acl = "public-read"', line=3)
        self.assertEqual(self.read("variables.tf"), VARIABLES)
        bench.open(file="variables.tf")
        bench.press(keys="Control+z")
        self.assertNotEqual(bench.line(line=2), None)
        bench.command(name="File: Revert File")
        self.marks(bench)
        bench.open(file="main.tf")
        self.marks(bench)

        # A quick fix, and the bytes.
        bench.open(file="web.yaml")
        offered = bench.fixes(line=11, column=37, choose="KUB0020: ")
        self.assertEqual(len([one for one in offered if one.startswith("Suppress KUB0020")]), 1)
        self.assertEqual(offered[-1], "Explain KUB0020")
        self.marks(bench, mark(6, 16, 20))
        self.assertEqual(self.read("web.yaml"), POD)
        bench.save()
        self.assertEqual(self.read("web.yaml"), POD.replace("Escalation: true", "Escalation: false"))

        # A reason is asked for.
        bench.open(file="logs.tf")
        bench.fixes(line=3, column=22, choose="Suppress AWS0101")
        bench.enter(text="the logs are public")
        self.marks(bench)
        bench.save()
        self.assertEqual(self.read("logs.tf"), BUCKET.replace("  /*", "  # assay:ignore AWS0101 the logs are public\n  /*"))

        # Half of a block: what is whole keeps its finding, and the mistake is marked.
        bench.open(file="trail.tf")
        self.marks(bench, mark(4, 32, 37, "warning"))
        bench.go(line=5, column=2)
        bench.press(keys="Enter")
        bench.type(text='resource "aws_vpc" "v" {')
        bench.wait("marks", lambda found: mark(4, 32, 37, "warning") in found and any(one["line"] >= 6 and one["kind"] == "error" for one in found))
        self.assertEqual(bench.status(name="assay")[0].split()[0], "Assay")

    def test_what_the_extension_adds(self):
        self.write("shop/.vscode/settings.json", "{}")
        bench = self.workbench(**{"editor.codeActionsOnSave": {"source.fixAll.assay": "explicit"}})
        bench.wait("status", lambda texts: [text.split() for text in texts] == [["Assay", "3", "2"]], name="assay")

        # The view of findings.
        bench.command(name="Assay: Focus on Findings View")
        labels = [(row["level"], row["label"], row["description"]) for row in bench.wait("tree", lambda rows: len(rows) == 4, selector=".sidebar")]
        self.assertEqual(labels, [(1, "AWS::S3::Bucket.Site", "1"), (1, "Pod.default.web", "2"), (1, "aws_s3_bucket.logs", "1"), (1, "aws_cloudtrail.all", "1")])
        bench.row(selector=".sidebar", label="Pod.default.web")
        rows = bench.wait("tree", lambda rows: len(rows) == 6, selector=".sidebar")
        self.assertEqual([(row["level"], row["description"]) for row in rows[2:4]], [(2, "KUB0002 web.yaml:6"), (2, "KUB0020 web.yaml:11")])
        bench.command(name="Assay: Group by Rule")
        rows = bench.wait("tree", lambda rows: rows and rows[0]["label"] == "AWS0101", selector=".sidebar")
        self.assertEqual([row["label"] for row in rows if row["level"] == 1], ["AWS0101", "KUB0002", "AWS0211", "KUB0020"])

        # Pages of rules, by a choice and at a finding.
        bench.command(name="Assay: Explain Rule")
        bench.enter(text="CKV_AWS_20", wait=1500)
        page = bench.panel(part="AWS0101 s3-public-acl")
        for part in ("What it does", "Flagged (terraform)", 'acl = "public-read"', "Controls", "Suppress"):
            self.assertIn(part, page)
        bench.open(file="web.yaml")
        bench.fixes(line=6, column=17, choose="Explain KUB0002")
        self.assertIn("How to fix", bench.panel(part="KUB0002"))

        # Resources, also those without findings where the server lists them.
        bench.command(name="Assay: Go to Resource")
        self.assertIn("aws_cloudtrail.all", bench.choices())
        bench.enter(text="aws_cloudtrail.all")
        bench.wait("text", lambda texts: any("trail.tf" in text for text in texts), selector=".tab.active")

        # Safe fixes on save.
        self.marks(bench, mark(4, 32, 37, "warning"))
        bench.go(line=2, column=3)
        bench.type(text=" ")
        bench.save()
        bench.wait("marks", lambda found: found == [])
        bench.wait("text", lambda texts: texts == [], selector=".tab.active.dirty")
        self.assertEqual(self.read("trail.tf"), TRAIL.replace("  name ", "   name ").replace("= false", "= true"))

        # The menu; a restart; another setting counts at once.
        bench.click(selector='[id^="assay-iac.assay"] a')
        entries = bench.choices()
        self.assertTrue(any("Explain Rule" in one for one in entries) and any("Restart Server" in one for one in entries), entries)
        bench.enter(text="Restart Server")
        bench.wait("logs", lambda logs: sum(log.count("(bundled)") for log in logs.values()) == 2)
        bench.wait("status", lambda texts: [text.split() for text in texts] == [["Assay", "3", "1"]], name="assay")
        bench.settings(settings={"assay.severity": "high"})
        bench.wait("status", lambda texts: [text.split() for text in texts] == [["Assay", "3"]], name="assay")
        bench.settings(settings={"assay.path": "/nowhere/assay"})
        bench.wait("text", lambda texts: any("/nowhere/assay" in text for text in texts), selector=".notification-list-item-message")
        bench.settings(settings={"assay.severity": "high"})
        bench.wait("status", lambda texts: [text.split() for text in texts] == [["Assay", "3"]], name="assay")

    def test_a_rule_that_is_typed_counts_at_once(self):
        files = {"main.tf": BUCKET.replace("public-read", "log-delivery-write"), "assay.yaml": "policies: [policies]\n", "policies/own.md": OWN_RULE}
        bench = self.workbench(files, **{"assay.rules": [], "assay.severity": "high"})
        bench.open(file="main.tf")
        self.marks(bench)
        bench.open(file="policies/own.md")
        bench.wait("text", lambda texts: any("1 resource matches, 0 fail" in text for text in texts), selector=".codelens-decoration")
        bench.replace(line=16, column=18, end=36, text="log-delivery-write")
        bench.wait("text", lambda texts: any("1 resource matches, 1 fail" in text for text in texts), selector=".codelens-decoration")
        # Its own example says otherwise now.
        bench.wait("marks", lambda found: any(one["line"] >= 19 for one in found))
        bench.open(file="main.tf")
        self.marks(bench, mark(3, 19, 39))
        self.assertEqual(self.read("policies/own.md"), OWN_RULE)

    def test_what_has_no_comments_and_what_runs_in_a_terminal(self):
        # A program of one's own, which notes what it is asked for.
        asked = os.path.join(self.directory, "asked")
        program = self.write("tools/assay", f'#!/bin/sh\necho "$PWD $*" >> {asked}\nexec {os.path.realpath(binary())} "$@"\n')
        os.chmod(program, 0o755)
        template = json.dumps({"AWSTemplateFormatVersion": "2010-09-09", "Resources": {"Site": {"Type": "AWS::S3::Bucket", "Properties": {"AccessControl": "PublicRead"}}}},
                              indent=2)
        bench = self.workbench({"site.json": template}, **{"assay.path": program, "assay.severity": "high"})
        bench.open(file="site.json")
        self.marks(bench, mark(7, 26, 38))
        # JSON has no comments: assay.yaml takes the reason, and is made for it.
        bench.fixes(line=7, column=30, choose="Suppress AWS0101 in assay.yaml")
        bench.enter(text='the "site": public, until=2099-12-31')
        self.marks(bench)
        bench.command(name="File: Save All Files")
        bench.wait("logs", lambda _: os.path.exists(os.path.join(self.root, "assay.yaml")))
        self.assertIn('    reason: "the \\"site\\": public"\n    until: 2099-12-31\n', self.read("assay.yaml"))
        self.assertEqual(self.read("site.json"), template)

        bench.command(name="Assay: Scan Workspace")

        def lines():
            with open(asked, encoding="utf-8") as file:
                return file.read().splitlines()

        wanted = f"{self.root} scan . --severity high " + " ".join("--rule " + rule for rule in RULES)
        bench.wait("logs", lambda _: wanted in lines())
        self.assertIn(f"{self.root} lsp", lines())
        bench.wait("text", lambda texts: any("scan" in text for text in texts), selector=".part.panel")

    def test_edit_to_squiggle(self):
        """Milliseconds between a key and the squiggle, by the clock of the page."""
        text = MAIN + "\n".join(f'resource "aws_s3_bucket" "b{i}" {{\n  bucket = "x{i}"\n  acl    = "private"\n}}\n' for i in range(200))
        bench = self.workbench({"main.tf": MAIN.replace("var.acl", '"public-read"').replace("var.replicas", "0"), "more.tf": text.replace('"site"', '"s"').replace('"copy"', '"d"')})
        bench.open(file="main.tf")
        self.marks(bench, mark(3, 12, 25))
        bench.go(line=3, column=24)
        times = []
        for _ in range(15):
            times += [bench.measure(keys="x"), bench.measure(keys="Backspace")]
        self.assertNotIn(None, times)
        times.sort()
        print(f"edit to squiggle: p50 {statistics.median(times):.0f} ms, p90 {times[26]:.0f} ms, most {times[-1]:.0f} ms", file=sys.stderr)
        self.assertLess(statistics.median(times), 3000)

    def test_a_folder_that_is_not_trusted_runs_nothing_of_its_own(self):
        ran = os.path.join(self.directory, "ran")
        evil = f"#!/bin/sh\ntouch {ran}\nexec false\n"
        files = {"main.tf": BUCKET, "evil": evil, "policies/own.md": "", "none.yaml": "skip-rules: ['*']\n",
                 ".vscode/settings.json": json.dumps({"assay.path": "${workspaceFolder}/evil", "assay.config": "none.yaml", "assay.maybe": True})}
        self.write("shop/evil", evil)
        os.chmod(os.path.join(self.directory, "shop", "evil"), 0o755)
        bench = self.workbench(files, trusted=False)
        os.chmod(os.path.join(self.directory, "shop", "evil"), 0o755)
        bench.open(file="main.tf")
        self.marks(bench, mark(3, 19, 32))
        bench.wait("logs", lambda logs: any("(bundled)" in log for log in logs.values()))
        self.assertFalse(os.path.exists(ran))

    def test_a_file_that_has_no_name_yet(self):
        bench = self.workbench({"assay.yaml": "severity: low\n"})
        bench.command(name="New Untitled Text File")
        bench.command(name="Change Language Mode")
        bench.enter(text="terraform")
        bench.type(text='resource "aws_s3_bucket" "b" {\nacl = "public-read"\n}\n')
        self.marks(bench, mark(2, 7, 20))
        # assay.yaml while it is typed.
        bench.open(file="assay.yaml")
        bench.go(line=1, column=9)
        bench.type(text="x")
        bench.wait("marks", lambda found: [one["line"] for one in found] == [1])


if __name__ == "__main__":
    unittest.main()
