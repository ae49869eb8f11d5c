// A work list: directories and files that are scanned one by one, each as if it were scanned alone, and how they are
// dealt out to shards. Results of shards are put together again by merge.h. Called by `assay scan --work-list`.
// Ownership: plain values. Threads: none of its own.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/result.h"

namespace assay::pipeline {

// Of N shards the one with this number, from 1; {1, 1} is all of the work.
struct Shard {
  uint32_t number = 1;
  uint32_t count = 1;
};
inline constexpr uint32_t kMaxShards = 100'000;

// "3/8", or "2+1/8" where something that counts from 0 gives the number. The error says what is wrong with another text.
core::Result<Shard> parse_shard(std::string_view text);

// The paths in the text of a work list: one a line, empty lines and those with "#" in front left out; sorted, each once.
std::vector<std::string> read_work_list(std::string_view text);

// Sorts `units`, drops doubles, and deals them out like cards: shards differ by one unit at most.
std::vector<std::string> select_shard(std::vector<std::string> units, Shard shard);

}  // namespace assay::pipeline
