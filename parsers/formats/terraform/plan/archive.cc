#include "parsers/formats/terraform/plan/archive.h"

#include <algorithm>
#include <utility>

#include "parsers/core/limits.h"
#include "parsers/formats/terraform/inflate.h"

namespace assay::formats::terraform {
namespace {

// PKWARE's application note, sections 4.3.7, 4.3.12 and 4.3.16.
constexpr uint32_t kLocalMark = 0x04034b50, kEntryMark = 0x02014b50, kEndMark = 0x06054b50;
constexpr size_t kLocalBytes = 30, kEntryBytes = 46, kEndBytes = 22;
constexpr size_t kMaxComment = 65535;
constexpr uint32_t kStored = 0, kDeflated = 8;

core::Error damaged(std::string what) { return {"plan-archive", "the archive is damaged: " + std::move(what)}; }

uint32_t u16(std::string_view bytes, size_t at) {
  return static_cast<uint8_t>(bytes[at]) | static_cast<uint32_t>(static_cast<uint8_t>(bytes[at + 1])) << 8;
}
uint32_t u32(std::string_view bytes, size_t at) { return u16(bytes, at) | u16(bytes, at + 2) << 16; }

// Neither absolute nor leading out of where it is unpacked.
bool safe_name(std::string_view name) {
  if (name.empty() || name.front() == '/' || name.find('\\') != std::string_view::npos ||
      name.find('\0') != std::string_view::npos) {
    return false;
  }
  while (!name.empty()) {
    size_t slash = name.find('/');
    if (name.substr(0, slash) == "..") return false;
    name = slash == std::string_view::npos ? std::string_view{} : name.substr(slash + 1);
  }
  return true;
}

}  // namespace

bool looks_like_archive(std::string_view bytes) { return bytes.size() >= kEndBytes && u32(bytes, 0) == kLocalMark; }

core::Result<Archive> Archive::open(std::string_view bytes) {
  if (!looks_like_archive(bytes)) return core::Error{"plan-archive", "this is not a zip archive"};
  size_t end = std::string_view::npos;
  size_t lowest = bytes.size() > kEndBytes + kMaxComment ? bytes.size() - kEndBytes - kMaxComment : 0;
  for (size_t at = bytes.size() - kEndBytes;; --at) {
    if (u32(bytes, at) == kEndMark) {
      end = at;
      break;
    }
    if (at == lowest) break;
  }
  if (end == std::string_view::npos) return damaged("its directory is missing; was it cut off?");
  uint32_t count = u16(bytes, end + 10);
  size_t at = u32(bytes, end + 16);
  if (count == 0xffff || at == 0xffffffff) return core::Error{"limit-archive", "archives of more than 4 GiB are not read"};
  if (count > core::kMaxArchiveEntries) {
    return core::Error{"limit-archive", "the archive has more than " + std::to_string(core::kMaxArchiveEntries) + " entries"};
  }
  Archive archive(bytes);
  uint64_t total = 0;
  for (uint32_t i = 0; i < count; ++i) {
    if (at > end || end - at < kEntryBytes || u32(bytes, at) != kEntryMark) return damaged("its directory is cut off");
    Entry entry;
    uint32_t flags = u16(bytes, at + 8);
    entry.method = u16(bytes, at + 10);
    entry.sum = u32(bytes, at + 16);
    entry.packed = u32(bytes, at + 20);
    entry.size = u32(bytes, at + 24);
    entry.header = u32(bytes, at + 42);
    size_t name = u16(bytes, at + 28), extra = u16(bytes, at + 30), comment = u16(bytes, at + 32);
    if (end - at - kEntryBytes < name) return damaged("its directory is cut off");
    entry.name = bytes.substr(at + kEntryBytes, name);
    at += kEntryBytes + name + extra + comment;
    if (flags & 1) return core::Error{"plan-archive", "the archive is encrypted"};
    if (!entry.name.empty() && entry.name.back() == '/') continue;
    if (!safe_name(entry.name)) return damaged("an entry's name leads out of it");
    total += entry.size;
    archive.entries_.push_back(entry);
  }
  if (total > core::kMaxArchiveBytes) {
    return core::Error{"limit-archive", "the archive unpacks to more than " +
                                            std::to_string(core::kMaxArchiveBytes >> 20) + " MiB"};
  }
  return archive;
}

const Archive::Entry* Archive::find(std::string_view name) const {
  for (const Entry& entry : entries_) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

core::Result<std::string> Archive::read(const Entry& entry) const {
  std::string name(entry.name);
  if (entry.size > core::kMaxFileBytes) {
    return core::Error{"limit-archive", "\"" + name + "\" is larger than " +
                                            std::to_string(core::kMaxFileBytes >> 20) + " MiB"};
  }
  size_t at = entry.header;
  if (at > bytes_.size() || bytes_.size() - at < kLocalBytes || u32(bytes_, at) != kLocalMark) {
    return damaged("\"" + name + "\" is not where it should be");
  }
  at += kLocalBytes + u16(bytes_, at + 26) + u16(bytes_, at + 28);
  if (at > bytes_.size() || bytes_.size() - at < entry.packed) return damaged("\"" + name + "\" is cut off");
  std::string_view packed = bytes_.substr(at, entry.packed);
  std::string out;
  if (entry.method == kStored) {
    if (entry.packed != entry.size) return damaged("the size of \"" + name + "\" is wrong");
    out = packed;
  } else if (entry.method == kDeflated) {
    auto unpacked = inflate_raw(packed, entry.size);
    if (!unpacked || unpacked.value().size() != entry.size)
      return damaged("\"" + name + "\" cannot be unpacked");
    out = std::move(unpacked).value();
  } else {
    return core::Error{"plan-archive", "\"" + name + "\" is packed in a way that is not read (method " +
                                           std::to_string(entry.method) + ")"};
  }
  if (crc32_of(out) != entry.sum) {
    return damaged("the sum of \"" + name + "\" is wrong");
  }
  return out;
}

}  // namespace assay::formats::terraform
