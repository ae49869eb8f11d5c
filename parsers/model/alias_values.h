// Moving values from native attributes into canonical views: reading a path through unknowns,
// alternatives and guarded parts; writing one; and the coercions of alias tables. Nothing is
// invented: what is unknown stays unknown, what is guarded stays guarded, spans and origins stay.
//
// Called by aliases.cc. Values made live in the arena given. Threads: none of its own.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "parsers/core/small_vector.h"
#include "parsers/core/source.h"
#include "parsers/model/alias_table.h"
#include "parsers/model/value.h"

namespace assay::model {

struct AliasContext {
  core::Arena& arena;
  Guards& guards;
  const core::SourceSet* sources = nullptr;  // to find the places inside embedded JSON; may be null
};

// The value at `path` (no kEach inside). Its guard is the guard under which it is there; nothing
// when it is absent for certain. A part of an unknown is an unknown named after it.
std::optional<Value> read_path(const Value& from, std::span<const PathStep> path, AliasContext& context);

// Calls `change` for the place(s) `path` leads to, with null where nothing is, and returns `base`
// with the answers put in; no answer leaves the place as it is. Objects on the way are made when `create`.
class Change {  // a view of a function, which outlives the call it is handed to
 public:
  template <typename Fn>
  Change(const Fn& fn)  // NOLINT: it is one
      : object_(&fn), call_([](const void* object, const Value* old) -> std::optional<Value> {
          return (*static_cast<const Fn*>(object))(old);
        }) {}
  std::optional<Value> operator()(const Value* old) const { return call_(object_, old); }

 private:
  const void* object_;
  std::optional<Value> (*call_)(const void*, const Value*);
};
Value change_at(const Value& base, std::span<const PathStep> path, const Change& change, bool create,
                AliasContext& context);

// An object that many changes are made to before it is put into the arena.
class Draft {
 public:
  Draft(const Value& base, AliasContext& context) : context_(context) { open(base); }
  // As change_at().
  void change(std::span<const PathStep> path, const Change& change, bool create);
  Value close();  // what the changes made of it; the draft is done

 private:
  void open(const Value& base);

  AliasContext& context_;
  Value base_;  // without the entries while `is_open_`
  bool is_open_ = false;
  bool changed_ = false;
  core::SmallVector<Entry, 24> entries_;
};

// `value` through one coercion; alternatives one by one.
Value coerce(const Value& value, Coercion coercion, AliasContext& context);
// `value` through a value map; `target` names the result of an unknown.
Value map_value(const Value& value, std::span<const MapEntry> map, std::string_view target, AliasContext& context);
// Blocks that occur once become themselves, as the tree of names says.
Value unlist(const Value& value, const NameTree& singles, AliasContext& context);
// Under which guard does `value` equal the literal (a bare word or JSON)? kNever when it cannot.
Guard equals_literal(const Value& value, std::string_view literal, AliasContext& context);
// A constant of a table: true, false, null, a number, [], {}, "text" or a bare word.
Value constant_value(std::string_view literal, AliasContext& context);

std::string snake_case(std::string_view name);  // "DBInstanceIdentifier" -> "db_instance_identifier"

// Blocks of Terraform's Kubernetes provider as Kubernetes writes them (alias_kubernetes.cc).
Value camel_blocks(const Value& value, AliasContext& context);

// JSON text as a value; nothing when it is not JSON. `text` must live as long as the arena. `base`
// is where the text begins in a file, for exact spans; invalid: every part gets `whole`. `places`,
// when not empty, says for each byte of the text how far behind `base.begin` it is written.
std::optional<Value> parse_json_text(std::string_view text, core::Span base, core::Span whole,
                                     const Origin* origin, core::Arena& arena,
                                     std::span<const uint32_t> places = {});
// Where each byte of a text is written in the source of its literal: an indented heredoc ("<<-"), or
// a quoted string with escapes. Empty when the two do not belong together.
std::vector<uint32_t> literal_places(std::string_view text, std::string_view source);

}  // namespace assay::model
