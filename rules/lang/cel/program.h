// Program: a compiled expression, a tree of nodes with names, functions, slots and regular
// expressions resolved and constant parts folded. Immutable; many workers may evaluate it at once.
#pragma once

#include <deque>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "rules/lang/cel/environment.h"

namespace assay::core {
class Regex;
}

namespace assay::rules::cel {

// A literal regular expression. What a pack holds is known to be right and compiled when it is first matched: most
// rules of a scan never come to that.
class Pattern {
 public:
  explicit Pattern(std::string_view text);
  Pattern(const Pattern&) = delete;
  Pattern& operator=(const Pattern&) = delete;
  // Null when it is malformed.
  const core::Regex* get() const;
  // Could it match somewhere in the text? False is certain, and costs no compilation.
  bool may_match(std::string_view text) const { return literal_.empty() || text.find(literal_) != std::string_view::npos; }

 private:
  std::string_view text_;     // in the program
  std::string_view literal_;  // a part of it that every match holds; empty: none is known
  mutable std::once_flag once_;
  mutable std::shared_ptr<const core::Regex> regex_;
};

enum class Op : uint8_t {
  kConstant, kLocal, kGlobal, kSelect, kHas, kIndex,
  kAnd, kOr, kNot, kNegate, kConditional,
  kEqual, kNotEqual, kLess, kLessEqual, kGreater, kGreaterEqual,
  kAdd, kSubtract, kMultiply, kDivide, kModulo, kIn,
  kCall, kList, kMap, kComprehension, kBind,
  kFail,  // an error when evaluated: text
  kLazy,  // a global that is worked out when it is first read
};

// Flags of Node.
inline constexpr uint8_t kRecord = 1;          // the end of a chain of reads: goes to the trace
inline constexpr uint8_t kOptionalStep = 2;    // a.?b, a[?b]
inline constexpr uint8_t kFilterBody = 4;      // kComprehension: args are range, filter, result

struct Node {
  Op op = Op::kConstant;
  Macro macro = Macro::kNone;
  uint8_t flags = 0;
  uint32_t arg_count = 0;
  uint32_t slot = 0;        // kLocal, kGlobal; first variable of kComprehension, kBind
  int32_t slot2 = -1;       // second variable
  uint32_t begin = 0, end = 0;  // in the source
  uint32_t cost = 0;        // kConstant: of what it was made of (cost.h)
  const Node* const* args = nullptr;
  std::string_view text;    // field, function name, message
  Val constant;
  const bool* optional = nullptr;               // kList, kMap
  const Overload* const* overloads = nullptr;   // kCall: those of fitting arity and style
  uint32_t overload_count = 0;
  const Pattern* pattern = nullptr;             // kCall with a literal pattern

  const Node& arg(size_t i) const { return *args[i]; }
};

struct Program {
  std::string source;
  core::Arena arena{2048};
  const Node* root = nullptr;
  uint32_t local_count = 0;
  std::deque<Pattern> patterns;
  std::vector<bool> uses_slot;          // which variables it reads
  const Type* type = nullptr;           // null when not checked
  const Environment* environment = nullptr;
};

struct CompileOptions {
  bool macros = true;
  bool check = true;   // type-check first
};

// Null when there are issues. The environment must outlive the program.
std::unique_ptr<Program> compile(const Environment& environment, std::string_view text,
                                 const CompileOptions& options, Issues& issues);

// The same from the tree that `text` was parsed to (prepared.h), which must be right and outlive the program. Null also
// when it is malformed; the program has no type.
std::unique_ptr<Program> compile_tree(const Environment& environment, std::string_view text, std::string_view tree,
                                      Issues& issues);

}  // namespace assay::rules::cel
