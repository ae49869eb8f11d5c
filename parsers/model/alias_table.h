// The parsed form of alias tables (see aliases.h for the grammar), and their parser.
//
// Called by aliases.cc only. Everything here views the text of the tables, which outlives it.
// Threads: built once, then read only, except for read_native(), which its caller serialises.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/symbol.h"

namespace assay::model {

struct PathStep {
  enum class Kind : uint8_t { kKey, kIndex, kEach };
  Kind kind = Kind::kKey;
  std::string_view key;
  uint32_t index = 0;
};
using Path = std::vector<PathStep>;

enum class Coercion : uint8_t {
  kBool, kNumber, kString, kList, kPairs, kJson, kSingle, kSnake, kCamel, kNot,
  kAwscc,  // kSnake of names that are awscc's (alias_awscc.h)
};

// "Enabled: true" in braces; the target is JSON-like: true, false, a number, null, else a text.
struct MapEntry {
  std::string_view from;
  std::string_view to;
};

struct Mapping {
  Path target;
  std::vector<Path> sources;  // the first present one counts; an empty path is the native object
  std::vector<Coercion> coercions;
  std::vector<MapEntry> map;
  bool has_constant = false;
  std::string_view constant;   // `target = constant`
  Path when_path;              // `when path = literal`
  std::string_view when_literal;
  std::vector<Mapping> parts;  // lines indented below an element mapping
};

// A tree of names: `single a.b` says that block b inside a occurs once.
struct NameTree {
  std::string_view name;
  bool marked = false;
  std::vector<NameTree> below;

  const NameTree* find(std::string_view key) const;
  NameTree& child(std::string_view key);
};

struct NativeTable {
  std::string_view format, native;
  uint32_t type = 0;         // index into AliasFileTables::types
  bool satellite = false;
  bool unjoined = false;     // only for satellites that complete nothing
  std::string_view join_from;               // attribute of the satellite
  std::vector<std::string_view> join_to;    // attributes of the resource
  Path each;                 // a view for each element of this list; empty: one view
  std::string_view where_attribute;         // only for resources where this text
  std::string_view where_word;              // has (or lacks) the word, of words between commas
  bool where_lacks = false;
  bool take_snake = false;   // take over what no line names, in snake_case
  bool take_camel = false;   // blocks become Kubernetes' own objects
  bool awscc = false;        // made of a CloudFormation table: nothing is taken over unnamed
  // What stands below the head is read by read_native(): most tables of a file are of other formats and types.
  std::string_view body;
  uint32_t line = 0;         // of the head
  bool complete = false;
  NameTree singles;
  std::vector<Mapping> mappings;
};

struct Fixed {  // default or type-level coercion of a canonical path
  Path path;
  std::string_view literal;
  std::string_view source;
  Coercion coercion = Coercion::kBool;
};

struct TypeTable {
  std::string_view name;
  core::Symbol symbol;
  std::vector<Fixed> defaults;
  std::vector<Fixed> coercions;
};

struct FileTables {
  std::vector<TypeTable> types;
  std::vector<NativeTable> natives;
};

// Reads one table file: types, and the heads of native tables. Errors are "path:line: message".
FileTables parse_alias_file(std::string_view path, std::string_view text, std::vector<std::string>* errors);
// Reads what stands below the head of one of its native tables.
void read_native(std::string_view path, NativeTable& native, std::vector<std::string>* errors);

}  // namespace assay::model
