// CelCheck: a built-in or user rule written in CEL, in the environment of rules. True is a violation;
// a result that is no bool, or an error, is RunResult::kError with the message in the context.
//
// The variables: `resource` is the canonical view, `item` one element for rules with `each`, `native`
// the resource's own attributes, `meta` {address, type, name, format, kind, module_path}.
#pragma once

#include <memory>
#include <optional>

#include "rules/engine/rule.h"
#include "rules/lang/cel/program.h"

namespace assay::rules::cel {

class CelCheck : public Check {
 public:
  explicit CelCheck(std::unique_ptr<Program> program);
  const Reads* reads() const override { return reads_ ? &*reads_ : nullptr; }
  const std::vector<ReadPath>* paths() const override { return paths_ ? &*paths_ : nullptr; }
  const Check* screen() const override { return screen_.get(); }
  RunResult run(RunContext& context) const override;

 private:
  class Screen;

  std::unique_ptr<Program> program_;
  std::optional<Reads> reads_;
  std::optional<std::vector<ReadPath>> paths_;
  std::unique_ptr<Check> screen_;
};

}  // namespace assay::rules::cel
