// What a policy of IAM, or a role, user or group, may do in effect: by service and access level, with what is denied taken
// off, and the ways in which that becomes more. Shown in hovers.
#include <algorithm>
#include <map>
#include <set>

#include "analyzer/lsp/features.h"
#include "rules/engine/world.h"
#include "rules/identity/access.h"
#include "rules/identity/catalogue.h"
#include "rules/identity/escalation.h"
#include "rules/identity/principals.h"

namespace assay::lsp {
namespace {

namespace identity = rules::identity;
using identity::Tri;

constexpr uint32_t kMostRuns = 8;      // of worlds
constexpr size_t kMostServices = 15, kMostWays = 5, kMostActions = 4000;
constexpr int kMaxDepth = 24;

struct Right {
  identity::Level level;
  bool always = true, sometimes = false, wide = false;
};
using Service = std::map<std::string, Right, std::less<>>;

bool holds(const core::Span& span, core::FileId file, uint32_t offset) {
  return span.valid() && span.file == file && span.begin <= offset && offset <= span.end;
}

// Patterns of actions in statements that allow something.
void add_patterns(const identity::Access& access, std::set<std::string>& services, bool& everything) {
  for (const identity::Document* document : access.documents) {
    for (const identity::Statement& statement : document->statements) {
      if (!identity::allows(statement)) continue;
      everything |= !statement.not_actions.empty();
      for (const identity::Term& term : statement.actions) {
        size_t colon = term.text.find(':');
        if (identity::is_every_action(term.text)) everything = true;
        else if (colon != std::string_view::npos) services.insert(std::string(term.text.substr(0, colon)));
      }
    }
  }
}

// One world's answers, added to those of the others.
void ask(identity::Asker& asker, const identity::Access& access, std::map<std::string, Service>& services) {
  std::vector<const model::Value*> open;
  for (auto& [prefix, service] : services) {
    for (auto& [name, action] : service) {
      identity::Grant grant;
      identity::Need any;
      any.wide = any.unlimited = false;
      std::string full = prefix + ":" + name;
      Tri granted = identity::find_grant(asker, access, full, any, grant, open);
      action.always &= granted == Tri::kYes;
      action.sometimes |= granted != Tri::kNo;
      identity::Need wide;
      if (granted != Tri::kNo) action.wide |= identity::find_grant(asker, access, full, wide, grant, open) == Tri::kYes;
    }
  }
}

std::string line_of(const std::string& prefix, const Service& service, uint32_t of) {
  std::map<identity::Level, size_t> levels;
  size_t count = 0, wide = 0, unsure = 0;
  for (const auto& [name, action] : service) {
    if (!action.sometimes) continue;
    ++count;
    wide += action.wide;
    unsure += !action.always;
    ++levels[action.level];
  }
  if (count == 0) return {};
  std::string out = "- `" + prefix + "`: " + (count == of ? "every action" : std::to_string(count) + " of " + std::to_string(of) + " actions") + " (";
  bool first = true;
  for (const auto& [level, number] : levels) {
    out += (first ? "" : ", ") + std::string(identity::level_name(level)) + " " + std::to_string(number);
    first = false;
  }
  out += ")";
  if (wide == count) out += " on every resource";
  else if (wide > 0) out += ", " + std::to_string(wide) + " on every resource";
  if (unsure > 0) out += unsure == count ? "; possible" : "; " + std::to_string(unsure) + " only possible";
  return out + "\n";
}

std::string text_of(const identity::Access& access, const model::Root& root, std::string_view whose) {
  std::set<std::string> prefixes;
  bool everything = false;
  add_patterns(access, prefixes, everything);
  bool denies = std::any_of(access.documents.begin(), access.documents.end(), [](const identity::Document* document) {
    return std::any_of(document->statements.begin(), document->statements.end(), [](const auto& statement) { return identity::denies(statement); });
  });
  std::string out = "**Effective permissions**" + (whose.empty() ? "" : " of `" + std::string(whose) + "`") + "\n\n";
  std::map<std::string, Service> services;
  if (everything) {
    out += std::string("- every action of every service") + (denies ? ", but for what is denied" : "") + (access.has_boundary ? ", within the boundary" : "") + "\n";
  } else {
    size_t actions = 0;
    for (const std::string& prefix : prefixes) {
      identity::ServiceFacts facts = identity::find_service(prefix);
      if (!facts || actions > kMostActions) continue;
      identity::ActionCursor cursor = facts.actions();
      while (cursor.next()) services[prefix][std::string(cursor.name())] = {cursor.facts().level};
      actions += facts.action_count();
    }
  }
  std::set<std::string> ways;
  bool capped = false;
  rules::World world;
  world.reset();
  do {
    world.begin();
    identity::Asker asker(&world, &root);
    ask(asker, access, services);
    for (const identity::Escalation& way : identity::find_escalations(asker, access, false, false).certain) {
      if (!everything) ways.insert(identity::describe(*way.method));
    }
    capped = world.runs() >= kMostRuns;
  } while (!capped && world.advance());
  size_t shown = 0;
  std::string lines;
  for (const auto& [prefix, service] : services) {
    std::string line = line_of(prefix, service, static_cast<uint32_t>(service.size()));
    if (!line.empty() && shown++ < kMostServices) lines += line;
  }
  if (shown > kMostServices) lines += "- … and " + std::to_string(shown - kMostServices) + " other services\n";
  out += lines;
  if (!everything && lines.empty()) out += "- none that is known\n";
  if (!access.unread.empty()) out += "- and what policies say that are not known here\n";
  if (!ways.empty()) {
    out += "\nThis can become more:\n";
    size_t listed = 0;
    for (const std::string& way : ways) {
      if (listed++ == kMostWays) {
        out += "- … " + std::to_string(ways.size() - kMostWays) + " other ways\n";
        break;
      }
      out += "- " + way + "\n";
    }
  }
  return out;
}

// The outermost value at the offset that is a policy.
const model::Value* policy_at(const model::Value& value, core::FileId file, uint32_t offset, const model::Root& root, core::Arena& arena, int depth) {
  if (depth > kMaxDepth) return nullptr;
  bool here = holds(value.span, file, offset);
  if (here && (value.is_string() || value.is_mapping())) {
    const identity::Document* document = identity::read_document(value, root, arena);
    bool says = document && std::any_of(document->statements.begin(), document->statements.end(), [](const identity::Statement& statement) {
      return !statement.effects.empty() && (!statement.actions.empty() || !statement.not_actions.empty());
    });
    if (says) return &value;
  }
  if (value.is_mapping()) {
    for (const model::Entry& entry : value.entries()) {
      if (const model::Value* found = policy_at(entry.value, file, offset, root, arena, depth + 1)) return found;
    }
  } else if (value.is_sequence()) {
    for (const model::Value& item : value.items()) {
      if (const model::Value* found = policy_at(item, file, offset, root, arena, depth + 1)) return found;
    }
  }
  return nullptr;
}

}  // namespace

std::string permissions_at(Query& query, uint32_t offset) {
  static const core::Symbol kPolicy("aws/iam/policy");
  core::FileId file = query.place.file;
  for (const model::Resource* resource : query.layer().resources(file)) {
    if (!holds(resource->span, file, offset)) continue;
    core::Arena arena;
    bool head = holds(resource->header, file, offset);
    bool principal = head && identity::Principals::is_principal(*resource);
    const model::Value* policy = nullptr;
    if (head && !principal) {
      for (const model::View& view : resource->views) {
        if (view.type == kPolicy) policy = view.value.find("policy");
      }
    } else if (!head) {
      policy = policy_at(resource->attributes, file, offset, *resource->root, arena, 0);
    }
    if (!principal && !policy) continue;
    identity::Principals principals(query.place.scan().project);
    identity::Access access = principal ? principals.access_of(*resource, arena) : principals.access_of_policy(*resource, *policy, arena);
    if (access.documents.empty() && access.unread.empty()) continue;
    return text_of(access, *resource->root, resource->address);
  }
  return {};
}

}  // namespace assay::lsp
