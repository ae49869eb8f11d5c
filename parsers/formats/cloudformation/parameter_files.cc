#include "parsers/formats/cloudformation/parameter_files.h"

#include <string>

#include "parsers/core/text.h"
#include "parsers/formats/cloudformation/calls.h"
#include "parsers/syntax/yaml/entries.h"

namespace assay::formats::cloudformation {
namespace {

using core::Span;
using syntax::Node;

constexpr std::string_view kOverrides = "parameter_overrides";

class Reader {
 public:
  Reader(core::FileId file, core::Arena& arena) : file_(file), arena_(arena) {}

  std::vector<GivenParameter> out;

  void read_tree(const Node& top) {
    if (is_sequence(&top)) {
      read_rows(top);
      return;
    }
    if (!is_mapping(&top)) {
      if (auto text = plain_text(&top)) read_pairs(*text, {file_, top.begin, top.end});
      return;
    }
    if (read_sam_environment(top)) return;
    const Node* nested = syntax::lookup(top, "Parameters");
    if (is_sequence(nested)) {
      read_rows(*nested);
    } else {
      read_mapping(is_mapping(nested) ? *nested : top);
    }
  }

  // samconfig.toml, or lines and words of "k=v".
  void read_text(std::string_view text) {
    if (text.find(kOverrides) == std::string_view::npos) {
      read_words(text, 0, text.size());
    } else {
      read_toml(text);
    }
  }

 private:
  void read_rows(const Node& rows) {
    for (const Node* child : rows.children()) {
      const Node* row = syntax::resolve_alias(child);
      if (!row) continue;
      if (!is_mapping(row)) {
        if (auto text = plain_text(row)) read_pairs(*text, {file_, row->begin, row->end});
        continue;
      }
      auto name = plain_text(syntax::lookup(*row, "ParameterKey"));
      if (!name) continue;
      if (plain_text(syntax::lookup(*row, "UsePreviousValue")) == "true") {
        out.push_back({arena_.copy(*name), {}, {file_, row->begin, row->end}, true});
      } else {
        add(*name, syntax::lookup(*row, "ParameterValue"));
      }
    }
  }

  void read_mapping(const Node& mapping) {
    syntax::for_each_entry(mapping, [&](const syntax::Entry& entry) {
      if (entry.key) add(entry.key->text, entry.value);
    });
  }

  // {default: {deploy: {parameters: {parameter_overrides: "..."}}}}: of "global", then of the command.
  bool read_sam_environment(const Node& top) {
    const Node* environment = syntax::lookup(top, "default");
    if (!is_mapping(environment)) return false;
    bool found = false;
    for (bool global : {true, false}) {
      syntax::for_each_entry(*environment, [&](const syntax::Entry& command) {
        if (!command.key || !is_mapping(command.value) || (command.key->text == "global") != global) return;
        const Node* parameters = syntax::lookup(*command.value, "parameters");
        const Node* given = is_mapping(parameters) ? syntax::lookup(*parameters, kOverrides) : nullptr;
        if (!given) return;
        found = true;
        if (is_sequence(given)) read_rows(*given);
        else if (is_mapping(given)) read_mapping(*given);
        else if (auto text = plain_text(given)) read_pairs(*text, {file_, given->begin, given->end});
      });
    }
    return found;
  }

  void add(std::string_view name, const Node* value) {
    value = syntax::resolve_alias(value);
    if (!value) return;
    Span span{file_, value->begin, value->end};
    if (is_sequence(value)) {
      std::string joined;
      for (const Node* item : value->children()) {
        auto text = plain_text(item);
        if (!text) return;
        if (item != value->child(0)) joined += ',';
        joined += *text;
      }
      out.push_back({arena_.copy(name), arena_.copy(std::string_view(joined)), span, false});
    } else if (auto text = plain_text(value)) {
      out.push_back({arena_.copy(name), arena_.copy(*text), span, false});
    }
  }

  // Decoded text whose place is known as a whole only.
  void read_pairs(std::string_view text, Span span) {
    whole_ = span;
    read_words(text, 0, text.size());
    whole_ = {};
  }

  // "k=v k2='a b' ParameterKey=k3,ParameterValue=v3" in text[begin, end); "#" starts a comment line.
  void read_words(std::string_view text, size_t begin, size_t end) {
    size_t at = begin;
    bool line_start = true;
    while (at < end) {
      if (core::is_space(text[at])) {
        line_start = line_start || text[at] == '\n';
        ++at;
        continue;
      }
      if (line_start && (text[at] == '#' || text[at] == ';' || text[at] == '[')) {
        while (at < end && text[at] != '\n') ++at;
        continue;
      }
      line_start = false;
      size_t start = at;
      std::string word;
      size_t equals = std::string::npos, value_at = at;
      char quote = 0;
      for (; at < end && (quote || !core::is_space(text[at])); ++at) {
        char c = text[at];
        size_t first = at;
        if (c == '\\' && at + 1 < end && (text[at + 1] == '"' || text[at + 1] == '\\')) {
          // An escaped quote in a TOML string quotes the value as a plain one does.
          c = text[++at];
          if (c == '\\') {
            word += c;
            continue;
          }
        }
        if (quote ? c == quote : (c == '"' || c == '\'')) {
          quote = quote ? 0 : c;
          if (value_at == first) value_at = at + 1;
          continue;
        }
        if (c == '=' && equals == std::string::npos) {
          equals = word.size();
          value_at = at + 1;
        }
        word += c;
      }
      if (equals == std::string::npos) continue;
      std::string_view name = std::string_view(word).substr(0, equals);
      std::string_view value = std::string_view(word).substr(equals + 1);
      constexpr std::string_view kSecond = ",ParameterValue=";
      size_t second = value.find(kSecond);
      if (name == "ParameterKey" && second != std::string_view::npos) {
        name = value.substr(0, second);
        value = value.substr(second + kSecond.size());
        value_at = at - std::min(at - start, value.size());
      }
      Span span = whole_;
      if (!span.valid()) {
        size_t stop = std::min(at, value_at + value.size());
        span = {file_, static_cast<uint32_t>(value_at), static_cast<uint32_t>(std::max(value_at, stop))};
      }
      out.push_back({arena_.copy(name), arena_.copy(value), span, false});
    }
  }

  // The strings of every `parameter_overrides` of the environment "default"; "global" comes first.
  void read_toml(std::string_view text) {
    for (bool global : {true, false}) {
      std::string_view section;
      size_t at = 0;
      while (at < text.size()) {
        size_t line_end = std::min(text.find('\n', at), text.size());
        std::string_view line = core::trim(text.substr(at, line_end - at));
        if (line.starts_with('[')) {
          section = line;
        } else if (line.starts_with(kOverrides) && section.starts_with("[default.") &&
                   section.starts_with("[default.global") == global) {
          size_t equals = text.find('=', at);
          line_end = std::max(line_end, read_toml_value(text, equals + 1));
        }
        at = line_end + 1;
      }
    }
  }

  // A string or a list of strings behind `at`; gives the offset where it ends.
  size_t read_toml_value(std::string_view text, size_t at) {
    bool list = false;
    while (at < text.size()) {
      char c = text[at];
      if (c == '[') {
        list = true;
        ++at;
      } else if (c == '"' || c == '\'') {
        bool triple = text.substr(at, 3) == std::string(3, c);
        size_t begin = at + (triple ? 3 : 1), end = begin;
        while (end < text.size()) {
          if (c == '"' && text[end] == '\\') {
            end += 2;
            continue;
          }
          if (text[end] == c && (!triple || text.substr(end, 3) == std::string(3, c))) break;
          ++end;
        }
        end = std::min(end, text.size());
        read_words(text, begin, end);
        at = std::min(end + (triple ? 3 : 1), text.size());
        if (!list) return at;
      } else if (c == ']') {
        return at + 1;
      } else if (c == '\n' && !list) {
        return at;
      } else {
        ++at;
      }
    }
    return at;
  }

  core::FileId file_;
  core::Arena& arena_;
  Span whole_;
};

}  // namespace

std::vector<GivenParameter> read_parameter_file(const syntax::Tree* tree, core::FileId file,
                                                std::string_view text, core::Arena& arena) {
  Reader reader(file, arena);
  if (!tree) {
    reader.read_text(text);
    return std::move(reader.out);
  }
  const Node* document = tree->root ? tree->root->child(0) : nullptr;
  const Node* top = document ? syntax::resolve_alias(document->child(0)) : nullptr;
  if (top) reader.read_tree(*top);
  return std::move(reader.out);
}

}  // namespace assay::formats::cloudformation
