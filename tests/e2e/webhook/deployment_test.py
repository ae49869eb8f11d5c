"""What packaging/kubernetes deploys: Assay has nothing to say against it, the plain manifests and the chart agree, and a real API
server takes all of it under the restricted Pod Security Standard."""
import base64
import glob
import json
import os
import shutil
import subprocess
import sys
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bed  # noqa: E402
from assay_case import ROOT, AssayCase  # noqa: E402

try:
    import yaml
except ImportError:
    print("skipped: no PyYAML")
    sys.exit(77)

CHART = os.path.join(bed.MANIFESTS, "chart", "assay-webhook")
CLUSTER = None


def setUpModule():
    global CLUSTER
    if not bed.missing():
        CLUSTER = bed.Cluster()


def tearDownModule():
    if CLUSTER:
        CLUSTER.down()


def find_kubectl():
    own = os.path.join(bed.PROGRAMS, "kubectl")
    return own if os.access(own, os.X_OK) else shutil.which("kubectl")


def find_helm():
    for path in (os.environ.get("ASSAY_HELM", ""), os.path.join(ROOT, "build", "peers", "go", "bin", "helm"), shutil.which("helm") or ""):
        if path and os.access(path, os.X_OK):
            return path
    return None


def by_name(text):
    out = {}
    for one in yaml.safe_load_all(text):
        if one:
            key = one["kind"], one["metadata"]["name"]
            assert key not in out, key
            out[key] = one
    return out


def pod_of(one):
    return one.get("spec", {}).get("template", {}).get("spec")


class DeploymentTest(AssayCase):
    def kustomize(self, directory):
        kubectl = find_kubectl()
        if not kubectl:
            self.skipTest("skipped: no kubectl")
        done = subprocess.run([kubectl, "kustomize", directory], stdout=subprocess.PIPE, stderr=subprocess.PIPE, check=False)
        if done.returncode != 0:
            self.skipTest("skipped: this kubectl has no kustomize") if b"unknown command" in done.stderr else self.fail(done.stderr)
        return done.stdout.decode()

    def overlay(self, base, *components):
        directory = os.path.join(self.directory, "overlay")
        relative = lambda path: os.path.relpath(os.path.join(bed.MANIFESTS, path), os.path.realpath(directory))
        shutil.rmtree(directory, ignore_errors=True)
        self.write("overlay/kustomization.yaml", yaml.safe_dump({
            "apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": [relative(base)],
            "components": [relative(os.path.join("components", one)) for one in components]}))
        return self.kustomize(directory)

    def helm(self, *arguments):
        helm = find_helm()
        if not helm:
            self.skipTest("skipped: no helm ($ASSAY_HELM, build/peers/go/bin/helm)")
        environment = dict(os.environ, HOME=self.directory)
        done = subprocess.run([helm, *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment, check=False)
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def template(self, *arguments, release="assay-webhook"):
        code, out, errors = self.helm("template", release, CHART, "--namespace", "assay-system", "--kube-version", "1.36.0", *arguments)
        self.assertEqual(code, 0, errors)
        return out

    def assert_clean(self, *arguments):
        """No finding at all; suppressions give reasons."""
        report = self.scan(*arguments, "--fail-on", "info", "--no-cache", "--no-config", code=0)
        left = [one for one in report["findings"] if not one["suppressed"]]
        self.assertEqual([(one["rule"], one["resource"]["address"], one["message"]) for one in left], [])
        for one in report["findings"]:
            self.assertGreater(len(one["suppressed"]["reason"]), 20, one)
        self.assertEqual([one for one in report["problems"] if one["severity"] != "note"], [])
        self.assertGreater(report["summary"]["resources"], 5)
        return report

    # ---- what the manifests say ----

    def test_scan_is_clean(self):
        report = self.assert_clean(bed.MANIFESTS, "--maybe")
        self.assertEqual(sorted(one["rule"] for one in report["findings"]), ["KUB0049", "KUB0300"])

    def test_kustomizations_are_clean(self):
        for base in ("cert-manager", "self-signed"):
            path = self.write(base + ".yaml", self.kustomize(os.path.join(bed.MANIFESTS, base)))
            # kustomize drops comments, and so the two suppressions.
            report = self.scan(path, "--skip-rule", "KUB0049", "--skip-rule", "KUB0300", "--fail-on", "info", "--no-cache", code=0)
            self.assertEqual(report["findings"], [])

    def test_what_keeps_a_cluster_alive(self):
        objects = by_name(self.kustomize(os.path.join(bed.MANIFESTS, "cert-manager")))
        deployment = objects["Deployment", "assay-webhook"]
        pod = pod_of(deployment)
        container = pod["containers"][0]
        hook, = objects["ValidatingWebhookConfiguration", "assay-webhook"]["webhooks"]
        scaler = objects["HorizontalPodAutoscaler", "assay-webhook"]["spec"]
        # Three pods at least, spread, and replaced one by one.
        self.assertEqual((scaler["minReplicas"], scaler["scaleTargetRef"]["name"]), (3, "assay-webhook"))
        self.assertEqual({one["topologyKey"] for one in pod["topologySpreadConstraints"]},
                         {"kubernetes.io/hostname", "topology.kubernetes.io/zone"})
        self.assertEqual(objects["PodDisruptionBudget", "assay-webhook"]["spec"]["maxUnavailable"], 1)
        self.assertEqual(deployment["spec"]["strategy"]["rollingUpdate"]["maxUnavailable"], 0)
        self.assertEqual((container["livenessProbe"]["httpGet"]["path"], container["readinessProbe"]["httpGet"]["path"]),
                         ("/livez", "/readyz"))
        # Nothing of its own stands or falls with the webhook.
        exempt, = hook["namespaceSelector"]["matchExpressions"]
        self.assertEqual((exempt["key"], exempt["operator"]), ("kubernetes.io/metadata.name", "NotIn"))
        self.assertLessEqual({"assay-system", "kube-system"}, set(exempt["values"]))
        self.assertEqual((hook["sideEffects"], hook["matchPolicy"], hook["failurePolicy"]), ("None", "Equivalent", "Fail"))
        self.assertLessEqual(hook["timeoutSeconds"], 5)
        for rule in hook["rules"]:
            self.assertNotIn("*", rule["apiGroups"])
            self.assertNotIn("*", rule["resources"])
            self.assertNotIn("leases", rule["resources"])
            self.assertNotIn("secrets", rule["resources"])
        # The certificate is for the name that is called.
        host = "{name}.{namespace}.svc".format(**hook["clientConfig"]["service"])
        self.assertIn(host, objects["Certificate", "assay-webhook"]["spec"]["dnsNames"])
        self.assertEqual(objects["Certificate", "assay-webhook"]["spec"]["secretName"], "assay-webhook-tls")
        self.assertEqual(objects["ValidatingWebhookConfiguration", "assay-webhook"]["metadata"]["annotations"],
                         {"cert-manager.io/inject-ca-from": "assay-system/assay-webhook"})
        # It can neither read the cluster nor write on its node.
        self.assertIs(pod["automountServiceAccountToken"], False)
        self.assertIs(container["securityContext"]["readOnlyRootFilesystem"], True)
        self.assertEqual(objects["NetworkPolicy", "assay-webhook"]["spec"]["egress"], [])
        self.assertFalse([key for key in objects if key[0].endswith(("Role", "Binding"))])

    def test_the_arguments_start_a_webhook(self):
        pod = pod_of(by_name(self.kustomize(os.path.join(bed.MANIFESTS, "self-signed")))["Deployment", "assay-webhook"])
        arguments = pod["containers"][0]["args"]
        mounts = {one["mountPath"] for one in pod["containers"][0]["volumeMounts"]}
        self.assertEqual(arguments[0], "serve")
        for one in arguments[1:]:
            option, value = one.split("=", 1)
            self.assertIn(option, self.run_assay("serve", "--help").stdout.decode())
            if value.startswith("/"):
                self.assertTrue(any(value == mount or value.startswith(mount + "/") for mount in mounts), one)

    def test_components(self):
        for base in ("cert-manager", "self-signed"):
            objects = by_name(self.overlay(base, "fail-open", "service-monitor"))
            self.assertEqual(objects["ValidatingWebhookConfiguration", "assay-webhook"]["webhooks"][0]["failurePolicy"], "Ignore")
            self.assertEqual(objects["ServiceMonitor", "assay-webhook"]["spec"]["endpoints"][0]["port"], "https")

    # ---- the chart ----

    def test_the_chart_says_the_same(self):
        plain_labels = lambda labels: {key: value for key, value in labels.items() if key == "app.kubernetes.io/name"}
        for mode in ("cert-manager", "self-signed"):
            plain = by_name(self.kustomize(os.path.join(bed.MANIFESTS, mode)))
            chart = by_name(self.template("--set", f"certificates.mode={mode}"))
            for key in (("Namespace", "assay-system"), ("ResourceQuota", "assay-system"), ("NetworkPolicy", "default-deny")):
                del plain[key]  # the namespace is the installation's own
            self.assertEqual(sorted(plain), sorted(chart))
            for key, one in plain.items():
                other = chart[key]
                for each in (one, other):
                    each["metadata"]["labels"] = plain_labels(each["metadata"]["labels"])
                    notes = {name: value for name, value in each["metadata"].get("annotations", {}).items() if "helm.sh" not in name}
                    each["metadata"]["annotations"] = notes
                if key == ("ConfigMap", "assay-webhook"):
                    one["data"], other["data"] = [yaml.safe_load(each["data"]["assay.yaml"]) for each in (one, other)]
                self.assertEqual(one, other, key)

    def test_the_chart_is_clean_however_it_is_set(self):
        digest = "sha256:" + "a" * 64
        settings = [[], ["--set", "certificates.mode=self-signed"], ["--set", f"image.digest={digest}"],
                    ["--set", "autoscaling.enabled=false"], ["--set", "webhook.failurePolicy=Ignore"],
                    ["--set", "certificates.mode=existing,certificates.secretName=mine,certificates.caBundle=abc"],
                    ["--set", "serviceMonitor.enabled=true,priorityClassName=system-cluster-critical"]]
        for number, one in enumerate(settings):
            self.assert_clean(self.write(f"chart{number}.yaml", self.template(*one)))

    def test_values(self):
        objects = by_name(self.template("--set", "autoscaling.enabled=false,webhook.exemptNamespaces={kube-system,calico-system}",
                                        "--set-string", "policies.one\\.yaml=kind: x", release="gate"))
        deployment = objects["Deployment", "gate-assay-webhook"]
        self.assertEqual(deployment["spec"]["replicas"], 3)
        self.assertNotIn(("HorizontalPodAutoscaler", "gate-assay-webhook"), objects)
        hook = objects["ValidatingWebhookConfiguration", "gate-assay-webhook"]["webhooks"][0]
        self.assertEqual(hook["namespaceSelector"]["matchExpressions"][0]["values"], ["assay-system", "kube-system", "calico-system"])
        self.assertEqual(hook["clientConfig"]["service"]["name"], "gate-assay-webhook")
        self.assertEqual(objects["ConfigMap", "gate-assay-webhook-policies"]["data"], {"one.yaml": "kind: x"})
        for wrong in ("webhook.failurePolicy=Never", "webhook.timeoutSeconds=60", "certificates.mode=existing", "unknown=1"):
            code, _, errors = self.helm("template", "x", CHART, "--kube-version", "1.36.0", "--set", wrong)
            self.assertNotEqual(code, 0, wrong)
            self.assertIn("values", errors)

    def test_lint(self):
        code, out, _ = self.helm("lint", "--strict", "--kube-version", "1.36.0", CHART)
        self.assertEqual(code, 0, out)

    # ---- a real API server ----

    def need_cluster(self):
        if not CLUSTER:
            self.skipTest(bed.missing())
        code, _, _ = CLUSTER.kubectl("get", "namespace", "assay-system")
        if code != 0:
            namespace = os.path.join(bed.MANIFESTS, "base", "namespace.yaml")
            CLUSTER.must("apply", "--server-side", "--force-conflicts", "-f", namespace)

    def server_takes(self, objects):
        """Nothing is unknown, nothing is wrong, and Pod Security has nothing to warn of."""
        known = [one for one in objects.values() if one["apiVersion"].split("/")[0] not in ("cert-manager.io", "monitoring.coreos.com")]
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": known})
        code, out, errors = CLUSTER.kubectl("apply", "--server-side", "--force-conflicts", "--dry-run=server", "--validate=strict", "-f",
                                            "-", stdin=text)
        self.assertEqual((code, errors), (0, ""), errors)
        self.assertEqual(len(out.splitlines()), len(known))
        for one in known:
            if not pod_of(one):
                continue
            pod = {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": "as-its-template", "namespace": "assay-system"},
                   "spec": dict(pod_of(one), restartPolicy="Never")}
            code, _, errors = CLUSTER.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", stdin=pod)
            self.assertEqual((code, errors), (0, ""), one["metadata"]["name"])

    def test_a_server_takes_the_manifests(self):
        self.need_cluster()
        for base in ("cert-manager", "self-signed"):
            self.server_takes(by_name(self.kustomize(os.path.join(bed.MANIFESTS, base))))

    def test_a_server_takes_the_chart(self):
        self.need_cluster()
        for setting in ("certificates.mode=self-signed", "autoscaling.enabled=false",
                        "certificates.mode=existing,certificates.secretName=mine,certificates.caBundle="):
            if setting.endswith("="):
                authority = bed.Authority(os.path.join(self.directory, "pki"))
                arguments = ["--set", setting.rsplit(",", 1)[0], "--set-file", "certificates.caBundle=" + authority.certificate]
            else:
                arguments = ["--set", setting]
            self.server_takes(by_name(self.template(*arguments)))

    def test_install_upgrade_uninstall(self):
        self.need_cluster()
        authority = bed.Authority(os.path.join(self.directory, "pki"))
        settings = ["--kubeconfig", os.path.join(CLUSTER.state, "kubeconfig"), "--namespace", "gate", "--set",
                    "certificates.mode=existing,certificates.secretName=mine,webhook.failurePolicy=Ignore,webhook.timeoutSeconds=1",
                    "--set-file", "certificates.caBundle=" + authority.certificate]
        for command in (["install", "gate", CHART, "--create-namespace"], ["upgrade", "gate", CHART]):
            code, _, errors = self.helm(*command, *settings)
            self.assertEqual(code, 0, errors)
        hook = json.loads(CLUSTER.must("get", "validatingwebhookconfiguration", "gate-assay-webhook", "-o", "json"))["webhooks"][0]
        self.assertEqual((hook["failurePolicy"], hook["timeoutSeconds"], hook["clientConfig"]["service"]["namespace"]), ("Ignore", 1, "gate"))
        with open(authority.certificate, "rb") as file:
            self.assertEqual(base64.b64decode(hook["clientConfig"]["caBundle"]), file.read())
        # A change of the configuration is no change of the pods: they read it again themselves.
        before = CLUSTER.must("get", "deployment", "gate-assay-webhook", "-n", "gate", "-o", "jsonpath={.metadata.generation}")
        code, _, errors = self.helm("upgrade", "gate", CHART, *settings, "--set", "config.admission.enforce-at=critical")
        self.assertEqual(code, 0, errors)
        self.assertEqual(before, CLUSTER.must("get", "deployment", "gate-assay-webhook", "-n", "gate", "-o", "jsonpath={.metadata.generation}"))
        self.assertIn("enforce-at: critical", CLUSTER.must("get", "configmap", "gate-assay-webhook", "-n", "gate", "-o", "yaml"))
        code, _, errors = self.helm("uninstall", "gate", *settings[:4])
        self.assertEqual(code, 0, errors)
        self.assertNotIn("gate", CLUSTER.must("get", "validatingwebhookconfigurations", "-o", "name"))

    def test_custom_resources_against_their_definitions(self):
        """Of cert-manager and the Prometheus operator, where their definitions lie below $ASSAY_CRDS."""
        directory = os.environ.get("ASSAY_CRDS", "")
        files = glob.glob(os.path.join(directory, "*.yaml")) if directory else []
        names = {}
        for path in files:
            with open(path, encoding="utf-8") as file:
                for one in yaml.safe_load_all(file):
                    if one and one.get("kind") == "CustomResourceDefinition":
                        names[one["metadata"]["name"]] = path
        wanted = ["certificates.cert-manager.io", "issuers.cert-manager.io", "servicemonitors.monitoring.coreos.com"]
        if not CLUSTER or any(name not in names for name in wanted):
            self.skipTest("skipped: $ASSAY_CRDS names no directory with the definitions of cert-manager and the Prometheus operator")
        self.need_cluster()
        for name in wanted:
            CLUSTER.define(names[name], name)
        objects = by_name(self.overlay("cert-manager", "service-monitor"))
        custom = [one for one in objects.values() if one["apiVersion"].split("/")[0] in ("cert-manager.io", "monitoring.coreos.com")]
        self.assertEqual(len(custom), 5)
        text = json.dumps({"apiVersion": "v1", "kind": "List", "items": custom})
        code, out, errors = CLUSTER.kubectl("create", "--dry-run=server", "--validate=strict", "-f", "-", stdin=text)
        self.assertEqual((code, errors), (0, ""), out)


if __name__ == "__main__":
    unittest.main(verbosity=2)
