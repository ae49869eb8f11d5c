// Random edits of a workspace: after each, the engine says what a fresh scan of the same texts says. ASSAY_LSP_EDITS
// says how many (10,000 take minutes), ASSAY_LSP_SEED where the dice start.
#include <chrono>
#include <cstdlib>
#include <thread>

#include "tests/unit/analyzer/lsp/editing.h"

namespace assay::lsp {
namespace {

const char kRule[] = R"(---
id: OWN0001
name: own
severity: high
precision: high
resources: [aws/s3/bucket]
at: acl
---
# The bucket's acl is not private

## How to fix
Make it private.

```cel
resource.acl != null && resource.acl != "private"
```
)";

std::map<std::string, std::string> terraform() {
  return {
      {"/w/main.tf", R"(resource "aws_s3_bucket" "b" {
  count  = 2
  bucket = "x-${var.env}-${count.index}"
  acl    = var.acl
}

resource "aws_security_group" "open" {
  name = local.name
  ingress {
    from_port   = 22
    to_port     = 22
    protocol    = "tcp"
    cidr_blocks = ["0.0.0.0/0"]
  }
}

module "net" {
  source   = "./modules/net"
  for_each = toset(["a", "b"])
  acl      = var.acl
  cidr     = each.key == "a" ? "0.0.0.0/0" : "10.0.0.0/8"
}

# assay:ignore AWS0101 agreed with the team
resource "aws_s3_bucket_policy" "p" {
  bucket = aws_s3_bucket.b[0].id
  policy = jsonencode({ Version = "2012-10-17", Statement = [{ Effect = "Allow", Principal = "*", Action = "*", Resource = "*" }] })
}
)"},
      {"/w/variables.tf", "variable \"acl\" {\n  default = \"public-read\"\n}\nvariable \"env\" {\n  type = string\n}\nvariable \"many\" {\n  default = 2\n}\n"
                          "locals {\n  name = \"web-${var.env}\"\n}\n"},
      {"/w/terraform.tfvars", "env = \"prod\"\n"},
      {"/w/modules/net/main.tf", R"(variable "acl" {}
variable "cidr" {
  default = "0.0.0.0/0"
}
resource "aws_security_group_rule" "r" {
  type        = "ingress"
  from_port   = 443
  to_port     = 443
  protocol    = "tcp"
  cidr_blocks = [var.cidr]
}
resource "aws_s3_bucket" "inner" {
  acl = var.acl
}
)"},
      {"/w/modules/net/outputs.tf", "output \"id\" {\n  value = aws_s3_bucket.inner.id\n}\noutput \"name\" {\n  value = var.acl\n}\n"},
      {"/w/other/main.tf", "module \"net\" {\n  source = \"../modules/net\"\n  acl = \"private\"\n}\nresource \"aws_s3_bucket\" \"o\" {\n  bucket = module.net.id\n  acl = module.net.name\n}\n"},
      {"/w/other/x.tf.json", "{\"resource\": {\"aws_ebs_volume\": {\"v\": {\"availability_zone\": \"a\", \"size\": 22, \"encrypted\": false}}}}\n"},
  };
}

std::map<std::string, std::string> manifests() {
  return {
      {"/w/k8s/deploy.yaml", R"(apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: shop
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: robot
      containers:
        - name: web
          image: nginx:latest
          securityContext:
            privileged: true  # assay:ignore KUB0001 for now
          envFrom:
            - configMapRef: {name: settings}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
data: {a: b}
)"},
      {"/w/k8s/service.yaml", "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec:\n  type: LoadBalancer\n  selector: {app: web}\n  ports: [{port: 22}]\n"},
      {"/w/k8s/rbac.yaml", R"(apiVersion: v1
kind: ServiceAccount
metadata: {name: robot, namespace: shop}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: all}
rules:
  - apiGroups: ["*"]
    resources: ["*"]
    verbs: ["*"]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: robot}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: all}
subjects:
  - {kind: ServiceAccount, name: robot, namespace: shop}
)"},
      {"/w/k8s/policy.yaml", "apiVersion: networking.k8s.io/v1\nkind: NetworkPolicy\nmetadata: {name: deny, namespace: shop}\nspec: {podSelector: {}, policyTypes: [Ingress]}\n"},
  };
}

std::map<std::string, std::string> templates() {
  return {
      {"/w/cfn/site.yaml", R"(Parameters:
  Acl: {Type: String, Default: PublicRead}
  Env: {Type: String, Default: prod, AllowedValues: [prod, dev]}
Conditions:
  IsProd: !Equals [!Ref Env, prod]
Resources:
  Site:
    Type: AWS::S3::Bucket
    Condition: IsProd
    Properties:
      AccessControl: !Ref Acl
  Door:
    Type: AWS::EC2::SecurityGroup
    Properties:
      GroupDescription: !Sub "${Env}-door"
      SecurityGroupIngress:
        - {IpProtocol: tcp, FromPort: 22, ToPort: 22, CidrIp: !If [IsProd, 0.0.0.0/0, 10.0.0.0/8]}
)"},
      {"/w/cfn/role.json", R"({"Resources": {"Role": {"Type": "AWS::IAM::Role", "Properties": {"AssumeRolePolicyDocument": {"Statement": [
  {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]},
  "Policies": [{"PolicyName": "p", "PolicyDocument": {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}}]}}}}
)"},
  };
}

std::map<std::string, std::string> configuration() {
  return {
      {"/w/assay.yaml", "policies: [policies]\nmaybe: true\nsuppressions:\n  - rule: AWS0102\n    paths: [other/**]\n    reason: as agreed\noverrides:\n  - paths: [cfn/**]\n"
                        "    severities: {AWS0101: low}\n"},
      {"/w/policies/own.md", kRule},
      {"/w/.gitignore", "ignored/\n*.bak\n"},
      {"/w/notes.txt", "The key is token = \"web\"\npassword: prod-hunter2hunter2\n"},
      {"/w/ignored/main.tf", "resource \"aws_s3_bucket\" \"i\" {\n  acl = \"public-read\"\n}\n"},
  };
}

// The first line that differs, with what stands around it.
std::string difference(const std::string& a, const std::string& b) {
  size_t at = 0;
  while (at < a.size() && at < b.size() && a[at] == b[at]) ++at;
  auto line = [&](const std::string& text) {
    size_t begin = text.rfind('\n', at == 0 ? 0 : at - 1);
    begin = begin == std::string::npos ? 0 : begin + 1;
    size_t end = text.find('\n', at);
    return text.substr(begin, std::min<size_t>(end == std::string::npos ? std::string::npos : end - begin, 600));
  };
  return "the engine: " + line(a) + "\nfreshly:    " + line(b);
}

void edit(std::map<std::string, std::string> texts, uint32_t salt) {
  const char* wanted = std::getenv("ASSAY_LSP_EDITS");
  const char* seed = std::getenv("ASSAY_LSP_SEED");
  size_t count = wanted ? static_cast<size_t>(std::atoll(wanted)) / 4 : 150;
  Workspace workspace(std::move(texts), (seed ? static_cast<uint32_t>(std::atoll(seed)) : 1) * 1000 + salt);
  Setup setup = workspace.setup();
  auto engine = make_scan_engine(setup);
  Oracle oracle(setup);
  std::atomic<bool> cancelled{false};
  std::string done = "nothing";
  for (size_t step = 0; step < count; ++step) {
    if (step % 3 == 1) {
      // Cancelled somewhere on the way: what is kept must be as good as before.
      std::thread impatient([&] {
        std::this_thread::sleep_for(std::chrono::microseconds(step * 7919 % 5000));
        cancelled = true;
      });
      engine->analyse(workspace.snapshot(), cancelled);
      impatient.join();
      cancelled = false;
      if (step % 2 == 1) done += ", cancelled, " + workspace.edit();
    }
    auto analysis = engine->analyse(workspace.snapshot(), cancelled);
    ASSERT_TRUE(analysis);
    auto fresh = oracle.analyse(workspace.snapshot());
    std::string a = told(*analysis), b = told(*fresh);
    ASSERT_EQ(a == b, true) << "diagnostics after edit " << step << ", " << done << "\n" << difference(a, b) << "\n" << workspace.show();
    auto [path, offset] = workspace.place();
    a = answers(*analysis, *setup.disk, path, offset), b = answers(*fresh, *setup.disk, path, offset);
    ASSERT_EQ(a == b, true) << "answers at " << path << " " << offset << " after edit " << step << ", " << done << "\n" << difference(a, b) << "\n" << workspace.show();
    if (step % 4 == 0 && analysis->areas.size() == fresh->areas.size()) {  // of layers none has it all
      a = reported(*analysis), b = reported(*fresh);
      ASSERT_EQ(a == b, true) << "report after edit " << step << ", " << done << "\n" << difference(a, b) << "\n" << workspace.show();
    }
    done = workspace.edit();
  }
}

std::map<std::string, std::string> all() {
  std::map<std::string, std::string> out;
  for (const auto& part : {terraform(), manifests(), templates(), configuration()}) out.insert(part.begin(), part.end());
  return out;
}

TEST(RandomEditsTest, Terraform) { edit(terraform(), 1); }
TEST(RandomEditsTest, Manifests) { edit(manifests(), 2); }
TEST(RandomEditsTest, Templates) { edit(templates(), 3); }
TEST(RandomEditsTest, AllTogetherWithConfiguration) { edit(all(), 4); }

}  // namespace
}  // namespace assay::lsp
