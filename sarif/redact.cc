#include "sarif/redact.h"

#include <algorithm>
#include <cstring>

#include "parsers/core/text.h"

namespace assay::report {
namespace {

constexpr size_t kLongToken = 16;     // characters; beyond, the first two are shown
constexpr size_t kShownOfLong = 2;
constexpr size_t kShortestToken = 4;  // bytes; shorter texts are words of ordinary messages
constexpr size_t kShortestCopy = 8;   // bytes
constexpr size_t kLongestCopy = 4096;

// Where a text may hold a token: its first kShortestToken bytes, hashed to sixteen bits.
constexpr size_t kHeads = 1u << 16;
size_t head_of(const char* text) {
  static_assert(kShortestToken == sizeof(uint32_t));
  uint32_t bytes;
  std::memcpy(&bytes, text, sizeof bytes);
  return bytes * 2654435761u >> 16;
}

bool is_secret(const rules::RuleInfo& rule) {
  return std::find(rule.tags.begin(), rule.tags.end(), rules::kSecretTag) != rule.tags.end();
}

// "var.password", "local.keys["db"].value", "module.db.password": names, which are no secrets.
bool is_traversal(std::string_view text) {
  bool dotted = false;
  size_t depth = 0;
  for (char c : text) {
    if (c == '[') ++depth;
    else if (c == ']' && depth > 0) --depth;
    else if (depth > 0) continue;
    else if (c == '.') dotted = true;
    else if (!core::is_alpha(c) && !core::is_digit(c) && c != '_' && c != '-' && c != '*') return false;
  }
  return dotted && depth == 0 && core::is_alpha(text.front());
}

// Where values end and names begin: hops of these kinds may be nothing but a name.
bool may_be_a_name(std::string_view what) {
  return !what.starts_with("literal") && !what.starts_with("variable");
}

// Are copies of it to be looked for in code? "admin", "password" and "postgres" are words that stand anywhere.
bool is_sought(std::string_view token) {
  if (token.size() < kShortestCopy || token.size() > kLongestCopy) return false;
  bool word = std::all_of(token.begin(), token.end(), [](char c) { return core::is_alpha(c) || c == '_' || c == '-'; });
  return !word || token.size() > kLongToken;
}

}  // namespace

Redactor::Redactor(const rules::Report& report) : sources_(report.sources) {
  read(report);
  std::vector<std::string> tokens;
  for (Token& token : found_) tokens.push_back(std::move(token.second));
  found_.clear();
  sort_tokens(tokens);
  look_for(std::move(tokens));
}

Redactor::Redactor(const rules::Report& report, std::vector<std::string> tokens) : sources_(report.sources) {
  read(report);
  found_.clear();
  look_for(std::move(tokens));
}

std::vector<Redactor::Token> Redactor::tokens_of(const rules::Report& report) {
  Redactor redactor;
  redactor.sources_ = report.sources;
  redactor.read(report);
  return std::move(redactor.found_);
}

void Redactor::sort_tokens(std::vector<std::string>& tokens) {
  std::sort(tokens.begin(), tokens.end(), [](const std::string& a, const std::string& b) {
    return a.size() != b.size() ? a.size() > b.size() : a < b;
  });
  tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
}

void Redactor::read(const rules::Report& report) {
  if (sources_ == nullptr) return;
  for (const core::Span& span : report.secret_spans) hide(*sources_, span, false);
  for (const rules::Finding& finding : report.findings) {
    if (is_secret(report.rules[finding.rule])) hide(finding);
  }
  for (const rules::Finding& finding : report.unreported) hide(finding);
  for (auto& [file, ranges] : ranges_) {
    std::sort(ranges.begin(), ranges.end(), [](const Range& a, const Range& b) { return a.begin < b.begin; });
    std::vector<Range> merged;
    for (const Range& range : ranges) {
      if (!merged.empty() && range.begin <= merged.back().end) {
        merged.back().end = std::max(merged.back().end, range.end);
      } else {
        merged.push_back(range);
      }
    }
    ranges = std::move(merged);
  }
}

void Redactor::look_for(std::vector<std::string> tokens) {
  tokens_ = std::move(tokens);
  if (!tokens_.empty()) heads_.resize(kHeads);
  for (size_t i = 0; i < tokens_.size(); ++i) {
    size_t head = head_of(tokens_[i].data());
    heads_[head] = true;
    if (!is_sought(tokens_[i])) continue;
    longest_copy_ = std::max(longest_copy_, tokens_[i].size());
    sought_.push_back({head, i});
  }
  std::sort(sought_.begin(), sought_.end());
}

void Redactor::hide(const rules::Finding& finding) {
  const core::Span& header = finding.resource.header;
  const core::Span& extent = finding.resource.extent;
  if (finding.region.valid() && header.valid() && header.contains(finding.region)) {
    // Somewhere in the resource: all of it but its head.
    if (extent.file != header.file || header.end >= extent.end) return;
    if (extent.begin < header.begin) hide(*sources_, {extent.file, extent.begin, header.begin}, false);
    hide(*sources_, {extent.file, header.end, extent.end}, false);
    return;
  }
  hide(*sources_, finding.region, true);
  hide(*sources_, finding.whole, false);
  for (const rules::OriginStep& step : finding.origin) {
    if (!step.span.valid()) continue;
    std::string_view text = sources_->text(step.span);
    if (text.empty() || (may_be_a_name(step.what) && is_traversal(text))) continue;
    hide(*sources_, step.span, true);
  }
}

void Redactor::hide(const core::SourceSet& sources, const core::Span& span, bool keep_head) {
  if (!span.valid()) return;
  std::string_view text = sources.text(span);
  Range range{span.begin, span.end};
  if (text.size() >= 2 && (text[0] == '"' || text[0] == '\'') && text.back() == text[0]) {
    text = text.substr(1, text.size() - 2);
    ++range.begin;
    --range.end;
  }
  bool token = text.find_first_of(" \t\r\n") == std::string_view::npos;
  if (keep_head && token && text.size() >= kShortestToken) found_.emplace_back(span.file, text);
  size_t characters = 0;
  for (size_t at = 0; at < text.size() && characters <= kLongToken; ++characters) {
    at += core::decode_utf8(text, at).length;
  }
  if (keep_head && token && characters > kLongToken) {
    for (size_t i = 0; i < kShownOfLong; ++i) {
      range.begin += core::decode_utf8(sources.text(span.file), range.begin).length;
    }
  }
  if (range.begin < range.end) ranges_[span.file].push_back(range);
}

std::vector<Redactor::Range> Redactor::copies(const core::Span& span) const {
  std::vector<Range> out;
  if (longest_copy_ == 0) return out;
  std::string_view whole = sources_->text(span.file);
  // A copy may begin before the span, and end behind it.
  size_t begin = span.begin - std::min<size_t>(span.begin, longest_copy_);
  size_t end = std::min(whole.size(), span.end + longest_copy_);
  for (size_t at = begin; at < span.end && at + kShortestCopy <= end; ++at) {
    size_t head = head_of(whole.data() + at);
    if (!heads_[head]) continue;
    auto begin_of = std::lower_bound(sought_.begin(), sought_.end(), std::pair(head, size_t{0}));
    for (auto next = begin_of; next != sought_.end() && next->first == head; ++next) {  // longest first
      const std::string& token = tokens_[next->second];
      if (whole.compare(at, token.size(), token) != 0) continue;
      size_t keep = token.size() > kLongToken && core::is_ascii(token) ? kShownOfLong : 0;
      out.push_back({static_cast<uint32_t>(at + keep), static_cast<uint32_t>(at + token.size())});
      break;
    }
  }
  return out;
}

std::string Redactor::source(const core::Span& span, Width width) const {
  static const std::vector<Range> kNone;
  std::string_view text = sources_->text(span);
  auto found = ranges_.find(span.file);
  std::vector<Range> copied = copies(span);
  if (found == ranges_.end() && copied.empty()) return std::string(text);
  const std::vector<Range>& ranges = found == ranges_.end() ? kNone : found->second;
  auto copy = copied.begin();
  auto range = std::upper_bound(ranges.begin(), ranges.end(), span.begin,
                                [](uint32_t at, const Range& r) { return at < r.end; });
  std::string out;
  for (size_t at = 0; at < text.size();) {
    auto offset = static_cast<uint32_t>(span.begin + at);
    while (range != ranges.end() && range->end <= offset) ++range;
    while (copy != copied.end() && copy->end <= offset) ++copy;
    core::Utf8 next = core::decode_utf8(text, at);
    std::string_view bytes = text.substr(at, next.length);
    bool hidden = (range != ranges.end() && range->begin <= offset) || (copy != copied.end() && copy->begin <= offset);
    hidden &= bytes != "\n" && bytes != "\r";
    if (!hidden) {
      out += bytes;
    } else if (bytes == "\t") {
      out += '\t';  // as wide as the writer makes it
    } else {
      out.append(width == Width::kUtf16 ? (next.code >= 0x10000 ? 2 : 1) : core::display_width(bytes), '*');
    }
    at += next.length;
  }
  return out;
}

std::string Redactor::message(std::string_view text) const {
  std::string out(text);
  bool possible = false;
  for (size_t at = 0; !heads_.empty() && !possible && at + kShortestToken <= text.size(); ++at) {
    possible = heads_[head_of(text.data() + at)];
  }
  if (!possible) return out;
  for (const std::string& token : tokens_) {
    if (out.find(token) == std::string::npos) continue;
    size_t keep = token.size() > kLongToken && core::is_ascii(token) ? kShownOfLong : 0;
    std::string hidden = token.substr(0, keep);
    hidden.append(core::display_width(std::string_view(token).substr(keep)), '*');
    for (size_t at = out.find(token); at != std::string::npos; at = out.find(token, at + hidden.size())) {
      out.replace(at, token.size(), hidden);
    }
  }
  return out;
}

}  // namespace assay::report
