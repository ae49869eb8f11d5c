#!/usr/bin/env python3
"""Asks a real kube-apiserver what it says to the objects of objects.py under the policies of policies/, and records it.

    record.py APISERVER OUT      APISERVER: where shared/tools/apiserver/build.sh put the programs; OUT: a folder for
                                 reviews.jsonl (the requests, as a webhook was given them) and answers.jsonl

Every object is created with dryRun=All: once without policies, in front of a webhook that keeps the AdmissionReview; once
under each policy that warns of it, for the whole texts of all objections; and, for a few objects of each policy, once with
that policy bound with Deny, for the code, the reason and the message of a refusal.
"""
import base64
import concurrent.futures
import http.client
import http.server
import json
import os
import re
import signal
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, HERE)
import objects  # noqa: E402

TOOLS = os.path.join(os.environ.get("ASSAY_SHARED", os.path.join(HERE, "../../../../shared")), "tools/apiserver")
DENIED_OF_POLICY = 4
UNSEEN_SECONDS = 4  # until a change of policies that nothing shows is certainly in force


class Server:
    def __init__(self, state):
        text = open(os.path.join(state, "kubeconfig")).read()
        self.host = re.search(r'server: "https://([^"]+)"', text).group(1)
        self.connection = None
        self.token = re.search(r'token: "([^"]+)"', text).group(1)
        authority = re.search(r'certificate-authority: "([^"]+)"', text).group(1)
        self.context = ssl.create_default_context(cafile=authority)

    def call(self, method, path, body=None, kind="application/json"):
        """(status, headers, object)"""
        data = json.dumps(body).encode() if body is not None else None
        headers = {"Authorization": "Bearer " + self.token, "Content-Type": kind}
        if self.connection is None:
            self.connection = http.client.HTTPSConnection(self.host, context=self.context)
        try:
            self.connection.request(method, path, body=data, headers=headers)
            response = self.connection.getresponse()
            text = response.read()
        except (http.client.HTTPException, OSError):
            self.connection = None
            return self.call(method, path, body, kind)
        return response.status, response.headers, json.loads(text or b"null")

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


def as_json(text, kubectl, state):
    done = subprocess.run([kubectl, "--kubeconfig", os.path.join(state, "kubeconfig"), "create", "--dry-run=client", "--validate=false", "-o", "json", "-f", "-"], input=text, text=True,
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
        text = text.encode("latin-1").decode()  # headers carry UTF-8
        if text.startswith("Validation failed for"):
            out.append(text)
    return out


def audit_annotations(state):
    """By audit id."""
    out = {}
    for line in open(os.path.join(state, "audit.log")):
        event = json.loads(line)
        out[event["auditID"]] = event.get("annotations") or {}
    return out


def short(warning):
    """POLICY/BINDING: MESSAGE"""
    return re.sub(r"^Validation failed for ValidatingAdmissionPolicy '([^']*)' with binding '([^']*)': ", r"\1/\2: ", warning)


def wait_for(server, path, body, wanted):
    for _ in range(300):
        answer = server.dry_run(path, body)
        if wanted(answer):
            return answer
        time.sleep(0.05)
    sys.exit("a change of policies was not seen: " + json.dumps(answer[2])[:500])


def denied_of(answer):
    status, _, body = answer
    return None if status in (200, 201) else {"code": body["code"], "reason": body["reason"], "message": body["message"]}


def record(apiserver, out, state):
    server = Server(state)
    kubectl = os.path.join(apiserver, "kubectl")
    parts = [as_json(text, kubectl, state) for text in documents()]
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
    made = [server.call("POST", path, part) for path, group in ((POLICIES, policies), (BINDINGS, bindings)) for part in group]
    faults = [answer["message"] for status, _, answer in made if status != 201]
    if faults:
        sys.exit("\n".join(faults))
    time.sleep(6)

    everything = list(objects.all_objects())
    answers, ids, speaking, certain = [], [], {}, {}
    pool, own_server = concurrent.futures.ThreadPoolExecutor(4), threading.local()

    def here():
        if not hasattr(own_server, "server"):
            own_server.server = Server(state)
        return own_server.server

    def patient(path, body):
        # A busy server may give up on a dear policy.
        for _ in range(8):
            answer = here().dry_run(path, body)
            if answer[0] < 500:
                break
        return answer

    for number, (path, body) in enumerate(everything):
        answer = patient(path, body)
        ids.append(answer[1]["Audit-Id"])
        answers.append({"warnings": [], "denied": denied_of(answer)})
        if sum(map(len, warnings_of(answer[1]))) > 3000 and body["metadata"].get("labels", {}).get("try"):
            for name in names:
                if name.startswith("lib-") or name in ("by-name", "ignores-errors"):
                    speaking.setdefault(name, []).append(number)
        for warning in warnings_of(answer[1]):
            name = re.match(r"Validation failed for ValidatingAdmissionPolicy '([^']*)'", warning).group(1)
            speaking.setdefault(name, []).append(number)
            certain.setdefault(name, number)
    notes = audit_annotations(state)
    for answer, audit_id in zip(answers, ids):
        answer["annotations"] = {k: v for k, v in sorted(notes.get(audit_id, {}).items()) if k.split("/")[0] in names}

    # The server cuts long and many warnings: one policy after the other is asked alone.
    for binding in bindings:
        server.call("DELETE", BINDINGS + "/" + binding["metadata"]["name"])
    for name in sorted(names):
        # One that was not seen may have been cut off: it is asked about everything.
        seen = name in certain
        hit = sorted(set(speaking.get(name, []))) if seen else list(range(len(everything)))
        if seen:
            wait_for(server, *everything[certain[name]], lambda a: not warnings_of(a[1]) and a[0] in (200, 201))
        else:
            time.sleep(UNSEEN_SECONDS)
        own = [b for b in bindings if b["spec"]["policyName"] == name]
        for binding in own:
            server.make(BINDINGS, binding)
        if seen:
            wait_for(server, *everything[certain[name]], lambda a: warnings_of(a[1]))
        time.sleep((0.5 if len(own) > 1 else 0) if seen else UNSEEN_SECONDS)
        answered = pool.map(lambda number: warnings_of(patient(*everything[number])[1]), hit)
        for number, warnings in zip(hit, answered):
            if sum(map(len, warnings)) > 4000:
                print(f"cut: {name} {everything[number][1]['metadata']}")
            answers[number]["warnings"] += warnings
        for binding in own:
            server.call("DELETE", BINDINGS + "/" + binding["metadata"]["name"])

    # Then each refuses.
    refused = []
    for binding in bindings:
        name = binding["metadata"]["name"]
        hit = [i for i, a in enumerate(answers) if not name.startswith("assay-") and not a["denied"] and any(f"with binding '{name}'" in w for w in a["warnings"])]
        picks = hit[:: max(1, len(hit) // DENIED_OF_POLICY)][:DENIED_OF_POLICY]
        if not picks:
            continue
        server.make(BINDINGS, {**binding, "spec": {**binding["spec"], "validationActions": ["Deny"]}})
        wait_for(server, *everything[picks[0]], lambda a: a[0] not in (200, 201))
        for pick in picks:
            refused.append({"review": pick, "binding": name, "denied": denied_of(server.dry_run(*everything[pick]))})
        server.call("DELETE", BINDINGS + "/" + name)
        wait_for(server, *everything[picks[0]], lambda a: a[0] in (200, 201))

    for answer in answers:
        answer["warnings"] = sorted(short(warning) for warning in answer["warnings"])
    os.makedirs(out, exist_ok=True)
    with open(os.path.join(out, "reviews.jsonl"), "w") as file:
        for review in reviews:
            file.write(json.dumps(review, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n")
    with open(os.path.join(out, "answers.jsonl"), "w") as file:
        for answer in answers + refused:
            file.write(json.dumps(answer, sort_keys=True, ensure_ascii=False, separators=(",", ":")) + "\n")
    print(f"{len(reviews)} objects, {len(policies)} policies, {sum(len(a['warnings']) for a in answers)} objections, {len(refused)} refusals")


def main():
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # the servers go down with us
    apiserver, out = sys.argv[1], sys.argv[2]
    with tempfile.TemporaryDirectory() as state:
        subprocess.run([os.path.join(TOOLS, "up.sh"), apiserver, state], check=True, stdout=subprocess.DEVNULL)
        try:
            record(apiserver, out, state)
        finally:
            subprocess.run([os.path.join(TOOLS, "down.sh"), state], check=False)


main()
