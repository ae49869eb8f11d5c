#!/usr/bin/env python3
"""The admission webhook as the API server, probes, operators and strangers meet it: scripted HTTPS dialogues."""
import copy
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from assay_case import binary
from serve_case import ServeCase, Server, container, make_certificate, pod, privileged, review

RULE_FILE = """---
id: OWN0001
name: team-label-missing
severity: {severity}
precision: very-high
resources: [kubernetes/object]
formats: [kubernetes]
fix: none
at: metadata.labels.team
---
# {title}
## What it does
Flags objects without the label team.
## Why it matters
Nobody knows whose they are.
## How to fix
Add it.
```cel
!has(resource.metadata.labels) || !has(resource.metadata.labels.team)
```
```yaml bad
apiVersion: v1
kind: ConfigMap
metadata: {{name: a}}  # error: team
```
```yaml good
apiVersion: v1
kind: ConfigMap
metadata: {{name: a, labels: {{team: x}}}}
```
"""

VAP = """apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replicas}
spec:
  failurePolicy: Fail
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}
  validations:
  - {expression: object.spec.replicas <= 5, message: at most five}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: replicas-here}
spec: {policyName: replicas, validationActions: [%s]}
"""


def own_rule(severity="high", title="The object has no label team"):
    return RULE_FILE.format(severity=severity, title=title)


def deployment(replicas=1, containers=None):
    inner = pod(containers=containers)
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "web", "namespace": "shop"},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": "web"}},
                     "template": {"metadata": {"labels": {"app": "web"}}, "spec": inner["spec"]}}}


class Verdicts(ServeCase):
    @classmethod
    def setUpClass(cls):
        cls.shared = None

    def server(self):
        return self.serve("--no-config")

    def test_good_pod_is_allowed_with_uid_echoed(self):
        answer = self.server().ask(review(pod(), uid="abc-1"))
        self.assertEqual(answer["uid"], "abc-1")
        self.assertTrue(answer["allowed"])
        self.assertNotIn("status", answer)
        self.assertNotIn("patch", answer)
        self.assertNotIn("patchType", answer)

    def test_denial_is_the_finding_of_a_scan(self):
        bad = pod(containers=[container(), privileged("worker")], spec={"hostNetwork": True})
        manifest = self.write("bad.json", json.dumps(bad))
        findings = [f for f in self.scan(manifest, "--no-config")["findings"] if f["severity"] in ("high", "critical")]
        answer = self.server().ask(review(bad))
        self.assertFalse(answer["allowed"])
        causes = answer["status"]["details"]["causes"]
        self.assertEqual(sorted((f["rule"], f["message"]) for f in findings), sorted((c["reason"], c["message"]) for c in causes))
        fields = {c["reason"]: c["field"] for c in causes}
        self.assertEqual(fields["KUB0001"], "spec.containers[1].securityContext.privileged")
        self.assertEqual(fields["KUB0002"], "spec.hostNetwork")
        self.assertEqual(answer["status"]["code"], 403)
        self.assertEqual(answer["status"]["reason"], "Forbidden")
        for part in ("KUB0001", 'container "worker"', "spec.containers[1].securityContext.privileged", "assay explain KUB000"):
            self.assertIn(part, answer["status"]["message"])
        self.assertEqual(answer["status"]["details"]["name"], "web")
        self.assertEqual(answer["status"]["details"]["kind"], "pods")

    def test_warnings_fit_and_annotations_have_valid_keys(self):
        many = pod(containers=[{"name": f"c{i}", "image": "nginx"} for i in range(60)])
        answer = self.server().ask(review(many))
        self.assertTrue(answer["allowed"])
        self.assertGreater(len(answer["warnings"]), 5)
        self.assertLessEqual(sum(len(w) for w in answer["warnings"]), 4096)
        self.assertLessEqual(max(len(w) for w in answer["warnings"]), 256)
        self.assertTrue(all("\n" not in w for w in answer["warnings"]))
        self.assertRegex(answer["warnings"][-1], r"^and \d+ more warnings$")
        for key in answer["auditAnnotations"]:
            self.assertRegex(key, r"^([A-Za-z0-9][-A-Za-z0-9_.]{0,61})?[A-Za-z0-9]$")
        self.assertEqual(answer["auditAnnotations"]["generation"], "1")
        self.assertIn("KUB", answer["auditAnnotations"]["warned"])

    def test_operations(self):
        server = self.server()
        bad, good = pod(containers=[privileged()]), pod()
        self.assertTrue(server.ask(review(None, bad, "DELETE"))["allowed"])
        self.assertTrue(server.ask(review(None, None, "DELETE", name="", namespace="shop"))["allowed"])
        self.assertFalse(server.ask(review(bad, dryRun=True))["allowed"])
        self.assertFalse(server.ask(review(bad, good, "UPDATE"))["allowed"])
        self.assertTrue(server.ask(review(good, bad, "UPDATE"))["allowed"])
        execute = {"apiVersion": "v1", "kind": "PodExecOptions", "stdin": True, "container": "app", "command": ["sh"]}
        self.assertTrue(server.ask(review(execute, None, "CONNECT", name="web", namespace="shop", subResource="exec",
                                          resource={"group": "", "version": "v1", "resource": "pods"}))["allowed"])

    def test_an_update_of_what_was_bad_is_not_blocked_by_something_else(self):
        server = self.server()
        old = pod(containers=[container("a"), privileged("b")])
        new = copy.deepcopy(old)
        new["metadata"]["labels"] = {"touched": "yes"}
        new["spec"]["containers"].insert(0, container("first"))  # positions move, names stay
        answer = server.ask(review(new, old, "UPDATE"))
        self.assertTrue(answer["allowed"], answer)
        self.assertTrue(any(w.startswith("was there before: KUB0001") for w in answer["warnings"]), answer)
        worse = copy.deepcopy(new)
        worse["spec"]["containers"].append(privileged("c"))
        answer = server.ask(review(worse, old, "UPDATE"))
        self.assertFalse(answer["allowed"])
        self.assertEqual([c["field"] for c in answer["status"]["details"]["causes"]],
                         ["spec.containers[3].securityContext.privileged"])

    def test_objects_on_their_way_out_and_status_updates(self):
        server = self.server()
        bad = pod(containers=[privileged()], metadata={"deletionTimestamp": "2026-01-01T00:00:00Z", "finalizers": []})
        self.assertTrue(server.ask(review(bad, pod(), "UPDATE"))["allowed"])
        plain = pod(containers=[privileged()])
        self.assertTrue(server.ask(review(plain, pod(), "UPDATE", subResource="status"))["allowed"])
        scale = {"apiVersion": "autoscaling/v1", "kind": "Scale", "metadata": {"name": "web", "namespace": "shop"}, "spec": {"replicas": 9}}
        self.assertTrue(server.ask(review(scale, scale, "UPDATE", subResource="scale",
                                          resource={"group": "apps", "version": "v1", "resource": "deployments"}))["allowed"])
        debug = copy.deepcopy(pod())
        debug["spec"]["ephemeralContainers"] = [privileged("debugger")]
        answer = server.ask(review(debug, pod(), "UPDATE", subResource="ephemeralcontainers"))
        self.assertFalse(answer["allowed"])
        self.assertIn("spec.ephemeralContainers[0].securityContext.privileged",
                      [c["field"] for c in answer["status"]["details"]["causes"]])

    def test_generate_name_match_policy_and_custom_resources(self):
        server = self.server()
        unnamed = pod(containers=[privileged()])
        del unnamed["metadata"]["name"]
        unnamed["metadata"]["generateName"] = "web-"
        answer = server.ask(review(unnamed, name=""))
        self.assertFalse(answer["allowed"])
        self.assertNotIn("name", answer["status"]["details"])
        converted = review(deployment(containers=[privileged()]), requestKind={"group": "extensions", "version": "v1beta1", "kind": "Deployment"},
                           requestResource={"group": "extensions", "version": "v1beta1", "resource": "deployments"})
        self.assertFalse(server.ask(converted)["allowed"])
        custom = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "shop"}, "spec": {"size": 3}}
        self.assertTrue(server.ask(review(custom))["allowed"])
        made = {"apiVersion": "example.com/v1", "kind": "Rollout", "metadata": {"name": "w", "namespace": "shop"},
                "spec": {"template": {"metadata": {}, "spec": pod(containers=[privileged()])["spec"]}}}
        self.assertFalse(server.ask(review(made))["allowed"])

    def test_rules_about_other_objects_are_not_evaluated(self):
        answer = self.server().ask(review(deployment()))
        self.assertIn("IAM0042", answer["auditAnnotations"]["not-evaluated"])

    def test_own_rules_and_severities(self):
        os.makedirs(os.path.join(self.directory, "policies"))
        self.write("policies/team.md", own_rule())
        server = self.serve("--no-config", "--policy", "policies")
        answer = server.ask(review(pod()))
        self.assertFalse(answer["allowed"])
        self.assertIn("OWN0001 The object has no label team", answer["status"]["message"])
        self.assertTrue(server.ask(review(pod(metadata={"labels": {"team": "x"}})))["allowed"])
        lenient = self.serve("--no-config", "--policy", "policies", "--enforce-at", "none", "--warn-at", "high")
        answer = lenient.ask(review(pod(containers=[privileged()])))
        self.assertTrue(answer["allowed"])
        self.assertEqual(sorted(w.split()[0] for w in answer["warnings"])[0], "KUB0001")

    def test_admission_policies(self):
        self.write("vap.yaml", VAP % "Deny")
        server = self.serve("--no-config", "--policy", "vap.yaml")
        answer = server.ask(review(deployment(replicas=6)))
        self.assertFalse(answer["allowed"])
        self.assertEqual(answer["status"]["message"],
                         "ValidatingAdmissionPolicy 'replicas' with binding 'replicas-here' denied request: at most five")
        self.assertEqual(answer["status"]["code"], 422)
        self.assertEqual(answer["status"]["reason"], "Invalid")
        self.assertTrue(server.ask(review(deployment(replicas=5)))["allowed"])
        self.write("vap.yaml", VAP % "Warn, Audit")
        server.wait_line("policies loaded")
        answer = server.ask(review(deployment(replicas=6)))
        self.assertTrue(answer["allowed"])
        self.assertTrue(any("at most five" in w for w in answer["warnings"]), answer)
        self.assertIn("at most five", answer["auditAnnotations"]["validation_failure"])

    def test_modes_of_the_configuration(self):
        self.write("assay.yaml", """admission:
  enforce-at: critical
  modes:
  - {rules: [KUB0001], mode: enforce}
  - {rules: ["KUB000*"], mode: "off", namespaces: [kube-system, "infra-*"], reason: the platform}
  - {rules: [KUB0001], mode: warn, users: ["system:serviceaccount:ci:*"]}
  - rules: [KUB0001]
    mode: audit
    object-selector: {matchLabels: {trusted: "yes"}}
  - {rules: [replicas], mode: warn}
policies: [vap.yaml]
""")
        self.write("vap.yaml", VAP % "Deny")
        server = self.serve()
        bad = pod(containers=[privileged()], spec={"hostNetwork": True})
        answer = server.ask(review(bad))
        self.assertEqual([c["reason"] for c in answer["status"]["details"]["causes"]], ["KUB0001"])
        elsewhere = pod(namespace="infra-a", containers=[privileged()])
        self.assertTrue(server.ask(review(elsewhere))["allowed"])
        self.assertNotIn("KUB0001", json.dumps(server.ask(review(elsewhere))))
        answer = server.ask(review(bad, userInfo={"username": "system:serviceaccount:ci:deployer", "groups": []}))
        self.assertTrue(answer["allowed"])
        self.assertTrue(any("KUB0001" in w for w in answer["warnings"]))
        labelled = pod(containers=[privileged()], metadata={"labels": {"trusted": "yes"}})
        self.assertTrue(server.ask(review(labelled))["allowed"])
        # Nobody gets out by changing a label in the same breath.
        self.assertFalse(server.ask(review(labelled, pod(), "UPDATE"))["allowed"])
        answer = server.ask(review(deployment(replicas=9)))
        self.assertTrue(answer["allowed"])
        self.assertTrue(any("at most five" in w for w in answer["warnings"]))


class BadInput(ServeCase):
    def test_reviews_that_are_none(self):
        server = self.serve("--no-config")
        good = review(pod())

        def without(*path):
            out = copy.deepcopy(good)
            at = out
            for key in path[:-1]:
                at = at[key]
            del at[path[-1]]
            return out

        def changed(value, *path):
            out = copy.deepcopy(good)
            at = out
            for key in path[:-1]:
                at = at[key]
            at[path[-1]] = value
            return out

        bad = ["", "{", "null", "[]", "42", '"x"', "{}", '{"kind":"AdmissionReview"}', b"\xff\xfe{}", b"\x00" * 100,
               json.dumps(good) + "x", json.dumps(good)[:-1], "// comment\n" + json.dumps(good), json.dumps(good)[:-1] + ",}",
               changed("admission.k8s.io/v1beta1", "apiVersion"), changed("Pod", "kind"), without("request"), changed([], "request"),
               changed("text", "request"), without("request", "uid"), changed("", "request", "uid"), changed(7, "request", "uid"),
               changed("PATCH", "request", "operation"), without("request", "operation"), without("request", "kind"),
               changed("Pod", "request", "kind"), changed("x", "request", "object"), changed([1], "request", "object"),
               changed(None, "request", "object"), changed(3, "request", "oldObject"), changed(5, "request", "namespace"),
               changed("yes", "request", "dryRun"), changed("kate", "request", "userInfo"),
               changed({"group": "", "version": "v1", "kind": "Service"}, "request", "kind"),
               changed("apps/v1", "request", "object", "apiVersion"),
               '{"kind":"AdmissionReview","kind":"AdmissionReview",' + json.dumps(good)[1:],
               json.dumps(good).replace('"uid"', '"uid": "other", "uid"', 1),
               "[" * 100_000, '{"a":' * 100_000, '{"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":' + '{"object":' * 5000]
        for body in bad:
            status, answer = server.refused(body)
            self.assertEqual(status, 400, (body if isinstance(body, (str, bytes)) else json.dumps(body))[:200])
            self.assertEqual(answer["reason"], "BadRequest")
        self.assertTrue(server.ask(good)["allowed"])
        self.assertEqual(server.metrics()['assay_review_errors_total{reason="malformed",code="400"}'], len(bad))

    def test_nesting_within_the_limit(self):
        server = self.serve("--no-config")
        deep = 1
        for _ in range(300):
            deep = {"a": [deep]} if _ % 2 else {"a": deep}
        custom = {"apiVersion": "example.com/v1", "kind": "Widget", "metadata": {"name": "w", "namespace": "shop"}, "spec": deep}
        self.assertTrue(server.ask(review(custom))["allowed"])

    def test_odd_values_in_objects(self):
        server = self.serve("--no-config")
        for containers in (None, {}, "x", [None], ["x"], [1], [[]], [{}], [{"name": 1, "image": 2, "securityContext": 3}],
                           [{"name": "a", "image": ["b"], "env": {"a": 1}, "ports": "x", "resources": {"limits": []}}]):
            odd = pod()
            odd["spec"]["containers"] = containers
            answer, data = server.request("POST", "/validate", json.dumps(review(odd)), {"Content-Type": "application/json"})
            self.assertIn(answer.status, (200, 500), data)
        for metadata in ({"labels": []}, {"labels": {"a": 1}}, {"annotations": "x"}, {"ownerReferences": {}}):
            answer, data = server.request("POST", "/validate", json.dumps(review(pod(metadata=metadata))), {"Content-Type": "application/json"})
            self.assertIn(answer.status, (200, 500), data)
        self.assertNotIn("iterated", open(server.log_path, encoding="utf-8").read())  # of errors only the rule is logged

    def test_secrets_are_at_home_in_a_cluster(self):
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "shop"}, "data": {"password": "aHVudGVyMg=="}}
        answer = self.serve("--no-config").ask(review(secret))
        self.assertTrue(answer["allowed"])
        self.assertNotIn("SEC0102", json.dumps(answer))

    def test_sizes(self):
        server = self.serve("--no-config")
        big = pod(metadata={"annotations": {"pad": "x" * 3_000_000}})
        self.assertTrue(server.ask(review(big, big, "UPDATE"))["allowed"])  # 6 MB
        status, answer = server.refused(b"x" * (8 * 1024 * 1024 + 1))
        self.assertEqual((status, answer["reason"]), (413, "RequestEntityTooLarge"))
        # Without a length: refused as soon as it is too much.
        connection = server.connect()
        connection.putrequest("POST", "/validate")
        connection.putheader("Content-Type", "application/json")
        connection.putheader("Transfer-Encoding", "chunked")
        connection.endheaders()
        try:
            for _ in range(200):
                connection.send(b"10000\r\n" + b"y" * 65536 + b"\r\n")
        except OSError:
            pass
        self.assertEqual(connection.getresponse().status, 413)
        self.assertEqual(server.metrics()["assay_body_too_large_total"], 2)
        self.assertTrue(server.ask(review(pod()))["allowed"])

    def test_http(self):
        server = self.serve("--no-config")
        self.assertEqual(server.refused(None, method="GET")[0], 405)
        self.assertEqual(server.refused(None, method="DELETE", path="/validate")[0], 405)
        self.assertEqual(server.refused("{}", path="/mutate")[0], 404)
        self.assertEqual(server.refused("{}", headers={"Content-Type": "text/plain"})[0], 415)
        self.assertEqual(server.refused("{}", headers={"Content-Encoding": "gzip"})[0], 415)
        self.assertEqual(server.refused("{}", headers={"X-Long": "x" * 20_000})[0], 431)
        for text in (b"nonsense\r\n\r\n", b"GET\r\n\r\n", b"POST /validate HTTP/9.9\r\n\r\n", b"\x16\x03\x01\x02\x00",
                     b"POST /validate HTTP/1.1\r\nContent-Length: -1\r\n\r\n", b"POST /validate HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n",
                     b"POST /validate HTTP/1.1\r\nContent-Length: 3\r\nContent-Length: 5\r\n\r\nabcde",
                     b"POST /validate HTTP/1.1\r\nTransfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n0\r\n\r\n",
                     b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"):
            with server.raw() as raw:
                raw.sendall(text)
                raw.settimeout(20)
                answer = b""
                try:
                    while chunk := raw.recv(65536):
                        answer += chunk
                except (ssl.SSLError, OSError):
                    pass
                self.assertRegex(answer[:12], rb"^(HTTP/1.1 4|$)", text)
        self.assertTrue(server.ask(review(pod()))["allowed"])

    def test_kept_pipelined_and_continued_connections(self):
        server = self.serve("--no-config")
        connection = server.connect()
        for i in range(50):
            self.assertEqual(server.ask(review(pod(), uid=f"u{i}"), connection)["uid"], f"u{i}")
        body = json.dumps(review(pod())).encode()
        head = b"POST /validate?timeout=5s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: %d\r\n" % len(body)
        with server.raw() as raw:
            raw.sendall((head + b"\r\n" + body) * 3)
            answer = b""
            while answer.count(b'"allowed":true') < 3:
                answer += raw.recv(65536)
            self.assertEqual(answer.count(b"HTTP/1.1 200 OK"), 3)
            raw.sendall(head + b"Expect: 100-continue\r\n\r\n")
            self.assertEqual(raw.recv(65536), b"HTTP/1.1 100 Continue\r\n\r\n")
            raw.sendall(body[:100])
            time.sleep(0.05)
            raw.sendall(body[100:])
            self.assertIn(b'"allowed":true', raw.recv(65536))
            raw.sendall(head + b"Connection: close\r\n\r\n" + body)
            answer = b""
            while chunk := raw.recv(65536):
                answer += chunk
            self.assertIn(b"Connection: close", answer)

    def test_tls(self):
        server = self.serve("--no-config")
        with socket.create_connection(("127.0.0.1", server.port)) as plain:
            plain.sendall(b"GET /livez HTTP/1.1\r\n\r\n")
            plain.settimeout(20)
            try:
                while plain.recv(4096):
                    pass
            except OSError:
                pass
        context = server.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost") as tls:
            self.assertEqual(tls.version(), "TLSv1.2")
            self.assertRegex(tls.cipher()[0], "^ECDHE-.*(GCM|POLY1305)")
        context = server.context()
        context.minimum_version = ssl.TLSVersion.TLSv1
        context.set_ciphers("ALL:@SECLEVEL=0")
        context.maximum_version = ssl.TLSVersion.TLSv1_1
        with self.assertRaises((ssl.SSLError, OSError)):
            context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost")
        context = server.context()
        context.set_alpn_protocols(["h2", "http/1.1"])
        with context.wrap_socket(socket.create_connection(("127.0.0.1", server.port)), server_hostname="localhost") as tls:
            self.assertEqual((tls.version(), tls.selected_alpn_protocol()), ("TLSv1.3", "http/1.1"))
        self.assertGreaterEqual(server.metrics()["assay_tls_failures_total"], 2)
        strict = self.serve("--no-config", "--tls-min", "1.3", log=os.path.join(self.directory, "strict.log"), certificate=(server.crt, server.key))
        context = strict.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        with self.assertRaises((ssl.SSLError, OSError)):
            context.wrap_socket(socket.create_connection(("127.0.0.1", strict.port)), server_hostname="localhost")

    def test_floods_and_half_open_clients(self):
        server = self.serve("--no-config", "--max-connections", "40")
        held = []
        try:
            for i in range(120):
                plain = socket.create_connection(("127.0.0.1", server.port), timeout=20)
                if i % 3 == 0:
                    plain.sendall(b"\x16\x03\x01\x00\xf0\x01")  # the beginning of a greeting
                held.append(plain)
            end = time.monotonic() + 30
            answered = False
            while not answered and time.monotonic() < end:  # handshakes that do not come are given up
                try:
                    answered = server.ask(review(pod()))["allowed"]
                except (OSError, ssl.SSLError):
                    time.sleep(0.2)
            self.assertTrue(answered)
        finally:
            for plain in held:
                plain.close()
        metrics = server.metrics()
        self.assertGreater(metrics["assay_connections_refused_total"], 0)
        self.assertLessEqual(metrics["assay_connections"], 40)

    def test_slow_clients(self):
        server = self.serve("--no-config")
        raw = server.raw()
        begun = time.monotonic()
        raw.sendall(b"POST /validate HTTP/1.1\r\n")
        try:
            while time.monotonic() - begun < 30:
                raw.sendall(b"X-A: b\r\n")  # a header now and then
                time.sleep(0.5)
        except OSError:
            pass
        self.assertLess(time.monotonic() - begun, 15)
        raw.close()
        self.assertTrue(server.ask(review(pod()))["allowed"])
        self.assertGreaterEqual(server.metrics()["assay_client_timeouts_total"], 1)

    def test_client_certificates(self):
        authority = make_certificate(self.directory, "ca", common="authority")
        other = make_certificate(self.directory, "other-ca", common="other authority")
        good = make_certificate(self.directory, "client", common="kube-apiserver", authority=authority)
        wrong_name = make_certificate(self.directory, "stranger", common="stranger", authority=authority, san="DNS:stranger")
        foreign = make_certificate(self.directory, "foreign", common="kube-apiserver", authority=other)
        server = self.serve("--no-config", "--client-ca", authority[0], "--client-name", "kube-apiserver")
        self.assertTrue(server.ask(review(pod()), certificate=good)["allowed"])
        for certificate in (None, wrong_name):
            status, answer = server.refused(review(pod()), certificate=certificate)
            self.assertEqual((status, answer["reason"]), (401, "Unauthorized"))
        with self.assertRaises((OSError, ssl.SSLError, AssertionError, Exception)):
            self.assertEqual(server.refused(review(pod()), certificate=foreign)[0], 200)
        self.assertEqual(server.request("GET", "/readyz")[0].status, 200)  # probes have no certificate

    def test_overload_is_shed_with_a_clear_message(self):
        server = self.serve("--no-config", "--threads", "2", "--queue", "1")
        heavy = pod(containers=[{"name": f"c{i}", "image": "nginx"} for i in range(3000)])
        body = json.dumps(review(heavy)).encode()
        statuses, lock = [], threading.Lock()

        def ask():
            answer, data = server.request("POST", "/validate?timeout=30s", body, {"Content-Type": "application/json"})
            with lock:
                statuses.append((answer.status, data))

        threads = [threading.Thread(target=ask) for _ in range(12)]
        for thread in threads:
            thread.start()
        answer, _ = server.request("GET", "/livez")
        self.assertEqual(answer.status, 200)
        for thread in threads:
            thread.join()
        self.assertEqual({status for status, _ in statuses}, {200, 503})
        shed = [json.loads(data) for status, data in statuses if status == 503]
        self.assertTrue(all("overloaded" in one["message"] and one["reason"] == "ServiceUnavailable" for one in shed))
        self.assertEqual(server.metrics()["assay_shed_total"], len(shed))

    def test_time_is_over(self):
        server = self.serve("--no-config")
        heavy = pod(containers=[{"name": f"c{i}", "image": "nginx"} for i in range(6000)])
        status, answer = server.refused(review(heavy), path="/validate?timeout=1ms")
        self.assertEqual((status, answer["reason"]), (504, "Timeout"))


class Operations(ServeCase):
    def test_probes_and_metrics(self):
        server = self.serve("--no-config")
        for path in ("/livez", "/readyz"):
            answer, data = server.request("GET", path)
            self.assertEqual((answer.status, data[:3]), (200, b"ok\n"))
        self.assertEqual(server.request("HEAD", "/livez")[1], b"")
        server.ask(review(pod(containers=[privileged()])))
        server.ask(review(pod(), dryRun=True))
        metrics = server.metrics()
        self.assertEqual(metrics['assay_reviews_total{operation="CREATE",allowed="false",dry_run="false"}'], 1)
        self.assertEqual(metrics['assay_reviews_total{operation="CREATE",allowed="true",dry_run="true"}'], 1)
        self.assertEqual(metrics['assay_decisions_total{policy="KUB0001",mode="enforce",existing="false"}'], 1)
        self.assertEqual(metrics["assay_review_duration_seconds_count"], 2)
        self.assertIn('assay_review_duration_seconds_bucket{le="0.0001"}', metrics)
        self.assertEqual(metrics['assay_review_duration_seconds_bucket{le="+Inf"}'], 2)
        self.assertEqual((metrics["assay_policy_generation"], metrics["assay_ready"]), (1, 1))
        self.assertTrue(28 <= metrics["assay_certificate_days"] <= 30)

    def test_log_has_no_values_of_objects(self):
        server = self.serve("--no-config", "--log-level", "debug")
        secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s", "namespace": "shop"}, "stringData": {"password": "hunter2-hunter2"}}
        server.ask(review(secret))
        bad = pod(containers=[privileged()], spec={"hostNetwork": True})
        bad["spec"]["containers"][0]["env"] = [{"name": "PASSWORD", "value": "hunter2-hunter2"}]
        server.ask(review(bad))
        line = server.wait_line("denied")
        self.assertEqual((line["kind"], line["namespace"], line["name"], line["user"]), ("Pod", "shop", "web", "kate"))
        self.assertIn("KUB0001", {one["policy"] for one in line["objections"]})
        server.stop()
        with open(server.log_path, encoding="utf-8") as log:
            self.assertNotIn("hunter2", log.read())

    def test_policies_are_loaded_again(self):
        os.makedirs(os.path.join(self.directory, "policies"))
        server = self.serve("--no-config", "--policy", "policies")
        self.assertTrue(server.ask(review(pod()))["allowed"])
        self.write("policies/team.md", own_rule())
        server.wait_line("policies loaded")
        answer = server.ask(review(pod()))
        self.assertFalse(answer["allowed"])
        self.assertEqual(answer["auditAnnotations"]["generation"], "2")
        # A broken set changes nothing, and says so.
        self.write("policies/broken.md", own_rule().replace("OWN0001", "OWN0002").replace("has(resource", "hass(resource"))
        line = server.wait_line("the policies on disk cannot be used; the last good ones stay")
        self.assertIn("broken.md", line["errors"][0])
        answer = server.ask(review(pod()))
        self.assertEqual((answer["allowed"], answer["auditAnnotations"]["generation"]), (False, "2"))
        metrics = server.metrics()
        self.assertEqual((metrics["assay_last_reload_successful"], metrics["assay_reload_errors_total"]), (0, 1))
        self.assertEqual(server.request("GET", "/readyz")[0].status, 200)
        os.unlink(os.path.join(self.directory, "policies/broken.md"))
        self.write("policies/team.md", own_rule("low"))
        server.wait_line("policies loaded", count=2)
        end = time.monotonic() + 30
        while not server.ask(review(pod()))["allowed"] and time.monotonic() < end:
            time.sleep(0.1)
        self.assertTrue(server.ask(review(pod()))["allowed"])
        self.assertEqual(server.metrics()["assay_last_reload_successful"], 1)

    def test_mounts_of_kubernetes(self):
        """ConfigMaps and Secrets are links into a directory that is swapped as a whole."""
        mount = os.path.join(self.directory, "mount")
        os.makedirs(os.path.join(mount, "..1"))
        with open(os.path.join(mount, "..1", "team.md"), "w", encoding="utf-8") as out:
            out.write(own_rule("low"))
        first = make_certificate(os.path.join(mount, "..1"), "tls")
        os.symlink("..1", os.path.join(mount, "..data"))
        for name in ("team.md", "tls.crt", "tls.key"):
            os.symlink("..data/" + name, os.path.join(mount, name))
        del first
        server = self.serve("--no-config", "--policy", "mount", certificate=(os.path.join(mount, "tls.crt"), os.path.join(mount, "tls.key")))
        self.assertTrue(server.ask(review(pod()))["allowed"])
        os.makedirs(os.path.join(mount, "..2"))
        with open(os.path.join(mount, "..2", "team.md"), "w", encoding="utf-8") as out:
            out.write(own_rule("high"))
        make_certificate(os.path.join(mount, "..2"), "tls", common="second")
        os.symlink("..2", os.path.join(mount, "..data_tmp"))
        os.rename(os.path.join(mount, "..data_tmp"), os.path.join(mount, "..data"))
        shutil.rmtree(os.path.join(mount, "..1"))
        self.assertEqual(server.wait_line("certificate loaded")["certificate"], "CN=second")
        server.wait_line("policies loaded")
        self.assertFalse(server.ask(review(pod()))["allowed"])
        self.assertEqual(server.metrics()["assay_reload_errors_total"], 0)
        self.assertEqual(server.metrics()["assay_certificate_reload_errors_total"], 0)

    def test_certificates_change_under_load(self):
        server = self.serve("--no-config")
        stop, failures, count = threading.Event(), [], [0]
        body = json.dumps(review(pod()))
        context = ssl.create_default_context()
        context.check_hostname, context.verify_mode = False, ssl.CERT_NONE

        def load():
            import http.client
            connection = None
            while not stop.is_set():
                try:
                    if connection is None:
                        connection = http.client.HTTPSConnection("127.0.0.1", server.port, context=context, timeout=60)
                    connection.request("POST", "/validate", body, {"Content-Type": "application/json"})
                    answer = connection.getresponse()
                    data = answer.read()
                    if answer.status != 200:
                        failures.append(data)
                    if answer.getheader("Connection") == "close":
                        connection.close()
                        connection = None
                    count[0] += 1
                except Exception as error:  # any loss is a failure
                    failures.append(repr(error))
                    connection = None

        threads = [threading.Thread(target=load) for _ in range(3)]
        for thread in threads:
            thread.start()
        for i in range(3):
            make_certificate(self.directory, "tls", common=f"rotated{i}")
            server.wait_line("certificate loaded", count=i + 1)
            time.sleep(0.2)
        # Half a pair is refused, and the last good one stays.
        with open(server.key, "w", encoding="ascii") as out:
            out.write("no key")
        server.wait_line("the certificate on disk cannot be used; the last good one stays")
        time.sleep(0.2)
        stop.set()
        for thread in threads:
            thread.join()
        self.assertEqual(failures, [])
        self.assertGreater(count[0], 20)
        answer, _ = server.request("GET", "/livez")
        self.assertEqual(answer.status, 200)
        self.assertEqual(server.metrics()["assay_last_certificate_reload_successful"], 0)

    def test_wrong_usage(self):
        crt, key = make_certificate(self.directory)
        _, other = make_certificate(self.directory, "other")
        self.write("broken.md", own_rule().replace("has(resource", "hass(resource"))
        self.write("vap.yaml", (VAP % "Deny").replace("<= 5", "<= "))
        self.write("text.pem", "hello")
        good = ["--listen", "127.0.0.1:0", "--tls-cert", crt, "--tls-key", key]
        for arguments, expected in (
                (["--listen", "127.0.0.1:0", "--tls-key", key], "--tls-cert"),
                (["--listen", "127.0.0.1:0", "--tls-cert", "missing.pem", "--tls-key", key], "missing.pem"),
                (["--listen", "127.0.0.1:0", "--tls-cert", "text.pem", "--tls-key", key], "no certificate in PEM"),
                (["--listen", "127.0.0.1:0", "--tls-cert", crt, "--tls-key", "text.pem"], "no private key"),
                (["--listen", "127.0.0.1:0", "--tls-cert", crt, "--tls-key", other], "is not that of the certificate"),
                (["--listen", "somewhere:x", "--tls-cert", crt, "--tls-key", key], "--listen wants ADDRESS:PORT"),
                (["--listen", "127.0.0.1:99999", "--tls-cert", crt, "--tls-key", key], "--listen wants ADDRESS:PORT"),
                (good + ["--policy", "nowhere"], "there is no file or directory"),
                (good + ["--policy", "broken.md"], "broken.md"),
                (good + ["--policy", "vap.yaml"], "vap.yaml"),
                (good + ["--client-ca", "text.pem"], "no certificate in PEM"),
                (good + ["--enforce-at", "severe"], "severe"),
                (good + ["--enforc"], "unknown option")):
            done = self.run_assay("serve", *arguments)
            self.assertEqual(done.returncode, 2, (arguments, done.stderr))
            self.assertIn(expected, done.stderr.decode())

    def test_mistakes_in_the_configuration(self):
        crt, key = make_certificate(self.directory)
        for text, expected in (("admission: {enforce: high}", "unknown key 'enforce'"),
                               ("admission: {enforce-at: severe}", "admission.enforce-at"),
                               ("admission: {modes: [{rules: [KUB0001]}]}", "needs mode"),
                               ("admission: {modes: [{mode: deny}]}", "expected one of enforce"),
                               ("admission: {modes: [{mode: warn, rules: [KUB9999]}]}", "no rule or policy is called 'KUB9999'"),
                               ("admission: {modes: [{mode: enforce, rules: [KUB0058]}]}", "looks at other objects"),
                               ("admission: {modes: [{mode: warn, object-selector: {matchExpressions: [{key: a, operator: In}]}}]}", "want values")):
            self.write("assay.yaml", text + "\n")
            done = self.run_assay("serve", "--listen", "127.0.0.1:0", "--tls-cert", crt, "--tls-key", key)
            self.assertEqual(done.returncode, 2, (text, done.stderr))
            self.assertIn(expected, done.stderr.decode())
            self.assertIn("assay.yaml:1", done.stderr.decode())

    def test_the_end_is_orderly(self):
        server = self.serve("--no-config", "--shutdown-delay", "1.5")
        connection = server.connect()
        server.ask(review(pod()), connection)
        server.process.send_signal(signal.SIGTERM)
        server.wait_line("ending")
        answer, data = server.request("GET", "/readyz")
        self.assertEqual((answer.status, data), (503, b"ending\n"))
        self.assertTrue(server.ask(review(pod()), connection)["allowed"])  # still answered, and told to go elsewhere
        self.assertTrue(server.ask(review(pod()))["allowed"])
        self.assertEqual(server.process.wait(30), 0)
        with self.assertRaises(OSError):
            socket.create_connection(("127.0.0.1", server.port), timeout=5)

    def test_what_was_asked_is_answered_before_the_end(self):
        server = self.serve("--no-config")
        heavy = json.dumps(review(pod(containers=[{"name": f"c{i}", "image": "nginx"} for i in range(4000)])))
        results = []
        thread = threading.Thread(target=lambda: results.append(server.ask(heavy, path="/validate?timeout=30s")))
        thread.start()
        end = time.monotonic() + 20
        while server.metrics()["assay_reviews_in_flight"] == 0 and not results and time.monotonic() < end:
            pass
        code = server.stop()
        thread.join()
        self.assertEqual(code, 0)
        self.assertEqual(len(results), 1)

    def test_a_log_that_nobody_takes(self):
        server = self.serve("--no-config", log="/dev/full", ready=False, certificate=make_certificate(self.directory))
        # Its port is not in a log: found among the sockets of the process.
        end = time.monotonic() + 60
        while server.port is None and time.monotonic() < end:
            inodes = set()
            for name in os.listdir(f"/proc/{server.process.pid}/fd"):
                try:
                    found = re.match(r"socket:\[(\d+)\]", os.readlink(f"/proc/{server.process.pid}/fd/{name}"))
                except OSError:
                    continue
                if found:
                    inodes.add(found.group(1))
            with open("/proc/net/tcp", encoding="ascii") as table:
                for row in table.read().splitlines()[1:]:
                    fields = row.split()
                    if fields[3] == "0A" and fields[9] in inodes:
                        server.port = int(fields[1].split(":")[1], 16)
            time.sleep(0.05)
        while server.request("GET", "/readyz")[0].status != 200 and time.monotonic() < end:
            time.sleep(0.05)
        for _ in range(5):
            self.assertFalse(server.ask(review(pod(containers=[privileged()])))["allowed"])
        time.sleep(0.3)
        self.assertGreater(server.metrics()["assay_log_lines_lost_total"], 0)
        self.assertEqual(server.stop(), 0)


if __name__ == "__main__":
    unittest.main()
