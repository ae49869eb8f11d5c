#include "parsers/formats/terraform/constraints.h"

#include <algorithm>

#include "parsers/core/limits.h"

namespace assay::formats::terraform {
namespace {

using model::Value;
using syntax::Node;
using syntax::NodeKind;

const Node& plain(const Node& node) {
  const Node* at = &node;
  while (at->kind == NodeKind::kParentheses && at->child(0)) at = at->child(0);
  return *at;
}

bool is_call(const Node& node, std::string_view name, uint32_t arguments) {
  return node.kind == NodeKind::kCall && node.text == name && node.child_count == arguments &&
         !node.has(syntax::kExpand);
}

// The literal text that every match of a pattern anchored at its begin (or end) has there.
std::string literal_begin(std::string_view pattern) {
  std::string out;
  if (pattern.empty() || pattern[0] != '^') return out;
  for (size_t at = 1; at < pattern.size(); ++at) {
    char c = pattern[at];
    if (c == '\\' && at + 1 < pattern.size() && std::string_view("./-:_+*?()[]{}|^$").find(pattern[at + 1]) !=
                                                    std::string_view::npos) {
      c = pattern[++at];
    } else if (std::string_view("\\.+*?()[]{}|^$").find(c) != std::string_view::npos) {
      break;
    }
    // What a quantifier follows need not be there.
    char next = at + 1 < pattern.size() ? pattern[at + 1] : '\0';
    if (next == '*' || next == '?' || next == '{') break;
    out += c;
  }
  return out;
}

bool has_alternative(std::string_view pattern) { return pattern.find('|') != std::string_view::npos; }

class Reader {
 public:
  Reader(std::string_view name, const ConstantEvaluator& evaluate, core::Arena& arena, Constraints& out)
      : name_(name), evaluate_(evaluate), arena_(arena), out_(out) {}

  void demand(const Node& condition, uint32_t depth) {
    const Node& node = plain(condition);
    if (depth > core::kMaxNesting) return;
    if (node.kind == NodeKind::kBinary && node.child_count == 2) {
      if (node.text == "&&") {
        demand(*node.child(0), depth + 1);
        demand(*node.child(1), depth + 1);
      } else {
        comparison(node);
      }
    } else if (is_call(node, "alltrue", 1) && node.child(0)->kind == NodeKind::kTuple) {
      for (const Node* item : node.child(0)->children()) demand(*item, depth + 1);
    } else if (is_call(node, "can", 1)) {
      possible(plain(*node.child(0)));
    } else if (is_call(node, "startswith", 2) || is_call(node, "endswith", 2)) {
      if (!is_variable(*node.child(0))) return;
      Value text = evaluate_(*node.child(1));
      if (!text.is_string()) return;
      out_.facts.not_null = true;
      add_text(text.text(), node.text == "startswith");
    }
    if (auto literals = domain_of(node, depth)) keep_domain(std::move(*literals));
  }

 private:
  bool is_variable(const Node& given) const {
    const Node& node = plain(given);
    return node.kind == NodeKind::kGetAttr && node.text == name_ &&
           node.child(0)->kind == NodeKind::kVariable && node.child(0)->text == "var";
  }

  void add_text(std::string_view text, bool begin) {
    std::string_view& known = begin ? out_.facts.prefix : out_.facts.suffix;
    if (text.size() > known.size()) known = arena_.copy(text);
  }

  // The expression has a value, whatever it is.
  void possible(const Node& node) {
    if (!is_call(node, "regex", 2)) {
      bool network = is_call(node, "cidrhost", 2) || is_call(node, "cidrnetmask", 1) ||
                     is_call(node, "cidrsubnet", 3);
      if (network && is_variable(*node.child(0))) {
        out_.facts.not_null = true;
        out_.facts.min_length = std::max<int64_t>(out_.facts.min_length, 1);
      }
      return;
    }
    if (!is_variable(*node.child(1))) return;
    Value pattern = evaluate_(*node.child(0));
    if (!pattern.is_string()) return;
    out_.facts.not_null = true;
    if (has_alternative(pattern.text())) return;
    add_text(literal_begin(pattern.text()), true);
  }

  // var.x OP literal, length(var.x) OP literal, and the same turned around.
  void comparison(const Node& node) {
    static constexpr std::string_view kOps[] = {"<", "<=", ">", ">=", "==", "!="};
    static constexpr std::string_view kTurned[] = {">", ">=", "<", "<=", "==", "!="};
    size_t op = std::find(std::begin(kOps), std::end(kOps), node.text) - std::begin(kOps);
    if (op == std::size(kOps)) return;
    const Node* subject = &plain(*node.child(0));
    const Node* literal = node.child(1);
    std::string_view relation = kOps[op];
    auto is_subject = [&](const Node& side) {
      return is_variable(side) || (is_call(side, "length", 1) && is_variable(*side.child(0)));
    };
    if (!is_subject(*subject)) {
      subject = &plain(*node.child(1));
      literal = node.child(0);
      relation = kTurned[op];
      if (!is_subject(*subject)) return;
    }
    Value value = evaluate_(*literal);
    if (is_variable(*subject)) {
      if (relation == "!=" && value.is_null()) out_.facts.not_null = true;
      if (relation == "!=" && value.is_string() && value.size == 0) not_empty_ = true;
      if (value.is_number()) bound(value.number(), relation);
      return;
    }
    if (!value.is_number()) return;
    auto whole = value.number().to_int64();
    if (!whole) return;
    out_.facts.not_null = true;  // there is no length of null
    int64_t& least = out_.facts.min_length;
    int64_t& most = out_.facts.max_length;
    auto at_most = [&](int64_t n) { most = most < 0 ? std::max<int64_t>(n, 0) : std::min(most, std::max<int64_t>(n, 0)); };
    if (relation == ">" || relation == ">=") least = std::max(least, *whole + (relation == ">"));
    if (relation == "<" || relation == "<=") at_most(*whole - (relation == "<"));
    if (relation == "==") {
      least = std::max(least, *whole);
      at_most(*whole);
    }
    if (relation == "!=" && *whole == 0) least = std::max<int64_t>(least, 1);
  }

  void bound(const core::Number& number, std::string_view relation) {
    if (relation == "!=" || relation == "==") return;
    out_.facts.not_null = true;
    bool lower = relation[0] == '>';
    const core::Number*& known = lower ? out_.facts.minimum : out_.facts.maximum;
    if (!known || (lower ? number > *known : number < *known)) known = arena_.make<core::Number>(number);
  }

  void keep_domain(std::vector<std::string> literals) {
    if (literals.empty()) return;
    if (out_.domain) {
      auto outside = [&](const std::string& literal) {
        return std::find(literals.begin(), literals.end(), literal) == literals.end();
      };
      out_.domain->erase(std::remove_if(out_.domain->begin(), out_.domain->end(), outside), out_.domain->end());
    } else {
      out_.domain = std::move(literals);
    }
  }

  // The finite set of values under which the condition holds.
  std::optional<std::vector<std::string>> domain_of(const Node& given, uint32_t depth) {
    const Node& node = plain(given);
    if (depth > core::kMaxNesting) return std::nullopt;
    std::vector<std::string> out;
    auto add = [&](const Value& value) {
      if (!value.is_primitive() && !value.is_null()) return false;
      std::string literal = literal_text(value);
      if (std::find(out.begin(), out.end(), literal) == out.end()) out.push_back(std::move(literal));
      return true;
    };
    auto unite = [&](const Node& side) {
      auto more = domain_of(side, depth + 1);
      if (!more) return false;
      for (std::string& literal : *more) {
        if (std::find(out.begin(), out.end(), literal) == out.end()) out.push_back(std::move(literal));
      }
      return true;
    };
    if (is_call(node, "contains", 2) && is_variable(*node.child(1))) {
      Value list = evaluate_(*node.child(0));
      if (!list.is_sequence()) return std::nullopt;
      for (const Value& item : list.items()) {
        if (!add(item)) return std::nullopt;
      }
      return out;
    }
    if (is_call(node, "anytrue", 1) && node.child(0)->kind == NodeKind::kTuple) {
      for (const Node* item : node.child(0)->children()) {
        if (!unite(*item)) return std::nullopt;
      }
      return out;
    }
    if (node.kind == NodeKind::kConditional && node.child_count == 3 &&
        plain(*node.child(1)).kind == NodeKind::kBool && plain(*node.child(1)).text == "true") {
      if (!unite(*node.child(0)) || !unite(*node.child(2))) return std::nullopt;
      return out;
    }
    if (node.kind != NodeKind::kBinary || node.child_count != 2) return std::nullopt;
    if (node.text == "||") {
      if (!unite(*node.child(0)) || !unite(*node.child(1))) return std::nullopt;
      return out;
    }
    if (node.text == "==") {
      bool first = is_variable(*node.child(0));
      if (!first && !is_variable(*node.child(1))) return std::nullopt;
      if (!add(evaluate_(*node.child(first ? 1 : 0)))) return std::nullopt;
      return out;
    }
    return std::nullopt;
  }

 public:
  // `!= ""` alone lets null through.
  void finish() {
    if (not_empty_ && out_.facts.not_null) {
      out_.facts.min_length = std::max<int64_t>(out_.facts.min_length, 1);
    }
  }

 private:
  std::string_view name_;
  const ConstantEvaluator& evaluate_;
  core::Arena& arena_;
  Constraints& out_;
  bool not_empty_ = false;
};

}  // namespace

void add_constraints(const Node& condition, std::string_view name, const ConstantEvaluator& evaluate,
                     core::Arena& arena, Constraints& out) {
  Reader reader(name, evaluate, arena, out);
  reader.demand(condition, 0);
  reader.finish();
}

}  // namespace assay::formats::terraform
