#include "parsers/syntax/yaml/reader.h"

#include <yaml.h>

#include <algorithm>
#include <cstring>
#include <string>

#include "parsers/core/limits.h"
#include "parsers/syntax/yaml/builder.h"
#include "parsers/syntax/yaml/text.h"

namespace assay::syntax {
namespace {

using core::ProblemSeverity;
using yaml::Builder;
using yaml::NodeEvent;
using yaml::OffsetMap;

constexpr int kMaxBrokenDocuments = 1000;
// libyaml looks every %TAG up among all others; a hostile file has a million of them.
constexpr size_t kMaxTagDirectives = 1000;

Style scalar_style(yaml_scalar_style_t style) {
  switch (style) {
    case YAML_SINGLE_QUOTED_SCALAR_STYLE: return Style::kSingleQuoted;
    case YAML_DOUBLE_QUOTED_SCALAR_STYLE: return Style::kDoubleQuoted;
    case YAML_LITERAL_SCALAR_STYLE: return Style::kLiteral;
    case YAML_FOLDED_SCALAR_STYLE: return Style::kFolded;
    default: return Style::kPlain;
  }
}

std::string_view view(const yaml_char_t* text) {
  return text ? std::string_view(reinterpret_cast<const char*>(text)) : std::string_view{};
}

// What to do about a syntax error: libyaml's words say what it found, not what to write.
std::string hint(std::string_view problem, std::string_view context, std::string_view text,
                 uint32_t at) {
  char c = at < text.size() ? text[at] : '\0';
  if (problem == "found character that cannot start any token") {
    if (c == '\t') return "a tab cannot indent YAML: use spaces";
    if (c == '@' || c == '`' || c == '%') {
      return std::string("a value that starts with \"") + c + "\" must be quoted";
    }
  }
  if (problem == "mapping values are not allowed in this context") {
    return "quote the value if it contains \": \", or correct the indentation of this line";
  }
  if (problem == "did not find expected key" || problem == "could not find expected ':'") {
    return "check the indentation of this line, and that each key is followed by \": \"";
  }
  if (problem == "did not find expected '-' indicator") {
    return "list items must start with \"- \" in one column";
  }
  if (problem == "did not find expected ',' or ']'") return "close the list with \"]\"";
  if (problem == "did not find expected ',' or '}'") return "close the mapping with \"}\"";
  if (problem == "found unknown escape character") {
    return "write \"\\\\\" for a backslash, or use single quotes";
  }
  if (problem.find("end of stream") != std::string_view::npos ||
      problem.find("document indicator") != std::string_view::npos) {
    if (context == "while scanning a quoted scalar") return "close the quote";
  }
  if (problem == "found undefined tag handle") return "declare it with %TAG, or write \"!name\"";
  if (problem == "did not find expected <document start>") {
    return "start a new document with \"---\", or correct the indentation of this line";
  }
  return {};
}

// One read: feeds pieces of the text to libyaml parsers and their events to the builder.
class Reader {
 public:
  Reader(Tree& tree, std::string_view text, bool ascii)
      : text_(text),
        first_(text.substr(0, 3) == "\xEF\xBB\xBF" ? 3 : 0),
        offsets_(text.substr(first_), first_, ascii),
        builder_(tree, text) {}

  Builder& builder() { return builder_; }

  void read() {
    size_t begin = 0;
    size_t end = text_.size();
    for (int broken = 0; begin < text_.size(); ++broken) {
      uint32_t failed_at = 0;
      if (parse(begin, end, failed_at)) {
        if (end == text_.size()) break;
        begin = end;
      } else {
        if (builder_.file_stopped()) {
          builder_.abandon_document(static_cast<uint32_t>(text_.size()));
          break;
        }
        size_t resume = yaml::find_document_start(text_, std::max<size_t>(failed_at, begin + 1));
        resume = std::min(resume, text_.size());
        builder_.abandon_document(static_cast<uint32_t>(resume));
        if (resume < text_.size() && broken >= kMaxBrokenDocuments) {
          uint32_t at = static_cast<uint32_t>(resume);
          builder_.problem(ProblemSeverity::kError, "limit-problems",
                           "more than " + std::to_string(kMaxBrokenDocuments) +
                               " documents of this file are broken; the rest is not read",
                           builder_.span(at, at + 3));
          builder_.abandon_document(static_cast<uint32_t>(text_.size()));
          break;
        }
        begin = resume;
      }
      // After an error documents are fed one by one, so that each costs only its own size.
      end = std::min(yaml::find_document_start(text_, begin + 1), text_.size());
    }
    builder_.finish();
  }

 private:
  // Parses text_[begin, end). False when it stopped early: `failed_at` is where to look for the
  // next document.
  bool parse(size_t begin, size_t end, uint32_t& failed_at) {
    yaml_parser_t parser;
    if (!yaml_parser_initialize(&parser)) return true;
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    size_t skip = begin == 0 ? first_ : begin;
    base_ = begin == 0 ? 0 : offsets_.code_point(static_cast<uint32_t>(begin));
    yaml_parser_set_input_string(
        &parser, reinterpret_cast<const unsigned char*>(text_.data() + skip), end - skip);
    bool complete = false;
    yaml_event_t event;
    while (!complete) {
      if (!yaml_parser_parse(&parser, &event)) {
        failed_at = report(parser);
        break;
      }
      complete = event.type == YAML_STREAM_END_EVENT;
      take(event);
      yaml_event_delete(&event);
      if (builder_.document_stopped()) {
        failed_at = byte(parser.mark.index);
        // libyaml reads ahead: the next document may begin before its own place.
        failed_at = std::min(failed_at, last_end_);
        break;
      }
    }
    yaml_parser_delete(&parser);
    return complete;
  }

  void take(const yaml_event_t& event) {
    NodeEvent out;
    out.begin = byte(event.start_mark.index);
    out.end = byte(event.end_mark.index);
    last_end_ = out.end;
    switch (event.type) {
      case YAML_DOCUMENT_START_EVENT: builder_.begin_document(out.begin, out.end); break;
      case YAML_DOCUMENT_END_EVENT:
        builder_.end_document(out.begin, out.end, !event.data.document_end.implicit);
        break;
      case YAML_ALIAS_EVENT: builder_.alias(out.begin, out.end); break;
      case YAML_SCALAR_EVENT:
        out.style = scalar_style(event.data.scalar.style);
        out.value = {reinterpret_cast<const char*>(event.data.scalar.value),
                     event.data.scalar.length};
        out.tag = view(event.data.scalar.tag);
        builder_.scalar(out);
        break;
      case YAML_SEQUENCE_START_EVENT:
        out.style = event.data.sequence_start.style == YAML_FLOW_SEQUENCE_STYLE ? Style::kFlow
                                                                                : Style::kBlock;
        out.tag = view(event.data.sequence_start.tag);
        builder_.begin_collection(NodeKind::kSequence, out);
        break;
      case YAML_MAPPING_START_EVENT:
        out.style = event.data.mapping_start.style == YAML_FLOW_MAPPING_STYLE ? Style::kFlow
                                                                              : Style::kBlock;
        out.tag = view(event.data.mapping_start.tag);
        builder_.begin_collection(NodeKind::kMapping, out);
        break;
      case YAML_SEQUENCE_END_EVENT:
      case YAML_MAPPING_END_EVENT: builder_.end_collection(out.end); break;
      default: break;
    }
  }

  uint32_t report(const yaml_parser_t& parser) {
    if (parser.error == YAML_MEMORY_ERROR) {
      builder_.problem(ProblemSeverity::kError, "yaml-syntax", "out of memory", builder_.span(0, 0));
      return static_cast<uint32_t>(text_.size());
    }
    std::string_view problem = parser.problem ? parser.problem : "cannot be read";
    std::string_view context = parser.context ? parser.context : "";
    uint32_t at = byte(parser.problem_mark.index);
    std::string message(problem);
    if (!context.empty()) message.append(" ").append(context);
    std::string advice = hint(problem, context, text_, at);
    if (!advice.empty()) message.append("; ").append(advice);
    uint32_t end = at;
    if (at < text_.size() && text_[at] != '\n' && text_[at] != '\r') {
      do ++end; while (end < text_.size() && (text_[end] & 0xC0) == 0x80);
    }
    core::Span related;
    if (!context.empty()) {
      uint32_t start = byte(parser.context_mark.index);
      if (start != at) related = builder_.span(start, start);
    }
    builder_.problem(ProblemSeverity::kError, "yaml-syntax", std::move(message),
                     builder_.span(at, end), related);
    return at;
  }

  uint32_t byte(size_t index) { return offsets_.byte(base_ + index); }

  std::string_view text_;
  uint32_t first_;
  OffsetMap offsets_;
  Builder builder_;
  size_t base_ = 0;  // code points before the piece being parsed
  uint32_t last_end_ = 0;
};

bool too_many_tag_directives(std::string_view text) {
  size_t count = 0;
  for (size_t at = text.find("%TAG"); at != std::string_view::npos; at = text.find("%TAG", at + 4)) {
    if ((at == 0 || text[at - 1] == '\n' || text[at - 1] == '\r') && ++count > kMaxTagDirectives) {
      return true;
    }
  }
  return false;
}

void fail_whole(Tree& tree, const char* code, std::string message, core::Span span) {
  tree.accepted = false;
  core::add_problem(tree.problems, ProblemSeverity::kError, code, std::move(message), span);
  Node* stream = tree.arena.make<Node>();
  stream->kind = NodeKind::kStream;
  stream->end = static_cast<uint32_t>(std::min<size_t>(tree.source.size(), UINT32_MAX));
  tree.root = stream;
}

}  // namespace

std::unique_ptr<Tree> read_yaml(core::FileId file, std::string_view source) {
  auto tree = std::make_unique<Tree>(std::min(source.size() * 8, core::kMaxFileBytes));
  tree->file = file;
  tree->language = Language::kYaml;
  tree->source = source;
  if (source.size() > core::kMaxFileBytes) {
    fail_whole(*tree, "limit-file-size",
               "the file is larger than " + std::to_string(core::kMaxFileBytes >> 20) +
                   " MiB and is not read; split it",
               {file, 0, 0});
    return tree;
  }
  yaml::Encoding encoding = yaml::check_encoding(source);
  if (encoding.utf16) {
    fail_whole(*tree, "yaml-encoding", "the file is UTF-16; save it as UTF-8", {file, 0, 2});
    return tree;
  }
  if (too_many_tag_directives(source)) {
    fail_whole(*tree, "limit-directives",
               "the file has more than " + std::to_string(kMaxTagDirectives) +
                   " %TAG directives and is not read",
               {file, 0, 0});
    return tree;
  }
  std::string_view text = source;
  if (encoding.bad_count > 0) {
    text = tree->arena.copy(encoding.repaired);
    std::string message(encoding.first_bad_kind);
    message += ": YAML is UTF-8 text without control characters";
    if (encoding.bad_count > 1) {
      message += " (the first of " + std::to_string(encoding.bad_count) + ")";
    }
    message += "; remove it, or write it as an escape in a double-quoted string";
    tree->accepted = false;
    core::add_problem(tree->problems, ProblemSeverity::kError, "yaml-encoding", std::move(message),
                      {file, encoding.first_bad_begin, encoding.first_bad_end});
  }
  Reader reader(*tree, text, encoding.ascii);
  reader.read();
  return tree;
}

}  // namespace assay::syntax
