// The catalogue of AWS IAM: every action with its access level, the resource types it works on and the condition
// keys it knows. Rules ask it what a pattern such as "s3:Get*" stands for and whether an action could be granted on
// less than every resource.
//
// A generated table (catalogue/generate.py) that is embedded and read in place: nothing happens at start-up.
// Lookups decode the 32 names around the one that is looked for. Threads: safe.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace assay::rules::identity {

enum class Level : uint8_t { kList, kRead, kWrite, kTagging, kPermissions };
std::string_view level_name(Level level);  // "List", ..., "Permissions management"

// Stands for what varies in the ARN patterns of resource types: ids, names, paths.
inline constexpr char kHole = '\x1e';

// Of ActionFacts::flags: only older references know the action.
inline constexpr uint8_t kRetired = 16;

struct ActionFacts {
  Level level = Level::kRead;
  uint8_t flags = 0;
  uint32_t types = 0;  // list of resource types; 0: none, the action works on "*" only
  uint32_t keys = 0;   // list of condition keys; 0: none of its own
};

struct TypeUse {
  uint32_t type = 0;     // of ServiceFacts::arn
  bool required = false;
};

// The actions of one service, in the order of their lower-case names.
class ActionCursor;

// What a pattern of action names stands for. Names of actions whose resources could be named, the first kMostNames of
// each kind, in the order of the catalogue.
struct PatternFacts {
  static constexpr size_t kMostNames = 12;
  uint32_t matches = 0, narrow = 0;  // actions; those that work on less than everything
  std::vector<std::string> permissions, writes, others;
};

class ServiceFacts {
 public:
  explicit ServiceFacts(const unsigned char* data = nullptr, std::string_view prefix = {}) : data_(data), prefix_(prefix) {}
  explicit operator bool() const { return data_ != nullptr; }

  std::string_view prefix() const { return prefix_; }
  uint32_t action_count() const;
  // By its name, in any letter case.
  std::optional<ActionFacts> action(std::string_view name) const;
  ActionCursor actions() const;
  // Is there an action that the pattern ("Get*", in any letter case) matches?
  bool has_match(std::string_view pattern) const;
  // All that a pattern matches. Kept per thread, since policies repeat patterns; valid until the next call.
  const PatternFacts& pattern(std::string_view pattern) const;

  std::vector<TypeUse> types_of(const ActionFacts& action) const;
  std::string type_name(uint32_t type) const;
  // "arn:${Partition}:s3:::" and holes (kHole); region and account read ${Region}, ${Account}.
  std::string arn(uint32_t type) const;
  // Condition keys of the action, those of its resource types included; lower case is not forced.
  std::vector<std::string> keys_of(const ActionFacts& action) const;
  // All condition keys of the service.
  std::vector<std::string> keys() const;
  // The action whose name is closest to a wrong one; empty when none is close.
  std::string similar_action(std::string_view name) const;

 private:
  friend class ActionCursor;
  // The block in which names that begin with `prefix` begin.
  uint32_t block_of(std::string_view prefix) const;
  const unsigned char* data_ = nullptr;
  std::string_view prefix_;
};

class ActionCursor {
 public:
  ActionCursor(const ServiceFacts& service, uint32_t block);
  bool next();
  std::string_view name() const { return {name_, length_}; }
  const ActionFacts& facts() const { return facts_; }

 private:
  const unsigned char* service_;
  const unsigned char* const* words_;
  const unsigned char* at_ = nullptr;
  uint32_t left_ = 0, block_ = 0;
  uint32_t length_ = 0;
  char name_[256];
  ActionFacts facts_;
};

// The service of a prefix ("s3"), in any letter case; false when AWS has none.
ServiceFacts find_service(std::string_view prefix);
// All of them, in the order of their prefixes.
uint32_t service_count();
ServiceFacts service_at(uint32_t index);
// The prefix closest to a wrong one; empty when none is close.
std::string similar_service(std::string_view prefix);

// "0.21.202609261": which state of the reference the table holds.
std::string_view catalogue_version();

}  // namespace assay::rules::identity
