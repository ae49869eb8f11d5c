#include "rules/identity/catalogue.h"

#include <algorithm>
#include <unordered_map>

#include "rules/identity/glob.h"

extern "C" {
extern const unsigned char assay_iam_catalogue_begin[];
}

namespace assay::rules::identity {
namespace {

constexpr uint32_t kPerBlock = 32;

const unsigned char* table() { return assay_iam_catalogue_begin; }
uint32_t u16(const unsigned char* at) { return at[0] | at[1] << 8; }
uint32_t u32(const unsigned char* at) { return u16(at) | u16(at + 2) << 16; }
uint32_t varint(const unsigned char*& at) {
  uint32_t value = 0;
  for (uint32_t shift = 0;; shift += 7) {
    unsigned char byte = *at++;
    value |= static_cast<uint32_t>(byte & 127) << shift;
    if (byte < 128 || shift > 21) return value;
  }
}

// Of a service's data.
enum Count : uint32_t { kActions, kBlocks, kTypes, kKeys, kTypeLists, kKeyLists };
enum Section : uint32_t { kBlockSection, kTypeSection, kKeySection, kTypeListSection, kKeyListSection };
uint32_t count_of(const unsigned char* data, Count count) { return u16(data + 2 * count); }
const unsigned char* entry_of(const unsigned char* data, Section section, uint32_t index) {
  return table() + u32(table() + u32(data + 12 + 4 * section) + 4 * index);
}

// Positions of the 128 words, found once.
const unsigned char* const* words() {
  static const auto places = [] {
    std::vector<const unsigned char*> out;
    const unsigned char* at = table() + u32(table() + 12);
    for (uint32_t i = 0; i < 128; ++i, at += 1 + *at) out.push_back(at);
    return out;
  }();
  return places.data();
}

// A text with bytes that stand for parts; see generate.py.
std::string unpack(const unsigned char* at, std::string_view service) {
  static constexpr std::string_view kParts[] = {
      "arn:${Partition}:", ":${Region}:${Account}:", "${", "Name}", "Id}", "aws:ResourceTag/${TagKey}",
      "aws:RequestTag/${TagKey}", "aws:TagKeys"};
  std::string out;
  for (uint32_t i = 1; i <= *at; ++i) {
    unsigned char c = at[i];
    if (c >= 1 && c <= std::size(kParts)) out += kParts[c - 1];
    else if (c == 31) out.append(service).append(1, ':');
    else if (c == 29) out.append("arn:${Partition}:").append(service).append(1, ':');
    else out += static_cast<char>(c);
  }
  return out;
}

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; }

int compare_folded(std::string_view a, std::string_view b) {
  for (size_t i = 0; i < a.size() && i < b.size(); ++i) {
    int order = static_cast<unsigned char>(lower(a[i])) - static_cast<unsigned char>(lower(b[i]));
    if (order != 0) return order;
  }
  return a.size() < b.size() ? -1 : a.size() > b.size();
}

// Edits that turn one short text into the other, letter case aside; at least `limit` where they are not fewer.
size_t distance(std::string_view a, std::string_view b, size_t limit) {
  if (a.size() > 80 || b.size() > 80) return 99;
  if (std::max(a.size(), b.size()) - std::min(a.size(), b.size()) >= limit) return limit;
  size_t row[82];
  for (size_t j = 0; j <= b.size(); ++j) row[j] = j;
  for (size_t i = 1; i <= a.size(); ++i) {
    size_t diagonal = row[0];
    size_t least = row[0] = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      size_t here = std::min({row[j] + 1, row[j - 1] + 1, diagonal + (lower(a[i - 1]) != lower(b[j - 1]))});
      diagonal = row[j];
      row[j] = here;
      least = std::min(least, here);
    }
    if (least >= limit) return limit;  // the rows below have nothing smaller
  }
  return row[b.size()];
}

}  // namespace

std::string_view level_name(Level level) {
  static constexpr std::string_view kNames[] = {"List", "Read", "Write", "Tagging", "Permissions management"};
  return kNames[static_cast<size_t>(level)];
}

ActionCursor::ActionCursor(const ServiceFacts& service, uint32_t block)
    : service_(service.data_), words_(words()), block_(block) {
  if (!service_ || block >= count_of(service_, kBlocks)) return;
  at_ = entry_of(service_, kBlockSection, block);
  left_ = std::min(kPerBlock, count_of(service_, kActions) - block * kPerBlock);
}

bool ActionCursor::next() {
  if (left_ == 0) {
    if (at_ == nullptr || ++block_ >= count_of(service_, kBlocks)) return false;
    at_ = entry_of(service_, kBlockSection, block_);
    left_ = std::min(kPerBlock, count_of(service_, kActions) - block_ * kPerBlock);
  }
  --left_;
  length_ = *at_++;
  uint32_t rest = *at_++;
  for (uint32_t i = 0; i < rest; ++i) {
    unsigned char c = *at_++;
    if (c < 128) {
      name_[length_++] = static_cast<char>(c);
    } else {
      const unsigned char* word = words_[c - 128];
      for (uint32_t k = 1; k <= *word; ++k) name_[length_++] = static_cast<char>(word[k]);
    }
  }
  facts_.level = static_cast<Level>(*at_ & 7);
  facts_.flags = *at_++ & kRetired;
  facts_.types = varint(at_);
  facts_.keys = varint(at_);
  return true;
}

uint32_t ServiceFacts::action_count() const { return data_ ? count_of(data_, kActions) : 0; }
ActionCursor ServiceFacts::actions() const { return ActionCursor(*this, 0); }

uint32_t ServiceFacts::block_of(std::string_view prefix) const {
  // The last block whose first name is not behind the one wanted.
  uint32_t low = 0, high = count_of(data_, kBlocks);
  while (low + 1 < high) {
    uint32_t middle = (low + high) / 2;
    ActionCursor first(*this, middle);
    first.next();
    if (compare_folded(first.name(), prefix) <= 0) low = middle;
    else high = middle;
  }
  return low;
}

std::optional<ActionFacts> ServiceFacts::action(std::string_view name) const {
  if (!data_) return std::nullopt;
  ActionCursor cursor(*this, block_of(name));
  for (uint32_t i = 0; i < kPerBlock && cursor.next(); ++i) {
    int order = compare_folded(cursor.name(), name);
    if (order == 0) return cursor.facts();
    if (order > 0) break;
  }
  return std::nullopt;
}

bool ServiceFacts::has_match(std::string_view text) const {
  if (text.find_first_of("*?") == std::string_view::npos) return action(text).has_value();
  return pattern(text).matches > 0;
}

const PatternFacts& ServiceFacts::pattern(std::string_view text) const {
  constexpr size_t kMostKept = 2048;
  thread_local std::unordered_map<std::string, PatternFacts> kept;
  if (kept.size() > kMostKept) kept.clear();
  std::string key(prefix_);
  key.append(1, ':').append(text);
  auto [at, inserted] = kept.try_emplace(std::move(key));
  PatternFacts& out = at->second;
  if (!inserted || !data_) return out;
  // Names are sorted: those with the beginning of the pattern stand together.
  std::string_view prefix = text.substr(0, text.find_first_of("*?"));
  ActionCursor cursor(*this, block_of(prefix));
  while (cursor.next()) {
    std::string_view name = cursor.name();
    int order = compare_folded(name.substr(0, prefix.size()), prefix);
    if (order > 0) break;
    if (order < 0 || !glob_matches(text, name, true)) continue;
    ++out.matches;
    if (cursor.facts().types == 0) continue;
    ++out.narrow;
    std::vector<std::string>& names = cursor.facts().level == Level::kPermissions ? out.permissions
                                      : cursor.facts().level == Level::kWrite     ? out.writes
                                                                                  : out.others;
    if (names.size() < PatternFacts::kMostNames) names.emplace_back(name);
  }
  return out;
}

std::vector<TypeUse> ServiceFacts::types_of(const ActionFacts& action) const {
  std::vector<TypeUse> out;
  if (!data_ || action.types == 0) return out;
  const unsigned char* at = entry_of(data_, kTypeListSection, action.types - 1);
  uint32_t count = varint(at);
  for (uint32_t i = 0; i < count; ++i) {
    uint32_t use = varint(at);
    out.push_back({use / 2, (use & 1) != 0});
  }
  return out;
}

std::string ServiceFacts::type_name(uint32_t type) const {
  const unsigned char* at = entry_of(data_, kTypeSection, type);
  return {reinterpret_cast<const char*>(at + 1), *at};
}

std::string ServiceFacts::arn(uint32_t type) const {
  const unsigned char* at = entry_of(data_, kTypeSection, type);
  return unpack(at + 1 + *at, prefix_);
}

std::vector<std::string> ServiceFacts::keys_of(const ActionFacts& action) const {
  std::vector<std::string> out;
  if (!data_) return out;
  auto add = [&](uint32_t list) {
    if (list == 0) return;
    const unsigned char* at = entry_of(data_, kKeyListSection, list - 1);
    uint32_t count = varint(at);
    for (uint32_t i = 0; i < count; ++i) out.push_back(unpack(entry_of(data_, kKeySection, varint(at)), prefix_));
  };
  add(action.keys);
  for (const TypeUse& use : types_of(action)) {
    const unsigned char* at = entry_of(data_, kTypeSection, use.type);
    at += 1 + *at;
    at += 1 + *at;
    add(varint(at));
  }
  return out;
}

std::vector<std::string> ServiceFacts::keys() const {
  std::vector<std::string> out;
  for (uint32_t i = 0; data_ && i < count_of(data_, kKeys); ++i) out.push_back(unpack(entry_of(data_, kKeySection, i), prefix_));
  return out;
}

std::string ServiceFacts::similar_action(std::string_view name) const {
  std::string best;
  size_t least = name.size() / 4 + 2;
  ActionCursor cursor = actions();
  while (cursor.next()) {
    size_t edits = distance(name, cursor.name(), least);
    if (edits < least) {
      least = edits;
      best = cursor.name();
    }
  }
  return best;
}

uint32_t service_count() { return u32(table() + 4); }

ServiceFacts service_at(uint32_t index) {
  const unsigned char* row = table() + 16 + 8 * index;
  return ServiceFacts(table() + u32(row + 4), reinterpret_cast<const char*>(table() + u32(row)));
}

ServiceFacts find_service(std::string_view prefix) {
  uint32_t low = 0, high = service_count();
  while (low < high) {
    uint32_t middle = (low + high) / 2;
    ServiceFacts service = service_at(middle);
    int order = compare_folded(service.prefix(), prefix);
    if (order == 0) return service;
    if (order < 0) low = middle + 1;
    else high = middle;
  }
  return ServiceFacts();
}

std::string similar_service(std::string_view prefix) {
  std::string best;
  size_t least = prefix.size() / 4 + 2;
  for (uint32_t i = 0; i < service_count(); ++i) {
    size_t edits = distance(prefix, service_at(i).prefix(), least);
    if (edits < least) {
      least = edits;
      best = service_at(i).prefix();
    }
  }
  return best;
}

std::string_view catalogue_version() { return reinterpret_cast<const char*>(table() + u32(table() + 8)); }

}  // namespace assay::rules::identity
