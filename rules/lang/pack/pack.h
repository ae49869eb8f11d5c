// Packs: compiled collections of rule files. The build packs the built-in rules into one blob that
// the binary embeds; reading it back costs no parsing. Policies are compiled when a scan first
// meets a resource they judge.
//
// Blob layout: "ASSAYPK4", u32 offset of the examples, u32 count, u32 offset of each rule's outline, logic and texts,
// then these parts: first all outlines, then all logics, then all texts, so that what is not needed is not touched.
// Fields are length-prefixed texts and lists. Then the examples of each rule (write_pack and read_pack are the
// definition). Little-endian; made and read by one build.
//
// A scan reads outlines, what choosing rules needs; the logic of rules that meet a resource; and the texts of
// rules that it reports.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/rule_set.h"
#include "rules/lang/pack/rule_file.h"

namespace assay::rules {

// `examples` are those of the rules, in the same order; empty: none are kept.
std::string write_pack(std::span<const Rule> rules, std::span<const std::vector<Example>> examples = {});
// Empty when the blob is not a pack of this build.
std::vector<Rule> read_pack(std::string_view blob);
// Of each rule only id, name, severity, fix, types, aliases and tags.
std::vector<Rule> read_outlines(std::string_view blob);
// The rules embedded in the binary; empty where none are linked in.
std::vector<Rule> builtin_rules();
std::vector<Rule> builtin_outlines();
// Adds to a rule of builtin_outlines() what judging needs, and to its info the texts. No effect on other rules
// and on those that have it.
void complete_logic(Rule& rule);
void complete_texts(RuleInfo& info);
// The examples of one rule (without what they expect); empty when there are none.
std::vector<Example> read_examples(std::string_view blob, std::string_view rule_id);
std::vector<Example> builtin_examples(std::string_view rule_id);

// Compiles the rule's logic into its check; errors carry the line within the rule file. A built-in rule's logic
// was parsed and checked when the pack was made.
std::vector<RuleFileError> compile_rule(Rule& rule, uint32_t logic_line = 0);

// What a rule file must have beyond parsing: it compiles, and has a bad and a good example for every
// format it claims.
std::vector<RuleFileError> check_rule_file(RuleFile& file);

}  // namespace assay::rules
