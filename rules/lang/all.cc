// All policy languages. A new one is a folder beside this file and a line below.
#include "rules/lang/cel/cel_language.h"
#include "rules/lang/checkov/checkov_language.h"
#include "rules/lang/policy_language.h"

namespace assay::rules {

std::span<const PolicyLanguage* const> all_languages() {
  static const PolicyLanguage* const kLanguages[] = {&cel::language(), &checkov::language()};
  return kLanguages;
}

const PolicyLanguage* find_language(std::string_view name) {
  for (const PolicyLanguage* language : all_languages()) {
    if (language->name() == name) return language;
  }
  return nullptr;
}

}  // namespace assay::rules
