"""What tests of the webhook share: certificates, a running server, AdmissionReviews, and raw connections to it."""
import copy
import http.client
import json
import os
import re
import select
import shutil
import signal
import socket
import ssl
import subprocess
import threading
import time
import unittest

from assay_case import AssayCase, binary

OPENSSL = shutil.which("openssl")


def make_certificate(directory, name="tls", days=30, common="assay", authority=None, san="DNS:localhost,IP:127.0.0.1"):
    """Writes NAME.crt and NAME.key; signed by the (crt, key) of `authority`, else by itself."""
    crt, key = os.path.join(directory, name + ".crt"), os.path.join(directory, name + ".key")
    command = [OPENSSL, "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
               "-out", crt, "-days", str(days), "-subj", "/CN=" + common]
    if san:
        command += ["-addext", "subjectAltName=" + san]
    if authority:
        command += ["-CA", authority[0], "-CAkey", authority[1]]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    return crt, key


def container(name="app", **more):
    out = {"name": name, "image": "registry.example/app@sha256:" + "a" * 64, "imagePullPolicy": "IfNotPresent",
           "securityContext": {"privileged": False, "allowPrivilegeEscalation": False, "runAsNonRoot": True, "readOnlyRootFilesystem": True,
                               "runAsUser": 20000, "capabilities": {"drop": ["ALL"]}, "seccompProfile": {"type": "RuntimeDefault"}},
           "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "64Mi"}}}
    out.update(more)
    return out


def pod(name="web", namespace="shop", containers=None, spec=None, metadata=None):
    out = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace},
           "spec": {"containers": containers if containers is not None else [container()], "serviceAccountName": "web"}}
    out["spec"].update(spec or {})
    out["metadata"].update(metadata or {})
    return out


def privileged(name="app"):
    return container(name, securityContext={"privileged": True})


PLURALS = {"NetworkPolicy": "networkpolicies", "Ingress": "ingresses"}


def review(obj=None, old=None, operation="CREATE", uid="705ab4f5-6393-11e8-b7cc-42010a800002", **more):
    """An AdmissionReview as kube-apiserver sends it. `more` replaces members of request."""
    some = obj or old or {}
    group, _, version = some.get("apiVersion", "v1").rpartition("/")
    kind = some.get("kind", "Pod")
    gvk = {"group": group, "version": version, "kind": kind}
    gvr = {"group": group, "version": version, "resource": PLURALS.get(kind, kind.lower() + "s")}
    meta = some.get("metadata", {})
    request = {"uid": uid, "kind": gvk, "resource": gvr, "requestKind": dict(gvk), "requestResource": dict(gvr),
               "name": meta.get("name", ""), "namespace": meta.get("namespace", ""), "operation": operation,
               "userInfo": {"username": "kate", "uid": "1", "groups": ["developers", "system:authenticated"]},
               "object": obj, "oldObject": old, "dryRun": False,
               "options": {"kind": "CreateOptions", "apiVersion": "meta.k8s.io/v1"}}
    request.update(more)
    return {"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request}


class Server:
    """`assay serve` on a free port; killed with the test."""

    def __init__(self, directory, *arguments, certificate=None, log=None, ready=True):
        self.crt, self.key = certificate or make_certificate(directory)
        self.log_path = log or os.path.join(directory, "serve.log")
        self.log_file = open(self.log_path, "wb")
        self.process = subprocess.Popen(
            [binary(), "serve", "--listen", "127.0.0.1:0", "--tls-cert", self.crt, "--tls-key", self.key,
             "--reload-interval", "0.5", *arguments], cwd=directory, stdout=subprocess.DEVNULL, stderr=self.log_file)
        self.port = None
        if ready:
            self.wait_ready()

    def lines(self):
        with open(self.log_path, "rb") as log:
            return [json.loads(line) for line in log.read().splitlines() if line.startswith(b"{")]

    def wait_line(self, message, seconds=60, count=1):
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            found = [line for line in self.lines() if line["message"] == message]
            if len(found) >= count:
                return found[count - 1]
            if self.process.poll() is not None and not found:
                with open(self.log_path, "rb") as log:
                    raise AssertionError("the server ended: " + log.read().decode())
            time.sleep(0.02)
        raise AssertionError(f"no line {message!r} in the log: {self.lines()}")

    def wait_ready(self):
        self.port = self.wait_line("serving")["port"]

    def context(self, certificate=None, **more):
        context = ssl.create_default_context(cafile=self.crt)
        if certificate:
            context.load_cert_chain(*certificate)
        for name, value in more.items():
            setattr(context, name, value)
        return context

    def connect(self, timeout=60, **more):
        return http.client.HTTPSConnection("127.0.0.1", self.port, context=self.context(**more), timeout=timeout)

    def request(self, method, path, body=None, headers=None, connection=None, **more):
        one = connection or self.connect(**more)
        one.request(method, path, body, headers or {})
        answer = one.getresponse()
        data = answer.read()
        if connection is None:
            one.close()
        return answer, data

    def ask(self, given, connection=None, path="/validate?timeout=10s", **more):
        """The `response` of a review that is answered with 200."""
        body = given if isinstance(given, (bytes, str)) else json.dumps(given)
        answer, data = self.request("POST", path, body, {"Content-Type": "application/json"}, connection, **more)
        if answer.status != 200:
            raise AssertionError(f"status {answer.status}: {data.decode()}")
        out = json.loads(data)
        assert (out["kind"], out["apiVersion"]) == ("AdmissionReview", "admission.k8s.io/v1"), out
        return out["response"]

    def refused(self, given, headers=None, method="POST", path="/validate?timeout=10s", **more):
        """(status, metav1.Status) of a request that gets no verdict."""
        body = given if isinstance(given, (bytes, str)) or given is None else json.dumps(given)
        answer, data = self.request(method, path, body, {"Content-Type": "application/json", **(headers or {})}, **more)
        status = json.loads(data)
        assert status["kind"] == "Status" and status["apiVersion"] == "v1" and status["code"] == answer.status, status
        assert status["status"] == "Failure" and status["message"], status
        return answer.status, status

    def metrics(self):
        _, data = self.request("GET", "/metrics")
        out = {}
        for line in data.decode().splitlines():
            if not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                out[name] = float(value)
        return out

    def raw(self, timeout=60):
        """A connected TLS socket."""
        plain = socket.create_connection(("127.0.0.1", self.port), timeout=timeout)
        return self.context().wrap_socket(plain, server_hostname="localhost")

    def memory_kb(self):
        with open(f"/proc/{self.process.pid}/status", encoding="ascii") as status:
            return int(re.search(r"VmRSS:\s+(\d+)", status.read()).group(1))

    def stop(self, how=signal.SIGTERM, seconds=60):
        if self.process.poll() is None:
            self.process.send_signal(how)
        try:
            code = self.process.wait(seconds)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
            raise
        self.log_file.close()
        return code


@unittest.skipUnless(OPENSSL, "skipped: there is no openssl")
class ServeCase(AssayCase):
    def setUp(self):
        super().setUp()
        self.servers = []

    def tearDown(self):
        for server in self.servers:
            if server.process.poll() is None:
                server.process.kill()
                server.process.wait()
            server.log_file.close()
        super().tearDown()

    def serve(self, *arguments, **options):
        server = Server(self.directory, *arguments, **options)
        self.servers.append(server)
        return server
