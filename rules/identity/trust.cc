#include "rules/identity/trust.h"

#include <algorithm>

#include "rules/identity/glob.h"

namespace assay::rules::identity {
namespace {

// Keys that say who asks or where from.
constexpr std::string_view kAudienceKeys[] = {
    "aws:SourceIp", "aws:SourceArn", "aws:SourceAccount", "aws:SourceOwner", "aws:SourceVpc", "aws:SourceVpce", "aws:SourceVpcArn",
    "aws:SourceOrgID", "aws:SourceOrgPaths", "aws:userid", "aws:PrincipalOrgID", "aws:PrincipalOrgPaths", "aws:PrincipalAccount",
    "aws:PrincipalArn", "aws:PrincipalServiceName", "aws:PrincipalServiceNamesList", "aws:PrincipalIsAWSService", "aws:VpcSourceIp",
    "aws:VpceAccount", "aws:VpceOrgID", "aws:VpceOrgPaths", "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "s3:DataAccessPointArn", "s3:DataAccessPointAccount", "kms:CallerAccount", "kms:ViaService", "lambda:FunctionUrlAuthType",
    "elasticfilesystem:AccessedViaMountTarget", "elasticfilesystem:AccessPointArn", "lambda:EventSourceToken", "SAML:aud", "ses:FromAddress"};

// Does a value of the key name something, wherever it may be a pattern?
bool is_fixed_value(std::string_view key, const Term& term) {
  if (!term.known) return true;
  std::string_view text = term.text;
  if (text.find("${") != std::string_view::npos && text.find("${*}") == std::string_view::npos) return false;
  if (same_key(key, "aws:SourceIp") || same_key(key, "aws:VpcSourceIp")) {
    size_t slash = text.find('/');
    if (slash == std::string_view::npos) return true;
    // S3 calls networks wider than /8, and /32 of IPv6, public.
    int prefix = std::atoi(std::string(text.substr(slash + 1)).c_str());
    return prefix >= (text.find(':') == std::string_view::npos ? 8 : 32);
  }
  if (!has_wildcard(text)) return !text.empty();
  if (same_key(key, "aws:SourceArn") || same_key(key, "aws:PrincipalArn")) {
    // The account has to be named; buckets have none in their ARNs, but a name.
    std::string_view rest = text;
    std::string_view parts[5];
    for (auto& part : parts) {
      size_t colon = rest.find(':');
      if (colon == std::string_view::npos) return false;
      part = rest.substr(0, colon);
      rest.remove_prefix(colon + 1);
    }
    if (!parts[4].empty()) return !has_wildcard(parts[4]);
    return parts[2] == "s3" && !rest.empty() && !has_wildcard(rest.substr(0, 3));
  }
  if (same_key(key, "aws:userid")) return !is_any_text(text) && !text.starts_with("*") && text.find(':') != std::string_view::npos && !has_wildcard(text.substr(0, text.find(':')));
  if (same_key(key, "aws:PrincipalOrgPaths") || same_key(key, "aws:VpceOrgPaths") || same_key(key, "aws:SourceOrgPaths")) return text.starts_with("o-") && !has_wildcard(text.substr(0, 4));
  if (same_key(key, "aws:PrincipalOrgID")) return text.starts_with("o-") && text.size() > 4;
  return false;
}

bool effect_allows(Asker& asker, const Document& document, const Statement& statement, Tri& sure) {
  for (const Term& effect : statement.effects) {
    bool allow = effect.known ? effect.text == "Allow" : true;
    if (!allow || !asker.holds(document.root, effect.guards)) continue;
    sure = effect.known ? Tri::kYes : Tri::kMaybe;
    return true;
  }
  return false;
}

void add(std::vector<const model::Value*>& open, const model::Value* value) {
  if (value && std::find(open.begin(), open.end(), value) == open.end()) open.push_back(value);
}

// Runs `judge` over the statements that allow; it says how far a statement is at fault without asking anything, and where.
template <typename Judge>
Verdict3 find_in(Asker& asker, const Document& document, std::vector<const model::Value*>& open, Judge&& judge) {
  Verdict3 best;
  for (const Statement& statement : document.statements) {
    if (statement.open) {
      if (asker.holds(document.root, statement.guards)) {
        add(open, statement.value);
        if (best.answer == Tri::kNo) best.answer = Tri::kMaybe;
      }
      continue;
    }
    if (!allows(statement)) continue;
    Verdict3 found;
    std::vector<const model::Value*> unknown;
    judge(statement, found, unknown);
    if (found.answer == Tri::kNo || found.answer < best.answer || (found.answer == best.answer && best.statement)) continue;
    Tri sure = Tri::kNo;
    if (!asker.holds(document.root, statement.guards) || !effect_allows(asker, document, statement, sure)) continue;
    found.answer = both(found.answer, sure);
    found.statement = &statement;
    if (found.answer == Tri::kMaybe) {
      for (const model::Value* value : unknown) add(open, value);
      if (sure == Tri::kMaybe) add(open, statement.effects.front().value);
    }
    best = found;
    if (best.answer == Tri::kYes) break;
  }
  return best;
}

Tri audience(const Statement& statement, std::string_view extra, std::vector<const model::Value*>& unknown) {
  Tri fixed = Tri::kNo;
  for (const Condition& condition : statement.conditions) {
    Tri one = fixes_audience(condition, extra);
    if (one == Tri::kMaybe) add(unknown, condition.value);
    fixed = either(fixed, one);
  }
  return fixed;
}

// The provider issues tokens to anybody: what has to be in their claims?
struct Provider {
  std::string_view issuer;
  std::string_view claims[6];   // that tell whose token it is
  std::string_view who;
};
constexpr Provider kProviders[] = {
    {"token.actions.githubusercontent.com",
     {"sub", "repository", "repository_owner", "repository_id", "repository_owner_id", "job_workflow_ref"},
     "workflows of any GitHub repository"},
    {"gitlab.com", {"sub", "project_path", "namespace_path", "namespace_id", "project_id", "user_login"}, "pipelines of any GitLab project"},
    {"app.terraform.io", {"sub", "terraform_organization_id", "terraform_organization_name", "terraform_workspace_id"}, "runs of any HCP Terraform organisation"},
    {"app.eu.terraform.io", {"sub", "terraform_organization_id"}, "runs of any HCP Terraform organisation"},
    {"cognito-identity.amazonaws.com", {"aud"}, "identities of any Cognito pool"},
    {"accounts.google.com", {"aud", "sub", "oaud"}, "users of any Google application"},
    {"graph.facebook.com", {"app_id", "id"}, "users of any Facebook application"},
    {"www.amazon.com", {"app_id", "user_id"}, "users of any Login with Amazon application"},
    {"agent.buildkite.com", {"sub", "aud"}, "jobs of any Buildkite organisation"},
    {"oidc.codefresh.io", {"sub"}, "pipelines of any Codefresh account"},
    {"oidc.vercel.com", {"sub", "aud"}, "deployments of any Vercel team"},
};

// Of an EKS cluster: its own service accounts, all of them.
bool is_cluster(std::string_view issuer) { return issuer.starts_with("oidc.eks.") || issuer.find(".eks.") != std::string_view::npos; }

// Does a value of the claim hold the token to somebody?
bool names_somebody(std::string_view issuer, std::string_view claim, std::string_view value) {
  if (value.empty() || is_any_text(value)) return false;
  if (issuer == "token.actions.githubusercontent.com" && claim == "sub") {
    // A subject begins with claims that the owner of a repository cannot choose.
    for (std::string_view first : {"repo:", "repository:", "repository_owner:", "repository_id:", "repository_owner_id:",
                                   "job_workflow_ref:", "enterprise:"}) {
      if (!value.starts_with(first)) continue;
      std::string_view rest = value.substr(first.size());
      size_t end = rest.find_first_of("/:");
      bool organisation = first == "repo:" || first == "repository:" || first == "job_workflow_ref:";
      if (organisation && (end == std::string_view::npos || rest[end] != '/')) return false;
      std::string_view owner = rest.substr(0, end);
      return !owner.empty() && !has_wildcard(owner);
    }
    return false;
  }
  if (issuer == "gitlab.com" && claim == "sub") {
    if (!value.starts_with("project_path:")) return false;
    std::string_view rest = value.substr(13);
    size_t slash = rest.find('/');
    return slash != std::string_view::npos && slash > 0 && !has_wildcard(rest.substr(0, slash));
  }
  if (issuer.ends_with("terraform.io") && claim == "sub") {
    if (!value.starts_with("organization:")) return false;
    std::string_view organisation = value.substr(13, value.substr(13).find(':'));
    return !organisation.empty() && !has_wildcard(organisation);
  }
  // Of others: something must stand in front of the first wildcard beside the name of a claim.
  size_t wildcard = value.find_first_of("*?");
  if (wildcard == std::string_view::npos) return true;
  std::string_view head = value.substr(0, wildcard);
  if (is_cluster(issuer)) return head.starts_with("system:serviceaccount:") && head.size() > 22;
  return head.find(':') != std::string_view::npos ? head.back() != ':' : head.size() > 2;
}

}  // namespace

Tri fixes_audience(const Condition& condition, std::string_view extra) {
  if (!condition.known) return Tri::kMaybe;
  bool about = (!extra.empty() && same_key(condition.key, extra)) ||
               std::any_of(std::begin(kAudienceKeys), std::end(kAudienceKeys),
                           [&](std::string_view key) { return same_key(key, condition.key); });
  if (!about) return Tri::kNo;
  auto op = parse_operator(condition.test);
  if (!op || op->negated || op->if_exists || op->test == Test::kNull || op->quantifier == Quantifier::kForAll) return Tri::kNo;
  if (condition.values.empty()) return Tri::kMaybe;
  for (const Term& term : condition.values) {
    if (!is_fixed_value(condition.key, term)) return Tri::kNo;
  }
  return condition.guards.empty() ? Tri::kYes : Tri::kMaybe;
}

std::string_view oidc_issuer(const Term& principal) {
  std::string_view text = principal.known ? principal.text : principal.suffix;
  size_t at = text.find("oidc-provider/");
  if (at != std::string_view::npos) return text.substr(at + 14);
  for (const Provider& provider : kProviders) {
    if (principal.known && text == provider.issuer) return text;
  }
  return {};
}

Verdict3 find_public(Asker& asker, const Document& document, std::string_view extra, std::vector<const model::Value*>& open) {
  return find_in(asker, document, open, [&](const Statement& statement, Verdict3& found, std::vector<const model::Value*>& unknown) {
    const Principal* everybody = nullptr;
    if (statement.principals.empty() && !statement.not_principals.empty()) {
      found.answer = Tri::kYes;
      found.place = statement.not_principals[0].id.value;
      found.why = "everybody but those in NotPrincipal";
    }
    for (const Principal& principal : statement.principals) {
      Tri all = Tri::kNo;
      if (principal.id.known) {
        bool aws = principal.type.empty() || principal.type == "AWS" || principal.type == "*" || principal.type == "CanonicalUser";
        all = aws && is_any_text(principal.id.text) ? Tri::kYes : Tri::kNo;
      } else if (!principal.id.fixed && principal.id.text.empty() && principal.id.suffix.empty() &&
                 principal.type != "Service" && principal.type != "Federated") {
        all = Tri::kMaybe;
      }
      if (all == Tri::kNo || !asker.holds(document.root, principal.id.guards)) continue;
      if (all > found.answer) {
        found.answer = all;
        everybody = &principal;
        found.place = principal.id.value;
      }
    }
    if (found.answer == Tri::kNo) return;
    if (everybody && found.answer == Tri::kMaybe) add(unknown, everybody->id.value);
    found.answer = both(found.answer, negate(audience(statement, extra, unknown)));
  });
}

Verdict3 find_foreign_account(Asker& asker, const Document& document, std::vector<const model::Value*>& open) {
  return find_in(asker, document, open, [&](const Statement& statement, Verdict3& found, std::vector<const model::Value*>& unknown) {
    if (!statement.conditions.empty()) {
      Tri limit = limits(statement.conditions);
      if (limit == Tri::kYes) return;
    }
    auto digits = [](std::string_view text) {
      return text.size() == 12 && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
    };
    for (const Principal& principal : statement.principals) {
      if (principal.type == "Service" || principal.type == "Federated") continue;
      const Term& id = principal.id;
      Tri foreign = Tri::kNo;
      if (id.known) {
        size_t at = id.text.find(":iam::");
        bool root = id.text.starts_with("arn:") && at != std::string_view::npos && id.text.ends_with(":root") &&
                    digits(id.text.substr(at + 6, id.text.size() - at - 11));
        foreign = root || digits(id.text) ? Tri::kYes : Tri::kNo;
      } else if (!id.fixed && (id.suffix == ":root" || (id.suffix.empty() && id.text.empty()))) {
        // The account that is scanned is no other one.
        bool own = false;
        if (id.value && id.value->is_unknown()) {
          for (core::Symbol cause : id.value->unknown().causes()) {
            own = own || cause.text().find("aws_caller_identity") != std::string_view::npos || cause.text().find("AWS::AccountId") != std::string_view::npos;
          }
        }
        foreign = own ? Tri::kNo : Tri::kMaybe;
      }
      if (foreign <= found.answer || !asker.holds(document.root, id.guards)) continue;
      found.answer = foreign;
      found.place = id.value;
      if (foreign == Tri::kMaybe) add(unknown, id.value);
    }
  });
}

Verdict3 find_confused_deputy(Asker& asker, const Document& document, std::vector<const model::Value*>& open) {
  // Services that call a resource because somebody, in whichever account, told them to.
  static constexpr std::string_view kDeputies[] = {
      "s3.", "sns.", "events.", "cloudtrail.", "config.", "delivery.logs.", "logs.", "ses.", "cloudwatch.", "budgets.", "costalerts.",
      "codestar-notifications.", "cloudfront.", "apigateway.", "iot.", "backup.", "inspector2.", "guardduty.", "macie.", "serverlessrepo.",
      "vpc-flow-logs.", "appflow.", "logging.s3.", "delivery.", "storagegateway.", "lex.", "textract.", "bedrock."};
  return find_in(asker, document, open, [&](const Statement& statement, Verdict3& found, std::vector<const model::Value*>& unknown) {
    for (const Principal& principal : statement.principals) {
      if (!principal.id.known || principal.type != "Service") continue;
      bool deputy = std::any_of(std::begin(kDeputies), std::end(kDeputies), [&](std::string_view service) {
        return principal.id.text.starts_with(service) && principal.id.text.ends_with("amazonaws.com");
      });
      if (!deputy || !asker.holds(document.root, principal.id.guards)) continue;
      found.answer = Tri::kYes;
      found.place = principal.id.value;
      found.why = std::string(principal.id.text);
      break;
    }
    if (found.answer == Tri::kNo) return;
    // Any condition that says on whose behalf, or narrows the request to a known shape of delivery, will do.
    Tri fixed = audience(statement, "aws:SourceArn", unknown);
    for (const Condition& condition : statement.conditions) {
      if (same_key(condition.key, "s3:x-amz-acl") || !condition.known) continue;
      auto op = parse_operator(condition.test);
      bool source = same_key(condition.key, "aws:SourceArn") || same_key(condition.key, "aws:SourceAccount") ||
                    same_key(condition.key, "aws:SourceOrgID") || same_key(condition.key, "AWS:SourceOwner") ||
                    same_key(condition.key, "aws:SourceOrgPaths") || condition.key.starts_with("kms:EncryptionContext:");
      if (source && op && !op->negated) fixed = either(fixed, limits(condition));
    }
    found.answer = both(found.answer, negate(fixed));
  });
}

Verdict3 find_open_subject(Asker& asker, const Document& document, std::string_view wanted, std::vector<const model::Value*>& open) {
  return find_in(asker, document, open, [&](const Statement& statement, Verdict3& found, std::vector<const model::Value*>& unknown) {
    for (const Principal& principal : statement.principals) {
      if (principal.type == "AWS" || principal.type == "Service") continue;
      std::string_view issuer = oidc_issuer(principal.id);
      if (issuer.empty()) continue;
      std::string_view host = issuer.substr(0, issuer.find('/'));
      bool github = host == "token.actions.githubusercontent.com";
      if (github != (wanted == "github")) continue;
      const Provider* provider = nullptr;
      for (const Provider& row : kProviders) {
        if (row.issuer == host || row.issuer == issuer) provider = &row;
      }
      if (!provider && !is_cluster(issuer)) continue;
      if (!asker.holds(document.root, principal.id.guards)) continue;
      Tri held = Tri::kNo;
      for (const Condition& condition : statement.conditions) {
        if (!condition.known) {
          add(unknown, condition.value);
          held = either(held, Tri::kMaybe);
          continue;
        }
        size_t colon = condition.key.rfind(':');
        if (colon == std::string_view::npos) continue;
        std::string_view claim = condition.key.substr(colon + 1);
        // An enterprise has an issuer of its own behind the host.
        std::string_view key_issuer = condition.key.substr(0, colon);
        bool same_issuer = key_issuer.size() >= host.size() && same_key(key_issuer.substr(0, host.size()), host);
        bool about = provider ? same_issuer && std::any_of(std::begin(provider->claims), std::end(provider->claims),
                                                           [&](std::string_view name) { return !name.empty() && same_key(name, claim); })
                              : same_key(claim, "sub");
        auto op = parse_operator(condition.test);
        if (!about || !op || op->negated || op->test == Test::kNull || op->quantifier == Quantifier::kForAll) continue;
        Tri all = condition.values.empty() ? Tri::kMaybe : Tri::kYes;
        for (const Term& term : condition.values) {
          Tri one = Tri::kYes;
          if (term.known) {
            one = names_somebody(host, claim, term.text) ? Tri::kYes : Tri::kNo;
          } else {
            // What it begins with may be enough.
            std::string known(term.text);
            bool enough = names_somebody(host, claim, known + "*") && known.find(':') != std::string::npos;
            one = enough || term.fixed ? Tri::kYes : Tri::kMaybe;
            if (one == Tri::kMaybe) add(unknown, term.value);
          }
          if (!term.guards.empty() && one == Tri::kNo && !asker.holds(document.root, term.guards)) one = Tri::kYes;
          if (one < all && one == Tri::kNo) found.place = term.value;
          all = both(all, one);
        }
        held = either(held, all);
      }
      Tri answer = negate(held);
      if (answer <= found.answer) continue;
      found.answer = answer;
      if (!found.place || held != Tri::kNo) found.place = principal.id.value;
      found.why = provider ? std::string(provider->who) : "pods of any service account of the cluster";
    }
  });
}

}  // namespace assay::rules::identity
