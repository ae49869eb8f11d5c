#include "analyzer/pipeline/diff_match.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <unordered_set>

#include "parsers/core/hash.h"
#include "parsers/core/limits.h"
#include "parsers/core/path.h"
#include "parsers/core/text.h"
#include "rules/engine/fingerprint.h"

namespace assay::pipeline {
namespace {

using model::Resource;
using model::Value;

constexpr size_t kMaxLeaves = 20000;           // of one resource that are compared
constexpr uint32_t kBytesOfLeaf = 32;       // a text counts as one leaf more for each so many
constexpr size_t kMaxLeavesOfText = 16;
constexpr size_t kMaxPairs = 400'000;          // of resources of one type that are compared one by one
constexpr size_t kMaxElementPairs = 1u << 16;  // of elements of two lists
constexpr size_t kMaxEqual = 256;              // instances among which the best is looked for
constexpr double kSameName = 0.5;              // in common, of resources that share a name in the code
constexpr double kSameRunningName = 0.3;       // of those that are called the same where they run
constexpr double kOtherName = 0.7;             // of those that share none
constexpr double kOtherElement = 0.6;          // of elements of lists with different names
constexpr double kNearlyAll = 0.85;
constexpr size_t kFewLeaves = 2;     // that may differ in any case
constexpr size_t kEnoughLeaves = 3;  // that must agree where no name does

// What a thing is called where it runs: equal names speak for one thing, different ones against.
bool is_name(std::string_view key) {
  for (std::string_view other :
       {"username", "user_name", "Username", "UserName", "db_name", "database_name", "DBName", "DatabaseName",
        "hostname", "host_name", "domain_name", "DomainName", "class_name", "ClassName"}) {
    if (key.ends_with(other)) return false;
  }
  return key == "bucket" || key == "identifier" || key == "Id" || key.ends_with("name") || key.ends_with("Name") ||
         key == "cluster_identifier" || key == "DBInstanceIdentifier" || key == "name_prefix";
}

struct Leaf {
  uint64_t hash = 0;
  bool operator<(const Leaf& other) const { return hash < other.hash; }
};

// A value as a bag of its leaves, each with the path to it; positions in lists do not count.
class Leaves {
 public:
  // Of a resource as a whole (`top`) or of a part of one. Without `texts` strings count as being there, not as what they are.
  Leaves(const Value& value, bool top, bool texts = true) : texts_(texts), whole_(top) {
    if (top) find_names(value);
    collect(value, core::kMaxNesting, 0x51ab, top);
    std::sort(all_.begin(), all_.end());
  }

  size_t size() const { return all_.size(); }
  const std::vector<uint64_t>& all() const { return all_; }
  bool has_image() const { return has_image_; }
  const std::vector<std::string>& names() const { return names_; }
  uint64_t hash() const {
    core::Hasher hasher;
    for (uint64_t leaf : all_) hasher.add(leaf);
    return hasher.finish();
  }
  uint64_t hash_with_names() const {
    core::Hasher hasher(hash());
    for (const std::string& name : names_) hasher.add(std::string_view(name));
    return hasher.finish();
  }

 private:
  void find_names(const Value& value) {
    for (const model::Entry& entry : value.is_mapping() ? value.entries() : std::span<const model::Entry>()) {
      if (entry.key == "metadata" || entry.key == "Properties") find_names_in(entry.value);
    }
    find_names_in(value);
  }
  void find_names_in(const Value& value) {
    for (const model::Entry& entry : value.is_mapping() ? value.entries() : std::span<const model::Entry>()) {
      if (is_name(entry.key) && entry.value.is_string()) names_.emplace_back(entry.value.text());
    }
  }

  void add_image(std::string_view image, uint64_t path) {
    size_t colon = image.rfind(':');  // of the tag, not of a port
    bool tag = colon != std::string_view::npos && image.find('/', colon) == std::string_view::npos;
    all_.push_back(core::hash64(tag ? image.substr(0, colon) : image, path));
    has_image_ = true;
  }

  void collect(const Value& value, uint32_t depth, uint64_t path, bool top) {
    if (all_.size() >= kMaxLeaves || depth == 0) return;
    if (value.is_sequence()) {
      for (const Value& item : value.items()) collect(item, depth - 1, path, false);
      return;
    }
    if (value.is_mapping()) {
      for (const model::Entry& entry : value.entries()) {
        if (entry.value.is_null()) continue;
        if (top && (entry.key == "apiVersion" || entry.key == "kind" || entry.key == "Type")) continue;
        if (top && is_name(entry.key) && entry.value.is_string()) continue;
        if (!texts_ && entry.key == "image" && entry.value.is_string()) {
          add_image(entry.value.text(), path);
          continue;
        }
        collect(entry.value, depth - 1, core::hash64(entry.key, path),
                top && (entry.key == "metadata" || entry.key == "Properties"));
      }
      return;
    }
    core::Hasher hasher(path);
    switch (value.kind) {
      case model::ValueKind::kUnknown: hasher.add(std::string_view("unknown")); break;
      case model::ValueKind::kAlternatives:
        // Which of them holds depends on conditions with names of their own.
        for (const model::Alternative& one : value.alternatives()) collect(one.value, depth - 1, path, false);
        return;
      case model::ValueKind::kString: {
        // Labels and tags often repeat the name: they do not make a renamed thing another one.
        bool own_name = std::find(names_.begin(), names_.end(), value.text()) != names_.end();
        hasher.add(!texts_ ? std::string_view("text") : own_name ? std::string_view("its name") : value.text());
        break;
      }
      default: hasher.add(model::literal_text(value)); break;
    }
    all_.push_back(hasher.finish());
    // A long text (a policy, a script) says more than a word.
    size_t more = whole_ && texts_ && value.is_string() ? std::min<size_t>(value.size / kBytesOfLeaf, kMaxLeavesOfText) : 0;
    for (size_t i = 1; i <= more; ++i) all_.push_back(hasher.add(uint64_t{i}).finish());
  }

  bool texts_, whole_, has_image_ = false;
  std::vector<uint64_t> all_;  // sorted
  std::vector<std::string> names_;
};

size_t in_common(const std::vector<uint64_t>& a, const std::vector<uint64_t>& b) {
  size_t count = 0;
  for (size_t i = 0, j = 0; i < a.size() && j < b.size();) {
    if (a[i] == b[j])
      ++count, ++i, ++j;
    else if (a[i] < b[j])
      ++i;
    else
      ++j;
  }
  return count;
}

// From 0 to 1: what both have in common. Where one has nearly all of the other and more, that counts for more.
double likeness(const Leaves& a, const Leaves& b, size_t* common = nullptr) {
  auto count = static_cast<double>(in_common(a.all(), b.all()));
  if (common) *common = static_cast<size_t>(count);
  auto both = static_cast<double>(a.size() + b.size());
  if (both == 0) return 1.0;
  double of_smaller = count / std::max(1.0, static_cast<double>(std::min(a.size(), b.size())));
  double like = 2.0 * count / both;
  return of_smaller >= kNearlyAll && like >= kSameName ? std::max(like, of_smaller * kNearlyAll) : like;
}

bool share_name(const std::vector<std::string>& a, const std::vector<std::string>& b) {
  return std::any_of(a.begin(), a.end(),
                     [&](const std::string& name) { return std::find(b.begin(), b.end(), name) != b.end(); });
}

// A resource of one side that nothing of the other is known to be.
struct Loose {
  const Resource* resource;
  std::string file;  // from the root of the repository
  std::string root;
  std::string address;              // without keys
  std::vector<std::string> labels;  // the last part of it, and the modules around it
  Leaves leaves;
};

// How much speaks for two being one; negative: they are not.
double score(const Loose& before, const Loose& after) {
  size_t common = 0;
  double like = likeness(before.leaves, after.leaves, &common);
  bool same_label = share_name(before.labels, after.labels);
  bool same_address = before.address == after.address;
  bool named = !before.leaves.names().empty() && !after.leaves.names().empty();
  bool same_name = named && share_name(before.leaves.names(), after.leaves.names());
  bool same_directory = core::parent_path(before.file) == core::parent_path(after.file);
  bool enough;
  if (same_name && (same_address || same_label)) {
    enough = true;
  } else if (same_name) {
    enough = like >= kSameRunningName || before.leaves.size() + after.leaves.size() - 2 * common <= kFewLeaves;
  } else if (same_address) {
    enough = like >= kSameName;
  } else if (same_label) {
    enough = like >= (named ? kOtherName : kSameName);
  } else if (named) {
    // Both are called differently, here and where they run: only a good deal of content says that they are one.
    enough = like >= kOtherName && common >= kEnoughLeaves;
  } else {
    enough = like >= kOtherName;
  }
  if (!enough) return -1;
  return like * 100 + (same_address ? 40 : 0) + (same_name ? 40 : 0) + (same_label ? 20 : 0) +
         (before.file == after.file ? 4 : 0) + (same_directory ? 2 : 0) +
         (core::base_name(before.file) == core::base_name(after.file) ? 1 : 0);
}

// "web" and "shop" of "module.shop.aws_instance.web", unless they are what everything is called.
std::vector<std::string> labels_of(std::string_view address) {
  std::vector<std::string> out;
  std::vector<std::string_view> parts = core::split(address, '.');
  for (size_t i = 0; i < parts.size(); ++i) {
    bool module = i > 0 && parts[i - 1] == "module";
    bool common = parts[i] == "this" || parts[i] == "main" || parts[i] == "default";
    if (!common && (module || i + 1 == parts.size())) out.emplace_back(parts[i]);
  }
  return out;
}

std::string file_of(const DiffSide& side, const Resource& resource) {
  const core::Span& span = resource.header.valid() ? resource.header : resource.span;
  return span.valid() ? core::normalize_path(core::join_path(side.prefix, side.project->sources->path(span.file)))
                      : std::string();
}

std::string block_key(const DiffSide& side, const Resource& resource, std::string_view address) {
  std::string out(resource.format);
  out += '\x1f';
  out += core::join_path(side.prefix, resource.root->path);
  out += '\x1f';
  out += address;
  out += '\x1f';
  out += resource.kind;
  return out;
}

using Block = std::vector<const Resource*>;
using Blocks = std::map<std::string, Block>;

class Matcher {
 public:
  using Result = std::unordered_map<const Resource*, const Resource*>;
  Matcher(const DiffSide& before, const DiffSide& after, Result& out) : before_(before), after_(after), out_(out) {}

  void run() {
    // By the address that a block had first (moved blocks), then by the one it has now.
    for (bool first : {true, false}) {
      Blocks old = blocks_of(before_, first, taken_), young = blocks_of(after_, first, matched_);
      for (auto& [key, after] : young) {
        auto before = old.find(key);
        if (before != old.end()) match_block(before->second, after);
      }
    }
    match_loose();
  }

 private:
  Blocks blocks_of(const DiffSide& side, bool first, const std::unordered_set<const Resource*>& done) const {
    Blocks out;
    for (const Resource* resource : side.project->resources) {
      if (done.contains(resource)) continue;
      std::string address =
          first && resource->moved ? std::string(resource->stable_address) : without_keys(resource->address);
      out[block_key(side, *resource, address)].push_back(resource);
    }
    return out;
  }

  void match(const Resource* before, const Resource* after) {
    out_[after] = before;
    matched_.insert(after);
    taken_.insert(before);
  }

  // Instances of one block: those with equal keys, unless keys are positions; then by what they hold.
  void match_block(const Block& before, const Block& after) {
    if (before.size() == 1 && after.size() == 1) return match(before[0], after[0]);
    std::unordered_map<std::string_view, const Resource*> by_address;
    for (const Resource* resource : before) {
      if (resource->address.ends_with("\"]")) by_address.emplace(resource->address, resource);
    }
    std::vector<const Resource*> left;
    for (const Resource* resource : after) {
      auto same = by_address.find(resource->address);
      if (same != by_address.end() && !taken_.contains(same->second))
        match(same->second, resource);
      else
        left.push_back(resource);
    }
    std::vector<const Resource*> rest;
    for (const Resource* resource : before) {
      if (!taken_.contains(resource)) rest.push_back(resource);
    }
    std::unordered_map<uint64_t, std::vector<const Resource*>> by_content;
    auto content = [](const Resource* resource) { return Leaves(resource->attributes, true).hash_with_names(); };
    for (auto at = rest.rbegin(); at != rest.rend(); ++at) by_content[content(*at)].push_back(*at);
    std::vector<const Resource*> open;
    for (const Resource* resource : left) {
      auto same = by_content.find(content(resource));
      if (same == by_content.end() || same->second.empty()) {
        open.push_back(resource);
        continue;
      }
      auto best = best_of(same->second, *resource);
      const Resource* chosen = *best;
      same->second.erase(best);
      match(chosen, resource);
    }
    std::erase_if(rest, [&](const Resource* resource) { return taken_.contains(resource); });
    size_t next = 0;
    for (const Resource* resource : open) {
      if (next < rest.size()) match(rest[next++], resource);
      // One that stands for unknown instances goes on in each of them.
      else if (before.size() == 1 && (before[0]->representative || resource->representative))
        out_[resource] = before[0], matched_.insert(resource);
    }
  }

  // Of equal ones the one at the same place; those that stood first are at the end.
  Block::iterator best_of(Block& all, const Resource& resource) const {
    auto best = std::prev(all.end());
    if (all.size() == 1 || all.size() > kMaxEqual) return best;
    std::string file = file_of(after_, resource);
    int best_points = -1;
    for (auto at = all.end(); at != all.begin();) {
      --at;
      int points = ((*at)->address == resource.address ? 1 : 0) + (file_of(before_, **at) == file ? 2 : 0);
      if (points <= best_points) continue;
      best_points = points;
      best = at;
    }
    return best;
  }

  std::vector<Loose> loose_of(const DiffSide& side, const std::unordered_set<const Resource*>& done) const {
    std::vector<Loose> out;
    for (const Resource* resource : side.project->resources) {
      if (done.contains(resource)) continue;
      std::string address = without_keys(resource->address);
      std::vector<std::string> labels = labels_of(address);
      out.push_back({resource, file_of(side, *resource), core::join_path(side.prefix, resource->root->path),
                     std::move(address), std::move(labels), Leaves(resource->attributes, true)});
    }
    return out;
  }

  struct Pair {
    double score;
    uint32_t before, after;
  };

  void match_loose() {
    std::vector<Loose> before = loose_of(before_, taken_), after = loose_of(after_, matched_);
    if (before.empty() || after.empty()) return;
    using Type = std::tuple<std::string_view, std::string_view, std::string_view>;
    std::map<Type, std::pair<std::vector<uint32_t>, std::vector<uint32_t>>> by_type;
    for (uint32_t i = 0; i < before.size(); ++i) by_type[type_of(before[i])].first.push_back(i);
    for (uint32_t i = 0; i < after.size(); ++i) by_type[type_of(after[i])].second.push_back(i);
    std::vector<Pair> pairs;
    for (const auto& [type, lists] : by_type) {
      const auto& [old, young] = lists;
      bool many = old.size() * young.size() > kMaxPairs;
      std::unordered_map<uint64_t, std::vector<uint32_t>>
          near;  // where there are many: those with content or a name in common
      if (many) {
        for (uint32_t i : old) {
          near[before[i].leaves.hash()].push_back(i);
          near[core::hash64(before[i].address)].push_back(i);
        }
      }
      for (uint32_t j : young) {
        std::vector<uint32_t> some;
        if (many) {
          for (uint64_t key : {after[j].leaves.hash(), core::hash64(after[j].address)}) {
            if (auto found = near.find(key); found != near.end()) {
              some.insert(some.end(), found->second.begin(),
                          found->second.begin() + std::min<ptrdiff_t>(64, std::ssize(found->second)));
            }
          }
          std::sort(some.begin(), some.end());
          some.erase(std::unique(some.begin(), some.end()), some.end());
        }
        for (uint32_t i : many ? some : old) {
          double points = score(before[i], after[j]);
          if (points >= 0) pairs.push_back({points, i, j});
        }
      }
    }
    std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
      if (a.score != b.score) return a.score > b.score;
      return std::tie(a.before, a.after) < std::tie(b.before, b.after);
    });
    for (const Pair& pair : pairs) {
      const Resource* old = before[pair.before].resource;
      const Resource* young = after[pair.after].resource;
      if (!taken_.contains(old) && !matched_.contains(young)) match(old, young);
    }
  }

  static std::tuple<std::string_view, std::string_view, std::string_view> type_of(const Loose& loose) {
    return {loose.resource->format, loose.resource->kind, loose.resource->type};
  }

  const DiffSide& before_;
  const DiffSide& after_;
  Result& out_;
  std::unordered_set<const Resource*> taken_, matched_;
};

}  // namespace

std::string element_name(const Value& value) {
  if (!value.is_mapping()) return {};
  for (std::string_view key :
       {"name", "Name", "id", "Id", "Sid", "sid", "key", "Key", "mountPath", "containerPort"}) {
    const Value* found = value.find(key);
    if (found && found->is_primitive()) return found->is_string() ? std::string(found->text()) : model::literal_text(*found);
  }
  return {};
}

std::string without_keys(std::string_view address) {
  std::string out;
  rules::add_without_keys(address, out);
  return out;
}

uint64_t shape_of(const Value& attributes) {
  Leaves leaves(attributes, true, false);
  core::Hasher hasher(leaves.hash());
  // What runs an image is known by it, whatever it is called.
  if (leaves.has_image()) return hasher.finish();
  for (const std::string& name : leaves.names()) hasher.add(std::string_view(name));
  return hasher.finish();
}

uint64_t shape_of_element(const Value& element) { return Leaves(element, false, false).hash(); }

Successors::Successors(const DiffSide& before, const DiffSide& after) {
  Matcher(before, after, before_).run();
}

const Resource* Successors::before(const Resource* after) const {
  auto found = before_.find(after);
  return found == before_.end() ? nullptr : found->second;
}

std::vector<int32_t> match_elements(std::span<const Value> before, std::span<const Value> after) {
  std::vector<int32_t> out(after.size(), -1);
  std::vector<bool> taken(before.size(), false);
  auto match = [&](size_t i, size_t j) {
    out[j] = static_cast<int32_t>(i);
    taken[i] = true;
  };
  // Names rule where both sides have them; then equal content.
  std::vector<std::string> old_names, new_names;
  for (const Value& value : before) old_names.push_back(element_name(value));
  for (const Value& value : after) new_names.push_back(element_name(value));
  auto by_key = [&](auto key_of_old, auto key_of_new) {
    std::map<std::string, std::vector<size_t>> keys;
    for (size_t i = before.size(); i-- > 0;) {
      if (!taken[i] && !key_of_old(i).empty()) keys[key_of_old(i)].push_back(i);
    }
    for (size_t j = 0; j < after.size(); ++j) {
      if (out[j] >= 0 || key_of_new(j).empty()) continue;
      auto found = keys.find(key_of_new(j));
      if (found == keys.end() || found->second.empty()) continue;
      match(found->second.back(), j);
      found->second.pop_back();
    }
  };
  by_key([&](size_t i) { return old_names[i]; }, [&](size_t j) { return new_names[j]; });
  std::vector<Leaves> old_leaves, new_leaves;
  for (const Value& value : before) old_leaves.emplace_back(value, false);
  for (const Value& value : after) new_leaves.emplace_back(value, false);
  auto hash = [](const Leaves& leaves) { return std::to_string(leaves.hash()); };
  by_key([&](size_t i) { return hash(old_leaves[i]); }, [&](size_t j) { return hash(new_leaves[j]); });
  if (before.size() * after.size() > kMaxElementPairs) return out;
  struct Pair {
    double like;
    size_t distance, i, j;
  };
  std::vector<Pair> pairs;
  for (size_t j = 0; j < after.size(); ++j) {
    for (size_t i = 0; i < before.size() && out[j] < 0; ++i) {
      if (taken[i]) continue;
      double like = likeness(old_leaves[i], new_leaves[j]);
      bool scalars = !before[i].is_mapping() && !after[j].is_mapping();
      // Of elements that hold nothing else a changed one is another one, unless it stands where the old one stood.
      if (!scalars && like <= 0) continue;
      if (!old_names[i].empty() && !new_names[j].empty() && like < kOtherElement) continue;
      pairs.push_back({like, i > j ? i - j : j - i, i, j});
    }
  }
  std::sort(pairs.begin(), pairs.end(), [](const Pair& a, const Pair& b) {
    if (a.like != b.like) return a.like > b.like;
    return std::tie(a.distance, a.i, a.j) < std::tie(b.distance, b.i, b.j);
  });
  for (const Pair& pair : pairs) {
    if (!taken[pair.i] && out[pair.j] < 0) match(pair.i, pair.j);
  }
  return out;
}

}  // namespace assay::pipeline
