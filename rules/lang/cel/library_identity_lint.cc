// Mistakes in policy documents for rules (rules/identity/lint.h).
//
//   iam.mistake(x, kind)   has the policy of `resource` a mistake of that kind: "malformed", "unknown-action", "condition",
//                          "sid", "version", "principal", "never-matches", "too-large", "multi-factor"
//
// The finding points at the first one, into the text where a policy is written as text; further ones are related places.
#include "rules/identity/lint.h"

#include <algorithm>

#include "parsers/model/alias_values.h"
#include "rules/lang/cel/identity_run.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;
using identity::Mistake;
using identity::MistakeKind;
using identity::Usage;

constexpr size_t kMostMistakes = 20;  // that are related places

// A policy that is text but no JSON: the place in the text.
bool broken_text(IdentityRun& run, const model::Value& written) {
  std::string_view text = written.text();
  size_t start = text.find_first_not_of(" \t\r\n");
  if (start == std::string_view::npos) {
    run.say("the policy is empty");
    run.point(written);
    return true;
  }
  auto error = identity::json_error(text);
  if (!error) {
    if (text[start] == '{') return false;
    run.say("the policy is no JSON object");
    run.point(written);
    return true;
  }
  size_t line = 1 + static_cast<size_t>(std::count(text.begin(), text.begin() + static_cast<ptrdiff_t>(std::min(error->at, text.size())), '\n'));
  run.say("the policy is no JSON: " + error->message + " (line " + std::to_string(line) + " of the text)");
  core::Span whole = written.span;
  if (const model::Origin* literal = model::deciding_literal(written.origin); literal && literal->span.valid()) whole = literal->span;
  core::Span at;
  const core::SourceSet* sources = run.context().project->sources;
  if (whole.valid() && sources) {
    std::vector<uint32_t> places = model::literal_places(text, sources->text(whole));
    size_t byte = std::min(error->at, text.size() - 1);
    if (byte < places.size()) at = {whole.file, whole.begin + places[byte], whole.begin + places[byte] + 1};
  }
  run.point_inside(written, at);
  return true;
}

Val mistake(Eval& eval, Args args) {
  auto kind = identity::parse_mistake_kind(args[1].text());
  if (!kind) return eval.error("iam.mistake: no such kind of mistake");
  IdentityRun run(eval, args[0]);
  if (!run.view() || !run.view()->is_mapping()) return bool_val(false);
  const model::Value* written = nullptr;
  Usage usage = Usage::kResource;
  std::string_view type = IdentityRun::type_of(run.context());
  if (type == "aws/iam/role") {
    written = run.view()->find("assume_role_policy");
    usage = Usage::kTrust;
  } else if (type == "aws/iam/policy") {
    written = run.view()->find("policy");
    usage = Usage::kIdentity;
  } else if (type == "aws/iam/policy-document") {
    if (!run.access()) return bool_val(false);
    written = run.view();
    usage = Usage::kAny;
  } else {
    for (std::string_view name : {"policy", "access_policies", "policy_document"}) {
      if (!written) written = run.view()->find(name);
    }
  }
  if (!written || written->is_null()) return bool_val(false);
  if (written->is_string()) return bool_val(*kind == MistakeKind::kMalformed && broken_text(run, *written));
  const identity::Document* document = run.document(*written);
  if (!document) return bool_val(false);
  std::vector<Mistake> found = identity::find_mistakes(*document, usage, *kind);
  size_t told = 0;
  for (const Mistake& one : found) {
    if (!run.asker().holds(run.context().resource->root, one.guards)) continue;
    if (told++ == 0) {
      run.say(one.message);
      run.point(*one.place);
    } else if (told <= kMostMistakes) {
      run.relate(one.place->span, one.message);
    }
  }
  return bool_val(told > 0);
}

constexpr FunctionRow kRows[] = {
    {"iam.mistake", "(dyn, string) bool", mistake, kSeesUnknown},
};

}  // namespace

std::span<const FunctionRow> identity_lint_library() { return kRows; }

}  // namespace assay::rules::cel
