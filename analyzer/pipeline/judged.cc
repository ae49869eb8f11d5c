#include "analyzer/pipeline/judged.h"

#include <algorithm>
#include <map>
#include <set>
#include <tuple>

#include "parsers/formats/tree_value.h"

namespace assay::pipeline {
namespace {

bool is_resource(const model::Resource& resource) {
  return resource.kind == "resource" || resource.kind == "object" || resource.kind == "data";
}

void add_object(const model::Resource& resource, rules::JudgedResource& out) {
  out.name_space = formats::text_at(resource.attributes, "metadata.namespace");
  out.uid = formats::text_at(resource.attributes, "metadata.uid");
  std::string_view address = resource.stable_address;
  size_t slash = resource.type.rfind('/');
  std::string_view kind = slash == std::string_view::npos ? resource.type : resource.type.substr(slash + 1);
  out.cluster_scoped = address.size() == kind.size() + 1 + resource.name.size();  // Kind.name
  if (out.cluster_scoped) out.name_space.clear();
}

}  // namespace

std::vector<rules::JudgedResource> judged_resources(const model::Project& project, const rules::RuleSet& rules,
                                                    std::span<const rules::RuleFailure> failures,
                                                    std::span<const core::FileId> focus, const Controllers& controllers,
                                                    std::span<const rules::Finding> findings) {
  // Whatever of them will be reported: what is only possible, or of low severity, did not pass either.
  std::map<std::pair<core::FileId, std::string_view>, std::set<uint32_t>> objecting;
  for (const rules::Finding& finding : findings) {
    objecting[{finding.resource.extent.file, finding.resource.address}].insert(finding.rule);
  }
  std::map<std::string_view, std::vector<const rules::RuleFailure*>> failed;  // by address
  for (const rules::RuleFailure& failure : failures) failed[failure.address].push_back(&failure);
  std::vector<rules::JudgedResource> out;
  std::set<uint32_t> asked;
  for (const model::Resource* resource : project.resources) {
    if (!is_resource(*resource) || !resource->span.valid()) continue;
    if (!focus.empty() && !std::binary_search(focus.begin(), focus.end(), resource->span.file)) continue;
    asked.clear();
    for (const model::View& view : resource->views) {
      for (uint32_t rule : rules.for_type(view.type)) asked.insert(rule);
    }
    if (asked.empty()) continue;
    bool controlled = controllers.of(*resource) != nullptr;
    auto objections = objecting.find({resource->span.file, resource->address});
    if (controlled && objections == objecting.end()) continue;
    rules::JudgedResource& judged = out.emplace_back();
    judged.resource = {std::string(resource->address), std::string(resource->type), std::string(resource->name),
                       std::string(resource->format), resource->header, resource->span, {}};
    if (resource->format == "kubernetes") add_object(*resource, judged);
    auto found = failed.find(resource->address);
    if (found != failed.end()) {
      for (const rules::RuleFailure* failure : found->second) {
        bool elsewhere = failure->span.valid() && failure->span.file != resource->span.file;
        if (!elsewhere) judged.failed.emplace_back(failure->rule, failure->error);
      }
    }
    size_t others = judged.failed.size() + (objections == objecting.end() ? 0 : objections->second.size());
    judged.rules = controlled || others > asked.size() ? 0 : asked.size() - others;
  }
  const core::SourceSet& sources = *project.sources;
  std::stable_sort(out.begin(), out.end(), [&](const rules::JudgedResource& a, const rules::JudgedResource& b) {
    const core::Span &x = a.resource.extent, &y = b.resource.extent;
    if (x.file != y.file) return sources.path(x.file) < sources.path(y.file);
    return std::tie(x.begin, a.resource.address) < std::tie(y.begin, b.resource.address);
  });
  return out;
}

}  // namespace assay::pipeline
