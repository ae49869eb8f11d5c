// What passed once need not be judged again: manifests and modules repeat themselves, and most rules ask about settings
// that nobody wrote. A check that says which paths it reads (Check::paths) gives the same answer wherever the same values
// are found there; where it passed, equal values pass without a run.
//
// Values are compared exactly: each distinct one gets a number, and a judgement is remembered under the numbers of what its
// rule reads. Spans and origins do not count: they matter for findings only, and what violates is always run. Values with
// anything unknown, guarded or alternative in them get no number, and their judgements are run.
//
// Of a rule that also reads more, the part that is told from paths may be asked first (Check::screen), once values are
// met a second time: what it lets pass is remembered, and that it lets something on to the whole rule, too.
//
// Called by evaluator.cc. Ownership: refers to the rules and to values of the model. Threads: each worker has one.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "parsers/core/arena.h"
#include "parsers/model/value.h"
#include "rules/engine/rule_set.h"

namespace assay::rules {

// The paths that rules of a set read, each once: those of the view, and those of elements by `each`. Rules are added when
// they are first asked for.
class ReadPlan {
 public:
  explicit ReadPlan(const RuleSet& rules);

  struct Node {
    uint32_t parent;  // position, of this tree; the root has none
    std::string_view key;
  };
  using Tree = std::vector<Node>;  // parents before children; [0] is the root
  struct OfRule {
    bool usable = false;
    bool screened = false;  // the paths are those of the check's screen
    bool of_kind = false;   // the type and the format count
    uint32_t asked = 0, found = 0;
    uint32_t tree = 0;  // of its elements
    std::vector<uint32_t> of_view, of_item;  // nodes
  };

  // Valid until another rule is asked for. The trees may have grown.
  OfRule& of_rule(size_t rule) { return known_[rule] ? planned_[known_[rule] - 1] : add(rule); }
  const Tree& views() const { return trees_[0]; }
  const Tree& tree(uint32_t which) const { return trees_[which]; }

 private:
  OfRule& add(size_t rule);
  uint32_t node_at(uint32_t tree, const ReadPath& path);
  uint32_t child(uint32_t tree, uint32_t parent, std::string_view key);

  const RuleSet& rules_;
  std::vector<uint32_t> known_;  // by rule: position in planned_, plus one; 0: not asked for
  std::vector<OfRule> planned_;
  std::vector<Tree> trees_;      // [0]: of views
  std::vector<std::string_view> eaches_;  // of the other trees
  struct Slot {
    uint32_t tree, node;  // no root: 0 says that the slot is free
  };
  std::vector<Slot> slots_;  // of all nodes by tree, parent and key
  size_t used_ = 0;
};

class VerdictMemory {
  enum class Known : uint8_t {
    kSeen,    // once, by a rule with a screen that was not asked yet
    kPasses,
    kOpen,    // the check is to be run, whatever its screen would say
  };

 public:
  // Rules must be compiled before they are asked about. `outlives`: what was learnt holds for the next model, too, so values
  // are copied; the memory then forgets when it has become large.
  explicit VerdictMemory(const RuleSet& rules, bool outlives = false);

  // What stands at the paths of one subject, as far as somebody asked.
  struct Place {
    const model::Value* value = nullptr;  // null: nothing is there
    uint32_t number = 0;                  // kUnread, kOpen, kNothing, or of the value
    bool found = false;                   // `value` and `open` are set
    bool open = false;                    // depends on what is not known
  };
  using Places = std::vector<Place>;

  // Values of another model come: nothing of the last one is looked at any more.
  void next_model();
  // From now on rules judge resources of this type and format.
  void begin_resource(std::string_view type, std::string_view format);
  // From now on rules judge this view.
  void begin_view(const model::Value& view);

  enum class Answer : uint8_t {
    kPasses,  // for certain
    kRun,     // the check decides; where it passes at once, note_pass() may be told
    kScreen,  // the check's screen comes first; what it says is told to note_pass() or note_open()
  };
  // `item` and `places`, which start out empty, are null for rules without `each`.
  Answer ask(size_t rule, const model::Value* item, Places* places);
  void note_pass() { remember(Known::kPasses); }
  void note_open() { remember(Known::kOpen); }

 private:
  void find(const ReadPlan::Tree& tree, Places& places, uint32_t node);
  uint32_t number_at(const ReadPlan::Tree& tree, Places& places, uint32_t node);
  uint32_t number_of(const model::Value& value);
  const model::Value* kept_copy(const model::Value& value);
  bool known(uint64_t hash, size_t& slot) const;
  void remember(Known what);
  void grow_values();
  void grow_verdicts();

  struct Numbered {
    uint64_t hash;
    const model::Value* value;
  };
  struct Verdict {
    uint64_t hash;
    uint32_t begin, size;  // in numbers_
    Known known;
  };

  ReadPlan plan_;
  const bool outlives_;
  core::Arena copies_;
  size_t copied_ = 0;  // bytes, about
  std::vector<std::pair<std::string, std::string>> kinds_;  // types and formats that were met
  uint32_t kind_ = 0;
  Places of_view_;
  std::vector<uint32_t> found_;          // of them, below the root
  std::vector<Numbered> values_;
  std::vector<uint32_t> value_slots_;    // position + 1 in values_, or 0
  std::vector<Verdict> verdicts_;
  std::vector<uint32_t> verdict_slots_;  // the same
  std::vector<uint32_t> numbers_;
  std::vector<uint32_t> key_;            // of the last judgement: rule, then numbers; empty: not to be remembered
  uint64_t key_hash_ = 0;
};

}  // namespace assay::rules
