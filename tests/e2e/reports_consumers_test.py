"""Reports read by the programs they are for: GitHub's toolkit, reviewdog's parser, the SARIF validator, axe. Each comes from its
registry on first use and is skipped where that cannot be."""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

from assay_case import ROOT, SHARED, AssayCase
from browser import Browser, find_browser

VALIDATOR = os.path.join(SHARED, "tools", "sarif-validate", "sarif_validate.py")
TOOLS = os.path.join(ROOT, "build", "report-consumers")

PRINT_COMMANDS = """
const { issueCommand } = require('@actions/core/lib/command');
for (const c of JSON.parse(require('fs').readFileSync(0, 'utf8'))) issueCommand(c.kind, c.properties, c.message);
"""

READ_RDJSON = """package main

import (
	"encoding/json"
	"fmt"
	"os"

	"github.com/reviewdog/reviewdog/parser"
)

func main() {
	diagnostics, err := parser.NewRDJSONParser().Parse(os.Stdin)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	json.NewEncoder(os.Stdout).Encode(diagnostics)
}
"""

HOSTILE = ("apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: true\n  containers:\n"
           "  - name: \"100% ::error::a, b:\\n##[group]\\r::set-output name=x::y\"\n    image: nginx\n")


def tool(command, directory):
    """Runs an installation; what is missing skips the test."""
    if shutil.which(command[0]) is None:
        raise unittest.SkipTest("no " + command[0])
    done = subprocess.run(command, cwd=directory, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode != 0:
        raise unittest.SkipTest(" ".join(command) + " failed: " + done.stdout.decode()[-300:])


def parsed_command(line):
    """What the runner reads from a line (ActionCommand.TryParseV2): kind, properties, message."""
    match = re.fullmatch(r"::([a-z]+)(?: (.*?))?::(.*)", line)
    if not match:
        return None
    undo = lambda text, pairs: [text := text.replace(a, b) for a, b in pairs][-1]
    properties = {}
    for pair in (match[2] or "").split(","):
        if pair:
            key, value = pair.split("=", 1)
            properties[key] = undo(value, [("%0D", "\r"), ("%0A", "\n"), ("%3A", ":"), ("%2C", ","), ("%25", "%")])
    return {"kind": match[1], "properties": properties, "message": undo(match[3], [("%0D", "\r"), ("%0A", "\n"), ("%25", "%")])}


class Annotations(AssayCase):
    def test_the_toolkit_writes_the_same_bytes(self):
        folder = os.path.join(TOOLS, "actions")
        os.makedirs(folder, exist_ok=True)
        if not os.path.exists(os.path.join(folder, "node_modules", "@actions", "core")):
            tool(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, "@actions/core@1.11.1"], folder)
        self.write("a, b:%.yaml", HOSTILE)
        self.write("broken.tf", "resource {\n")
        out = self.run_assay("scan", ".", "--format", "github", env={"GITHUB_STEP_SUMMARY": ""}).stdout.decode()
        lines = out.splitlines()
        commands = [parsed_command(line) for line in lines[:-1]]
        self.assertNotIn(None, commands)
        self.assertGreater(len(commands), 10)
        self.assertIn("a, b:%.yaml", {command["properties"].get("file") for command in commands})
        # Nothing else in the log is a command, in the old form neither.
        self.assertNotIn("::", lines[-1])
        self.assertNotIn("##[", lines[-1])
        script = os.path.join(folder, "print.js")
        with open(script, "w", encoding="utf-8") as text:
            text.write(PRINT_COMMANDS)
        again = subprocess.run(["node", script], input=json.dumps(commands).encode(), stdout=subprocess.PIPE, check=True).stdout.decode()
        self.assertEqual(again.splitlines(), lines[:-1])


class Reviewdog(AssayCase):
    def test_its_parser_reads_everything(self):
        folder = os.path.join(TOOLS, "reviewdog")
        program = os.path.join(folder, "read_rdjson")
        if not os.path.exists(program):
            os.makedirs(folder, exist_ok=True)
            with open(os.path.join(folder, "main.go"), "w", encoding="utf-8") as out:
                out.write(READ_RDJSON)
            if not os.path.exists(os.path.join(folder, "go.mod")):
                tool(["go", "mod", "init", "read_rdjson"], folder)
            tool(["go", "get", "github.com/reviewdog/reviewdog@v0.20.1"], folder)
            tool(["go", "mod", "tidy"], folder)
            tool(["go", "build", "-p", "1", "-o", "read_rdjson", "."], folder)
        text = self.run_assay("scan", "examples", "--maybe", "--format", "rdjson", cwd=ROOT).stdout
        done = subprocess.run([program], input=text, stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        self.assertEqual(done.returncode, 0, done.stderr.decode())
        read = json.loads(done.stdout)
        report = self.scan("examples", "--maybe", cwd=ROOT)
        findings = [f for f in report["findings"] if not f["suppressed"]]
        self.assertEqual([d["code"]["value"] for d in read], [f["rule"] for f in findings])
        self.assertEqual([d["location"]["path"] for d in read], [f["file"] for f in findings])
        self.assertEqual([d["location"]["range"]["start"]["line"] for d in read], [f["region"]["line"] for f in findings])
        suggested = [d for d in read if d.get("suggestions")]
        self.assertGreater(len(suggested), 0)
        self.assertLessEqual(len(suggested), sum(1 for f in findings if f["fix"]))
        self.assertEqual({d["source"]["name"] for d in read}, {"assay"})


@unittest.skipUnless(find_browser(), "no Chromium at hand")
class Accessibility(AssayCase):
    def test_axe_finds_nothing(self):
        folder = os.path.join(TOOLS, "axe")
        os.makedirs(folder, exist_ok=True)
        axe = os.path.join(folder, "node_modules", "axe-core", "axe.min.js")
        if not os.path.exists(axe):
            tool(["npm", "install", "--no-audit", "--no-fund", "--ignore-scripts", "--prefix", folder, "axe-core@4.10.3"], folder)
        with open(axe, encoding="utf-8") as text:
            code = text.read()
        target = os.path.join(self.directory, "report.html")
        self.run_assay("scan", "examples", "--maybe", "--compliance", "cis-aws-5.0", "--output", "html=" + target, cwd=ROOT)
        for dark in (False, True):
            browser = Browser(find_browser(), dark=dark)
            try:
                browser.open(target)
                # What is off the screen has no layout that could be judged.
                browser.run("document.querySelectorAll('#list > li').forEach((li) => { li.style.contentVisibility = 'visible'; })")
                browser.run(code + "; 0")
                self.assertEqual(browser.run("axe.run().then((r) => r.violations.map((v) => [v.id, v.nodes[0].html.slice(0, 200)]))"), [])
            finally:
                browser.close()


class SarifValidator(AssayCase):
    def git(self, *arguments):
        subprocess.run(["git", "-c", "user.name=a", "-c", "user.email=a@b.c", *arguments], cwd=self.directory, check=True,
                       stdout=subprocess.DEVNULL)

    def test_both_profiles_with_and_without_a_comparison(self):
        if not os.path.exists(VALIDATOR):
            self.skipTest("no SARIF validator at hand")
        self.write("pod.yaml", HOSTILE)
        self.write("main.tf", 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\nresource "aws_s3_bucket" "c" {\n'
                   '  # assay:ignore AWS0101 site\n  acl = "public-read"\n}\n')
        self.write("broken.tf", "resource {\n")
        self.git("init", "-q", ".")
        self.git("add", "-A")
        self.git("commit", "-qm", "x")
        self.write("main.tf", 'resource "aws_s3_bucket" "new" {\n  acl = "public-read-write"\n}\n')
        os.remove(os.path.join(self.directory, "pod.yaml"))
        reports = []
        for profile in ("sarif", "sarif-github"):
            for arguments in ([], ["--diff", "HEAD"], ["--category", "infra/prod"]):
                target = os.path.join(self.directory, f"{profile}{len(reports)}.sarif")
                done = self.run_assay("scan", ".", "--maybe", *arguments, "--output", profile + "=" + target)
                self.assertIn(done.returncode, (0, 1, 3), done.stderr.decode())
                reports.append(target)
        with open(reports[1], encoding="utf-8") as text:
            states = {r.get("baselineState") for r in json.load(text)["runs"][0]["results"]}
        self.assertLessEqual({"new", "absent"}, states)
        with open(reports[4], encoding="utf-8") as text:
            results = json.load(text)["runs"][0]["results"]
        self.assertEqual({r.get("baselineState") for r in results}, {"new"})
        # Large ones, too: the validator takes 10 MB.
        big = os.path.join(self.directory, "big.sarif")
        self.run_assay("scan", "examples", "--maybe", "--output", "sarif-github=" + big, cwd=ROOT)
        keeper = os.path.join(ROOT, "build", "sarif-validator")
        os.makedirs(keeper, exist_ok=True)
        done = subprocess.run([sys.executable, VALIDATOR, "--tool", keeper, *reports, big], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        if done.returncode == 2:
            self.skipTest("the SARIF validator did not run: " + done.stdout.decode()[-500:])
        self.assertEqual(done.returncode, 0, done.stdout.decode()[:4000])


if __name__ == "__main__":
    unittest.main(verbosity=1)
