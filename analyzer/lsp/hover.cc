// Hovers and inlay hints: the pages of rules, and the values that evaluation found.
#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "analyzer/lsp/features.h"
#include "parsers/core/text.h"
#include "parsers/model/origin.h"
#include "parsers/model/value.h"
#include "rules/engine/rule_set.h"
#include "rules/lang/pack/pack.h"
#include "sarif/redact.h"

namespace assay::lsp {
namespace {

using model::Origin;
using model::OriginKind;
using model::Value;

constexpr size_t kMostValueBytes = 600, kMostHintBytes = 40, kMostInstances = 5, kMostHints = 2000;
constexpr int kMaxDepth = 64;

bool holds(const core::Span& span, core::FileId file, uint32_t offset) {
  return span.valid() && span.file == file && span.begin <= offset && offset <= span.end;
}

// Hops that hand a value on as it is.
bool hands_on(OriginKind kind) {
  return kind == OriginKind::kReference || kind == OriginKind::kVariableDefault || kind == OriginKind::kVariableValue ||
         kind == OriginKind::kModuleArgument || kind == OriginKind::kModuleOutput || kind == OriginKind::kLocal || kind == OriginKind::kAnchor;
}

struct Candidate {
  core::Span span;
  const Value* value = nullptr;
  const model::Resource* resource = nullptr;
  std::string path;  // of the attribute
};

// Calls `visit` for the value and its parts: (value, path).
void walk(const Value& value, const std::string& path, int depth, const std::function<bool(const Value&, const std::string&)>& visit) {
  if (depth > kMaxDepth || !visit(value, path)) return;
  if (value.is_mapping()) {
    for (const model::Entry& entry : value.entries()) {
      walk(entry.value, path.empty() ? std::string(entry.key) : path + "." + std::string(entry.key), depth + 1, visit);
    }
  } else if (value.is_sequence()) {
    for (size_t i = 0; i < value.items().size(); ++i) walk(value.items()[i], path + "[" + std::to_string(i) + "]", depth + 1, visit);
  }
}

// Arguments that are about a block and have no value: types, addresses of providers and of other blocks.
bool is_about_block(const model::Resource& resource, std::string_view path) {
  std::string_view key = path.substr(0, path.find_first_of(".["));
  if (resource.kind == "variable") return key == "type";
  return resource.format == "terraform" && (key == "provider" || key == "providers" || key == "depends_on" || key == "lifecycle");
}

// The narrowest place at the offset whose value is known to the model, with each value that it has there.
class Search {
 public:
  Search(Query& query, uint32_t offset) : file_(query.place.file), offset_(offset) {
    for (const model::Resource* resource : query.layer().resources(file_)) {
      if (resource->format == "assay" || resource->type.starts_with("assay/")) continue;
      bool here = holds(resource->span, file_, offset);
      walk(resource->attributes, "", 0, [&](const Value& value, const std::string& path) {
        if (!path.empty() && is_about_block(*resource, path)) return false;
        if (value.is_mapping()) {
          for (const model::Entry& entry : value.entries()) {
            if (path.empty() && is_about_block(*resource, entry.key)) continue;
            if (here && holds(entry.key_span, file_, offset)) {
              consider({entry.key_span, &entry.value, resource, path.empty() ? std::string(entry.key) : path + "." + std::string(entry.key)});
            }
          }
        }
        if (holds(value.span, file_, offset) && !value.is_mapping()) consider({value.span, &value, resource, path});
        const Origin* hop = value.origin;
        for (int steps = 0; hop && hands_on(hop->kind) && steps < kMaxDepth; ++steps) {
          if (holds(hop->span, file_, offset)) consider({hop->span, &value, resource, path});
          hop = hop->from_count == 1 ? hop->from()[0] : nullptr;
        }
        if (hop && hop->kind == OriginKind::kLiteral && holds(hop->span, file_, offset) && !value.is_mapping()) {
          consider({hop->span, &value, resource, path});
        }
        return true;
      });
    }
  }

  std::vector<Candidate> found;

 private:
  void consider(Candidate one) {
    if (!found.empty() && found[0].span.size() < one.span.size()) return;
    if (!found.empty() && one.span.size() < found[0].span.size()) found.clear();
    found.push_back(std::move(one));
  }
  core::FileId file_;
  uint32_t offset_;
};

std::string clipped(std::string text, size_t most) {
  if (text.size() <= most) return text;
  while (most > 0 && (static_cast<unsigned char>(text[most]) & 0xc0) == 0x80) --most;
  return text.substr(0, most) + "…";
}

std::string certainty(const Value& value, const model::Guards& guards) {
  if (model::wholly_known(value)) return "certain";
  std::string causes;
  for (core::Symbol cause : model::causes_of(value, guards)) causes += (causes.empty() ? "" : ", ") + ("`" + std::string(cause.text()) + "`");
  std::string_view what = value.is_unknown() ? "not known" : value.is_alternatives() ? "one of several" : "known in part";
  return std::string(what) + (causes.empty() ? "" : "; depends on " + causes);
}

// As code in Markdown, whatever is inside.
std::string fenced(const std::string& text) {
  std::string fence = "```";
  while (text.find(fence) != std::string::npos) fence += '`';
  return fence + "\n" + text + "\n" + fence;
}

std::string page_of(const rules::RuleInfo& given) {
  rules::RuleInfo rule = given;
  if (rule.what.empty()) rules::complete_texts(rule);
  std::string href = rule_address(rule);
  std::string name = rule.id + " " + rule.name;
  std::string out = "### " + (href.empty() ? name : "[" + name + "](" + href + ")") + "\n" + std::string(rules::severity_name(rule.severity)) +
                    (rule.precision.empty() ? "" : " · precision " + rule.precision) + "\n\n**" + rule.title + "**\n";
  if (!rule.what.empty()) out += "\n" + rule.what + "\n";
  if (!rule.why.empty()) out += "\n**Why it matters.** " + rule.why + "\n";
  if (!rule.how.empty()) out += "\n**How to fix.** " + rule.how + "\n";
  return out;
}

// Values at a place, with where they come from.
std::string values_text(Query& query, const std::vector<Candidate>& found, const report::Redactor& redactor) {
  const pipeline::Scan& scan = query.place.scan();
  std::map<std::string, std::vector<const Candidate*>> by_text;
  for (const Candidate& one : found) {
    const model::Guards& guards = one.resource->root->guards;
    std::string text = redactor.message(model::to_text(*one.value, &guards));
    by_text[clipped(std::move(text), kMostValueBytes) + "\n" + certainty(*one.value, guards)].push_back(&one);
  }
  std::string out;
  size_t shown = 0;
  for (const auto& [key, list] : by_text) {
    if (shown++ == kMostInstances) {
      out += "\n… and " + std::to_string(by_text.size() - kMostInstances) + " other values\n";
      break;
    }
    size_t cut = key.rfind('\n');
    const Candidate& first = *list[0];
    out += (out.empty() ? "" : "\n") + fenced(key.substr(0, cut)) + "\n" + key.substr(cut + 1);
    std::set<std::string> places;
    for (const Candidate* one : list) places.insert("`" + std::string(one->resource->address) + "`" + (one->path.empty() ? "" : " " + one->path));
    size_t listed = 0;
    out += "; ";
    for (const std::string& place : places) {
      if (listed == kMostInstances) {
        out += ", …";
        break;
      }
      out += (listed++ ? ", " : "") + place;
    }
    out += "\n";
    for (const Origin* hop : model::chain(first.value->origin)) {
      if (!hop->span.valid()) continue;
      Location at = query.ranges.location(scan, hop->span);
      std::string_view what = hop->what.empty() ? model::kind_name(hop->kind) : hop->what;
      out += "- " + redactor.message(what) + (hop->what.empty() ? "" : " (" + std::string(model::kind_name(hop->kind)) + ")") + ": [" +
             scan.sources.path(hop->span.file) + ":" + std::to_string(at.range.start.line + 1) + "](" + at.uri + "#L" +
             std::to_string(at.range.start.line + 1) + ")\n";
    }
  }
  return out;
}

}  // namespace

std::optional<HoverText> hover(Query& query, Position position) {
  if (!query.place.area || !query.lines()) return std::nullopt;
  const pipeline::Scan& scan = query.place.scan();
  const report::Redactor& redactor = query.layer().redactor();
  uint32_t offset = query.offset(position);
  HoverText out;
  bool has_range = false;
  std::set<uint32_t> told;
  for (const rules::Finding& finding : scan.report.findings) {
    if (!is_shown(finding) || !holds(finding.region, query.place.file, offset)) continue;
    if (!has_range) out.range = query.ranges.location(scan, finding.region).range;
    has_range = true;
    if (told.insert(finding.rule).second) out.markdown += (out.markdown.empty() ? "" : "\n---\n") + page_of(scan.report.rules[finding.rule]);
  }
  Search search(query, offset);
  if (!search.found.empty()) {
    std::string text = values_text(query, search.found, redactor);
    out.markdown = text + (out.markdown.empty() ? "" : "\n---\n") + out.markdown;
    if (!has_range) out.range = query.ranges.location(scan, search.found[0].span).range;
    has_range = true;
  }
  if (std::string text = permissions_at(query, offset); !text.empty()) {
    out.markdown = redactor.message(text) + (out.markdown.empty() ? "" : "\n---\n") + out.markdown;
    if (!has_range) out.range = query.range(offset, offset);
    has_range = true;
  }
  if (!has_range) return std::nullopt;
  return out;
}

std::vector<Hint> inlay_hints(Query& query, const Range& range) {
  std::vector<Hint> out;
  if (!query.place.area || !query.lines()) return out;
  const syntax::Tree* tree = query.tree();
  if (!tree || tree->language != syntax::Language::kHcl) return out;
  const report::Redactor& redactor = query.layer().redactor();
  uint32_t begin = query.offset(range.start), end = query.offset(range.end);
  struct Seen {
    std::string text;
    bool differs = false;
  };
  std::map<uint32_t, Seen> by_end;  // of expressions
  std::string_view source = query.text();
  for (const model::Resource* resource : query.layer().resources(query.place.file)) {
    if (resource->span.file != query.place.file || resource->span.end < begin || resource->span.begin > end) continue;
    walk(resource->attributes, "", 0, [&](const Value& value, const std::string& path) {
      if (!path.empty() && is_about_block(*resource, path)) return false;
      const core::Span& span = value.span;
      if (!value.is_primitive() || span.file != query.place.file || span.begin < begin || span.end > end || span.begin >= span.end) return true;
      if (span.end > source.size() || value.has_mark(model::kSensitive)) return true;
      // A literal says its value itself.
      std::string_view written = source.substr(span.begin, span.size());
      char first = written[0];
      bool expression = (core::is_alpha(first) && written != "true" && written != "false" && written != "null") || first == '(' || first == '!' ||
                        (first == '"' && written.find("${") != std::string_view::npos);
      if (!expression || written.find('\n') != std::string_view::npos) return true;
      std::string text = model::to_text(value);
      auto [at, is_new] = by_end.try_emplace(span.end, Seen{text, false});
      if (!is_new && at->second.text != text) at->second.differs = true;
      return true;
    });
  }
  for (const auto& [place, seen] : by_end) {
    if (out.size() == kMostHints) break;
    std::string text = seen.differs ? "several values" : redactor.message(seen.text);
    out.push_back({query.range(place, place).start, "= " + clipped(text, kMostHintBytes), seen.differs ? "It differs between instances." : text});
  }
  return out;
}

}  // namespace assay::lsp
