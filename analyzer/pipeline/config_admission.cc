#include "analyzer/pipeline/config_admission.h"

#include <algorithm>
#include <optional>

#include "parsers/core/suggest.h"

namespace assay::pipeline {
namespace {

using syntax::Node;
using syntax::NodeKind;

constexpr std::pair<std::string_view, Mode> kModeNames[] = {
    {"enforce", Mode::kEnforce}, {"warn", Mode::kWarn}, {"audit", Mode::kAudit}, {"off", Mode::kOff}};
constexpr std::pair<std::string_view, FailureMode> kFailureNames[] = {
    {"error", FailureMode::kError}, {"deny", FailureMode::kDeny}, {"allow", FailureMode::kAllow}};
constexpr std::pair<std::string_view, LabelTerm::Operator> kOperatorNames[] = {
    {"In", LabelTerm::Operator::kIn},
    {"NotIn", LabelTerm::Operator::kNotIn},
    {"Exists", LabelTerm::Operator::kExists},
    {"DoesNotExist", LabelTerm::Operator::kDoesNotExist}};

class AdmissionReader {
 public:
  AdmissionReader(const ConfigDocument& document, AdmissionSettings& out,
                  std::vector<std::pair<std::string, const Node*>>& said)
      : document_(document), out_(out), said_(said) {}

  void read(const Node& node) {
    for (auto [name, value] : keys(node, "admission", admission_keys())) {
      if (name == "enforce-at") {
        read_level(*value, name, out_.enforce_at, out_.enforce_none);
      } else if (name == "warn-at") {
        read_level(*value, name, out_.warn_at, out_.warn_none);
      } else if (name == "existing") {
        if (auto mode = one_of(*value, name, kModeNames)) out_.existing = *mode;
      } else if (name == "on-failure") {
        if (auto mode = one_of(*value, name, kFailureNames)) out_.failure = *mode;
      } else if (name == "modes") {
        if (value->kind != NodeKind::kSequence) document_.error(*value, "admission.modes: expected a list of entries");
        else for (const Node* entry : document_.items(*value)) read_mode(*entry);
        continue;
      }
      said_.emplace_back(std::string(name) + ": " + std::string(value->text), value);
    }
  }

 private:
  using Keys = std::vector<std::pair<std::string_view, const Node*>>;

  // Known keys that are there.
  Keys keys(const Node& node, const std::string& where, const std::vector<ConfigKey>& known) {
    Keys out;
    if (node.kind != NodeKind::kMapping) {
      document_.error(node, where + ": expected keys with values");
      return out;
    }
    std::vector<std::string_view> names;
    for (const ConfigKey& key : known) names.emplace_back(key.name);
    for (const auto& [key, value] : document_.pairs(node)) {
      if (std::find(names.begin(), names.end(), key->text) == names.end()) {
        document_.error(*key, where + ": unknown key '" + std::string(key->text) + "'" + core::did_you_mean(key->text, names));
      } else if (!ConfigDocument::is_absent(*value)) {
        out.emplace_back(key->text, value);
      }
    }
    for (const ConfigKey& key : known) {
      bool there = std::any_of(out.begin(), out.end(), [&](const auto& one) { return one.first == key.name; });
      if (key.required && !there) document_.error(node, where + ": the entry needs " + key.name);
    }
    return out;
  }

  template <typename T, size_t Count>
  std::optional<T> one_of(const Node& node, std::string_view key, const std::pair<std::string_view, T> (&names)[Count]) {
    std::string expected;
    std::vector<std::string_view> all;
    for (const auto& [name, value] : names) {
      if (ConfigDocument::is_text(node) && node.text == name) return value;
      expected += (expected.empty() ? "" : ", ") + std::string(name);
      all.push_back(name);
    }
    document_.error(node, "admission." + std::string(key) + ": expected one of " + expected +
                              (ConfigDocument::is_text(node) ? core::did_you_mean(node.text, all) : ""));
    return std::nullopt;
  }

  void read_level(const Node& node, std::string_view key, rules::Severity& level, bool& none) {
    none = ConfigDocument::is_text(node) && node.text == "none";
    if (none) return;
    auto parsed = ConfigDocument::is_text(node) ? rules::parse_severity(node.text) : std::nullopt;
    if (parsed) level = *parsed;
    else document_.error(node, "admission." + std::string(key) + ": expected critical, high, medium, low, info or none");
  }

  void read_texts(const Node& node, const std::string& where, std::vector<std::string>& out) {
    for (const Node* item : document_.items(node)) {
      if (ConfigDocument::is_text(*item) && !item->text.empty()) out.emplace_back(item->text);
      else document_.error(*item, where + ": expected a text");
    }
  }

  void read_selector(const Node& node, const std::string& where, LabelSelector& out) {
    for (auto [name, value] : keys(node, where, selector_keys())) {
      if (name == "matchLabels") {
        if (value->kind != NodeKind::kMapping) {
          document_.error(*value, where + ".matchLabels: expected LABEL: VALUE pairs");
          continue;
        }
        for (const auto& [label, text] : document_.pairs(*value)) {
          if (ConfigDocument::is_text(*text)) out.push_back({std::string(label->text), LabelTerm::Operator::kIn, {std::string(text->text)}});
          else document_.error(*text, where + ".matchLabels: expected a text");
        }
      } else if (value->kind != NodeKind::kSequence) {
        document_.error(*value, where + ".matchExpressions: expected a list of entries");
      } else {
        for (const Node* entry : document_.items(*value)) read_expression(*entry, where + ".matchExpressions", out);
      }
    }
    if (out.empty()) document_.error(node, where + ": a selector without labels selects everything; leave it out");
  }

  void read_expression(const Node& node, const std::string& where, LabelSelector& out) {
    LabelTerm term;
    std::optional<LabelTerm::Operator> with;
    for (auto [name, value] : keys(node, where, expression_keys())) {
      if (name == "key") term.key = value->text;
      else if (name == "operator") with = one_of(*value, "operator", kOperatorNames);
      else read_texts(*value, where + ".values", term.values);
    }
    if (!with || term.key.empty()) return;
    term.with = *with;
    bool takes_values = term.with == LabelTerm::Operator::kIn || term.with == LabelTerm::Operator::kNotIn;
    if (takes_values == term.values.empty()) {
      return document_.error(node, where + (takes_values ? ": In and NotIn want values" : ": Exists and DoesNotExist take no values"));
    }
    out.push_back(std::move(term));
  }

  void read_mode(const Node& node) {
    ModeRow row;
    std::optional<Mode> mode;
    Place place = document_.place(node);
    row.file = place.file;
    row.line = place.line;
    row.column = place.column;
    std::string text;
    for (auto [name, value] : keys(node, "admission.modes", mode_keys())) {
      const std::string where = "admission.modes." + std::string(name);
      std::vector<std::string>* list = name == "rules"        ? &row.rules
                                       : name == "namespaces" ? &row.namespaces
                                       : name == "kinds"      ? &row.kinds
                                       : name == "names"      ? &row.names
                                       : name == "users"      ? &row.users
                                       : name == "groups"     ? &row.groups
                                                              : nullptr;
      if (name == "mode") mode = one_of(*value, "modes.mode", kModeNames);
      else if (list) read_texts(*value, where, *list);
      else if (name == "object-selector") read_selector(*value, where, row.objects);
      else if (name == "namespace-selector") read_selector(*value, where, row.of_namespace);
      else if (ConfigDocument::is_text(*value)) row.reason = value->text;
      else document_.error(*value, where + ": expected a text");
      if (list && name == "rules") for (const std::string& rule : *list) text += (text.empty() ? "" : " ") + rule;
    }
    if (!mode) return;
    if (*mode == Mode::kEnforce && row.rules.empty()) {
      document_.error(node, "admission.modes: an entry that enforces must name rules; for all of them there is enforce-at");
    }
    row.mode = *mode;
    for (const auto& [name, value] : kModeNames) {
      if (value == *mode) said_.emplace_back("modes: " + (text.empty() ? "all" : text) + " " + std::string(name), &node);
    }
    out_.modes.push_back(std::move(row));
  }

  const ConfigDocument& document_;
  AdmissionSettings& out_;
  std::vector<std::pair<std::string, const Node*>>& said_;
};

}  // namespace

const std::vector<ConfigKey>& admission_keys() {
  static const std::vector<ConfigKey> kAll = {
      {"enforce-at", Shape::kFailOn, "rules of this severity or above deny", "high"},
      {"warn-at", Shape::kFailOn, "below that, rules of this severity or above warn; the others are written to the audit log", "medium"},
      {"existing", Shape::kMode, "the most that becomes of what an update finds as it was", "warn"},
      {"on-failure", Shape::kFailure,
       "a rule that would deny but cannot judge: error leaves the decision to failurePolicy of the webhook", "error"},
      {"modes", Shape::kModes, "what becomes of rules and policies, by rule, namespace, object and user; later entries win"},
  };
  return kAll;
}

const std::vector<ConfigKey>& mode_keys() {
  static const std::vector<ConfigKey> kAll = {
      {"mode", Shape::kMode, "enforce, warn, audit or off", "", true},
      {"rules", Shape::kTexts, "ids, names, aliases or globs of rules, names of policies", "all: nothing there does more than `mode`"},
      {"namespaces", Shape::kTexts, "globs; ! in front takes back", "all"},
      {"namespace-selector", Shape::kSelector, "by labels of a Namespace that is itself created or changed; those of other namespaces are not known to the webhook"},
      {"kinds", Shape::kTexts, "globs, such as Deployment", "all"},
      {"names", Shape::kTexts, "globs of names of objects", "all"},
      {"object-selector", Shape::kSelector, "by labels of the object, before and after an update"},
      {"users", Shape::kTexts, "globs of whoever asks, such as system:serviceaccount:kube-system:*", "all"},
      {"groups", Shape::kTexts, "globs of their groups", "all"},
      {"reason", Shape::kText, "why"},
  };
  return kAll;
}

const std::vector<ConfigKey>& selector_keys() {
  static const std::vector<ConfigKey> kAll = {
      {"matchLabels", Shape::kPairs, "labels with their values"},
      {"matchExpressions", Shape::kExpressions, "as in a selector of Kubernetes"},
  };
  return kAll;
}

const std::vector<ConfigKey>& expression_keys() {
  static const std::vector<ConfigKey> kAll = {
      {"key", Shape::kText, "the label", "", true},
      {"operator", Shape::kOperator, "In, NotIn, Exists or DoesNotExist", "", true},
      {"values", Shape::kTexts, "of In and NotIn"},
  };
  return kAll;
}

void read_admission(const ConfigDocument& document, const Node& node, AdmissionSettings& out,
                    std::vector<std::pair<std::string, const Node*>>& said) {
  AdmissionReader(document, out, said).read(node);
}

}  // namespace assay::pipeline
