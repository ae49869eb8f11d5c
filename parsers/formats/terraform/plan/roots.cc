#include "parsers/formats/terraform/plan/roots.h"

#include <algorithm>

#include "parsers/formats/terraform/module.h"

namespace assay::formats::terraform {
namespace {

// Where sources of a plan are put that differ from those on disk. Modules above the root module need
// a directory each to be above.
std::string inside(std::string_view plan, const std::vector<std::pair<std::string, std::string>>& sources) {
  size_t most = 0;
  for (const auto& [path, text] : sources) {
    size_t up = 0;
    while (std::string_view(path).substr(3 * up, 3) == "../") ++up;
    most = std::max(most, up);
  }
  std::string out = std::string(plan) + "!";
  for (size_t i = 0; i < most; ++i) out += "/root";
  return out;
}

bool has_configuration(const Directories& directories, const std::string& directory) {
  auto at = directories.find(directory);
  return at != directories.end() && std::any_of(at->second.begin(), at->second.end(), [](const InputFile* file) {
    return role_of(file->path) == FileRole::kConfiguration;
  });
}

// How many resources and calls of the plan's root module the files of a directory declare.
size_t matches(const std::vector<const InputFile*>& files, const std::vector<std::string>& wanted) {
  size_t found = 0;
  for (const InputFile* file : files) {
    if (!file->tree || file->tree->language != syntax::Language::kHcl) continue;
    for (const syntax::Node* block : file->tree->root->children()) {
      if (block->kind != syntax::NodeKind::kBlock) continue;
      Item item{block, file->id, false};
      std::string name = block->text == "module" ? "module." + std::string(item.label(0))
                         : block->text == "resource"
                             ? std::string(item.label(0)) + "." + std::string(item.label(1))
                             : std::string();
      if (!name.empty() && std::binary_search(wanted.begin(), wanted.end(), name)) ++found;
    }
  }
  return found;
}

// "aws_x.y" and "module.z" of the plan's root module, sorted.
std::vector<std::string> declared(const InputFile& plan, const LoadContext& context) {
  model::Root scratch;
  Plan read;
  if (!read_plan(plan, context, scratch, false, &read)) return {};
  std::vector<std::string> out;
  for (const PlannedChange& change : read.changes) {
    std::string_view module = change.at.module_path;
    if (module.empty() && !change.at.data) out.push_back(change.at.base);
    if (!module.empty()) out.emplace_back(module.substr(0, module.find('.', 7)));
  }
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

}  // namespace

bool is_plan(const InputFile& file, std::string_view text) {
  if (!file.tree || file.tree->language != syntax::Language::kJson) return false;
  return is_json_plan(*file.tree) || is_binary_plan(text);
}

std::vector<EmbeddedFile> embedded_sources(std::string_view path, std::string_view text,
                                           const core::FileSystem& files, const std::string& base) {
  auto sources = plan_sources(text);
  std::string beside(directory_of(path));
  bool same = true;
  for (const auto& [name, source] : sources) {
    if (name == kManifestPath) continue;
    auto there = files.read(join_path(base, join_path(beside, name)));
    same = same && (there ? *there == source : there.error().code == "not-found");
  }
  std::string directory = same ? beside : inside(path, sources);
  std::vector<EmbeddedFile> out;
  for (auto& [name, source] : sources) out.push_back({join_path(directory, name), std::move(source)});
  return out;
}

std::vector<PlanPlace> place_plans(const std::vector<const InputFile*>& plans, const Directories& directories,
                                   const LoadContext& context) {
  std::vector<PlanPlace> out;
  std::vector<std::string> taken;
  auto is_named = [&](const InputFile* plan) {
    return std::binary_search(context.named.begin(), context.named.end(), plan->path);
  };
  std::vector<const InputFile*> order = plans;
  std::stable_sort(order.begin(), order.end(),
                   [&](const InputFile* a, const InputFile* b) { return is_named(a) && !is_named(b); });
  for (const InputFile* plan : order) {
    PlanPlace place;
    place.plan = plan;
    std::string beside(directory_of(plan->path));
    bool binary = !is_json_plan(*plan->tree);
    if (binary) {
      std::string within = inside(plan->path, plan_sources(context.sources->text(plan->id)));
      if (has_configuration(directories, within)) place.directory = within;
    }
    if (!place.directory && has_configuration(directories, beside)) place.directory = beside;
    if (!place.directory && is_named(plan)) {
      // Sources elsewhere in the scan that declare what the plan is about.
      std::vector<std::string> wanted = declared(*plan, context);
      size_t best = 0;
      for (const auto& [directory, files] : directories) {
        size_t found = matches(files, wanted);
        if (found > best) {
          best = found;
          place.directory = directory;
        }
      }
    }
    bool beside_sources = place.directory && directories.count(beside) && context.file_system &&
                          has_configuration(directories, beside) && [&] {
                            for (const InputFile* file : directories.at(beside)) {
                              if (context.file_system->exists(join_path(context.base_directory, file->path))) return true;
                            }
                            return false;
                          }();
    if (!is_named(plan) && beside_sources) {
      place.skip_reason = "the sources beside this plan are analysed; name the file to judge the plan";
      place.directory.reset();
    } else if (place.directory) {
      if (std::find(taken.begin(), taken.end(), *place.directory) != taken.end()) {
        place.skip_reason = "another plan of the same sources is judged";
        place.directory.reset();
      } else {
        taken.push_back(*place.directory);
      }
    }
    out.push_back(std::move(place));
  }
  return out;
}

void attach_plan(const PlanPlace& place, std::vector<RootSpec>& roots) {
  if (place.directory) {
    std::string path = display_path(*place.directory);
    for (RootSpec& root : roots) {
      if (root.path != path) continue;
      root.plan = place.plan;
      root.files.push_back(place.plan);
      std::sort(root.files.begin(), root.files.end(),
                [](const InputFile* a, const InputFile* b) { return a->path < b->path; });
      return;
    }
  }
  RootSpec alone;
  alone.path = std::string(place.plan->path);
  alone.files.push_back(place.plan);
  alone.plan = place.plan;
  alone.skip_reason = place.skip_reason;
  roots.push_back(std::move(alone));
}

}  // namespace assay::formats::terraform
