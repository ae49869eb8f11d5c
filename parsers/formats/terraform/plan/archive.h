// A zip archive in memory, as `terraform plan -out` writes one: entries stored or deflated. Nothing
// is trusted: sizes are checked before memory is taken, totals are limited (core/limits.h), names
// that lead out of the archive are refused, and every entry is checked against its sum.
//
// Ownership: an Archive views the bytes it was opened on. Threads: immutable once opened.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/result.h"

namespace assay::formats::terraform {

class Archive {
 public:
  struct Entry {
    std::string_view name;
    uint32_t method = 0;  // 0 stored, 8 deflated
    uint32_t packed = 0, size = 0, sum = 0;
    uint32_t header = 0;  // where its local header stands
  };

  // Errors: "plan-archive" (not a zip, damaged, encrypted), "limit-archive".
  static core::Result<Archive> open(std::string_view bytes);
  std::span<const Entry> entries() const { return entries_; }
  const Entry* find(std::string_view name) const;
  // Errors: "plan-archive", "limit-archive" (larger than core::kMaxFileBytes).
  core::Result<std::string> read(const Entry& entry) const;

 private:
  explicit Archive(std::string_view bytes) : bytes_(bytes) {}
  std::string_view bytes_;
  std::vector<Entry> entries_;
};

// Whether the bytes start like a zip archive.
bool looks_like_archive(std::string_view bytes);

}  // namespace assay::formats::terraform
