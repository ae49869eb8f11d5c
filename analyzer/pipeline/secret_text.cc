#include "analyzer/pipeline/secret_text.h"

#include <algorithm>
#include <unordered_set>

#include "analyzer/pipeline/secret_config.h"
#include "parsers/core/digest.h"
#include "parsers/core/metrics.h"
#include "parsers/core/parallel.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "parsers/formats/terraform/inflate.h"

namespace assay::pipeline {
namespace {

using rules::secrets::Category;
using rules::secrets::Match;

constexpr size_t kBinaryProbe = 64u << 10;  // bytes in which a NUL byte tells that a file is no text
constexpr size_t kLeastBits = 64;           // of a secret that cannot be guessed

// Files that hold no text, by their names' endings: not even opened.
bool is_binary_name(std::string_view path) {
  static constexpr std::string_view kEndings[] = {
      ".png", ".jpg", ".jpeg", ".gif", ".ico", ".webp", ".bmp", ".tiff", ".pdf", ".zip", ".gz", ".tgz", ".bz2", ".xz", ".zst", ".7z",
      ".tar", ".jar", ".war", ".ear", ".class", ".so", ".dll", ".dylib", ".a", ".o", ".exe", ".bin", ".wasm", ".pyc", ".woff",
      ".woff2", ".ttf", ".otf", ".eot", ".mp3", ".mp4", ".mov", ".avi", ".webm", ".wav", ".ogg", ".iso", ".img", ".deb", ".rpm",
      ".db", ".sqlite", ".parquet", ".whl", ".egg", ".nupkg", ".psd", ".xlsx", ".docx", ".pptx"};
  size_t dot = path.rfind('.');
  if (dot == std::string_view::npos || path.size() - dot > 8) return false;
  std::string ending = core::to_lower_ascii(path.substr(dot));
  return std::find(std::begin(kEndings), std::end(kEndings), ending) != std::end(kEndings);
}

std::optional<std::string> gunzip(std::string_view packed, size_t limit) {
  auto text = formats::terraform::gunzip(packed, limit);
  if (!text) return std::nullopt;
  return std::move(*text);
}

// Plans repeat what the configuration and its inputs say, each value several times.
bool is_plan(const ParsedFile& file, std::string_view path, std::string_view text) {
  if (file.kind == FileKind::kPlan) return true;
  return path.ends_with(".json") && text.find("\"format_version\"") != std::string_view::npos &&
         (text.find("\"resource_changes\"") != std::string_view::npos || text.find("\"planned_values\"") != std::string_view::npos);
}

// Stable between runs and machines, and different for each kind of token. What it is computed of has more
// possible values than anybody can try; 32 bits of it are enough to tell tokens apart.
std::string identity(const Match& match, std::string_view secret) {
  std::string salted = "assay text secret\x1f" + std::string(match.kind) + "\x1f" + std::string(secret);
  return core::to_hex(core::sha256(salted)).substr(0, 8);
}

bool is_guessable(const Match& match, std::string_view secret) {
  if (match.category == Category::kGeneric || match.category == Category::kUrlPassword || match.category == Category::kCustom) {
    return true;
  }
  return rules::secrets::entropy(secret) * static_cast<double>(secret.size()) < kLeastBits;
}

struct Found {
  core::FileId file;
  std::vector<Match> matches;
  bool plan = false;
};

// Of a plan only tokens count that nobody could have guessed, each once: where the changes say it, which is what rules about
// resources read, and not at all where another file of the scan has it.
void keep_news_of_plan(const core::SourceSet& sources, const std::unordered_set<std::string_view>& elsewhere, Found& found) {
  auto secret_of = [&](const Match& match) {
    return sources.text({found.file, static_cast<uint32_t>(match.begin), static_cast<uint32_t>(match.end)});
  };
  size_t changes = sources.text(found.file).find("\"resource_changes\"");
  std::stable_partition(found.matches.begin(), found.matches.end(), [&](const Match& match) { return match.begin > changes; });
  std::unordered_set<std::string_view> told;
  std::erase_if(found.matches, [&](const Match& match) {
    std::string_view secret = secret_of(match);
    return is_guessable(match, secret) || elsewhere.count(secret) > 0 || !told.insert(secret).second;
  });
}

class Builder {
 public:
  Builder(const core::SourceSet& sources, model::Root& root) : sources_(sources), root_(root) {}

  void add(core::FileId file, const Match& match) {
    core::Arena& arena = root_.arena;
    core::Span span{file, static_cast<uint32_t>(match.begin), static_cast<uint32_t>(match.end)};
    std::string_view secret = sources_.text(span);
    std::string_view path = sources_.path(file);
    std::string_view name = match.slot.empty() ? path.substr(path.rfind('/') + 1) : std::string_view(match.slot);
    std::string address = std::string(match.kind) + "." + (is_guessable(match, secret) ? std::string(name) : identity(match, secret));

    model::Resource resource;
    resource.address = resource.stable_address = arena.copy(address);
    resource.type = kTextSecretType;
    resource.name = arena.copy(match.detail.empty() ? std::string(match.kind) : std::string(match.kind) + ", " + match.detail);
    resource.format = "text";
    resource.kind = "text";
    // Nothing of it may be quoted as the head of something; there is nothing around it.
    resource.header = {file, span.begin, span.begin};
    auto text_value = [&](std::string_view text) { return model::string_value(arena.copy(text)); };
    auto* origin = arena.make<model::Origin>();
    origin->kind = model::OriginKind::kLiteral;
    origin->span = span;
    model::Value value = model::with_marks(model::string_value(secret), model::kSensitive);
    value = model::with_origin(model::with_span(value, span), origin);
    model::Entry entries[] = {
        {"category", {}, text_value(rules::secrets::category_name(match.category))},
        {"kind", {}, text_value(match.kind)},
        {"slot", {}, text_value(match.slot)},
        {"path", {}, text_value(path)},
        {"encoded", {}, model::bool_value(match.encoded)},
        {"value", {}, value},
    };
    resource.attributes = model::object_value(entries, arena);
    resource.views.push_back({core::Symbol(kTextSecretType), resource.attributes});
    root_.resources.push_back(std::move(resource));
  }

 private:
  const core::SourceSet& sources_;
  model::Root& root_;
};

}  // namespace

TextSearch search_texts(const core::FileSystem& file_system, const std::string& base, core::SourceSet& sources,
                        const std::vector<ParsedFile>& parsed, const std::vector<core::FileId>& wanted,
                        const SecretConfig* config, unsigned jobs) {
  ASSAY_METRIC("search texts");
  TextSearch out;
  out.files.resize(wanted.size());
  std::vector<Found> found(wanted.size());
  core::parallel_for(wanted.size(), 8, jobs, [&](size_t begin, size_t end, unsigned) {
    for (size_t i = begin; i < end; ++i) {
      const ParsedFile& file = parsed[wanted[i]];
      SearchedFile& row = out.files[i];
      const std::string& path = sources.path(file.id);
      row.id = file.id;
      found[i].file = file.id;
      if (file.failed) continue;
      if (config != nullptr && config->allows_path(path)) {
        row.reason = "allowed by " + config->path();
        continue;
      }
      std::string own;
      std::string_view text = sources.text(file.id);
      bool is_read = file.kind != FileKind::kOther || !text.empty();
      if (!is_read) {
        if (is_binary_name(path)) {
          row.reason = "not a text file";
          continue;
        }
        auto read = file_system.read_up_to(core::join_path(base, path), core::kMaxTextBytes);
        if (!read) {
          row.reason = read.error().code == "file-too-large" ? "too large to be searched for secrets" : read.error().message;
          continue;
        }
        own = std::move(*read);
        text = own;
      }
      if (text.substr(0, kBinaryProbe).find('\0') != std::string_view::npos) {
        row.reason = "not a text file";
        continue;
      }
      found[i].plan = is_plan(file, path, text);
      row.searched = true;
      rules::secrets::FindOptions options;
      options.syntax = rules::secrets::syntax_of(path);
      options.gunzip = gunzip;
      options.whole_file = true;
      find_all(text, options, found[i].matches);
      if (config != nullptr) config->apply(path, text, found[i].matches);
      if (!is_read && !found[i].matches.empty()) sources.set_text(file.id, std::move(own));
    }
  });
  bool plans = std::any_of(found.begin(), found.end(), [](const Found& one) { return one.plan && !one.matches.empty(); });
  if (plans) {
    std::unordered_set<std::string_view> elsewhere;
    for (const Found& one : found) {
      if (one.plan) continue;
      for (const Match& match : one.matches) {
        elsewhere.insert(sources.text({one.file, static_cast<uint32_t>(match.begin), static_cast<uint32_t>(match.end)}));
      }
    }
    for (Found& one : found) {
      if (one.plan) keep_news_of_plan(sources, elsewhere, one);
    }
  }
  for (const Found& one : found) {
    for (const Match& match : one.matches) {
      if (!out.root) {
        out.root = std::make_unique<model::Root>();
        out.root->format = "text";
      }
      Builder(sources, *out.root).add(one.file, match);
    }
  }
  return out;
}

bool is_clean_text(std::string_view path, std::string_view text) {
  if (text.size() > core::kMaxTextBytes || is_binary_name(path) || text.substr(0, kBinaryProbe).find('\0') != std::string_view::npos) {
    return false;
  }
  rules::secrets::FindOptions options;
  options.syntax = rules::secrets::syntax_of(path);
  options.gunzip = gunzip;
  options.whole_file = true;
  std::vector<Match> matches;
  find_all(text, options, matches);
  return matches.empty();
}

void hide_secrets(const core::SourceSet& sources, core::FileId file, std::vector<core::Span>& out) {
  std::vector<Match> matches;
  rules::secrets::FindOptions options;
  options.syntax = rules::secrets::syntax_of(sources.path(file));
  options.whole_file = true;
  find_all(sources.text(file), options, matches);
  for (const Match& match : matches) {
    out.push_back({file, static_cast<uint32_t>(match.begin), static_cast<uint32_t>(match.end)});
  }
}

}  // namespace assay::pipeline
