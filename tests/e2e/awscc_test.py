"""Every AWS rule judges Terraform's awscc provider as it judges CloudFormation: the CloudFormation examples of the rules,
written for that provider, get the same verdicts."""
import json
import os
import re
import sys
import unittest

from assay_case import ROOT, AssayCase

try:
    import yaml
except ImportError:
    print("skipped: PyYAML is not installed")
    sys.exit(77)

PACKS = os.path.join(ROOT, "rules", "packs")
# CloudFormation types that the provider has no twin of (its version 1.90), besides those of macros.
NOT_THERE = {
    "AWS::AmazonMQ::Broker", "AWS::CloudFront::Distribution", "AWS::CodeBuild::Project", "AWS::Cognito::UserPool",
    "AWS::Config::ConfigurationRecorder", "AWS::DAX::Cluster", "AWS::DMS::ReplicationInstance", "AWS::DocDB::DBCluster",
    "AWS::DocDB::DBClusterParameterGroup", "AWS::EC2::ClientVpnEndpoint", "AWS::EC2::NetworkAclEntry",
    "AWS::EKS::Nodegroup", "AWS::EMR::Cluster", "AWS::Elasticsearch::Domain", "AWS::FSx::FileSystem",
    "AWS::Glue::SecurityConfiguration", "AWS::IAM::AccessKey", "AWS::IAM::Policy", "AWS::QLDB::Ledger",
    "AWS::RDS::DBSecurityGroup", "AWS::SNS::TopicPolicy", "AWS::SQS::QueuePolicy", "AWS::SageMaker::EndpointConfig",
    "AWS::SageMaker::NotebookInstance", "AWS::WAFv2::WebACL", "AWS::WorkSpaces::Workspace"}
# Properties that are JSON text there, and mappings whose keys are the user's.
DOCUMENTS = re.compile(r"(PolicyDocument|KeyPolicy|ResourcePolicy|AccessPolicies|PolicyText|FileSystemPolicy|RedrivePolicy|"
                       r"AccessPolicy|^RegistryPolicy|^SecurityConfiguration|^Definition|^Content|^Body)$")
MAPPINGS = {"Variables", "Options", "Parameters", "DockerLabels", "EnvironmentVariables", "DefaultArguments"}
STRUCTURES = {"LogPublishingOptions"}  # mappings of structures: the keys below are properties again


class Untranslatable(Exception):
    pass


class Intrinsic:
    def __init__(self, name, value):
        self.name, self.value = name, value


class Template(yaml.SafeLoader):
    pass


def construct(loader, suffix, node):
    if isinstance(node, yaml.ScalarNode):
        return Intrinsic(suffix, loader.construct_scalar(node))
    if isinstance(node, yaml.SequenceNode):
        return Intrinsic(suffix, loader.construct_sequence(node, deep=True))
    return Intrinsic(suffix, loader.construct_mapping(node, deep=True))


Template.add_multi_constructor("!", construct)
Template.yaml_implicit_resolvers = {first: [(tag, pattern) for tag, pattern in found if tag != "tag:yaml.org,2002:timestamp"]
                                    for first, found in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def snake(name):
    """The provider's spelling of a property."""
    for words, word in (("CloudFormation", "Cloudformation"), ("CloudFront", "Cloudfront"), ("CloudWatch", "Cloudwatch"),
                        ("CNAMEs", "Cnames"), ("FSx", "Fsx"), ("OTel", "Otel")):
        name = name.replace(words, word)
    out = ""
    for i, c in enumerate(name):
        follows = name[i + 1:i + 2]
        if c.isupper() and follows.islower() and name[max(i - 1, 0):i].isupper():
            out += "_"
        out += c.lower() if c.isalnum() else "_"
        if (c.islower() and (follows.isupper() or follows.isdigit())) or (c.isdigit() and follows.isalpha()):
            out += "_"
    return out


def twin(kind):
    _, service, name = kind.split("::")
    return f"awscc_{service.lower()}_{snake(name)}"


class Translation:
    def __init__(self, template):
        self.types = {name: r["Type"] for name, r in template["Resources"].items()}
        self.parameters = template.get("Parameters") or {}
        for name, kind in self.types.items():
            if not kind.startswith("AWS::") or kind.startswith("AWS::Serverless::") or kind in NOT_THERE:
                raise Untranslatable(f"no twin of {kind}")
        if set(template) & {"Conditions", "Mappings", "Transform"}:
            raise Untranslatable("conditions, mappings or macros")
        parts = [self.parameter(name, facts) for name, facts in self.parameters.items()]
        for name, facts in template["Resources"].items():
            lines = "".join(f"  {snake(key) if key not in ('Id', 'Provider') else self.reserved(key, facts['Type'])} = "
                            f"{self.value(value, key)}\n" for key, value in (facts.get("Properties") or {}).items())
            parts.append(f'resource "{twin(facts["Type"])}" "{name}" {{\n{lines}}}\n')
        self.text = "\n".join(parts)

    @staticmethod
    def reserved(key, kind):
        return "provider_name" if key == "Provider" else twin(kind).split("_", 2)[2] + "_id"

    def parameter(self, name, facts):
        default = facts.get("Default")
        return f'variable "{name}" {{\n  type = string\n' + (f"  default = {json.dumps(str(default))}\n" if default is not None else "") + "}\n"

    def reference(self, name, attribute="id"):
        if name in self.types:
            return f"{twin(self.types[name])}.{name}.{attribute}"
        if name in self.parameters:
            return f"var.{name}"
        pseudo = {"AWS::Region": '"eu-west-1"', "AWS::AccountId": '"123456789012"', "AWS::Partition": '"aws"', "AWS::StackName": '"stack"'}
        if name in pseudo:
            return pseudo[name]
        # Not in the example: something that is made elsewhere.
        return f"awscc_elsewhere.{snake(name)}.{attribute}"

    def intrinsic(self, value):
        if value.name == "Ref":
            return self.reference(value.value)
        if value.name == "GetAtt":
            name, _, attribute = (value.value if isinstance(value.value, str) else ".".join(value.value)).partition(".")
            return self.reference(name, ".".join(snake(part) for part in attribute.split(".")))
        if value.name == "Sub" and isinstance(value.value, str):
            def part(match):
                name, _, attribute = match.group(1).partition(".")
                return "${" + self.reference(name, snake(attribute) if attribute else "id") + "}"
            if "${!" in value.value:
                raise Untranslatable("Sub")
            return re.sub(r"\$\{([^}]+)\}", part, json.dumps(value.value))
        if value.name == "Join" and len(value.value) == 2 and isinstance(value.value[1], list):
            return f"join({self.value(value.value[0], '')}, {self.value(value.value[1], '')})"
        raise Untranslatable(value.name)

    def value(self, value, key, inside=None):
        """`inside`: "document" or "mapping", where names stay."""
        if isinstance(value, dict) and len(value) == 1 and (name := next(iter(value))).startswith(("Fn::", "Ref")):
            value = Intrinsic(name.replace("Fn::", ""), value[name])
        if isinstance(value, Intrinsic):
            return self.intrinsic(value)
        if isinstance(value, (dict, list)) and inside is None and DOCUMENTS.search(key) and not (
                key == "AccessPolicies" and isinstance(value, list)):
            return f"jsonencode({self.value(value, '', 'document')})"
        if isinstance(value, dict):
            inner = inside or ("mapping" if key in MAPPINGS or (key == "Tags" and isinstance(value, dict)) else None)
            kept = inner or key in STRUCTURES
            pairs = (f"{json.dumps(name) if kept else snake(name)} = {self.value(part, name, inner)}" for name, part in value.items())
            return "{ " + ", ".join(pairs) + " }"
        if isinstance(value, list):
            return "[" + ", ".join(self.value(part, "", inside) for part in value) + "]"
        return json.dumps(value).replace("${", "$${") if isinstance(value, str) else json.dumps(value)


def examples():
    """(rule's id, its file, "bad" or "good", number, template) of every CloudFormation example that is one file."""
    for directory, _, names in [found for area in ("aws", "identity") for found in os.walk(os.path.join(PACKS, area))]:
        for name in sorted(names):
            if not name.endswith(".md") or name == "README.md":
                continue
            with open(os.path.join(directory, name), encoding="utf-8") as file:
                text = file.read()
            if re.search(r"^resources: \[cloudformation/", text, re.M):
                continue  # parameters of templates
            identifier = re.search(r"^id: (\S+)", text, re.M).group(1)
            for number, (head, body) in enumerate(re.findall(r"^```yaml ([^\n]*)\n(.*?)^```", text, re.M | re.S)):
                if re.search(r"^Resources:", body, re.M) and "AWS::" in body:
                    yield identifier, name, head.split()[0], number, body


class AwsccTest(AssayCase):
    # Rules whose examples get another verdict there, and why.
    EXPECTED = {}

    def test_the_twins_of_examples_get_their_verdicts(self):
        cases, skipped, rules = {}, {}, set()
        for identifier, name, kind, number, body in examples():
            rules.add(name)
            try:
                text = Translation(yaml.load(body, Template)).text
            except Untranslatable as reason:
                skipped.setdefault(name, []).append(str(reason))
                continue
            case = f"{identifier}-{kind}-{number}"
            cases[case] = (identifier, name, kind)
            self.write(f"cfn/{case}/template.yaml", body)
            self.write(f"awscc/{case}/main.tf", text)
        verdicts = {}
        for side in ("cfn", "awscc"):
            report = self.scan(side, "--maybe", timeout=300)
            if side == "awscc":
                broken = [p for p in report["problems"] if p["severity"] == "error"]
                self.assertEqual(broken, [], "a translation is not Terraform")
            for finding in report["findings"]:
                case = finding["file"].split("/")[1]
                identifier, name, _ = cases[case]
                if finding["rule"] in (identifier, name[:-3]):
                    verdicts.setdefault(case, {}).setdefault(side, set()).add((finding["resource"]["name"], finding["verdict"]))
        different = {}
        for case, (_, name, _) in cases.items():
            found = verdicts.get(case, {})
            if found.get("cfn", set()) != found.get("awscc", set()):
                different.setdefault(name[:-3], []).append((case, found.get("cfn", set()), found.get("awscc", set())))
        judged = {name for _, name, kind in cases.values() if kind == "bad"}
        if os.environ.get("ASSAY_VERBOSE"):
            print(f"rules with CloudFormation examples: {len(rules)}; with a bad one written for awscc: {len(judged)}; "
                  f"examples: {len(cases)}; rules that differ: {len(different)}")
            for name, reasons in sorted(skipped.items()):
                if name not in judged:
                    print("not written:", name, sorted(set(reasons)))
            for name, what in sorted(different.items()):
                print(name, what)
        self.assertEqual({name: what for name, what in different.items() if name not in self.EXPECTED}, {})
        self.assertEqual(sorted(set(self.EXPECTED) - set(different)), [], "these agree by now")
        self.assertGreater(len(judged), 250)


if __name__ == "__main__":
    unittest.main()
