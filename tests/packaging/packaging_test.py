"""The packages of ./dev package, each through its real client. ASSAY_DIST names a folder of finished packages; without it
they are built. What needs a client that the machine lacks is skipped and said so."""
import glob
import hashlib
import http.client
import json
import os
import pathlib
import shutil
import socket
import ssl
import subprocess
import sys
import tempfile
import time
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests/e2e"))
import assay_case  # noqa: E402, F401  (its unittest.main names what was skipped)

BAD = 'resource "aws_sqs_queue" "q" {\n  name                    = "orders" # a name\n  sqs_managed_sse_enabled = false\n}\n'
VERSION = next(line.split()[2] for line in (ROOT / "CMakeLists.txt").read_text().splitlines() if line.startswith("project(assay"))


def run(*words, cwd=None, code=0, **environment):
    done = subprocess.run([str(word) for word in words], cwd=cwd, env={**os.environ, **environment}, text=True,
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    if code is not None and done.returncode != code:
        raise AssertionError(f"{words} ended with {done.returncode}:\n{done.stdout[-3000:]}\n{done.stderr[-3000:]}")
    return done


def sums(folder):
    return {str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(pathlib.Path(folder).rglob("*")) if path.is_file()}


class PackagingTest(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.temp = pathlib.Path(tempfile.mkdtemp(prefix="assay-packaging-"))
        cls.dist = pathlib.Path(os.environ.get("ASSAY_DIST") or cls.temp / "dist")
        if not cls.dist.exists():
            run(ROOT / "dev", "package", cls.dist, cwd=ROOT)

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.temp, ignore_errors=True)

    def one(self, pattern):
        found = glob.glob(str(self.dist / pattern))
        self.assertEqual(len(found), 1, pattern)
        return pathlib.Path(found[0])

    def folder(self, name):
        path = self.temp / name
        path.mkdir(parents=True, exist_ok=True)
        return path

    def client(self, *names):
        for name in names:
            if not shutil.which(name):
                self.skipTest(f"skipped: {name} is not installed")

    def venv(self, name, *packages, find_links=True):
        at = self.temp / name
        if run(sys.executable, "-m", "venv", at, code=None).returncode != 0:
            self.skipTest("skipped: no virtual environments here (python3-venv is not installed)")
        if find_links:
            run(at / "bin/pip", "install", "-q", "--disable-pip-version-check", *packages, PIP_FIND_LINKS=str(self.dist))
            return at
        # From the registry, which may be out of reach.
        done = run(at / "bin/pip", "install", "-q", "--disable-pip-version-check", *packages, code=None)
        if done.returncode != 0:
            self.skipTest(f"skipped: pip could not get {' '.join(packages)}: {done.stderr.strip().splitlines()[-1:]}")
        return at

    # What --version says and what a scan finds, through whatever the client installed.
    def check(self, *command, **environment):
        self.assertEqual(run(*command, "version", **environment).stdout.splitlines()[0], f"assay {VERSION}")
        work = self.folder("scanned")
        (work / "main.tf").write_text(BAD)
        done = run(*command, "scan", "--format", "json", work, code=1, **environment)
        self.assertEqual([f["name"] for f in json.loads(done.stdout)["findings"]], ["sqs-no-encryption"])

    def test_checksums_name_every_file(self):
        listed = dict(reversed(line.split("  ", 1)) for line in (self.dist / "SHA256SUMS").read_text().splitlines())
        found = sums(self.dist)
        found.pop("SHA256SUMS")
        self.assertEqual(listed, found)

    def test_the_binary_needs_nothing(self):
        out = self.folder("tar")
        run("tar", "-xf", self.one("assay-*.tar.gz"), "-C", out)
        binary = next(out.glob("assay-*/assay"))
        self.check(binary)
        headers = run("readelf", "-d", "-l", binary).stdout
        self.assertNotIn("NEEDED", headers)
        self.assertNotIn("INTERP", headers)
        self.assertIn("for GNU/Linux 3.2", run("file", binary).stdout if shutil.which("file") else "for GNU/Linux 3.2")
        pages = {page.name for page in out.glob("assay-*/man/*")}
        self.assertIn("assay-scan.1", pages)
        self.assertIn("--fail-on", next(out.glob("assay-*/man/assay-scan.1")).read_text().replace("\\-", "-"))

    def test_no_machine_path_is_in_the_binary(self):
        out = self.folder("paths")
        run("tar", "-xf", self.one("assay-*.tar.gz"), "-C", out)
        data = next(out.glob("assay-*/assay")).read_bytes()
        self.assertNotIn(str(ROOT).encode() + b"/", data)

    def test_pip(self):
        venv = self.venv("pip", "--no-index", "assay-iac")
        self.check(venv / "bin/assay")
        run(venv / "bin/pip", "uninstall", "-q", "-y", "assay-iac")
        self.assertFalse((venv / "bin/assay").exists())

    def test_npm(self):
        self.client("npm")
        work = self.folder("npm")
        (work / "package.json").write_text('{"private": true}')
        run("npm", "install", "--silent", "--offline", "--no-audit", "--no-fund", self.one("assay-iac-*.tgz"), cwd=work)
        self.check(work / "node_modules/.bin/assay")

    def test_dpkg(self):
        self.client("dpkg")
        root = self.folder("dpkg")
        (root / "var/lib/dpkg").mkdir(parents=True)
        (root / "var/lib/dpkg/status").touch()
        run("dpkg", f"--root={root}", "--force-not-root", "--log=/dev/null", "-i", self.one("*.deb"),
            DPKG_MAINTSCRIPT_NAME="", PATH=os.environ["PATH"] + ":/usr/sbin:/sbin")
        self.check(root / "usr/bin/assay")
        run("bash", "-n", root / "usr/share/bash-completion/completions/assay")

    def test_lintian(self):
        self.client("lintian")
        # Static is what this package is for.
        static = "statically-linked-binary,embedded-library,shared-library-lacks-prerequisites"
        done = run("lintian", "--fail-on", "error,warning", "--suppress-tags", static, self.one("*.deb"), code=None)
        self.assertEqual(done.returncode, 0, done.stdout)

    def test_oci_layout(self):
        self.client("skopeo", "umoci")
        layout = self.one("assay-*-oci")
        facts = json.loads(run("skopeo", "inspect", f"oci:{layout}:{VERSION}").stdout)
        self.assertEqual(facts["Os"], "linux")
        bundle = self.temp / "bundle"
        run("umoci", "unpack", "--rootless", "--image", f"{layout}:{VERSION}", bundle)
        config = json.loads((bundle / "config.json").read_text())
        self.assertEqual(config["process"]["args"], ["/usr/bin/assay", "scan", "."])
        self.assertEqual(config["process"]["user"]["uid"], 65532)
        # In a root that holds nothing else: no libc, no shell.
        (bundle / "rootfs/work/main.tf").write_text(BAD)
        done = run("unshare", "-r", "chroot", bundle / "rootfs", "/usr/bin/assay", "scan", "/work", code=1)
        self.assertIn("sqs", done.stdout)

    def test_the_webhook_needs_nothing_either(self):
        """TLS and all: the static binary serves from a root that holds it and its certificate."""
        self.client("openssl", "unshare")
        root = self.folder("webhook")
        run("tar", "-xf", self.one("assay-*.tar.gz"), "-C", root, "--strip-components=1")
        run("openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "2", "-subj", "/CN=assay", "-addext", "subjectAltName=IP:127.0.0.1",
            "-keyout", root / "key.pem", "-out", root / "cert.pem")
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        server = subprocess.Popen(["unshare", "-r", "chroot", root, "/assay", "serve", "--listen", f"127.0.0.1:{port}", "--tls-cert", "/cert.pem",
                                   "--tls-key", "/key.pem"], stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
        try:
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "p", "namespace": "default"},
                   "spec": {"containers": [{"name": "c", "image": "x:1", "securityContext": {"privileged": True}}]}}
            group = {"group": "", "version": "v1"}
            review = {"apiVersion": "admission.k8s.io/v1", "kind": "AdmissionReview",
                      "request": {"uid": "u", "operation": "CREATE", "kind": {**group, "kind": "Pod"}, "resource": {**group, "resource": "pods"},
                                  "name": "p", "namespace": "default", "userInfo": {"username": "t"}, "object": pod}}
            trust = ssl.create_default_context(cafile=root / "cert.pem")
            for attempt in range(100):
                try:
                    link = http.client.HTTPSConnection("127.0.0.1", port, context=trust, timeout=30)
                    link.request("POST", "/validate", json.dumps(review), {"Content-Type": "application/json"})
                    break
                except ConnectionRefusedError:
                    self.assertIsNone(server.poll(), "it ended")
                    time.sleep(0.2)
            answer = json.loads(link.getresponse().read())["response"]
            link.close()
            self.assertEqual((answer["uid"], answer["allowed"]), ("u", False), answer)
        finally:
            server.terminate()
            message = server.communicate(timeout=60)[1].decode()
        self.assertEqual(server.returncode, 0, message)

    def test_bill_of_materials(self):
        text = self.one("*.cdx.json").read_text()
        bom = json.loads(text)
        self.assertGreater(len(bom["components"]), 10)
        venv = self.venv("cyclonedx", "cyclonedx-python-lib[json-validation]", find_links=False)
        script = ("import sys\nfrom cyclonedx.validation.json import JsonStrictValidator\nfrom cyclonedx.schema import SchemaVersion\n"
                  "errors = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read())\nsys.exit(str(errors) if errors else 0)")
        run(venv / "bin/python", "-c", script, self.one("*.cdx.json"))

    def test_versions_agree(self):
        text = (ROOT / "pyproject.toml").read_text()
        self.assertIn(f'version = "{VERSION}"', text)
        self.assertIn(f'"assay-iac=={VERSION}"', text)
        for path in (ROOT / "packaging/ci").iterdir():
            self.assertIn(VERSION, path.read_text(), path.name)

    def hooks(self):
        """A repository of hooks as pre-commit clones it."""
        at = self.folder("hooks")
        if not (at / ".git").exists():
            for name in (".pre-commit-hooks.yaml", "pyproject.toml"):
                shutil.copyfile(ROOT / name, at / name)
            self.commit(at, "hooks")
        return at, run("git", "rev-parse", "HEAD", cwd=at).stdout.strip()

    def commit(self, at, message, code=0, **environment):
        if not (at / ".git").exists():
            run("git", "init", "-q", "-b", "main", cwd=at)
        run("git", "add", "-A", cwd=at)
        return run("git", "-c", "user.name=t", "-c", "user.email=t@t", "commit", "-q", "-m", message, cwd=at, code=code, **environment)

    def test_pre_commit(self):
        tool = self.venv("pre-commit", "pre-commit", find_links=False)
        hooks, revision = self.hooks()
        environment = {"PRE_COMMIT_HOME": str(self.folder("pre-commit-home")), "PIP_FIND_LINKS": str(self.dist), "PRE_COMMIT_COLOR": "never"}
        work = self.folder("team")
        (work / ".pre-commit-config.yaml").write_text(
            f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: assay-fix\n    stages: [manual]\n  - id: assay\n")
        (work / "good.tf").write_text('resource "aws_sqs_queue" "good" {\n  name = "a"\n}\n')
        self.commit(work, "first")
        run(tool / "bin/pre-commit", "install", cwd=work, **environment)

        (work / "other.tf").write_text('resource "aws_sqs_queue" "o" {\n  name = "b"\n}\n')
        self.commit(work, "passes", **environment)

        (work / "bad.tf").write_text(BAD)
        done = self.commit(work, "blocked", code=1, **environment)
        self.assertIn("bad.tf:3", done.stdout + done.stderr)
        self.assertNotIn("other.tf", done.stdout + done.stderr)

        done = run(tool / "bin/pre-commit", "run", "assay-fix", "--hook-stage", "manual", cwd=work, code=1, **environment)
        self.assertIn("files were modified by this hook", done.stdout)
        self.assertEqual((work / "bad.tf").read_text(), BAD.replace("= false", "= true"))
        self.commit(work, "fixed", **environment)
        self.assertEqual(run("git", "status", "--porcelain", cwd=work).stdout, "")

    def test_pre_commit_over_corpora(self):
        """Whatever way pre-commit splits the files: the findings of all runs are those of one run of the repository."""
        corpora = pathlib.Path(os.environ.get("ASSAY_SHARED", ROOT.parent / "shared")) / "corpora"
        if not corpora.is_dir():
            self.skipTest("skipped: no corpora")
        tool = self.venv("pre-commit-corpora", "pre-commit", find_links=False)
        hooks, revision = self.hooks()
        environment = {"PRE_COMMIT_HOME": str(self.folder("pre-commit-home")), "PIP_FIND_LINKS": str(self.dist), "PRE_COMMIT_COLOR": "never"}
        out = self.folder("corpora-tar")
        run("tar", "-xf", self.one("assay-*.tar.gz"), "-C", out)
        binary = next(out.glob("assay-*/assay"))
        key = lambda finding: json.dumps({name: finding[name] for name in ("rule", "file", "region", "message", "fingerprint", "verdict")}, sort_keys=True)
        for serial in ("true", "false"):
            for corpus in sorted(corpora.iterdir()):
                if not corpus.is_dir():
                    continue
                work = self.temp / f"precommit-{serial}" / corpus.name
                shutil.copytree(corpus, work, ignore=shutil.ignore_patterns(".git"), symlinks=True)
                (work / ".pre-commit-config.yaml").write_text(
                    f"repos:\n- repo: {hooks}\n  rev: {revision}\n  hooks:\n  - id: assay\n    args: [--format, json]\n    require_serial: {serial}\n")
                self.commit(work, "all")
                done = run(tool / "bin/pre-commit", "run", "--all-files", cwd=work, code=None, **environment)
                found, text = set(), done.stdout
                while '{\n  "version"' in text:
                    text = text[text.index('{\n  "version"'):]
                    report, end = json.JSONDecoder().raw_decode(text)
                    found |= {key(finding) for finding in report["findings"]}
                    text = text[end:]
                whole = json.loads(run(binary, "scan", ".", "--format", "json", cwd=work, code=None).stdout)
                self.assertEqual(found, {key(finding) for finding in whole["findings"]}, corpus.name)

    def test_action_script(self):
        """The scan step of the GitHub action, run by bash as the runner would."""
        text = (ROOT / "packaging/ci/action.yml").read_text()
        body = text.split("ASSAY_ARGS: ${{ inputs.args }}\n      run: |\n")[1].split("    - name: Upload")[0]
        script = "\n".join(line[8:] for line in body.splitlines())
        temp = self.folder("runner")
        (temp / "assay/bin").mkdir(parents=True)
        out = self.folder("runner-tar")
        run("tar", "-xf", self.one("assay-*.tar.gz"), "-C", out)
        shutil.copy(next(out.glob("assay-*/assay")), temp / "assay/bin/assay")
        work = self.folder("action work")
        (work / "main.tf").write_text(BAD)
        done = run("bash", "-eo", "pipefail", "-c", script, cwd=work, RUNNER_TEMP=str(temp), GITHUB_STEP_SUMMARY=str(temp / "summary"),
                   GITHUB_OUTPUT=str(temp / "output"), ASSAY_PATH=".", ASSAY_FAIL_ON="low", ASSAY_DIFF="", ASSAY_BASELINE="",
                   ASSAY_CATEGORY="infra", ASSAY_ARGS="--maybe --rule sqs-*")
        self.assertIn("::error file=main.tf,line=3", done.stdout.replace("::warning", "::error"))
        self.assertIn("code=1", (temp / "output").read_text())
        self.assertEqual(json.loads((temp / "assay.sarif").read_text())["runs"][0]["automationDetails"]["id"], "infra/")
        self.assertIn("sqs", (temp / "summary").read_text())

    def test_reproducible(self):
        """Another clone in another directory, nothing out of a cache: the same bytes."""
        if os.environ.get("ASSAY_DIST"):
            self.skipTest("skipped: the packages were given")
        clone = self.temp / "a" / "clone"
        run("git", "clone", "-q", ROOT, clone)
        shutil.copytree(ROOT / "build/onetbb", clone / "build/onetbb")
        run(clone / "dev", "package", self.temp / "again", cwd=clone, CCACHE_DISABLE="1")
        self.assertEqual(sums(self.temp / "again"), sums(self.dist))


if __name__ == "__main__":
    unittest.main(verbosity=2)
