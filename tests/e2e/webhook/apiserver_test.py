"""`assay serve` behind a real kube-apiserver, asked through kubectl: verdicts, texts, and no outage when it, its certificates or its
policies change. The webhook is registered as packaging/kubernetes/base/webhook.yaml registers it, by URL instead of by Service."""
import base64
import copy
import json
import os
import re
import shutil
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import bed  # noqa: E402

try:
    import yaml
except ImportError:
    print("skipped: no PyYAML")
    sys.exit(77)

HOOK = "assay-webhook.assay-system.svc"
DENIED = f'admission webhook "{HOOK}" denied the request: '
DIGEST = "sha256:" + "0123456789abcdef" * 4

CONFIG = """admission:
  enforce-at: high
  warn-at: medium
  existing: warn
"""

POLICIES = """\
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: at-most-five}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints:
    resourceRules:
    - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments, deployments/scale]}
  variables:
  - {name: most, expression: "has(params.data) && 'most' in params.data ? int(params.data['most']) : 5"}
  validations:
  - expression: "!has(object.spec.replicas) || object.spec.replicas <= variables.most"
    messageExpression: "'at most ' + string(variables.most) + ' replicas, not ' + string(object.spec.replicas)"
    reason: Invalid
  auditAnnotations:
  - {key: replicas, valueExpression: "has(object.spec.replicas) ? string(object.spec.replicas) : 'none'"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: at-most-five}
spec:
  policyName: at-most-five
  paramRef: {name: limits, namespace: prod, parameterNotFoundAction: Deny}
  validationActions: [Deny]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: limits, namespace: prod}
data: {most: "7"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: no-exec}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [""], apiVersions: [v1], operations: [CONNECT], resources: [pods/exec]}
  validations:
  - {expression: "object.command.size() > 0 && object.command[0] != 'sh'", message: no shells in production, reason: Forbidden}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: no-exec}
spec: {policyName: no-exec, validationActions: [Deny]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: widgets-have-owners}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [test.assay.example], apiVersions: [v1], operations: [CREATE, UPDATE, DELETE], resources: [widgets]}
  validations:
  - {expression: "object == null || has(object.spec.owner)", message: a widget needs an owner}
  - {expression: "request.operation != 'DELETE' || !('keep' in oldObject.metadata.?labels.orValue({}))", message: this widget is kept}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: room-to-grow}
spec:
  matchConstraints:
    resourceRules:
    - {apiGroups: [autoscaling], apiVersions: [v2], operations: [CREATE, UPDATE], resources: [horizontalpodautoscalers]}
  validations:
  - expression: "object.spec.?metrics.orValue([]).all(m, m.?resource.target.averageUtilization.orValue(0) <= 80)"
    messageExpression: "request.requestKind.version + ' as ' + object.apiVersion + ': no room to grow'"
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: room-to-grow}
spec: {policyName: room-to-grow, validationActions: [Deny]}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: widgets-have-owners}
spec: {policyName: widgets-have-owners, validationActions: [Deny, Audit]}
"""

WIDGETS = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.test.assay.example"},
    "spec": {"group": "test.assay.example", "scope": "Namespaced", "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
             "versions": [{"name": "v1", "served": True, "storage": True, "subresources": {"status": {}},
                           "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": True}}}]}}

CLUSTER = SERVED = None
DIRECTORY = None


def setUpModule():
    global CLUSTER, SERVED, DIRECTORY
    DIRECTORY = tempfile.mkdtemp(prefix="assay-webhook-")
    CLUSTER = bed.Cluster("--admission-control-config-file=" + client_certificate())
    for name in ("prod", "free", "labelled"):
        CLUSTER.must("create", "namespace", name)
    # What is bad before there is a webhook.
    CLUSTER.must("create", "-f", "-", stdin=deployment("old", bad=True))
    CLUSTER.must("create", "-f", "-", stdin=WIDGETS)
    SERVED = bed.Webhook(os.path.join(DIRECTORY, "serve"), policies={"policies.yaml": POLICIES}, config=CONFIG)
    register(SERVED)


def client_certificate():
    """The API server shows webhooks a certificate of its own; only those that ask for one look at it."""
    clients = bed.Authority(os.path.join(DIRECTORY, "clients"), "clients")
    certificate, key = clients.issue("kube-apiserver", usage="clientAuth")
    user = {"apiVersion": "v1", "kind": "Config", "users": [{"name": "*", "user": {"client-certificate": certificate, "client-key": key}}]}
    path = os.path.join(DIRECTORY, "clients", "kubeconfig")
    with open(path, "w", encoding="utf-8") as file:
        json.dump(user, file)
    plugin = {"apiVersion": "apiserver.config.k8s.io/v1", "kind": "WebhookAdmissionConfiguration", "kubeConfigFile": path}
    with open(path + ".admission", "w", encoding="utf-8") as file:
        json.dump({"apiVersion": "apiserver.config.k8s.io/v1", "kind": "AdmissionConfiguration",
                   "plugins": [{"name": "ValidatingAdmissionWebhook", "configuration": plugin}]}, file)
    return path + ".admission"


def tearDownModule():
    if SERVED:
        SERVED.stop()
    if CLUSTER:
        CLUSTER.down()
    shutil.rmtree(DIRECTORY, ignore_errors=True)


def configuration(webhook, **changes):
    """The shipped configuration, by URL, with the rules that some policies here want beside."""
    with open(os.path.join(bed.MANIFESTS, "base", "webhook.yaml"), encoding="utf-8") as file:
        out = yaml.safe_load(file)
    hook, = out["webhooks"]
    with open(webhook.authority.certificate, "rb") as file:
        trusted = base64.b64encode(file.read()).decode()
    hook["clientConfig"] = {"url": webhook.url + "/validate", "caBundle": trusted}
    hook["namespaceSelector"]["matchExpressions"][0]["values"].append("free")
    hook["rules"] += [
        {"operations": ["CONNECT"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["pods/exec"], "scope": "*"},
        {"operations": ["UPDATE"], "apiGroups": ["apps"], "apiVersions": ["v1"], "resources": ["deployments/scale"], "scope": "*"},
        {"operations": ["CREATE", "UPDATE", "DELETE"], "apiGroups": ["test.assay.example"], "apiVersions": ["v1"], "resources": ["widgets"],
         "scope": "*"}]
    hook.update(changes)
    return out


def register(webhook, **changes):
    """Registers it, and waits until the API server asks it."""
    CLUSTER.must("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=configuration(webhook, **changes))
    probe = pod("probe", bad=True)
    bed.eventually(lambda: CLUSTER.kubectl("create", "--dry-run=server", "-f", "-", stdin=probe)[0] != 0, pause=0.2)
    time.sleep(0.5)


def container(name="app", bad=False, **more):
    out = {"name": name, "image": "registry.example.com/app@" + DIGEST, "imagePullPolicy": "Always",
           "resources": {"requests": {"cpu": "100m", "memory": "64Mi"}, "limits": {"cpu": "1", "memory": "64Mi"}},
           "securityContext": {"allowPrivilegeEscalation": False, "readOnlyRootFilesystem": True, "runAsNonRoot": True, "runAsUser": 65532,
                               "runAsGroup": 65532, "privileged": False, "capabilities": {"drop": ["ALL"]},
                               "seccompProfile": {"type": "RuntimeDefault"}},
           "livenessProbe": {"tcpSocket": {"port": 8080}}, "readinessProbe": {"tcpSocket": {"port": 8080}}}
    if bad:
        out["securityContext"].update(privileged=True, allowPrivilegeEscalation=True)
    out.update(more)
    return out


def pod_spec(bad=False, **more):
    return dict({"automountServiceAccountToken": False, "enableServiceLinks": False, "containers": [container(bad=bad)],
                 "securityContext": {"runAsNonRoot": True, "runAsUser": 65532, "seccompProfile": {"type": "RuntimeDefault"}}}, **more)


def pod(name, bad=False, namespace="prod", **more):
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
            "spec": pod_spec(bad, **more)}


def deployment(name, bad=False, namespace="prod", replicas=2, **more):
    return {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": name, "namespace": namespace, "labels": {"app": name}},
            "spec": {"replicas": replicas, "selector": {"matchLabels": {"app": name}},
                     "template": {"metadata": {"labels": {"app": name}}, "spec": pod_spec(bad, **more)}}}


@unittest.skipIf(bed.missing(), bed.missing())
class ApiServerTest(unittest.TestCase):
    maxDiff = None

    def kubectl(self, *arguments, stdin=None):
        return CLUSTER.kubectl(*arguments, stdin=stdin)

    def allowed(self, *arguments, stdin=None):
        code, out, errors = self.kubectl(*arguments, stdin=stdin)
        self.assertEqual(code, 0, errors)
        return out, errors

    def denied(self, *arguments, stdin=None, by=HOOK):
        """stderr of kubectl for a request that the webhook denies. Of an object that is invalid, kubectl shows the causes alone."""
        code, out, errors = self.kubectl(*arguments, stdin=stdin)
        self.assertNotEqual(code, 0, out)
        self.assertRegex(errors, f'admission webhook "{re.escape(by)}" denied the request: |^The .* is invalid: ')
        return errors

    def create(self, stdin, *arguments):
        return self.allowed("create", "-f", "-", *arguments, stdin=stdin)

    def create_denied(self, stdin, *arguments):
        return self.denied("create", "-f", "-", *arguments, stdin=stdin)

    def exists(self, kind, name, namespace="prod"):
        return self.kubectl("get", kind, name, "-n", namespace)[0] == 0

    # ---- create, update, delete ----

    def test_01_a_good_pod_is_created_without_a_word(self):
        _, errors = self.create(pod("good-01"))
        self.assertEqual(errors, "")

    def test_02_a_bad_pod_is_denied_and_the_text_says_all(self):
        errors = self.create_denied(pod("bad-02", bad=True))
        self.assertFalse(self.exists("pod", "bad-02"))
        warnings, _, error = errors.partition("Error from server")
        self.assertEqual(error,
                         ' (Forbidden): error when creating "STDIN": ' + DENIED +
                         "KUB0001 the container runs privileged: it can do what root on the node can "
                         '(container "app", spec.containers[0].securityContext.privileged)\nsee: assay explain KUB0001\n')
        self.assertIn("Warning: KUB0020 ", warnings)

    def test_03_update_to_something_bad(self):
        self.create(deployment("web-03"))
        errors = self.denied("replace", "-f", "-", stdin=deployment("web-03", bad=True))
        self.assertIn("spec.template.spec.containers[0].securityContext.privileged", errors)
        self.allowed("replace", "-f", "-", stdin=deployment("web-03", replicas=3))

    def test_04_delete(self):
        self.create(pod("gone-04"))
        self.allowed("delete", "pod", "gone-04", "-n", "prod", "--wait=false")

    def test_05_dry_run(self):
        self.create_denied(pod("dry-05", bad=True), "--dry-run=server")
        self.create(pod("dry-05"), "--dry-run=server")
        self.assertFalse(self.exists("pod", "dry-05"))

    def test_06_a_warning_lets_pass(self):
        spec = pod("warned-06")
        spec["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
        _, errors = self.create(spec)
        line, = errors.splitlines()
        self.assertEqual(line, "Warning: KUB0020 a process in the container may gain more rights: allowPrivilegeEscalation is not false "
                               '(container "app", spec.containers[0].securityContext.allowPrivilegeEscalation)')
        self.assertTrue(self.exists("pod", "warned-06"))

    def test_07_an_exempt_namespace_is_not_asked_about(self):
        _, errors = self.create(pod("bad-07", bad=True, namespace="free"))
        self.assertEqual(errors, "")
        _, errors = self.create(pod("bad-07", bad=True, namespace="kube-system"))
        self.assertEqual(errors, "")

    def test_08_every_finding_is_a_cause(self):
        one = pod("many-08", bad=True, hostNetwork=True, hostPID=True)
        one["spec"]["containers"].append(container("second", bad=True))
        connection = CLUSTER.connection()
        status, answer = CLUSTER.post(connection, "/api/v1/namespaces/prod/pods", json.dumps(one))
        connection.close()
        self.assertEqual((status, answer["reason"], answer["code"]), (403, "Forbidden", 403))
        causes = {(cause["reason"], cause.get("field")) for cause in answer["details"]["causes"]}
        self.assertLessEqual({("KUB0001", "spec.containers[0].securityContext.privileged"),
                              ("KUB0001", "spec.containers[1].securityContext.privileged")}, causes)
        self.assertGreaterEqual(len(causes), 4)
        self.assertIn(DENIED + f"{len(answer['details']['causes'])} objections:\n- ", answer["message"])
        self.assertIn('container "second"', answer["message"])

    def test_09_each_kind_of_workload(self):
        for api, kind, wrap in (
                ("apps/v1", "DaemonSet", lambda t: {"selector": {"matchLabels": {"app": "x"}}, "template": t}),
                ("apps/v1", "StatefulSet", lambda t: {"serviceName": "x", "selector": {"matchLabels": {"app": "x"}}, "template": t}),
                ("apps/v1", "ReplicaSet", lambda t: {"selector": {"matchLabels": {"app": "x"}}, "template": t}),
                ("v1", "ReplicationController", lambda t: {"selector": {"app": "x"}, "template": t}),
                ("batch/v1", "Job", lambda t: {"template": t}),
                ("batch/v1", "CronJob", lambda t: {"schedule": "* * * * *", "jobTemplate": {"spec": {"template": t}}})):
            template = {"metadata": {"labels": {"app": "x"}}, "spec": pod_spec(bad=True)}
            if api == "batch/v1":
                template["spec"]["restartPolicy"] = "Never"
            one = {"apiVersion": api, "kind": kind, "metadata": {"name": "w-09", "namespace": "prod"}, "spec": wrap(template)}
            errors = self.create_denied(one)
            path = "spec.jobTemplate.spec.template" if kind == "CronJob" else "spec.template"
            self.assertIn(path + ".spec.containers[0].securityContext.privileged", errors)
            good = copy.deepcopy(one)
            inner = good["spec"].get("jobTemplate", good)["spec"]["template"]
            inner["spec"]["containers"] = [container()]
            self.create(good, "--dry-run=server")

    def test_10_objects_of_the_cluster(self):
        binding = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "ClusterRoleBinding", "metadata": {"name": "all-10"},
                   "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": "ClusterRole", "name": "cluster-admin"},
                   "subjects": [{"apiGroup": "rbac.authorization.k8s.io", "kind": "Group", "name": "developers"}]}
        self.assertIn("KUB0083 ", self.create_denied(binding))
        binding["roleRef"]["name"] = "assay-viewer"
        self.create(binding)

    # ---- ways to write ----

    def test_11_apply(self):
        self.allowed("apply", "-f", "-", stdin=deployment("web-11"))
        self.denied("apply", "-f", "-", stdin=deployment("web-11", bad=True))
        self.denied("apply", "-f", "-", stdin=deployment("web-11b", bad=True))

    def test_12_server_side_apply(self):
        apply = ("apply", "--server-side", "--field-manager=test", "-f", "-")
        self.allowed(*apply, stdin=deployment("web-12"))
        self.denied(*apply, stdin=deployment("web-12", bad=True))
        self.denied(*apply, stdin=deployment("web-12b", bad=True))

    def test_13_patches(self):
        self.create(deployment("web-13"))
        privileged = {"securityContext": {"privileged": True, "allowPrivilegeEscalation": True}}
        strategic = {"spec": {"template": {"spec": {"containers": [dict(privileged, name="app")]}}}}
        self.denied("patch", "deployment", "web-13", "-n", "prod", "--type=strategic", "-p", json.dumps(strategic))
        self.denied("patch", "deployment", "web-13", "-n", "prod", "--type=merge", "-p",
                    json.dumps({"spec": {"template": {"spec": {"containers": [container(bad=True)]}}}}))
        self.denied("patch", "deployment", "web-13", "-n", "prod", "--type=json", "-p", json.dumps(
            [{"op": "replace", "path": "/spec/template/spec/containers/0/securityContext", "value": privileged["securityContext"]}]))
        self.allowed("label", "deployment", "web-13", "-n", "prod", "team=a")

    def test_14_generate_name(self):
        def named(bad):
            one = pod("x", bad=bad)
            one["metadata"] = {"generateName": "made-14-", "namespace": "prod"}
            return one
        self.assertIn("KUB0001", self.create_denied(named(True)))
        out, _ = self.create(named(False))
        self.assertRegex(out, r"pod/made-14-\w+ created")

    def test_15_edit_of_the_status(self):
        """Whoever reports what is, is not asked whether it should be."""
        status = json.dumps({"status": {"replicas": 2, "observedGeneration": 1}})
        self.allowed("patch", "deployment", "old", "-n", "prod", "--subresource=status", "--type=merge", "-p", status)

    # ---- what was bad before ----

    def test_16_an_unrelated_change_of_something_bad(self):
        _, errors = self.allowed("annotate", "deployment", "old", "-n", "prod", "note=changed", "--overwrite")
        self.assertIn("Warning: was there before: KUB0001 ", errors)
        self.allowed("patch", "deployment", "old", "-n", "prod", "--type=merge", "-p", '{"spec": {"replicas": 3}}')

    def test_17_worse_than_before(self):
        worse = deployment("old", bad=True)
        worse["spec"]["template"]["spec"]["hostPID"] = True
        errors = self.denied("replace", "-f", "-", stdin=worse)
        denial = errors.partition(DENIED)[2]
        self.assertIn("spec.template.spec.hostPID", denial)
        self.assertNotIn("KUB0001", denial)
        second = deployment("old", bad=True)
        second["spec"]["template"]["spec"]["containers"].append(container("second", bad=True))
        denial = self.denied("replace", "-f", "-", stdin=second).partition(DENIED)[2]
        self.assertIn('KUB0001 the container runs privileged: it can do what root on the node can (container "second"', denial)
        self.assertNotIn('container "app"', denial)

    def test_18_the_same_at_another_place_is_what_was_before(self):
        moved = deployment("old", bad=True)
        moved["spec"]["template"]["spec"]["containers"].insert(0, container("new"))
        _, errors = self.allowed("replace", "-f", "-", stdin=moved)
        self.assertIn("was there before: KUB0001", errors)

    def test_19_better_than_before(self):
        one = deployment("better-19", bad=True, namespace="free")
        self.create(one)  # nobody asks here
        self.allowed("replace", "-f", "-", stdin=deployment("better-19", namespace="free"))

    # ---- subresources and other operations ----

    def test_20_exec(self):
        self.create(pod("shell-20"))
        errors = self.denied("exec", "shell-20", "-n", "prod", "--", "sh", "-c", "id")
        self.assertIn("no shells in production", errors)
        code, _, errors = self.kubectl("exec", "shell-20", "-n", "prod", "--", "id")
        self.assertNotEqual(code, 0)
        self.assertNotIn("denied the request", errors)  # no node has the pod

    def test_21_scale(self):
        self.create(deployment("scaled-21"))
        errors = self.denied("scale", "deployment", "scaled-21", "-n", "prod", "--replicas=8")
        self.assertIn("at most 7 replicas, not 8", errors)
        self.allowed("scale", "deployment", "scaled-21", "-n", "prod", "--replicas=7")

    def test_22_ephemeral_containers(self):
        self.create(pod("debugged-22"))
        def ephemeral(bad):
            one = {key: value for key, value in container("debugger", bad=bad).items() if key in ("name", "image", "imagePullPolicy", "securityContext")}
            return json.dumps({"spec": {"ephemeralContainers": [one]}})
        patch = ("patch", "pod", "debugged-22", "-n", "prod", "--subresource=ephemeralcontainers", "--type=strategic", "-p")
        errors = self.denied(*patch, ephemeral(True))
        self.assertIn("spec.ephemeralContainers[0].securityContext.privileged", errors)
        self.allowed(*patch, ephemeral(False))

    def test_23_custom_resources(self):
        def widget(name, **spec):
            return {"apiVersion": "test.assay.example/v1", "kind": "Widget", "metadata": {"name": name, "namespace": "prod"}, "spec": spec}
        bed.eventually(lambda: self.kubectl("get", "widgets", "-n", "prod")[0] == 0)
        self.assertIn("a widget needs an owner", self.create_denied(widget("w-23", size=1)))
        self.create(widget("w-23", owner="me"))
        self.allowed("label", "widget", "w-23", "-n", "prod", "keep=yes")
        self.assertIn("this widget is kept", self.denied("delete", "widget", "w-23", "-n", "prod"))
        self.allowed("label", "widget", "w-23", "-n", "prod", "keep-")
        self.allowed("delete", "widget", "w-23", "-n", "prod")

    def test_24_policies_with_parameters(self):
        errors = self.create_denied(deployment("wide-24", replicas=9))
        self.assertIn("at most 7 replicas, not 9", errors)
        self.assertRegex(errors, "^The .*deployments.* is invalid: ")
        # A rule and a policy object at once: both are told.
        errors = self.create_denied(deployment("wide-24", replicas=9, bad=True))
        self.assertIn("at most 7 replicas, not 9", errors)
        self.assertIn("KUB0001", errors)

    def test_25_equivalent_versions(self):
        """The webhook is registered for v2 alone; what is written as v1 comes to it as v2."""
        rules = [{"operations": ["CREATE"], "apiGroups": ["autoscaling"], "apiVersions": ["v2"], "resources": ["horizontalpodautoscalers"],
                  "scope": "*"}] + [one for one in configuration(SERVED)["webhooks"][0]["rules"] if "autoscaling" not in one["apiGroups"]]
        register(SERVED, rules=rules)
        try:
            def scaler(percent):
                return {"apiVersion": "autoscaling/v1", "kind": "HorizontalPodAutoscaler", "metadata": {"name": "hpa-25", "namespace": "prod"},
                        "spec": {"maxReplicas": 3, "targetCPUUtilizationPercentage": percent,
                                 "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "old"}}}
            self.assertIn("v1 as autoscaling/v2: no room to grow", self.create_denied(scaler(95)))
            self.create(scaler(50))
        finally:
            register(SERVED)

    # ---- audit ----

    def test_26_audit_annotations(self):
        self.create_denied(pod("audited-26", bad=True))
        def annotations():
            for event in reversed(CLUSTER.audit(resource="pods")):
                notes = event.get("annotations", {})
                if event["responseStatus"]["code"] == 403 and HOOK + "/denied" in notes:
                    return notes
            return None
        notes = bed.eventually(annotations)
        self.assertEqual(notes[HOOK + "/denied"], "KUB0001")
        self.assertGreaterEqual(int(notes[HOOK + "/generation"]), 1)

    def test_27_who_keeps_the_cluster_running_is_not_asked_about(self):
        errors = self.denied("create", "-f", "-", "--as=dev", "--as-group=system:masters", stdin=pod("kubelet-27", bad=True))
        self.assertIn("KUB0001", errors)
        code, _, errors = self.kubectl("create", "--dry-run=server", "-f", "-", "--as=someone", "--as-group=system:masters",
                                       "--as-group=system:nodes", stdin=pod("kubelet-27", bad=True))
        self.assertEqual((code, errors), (0, ""))

    def test_28_three_megabytes(self):
        one = pod("big-28")
        one["spec"]["containers"][0]["args"] = ["x" * 1000] * 2900
        self.create(one, "--dry-run=server")
        one["spec"]["containers"][0]["securityContext"]["privileged"] = True
        one["spec"]["containers"][0]["securityContext"]["allowPrivilegeEscalation"] = True
        self.create_denied(one, "--dry-run=server")
        # Old and new object of a megabyte each.
        big = deployment("big-28")
        big["spec"]["template"]["spec"]["containers"][0]["args"] = ["x" * 1000] * 1200
        self.create(big)
        self.allowed("label", "deployment", "big-28", "-n", "prod", "size=large")

    def test_29_a_wide_object(self):
        one = pod("wide-29")
        one["spec"]["containers"] = [container(f"c{i}", bad=True) for i in range(300)]
        errors = self.create_denied(one, "--dry-run=server")
        self.assertIn("300 objections:", errors)
        self.assertIn("and 280 more", errors)
        warnings = [line for line in errors.splitlines() if line.startswith("Warning: ")]
        self.assertLessEqual(sum(len(line) - len("Warning: ") for line in warnings), 4096)


@unittest.skipIf(bed.missing(), bed.missing())
class OutageTest(unittest.TestCase):
    """What happens to the cluster when something happens to the webhook. By name, after the others."""

    def tearDown(self):
        SERVED.go_on()
        register(SERVED)

    def set_hook(self, **changes):
        CLUSTER.must("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=configuration(SERVED, **changes))

    def dry(self, one):
        return CLUSTER.kubectl("create", "--dry-run=server", "-f", "-", stdin=one)

    def test_31_dead(self):
        dead = f"https://127.0.0.1:{bed.free_port()}/validate"
        hook = configuration(SERVED)["webhooks"][0]
        client = dict(hook["clientConfig"], url=dead)
        self.set_hook(clientConfig=client, failurePolicy="Fail")
        bed.eventually(lambda: self.dry(pod("dead-31"))[0] != 0)
        code, _, errors = self.dry(pod("dead-31"))
        self.assertEqual(code, 1)
        self.assertIn(f'failed calling webhook "{HOOK}"', errors)
        self.assertIn("connection refused", errors)
        # What the cluster and the webhook need to come back is not stopped.
        self.assertEqual(self.dry(pod("dead-31", namespace="kube-system"))[0], 0)
        self.set_hook(clientConfig=client, failurePolicy="Ignore")
        bed.eventually(lambda: self.dry(pod("dead-31"))[0] == 0)
        self.assertEqual(self.dry(pod("dead-31", bad=True))[0], 0)

    def test_32_timeout(self):
        self.set_hook(timeoutSeconds=1, failurePolicy="Fail")
        time.sleep(1)
        SERVED.pause()
        begin = time.monotonic()
        code, _, errors = self.dry(pod("late-32"))
        took = time.monotonic() - begin
        SERVED.go_on()
        self.assertEqual(code, 1)
        self.assertRegex(errors, "context deadline exceeded|timeout")
        self.assertLess(took, 8)
        bed.eventually(lambda: self.dry(pod("late-32"))[0] == 0)
        self.set_hook(timeoutSeconds=1, failurePolicy="Ignore")
        time.sleep(1)
        SERVED.pause()
        code, _, _ = self.dry(pod("late-32", bad=True))
        SERVED.go_on()
        self.assertEqual(code, 0)

    def test_33_an_untrusted_certificate(self):
        stranger = bed.Authority(os.path.join(DIRECTORY, "stranger"), "stranger")
        with open(stranger.certificate, "rb") as file:
            client = {"url": SERVED.url + "/validate", "caBundle": base64.b64encode(file.read()).decode()}
        self.set_hook(clientConfig=client)
        bed.eventually(lambda: "certificate" in self.dry(pod("strange-33"))[2])
        self.set_hook()
        bed.eventually(lambda: self.dry(pod("strange-33"))[0] == 0)

    def test_34_certificates_change_under_load(self):
        serials = {SERVED.serial()}
        with bed.Load(CLUSTER, "/api/v1/namespaces/prod/pods?dryRun=All", json.dumps(pod("load-34"))) as load:
            for number in range(5):
                SERVED.tls.replace(SERVED.new_certificate(f"webhook-34-{number}"))
                before = set(serials)
                bed.eventually(lambda: SERVED.serial() not in before, 30)
                serials.add(SERVED.serial())
                seen = load.count()
                bed.eventually(lambda: load.count() > seen + 20, 30)
        self.assertEqual(len(serials), 6)
        self.assertEqual(set(load.answers), {(201, "")}, load.answers)

    def test_35_policies_change_under_load(self):
        wide = json.dumps(deployment("load-35", replicas=9))
        def answer(connection):
            status, said = CLUSTER.post(connection, "/apis/apps/v1/namespaces/prod/deployments?dryRun=All", wide)
            return status, said.get("message", "")
        connection = CLUSTER.connection()
        generation = SERVED.total("^assay_policy_generation")
        with bed.Load(CLUSTER, "/api/v1/namespaces/prod/pods?dryRun=All", json.dumps(pod("load-35"))) as load:
            for most in (9, 3, 20, 8, 12, 7):
                SERVED.policies.replace({"policies.yaml": POLICIES.replace('{most: "7"}', f'{{most: "{most}"}}')})
                if most >= 9:
                    bed.eventually(lambda: answer(connection)[0] == 201, 30)
                else:
                    bed.eventually(lambda: f"at most {most} replicas" in answer(connection)[1], 30)
        self.assertEqual(set(load.answers), {(201, "")}, load.answers)
        self.assertGreater(load.count(), 20)
        self.assertGreaterEqual(SERVED.total("^assay_policy_generation"), generation + 6)
        connection.close()

    def test_36_a_broken_set_changes_nothing(self):
        failures = SERVED.total("^assay_reload_errors_total")
        SERVED.policies.replace({"policies.yaml": POLICIES.replace("variables.most'", "variables.mist'").replace(
            '"!has(object.spec.replicas)', '"!!!has(object.spec.(')})
        bed.eventually(lambda: SERVED.total("^assay_reload_errors_total") > failures, 30)
        code, _, errors = self.dry(deployment("wide-36", replicas=9))
        self.assertEqual(code, 1)
        self.assertIn("at most 7 replicas, not 9", errors)
        self.assertEqual(SERVED.request("GET", "/readyz")[0], 200)
        SERVED.policies.replace({"policies.yaml": POLICIES})

    def test_37_broken_certificates_change_nothing(self):
        serial = SERVED.serial()
        good = SERVED.new_certificate("webhook-37")
        other = SERVED.new_certificate("webhook-37b")
        for wrong in ({"tls.crt": "nonsense", "tls.key": good["tls.key"]}, {"tls.crt": good["tls.crt"], "tls.key": other["tls.key"]},
                      {"tls.crt": "", "tls.key": ""}):
            SERVED.tls.replace(wrong)
            time.sleep(1)
            self.assertEqual(SERVED.serial(), serial)
            self.assertEqual(self.dry(pod("kept-37"))[0], 0)
        SERVED.tls.replace(good)
        bed.eventually(lambda: SERVED.serial() != serial, 30)

    def test_38_modes_change_while_it_runs(self):
        SERVED.config.replace({"assay.yaml": CONFIG + "  modes:\n  - {rules: [KUB0001], mode: warn, namespaces: [prod]}\n"})
        bed.eventually(lambda: self.dry(pod("mode-38", bad=True))[0] == 0, 30)
        self.assertIn("Warning: KUB0001", self.dry(pod("mode-38", bad=True))[2])
        self.assertNotEqual(self.dry(pod("mode-38", bad=True, namespace="labelled"))[0], 0)
        SERVED.config.replace({"assay.yaml": CONFIG})
        bed.eventually(lambda: self.dry(pod("mode-38", bad=True))[0] != 0, 30)

    def test_39_it_ends_without_dropping_anything(self):
        """Two webhooks behind one name would be a Service; here the second takes over the registration before the first ends."""
        second = bed.Webhook(os.path.join(DIRECTORY, "second"), policies={"policies.yaml": POLICIES}, config=CONFIG, authority=SERVED.authority)
        try:
            with bed.Load(CLUSTER, "/api/v1/namespaces/prod/pods?dryRun=All", json.dumps(pod("load-39"))) as load:
                bed.eventually(lambda: load.count() > 20)
                CLUSTER.must("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=configuration(second))
                time.sleep(2)
                seen = load.count()
                bed.eventually(lambda: load.count() > seen + 20)
                CLUSTER.must("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=configuration(SERVED))
                time.sleep(2)
                code = second.stop()
                seen = load.count()
                bed.eventually(lambda: load.count() > seen + 20)
            self.assertEqual(code, 0, second.output())
            self.assertEqual(set(load.answers), {(201, "")}, load.answers)
        finally:
            second.stop()


    def test_40_client_certificates(self):
        authority = os.path.join(DIRECTORY, "clients", "clients-ca.crt")
        for name, good in (("kube-apiserver", True), ("somebody-else", False)):
            second = bed.Webhook(os.path.join(DIRECTORY, "for-" + name), authority=SERVED.authority,
                                 arguments=["--client-ca=" + authority, "--client-name=" + name])
            try:
                # Who has none is told so; probes and metrics need none.
                status, text = second.request("POST", "/validate?timeout=3s", "{}")
                self.assertIn(status, (401, 403), text)
                self.assertEqual(second.request("GET", "/livez")[0], 200)
                hook = configuration(second)
                CLUSTER.must("apply", "--server-side", "--force-conflicts", "-f", "-", stdin=hook)
                wanted = "KUB0001 the container runs privileged" if good else f'failed calling webhook "{HOOK}"'
                bed.eventually(lambda: wanted in self.dry(pod("certified-40", bad=True))[2])
                self.assertEqual(self.dry(pod("certified-40"))[0], 0 if good else 1)
                refused = second.total("^assay_client_certificate_refused_total")
                self.assertGreaterEqual(refused, 1 if good else 2)
            finally:
                second.stop()
                register(SERVED)


@unittest.skipIf(bed.missing(), bed.missing())
class ZMetricsTest(unittest.TestCase):
    """After all others."""

    def test_41_the_figures_agree_with_what_was_asked(self):
        metrics = SERVED.metrics()
        reviews = SERVED.total("^assay_reviews_total")
        self.assertGreater(reviews, 100, sorted(metrics))
        self.assertGreater(SERVED.total(r"^assay_decisions_total.*KUB0001"), 5, sorted(metrics))
        self.assertEqual(metrics["assay_reviews_in_flight"], 0)
        self.assertEqual(metrics["assay_ready"], 1)
        self.assertGreaterEqual(metrics["assay_reloads_total"], 6)
        self.assertGreaterEqual(metrics["assay_certificate_reloads_total"], 6)
        self.assertGreaterEqual(metrics["assay_certificate_reload_errors_total"], 1)
        self.assertEqual((metrics["assay_shed_total"], metrics["assay_body_too_large_total"]), (0, 0))
        # Half of all answers take less than ten milliseconds, on whatever machine this runs.
        buckets = {float(name.split('"')[1]): value for name, value in metrics.items()
                   if name.startswith("assay_review_duration_seconds_bucket") and "Inf" not in name}
        self.assertGreater(max(value for bound, value in buckets.items() if bound <= 0.01), metrics["assay_review_duration_seconds_count"] / 2)

    def test_42_logs_hold_no_secrets(self):
        text = SERVED.output()
        for secret in ("BEGIN PRIVATE KEY", "BEGIN EC PRIVATE KEY", CLUSTER.token):
            self.assertNotIn(secret, text)
        self.assertNotIn("internal error", text)

    def test_43_memory(self):
        self.assertLess(SERVED.memory(), 200 * 1024)


if __name__ == "__main__":
    if bed.missing():
        print(bed.missing())
        sys.exit(77)
    unittest.main(verbosity=2)
