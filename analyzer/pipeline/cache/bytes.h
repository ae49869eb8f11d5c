// Values to bytes and back, for what the cache stores: one description of a structure, `fields(archive, value)`, serves
// both directions, so that they cannot come apart. Structures are described through structured bindings: a member that
// is added without being described does not compile.
//
// Numbers are fixed in size and in the byte order of the machine: one build on one machine reads what it wrote.
// Reading never goes beyond the bytes; what does not fit sets failed(). Threads: an archive belongs to one thread.
#pragma once

#include <cstdint>
#include <cstring>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace assay::pipeline::cache {

class ByteWriter {
 public:
  static constexpr bool kReads = false;
  void raw(const void* data, size_t size) { out_.append(static_cast<const char*>(data), size); }
  const std::string& bytes() const { return out_; }
  std::string take() { return std::move(out_); }
  bool failed() const { return false; }

 private:
  std::string out_;
};

class ByteReader {
 public:
  static constexpr bool kReads = true;
  explicit ByteReader(std::string_view bytes) : left_(bytes) {}
  void raw(void* data, size_t size) {
    if (size > left_.size()) {
      failed_ = true;
      left_ = {};
      std::memset(data, 0, size);
      return;
    }
    std::memcpy(data, left_.data(), size);
    left_.remove_prefix(size);
  }
  std::string_view view(size_t size) {
    if (size > left_.size()) {
      failed_ = true;
      left_ = {};
    }
    std::string_view out = left_.substr(0, size);
    left_.remove_prefix(out.size());
    return out;
  }
  size_t left() const { return left_.size(); }
  void fail() { failed_ = true; }
  bool failed() const { return failed_; }
  bool at_end() const { return left_.empty() && !failed_; }

 private:
  std::string_view left_;
  bool failed_ = false;
};

template <typename Archive, typename T>
  requires(std::is_arithmetic_v<T> || std::is_enum_v<T>)
void fields(Archive& archive, T& value) {
  archive.raw(&value, sizeof value);
}

template <typename Archive>
void fields(Archive& archive, std::string& value) {
  uint32_t size = static_cast<uint32_t>(value.size());
  archive.raw(&size, sizeof size);
  if constexpr (Archive::kReads) value = archive.view(size);
  else archive.raw(value.data(), size);
}

template <typename Archive, typename A, typename B>
void fields(Archive& archive, std::pair<A, B>& value) {
  fields(archive, value.first);
  fields(archive, value.second);
}

template <typename Archive, typename T>
void fields(Archive& archive, std::optional<T>& value) {
  bool there = value.has_value();
  fields(archive, there);
  if constexpr (Archive::kReads) {
    if (there) value.emplace();
    else value.reset();
  }
  if (there) fields(archive, *value);
}

template <typename Archive, typename T>
void fields(Archive& archive, std::vector<T>& value) {
  uint32_t size = static_cast<uint32_t>(value.size());
  archive.raw(&size, sizeof size);
  if constexpr (Archive::kReads) {
    value.clear();
    if (size > archive.left()) {  // each element takes a byte at least
      archive.fail();
      return;
    }
    value.reserve(size);
    for (uint32_t i = 0; i < size && !archive.failed(); ++i) {
      if constexpr (std::is_same_v<T, bool>) {
        bool one = false;
        fields(archive, one);
        value.push_back(one);
      } else {
        fields(archive, value.emplace_back());
      }
    }
  } else if constexpr (std::is_same_v<T, bool>) {
    for (bool one : value) fields(archive, one);
  } else {
    for (T& one : value) fields(archive, one);
  }
}

// fields(archive, a, b, ...): one after the other.
template <typename Archive, typename First, typename Second, typename... Rest>
void all_fields(Archive& archive, First& first, Second& second, Rest&... rest) {
  fields(archive, first);
  if constexpr (sizeof...(rest) == 0) fields(archive, second);
  else all_fields(archive, second, rest...);
}

}  // namespace assay::pipeline::cache
