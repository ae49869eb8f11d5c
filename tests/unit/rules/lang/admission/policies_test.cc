#include "rules/lang/admission/admission.h"
#include "rules/lang/admission/documents.h"
#include "rules/lang/admission/kinds.h"

#include "parsers/syntax/yaml/reader.h"

namespace assay::rules::admission {
namespace {

// One policy with one validation over pods, and its binding.
std::string policy(const std::string& spec, const std::string& binding = "validationActions: [Deny]") {
  return "apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: p}\nspec:\n"
         "  matchConstraints: {resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: ['*'], resources: ['*']}]}\n" +
         spec + "---\napiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicyBinding\nmetadata: {name: b}\nspec:\n  policyName: p\n  " +
         binding + "\n";
}

struct Judged {
  std::unique_ptr<const PolicySet> set;
  Answer answer;
  std::string text() const { return answer.decisions.empty() ? "allowed" : answer.decisions[0].message; }
};

Judged judge(const std::string& policies, const std::string& object, bool complete = true, Operation operation = Operation::kCreate) {
  Judged out;
  out.set = load_policies({{"policy.yaml", policies}}, complete);
  for (const LoadError& error : out.set->errors) ADD_FAILURE() << error.line << ":" << error.column << ": " << error.message;
  static core::Arena arena;
  auto tree = syntax::read_yaml(0, *new std::string(object));
  auto* value = arena.make<model::Value>(value_of(*tree, tree->root->child(0)->child(0), arena));
  Request request;
  auto text = [&](std::string_view path) {
    const model::Value* found = model::at_path(*value, path);
    return found ? found->text() : std::string_view();
  };
  auto [group, version] = split_api_version(text("apiVersion"));
  static std::string resource;
  resource = resource_of_kind(text("kind"));
  request.kind = request.request_kind = {group, version, text("kind")};
  request.resource = request.request_resource = {group, version, resource};
  request.name = text("metadata.name");
  request.name_space = is_cluster_scoped(group, text("kind")) ? "" : text("metadata.namespace");
  request.operation = operation;
  request.object = value;
  static const model::Value kNobody = model::object_value({}, arena);
  request.user_info = &kNobody;
  static Scratch scratch;
  out.set->judge(request, scratch, out.answer);
  return out;
}

const char kPod[] = "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: ns, labels: {app: web}}, spec: {containers: [{name: c, image: nginx}]}}";

std::vector<std::string> errors_of(const std::string& text) {
  std::vector<std::string> out;
  auto set = load_policies({{"p.yaml", text}});
  for (const LoadError& error : set->errors) {
    out.push_back(std::to_string(error.line) + ":" + std::to_string(error.column) + ": " + error.message);
  }
  return out;
}

TEST(Policies, DecideWithMessagesAndReasons) {
  Judged out = judge(policy("  validations: [{expression: object.metadata.name != 'a', messageExpression: \"'no ' + object.metadata.name\", reason: Forbidden}]\n"), kPod);
  ASSERT_EQ(out.answer.decisions.size(), 1u);
  EXPECT_EQ(deny_text(out.answer.decisions[0]), "ValidatingAdmissionPolicy 'p' with binding 'b' denied request: no a");
  EXPECT_EQ(out.answer.decisions[0].code, 403);
  EXPECT_EQ(out.answer.decisions[0].field, "metadata.name");
  EXPECT_TRUE(out.answer.denied());
  EXPECT_EQ(judge(policy("  validations: [{expression: ' object.metadata.name != \"a\" '}]\n"), kPod).text(), "failed expression: object.metadata.name != \"a\"");
}

TEST(Policies, WarnAndAuditDoNotDeny) {
  Judged out = judge(policy("  validations: [{expression: 'false', message: m}]\n", "validationActions: [Warn, Audit]"), kPod);
  EXPECT_FALSE(out.answer.denied());
  EXPECT_EQ(warn_text(out.answer.decisions.at(0)), "Validation failed for ValidatingAdmissionPolicy 'p' with binding 'b': m");
  EXPECT_EQ(out.answer.audit_failures(),
            "[{\"message\":\"m\",\"policy\":\"p\",\"binding\":\"b\",\"expressionIndex\":0,\"validationActions\":[\"Warn\",\"Audit\"]}]");
}

TEST(Policies, FailurePolicyDecidesAboutErrors) {
  std::string broken = "  validations: [{expression: object.spec.absent == 1}]\n";
  EXPECT_EQ(judge(policy(broken), kPod).text(), "expression 'object.spec.absent == 1' resulted in error: no such key: absent");
  EXPECT_EQ(judge(policy("  failurePolicy: Ignore\n" + broken), kPod).text(), "allowed");
}

TEST(Policies, NothingBoundSaysNothing) {
  std::string text = policy("  validations: [{expression: 'false'}]\n");
  text = text.substr(0, text.find("---"));
  EXPECT_EQ(judge(text, kPod).text(), "allowed");
  EXPECT_TRUE(load_policies({{"p.yaml", text}}, true, true)->errors.empty());
}

TEST(Policies, AFalseConditionWinsOverErrors) {
  EXPECT_EQ(judge(policy("  matchConditions: [{name: a, expression: object.nothing == 1}, {name: b, expression: 'false'}]\n  validations: [{expression: 'false'}]\n"), kPod).text(),
            "allowed");
  EXPECT_EQ(judge(policy("  matchConditions: [{name: a, expression: object.nothing == 1}]\n  validations: [{expression: 'false'}]\n"), kPod).text(),
            "expression 'object.nothing == 1' resulted in error: no such key: nothing");
}

TEST(Policies, ParametersThatAreNotKnownAreUndecided) {
  std::string spec = "  paramKind: {apiVersion: v1, kind: ConfigMap}\n  validations: [{expression: params.data.a == 'x', message: m}]\n";
  std::string binding = "validationActions: [Deny]\n  paramRef: {name: c, parameterNotFoundAction: Allow}";
  EXPECT_EQ(judge(policy(spec, binding), kPod, true).text(), "allowed");
  Judged open = judge(policy(spec, binding), kPod, false);
  ASSERT_EQ(open.answer.decisions.size(), 1u);
  EXPECT_EQ(open.answer.decisions[0].ground, Ground::kUndecided);
  std::string with = policy(spec, binding) + "---\n{apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: ns}, data: {a: y}}\n";
  EXPECT_EQ(judge(with, kPod, false).text(), "m");
}

TEST(Policies, UnknownNamespacesAndAuthorizersNeverPassSilently) {
  std::string unknown = policy("  validations: [{expression: namespaceObject.metadata.name == 'ns'}]\n");
  EXPECT_EQ(judge(unknown, kPod).answer.decisions.at(0).ground, Ground::kUndecided);
  std::string asks = policy("  validations: [{expression: authorizer.group('').resource('pods').check('create').allowed()}]\n");
  EXPECT_EQ(judge(asks, kPod).answer.decisions.at(0).ground, Ground::kUndecided);
  // What is true whatever the authorizer says is true.
  EXPECT_EQ(judge(policy("  validations: [{expression: \"authorizer.path('/x').check('get').allowed() || object.kind == 'Pod'\"}]\n"), kPod).text(), "allowed");
}

TEST(Policies, LabelsOfUnknownNamespacesMatchPerhaps) {
  std::string text = policy("  validations: [{expression: 'false', message: m}]\n",
                            "validationActions: [Deny]\n  matchResources: {namespaceSelector: {matchLabels: {env: prod}}}");
  Judged out = judge(text, kPod);
  ASSERT_EQ(out.answer.decisions.size(), 1u);
  EXPECT_FALSE(out.answer.decisions[0].certain);
  std::string known = text + "---\n{apiVersion: v1, kind: Namespace, metadata: {name: ns, labels: {env: dev}}}\n";
  EXPECT_EQ(judge(known, kPod).text(), "allowed");
  std::string by_name = policy("  validations: [{expression: 'false', message: m}]\n",
                               "validationActions: [Deny]\n  matchResources: {namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: NotIn, values: [ns]}]}}");
  EXPECT_EQ(judge(by_name, kPod).text(), "allowed");
}

TEST(Policies, ObjectsThatConfigureAdmissionAreExempt) {
  EXPECT_EQ(judge(policy("  validations: [{expression: 'false'}]\n"),
                  "{apiVersion: admissionregistration.k8s.io/v1, kind: ValidatingAdmissionPolicy, metadata: {name: x}}").text(), "allowed");
}

TEST(Policies, ErrorsPointAtTheToken) {
  EXPECT_EQ(errors_of(policy("  validations: [{expression: 'request.kindd.kind == \"Pod\"'}]\n")),
            std::vector<std::string>{"6:31: kubernetes.AdmissionRequest has no field 'kindd'; did you mean \"kind\"?"});
  EXPECT_EQ(errors_of(policy("  validations:\n  - expression: |\n      true &&\n      objct.x\n"))[0], "9:7: undeclared reference to 'objct'; did you mean 'object'?");
  EXPECT_EQ(errors_of(policy("  validations: [{expression: object.a}]\n"))[0], "6:30: the expression must give bool, not dyn");
  EXPECT_EQ(errors_of(policy("  variables: [{name: b, expression: variables.a}, {name: a, expression: '1'}]\n  validations: [{expression: 'true'}]\n"))[0],
            "6:37: kubernetes.variables has no field 'a'");
  EXPECT_EQ(errors_of(policy("  validations: [{expression: \"object.a in [1, 'x']\"}]\n")).size(), 1u);
  EXPECT_EQ(errors_of(policy("  validations: [{expression: \"duration('1 hour') < duration('1h')\"}]\n"))[0], "6:40: not a duration: \"1 hour\"");
  EXPECT_EQ(errors_of(policy("  validations: [{expression: \"object.kind.matches('(')\"}]\n")).size(), 1u);
  EXPECT_EQ(errors_of(policy("  validation: []\n"))[0], "6:3: there is no field `validation` here; did you mean \"validations\"?");
}

TEST(Policies, CostIsLimited) {
  std::string text = policy("  validations: [{expression: 'lists.range(1000).all(i, lists.range(1000).all(j, i + j >= 0))'}]\n");
  EXPECT_EQ(judge(text, kPod).text(),
            "expression 'lists.range(1000).all(i, lists.range(1000).all(j, i + j >= 0))' resulted in error: operation cancelled: actual cost limit exceeded");
}

TEST(Kinds, ResourcesOfKinds) {
  EXPECT_EQ(resource_of_kind("NetworkPolicy"), "networkpolicies");
  EXPECT_EQ(resource_of_kind("Ingress"), "ingresses");
  EXPECT_EQ(resource_of_kind("Endpoints"), "endpoints");
  EXPECT_EQ(resource_of_kind("Gateway"), "gateways");
  EXPECT_TRUE(is_cluster_scoped("", "Namespace"));
  EXPECT_FALSE(is_cluster_scoped("apps", "Deployment"));
}

TEST(Requests, AreReadStrictly) {
  core::Arena arena;
  auto read = [&](const char* text, Request& out) {
    auto tree = syntax::read_yaml(0, text);
    auto* value = arena.make<model::Value>(value_of(*tree, tree->root->child(0)->child(0), arena));
    std::string error;
    return read_request(*value, out, error) ? "" : error;
  };
  Request out;
  EXPECT_EQ(read("{uid: u, kind: {group: '', version: v1, kind: Pod}, resource: {group: '', version: v1, resource: pods}, operation: CREATE, object: {}, dryRun: true}", out), "");
  EXPECT_EQ(out.kind.kind, "Pod");
  EXPECT_TRUE(out.dry_run);
  EXPECT_EQ(read("{kind: {version: v1, kind: Pod}}", out), "`request.uid` is missing");
  EXPECT_EQ(read("{uid: u, kind: {version: v1, kind: Pod}, resource: {version: v1, resource: pods}, operation: PATCH}", out),
            "`request.operation` must be CREATE, UPDATE, DELETE or CONNECT");
  EXPECT_EQ(read("{uid: u, kind: {version: v1, kind: Pod}, resource: {version: v1, resource: pods}, operation: CREATE}", out), "`request.object` is missing");
}

}  // namespace
}  // namespace assay::rules::admission
