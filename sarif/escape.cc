#include "sarif/escape.h"

#include <algorithm>

#include "parsers/core/text.h"
#include "sarif/terminal.h"

namespace assay::report {
namespace {

bool is_word(char c) { return core::is_alpha(c) || core::is_digit(c) || c == '_'; }

constexpr std::string_view kReplacement = "\xef\xbf\xbd";

// Calls `put` with each character of `text`; invalid bytes come as U+FFFD.
template <typename Put>
void each_character(std::string_view text, const Put& put) {
  for (size_t at = 0; at < text.size();) {
    core::Utf8 next = core::decode_utf8(text, at);
    put(next.code, next.valid ? text.substr(at, next.length) : kReplacement);
    at += next.length;
  }
}

std::string escaped_command(std::string_view text, bool property) {
  std::string out;
  for (char c : core::to_valid_utf8(text)) {
    switch (c) {
      case '%':
        out += "%25";
        break;
      case '\r':
        out += "%0D";
        break;
      case '\n':
        out += "%0A";
        break;
      case ':':
        out += property ? "%3A" : ":";
        break;
      case ',':
        out += property ? "%2C" : ",";
        break;
      default:
        out += c;
    }
  }
  return out;
}

// "@name" would notify somebody; "image@sha256" does not.
bool is_mention(std::string_view text, size_t at) {
  return text[at] == '@' && (at == 0 || !is_word(text[at - 1])) && at + 1 < text.size() && is_word(text[at + 1]);
}

// Valid UTF-8 without control characters other than line breaks and tabs.
std::string plain(std::string_view text) { return safe_for_terminal(core::to_valid_utf8(text), false); }

// The longest run of backticks.
size_t longest_run(std::string_view text) {
  size_t longest = 0, run = 0;
  for (char c : text) {
    run = c == '`' ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  return longest;
}

}  // namespace

std::string to_uri(std::string_view path) {
  static constexpr char kHex[] = "0123456789ABCDEF";
  std::string out;
  for (char c : path) {
    if (is_word(c) || c == '-' || c == '.' || c == '~' || c == '/') {
      out += c;
    } else {
      auto byte = static_cast<unsigned char>(c);
      out += '%';
      out += kHex[byte >> 4];
      out += kHex[byte & 15];
    }
  }
  return out;
}

std::string to_xml(std::string_view text, bool attribute) {
  std::string out;
  each_character(text, [&](char32_t code, std::string_view bytes) {
    switch (code) {
      case '&':
        out += "&amp;";
        return;
      case '<':
        out += "&lt;";
        return;
      case '>':
        out += "&gt;";
        return;
      case '"':
        out += "&quot;";
        return;
      case '\t':
        out += attribute ? "&#9;" : "\t";
        return;
      case '\n':
        out += attribute ? "&#10;" : "\n";
        return;
      case '\r':
        out += "&#13;";
        return;
      default:
        break;
    }
    bool forbidden = code < 0x20 || code == 0xfffe || code == 0xffff;
    out += forbidden ? kReplacement : bytes;
  });
  return out;
}

std::string to_html(std::string_view text) {
  std::string out;
  each_character(text, [&](char32_t code, std::string_view bytes) {
    switch (code) {
      case '&':
        out += "&amp;";
        break;
      case '<':
        out += "&lt;";
        break;
      case '>':
        out += "&gt;";
        break;
      case '"':
        out += "&quot;";
        break;
      case '\'':
        out += "&#39;";
        break;
      default:
        out += code < 0x20 && code != '\n' && code != '\t' ? std::string_view("?") : bytes;
    }
  });
  return out;
}

std::string to_markdown_prose(std::string_view text) {
  std::string valid = plain(text);
  std::string out;
  size_t fence = 0;  // backticks that opened the code we are in
  for (size_t i = 0; i < valid.size(); ++i) {
    if (valid[i] == '`') {
      size_t run = std::min(valid.find_first_not_of('`', i), valid.size()) - i;
      if (fence == 0)
        fence = valid.find(std::string(run, '`'), i + run) == std::string::npos ? 0 : run;
      else if (fence == run)
        fence = 0;
      out.append(run, '`');
      i += run - 1;
    } else if (fence == 0 && valid[i] == '<') {
      out += "&lt;";
    } else if (fence == 0 && is_mention(valid, i)) {
      out += "@<!-- -->";
    } else {
      out += valid[i];
    }
  }
  return out;
}

std::string to_markdown(std::string_view text) {
  std::string valid = plain(text);
  std::string out;
  for (size_t i = 0; i < valid.size(); ++i) {
    char c = valid[i];
    if (c == '\n' || c == '\r') {
      out += ' ';
    } else if (c == '&') {
      out += "&amp;";
    } else if (is_mention(valid, i)) {
      out += "@<!-- -->";
    } else {
      if (std::string_view("\\`*_[]<>|#~").find(c) != std::string_view::npos) out += '\\';
      out += c;
    }
  }
  return out;
}

std::string to_markdown_code(std::string_view text) {
  std::string inside = plain(text);
  // A pipe ends a cell even inside code, and no escape would be shown as a pipe everywhere.
  for (char& c : inside) c = c == '|' || c == '\n' || c == '\r' ? '?' : c;
  std::string fence(longest_run(inside) + 1, '`');
  std::string pad = fence.size() > 1 ? " " : "";
  return fence + pad + inside + pad + fence;
}

std::string to_markdown_block(std::string_view text, std::string_view language) {
  std::string fence(std::max<size_t>(3, longest_run(text) + 1), '`');
  std::string out = fence + std::string(language) + "\n" + plain(text);
  if (out.back() != '\n') out += '\n';
  return out + fence + "\n";
}

std::string to_csv(std::string_view text) {
  std::string inside = core::to_valid_utf8(text);
  inside.erase(std::remove(inside.begin(), inside.end(), '\0'), inside.end());
  // Spreadsheets skip blanks in front of a formula.
  size_t first = inside.find_first_not_of(" \t\r\n");
  bool formula = first != std::string::npos && std::string_view("=+-@").find(inside[first]) != std::string_view::npos;
  // Full-width forms of these signs begin formulas, too.
  for (std::string_view wide : {"\xef\xbc\x9d", "\xef\xbc\x8b", "\xef\xbc\x8d", "\xef\xbc\xa0"}) {
    formula |= first != std::string::npos && std::string_view(inside).substr(first).starts_with(wide);
  }
  if (formula || inside.starts_with('\t') || inside.starts_with('\r')) inside.insert(0, 1, '\'');
  bool edge = !inside.empty() && (inside.front() == ' ' || inside.back() == ' ');
  if (!edge && inside.find_first_of(",\";'\t\r\n") == std::string::npos) return inside;
  return '"' + core::replace_all(inside, "\"", "\"\"") + '"';
}

std::string to_command_data(std::string_view text) { return escaped_command(text, false); }
std::string to_command_property(std::string_view text) { return escaped_command(text, true); }

std::string shortened(std::string_view text, size_t most) {
  if (text.size() <= most) return std::string(text);
  size_t cut = most - 3;
  while (cut > 0 && (static_cast<unsigned char>(text[cut]) & 0xc0) == 0x80) --cut;
  return std::string(text.substr(0, cut)) + "...";
}

}  // namespace assay::report
