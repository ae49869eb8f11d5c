#!/usr/bin/env python3
"""After an edit only what it concerns is analysed again: the bytes are those of a run without a cache.

The repository has all that ties one file to another: modules, variables, nested templates, exports, selectors, names,
namespaces, roles by name and by ARN, trails and their alarms, secrets that several files hold."""
import os
import random
import sys
import unittest
from pathlib import Path

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from assay_case import AssayCase

EDITS = int(os.environ.get("ASSAY_CACHE_EDITS", "160"))
SECRETS = ["AKIAQ3EGRCS3KX4BZ5YQ", "AKIAZ7KQWX2MPLR4TN6E"]


class World:
    """Texts by path; every call of text() gives another one that may be in its place."""

    def __init__(self, chance):
        self.chance = chance

    def paths(self):
        for i in range(4):
            yield f"modules/m{i}/main.tf"
            yield f"modules/m{i}/variables.tf"
        for i in range(8):
            yield f"live/s{i}/main.tf"
            yield f"live/s{i}/terraform.tfvars"
        for i in range(14):
            yield f"k8s/d{i % 4}/o{i}.yaml"
        for i in range(6):
            yield f"cfn/t{i}.yaml"
        for i in range(3):
            yield f"arm/a{i}.json"
        for i in range(5):
            yield f"iam/r{i}/main.tf"
        for i in range(5):
            yield f"texts/n{i}.txt"
        yield "k8s/d1/kustomization.yaml"
        yield "values.yaml"

    def one(self, *choices):
        return self.chance.choice(choices)

    def text(self, path):
        parts = path.split("/")
        chance = self.chance
        if chance.random() < 0.06:
            return self.one("", "{{\n", "a: [\n", "\t", "resource \"x\" {\n", "# assay:ignore * why\n", "---\n---\n", "\0\1")
        if path.startswith("modules") and path.endswith("main.tf"):
            other = f'module "inner" {{\n  source = "../m{chance.randrange(4)}"\n  name = var.name\n  acl = var.acl\n}}\n' if chance.random() < 0.2 else ""
            return (f'resource "aws_s3_bucket" "b" {{\n  bucket = var.name\n  acl = {self.one("var.acl", "local.acl")}\n}}\n'
                    f'locals {{\n  acl = "{self.one("private", "public-read")}"\n}}\n'
                    f'output "arn" {{\n  value = aws_s3_bucket.b.arn\n}}\n' + other)
        if path.startswith("modules"):
            return f'variable "name" {{}}\nvariable "acl" {{\n  default = {self.one("null", chr(34) + "public-read" + chr(34))}\n}}\n'
        if path.startswith("live") and path.endswith(".tf"):
            source = self.one("../../modules/m0", "../../modules/m1", "../../modules/m2", f"../s{chance.randrange(8)}", "./sub", "registry/x/y")
            cidr = self.one("0.0.0.0/0", "10.0.0.0/8")
            text = f'module "m" {{\n  source = "{source}"\n  name = "n"\n  acl = var.acl\n}}\nvariable "acl" {{}}\nvariable "name" {{\n  default = ""\n}}\n'
            text += f'resource "aws_security_group" "s" {{\n  ingress {{\n    from_port = 22\n    to_port = 22\n    protocol = "tcp"\n    cidr_blocks = ["{cidr}"]\n  }}\n}}\n'
            if chance.random() < 0.2:
                text += 'resource "helm_release" "h" {\n  name = "h"\n  chart = "x"\n}\n'
            if chance.random() < 0.3:
                text += 'resource "kubernetes_pod" "p" {\n  metadata {\n    name = "p"\n    labels = { app = "a1" }\n  }\n  spec {\n    container {\n      name = "c"\n      image = "x"\n    }\n  }\n}\n'
            return text
        if path.endswith(".tfvars"):
            return f'acl = "{self.one("private", "public-read", "public-read-write")}"\n'
        if path.endswith("kustomization.yaml"):
            return self.one("resources: [o1.yaml]\n", "resources: []\n", "secretGenerator: [{name: s1}]\n")
        if path.startswith("k8s"):
            return "---\n".join(self.manifest() for _ in range(self.one(1, 1, 2)))
        if path.startswith("cfn"):
            return self.template()
        if path.startswith("arm"):
            link = f',{{"type":"Microsoft.Resources/deployments","name":"d","apiVersion":"2021-04-01","properties":{{"mode":"Incremental","templateLink":{{"relativePath":"a{chance.randrange(3)}.json"}}}}}}' if chance.random() < 0.4 else ""
            return ('{"$schema":"https://schema.management.azure.com/schemas/2019-04-01/deploymentTemplate.json#","contentVersion":"1.0.0.0","resources":['
                    '{"type":"Microsoft.Storage/storageAccounts","name":"s","apiVersion":"2021-04-01","properties":{"supportsHttpsTrafficOnly":%s}}%s]}\n' % (self.one("true", "false"), link))
        if path.startswith("iam"):
            return self.identity(parts[1])
        if path.startswith("texts"):
            return self.one("nothing\n", f"key = {self.one(*SECRETS)}\n", f"key = {SECRETS[0]} # gitleaks:allow\n", f"a\nkey = {SECRETS[0]}\nkey = {SECRETS[1]}\n")
        return self.one("a: 1\n", f"aws_key: {SECRETS[0]}\n", "apiVersion: v1\nkind: Namespace\nmetadata: {name: team}\n")

    def manifest(self):
        one = self.one
        space = one("", ", namespace: team", ", namespace: team", ", namespace: other")
        app = one("a1", "a2", "a3")
        kind = one("pod", "pod", "deployment", "service", "policy", "account", "binding", "role", "cluster", "secret", "map", "space", "ingress", "custom", "budget")
        if kind == "pod":
            account = one("", "serviceAccountName: web, ", "serviceAccountName: job, ")
            source = one("", "env: [{name: E, valueFrom: {secretKeyRef: {name: s1, key: k}}}], ", "envFrom: [{configMapRef: {name: c1}}], ")
            return f"apiVersion: v1\nkind: Pod\nmetadata: {{name: {app}{space}, labels: {{app: {app}}}}}\nspec: {{{account}containers: [{{name: c, {source}image: x}}]}}\n"
        if kind == "deployment":
            return (f"apiVersion: apps/v1\nkind: Deployment\nmetadata: {{name: {app}{space}}}\nspec:\n  selector: {{matchLabels: {{app: {app}}}}}\n"
                    f"  template:\n    metadata: {{labels: {{app: {app}, tier: {one('x', 'y')}}}}}\n    spec: {{serviceAccountName: {one('web', 'job')}, containers: [{{name: c, image: 'y:{one('latest', '1.2')}'}}]}}\n")
        if kind == "service":
            return f"apiVersion: v1\nkind: Service\nmetadata: {{name: {app}{space}}}\nspec: {{type: {one('LoadBalancer', 'ClusterIP', 'NodePort')}, selector: {{app: {app}}}, ports: [{{port: 80}}]}}\n"
        if kind == "policy":
            selector = one("{}", f"{{matchLabels: {{app: {app}}}}}", f"{{matchExpressions: [{{key: app, operator: In, values: [{app}]}}]}}")
            return f"apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {{name: n{app}{space}}}\nspec: {{podSelector: {selector}, policyTypes: [Ingress, Egress]}}\n"
        if kind == "account":
            role = one("web", "admin", "gone")
            return f"apiVersion: v1\nkind: ServiceAccount\nmetadata: {{name: {one('web', 'job', 'default')}{space}, annotations: {{eks.amazonaws.com/role-arn: 'arn:aws:iam::111122223333:role/{role}'}}}}\n"
        if kind == "binding":
            return (f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {one('RoleBinding', 'ClusterRoleBinding')}\nmetadata: {{name: b{app}{space}}}\n"
                    f"roleRef: {{apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: {one('cluster-admin', 'own')}}}\nsubjects: [{{kind: {one('ServiceAccount', 'Group')}, name: {one('web', 'system:authenticated')}, namespace: team}}]\n")
        if kind in ("role", "cluster"):
            kind = "Role" if kind == "role" else "ClusterRole"
            return f"apiVersion: rbac.authorization.k8s.io/v1\nkind: {kind}\nmetadata: {{name: own{space}, labels: {{agg: 'x'}}}}\nrules: [{{apiGroups: ['*'], resources: [{one('secrets', 'pods', chr(39) + '*' + chr(39))}], verbs: ['*']}}]\n"
        if kind == "secret":
            return f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {one('s1', 's2')}{space}}}\nstringData: {{k: {one('x', SECRETS[0])}}}\n"
        if kind == "map":
            return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: {one('c1', 'c2')}{space}}}\ndata: {{k: v}}\n"
        if kind == "space":
            return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: {one('team', 'other')}, labels: {{pod-security.kubernetes.io/enforce: {one('restricted', 'baseline', 'privileged')}}}}}\n"
        if kind == "ingress":
            return f"apiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {{name: i{space}}}\nspec: {{rules: [{{http: {{paths: [{{path: /, pathType: Prefix, backend: {{service: {{name: {app}, port: {{number: 80}}}}}}}}]}}}}]}}\n"
        if kind == "budget":
            return f"apiVersion: policy/v1\nkind: PodDisruptionBudget\nmetadata: {{name: p{space}}}\nspec: {{maxUnavailable: 0, selector: {{matchLabels: {{app: {app}}}}}}}\n"
        return f"apiVersion: example.org/v1\nkind: Thing\nmetadata: {{name: t{space}}}\nspec: {{x: 1}}\n"

    def template(self):
        one = self.one
        text = f"Resources:\n  Bucket:\n    Type: AWS::S3::Bucket\n    Properties: {{AccessControl: {one('PublicRead', 'Private')}}}\n"
        if self.chance.random() < 0.3:
            text += f"  Stack:\n    Type: AWS::CloudFormation::Stack\n    Properties: {{TemplateURL: {one('t1.yaml', 't2.yaml', 'https://b.s3.amazonaws.com/x/t3.yaml')}}}\n"
        if self.chance.random() < 0.3:
            text += "  Group:\n    Type: AWS::EC2::SecurityGroup\n    Properties: {GroupDescription: d, VpcId: !ImportValue net-vpc}\n"
        if self.chance.random() < 0.3:
            text += f"Outputs:\n  O:\n    Value: {one('vpc-1', 'vpc-2')}\n    Export: {{Name: net-vpc}}\n"
        return text

    def identity(self, name):
        one = self.one
        role = one("web", "admin", name)
        action = one('"*"', '"s3:GetObject"', '"iam:PassRole", "lambda:CreateFunction", "lambda:InvokeFunction"')
        text = (f'resource "aws_iam_role" "r" {{\n  name = "{role}"\n  assume_role_policy = jsonencode({{Version = "2012-10-17", Statement = [{{Effect = "Allow", Principal = {{AWS = "{one("*", "111122223333")}"}}, Action = "sts:AssumeRole"}}]}})\n}}\n'
                f'resource "aws_iam_role_policy_attachment" "a" {{\n  role = aws_iam_role.r.name\n  policy_arn = {one("aws_iam_policy.p.arn", chr(34) + "arn:aws:iam::111122223333:policy/shared" + chr(34))}\n}}\n'
                f'resource "aws_iam_policy" "p" {{\n  name = "{one("shared", name)}"\n  policy = jsonencode({{Version = "2012-10-17", Statement = [{{Effect = "Allow", Action = [{action}], Resource = "*"}}]}})\n}}\n')
        if self.chance.random() < 0.3:
            text += ('resource "aws_cloudwatch_log_group" "g" {\n  name = "trail"\n}\nresource "aws_cloudtrail" "t" {\n  name = "t"\n  s3_bucket_name = "b"\n  cloud_watch_logs_group_arn = "${aws_cloudwatch_log_group.g.arn}:*"\n}\n')
        if self.chance.random() < 0.3:
            text += 'resource "aws_cloudwatch_log_metric_filter" "f" {\n  name = "f"\n  log_group_name = "trail"\n  pattern = "{ $.errorCode = \\"AccessDenied*\\" }"\n  metric_transformation {\n    name = "m"\n    namespace = "n"\n    value = "1"\n  }\n}\n'
        if self.chance.random() < 0.3:
            text += 'resource "aws_cloudwatch_metric_alarm" "m" {\n  alarm_name = "a"\n  metric_name = "m"\n  comparison_operator = "GreaterThanThreshold"\n  evaluation_periods = 1\n}\n'
        if self.chance.random() < 0.2:
            text += f'resource "aws_eks_pod_identity_association" "e" {{\n  cluster_name = "c"\n  namespace = "team"\n  service_account = "web"\n  role_arn = aws_iam_role.r.arn\n}}\n'
        return text


class Parts(AssayCase):
    def setUp(self):
        super().setUp()
        self.root = os.path.join(self.directory, "repository")
        self.store = os.path.join(self.directory, "store")
        os.makedirs(os.path.join(self.root, ".git"))

    def put(self, path, text):
        self.write(os.path.join("repository", path), text)

    def both(self, *options, form="json"):
        """True when only a part was analysed."""
        arguments = ["scan", ".", "--format", form, *options]
        warm = self.run_assay(*arguments, "--cache-dir", self.store, "--output", f"{form}={self.directory}/warm", "--stats", cwd=self.root)
        cold = self.run_assay(*arguments, "--no-cache", "--output", f"{form}={self.directory}/cold", cwd=self.root)
        self.assertEqual(warm.returncode, cold.returncode)
        self.maxDiff = 4000
        ours, fresh = Path(self.directory, "warm").read_text(), Path(self.directory, "cold").read_text()
        if form == "json":  # --stats tells the time that was taken
            import json
            ours, fresh = json.loads(ours), json.loads(fresh)
            ours["summary"]["duration_ms"] = fresh["summary"]["duration_ms"] = 0
        self.assertEqual(ours, fresh)
        return b"repeat in part" in warm.stderr

    def test_random_edits(self):
        in_part = 0
        for seed in (1, 2):
            chance = random.Random(seed)
            world = World(chance)
            for path in world.paths():
                self.put(path, world.text(path))
            paths = list(world.paths())
            self.both("--maybe")
            for step in range(EDITS // 2):
                for path in chance.sample(paths, chance.choice([1, 1, 1, 2])):
                    self.put(path, world.text(path))
                with self.subTest(seed=seed, step=step):
                    in_part += self.both("--maybe", form="json" if step % 8 else "sarif")
        self.assertGreater(in_part, EDITS // 4)

    def test_what_it_spares(self):
        for i in range(6):
            self.put(f"live/s{i}/main.tf", f'resource "aws_s3_bucket" "b" {{\n  bucket = "b{i}"\n  acl = "public-read"\n}}\n')
        self.assertFalse(self.both())
        self.put("live/s3/main.tf", 'resource "aws_s3_bucket" "b" {\n  bucket = "b3"\n  acl = "private"\n}\n')
        self.assertTrue(self.both())
        self.assertFalse(self.both())  # nothing changed: replayed


if __name__ == "__main__":
    unittest.main()
