"""--work-list, --shard and merge: many repositories, dealt out and put together again."""
import json
import os
import random
import unittest

from assay_case import AssayCase

TERRAFORM = """resource "aws_sqs_queue" "q{n}" {{
  name                    = "orders-{n}"
  sqs_managed_sse_enabled = {encrypted}
}}
"""
MANIFEST = """apiVersion: v1
kind: Pod
metadata:
  name: p{n}
spec:
  containers:
    - name: c
      image: nginx:{tag}
      securityContext:
        privileged: {privileged}
"""


class FleetTest(AssayCase):
    def make(self, count, seed=7):
        draw = random.Random(seed)
        names = []
        for n in range(count):
            name = f"repos/team-{draw.randrange(9)}/r{n:03}"
            names.append(name)
            for k in range(draw.randrange(1, 4)):
                self.write(f"{name}/main{k}.tf", TERRAFORM.format(n=k, encrypted=draw.choice(["true", "false"])))
            if draw.random() < 0.6:
                self.write(f"{name}/k8s/pod.yaml", MANIFEST.format(n=n, tag=draw.choice(["latest", "1.27.3"]),
                                                                   privileged=draw.choice(["true", "false"])))
            if draw.random() < 0.2:
                self.write(f"{name}/assay.yaml", "fail-on: high\n")
            if draw.random() < 0.3:
                self.write(f"{name}/CODEOWNERS", "* @all\n*.yaml @cluster\n")
                self.write(f"{name}/.git/HEAD", "ref: refs/heads/main\n")
            if draw.random() < 0.05:
                self.write(f"{name}/broken.tf", 'resource "a" {\n')
        draw.shuffle(names)
        self.write("list", "# all\n" + "\n".join(names) + "\n")
        return sorted(names)

    def lines(self, data):
        return [json.loads(line) for line in data.decode().splitlines()]

    def test_shards_put_together_are_one_run(self):
        names = self.make(200)
        whole = self.run_assay("scan", "--work-list", "list", "--format", "json", timeout=300)
        self.assertEqual(whole.returncode, 1, whole.stderr)
        self.assertEqual([line["unit"] for line in self.lines(whole.stdout)], names)
        parts = []
        for i in range(1, 9):
            done = self.run_assay("scan", "--work-list", "list", "--shard", f"{i}/8", "--jobs", str(1 + i % 2),
                                  "--output", f"json=part{i}.json", "--quiet", timeout=300)
            self.assertIn(done.returncode, (0, 1, 3), done.stderr)
            parts.append(f"part{i}.json")
        random.Random(3).shuffle(parts)
        together = self.run_assay("merge", *parts)
        self.assertEqual(together.stdout, whole.stdout)
        self.assertEqual(together.returncode, whole.returncode)
        # Grouping and doubles make no difference.
        self.run_assay("merge", *parts[:3], "--output", "some.json")
        again = self.run_assay("merge", *parts[2:], "some.json", "some.json")
        self.assertEqual(again.stdout, whole.stdout)

    def test_runs_of_sarif_are_put_together(self):
        self.make(9)
        whole = self.run_assay("scan", "--work-list", "list", "--format", "sarif")
        for i in (1, 2, 3):
            self.run_assay("scan", "--work-list", "list", "--shard", f"{i}/3", "--output", f"sarif=part{i}.sarif")
        done = self.run_assay("merge", "part3.sarif", "part1.sarif", "part2.sarif", "part1.sarif", "--output", "together.sarif")
        self.assertEqual(done.returncode, 0, done.stderr)
        with open(os.path.join(self.directory, "together.sarif"), "rb") as file:
            log = file.read()
        self.assertEqual(log, whole.stdout)
        self.assertEqual(len({run["automationDetails"]["id"] for run in json.loads(log)["runs"]}), 9)

    def test_a_unit_is_judged_as_if_it_were_alone(self):
        names = self.make(12)
        done = self.run_assay("scan", *names, "--shard", "1/1", "--format", "json")
        for line in self.lines(done.stdout):
            alone = self.run_assay("scan", line["unit"], "--format", "json")
            self.assertEqual(alone.returncode, line["exit_code"], line["unit"])
            report = json.loads(alone.stdout)
            for key in ("findings", "problems", "coverage", "summary"):
                self.assertEqual(report[key], line[key], line["unit"])

    def test_owners(self):
        self.write("r/CODEOWNERS", "* @all\n/infra/ @sre\n")
        self.write("r/infra/main.tf", TERRAFORM.format(n=1, encrypted="false"))
        self.write("r/other.tf", TERRAFORM.format(n=2, encrypted="true"))
        [line] = self.lines(self.run_assay("scan", "r", "--shard", "1/1", "--format", "json").stdout)
        self.assertEqual(line["owners"], [{"file": "r/infra/main.tf", "owners": ["@sre"]}])

    def test_what_cannot_be_scanned_is_a_result(self):
        self.write("good/main.tf", TERRAFORM.format(n=1, encrypted="true"))
        self.write("bad/assay.yaml", "fail-onn: high\n")
        self.write("bad/main.tf", TERRAFORM.format(n=1, encrypted="true"))
        done = self.run_assay("scan", "good", "bad", "gone", "--shard", "1/1", "--format", "json")
        self.assertEqual(done.returncode, 2)
        by_unit = {line["unit"]: line for line in self.lines(done.stdout)}
        self.assertEqual(by_unit["good"]["exit_code"], 0)
        self.assertEqual(by_unit["bad"]["exit_code"], 2)
        self.assertIn("gone", by_unit["gone"]["error"])
        self.assertIn(b"fail-onn", done.stderr)

    def test_mistakes(self):
        self.write("a/main.tf", "")
        for arguments, words in (
                (["--shard", "0/2", "a"], b"numbered 1 to 2"), (["--shard", "1/2"], b"work list"), (["--shard", "x", "a"], b"3/8"),
                (["--work-list", "gone"], b"gone"), (["--work-list", "list", "--fix"], b"--fix"),
                (["--shard", "1/1", "a", "--format", "csv"], b"text, json and sarif")):
            done = self.run_assay("scan", *arguments)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertIn(words, done.stderr, arguments)
        self.write("x.json", '{"unit":"a","exit_code":0,"findings":[]}\n')
        self.write("y.json", '{"unit":"a","exit_code":1,"findings":[]}\n')
        done = self.run_assay("merge", "x.json", "y.json")
        self.assertEqual(done.returncode, 2)
        self.assertIn(b"two different results of 'a', in x.json and in y.json", done.stderr)
        self.assertEqual(done.stdout, b"")


if __name__ == "__main__":
    unittest.main()
