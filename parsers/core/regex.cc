#include "parsers/core/regex.h"

#include <re2/re2.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <tuple>

#include "parsers/core/text.h"

namespace assay::core {
namespace {

// Programs larger than this are refused by RE2; it bounds memory for repetitions such as x{1000}.
constexpr int64_t kMaxProgramBytes = 16 << 20;
constexpr size_t kMaxCached = 4096;
constexpr size_t kMaxPatternBytes = 64 * 1024;

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

size_t character_length(std::string_view text, size_t at, bool latin1) {
  return latin1 ? 1 : decode_utf8(text, at).length;
}

}  // namespace

struct Regex::Compiled {
  Compiled(std::string_view text, const RE2::Options& options, bool latin1)
      : re(piece(text), options), pattern(text), latin1(latin1) {
    if (!re.ok()) return;
    names.resize(static_cast<size_t>(re.NumberOfCapturingGroups()) + 1);
    for (const auto& [group, name] : re.CapturingGroupNames()) {
      names[static_cast<size_t>(group)] = name;
    }
  }
  RE2 re;
  std::string pattern;
  bool latin1;
  std::vector<std::string> names;
};

Regex::Regex(std::unique_ptr<Compiled> compiled) : compiled_(std::move(compiled)) {}
Regex::~Regex() = default;

Result<std::shared_ptr<const Regex>> Regex::compile(std::string_view pattern,
                                                    RegexOptions options) {
  using Key = std::tuple<std::string, bool, bool, bool, bool>;
  static auto* mutex = new std::mutex;
  static auto* cache = new std::map<Key, std::shared_ptr<const Regex>>;
  if (pattern.size() > kMaxPatternBytes) {
    return Error{"bad-regex", "the pattern is longer than 64 KiB"};
  }
  Key key{std::string(pattern), options.ignore_case, options.dot_all, options.longest,
          options.latin1};
  {
    std::lock_guard lock(*mutex);
    auto found = cache->find(key);
    if (found != cache->end()) return found->second;
  }
  RE2::Options settings;
  settings.set_log_errors(false);
  settings.set_max_mem(kMaxProgramBytes);
  settings.set_case_sensitive(!options.ignore_case);
  settings.set_dot_nl(options.dot_all);
  settings.set_longest_match(options.longest);
  if (options.latin1) settings.set_encoding(RE2::Options::EncodingLatin1);
  auto compiled = std::make_unique<Compiled>(pattern, settings, options.latin1);
  if (!compiled->re.ok()) {
    return Error{"bad-regex", compiled->re.error() + " in \"" + to_valid_utf8(pattern) + "\""};
  }
  std::shared_ptr<const Regex> regex(new Regex(std::move(compiled)));
  std::lock_guard lock(*mutex);
  if (cache->size() >= kMaxCached) cache->clear();
  return cache->emplace(std::move(key), std::move(regex)).first->second;
}

bool Regex::search(std::string_view text) const {
  return compiled_->re.Match(piece(text), 0, text.size(), RE2::UNANCHORED, nullptr, 0);
}

bool Regex::full_match(std::string_view text) const {
  return compiled_->re.Match(piece(text), 0, text.size(), RE2::ANCHOR_BOTH, nullptr, 0);
}

bool Regex::find(std::string_view text, size_t start, RegexMatch& out) const {
  if (start > text.size()) return false;
  size_t count = compiled_->names.size();
  constexpr size_t kOnStack = 16;
  re2::StringPiece few[kOnStack];
  std::vector<re2::StringPiece> many;
  if (count > kOnStack) many.resize(count);
  re2::StringPiece* found = count > kOnStack ? many.data() : few;
  if (!compiled_->re.Match(piece(text), start, text.size(), RE2::UNANCHORED, found,
                           static_cast<int>(count))) {
    return false;
  }
  out.groups.assign(count, {});
  for (size_t i = 0; i < count; ++i) {
    if (found[i].data() == nullptr) continue;
    size_t begin = text.data() == nullptr ? 0 : static_cast<size_t>(found[i].data() - text.data());
    out.groups[i] = {begin, begin + found[i].size(), true};
  }
  out.groups[0].matched = true;
  return true;
}

std::vector<RegexMatch> Regex::find_all(std::string_view text, size_t limit) const {
  std::vector<RegexMatch> out;
  size_t last_end = static_cast<size_t>(-1);
  RegexMatch match;
  for (size_t at = 0; out.size() < limit && find(text, at, match);) {
    // An empty match directly behind the match before it does not count.
    bool accepted = match.end() != match.begin() || match.begin() != last_end;
    if (match.end() == at) {
      at += at < text.size() ? character_length(text, at, compiled_->latin1) : 1;
    } else {
      at = match.end();
    }
    last_end = match.end();
    if (accepted) out.push_back(match);
  }
  return out;
}

std::string Regex::replace(std::string_view text, const Replacer& replacer) const {
  std::string out;
  size_t last_end = 0;
  RegexMatch match;
  for (size_t at = 0; find(text, at, match);) {
    out += text.substr(last_end, match.begin() - last_end);
    if (match.end() > last_end || match.begin() == 0) replacer(match, out);
    last_end = match.end();
    size_t step = at < text.size() ? character_length(text, at, compiled_->latin1) : 1;
    at = std::max(at + step, match.end());
  }
  out += text.substr(last_end);
  return out;
}

std::string Regex::replace(std::string_view text, std::string_view replacement) const {
  auto in_name = [](char c) { return is_alpha(c) || is_digit(c) || c == '_'; };
  auto group_named = [&](std::string_view name) {
    size_t number = 0;
    bool numeric = !name.empty() && name.size() < 9;
    for (char c : name) {
      numeric = numeric && is_digit(c);
      if (numeric) number = number * 10 + static_cast<size_t>(c - '0');
    }
    if (numeric) return number;
    const auto& names = compiled_->names;
    return static_cast<size_t>(std::find(names.begin() + 1, names.end(), name) - names.begin());
  };
  return replace(text, [&](const RegexMatch& match, std::string& out) {
    for (size_t at = 0; at < replacement.size();) {
      size_t dollar = replacement.find('$', at);
      out += replacement.substr(at, dollar == std::string_view::npos ? dollar : dollar - at);
      if (dollar == std::string_view::npos) return;
      at = dollar + 1;
      if (at < replacement.size() && replacement[at] == '$') {
        out += '$';
        ++at;
        continue;
      }
      bool braced = at < replacement.size() && replacement[at] == '{';
      size_t begin = at + braced, end = begin;
      while (end < replacement.size() && in_name(replacement[end])) ++end;
      bool closed = !braced || (end < replacement.size() && replacement[end] == '}');
      if (end == begin || !closed) {  // not a reference: the "$" is itself
        out += '$';
        continue;
      }
      size_t group = group_named(replacement.substr(begin, end - begin));
      if (group < match.groups.size()) out += match.text(text, group);
      at = end + braced;
    }
  });
}

size_t Regex::group_count() const { return compiled_->names.size() - 1; }
const std::vector<std::string>& Regex::group_names() const { return compiled_->names; }
const std::string& Regex::pattern() const { return compiled_->pattern; }

std::string regex_quote(std::string_view text) { return RE2::QuoteMeta(piece(text)); }

}  // namespace assay::core
