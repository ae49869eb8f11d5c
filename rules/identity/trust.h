// Who a policy of a resource or a role lets in: everybody, another account, a service on behalf of others, or a token of
// an identity provider that anybody can get.
//
// "Everybody" follows what S3 calls public ("The meaning of public"): a statement is not public where each of its grants
// is limited to fixed values of the principal or of a condition key that says who or where from. Threads: pure functions.
#pragma once

#include <string>
#include <string_view>

#include "rules/identity/access.h"

namespace assay::rules::identity {

// What decided, for the place and the message.
struct Verdict3 {
  Tri answer = Tri::kNo;
  const Statement* statement = nullptr;
  const model::Value* place = nullptr;
  std::string why;
};

// Does the condition hold the statement to fixed values of who asks or where from? `extra` also counts: a key such as
// "sts:ExternalId".
Tri fixes_audience(const Condition& condition, std::string_view extra);

// Is there a statement that lets in everybody?
Verdict3 find_public(Asker& asker, const Document& document, std::string_view extra, std::vector<const model::Value*>& open);
// One that lets in a whole other account (a number or its root) without conditions?
Verdict3 find_foreign_account(Asker& asker, const Document& document, std::vector<const model::Value*>& open);
// One that lets in an AWS service which acts for all customers, without saying for whose resources?
Verdict3 find_confused_deputy(Asker& asker, const Document& document, std::vector<const model::Value*>& open);
// One that lets in tokens of an OIDC provider whatever their subject? `provider`: "github" or "other".
Verdict3 find_open_subject(Asker& asker, const Document& document, std::string_view provider, std::vector<const model::Value*>& open);

// "token.actions.githubusercontent.com" of "arn:aws:iam::1:oidc-provider/token.actions.githubusercontent.com"; empty
// when the principal is no OIDC provider.
std::string_view oidc_issuer(const Term& principal);

}  // namespace assay::rules::identity
