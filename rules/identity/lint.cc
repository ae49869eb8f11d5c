#include "rules/identity/lint.h"

#include <algorithm>
#include <map>

#include "parsers/core/limits.h"
#include "rules/identity/access.h"
#include "rules/identity/catalogue.h"
#include "rules/identity/glob.h"

namespace assay::rules::identity {
namespace {

using model::Value;

constexpr size_t kMostSuggestions = 20;    // each costs a walk over a service
constexpr size_t kMostMistakes = 200;      // of one document
constexpr size_t kMostComparisons = 20000;  // of actions with resources

constexpr std::string_view kStatementParts[] = {"Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Principal", "NotPrincipal", "Condition"};

std::vector<model::Guard> joined(std::span<const model::Guard> a, std::span<const model::Guard> b) {
  std::vector<model::Guard> out(a.begin(), a.end());
  out.insert(out.end(), b.begin(), b.end());
  return out;
}

std::string quoted(std::string_view text) { return "`" + std::string(text.substr(0, 80)) + "`"; }

class Linter {
 public:
  Linter(const Document& document, Usage usage) : document_(document), usage_(usage) {}
  std::vector<Mistake> out;

  void add(MistakeKind kind, const Value* place, std::string message, std::span<const model::Guard> guards,
           std::span<const model::Guard> more = {}) {
    if (out.size() < kMostMistakes) out.push_back({kind, place ? place : document_.value, std::move(message), joined(guards, more)});
  }

  void malformed() {
    for (const Mistake& mistake : find_shape_mistakes(*document_.value, usage_)) out.push_back(mistake);
  }

  void unknown_actions() {
    for (const Statement& statement : document_.statements) {
      for (Terms terms : {statement.actions, statement.not_actions}) {
        for (const Term& term : terms) {
          if (term.known) unknown_action(statement, term);
        }
      }
    }
  }

  void conditions() {
    for (const Statement& statement : document_.statements) {
      for (const Condition& condition : statement.conditions) {
        if (condition.known) one_condition(statement, condition);
      }
    }
  }

  void sids() {
    std::map<std::string_view, const Value*> seen;
    for (const Statement& statement : document_.statements) {
      if (!statement.sid || !statement.sid->is_string()) continue;
      std::string_view sid = statement.sid->text();
      if (sid.empty()) continue;
      bool plain = std::all_of(sid.begin(), sid.end(), [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
      });
      // Policies of resources may have more in their Sids.
      if (!plain && usage_ == Usage::kIdentity) {
        add(MistakeKind::kSid, statement.sid, "Sid " + quoted(sid) + " may hold letters and digits only", statement.guards);
      }
      auto [at, inserted] = seen.emplace(sid, statement.sid);
      if (!inserted && statement.guards.empty() && (usage_ == Usage::kIdentity || usage_ == Usage::kAny)) {
        add(MistakeKind::kSid, statement.sid, "Sid " + quoted(sid) + " is used twice; AWS refuses the policy", statement.guards);
      }
    }
  }

  void version() {
    const Value* version = document_.version;
    bool blocks = document_.value && document_.value->find("statement");
    if (version && version->is_string() && version->text() != "2012-10-17" && version->text() != "2008-10-17") {
      add(MistakeKind::kVersion, version, "Version " + quoted(version->text()) + " does not exist; write \"2012-10-17\"", {});
      return;
    }
    if (blocks || (version && (!version->is_string() || version->text() == "2012-10-17"))) return;
    std::string_view as = version ? "Version 2008-10-17" : "a policy without Version";
    for (const Statement& statement : document_.statements) {
      auto check = [&](const Term& term) {
        if (term.known && has_variable(term.text)) {
          add(MistakeKind::kVersion, term.value, std::string(as) + " takes the variable in " + quoted(term.text) + " as plain text; add Version \"2012-10-17\"",
              statement.guards, term.guards);
        }
      };
      for (const Term& term : statement.resources) check(term);
      for (const Term& term : statement.not_resources) check(term);
      for (const Condition& condition : statement.conditions) {
        for (const Term& term : condition.values) check(term);
      }
    }
  }

  void principals() {
    for (const Statement& statement : document_.statements) {
      for (auto list : {statement.principals, statement.not_principals}) {
        for (const Principal& principal : list) one_principal(statement, principal);
      }
    }
  }

  void never_matches() {
    for (const Statement& statement : document_.statements) {
      if (statement.actions.empty() || statement.resources.empty()) continue;
      bool certain = std::all_of(statement.resources.begin(), statement.resources.end(), [](const Term& term) {
        return term.known && term.text.starts_with("arn:");
      });
      if (!certain) continue;
      for (const Term& action : statement.actions) never_matches(statement, action);
    }
  }

  void too_large() {
    int64_t most = usage_ == Usage::kTrust ? 4096 : usage_ == Usage::kIdentity ? 10240 : usage_ == Usage::kResource ? 20480 : 0;
    int64_t size = document_.value ? document_size(*document_.value) : -1;
    if (most > 0 && size > most) {
      add(MistakeKind::kTooLarge, document_.value,
          "the policy has " + std::to_string(size) + " characters without white space; at most " + std::to_string(most) + " are accepted", {});
    }
  }

  void multi_factor() {
    for (const Statement& statement : document_.statements) {
      if (!denies(statement)) continue;
      for (const Condition& condition : statement.conditions) {
        if (!condition.known || !same_key(condition.key, "aws:MultiFactorAuthPresent")) continue;
        auto op = parse_operator(condition.test);
        bool without = op && op->test == Test::kBool && !op->if_exists &&
                       std::any_of(condition.values.begin(), condition.values.end(),
                                   [](const Term& term) { return term.known && same_key(term.text, "false"); });
        if (without) {
          add(MistakeKind::kMultiFactor, condition.value, "requests with access keys lack `aws:MultiFactorAuthPresent` and are not denied; use BoolIfExists",
              statement.guards, condition.guards);
        }
      }
    }
  }

 private:
  static bool has_variable(std::string_view text) {
    size_t at = text.find("${");
    // Variables of policies name a key: ${aws:username}.
    return at != std::string_view::npos && text.find('}', at) != std::string_view::npos &&
           text.substr(at, text.find('}', at) - at).find(':') != std::string_view::npos;
  }

  void unknown_action(const Statement& statement, const Term& term) {
    std::string_view text = term.text;
    if (is_any_text(text)) return;
    size_t colon = text.find(':');
    if (colon == std::string_view::npos || colon == 0 || colon + 1 == text.size()) {
      add(MistakeKind::kUnknownAction, term.value, "action " + quoted(text) + " has no service: write \"service:Action\"", statement.guards, term.guards);
      return;
    }
    std::string_view prefix = text.substr(0, colon), name = text.substr(colon + 1);
    if (prefix.find_first_not_of(" \t") != 0) {
      add(MistakeKind::kUnknownAction, term.value, "action " + quoted(text) + " begins with a space", statement.guards, term.guards);
      return;
    }
    if (has_wildcard(prefix)) {
      if (is_any_text(prefix)) return;  // "*:*" and the like
      add(MistakeKind::kUnknownAction, term.value, "the service of " + quoted(text) + " may hold no wildcard", statement.guards, term.guards);
      return;
    }
    ServiceFacts service = find_service(prefix);
    if (!service) {
      std::string similar = out.size() < kMostSuggestions ? similar_service(prefix) : "";
      add(MistakeKind::kUnknownAction, term.value,
          "no service of AWS has the prefix " + quoted(prefix) + (similar.empty() ? "" : "; did you mean `" + similar + "`?"), statement.guards, term.guards);
      return;
    }
    if (service.action_count() == 0 || service.has_match(name)) return;
    std::string similar = has_wildcard(name) || out.size() >= kMostSuggestions ? "" : service.similar_action(name);
    add(MistakeKind::kUnknownAction, term.value,
        (has_wildcard(name) ? "no action matches " : "there is no action ") + quoted(text) +
            (similar.empty() ? "" : "; did you mean `" + std::string(service.prefix()) + ":" + similar + "`?"),
        statement.guards, term.guards);
  }

  void one_condition(const Statement& statement, const Condition& condition) {
    auto say = [&](const Value* place, std::string message, std::span<const model::Guard> more = {}) {
      add(MistakeKind::kCondition, place ? place : condition.value, std::move(message), statement.guards, more);
    };
    auto op = parse_operator(condition.test);
    if (!op) {
      std::string similar = similar_operator(condition.test);
      say(nullptr, "there is no condition operator " + quoted(condition.test) + (similar.empty() ? "" : "; did you mean `" + similar + "`?"));
      return;
    }
    if (condition.key.find(':') == std::string_view::npos) {
      say(nullptr, "condition key " + quoted(condition.key) + " has no prefix such as `aws:`");
      return;
    }
    std::string_view prefix = condition.key.substr(0, condition.key.find(':'));
    if (same_key(prefix, "aws") && !is_global_key(condition.key)) {
      say(nullptr, "there is no condition key " + quoted(condition.key));
    }
    for (const Term& term : condition.values) {
      if (!term.known || term.text.find("${") != std::string_view::npos) continue;
      std::string_view text = term.text;
      bool good = true;
      std::string_view wanted;
      switch (op->test) {
        case Test::kBool:
        case Test::kNull: good = same_key(text, "true") || same_key(text, "false"); wanted = "true or false"; break;
        case Test::kNumericEquals: case Test::kNumericLess: case Test::kNumericAtMost: case Test::kNumericGreater: case Test::kNumericAtLeast:
          good = !text.empty() && text.find_first_not_of("+-.0123456789eE") == std::string_view::npos;
          wanted = "a number";
          break;
        case Test::kDateEquals: case Test::kDateLess: case Test::kDateAtMost: case Test::kDateGreater: case Test::kDateAtLeast:
          good = text.size() >= 4 && text.find_first_not_of("0123456789-+:.TZ") == std::string_view::npos;
          wanted = "a date such as 2024-01-31T00:00:00Z";
          break;
        case Test::kIpAddress:
          good = text.size() >= 2 && text.find_first_not_of("0123456789abcdefABCDEF.:/") == std::string_view::npos &&
                 text.find_first_of(".:") != std::string_view::npos;
          wanted = "an IP network";
          break;
        case Test::kArnLike:
          good = text.starts_with("arn:") || has_wildcard(text.substr(0, 4));
          wanted = "an ARN";
          break;
        case Test::kStringEquals:
          if (!op->negated && has_wildcard(text) && text.find("${") == std::string_view::npos && text.size() > 1 &&
              (text.back() == '*' || text.front() == '*')) {
            say(term.value, quoted(condition.test) + " compares " + quoted(text) + " letter by letter; StringLike reads wildcards", term.guards);
          }
          break;
        default: break;
      }
      if (!good) say(term.value, quoted(condition.test) + " needs " + std::string(wanted) + ", not " + quoted(text), term.guards);
    }
  }

  static bool is_global_key(std::string_view key) {
    static constexpr std::string_view kKeys[] = {
        "aws:AssumedRoot", "aws:CalledVia", "aws:CalledViaFirst", "aws:CalledViaLast", "aws:CurrentTime", "aws:Ec2InstanceSourceVpc",
        "aws:Ec2InstanceSourcePrivateIPv4", "aws:EpochTime", "aws:FederatedProvider", "aws:MultiFactorAuthAge",
        "aws:MultiFactorAuthPresent", "aws:ChatbotSourceArn", "aws:IsMcpServiceAction", "aws:ViaAWSMCPService", "aws:CalledViaAWSMCP",
        "aws:PrincipalAccount", "aws:PrincipalArn", "aws:PrincipalIsAWSService", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths",
        "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:PrincipalType", "aws:Referer", "aws:RequestedRegion",
        "aws:ResourceAccount", "aws:ResourceOrgID", "aws:ResourceOrgPaths", "aws:SecureTransport", "aws:SourceAccount", "aws:SourceArn",
        "aws:SourceIdentity", "aws:SourceIp", "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:SourceOwner", "aws:SourceVpc",
        "aws:SourceVpcArn", "aws:SourceVpce", "aws:TagKeys", "aws:TokenIssueTime", "aws:UserAgent", "aws:userid", "aws:username",
        "aws:ViaAWSService", "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths", "aws:VpcSourceIp", "aws:SourceInstanceARN",
        "aws:RequestTag", "aws:ResourceTag", "aws:PrincipalTag", "aws:MultiFactorAuthAge", "aws:SessionName", "aws:TransitiveTagKeys"};
    for (std::string_view known : kKeys) {
      if (same_key(known, key)) return true;
      if (key.size() > known.size() && key[known.size()] == '/' && same_key(known, key.substr(0, known.size()))) return true;
    }
    return false;
  }

  void one_principal(const Statement& statement, const Principal& principal) {
    auto say = [&](std::string message) {
      add(MistakeKind::kPrincipal, principal.id.value, std::move(message), statement.guards, principal.id.guards);
    };
    std::string_view type = principal.type;
    bool known_type = type.empty() || type == "AWS" || type == "Service" || type == "Federated" || type == "CanonicalUser" || type == "*";
    if (!known_type) {
      say("there is no principal type " + quoted(type) + "; AWS, Service, Federated and CanonicalUser are");
      return;
    }
    if (!principal.id.known) return;
    std::string_view id = principal.id.text;
    if (id.find("${") != std::string_view::npos) return;
    if (type == "Service") {
      if (id == "*" || id.find(".amazonaws.") == std::string_view::npos) {
        if (id.find('.') == std::string_view::npos) say(quoted(id) + " is no service principal such as `lambda.amazonaws.com`");
      }
      return;
    }
    if (type != "AWS" || id == "*") return;
    bool digits = std::all_of(id.begin(), id.end(), [](char c) { return c >= '0' && c <= '9'; });
    if (digits) {
      // A YAML number may have lost zeros in front; text has not.
      if (id.size() != 12 && principal.id.value->is_string()) say("account ids have 12 digits; " + quoted(id) + " has " + std::to_string(id.size()));
      return;
    }
    if (!id.starts_with("arn:")) {
      bool unique_id = id.size() >= 16 && (id.starts_with("AIDA") || id.starts_with("AROA") || id.starts_with("AGPA"));
      if (!unique_id && usage_ != Usage::kAny) say(quoted(id) + " is no account id, no ARN and no \"*\"");
      return;
    }
    if (has_wildcard(id)) say("the wildcard in " + quoted(id) + " is not read: a principal is one account, role or user; use a condition on `aws:PrincipalArn`");
    else if (id.find(":group/") != std::string_view::npos) say("a group cannot be a principal");
  }

  void never_matches(const Statement& statement, const Term& action) {
    size_t colon = action.text.find(':');
    if (!action.known || colon == std::string_view::npos || has_wildcard(action.text)) return;
    ServiceFacts service = find_service(action.text.substr(0, colon));
    auto facts = service ? service.action(action.text.substr(colon + 1)) : std::nullopt;
    if (!facts || (facts->flags & kRetired)) return;
    std::vector<TypeUse> types = service.types_of(*facts);
    for (const Term& resource : statement.resources) {
      if (types.empty()) continue;
      for (const TypeUse& use : types) {
        if (++comparisons_ > kMostComparisons) return;
        std::string pattern = service.arn(use.type);
        for (std::string_view part : {"${Partition}", "${Region}", "${Account}"}) {
          for (size_t at; (at = pattern.find(part)) != std::string::npos;) pattern.replace(at, part.size(), 1, kHole);
        }
        std::string written(resource.text);
        for (size_t at; (at = written.find("${")) != std::string::npos;) {
          size_t end = written.find('}', at);
          if (end == std::string::npos) break;
          written.replace(at, end - at + 1, "*");
        }
        if (globs_meet(pattern, written, false)) return;
      }
    }
    if (types.empty()) {
      add(MistakeKind::kNeverMatches, action.value, quoted(action.text) + " works on \"*\" only: with the resources of this statement it grants nothing",
          statement.guards, action.guards);
      return;
    }
    std::string names;
    for (size_t i = 0; i < types.size() && i < 3; ++i) names += (i ? ", " : "") + service.type_name(types[i].type);
    add(MistakeKind::kNeverMatches, action.value, quoted(action.text) + " works on " + names + ": no resource of this statement is one",
        statement.guards, action.guards);
  }

  const Document& document_;
  Usage usage_;
  size_t comparisons_ = 0;
};

void shape_of_statement(const Value& statement, Usage usage, std::vector<Mistake>& out) {
  auto add = [&](const Value* place, std::string message) {
    Mistake mistake{MistakeKind::kMalformed, place, std::move(message), {}};
    if (statement.guard != model::kAlways) mistake.guards.push_back(statement.guard);
    out.push_back(std::move(mistake));
  };
  if (statement.is_unknown() || statement.is_alternatives()) return;
  if (!statement.is_mapping()) {
    add(&statement, "a statement is an object with Effect, Action and Resource");
    return;
  }
  if (statement.find("actions") || statement.find("not_actions")) return;  // blocks: the provider sees to it
  for (const model::Entry& entry : statement.entries()) {
    if (std::find(std::begin(kStatementParts), std::end(kStatementParts), entry.key) != std::end(kStatementParts)) continue;
    std::string_view meant;
    for (std::string_view part : kStatementParts) {
      std::string plural = std::string(part) + "s";
      if (same_key(part, entry.key) || same_key(plural, entry.key)) meant = part;
    }
    add(&entry.value, "a statement has no part " + quoted(entry.key) + (meant.empty() ? "" : "; did you mean `" + std::string(meant) + "`?"));
  }
  const Value* effect = statement.find("Effect");
  if (!effect || effect->is_null()) add(&statement, "the statement has no Effect");
  else if (effect->is_string() && effect->text() != "Allow" && effect->text() != "Deny") {
    add(effect, "Effect is `Allow` or `Deny`, not " + quoted(effect->text()));
  }
  auto there = [&](std::string_view name) {
    const Value* value = statement.find(name);
    return value && !value->is_null();
  };
  auto texts = [&](std::string_view name) {
    const Value* value = statement.find(name);
    if (!value) return;
    if (value->is_mapping() || value->is_bool() || value->is_number()) {
      add(value, std::string(name) + " is a text or a list of texts");
      return;
    }
    if (!value->is_sequence()) return;
    if (value->size == 0) add(value, std::string(name) + " is empty");
    for (const Value& item : value->items()) {
      if (item.is_mapping() || item.is_sequence() || item.is_bool() || item.is_number()) add(&item, "elements of " + std::string(name) + " are texts");
    }
  };
  for (std::string_view name : {"Action", "NotAction", "Resource", "NotResource"}) texts(name);
  if (there("Action") && there("NotAction")) add(statement.find("NotAction"), "a statement has Action or NotAction, not both");
  if (!there("Action") && !there("NotAction")) add(&statement, "the statement has no Action");
  if (there("Resource") && there("NotResource")) add(statement.find("NotResource"), "a statement has Resource or NotResource, not both");
  if (there("Principal") && there("NotPrincipal")) add(statement.find("NotPrincipal"), "a statement has Principal or NotPrincipal, not both");
  bool principal = there("Principal") || there("NotPrincipal");
  bool resource = there("Resource") || there("NotResource");
  if (usage == Usage::kIdentity) {
    if (principal) add(statement.find(there("Principal") ? "Principal" : "NotPrincipal"), "a policy of an identity has no Principal");
    if (!resource) add(&statement, "the statement has no Resource");
  } else if (usage == Usage::kTrust) {
    if (!principal) add(&statement, "the statement has no Principal");
    if (resource) add(statement.find(there("Resource") ? "Resource" : "NotResource"), "a trust policy has no Resource");
  }
  const Value* condition = statement.find("Condition");
  if (condition && !condition->is_mapping() && !condition->is_unknown() && !condition->is_alternatives() && !condition->is_null()) {
    add(condition, "Condition is an object of operators");
  } else if (condition && condition->is_mapping()) {
    for (const model::Entry& test : condition->entries()) {
      if (!test.value.is_mapping() && !test.value.is_unknown() && !test.value.is_alternatives() && !test.value.is_null()) {
        add(&test.value, "a condition operator holds an object of keys");
      }
    }
  }
  for (std::string_view name : {"Principal", "NotPrincipal"}) {
    const Value* value = statement.find(name);
    if (value && value->is_string() && value->text() != "*") {
      add(value, std::string(name) + " is \"*\" or an object such as {\"AWS\": ...}, not " + quoted(value->text()));
    } else if (value && value->is_sequence()) {
      add(value, std::string(name) + " is \"*\" or an object such as {\"AWS\": ...}");
    }
  }
}

int64_t size_of(const Value& value, uint32_t depth) {
  if (depth > core::kMaxNesting || value.guard != model::kAlways || value.is_unknown() || value.is_alternatives()) return -1;
  if (value.is_string()) {
    int64_t out = 2;
    for (char c : value.text()) out += c == '"' || c == '\\' || c == '\n' ? 2 : (static_cast<unsigned char>(c) & 0xc0) != 0x80;
    return out;
  }
  if (value.is_sequence()) {
    int64_t out = 2 + (value.size ? value.size - 1 : 0);
    for (const Value& item : value.items()) {
      int64_t part = size_of(item, depth + 1);
      if (part < 0) return -1;
      out += part;
    }
    return out;
  }
  if (value.is_mapping()) {
    int64_t out = 2 + (value.size ? value.size - 1 : 0);
    for (const model::Entry& entry : value.entries()) {
      int64_t part = size_of(entry.value, depth + 1);
      if (part < 0) return -1;
      out += part + static_cast<int64_t>(entry.key.size()) + 3;
    }
    return out;
  }
  return static_cast<int64_t>(model::literal_text(value).size());
}

}  // namespace

std::optional<MistakeKind> parse_mistake_kind(std::string_view text) {
  static constexpr std::string_view kNames[] = {"malformed", "unknown-action", "condition", "sid", "version",
                                                "principal", "never-matches", "too-large", "multi-factor"};
  for (size_t i = 0; i < std::size(kNames); ++i) {
    if (kNames[i] == text) return static_cast<MistakeKind>(i);
  }
  return std::nullopt;
}

std::vector<Mistake> find_mistakes(const Document& document, Usage usage, MistakeKind kind) {
  Linter linter(document, usage);
  switch (kind) {
    case MistakeKind::kMalformed: linter.malformed(); break;
    case MistakeKind::kUnknownAction: linter.unknown_actions(); break;
    case MistakeKind::kCondition: linter.conditions(); break;
    case MistakeKind::kSid: linter.sids(); break;
    case MistakeKind::kVersion: linter.version(); break;
    case MistakeKind::kPrincipal: linter.principals(); break;
    case MistakeKind::kNeverMatches: linter.never_matches(); break;
    case MistakeKind::kTooLarge: linter.too_large(); break;
    case MistakeKind::kMultiFactor: linter.multi_factor(); break;
  }
  return std::move(linter.out);
}

std::vector<Mistake> find_shape_mistakes(const Value& written, Usage usage) {
  std::vector<Mistake> out;
  if (!written.is_mapping()) return out;
  if (written.find("statement") || written.size == 0) return out;
  const Value* statements = written.find("Statement");
  if (!statements || statements->is_null()) {
    out.push_back({MistakeKind::kMalformed, &written, "the policy has no Statement", {}});
    return out;
  }
  for (const model::Entry& entry : written.entries()) {
    if (entry.key == "Version" || entry.key == "Id" || entry.key == "Statement") continue;
    out.push_back({MistakeKind::kMalformed, &entry.value, "a policy has no part " + quoted(entry.key), {}});
  }
  if (statements->is_sequence()) {
    for (const Value& statement : statements->items()) shape_of_statement(statement, usage, out);
  } else {
    shape_of_statement(*statements, usage, out);
  }
  return out;
}

int64_t document_size(const Value& document) { return size_of(document, 0); }

}  // namespace assay::rules::identity
