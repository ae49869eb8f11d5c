// The law of the model: random small modules are evaluated with some inputs unknown, and again with
// all of them known; whatever comes out then must be among what was allowed before.
#include <gtest/gtest.h>

#include <map>
#include <random>
#include <string>

#include "tests/unit/parsers/formats/terraform/fixture.h"

namespace assay::formats::terraform {
namespace {

using model::Guard;
using model::Guards;
using model::Value;

using Assignment = std::map<std::string, std::string>;  // variable to canonical literal

// --- Random modules.

class Writer {
 public:
  explicit Writer(uint32_t seed) : random_(seed) {}

  int upto(int n) { return static_cast<int>(random_() % static_cast<uint32_t>(n)); }
  std::string pick(std::initializer_list<const char*> from) { return from.begin()[upto(static_cast<int>(from.size()))]; }
  std::string boolean_literal() { return pick({"true", "false"}); }
  std::string number_literal() { return pick({"0", "1", "2", "3", "-1"}); }
  std::string string_literal() { return pick({"\"\"", "\"a\"", "\"b\"", "\"ab\"", "\"a-b\"", "\"prod\""}); }

  std::string boolean(int depth) {
    if (depth <= 0) return upto(3) ? "var.b" + std::to_string(upto(3)) : boolean_literal();
    switch (upto(13)) {
      case 0: return "!(" + boolean(depth - 1) + ")";
      case 1: return "(" + boolean(depth - 1) + " && " + boolean(depth - 1) + ")";
      case 2: return "(" + boolean(depth - 1) + " || " + boolean(depth - 1) + ")";
      case 3: return "(" + number(depth - 1) + pick({" < ", " <= ", " > ", " >= "}) + number(depth - 1) + ")";
      case 4: return "(" + text(depth - 1) + pick({" == ", " != "}) + text(depth - 1) + ")";
      case 5: return "(" + number(depth - 1) + pick({" == ", " != "}) + number(depth - 1) + ")";
      case 6: return "contains(" + list(depth - 1) + ", " + text(depth - 1) + ")";
      case 7: return "startswith(" + text(depth - 1) + ", " + string_literal() + ")";
      case 8: return "endswith(" + text(depth - 1) + ", " + string_literal() + ")";
      case 9: return "(" + boolean(depth - 1) + " ? " + boolean(depth - 1) + " : " + boolean(depth - 1) + ")";
      case 10: return "alltrue([" + boolean(depth - 1) + ", " + boolean(depth - 1) + "])";
      case 11: return "strcontains(" + text(depth - 1) + ", " + string_literal() + ")";
      default: return "can(index(" + list(depth - 1) + ", " + text(depth - 1) + "))";
    }
  }
  std::string number(int depth) {
    if (depth <= 0) return upto(3) ? "var.n" + std::to_string(upto(2)) : number_literal();
    switch (upto(8)) {
      case 0: return "(" + number(depth - 1) + pick({" + ", " - ", " * "}) + number(depth - 1) + ")";
      case 1: return "(" + boolean(depth - 1) + " ? " + number(depth - 1) + " : " + number(depth - 1) + ")";
      case 2: return "length(" + list(depth - 1) + ")";
      case 3: return "length(" + text(depth - 1) + ")";
      case 4: return "lookup({ a = 1, b = 2 }, " + text(depth - 1) + ", " + number_literal() + ")";
      case 5: return pick({"max(", "min("}) + number(depth - 1) + ", " + number(depth - 1) + ")";
      case 6: return "try(index(" + list(depth - 1) + ", " + text(depth - 1) + "), " + number_literal() + ")";
      default: return "length(" + map(depth - 1) + ")";
    }
  }
  std::string text(int depth) {
    if (depth <= 0) return upto(3) ? "var.s" + std::to_string(upto(3)) : string_literal();
    switch (upto(16)) {
      case 0: return "\"x-${" + text(depth - 1) + "}-y\"";
      case 1: return "\"${" + text(depth - 1) + "}${" + number(depth - 1) + "}\"";
      case 2: return "(" + boolean(depth - 1) + " ? " + text(depth - 1) + " : " + text(depth - 1) + ")";
      case 3: return pick({"upper(", "lower(", "trimspace(", "sha256("}) + text(depth - 1) + ")";
      case 4: return "join(\"-\", " + list(depth - 1) + ")";
      case 5: return "format(\"%s:%d:z\", " + text(depth - 1) + ", " + number(depth - 1) + ")";
      case 6: return "try(element(" + list(depth - 1) + ", " + number_literal() + "), \"none\")";
      case 7: return "try(" + list(depth - 1) + "[" + number_literal() + "], \"none\")";
      case 8: return "jsonencode({ a = " + text(depth - 1) + ", b = " + number(depth - 1) + " })";
      case 9: return "lookup({ a = \"1\", ab = \"2\" }, " + text(depth - 1) + ", \"d\")";
      case 10: return "try(coalesce(" + text(depth - 1) + ", " + text(depth - 1) + "), \"empty\")";
      case 11: return pick({"trimprefix(", "trimsuffix("}) + text(depth - 1) + ", " + string_literal() + ")";
      case 12: return "replace(" + text(depth - 1) + ", \"a\", " + string_literal() + ")";
      case 13: return "substr(" + text(depth - 1) + ", 0, " + pick({"1", "2", "-1"}) + ")";
      case 14: return "\"%{if " + boolean(depth - 1) + "}" + pick({"yes", "on"}) + "%{else}" + pick({"no", ""}) + "%{endif}!\"";
      default: return "try(" + map(depth - 1) + "[" + text(depth - 1) + "], \"no key\")";
    }
  }
  std::string list(int depth) {
    if (depth <= 0) return pick({"[]", "[\"a\"]", "[\"a\", var.s0]", "[var.s1, \"b\", var.s2]"});
    switch (upto(11)) {
      case 0: return "[" + text(depth - 1) + ", " + text(depth - 1) + "]";
      case 1: return "concat(" + list(depth - 1) + ", " + list(depth - 1) + ")";
      case 2: return "[for x in " + list(depth - 1) + " : \"${x}!\" if x != " + text(depth - 1) + "]";
      case 3: return "(" + boolean(depth - 1) + " ? " + list(depth - 1) + " : " + list(depth - 1) + ")";
      case 4: return "compact(" + list(depth - 1) + ")";
      case 5: return pick({"reverse(", "sort(", "distinct(", "tolist("}) + list(depth - 1) + ")";
      case 6: return "flatten([" + list(depth - 1) + ", [" + list(depth - 1) + "]])";
      case 7: return "keys(" + map(depth - 1) + ")";
      case 8: return "[for k, v in " + map(depth - 1) + " : \"${k}=${v}\"]";
      case 9: return "tolist(setunion(" + list(depth - 1) + ", " + list(depth - 1) + "))";
      default: return "[for i, x in " + list(depth - 1) + " : \"${i}${x}\"]";
    }
  }
  std::string map(int depth) {
    if (depth <= 0) return pick({"{}", "{ a = var.s0 }", "{ a = \"x\", b = var.s1 }"});
    switch (upto(5)) {
      case 0: return "{ a = " + text(depth - 1) + ", c = " + text(depth - 1) + " }";
      case 1: return "merge(" + map(depth - 1) + ", " + map(depth - 1) + ")";
      case 2: return "{ for x in " + list(depth - 1) + " : x => upper(x)... }";
      case 3: return "(" + boolean(depth - 1) + " ? " + map(depth - 1) + " : " + map(depth - 1) + ")";
      default: return "{ for k, v in " + map(depth - 1) + " : k => \"${v}.\" if v != " + text(depth - 1) + " }";
    }
  }

  std::string module() {
    std::string out;
    for (int i = 0; i < 3; ++i) out += "variable \"b" + std::to_string(i) + "\" { type = bool }\n";
    for (int i = 0; i < 2; ++i) out += "variable \"n" + std::to_string(i) + "\" { type = number }\n";
    for (int i = 0; i < 3; ++i) out += "variable \"s" + std::to_string(i) + "\" { type = string }\n";
    for (int i = 0; i < 3; ++i) {
      std::string name = std::to_string(i);
      out += "resource \"t\" \"r" + name + "\" {\n  count = " + pick({"1", "2"}) + " * (" + boolean(2) +
             " ? 1 : 0)\n  a = " + text(3) + "\n  b = " + number(3) + "\n  c = " + list(3) + "\n  d = " + map(3) +
             "\n}\n";
    }
    for (int i = 0; i < 2; ++i) {
      std::string name = std::to_string(i);
      out += "resource \"t\" \"e" + name + "\" {\n  for_each = toset(" + list(2) + ")\n  k = each.key\n  v = " +
             boolean(3) + "\n  rule { x = " + text(2) + " }\n  dynamic \"rule\" {\n    for_each = " + list(2) +
             "\n    content { x = \"${rule.key}${rule.value}\" }\n  }\n}\n";
    }
    return out;
  }

 private:
  std::mt19937 random_;
};

// --- Containment.

class Containment {
 public:
  Containment(const model::Root& abstract, const Assignment& inputs) : root_(abstract), inputs_(inputs) {}

  // 1, 0, or -1 where an atom is no plain question about an input.
  int holds(Guard guard) const {
    while (guard != model::kAlways && guard != model::kNever) {
      Guards::Step step = root_.guards.step(guard);
      int answer = answer_of(root_.guards.atom_of(step.atom));
      if (answer < 0) {
        int yes = holds(step.if_true), no = holds(step.if_false);
        return yes == no ? yes : -1;
      }
      guard = answer ? step.if_true : step.if_false;
    }
    return guard == model::kAlways;
  }

  bool allows(const Value& abstract, const Value& concrete) const {
    if (abstract.is_alternatives()) {
      for (const model::Alternative& part : abstract.alternatives()) {
        int there = holds(part.guard);
        if (there != 0 && allows(part.value, concrete)) return true;
      }
      return false;
    }
    if (abstract.is_unknown()) return allows_unknown(abstract.unknown(), concrete);
    if (abstract.is_sequence()) {
      return concrete.is_sequence() && allows_items(abstract.items(), concrete.items());
    }
    if (abstract.is_mapping()) return concrete.is_mapping() && allows_entries(abstract, concrete);
    return model::same_value(abstract, concrete);
  }

 private:
  int answer_of(const model::Atom& atom) const {
    std::string_view subject = atom.subject.text();
    size_t hash = subject.find("#var.");
    auto input = hash == std::string_view::npos ? inputs_.end() : inputs_.find(std::string(subject.substr(hash + 5)));
    if (input == inputs_.end()) return -1;
    switch (atom.relation) {
      case model::Relation::kTrue: return input->second == "true";
      case model::Relation::kEquals: return input->second == atom.literal.text();
      case model::Relation::kLess: return std::stod(input->second) < std::stod(std::string(atom.literal.text()));
      case model::Relation::kAtMost: return std::stod(input->second) <= std::stod(std::string(atom.literal.text()));
      default: return -1;
    }
  }

  static bool allows_unknown(const model::Unknown& facts, const Value& concrete) {
    if (concrete.is_null()) return !facts.not_null;
    if (concrete.is_string()) {
      std::string_view text = concrete.text();
      if (!text.starts_with(facts.prefix) || !text.ends_with(facts.suffix)) return false;
    } else if (!facts.prefix.empty() || !facts.suffix.empty()) {
      return false;
    }
    if (concrete.is_number()) {
      if (facts.minimum && concrete.number() < *facts.minimum) return false;
      if (facts.maximum && concrete.number() > *facts.maximum) return false;
    }
    if (concrete.is_sequence() || concrete.is_mapping()) {
      int64_t size = concrete.size;
      if (facts.min_length > size || (facts.max_length >= 0 && facts.max_length < size)) return false;
    }
    return true;
  }

  bool allows_items(std::span<const Value> abstract, std::span<const Value> concrete) const {
    if (abstract.empty()) return concrete.empty();
    int there = holds(abstract[0].guard);
    if (there != 0 && !concrete.empty() && allows(abstract[0], concrete[0]) &&
        allows_items(abstract.subspan(1), concrete.subspan(1))) {
      return true;
    }
    // One block stands for those of a dynamic block over something unknown.
    bool stands_for_many = repeats(abstract[0].guard) ||
                           (abstract[0].origin && abstract[0].origin->kind == model::OriginKind::kDynamicBlock &&
                            !model::wholly_known(model::with_guard(abstract[0], model::kAlways)));
    if (there != 0 && stands_for_many && !concrete.empty() && allows(abstract[0], concrete[0]) &&
        allows_items(abstract, concrete.subspan(1))) {
      return true;
    }
    return there != 1 && allows_items(abstract.subspan(1), concrete);
  }

  bool repeats(Guard guard) const {
    if (guard == model::kAlways || guard == model::kNever) return false;
    Guards::Step step = root_.guards.step(guard);
    return root_.guards.atom_of(step.atom).subject.text().find("#size(") != std::string_view::npos ||
           repeats(step.if_true) || repeats(step.if_false);
  }

  bool allows_entries(const Value& abstract, const Value& concrete) const {
    for (const model::Entry& entry : abstract.entries()) {
      int there = holds(entry.value.guard);
      const Value* other = concrete.find(entry.key);
      if (there == 1 && !other) return false;
      if (there == 0 && other) return false;
      if (other && !allows(entry.value, *other)) return false;
    }
    for (const model::Entry& entry : concrete.entries()) {
      if (!abstract.find(entry.key)) return false;
    }
    return true;
  }

  const model::Root& root_;
  const Assignment& inputs_;
};

LoadOptions given(const Assignment& inputs) {
  LoadOptions options;
  for (const auto& [name, literal] : inputs) {
    bool text = literal[0] == '"';
    options.variables.emplace_back(name, text ? literal.substr(1, literal.size() - 2) : literal);
  }
  return options;
}

TEST(Containment, ConcreteRunsAreAmongWhatAbstractRunsAllow) {
  size_t compared = 0, known = 0;
  for (uint32_t seed = 1; seed <= 120; ++seed) {
    Writer writer(seed);
    std::string text = writer.module();
    Assignment all;
    for (int i = 0; i < 3; ++i) all["b" + std::to_string(i)] = writer.boolean_literal();
    for (int i = 0; i < 2; ++i) all["n" + std::to_string(i)] = writer.number_literal();
    for (int i = 0; i < 3; ++i) all["s" + std::to_string(i)] = writer.string_literal();
    Assignment some;
    for (const auto& entry : all) {
      if (writer.upto(2)) some.insert(entry);
    }
    Loaded abstract({{"main.tf", text}}, given(some));
    for (int round = 0; round < 3; ++round) {
      if (round > 0) {
        for (auto& [name, literal] : all) {
          if (some.count(name)) continue;
          literal = name[0] == 'b' ? writer.boolean_literal()
                    : name[0] == 'n' ? writer.number_literal() : writer.string_literal();
        }
      }
      Loaded concrete({{"main.tf", text}}, given(all));
      if (!concrete.root->problems.empty()) continue;  // Terraform would refuse it
      Containment containment(*abstract.root, all);
      for (const model::Resource& resource : concrete.root->resources) {
        if (resource.kind != "resource") continue;
        const model::Resource* same = abstract.find(resource.address);
        if (!same) {
          // One representative stands for instances that are not known.
          bool representative = false;
          for (const model::Resource& other : abstract.root->resources) {
            representative = representative || (other.representative && other.name == resource.name &&
                                                containment.holds(other.exists) != 0);
          }
          EXPECT_TRUE(representative) << "seed " << seed << ": " << resource.address << " is missing\n" << text;
          continue;
        }
        EXPECT_NE(containment.holds(same->exists), 0) << "seed " << seed << ": " << resource.address << "\n" << text;
        for (const model::Entry& entry : resource.attributes.entries()) {
          const Value* value = same->attributes.find(entry.key);
          ASSERT_TRUE(value) << "seed " << seed << ": " << resource.address << "." << entry.key;
          ++compared;
          known += model::wholly_known(*value);
          EXPECT_TRUE(containment.allows(*value, entry.value))
              << "seed " << seed << ": " << resource.address << "." << entry.key << "\nabstract "
              << model::to_text(*value, &abstract.root->guards) << "\nconcrete "
              << model::to_text(entry.value, &concrete.root->guards) << "\n" << text;
        }
      }
      // What certainly exists is there.
      for (const model::Resource& resource : abstract.root->resources) {
        if (resource.kind != "resource" || resource.representative || containment.holds(resource.exists) != 1) continue;
        EXPECT_TRUE(concrete.find(resource.address)) << "seed " << seed << ": " << resource.address << "\n" << text;
      }
    }
  }
  EXPECT_GT(compared, 500u);
  EXPECT_GT(known, 50u);
}

}  // namespace
}  // namespace assay::formats::terraform
