// ValidatingAdmissionPolicies out of any text, asked about a Pod.
#include <cstdint>

#include "parsers/syntax/yaml/reader.h"
#include "rules/lang/admission/admission.h"
#include "rules/lang/admission/documents.h"

namespace {

constexpr std::string_view kPod =
    "{apiVersion: v1, kind: Pod, metadata: {name: a, namespace: prod, labels: {app: web}}, "
    "spec: {containers: [{name: c, image: 'nginx:1', resources: {limits: {memory: 1Gi}}}]}}";

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace assay::rules::admission;
  auto set = load_policies({{"fuzz.yaml", std::string(reinterpret_cast<const char*>(data), size)}}, false, true);
  static const auto* tree = assay::syntax::read_yaml(0, kPod).release();
  static assay::core::Arena arena;
  static const assay::model::Value pod = value_of(*tree, tree->root->child(0)->child(0), arena);
  Request request;
  request.kind = request.request_kind = {"", "v1", "Pod"};
  request.resource = request.request_resource = {"", "v1", "pods"};
  request.name = "a";
  request.name_space = "prod";
  request.object = &pod;
  Scratch scratch;
  Answer answer;
  set->judge(request, scratch, answer);
  (void)answer.audit_failures();
  return 0;
}
