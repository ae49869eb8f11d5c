#include "parsers/model/alias_table.h"

#include <charconv>

namespace assay::model {
namespace {

std::string_view trim(std::string_view text) {
  size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return {};
  return text.substr(begin, text.find_last_not_of(" \t\r") + 1 - begin);
}

// The position of `what` outside of quotes and braces; npos when there is none.
size_t find_outside(std::string_view text, std::string_view what) {
  if (text.find(what) == std::string_view::npos) return std::string_view::npos;
  bool quoted = false;
  int braces = 0;
  for (size_t i = 0; i < text.size(); ++i) {
    if (!quoted && braces == 0 && text[i] == what[0] && text.substr(i, what.size()) == what) return i;
    if (text[i] == '"') quoted = !quoted;
    if (!quoted && text[i] == '{') ++braces;
    if (!quoted && text[i] == '}' && braces > 0) --braces;
  }
  return std::string_view::npos;
}

std::string_view next_word(std::string_view& text) {
  text = trim(text);
  size_t end = text.find_first_of(" \t");
  std::string_view word = text.substr(0, end);
  text = end == std::string_view::npos ? std::string_view() : trim(text.substr(end));
  return word;
}

bool parse_path(std::string_view text, Path& out) {
  out.clear();
  if (text == ".") return true;
  size_t i = 0;
  while (i < text.size()) {
    if (text[i] == '.') {
      ++i;
      continue;
    }
    PathStep step;
    if (text[i] == '[') {
      size_t end = text.find(']', i);
      if (end == std::string_view::npos) return false;
      std::string_view inside = text.substr(i + 1, end - i - 1);
      if (inside.empty()) {
        step.kind = PathStep::Kind::kEach;
      } else if (inside.size() > 2 && inside.front() == '"' && inside.back() == '"') {
        step.key = inside.substr(1, inside.size() - 2);
      } else {
        step.kind = PathStep::Kind::kIndex;
        auto [stop, error] = std::from_chars(inside.data(), inside.data() + inside.size(), step.index);
        if (error != std::errc() || stop != inside.data() + inside.size()) return false;
      }
      i = end + 1;
    } else {
      size_t end = text.find_first_of(".[", i);
      if (end == std::string_view::npos) end = text.size();
      step.key = text.substr(i, end - i);
      for (char c : step.key) {
        bool plain = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                     c == '_' || c == '-' || c == ':';
        if (!plain) return false;
      }
      i = end;
    }
    out.push_back(step);
  }
  return !out.empty();
}

bool parse_coercion(std::string_view word, Coercion& out) {
  static constexpr struct {
    std::string_view name;
    Coercion coercion;
  } kNames[] = {{"bool", Coercion::kBool},     {"number", Coercion::kNumber}, {"string", Coercion::kString},
                {"list", Coercion::kList},     {"pairs", Coercion::kPairs},   {"json", Coercion::kJson},
                {"single", Coercion::kSingle}, {"snake", Coercion::kSnake},   {"camel", Coercion::kCamel},
                {"not", Coercion::kNot}};
  for (const auto& candidate : kNames) {
    if (candidate.name == word) {
      out = candidate.coercion;
      return true;
    }
  }
  return false;
}

class Reader {
 public:
  Reader(std::string_view path, std::vector<std::string>* errors) : path_(path), errors_(errors) {}

  FileTables read(std::string_view text) {
    while (!text.empty()) {
      std::string_view line = next_line(text);
      if (!in_native_ || begins(line, "default")) {
        read_line(line);
      } else if (begins(line, "type") || begins(line, "from") || begins(line, "satellite")) {
        end_body(line.data());
        in_native_ = false;
        read_line(line);
      } else if (errors_ != nullptr) {  // of the body, read at once: mistakes are told in their order
        native_ = &tables_.natives.back();
        native_->complete = true;
        read_line(line);
        native_ = nullptr;
      }
      if (in_native_ && !open_) open_body(text);
    }
    end_body(text.data());
    return std::move(tables_);
  }

  void read_body(NativeTable& native) {
    native_ = &native;
    in_native_ = true;
    line_ = native.line;
    for (std::string_view text = native.body; !text.empty();) read_line(next_line(text));
    native.complete = true;
  }

 private:
  void error(std::string_view message) {
    if (errors_ == nullptr) return;
    errors_->push_back(std::string(path_) + ":" + std::to_string(line_) + ": " + std::string(message));
  }

  std::string_view next_line(std::string_view& text) {
    size_t end = text.find('\n');
    std::string_view line = text.substr(0, end);
    text = text.substr(end == std::string_view::npos ? text.size() : end + 1);
    ++line_;
    return line;
  }

  // Is `word` the first of a line, at its left edge? Where a table begins, the body of the last native one ends.
  static bool begins(std::string_view line, std::string_view word) {
    if (line.substr(0, word.size()) != word) return false;
    return line.size() == word.size() || std::string_view(" \t\r#").find(line[word.size()]) != std::string_view::npos;
  }

  void open_body(std::string_view text) {
    tables_.natives.back().body = text;
    tables_.natives.back().line = line_;
    open_ = true;
  }
  void end_body(const char* end) {
    if (!open_) return;
    std::string_view& body = tables_.natives.back().body;
    body = body.substr(0, static_cast<size_t>(end - body.data()));
    open_ = false;
  }

  void read_line(std::string_view line) {
    comment_ = {};
    if (size_t hash = find_outside(line, "#"); hash != std::string_view::npos) {
      comment_ = trim(line.substr(hash + 1));
      line = line.substr(0, hash);
    }
    size_t indent = line.find_first_not_of(' ');
    if (indent == std::string_view::npos) return;
    line = trim(line);
    if (line.empty()) return;
    std::string_view rest = line;
    std::string_view word = next_word(rest);
    if (word == "type" && indent == 0) {
      begin_type(rest);
    } else if (word == "from" && indent == 0) {
      begin_native(rest, false);
    } else if (word == "satellite" && indent == 0) {
      begin_native(rest, true);
    } else if (tables_.types.empty() && !native_) {
      error("a table begins with \"type\"");
    } else if (word == "default" && indent == 0) {
      if (!native_) read_default(rest);  // else it was read with the heads
    } else if (find_outside(line, "<-") != std::string_view::npos || find_outside(line, " = ") != std::string_view::npos) {
      read_mapping(line, indent);
    } else if (word == "single") {
      read_singles(rest);
    } else if (word == "take") {
      read_take(rest);
    } else if (Coercion coercion; parse_coercion(word, coercion)) {
      read_coercions(coercion, rest);
    } else {
      error("cannot read \"" + std::string(line) + "\"");
    }
  }

  void begin_type(std::string_view rest) {
    TypeTable type;
    type.name = next_word(rest);
    type.symbol = core::Symbol(type.name);
    tables_.types.push_back(std::move(type));
    in_native_ = false;
  }

  // from FORMAT NATIVE [unjoined] [each PATH[]] [where ATTRIBUTE has|lacks WORD]
  // satellite FORMAT NATIVE joined by A = B|C
  void begin_native(std::string_view rest, bool satellite) {
    if (tables_.types.empty()) return error("a table begins with \"type\"");
    NativeTable native;
    native.format = next_word(rest);
    native.native = next_word(rest);
    native.type = static_cast<uint32_t>(tables_.types.size() - 1);
    native.satellite = satellite;
    if (native.native.empty()) error("the native type is missing");
    if (satellite) {
      if (next_word(rest) != "joined" || next_word(rest) != "by") error("a satellite is \"joined by A = B\"");
      native.join_from = next_word(rest);
      if (next_word(rest) != "=") error("expected \"=\" after the joined attribute");
      std::string_view targets = next_word(rest);
      while (!targets.empty()) {
        size_t bar = targets.find('|');
        native.join_to.push_back(targets.substr(0, bar));
        targets = bar == std::string_view::npos ? std::string_view() : targets.substr(bar + 1);
      }
    }
    while (!rest.empty()) {
      std::string_view word = next_word(rest);
      if (word == "unjoined") {
        native.unjoined = true;
      } else if (word == "where") {
        native.where_attribute = next_word(rest);
        std::string_view relation = next_word(rest);
        native.where_lacks = relation == "lacks";
        native.where_word = next_word(rest);
        if (native.where_word.empty() || (relation != "has" && relation != "lacks")) {
          error("\"where\" wants an attribute, has or lacks, and a word");
        }
      } else if (word == "each") {
        if (!parse_path(next_word(rest), native.each) || native.each.empty() ||
            native.each.back().kind != PathStep::Kind::kEach) {
          error("\"each\" wants a path that ends in []");
        } else {
          native.each.pop_back();
        }
      } else {
        error("cannot read \"" + std::string(word) + "\"");
      }
    }
    tables_.natives.push_back(std::move(native));
    in_native_ = true;
  }

  void read_default(std::string_view rest) {
    size_t equal = rest.find('=');
    Fixed fixed;
    if (equal == std::string_view::npos || !parse_path(trim(rest.substr(0, equal)), fixed.path)) {
      return error("a default is \"default path = value  # source\"");
    }
    fixed.literal = trim(rest.substr(equal + 1));
    fixed.source = comment_;
    if (fixed.source.empty()) error("a default names its source after #");
    tables_.types.back().defaults.push_back(std::move(fixed));
  }

  void read_coercions(Coercion coercion, std::string_view rest) {
    if (in_native_) return error("coercions of canonical paths stand above the first \"from\"");
    while (!rest.empty()) {
      Fixed fixed;
      fixed.coercion = coercion;
      if (!parse_path(next_word(rest), fixed.path)) error("cannot read the path");
      tables_.types.back().coercions.push_back(std::move(fixed));
    }
  }

  void read_singles(std::string_view rest) {
    if (!in_native_) return error("\"single\" belongs below \"from\" or \"satellite\"");
    while (!rest.empty()) {
      Path path;
      if (!parse_path(next_word(rest), path)) error("cannot read the path");
      NameTree* at = &native_->singles;
      for (const PathStep& step : path) at = &at->child(step.key);
      at->marked = true;
    }
  }

  void read_take(std::string_view rest) {
    if (!in_native_) return error("\"take\" belongs below \"from\"");
    std::string_view word = next_word(rest);
    if (word == "snake") {
      native_->take_snake = true;
    } else if (word == "camel") {
      native_->take_camel = true;
    } else {
      error("\"take\" knows snake and camel");
    }
  }

  void read_map(std::string_view inside, Mapping& mapping) {
    while (!inside.empty()) {
      size_t comma = find_outside(inside, ",");
      std::string_view pair = trim(inside.substr(0, comma));
      inside = comma == std::string_view::npos ? std::string_view() : inside.substr(comma + 1);
      size_t colon = find_outside(pair, ": ");
      if (colon == std::string_view::npos) {
        error("a value map is { From: to, ... }");
        return;
      }
      auto bare = [](std::string_view text) {
        text = trim(text);
        return text.size() >= 2 && text[0] == '"' ? text.substr(1, text.size() - 2) : text;
      };
      mapping.map.push_back({bare(pair.substr(0, colon)), bare(pair.substr(colon + 2))});
    }
  }

  // TARGET <- [not] SOURCE [| SOURCE] [{ A: b }] [: coercion ...] [when PATH = LITERAL]
  // TARGET = CONSTANT
  void read_mapping(std::string_view line, size_t indent) {
    if (!in_native_) return error("a mapping belongs below \"from\" or \"satellite\"");
    Mapping mapping;
    size_t arrow = find_outside(line, "<-");
    if (arrow == std::string_view::npos) {
      size_t equal = find_outside(line, " = ");
      mapping.has_constant = true;
      mapping.constant = trim(line.substr(equal + 3));
      if (size_t when = find_outside(mapping.constant, " when "); when != std::string_view::npos) {
        read_condition(mapping.constant.substr(when + 6), mapping);
        mapping.constant = trim(mapping.constant.substr(0, when));
      }
      if (!parse_path(trim(line.substr(0, equal)), mapping.target)) error("cannot read the target path");
    } else {
      if (!parse_path(trim(line.substr(0, arrow)), mapping.target)) error("cannot read the target path");
      read_source(trim(line.substr(arrow + 2)), mapping);
    }
    std::vector<Mapping>* into = &native_->mappings;
    // Deeper than the line above and it is an element mapping: a part of it.
    while (!indents_.empty() && indents_.back() >= indent) indents_.pop_back();
    if (into->empty()) indents_.clear();
    for (size_t depth = 0; depth < indents_.size(); ++depth) {
      if (into->empty()) break;
      into = &into->back().parts;
    }
    into->push_back(std::move(mapping));
    indents_.push_back(indent);
  }

  // PATH = LITERAL, or PATH alone: it is there.
  void read_condition(std::string_view condition, Mapping& mapping) {
    size_t equal = condition.find('=');
    if (!parse_path(trim(condition.substr(0, equal)), mapping.when_path)) {
      error("a condition is \"when path = value\" or \"when path\"");
    } else if (equal != std::string_view::npos) {
      mapping.when_literal = trim(condition.substr(equal + 1));
    }
  }

  void read_source(std::string_view source, Mapping& mapping) {
    if (size_t when = find_outside(source, " when "); when != std::string_view::npos) {
      read_condition(source.substr(when + 6), mapping);
      source = trim(source.substr(0, when));
    }
    if (size_t colon = find_outside(source, " : "); colon != std::string_view::npos) {
      std::string_view words = source.substr(colon + 3);
      while (!words.empty()) {
        Coercion coercion;
        if (parse_coercion(next_word(words), coercion)) {
          mapping.coercions.push_back(coercion);
        } else {
          error("unknown coercion");
        }
      }
      source = trim(source.substr(0, colon));
    }
    if (size_t brace = source.find('{'); brace != std::string_view::npos) {
      size_t close = source.rfind('}');
      if (close == std::string_view::npos) return error("missing }");
      read_map(source.substr(brace + 1, close - brace - 1), mapping);
      source = trim(source.substr(0, brace));
    }
    if (source.substr(0, 4) == "not ") {
      mapping.coercions.push_back(Coercion::kNot);
      source = trim(source.substr(4));
    }
    while (!source.empty()) {
      size_t bar = source.find('|');
      Path path;
      if (!parse_path(trim(source.substr(0, bar)), path)) error("cannot read the source path");
      mapping.sources.push_back(std::move(path));
      source = bar == std::string_view::npos ? std::string_view() : source.substr(bar + 1);
    }
    if (mapping.sources.empty()) error("the source path is missing");
  }

  std::string_view path_;
  std::vector<std::string>* errors_;
  FileTables tables_;
  NativeTable* native_ = nullptr;  // whose body is being read
  bool open_ = false;              // the body of the last native table goes on
  std::string_view comment_;
  std::vector<size_t> indents_;  // of the open mappings, outermost first
  bool in_native_ = false;
  uint32_t line_ = 0;
};

}  // namespace

const NameTree* NameTree::find(std::string_view key) const {
  for (const NameTree& child : below) {
    if (child.name == key) return &child;
  }
  return nullptr;
}

NameTree& NameTree::child(std::string_view key) {
  for (NameTree& child : below) {
    if (child.name == key) return child;
  }
  below.push_back({key, false, {}});
  return below.back();
}

FileTables parse_alias_file(std::string_view path, std::string_view text, std::vector<std::string>* errors) {
  return Reader(path, errors).read(text);
}

void read_native(std::string_view path, NativeTable& native, std::vector<std::string>* errors) {
  if (!native.complete) Reader(path, errors).read_body(native);
}

}  // namespace assay::model
