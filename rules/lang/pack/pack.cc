#include "rules/lang/pack/pack.h"

#include <algorithm>
#include <cstring>

#include "rules/lang/policy_language.h"

// Defined by the build (cmake/packs.cmake); weak, so that tests link without packs.
extern "C" {
extern const char assay_pack_begin[] __attribute__((weak));
extern const char assay_pack_end[] __attribute__((weak));
}

namespace assay::rules {
namespace {

constexpr std::string_view kMagic = "ASSAYPK3";
constexpr size_t kLeastRule = 22 * sizeof(uint32_t);  // bytes of a rule whose fields are all empty

struct Writer {
  std::string out;
  void number(uint32_t value) { out.append(reinterpret_cast<const char*>(&value), sizeof value); }
  void field(const std::string& text) {
    number(static_cast<uint32_t>(text.size()));
    out += text;
  }
  void field(const std::vector<std::string>& texts) {
    number(static_cast<uint32_t>(texts.size()));
    for (const std::string& text : texts) field(text);
  }
  void field(const std::vector<Alias>& aliases) {
    number(static_cast<uint32_t>(aliases.size()));
    for (const Alias& alias : aliases) field(alias.tool), field(alias.id);
  }
  void field(const std::vector<Control>& controls) {
    number(static_cast<uint32_t>(controls.size()));
    for (const Control& control : controls) {
      field(control.framework), field(control.version), field(control.id);
    }
  }
  void field(Severity severity) { number(static_cast<uint32_t>(severity)); }
  void field(FixKind fix) { number(static_cast<uint32_t>(fix)); }
  void field(const std::vector<FixRecipe>& fixes) {
    number(static_cast<uint32_t>(fixes.size()));
    for (const FixRecipe& fix : fixes) {
      field(fix.only);
      number(static_cast<uint32_t>(fix.steps.size()));
      for (const FixStep& step : fix.steps) {
        number(static_cast<uint32_t>(step.kind)), field(step.path), field(step.value);
      }
    }
  }
};

// Reads what Writer wrote; `good` turns false at the first sign of a foreign or cut blob.
struct Reader {
  std::string_view rest;
  bool good = true;
  uint32_t number() {
    uint32_t value = 0;
    if (rest.size() < sizeof value) return good = false, 0;
    std::memcpy(&value, rest.data(), sizeof value);
    rest.remove_prefix(sizeof value);
    return value;
  }
  // A number of things that take at least `size` bytes each.
  uint32_t count(size_t size = 1) {
    uint32_t value = number();
    if (value > rest.size() / size) return good = false, 0;
    return value;
  }
  void field(std::string& text) {
    uint32_t size = count();
    text.assign(rest.substr(0, size));
    rest.remove_prefix(size);
  }
  void field(std::vector<std::string>& texts) {
    texts.resize(count(4));
    for (std::string& text : texts) field(text);
  }
  void field(std::vector<Alias>& aliases) {
    aliases.resize(count(8));
    for (Alias& alias : aliases) field(alias.tool), field(alias.id);
  }
  void field(std::vector<Control>& controls) {
    controls.resize(count(12));
    for (Control& control : controls) field(control.framework), field(control.version), field(control.id);
  }
  void field(Severity& severity) { severity = static_cast<Severity>(std::min(number(), 4u)); }
  void field(FixKind& fix) { fix = static_cast<FixKind>(std::min(number(), 2u)); }
  void field(std::vector<FixRecipe>& fixes) {
    fixes.resize(count(8));
    for (FixRecipe& fix : fixes) {
      field(fix.only);
      fix.steps.resize(count(12));
      for (FixStep& step : fix.steps) {
        step.kind = static_cast<FixStep::Kind>(std::min(number(), 2u));
        field(step.path), field(step.value);
      }
    }
  }
};

// One list of fields for both directions.
template <typename Archive, typename R>
void fields(Archive& archive, R& rule) {
  auto& info = rule.info;
  archive.field(info.id), archive.field(info.name), archive.field(info.severity);
  archive.field(info.precision), archive.field(info.title), archive.field(info.what);
  archive.field(info.why), archive.field(info.how), archive.field(info.message);
  archive.field(info.resources), archive.field(info.formats), archive.field(info.cwe);
  archive.field(info.aliases), archive.field(info.controls), archive.field(info.published), archive.field(info.tags);
  archive.field(info.fix), archive.field(info.source), archive.field(rule.at);
  archive.field(rule.each), archive.field(rule.language), archive.field(rule.logic);
  archive.field(rule.fixes);
}

}  // namespace

std::string write_pack(std::span<const Rule> rules, std::span<const std::vector<Example>> examples) {
  Writer writer;
  writer.out = kMagic;
  writer.number(0);
  writer.number(static_cast<uint32_t>(rules.size()));
  for (const Rule& rule : rules) fields(writer, rule);
  auto offset = static_cast<uint32_t>(writer.out.size());
  std::memcpy(writer.out.data() + kMagic.size(), &offset, sizeof offset);
  for (size_t i = 0; i < examples.size() && i < rules.size(); ++i) {
    writer.field(rules[i].info.id);
    size_t begin = writer.out.size();
    writer.number(0);  // bytes of what follows
    writer.number(static_cast<uint32_t>(examples[i].size()));
    for (const Example& example : examples[i]) {
      writer.number(example.bad), writer.field(example.format);
      writer.number(static_cast<uint32_t>(example.files.size()));
      for (const ExampleFile& file : example.files) {
        writer.field(file.path), writer.field(file.language), writer.field(file.text);
      }
    }
    auto size = static_cast<uint32_t>(writer.out.size() - begin - sizeof(uint32_t));
    std::memcpy(writer.out.data() + begin, &size, sizeof size);
  }
  return writer.out;
}

std::vector<Rule> read_pack(std::string_view blob) {
  if (!blob.starts_with(kMagic)) return {};
  Reader reader{blob.substr(kMagic.size())};
  uint32_t offset = reader.number();
  if (offset > blob.size()) return {};
  std::vector<Rule> rules(reader.count(kLeastRule));
  for (Rule& rule : rules) fields(reader, rule);
  if (!reader.good || reader.rest.size() != blob.size() - offset) rules.clear();
  return rules;
}

std::vector<Example> read_examples(std::string_view blob, std::string_view rule_id) {
  if (!blob.starts_with(kMagic)) return {};
  Reader head{blob.substr(kMagic.size())};
  uint32_t offset = head.number();
  if (offset > blob.size()) return {};
  Reader reader{blob.substr(offset)};
  while (reader.good && !reader.rest.empty()) {
    std::string id;
    reader.field(id);
    uint32_t size = reader.count();
    if (id != rule_id) {
      reader.rest.remove_prefix(std::min<size_t>(size, reader.rest.size()));
      continue;
    }
    std::vector<Example> out(reader.count(3 * sizeof(uint32_t)));
    for (Example& example : out) {
      example.bad = reader.number() != 0;
      reader.field(example.format);
      example.files.resize(reader.count(3 * sizeof(uint32_t)));
      for (ExampleFile& file : example.files) reader.field(file.path), reader.field(file.language), reader.field(file.text);
    }
    return reader.good ? out : std::vector<Example>{};
  }
  return {};
}

namespace {

std::string_view builtin_blob() {
  if (assay_pack_begin == nullptr) return {};
  return {assay_pack_begin, static_cast<size_t>(assay_pack_end - assay_pack_begin)};
}

}  // namespace

std::vector<Rule> builtin_rules() { return read_pack(builtin_blob()); }

std::vector<Example> builtin_examples(std::string_view rule_id) { return read_examples(builtin_blob(), rule_id); }

std::vector<RuleFileError> compile_rule(Rule& rule, uint32_t logic_line) {
  const PolicyLanguage* language = find_language(rule.language);
  if (language == nullptr) return {{logic_line, "no policy language is called '" + rule.language + "'"}};
  CompiledPolicy compiled = language->compile(rule.logic, !rule.each.empty());
  std::vector<RuleFileError> errors;
  for (const PolicyError& error : compiled.errors) {
    std::string_view before = std::string_view(rule.logic).substr(0, error.begin);
    auto line = static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
    errors.push_back({logic_line + line, error.message});
  }
  rule.check = compiled.check;
  return errors;
}

std::vector<RuleFileError> check_rule_file(RuleFile& file) {
  std::vector<RuleFileError> errors = file.errors;
  if (errors.empty()) errors = compile_rule(file.rule, file.logic_line);
  for (const std::string& format : file.rule.info.formats) {
    for (bool bad : {true, false}) {
      bool there = std::any_of(file.examples.begin(), file.examples.end(), [&](const Example& example) {
        return example.bad == bad && example.format == format;
      });
      if (!there) {
        errors.push_back({1, std::string("a ") + (bad ? "bad" : "good") + " example for " + format + " is missing"});
      }
    }
  }
  return errors;
}

}  // namespace assay::rules
