// Alias tables read backwards: where would a canonical attribute be written in a native type? A fix
// says what a canonical attribute shall be; this says which native path that is, and what its text
// is there.
//
// Called by analyzer/pipeline/fix. What is returned views the tables, which live as long as the
// program (builtin_aliases()). Threads: pure.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "parsers/model/alias_table.h"
#include "parsers/model/aliases.h"

namespace assay::model {

struct NativeStep {
  std::string_view
      key;  // of a mapping, or of the element whose Key says so in a list of {Key, Value}
  uint32_t index = 0;
  bool is_index = false;
  bool any_case = false;  // `key` is canonical: the native name is the one whose snake_case it is
};

struct NativePlace {
  const NativeTable* table = nullptr;          // null: written as it is called
  std::vector<NativeStep> steps;               // from the native object, or from the element
  const std::vector<MapEntry>* map = nullptr;  // of the value; null: none
  bool inverted = false;                       // true is written as false
  bool is_pair = false;  // the last step names an element of a list of {Key, Value}
};

// "a.b[0][\"c.d\"]" as steps; `[]` is kEach. Empty when it is not a path. Views `text`.
Path parse_canonical_path(std::string_view text);

// Every place where `path` may be written in an object that `table` describes, the likeliest first.
// `each` is the list that `path` is seen from an element of; places then start at the native
// element. Empty: the table has none.
std::vector<NativePlace> native_places(const NativeTable& table, const Path& each,
                                       const Path& path);

// "BlockPublicAcls" for "block_public_acls"; acronyms are not restored.
std::string pascal_case(std::string_view name);

}  // namespace assay::model
