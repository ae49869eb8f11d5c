// Requests out of AdmissionReviews, and what is said to them.
#include <algorithm>

#include "parsers/core/json_writer.h"
#include "rules/lang/admission/admission.h"

namespace assay::rules::admission {
namespace {

using model::Value;

std::string_view text_at(const Value* object, std::string_view key) {
  const Value* found = object ? object->find(key) : nullptr;
  return found && found->is_string() ? found->text() : std::string_view();
}
const Value* part(const Value& object, std::string_view key) {
  const Value* found = object.find(key);
  return found && !found->is_null() ? found : nullptr;
}
GroupVersionKind kind_of(const Value* value) { return {text_at(value, "group"), text_at(value, "version"), text_at(value, "kind")}; }
GroupVersionResource resource_of(const Value* value) { return {text_at(value, "group"), text_at(value, "version"), text_at(value, "resource")}; }

constexpr size_t kMaxAuditFailures = 50;

}  // namespace

std::string_view operation_text(Operation operation) {
  static constexpr std::string_view kTexts[] = {"CREATE", "UPDATE", "DELETE", "CONNECT"};
  return kTexts[static_cast<size_t>(operation)];
}

bool read_request(const Value& review_request, Request& out, std::string& error) {
  auto fail = [&](const char* message) {
    error = message;
    return false;
  };
  if (!review_request.is_mapping()) return fail("`request` must be an object");
  out = {};
  out.uid = text_at(&review_request, "uid");
  if (out.uid.empty()) return fail("`request.uid` is missing");
  out.name = text_at(&review_request, "name");
  out.name_space = text_at(&review_request, "namespace");
  out.subresource = text_at(&review_request, "subResource");
  out.kind = kind_of(part(review_request, "kind"));
  out.resource = resource_of(part(review_request, "resource"));
  if (out.kind.kind.empty() || out.kind.version.empty()) return fail("`request.kind` must have a version and a kind");
  if (out.resource.resource.empty() || out.resource.version.empty()) return fail("`request.resource` must have a version and a resource");
  const Value* kind = part(review_request, "requestKind");
  const Value* resource = part(review_request, "requestResource");
  out.request_kind = kind ? kind_of(kind) : out.kind;
  out.request_resource = resource ? resource_of(resource) : out.resource;
  const Value* subresource = part(review_request, "requestSubResource");
  out.request_subresource = subresource ? text_at(&review_request, "requestSubResource") : out.subresource;
  std::string_view operation = text_at(&review_request, "operation");
  static constexpr Operation kAll[] = {Operation::kCreate, Operation::kUpdate, Operation::kDelete, Operation::kConnect};
  auto found = std::find_if(std::begin(kAll), std::end(kAll), [&](Operation o) { return operation_text(o) == operation; });
  if (found == std::end(kAll)) return fail("`request.operation` must be CREATE, UPDATE, DELETE or CONNECT");
  out.operation = *found;
  const Value* dry_run = part(review_request, "dryRun");
  if (dry_run && !dry_run->is_bool()) return fail("`request.dryRun` must be a boolean");
  out.dry_run = dry_run && dry_run->is_true();
  for (std::string_view key : {"object", "oldObject", "options", "userInfo"}) {
    const Value* value = part(review_request, key);
    if (value && !value->is_mapping()) {
      error = "`request." + std::string(key) + "` must be an object";
      return false;
    }
  }
  out.object = part(review_request, "object");
  out.old_object = part(review_request, "oldObject");
  out.options = part(review_request, "options");
  out.user_info = part(review_request, "userInfo");
  bool needs_object = out.operation == Operation::kCreate || out.operation == Operation::kUpdate;
  if (needs_object && !out.object) return fail("`request.object` is missing");
  return true;
}

std::string deny_text(const Decision& decision) {
  std::string out = "ValidatingAdmissionPolicy '" + std::string(decision.policy) + "'";
  if (!decision.binding.empty()) out += " with binding '" + std::string(decision.binding) + "'";
  return out + " denied request: " + decision.message;
}

std::string warn_text(const Decision& decision) {
  std::string out = "Validation failed for ValidatingAdmissionPolicy '" + std::string(decision.policy) + "'";
  if (!decision.binding.empty()) out += " with binding '" + std::string(decision.binding) + "'";
  return out + ": " + decision.message;
}

bool Answer::denied() const {
  return std::any_of(decisions.begin(), decisions.end(), [](const Decision& decision) { return decision.deny; });
}

std::string Answer::audit_failures() const {
  bool any = std::any_of(decisions.begin(), decisions.end(), [](const Decision& decision) { return decision.audit; });
  if (!any) return {};
  std::string out;
  core::JsonWriter json(out);
  json.begin_array();
  size_t count = 0;
  for (const Decision& decision : decisions) {
    if (!decision.audit || ++count > kMaxAuditFailures) continue;
    json.begin_object().field("message", decision.message).field("policy", decision.policy).field("binding", decision.binding);
    json.field("expressionIndex", decision.expression).key("validationActions").raw(decision.actions).end_object();
  }
  json.end_array();
  return out;
}

void Answer::clear() {
  decisions.clear();
  audit_annotations.clear();
  policies_run = 0;
}

}  // namespace assay::rules::admission
