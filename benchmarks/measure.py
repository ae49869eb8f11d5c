"""What both benchmarks share: running a command under rusage, medians, corpora, generated trees, tables."""
import json
import os
import pathlib
import signal
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parent.parent
SHARED = pathlib.Path(os.environ.get("ASSAY_SHARED", ROOT.parent / "shared"))
GENERATED = ROOT / "build" / "corpora"


class Run:
    """One finished process: CPU seconds of it and its children (user + system), wall seconds, peak memory in MiB."""

    def __init__(self, cpu, wall, code, stderr, timed_out=False, memory=0.0):
        self.cpu, self.wall, self.code, self.stderr, self.timed_out, self.memory = cpu, wall, code, stderr, timed_out, memory


def high_water(pid):
    """MiB that a process has held at most since it was exec'd. rusage would count what it shared with us before."""
    try:
        with open(f"/proc/{pid}/status", encoding="ascii", errors="replace") as status:
            return next((int(line.split()[1]) / 1024 for line in status if line.startswith("VmHWM")), 0.0)
    except OSError:
        return 0.0


def run(command, timeout=600, cwd=None, stdout=subprocess.DEVNULL):
    errors = GENERATED / "stderr.txt"
    errors.parent.mkdir(parents=True, exist_ok=True)
    with open(errors, "wb") as stderr:
        started = time.monotonic()
        child = subprocess.Popen(command, stdout=stdout, stderr=stderr, cwd=cwd, start_new_session=True)
        timed_out, memory = False, 0.0
        while True:
            # Asking every millisecond adds up to that to the wall time and nothing to the CPU time.
            pid, status, usage = os.wait4(child.pid, 0 if timeout is None else os.WNOHANG)
            if pid:
                break
            if time.monotonic() - started > timeout:
                os.killpg(child.pid, signal.SIGKILL)
                timed_out, timeout = True, None
            memory = high_water(child.pid) or memory
            time.sleep(0.001)
        wall = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    return Run(usage.ru_utime + usage.ru_stime, wall, child.returncode,
               errors.read_text(errors="replace"), timed_out, memory)


def median(values):
    return statistics.median(values)


def kubernetes_tree():
    """2,000 files with one Deployment of about 4 kB each."""
    out = GENERATED / "deployments-2000"
    if out.is_dir():
        return out
    unfinished = GENERATED / "deployments-2000.part"
    unfinished.mkdir(parents=True, exist_ok=True)
    for i in range(2000):
        env = "".join(
            f"            - name: SETTING_{n:02d}\n              value: \"value-{(i * 31 + n * 17) % 9973:05d}-of-service\"\n"
            for n in range(28))
        (unfinished / f"service-{i:04d}.yaml").write_text(f"""# Service {i}
apiVersion: apps/v1
kind: Deployment
metadata:
  name: service-{i:04d}
  namespace: team-{i % 37}
  labels: {{app.kubernetes.io/name: service-{i:04d}, app.kubernetes.io/part-of: shop}}
spec:
  replicas: {1 + i % 5}
  selector:
    matchLabels:
      app.kubernetes.io/name: service-{i:04d}
  template:
    metadata:
      labels:
        app.kubernetes.io/name: service-{i:04d}
    spec:
      serviceAccountName: service-{i:04d}
      securityContext:
        runAsNonRoot: {"true" if i % 3 else "false"}
        seccompProfile: {{type: RuntimeDefault}}
      containers:
        - name: main
          image: registry.example.com/shop/service-{i:04d}:{"1." + str(i % 9) + ".2" if i % 4 else "latest"}
          imagePullPolicy: IfNotPresent
          ports:
            - containerPort: 8080
              name: http
          env:
{env}          resources:
            requests: {{cpu: 100m, memory: 128Mi}}
            limits: {{memory: {256 + i % 7 * 64}Mi}}
          securityContext:
            allowPrivilegeEscalation: {"false" if i % 5 else "true"}
            readOnlyRootFilesystem: true
            capabilities:
              drop: ["ALL"]
          livenessProbe:
            httpGet: {{path: /healthz, port: http}}
            initialDelaySeconds: 5
            periodSeconds: 10
          readinessProbe:
            httpGet:
              path: /ready
              port: http
          volumeMounts:
            - name: config
              mountPath: /etc/service
              readOnly: true
            - name: cache
              mountPath: /var/cache/service
      volumes:
        - name: config
          configMap:
            name: service-{i:04d}
        - name: cache
          emptyDir: {{}}
""")
    unfinished.rename(out)
    return out


def terraform_tree():
    """40 stacks, each calling 10 of 40 modules; each module has variables, locals and 12 resources."""
    out = GENERATED / "terraform-large"
    if out.is_dir():
        return out
    unfinished = GENERATED / "terraform-large.part"
    for m in range(40):
        module = unfinished / "modules" / f"part-{m:02d}"
        module.mkdir(parents=True, exist_ok=True)
        (module / "variables.tf").write_text("".join(f"""
variable "{name}" {{
  description = "The {name} of this part"
  type        = {kind}
  default     = {default}
}}
""" for name, kind, default in (
            ("name", "string", '"part"'), ("tags", "map(string)", "{}"), ("cidrs", "list(string)", '["10.0.0.0/8"]'),
            ("encrypted", "bool", "true"), ("size", "number", "20"), ("key", "string", "null"))))
        (module / "locals.tf").write_text(f"""
locals {{
  prefix = "${{var.name}}-{m:02d}"
  tags   = merge(var.tags, {{ Part = local.prefix, Managed = "terraform" }})
  sizes  = [for n in range(4) : var.size + n * 10]
  open   = length(var.cidrs) > 0 ? var.cidrs : ["0.0.0.0/0"]
}}
""")
        resources = []
        for r in range(12):
            resources.append(f"""
resource "aws_s3_bucket" "data_{r}" {{
  bucket = "${{local.prefix}}-data-{r}"
  tags   = merge(local.tags, {{ Index = "{r}" }})
}}

resource "aws_s3_bucket_server_side_encryption_configuration" "data_{r}" {{
  bucket = aws_s3_bucket.data_{r}.id
  rule {{
    apply_server_side_encryption_by_default {{
      sse_algorithm     = var.key == null ? "AES256" : "aws:kms"
      kms_master_key_id = var.key
    }}
  }}
}}

resource "aws_security_group" "access_{r}" {{
  name        = format("%s-access-%02d", local.prefix, {r})
  description = "Access to part {m} {r}"
  tags        = local.tags
  dynamic "ingress" {{
    for_each = {{ for i, cidr in local.open : i => cidr }}
    content {{
      description = "from ${{ingress.value}}"
      from_port   = {443 if r % 3 else 22}
      to_port     = {443 if r % 3 else 22}
      protocol    = "tcp"
      cidr_blocks = [ingress.value]
    }}
  }}
}}

resource "aws_ebs_volume" "disk_{r}" {{
  count             = 2
  availability_zone = "eu-west-1${{element(["a", "b"], count.index)}}"
  size              = local.sizes[{r % 4}]
  encrypted         = var.encrypted
  kms_key_id        = var.key
  tags              = merge(local.tags, {{ Name = "${{local.prefix}}-{r}-${{count.index}}" }})
}}
""")
        (module / "main.tf").write_text("".join(resources))
    for s in range(40):
        stack = unfinished / "stacks" / f"stack-{s:02d}"
        stack.mkdir(parents=True, exist_ok=True)
        calls = "".join(f"""
module "part_{c}" {{
  source    = "../../modules/part-{(s + c * 4) % 40:02d}"
  name      = "${{var.environment}}-{c}"
  cidrs     = {'["0.0.0.0/0"]' if (s + c) % 9 == 0 else 'var.cidrs'}
  encrypted = {"false" if (s + c) % 7 == 0 else "true"}
  tags      = {{ Environment = var.environment, Stack = "{s}" }}
}}
""" for c in range(10))
        (stack / "main.tf").write_text(f"""
variable "environment" {{
  type    = string
  default = "test"
}}

variable "cidrs" {{
  type    = list(string)
  default = ["10.1.0.0/16", "10.2.0.0/16"]
}}
{calls}""")
    unfinished.rename(out)
    return out


def corpora(wanted):
    """(name, directory) of every corpus whose name contains one of `wanted` (all when empty)."""
    found = []
    if (SHARED / "corpora").is_dir():
        found += [(d.name, d) for d in sorted((SHARED / "corpora").iterdir()) if d.is_dir()]
    else:
        print(f"no corpora in {SHARED} (ASSAY_SHARED): only the generated trees are measured\n")
    found += [(d.name, d) for d in (kubernetes_tree(), terraform_tree())]
    return [(n, d) for n, d in found if not wanted or any(w in n for w in wanted)]


def read_all(directory):
    """Reads every file below: (files, bytes, CPU seconds)."""
    paths = [p for p in directory.rglob("*") if p.is_file()]
    before = time.process_time()
    total = 0
    for path in paths:
        with open(path, "rb", buffering=0) as file:
            total += len(file.readall())
    return len(paths), total, time.process_time() - before


def kubernetes_only(directory):
    return "kubernetes" in directory.name or directory.name in ("argo-cd", "helm-rendered", "deployments-2000")


def binary(argument):
    path = pathlib.Path(argument) if argument else ROOT / "build" / "release" / "assay"
    if not path.exists():
        sys.exit(f"{path} is missing; ./dev build makes it")
    return str(path.resolve())


def load_json(path):
    with open(path, encoding="utf-8") as file:
        return json.load(file)


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("|" + "|".join("---" if i == 0 else "--:" for i in range(len(head))) + "|")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print(flush=True)


def seconds(value):
    return f"{value:.3f}" if value < 10 else f"{value:.1f}"
