// Policies of resources and trust policies for rules: whom they let in (rules/identity/trust.h). `document` is a policy
// document in whatever form a format has it.
//
//   iam.public(document)             everybody, by S3's own definition of public
//   iam.trusts_everyone(document)    the same for trust policies: an external id counts as a limit
//   iam.trusts_account(document)     the root of an account, without any condition
//   iam.confused_deputy(document)    a service that acts for others, without the source it acts for
//   iam.open_subject(document, who)  tokens of an identity provider whoever they were made for: "github", "other"
#include "rules/identity/trust.h"

#include "rules/lang/cel/identity_run.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;
using identity::Tri;
using identity::Verdict3;

template <typename Find>
Val judge(Eval& eval, Args args, std::string_view question, std::string_view what, std::string_view message, Find&& find) {
  if (args[0].is_null()) return bool_val(false);
  IdentityRun run(eval, args[0]);
  if (!run.view()) return bool_val(false);
  const identity::Document* document = run.document(*run.view());
  std::vector<const model::Value*> open;
  if (!document) {
    if (!identity::is_open_document(*run.view())) return bool_val(false);
    open.push_back(run.view());
    return bool_val(run.asker().ask(question, open, what));
  }
  Verdict3 found = find(run.asker(), *document, open);
  if (found.answer == Tri::kNo) return bool_val(false);
  if (found.answer == Tri::kMaybe && !run.asker().ask(question, open, what)) return bool_val(false);
  if (!found.why.empty() && !message.empty()) run.say(std::string(message) + found.why);
  if (found.place) run.point(*found.place);
  else if (found.statement) run.point(*found.statement->value);
  return bool_val(true);
}

Val is_public(Eval& eval, Args args) {
  return judge(eval, args, "lets in", "everybody", "", [](auto& asker, const auto& document, auto& open) {
    return identity::find_public(asker, document, {}, open);
  });
}
Val trusts_everyone(Eval& eval, Args args) {
  return judge(eval, args, "lets in", "everybody", "", [](auto& asker, const auto& document, auto& open) {
    return identity::find_public(asker, document, "sts:ExternalId", open);
  });
}
Val trusts_account(Eval& eval, Args args) {
  return judge(eval, args, "lets in", "another account", "", [](auto& asker, const auto& document, auto& open) {
    return identity::find_foreign_account(asker, document, open);
  });
}
Val confused_deputy(Eval& eval, Args args) {
  return judge(eval, args, "lets in", "a service for anybody", "no source is named for ", [](auto& asker, const auto& document, auto& open) {
    return identity::find_confused_deputy(asker, document, open);
  });
}
Val open_subject(Eval& eval, Args args) {
  std::string_view who = args[1].text();
  return judge(eval, {&args[0], 1}, "lets in", "any subject", "the role may be assumed by ", [who](auto& asker, const auto& document, auto& open) {
    return identity::find_open_subject(asker, document, who, open);
  });
}

constexpr FunctionRow kRows[] = {
    {"iam.public", "(dyn) bool", is_public, kSeesUnknown},
    {"iam.trusts_everyone", "(dyn) bool", trusts_everyone, kSeesUnknown},
    {"iam.trusts_account", "(dyn) bool", trusts_account, kSeesUnknown},
    {"iam.confused_deputy", "(dyn) bool", confused_deputy, kSeesUnknown},
    {"iam.open_subject", "(dyn, string) bool", open_subject, kSeesUnknown},
};

}  // namespace

std::span<const FunctionRow> trust_library() { return kRows; }

}  // namespace assay::rules::cel
