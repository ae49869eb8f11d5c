#include "parsers/formats/terraform/format.h"

#include <algorithm>
#include <map>
#include <set>

#include "parsers/formats/terraform/evaluator.h"
#include "parsers/formats/terraform/json_syntax.h"
#include "parsers/formats/terraform/plan/roots.h"
#include "parsers/syntax/hcl/reader.h"

namespace assay::formats {
namespace terraform {
namespace {

using syntax::Node;
using syntax::NodeKind;

// Local directories that the modules called in a file are in.
// `remote` (may be null) is set when a call goes elsewhere.
// `computed` when one is made of variables or locals.
void called_directories(const InputFile& file, std::set<std::string>& out, bool* remote = nullptr,
                        bool* computed = nullptr) {
  if (!file.tree || role_of(file.path) != FileRole::kConfiguration) return;
  std::unique_ptr<syntax::Tree> converted;
  const Node* body = file.tree->root;
  if (file.tree->language == syntax::Language::kJson) {
    converted = json_as_hcl(*file.tree);
    body = converted->root;
  }
  for (const Node* child : body->children()) {
    if (child->kind != NodeKind::kBlock || child->text != "module") continue;
    Declaration call;
    call.block = {child, file.id, false};
    if (const Node* inner = call.block.body()) {
      for (const Node* item : inner->children()) {
        if (item->kind == NodeKind::kAttribute) call.items.push_back({item, file.id, false});
      }
    }
    std::string_view source = local_source(call);
    if (!source.empty()) out.insert(join_path(directory_of(file.path), source));
    else if (remote) *remote = true;
    const Item* at = call.attribute("source");
    if (computed && at && literal_string(at->expression()).empty()) *computed = true;
  }
}

// The directory of the root module that a manifest of fetched modules belongs to.
std::string manifest_root(std::string_view path) {
  path.remove_suffix(kManifestPath.size());
  return join_path(path, "");
}

// Copies of modules that `terraform init` made: analysed where they are called, never by themselves.
bool is_installed(std::string_view directory) {
  return directory.find(".terraform/modules") != std::string_view::npos;
}

class TerraformFormat : public Format {
 public:
  std::string_view name() const override { return "terraform"; }

  int sniff(const InputFile& file, std::string_view text) const override {
    return role_of(file.path) != FileRole::kNone || is_plan(file, text) ? 100 : 0;
  }

  std::vector<EmbeddedFile> embedded(const InputFile& file, std::string_view text, const core::FileSystem& files,
                                     const std::string& base) const override {
    if (role_of(file.path) != FileRole::kNone || !is_binary_plan(text)) return {};
    return embedded_sources(file.path, text, files, base);
  }

  std::vector<std::string> dependencies(const InputFile& file) const override {
    std::set<std::string> directories;
    // The sources that a plan in JSON was made from may lie beside it.
    if (role_of(file.path) == FileRole::kNone && file.tree && is_json_plan(*file.tree)) {
      return {display_path(directory_of(file.path))};
    }
    if (role_of(file.path) == FileRole::kManifest && file.tree) {
      std::string root = manifest_root(file.path);
      for (const auto& [key, target] : read_manifest(*file.tree)) directories.insert(join_path(root, target));
      return {directories.begin(), directories.end()};
    }
    bool remote = false;
    called_directories(file, directories, &remote);
    if (remote) directories.insert(join_path(directory_of(file.path), kManifestPath));
    directories.erase(std::string(directory_of(file.path)));
    return {directories.begin(), directories.end()};
  }

  std::vector<RootSpec> roots(std::span<const InputFile* const> own, const LoadContext& context) const override {
    Directories directories;
    Calls calls;
    std::set<std::string> computing;  // directories whose calls have sources that are no literals
    std::vector<const InputFile*> plans;
    for (const InputFile* file : own) {
      std::string directory(directory_of(file->path));
      if (role_of(file->path) == FileRole::kNone) {
        plans.push_back(file);
        continue;
      }
      if (role_of(file->path) == FileRole::kManifest) {
        if (!file->tree) continue;
        directory = manifest_root(file->path);
        directories[directory].push_back(file);
        for (const auto& [key, target] : read_manifest(*file->tree)) {
          std::string fetched = join_path(directory, target);
          if (is_installed(fetched)) calls[directory].insert(fetched);
        }
        continue;
      }
      directories[directory].push_back(file);
      bool computed = false;
      called_directories(*file, calls[directory], nullptr, &computed);
      if (computed) computing.insert(directory);
    }
    for (const std::string& directory : computing) {
      Module module(directory, directories[directory]);
      for (const Declaration& call : module.calls()) {
        std::string source = computed_source(call, module);
        if (!source.empty()) calls[directory].insert(join_path(directory, source));
      }
    }
    if (context.ties) tie_directories(directories, calls, context);
    std::set<std::string> called;
    for (auto& [directory, targets] : calls) {
      for (const std::string& target : targets) {
        if (target != directory) called.insert(target);
      }
    }
    std::vector<RootSpec> roots;
    std::set<std::string> reached;
    auto add_root = [&](const std::string& directory) {
      std::vector<std::string> open{directory};
      std::set<std::string> closure{directory};
      while (!open.empty()) {
        std::string at = std::move(open.back());
        open.pop_back();
        for (const std::string& target : calls[at]) {
          if (directories.count(target) && closure.insert(target).second) open.push_back(target);
        }
      }
      RootSpec spec;
      spec.path = display_path(directory);
      for (const std::string& part : closure) {
        for (const InputFile* file : directories[part]) {
          // Variable files count for the root itself only.
          if (part == directory || role_of(file->path) == FileRole::kConfiguration) {
            spec.files.push_back(file);
          }
        }
        reached.insert(part);
      }
      std::sort(spec.files.begin(), spec.files.end(),
                [](const InputFile* a, const InputFile* b) { return a->path < b->path; });
      roots.push_back(std::move(spec));
    };
    for (const auto& [directory, files] : directories) {
      if (!called.count(directory) && !is_installed(directory)) add_root(directory);
    }
    std::vector<PlanPlace> places = place_plans(plans, directories, context);
    for (const PlanPlace& place : places) {
      bool root = place.directory && std::any_of(roots.begin(), roots.end(), [&](const RootSpec& known) {
                    return known.path == display_path(*place.directory);
                  });
      if (place.directory && !root) add_root(*place.directory);
    }
    // Modules that only call each other in a circle: the first of them by name stands for all.
    for (const auto& [directory, files] : directories) {
      if (!reached.count(directory)) add_root(directory);
    }
    // Variable files beside a called module belong to no other root.
    for (const auto& entry : directories) {
      const std::string_view directory = entry.first;
      for (const InputFile* file : entry.second) {
        if (role_of(file->path) == FileRole::kConfiguration) continue;
        auto at = std::find_if(roots.begin(), roots.end(), [&](const RootSpec& root) {
          if (std::find(root.files.begin(), root.files.end(), file) != root.files.end()) return true;
          return std::any_of(root.files.begin(), root.files.end(), [&](const InputFile* known) {
            return directory_of(known->path) == directory;
          });
        });
        if (at == roots.end()) continue;
        if (std::find(at->files.begin(), at->files.end(), file) == at->files.end()) at->files.push_back(file);
      }
    }
    for (RootSpec& root : roots) {
      std::sort(root.files.begin(), root.files.end(),
                [](const InputFile* a, const InputFile* b) { return a->path < b->path; });
    }
    for (const PlanPlace& place : places) attach_plan(place, roots);
    std::sort(roots.begin(), roots.end(), [](const RootSpec& a, const RootSpec& b) { return a.path < b.path; });
    return roots;
  }

  std::unique_ptr<model::Root> load(const RootSpec& spec, const LoadContext& context) const override {
    size_t bytes = 0;
    for (const InputFile* file : spec.files) bytes += file->tree ? file->tree->source.size() : 0;
    auto root = std::make_unique<model::Root>(std::max<size_t>(bytes / 2, 4096));
    root->path = spec.path;
    root->format = "terraform";
    if (spec.plan || !spec.skip_reason.empty()) {
      load_plan(spec, context, *root);
    } else {
      Evaluator evaluator(*root, context, spec.path == "." ? "" : spec.path, spec.files);
      evaluator.run();
      add_coverage(*root, spec, evaluator);
    }
    std::stable_sort(root->problems.begin(), root->problems.end(),
                     [](const core::Problem& a, const core::Problem& b) { return a.span < b.span; });
    return root;
  }

 private:
  using Calls = std::map<std::string, std::set<std::string>>;

  // Files of a directory are one module; whether it is a root depends on who calls it.
  static void tie_directories(const Directories& directories, const Calls& calls, const LoadContext& context) {
    for (const auto& [directory, files] : directories) {
      auto targets = calls.find(directory);
      for (const InputFile* file : files) {
        context.tie(*file, model::TieKind::kModule, directory, true, true);
        if (targets == calls.end()) continue;
        for (const std::string& target : targets->second) context.tie(*file, model::TieKind::kModule, target, true, false);
      }
    }
  }

  static void load_plan(const RootSpec& spec, const LoadContext& context, model::Root& root) {
    bool alone = spec.files.size() == 1;
    Plan plan;
    if (!spec.skip_reason.empty() || !read_plan(*spec.plan, context, root, alone, &plan)) {
      for (const InputFile* file : spec.files) add_row(root, *file, spec.skip_reason);
      return;
    }
    if (alone) {
      lower_plan(plan, root);
      add_row(root, *spec.plan, "");
    } else {
      Evaluator evaluator(root, context, spec.path == "." ? "" : spec.path, spec.files);
      evaluator.use_plan(plan);
      evaluator.run();
      lower_rest(plan, root);
      add_coverage(root, spec, evaluator);
    }
    add_change_views(plan, root);
    root.secret_spans = std::move(plan.secrets);
  }

  // A file of a plan that is not judged.
  static void add_row(model::Root& root, const InputFile& file, const std::string& skip_reason) {
    model::Coverage row;
    row.path = std::string(file.path);
    row.format = "terraform";
    if (!skip_reason.empty()) {
      row.state = model::Coverage::State::kSkipped;
      row.reason = skip_reason;
    } else if (root.resources.empty() && !root.problems.empty()) {
      row.state = model::Coverage::State::kFailed;
      row.reason = root.problems.front().message;
    } else if (file.tree && !file.tree->accepted) {
      row.state = model::Coverage::State::kPartial;
      row.reason = "the plan is not whole; what could be read of it was analysed";
    } else if (!root.problems.empty() && root.problems.front().code == "plan-version") {
      row.state = model::Coverage::State::kPartial;
      row.reason = root.problems.front().message;
    }
    root.coverage.push_back(std::move(row));
  }

  static void add_coverage(model::Root& root, const RootSpec& spec, const Evaluator& evaluator) {
    using State = model::Coverage::State;
    State state = State::kEvaluated;
    std::string reason;
    for (const core::Problem& problem : root.problems) {
      if (problem.code != "terraform-module-unavailable" && problem.code != "terraform-cycle") continue;
      state = State::kPartial;
      reason += reason.empty() ? problem.message : "; " + problem.message;
      if (reason.size() > 400) break;
    }
    model::Coverage whole;
    whole.path = spec.path;
    whole.is_root = true;
    whole.format = "terraform";
    whole.state = state;
    whole.reason = reason;
    root.coverage.push_back(whole);
    for (const InputFile* file : spec.files) {
      model::Coverage row;
      row.path = std::string(file->path);
      row.format = "terraform";
      if (!file->tree) {
        row.state = State::kFailed;
        row.reason = "the file could not be read";
      } else if (!file->tree->accepted) {
        row.state = State::kPartial;
        row.reason = "syntax errors; what could be read was analysed";
      } else if (is_shadowed(file->path, spec.files)) {
        row.state = State::kSkipped;
        row.reason = "the OpenTofu file of the same name stands in for it";
      } else if (role_of(file->path) == FileRole::kVariables) {
        const auto& used = evaluator.used_files();
        if (std::find(used.begin(), used.end(), file->path) == used.end()) {
          row.state = State::kSkipped;
          row.reason = "variable file that is not loaded automatically; name it with --var-file";
        }
      }
      root.coverage.push_back(std::move(row));
    }
  }
};

}  // namespace

ExpressionResult evaluate_expression(std::string_view text, std::string_view directory,
                                     const LoadContext& context, model::Root& root) {
  ExpressionResult out;
  std::vector<const InputFile*> files;
  for (const InputFile& file : context.files) {
    if (role_of(file.path) != FileRole::kNone) files.push_back(&file);
  }
  Evaluator evaluator(root, context, std::string(directory), files);
  std::string_view kept = root.arena.copy(text);
  auto tree = syntax::read_hcl_expression(core::kNoFile, kept);
  if (!tree->accepted || tree->root->kind == NodeKind::kError) {
    out.is_error = true;
    out.error = tree->problems.empty() ? "the expression cannot be read" : tree->problems[0].message;
    return out;
  }
  Scope scope;
  scope.module = &evaluator.root_module();
  scope.borrowed = true;
  model::Value value = evaluator.evaluate(*tree->root, scope);
  if (is_error(value)) {
    out.is_error = true;
    out.error = std::string(error_message(value));
    return out;
  }
  out.value = without_errors(value, root.guards, root.arena);
  return out;
}

}  // namespace terraform

const Format& terraform_format() {
  static const terraform::TerraformFormat format;
  return format;
}

}  // namespace assay::formats
