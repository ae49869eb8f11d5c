// Permissions for rules: rules/identity as CEL functions. `x` is `resource`: a policy, a policy document, a role, a user
// or a group. Each function leaves the statement that decides as the place of the finding, and says in the message what
// it found; what is not known is asked of the world once.
//
//   iam.escalates(x)             does one policy hold a way to more permissions (rules/identity/escalation.h)?
//   iam.escalates_together(x)    do several policies of a principal hold one together, but none by itself?
//   iam.gives(x, group)          "credentials", "secrets" or "data", of every resource
//   iam.grants(x, actions)       one of the actions ("iam:PassRole", or a list) on some resource
//   iam.grants_widely(x, actions)  the same on every resource and without conditions that limit
//   iam.unconstrained(x, level)  "Permissions management", "Write" or "Read" on "*" where the action could be granted on less
//   iam.every_action(x, all)     "*" as action, on every resource or on less
//   iam.whole_service(x)         "service:*" on every resource, of services whose resources could be named
//   iam.policy(x)                the document of a policy; of a policy document itself, unless it is judged where it is used
//   iam.subscription_scope(s)    is the scope of an Azure role a subscription or a management group?
//   iam.full_access(x)           an AWS managed policy that gives the account, or the means to take it
//   iam.attaches(x, name)        the AWS managed policy of that name
#include <algorithm>

#include "rules/identity/escalation.h"
#include "rules/identity/glob.h"
#include "rules/identity/principals.h"
#include "rules/lang/cel/identity_run.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;
using identity::Access;
using identity::Grant;
using identity::Need;
using identity::Tri;

constexpr size_t kMostNamed = 3;        // actions or ways in a message
constexpr size_t kMostCandidates = 48;  // actions of a pattern that are looked at

std::string and_more(const std::vector<std::string>& names) {
  std::string out;
  for (size_t i = 0; i < names.size() && i < kMostNamed; ++i) out += (i ? ", " : "") + names[i];
  if (names.size() > kMostNamed) out += " and " + std::to_string(names.size() - kMostNamed) + " more";
  return out;
}

std::string_view holder_of(const RunContext& context) {
  std::string_view type = IdentityRun::type_of(context);
  if (type == "aws/iam/role") return "the role";
  if (type == "aws/iam/user") return "the user";
  if (type == "aws/iam/group") return "the group";
  return "the policy";
}

Val tell_escalations(IdentityRun& run, const std::vector<identity::Escalation>& found, std::string_view verb) {
  std::vector<std::string> names;
  for (const identity::Escalation& way : found) names.push_back(identity::describe(*way.method));
  run.say(std::string(holder_of(run.context())) + std::string(verb) + and_more(names));
  for (size_t i = 0; i < found.size() && i < kMostNamed; ++i) {
    for (const Grant& grant : found[i].grants) run.relate(grant, "grants " + std::string(grant.name));
  }
  run.point(found[0].grants.back());
  run.point(found[0].grants.front());
  return bool_val(true);
}

Val escalates(Eval& eval, Args args, bool across) {
  IdentityRun run(eval, args[0]);
  const Access* access = run.access();
  if (!access) return bool_val(false);
  identity::EscalationResult result = identity::find_escalations(run.asker(), *access, across);
  if (!result.certain.empty()) return tell_escalations(run, result.certain, " allows ");
  if (!across) result.open.insert(result.open.end(), access->unread.begin(), access->unread.end());
  bool possible = !result.possible.empty() || (!across && !access->unread.empty());
  if (!possible || !run.asker().ask("leads", result.open, "to more permissions")) return bool_val(false);
  if (result.possible.empty()) return bool_val(true);
  return tell_escalations(run, result.possible, " may allow ");
}
Val escalates_one(Eval& eval, Args args) { return escalates(eval, args, false); }
Val escalates_together(Eval& eval, Args args) { return escalates(eval, args, true); }

// Are some of the actions granted? The first ones are named.
Val grants_some(IdentityRun& run, std::span<const std::string_view> actions, const Need& need, std::string_view relation) {
  const Access* access = run.access();
  if (!access) return bool_val(false);
  std::vector<std::string> certain, possible;
  std::vector<Grant> grants;
  Grant first_possible;
  std::vector<const model::Value*> open;
  for (std::string_view action : actions) {
    Grant grant;
    Tri granted = identity::find_grant(run.asker(), *access, action, need, grant, open);
    if (granted == Tri::kYes) {
      certain.emplace_back(action);
      grants.push_back(grant);
    } else if (granted == Tri::kMaybe) {
      if (possible.empty()) first_possible = grant;
      possible.emplace_back(action);
    }
  }
  std::string where = need.wide ? " on every resource" : "";
  if (!certain.empty()) {
    run.say(std::string(holder_of(run.context())) + " allows " + and_more(certain) + where);
    for (size_t i = 1; i < grants.size() && i < kMostNamed; ++i) run.relate(grants[i], "grants " + certain[i]);
    run.point(grants[0]);
    return bool_val(true);
  }
  open.insert(open.end(), access->unread.begin(), access->unread.end());
  if ((possible.empty() && access->unread.empty()) || !run.asker().ask(relation, open, actions[0])) return bool_val(false);
  if (!possible.empty()) {
    run.say(std::string(holder_of(run.context())) + " may allow " + and_more(possible) + where);
    run.point(first_possible);
  }
  return bool_val(true);
}

std::vector<std::string_view> texts_of(Eval& eval, const Val& value) {
  std::vector<std::string_view> out;
  if (value.is(Kind::kString)) out.push_back(value.text());
  if (value.is(Kind::kList)) {
    for (const Val& item : eval.items(value)) {
      if (item.is(Kind::kString)) out.push_back(item.text());
    }
  }
  return out;
}

Val gives(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  std::string_view name = args[1].text();
  if (name != "credentials" && name != "secrets" && name != "data") {
    return eval.error("iam.gives: the group is \"credentials\", \"secrets\" or \"data\"");
  }
  identity::ActionGroup group = name == "credentials" ? identity::ActionGroup::kCredentials
                                : name == "secrets"   ? identity::ActionGroup::kSecrets
                                                      : identity::ActionGroup::kData;
  Need need;
  need.skip_all = true;
  return grants_some(run, identity::actions_of(group), need, "gives");
}

Val grants(Eval& eval, Args args, bool widely) {
  IdentityRun run(eval, args[0]);
  std::vector<std::string_view> actions = texts_of(eval, args[1]);
  if (actions.empty()) return bool_val(false);
  Need need;
  need.wide = need.unlimited = need.skip_all = widely;
  return grants_some(run, actions, need, "grants");
}
Val grants_any(Eval& eval, Args args) { return grants(eval, args, false); }
Val grants_widely(Eval& eval, Args args) { return grants(eval, args, true); }

// Is an action that has its own rule: passing roles, and whatever escalates by itself.
bool has_own_rule(std::string_view action) {
  if (action == "iam:PassRole") return true;
  for (const identity::Method& method : identity::escalation_methods()) {
    if (method.actions == action) return true;
  }
  return false;
}

// Does the pattern, or the name, read secrets or data in bulk? Those have their own rules too.
bool reads_contents(std::string_view service, std::string_view pattern) {
  for (identity::ActionGroup group : {identity::ActionGroup::kSecrets, identity::ActionGroup::kData}) {
    for (std::string_view action : identity::actions_of(group)) {
      if (action.size() > service.size() && action.starts_with(service) && action[service.size()] == ':' &&
          identity::glob_matches(pattern, action.substr(service.size() + 1), true)) {
        return true;
      }
    }
  }
  return false;
}

Val unconstrained(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  std::string_view level = args[1].text();
  auto wanted = [&](std::string_view action, const identity::ActionFacts& facts) {
    if (facts.types == 0) return false;
    switch (facts.level) {
      case identity::Level::kPermissions: return level == "Permissions management" && !has_own_rule(action);
      case identity::Level::kWrite: return level == "Write" && !has_own_rule(action);
      default: return level == "Read";
    }
  };
  if (level != "Permissions management" && level != "Write" && level != "Read") {
    return eval.error("iam.unconstrained: the level is \"Permissions management\", \"Write\" or \"Read\"");
  }
  const Access* access = run.access();
  if (!access) return bool_val(false);
  Need need;
  need.skip_all = true;
  need.skip_service = level != "Permissions management";
  // Candidates come from what is written; whether they are granted is asked as for any other action.
  std::vector<std::string_view> candidates;
  auto add = [&](std::string_view service, std::string_view name) {
    std::string text = std::string(service) + ":" + std::string(name);
    if (std::find(candidates.begin(), candidates.end(), text) == candidates.end()) candidates.push_back(eval.arena().copy(std::string_view(text)));
  };
  bool open_actions = false;
  for (const identity::Document* document : access->documents) {
    for (const identity::Statement& statement : document->statements) {
      if (statement.open) open_actions = true;
      if (statement.open || !identity::allows(statement)) continue;
      bool wide = std::any_of(statement.resources.begin(), statement.resources.end(), [](const identity::Term& term) {
        return identity::is_every_resource(term) || (!term.known && !term.fixed && term.text.empty() && term.suffix.empty());
      });
      if (!wide) continue;
      for (const identity::Term& term : statement.actions) {
        if (!term.known) {
          open_actions = open_actions || term.text.find(':') == std::string_view::npos;
          continue;
        }
        size_t colon = term.text.find(':');
        if (colon == std::string_view::npos || candidates.size() >= kMostCandidates) continue;
        if (need.skip_service && !identity::whole_service(term.text).empty()) continue;
        identity::ServiceFacts service = identity::find_service(term.text.substr(0, colon));
        std::string_view name = term.text.substr(colon + 1);
        if (!service || (level == "Read" && reads_contents(service.prefix(), name))) continue;
        if (!identity::has_wildcard(name)) {
          auto facts = service.action(name);
          if (facts && wanted(term.text, *facts)) add(service.prefix(), name);
          continue;
        }
        // Could most of what a pattern matches be granted on less? Of ec2:Describe* hardly anything can.
        const identity::PatternFacts& facts = service.pattern(name);
        if (level == "Read" && 2 * facts.narrow <= facts.matches) continue;
        size_t of_term = 0;
        for (const std::string& one : level == "Write" ? facts.writes : level == "Read" ? facts.others : facts.permissions) {
          if (of_term > kMostNamed) break;
          if (level != "Read" && has_own_rule(std::string(service.prefix()) + ":" + one)) continue;
          add(service.prefix(), one);
          ++of_term;
        }
      }
    }
  }
  if (candidates.empty() && (open_actions || !access->unread.empty())) {
    // What stands for all that could be: an action of the level that every pattern of it would match.
    candidates.push_back(level == "Permissions management" ? "s3:PutBucketPolicy" : level == "Write" ? "s3:DeleteObject" : "s3:GetObjectTagging");
  }
  if (candidates.empty()) return bool_val(false);
  return grants_some(run, candidates, need, level == "Read" ? "reads" : level == "Write" ? "writes" : "manages permissions");
}

Val whole_service(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  const Access* access = run.access();
  if (!access) return bool_val(false);
  std::vector<std::string> services;
  std::vector<std::string_view> tried;
  for (const identity::Document* document : access->documents) {
    for (const identity::Statement& statement : document->statements) {
      if (statement.open || !identity::allows(statement)) continue;
      for (const identity::Term& term : statement.actions) {
        std::string_view prefix = term.known ? identity::whole_service(term.text) : std::string_view{};
        identity::ServiceFacts service = prefix.empty() ? identity::ServiceFacts() : identity::find_service(prefix);
        if (!service || tried.size() >= kMostCandidates || std::find(tried.begin(), tried.end(), service.prefix()) != tried.end()) continue;
        tried.push_back(service.prefix());
        // An action that changes something and could be granted on less speaks for all.
        const identity::PatternFacts& facts = service.pattern("*");
        if (facts.writes.empty() && facts.permissions.empty()) continue;
        std::string action = std::string(service.prefix()) + ":" + (facts.writes.empty() ? facts.permissions : facts.writes)[0];
        Need need;
        need.skip_all = true;
        Grant grant;
        std::vector<const model::Value*> open;
        Tri granted = identity::find_grant(run.asker(), *access, action, need, grant, open);
        if (granted == Tri::kMaybe && !run.asker().ask("grants", open, std::string(prefix) + ":*")) granted = Tri::kNo;
        if (granted == Tri::kNo || grant.action == nullptr || !grant.action->known ||
            identity::whole_service(grant.action->text).empty()) {
          continue;
        }
        std::string name(grant.action->text);
        if (std::find(services.begin(), services.end(), name) == services.end()) {
          if (services.empty()) run.point(grant);
          else run.relate(grant, "grants " + name);
          services.push_back(name);
        }
      }
    }
  }
  if (services.empty()) {
    if (access->unread.empty() || !run.asker().ask("grants", access->unread, "all actions of a service")) return bool_val(false);
    return bool_val(true);
  }
  run.say(std::string(holder_of(run.context())) + " allows " + and_more(services) + " on every resource");
  return bool_val(true);
}

bool is_wanted(std::string_view name, std::string_view wanted) {
  if (!wanted.empty()) return name == wanted;
  const identity::ManagedPolicy* policy = identity::find_managed_policy(name);
  return policy && policy->full;
}

// Is it the ARN of the AWS managed policy that is wanted, or of one of the table that gives the account? Could a text that
// is not known be?
Tri may_be_wanted(const identity::Term& term, std::string_view wanted, std::string_view& name) {
  name = identity::managed_name(term);
  if (name.empty() && !term.known) {
    size_t slash = term.suffix.rfind('/');
    if (slash != std::string_view::npos) name = term.suffix.substr(slash + 1);
  }
  if (!name.empty()) return is_wanted(name, wanted) ? Tri::kYes : Tri::kNo;
  if (term.known || term.fixed) return Tri::kNo;
  for (std::string_view full : {wanted, std::string_view("AdministratorAccess"), std::string_view("PowerUserAccess"), std::string_view("IAMFullAccess")}) {
    std::string arn = "arn:aws:iam::aws:policy/" + std::string(full);
    if (!full.empty() && arn.starts_with(term.text) && arn.ends_with(term.suffix)) return Tri::kMaybe;
    if (!wanted.empty()) break;
  }
  return Tri::kNo;
}

Val full_access(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  std::string_view wanted = args.size() > 1 ? args[1].text() : std::string_view{};
  if (!run.view()) return bool_val(false);
  std::vector<const model::Value*> open;
  Val out = bool_val(false);
  // Attachments are resources of their own: of a role, user or group only what it says itself counts.
  bool holder = IdentityRun::type_of(run.context()) != "aws/iam/policy-attachment";
  const model::Value* subject = holder ? &run.context().resource->attributes : run.view();
  for (std::string_view attribute : {"managed_policy_arns", "policy_arn", "ManagedPolicyArns"}) {
    const model::Value* arns = subject->find(attribute);
    if (!arns) continue;
    std::vector<identity::Term> terms;
    identity::read_terms(*arns, {}, eval.arena(), terms);
    for (const identity::Term& term : terms) {
      std::string_view name;
      Tri full = may_be_wanted(term, wanted, name);
      if (full == Tri::kNo || !run.asker().holds(run.context().resource->root, term.guards)) continue;
      if (full == Tri::kMaybe) {
        open.push_back(term.value);
        continue;
      }
      run.say("the AWS managed policy " + std::string(name) + " is attached");
      run.point(*term.value);
      return bool_val(true);
    }
  }
  // A policy of AWS that is looked up by its name.
  const RunContext& context = run.context();
  for (const model::Edge& edge : context.project->edges_from(context.resource->index)) {
    const model::Resource& other = *context.project->resources[edge.to];
    if (edge.kind != model::EdgeKind::kRefers || other.kind != "data" || other.type != "aws_iam_policy") continue;
    if (!edge.path.starts_with("policy_arn") && !edge.path.starts_with("managed_policy_arns")) continue;
    for (std::string_view key : {"name", "arn"}) {
      const model::Value* value = other.attributes.find(key);
      if (!value || !value->is_string()) continue;
      std::string_view name = key == "arn" ? identity::managed_name(value->text()) : value->text();
      if (!is_wanted(name, wanted) || !run.asker().holds(context.resource->root, edge.guard)) continue;
      run.say("the AWS managed policy " + std::string(name) + " is attached");
      run.relate(value->span, "looked up here");
      if (const model::Value* arn = run.view()->find(edge.path)) run.point(*arn);
      return bool_val(true);
    }
  }
  if (!open.empty() && run.asker().ask("attaches", open, wanted.empty() ? "an AWS managed policy with full access" : wanted)) {
    run.point(*open[0]);
    return bool_val(true);
  }
  return out;
}

// A statement that allows "*", on "*" or on something less.
Val every_action(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  bool everywhere = args[1].boolean;
  const Access* access = run.access();
  if (!access) return bool_val(false);
  std::vector<const model::Value*> open(access->unread);
  for (const identity::Document* document : access->documents) {
    for (const identity::Statement& statement : document->statements) {
      if (statement.open) {
        if (run.asker().holds(document->root, statement.guards)) open.push_back(statement.value);
        continue;
      }
      if (!identity::allows(statement)) continue;
      // The resources first: which is "*", and could one be?
      const identity::Term* star = nullptr;
      const identity::Term* perhaps = nullptr;
      for (const identity::Term& term : statement.resources) {
        bool unknown = !term.known && !term.fixed && term.text.empty() && term.suffix.empty();
        if (identity::is_every_resource(term) && (!star || !star->guards.empty())) star = &term;
        if (unknown) perhaps = &term;
      }
      if (everywhere && !star && !perhaps) continue;
      if (!everywhere && star && star->guards.empty()) continue;
      for (const identity::Term& term : statement.actions) {
        bool unknown = !term.known && term.suffix.empty() && std::string_view("*:*").starts_with(term.text);
        if (!(term.known ? identity::is_every_action(term.text) : unknown)) continue;
        if (!run.asker().holds(document->root, statement.guards) || !run.asker().holds(document->root, term.guards)) continue;
        bool on_star = star && run.asker().holds(document->root, star->guards);
        if (everywhere ? !on_star && !perhaps : on_star) continue;
        const identity::Term* effect = nullptr;
        for (const identity::Term& one : statement.effects) {
          if ((!one.known || one.text == "Allow") && run.asker().holds(document->root, one.guards)) effect = &one;
        }
        if (!effect) continue;
        bool certain = term.known && effect->known && (on_star || !perhaps);
        if (!certain) {
          if (!term.known) open.push_back(term.value);
          if (!on_star && perhaps) open.push_back(perhaps->value);
          if (!effect->known) open.push_back(effect->value);
          if (!run.asker().ask(everywhere ? "allows everything" : "allows every action", open, everywhere ? "everywhere" : "on some resources")) continue;
        }
        run.point(*term.value);
        return bool_val(true);
      }
    }
  }
  return bool_val(!open.empty() && run.asker().ask("may allow", open, everywhere ? "everything" : "every action"));
}

Val policy_of(Eval& eval, Args args) {
  IdentityRun run(eval, args[0]);
  if (!run.view()) return null_val();
  if (IdentityRun::type_of(run.context()) != "aws/iam/policy-document") return eval.select(args[0], "policy");
  return run.access() ? args[0] : null_val();
}

// A subscription or a management group; not a resource group, and not a resource.
Val subscription_scope(Eval& eval, Args args) {
  const Val& scope = args[0];
  if (scope.is(Kind::kString)) {
    std::string_view text = scope.text();
    while (text.ends_with('/')) text.remove_suffix(1);
    if (text.starts_with("/subscriptions/")) return bool_val(text.find('/', 15) == std::string_view::npos);
    return bool_val(text.empty() || text.starts_with("/providers/Microsoft.Management/managementGroups/"));
  }
  if (!scope.is_unknown()) return bool_val(false);
  std::string_view id = scope.model->unknown().id.text();
  bool plain = id.find_first_of("(\"$ ") == std::string_view::npos;
  if (plain && id.ends_with(".id")) {
    if (id.find("azurerm_subscription.") != std::string_view::npos || id.find("azurerm_management_group.") != std::string_view::npos) {
      return bool_val(true);
    }
    // Another resource of the provider is narrower.
    if (id.find("azurerm_") != std::string_view::npos) return bool_val(false);
  }
  std::string_view prefix = scope.model->unknown().prefix;
  if (prefix.starts_with("/subscriptions/") && prefix.find('/', 15) != std::string_view::npos) return bool_val(false);
  return eval.derived(eval.id_of_call("subscription_scope", args), model::bool_type(), args);
}

constexpr FunctionRow kRows[] = {
    {"iam.every_action", "(dyn, bool) bool", every_action, kSeesUnknown},
    {"iam.policy", "(dyn) dyn", policy_of, kSeesUnknown},
    {"iam.subscription_scope", "(dyn) bool", subscription_scope, kSeesUnknown},
    {"iam.escalates", "(dyn) bool", escalates_one, kSeesUnknown},
    {"iam.escalates_together", "(dyn) bool", escalates_together, kSeesUnknown},
    {"iam.gives", "(dyn, string) bool", gives, kSeesUnknown},
    {"iam.grants", "(dyn, dyn) bool", grants_any, kSeesUnknown},
    {"iam.grants_widely", "(dyn, dyn) bool", grants_widely, kSeesUnknown},
    {"iam.unconstrained", "(dyn, string) bool", unconstrained, kSeesUnknown},
    {"iam.whole_service", "(dyn) bool", whole_service, kSeesUnknown},
    {"iam.full_access", "(dyn) bool", full_access, kSeesUnknown},
    {"iam.attaches", "(dyn, string) bool", full_access, kSeesUnknown},
};

}  // namespace

std::span<const FunctionRow> identity_library() { return kRows; }

}  // namespace assay::rules::cel
