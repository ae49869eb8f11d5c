// Secret detection for rules: rules/secrets as CEL functions.
//
//   secret_kind(text)            kind of the first known token in the text, or null
//   text_secret(text)            the same, of scripts and settings: also of what is assigned to a secret name
//   hardcoded_secret(name, text) is `text` a secret written down, given the slot's name?
//   looks_secret(text)           is it random enough to be a key, whatever its name?
//   decoded(text)                the text behind base64; null when it is not base64 of text
//   written(text)                what of the text is known: all of it, or how it begins; "" otherwise
//   is_placeholder(text)         does the text only stand for a secret?
//   is_secret_name(name)         does a slot of that name ask for a secret?
//
// What is not known is not written down here: of an unknown only its known prefix is looked at.
#include "rules/lang/cel/eval.h"
#include "rules/secrets/detector.h"

namespace assay::rules::cel {
namespace {

using Args = std::span<const Val>;

std::string_view written_text(const Val& value) {
  if (value.is(Kind::kString)) return value.text();
  if (value.is_unknown() && value.model && value.model->is_unknown()) return value.model->unknown().prefix;
  return {};
}

Val secret_kind(Eval&, Args args) {
  auto match = secrets::find_token(written_text(args[0]));
  return match ? string_val(match->kind) : null_val();
}

Val text_secret(Eval&, Args args) {
  std::vector<secrets::Match> found;
  secrets::find_all(written_text(args[0]), {.syntax = secrets::Syntax::kYaml}, found);
  return found.empty() ? null_val() : string_val(found.front().kind);
}

Val hardcoded_secret(Eval&, Args args) {
  if (!args[0].is(Kind::kString)) return bool_val(false);
  if (args[1].is_unknown()) return bool_val(secrets::find_token(written_text(args[1])).has_value());
  return bool_val(secrets::find_secret(args[0].text(), written_text(args[1])).has_value());
}

Val looks_secret(Eval&, Args args) {
  std::string_view text = written_text(args[0]);
  return bool_val(!args[0].is_unknown() && secrets::is_plausible(text, false) && secrets::entropy(text) >= 3.8);
}

Val decoded(Eval& eval, Args args) {
  if (!args[0].is(Kind::kString)) return null_val();
  auto text = secrets::decode_base64_text(args[0].text());
  return text ? eval.string(*text) : null_val();
}

Val written(Eval&, Args args) { return string_val(written_text(args[0])); }

Val is_placeholder(Eval&, Args args) {
  return bool_val(!args[0].is(Kind::kString) || secrets::is_placeholder(args[0].text()));
}

Val is_secret_name(Eval&, Args args) {
  return bool_val(args[0].is(Kind::kString) && secrets::is_secret_name(args[0].text()));
}

constexpr FunctionRow kRows[] = {
    {"secret_kind", "(dyn) dyn", secret_kind, kSeesUnknown},
    {"text_secret", "(dyn) dyn", text_secret, kSeesUnknown},
    {"hardcoded_secret", "(dyn, dyn) bool", hardcoded_secret, kSeesUnknown},
    {"looks_secret", "(dyn) bool", looks_secret, kSeesUnknown},
    {"decoded", "(dyn) dyn", decoded, kSeesUnknown},
    {"written", "(dyn) string", written, kSeesUnknown},
    {"is_placeholder", "(dyn) bool", is_placeholder, kSeesUnknown},
    {"is_secret_name", "(dyn) bool", is_secret_name, kSeesUnknown},
};

}  // namespace

std::span<const FunctionRow> secrets_library() { return kRows; }

}  // namespace assay::rules::cel
