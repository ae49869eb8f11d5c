// Functions that read files and split paths. Files are read through the context's file system and
// below its boundary only; what lies outside is unknown, never an error and never read.
#include <algorithm>
#include <string>
#include <vector>

#include "parsers/core/base64.h"
#include "parsers/core/digest.h"
#include "parsers/core/file_system.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/functions/internal.h"

namespace assay::formats::terraform {
namespace {

constexpr size_t kMaxListed = 20'000;  // directory entries that one fileset() looks at

// Where the path leads; empty when it may not be read.
std::string inside_boundary(std::string_view path, CallContext& context) {
  if (context.file_system == nullptr || path.substr(0, 1) == "~") return {};
  std::string full = core::normalize_path(core::join_path(context.module_directory, path));
  std::string boundary = core::normalize_path(context.boundary);
  if (context.boundary.empty() || !core::is_within(full, boundary)) return {};
  // A symbolic link must not lead out either.
  auto real = context.file_system->real_path(full);
  if (real) {
    auto real_boundary = context.file_system->real_path(boundary);
    if (!real_boundary || !core::is_within(*real, *real_boundary)) return {};
  }
  return full;
}

// Unknown because of what lies there: the call itself is the cause.
CallResult not_readable(CallContext& context, std::string_view name, const Type* type,
                        Arguments arguments) {
  model::Unknown facts = unknown_facts(context, name, type, arguments);
  core::Symbol* cause = context.arena.make<core::Symbol>(
      std::string(name) + "(\"" + std::string(arguments[0].text().substr(0, 200)) + "\")");
  facts.cause_array = cause;
  facts.cause_count = 1;
  return model::unknown_value(facts, context.arena);
}

struct FileText {
  std::string bytes;
  bool known = false;
  CallResult error;  // is_error when the file is not there
};

FileText read_bytes(std::string_view path, CallContext& context) {
  FileText out;
  std::string full = inside_boundary(path, context);
  if (full.empty()) return out;
  auto bytes = context.file_system->read(full);
  if (bytes) {
    out.bytes = std::move(*bytes);
    out.known = true;
  } else if (bytes.error().code == "not-found" || bytes.error().code == "not-a-directory") {
    out.error = bad_argument("path", "no file exists at \"" + std::string(path) + "\"");
  } else if (bytes.error().code == "is-directory") {
    out.error = bad_argument("path", "\"" + std::string(path) + "\" is a directory, not a file");
  }
  return out;
}

// A digest or encoding of the file's bytes.
template <typename Map>
CallResult of_bytes(CallContext& context, std::string_view name, Arguments arguments,
                    const Map& map) {
  FileText file = read_bytes(arguments[0].text(), context);
  if (file.error.is_error) return file.error;
  if (!file.known) return not_readable(context, name, model::string_type(), arguments);
  return text_result(context, map(file.bytes));
}

CallResult file(CallContext& context, Arguments arguments) {
  return read_text_file(arguments[0].text(), context);
}

CallResult filebase64(CallContext& context, Arguments arguments) {
  return of_bytes(context, "filebase64", arguments,
                  [](const std::string& bytes) { return core::base64_encode(bytes); });
}
CallResult filemd5(CallContext& context, Arguments arguments) {
  return of_bytes(context, "filemd5", arguments,
                  [](const std::string& bytes) { return core::to_hex(core::md5(bytes)); });
}
CallResult filesha1(CallContext& context, Arguments arguments) {
  return of_bytes(context, "filesha1", arguments,
                  [](const std::string& bytes) { return core::to_hex(core::sha1(bytes)); });
}
CallResult filesha256(CallContext& context, Arguments arguments) {
  return of_bytes(context, "filesha256", arguments,
                  [](const std::string& bytes) { return core::to_hex(core::sha256(bytes)); });
}
CallResult filesha512(CallContext& context, Arguments arguments) {
  return of_bytes(context, "filesha512", arguments,
                  [](const std::string& bytes) { return core::to_hex(core::sha512(bytes)); });
}
CallResult filebase64sha256(CallContext& context, Arguments arguments) {
  return of_bytes(context, "filebase64sha256", arguments, [](const std::string& bytes) {
    return core::base64_encode(core::sha256(bytes));
  });
}
CallResult filebase64sha512(CallContext& context, Arguments arguments) {
  return of_bytes(context, "filebase64sha512", arguments, [](const std::string& bytes) {
    return core::base64_encode(core::sha512(bytes));
  });
}

CallResult fileexists(CallContext& context, Arguments arguments) {
  std::string full = inside_boundary(arguments[0].text(), context);
  if (full.empty()) return not_readable(context, "fileexists", model::bool_type(), arguments);
  auto info = context.file_system->stat(full);
  if (!info) return model::bool_value(false);
  if (info->kind == core::EntryKind::kDirectory) {
    return bad_argument("path",
                        "\"" + std::string(arguments[0].text()) + "\" is a directory, not a file");
  }
  return model::bool_value(info->kind == core::EntryKind::kFile);
}

// --- fileset: doublestar patterns: * and ? within one name, ** over directories, [a-z], {a,b}.

// "{a,b}" written out; the patterns it stands for.
void expand_braces(std::string_view pattern, std::vector<std::string>& out, int depth) {
  constexpr size_t kMaxPatterns = 256;
  size_t open = pattern.find('{');
  size_t close = std::string_view::npos;
  std::vector<std::string_view> choices;
  if (open != std::string_view::npos && depth < 8) {
    int nested = 0;
    size_t start = open + 1;
    for (size_t i = open; i < pattern.size(); ++i) {
      if (pattern[i] == '{') ++nested;
      if ((pattern[i] == ',' && nested == 1) || (pattern[i] == '}' && nested == 1)) {
        choices.push_back(pattern.substr(start, i - start));
        start = i + 1;
      }
      if (pattern[i] == '}' && --nested == 0) {
        close = i;
        break;
      }
    }
  }
  if (close == std::string_view::npos) {
    if (out.size() < kMaxPatterns) out.emplace_back(pattern);
    return;
  }
  for (std::string_view choice : choices) {
    std::string written = std::string(pattern.substr(0, open)) + std::string(choice) +
                          std::string(pattern.substr(close + 1));
    expand_braces(written, out, depth + 1);
  }
}

// One character against "[...]" at `at`, which moves behind it.
bool in_class(std::string_view pattern, size_t& at, char c) {
  size_t i = at + 1;
  bool negated = i < pattern.size() && (pattern[i] == '^' || pattern[i] == '!');
  if (negated) ++i;
  bool found = false;
  for (bool first = true; i < pattern.size() && (first || pattern[i] != ']'); first = false) {
    char low = pattern[i++];
    char high = low;
    if (i + 1 < pattern.size() && pattern[i] == '-' && pattern[i + 1] != ']') {
      high = pattern[i + 1];
      i += 2;
    }
    found = found || (low <= c && c <= high);
  }
  at = i < pattern.size() ? i + 1 : i;
  return found != negated;
}

bool name_matches(std::string_view pattern, std::string_view name) {
  size_t p = 0, n = 0, star = std::string_view::npos, star_name = 0;
  while (n < name.size()) {
    size_t next = p;
    bool same = false;
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size()) {
      if (pattern[p] == '[') {
        same = in_class(pattern, next, name[n]);
      } else if (pattern[p] == '\\' && p + 1 < pattern.size()) {
        same = pattern[p + 1] == name[n];
        next = p + 2;
      } else {
        same = pattern[p] == '?' || pattern[p] == name[n];
        next = p + 1;
      }
    }
    if (same) {
      p = next;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

class FileSet {
 public:
  explicit FileSet(CallContext& context) : context_(context) {}

  void walk(const std::string& directory, const std::string& prefix,
            const std::vector<std::string_view>& steps, size_t step, int depth) {
    if (depth > 64 || step >= steps.size() || too_many) return;
    if (steps[step] == "**") {
      if (step + 1 == steps.size()) {
        walk(directory, prefix, {"*"}, 0, depth + 1);
      } else {
        walk(directory, prefix, steps, step + 1, depth + 1);
      }
    }
    auto entries = context_.file_system->list(directory);
    if (!entries) return;
    for (const core::DirEntry& entry : *entries) {
      too_many = too_many || ++listed_ > kMaxListed;
      if (too_many) return;
      std::string path = core::join_path(directory, entry.name);
      bool is_directory = entry.kind == core::EntryKind::kDirectory;
      if (steps[step] == "**") {
        if (is_directory) walk(path, prefix + entry.name + "/", steps, step, depth + 1);
      } else if (name_matches(steps[step], entry.name)) {
        if (step + 1 < steps.size()) {
          if (is_directory) walk(path, prefix + entry.name + "/", steps, step + 1, depth + 1);
        } else if (entry.kind == core::EntryKind::kFile || is_linked_file(path, entry)) {
          found.push_back(prefix + entry.name);
        }
      }
    }
  }

  std::vector<std::string> found;
  bool too_many = false;

 private:
  bool is_linked_file(const std::string& path, const core::DirEntry& entry) const {
    if (entry.kind != core::EntryKind::kSymlink) return false;
    auto info = context_.file_system->stat(path);
    return info && info->kind == core::EntryKind::kFile;
  }

  CallContext& context_;
  size_t listed_ = 0;
};

CallResult fileset(CallContext& context, Arguments arguments) {
  const Type* type = model::set_type(context.arena, model::string_type());
  std::string full = inside_boundary(arguments[0].text(), context);
  if (full.empty() || arguments[1].text().find("..") != std::string_view::npos) {
    return not_readable(context, "fileset", type, arguments);
  }
  std::vector<std::string> patterns;
  expand_braces(arguments[1].text(), patterns, 0);
  FileSet files(context);
  for (const std::string& pattern : patterns) {
    std::string clean = core::normalize_path(pattern);
    std::vector<std::string_view> steps = core::split(clean, '/');
    files.walk(full, "", steps, 0, 0);
  }
  if (files.too_many) return not_readable(context, "fileset", type, arguments);
  std::vector<Value> items;
  for (const std::string& name : files.found) {
    Value item = text_value(context, name);
    item.span = context.call_span;
    items.push_back(item);
  }
  return make_set(items, model::string_type(), context);
}

// --- Paths as text

CallResult basename(CallContext& context, Arguments arguments) {
  std::string_view path = arguments[0].text();
  if (path.empty()) return text_result(context, ".");
  while (path.size() > 1 && path.back() == '/') path.remove_suffix(1);
  if (path == "/") return text_result(context, path);
  return text_result(context, core::base_name(path));
}

CallResult dirname(CallContext& context, Arguments arguments) {
  std::string_view path = arguments[0].text();
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return text_result(context, ".");
  return text_result(context, core::normalize_path(path.substr(0, slash + 1)));
}

CallResult abspath(CallContext& context, Arguments arguments) {
  std::string_view path = arguments[0].text();
  if (core::is_absolute(path)) return text_result(context, core::normalize_path(path));
  // Where Terraform will run is not known.
  return unknown_result(context, "abspath", model::string_type(), arguments);
}

CallResult pathexpand(CallContext& context, Arguments arguments) {
  std::string_view path = arguments[0].text();
  if (path.empty() || path.front() != '~') return arguments[0];
  return unknown_result(context, "pathexpand", model::string_type(), arguments);
}

constexpr FunctionInfo kFunctions[] = {
    {"abspath", "s", abspath, 0, 's'},
    {"basename", "s", basename, 0, 's'},
    {"dirname", "s", dirname, 0, 's'},
    {"file", "s", file, 0, 's'},
    {"filebase64", "s", filebase64, 0, 's'},
    {"filebase64sha256", "s", filebase64sha256, 0, 's'},
    {"filebase64sha512", "s", filebase64sha512, 0, 's'},
    {"fileexists", "s", fileexists, 0, 'b'},
    {"filemd5", "s", filemd5, 0, 's'},
    {"fileset", "s s", fileset, 0},
    {"filesha1", "s", filesha1, 0, 's'},
    {"filesha256", "s", filesha256, 0, 's'},
    {"filesha512", "s", filesha512, 0, 's'},
    {"pathexpand", "s", pathexpand, kSelects, 's'},
};

}  // namespace

CallResult read_text_file(std::string_view path, CallContext& context) {
  FileText file = read_bytes(path, context);
  if (file.error.is_error) return file.error;
  if (!file.known) {
    Value argument = model::string_value(context.arena.copy(path));
    return not_readable(context, "file", model::string_type(), {&argument, 1});
  }
  if (!core::is_valid_utf8(file.bytes)) {
    return bad_argument("path", "contents of \"" + std::string(path) +
                                    "\" are not valid UTF-8; use the filebase64 function to obtain "
                                    "the Base64 encoded contents");
  }
  return text_result(context, file.bytes);
}

std::span<const FunctionInfo> file_functions() { return kFunctions; }

}  // namespace assay::formats::terraform
