#include "parsers/core/path.h"

#include <vector>

namespace assay::core {
namespace {

std::vector<std::string_view> components(std::string_view path) {
  std::vector<std::string_view> out;
  while (!path.empty()) {
    size_t slash = path.find('/');
    std::string_view part = path.substr(0, slash);
    if (!part.empty() && part != ".") out.push_back(part);
    if (slash == std::string_view::npos) break;
    path.remove_prefix(slash + 1);
  }
  return out;
}

}  // namespace

std::string join_path(std::string_view base, std::string_view path) {
  if (base.empty() || base == "." || is_absolute(path)) return std::string(path);
  if (path.empty()) return std::string(base);
  std::string out(base);
  if (out.back() != '/') out += '/';
  out += path;
  return out;
}

std::string normalize_path(std::string_view path) {
  std::vector<std::string_view> kept;
  bool absolute = is_absolute(path);
  for (std::string_view part : components(path)) {
    if (part == ".." && !kept.empty() && kept.back() != "..") {
      kept.pop_back();
    } else if (part != ".." || !absolute) {
      kept.push_back(part);
    }
  }
  std::string out = absolute ? "/" : "";
  for (size_t i = 0; i < kept.size(); ++i) {
    if (i > 0) out += '/';
    out += kept[i];
  }
  return out.empty() ? "." : out;
}

std::string_view parent_path(std::string_view path) {
  size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) return {};
  return path.substr(0, slash == 0 ? 1 : slash);
}

std::string_view base_name(std::string_view path) {
  size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view extension(std::string_view path) {
  std::string_view name = base_name(path);
  size_t dot = name.rfind('.');
  return dot == std::string_view::npos || dot == 0 ? std::string_view() : name.substr(dot);
}

bool is_within(std::string_view path, std::string_view directory) {
  if (directory == "." || directory.empty()) {
    return !is_absolute(path) && path != ".." && !path.starts_with("../");
  }
  if (path == directory || directory == "/") return is_absolute(path) == is_absolute(directory);
  return path.size() > directory.size() && path.starts_with(directory) &&
         path[directory.size()] == '/';
}

std::string relative_path(std::string_view path, std::string_view directory) {
  if (is_absolute(path) != is_absolute(directory)) return std::string(path);
  std::vector<std::string_view> to = components(path), from = components(directory);
  size_t common = 0;
  while (common < to.size() && common < from.size() && to[common] == from[common]) ++common;
  std::string out;
  for (size_t i = common; i < from.size(); ++i) {
    if (from[i] == "..") return std::string(path);  // its name is not in the text
    out += out.empty() ? ".." : "/..";
  }
  for (size_t i = common; i < to.size(); ++i) {
    if (!out.empty()) out += '/';
    out += to[i];
  }
  return out.empty() ? "." : out;
}

}  // namespace assay::core
