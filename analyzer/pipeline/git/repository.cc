#include "analyzer/pipeline/git/repository.h"

#include <algorithm>
#include <unordered_set>

#include "analyzer/pipeline/git/process.h"
#include "parsers/core/path.h"
#include "parsers/core/suggest.h"
#include "parsers/core/text.h"

namespace assay::pipeline {
namespace {

using core::Error;

constexpr std::chrono::seconds kPatience{120};    // for one answer of git
constexpr size_t kMaxAnswer = size_t{512} << 20;  // lists of files
constexpr size_t kMaxNamed = 5;                   // files that a message names

std::string_view first_line(std::string_view text) {
  return core::trim(text.substr(0, text.find('\n')));
}

// The fields of an answer given with -z.
std::vector<std::string_view> fields_of(std::string_view text) {
  std::vector<std::string_view> out;
  while (!text.empty()) {
    size_t end = text.find('\0');
    out.push_back(text.substr(0, end));
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

bool is_object_name(std::string_view text) {
  return (text.size() == 40 || text.size() == 64) &&
         text.find_first_not_of("0123456789abcdef") == std::string_view::npos;
}

TreeEntryKind kind_of_mode(std::string_view mode) {
  if (mode == "160000") return TreeEntryKind::kSubmodule;
  return mode == "120000" ? TreeEntryKind::kLink : TreeEntryKind::kFile;
}

std::string named(const std::vector<std::string>& paths) {
  std::string out;
  for (size_t i = 0; i < std::min(paths.size(), kMaxNamed); ++i) out += (i ? ", " : "") + paths[i];
  if (paths.size() > kMaxNamed) out += " and " + std::to_string(paths.size() - kMaxNamed) + " more";
  return out;
}

// git's own words about what went wrong, without its prefix.
std::string said(const CommandOutput& output) {
  std::string_view text = first_line(output.error);
  for (std::string_view prefix : {"fatal: ", "error: "}) {
    if (text.starts_with(prefix)) text.remove_prefix(prefix.size());
  }
  return text.empty() ? "git ended with status " + std::to_string(output.status) : std::string(text);
}

Error explain(Error error) {
  if (error.code == "program-not-found")
    error.message = "git is needed for --diff and --staged, and " + error.message;
  return error;
}

}  // namespace

std::vector<std::string> Repository::command(std::initializer_list<std::string> words) const {
  // Settings of a repository that would start programs are not followed.
  std::vector<std::string> out = {"git", "-c", "core.fsmonitor=false", "-c", "core.quotePath=false"};
  if (!at_place_) {
    out.push_back("-C");
    out.push_back(directory_);
  }
  out.insert(out.end(), words);
  return out;
}

core::Result<std::string> Repository::ask(std::initializer_list<std::string> words) const {
  auto output = run_command(command(words), kPatience, kMaxAnswer);
  if (!output) return explain(output.error());
  if (output->status != 0) return Error{"git-failed", "git " + *words.begin() + ": " + said(*output)};
  return std::move(output->out);
}

core::Result<Repository> Repository::open(const std::string& directory) {
  Repository out;
  out.directory_ = directory;
  // Hooks are run with variables that are relative to where they are.
  out.at_place_ = in_environment("GIT_DIR");
  auto output = run_command(out.command({"rev-parse", "--is-bare-repository", "--is-shallow-repository",
                                         "--git-common-dir", "--show-toplevel"}),
                            kPatience, kMaxAnswer);
  if (!output) return explain(output.error());
  std::vector<std::string_view> lines = core::split(output->out, '\n');
  if (lines.size() < 4) {
    std::string why = said(*output);
    if (why.find("not a git repository") != std::string::npos) {
      return Error{"not-a-repository", directory + " is not in a git repository, which --diff and --staged need"};
    }
    if (why.find("dubious ownership") != std::string::npos) {
      return Error{"repository-refused",
                   "git does not trust the repository at " + directory +
                       ", which belongs to somebody else; if you do: git config --global --add "
                       "safe.directory " +
                       directory};
    }
    return Error{"git-failed", why};
  }
  out.bare_ = lines[0] == "true";
  out.shallow_ = lines[1] == "true";
  out.git_directory_ = core::normalize_path(core::join_path(directory, lines[2]));
  // Directories may have line feeds in their names: the last answer is all that is left.
  size_t begin = static_cast<size_t>(lines[3].data() - output->out.data());
  if (output->status == 0) out.root_ = output->out.substr(begin, output->out.size() - begin - 1);
  return out;
}

std::string Repository::shallow_advice() const {
  return "; this clone is shallow and may not hold it: fetch the whole history (fetch-depth: 0 of "
         "actions/checkout, "
         "GIT_DEPTH: 0 of GitLab, or git fetch --unshallow)";
}

Error Repository::missing_ref(const std::string& ref) const {
  std::string message = "there is no ref '" + ref + "' in the git repository";
  if (ref == "HEAD")
    return {"missing-ref", "the repository has no commit yet, so there is nothing to compare with"};
  std::vector<std::string> names;
  if (auto refs = ask({"for-each-ref", "--format=%(refname:short)"})) {
    for (std::string_view line : core::split(*refs, '\n')) {
      if (!line.empty()) names.emplace_back(line);
    }
  }
  std::string nearest = core::did_you_mean(ref, names);
  if (nearest.empty() && ref.find('/') == std::string::npos) {
    // In a checkout of a pipeline, branches are known by their remote names only.
    for (const std::string& name : names) {
      if (name.ends_with("/" + ref)) nearest = core::did_you_mean(name, names);
    }
  }
  message += nearest;
  if (shallow_) message += shallow_advice();
  return {"missing-ref", message};
}

core::Result<std::string> Repository::resolve(const std::string& ref) const {
  if (ref.empty()) return Error{"bad-ref", "the ref is empty"};
  if (ref.front() == '-' || ref.front() == '^') {
    return Error{"bad-ref", "'" + ref + "' is not a ref: no ref begins with '" + ref.substr(0, 1) + "'"};
  }
  for (const char* type : {"^{commit}", "^{tree}"}) {
    auto output = run_command(command({"rev-parse", "--verify", "--quiet", "--end-of-options", ref + type}),
                              kPatience, kMaxAnswer);
    if (!output) return explain(output.error());
    std::string name(first_line(output->out));
    if (output->status == 0 && is_object_name(name)) return name;
  }
  return missing_ref(ref);
}

core::Result<std::string> Repository::merge_base(const std::string& a, const std::string& b) const {
  auto output = run_command(command({"merge-base", a, b}), kPatience, kMaxAnswer);
  if (!output) return explain(output.error());
  std::string name(first_line(output->out));
  if (output->status == 0 && is_object_name(name)) return name;
  if (output->status > 1) return Error{"git-failed", "git merge-base: " + said(*output)};
  return Error{"no-merge-base", "the two sides of the comparison have no common commit" +
                                    (shallow_ ? shallow_advice() : std::string())};
}

core::Status Repository::mark_unchanged(std::initializer_list<std::string> diff, TreeListing& listing) const {
  if (bare_ || root_.empty()) return core::ok();
  auto answer = ask(diff);
  if (!answer) return answer.error();
  std::unordered_set<std::string_view> changed;
  for (std::string_view path : fields_of(*answer)) changed.insert(path);
  for (TreeEntry& entry : listing.entries) entry.as_on_disk = entry.as_on_disk && !changed.contains(entry.path);
  return core::ok();
}

core::Result<TreeListing> Repository::list_tree(const std::string& object) const {
  auto answer = ask({"ls-tree", "-r", "-z", "--full-tree", object});
  if (!answer) return answer.error();
  TreeListing out;
  for (std::string_view field : fields_of(*answer)) {
    // MODE TYPE OBJECT<tab>PATH
    size_t tab = field.find('\t');
    std::vector<std::string_view> words = core::split(field.substr(0, tab), ' ');
    if (tab == std::string_view::npos || words.size() != 3)
      return Error{"git-failed", "git ls-tree: an answer that is not understood"};
    out.entries.push_back(
        {std::string(field.substr(tab + 1)), std::string(words[2]), kind_of_mode(words[0]), false});
  }
  auto by_path = [](const TreeEntry& a, const TreeEntry& b) { return a.path < b.path; };
  std::sort(out.entries.begin(), out.entries.end(), by_path);
  if (bare_ || root_.empty()) return out;
  // What the index says of the work tree holds where it has the path and looks at the disk.
  auto index = ask({"ls-files", "-v", "-z", "--full-name", ":/"});
  if (!index) return index.error();
  std::unordered_set<std::string_view> seen;
  for (std::string_view field : fields_of(*index)) {
    if (field.size() < 3) continue;
    if (field[0] == 'H') seen.insert(field.substr(2));
    if (field[0] == 'S' || field[0] == 's') out.not_checked_out.emplace_back(field.substr(2));
  }
  for (TreeEntry& entry : out.entries)
    entry.as_on_disk = entry.kind == TreeEntryKind::kFile && seen.contains(entry.path);
  auto marked = mark_unchanged({"diff-index", "--name-only", "--no-renames", "-z", object, "--"}, out);
  if (!marked) return marked.error();
  std::sort(out.not_checked_out.begin(), out.not_checked_out.end());
  return out;
}

core::Result<TreeListing> Repository::list_index() const {
  auto answer = ask({"ls-files", "-s", "-v", "-z", "--full-name", ":/"});
  if (!answer) return answer.error();
  TreeListing out;
  std::vector<std::string> unmerged;
  for (std::string_view field : fields_of(*answer)) {
    // TAG MODE OBJECT STAGE<tab>PATH
    size_t tab = field.find('\t');
    std::vector<std::string_view> words = core::split(field.substr(0, tab), ' ');
    if (tab == std::string_view::npos || words.size() != 4)
      return Error{"git-failed", "git ls-files: an answer that is not understood"};
    std::string path(field.substr(tab + 1));
    if (words[3] != "0") {
      if (unmerged.empty() || unmerged.back() != path) unmerged.push_back(std::move(path));
      continue;
    }
    TreeEntryKind kind = kind_of_mode(words[1]);
    out.entries.push_back(
        {std::move(path), std::string(words[2]), kind, words[0] == "H" && kind == TreeEntryKind::kFile});
  }
  if (!unmerged.empty()) {
    return Error{"unmerged-index", "the index holds conflicts that are not resolved: " + named(unmerged) +
                                       "; resolve them and run git add"};
  }
  std::sort(out.entries.begin(), out.entries.end(),
            [](const TreeEntry& a, const TreeEntry& b) { return a.path < b.path; });
  auto marked = mark_unchanged({"diff-files", "--name-only", "--no-renames", "-z"}, out);
  if (!marked) return marked.error();
  return out;
}

core::Result<std::vector<std::string>> Repository::staged_files() const {
  // "d": deleted files are not there to be looked at.
  auto answer =
      ask({"diff", "--cached", "--name-only", "--no-renames", "--no-ext-diff", "--diff-filter=d", "-z", "--"});
  if (!answer) return answer.error();
  std::vector<std::string> out;
  for (std::string_view path : fields_of(*answer)) out.emplace_back(path);
  std::sort(out.begin(), out.end());
  return out;
}

}  // namespace assay::pipeline
