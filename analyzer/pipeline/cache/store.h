// Where records of runs are kept: one file per key in a directory of the user's own. Files are written whole or not at
// all, carry a checksum, and are read only where nobody else can have written them. Beyond a total size the oldest go.
//
// Several processes may use one directory: whoever writes last wins, readers see one record or the other.
// Called by cache.cc. Threads: one per Store.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "parsers/core/result.h"

namespace assay::pipeline::cache {

inline constexpr uint64_t kMaxStoreBytes = uint64_t{512} << 20;  // of all records
inline constexpr uint64_t kMaxRecordBytes = uint64_t{128} << 20;
inline constexpr int kMaxRecordDays = 30;  // since it was last of use

class Store {
 public:
  explicit Store(std::string directory, uint64_t max_bytes = kMaxStoreBytes)
      : directory_(std::move(directory)), max_bytes_(max_bytes) {}

  // Errors: "not-found" when there is no record; "foreign" when others may have written it; "damaged".
  core::Result<std::string> read(const std::string& key) const;
  // Makes the directory if need be.
  core::Status write(const std::string& key, std::string_view record) const;
  // Removes what is old, and the oldest where there is too much.
  void trim() const;

 private:
  core::Status check_directory() const;
  std::string path_of(const std::string& key) const { return directory_ + "/" + key + ".record"; }
  std::string directory_;
  uint64_t max_bytes_;
};

}  // namespace assay::pipeline::cache
