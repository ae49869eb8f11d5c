// Directives that are data: annotations of Kubernetes objects, Metadata of CloudFormation and ARM.
#include "parsers/core/text.h"
#include "rules/engine/suppression.h"

namespace assay::rules {
namespace {

Directive directive_at(const core::SourceSet& sources, const model::Resource& resource,
                       const core::Span& span, std::string_view form) {
  Directive out;
  out.span = span.valid() ? span : resource.header;
  if (out.span.valid()) out.line = sources.lines(out.span.file).position(out.span.begin).line;
  out.extent = resource.span;
  out.foreign = true;
  out.form = form;
  return out;
}

std::string_view text_of(const model::Value* value) {
  return value && value->is_string() ? value->text() : std::string_view{};
}

// The text behind `"key":` in JSON; empty when it is not there. Escapes are left as they are.
std::string_view json_member(std::string_view object, std::string_view key) {
  size_t at = object.find('"' + std::string(key) + '"');
  if (at == std::string_view::npos) return {};
  at = object.find_first_not_of(" \t\r\n:", at + key.size() + 2);
  if (at == std::string_view::npos || object[at] != '"') return {};
  size_t end = object.find('"', at + 1);
  return end == std::string_view::npos ? std::string_view{} : object.substr(at + 1, end - at - 1);
}

// runterrascan.io/skip: '[{"rule": "AC_K8S_0073", "comment": "why"}]'.
void add_terrascan(std::string_view text, const Directive& base, std::vector<Directive>& out) {
  for (size_t at = text.find('{'); at != std::string_view::npos; at = text.find('{', at + 1)) {
    std::string_view object = text.substr(
        at, text.find('}', at) == std::string_view::npos ? text.size() : text.find('}', at) - at);
    std::string_view rule = json_member(object, "rule");
    if (rule.empty()) continue;
    Directive one = base;
    one.rule = rule;
    one.reason = json_member(object, "comment");
    out.push_back(std::move(one));
  }
}

void add_annotation(const core::SourceSet& sources, const model::Resource& resource,
                    const model::Entry& entry, std::vector<Directive>& out) {
  constexpr std::string_view kKubeLinter = "ignore-check.kube-linter.io/",
                             kPolaris = "polaris.fairwinds.com/", kExempt = "-exempt";
  std::string_view key = entry.key, text = text_of(&entry.value);
  bool truth = core::trim(text) == "true" || entry.value.is_true();
  Directive base = directive_at(sources, resource, entry.key_span, key.substr(0, key.find('/')));
  if (key.starts_with(kKubeLinter)) {
    base.form = "ignore-check.kube-linter.io";
    base.rule = key.substr(kKubeLinter.size());
    base.reason = text;
    out.push_back(std::move(base));
  } else if (key.starts_with("checkov.io/skip") || key.starts_with("bridgecrew.io/skip") ||
             key.starts_with("cortex.io/skip")) {
    size_t equals = text.find('=');
    if (equals != std::string_view::npos) base.reason = core::trim(text.substr(equals + 1));
    for (std::string_view id : core::split(text.substr(0, equals), ',')) {
      base.rule = core::trim(id);
      if (!base.rule.empty()) out.push_back(base);
    }
  } else if (key == "kube-linter.io/ignore-all") {
    base.rule = "*";
    base.reason = text;
    out.push_back(std::move(base));
  } else if (key == "kube-score/ignore") {
    base.wordless = true;
    for (std::string_view id : core::split(text, ',')) {
      base.rule = core::trim(id);
      if (!base.rule.empty()) out.push_back(base);
    }
  } else if (key.starts_with(kPolaris) && truth) {
    std::string_view check = key.substr(kPolaris.size());
    base.wordless = true;
    if (check == "exempt")
      base.rule = "*";
    else if (check.ends_with(kExempt))
      base.rule = check.substr(0, check.size() - kExempt.size());
    else
      return;
    out.push_back(std::move(base));
  } else if (key == "runterrascan.io/skip") {
    add_terrascan(text, base, out);
  } else if (key == "assay/ignore" || key.starts_with("assay/ignore-")) {
    base.form = "assay/ignore";
    base.foreign = false;
    parse_own_directive(text, std::move(base), out);
  }
}

// Lists of rules in Metadata: objects with an id and a reason, or plain texts.
struct MetadataList {
  std::string_view path, id, reason, form;
  bool wordless = false;
};
constexpr MetadataList kMetadataLists[] = {
    {"checkov.skip", "id", "comment", "Metadata.checkov.skip"},
    {"cfn_nag.rules_to_suppress", "id", "reason", "Metadata.cfn_nag"},
    {"cdk_nag.rules_to_suppress", "id", "reason", "Metadata.cdk_nag"},
    {"cfn-lint.config.ignore_checks", "id", "reason", "Metadata.cfn-lint", true},
    {"guard.SuppressedRules", "id", "reason", "Metadata.guard", true},
};

const model::Value* find_path(const model::Value* value, std::string_view path) {
  for (std::string_view step : core::split(path, '.')) value = value ? value->find(step) : nullptr;
  return value;
}

void add_metadata(const core::SourceSet& sources, const model::Resource& resource,
                  const model::Value& metadata, std::vector<Directive>& out) {
  for (const MetadataList& list : kMetadataLists) {
    const model::Value* items = find_path(&metadata, list.path);
    if (!items || !items->is_sequence()) continue;
    for (const model::Value& item : items->items()) {
      const model::Value* id = item.is_string() ? &item : item.find(list.id);
      if (text_of(id).empty()) continue;
      Directive one = directive_at(sources, resource, id->span, list.form);
      one.rule = id->text();
      one.reason = text_of(item.is_string() ? nullptr : item.find(list.reason));
      one.wordless = list.wordless;
      out.push_back(std::move(one));
    }
  }
  const model::Value* own = find_path(&metadata, "assay.ignore");
  if (!own) return;
  auto add = [&](const model::Value& item) {
    Directive one = directive_at(sources, resource, item.span, "Metadata.assay");
    one.foreign = false;
    if (item.is_string()) return parse_own_directive(item.text(), std::move(one), out);
    one.rule = text_of(item.find("rule"));
    one.reason = text_of(item.find("reason"));
    one.owner = text_of(item.find("owner"));
    std::string_view until = text_of(item.find("until"));
    (until.empty() || is_date(until) ? one.until : one.bad_until) = until;
    out.push_back(std::move(one));
  };
  if (!own->is_sequence()) return add(*own);
  for (const model::Value& item : own->items()) add(item);
}

}  // namespace

std::vector<Directive> annotation_directives(const core::SourceSet& sources,
                                             const model::Resource& resource) {
  std::vector<Directive> out;
  // Manifests have annotations in their attributes, objects of Terraform in their views.
  const model::Value* head = resource.attributes.find("metadata");
  bool is_manifest = head && head->is_mapping();
  const model::Value* notes = is_manifest ? head->find("annotations") : nullptr;
  const model::Value* metadata = nullptr;
  for (const model::View& view : resource.views) {
    if (!is_manifest && !notes) notes = model::at_path(view.value, "metadata.annotations");
    if (!metadata) metadata = model::at_path(view.value, "Metadata");
  }
  if (notes && notes->is_mapping()) {
    for (const model::Entry& entry : notes->entries())
      add_annotation(sources, resource, entry, out);
  }
  if (!metadata) metadata = model::at_path(resource.attributes, "Metadata");
  if (!metadata && resource.format == "arm")
    metadata = model::at_path(resource.attributes, "metadata");
  if (metadata && metadata->is_mapping()) add_metadata(sources, resource, *metadata, out);
  return out;
}

}  // namespace assay::rules
