"""--diff over generated histories: what it calls new is exactly what is new.

A history is a tree of Terraform, Kubernetes and CloudFormation, changed by what must not matter (files, directories,
resources and modules renamed and moved, blocks put into modules, count made for_each, formatting, order, comments,
literals behind variables) and by what does (regressions) or helps (fixes). The generator knows which thing every
address and line belongs to; two plain scans and that knowledge say what is new, independently of how --diff finds out.
$ASSAY_DIFF_SEED starts elsewhere, $ASSAY_DIFF_HISTORIES makes more or fewer of them.
"""
import json
import os
import random
import shutil
import subprocess
import unittest

from assay_case import AssayCase

SEED = int(os.environ.get("ASSAY_DIFF_SEED", "1"))
HISTORIES = int(os.environ.get("ASSAY_DIFF_HISTORIES", "30"))
WORDS = ("amber birch cedar delta ember frost grove haven ivory jade kelp lunar maple north ocean pearl quartz river "
         "slate tidal umber vapor willow xenon yarrow zephyr").split()


class Thing:
    """Something that is deployed. `uid` stays whatever it is called and wherever it stands."""
    def __init__(self, uid, kind, label, name, **values):
        self.uid, self.kind, self.label, self.name, self.values = uid, kind, label, name, values
        self.place = ""        # file below the root of its format
        self.form = "plain"    # terraform: plain, count, each, module, indirect
        self.moved = None      # terraform: the address it had before
        self.parts = []        # of a security group or a workload: dicts with "uid"


class Text:
    """Lines, and which part of a thing each belongs to."""
    def __init__(self):
        self.lines, self.owner = [], {}

    def add(self, text, part=None):
        for line in text.split("\n"):
            self.lines.append(line)
            if part:
                self.owner[len(self.lines)] = part["uid"]

    def text(self):
        return "\n".join(self.lines) + "\n"


class State:
    """A tree before or after the change."""
    def __init__(self):
        self.things = []
        self.tf_root, self.k8s_root, self.cfn_root = "infra", "deploy", "stacks"
        self.module_name = {"bucket": "bucket", "group": "network", "volume": "disk", "database": "database"}
        self.call_prefix = ""
        self.style = 0
        self.json_templates = False
        self.files, self.owners, self.addresses = {}, {}, {}

    def of(self, *kinds):
        return [thing for thing in self.things if thing.kind in kinds]

    def put(self, path, text):
        self.files[path] = text.text()
        for line, part in text.owner.items():
            self.owners[path, line] = part

    def render(self, rng):
        self.files, self.owners, self.addresses = {}, {}, {}
        Terraform(self, rng).render()
        Kubernetes(self, rng).render()
        CloudFormation(self, rng).render()


class Terraform:
    KINDS = {"bucket": "aws_s3_bucket", "group": "aws_security_group", "volume": "aws_ebs_volume", "database": "aws_db_instance"}

    def __init__(self, state, rng):
        self.state, self.rng = state, rng

    def literal(self, value):
        return json.dumps(value)

    def arguments(self, thing):
        values = dict(thing.values)
        if thing.kind == "bucket":
            values["bucket"] = thing.name
        elif thing.kind == "group":
            values["name"] = thing.name
        elif thing.kind == "database":
            values["identifier"] = thing.name
        return values

    def note(self, address, thing):
        self.state.addresses["tf", address] = thing.uid

    def render(self):
        state, root = self.state, self.state.tf_root
        texts, modules, groups = {}, set(), {}
        things = state.of(*self.KINDS)
        if state.style:
            things = sorted(things, key=lambda t: (t.label * state.style)[::-1])
        for thing in things:
            text = texts.setdefault(thing.place, Text())
            if thing.form == "each":
                groups.setdefault((thing.place, thing.kind), []).append(thing)
            elif thing.form == "module":
                self.call(text, thing)
                modules.add(thing.kind)
            else:
                self.block(text, thing)
        for (place, kind), members in groups.items():
            self.each(texts[place], kind, members)
        for place, text in texts.items():
            state.put(f"{root}/{place}", text)
        for kind in modules:
            self.module(kind)

    def comment(self, text):
        if self.state.style:
            text.add("")
            text.add(f"# {self.rng.choice(WORDS)} {self.rng.choice(WORDS)}")

    def block(self, text, thing):
        self.comment(text)
        kind = self.KINDS[thing.kind]
        if thing.form == "indirect":
            text.add("locals {")
            for key, value in self.arguments(thing).items():
                text.add(f"  {thing.label}_{key} = {self.literal(value)}")
            text.add("}")
        text.add(f'resource "{kind}" "{thing.label}" {{')
        if thing.form == "count":
            text.add("  count = 1")
        arguments = list(self.arguments(thing).items())
        if self.state.style == 2:
            arguments.reverse()
        width = max(len(key) for key, _ in arguments) if self.state.style else 0
        for key, value in arguments:
            value = f"local.{thing.label}_{key}" if thing.form == "indirect" else self.literal(value)
            text.add(f"  {key.ljust(width)} = {value}")
        for part in thing.parts:
            text.add("  ingress {", part)
            for key in ("from_port", "to_port"):
                text.add(f"    {key} = {part['port']}", part)
            text.add(f"    protocol = \"tcp\"\n    cidr_blocks = [{self.literal(part['cidr'])}]\n  }}", part)
        text.add("}")
        address = f"{kind}.{thing.label}" + ("[0]" if thing.form == "count" else "")
        self.note(address, thing)
        if thing.moved:
            text.add(f"moved {{\n  from = {thing.moved}\n  to   = {address}\n}}")

    def each(self, text, kind, members):
        label = f"{members[0].label}_all"
        self.comment(text)
        text.add(f'resource "{self.KINDS[kind]}" "{label}" {{\n  for_each = {{')
        for thing in members:
            row = ", ".join(f"{key} = {self.literal(value)}" for key, value in self.arguments(thing).items())
            text.add(f'    {thing.label} = {{ {row} }}')
            self.note(f'{self.KINDS[kind]}.{label}["{thing.label}"]', thing)
        text.add("  }")
        for key in self.arguments(members[0]):
            text.add(f"  {key} = each.value.{key}")
        text.add("}")

    def call(self, text, thing):
        self.comment(text)
        name = f"{self.state.call_prefix}{thing.label}"
        text.add(f'module "{name}" {{\n  source = "./modules/{self.state.module_name[thing.kind]}"')
        for key, value in self.arguments(thing).items():
            text.add(f"  {key} = {self.literal(value)}")
        if thing.kind == "group":
            text.add("  rules = [")
            for part in thing.parts:
                text.add(f"    {{ port = {part['port']}, cidr = {self.literal(part['cidr'])} }},", part)
            text.add("  ]")
        text.add("}")
        address = f"module.{name}.{self.KINDS[thing.kind]}.this"
        self.note(address, thing)
        if thing.moved:
            text.add(f"moved {{\n  from = {thing.moved}\n  to   = {address}\n}}")

    def module(self, kind):
        text, keys = Text(), {"bucket": ["bucket", "acl"], "group": ["name", "description", "vpc_id"],
                              "volume": ["availability_zone", "size", "encrypted"],
                              "database": ["identifier", "instance_class", "engine", "storage_encrypted", "publicly_accessible"]}[kind]
        for key in keys + (["rules"] if kind == "group" else []):
            text.add(f'variable "{key}" {{}}')
        text.add(f'resource "{self.KINDS[kind]}" "this" {{')
        for key in keys:
            text.add(f"  {key} = var.{key}")
        if kind == "group":
            text.add('  dynamic "ingress" {\n    for_each = var.rules\n    content {\n      from_port = ingress.value.port\n'
                     '      to_port = ingress.value.port\n      protocol = "tcp"\n      cidr_blocks = [ingress.value.cidr]\n    }\n  }')
        text.add("}")
        self.state.put(f"{self.state.tf_root}/modules/{self.state.module_name[kind]}/main.tf", text)


class Kubernetes:
    def __init__(self, state, rng):
        self.state, self.rng = state, rng

    def render(self):
        texts = {}
        things = self.state.of("workload")
        if self.state.style == 2:
            things = things[::-1]
        for thing in things:
            text = texts.setdefault(thing.place, Text())
            if text.lines:
                text.add("---")
            self.manifest(text, thing)
        for place, text in texts.items():
            self.state.put(f"{self.state.k8s_root}/{place}", text)

    def manifest(self, text, thing):
        quote = '"' if self.state.style else ""
        if self.state.style:
            text.add(f"# {self.rng.choice(WORDS)}")
        text.add(f"apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: {quote}{thing.name}{quote}\n  namespace: {thing.values['namespace']}\n"
                 f"spec:\n  replicas: {thing.values['replicas']}\n  selector:\n    matchLabels: {{app: {thing.name}}}\n  template:\n"
                 f"    metadata:\n      labels: {{app: {thing.name}}}\n    spec:")
        if thing.values.get("host"):
            text.add("      hostNetwork: true")
        text.add("      containers:")
        for part in thing.parts:
            body = [f"name: {part['name']}", f"image: {part['image']}"]
            if self.state.style == 2:
                body.reverse()
            text.add(f"      - {body[0]}\n        {body[1]}", part)
            text.add(f"        ports:\n        - containerPort: {part['port']}", part)
            text.add(f"        securityContext:\n          privileged: {'true' if part['privileged'] else 'false'}", part)
            text.add(f"          runAsNonRoot: {'true' if part['user'] else 'false'}", part)
        self.state.addresses["k8s", f"Deployment.{thing.values['namespace']}.{thing.name}"] = thing.uid


class CloudFormation:
    TYPES = {"cfn-bucket": "AWS::S3::Bucket", "cfn-group": "AWS::EC2::SecurityGroup", "cfn-volume": "AWS::EC2::Volume"}

    def __init__(self, state, rng):
        self.state, self.rng = state, rng

    def render(self):
        by_place = {}
        for thing in self.state.of(*self.TYPES):
            by_place.setdefault(thing.place, []).append(thing)
        for place, things in by_place.items():
            if self.state.style == 2:
                things = things[::-1]
            path = f"{self.state.cfn_root}/{place}"
            text = Text()
            if self.state.json_templates:
                path = path.replace(".yaml", ".json")
                self.as_json(text, things)
            else:
                self.as_yaml(text, things)
            self.state.put(path, text)
            for thing in things:
                self.state.addresses["cfn", path, f"{self.TYPES[thing.kind]}.{thing.label}"] = thing.uid

    def properties(self, thing):
        values = dict(thing.values)
        if thing.kind == "cfn-bucket":
            values["BucketName"] = thing.name
        elif thing.kind == "cfn-group":
            values["GroupName"] = thing.name
        return values

    def rule(self, part):
        return {"IpProtocol": "tcp", "FromPort": part["port"], "ToPort": part["port"], "CidrIp": part["cidr"]}

    def as_yaml(self, text, things):
        text.add("AWSTemplateFormatVersion: '2010-09-09'")
        indirect = [thing for thing in things if thing.form == "indirect" and thing.kind == "cfn-bucket"]
        if indirect:
            text.add("Parameters:")
            for thing in indirect:
                text.add(f"  {thing.label}Access:\n    Type: String\n    Default: {thing.values['AccessControl']}\n"
                         f"    AllowedValues: [{thing.values['AccessControl']}]")
        text.add("Resources:")
        for thing in things:
            if self.state.style:
                text.add(f"  # {self.rng.choice(WORDS)}")
            text.add(f"  {thing.label}:\n    Type: {self.TYPES[thing.kind]}\n    Properties:")
            for key, value in self.properties(thing).items():
                if thing in indirect and key == "AccessControl":
                    text.add(f"      {key}: !Ref {thing.label}Access")
                else:
                    text.add(f"      {key}: {json.dumps(value)}")
            if thing.parts:
                text.add("      SecurityGroupIngress:")
            for part in thing.parts:
                rows = [f"{key}: {value}" for key, value in self.rule(part).items()]
                text.add("      - " + "\n        ".join(rows), part)

    def as_json(self, text, things):
        text.add('{\n  "AWSTemplateFormatVersion": "2010-09-09",\n  "Resources": {')
        for i, thing in enumerate(things):
            text.add(f'    "{thing.label}": {{\n      "Type": "{self.TYPES[thing.kind]}",\n      "Properties": {{')
            rows = [f'        "{key}": {json.dumps(value)}' for key, value in self.properties(thing).items()]
            text.add(",\n".join(rows) + ("," if thing.parts else ""))
            if thing.parts:
                text.add('        "SecurityGroupIngress": [')
                for k, part in enumerate(thing.parts):
                    text.add("          " + json.dumps(self.rule(part)) + ("," if k + 1 < len(thing.parts) else ""), part)
                text.add("        ]")
            text.add("      }\n    }" + ("," if i + 1 < len(things) else ""))
        text.add("  }\n}")


class History:
    def __init__(self, seed):
        self.rng = random.Random(seed)
        self.count = 0
        self.words = WORDS[:]
        self.rng.shuffle(self.words)
        self.state = State()
        self.log = []
        self.fill()

    def uid(self):
        self.count += 1
        return f"u{self.count}"

    def word(self):
        if not self.words:
            self.words = [word + "x" for word in WORDS]
            self.rng.shuffle(self.words)
        return self.words.pop()

    def rules_of(self, number):
        ports = self.rng.sample([22, 3389, 443, 8443, 5432, 9200], number)
        return [{"uid": self.uid(), "port": port, "cidr": self.rng.choice(["0.0.0.0/0", "10.0.0.0/8", "10.2.0.0/16"])} for port in ports]

    def container(self):
        return {"uid": self.uid(), "name": self.word(), "image": f"registry.example/{self.word()}:{self.rng.randint(1, 9)}.2",
                "port": self.rng.randint(1024, 9999), "privileged": self.rng.random() < .4, "user": self.rng.random() < .5}

    def make(self, kind):
        rng, word = self.rng, self.word()
        name = f"acme-{word}"
        if kind == "bucket":
            thing = Thing(self.uid(), kind, word, name, acl=rng.choice(["private", "public-read", "public-read-write"]))
        elif kind == "volume":
            thing = Thing(self.uid(), kind, word, name, availability_zone=rng.choice(["eu-west-1a", "eu-west-1b"]),
                          size=rng.randint(10, 900), encrypted=rng.random() < .5)
        elif kind == "database":
            thing = Thing(self.uid(), kind, word, name, instance_class="db.t3.medium", engine=rng.choice(["postgres", "mysql"]),
                          storage_encrypted=rng.random() < .5, publicly_accessible=rng.random() < .5)
        elif kind == "group":
            thing = Thing(self.uid(), kind, word, name, description=f"{word} traffic", vpc_id="vpc-0a1b2c3d")
            thing.parts = self.rules_of(rng.randint(1, 3))
        elif kind == "workload":
            thing = Thing(self.uid(), kind, word, word, namespace=rng.choice(["shop", "core"]), replicas=rng.randint(1, 4),
                          host=rng.random() < .3)
            thing.parts = [self.container() for _ in range(rng.randint(1, 3))]
        elif kind == "cfn-bucket":
            thing = Thing(self.uid(), kind, word.title(), name, AccessControl=rng.choice(["Private", "PublicRead"]))
        elif kind == "cfn-volume":
            thing = Thing(self.uid(), kind, word.title(), name, AvailabilityZone="eu-west-1a", Size=rng.randint(10, 900),
                          Encrypted=rng.random() < .5)
        else:
            thing = Thing(self.uid(), kind, word.title(), name, GroupDescription=f"{word} traffic", VpcId="vpc-0a1b2c3d")
            thing.parts = self.rules_of(rng.randint(1, 3))
        thing.place = rng.choice({"workload": ["apps.yaml", "more/web.yaml"]}.get(
            kind, ["stack.yaml", "extra.yaml"] if kind.startswith("cfn") else ["main.tf", "network.tf", "data.tf"]))
        return thing

    KINDS = ("bucket", "bucket", "bucket", "group", "group", "volume", "database", "workload", "workload", "workload",
             "cfn-bucket", "cfn-bucket", "cfn-group", "cfn-volume")

    def fill(self):
        for kind in self.KINDS:
            self.state.things.append(self.make(kind))
        for thing in self.state.of("bucket"):
            thing.form = self.rng.choice(["plain", "plain", "count"])

    # --- What must not matter.
    def some(self, *kinds):
        things = [thing for thing in self.state.of(*kinds) if not getattr(thing, "fresh", False)]
        return self.rng.choice(things) if things else None

    def rename_files(self):
        renamed = {}
        for thing in self.state.things:
            head, dot, ending = thing.place.rpartition(".")
            renamed.setdefault(thing.place, f"{head}-{self.word()}{dot}{ending}")
            thing.place = renamed[thing.place]

    def move_between_files(self):
        for kinds in (("bucket", "group", "volume", "database"), ("workload",), ("cfn-bucket", "cfn-group", "cfn-volume")):
            places = sorted({thing.place for thing in self.state.of(*kinds)})
            for thing in self.rng.sample(self.state.of(*kinds), 2):
                thing.place = self.rng.choice(places)

    def rename_directories(self):
        which = self.rng.choice(["tf_root", "k8s_root", "cfn_root"])
        setattr(self.state, which, f"{self.word()}/{getattr(self.state, which)}")

    def rename_label(self, moved=False):
        thing = self.some("bucket", "group", "database")
        if thing.form in ("each", "module") or thing.moved:
            return
        kind = Terraform.KINDS[thing.kind]
        index = "[0]" if thing.form == "count" else ""
        if moved:
            thing.moved = f"{kind}.{thing.label}{index}"
        thing.label = self.word()

    def rename_label_with_moved(self):
        self.rename_label(moved=True)

    def into_module(self, moved=False):
        thing = self.some("bucket", "group", "volume", "database")
        if thing.form in ("each", "module") or thing.moved:
            return
        if moved:
            thing.moved = f"{Terraform.KINDS[thing.kind]}.{thing.label}" + ("[0]" if thing.form == "count" else "")
        thing.form = "module"

    def into_module_with_moved(self):
        self.into_module(moved=True)

    def all_into_modules(self):
        for thing in self.state.of("bucket"):
            if not thing.moved:
                thing.form = "module"

    def into_each(self):
        place = self.state.of("bucket")[0].place
        for thing in self.state.of("bucket"):
            if not thing.moved and thing.form != "module":
                thing.form, thing.place = "each", place

    def into_count(self):
        thing = self.some("bucket", "volume", "database", "group")
        if thing.form == "plain" and not thing.moved:
            thing.form = "count"

    def behind_locals(self):
        thing = self.some("bucket", "volume", "database", "cfn-bucket")
        if thing.form == "plain":
            thing.form = "indirect"

    def rename_modules(self):
        self.state.call_prefix = f"{self.word()}_"
        self.state.module_name = {kind: f"{name}-{self.word()}" for kind, name in self.state.module_name.items()}

    def reformat(self):
        self.state.style = self.rng.choice([1, 2])

    def templates_as_json(self):
        if not any(thing.form == "indirect" for thing in self.state.of("cfn-bucket")):
            self.state.json_templates = True

    def rename_workload(self):
        self.some("workload").name = self.word()

    def rename_logical_id(self):
        self.some("cfn-bucket", "cfn-group", "cfn-volume").label = self.word().title()

    def reorder_parts(self):
        for thing in self.state.of("group", "workload", "cfn-group"):
            self.rng.shuffle(thing.parts)

    def rename_container(self):
        part = self.rng.choice(self.some("workload").parts)
        part["name"] = self.word()

    def newer_image(self):
        part = self.rng.choice(self.some("workload").parts)
        part["image"] = part["image"].rpartition(":")[0] + ":10.1"

    HARMLESS = ("rename_files", "move_between_files", "rename_directories", "rename_label", "rename_label_with_moved",
                "into_module", "into_module_with_moved", "all_into_modules", "into_each", "into_count", "behind_locals",
                "rename_modules", "reformat", "templates_as_json", "rename_workload", "rename_logical_id", "reorder_parts",
                "rename_container", "newer_image")

    # --- What does.
    def regress_value(self):
        thing = self.some("bucket", "volume", "database", "cfn-bucket", "cfn-volume")
        for key, value in {"acl": "public-read", "encrypted": False, "storage_encrypted": False, "publicly_accessible": True,
                           "AccessControl": "PublicRead", "Encrypted": False}.items():
            if key in thing.values:
                thing.values[key] = value

    def open_a_port(self):
        thing = self.some("group", "cfn-group")
        self.rng.choice(thing.parts)["cidr"] = "0.0.0.0/0"

    def another_open_port(self):
        thing = self.some("group", "cfn-group")
        free = [port for port in (22, 3389, 445, 3306, 6379, 1433) if port not in [part["port"] for part in thing.parts]]
        thing.parts.insert(self.rng.randint(0, len(thing.parts)), {"uid": self.uid(), "port": self.rng.choice(free), "cidr": "0.0.0.0/0"})

    def privileged_container(self):
        self.rng.choice(self.some("workload").parts)["privileged"] = True

    def another_container(self):
        thing = self.some("workload")
        part = self.container()
        part["privileged"] = True
        thing.parts.insert(self.rng.randint(0, len(thing.parts)), part)

    def host_network(self):
        self.some("workload").values["host"] = True

    def another_thing(self):
        thing = self.make(self.rng.choice(self.KINDS))
        thing.fresh = True
        self.state.things.append(thing)

    def one_fixed_one_broken(self):
        kinds = self.rng.choice([("bucket",), ("cfn-bucket",)])
        things = self.state.of(*kinds)
        if len(things) < 2:
            return
        one, other = self.rng.sample(things, 2)
        key, good, bad = ("acl", "private", "public-read") if kinds == ("bucket",) else ("AccessControl", "Private", "PublicRead")
        one.values[key], other.values[key] = good, bad

    HARMFUL = ("regress_value", "open_a_port", "another_open_port", "privileged_container", "another_container", "host_network",
               "another_thing", "one_fixed_one_broken")

    # --- What helps.
    def fix_value(self):
        thing = self.some("bucket", "volume", "database")
        for key, value in {"acl": "private", "encrypted": True, "storage_encrypted": True, "publicly_accessible": False}.items():
            if key in thing.values:
                thing.values[key] = value

    def close_ports(self):
        for part in self.some("group", "cfn-group").parts:
            part["cidr"] = "10.0.0.0/8"

    def remove_thing(self):
        kind = self.rng.choice(["bucket", "workload", "cfn-bucket"])
        victims = [thing for thing in self.state.of(kind) if not thing.moved]
        if len(victims) > 1:
            self.state.things.remove(self.rng.choice(victims))

    def remove_container(self):
        thing = self.some("workload")
        if len(thing.parts) > 1:
            thing.parts.pop(0)

    HELPFUL = ("fix_value", "close_ports", "remove_thing", "remove_container")

    def change(self):
        rng = self.rng
        steps = rng.sample(self.HARMLESS, rng.randint(2, 5)) + rng.sample(self.HARMFUL, rng.randint(0, 3)) + rng.sample(self.HELPFUL, rng.randint(0, 2))
        rng.shuffle(steps)
        for step in steps:
            getattr(self, step)()
        self.log = steps


class DiffHistoriesTest(AssayCase):
    def git(self, *arguments):
        environment = dict(os.environ, GIT_AUTHOR_NAME="n", GIT_AUTHOR_EMAIL="n@example.com", GIT_COMMITTER_NAME="n",
                           GIT_COMMITTER_EMAIL="n@example.com", GIT_CONFIG_GLOBAL="/dev/null", GIT_CONFIG_NOSYSTEM="1")
        done = subprocess.run(["git", *arguments], cwd=self.directory, env=environment, stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, check=False)
        self.assertEqual(done.returncode, 0, done.stdout.decode())

    def lay_out(self, state, rng):
        for root, directories, names in os.walk(self.directory, topdown=False):
            if ".git" in root.split(os.sep):
                continue
            for name in names:
                os.remove(os.path.join(root, name))
            for name in directories:
                if name != ".git" and not os.listdir(os.path.join(root, name)):
                    os.rmdir(os.path.join(root, name))
        state.render(rng)
        for path, text in state.files.items():
            self.write(path, text)

    def identities(self, finding, state):
        """What the finding is about: (rule, thing, part) of every instance."""
        resource, file = finding["resource"], finding["file"]
        part = state.owners.get((file, finding["region"]["line"]), "")
        addresses = [resource["address"]]
        addresses += [place["message"][5:] for place in finding["related"] if place["message"].startswith("also ")]
        out = set()
        for address in addresses:
            key = {"terraform": ("tf", address), "kubernetes": ("k8s", address), "cloudformation": ("cfn", file, address)}[resource["format"]]
            self.assertIn(key, state.addresses, finding)
            out.add((finding["rule"], state.addresses[key], part))
        return out

    def compare(self, seed, baseline=False):
        """One history: what plain scans find before and after, and what --diff (or --baseline) says."""
        history = History(seed)
        self.lay_out(history.state, history.rng)
        self.git("init", "-q", "-b", "main", ".")
        self.git("add", "-A")
        self.git("commit", "-q", "-m", "before")
        before = [self.identities(finding, history.state) for finding in self.scan()["findings"]]
        if baseline:
            self.assertEqual(self.run_assay("scan", "--write-baseline", ".git/known.json").returncode, 0)
        history.change()
        self.lay_out(history.state, history.rng)
        plain = self.scan()["findings"]
        after = [self.identities(finding, history.state) for finding in plain]
        arguments = ["--diff", "HEAD"]
        if baseline:
            arguments = ["--baseline", ".git/known.json"]
        elif seed % 3 == 1:  # the same between two commits, and through the index
            self.git("checkout", "-q", "-b", "change")
            self.git("add", "-A")
            self.git("commit", "-q", "-m", "after")
            arguments = ["--diff", "main...change"]
        elif seed % 3 == 2:
            self.git("add", "-A")
            arguments = ["--diff", "HEAD", "--staged"]
        report = self.scan(*arguments)
        shutil.rmtree(os.path.join(self.directory, ".git"))
        self.assertEqual([f["fingerprint"] for f in report["findings"]], [f["fingerprint"] for f in plain])
        self.assertEqual(len({f["fingerprint"] for f in plain}), len(plain))
        self.assertEqual(report["comparison"]["new"], sum(f["baseline"] == "new" for f in report["findings"]))
        self.assertEqual(report["comparison"]["fixed"], len(report["fixed"]))
        return seed, history.log, before, after, report

    def judge(self, histories):
        """What was called new and is not, or the other way round; and how much was called new rightly."""
        # Some rules judge each part of a thing, others the thing as a whole, whichever part they point at.
        by_part = {}
        for _, _, before, after, _ in histories:
            for findings in (before, after):
                parts = {}
                for rule, uid, part in set().union(*findings):
                    parts.setdefault((rule, uid), set()).add(part)
                for (rule, _), found in parts.items():
                    by_part[rule] = by_part.get(rule, False) or len(found) > 1
        wrong, right = [], 0
        for seed, log, before, after, report in histories:
            before, everything = set().union(*before), set().union(*after)
            before_whole, after_whole = {(r, u) for r, u, _ in before}, {(r, u) for r, u, _ in everything}

            def is_known(identity):
                rule, uid, part = identity
                # What a module says of each of its elements stands at no line of one element.
                return identity in before or ((rule, uid) in before_whole and not (by_part[rule] and part))
            for finding, identities in zip(report["findings"], after):
                new = not any(is_known(identity) for identity in identities)
                right += new and finding["baseline"] == "new"
                if new != (finding["baseline"] == "new"):
                    wrong.append(f"seed {seed}: {finding['rule']} {finding['resource']['address']} {finding['file']}:"
                                 f"{finding['region']['line']} is {finding['baseline']} {log}")
            if all((r, u) in after_whole and not by_part[r] or (r, u, p) in everything for r, u, p in before):
                wrong += [f"seed {seed}: not gone: {f['rule']} {f['resource']['address']} {log}" for f in report["fixed"]]
        return wrong, right

    def test_what_is_new_is_new(self):
        wrong, right = self.judge([self.compare(seed) for seed in range(SEED, SEED + HISTORIES)])
        self.assertEqual(wrong, [], "\n" + "\n".join(wrong))
        self.assertGreater(right, HISTORIES)

    def test_a_baseline_hides_nothing_new(self):
        wrong, right = self.judge([self.compare(seed, baseline=True) for seed in range(SEED, SEED + HISTORIES // 2)])
        hidden = [text for text in wrong if " is unchanged " in text]
        self.assertEqual(hidden, [], "\n" + "\n".join(hidden))
        self.assertGreater(right, HISTORIES // 2)


if __name__ == "__main__":
    unittest.main()
