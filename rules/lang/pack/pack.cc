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

constexpr std::string_view kMagic = "ASSAYPK4";
constexpr size_t kParts = 3;  // of a rule: outline, logic, texts
constexpr size_t kLeastRule = (kParts + 24) * sizeof(uint32_t);  // bytes of a rule whose fields are all empty

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
  std::string_view text() {
    uint32_t size = count();
    std::string_view out = rest.substr(0, size);
    rest.remove_prefix(size);
    return out;
  }
  void field(std::string& into) { into.assign(text()); }
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

// The lists of fields, for both directions.
template <typename Archive, typename R>
void outline_fields(Archive& archive, R& rule) {
  auto& info = rule.info;
  archive.field(info.id), archive.field(info.name), archive.field(info.severity), archive.field(info.fix);
  archive.field(info.resources), archive.field(info.aliases), archive.field(info.tags);
}

// Behind the prepared form of the logic (PolicyLanguage::prepare).
template <typename Archive, typename R>
void logic_fields(Archive& archive, R& rule) {
  archive.field(rule.logic), archive.field(rule.language), archive.field(rule.each), archive.field(rule.at);
  archive.field(rule.fixes), archive.field(rule.info.title), archive.field(rule.info.message);
}

// Without the title and the message, which are with the logic.
template <typename Archive, typename Info>
void text_fields(Archive& archive, Info& info) {
  archive.field(info.precision), archive.field(info.what), archive.field(info.why), archive.field(info.how);
  archive.field(info.formats), archive.field(info.cwe), archive.field(info.controls), archive.field(info.published);
  archive.field(info.source);
}

// Where things are in a blob; made without reading the rules.
class Layout {
 public:
  explicit Layout(std::string_view blob) : blob_(blob) {
    if (!blob.starts_with(kMagic)) return;
    Reader reader{blob.substr(kMagic.size())};
    uint32_t examples = reader.number();
    uint32_t count = reader.count(kLeastRule);
    if (!reader.good || examples > blob.size()) return;
    examples_ = examples;
    offsets_ = reader.rest.data();
    count_ = count;
  }
  bool good() const { return offsets_ != nullptr; }
  size_t count() const { return count_; }
  size_t examples() const { return examples_; }
  // One part of a rule and all behind it.
  Reader part(size_t rule, size_t part) const {
    uint32_t offset = 0;
    std::memcpy(&offset, offsets_ + (rule * kParts + part) * sizeof offset, sizeof offset);
    if (offset > examples_) return Reader{{}, false};
    return Reader{blob_.substr(offset, examples_ - offset)};
  }
  std::string_view id(size_t rule) const {
    Reader reader = part(rule, 0);
    return reader.text();
  }
  // The rule of an id; count() when there is none. REQUIRES: rules sorted by id.
  size_t find(std::string_view wanted) const {
    size_t low = 0, high = count_;
    while (low < high) {
      size_t middle = (low + high) / 2;
      if (id(middle) < wanted) low = middle + 1;
      else high = middle;
    }
    return low < count_ && id(low) == wanted ? low : count_;
  }

 private:
  std::string_view blob_;
  size_t examples_ = 0;
  const char* offsets_ = nullptr;
  size_t count_ = 0;
};

}  // namespace

std::string write_pack(std::span<const Rule> rules, std::span<const std::vector<Example>> examples) {
  Writer writer;
  writer.out = kMagic;
  writer.number(0);
  writer.number(static_cast<uint32_t>(rules.size()));
  size_t offsets = writer.out.size();
  writer.out.append(rules.size() * kParts * sizeof(uint32_t), '\0');
  for (size_t part = 0; part < kParts; ++part) {
    for (size_t i = 0; i < rules.size(); ++i) {
      auto offset = static_cast<uint32_t>(writer.out.size());
      std::memcpy(writer.out.data() + offsets + (i * kParts + part) * sizeof offset, &offset, sizeof offset);
      if (part == 0) outline_fields(writer, rules[i]);
      if (part == 1) {
        const PolicyLanguage* language = find_language(rules[i].language);
        writer.field(language ? language->prepare(rules[i].logic, !rules[i].each.empty()) : std::string());
        logic_fields(writer, rules[i]);
      }
      if (part == 2) text_fields(writer, rules[i].info);
    }
  }
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
  Layout layout(blob);
  if (!layout.good()) return {};
  std::vector<Rule> rules(layout.count());
  bool good = true;
  for (size_t i = 0; i < rules.size() && good; ++i) {
    Reader outline = layout.part(i, 0), logic = layout.part(i, 1), texts = layout.part(i, 2);
    outline_fields(outline, rules[i]);
    logic.text();  // the prepared form
    logic_fields(logic, rules[i]);
    text_fields(texts, rules[i].info);
    good = outline.good && logic.good && texts.good;
  }
  if (!good) rules.clear();
  return rules;
}

std::vector<Rule> read_outlines(std::string_view blob) {
  Layout layout(blob);
  if (!layout.good()) return {};
  std::vector<Rule> rules(layout.count());
  bool good = true;
  for (size_t i = 0; i < rules.size() && good; ++i) {
    Reader outline = layout.part(i, 0);
    outline_fields(outline, rules[i]);
    good = outline.good;
  }
  if (!good) rules.clear();
  return rules;
}

std::vector<Example> read_examples(std::string_view blob, std::string_view rule_id) {
  Layout layout(blob);
  if (!layout.good()) return {};
  Reader reader{blob.substr(layout.examples())};
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

std::vector<Rule> builtin_outlines() { return read_outlines(builtin_blob()); }

void complete_logic(Rule& rule) {
  if (!rule.language.empty()) return;
  Layout layout(builtin_blob());
  size_t at = layout.find(rule.info.id);
  if (at == layout.count()) return;
  Reader reader = layout.part(at, 1);
  reader.text();  // the prepared form
  logic_fields(reader, rule);
}

void complete_texts(RuleInfo& info) {
  if (!info.source.empty()) return;
  Layout layout(builtin_blob());
  size_t at = layout.find(info.id);
  if (at == layout.count()) return;
  Reader texts = layout.part(at, 2);
  text_fields(texts, info);
  if (!info.title.empty()) return;
  Rule rule;  // that no resource met
  rule.info.id = info.id;
  complete_logic(rule);
  info.title = std::move(rule.info.title);
  info.message = std::move(rule.info.message);
}

namespace {

// What the pack holds of a rule with exactly this logic: its prepared form, else empty.
std::string_view prepared_form(const Rule& rule) {
  Layout layout(builtin_blob());
  size_t at = layout.find(rule.info.id);
  if (at == layout.count()) return {};
  Reader reader = layout.part(at, 1);
  std::string_view prepared = reader.text();
  std::string_view logic = reader.text(), language = reader.text(), each = reader.text();
  bool same = reader.good && logic == rule.logic && language == rule.language && each.empty() == rule.each.empty();
  return same ? prepared : std::string_view();
}

}  // namespace

std::vector<Example> builtin_examples(std::string_view rule_id) { return read_examples(builtin_blob(), rule_id); }

std::vector<RuleFileError> compile_rule(Rule& rule, uint32_t logic_line) {
  const PolicyLanguage* language = find_language(rule.language);
  if (language == nullptr) return {{logic_line, "no policy language is called '" + rule.language + "'"}};
  std::string_view prepared = prepared_form(rule);
  CompiledPolicy compiled;
  if (!prepared.empty()) compiled = language->restore(rule.logic, prepared, !rule.each.empty());
  if (!compiled.check) compiled = language->compile(rule.logic, !rule.each.empty());
  std::vector<RuleFileError> errors;
  for (const PolicyError& error : compiled.errors) {
    std::string_view before = std::string_view(rule.logic).substr(0, error.begin);
    auto line = static_cast<uint32_t>(std::count(before.begin(), before.end(), '\n'));
    auto column = static_cast<uint32_t>(before.size() - (before.rfind('\n') + 1)) + 1;
    errors.push_back({logic_line + line, error.message, column, error.end > error.begin ? error.end - error.begin : 0});
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
