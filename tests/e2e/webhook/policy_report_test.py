"""Audits of a cluster: lists of objects as kubectl gives them out, and PolicyReports that a real API server takes."""
import copy
import json
import os
import re
import subprocess
import sys
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bed  # noqa: E402
from assay_case import ROOT, AssayCase, binary  # noqa: E402

try:
    import yaml
except ImportError:
    print("skipped: no PyYAML")
    sys.exit(77)

RESULTS = {"pass", "fail", "warn", "error", "skip"}
SEVERITIES = {"critical", "high", "medium", "low", "info"}
TOKEN = "AKIA" + "5T3QJ7ZKX2M4PLWB"


def definition_files():
    """Of the reports, as the policy working group publishes them, where they lie below $ASSAY_CRDS."""
    directory = os.environ.get("ASSAY_CRDS", "")
    names = [os.path.join(directory, f"wgpolicyk8s.io_{one}.yaml") for one in ("policyreports", "clusterpolicyreports")]
    return names if directory and all(os.path.exists(one) for one in names) else []


def from_a_cluster(one, owner=None, applied=True):
    """As kubectl shows an object: with defaults of the server, a status, field managers, and the annotation of `kubectl apply`."""
    out = copy.deepcopy(one)
    meta = out["metadata"]
    text = json.dumps(one)
    meta["uid"] = f"uid-{out['kind']}-{meta['name']}".lower()
    meta.update(resourceVersion="4711", generation=1, creationTimestamp="2026-11-21T08:00:00Z")
    meta["managedFields"] = [{"apiVersion": out["apiVersion"], "fieldsType": "FieldsV1", "manager": "kubectl", "operation": "Update",
                              "time": "2026-11-21T08:00:00Z",
                              "fieldsV1": {"f:spec": {"f:template": {"f:spec": {"f:containers": {'k:{"name":"app"}': {
                                  ".": {}, "f:image": {}, "f:securityContext": {"f:privileged": {}}}}}}}}}]
    if owner:
        meta["ownerReferences"] = [{"apiVersion": "apps/v1", "kind": owner["kind"], "name": owner["metadata"]["name"],
                                    "uid": owner["metadata"]["uid"], "controller": True, "blockOwnerDeletion": True}]
    elif applied:
        meta.setdefault("annotations", {})["kubectl.kubernetes.io/last-applied-configuration"] = text + "\n"
    out["status"] = {"observedGeneration": 1, "conditions": [{"type": "Available", "status": "True", "message": "privileged: true"}]}
    return out


def workload(name, **more):
    spec = {"containers": [dict({"name": "app", "image": "registry.example.com/app:1.4.2", "securityContext": {"privileged": True}}, **more)],
            "dnsPolicy": "ClusterFirst", "restartPolicy": "Always", "schedulerName": "default-scheduler", "terminationGracePeriodSeconds": 30}
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": "prod", "labels": {"app": name}},
            "spec": {"replicas": 2, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}}, "spec": spec}}}


def with_what_it_makes(name, extra=None, **more):
    """A Deployment, its ReplicaSet and a Pod; `extra`: a container that only the Pod has."""
    deployment = from_a_cluster(workload(name, **more))
    labels = {"app": name, "pod-template-hash": "5d8f6"}
    template = {"metadata": {"labels": labels}, "spec": copy.deepcopy(deployment["spec"]["template"]["spec"])}
    replica_set = from_a_cluster({"apiVersion": "apps/v1", "kind": "ReplicaSet",
                                  "metadata": {"name": name + "-5d8f6", "namespace": "prod", "labels": labels},
                                  "spec": {"replicas": 2, "selector": {"matchLabels": labels}, "template": template}}, deployment)
    pod = from_a_cluster({"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name + "-5d8f6-x2x7p", "namespace": "prod", "labels": labels},
                          "spec": dict(copy.deepcopy(template["spec"]), nodeName="node-1")}, replica_set)
    if extra:
        pod["spec"]["containers"].append(extra)
    return [deployment, replica_set, pod]


def as_list(items, kind="List"):
    return {"apiVersion": "v1", "kind": kind, "items": items, "metadata": {"resourceVersion": ""}}


class ListsTest(AssayCase):
    """What `kubectl get -o yaml` prints."""

    def pairs(self, report):
        return sorted((one["rule"], one["resource"]["address"], one["message"]) for one in report["findings"])

    def test_what_the_cluster_adds_changes_nothing(self):
        self.write("plain.yaml", yaml.safe_dump(workload("web")))
        self.write("live.yaml", yaml.safe_dump(as_list([from_a_cluster(workload("web"))])))
        self.write("live.json", json.dumps(as_list([from_a_cluster(workload("web"))])))
        plain = self.scan("plain.yaml", "--maybe", code=1)
        for name in ("live.yaml", "live.json"):
            live = self.scan(name, "--maybe", code=1)
            self.assertEqual(self.pairs(live), self.pairs(plain), name)
            self.assertEqual([one for one in live["problems"] if one["severity"] != "note"], [])

    def test_what_a_workload_makes_is_told_once(self):
        alone = self.write("alone.yaml", yaml.safe_dump(from_a_cluster(workload("web"))))
        expected = self.pairs(self.scan(alone, code=1))
        self.write("all.yaml", yaml.safe_dump(as_list(with_what_it_makes("web"))))
        report = self.scan("all.yaml", code=1)
        self.assertEqual(self.pairs(report), expected)
        note, = [one for one in report["problems"] if one["code"] == "repeated-by-controllers"]
        self.assertEqual(note["severity"], "note")
        # Without the Deployment it is the ReplicaSet that has them.
        self.write("rest.yaml", yaml.safe_dump(as_list(with_what_it_makes("web")[1:])))
        rest = {one[1] for one in self.pairs(self.scan("rest.yaml", code=1))}
        self.assertEqual(rest, {"ReplicaSet.prod.web-5d8f6"})

    def test_what_only_the_pod_has_is_told_of_it(self):
        sidecar = {"name": "proxy", "image": "proxy:latest"}
        self.write("all.yaml", yaml.safe_dump(as_list(with_what_it_makes("web", extra=sidecar))))
        report = self.scan("all.yaml", code=1)
        of_pod = [one for one in report["findings"] if one["resource"]["address"] == "Pod.prod.web-5d8f6-x2x7p"]
        self.assertIn("KUB0048", {one["rule"] for one in of_pod})
        with open(os.path.join(self.directory, "all.yaml"), encoding="utf-8") as file:
            lines = file.read().splitlines()
        image, = [one for one in of_pod if one["rule"] == "KUB0048"]
        self.assertIn("proxy:latest", lines[image["region"]["line"] - 1])

    def test_secrets_in_the_annotation_of_apply(self):
        env = [{"name": "AWS_ACCESS_KEY_ID", "value": TOKEN}]
        self.write("one.yaml", yaml.safe_dump(from_a_cluster(workload("web", env=env), applied=False), width=10000))
        expected = len([one for one in self.scan("one.yaml", code=1)["findings"] if one["rule"].startswith("SEC")])
        self.assertGreater(expected, 0)
        self.write("two.yaml", yaml.safe_dump(from_a_cluster(workload("web", env=env)), width=10000))
        found = [one for one in self.scan("two.yaml", code=1)["findings"] if one["rule"].startswith("SEC")]
        self.assertEqual(len(found), expected, found)
        # One that was taken out of the object, but not out of the annotation, is still there to be read.
        stale = from_a_cluster(workload("web"))
        stale["metadata"]["annotations"]["kubectl.kubernetes.io/last-applied-configuration"] = json.dumps(workload("web", env=env))
        self.write("stale.yaml", yaml.safe_dump(stale, width=10000))
        report = self.scan("stale.yaml", code=1)
        self.assertTrue([one for one in report["findings"] if one["rule"].startswith("SEC")])
        self.assertNotIn(TOKEN, json.dumps(report))

    def test_a_large_list(self):
        items = [one for i in range(400) for one in with_what_it_makes(f"web-{i}")]
        self.write("many.json", json.dumps(as_list(items)))
        begin = time.process_time(), time.monotonic()
        report = self.scan("many.json", "--no-cache", code=1, timeout=120)
        self.assertLess(time.monotonic() - begin[1], 60)
        self.assertEqual(report["summary"]["resources"], 1200)
        self.assertEqual({one["resource"]["address"].split(".")[0] for one in report["findings"]}, {"Deployment"})


class ReportsTest(AssayCase):
    def reports(self, *arguments, code=1):
        done = self.run_assay("scan", *arguments, "--format", "policy-report")
        self.assertEqual(done.returncode, code, done.stderr.decode())
        out = json.loads(done.stdout)
        self.assertEqual((out["apiVersion"], out["kind"]), ("v1", "List"))
        for one in out["items"]:
            self.check(one)
        return out["items"]

    def check(self, one):
        """What the definition of the reports says, and what names have to be."""
        self.assertEqual(one["apiVersion"], "wgpolicyk8s.io/v1alpha2")
        self.assertIn(one["kind"], ("PolicyReport", "ClusterPolicyReport"))
        self.assertRegex(one["metadata"]["name"], r"^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")
        self.assertFalse("namespace" in one["metadata"] and one["kind"] == "ClusterPolicyReport")
        self.assertEqual(set(one["summary"]), RESULTS)
        counted = dict.fromkeys(RESULTS, 0)
        for result in one["results"]:
            self.assertLessEqual(set(result), {"source", "policy", "rule", "category", "severity", "result", "scored", "message", "resources",
                                               "properties"})
            self.assertTrue(result["policy"])
            self.assertIn(result["result"], RESULTS)
            self.assertIn(result.get("severity", "info"), SEVERITIES)
            self.assertIsInstance(result["scored"], bool)
            for value in result.get("properties", {}).values():
                self.assertIsInstance(value, str)
            counted[result["result"]] += 1
        del counted["pass"]
        self.assertEqual({key: value for key, value in one["summary"].items() if key != "pass"}, counted)

    def mixed(self):
        role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRole", "metadata": {"name": "Everything:for.all"},
                "rules": [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]}
        clean = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "clean", "namespace": "prod"}, "data": {"a": "b"}}
        return as_list(with_what_it_makes("web") + [from_a_cluster(role), from_a_cluster(clean)])

    def test_one_report_per_object(self):
        self.write("live.json", json.dumps(self.mixed()))
        items = self.reports("live.json")
        scopes = [(one["kind"], one["scope"]["kind"], one["scope"]["name"], one["scope"].get("namespace")) for one in items]
        self.assertEqual(sorted(scopes), [("ClusterPolicyReport", "ClusterRole", "Everything:for.all", None),
                                          ("PolicyReport", "ConfigMap", "clean", "prod"), ("PolicyReport", "Deployment", "web", "prod")])
        by_kind = {one["scope"]["kind"]: one for one in items}
        self.assertEqual(by_kind["ConfigMap"]["results"], [])
        self.assertGreater(by_kind["ConfigMap"]["summary"]["pass"], 0)
        self.assertGreater(by_kind["Deployment"]["summary"]["pass"], 20)
        self.assertEqual(by_kind["Deployment"]["metadata"]["ownerReferences"][0]["uid"], "uid-deployment-web")
        findings = self.scan("live.json", code=1)["findings"]
        self.assertEqual(sum(one["summary"]["fail"] for one in items), len(findings))
        # The same input gives the same bytes, from the cache and without it.
        outputs = {self.run_assay("scan", "live.json", "--format", "policy-report", *more, env={"XDG_CACHE_HOME": self.directory + "/c"}).stdout
                   for more in ([], [], ["--no-cache"], ["--jobs", "1"])}
        self.assertEqual(len(outputs), 1)

    def test_what_is_not_reported_has_not_passed(self):
        self.write("web.yaml", yaml.safe_dump(workload("web")))
        all_of_it, = self.reports("web.yaml", "--maybe")
        some_of_it, = self.reports("web.yaml", "--severity", "high")
        self.assertLess(some_of_it["summary"]["fail"], all_of_it["summary"]["fail"])
        self.assertEqual(some_of_it["summary"]["pass"], all_of_it["summary"]["pass"])

    def test_the_cache_tells_reports_apart(self):
        self.write("live.json", json.dumps(self.mixed()))
        env = {"XDG_CACHE_HOME": self.directory + "/cache"}
        self.run_assay("scan", "live.json", "--format", "json", env=env)
        after = self.run_assay("scan", "live.json", "--format", "policy-report", env=env).stdout
        self.assertEqual(after, self.run_assay("scan", "live.json", "--format", "policy-report", "--no-cache").stdout)

    def test_suppressed_possible_and_unreadable(self):
        one = workload("web")
        one["metadata"]["annotations"] = {"checkov.io/skip1": "CKV_K8S_16=the driver needs it"}
        self.write("web.yaml", yaml.safe_dump(one))
        self.write("broken.yaml", "apiVersion: v1\nkind: Pod\nmetadata: {name: p\n")
        self.write("main.tf", 'resource "aws_s3_bucket" "b" {\n  acl = "public-read"\n}\n')
        items = self.reports(".")
        deployment, = [item for item in items if item.get("scope", {}).get("kind") == "Deployment"]
        skipped, = [item for item in deployment["results"] if item["result"] == "skip"]
        self.assertEqual((skipped["policy"], skipped["properties"]["reason"]), ("KUB0001", "the driver needs it"))
        notes = [item["metadata"].get("annotations", {}) for item in items if "scope" not in item]
        self.assertIn("aws_s3_bucket.b", {note.get("assay/resource") for note in notes})
        errors = [item for item in items if item["summary"]["error"]]
        self.assertIn("broken.yaml", {item["metadata"]["annotations"]["assay/file"] for item in errors})

    @unittest.skipIf(bed.missing(), bed.missing())
    def test_a_cluster_takes_them(self):
        files = definition_files()
        if not files:
            self.skipTest("skipped: $ASSAY_CRDS names no directory with wgpolicyk8s.io_policyreports.yaml and wgpolicyk8s.io_clusterpolicyreports.yaml")
        cluster = bed.Cluster()
        try:
            self.in_cluster(cluster, files)
        finally:
            cluster.down()

    def in_cluster(self, cluster, files):
        for path in files:
            cluster.define(path, os.path.basename(path).split("_")[1].replace(".yaml", ".wgpolicyk8s.io"))
        cluster.must("create", "namespace", "prod")
        cluster.must("apply", "-f", "-", stdin=workload("web"))
        cluster.must("create", "configmap", "clean", "-n", "prod", "--from-literal=a=b")
        kinds = "deployments,configmaps,namespaces,services,roles,rolebindings,clusterroles,clusterrolebindings,serviceaccounts"
        for form in ("yaml", "json"):
            self.write("cluster." + form, cluster.must("get", kinds, "-A", "-o", form, "--show-managed-fields"))
        report = self.scan("cluster.yaml", code=1)
        self.assertEqual([one for one in report["problems"] if one["severity"] != "note"], [])
        self.assertGreater(report["summary"]["resources"], 100)
        # The roles that the API server makes, accepted as docs/reports.md says.
        with open(os.path.join(ROOT, "docs", "reports.md"), encoding="utf-8") as file:
            accepted = re.search(r"```yaml\n(suppressions:\n.*?)```", file.read(), re.S).group(1)
        self.write("accepted.yaml", accepted)
        left = self.scan("cluster.yaml", "--config", "accepted.yaml", code=1)["findings"]
        self.assertGreater(sum(bool(one["suppressed"]) for one in left), 30)
        of_server = [one["resource"]["address"] for one in left if not one["suppressed"] and "ole" in one["resource"]["type"]]
        self.assertEqual(of_server, ["ClusterRole.assay-viewer"])  # of the bed
        same = lambda one: sorted((f["rule"], f["resource"]["address"], f["message"]) for f in one["findings"])
        self.assertEqual(same(self.scan("cluster.json", code=1)), same(report))
        items = self.reports("cluster.yaml")
        self.assertGreater(len(items), 100)
        text = json.dumps(as_list(items))
        code, _, errors = cluster.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", stdin=text)
        self.assertEqual((code, errors), (0, ""))
        cluster.must("apply", "-f", "-", stdin=text)
        out = cluster.must("get", "policyreports", "-n", "prod", "-o", "json")
        stored = {one["scope"]["name"]: one for one in json.loads(out)["items"]}
        self.assertGreater(stored["web"]["summary"]["fail"], 5)
        self.audit(cluster)
        # What is repaired is so in the cluster's reports.
        good = workload("web")
        good["spec"]["template"]["spec"]["containers"][0]["securityContext"] = {"privileged": False, "allowPrivilegeEscalation": False}
        cluster.must("apply", "-f", "-", stdin=good)
        self.write("cluster.yaml", cluster.must("get", kinds, "-A", "-o", "yaml"))
        cluster.must("apply", "-f", "-", stdin=json.dumps(as_list(self.reports("cluster.yaml"))))
        again = json.loads(cluster.must("get", "policyreports", "-n", "prod", "-o", "json"))["items"]
        after, = [one for one in again if one["scope"]["name"] == "web"]
        self.assertEqual(after["metadata"]["uid"], stored["web"]["metadata"]["uid"])
        self.assertNotIn("KUB0001", {one["policy"] for one in after["results"]})

    def audit(self, cluster):
        """packaging/kubernetes/audit.sh: a file per namespace, no Secrets, and what is there is not listed again."""
        cluster.must("create", "secret", "generic", "hidden", "-n", "prod", "--from-literal=password=Tr0ub4dor-7xQ9")
        script = os.path.join(bed.MANIFESTS, "audit.sh")
        environment = {"KUBECONFIG": os.path.join(cluster.state, "kubeconfig"), "PATH": cluster.programs + os.pathsep + os.environ["PATH"],
                       "ASSAY": binary(), "HOME": self.directory}
        def run(*arguments):
            return subprocess.run(["bash", script, "audit", *arguments], cwd=self.directory, env=dict(os.environ, **environment),
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        done = run("--format", "json", "--no-cache")
        self.assertEqual(done.returncode, 1, done.stderr)
        found = {(one["rule"], one["resource"]["address"]) for one in json.loads(done.stdout)["findings"]}
        self.assertIn(("KUB0001", "Deployment.prod.web"), found)
        listed = sorted(os.listdir(os.path.join(self.directory, "audit")))
        self.assertEqual([name for name in listed if name not in ("cluster.yaml", "namespace-prod.yaml", "namespace-default.yaml")],
                         ["namespace-kube-node-lease.yaml", "namespace-kube-public.yaml", "namespace-kube-system.yaml"])
        text = ""
        for name in listed:
            with open(os.path.join(self.directory, "audit", name), encoding="utf-8") as file:
                text += file.read()
        kinds = set(re.findall(r"^  kind: (\w+)$", text, re.M))
        self.assertLessEqual({"ClusterRole", "Deployment", "Namespace"}, kinds)
        self.assertFalse(kinds & {"Secret", "Event", "Lease", "PolicyReport", "ClusterPolicyReport", "CustomResourceDefinition"}, kinds)
        before = os.stat(os.path.join(self.directory, "audit", "cluster.yaml")).st_mtime_ns
        os.remove(os.path.join(self.directory, "audit", "namespace-prod.yaml"))
        again = run("--format", "json", "--no-cache")
        self.assertEqual({(one["rule"], one["resource"]["address"]) for one in json.loads(again.stdout)["findings"]}, found)
        self.assertEqual(os.stat(os.path.join(self.directory, "audit", "cluster.yaml")).st_mtime_ns, before)


if __name__ == "__main__":
    unittest.main(verbosity=2)
