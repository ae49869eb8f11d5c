// The ways in which permissions turn into more permissions, and groups of actions that give away credentials or data.
// Data, and the search for them in what a holder may do. Sources: the published lists of escalation paths of AWS (Rhino
// Security Labs, Bishop Fox, pathfinding.cloud), written down as facts.
// Threads: pure functions over tables.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "rules/identity/access.h"

namespace assay::rules::identity {

// One way: all of `actions` are needed.
struct Method {
  std::string_view actions;    // "iam:PassRole lambda:CreateFunction lambda:InvokeFunction"
  std::string_view passed_to;  // the service that a role is passed to; "" where none is
  std::string_view gain;       // "runs code with any role"
};
std::span<const Method> escalation_methods();

// A method with the grants that make it possible, in the order of its actions.
struct Escalation {
  const Method* method = nullptr;
  Tri certain = Tri::kNo;
  std::vector<Grant> grants;
};

struct EscalationResult {
  std::vector<Escalation> certain, possible;  // of two that include each other only the smaller one
  std::vector<const model::Value*> open;      // what would decide the possible ones
};

// With `across` only those that no single document gives by itself; with `skip_all` not through a statement that allows "*".
EscalationResult find_escalations(Asker& asker, const Access& access, bool across, bool skip_all = true);

// "iam:PassRole with lambda:CreateFunction and lambda:InvokeFunction (runs code with any role)".
std::string describe(const Method& method);

enum class ActionGroup : uint8_t { kCredentials, kSecrets, kData };
// Lower-level lists: actions that return credentials, that read secrets, that read data in bulk.
std::span<const std::string_view> actions_of(ActionGroup group);

}  // namespace assay::rules::identity
