#include "rules/engine/suppression.h"

#include <algorithm>
#include <unordered_map>

#include "parsers/core/text.h"
#include "rules/engine/named_rules.h"

namespace assay::rules {
namespace {

bool covers(const Directive& directive, const Finding& finding, const core::SourceSet& sources) {
  const core::Span& region = finding.region;
  const core::FileId file = directive.span.file;
  if (directive.whole_file) return region.file == file || finding.resource.header.file == file;
  if (directive.block.valid()) {
    return (region.valid() &&
            directive.block.contains({region.file, region.begin, region.begin})) ||
           directive.block.contains(finding.resource.header);
  }
  if (directive.extent.valid()) return directive.extent.contains(finding.resource.header);
  if (region.valid() && region.file == directive.span.file) {
    uint32_t line = sources.lines(region.file).position(region.begin).line;
    if (line == directive.line || (directive.next_line != 0 && line == directive.next_line))
      return true;
  }
  if (directive.line_only) return false;
  if (directive.next_line == 0) {
    // Behind the head of a block it covers the block.
    const core::Span& header = finding.resource.header;
    return header.valid() && header.file == directive.span.file &&
           sources.lines(header.file).position(header.begin).line == directive.line;
  }
  const core::Span& extent = finding.resource.extent;
  if (extent.contains(directive.span)) return true;
  // Above the head, or above the first line of a document, whose kind may come later.
  for (const core::Span* start : {&finding.resource.header, &extent}) {
    if (start->valid() && start->file == directive.span.file &&
        sources.lines(start->file).position(start->begin).line == directive.next_line) {
      return true;
    }
  }
  return false;
}

// Finds the directives that may cover a finding by the lines and places that covers() asks about,
// so that files full of directives and of findings are not compared each with each.
class DirectiveIndex {
 public:
  DirectiveIndex(const std::vector<Directive>& directives, const core::SourceSet& sources)
      : sources_(sources) {
    for (uint32_t i = 0; i < directives.size(); ++i) {
      const Directive& directive = directives[i];
      if (directive.selects) continue;
      if (directive.whole_file) {
        by_file_[directive.span.file].whole.push_back(i);
      } else if (directive.block.valid()) {
        by_file_[directive.span.file].extents.push_back(
            {directive.block.begin, directive.block.end, i});
      } else if (directive.extent.valid()) {
        Places& places = by_file_[directive.extent.file];
        places.extents.push_back({directive.extent.begin, directive.extent.end, i});
      } else {
        Places& places = by_file_[directive.span.file];
        places.by_line[directive.line].push_back(i);
        if (directive.next_line != 0) places.by_line[directive.next_line].push_back(i);
        places.spans.push_back({directive.span.begin, directive.span.end, i});
      }
    }
    for (auto& [file, places] : by_file_) {
      auto earlier = [](const Place& a, const Place& b) { return a.begin < b.begin; };
      std::stable_sort(places.extents.begin(), places.extents.end(), earlier);
      std::stable_sort(places.spans.begin(), places.spans.end(), earlier);
      uint32_t furthest = 0;
      for (const Place& place : places.extents)
        places.furthest.push_back(furthest = std::max(furthest, place.end));
    }
  }

  // Positions of the directives that may cover the finding, ascending.
  void near(const Finding& finding, std::vector<uint32_t>& out) const {
    out.clear();
    if (by_file_.empty()) return;
    for (const core::Span* start :
         {&finding.region, &finding.resource.header, &finding.resource.extent}) {
      const Places* places = places_of(*start);
      if (places == nullptr) continue;
      out.insert(out.end(), places->whole.begin(), places->whole.end());
      if (places->by_line.empty()) continue;
      auto found = places->by_line.find(sources_.lines(start->file).position(start->begin).line);
      if (found != places->by_line.end())
        out.insert(out.end(), found->second.begin(), found->second.end());
    }
    auto begins_before = [](const Place& place, uint32_t at) { return place.begin < at; };
    const core::Span& extent = finding.resource.extent;
    if (const Places* places = places_of(extent)) {
      auto at =
          std::lower_bound(places->spans.begin(), places->spans.end(), extent.begin, begins_before);
      for (; at != places->spans.end() && at->begin <= extent.end; ++at)
        out.push_back(at->directive);
    }
    for (const core::Span* inside : {&finding.resource.header, &finding.region}) {
      const Places* places = places_of(*inside);
      if (places == nullptr) continue;
      auto after = std::lower_bound(places->extents.begin(), places->extents.end(),
                                    inside->begin + 1, begins_before);
      // Backwards, until nothing before reaches as far.
      for (size_t i = static_cast<size_t>(after - places->extents.begin()); i-- > 0;) {
        if (places->furthest[i] < inside->begin) break;
        out.push_back(places->extents[i].directive);
      }
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
  }

 private:
  struct Place {
    uint32_t begin, end, directive;
  };
  struct Places {
    std::unordered_map<uint32_t, std::vector<uint32_t>> by_line;
    std::vector<Place> spans;  // of directives in comments, by where they begin
    std::vector<Place>
        extents;  // of directives in annotations and for blocks, by where those begin
    std::vector<uint32_t> furthest;  // the end that the extents up to here reach
    std::vector<uint32_t> whole;     // for the whole file
  };
  const Places* places_of(const core::Span& span) const {
    if (!span.valid()) return nullptr;
    auto found = by_file_.find(span.file);
    return found == by_file_.end() ? nullptr : &found->second;
  }

  const core::SourceSet& sources_;
  std::unordered_map<core::FileId, Places> by_file_;
};

// What directives in and above calls of modules cover: all that the call makes. A resource that
// several calls make is covered when all of them are.
class CoveredCalls {
 public:
  CoveredCalls(const std::vector<Directive>& directives, const SuppressionContext& context) {
    if (!context.project) return;
    std::unordered_map<core::FileId, std::vector<uint32_t>> by_file;
    for (uint32_t i = 0; i < directives.size(); ++i) {
      const Directive& one = directives[i];
      if (!one.selects && !one.whole_file && !one.line_only && !one.extent.valid())
        by_file[one.span.file].push_back(i);
    }
    if (by_file.empty()) return;
    struct Call {
      const model::Resource* row;
      uint32_t directive;
    };
    std::vector<Call> calls;
    for (const model::Resource* row : context.project->resources) {
      if (row->kind != "module" || row->format != "terraform" || !row->header.valid()) continue;
      auto found = by_file.find(row->header.file);
      if (found == by_file.end()) continue;
      uint32_t line = context.sources.lines(row->header.file).position(row->header.begin).line;
      for (uint32_t at : found->second) {
        const Directive& one = directives[at];
        bool alone = one.next_line != 0;
        if (alone ? row->span.contains(one.span) || one.next_line == line : one.line == line)
          calls.push_back({row, at});
      }
    }
    if (calls.empty()) return;
    for (const model::Resource* resource : context.project->resources) {
      if (resource->module_path.empty()) continue;
      std::string key = key_of(resource->address, resource->header);
      ++made_[key];
      for (const Call& call : calls) {
        std::string_view path = call.row->stable_address;
        bool inside = resource->root == call.row->root && resource->module_path.starts_with(path) &&
                      (resource->module_path.size() == path.size() ||
                       resource->module_path[path.size()] == '.');
        if (inside) ++covered_[call.directive][key];
      }
    }
  }

  bool empty() const { return covered_.empty(); }

  // Directives whose calls make the finding's resource and every other one that it stands for.
  void near(const Finding& finding, std::vector<uint32_t>& out) const {
    for (const auto& [directive, keys] : covered_) {
      if (covers(keys, finding)) out.push_back(directive);
    }
    std::sort(out.begin(), out.end());
    out.erase(std::unique(out.begin(), out.end()), out.end());
  }
  bool covers(uint32_t directive, const Finding& finding) const {
    auto keys = covered_.find(directive);
    return keys != covered_.end() && covers(keys->second, finding);
  }

 private:
  using Counts = std::unordered_map<std::string, uint32_t>;
  static std::string key_of(std::string_view address, const core::Span& header) {
    return std::string(address) + '\x1f' + std::to_string(header.file) + ':' +
           std::to_string(header.begin);
  }
  bool covers(const Counts& keys, const Finding& finding) const {
    auto all = [&](std::string_view address) {
      std::string key = key_of(address, finding.resource.header);
      auto made = made_.find(key);
      auto covered = keys.find(key);
      return made != made_.end() && covered != keys.end() && covered->second >= made->second;
    };
    if (!all(finding.resource.address)) return false;
    constexpr std::string_view kAlso = "also ";
    for (const RelatedPlace& place : finding.related) {
      std::string_view text = place.message;
      if (place.span == finding.resource.header && text.starts_with(kAlso) &&
          !all(text.substr(kAlso.size())))
        return false;
    }
    return true;
  }
  std::unordered_map<uint32_t, Counts> covered_;  // by directive
  Counts made_;
};

// Does the attribute have the value, or one of the blocks of that name?
bool has_value(const model::Value& value, std::string_view path, std::string_view wanted,
               int depth = 0) {
  if (depth > 32) return false;
  if (value.is_sequence()) {
    return std::any_of(value.items().begin(), value.items().end(), [&](const model::Value& item) {
      return has_value(item, path, wanted, depth + 1);
    });
  }
  if (path.empty()) {
    if (value.is_string()) return value.text() == wanted;
    return value.is_primitive() && model::literal_text(value) == wanted;
  }
  size_t dot = path.find('.');
  const model::Value* inner = value.find(path.substr(0, dot));
  return inner &&
         has_value(*inner,
                   dot == std::string_view::npos ? std::string_view{} : path.substr(dot + 1),
                   wanted, depth + 1);
}

// Resources by address, for directives that ask for values.
class Selection {
 public:
  explicit Selection(const SuppressionContext& context) : context_(context) {}
  bool meets(const Directive& directive, const Finding& finding) {
    if (!directive.workspace.empty() && !core::glob_match(directive.workspace, context_.workspace))
      return false;
    if (directive.where.empty()) return true;
    if (!context_.project) return false;
    if (by_address_.empty()) {
      for (const model::Resource* resource : context_.project->resources)
        by_address_.emplace(resource->address, resource);
    }
    // Every instance that the finding stands for must have the values.
    auto meets_all = [&](std::string_view address) {
      auto [at, end] = by_address_.equal_range(address);
      bool any = false;
      for (; at != end; ++at) {
        if (at->second->header != finding.resource.header) continue;
        any = true;
        for (const auto& [path, wanted] : directive.where) {
          if (!has_value(at->second->attributes, path, wanted)) return false;
        }
      }
      return any;
    };
    if (!meets_all(finding.resource.address)) return false;
    return std::all_of(finding.related.begin(), finding.related.end(),
                       [&](const RelatedPlace& place) {
                         std::string_view text = place.message;
                         return place.span != finding.resource.header ||
                                !text.starts_with("also ") || meets_all(text.substr(5));
                       });
  }

 private:
  const SuppressionContext& context_;
  std::unordered_multimap<std::string_view, const model::Resource*> by_address_;
};

bool is_expired(const Directive& directive, std::string_view today) {
  return !directive.until.empty() && directive.until < today;
}

}  // namespace

void apply_suppressions(std::vector<Finding>& findings, std::vector<Directive>& directives,
                        const SuppressionContext& context) {
  if (directives.empty()) return;
  const DirectiveIndex index(directives, context.sources);
  const CoveredCalls calls(directives, context);
  Selection selection(context);
  NamedRules named_rules(context.rules.rules());
  // Entries of a configuration, by the rules that they name: there may be thousands of both.
  std::vector<uint32_t> selecting_all;
  std::vector<std::vector<uint32_t>> selecting;
  for (uint32_t i = 0; i < directives.size(); ++i) {
    if (!directives[i].selects) continue;
    if (directives[i].rule == "*") selecting_all.push_back(i);
    if (directives[i].rule == "*") continue;
    selecting.resize(context.rules.rules().size());
    const std::vector<bool>& named = named_rules.of(directives[i].rule);
    for (size_t rule = 0; rule < named.size(); ++rule) {
      if (named[rule]) selecting[rule].push_back(i);
    }
  }
  std::vector<uint32_t> candidates;
  for (Finding& finding : findings) {
    index.near(finding, candidates);
    if (!calls.empty()) calls.near(finding, candidates);
    candidates.insert(candidates.end(), selecting_all.begin(), selecting_all.end());
    if (!selecting.empty())
      candidates.insert(candidates.end(), selecting[finding.rule].begin(),
                        selecting[finding.rule].end());
    for (uint32_t at : candidates) {
      Directive& directive = directives[at];
      if (directive.rule != "*" && !named_rules.of(directive.rule)[finding.rule]) continue;
      bool covered = directive.selects
                         ? directive.selects(finding)
                         : covers(directive, finding, context.sources) || calls.covers(at, finding);
      if (!covered || !selection.meets(directive, finding)) continue;
      directive.used = true;
      if (is_expired(directive, context.today) || finding.suppressed) continue;
      std::string reason = directive.reason;
      if (!directive.owner.empty())
        reason += (reason.empty() ? "owner: " : " (owner: ") + directive.owner +
                  (reason.empty() ? "" : ")");
      finding.suppressed = Suppression{directive.selects ? "external" : "inSource",
                                       std::move(reason), directive.until, directive.span};
    }
  }
}

}  // namespace assay::rules
