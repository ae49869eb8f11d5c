// All Kubernetes objects of a scan, whatever format wrote them, found by name and by labels: what the
// linker draws edges from, and what rules ask whether a reference leads anywhere.
//
// Objects without a namespace share "default", as in their addresses; where several files of a scan
// define the same name, or pods with the same labels, those closest to the asking object count: its
// file, its directory, then all.
//
// Filled by formats/kubernetes/link.cc before the project is sealed. Ownership: views of the project.
// Threads: read only once filled.
#pragma once

#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "parsers/core/symbol.h"
#include "parsers/model/ties.h"
#include "parsers/model/value.h"

namespace assay::model {
struct Resource;
}

namespace assay::model::kubernetes {

struct Object {
  const Resource* resource = nullptr;
  const Value* value = nullptr;  // {apiVersion, kind, metadata, spec, ...}
  const Value* pod_metadata = nullptr;
  const Value* pod_spec = nullptr;  // of the pods it makes; null when it makes none
  std::string_view group, kind, name;
  std::string_view name_space;   // "" for kinds without one, and where it is not known
  std::string_view file, directory;
  bool certain = true;           // exists under every condition, and its names are known
  bool space_written = false;
};

class Index {
 public:
  void add(const Object& object);
  // From files of the directory tools make objects that no file shows: kustomizations, charts.
  void add_generator(std::string_view directory);
  // Some files of the directory were not read: templates, files with errors.
  void add_unread(std::string_view directory);
  // After the last add().
  void finish();

  bool empty() const { return objects_.empty(); }
  const std::vector<Object>& objects() const { return objects_; }
  const Object* of(const Resource& resource) const;

  // The object of that name that `from` means; null when the scan has none.
  const Object* find(const Object& from, std::string_view name_space, std::string_view kind, std::string_view name) const;
  // Does the namespace hold objects of the kind whose names are not known?
  bool unnamed(std::string_view name_space, std::string_view kind) const;
  // Those of the kind in the namespace.
  const std::vector<const Object*>& of_kind(std::string_view name_space, std::string_view kind) const;
  // Those that are seen as this canonical type ("kubernetes/network-policy").
  const std::vector<const Object*>& of_type(std::string_view name_space, core::Symbol type) const;
  // Does another object of the kind lie beside `from`: in its directory and that namespace?
  bool beside(const Object& from, std::string_view name_space, std::string_view kind) const;
  // May there be objects beside `from` that no file shows, because a tool generates them?
  bool generated(const Object& from) const;
  // Because files were not read, or operators make them?
  bool incomplete(const Object& from) const;

  // Objects whose pods carry all `labels` and satisfy all `expressions` (either may be null). `open`: there may
  // be more, because labels are not known.
  std::vector<const Object*> select(const Object& from, std::string_view name_space, const Value* labels,
                                    const Value* expressions, bool& open) const;

  // What of the object the functions above may find.
  static void add_ties(const Object& object, Ties& out);

 private:
  static void ask_for_selected(std::string_view name_space, const Value* labels);
  using Objects = std::vector<const Object*>;
  static std::string key(std::string_view a, std::string_view b, std::string_view c);
  static void keep_closest(const Object& from, Objects& found);

  std::vector<Object> objects_;
  std::unordered_map<const Resource*, const Object*> by_resource_;
  std::unordered_map<std::string, Objects> by_name_;   // namespace, kind, name
  std::unordered_map<std::string, Objects> by_kind_;   // namespace, kind
  std::unordered_map<core::Symbol, std::unordered_map<std::string_view, Objects>> by_type_;  // then by namespace
  std::unordered_map<std::string, Objects> by_label_;  // namespace, key, value
  std::unordered_map<std::string_view, Objects> pods_;       // by namespace
  std::unordered_map<std::string_view, Objects> open_pods_;  // those whose labels are not all known
  std::unordered_set<std::string> beside_;             // directory, namespace, kind
  std::unordered_set<std::string> unnamed_;            // namespace, kind
  std::unordered_set<std::string> incomplete_;         // directories
  std::unordered_set<std::string> generators_;         // directories
};

}  // namespace assay::model::kubernetes
