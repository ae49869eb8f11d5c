#include "analyzer/pipeline/fleet/work_list.h"

#include <algorithm>
#include <charconv>

#include "parsers/core/path.h"
#include "parsers/core/text.h"

namespace assay::pipeline {
namespace {

bool read_number(std::string_view text, uint32_t& out) {
  auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc() && end == text.data() + text.size();
}

}  // namespace

core::Result<Shard> parse_shard(std::string_view text) {
  Shard shard;
  size_t slash = text.find('/');
  std::string_view number = text.substr(0, slash == std::string_view::npos ? 0 : slash);
  bool from_zero = number.ends_with("+1");
  if (from_zero) number.remove_suffix(2);
  bool numbers = slash != std::string_view::npos && read_number(number, shard.number) && read_number(text.substr(slash + 1), shard.count);
  if (from_zero && shard.number < kMaxShards) ++shard.number;
  if (!numbers) return core::Error{"usage", "--shard wants NUMBER/COUNT such as 3/8, not '" + std::string(text) + "'"};
  if (shard.count == 0 || shard.count > kMaxShards) {
    return core::Error{"usage", "--shard: there can be 1 to " + std::to_string(kMaxShards) + " shards, not " + std::to_string(shard.count)};
  }
  if (shard.number == 0 || shard.number > shard.count) {
    return core::Error{"usage", "--shard: shards are numbered 1 to " + std::to_string(shard.count) + ", there is no " +
                                    std::to_string(shard.number)};
  }
  return shard;
}

std::vector<std::string> read_work_list(std::string_view text) {
  std::vector<std::string> out;
  while (!text.empty()) {
    size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = core::trim(text.substr(0, end));
    text.remove_prefix(std::min(end + 1, text.size()));
    if (!line.empty() && line[0] != '#') out.emplace_back(line);
  }
  return select_shard(std::move(out), {});
}

std::vector<std::string> select_shard(std::vector<std::string> units, Shard shard) {
  for (std::string& unit : units) unit = core::normalize_path(unit);
  std::sort(units.begin(), units.end());
  units.erase(std::unique(units.begin(), units.end()), units.end());
  std::vector<std::string> out;
  for (size_t i = shard.number - 1; i < units.size(); i += shard.count) out.push_back(std::move(units[i]));
  return out;
}

}  // namespace assay::pipeline
