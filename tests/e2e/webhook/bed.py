"""The bed of the webhook's tests: a real kube-apiserver, a running `assay serve`, certificates, kubectl, and requests in a row.

$ASSAY_APISERVER names the directory of etcd, kube-apiserver and kubectl, as `shared/tools/apiserver/build.sh DIRECTORY` leaves it
(default: build/apiserver); what needs them is skipped where they are missing."""
import http.client
import json
import os
import re
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.dirname(HERE))
from assay_case import ROOT, SHARED, binary  # noqa: E402

MANIFESTS = os.path.join(ROOT, "packaging", "kubernetes")
TOOLS = os.path.join(SHARED, "tools", "apiserver")


PROGRAMS = os.environ.get("ASSAY_APISERVER") or os.path.join(ROOT, "build", "apiserver")


def missing():
    """Why there can be no API server; empty when there can."""
    for name in ("kube-apiserver", "etcd", "kubectl"):
        if not os.access(os.path.join(PROGRAMS, name), os.X_OK):
            return f"skipped: no {name} in {PROGRAMS} ($ASSAY_APISERVER)"
    if not os.path.exists(os.path.join(TOOLS, "up.sh")):
        return f"skipped: no {TOOLS}/up.sh"
    return "" if shutil.which("openssl") else "skipped: no openssl"


def eventually(check, seconds=20.0, pause=0.1):
    """What `check` returns as soon as that is true; fails when it never is."""
    end = time.monotonic() + seconds
    while True:
        out = check()
        if out:
            return out
        if time.monotonic() > end:
            raise AssertionError(f"not within {seconds} s: {check.__name__ if hasattr(check, '__name__') else check}, last {out!r}")
        time.sleep(pause)


class Authority:
    """A certificate authority and certificates of it, all in one directory."""

    def __init__(self, directory, name="assay-test"):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self.certificate = os.path.join(directory, f"{name}-ca.crt")
        self.key = os.path.join(directory, f"{name}-ca.key")
        self.openssl("req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                     "-subj", f"/CN={name}-ca", "-keyout", self.key, "-out", self.certificate)

    @staticmethod
    def openssl(*arguments):
        done = subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stdout.decode())

    def issue(self, name, usage="serverAuth", days=2):
        """Paths of a certificate for 127.0.0.1 and of its key."""
        base = os.path.join(self.directory, name)
        with open(base + ".ext", "w", encoding="utf-8") as file:
            file.write(f"subjectAltName=IP:127.0.0.1,DNS:localhost\nextendedKeyUsage={usage}\n")
        self.openssl("req", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-subj", f"/CN={name}",
                     "-keyout", base + ".key", "-out", base + ".csr")
        self.openssl("x509", "-req", "-in", base + ".csr", "-CA", self.certificate, "-CAkey", self.key, "-CAcreateserial",
                     "-days", str(days), "-out", base + ".crt", "-extfile", base + ".ext")
        return base + ".crt", base + ".key"


class Volume:
    """A directory as kubelets make one of a ConfigMap or a Secret: links to a directory that is replaced as a whole."""

    def __init__(self, directory, files):
        self.directory = directory
        self.count = 0
        os.makedirs(directory)
        self.replace(files)

    def replace(self, files):
        self.count += 1
        data = f"..2026_11_21_{self.count:06}"
        os.makedirs(os.path.join(self.directory, data))
        for name, text in files.items():
            with open(os.path.join(self.directory, data, name), "w", encoding="utf-8") as file:
                file.write(text)
        old = os.path.join(self.directory, "..data")
        before = os.readlink(old) if os.path.islink(old) else None
        os.symlink(data, old + "_tmp")
        os.rename(old + "_tmp", old)
        for name in files:
            link = os.path.join(self.directory, name)
            if not os.path.islink(link):
                os.symlink(os.path.join("..data", name), link)
        for name in os.listdir(self.directory):
            if not name.startswith("..") and name not in files:
                os.unlink(os.path.join(self.directory, name))
        if before:
            shutil.rmtree(os.path.join(self.directory, before))

    def path(self, name):
        return os.path.join(self.directory, name)


def free_port():
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return held.getsockname()[1]


class Webhook:
    """A running `assay serve`, with its certificate, configuration and policies in volumes."""

    def __init__(self, directory, policies=None, config=None, arguments=(), authority=None):
        self.directory = directory
        os.makedirs(directory, exist_ok=True)
        self.authority = authority or Authority(os.path.join(directory, "pki"))
        self.tls = Volume(os.path.join(directory, "tls"), self.new_certificate("webhook-1"))
        self.policies = Volume(os.path.join(directory, "policies"), policies or {})
        self.config = Volume(os.path.join(directory, "config"), {"assay.yaml": config or "{}\n"})
        self.port = free_port()
        self.url = f"https://127.0.0.1:{self.port}"
        self.log = open(os.path.join(directory, "serve.log"), "wb")
        self.process = subprocess.Popen(
            [binary(), "serve", f"--listen=127.0.0.1:{self.port}", "--tls-cert=" + self.tls.path("tls.crt"),
             "--tls-key=" + self.tls.path("tls.key"), "--config=" + self.config.path("assay.yaml"),
             "--policy=" + self.policies.directory, *arguments],
            cwd=directory, stdin=subprocess.DEVNULL, stdout=self.log, stderr=subprocess.STDOUT)
        try:
            eventually(self.is_ready)
        except AssertionError as error:
            self.stop()
            raise RuntimeError(f"assay serve did not get ready: {error}\n{self.output()}") from None

    def new_certificate(self, name):
        certificate, key = self.authority.issue(name)
        with open(certificate, encoding="utf-8") as one, open(key, encoding="utf-8") as other:
            return {"tls.crt": one.read(), "tls.key": other.read()}

    def output(self):
        with open(os.path.join(self.directory, "serve.log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def trust(self):
        return ssl.create_default_context(cafile=self.authority.certificate)

    def request(self, method, path, body=None, timeout=10):
        """Status and text of an answer."""
        connection = http.client.HTTPSConnection("127.0.0.1", self.port, timeout=timeout, context=self.trust())
        try:
            connection.request(method, path, body, {"Content-Type": "application/json"} if body else {})
            answer = connection.getresponse()
            return answer.status, answer.read().decode()
        finally:
            connection.close()

    def is_ready(self):
        if self.process.poll() is not None:
            raise AssertionError(f"it ended with {self.process.returncode}")
        try:
            return self.request("GET", "/readyz")[0] == 200
        except OSError:
            return False

    def metrics(self):
        """Every sample of /metrics, by name and labels as written."""
        status, text = self.request("GET", "/metrics")
        if status != 200:
            raise AssertionError(f"/metrics: {status} {text}")
        out = {}
        for line in text.splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                out[name] = float(value)
        return out

    def total(self, pattern):
        """Sum of the samples whose name and labels match."""
        return sum(value for name, value in self.metrics().items() if re.search(pattern, name))

    def serial(self):
        """Of the certificate that a new connection gets."""
        with socket.create_connection(("127.0.0.1", self.port), timeout=5) as plain:
            with self.trust().wrap_socket(plain, server_hostname="127.0.0.1") as secure:
                return secure.getpeercert()["serialNumber"]

    def review(self, obj, operation="CREATE", old=None, namespace=None, resource=None, **more):
        """The AdmissionReview that answers one about `obj`."""
        subject = obj or old
        group, _, version = subject["apiVersion"].rpartition("/")
        kind = {"group": group, "version": version, "kind": subject["kind"]}
        what = {"group": group, "version": version, "resource": resource or subject["kind"].lower() + "s"}
        request = {"uid": "0b4bd0e9-6e5e-4b7c-9a53-6c2a0a4f0001", "kind": kind, "resource": what, "requestKind": kind,
                   "requestResource": what, "name": subject["metadata"].get("name", ""), "operation": operation,
                   "userInfo": {"username": "admin", "groups": ["system:masters", "system:authenticated"]},
                   "object": obj, "oldObject": old, "dryRun": False, "options": None}
        if namespace or subject["metadata"].get("namespace"):
            request["namespace"] = namespace or subject["metadata"]["namespace"]
        request.update(more)
        body = json.dumps({"kind": "AdmissionReview", "apiVersion": "admission.k8s.io/v1", "request": request})
        status, text = self.request("POST", "/validate?timeout=5s", body)
        if status != 200:
            raise AssertionError(f"{status} {text}")
        return json.loads(text)["response"]

    def pause(self):
        os.kill(self.process.pid, signal.SIGSTOP)

    def go_on(self):
        os.kill(self.process.pid, signal.SIGCONT)

    def memory(self):
        """Resident, in KiB."""
        with open(f"/proc/{self.process.pid}/status", encoding="utf-8") as file:
            return int(re.search(r"VmRSS:\s+(\d+)", file.read()).group(1))

    def stop(self):
        if self.process.poll() is None:
            self.go_on()
            self.process.terminate()
            try:
                self.process.wait(30)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self.log.close()
        return self.process.returncode


class Cluster:
    """A kube-apiserver with its etcd."""

    def __init__(self, flags=""):
        self.programs = PROGRAMS
        self.state = tempfile.mkdtemp(prefix="assay-cluster-")
        environment = dict(os.environ, APISERVER_FLAGS=flags)
        done = subprocess.run(["bash", os.path.join(TOOLS, "up.sh"), self.programs, self.state], env=environment,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=300, check=False)
        if done.returncode != 0:
            raise RuntimeError(done.stdout.decode())
        self.server = re.search(r"https://[0-9.:]+", done.stdout.decode()).group(0)
        with open(os.path.join(self.state, "pki", "tokens.csv"), encoding="utf-8") as file:
            self.token = file.readline().split(",")[0]

    def down(self):
        subprocess.run(["bash", os.path.join(TOOLS, "down.sh"), self.state], stdout=subprocess.DEVNULL, timeout=60, check=False)
        shutil.rmtree(self.state, ignore_errors=True)

    def kubectl(self, *arguments, stdin=None, timeout=120):
        """Exit code, stdout and stderr. `stdin` may be an object."""
        if stdin is not None and not isinstance(stdin, (str, bytes)):
            stdin = json.dumps(stdin)
        if isinstance(stdin, str):
            stdin = stdin.encode()
        done = subprocess.run([os.path.join(self.programs, "kubectl"), "--kubeconfig", os.path.join(self.state, "kubeconfig"),
                               "--cache-dir", os.path.join(self.state, "cache"), *arguments],
                              input=stdin if stdin is not None else b"", stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                              timeout=timeout, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def must(self, *arguments, stdin=None):
        code, out, errors = self.kubectl(*arguments, stdin=stdin)
        if code != 0:
            raise AssertionError(f"kubectl {' '.join(arguments)}: {out}{errors}")
        return out

    def define(self, path, *names):
        """Applies definitions of resources, and waits until they are served."""
        self.must("apply", "--server-side", "-f", path)
        for name in names:
            eventually(lambda: self.kubectl("wait", "--for=condition=Established", "--timeout=10s", "crd/" + name)[0] == 0, 60)

    def connection(self, timeout=60):
        context = ssl.create_default_context(cafile=os.path.join(self.state, "pki", "ca.crt"))
        host, port = self.server[len("https://"):].split(":")
        return http.client.HTTPSConnection(host, int(port), timeout=timeout, context=context)

    def post(self, connection, path, body):
        """Status and parsed answer."""
        connection.request("POST", path, body, {"Content-Type": "application/json", "Authorization": "Bearer " + self.token})
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def audit(self, **wanted):
        """Lines of the audit log whose objectRef has these members."""
        out = []
        with open(os.path.join(self.state, "audit.log"), encoding="utf-8") as file:
            for line in file:
                event = json.loads(line)
                if all(event.get("objectRef", {}).get(key) == value for key, value in wanted.items()):
                    out.append(event)
        return out


class Load:
    """Requests in a row, from some threads, until it is left; `answers` counts them by status and message."""

    def __init__(self, cluster, path, body, threads=3):
        self.cluster, self.path, self.body = cluster, path, body
        self.answers = {}
        self.lock = threading.Lock()
        self.over = threading.Event()
        self.threads = [threading.Thread(target=self.run) for _ in range(threads)]

    def run(self):
        connection = self.cluster.connection()
        while not self.over.is_set():
            try:
                status, answer = self.cluster.post(connection, self.path, self.body)
                key = (status, "" if status < 300 else answer.get("message", ""))
            except (OSError, http.client.HTTPException) as error:
                key = (0, repr(error))
                connection.close()
            with self.lock:
                self.answers[key] = self.answers.get(key, 0) + 1
        connection.close()

    def count(self):
        with self.lock:
            return sum(self.answers.values())

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self.over.set()
        for thread in self.threads:
            thread.join()
