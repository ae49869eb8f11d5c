#include "rules/lang/cel/cel_language.h"

#include "rules/lang/cel/cel_check.h"
#include "rules/lang/cel/parser.h"
#include "rules/lang/cel/prepared.h"

namespace assay::rules::cel {
namespace {

class CelLanguage : public PolicyLanguage {
 public:
  std::string_view name() const override { return "cel"; }

  CompiledPolicy compile(std::string_view text, bool each) const override {
    CompiledPolicy out;
    Issues issues;
    std::unique_ptr<Program> program = cel::compile(rules_environment(), text, {}, issues);
    for (Issue& issue : issues) out.errors.push_back({issue.begin, issue.end, std::move(issue.message)});
    if (!program) return out;
    if (program->uses_slot[kItemSlot] && !each) {
      out.errors.push_back({0, 0, "`item` is only there in rules with `each`; use `resource`"});
      return out;
    }
    if (program->type && !program->type->is_dyn() && program->type->kind != TypeKind::kBool) {
      out.errors.push_back({0, static_cast<uint32_t>(text.size()),
                            "a rule gives a bool (true is a violation), this gives " + to_text(*program->type)});
      return out;
    }
    out.check = std::make_shared<CelCheck>(std::move(program));
    return out;
  }

  std::string prepare(std::string_view text, bool each) const override {
    if (!compile(text, each).check) return {};
    core::Arena arena;
    Issues issues;
    const Expr* expr = parse(text, rules_environment().macros(), arena, issues);
    return expr ? write_tree(*expr) : std::string();
  }

  CompiledPolicy restore(std::string_view text, std::string_view prepared, bool /*each*/) const override {
    CompiledPolicy out;
    Issues issues;
    std::unique_ptr<Program> program = compile_tree(rules_environment(), text, prepared, issues);
    if (program) out.check = std::make_shared<CelCheck>(std::move(program));
    return out;
  }
};

}  // namespace

const PolicyLanguage& language() {
  static const CelLanguage language;
  return language;
}

}  // namespace assay::rules::cel
