#include "analyzer/lsp/framing.h"

#include <algorithm>

#include "parsers/core/text.h"

namespace assay::lsp {
namespace {

// Of digits; false when it is none.
bool parse_length(std::string_view text, size_t& out) {
  if (text.empty() || text.size() > 15) return false;
  out = 0;
  for (char c : text) {
    if (!core::is_digit(c)) return false;
    out = out * 10 + static_cast<size_t>(c - '0');
  }
  return true;
}

// Where the header fields end, and the body begins; npos when more bytes are needed.
size_t end_of_header(std::string_view text, size_t& body) {
  for (size_t at = 0; (at = text.find('\n', at)) != std::string_view::npos; ++at) {
    std::string_view rest = text.substr(at + 1);
    if (rest.starts_with("\r\n")) return body = at + 3, at;
    if (rest.starts_with("\n")) return body = at + 2, at;
  }
  return std::string_view::npos;
}

}  // namespace

void MessageReader::feed(std::string_view bytes) {
  size_t skipped = std::min(skip_, bytes.size());
  skip_ -= skipped;
  bytes.remove_prefix(skipped);
  if (at_ > 0 && at_ == buffer_.size()) buffer_.clear(), at_ = 0;
  if (at_ > (1 << 20)) buffer_.erase(0, at_), at_ = 0;
  buffer_.append(bytes);
}

MessageReader::Next MessageReader::next(std::string& out) {
  while (true) {
    std::string_view rest = std::string_view(buffer_).substr(at_);
    if (in_body_) {
      if (rest.size() < length_) return Next::kNone;
      out.assign(rest.substr(0, length_));
      at_ += length_;
      in_body_ = false;
      return Next::kMessage;
    }
    // Blank lines in front of a header do no harm.
    size_t begin = rest.find_first_not_of("\r\n");
    if (begin == std::string_view::npos) return Next::kNone;
    if (begin > 0) {
      at_ += begin;
      continue;
    }
    size_t body = 0;
    size_t end = end_of_header(rest.substr(0, kMaxHeaderBytes), body);
    if (end == std::string_view::npos) {
      if (rest.size() < kMaxHeaderBytes) return Next::kNone;
      // No header is as long: what follows may be one.
      size_t again = rest.find("Content-Length", 1);
      at_ += again == std::string_view::npos ? rest.size() : again;
      out = "the header of a message is longer than " + std::to_string(kMaxHeaderBytes) + " bytes";
      return Next::kMistake;
    }
    std::string_view header = rest.substr(0, end);
    // Other lines do not matter, however strange.
    bool found = false, good = true;
    size_t length = 0;
    for (std::string_view line : core::split_lines(header)) {
      size_t colon = line.find(':');
      if (colon == std::string_view::npos) continue;
      if (!core::equals_ignoring_case(core::trim(line.substr(0, colon)), "content-length")) continue;
      good &= parse_length(core::trim(line.substr(colon + 1)), length);
      found = true;
    }
    at_ += body;
    if (!found || !good) {
      out = found ? "the Content-Length of a message is no number" : "the header of a message has no Content-Length";
      return Next::kMistake;
    }
    if (length > kMaxMessageBytes) {
      size_t here = std::min(length, buffer_.size() - at_);
      at_ += here;
      skip_ = length - here;
      out = "a message of " + std::to_string(length) + " bytes is larger than " + std::to_string(kMaxMessageBytes);
      return Next::kMistake;
    }
    length_ = length;
    in_body_ = true;
  }
}

bool is_too_deep(std::string_view json) {
  int depth = 0;
  bool quoted = false;
  for (size_t i = 0; i < json.size(); ++i) {
    char c = json[i];
    if (quoted) {
      if (c == '\\') ++i;
      else if (c == '"') quoted = false;
    } else if (c == '"') {
      quoted = true;
    } else if (c == '[' || c == '{') {
      if (++depth > kMaxMessageDepth) return true;
    } else if (c == ']' || c == '}') {
      --depth;
    }
  }
  return false;
}

std::string with_whole_surrogates(std::string_view json) {
  // The code unit of an escape at `at`; 0 when there is none.
  auto unit = [&](size_t at) -> unsigned {
    if (at + 6 > json.size() || json[at] != '\\' || json[at + 1] != 'u') return 0;
    unsigned out = 0;
    for (char c : json.substr(at + 2, 4)) {
      char lower = core::to_lower(c);
      if (!core::is_digit(c) && (lower < 'a' || lower > 'f')) return 0;
      out = out * 16 + static_cast<unsigned>(core::is_digit(c) ? c - '0' : lower - 'a' + 10);
    }
    return out;
  };
  auto is_high = [](unsigned code) { return code >= 0xd800 && code < 0xdc00; };
  auto is_low = [](unsigned code) { return code >= 0xdc00 && code < 0xe000; };
  std::string out;
  for (size_t i = 0; i < json.size();) {
    if (json[i] != '\\') {
      out += json[i++];
      continue;
    }
    unsigned code = unit(i);
    size_t length = code == 0 ? 2 : 6;
    if (is_high(code) && is_low(unit(i + 6))) {
      length = 12;
    } else if (is_high(code) || is_low(code)) {
      out += "\\ufffd";
      i += 6;
      continue;
    }
    out += json.substr(i, length);
    i += length;
  }
  return out;
}

std::string framed(std::string_view body) {
  std::string out = "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  out += body;
  return out;
}

}  // namespace assay::lsp
