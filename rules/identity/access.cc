#include "rules/identity/access.h"

#include <algorithm>

#include "rules/identity/glob.h"

namespace assay::rules::identity {
namespace {

// The part of an ARN behind the account, and the service in front of it.
struct Arn {
  std::string_view service, resource;
  bool valid = false;
};
Arn split_arn(std::string_view text) {
  Arn out;
  for (int part = 0; part < 5; ++part) {
    // ${Partition} and others hold no colon; ${a::b} of templates might.
    size_t colon = text.find(':');
    if (colon == std::string_view::npos) return out;
    if (part == 2) out.service = text.substr(0, colon);
    text.remove_prefix(colon + 1);
  }
  out.resource = text;
  out.valid = true;
  return out;
}

Tri matches_any(Terms patterns, std::string_view action, const Term** which) {
  Tri out = Tri::kNo;
  for (const Term& pattern : patterns) {
    Tri matches = action_matches(pattern, action);
    if (matches > out) {
      out = matches;
      if (which) *which = &pattern;
      if (out == Tri::kYes && pattern.guards.empty()) break;
    }
  }
  return out;
}

void add_unknown(std::vector<const model::Value*>& open, const model::Value* value) {
  if (value && std::find(open.begin(), open.end(), value) == open.end()) open.push_back(value);
}

// On its own user each of these is enough to have more permissions.
bool changes_own_permissions(std::string_view action) {
  for (std::string_view own : {"iam:PutUserPolicy", "iam:AttachUserPolicy", "iam:DeleteUserPermissionsBoundary", "iam:PutUserPermissionsBoundary"}) {
    if (own == action) return true;
  }
  return false;
}

Tri limits_of(const Statement& statement, const Need& need) {
  Tri out = Tri::kNo;
  for (const Condition& condition : statement.conditions) {
    bool about_service = !need.passed_to.empty() && condition.known && same_key(condition.key, "iam:PassedToService");
    if (about_service && std::any_of(condition.values.begin(), condition.values.end(), [&](const Term& term) {
          return term.known && glob_matches(term.text, need.passed_to, false);
        })) {
      continue;
    }
    out = either(out, limits(condition));
  }
  return out;
}

// Does the statement deny the action everywhere, whatever the request?
bool denies_all(Asker& asker, const Document& document, const Statement& statement, std::string_view action) {
  if (!denies(statement) || !statement.conditions.empty()) return false;
  const Term* which = nullptr;
  if (!statement.actions.empty()) {
    if (matches_any(statement.actions, action, &which) != Tri::kYes) return false;
  } else if (statement.not_actions.empty() || matches_any(statement.not_actions, action, nullptr) != Tri::kNo) {
    return false;
  }
  const Term* resource = nullptr;
  if (is_wide(statement, action, &resource) != Tri::kYes || !statement.not_resources.empty()) return false;
  return asker.holds(document.root, statement.guards) && (!which || asker.holds(document.root, which->guards)) &&
         (!resource || asker.holds(document.root, resource->guards)) &&
         asker.holds(document.root, statement.effects.front().guards);
}

bool is_denied(Asker& asker, const std::vector<const Document*>& documents, std::string_view action) {
  for (const Document* document : documents) {
    for (const Statement& statement : document->statements) {
      if (denies_all(asker, *document, statement, action)) return true;
    }
  }
  return false;
}

Tri granted_by(Asker& asker, const Document& document, std::string_view action, const Need& need, Grant& out,
               std::vector<const model::Value*>& open) {
  Tri best = Tri::kNo;
  for (const Statement& statement : document.statements) {
    if (statement.open) {
      if (asker.holds(document.root, statement.guards)) {
        add_unknown(open, statement.value);
        best = either(best, Tri::kMaybe);
      }
      continue;
    }
    if (!allows(statement)) continue;
    const Term* which = nullptr;
    Tri matched = Tri::kNo;
    if (!statement.actions.empty()) {
      for (const Term& pattern : statement.actions) {
        Tri matches = action_matches(pattern, action);
        if (matches == Tri::kNo) continue;
        if (pattern.known && need.skip_all && is_every_action(pattern.text)) continue;
        if (pattern.known && need.skip_service && !whole_service(pattern.text).empty()) continue;
        if (matches < matched || (matches == matched && which)) continue;
        if (!asker.holds(document.root, pattern.guards)) continue;
        matched = matches;
        which = &pattern;
        if (matched == Tri::kYes) break;
      }
    } else if (!statement.not_actions.empty()) {
      matched = negate(matches_any(statement.not_actions, action, nullptr));
      if (need.skip_all) continue;
    }
    if (matched == Tri::kNo) continue;
    const Term* resource = statement.resources.empty() ? nullptr : &statement.resources.front();
    Tri wide = need.wide ? is_wide(statement, action, &resource) : Tri::kYes;
    if (wide == Tri::kNo) continue;
    Tri unlimited = need.unlimited ? negate(limits_of(statement, need)) : Tri::kYes;
    if (unlimited == Tri::kNo) continue;
    if (!asker.holds(document.root, statement.guards)) continue;
    if (resource && !asker.holds(document.root, resource->guards)) continue;
    const Term* effect = nullptr;
    Tri allowed = Tri::kNo;
    for (const Term& term : statement.effects) {
      Tri is = !term.known ? Tri::kMaybe : term.text == "Allow" ? Tri::kYes : Tri::kNo;
      if (is == Tri::kNo || !asker.holds(document.root, term.guards)) continue;
      allowed = is;
      effect = &term;
    }
    if (allowed == Tri::kNo) continue;
    Tri all = both(both(matched, wide), both(unlimited, allowed));
    // Of another root only what is unknown as a whole says its causes here.
    bool own = document.root == asker.root();
    if (all == Tri::kMaybe) {
      if (matched == Tri::kMaybe && which) add_unknown(open, which->value);
      if (own && matched == Tri::kMaybe && !which) add_unknown(open, statement.value);
      if (wide == Tri::kMaybe && resource) add_unknown(open, resource->value);
      if (allowed == Tri::kMaybe && effect) add_unknown(open, effect->value);
      if (own && unlimited == Tri::kMaybe) {
        for (const Condition& condition : statement.conditions) add_unknown(open, condition.value);
      }
    }
    if (all > best || (all == best && out.statement == nullptr)) {
      best = all;
      out = {&document, &statement, which, resource, action};
    }
    if (best == Tri::kYes) return best;
  }
  return best;
}

}  // namespace

bool Asker::holds(const model::Root* root, std::span<const model::Guard> guards) {
  for (model::Guard guard : guards) {
    if (guard == model::kAlways) continue;
    if (guard == model::kNever) return false;
    if (optimist_) continue;
    if (world_ == nullptr) return false;
    if (root == root_) {
      if (!world_->holds(root->guards, guard)) return false;
    } else {
      std::string question = root->path + "#" + root->guards.to_text(guard);
      if (!world_->decide_other(question, root->guards.causes(guard))) return false;
    }
  }
  return true;
}

bool Asker::ask(std::string_view relation, std::span<const model::Value* const> about, std::string_view what) {
  if (world_ == nullptr) return false;
  std::vector<core::Symbol> causes;
  for (const model::Value* value : about) {
    for (core::Symbol cause : model::causes_of(*value, root_->guards)) {
      if (std::find(causes.begin(), causes.end(), cause) == causes.end()) causes.push_back(cause);
    }
  }
  std::sort(causes.begin(), causes.end(), [](core::Symbol a, core::Symbol b) { return a.text() < b.text(); });
  std::string question;
  for (size_t i = 0; i < causes.size() && i < 4; ++i) {
    question += i == 3 ? ", ..." : (i ? ", " : "") + model::display_name(causes[i].text());
  }
  if (causes.empty()) question = "it";
  question.append(1, ' ').append(relation).append(1, ' ').append(what);
  return world_->decide_other(question, causes);
}

bool is_every_action(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos) return is_any_text(text);
  return is_any_text(text.substr(0, colon)) && is_any_text(text.substr(colon + 1));
}

std::string_view whole_service(std::string_view text) {
  size_t colon = text.find(':');
  if (colon == std::string_view::npos || colon == 0 || !is_any_text(text.substr(colon + 1))) return {};
  return has_wildcard(text.substr(0, colon)) ? std::string_view{} : text.substr(0, colon);
}

Tri action_matches(const Term& pattern, std::string_view action) {
  std::string_view text = pattern.text;
  if (pattern.known) {
    if (text.empty()) return Tri::kNo;
    if (text[0] != '*' && text[0] != '?' && ((text[0] ^ action[0]) & ~0x20) != 0) return Tri::kNo;
    if (text.find(':') == std::string_view::npos) return is_any_text(text) ? Tri::kYes : Tri::kNo;
    return glob_matches(text, action, true) ? Tri::kYes : Tri::kNo;
  }
  std::string shape(text);
  shape += '*';
  if (!glob_matches(shape, action, true) && text.find_first_of("*?") == std::string_view::npos) {
    // Behind what is known there could only be more of another name.
    return globs_meet(shape, action, true) ? Tri::kMaybe : Tri::kNo;
  }
  return Tri::kMaybe;
}

bool is_every_resource(const Term& resource) { return resource.known && is_any_text(resource.text); }

Tri is_wide(const Term& resource, std::string_view action) {
  if (!resource.known) {
    // A text that begins as an ARN names something; the ARN of a resource names one.
    if (resource.fixed || !resource.text.empty() || !resource.suffix.empty()) return Tri::kNo;
    return Tri::kMaybe;
  }
  if (is_any_text(resource.text)) return Tri::kYes;
  if (resource.text.find("${aws:username}") != std::string_view::npos && changes_own_permissions(action)) return Tri::kYes;
  if (resource.text.find('*') == std::string_view::npos) return Tri::kNo;
  Arn written = split_arn(resource.text);
  if (!written.valid) {
    // "arn:aws:s3*" and the like reach over colons.
    size_t star = resource.text.find('*');
    if (star + 1 != resource.text.size() || !std::string_view("arn:aws:").starts_with(resource.text.substr(0, std::min<size_t>(star, 8)))) {
      return Tri::kNo;
    }
    return star <= 8 ? Tri::kYes : Tri::kNo;
  }
  size_t colon = action.find(':');
  ServiceFacts service = find_service(action.substr(0, colon));
  auto facts = service ? service.action(action.substr(colon + 1)) : std::nullopt;
  if (!facts) return is_any_text(written.resource) ? Tri::kYes : Tri::kNo;
  for (const TypeUse& use : service.types_of(*facts)) {
    std::string pattern = service.arn(use.type);
    for (std::string_view part : {"${Partition}", "${Region}", "${Account}"}) {
      for (size_t at; (at = pattern.find(part)) != std::string::npos;) pattern.replace(at, part.size(), 1, kHole);
    }
    Arn typed = split_arn(pattern);
    if (typed.valid && glob_matches(written.service, typed.service, false) && glob_covers(written.resource, typed.resource, false)) {
      return Tri::kYes;
    }
  }
  return Tri::kNo;
}

Tri is_wide(const Statement& statement, std::string_view action, const Term** which) {
  Tri out = Tri::kNo;
  for (const Term& resource : statement.resources) {
    Tri wide = is_wide(resource, action);
    if (wide > out || (wide == out && out != Tri::kNo && which && *which && !(*which)->guards.empty() && resource.guards.empty())) {
      out = wide;
      if (which) *which = &resource;
    }
  }
  if (statement.resources.empty() && !statement.not_resources.empty()) {
    if (which) *which = nullptr;
    return Tri::kYes;
  }
  return out;
}

bool allows(const Statement& statement) {
  return std::any_of(statement.effects.begin(), statement.effects.end(),
                     [](const Term& term) { return !term.known || term.text == "Allow"; });
}

bool denies(const Statement& statement) {
  return statement.effects.size() == 1 && statement.effects[0].known && statement.effects[0].text == "Deny";
}

Tri find_grant(Asker& asker, const Access& access, std::string_view action, const Need& need, Grant& out,
               std::vector<const model::Value*>& open) {
  Tri best = Tri::kNo;
  std::vector<const model::Value*> unknown;
  for (const Document* document : access.documents) {
    Grant grant;
    Tri granted = granted_by(asker, *document, action, need, grant, unknown);
    if (granted > best) {
      best = granted;
      out = grant;
    }
    if (best == Tri::kYes) break;
  }
  if (best == Tri::kNo || asker.is_optimist()) return best;
  if (is_denied(asker, access.documents, action)) return Tri::kNo;
  if (access.has_boundary) {
    if (is_denied(asker, access.boundaries, action)) return Tri::kNo;
    Tri within = access.unread_boundaries.empty() ? Tri::kNo : Tri::kMaybe;
    for (const Document* boundary : access.boundaries) {
      Grant grant;
      Need any;
      any.wide = any.unlimited = false;
      within = either(within, granted_by(asker, *boundary, action, any, grant, unknown));
    }
    if (within == Tri::kMaybe) {
      for (const model::Value* value : access.unread_boundaries) add_unknown(unknown, value);
    }
    best = both(best, within);
  }
  if (best == Tri::kMaybe) {
    for (const model::Value* value : unknown) add_unknown(open, value);
  }
  return best;
}

}  // namespace assay::rules::identity
