#include "analyzer/serve/modes.h"

#include <algorithm>

#include "parsers/core/text.h"
#include "parsers/formats/tree_value.h"

namespace assay::serve {
namespace {

using model::Value;
using pipeline::LabelSelector;
using pipeline::LabelTerm;
using pipeline::ModeRow;
using rules::admission::Request;

// The last pattern that fits decides; where only exceptions are listed, everything else is meant.
bool listed(const std::vector<std::string>& patterns, std::string_view text) {
  if (patterns.empty()) return true;
  bool in = patterns.front().starts_with('!');
  for (std::string_view pattern : patterns) {
    bool back = pattern.starts_with('!');
    if (back) pattern.remove_prefix(1);
    if (matches_name(pattern, text)) in = !back;
  }
  return in;
}

bool selects(const LabelSelector& selector, const Value* labels) {
  for (const LabelTerm& term : selector) {
    const Value* value = labels && labels->is_mapping() ? labels->find(term.key) : nullptr;
    bool there = value && value->is_string();
    auto in = [&] { return std::find(term.values.begin(), term.values.end(), value->text()) != term.values.end(); };
    bool good = false;
    switch (term.with) {
      case LabelTerm::Operator::kIn: good = there && in(); break;
      case LabelTerm::Operator::kNotIn: good = !there || !in(); break;
      case LabelTerm::Operator::kExists: good = there; break;
      case LabelTerm::Operator::kDoesNotExist: good = !there; break;
    }
    if (!good) return false;
  }
  return true;
}

const Value* labels_of(const Value* object) { return object ? formats::find_path(*object, "metadata.labels") : nullptr; }

bool any_listed(const std::vector<std::string>& patterns, const Value* groups) {
  if (patterns.empty()) return true;
  if (!groups || !groups->is_sequence()) return false;
  return std::any_of(groups->items().begin(), groups->items().end(),
                     [&](const Value& group) { return group.is_string() && listed(patterns, group.text()); });
}

// Does the row concern the request, as far as its namespace's labels leave it open?
bool concerns(const ModeRow& row, const Request& request) {
  std::string_view user = request.user_info ? formats::text_at(*request.user_info, "username") : std::string_view{};
  // The object Namespace stands in itself.
  bool is_namespace = request.kind.group.empty() && request.kind.kind == "Namespace";
  std::string_view space = is_namespace && request.name_space.empty() ? request.name : request.name_space;
  if (!listed(row.namespaces, space) || !listed(row.kinds, request.kind.kind) || !listed(row.names, request.name)) return false;
  if (!listed(row.users, user)) return false;
  if (!any_listed(row.groups, request.user_info ? request.user_info->find("groups") : nullptr)) return false;
  if (row.objects.empty()) return true;
  // Nobody gets out by changing labels: what eases must hold before and after, what enforces on one side.
  bool after = request.object && selects(row.objects, labels_of(request.object));
  bool before = request.old_object && selects(row.objects, labels_of(request.old_object));
  if (row.mode == Mode::kEnforce) return after || before;
  return (after || !request.object) && (before || !request.old_object) && (request.object || request.old_object);
}

}  // namespace

bool matches_name(std::string_view pattern, std::string_view text) {
  size_t p = 0, t = 0, star = std::string_view::npos, from = 0;
  while (t < text.size()) {
    if (p < pattern.size() && (pattern[p] == '?' || pattern[p] == text[t]) && pattern[p] != '*') ++p, ++t;
    else if (p < pattern.size() && pattern[p] == '*') star = p++, from = t;
    else if (star != std::string_view::npos) p = star + 1, t = ++from;
    else return false;
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

Modes::Modes(const AdmissionSettings& settings, const rules::RuleSet& rules) : settings_(settings) {
  const std::vector<rules::Rule>& all = rules.rules();
  for (const rules::Rule& rule : all) {
    // A Secret in a repository is a leak; at the door of a cluster it is where it belongs.
    if (rule.info.name == "kubernetes-secret-manifest") {
      standard_.push_back(Mode::kOff);
      continue;
    }
    rules::Severity severity = rule.info.severity;
    bool enforce = !settings_.enforce_none && severity >= settings_.enforce_at;
    bool warn = !settings_.warn_none && severity >= settings_.warn_at;
    standard_.push_back(enforce ? Mode::kEnforce : warn ? Mode::kWarn : Mode::kAudit);
  }
  for (const ModeRow& row : settings_.modes) {
    std::vector<bool>& concerned = concerned_.emplace_back(all.size());
    for (size_t i = 0; i < all.size(); ++i) {
      concerned[i] = std::any_of(row.rules.begin(), row.rules.end(),
                                 [&](const std::string& pattern) { return rules::names_rule(pattern, all[i].info); });
    }
  }
}

Modes::Asked::Asked(const Modes& modes, const Request& request, const rules::admission::Cluster* cluster) : modes_(modes) {
  const std::vector<ModeRow>& rows = modes.settings_.modes;
  bool is_namespace = request.kind.group.empty() && request.kind.kind == "Namespace";
  for (size_t i = rows.size(); i-- > 0;) {
    if (!concerns(rows[i], request)) continue;
    if (!rows[i].of_namespace.empty()) {
      // A Namespace says what labels it has; of others they may not be known, and a row that would take something out does
      // not count then, while one that enforces does.
      const Value* holder = is_namespace ? (request.object ? request.object : request.old_object)
                            : cluster    ? cluster->find("", "Namespace", "", request.name_space)
                                         : nullptr;
      if (holder) {
        if (!selects(rows[i].of_namespace, labels_of(holder))) continue;
      } else if (rows[i].mode != Mode::kEnforce) {
        unknown_ = true;
        continue;
      }
    }
    rows_.push_back(static_cast<uint32_t>(i));
  }
}

// The last row that names the rule says what it is; rows for all rules ease it, whatever it is, and never more.
Mode Modes::Asked::of_rule(uint32_t rule) const {
  Mode most = Mode::kEnforce;
  for (uint32_t row : rows_) {
    const ModeRow& one = modes_.settings_.modes[row];
    if (one.rules.empty()) most = std::min(most, one.mode);
    else if (modes_.concerned_[row][rule]) return std::min(most, one.mode);
  }
  return std::min(most, modes_.standard_[rule]);
}

std::optional<Mode> Modes::Asked::of_policy(std::string_view name, Mode own) const {
  Mode most = Mode::kEnforce;
  for (uint32_t row : rows_) {
    const ModeRow& one = modes_.settings_.modes[row];
    if (one.rules.empty()) most = std::min(most, one.mode);
    else if (listed(one.rules, name)) return std::min(most, one.mode);
  }
  if (most < own) return most;
  return std::nullopt;
}

}  // namespace assay::serve
