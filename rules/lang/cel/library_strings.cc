// String functions of the extension library "strings" (cel-go ext/strings.go). Positions count code
// points.
#include <algorithm>

#include "parsers/core/limits.h"
#include "rules/lang/cel/eval.h"
#include "rules/lang/cel/text.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

Val out_of_range(Eval& eval, int64_t index) {
  return eval.error("index out of range: " + std::to_string(index));
}

// Byte offset of a position from 0 to the length; npos outside.
size_t offset(std::string_view text, int64_t position) {
  if (position < 0 || static_cast<uint64_t>(position) > text.size()) return std::string_view::npos;
  return code_point_offset(text, static_cast<size_t>(position));
}

Val char_at(Eval& eval, Args args) {
  std::string_view text = args[0].text();
  size_t at = offset(text, args[1].integer);
  if (at == std::string_view::npos) return out_of_range(eval, args[1].integer);
  size_t end = at;
  if (end < text.size()) next_code_point(text, end);
  return string_val(text.substr(at, end - at));
}

Val position(std::string_view text, size_t at) {
  if (at == std::string_view::npos) return int_val(-1);
  return int_val(static_cast<int64_t>(count_code_points(text.substr(0, at))));
}

Val index_of(Eval&, Args args) { return position(args[0].text(), args[0].text().find(args[1].text())); }
// To the API server nothing is found behind the end, and an empty text anywhere.
bool decided_by_offset(Eval& eval, Args args, Val& out) {
  if (!eval.kubernetes_mode() || args[2].integer < 0) return false;
  if (args[1].text().empty()) out = args[2];
  else if (static_cast<size_t>(args[2].integer) >= count_code_points(args[0].text())) out = int_val(-1);
  else return false;
  return true;
}

Val index_of_from(Eval& eval, Args args) {
  Val decided;
  if (decided_by_offset(eval, args, decided)) return decided;
  std::string_view text = args[0].text();
  size_t from = offset(text, args[2].integer);
  if (from == std::string_view::npos) return out_of_range(eval, args[2].integer);
  return position(text, text.find(args[1].text(), from));
}
Val last_index_of(Eval&, Args args) { return position(args[0].text(), args[0].text().rfind(args[1].text())); }
Val last_index_of_before(Eval& eval, Args args) {
  Val decided;
  if (decided_by_offset(eval, args, decided)) return decided;
  std::string_view text = args[0].text();
  size_t from = offset(text, args[2].integer);
  if (from == std::string_view::npos) return out_of_range(eval, args[2].integer);
  return position(text, text.rfind(args[1].text(), from));
}

Val lower_ascii(Eval& eval, Args args) {
  std::string out(args[0].text());
  for (char& c : out) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
  }
  return eval.string(out);
}
Val upper_ascii(Eval& eval, Args args) {
  std::string out(args[0].text());
  for (char& c : out) {
    if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 32);
  }
  return eval.string(out);
}

Val replace_times(Eval& eval, Args args, int64_t limit) {
  std::string_view text = args[0].text();
  std::string_view from = args[1].text();
  std::string_view to = args[2].text();
  std::string out;
  size_t at = 0;
  while (limit != 0) {
    size_t found = from.empty() ? at : text.find(from, at);
    if (found == std::string_view::npos) break;
    out += text.substr(at, found - at);
    out += to;
    at = found + from.size();
    --limit;
    if (out.size() > core::kMaxStringBytes || !eval.spend(1 + to.size() / 64)) return eval.error("the text is too long");
    if (from.empty()) {
      // Between all characters, and at both ends.
      if (at >= text.size()) break;
      size_t next = at;
      next_code_point(text, next);
      out += text.substr(at, next - at);
      at = next;
    }
  }
  out += text.substr(at);
  return eval.string(out);
}
Val replace(Eval& eval, Args args) { return replace_times(eval, args, -1); }
Val replace_some(Eval& eval, Args args) { return replace_times(eval, args, args[3].integer); }

Val split_times(Eval& eval, Args args, int64_t limit) {
  std::string_view text = args[0].text();
  std::string_view by = args[1].text();
  if (limit == 0) return list_val({});
  std::vector<Val> out;
  size_t at = 0;
  while (limit < 0 || static_cast<int64_t>(out.size()) + 1 < limit) {
    size_t end;
    if (by.empty()) {
      if (at >= text.size()) break;
      end = at;
      next_code_point(text, end);
      if (end >= text.size()) break;
    } else {
      end = text.find(by, at);
      if (end == std::string_view::npos) break;
    }
    out.push_back(string_val(text.substr(at, end - at)));
    at = end + by.size();
    if (out.size() > core::kMaxCollection || !eval.spend(1)) return eval.error("the list is too long");
  }
  if (!by.empty() || at < text.size()) out.push_back(string_val(text.substr(at)));
  return list_val(eval.arena().copy(out));
}
Val split(Eval& eval, Args args) { return split_times(eval, args, -1); }
Val split_some(Eval& eval, Args args) { return split_times(eval, args, args[2].integer); }

Val substring(Eval& eval, Args args) {
  size_t from = offset(args[0].text(), args[1].integer);
  if (from == std::string_view::npos) return out_of_range(eval, args[1].integer);
  return string_val(args[0].text().substr(from));
}
Val substring_range(Eval& eval, Args args) {
  size_t from = offset(args[0].text(), args[1].integer);
  if (from == std::string_view::npos) return out_of_range(eval, args[1].integer);
  size_t to = offset(args[0].text(), args[2].integer);
  if (to == std::string_view::npos) return out_of_range(eval, args[2].integer);
  if (to < from) return eval.error("substring ends before it begins", "invalid substring range. start: " + std::to_string(args[1].integer) + ", end: " + std::to_string(args[2].integer));
  return string_val(args[0].text().substr(from, to - from));
}

bool is_space(uint32_t c) {
  return (c >= 9 && c <= 13) || c == ' ' || c == 0x85 || c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) ||
         c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}
Val trim(Eval&, Args args) {
  std::string_view text = args[0].text();
  size_t begin = 0, end = 0;
  bool started = false;
  for (size_t at = 0; at < text.size();) {
    size_t start = at;
    if (is_space(next_code_point(text, at))) continue;
    if (!started) begin = start;
    started = true;
    end = at;
  }
  return string_val(started ? text.substr(begin, end - begin) : std::string_view());
}

Val reverse(Eval& eval, Args args) {
  std::string_view text = args[0].text();
  if (!eval.spend(text.size() / 16)) return error_val("the text is too long");
  char* out = eval.arena().make_array<char>(text.size());
  char* to = out + text.size();
  for (size_t at = 0; at < text.size();) {
    size_t start = at;
    next_code_point(text, at);
    to -= at - start;
    std::copy(text.begin() + static_cast<ptrdiff_t>(start), text.begin() + static_cast<ptrdiff_t>(at), to);
  }
  return string_val({out, text.size()});
}

Val join_with(Eval& eval, const Val& list, std::string_view by) {
  std::string out;
  bool first = true;
  for (const Val& item : eval.items(list)) {
    if (!item.is(Kind::kString)) return eval.no_overload("join", {&item, 1});
    if (!first) out += by;
    first = false;
    out += item.text();
    if (out.size() > core::kMaxStringBytes || !eval.spend(1)) return eval.error("the text is too long");
  }
  return eval.string(out);
}
Val join(Eval& eval, Args args) { return join_with(eval, args[0], {}); }
Val join_by(Eval& eval, Args args) { return join_with(eval, args[0], args[1].text()); }

Val quote(Eval& eval, Args args) {
  std::string out;
  append_quoted(args[0].text(), out);
  return eval.string(out);
}

constexpr FunctionRow kRows[] = {
    {"charAt", "string.(int) string", char_at},
    {"indexOf", "string.(string) int", index_of},
    {"indexOf", "string.(string, int) int", index_of_from},
    {"lastIndexOf", "string.(string) int", last_index_of},
    {"lastIndexOf", "string.(string, int) int", last_index_of_before},
    {"lowerAscii", "string.() string", lower_ascii},
    {"upperAscii", "string.() string", upper_ascii},
    {"replace", "string.(string, string) string", replace},
    {"replace", "string.(string, string, int) string", replace_some},
    {"split", "string.(string) list(string)", split},
    {"split", "string.(string, int) list(string)", split_some},
    {"substring", "string.(int) string", substring},
    {"substring", "string.(int, int) string", substring_range},
    {"trim", "string.() string", trim},
    {"reverse", "string.() string", reverse},
    {"join", "list(string).() string", join},
    {"join", "list(string).(string) string", join_by},
    {"strings.quote", "(string) string", quote},
};

}  // namespace

std::span<const FunctionRow> strings_library() { return kRows; }

}  // namespace assay::rules::cel
