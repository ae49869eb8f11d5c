"""The objects that policies judge, as (path below the API server, object) pairs: always the same ones."""
import base64
import itertools

TEXTS = """
https://example.com/path?k=a&k=b&x=%20y#frag|http://user:pw@[2001:db8::1]:8443/a%2Fb/c|/only/a/path?q=1|example.com/no-scheme|https://|ftp://host:99/x
https://example.com:80port/|http://exa mple.com/|https://example.com/with spaces/and"quotes|mailto:someone@example.com|HTTPS://UPPER.example/%zz|?|*
1|0|-1|+5|1.5|1500m|100m|0.1|1e3|1E3|12e-2|1Ki|1.5Gi|8Ei|9223372036854775807|9223372036854775808|1000m|1.0|.5|5.|1G|0.0000000001|1n|2u|3k|4M|1T|2P|3E|1e|Mi|1 Gi|10000000000000000000000|-1.5Mi|1024
10.0.0.1|127.0.0.1|0.0.0.0|255.255.255.255|169.254.1.1|224.0.0.5|010.0.0.1|10.0.0|::|::1|fe80::1|ff02::1|2001:db8::A|2001:0db8:0:0::1|::ffff:10.0.0.1|::ffff:a00:1|fe80::1%eth0|10.0.0.0.1|256.1.1.1
10.0.0.0/8|10.1.2.3/24|0.0.0.0/0|fe80::/10|2001:db8::1/32|::ffff:10.0.0.0/104|10.0.0.0/33|10.0.0.0/08|10.0.0.0|::/0|1.2.3.4/32
1.2.3|v1.2.3|1.2|1|01.2.3|1.2.3-rc.1|1.2.3-rc.1+build.5|1.2.3-01|1.2.3+|2.0.0|2.0.0-beta|0.0.0|1.2.3.4|99999999999999999999.0.0|1.a.3|1.2.-3|v|1.2.3-a.b.c|1.2.3-a_b
web|Web|web-1|-web|web.example.com|a.b-.c|example.com/name|/name|a/b/c|my_value|_x|abc-|ab-|a-|UPPER|9lives|123e4567-e89b-12d3-a456-426614174000|123E4567E89B12D3A456426614174000|aGVsbG8=|aGVsbG8|2024-02-29|2023-02-29|2024-02-29T12:30:45Z|2024-02-29t12:30:45.123+09:00|2024-02-29 12:30:45|2024-02-29T12:30:45.123456789Z
true|false|TRUE|t|yes|1u|0x10|12abc|1e400|NaN|-Inf|inf|1h|1h30m|90s|1.5h|100ms|1d|1us|1ns|-5m|2562048h|abc|a.b.c|0.10.com|[a-z]+|(|a{2}|héllo wörld|日本語.テキスト|emoji 🙂 here|tab\there|"quoted"|back\\slash
""".strip().split("\n")


def texts():
    out = []
    for line in TEXTS:
        out += line.replace("\\t", "\t").split("|")
    return out + ["", " padded ", "x" * 64, "y" * 254, "two\nlines", "a.b.c.d.e.f.g.h", "aaa", "://", "1.1.1.1.com"]


def config_maps():
    for number, text in enumerate(texts()):
        labels = {"try": "text"}
        if text[:1] in ("v", "0", "1", "2", "9"):
            labels["like"] = "version"
        yield "configmaps", "plain", {"apiVersion": "v1", "kind": "ConfigMap",
                                      "metadata": {"name": f"text-{number}", "labels": labels}, "data": {"text": text}}
    for number, n in enumerate(["1", "10", "100", "200", "210", "220", "240", "300", "340", "360", "380", "400", "450", "500", "700"]):
        yield "configmaps", "dev", {"apiVersion": "v1", "kind": "ConfigMap",
                                    "metadata": {"name": f"costly-{number}", "labels": {"costly": "yes"}}, "data": {"n": n}}
    yield "configmaps", "prod", {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "needy", "labels": {"needs": "params"}}}
    yield "configmaps", "prod", {"apiVersion": "v1", "kind": "ConfigMap",
                                 "metadata": {"name": "special", "annotations": {"owner": "alice"}}, "data": {"a": "1"}}


IMAGES = ["nginx", "nginx:1.27", "registry.prod.example/web:stable", "registry.dev.example/web:v1",
          "registry.prod.example/db@sha256:" + "a" * 64, "localhost:5000/x"]


def container(number, **more):
    return {"name": f"c{number}", "image": IMAGES[number % len(IMAGES)], **more}


def pods():
    contexts = [None, {"privileged": True}, {"runAsNonRoot": True, "capabilities": {"add": ["NET_ADMIN"]}},
                {"runAsNonRoot": True, "allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"], "add": ["NET_BIND_SERVICE"]}}]
    limits = [None, {"limits": {"memory": "128Mi", "cpu": "100m"}}, {"limits": {"memory": "4Gi"}, "requests": {"memory": "1Gi"}},
              {"requests": {"cpu": "0.5"}}]
    spaces = itertools.cycle(["plain", "prod", "dev"])
    for number, (context, resources, shape) in enumerate(itertools.product(contexts, limits, range(5))):
        first = container(number)
        if context:
            first["securityContext"] = context
        if resources:
            first["resources"] = resources
        spec = {"containers": [first]}
        metadata = {"name": ("a-%d", "b-%d", "pod-%d")[number % 3] % number}
        if shape:
            metadata["labels"] = {"app": ("web", "none", "db", "Cache")[number % 4]}
        if shape == 2:
            spec["containers"] += [container(number + 1), container(number + 2, ports=[{"containerPort": 80}])]
            spec["hostNetwork"] = True
            metadata["labels"]["team"] = "a"
        if shape == 3:
            spec["initContainers"] = [container(number + 3, securityContext={"privileged": True})]
            spec["volumes"] = [{"name": "v", "hostPath": {"path": "/"}}, {"name": "e", "emptyDir": {}}]
            metadata["annotations"] = {"owner": ("alice", "nobody")[number % 2]}
        if shape == 4:
            spec["securityContext"] = {"runAsNonRoot": True}
            spec["serviceAccountName"] = "runner"
            metadata["annotations"] = {"tier": "free"} if number % 2 else {"owner": ""}
            metadata["labels"]["skip"] = "yes"
        yield "pods", next(spaces), {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def workloads():
    probe = {"httpGet": {"path": "/", "port": 80}}
    for number in range(24):
        first = container(number, ports=[{"containerPort": (80, 8080)[number % 2]}])
        if number % 3:
            first["livenessProbe"] = first["readinessProbe"] = probe
        if number % 5 == 0:
            del first["ports"]
        spec = {"replicas": number % 7, "selector": {"matchLabels": {"app": "x"}},
                "template": {"metadata": {"labels": {"app": "x", "team": "b"}}, "spec": {"containers": [first]}}}
        if number % 4 == 1:
            spec["strategy"] = {"type": "RollingUpdate", "rollingUpdate": {"maxSurge": 1, "maxUnavailable": "10%"}}
        if number % 4 == 2:
            spec["strategy"] = {"type": "Recreate"}
        metadata = {"name": ("a-%d", "web-%d")[number % 2] % number}
        if number % 2:
            metadata["labels"] = {"app": "web", "team": "a"}
        yield "apps/deployments", ("plain", "prod", "dev")[number % 3], {"apiVersion": "apps/v1", "kind": "Deployment", "metadata": metadata, "spec": spec}
    for number in range(8):
        spec = {"template": {"spec": {"restartPolicy": "Never", "containers": [container(number)]}}}
        if number % 2:
            spec["ttlSecondsAfterFinished"] = 30 * number
        if number % 3:
            spec["backoffLimit"] = number
        if number < 4:
            yield "batch/jobs", "dev", {"apiVersion": "batch/v1", "kind": "Job", "metadata": {"name": f"job-{number}"}, "spec": spec}
        else:
            yield "batch/cronjobs", "prod", {"apiVersion": "batch/v1", "kind": "CronJob", "metadata": {"name": f"cron-{number}"},
                                             "spec": {"schedule": ("* * * * *", "@daily")[number % 2], "jobTemplate": {"spec": spec},
                                                      "concurrencyPolicy": ("Allow", "Forbid", "Replace")[number % 3]}}
    for version, number in itertools.product(("v1", "v2"), range(2)):
        yield f"autoscaling/{version}/horizontalpodautoscalers", "dev", {
            "apiVersion": f"autoscaling/{version}", "kind": "HorizontalPodAutoscaler", "metadata": {"name": f"hpa-{number}"},
            "spec": {"maxReplicas": 3, "scaleTargetRef": {"apiVersion": "apps/v1", "kind": "Deployment", "name": "x"}}}


def network():
    for number in range(20):
        ports = [{"name": "http", "port": 80, "targetPort": (80, "http", 8080, "web")[number % 4]}]
        if number % 5 == 1:
            ports.append({"name": "more", "port": 8443, "targetPort": 8443})
        if number % 5 == 2:
            ports.append({"name": "udp", "port": 80, "protocol": "UDP", "targetPort": 80})
        spec = {"ports": ports, "type": ("ClusterIP", "LoadBalancer", "NodePort")[number % 3]}
        if number % 6 == 0:
            spec["externalIPs"] = [("10.1.2.3", "203.0.113.7")[number % 4 // 2]]
        metadata = {"name": ("a-%d", "svc-%d")[number % 2] % number}
        if number % 4 == 1:
            metadata["annotations"] = {"lb.example/internal": "true"}
        if number % 3 == 1:
            metadata["labels"] = {"app": "web", "team": "A", "needs": "params" if number == 7 else "nothing"}
        yield "services", ("plain", "prod", "dev")[number % 3], {"apiVersion": "v1", "kind": "Service", "metadata": metadata, "spec": spec}
    backend = {"service": {"name": "web", "port": {"number": 80}}}
    for number, host in enumerate([None, "web.example.com", "*.example.com", "a.b", "web"]):
        rule = {"http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]}}
        if host:
            rule["host"] = host
        spec = {"rules": [rule]}
        if number % 2:
            spec["tls"] = [{"hosts": [host or "x"], "secretName": "t"}]
        yield "networking.k8s.io/ingresses", "prod", {"apiVersion": "networking.k8s.io/v1", "kind": "Ingress", "metadata": {"name": f"ingress-{number}"}, "spec": spec}


def others():
    for number, (resources, verbs) in enumerate(itertools.product((["pods"], ["secrets"], ["*"]), (["get"], ["get", "list"], ["*"]))):
        kind = ("Role", "ClusterRole")[number % 2]
        yield ("rbac.authorization.k8s.io/" + kind.lower() + "s", None if number % 2 else "dev",
               {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": kind, "metadata": {"name": f"role-{number}"},
                "rules": [{"apiGroups": [""], "resources": resources, "verbs": verbs}]})
    yield "namespaces", None, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fresh-prod", "labels": {"env": "prod"}}}
    yield "namespaces", None, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "short", "labels": {"env": "prod"}}}
    yield "namespaces", None, {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": "fresh-dev", "labels": {"env": "dev"}}}
    yield "persistentvolumes", None, {"apiVersion": "v1", "kind": "PersistentVolume", "metadata": {"name": "a-volume"},
                                      "spec": {"capacity": {"storage": "1Gi"}, "accessModes": ["ReadWriteOnce"], "hostPath": {"path": "/x"}}}
    for number in range(8):
        data = {("key", "KEY", "a-b")[number % 3]: base64.b64encode(b"s" * number).decode()}
        body = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": f"secret-{number}"}}
        if number % 4:
            body["data"] = data
        yield "secrets", "plain", body
    for number in range(16):
        spec = {"size": number, "ratio": number / 8 + 0.0625, "port": (80, "http", 8080, "grpc")[number % 4], "when": ("2023", "2024-03-01T00:00:00Z", "2024-07-01T00:00:00Z")[number % 3]}
        if number % 3:
            spec["extra"] = {"deep": {"list": [{"name": "y"}, {"name": "x"}][: 1 + number % 2]}}
        if number % 2:
            spec["items"] = [{"key": "a", "value": number}, {"key": "b", "value": -number}]
        yield "example.dev/widgets", "dev", {"apiVersion": "example.dev/v1", "kind": "Widget", "metadata": {"name": f"widget-{number}"}, "spec": spec}


CRD = {
    "apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition", "metadata": {"name": "widgets.example.dev"},
    "spec": {"group": "example.dev", "scope": "Namespaced", "names": {"plural": "widgets", "singular": "widget", "kind": "Widget"},
             "versions": [{"name": "v1", "served": True, "storage": True, "schema": {"openAPIV3Schema": {
                 "type": "object", "properties": {"spec": {
                     "type": "object", "x-kubernetes-preserve-unknown-fields": True,
                     "properties": {"size": {"type": "integer"}, "ratio": {"type": "number"}, "port": {"x-kubernetes-int-or-string": True}}}}}}}]}}


def path_of(resource, space):
    parts = resource.split("/")
    if len(parts) == 1:
        prefix = "/api/v1"
    elif len(parts) == 3:
        prefix = f"/apis/{parts[0]}/{parts[1]}"
    else:
        prefix = f"/apis/{parts[0]}/v1"
    return prefix + (f"/namespaces/{space}" if space else "") + "/" + parts[-1]


def all_objects():
    for resource, space, body in itertools.chain(config_maps(), pods(), workloads(), network(), others()):
        yield path_of(resource, space), body
