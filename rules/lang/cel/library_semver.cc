// Semantic versions as Kubernetes' CEL library "semver" has them: semver, isSemver (with or without normalisation),
// major, minor, patch and comparisons by precedence (semver.org 2.0.0, section 11).
#include <algorithm>
#include <charconv>

#include "rules/lang/cel/eval.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

struct Version {
  Opaque head;
  uint64_t number[3] = {};
  std::string_view pre;  // "rc.1"; "" without
};

int order_numbers(uint64_t a, uint64_t b) { return a < b ? -1 : a > b; }

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
std::string_view next_part(std::string_view& rest) {
  size_t dot = rest.find('.');
  std::string_view part = rest.substr(0, dot);
  rest = dot == std::string_view::npos ? std::string_view() : rest.substr(dot + 1);
  return part;
}

int order_parts(std::string_view a, std::string_view b) {
  bool x = all_digits(a), y = all_digits(b);
  if (x != y) return x ? -1 : 1;
  if (x && a.size() != b.size()) return a.size() < b.size() ? -1 : 1;
  int by = a.compare(b);
  return by < 0 ? -1 : by > 0;
}

int order(const Version& a, const Version& b) {
  for (int i = 0; i < 3; ++i) {
    if (int by = order_numbers(a.number[i], b.number[i])) return by;
  }
  if (a.pre.empty() || b.pre.empty()) return a.pre.empty() == b.pre.empty() ? 0 : a.pre.empty() ? 1 : -1;
  std::string_view x = a.pre, y = b.pre;
  while (!x.empty() && !y.empty()) {
    if (int by = order_parts(next_part(x), next_part(y))) return by;
  }
  return x.empty() == y.empty() ? 0 : x.empty() ? -1 : 1;
}

bool equal_versions(const void* a, const void* b) {
  return order(*static_cast<const Version*>(a), *static_cast<const Version*>(b)) == 0;
}
constexpr OpaqueType kType{"kubernetes.Semver", equal_versions};

const Version& of(const Val& value) { return *reinterpret_cast<const Version*>(value.opaque); }

std::string quoted(std::string_view text) { return "\"" + std::string(text) + "\""; }

bool identifier(std::string_view text) {
  return std::all_of(text.begin(), text.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '-';
  });
}

bool read_number(std::string_view text, const char* what, uint64_t& out, std::string& problem) {
  if (!all_digits(text) && !text.empty()) {
    problem = "Invalid character(s) found in " + std::string(what == std::string_view("Patch") ? "patch" : what == std::string_view("Minor") ? "minor" : "major") +
              " number " + quoted(text);
    return false;
  }
  if (text.size() > 1 && text[0] == '0') {
    problem = std::string(what) + " number must not contain leading zeroes " + quoted(text);
    return false;
  }
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  if (error == std::errc() && end == text.data() + text.size() && !text.empty()) return true;
  problem = "strconv.ParseUint: parsing " + quoted(text) + (error == std::errc::result_out_of_range ? ": value out of range" : ": invalid syntax");
  return false;
}

bool parse(std::string_view text, Version& out, std::string& problem) {
  out.head.type = &kType;
  auto fail = [&](std::string message) {
    problem = std::move(message);
    return false;
  };
  if (text.empty()) return fail("Version string empty");
  size_t first = text.find('.');
  size_t second = first == std::string_view::npos ? first : text.find('.', first + 1);
  if (second == std::string_view::npos) return fail("No Major.Minor.Patch elements found");
  if (!read_number(text.substr(0, first), "Major", out.number[0], problem)) return false;
  if (!read_number(text.substr(first + 1, second - first - 1), "Minor", out.number[1], problem)) return false;
  std::string_view patch = text.substr(second + 1), build, pre;
  bool has_build = false, has_pre = false;
  if (size_t at = patch.find('+'); at != std::string_view::npos) {
    has_build = true;
    build = patch.substr(at + 1);
    patch = patch.substr(0, at);
  }
  if (size_t at = patch.find('-'); at != std::string_view::npos) {
    has_pre = true;
    pre = patch.substr(at + 1);
    patch = patch.substr(0, at);
  }
  if (!read_number(patch, "Patch", out.number[2], problem)) return false;
  auto parts = [](std::string_view rest, auto&& each) {
    while (true) {
      size_t dot = rest.find('.');
      if (!each(rest.substr(0, dot))) return false;
      if (dot == std::string_view::npos) return true;
      rest = rest.substr(dot + 1);
    }
  };
  if (has_pre && !parts(pre, [&](std::string_view part) {
        if (part.empty()) return fail("Prerelease is empty");
        if (all_digits(part) && part.size() > 1 && part[0] == '0') {
          return fail("Numeric PreRelease version must not contain leading zeroes " + quoted(part));
        }
        if (!identifier(part)) return fail("Invalid character(s) found in prerelease " + quoted(part));
        return true;
      })) {
    return false;
  }
  if (has_build && !parts(build, [&](std::string_view part) {
        if (part.empty()) return fail("Build meta data is empty");
        if (!identifier(part)) return fail("Invalid character(s) found in build meta data " + quoted(part));
        return true;
      })) {
    return false;
  }
  out.pre = pre;
  return true;
}

// "v1.02" becomes "1.2.0".
bool normalise(std::string_view text, std::string& out, std::string& problem) {
  if (text.starts_with('v')) text.remove_prefix(1);
  std::vector<std::string> parts;
  for (std::string_view rest = text;;) {
    size_t dot = parts.size() == 2 ? std::string_view::npos : rest.find('.');
    std::string_view part = rest.substr(0, dot);
    if (part.size() > 1) {
      size_t zeros = std::min(part.find_first_not_of('0'), part.size());
      std::string kept(part.substr(zeros));
      if (kept.empty() || kept[0] < '0' || kept[0] > '9') kept.insert(0, 1, '0');
      parts.push_back(std::move(kept));
    } else {
      parts.emplace_back(part);
    }
    if (dot == std::string_view::npos) break;
    rest = rest.substr(dot + 1);
  }
  if (parts.size() < 3 && parts.back().find_first_of("+-") != std::string::npos) {
    problem = "short version cannot contain PreRelease/Build meta data";
    return false;
  }
  while (parts.size() < 3) parts.emplace_back("0");
  out = parts[0] + "." + parts[1] + "." + parts[2];
  return true;
}

bool read(Eval& eval, Args args, Version& out, std::string& problem) {
  std::string_view text = args[0].text();
  if (args.size() < 2 || !args[1].boolean) return parse(text, out, problem);
  std::string plain;
  return normalise(text, plain, problem) && parse(eval.arena().copy(plain), out, problem);
}

Val semver(Eval& eval, Args args) {
  Version out;
  std::string problem;
  if (!read(eval, args, out, problem)) return eval.error(problem);
  return opaque_val(&eval.arena().make<Version>(out)->head);
}
Val is_semver(Eval& eval, Args args) {
  Version out;
  std::string problem;
  return bool_val(read(eval, args, out, problem));
}
template <int index>
Val number(Eval&, Args args) {
  return int_val(static_cast<int64_t>(of(args[0]).number[index]));
}
Val is_greater(Eval&, Args args) { return bool_val(order(of(args[0]), of(args[1])) > 0); }
Val is_less(Eval&, Args args) { return bool_val(order(of(args[0]), of(args[1])) < 0); }
Val compare_to(Eval&, Args args) { return int_val(order(of(args[0]), of(args[1]))); }

constexpr FunctionRow kRows[] = {
    {"semver", "(string) kubernetes.Semver", semver},
    {"semver", "(string, bool) kubernetes.Semver", semver},
    {"isSemver", "(string) bool", is_semver},
    {"isSemver", "(string, bool) bool", is_semver},
    {"major", "kubernetes.Semver.() int", number<0>},
    {"minor", "kubernetes.Semver.() int", number<1>},
    {"patch", "kubernetes.Semver.() int", number<2>},
    {"isGreaterThan", "kubernetes.Semver.(kubernetes.Semver) bool", is_greater},
    {"isLessThan", "kubernetes.Semver.(kubernetes.Semver) bool", is_less},
    {"compareTo", "kubernetes.Semver.(kubernetes.Semver) int", compare_to},
};

}  // namespace

std::span<const FunctionRow> semver_library() { return kRows; }

}  // namespace assay::rules::cel
