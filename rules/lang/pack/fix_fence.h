// Fix fences of rule files: what has to change so that the rule falls silent, one step per line.
//
//   ```fix
//   set versioning.enabled = true         # the attribute gets this value, or is added with it
//   add enabled_logs = ["audit"]          # the list gets the elements that it lacks, or is added
//   remove public_ip                      # the attribute or block goes
//   ```
//
// Paths are those of the logic without "resource." (without "item." in rules with `each`):
// canonical names, whatever the format; quoted keys as labels["a/b"], indices as rules[0]. A value
// is JSON on the rest of the line. Words behind "fix" narrow a fence to formats ("terraform") or
// canonical types ("aws/rds/cluster"); of several fences the first that fits a finding counts. A
// step whose attribute says so already changes nothing.
//
// Called by rule_file.cc; analyzer/pipeline/fix makes the edits. Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/rule.h"

namespace assay::rules {

// One step, without its line end. An error is a sentence; the step is then not to be used.
FixStep parse_fix_step(std::string_view line, std::string& error);

// "Set acl to "private", remove public_ip": what a fix does, for people.
std::string describe_fix(const FixRecipe& recipe);

// The recipe for a finding of this format and canonical type; null when none fits.
const FixRecipe* find_recipe(const Rule& rule, std::string_view format, std::string_view type);

}  // namespace assay::rules
