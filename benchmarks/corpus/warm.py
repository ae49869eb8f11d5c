#!/usr/bin/env python3
"""What the cache saves: a repository of 5,000 files, cold, unchanged and after one edit.

./dev bench warm [--assay BINARY] [--runs N] [--files N]

Findings of low severity are left out (--severity medium): writing thousands of them takes longer than the rest. The
repository is generated: Terraform modules and the roots that call them, manifests, templates, texts. Medians of N
runs; CPU is user + system of the process. `ten files` is a pre-commit of ten of them without a cache.
"""
import argparse
import os
import pathlib
import random
import shutil
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent))
import measure

MODULE = """variable "name" {{
  type = string
}}
variable "tags" {{
  type    = map(string)
  default = {{}}
}}
resource "aws_s3_bucket" "{name}" {{
  bucket = "${{var.name}}-{name}"
  tags   = merge(var.tags, {{ module = "{name}" }})
}}
resource "aws_s3_bucket_public_access_block" "{name}" {{
  bucket                  = aws_s3_bucket.{name}.id
  block_public_acls       = true
  block_public_policy     = true
  ignore_public_acls      = true
  restrict_public_buckets = true
}}
output "arn" {{
  value = aws_s3_bucket.{name}.arn
}}
"""
ROOT = """module "storage" {{
  source = "../../modules/m{module}"
  name   = "service{number}"
  tags   = local.tags
}}
locals {{
  tags = {{ service = "service{number}" }}
}}
resource "aws_security_group" "service" {{
  name        = "service{number}"
  description = "of service {number}"
  ingress {{
    description = "from inside"
    from_port   = 443
    to_port     = 443
    protocol    = "tcp"
    cidr_blocks = ["10.{number_mod}.0.0/16"]
  }}
}}
"""
MANIFEST = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: service{number}
  namespace: team{team}
  labels: {{app: service{number}}}
spec:
  replicas: 2
  selector: {{matchLabels: {{app: service{number}}}}}
  template:
    metadata:
      labels: {{app: service{number}}}
    spec:
      automountServiceAccountToken: false
      securityContext:
        runAsNonRoot: true
        seccompProfile: {{type: RuntimeDefault}}
      containers:
        - name: main
          image: registry.example.com/service{number}@sha256:{digest}
          resources:
            limits: {{cpu: 500m, memory: 256Mi}}
            requests: {{cpu: 100m, memory: 128Mi}}
          securityContext:
            allowPrivilegeEscalation: false
            readOnlyRootFilesystem: true
            capabilities: {{drop: [ALL]}}
"""
TEMPLATE = """AWSTemplateFormatVersion: "2010-09-09"
Parameters:
  Stage: {{Type: String, Default: live}}
Resources:
  Queue{number}:
    Type: AWS::SQS::Queue
    Properties:
      QueueName: !Sub "queue{number}-${{Stage}}"
      KmsMasterKeyId: alias/aws/sqs
  Topic{number}:
    Type: AWS::SNS::Topic
    Properties:
      TopicName: !Sub "topic{number}-${{Stage}}"
      KmsMasterKeyId: alias/aws/sns
"""


def generate(directory, count):
    chance = random.Random(1)
    shutil.rmtree(directory, ignore_errors=True)
    (directory / ".git").mkdir(parents=True)

    def put(path, text):
        full = directory / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_text(text)

    tenth = count // 10
    modules = max(1, tenth // 2)
    for i in range(modules):
        put(f"modules/m{i}/main.tf", MODULE.format(name=f"m{i}"))
    for i in range(tenth * 3 - modules):
        put(f"live/s{i}/main.tf", ROOT.format(module=i % modules, number=i, number_mod=i % 250))
    for i in range(tenth * 3):
        put(f"k8s/team{i % 20}/service{i}.yaml",
            MANIFEST.format(number=i, team=i % 20, digest="".join(chance.choice("0123456789abcdef") for _ in range(64))))
    for i in range(tenth * 2):
        put(f"templates/t{i % 50}/stack{i}.yaml", TEMPLATE.format(number=i))
    for i in range(tenth):
        put(f"scripts/run{i}.sh", f"#!/bin/sh\nset -eu\nexec ./service{i} --port 80{i % 100:02}\n")
    for i in range(count - 9 * tenth):
        put(f"docs/page{i}.md", f"# Service {i}\n\nHow to run it, and whom to ask.\n" * 5)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--assay")
    parser.add_argument("--runs", type=int, default=9)
    parser.add_argument("--files", type=int, default=5000)
    options = parser.parse_args()
    binary = measure.binary(options.assay)
    directory = measure.GENERATED / f"warm-{options.files}"
    store = measure.GENERATED / "warm-store"
    generate(directory, options.files)
    shutil.rmtree(store, ignore_errors=True)
    # Times of a second ago tell little: what was written just now is read again to be sure.
    for at, directories, names in os.walk(directory):
        for name in directories + names:
            os.utime(os.path.join(at, name), (1_700_000_000, 1_700_000_000))

    def scan(*arguments, times=options.runs, before=lambda i: None):
        samples = []
        for i in range(times):
            before(i)
            samples.append(measure.run([binary, "scan", "--severity", "medium", *(arguments or ["."])], cwd=directory))
        return samples

    cached = [".", "--cache-dir", str(store)]
    rows = []

    def row(name, samples):
        rows.append([name, f"{measure.median([s.wall for s in samples]) * 1e3:.0f}", f"{measure.median([s.cpu for s in samples]) * 1e3:.0f}"])

    row("cold, no cache", scan(".", "--no-cache"))
    row("cold, result is kept", scan(*cached, before=lambda i: shutil.rmtree(store, ignore_errors=True)))
    import time
    time.sleep(2.5)
    scan(*cached, times=2)
    row("unchanged", scan(*cached))
    texts = {}
    for kind, path in (("a root module", "live/s7/main.tf"), ("a manifest", "k8s/team7/service7.yaml"), ("a template", "templates/t7/stack7.yaml"),
                       ("a script", "scripts/run7.sh")):
        texts[path] = (directory / path).read_text()
        row(f"after an edit of {kind}", scan(*cached, before=lambda i, path=path: (directory / path).write_text(texts[path] + "#" * (i + 1) + "\n")))
        (directory / path).write_text(texts[path])
    chance = random.Random(2)
    files = sorted(str(p.relative_to(directory)) for p in directory.rglob("*.tf")) + sorted(
        str(p.relative_to(directory)) for p in directory.rglob("*.yaml"))
    row("ten files, no cache", scan(*chance.sample(files, 10), "--no-cache"))
    measure.table([f"{options.files} files", "wall ms", "CPU ms"], rows)


if __name__ == "__main__":
    main()
