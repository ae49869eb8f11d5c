#include "analyzer/pipeline/fix/diff.h"

#include <algorithm>
#include <vector>

namespace assay::pipeline {
namespace {

constexpr size_t kContext = 3;
constexpr int kMaxDistance = 4000;  // lines; beyond, the differing middle is replaced whole

// With their line breaks.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> out;
  for (size_t at = 0; at < text.size();) {
    size_t end = text.find('\n', at);
    end = end == std::string_view::npos ? text.size() : end + 1;
    out.push_back(text.substr(at, end - at));
    at = end;
  }
  return out;
}

using Lines = std::vector<std::string_view>;

// kept[i]: the line of `b` that line i of `a` is; -1 for one that goes. E. W. Myers, "An O(ND)
// difference algorithm".
std::vector<int> match(const Lines& a, const Lines& b) {
  std::vector<int> kept(a.size(), -1);
  int n = static_cast<int>(a.size()), m = static_cast<int>(b.size());
  int head = 0;
  while (head < n && head < m && a[head] == b[head]) kept[head] = head, ++head;
  while (n > head && m > head && a[n - 1] == b[m - 1]) --n, --m, kept[n] = m;
  int most = std::min(n - head + m - head, kMaxDistance);
  std::vector<std::vector<int>> trace;
  std::vector<int> reach(2 * static_cast<size_t>(most) + 3, 0);
  auto at = [&](std::vector<int>& v, int k) -> int& {
    return v[static_cast<size_t>(k + most + 1)];
  };
  int found = -1;
  for (int d = 0; d <= most && found < 0; ++d) {
    trace.push_back(reach);
    for (int k = -d; k <= d; k += 2) {
      bool down = k == -d || (k != d && at(reach, k - 1) < at(reach, k + 1));
      int x = down ? at(reach, k + 1) : at(reach, k - 1) + 1;
      int y = x - k;
      while (x < n - head && y < m - head && a[head + x] == b[head + y]) ++x, ++y;
      at(reach, k) = x;
      if (x >= n - head && y >= m - head) found = d;
    }
  }
  if (found < 0) return kept;
  int x = n - head, y = m - head;
  for (int d = found; d >= 0; --d) {
    std::vector<int>& then = trace[static_cast<size_t>(d)];
    int k = x - y;
    bool down = k == -d || (k != d && at(then, k - 1) < at(then, k + 1));
    int from_k = down ? k + 1 : k - 1;
    int from_x = d == 0 ? 0 : at(then, from_k), from_y = d == 0 ? 0 : from_x - from_k;
    while (x > from_x && y > from_y) --x, --y, kept[head + x] = head + y;
    x = from_x, y = from_y;
  }
  return kept;
}

struct Row {
  char mark;
  std::string_view line;
};

}  // namespace

std::string unified_diff(std::string_view path, std::string_view before, std::string_view after) {
  if (before == after) return {};
  Lines a = lines_of(before), b = lines_of(after);
  std::vector<int> kept = match(a, b);
  std::vector<Row> rows;
  size_t j = 0;
  for (size_t i = 0; i < a.size(); ++i) {
    if (kept[i] < 0) {
      rows.push_back({'-', a[i]});
      continue;
    }
    while (j < static_cast<size_t>(kept[i])) rows.push_back({'+', b[j++]});
    rows.push_back({' ', a[i]});
    ++j;
  }
  while (j < b.size()) rows.push_back({'+', b[j++]});

  std::string out = "--- a/" + std::string(path) + "\n+++ b/" + std::string(path) + "\n";
  size_t line_a = 1, line_b = 1, done = 0;
  while (true) {
    size_t first = done;
    while (first < rows.size() && rows[first].mark == ' ') ++first;
    if (first == rows.size()) break;
    size_t begin = std::max(done, first > kContext ? first - kContext : 0);
    size_t last = first, quiet = 0;  // one past the last change of this hunk
    for (size_t i = first; i < rows.size() && quiet <= 2 * kContext; ++i) {
      quiet = rows[i].mark == ' ' ? quiet + 1 : 0;
      if (rows[i].mark != ' ') last = i + 1;
    }
    size_t end = std::min(rows.size(), last + kContext);
    line_a += begin - done, line_b += begin - done;
    size_t count_a = 0, count_b = 0;
    for (size_t i = begin; i < end; ++i) {
      count_a += rows[i].mark != '+';
      count_b += rows[i].mark != '-';
    }
    auto range = [](size_t line, size_t count) {
      std::string text = std::to_string(count == 0 ? line - 1 : line);
      return count == 1 ? text : text + "," + std::to_string(count);
    };
    out += "@@ -" + range(line_a, count_a) + " +" + range(line_b, count_b) + " @@\n";
    for (size_t i = begin; i < end; ++i) {
      out += rows[i].mark;
      out += rows[i].line;
      if (!rows[i].line.ends_with('\n')) out += "\n\\ No newline at end of file\n";
    }
    line_a += count_a, line_b += count_b;
    done = end;
  }
  return out;
}

}  // namespace assay::pipeline
