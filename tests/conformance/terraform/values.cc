// Loads the root modules of the oracle and compares instances and known values with Terraform's
// plans, by the rules in the oracle's README. A case is one instance; one more case per root says
// whether the set of managed addresses is equal.
//
// Data: $ASSAY_SHARED/oracles/terraform-values. Arguments: --verbose, --update, or names of roots.
#include <algorithm>
#include <cstdio>
#include <cstring>
#include <map>
#include <memory>
#include <set>

#include "parsers/core/file_system.h"
#include "parsers/formats/terraform/format.h"
#include "parsers/formats/terraform/json_syntax.h"
#include "parsers/formats/terraform/module.h"
#include "parsers/formats/terraform/policy_document.h"
#include "parsers/syntax/hcl/reader.h"
#include "parsers/syntax/json/reader.h"
#include "tests/conformance/terraform/ratchet.h"

namespace {

using namespace assay;
using model::Value;

// What is expected below a path: a leaf, or children by name or index.
struct Expected {
  const Value* leaf = nullptr;
  std::map<std::string, Expected> names;
  std::map<uint32_t, Expected> indices;
};

void add_path(Expected& root, std::string_view path, const Value& leaf) {
  Expected* at = &root;
  size_t i = 0;
  while (i < path.size()) {
    if (path[i] == '.') {
      ++i;
    } else if (path[i] == '[' && i + 1 < path.size() && path[i + 1] == '"') {
      std::string name;
      for (i += 2; i < path.size() && path[i] != '"'; ++i) {
        if (path[i] == '\\') ++i;
        name += path[i];
      }
      i += 2;
      at = &at->names[name];
    } else if (path[i] == '[') {
      uint32_t index = 0;
      for (++i; i < path.size() && path[i] != ']'; ++i) index = index * 10 + static_cast<uint32_t>(path[i] - '0');
      ++i;
      at = &at->indices[index];
    } else {
      size_t end = path.find_first_of(".[", i);
      std::string name(path.substr(i, end == std::string_view::npos ? end : end - i));
      i = end == std::string_view::npos ? path.size() : end;
      at = &at->names[name];
    }
  }
  at->leaf = &leaf;
}

class Comparison {
 public:
  explicit Comparison(std::set<std::string> sets) : sets_(std::move(sets)) {}

  bool matches(const Expected& expected, const Value& actual, const std::string& path, std::string* why) {
    auto differs = [&](const std::string& wanted) {
      if (why && why->size() < 2000) *why += path + ": expected " + wanted + ", got " + model::to_text(actual, nullptr, true) + "\n  ";
      return false;
    };
    if (actual.is_alternatives()) {
      for (const auto& alternative : actual.alternatives()) {
        if (!matches(expected, alternative.value, path, nullptr)) return differs("one value");
      }
      return true;
    }
    if (expected.leaf) return same_leaf(*expected.leaf, actual) || differs(model::to_text(*expected.leaf, nullptr, true));
    bool good = true;
    if (!expected.names.empty()) {
      // An unknown resource-like value may know parts of itself.
      const Value& object = actual.is_unknown() && actual.unknown().structure ? *actual.unknown().structure : actual;
      if (!object.is_mapping()) return differs("an object");
      for (const auto& [name, child] : expected.names) {
        const Value* found = object.find(name);
        if (!found) {
          if (why && why->size() < 2000) *why += path + "." + name + ": absent\n  ";
          good = false;
          continue;
        }
        good = matches(child, *found, path.empty() ? name : path + "." + name, why) && good;
      }
    }
    if (expected.indices.empty()) return good;
    if (!actual.is_sequence()) return differs("a list");
    if (sets_.count(path)) return matches_set(expected, actual, path) ? good : differs("another set");
    for (const auto& [index, child] : expected.indices) {
      if (index >= actual.size) return differs("an element " + std::to_string(index));
      good = matches(child, actual.items()[index], path, why) && good;
    }
    return good;
  }

 private:
  bool matches_set(const Expected& expected, const Value& actual, const std::string& path) {
    std::vector<const Expected*> wanted;
    for (const auto& [index, child] : expected.indices) wanted.push_back(&child);
    std::vector<bool> used(actual.size, false);
    return assign(wanted, 0, actual, used, path);
  }
  bool assign(const std::vector<const Expected*>& wanted, size_t at, const Value& actual,
              std::vector<bool>& used, const std::string& path) {
    if (at == wanted.size()) return true;
    for (uint32_t i = 0; i < actual.size; ++i) {
      if (used[i] || !matches(*wanted[at], actual.items()[i], path, nullptr)) continue;
      used[i] = true;
      if (assign(wanted, at + 1, actual, used, path)) return true;
      used[i] = false;
    }
    return false;
  }
  static std::string scalar_text(const Value& value) {
    if (value.is_string()) return std::string(value.text());
    return value.is_primitive() ? model::literal_text(value) : std::string("<none>");
  }
  static bool same_leaf(const Value& wanted, const Value& actual) {
    if (wanted.is_null()) return actual.is_null();
    if (wanted.is_sequence()) return actual.is_sequence() && actual.size == wanted.size;
    if (wanted.is_mapping()) return actual.is_mapping() && actual.size == wanted.size;
    // "<type.attribute>" is the stand-in's answer of a data source that `context` does not give.
    if (actual.is_unknown() && wanted.is_string() &&
        (wanted.text().find("<aws_") != std::string_view::npos ||
         wanted.text().find("\\u003caws_") != std::string_view::npos)) {
      return true;
    }
    if (!actual.is_primitive()) return false;
    if (scalar_text(wanted) == scalar_text(actual)) return true;
    if (!wanted.is_string() || !actual.is_string()) return false;
    core::Arena arena;
    Value a, b;
    return formats::terraform::json_text_value(wanted.text(), arena, &a) &&
           formats::terraform::json_text_value(actual.text(), arena, &b) &&
           (a.is_mapping() || a.is_sequence()) && same_value(a, b);
  }

  std::set<std::string> sets_;
};

// All files of a root and of the modules it calls, read from disk.
struct Project {
  core::RealFileSystem disk;
  core::SourceSet sources;
  std::vector<std::unique_ptr<syntax::Tree>> trees;
  std::vector<formats::InputFile> files;
  formats::LoadOptions options;
  formats::LoadContext context;

  void read(const std::string& base, const std::string& root) {
    std::set<std::string> directories{root}, done;
    while (!directories.empty()) {
      std::string at = *directories.begin();
      directories.erase(directories.begin());
      if (!done.insert(at).second) continue;
      auto entries = disk.list(base + "/" + at);
      if (!entries) continue;
      for (const core::DirEntry& entry : *entries) {
        std::string path = at + "/" + entry.name;
        if (entry.kind != core::EntryKind::kFile ||
            formats::terraform::role_of(path) == formats::terraform::FileRole::kNone) {
          continue;
        }
        auto text = disk.read(base + "/" + path);
        if (!text) continue;
        core::FileId id = sources.add(path, *text);
        trees.push_back(formats::terraform::is_json(path) ? syntax::read_json(id, sources.text(id))
                                                          : syntax::read_hcl(id, sources.text(id)));
        files.push_back({id, sources.path(id), trees.back().get()});
        for (const std::string& more : formats::terraform_format().dependencies(files.back())) {
          directories.insert(more);
        }
      }
    }
    std::sort(files.begin(), files.end(),
              [](const formats::InputFile& a, const formats::InputFile& b) { return a.path < b.path; });
    context.sources = &sources;
    context.file_system = &disk;
    context.base_directory = base;
    context.boundary = base;
    context.files = files;
    context.options = &options;
  }
};

std::string json_of(const Value& value) { return formats::terraform::json_text(value, 0); }

}  // namespace

int main(int argc, char** argv) {
  conformance::Ratchet ratchet("terraform-values", "values-passing.txt", argc, argv);
  std::set<std::string> wanted;
  for (int i = 1; i < argc; ++i) {
    if (std::strncmp(argv[i], "--", 2) != 0) wanted.insert(argv[i]);
  }
  core::RealFileSystem disk;
  auto real = disk.real_path(conformance::Ratchet::shared());
  std::string shared = real ? *real : conformance::Ratchet::shared();
  std::string oracle = shared + "/oracles/terraform-values";
  auto list = disk.list(oracle + "/expect");
  if (!list) {
    std::printf("no data below %s\n", oracle.c_str());
    return ratchet.finish();
  }
  unsigned known = 0, roots = 0, good_roots = 0;
  for (const core::DirEntry& entry : *list) {
    std::string name = entry.name.substr(0, entry.name.rfind('.'));
    if (!wanted.empty() && !wanted.count(name)) continue;
    auto text = disk.read(oracle + "/expect/" + entry.name);
    core::Arena arena;
    Value expect;
    if (!text || !formats::terraform::json_text_value(*text, arena, &expect)) continue;
    Project project;
    if (const Value* args = expect.find("args"); args && args->is_sequence()) {
      for (uint32_t i = 0; i + 1 < args->size; ++i) {
        if (args->items()[i].text() != "-var") continue;
        std::string given(args->items()[i + 1].text());
        project.options.variables.emplace_back(given.substr(0, given.find('=')), given.substr(given.find('=') + 1));
      }
    }
    if (const Value* env = expect.find("env"); env && env->is_mapping()) {
      for (const auto& variable : env->entries()) {
        project.options.environment[std::string(variable.key)] = std::string(variable.value.text());
      }
    }
    if (const Value* given = expect.find("context"); given && given->is_mapping()) {
      for (const auto& answer : given->entries()) project.options.context[std::string(answer.key)] = json_of(answer.value);
    }
    std::string directory =
        formats::terraform::join_path("oracles/terraform-values", expect.find("root")->text());
    project.read(shared, directory);
    std::vector<const formats::InputFile*> own;
    for (const auto& file : project.files) own.push_back(&file);
    formats::RootSpec spec;
    for (const auto& root : formats::terraform_format().roots(own, project.context)) {
      if (root.path == directory) spec = root;
    }
    auto root = formats::terraform_format().load(spec, project.context);
    ++roots;
    bool good_root = true;
    std::map<std::string, const model::Resource*> resources;
    std::set<std::string> managed, expected_managed;
    for (const model::Resource& resource : root->resources) {
      resources[std::string(resource.address)] = &resource;
      if (resource.kind == "resource") managed.insert(std::string(resource.address));
    }
    for (const Value& instance : expect.find("instances")->items()) {
      std::string address(instance.find("address")->text());
      if (address.find("data.") != 0 && address.find(".data.") == std::string::npos) expected_managed.insert(address);
    }
    if (managed == expected_managed) {
      ratchet.pass(name + ": addresses");
    } else {
      good_root = false;
      std::string detail;
      for (const auto& address : expected_managed) if (!managed.count(address)) detail += "missing " + address + "; ";
      for (const auto& address : managed) if (!expected_managed.count(address)) detail += "unexpected " + address + "; ";
      ratchet.fail(name + ": addresses", detail);
    }
    for (const Value& instance : expect.find("instances")->items()) {
      std::string address(instance.find("address")->text());
      std::string case_name = name + ": " + address;
      auto found = resources.find(address);
      if (found == resources.end()) {
        ratchet.fail(case_name, "there is no such instance");
        good_root = false;
        continue;
      }
      Expected tree;
      for (const auto& leaf : instance.find("values")->entries()) {
        add_path(tree, leaf.key, leaf.value);
        ++known;
      }
      std::set<std::string> sets;
      if (const Value* all = expect.find("set_paths")) {
        if (const Value* paths = all->find(instance.find("type")->text())) {
          for (const Value& path : paths->items()) sets.insert(std::string(path.text()));
        }
      }
      std::string why;
      Comparison comparison(sets);
      if (comparison.matches(tree, found->second->attributes, "", &why)) {
        ratchet.pass(case_name);
      } else {
        ratchet.fail(case_name, why);
        good_root = false;
      }
    }
    good_roots += good_root;
    for (const core::Problem& problem : root->problems) {
      if (argc > 1 && std::strcmp(argv[1], "--verbose") == 0) {
        std::string where = problem.span.valid() ? project.sources.path(problem.span.file) + ":" +
            std::to_string(project.sources.lines(problem.span.file).position(problem.span.begin).line) : "";
        std::printf("  problem %s %s: %s\n", problem.code.c_str(), where.c_str(), problem.message.c_str());
      }
    }
  }
  std::printf("roots wholly right: %u of %u; known paths compared: %u\n", good_roots, roots, known);
  return ratchet.finish();
}
