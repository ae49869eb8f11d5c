#include "analyzer/lsp/documents.h"

#include <algorithm>

#include "parsers/core/path.h"
#include "parsers/core/text.h"

namespace assay::lsp {
namespace {

int hex(char c) {
  if (core::is_digit(c)) return c - '0';
  c = core::to_lower(c);
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

}  // namespace

std::string path_of_uri(std::string_view uri) {
  if (!core::equals_ignoring_case(uri.substr(0, 5), "file:")) return {};
  uri.remove_prefix(5);
  if (uri.starts_with("//")) {
    uri.remove_prefix(2);
    size_t slash = uri.find('/');  // behind the host
    if (slash == std::string_view::npos) return {};
    uri.remove_prefix(slash);
  }
  if (!uri.starts_with('/')) return {};
  uri = uri.substr(0, uri.find_first_of("?#"));
  std::string out;
  for (size_t i = 0; i < uri.size(); ++i) {
    int high = uri[i] == '%' && i + 2 < uri.size() ? hex(uri[i + 1]) : -1;
    int low = high >= 0 ? hex(uri[i + 2]) : -1;
    if (low >= 0) out += static_cast<char>(high * 16 + low), i += 2;
    else out += uri[i];
  }
  if (out.find('\0') != std::string::npos) return {};
  return core::normalize_path(out);
}

std::string uri_of_path(std::string_view path) {
  constexpr std::string_view kPlain = "-._~/!$&'()*,;=@";
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string out = "file://";
  for (char c : path) {
    if (core::is_alpha(c) || core::is_digit(c) || kPlain.find(c) != std::string_view::npos) {
      out += c;
    } else {
      out += '%';
      out += kDigits[static_cast<unsigned char>(c) >> 4];
      out += kDigits[static_cast<unsigned char>(c) & 15];
    }
  }
  return out;
}

std::string path_of_untitled(std::string_view uri, std::string_view language, const std::string& directory) {
  std::string name;
  for (char c : uri) name += core::is_alpha(c) || core::is_digit(c) || c == '-' || c == '.' ? c : '_';
  std::string_view extension = language == "terraform" || language == "opentofu" ? ".tf"
                               : language == "terraform-vars"                    ? ".tfvars"
                               : language == "json" || language == "jsonc"       ? ".json"
                               : language == "hcl"                               ? ".hcl"
                                                                                 : ".yaml";
  if (core::extension(name).empty() || !name.ends_with(extension)) name += extension;
  // A directory of its own: it takes part in no module.
  return core::join_path(core::join_path(directory, "(untitled) " + name), name);
}

const Document* Overlay::find(const std::string& path) const {
  auto at = documents_->find(path);
  if (at == documents_->end() && path.find("/.") != std::string::npos) at = documents_->find(core::normalize_path(path));
  return at == documents_->end() ? nullptr : at->second.get();
}

bool Overlay::leads_to_document(const std::string& directory) const {
  std::string below = core::normalize_path(directory);
  if (!below.ends_with('/')) below += '/';
  auto at = documents_->lower_bound(below);
  return at != documents_->end() && at->first.starts_with(below);
}

core::Result<std::string> Overlay::read_up_to(const std::string& path, size_t limit) const {
  const Document* document = find(path);
  if (!document) return inner_.read_up_to(path, limit);
  if (document->text.size() > limit) {
    return core::Error{"file-too-large", "'" + path + "' is larger than " + std::to_string(limit) + " bytes"};
  }
  return document->text;
}

core::Result<std::vector<core::DirEntry>> Overlay::list(const std::string& directory) const {
  auto entries = inner_.list(directory);
  if (documents_->empty() || !leads_to_document(directory)) return entries;
  if (!entries && entries.error().code != "not-found") return entries;
  std::vector<core::DirEntry> out;
  if (entries) out = std::move(*entries);
  std::string below = core::normalize_path(directory);
  if (!below.ends_with('/')) below += '/';
  for (auto at = documents_->lower_bound(below); at != documents_->end() && at->first.starts_with(below); ++at) {
    std::string_view rest = std::string_view(at->first).substr(below.size());
    size_t slash = rest.find('/');
    bool file = slash == std::string_view::npos;
    core::DirEntry entry{std::string(rest.substr(0, slash)), file ? core::EntryKind::kFile : core::EntryKind::kDirectory};
    auto place = std::lower_bound(out.begin(), out.end(), entry.name,
                                  [](const core::DirEntry& a, const std::string& name) { return a.name < name; });
    if (place == out.end() || place->name != entry.name) out.insert(place, std::move(entry));
  }
  return out;
}

core::Result<core::FileInfo> Overlay::stat(const std::string& path) const {
  if (const Document* document = find(path)) return core::FileInfo{core::EntryKind::kFile, document->text.size(), 0};
  auto info = inner_.stat(path);
  if (!info && info.error().code == "not-found" && leads_to_document(path)) {
    return core::FileInfo{core::EntryKind::kDirectory, 0, 0};
  }
  return info;
}

core::Result<std::string> Overlay::real_path(const std::string& path) const {
  auto real = inner_.real_path(path);
  if (!real && (find(path) || leads_to_document(path))) return core::normalize_path(path);
  return real;
}

}  // namespace assay::lsp
