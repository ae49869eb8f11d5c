// Compilation: names to slots, calls to overloads, literal patterns to regular expressions, constant
// parts to constants.
#include <algorithm>

#include "parsers/core/limits.h"
#include "parsers/core/regex.h"
#include "rules/lang/cel/checker.h"
#include "rules/lang/cel/cost.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/prepared.h"
#include "rules/lang/cel/program.h"

namespace assay::rules::cel {

namespace {

// The longest run of plain letters that every match of a pattern holds, as it stands there; empty when none is certain.
// Groups, classes and escapes end a run, and what a quantifier follows does not belong to it.
std::string_view required_literal(std::string_view pattern) {
  std::string_view best;
  size_t begin = 0;
  auto end_run = [&](size_t end, size_t next) {
    if (end > begin && end - begin > best.size()) best = pattern.substr(begin, end - begin);
    begin = next;
  };
  auto class_end = [&](size_t at) {  // of "[...]", behind it
    ++at;
    if (at < pattern.size() && pattern[at] == '^') ++at;
    if (at < pattern.size() && pattern[at] == ']') ++at;
    for (; at < pattern.size() && pattern[at] != ']'; ++at) {
      if (pattern[at] == '\\') ++at;
      else if (pattern[at] == '[') return std::string_view::npos;  // [:alpha:]
    }
    return at < pattern.size() ? at + 1 : std::string_view::npos;
  };
  for (size_t at = 0; at < pattern.size();) {
    char c = pattern[at];
    auto byte = static_cast<unsigned char>(c);
    switch (c) {
      case '|': return {};
      case '\\':
        // Of \\Q, \\pN and the like more than one byte belongs to the escape.
        if (at + 1 >= pattern.size() || std::string_view(".-/\\[](){}^$|*+?wWdDsSbB").find(pattern[at + 1]) == std::string_view::npos) return {};
        end_run(at, at + 2);
        at += 2;
        break;
      case '[': {
        size_t next = class_end(at);
        if (next == std::string_view::npos) return {};
        end_run(at, next);
        at = next;
        break;
      }
      case '(': {
        if (pattern.substr(at + 1, 1) == "?" && pattern.substr(at + 1, 2) != "?:") return {};
        end_run(at, at);
        size_t depth = 0;
        do {
          if (pattern[at] == '\\') {
            if (at + 1 < pattern.size() && pattern[at + 1] == 'Q') return {};
            at += 2;
          } else if (pattern[at] == '[') {
            at = class_end(at);
            if (at == std::string_view::npos) return {};
          } else {
            depth += pattern[at] == '(';
            depth -= pattern[at] == ')';
            ++at;
          }
        } while (depth > 0 && at < pattern.size());
        if (depth > 0) return {};
        begin = at;
        break;
      }
      case '*':
      case '?':
      case '{':
        // The character before it may be missing.
        end_run(at > begin ? at - 1 : at, at + 1);
        if (c == '{') {
          at = pattern.find('}', at);
          if (at == std::string_view::npos) return {};
          begin = at + 1;
        }
        ++at;
        break;
      case '+':
      case '.':
      case '^':
      case '$':
        end_run(at, at + 1);
        ++at;
        break;
      default:
        if (byte < 0x20 || byte >= 0x7f || c == ')' || c == '}' || c == ']') end_run(at, at + 1);
        ++at;
    }
  }
  end_run(pattern.size(), pattern.size());
  return best.size() >= 2 ? best : std::string_view();
}

}  // namespace

Pattern::Pattern(std::string_view text) : text_(text), literal_(required_literal(text)) {}

const core::Regex* Pattern::get() const {
  std::call_once(once_, [&] {
    if (auto compiled = core::Regex::compile(text_)) regex_ = *compiled;
  });
  return regex_.get();
}

namespace {

constexpr uint64_t kFoldingSteps = 10'000;

class Compiler {
 public:
  // `checked`: the tree comes from the packer, which compiled it once.
  Compiler(const Environment& env, Program& program, bool checked, Issues& issues)
      : env_(env), program_(program), arena_(program.arena), checked_(checked), issues_(issues) {}

  const Node* compile(const Expr& expr) { return build(expr, true); }

 private:
  // `whole`: nothing selects from the result, so a chain of reads ends here.
  const Node* build(const Expr& expr, bool whole) {
    Node* node = arena_.make<Node>();
    node->begin = expr.begin;
    node->end = expr.end;
    switch (expr.kind) {
      case ExprKind::kLiteral: node->constant = expr.literal; return node;
      case ExprKind::kIdent:
      case ExprKind::kSelect: return name_or_select(expr, node, whole);
      case ExprKind::kHas: {
        node->op = Op::kHas;
        node->text = expr.text;
        const Node* operand = build(*expr.arg(0), false);
        set_args(node, {&operand, 1});
        return node;
      }
      case ExprKind::kIndex: {
        node->op = Op::kIndex;
        if (expr.has(kOptionalAccess)) node->flags |= kOptionalStep;
        if (whole) node->flags |= kRecord;
        const Node* args[] = {build(*expr.arg(0), false), build(*expr.arg(1), true)};
        set_args(node, args);
        return fold(node);
      }
      case ExprKind::kOperator: {
        node->op = operation(expr.op);
        all_args(expr, node);
        return fold(node);
      }
      case ExprKind::kCall: return call(expr, node);
      case ExprKind::kList:
      case ExprKind::kMap:
        node->op = expr.kind == ExprKind::kList ? Op::kList : Op::kMap;
        node->optional = copy_marks(expr);
        all_args(expr, node);
        return fold(node);
      case ExprKind::kBind: {
        node->op = Op::kBind;
        const Node* value = build(*expr.arg(0), true);
        node->slot = push(expr.variable);
        const Node* args[] = {value, build(*expr.arg(1), whole)};
        scope_.pop_back();
        set_args(node, args);
        return node;
      }
      case ExprKind::kComprehension: return comprehension(expr, node);
    }
    return node;
  }

  const bool* copy_marks(const Expr& expr) {
    if (!expr.optional_array) return nullptr;
    size_t count = expr.kind == ExprKind::kList ? expr.arg_count : expr.arg_count / 2;
    return arena_.copy(std::span<const bool>(expr.optional_array, count)).data();
  }

  static Op operation(Operator op) {
    switch (op) {
      case Operator::kAnd: return Op::kAnd;
      case Operator::kOr: return Op::kOr;
      case Operator::kNot: return Op::kNot;
      case Operator::kNegate: return Op::kNegate;
      case Operator::kConditional: return Op::kConditional;
      case Operator::kEqual: return Op::kEqual;
      case Operator::kNotEqual: return Op::kNotEqual;
      case Operator::kLess: return Op::kLess;
      case Operator::kLessEqual: return Op::kLessEqual;
      case Operator::kGreater: return Op::kGreater;
      case Operator::kGreaterEqual: return Op::kGreaterEqual;
      case Operator::kAdd: return Op::kAdd;
      case Operator::kSubtract: return Op::kSubtract;
      case Operator::kMultiply: return Op::kMultiply;
      case Operator::kDivide: return Op::kDivide;
      case Operator::kModulo: return Op::kModulo;
      case Operator::kIn: return Op::kIn;
      case Operator::kNone: break;
    }
    return Op::kFail;
  }

  void set_args(Node* node, std::span<const Node* const> args) {
    auto copy = arena_.copy(args);
    node->args = copy.data();
    node->arg_count = static_cast<uint32_t>(copy.size());
  }
  void all_args(const Expr& expr, Node* node) {
    std::vector<const Node*> args;
    for (const Expr* arg : expr.args()) args.push_back(build(*arg, true));
    set_args(node, args);
  }

  uint32_t push(std::string_view variable) {
    scope_.push_back({variable, next_local_});
    program_.local_count = std::max(program_.local_count, next_local_ + 1);
    return next_local_++;
  }
  int find_local(std::string_view name) const {
    for (size_t i = scope_.size(); i-- > 0;) {
      if (scope_[i].first == name) return static_cast<int>(scope_[i].second);
    }
    return -1;
  }
  // The first name of a chain of selections; empty when it begins with something else.
  static std::string_view root_of(const Expr& expr) {
    const Expr* at = &expr;
    while (at->kind == ExprKind::kSelect) at = at->arg(0);
    return at->kind == ExprKind::kIdent ? at->text : std::string_view();
  }
  // Is the chain's first name a comprehension variable?
  bool starts_with_local(const Expr& expr) const {
    const Expr* at = &expr;
    while (at->kind == ExprKind::kSelect) at = at->arg(0);
    return at->kind == ExprKind::kIdent && !at->has(kAbsolute) && find_local(at->text) >= 0;
  }

  const Node* name_or_select(const Expr& expr, Node* node, bool whole) {
    if (whole) node->flags |= kRecord;
    if (expr.kind == ExprKind::kIdent && !expr.has(kAbsolute)) {
      if (int local = find_local(expr.text); local >= 0) {
        node->op = Op::kLocal;
        node->slot = static_cast<uint32_t>(local);
        return node;
      }
    }
    if (expr.kind == ExprKind::kIdent || env_.has_qualified_variable(root_of(expr))) {
      std::string name = qualified_name(expr);
      const Variable* variable = name.empty() || starts_with_local(expr) ? nullptr : env_.find_variable(name);
      if (variable) {
        if (variable->slot < 0) {
          node->constant = variable->constant;
          node->flags = 0;
          return node;
        }
        node->op = variable->lazy ? Op::kLazy : Op::kGlobal;
        node->slot = static_cast<uint32_t>(variable->slot);
        program_.uses_slot[node->slot] = true;
        return node;
      }
    }
    if (expr.kind == ExprKind::kIdent) {
      node->op = Op::kFail;
      node->text = arena_.copy("undeclared reference to '" + std::string(expr.text) + "'");
      return node;
    }
    node->op = Op::kSelect;
    node->text = expr.text;
    if (expr.has(kOptionalAccess)) node->flags |= kOptionalStep;
    const Node* operand = build(*expr.arg(0), false);
    set_args(node, {&operand, 1});
    return fold(node);
  }

  const Node* call(const Expr& expr, Node* node) {
    node->op = Op::kCall;
    node->text = expr.text;
    const Function* function = nullptr;
    bool member = expr.has(kMember);
    size_t first = 0;
    if (member) {
      std::string space = qualified_name(*expr.arg(0));
      if (!space.empty() && !starts_with_local(*expr.arg(0))) {
        function = env_.find_function(space + "." + std::string(expr.text));
        if (function) {
          member = false;
          first = 1;
        }
      }
    }
    if (!function) {
      std::string name = (expr.has(kAbsolute) ? "." : "") + std::string(expr.text);
      function = env_.find_function(name);
    }
    if (!function) {
      node->op = Op::kFail;
      node->text = arena_.copy("unknown function '" + std::string(expr.text) + "'");
      return node;
    }
    node->text = function->name;
    std::vector<const Node*> args;
    for (size_t i = first; i < expr.arg_count; ++i) args.push_back(build(*expr.arg(i), true));
    set_args(node, args);
    std::vector<const Overload*> overloads;
    bool pattern = false;
    for (const Overload& overload : function->overloads) {
      if (overload.signature.member != member || overload.signature.params.size() != args.size()) continue;
      overloads.push_back(&overload);
      pattern = pattern || (overload.flags & kPatternArg1);
    }
    auto copy = arena_.copy(overloads);
    node->overloads = copy.data();
    node->overload_count = static_cast<uint32_t>(copy.size());
    if (pattern && args[1]->op == Op::kConstant && args[1]->constant.is(Kind::kString)) {
      std::string_view text = args[1]->constant.text();
      node->pattern = &program_.patterns.emplace_back(text);
      if (!checked_ && !node->pattern->get()) {
        auto regex = core::Regex::compile(text);
        issues_.push_back({args[1]->begin, args[1]->end, "not a regular expression: " + regex.error().message});
      }
    }
    bool has_code = std::any_of(overloads.begin(), overloads.end(), [](const Overload* o) { return o->run; });
    if (!has_code) return node;
    const Node* folded = env_.mode() == Mode::kStandard ? fold(node) : fold_pure(node);
    // The API server looks at literals before anything runs.
    bool literal = args.size() == 1 && args[0]->op == Op::kConstant && args[0]->constant.is(Kind::kString);
    if (env_.mode() == Mode::kKubernetes && literal && folded->op != Op::kConstant && (node->text == "duration" || node->text == "timestamp")) {
      issues_.push_back({args[0]->begin, args[0]->end, "not a " + std::string(node->text) + ": " + to_text(args[0]->constant)});
    }
    return folded;
  }

  // Some look at the project, whatever their arguments.
  const Node* fold_pure(Node* node) {
    static constexpr std::string_view kReadsProject = "related";
    return node->text == kReadsProject || reads_other_resources(node->text) ? node : fold(node);
  }

  const Node* comprehension(const Expr& expr, Node* node) {
    node->op = Op::kComprehension;
    node->macro = expr.macro;
    std::vector<const Node*> args;
    args.push_back(build(*expr.arg(0), true));
    node->slot = push(expr.variable);
    if (!expr.variable2.empty()) node->slot2 = static_cast<int32_t>(push(expr.variable2));
    for (size_t i = 1; i < expr.arg_count; ++i) args.push_back(build(*expr.arg(i), true));
    scope_.resize(scope_.size() - (expr.variable2.empty() ? 1 : 2));
    if (expr.arg_count == 3) node->flags |= kFilterBody;
    set_args(node, args);
    return node;
  }

  // A node all of whose parts are constants becomes one, unless it fails: errors are left to run time,
  // where an operator may absorb them.
  const Node* fold(Node* node) {
    for (uint32_t i = 0; i < node->arg_count; ++i) {
      if (node->args[i]->op != Op::kConstant) return node;
    }
    Program scratch;
    scratch.root = node;
    scratch.environment = &env_;
    uint64_t steps = kFoldingSteps;
    uint8_t flags = node->flags;
    node->flags &= static_cast<uint8_t>(~kRecord);
    Eval eval(scratch, {}, arena_, nullptr, nullptr, steps);
    CostMeter cost;
    eval.set_cost(&cost);
    Val value = eval.run();
    node->flags = flags;
    if (value.is_error() || value.is(Kind::kOptional)) return node;
    Node* constant = arena_.make<Node>();
    constant->begin = node->begin;
    constant->end = node->end;
    constant->constant = value;
    constant->cost = folded_cost(*node, cost.used);
    return constant;
  }

  const Environment& env_;
  Program& program_;
  core::Arena& arena_;
  bool checked_;
  Issues& issues_;
  std::vector<std::pair<std::string_view, uint32_t>> scope_;
  uint32_t next_local_ = 0;
};

}  // namespace

namespace {

std::unique_ptr<Program> new_program(const Environment& environment, std::string_view text) {
  auto program = std::make_unique<Program>();
  program->source = text;
  program->environment = &environment;
  program->uses_slot.resize(static_cast<size_t>(environment.slot_count()));
  return program;
}

}  // namespace

std::unique_ptr<Program> compile(const Environment& environment, std::string_view text,
                                 const CompileOptions& options, Issues& issues) {
  auto program = new_program(environment, text);
  std::span<const MacroDef> macros = options.macros ? environment.macros() : std::span<const MacroDef>();
  Expr* expr = parse(program->source, macros, program->arena, issues);
  if (!expr) return nullptr;
  if (options.check) {
    program->type = check(environment, *expr, program->arena, issues);
    if (!program->type) return nullptr;
  }
  program->root = Compiler(environment, *program, false, issues).compile(*expr);
  if (!issues.empty()) return nullptr;
  return program;
}

std::unique_ptr<Program> compile_tree(const Environment& environment, std::string_view text, std::string_view tree,
                                      Issues& issues) {
  auto program = new_program(environment, text);
  core::Arena scratch;
  const Expr* expr = read_tree(tree, scratch);
  if (!expr) return nullptr;
  program->root = Compiler(environment, *program, true, issues).compile(*expr);
  if (!issues.empty()) return nullptr;
  return program;
}

}  // namespace assay::rules::cel
