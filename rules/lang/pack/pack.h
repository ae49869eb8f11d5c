// Packs: compiled collections of rule files. The build packs the built-in rules into one blob that
// the binary embeds; reading it back costs no parsing. Policies are compiled when a scan first
// meets a resource they judge.
//
// Blob layout: "ASSAYPK3", u32 offset of the examples, u32 count, then per rule its fields as length-prefixed
// texts and lists; then the examples of each rule, which a scan never touches (write_pack and read_pack
// are the definition). Little-endian; made and read by one build.
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
// The rules embedded in the binary; empty where none are linked in.
std::vector<Rule> builtin_rules();
// The examples of one rule (without what they expect); empty when there are none.
std::vector<Example> read_examples(std::string_view blob, std::string_view rule_id);
std::vector<Example> builtin_examples(std::string_view rule_id);

// Compiles the rule's logic into its check; errors carry the line within the rule file.
std::vector<RuleFileError> compile_rule(Rule& rule, uint32_t logic_line = 0);

// What a rule file must have beyond parsing: it compiles, and has a bad and a good example for every
// format it claims.
std::vector<RuleFileError> check_rule_file(RuleFile& file);

}  // namespace assay::rules
