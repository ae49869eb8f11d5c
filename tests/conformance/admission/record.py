#!/usr/bin/env python3
"""Asks a real kube-apiserver what it says to the objects of objects.py under the policies of policies/, and records it.

    record.py APISERVER OUT      APISERVER: where shared/tools/apiserver/build.sh put the programs; OUT: a folder for
                                 reviews.jsonl (the requests, as a webhook was given them) and answers.jsonl

Every object is created with dryRun=All: once without policies, in front of a webhook that keeps the AdmissionReview; once
under all policies, bound with Warn and Audit, so that one request shows every objection; and, for a few objects of each policy,
once with that policy bound with Deny, for the code, the reason and the message of a refusal.
"""
import base64
import http.server
import json
import os
import re
import ssl
import subprocess
import sys
import tempfile
import threading
import time
import urllib.error
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import objects  # noqa: E402

TOOLS = os.path.join(os.environ.get("ASSAY_SHARED", os.path.join(HERE, "../../../../shared")), "tools/apiserver")
FAILURES = "validation.policy.admission.k8s.io/validation_failure"
DENIED_OF_POLICY = 4


class Server:
    def __init__(self, state):
        text = open(os.path.join(state, "kubeconfig")).read()
        self.url = re.search(r'server: "([^"]+)"', text).group(1)
        self.token = re.search(r'token: "([^"]+)"', text).group(1)
        authority = re.search(r'certificate-authority: "([^"]+)"', text).group(1)
        self.context = ssl.create_default_context(cafile=authority)

    def call(self, method, path, body=None, kind="application/json"):
        """(status, headers, object)"""
        data = body if isinstance(body, bytes) else json.dumps(body).encode() if body is not None else None
        request = urllib.request.Request(self.url + path, data=data, method=method)
        request.add_header("Authorization", "Bearer " + self.token)
        if data:
            request.add_header("Content-Type", kind)
        try:
            with urllib.request.urlopen(request, context=self.context) as response:
                return response.status, response.headers, json.loads(response.read() or b"null")
        except urllib.error.HTTPError as error:
            return error.code, error.headers, json.loads(error.read() or b"null")

    def make(self, path, body):
        status, _, answer = self.call("POST", path, body)
        if status not in (200, 201, 409):
            sys.exit(f"{path}: {status}: {json.dumps(answer)[:2000]}")

    def dry_run(self, path, body):
        return self.call("POST", path + "?dryRun=All", body)


def documents():
    """The objects of policies/*.yaml, through kubectl, which reads them as a cluster would."""
    out = []
    for name in sorted(os.listdir(os.path.join(HERE, "policies"))):
        if name.endswith(".yaml"):
            text = open(os.path.join(HERE, "policies", name)).read()
            for part in re.split(r"(?m)^---\n", text):
                if part.strip():
                    out.append(part)
    return out


def as_json(text, kubectl):
    done = subprocess.run([kubectl, "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-"], input=text, text=True,
                          capture_output=True, check=False)
    if done.returncode:
        sys.exit(done.stderr + text)
    return json.loads(done.stdout)


class Keeper:
    """A webhook that allows everything and keeps the requests, by the name and kind of their object."""

    def __init__(self, folder):
        self.requests = []
        key, cert = os.path.join(folder, "key.pem"), os.path.join(folder, "cert.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=keeper", "-addext",
                        "subjectAltName=IP:127.0.0.1", "-keyout", key, "-out", cert], check=True, capture_output=True)
        keeper = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                review = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                keeper.requests.append(review["request"])
                answer = json.dumps({"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                                     "response": {"uid": review["request"]["uid"], "allowed": True}}).encode()
                self.send_response(200)
                self.send_header("Content-Type", "application/json")
                self.send_header("Content-Length", str(len(answer)))
                self.end_headers()
                self.wfile.write(answer)

            def log_message(self, *args):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(cert, key)
        self.server.socket = context.wrap_socket(self.server.socket, server_side=True)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()
        self.ca = base64.b64encode(open(cert, "rb").read()).decode()
        self.url = f"https://127.0.0.1:{self.server.server_address[1]}/"

    def configuration(self):
        return {"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingWebhookConfiguration", "metadata": {"name": "keeper"},
                "webhooks": [{"name": "keeper.example.dev", "admissionReviewVersions": ["v1"], "sideEffects": "None", "matchPolicy": "Exact",
                              "clientConfig": {"url": self.url, "caBundle": self.ca}, "failurePolicy": "Ignore",
                              "rules": [{"apiGroups": ["*"], "apiVersions": ["*"], "operations": ["CREATE"], "resources": ["*/*"]}]}]}


REGISTRATION = "/apis/admissionregistration.k8s.io/v1/"
WEBHOOKS = REGISTRATION + "validatingwebhookconfigurations"
POLICIES = REGISTRATION + "validatingadmissionpolicies"
BINDINGS = REGISTRATION + "validatingadmissionpolicybindings"


def capture(server, folder):
    keeper = Keeper(folder)
    server.make(WEBHOOKS, keeper.configuration())
    probe = objects.path_of("configmaps", "default")
    for _ in range(100):
        server.dry_run(probe, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}})
        if keeper.requests:
            break
        time.sleep(0.2)
    reviews = []
    for path, body in objects.all_objects():
        keeper.requests.clear()
        status, _, answer = server.dry_run(path, body)
        if status not in (200, 201):
            sys.exit(f"{path} {body['metadata']}: {answer.get('message')}")
        own = [r for r in keeper.requests if r["kind"]["kind"] == body["kind"]]
        if not own:
            sys.exit(f"{path}: the webhook was not asked")
        request = own[-1]
        for key in ("object", "oldObject"):
            if request.get(key):
                request[key]["metadata"].pop("managedFields", None)
                request[key]["metadata"].pop("creationTimestamp", None)
                request[key]["metadata"]["uid"] = "00000000-0000-0000-0000-000000000000"
        request["uid"] = "00000000-0000-0000-0000-%012d" % len(reviews)
        reviews.append(request)
    server.call("DELETE", WEBHOOKS + "/keeper")
    for _ in range(50):
        keeper.requests.clear()
        server.dry_run(probe, {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "probe"}})
        if not keeper.requests:
            break
        time.sleep(0.2)
    return reviews


def warnings_of(headers):
    out = []
    for line in headers.get_all("Warning") or []:
        match = re.match(r'299 - "(.*)"$', line, re.S)
        text = re.sub(r"\\(.)", r"\1", match.group(1)) if match else line
        if text.startswith("Validation failed for"):
            out.append(text)
    return out


def annotations_of(state, audit_id):
    for _ in range(100):
        for line in reversed(open(os.path.join(state, "audit.log")).read().splitlines()[-2000:]):
            if audit_id in line:
                event = json.loads(line)
                return event.get("annotations") or {}
        time.sleep(0.05)
    sys.exit("no audit event " + audit_id)


def wait_for(server, path, body, wanted):
    for _ in range(300):
        answer = server.dry_run(path, body)
        if wanted(answer):
            return answer
        time.sleep(0.1)
    sys.exit("a change of policies was not seen: " + json.dumps(answer[2])[:500])


def answer_of(state, answer, policies):
    status, headers, body = answer
    annotations = annotations_of(state, headers["Audit-Id"])
    failures = json.loads(annotations.get(FAILURES, "[]"))
    if len(failures) >= 50:
        sys.exit("too many objections for one annotation")
    out = {"failures": failures, "warnings": warnings_of(headers),
           "annotations": {k: v for k, v in sorted(annotations.items()) if k.split("/")[0] in policies}}
    if status not in (200, 201):
        out["denied"] = {"code": body["code"], "reason": body["reason"], "message": body["message"]}
    return out


def record(apiserver, out, state):
    server = Server(state)
    kubectl = os.path.join(apiserver, "kubectl")
    parts = [as_json(text, kubectl) for text in documents()]
    server.make("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", objects.CRD)
    for part in parts:
        if part["kind"] == "Namespace":
            server.make("/api/v1/namespaces", part)
    time.sleep(3)
    reviews = capture(server, state)
    policies = [p for p in parts if p["kind"] == "ValidatingAdmissionPolicy"]
    bindings = [p for p in parts if p["kind"] == "ValidatingAdmissionPolicyBinding"]
    names = {p["metadata"]["name"] for p in policies}
    bound = {b["spec"]["policyName"] for b in bindings}
    for name in sorted(names - bound):
        bindings.append({"apiVersion": "admissionregistration.k8s.io/v1", "kind": "ValidatingAdmissionPolicyBinding",
                         "metadata": {"name": name + "-bound"}, "spec": {"policyName": name, "validationActions": ["Warn", "Audit"]}})
    for part in parts:
        if part["kind"] == "ConfigMap":
            server.make(objects.path_of("configmaps", part["metadata"]["namespace"]), part)
    for part in policies:
        server.make(POLICIES, part)
    for part in bindings:
        server.make(BINDINGS, part)
    time.sleep(6)

    answers = []
    for path, body in objects.all_objects():
        answers.append(answer_of(state, server.dry_run(path, body), names))

    # One policy after the other refuses.
    everything = list(objects.all_objects())
    refused = []
    for binding in bindings:
        name = binding["metadata"]["name"]
        hit = [i for i, a in enumerate(answers) if "denied" not in a and any(f["binding"] == name for f in a["failures"])][:: 1]
        picks = hit[:: max(1, len(hit) // DENIED_OF_POLICY)][:DENIED_OF_POLICY]
        if not picks:
            continue
        status, _, current = server.call("GET", BINDINGS + "/" + name)
        current["spec"]["validationActions"] = ["Deny"]
        status, _, answer = server.call("PUT", BINDINGS + "/" + name, current)
        if status != 200:
            sys.exit(json.dumps(answer))
        wait_for(server, *everything[picks[0]], lambda a: a[0] not in (200, 201))
        for pick in picks:
            status, _, answer = server.dry_run(*everything[pick])
            refused.append({"review": pick, "binding": name,
                            "denied": {"code": answer["code"], "reason": answer["reason"], "message": answer["message"]}})
        _, _, current = server.call("GET", BINDINGS + "/" + name)
        current["spec"]["validationActions"] = binding["spec"]["validationActions"]
        server.call("PUT", BINDINGS + "/" + name, current)
        wait_for(server, *everything[picks[0]], lambda a: a[0] in (200, 201))

    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "reviews.jsonl"), "w") as file:
        for review in reviews:
            file.write(json.dumps(review, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n")
    with open(os.path.join(out, "answers.jsonl"), "w") as file:
        for answer in answers + refused:
            file.write(json.dumps(answer, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{len(reviews)} objects, {len(policies)} policies, {sum(len(a['failures']) for a in answers)} objections, {len(refused)} refusals")


def main():
    apiserver, out = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as state:
        subprocess.run([os.path.join(TOOLS, "up.sh"), apiserver, state], check=True, stdout=subprocess.DEVNULL)
        try:
            record(apiserver, out, state)
        finally:
            subprocess.run([os.path.join(TOOLS, "down.sh"), state], check=False)


main()
