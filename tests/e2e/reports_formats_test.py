"""Every report format as its reader sees it: structure, limits, several at once, and what happens when one cannot be written."""
import csv
import gzip
import io
import json
import os
import re
import resource
import signal
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from assay_case import ROOT, AssayCase, binary

FORMATS = ["text", "json", "sarif", "sarif-github", "github", "github-summary", "gitlab", "gitlab-sast", "junit", "rdjson",
           "markdown", "html", "csv", "policy-report"]
BUCKET = 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n'


class FormatsCase(AssayCase):
    def report(self, name, *arguments, cwd=ROOT, path="examples", env=None):
        done = self.run_assay("scan", path, "--format", name, *arguments, cwd=cwd, env={"GITHUB_STEP_SUMMARY": "", **(env or {})})
        self.assertIn(done.returncode, (0, 1, 3), done.stderr.decode())
        return done.stdout.decode()

    def mixed(self):
        """A directory with findings of all kinds, a suppression, a problem, and a possible finding."""
        self.write("main.tf", BUCKET + 'resource "aws_s3_bucket" "c" {\n  # assay:ignore AWS0101 a web site\n  acl = "public-read"\n}\n'
                   'variable "acl" {\n  type = string\n}\nresource "aws_s3_bucket" "d" {\n  acl = var.acl\n}\n')
        self.write("broken.tf", "resource {\n")
        self.write("pod <&>.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: true\n  containers:\n"
                   "  - name: \"=cmd|'/c calc'!A1\"\n    image: nginx\n")

    def many(self, pods):
        for number in range(pods // 100):
            self.write(f"p{number}.yaml", "".join(
                f"---\napiVersion: v1\nkind: Pod\nmetadata:\n  name: pod-{number}-{i}\nspec:\n  hostNetwork: true\n"
                "  containers:\n  - name: c\n    image: nginx\n    securityContext:\n      privileged: true\n" for i in range(100)))


class Structure(FormatsCase):
    def test_junit(self):
        """The elements and attributes that Jenkins's schema (junit-10.xsd) knows, and sums that are right."""
        self.mixed()
        root = ElementTree.fromstring(self.report("junit", "--maybe", cwd=self.directory, path="."))
        allowed = {"testsuites": {"name", "time", "tests", "failures", "errors"},
                   "testsuite": {"name", "tests", "failures", "errors", "skipped", "time"},
                   "testcase": {"name", "classname", "time"}, "failure": {"type", "message"}, "error": {"type", "message"},
                   "skipped": {"message"}}
        for element in root.iter():
            self.assertLessEqual(set(element.attrib), allowed[element.tag], element.tag)
        sums = dict.fromkeys(("tests", "failures", "errors"), 0)
        for suite in root:
            cases = list(suite)
            self.assertEqual(int(suite.get("tests")), len(cases))
            for key, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
                self.assertEqual(int(suite.get(key)), sum(1 for case in cases if case.find(tag) is not None))
            for key in sums:
                sums[key] += int(suite.get(key))
        self.assertEqual({key: int(root.get(key)) for key in sums}, sums)
        self.assertGreater(sums["failures"], 0)
        self.assertGreater(sums["errors"], 0)
        skipped = [s.get("message") for s in root.iter("skipped")]
        self.assertTrue(any(s.startswith("suppressed: a web site; ") for s in skipped), skipped)
        self.assertTrue(any(s.startswith("possible; ") for s in skipped), skipped)
        self.assertIn("pod <&>.yaml", [suite.get("name") for suite in root])

    def test_code_quality(self):
        self.mixed()
        issues = json.loads(self.report("gitlab", cwd=self.directory, path="."))
        self.assertGreater(len(issues), 3)
        for issue in issues:
            self.assertLessEqual({"description", "check_name", "fingerprint", "severity", "location"}, set(issue))
            self.assertIn(issue["severity"], ("info", "minor", "major", "critical", "blocker"))
            self.assertFalse(issue["location"]["path"].startswith(("/", "./")))
            self.assertGreaterEqual(issue["location"]["lines"]["begin"], 1)
            self.assertGreaterEqual(issue["location"]["lines"]["end"], issue["location"]["lines"]["begin"])
        self.assertEqual(len({issue["fingerprint"] for issue in issues}), len(issues))
        self.assertIn("broken.tf", {issue["location"]["path"] for issue in issues})

    def test_sast(self):
        """The constraints of GitLab's sast-report-format.json, 15.2."""
        report = json.loads(self.report("gitlab-sast", "--maybe"))
        self.assertRegex(report["version"], r"^15\.\d+\.\d+$")
        scan = report["scan"]
        self.assertEqual(scan["type"], "sast")
        self.assertIn(scan["status"], ("success", "failure"))
        for time in ("start_time", "end_time"):
            self.assertRegex(scan[time], r"^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}$")
        for tool in (scan["analyzer"], scan["scanner"]):
            for key in ("id", "name", "version"):
                self.assertGreater(len(tool[key]), 0)
            self.assertGreater(len(tool["vendor"]["name"]), 0)
            self.assertRegex(tool["url"], r"^https?://.+")
        for message in scan["messages"]:
            self.assertIn(message["level"], ("info", "warn", "fatal"))
            self.assertGreater(len(message["value"]), 0)
        self.assertGreater(len(report["vulnerabilities"]), 50)
        ids = set()
        for item in report["vulnerabilities"]:
            self.assertRegex(item["id"], r"^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$")
            ids.add(item["id"])
            self.assertLessEqual(len(item["name"]), 255)
            self.assertLessEqual(len(item["description"]), 1048576)
            self.assertLessEqual(len(item.get("solution", "")), 7000)
            self.assertIn(item["severity"], ("Info", "Unknown", "Low", "Medium", "High", "Critical"))
            self.assertTrue(1 <= len(item["identifiers"]) <= 20)
            for identifier in item["identifiers"]:
                self.assertTrue(identifier["type"] and identifier["name"] and identifier["value"])
                if "url" in identifier:
                    self.assertRegex(identifier["url"], r"^(https?|ftp)://.+")
            location = item["location"]
            self.assertTrue(os.path.exists(os.path.join(ROOT, location["file"])), location)
            self.assertGreaterEqual(location["end_line"], location["start_line"])
            for signature in item["tracking"]["items"][0]["signatures"]:
                self.assertEqual(set(signature), {"algorithm", "value"})
            for detail in item["details"].values():
                self.assertIn(detail["type"], ("text", "code-flows"))
                self.assertGreater(len(detail["name"]), 0)
                for flow in detail.get("items", []):
                    self.assertEqual((flow[0]["node_type"], flow[-1]["node_type"]), ("source", "sink"))
                    for node in flow:
                        place = node["file_location"]
                        self.assertTrue(place["file_name"] and place["line_end"] >= place["line_start"] >= 1)
        self.assertEqual(len(ids), len(report["vulnerabilities"]))
        self.assertTrue(any(i["type"] == "checkov" for v in report["vulnerabilities"] for i in v["identifiers"]))

    def test_rdjson_columns_are_bytes(self):
        self.write("main.tf", '/* \u00e4\U0001f600 */ resource "aws_s3_bucket" "b" { acl = "public-read" }\n')
        report = json.loads(self.report("rdjson", "--rule", "AWS0101", cwd=self.directory, path="."))
        spot = report["diagnostics"][0]["location"]["range"]
        with open(os.path.join(self.directory, "main.tf"), "rb") as source:
            line = source.read().splitlines()[spot["start"]["line"] - 1]
        self.assertEqual(line[spot["start"]["column"] - 1:spot["end"]["column"] - 1], b'"public-read"')

    def test_rdjson_suggestion_is_the_fix(self):
        path = self.write("main.tf", BUCKET)
        report = json.loads(self.report("rdjson", "--rule", "AWS0101", cwd=self.directory, path="."))
        suggestion = report["diagnostics"][0]["suggestions"][0]
        start, end = suggestion["range"]["start"], suggestion["range"]["end"]
        lines = BUCKET.splitlines(keepends=True)
        offset = lambda at: sum(len(line) for line in lines[:at["line"] - 1]) + at["column"] - 1
        with open(path, "w", encoding="utf-8") as out:
            out.write(BUCKET[:offset(start)] + suggestion["text"] + BUCKET[offset(end):])
        self.assertEqual(self.rules(self.scan(".", "--rule", "AWS0101")), set())

    def test_csv(self):
        self.mixed()
        text = self.report("csv", "--maybe", cwd=self.directory, path=".")
        rows = list(csv.reader(io.StringIO(text, newline=""), strict=True))
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        self.assertIn("problem", {row[0] for row in rows[1:]})
        for row in rows[1:]:
            for field in row:
                self.assertNotRegex(field.lstrip(), r"^[=+\-@]")
        self.assertTrue(text.endswith("\r\n"))

    def test_markdown_mentions_nobody(self):
        self.write("pod.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: true\n  containers:\n"
                   '  - name: "@org/team | <script>"\n    image: nginx\n')
        text = self.report("markdown", cwd=self.directory, path=".")
        outside = re.sub(r"(?ms)^(`{3,}).*?^\1$|`[^`\n]*`", "", text)
        self.assertNotRegex(outside, r"(?<!\w)@\w")
        self.assertNotIn("<script>", outside)

    def test_paths_start_at_the_repository(self):
        self.write("repo/.git/HEAD", "ref: refs/heads/main\n")
        self.write("repo/infra/main.tf", BUCKET)
        inside = os.path.join(self.directory, "repo", "infra")
        for name in ("sarif-github", "github", "gitlab", "gitlab-sast", "junit", "rdjson", "markdown", "html", "csv"):
            self.assertIn("infra/main.tf", self.report(name, cwd=inside, path="."), name)


class Hostile(FormatsCase):
    NAMES = ["]]><x/>", "</script><script>alert(1)</script>", "\\x00\\x01\\x1b[2J\\x85\\u2028\\ufffe", "a,\\\"b\\\"\\r\\nc", "::error::x", "##[command]x",
             "`](javascript:x)|@org/team", "\\U0001f600\\u202e", "%0A%3A%25", "-1+1|cmd", "x" * 5000]

    def test_names_of_all_kinds(self):
        """What stands in names breaks no format: each is read by a parser, and means what it meant."""
        self.write("pods.yaml", "".join(
            f"---\napiVersion: v1\nkind: Pod\nmetadata: {{name: p{i}}}\nspec:\n  hostNetwork: true\n  containers:\n"
            f"  - name: \"{name}\"\n    image: \"{name}\"\n    securityContext: {{privileged: true}}\n" for i, name in enumerate(self.NAMES)))
        with open(os.path.join(os.fsencode(self.directory), b"bad \xff<&>,\n`.yaml"), "wb") as out:
            out.write(b"apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec:\n  hostNetwork: true\n  # \xff\xfe \x01\n  containers: [{name: c, image: nginx}]\n")
        self.write("main.tf", 'resource "aws_s3_bucket" "b" {\n  for_each = toset(["<b>", "a\\nb", "=1+1", "$${x}"])\n  acl      = "public-read"\n}\n')
        arguments = [a for name in FORMATS for a in ("--output", f"{name}={name}.out")]
        done = self.run_assay("scan", ".", "--maybe", *arguments, env={"GITHUB_STEP_SUMMARY": ""})
        self.assertIn(done.returncode, (1, 3), done.stderr.decode())
        text = {}
        for name in FORMATS:
            with open(os.path.join(self.directory, name + ".out"), "rb") as out:
                raw = out.read()
            if name != "text":
                text[name] = raw.decode("utf-8")  # strictly
        findings = json.loads(text["json"])["findings"]
        self.assertGreater(len(findings), 100)
        self.assertEqual(len(json.loads(text["sarif"])["runs"][0]["results"]), len(findings))
        for name in ("sarif-github", "gitlab", "gitlab-sast", "rdjson", "policy-report"):
            json.loads(text[name])
        root = ElementTree.fromstring(text["junit"].encode())
        self.assertGreaterEqual(int(root.get("tests")), len(findings))
        rows = list(csv.reader(io.StringIO(text["csv"], newline=""), strict=True))
        self.assertEqual({len(row) for row in rows}, {len(rows[0])})
        self.assertEqual(sum(row[0] == "finding" for row in rows), len(findings))
        for line in text["github"].splitlines()[:-1]:
            self.assertRegex(line, r"^::(error|warning|notice) [a-z]+=")
        for name in ("markdown", "github-summary"):
            outside = re.sub(r"(?ms)^(`{3,})[a-z]*$.*?^\1$", "", text[name])
            outside = re.sub(r"(`+)(?!`).*?(?<!`)\1(?!`)", "", outside)
            self.assertNotIn("<script", outside)
            self.assertNotRegex(outside, r"(?<!\w)@\w")
        self.assertNotIn("alert(1)</script>", text["html"])
        for control in re.findall(r"[\x00-\x08\x0b-\x1f\x7f]", text["html"] + text["junit"] + text["markdown"]):
            self.fail(repr(control))


class Limits(FormatsCase):
    def test_thirty_thousand_findings(self):
        self.many(2000)
        names = ["sarif-github", "markdown", "github-summary", "html", "gitlab", "junit", "csv"]
        done = self.run_assay("scan", ".", "--format", "github", *[a for n in names for a in ("--output", f"{n}={n}.out")], timeout=300)
        self.assertEqual(done.returncode, 1, done.stderr.decode())
        content = {}
        for name in names:
            with open(os.path.join(self.directory, name + ".out"), encoding="utf-8", newline="") as out:
                content[name] = out.read()
        total = len(list(csv.reader(io.StringIO(content["csv"], newline="")))) - 1
        self.assertGreater(total, 30000)
        said = done.stderr.decode()

        run = json.loads(content["sarif-github"])["runs"]
        self.assertEqual(len(run), 1)
        results = run[0]["results"]
        self.assertEqual(len(results), 25000)
        ranks = [result["rank"] for result in results]
        self.assertEqual(ranks, sorted(ranks, reverse=True))
        for result in results:
            self.assertLessEqual(len(result.get("relatedLocations", [])), 100)
            self.assertNotIn("suppressions", result)
        self.assertLess(len(gzip.compress(content["sarif-github"].encode())), 10_000_000)
        notes = [n["message"]["text"] for n in run[0]["invocations"][0]["toolExecutionNotifications"]]
        self.assertIn(f"{total - 25000} of {total} results are left out", notes[0])
        self.assertIn(f"{total - 25000} of {total} results are left out", said)
        self.assertIn("first 5000", notes[1])

        self.assertLessEqual(len(content["markdown"]), 65536)
        self.assertLessEqual(len(content["github-summary"].encode()), 1 << 20)
        for name in ("markdown", "github-summary"):
            self.assertIn("Left out, since the platform limits the length", content[name])
            self.assertIn(f"assay: {name}: Left out", said)
        self.assertLess(len(content["html"].encode()), 32 << 20)
        self.assertEqual(len(json.loads(content["gitlab"])), total)
        self.assertEqual(int(ElementTree.fromstring(content["junit"]).get("tests")), total)

        lines = done.stdout.decode().splitlines()
        for kind in ("error", "warning", "notice"):
            self.assertLessEqual(sum(line.startswith(f"::{kind} ") for line in lines), 10)
        self.assertRegex(lines[-1], rf"^Assay: {total} findings, .*; not shown above: ")


class Outputs(FormatsCase):
    def test_all_formats_in_one_run(self):
        self.mixed()
        arguments = [a for name in FORMATS for a in ("--output", f"{name}={name}.out")]
        done = self.run_assay("scan", ".", "--maybe", *arguments, env={"GITHUB_STEP_SUMMARY": ""})
        self.assertEqual(done.returncode, 1, done.stderr.decode())
        kept = {}
        for name in FORMATS:
            full = os.path.join(self.directory, name + ".out")
            with open(full, "rb") as out:
                kept[name] = out.read()
            os.remove(full)
        for name in FORMATS:
            alone = self.run_assay("scan", ".", "--maybe", "--format", name, env={"GITHUB_STEP_SUMMARY": ""}).stdout
            self.assertTrue(kept[name] == alone, name)

    def test_one_unwritable_report_keeps_none_of_the_others(self):
        self.write("main.tf", BUCKET)
        done = self.run_assay("scan", ".", "--output", "json=missing/a.json", "--output", "csv=/dev/full", "--output", "junit=b.xml")
        self.assertEqual(done.returncode, 2)
        self.assertTrue(os.path.exists(os.path.join(self.directory, "b.xml")))
        self.assertIn(b"AWS0101", done.stdout)
        said = done.stderr.decode()
        self.assertIn("the json report was not written", said)
        self.assertIn("the csv report was not written", said)
        self.assertIn("No space left", said)

    def test_dash_is_stdout(self):
        self.write("main.tf", BUCKET)
        done = self.run_assay("scan", ".", "--output", "json=-", "--output", "csv=a.csv")
        self.assertEqual(done.returncode, 1)
        self.assertEqual(json.loads(done.stdout)["version"], 1)
        self.assertFalse(os.path.exists(os.path.join(self.directory, "-")))
        for wrong in (["--output", "json=-", "--output", "csv=-"], ["--format", "json", "--output", "csv=-"],
                      ["--output", "json=a", "--output", "csv=./a"], ["--output", "json="], ["--output", "jason=a"],
                      ["--category", "a\nb"], ["--category", "/"]):
            self.assertEqual(self.run_assay("scan", ".", *wrong).returncode, 2, wrong)
        self.assertIn(b"json", self.run_assay("scan", ".", "--output", "jsonn=a").stderr)

    def test_a_full_disk_behind_stdout(self):
        self.write("main.tf", BUCKET)
        for name in FORMATS:
            done = self.run_assay("scan", ".", "--output", name + "=/dev/full", "--output", ("csv" if name != "csv" else "json") + "=kept")
            self.assertEqual(done.returncode, 2, name)
            self.assertTrue(os.path.exists(os.path.join(self.directory, "kept")))
            os.remove(os.path.join(self.directory, "kept"))

    def test_a_disk_that_fills_up_damages_no_file(self):
        """No file may grow beyond 2,000 bytes: what stood there stays, and nothing half-written is left."""
        self.write("main.tf", BUCKET)
        self.write("old.json", "old")
        summary = self.write("summary.md", "before\n")

        def limited():
            signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
            resource.setrlimit(resource.RLIMIT_FSIZE, (2000, 2000))

        environment = {**os.environ, "GITHUB_STEP_SUMMARY": summary}
        done = subprocess.run([binary(), "scan", ".", "--no-cache", "--output", "json=old.json", "--output", "html=new.html",
                               "--output", "github=log", "--rule", "AWS010*"], cwd=self.directory, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, preexec_fn=limited, restore_signals=False, check=False)
        said = done.stderr.decode()
        self.assertEqual(done.returncode, 2, said)
        for name in ("the json report", "the html report", "the step summary"):
            self.assertIn(name + " was not written", said)
        self.assertIn(b"AWS0101", done.stdout)
        with open(os.path.join(self.directory, "old.json"), encoding="utf-8") as kept:
            self.assertEqual(kept.read(), "old")
        with open(summary, encoding="utf-8") as kept:
            self.assertEqual(kept.read(), "before\n")
        self.assertEqual(sorted(os.listdir(self.directory)), ["log", "main.tf", "old.json", "summary.md"])

    def test_category(self):
        self.write("main.tf", BUCKET)
        for name in ("sarif", "sarif-github"):
            for arguments, wanted in (([], "assay/"), (["--category", "infra/prod"], "infra/prod/"), (["--category", "a/"], "a/")):
                run = json.loads(self.report(name, *arguments, cwd=self.directory, path="."))["runs"][0]
                self.assertEqual(run["automationDetails"]["id"], wanted)


class StepSummary(FormatsCase):
    def test_appended_for_the_github_format_only(self):
        self.write("main.tf", BUCKET)
        summary = self.write("out/summary.md", "before\n")
        for arguments in (["--format", "text"], ["--output", "github-summary=other.md"]):
            self.run_assay("scan", ".", *arguments, env={"GITHUB_STEP_SUMMARY": summary})
            with open(summary, encoding="utf-8") as text:
                self.assertEqual(text.read(), "before\n")
        for arguments in (["--format", "github"], ["--output", "github=log"]):
            self.write("out/summary.md", "before\n")
            done = self.run_assay("scan", ".", *arguments, env={"GITHUB_STEP_SUMMARY": summary})
            self.assertEqual(done.returncode, 1, done.stderr.decode())
            with open(summary, encoding="utf-8") as text:
                self.assertRegex(text.read(), r"^before\n# Assay: \d+ findings\n")

    def test_what_others_wrote_leaves_less_room(self):
        self.many(300)
        summary = self.write("out/summary.md", "x" * 900_000)
        self.run_assay("scan", ".", "--format", "github", env={"GITHUB_STEP_SUMMARY": summary})
        self.assertTrue(950_000 < os.path.getsize(summary) <= 1 << 20)
        done = self.run_assay("scan", ".", "--format", "github", env={"GITHUB_STEP_SUMMARY": self.write("full.md", "x" * (1 << 20))})
        self.assertEqual(done.returncode, 1)
        self.assertIn(b"no room left", done.stderr)

    def test_one_that_cannot_be_written(self):
        self.write("main.tf", BUCKET)
        done = self.run_assay("scan", ".", "--format", "github", env={"GITHUB_STEP_SUMMARY": self.directory})
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"::error file=main.tf", done.stdout)
        self.assertIn(b"step summary was not written", done.stderr)


class Secrets(FormatsCase):
    def test_no_format_shows_one(self):
        secret = "Tr0ub4dor-and-3"
        self.write("pod.json", '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"hostNetwork":true,"containers":[{"name":"c",'
                   '"image":"nginx:latest","env":[{"name":"DB_PASSWORD","value":"' + secret + '"}]}]}}')
        self.write("main.tf", 'variable "db_password" {\n  default = "' + secret + '"\n}\nresource "aws_db_instance" "d" {\n'
                   '  password            = var.db_password\n  publicly_accessible = true\n}\n'
                   'resource "aws_s3_bucket" "b" {\n  for_each = toset(["' + secret + '"])\n  acl      = "public-read"\n}\n')
        for name in FORMATS:
            for arguments in (["--maybe"], ["--rule", "KUB*"], ["--rule", "AWS*", "--maybe"]):
                out = self.report(name, *arguments, cwd=self.directory, path=".")
                at = out.find("Tr0ub4dor")
                self.assertEqual(at, -1, (name, arguments, out[max(0, at - 200):at + 100]))


if __name__ == "__main__":
    unittest.main(verbosity=1)
