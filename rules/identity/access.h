// What policies let their holder do: does a set of documents grant an action, on how much, under which conditions,
// and is it denied or kept out by a permissions boundary?
//
// Answers are those of one world: what is only perhaps there is asked of it, and only where it would matter. What is
// unknown makes an answer kMaybe and is collected, so that a rule asks one question about all of it.
// Threads: one Asker per run; documents are read only.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "rules/engine/world.h"
#include "rules/identity/catalogue.h"
#include "rules/identity/condition.h"
#include "rules/identity/policy.h"

namespace assay::rules::identity {

class Asker {
 public:
  Asker(World* world, const model::Root* root) : world_(world), root_(root) {}
  // Asks nothing and takes everything to be there: what it does not find granted is granted in no world.
  static Asker optimist(const model::Root* root) {
    Asker out(nullptr, root);
    out.optimist_ = true;
    return out;
  }
  bool is_optimist() const { return optimist_; }
  // Do all guards hold? Those of another root than that of the judged resource are asked as one question.
  bool holds(const model::Root* root, std::span<const model::Guard> guards);
  bool holds(const model::Root* root, model::Guard guard) { return holds(root, std::span(&guard, 1)); }
  // A question about values that are not known: "var.actions grants iam:PassRole".
  bool ask(std::string_view relation, std::span<const model::Value* const> about, std::string_view what);
  World* world() { return world_; }
  const model::Root* root() const { return root_; }

 private:
  World* world_;
  const model::Root* root_;
  bool optimist_ = false;
};

struct Grant {
  const Document* document = nullptr;
  const Statement* statement = nullptr;
  const Term* action = nullptr;    // that grants; null for NotAction
  const Term* resource = nullptr;  // that it is granted on; may be null
  std::string_view name;           // "iam:PassRole"
  // The most precise place to point at.
  const model::Value* place() const { return action ? action->value : statement ? statement->value : nullptr; }
};

// The policies of one holder: granted is what any document allows, none denies, and the boundary allows as well.
struct Access {
  std::vector<const Document*> documents;
  std::vector<const Document*> boundaries;
  bool has_boundary = false;
  std::vector<const model::Value*> unread;  // policies that are not known
  std::vector<const model::Value*> unread_boundaries;
};

struct Need {
  bool wide = true;        // on every resource that the action works on
  bool unlimited = true;   // without conditions that limit
  bool skip_all = false;   // not where the statement allows "*": that is another rule's matter
  bool skip_service = false;  // nor where it allows "service:*"
  std::string_view passed_to;  // "lambda.amazonaws.com": passing a role to this service only is no limit
};

// Is "service:Action" granted? kMaybe adds what would have to be known to `open`.
Tri find_grant(Asker& asker, const Access& access, std::string_view action, const Need& need, Grant& out,
               std::vector<const model::Value*>& open);

// Does a pattern of a policy match the action ("iam:PassRole")?
Tri action_matches(const Term& pattern, std::string_view action);
// Is it every action: "*", "*:*"?
bool is_every_action(std::string_view text);
// "s3:*" gives "s3"; else "".
std::string_view whole_service(std::string_view text);
// Does the resource of a statement stand for every resource that the action works on? Account, region and partition
// may be named: it is about one's own account.
Tri is_wide(const Term& resource, std::string_view action);
Tri is_wide(const Statement& statement, std::string_view action, const Term** which);
// Every resource there is: "*".
bool is_every_resource(const Term& resource);

bool allows(const Statement& statement);  // Effect is, or may be, Allow
bool denies(const Statement& statement);  // is certainly Deny

}  // namespace assay::rules::identity
