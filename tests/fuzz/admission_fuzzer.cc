// Any bytes as an AdmissionReview, and as the object inside a good one: no crash, no hang, and either a refusal or an answer
// that echoes what was asked.
#include "analyzer/serve/judge.h"
#include "parsers/core/check.h"
#include "parsers/syntax/json/reader.h"

namespace {

using namespace assay;

const serve::PolicyState& policies() {
  static const std::shared_ptr<serve::PolicyState> state = [] {
    core::MemoryFileSystem files;
    files.add_file("/p/vap.yaml", R"yaml(apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  matchConstraints: {resourceRules: [{apiGroups: ["*"], apiVersions: ["*"], operations: ["*"], resources: ["*/*", "*"]}]}
  validations:
  - {expression: "!has(object.spec) || !has(object.spec.replicas) || object.spec.replicas <= 5"}
  - {expression: "request.operation != 'DELETE' || oldObject != null", messageExpression: "string(request.name)"}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: b}
spec: {policyName: p, validationActions: [Deny]}
)yaml");
    pipeline::ScanOptions options;
    options.current_directory = "/";
    options.policies = {"/p"};
    std::vector<pipeline::UsageError> errors;
    auto made = serve::load_policies(files, options, errors);
    ASSAY_CHECK(made != nullptr);
    return made;
  }();
  return *state;
}

void ask(std::string body) {
  serve::Refusal why;
  std::unique_ptr<serve::Review> review = serve::read_review(std::move(body), why);
  if (!review) {
    ASSAY_CHECK(why.code == 400 && !why.message.empty());
    ASSAY_CHECK(!serve::write_status(why).empty());
    return;
  }
  serve::PolicyState::Borrowed workspace(policies());
  serve::Judgement judgement;
  serve::judge(*review, policies(), *workspace, core::Deadline::after(std::chrono::milliseconds(5000)), judgement);
  if (judgement.failed) {
    ASSAY_CHECK(judgement.refusal.code >= 400);
    return;
  }
  std::string answer = serve::write_reply(*review, judgement.reply);
  auto tree = syntax::read_json(0, answer);
  ASSAY_CHECK(tree->accepted && tree->problems.empty());
  ASSAY_CHECK(judgement.reply.allowed || !judgement.reply.message.empty());
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  std::string text(reinterpret_cast<const char*>(data), size);
  ask(text);
  ask(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"operation":"UPDATE","object":)" +
      text + R"(,"oldObject":)" + text + "}}");
  ask(R"({"kind":"AdmissionReview","apiVersion":"admission.k8s.io/v1","request":{"uid":"u","kind":{"group":"","version":"v1","kind":"Pod"},"resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE","object":{"metadata":{"name":"a"},"spec":)" +
      text + "}}}");
  return 0;
}
