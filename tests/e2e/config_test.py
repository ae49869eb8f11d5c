"""assay.yaml: extends, rules by path, excludes, thresholds; config show and schema; init; files of other tools."""
import json
import os
import re
import unittest

from assay_case import ROOT, AssayCase

BUCKET = 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n'
POD = """apiVersion: v1
kind: Pod
metadata: {name: p}
spec:
  containers:
    - name: c
      image: registry.example.com/app:1.2.3
      securityContext: {privileged: true}
"""


def notes(report, code):
    return [problem["message"] for problem in report["problems"] if problem["code"] == code]


class Config(AssayCase):
    def fails(self, text, *expected, name="assay.yaml"):
        self.write(name, text)
        self.write("main.tf", BUCKET)
        done = self.run_assay("scan", ".")
        self.assertEqual(done.returncode, 2, text)
        for part in expected:
            self.assertIn(part, done.stderr.decode())
        self.assertEqual(done.stdout, b"")

    def where(self, report, rule):
        return sorted(f["file"] for f in report["findings"] if f["rule"] == rule and not f["suppressed"])


class Extends(Config):
    def test_later_wins_and_lists_add_up(self):
        self.write("shared/base.yaml", "extends: ../shared/more.yaml\nfail-on: critical\nskip-rules: [AWS0104]\nmaybe: true\n")
        self.write("shared/more.yaml", "fail-on: low\nskip-rules: [AWS0105]\nvar-files: [v.tfvars]\n")
        self.write("shared/v.tfvars", 'acl = "public-read"\n')
        self.write("assay.yaml", "extends: [shared/base.yaml]\nfail-on: high\nskip-rules: AWS0106\n")
        self.write("main.tf", 'variable "acl" {}\nresource "aws_s3_bucket" "b" {\n  acl = var.acl\n}\n')
        report = self.scan(".", code=1)
        self.assertIn("AWS0101", self.rules(report))
        self.assertFalse({"AWS0104", "AWS0105", "AWS0106"} & self.rules(report))
        self.write("assay.yaml", "extends: [shared/base.yaml]\nreplace: [skip-rules]\nskip-rules: AWS0106\n")
        report = self.scan(".", code=0)
        self.assertTrue({"AWS0104", "AWS0105"} <= self.rules(report))
        self.assertNotIn("AWS0106", self.rules(report))

    def test_circles_depth_and_missing_files(self):
        self.write("b.yaml", "extends: assay.yaml\n")
        self.fails("extends: b.yaml\n", "b.yaml:1:10: extends: the files extend each other: assay.yaml -> b.yaml -> assay.yaml")
        self.fails("extends: [nowhere.yaml]\n", "assay.yaml:1:11: extends: there is no file 'nowhere.yaml'")
        self.fails("extends: https://example.com/a.yaml\n", "nothing is fetched")
        for i in range(40):
            self.write(f"d{i}.yaml", f"extends: d{i + 1}.yaml\n")
        self.write("d40.yaml", "")
        self.fails("extends: d0.yaml\n", "too many files extend each other")

    def test_a_base_may_be_used_twice(self):
        self.write("a.yaml", "extends: c.yaml\n")
        self.write("b.yaml", "extends: c.yaml\n")
        self.write("c.yaml", "fail-on: critical\n")
        self.write("assay.yaml", "extends: [a.yaml, b.yaml]\n")
        self.write("main.tf", BUCKET)
        self.scan(".", code=0)


class Paths(Config):
    def setUp(self):
        super().setUp()
        self.write("main.tf", BUCKET)
        self.write("legacy/main.tf", BUCKET)
        self.write("legacy/deep/main.tf", BUCKET)

    def test_rules_and_severities_by_path(self):
        self.write("assay.yaml", "skip-rules: [AWS0106]\nseverities: {s3-public-acl: critical, AWS0105: info}\noverrides:\n"
                                 "  - paths: [legacy/]\n    skip-rules: [CKV_AWS_20]\n    rules: [AWS0106]\n    severities: {AWS0105: high}\n"
                                 "  - paths: [legacy/deep/]\n    rules: [AWS0101]\n")
        report = self.scan(".")
        self.assertEqual(self.where(report, "AWS0101"), ["legacy/deep/main.tf", "main.tf"])
        self.assertEqual(self.where(report, "AWS0106"), ["legacy/deep/main.tf", "legacy/main.tf"])
        severity = {(f["file"], f["rule"]): f["severity"] for f in report["findings"]}
        self.assertEqual(severity["main.tf", "AWS0101"], "critical")
        self.assertEqual(severity["main.tf", "AWS0105"], "info")
        self.assertEqual(severity["legacy/main.tf", "AWS0105"], "high")
        # --skip-rule is the last word, and --severity judges what the configuration made of it.
        self.assertEqual(self.where(self.scan(".", "--skip-rule", "AWS0106"), "AWS0106"), [])
        report = self.scan(".", "--severity", "critical")
        self.assertEqual(self.rules(report), {"AWS0101"})
        # From below, the same.
        report = self.scan(".", cwd=os.path.join(self.directory, "legacy"))
        self.assertEqual(self.where(report, "AWS0101"), ["deep/main.tf"])

    def test_suppressions_of_what_is_off_are_not_unused(self):
        self.write("legacy/main.tf", BUCKET.replace('read"', 'read" # assay:ignore AWS0101 a site'))
        self.write("assay.yaml", "overrides: [{paths: legacy/, skip-rules: [AWS0101]}]\n")
        self.assertNotIn("SUP0001", self.rules(self.scan(".")))

    def test_exclude(self):
        self.write("assay.yaml", "exclude: [legacy/, '!legacy/deep/']\n")
        report = self.scan(".")
        self.assertEqual(self.where(report, "AWS0101"), ["legacy/deep/main.tf", "main.tf"])
        rows = {row["file"]: row for row in report["coverage"] if "file" in row}
        self.assertEqual(rows["legacy/main.tf"]["state"], "skipped")
        self.assertEqual(rows["legacy/main.tf"]["reason"], "excluded by assay.yaml")
        self.write("other.yaml", "exclude: [legacy]\n")
        rows = {row["file"]: row for row in self.scan(".", "--config", "other.yaml")["coverage"] if "file" in row}
        self.assertEqual(rows["legacy"]["reason"], "excluded by other.yaml directory")
        self.assertNotIn("legacy/main.tf", rows)
        # A hook names what changed: still excluded, and said.
        report = self.scan("legacy/main.tf", code=0)
        self.assertEqual(report["findings"], [])
        self.assertEqual(notes(report, "excluded-file"), ["it was named, but assay.yaml excludes it"])
        report = self.scan("legacy/main.tf", "main.tf")
        self.assertEqual(self.where(report, "AWS0101"), ["main.tf"])
        report = self.scan(".", "--no-config", "--exclude", "deep")
        self.assertEqual(self.where(report, "AWS0101"), ["legacy/main.tf", "main.tf"])

    def test_formats(self):
        self.write("pod.yaml", POD)
        self.write("assay.yaml", "formats: [kubernetes]\n")
        self.assertEqual({f["resource"]["format"] for f in self.scan(".")["findings"]}, {"kubernetes"})

    def test_require_is_no_way_around_unknown_names(self):
        self.fails("overrides:\n  - paths: [a]\n    skip-rules: [AWS010l]\n", "assay.yaml:3:18: skip-rules: no rule is called 'AWS010l'; did you mean 'AWS0101'?")
        self.fails("severities: {s3-public-acls: low}\n", "assay.yaml:1:14: severities: no rule is called 's3-public-acls'; did you mean 's3-public-acl'?")
        self.fails("skip-rules:\n  - AWS010l\n", "assay.yaml:2:5: no rule is called 'AWS010l'; did you mean 'AWS0101'?")


class Gates(Config):
    def test_thresholds(self):
        for name in ("a", "b"):
            self.write(name + ".tf", BUCKET.replace('"b"', f'"{name}"'))
        for text, code in (("{high: 2}", 0), ("{high: 1}", 1), ("{total: 2}", 0), ("{total: 1}", 1), ("{low: 0, high: 9}", 0), ("{low: 5}", 1)):
            self.write("assay.yaml", f"rules: [AWS0101]\nthresholds: {text}\n")
            self.scan(".", code=code)
        self.write("assay.yaml", "rules: [AWS0101]\nthresholds: {high: 9}\n")
        self.scan(".", "--fail-on", "low", code=1)  # who says so on the command line means it
        self.write("assay.yaml", "fail-on: none\n")
        self.scan(".", code=0)
        self.scan(".", "--fail-on", "high", code=1)
        self.write("assay.yaml", "fail-on: none\nthresholds: {high: 0}\n")
        self.scan(".", code=1)
        self.write("assay.yaml", "fail-on: none\nthresholds: {critical: 0}\n")
        self.scan(".", code=0)

    def test_cache_can_be_turned_off(self):
        self.write("main.tf", BUCKET)
        self.write("assay.yaml", "cache: false\n")
        cache = os.path.join(self.directory, "kept")
        for _ in range(2):
            self.scan(".", "--cache-dir", cache, code=1)
        self.assertEqual([name for _, _, names in os.walk(cache) for name in names], [])

    def test_baseline(self):
        self.write("main.tf", BUCKET)
        self.run_assay("scan", ".", "--write-baseline", "known.json")
        self.scan(".", code=1)
        self.write("assay.yaml", "baseline: known.json\n")
        self.scan(".", code=0)


class Mistakes(Config):
    def test_positions_and_suggestions(self):
        for text, expected in (
                ("fail-onn: low\n", "assay.yaml:1:1: unknown key 'fail-onn'; did you mean \"fail-on\"?"),
                ("fail-on: hihg\n", "assay.yaml:1:10: fail-on: expected critical, high, medium, low or info; did you mean \"high\"?"),
                ("maybe: 'yes'\n", "assay.yaml:1:8: maybe: expected true or false"),
                ("a: [\n", "assay.yaml:"),
                ("fail-on: low\nfail-on: high\n", "assay.yaml:2:1: the key 'fail-on' stands here twice; the first is on line 1"),
                ("exclude: ['a[']\n", "assay.yaml:1:11: exclude: 'a[': the bracket [ is not closed"),
                ("exclude: ['../x']\n", "cannot leave it"),
                ("exclude: ['a\\']\n", "nothing follows the backslash"),
                ("exclude: ['  ']\n", "an empty pattern names nothing"),
                ("suppressions: [{reason: x}]\n", "suppressions: the entry needs rule"),
                ("suppressions: [{rule: AWS0101, untill: 2026-01-01}]\n", "unknown key 'untill'; did you mean \"until\"?"),
                ("suppressions: [{rule: AWS0101, until: 2026-02-30}]\n", "'2026-02-30' is no day; write YYYY-MM-DD"),
                ("suppressions: {rule: AWS0101}\n", "expected a list of entries"),
                ("overrides: [{skip-rules: [AWS0101]}]\n", "overrides: the entry needs paths"),
                ("thresholds: {hgih: 1}\n", "unknown severity 'hgih'; did you mean \"high\"?"),
                ("thresholds: {high: many}\n", "expected a number of findings"),
                ("thresholds: {high: -1}\n", "expected a number of findings"),
                ("formats: [terrafrom]\n", "unknown format 'terrafrom'; did you mean \"terraform\"?"),
                ("replace: [fail-on]\n", "'fail-on' is no key with entries"),
                ("fail-on: *nowhere\n", "assay.yaml:1"),
                ("- a\n", "the configuration must be a mapping"),
                ("fail-on: low\n---\nfail-on: high\n", "a configuration is one document"),
                ("fail-on:\n", "fail-on: a value is missing"),
        ):
            self.fails(text, expected)

    def test_hostile_files(self):
        self.fails("x" * (1 << 20) + ": 1\n", "1 MiB, not more")
        self.fails("[" * 100000, "assay.yaml:1")
        self.fails("a: &a [x,x,x,x,x,x,x,x,x,x]\n" + "".join(
            f"{chr(98 + i)}: &{chr(98 + i)} [{','.join('*' + chr(97 + i) for _ in range(10))}]\n" for i in range(12)), "assay.yaml:")
        self.fails(b"\xff\xfe\x00\x00garbage".decode("latin-1"), "assay.yaml:1")
        os.remove(os.path.join(self.directory, "assay.yaml"))
        os.mkdir(os.path.join(self.directory, "conf"))
        done = self.run_assay("scan", ".", "--config", "conf")
        self.assertEqual(done.returncode, 2)
        done = self.run_assay("scan", ".", "--config", "missing.yaml")
        self.assertEqual(done.returncode, 2)

    def test_anchors_and_merge_keys(self):
        self.write("main.tf", BUCKET)
        self.write("assay.yaml", "x-why: &why {reason: a site, owner: web}\nx-rules: &rules [AWS0104, AWS0105]\nskip-rules: *rules\n"
                                 "suppressions:\n  - <<: *why\n    rule: AWS0101\n    owner: me\n")
        report = self.scan(".")
        self.assertEqual([f["suppressed"]["reason"] for f in report["findings"] if f["suppressed"]], ["a site (owner: me)"])
        self.assertFalse({"AWS0104", "AWS0105"} & self.rules(report))


class Show(Config):
    def show(self, *arguments, **options):
        done = self.run_assay("config", "show", "--format", "json", *arguments, **options)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_sources(self):
        self.write("base.yaml", "skip-rules: [AWS0104]\nfail-on: low\n")
        self.write("assay.yaml", "extends: base.yaml\nfail-on: high\nskip-rules:\n  - AWS0105\n")
        settings = self.show("--skip-rule", "AWS0106", "--severity", "low")["settings"]
        self.assertEqual(settings["fail-on"], [{"value": "high", "source": "file", "file": "assay.yaml", "line": 2, "column": 10}])
        self.assertEqual(settings["severity"], [{"value": "low", "source": "command line"}])
        self.assertEqual(settings["maybe"], [{"value": "false", "source": "default"}])
        self.assertEqual([(v["value"], v["source"], v.get("file"), v.get("line")) for v in settings["skip-rules"]],
                         [("AWS0104", "file", "base.yaml", 1), ("AWS0105", "file", "assay.yaml", 4), ("AWS0106", "command line", None, None)])
        text = self.run_assay("config", "show").stdout.decode()
        self.assertRegex(text, r"(?m)^fail-on +high +assay\.yaml:2$")
        self.assertRegex(text, r"(?m)^skip-rules +AWS0104 +base\.yaml:1$")
        self.assertRegex(text, r"(?m)^ +AWS0105 +assay\.yaml:4$")
        self.assertRegex(text, r"(?m)^severity +info +default$")

    def test_mistakes_and_no_file(self):
        self.assertIn(b"# no configuration file", self.run_assay("config", "show").stdout)
        self.write("assay.yaml", "nope: 1\n")
        self.assertEqual(self.run_assay("config", "show").returncode, 2)
        self.assertEqual(self.run_assay("config", "show", "--no-config").returncode, 0)
        self.assertEqual(self.run_assay("config", "show", "nowhere").returncode, 2)
        self.assertEqual(self.run_assay("config").returncode, 2)

    def test_imported_values(self):
        self.write(".trivyignore", "# not ours\nAVD-AWS-0092 exp:2030-01-01\n")
        self.write(".checkov.yaml", "skip-check: [CKV_AWS_18]\n")
        shown = self.show()
        self.assertEqual(shown["files"], [".checkov.yaml", ".trivyignore"])
        self.assertEqual(shown["settings"]["suppressions"][0]["value"], "AVD-AWS-0092 until 2030-01-01")
        self.assertEqual(shown["settings"]["suppressions"][0]["line"], 2)
        self.assertEqual(shown["settings"]["skip-rules"][0]["file"], ".checkov.yaml")


class Schema(Config):
    GOOD = ["", "fail-on: low\n", "rules: AWS*\n", "rules: [AWS*]\n", "severities: {AWS0101: low}\n", "thresholds: {high: 3, total: 4}\n",
            "overrides: [{paths: a/, severities: {AWS0101: low}}]\n", "suppressions: [{rule: AWS0101, paths: [a], until: '2026-01-01'}]\n",
            "vars: {a: 1, b: x, c: true}\n", "kubernetes-version: 1.31\n", "x-mine: [1]\n", "formats: terraform\n", "cache: false\n", "fail-on: none\n",
            "replace: [rules]\n"]
    BAD = ["fail-onn: low\n", "fail-on: severe\n", "maybe: perhaps\n", "thresholds: {highest: 3}\n", "thresholds: {high: -3}\n", "overrides: {paths: a}\n",
           "overrides: [{rules: [AWS0101]}]\n", "suppressions: [{reason: x}]\n", "suppressions: [{rule: AWS0101, until: soon}]\n", "formats: [nope]\n",
           "vars: [a]\n", "replace: [maybe]\n", "severities: [AWS0101]\n", "suppressions: [{rule: AWS0101, x: y}]\n", "exclude: {a: b}\n"]

    def schema(self):
        done = self.run_assay("config", "schema")
        self.assertEqual(done.returncode, 0)
        return done.stdout.decode()

    def test_the_committed_copies_are_current(self):
        with open(os.path.join(ROOT, "docs", "assay.schema.json"), encoding="utf-8") as file:
            self.assertEqual(file.read(), self.schema(), "run: assay config schema > docs/assay.schema.json")
        with open(os.path.join(ROOT, "docs", "configuration.md"), encoding="utf-8") as file:
            page = file.read()
        table = self.run_assay("config", "schema", "--format", "markdown").stdout.decode()
        self.assertIn(table, page, "docs/configuration.md: paste assay config schema --format markdown")
        for block in re.findall(r"```yaml\n(.*?)```", page, re.S):
            if block.startswith("# elsewhere"):
                continue
            self.write("c/assay.yaml", block)
            for name in re.findall(r"(?m)^extends: (\S+)$", block):
                self.write("c/" + name, "")
            done = self.run_assay("config", "show", "c")
            self.assertEqual(done.returncode, 0, block + done.stderr.decode())

    def test_it_agrees_with_the_reader(self):
        try:
            import jsonschema
            import yaml
        except ImportError:
            self.skipTest("skipped: jsonschema and yaml are not installed")
        validator = jsonschema.Draft202012Validator(json.loads(self.schema()))
        jsonschema.Draft202012Validator.check_schema(validator.schema)
        for text, valid in [(one, True) for one in self.GOOD] + [(one, False) for one in self.BAD]:
            self.write("assay.yaml", text)
            done = self.run_assay("config", "show")
            self.assertEqual(done.returncode, 0 if valid else 2, text + done.stderr.decode())
            self.assertEqual(validator.is_valid(yaml.load(text, yaml.BaseLoader if "2026" in text else yaml.SafeLoader) or {}), valid, text)


class Init(Config):
    def test_writes_what_works(self):
        self.write("main.tf", BUCKET)
        self.write("prod.tfvars", "a = 1\n")
        self.write("examples/x.tf", "")
        self.write("pod.yaml", POD)
        self.write(".trivyignore", "AVD-AWS-0089\n")
        self.write(".github/workflows/ci.yml", "on: push\n")
        done = self.run_assay("init")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertIn(b"wrote assay.yaml (1 file of kubernetes, 2 files of terraform)", done.stdout)
        self.assertIn(b"followed as well: .trivyignore", done.stdout)
        with open(os.path.join(self.directory, "assay.yaml"), encoding="utf-8") as file:
            text = file.read()
        for part in ("# var-files: [prod.tfvars]", "# exclude: [examples/]", "# kubernetes-version: '1.31'", "--format github", "import: true"):
            self.assertIn(part, text)
        self.scan(".", code=1)
        self.assertIn("AWS0101", self.rules(self.scan(".")))
        # Every suggestion is valid once its comment sign goes.
        lines = [line[2:] if re.match(r"# ([a-z-]+:( \S|$)|  )", line) and not re.match(r"# \S+: assay scan", line) else line for line in text.splitlines()]
        lines = [line for line in lines if not line.startswith(("extends:", "context:", "policies:", "params:", "baseline:"))]
        self.assertIn("suppressions:", lines)
        self.write("assay.yaml", "\n".join(lines) + "\n")
        done = self.run_assay("scan", ".", "--quiet")
        self.assertEqual(done.returncode, 1, done.stderr)

    def test_refuses_to_overwrite(self):
        self.write("assay.yaml", "fail-on: high\n")
        done = self.run_assay("init")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"assay.yaml is there already; --force overwrites", done.stderr)
        with open(os.path.join(self.directory, "assay.yaml"), encoding="utf-8") as file:
            self.assertEqual(file.read(), "fail-on: high\n")
        self.assertEqual(self.run_assay("init", "--force").returncode, 0)
        self.assertEqual(self.run_assay("config", "show").returncode, 0)
        self.assertEqual(self.run_assay("init", "nowhere").returncode, 2)

    def test_extends_the_file_above(self):
        os.makedirs(os.path.join(self.directory, ".git"))
        self.write("assay.yaml", "skip-rules: [AWS0101]\n")
        self.write("infra/main.tf", BUCKET)
        self.assertEqual(self.run_assay("init", "infra").returncode, 0)
        self.assertNotIn("AWS0101", self.rules(self.scan("infra")))

    def test_empty_and_read_only_directories(self):
        self.assertEqual(self.run_assay("init").returncode, 0)
        self.scan(".", code=0)
        if os.geteuid() == 0:
            self.skipTest("skipped: root writes everywhere")
        os.mkdir(os.path.join(self.directory, "ro"), 0o500)
        self.assertEqual(self.run_assay("init", "ro").returncode, 2)


class Peers(Config):
    def test_trivyignore(self):
        self.write("main.tf", BUCKET)
        self.write(".trivyignore", "# the public site\nAVD-AWS-0092 exp:2026-06-30\nCVE-2020-1234\nAVD-XYZ-9999\n\nAWS-0090 # kept elsewhere\n")
        report = self.scan(".", "--today", "2026-06-30")
        reasons = {f["rule"]: f["suppressed"] for f in report["findings"] if f["suppressed"]}
        self.assertEqual(reasons["AWS0101"], {"kind": "external", "reason": "the public site", "until": "2026-06-30"})
        self.assertEqual(reasons["AWS0105"]["reason"], "kept elsewhere")
        self.assertEqual(notes(report, "imported-configuration"),
                         ["1 entry is about vulnerabilities or licences of packages, which Assay does not look for"])
        self.assertEqual(notes(report, "suppression-no-rule"), ["1 suppression names a check that Assay has no rule for: AVD-XYZ-9999"])
        report = self.scan(".", "--today", "2026-07-01")
        self.assertIn("AWS0101", self.rules(report))
        self.assertIn("SUP0002", self.rules(report))
        self.assertIn("AWS0101", self.rules(self.scan(".", "--no-config", "--today", "2026-06-30")))
        self.write("assay.yaml", "import: false\n")
        self.assertIn("AWS0101", self.rules(self.scan(".", "--today", "2026-06-30")))

    def test_trivyignore_yaml(self):
        self.write("main.tf", BUCKET)
        self.write("site/main.tf", BUCKET)
        self.write(".trivyignore.yaml", "misconfigurations:\n  - id: AVD-AWS-0092\n    paths: ['site/**']\n    statement: public\n"
                                        "    expired_at: 2030-01-01\nvulnerabilities:\n  - id: CVE-2022-1\n  - id: CVE-2022-2\n")
        report = self.scan(".", "--rule", "AWS0101")
        self.assertEqual(self.where(report, "AWS0101"), ["main.tf"])
        self.assertEqual([f["suppressed"]["reason"] for f in report["findings"] if f["suppressed"]], ["public"])
        self.assertEqual(notes(report, "imported-configuration"),
                         ["2 entries are about vulnerabilities or licences of packages, which Assay does not look for"])

    def test_kube_linter(self):
        self.write("pod.yaml", POD)
        self.write("vendor/pod.yaml", POD)
        self.write("main.tf", BUCKET)
        everything = self.rules(self.scan("."))
        self.assertIn("KUB0001", everything)
        self.write(".kube-linter.yaml", "checks:\n  exclude: [privileged-container, own-check, nope]\n  ignorePaths: ['vendor/**', '~/x']\n"
                                        "customChecks:\n  - name: own-check\n    template: x\n")
        report = self.scan(".")
        self.assertNotIn("KUB0001", self.rules(report))
        self.assertEqual({f["file"] for f in report["findings"]}, {"main.tf", "pod.yaml"})
        self.assertEqual(set(notes(report, "imported-configuration")), {
            "customChecks: 1 check of your own is not followed", "1 check has no rule here: nope",
            "ignorePaths: '~/x' leads out of the directory; it is not followed"})
        self.write(".kube-linter.yaml", "checks:\n  doNotAutoAddDefaults: true\n  include: [privileged-container]\n")
        report = self.scan(".")
        self.assertIn("KUB0001", self.rules(report))
        self.assertIn("AWS0101", self.rules(report))  # kube-linter has no say about buckets
        self.assertLess(len(self.rules(report)), len(everything))
        self.write(".kube-linter.yaml", "checks:\n  doNotAutoAddDefaults: true\n  addAllBuiltIn: true\n  include: [privileged-container]\n")
        self.assertEqual(self.rules(self.scan(".")), everything)

    def test_tfsec(self):
        self.write("main.tf", BUCKET)
        self.write("pod.yaml", POD)
        self.write(".tfsec/config.yml", "exclude: [aws-s3-enable-versioning, nope]\nseverity_overrides:\n  aws-s3-no-public-access-with-acl: CRITICAL\n"
                                        "minimum_severity: MEDIUM\nmin_required_version: v1.0.0\n")
        report = self.scan(".")
        severity = {f["rule"]: f["severity"] for f in report["findings"]}
        self.assertEqual(severity["AWS0101"], "critical")
        self.assertNotIn("AWS0105", severity)
        self.assertFalse({"low", "info"} & set(severity.values()))
        self.assertEqual(set(notes(report, "imported-configuration")), {
            "1 check has no rule here: nope", "min_required_version: Assay has no counterpart; it is not followed"})
        # What assay.yaml and the command line say wins.
        self.write("assay.yaml", "severities: {AWS0101: medium}\nseverity: info\n")
        severity = {f["rule"]: f["severity"] for f in self.scan(".")["findings"]}
        self.assertEqual(severity["AWS0101"], "medium")
        self.assertTrue({"low"} & set(severity.values()))
        self.write(".tfsec/config.yml", "include: [aws-s3-no-public-access-with-acl]\n")
        report = self.scan(".")
        self.assertIn("AWS0101", self.rules(report))
        self.assertNotIn("AWS0105", self.rules(report))
        self.assertIn("KUB0001", {f["rule"] for f in report["findings"]})

    def test_checkov_skips_by_path(self):
        self.write("main.tf", BUCKET)
        self.write("legacy/main.tf", BUCKET)
        self.write(".checkov.yaml", "skip-check: ['CKV_AWS_20:^/legacy/', 'CKV_NOPE_1:x']\n")
        report = self.scan(".", code=1)
        self.assertEqual(self.where(report, "AWS0101"), ["main.tf"])
        self.assertIn("1 check has no rule here: CKV_NOPE_1", notes(report, "imported-configuration"))
        self.fails("", ".checkov.yaml:1: skip-check: '(' is no regular expression") if self.write(".checkov.yaml", "skip-check: ['CKV_AWS_20:(']\n") else None

    def test_broken_files_of_others_are_notes(self):
        self.write("main.tf", BUCKET)
        self.write(".kube-linter.yaml", "checks: [\n")
        self.write(".tfsec/config.yml", "- a\n")
        self.write(".trivyignore.yaml", "misconfigurations: 5\nother: []\n")
        report = self.scan(".", code=1)
        self.assertEqual(len(notes(report, "imported-configuration")), 3)


if __name__ == "__main__":
    unittest.main()
