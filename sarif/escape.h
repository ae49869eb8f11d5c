// Texts made safe for the place where a report puts them: URIs, XML, HTML, Markdown, CSV and workflow commands. Names,
// messages and paths come from the code under analysis, which may be hostile; what leaves here is valid UTF-8 and means
// nothing but itself. Called by the writers. Pure. Threads: safe.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace assay::report {

// A path as a URI reference (RFC 3986): everything but unreserved characters and "/" is escaped.
std::string to_uri(std::string_view path);
// For XML 1.0 texts and attribute values. What XML cannot hold (most control characters, U+FFFE and U+FFFF)
// becomes U+FFFD; line breaks become character references where `attribute` is set, since parsers fold them there.
std::string to_xml(std::string_view text, bool attribute = false);
// For HTML texts and quoted attribute values.
std::string to_html(std::string_view text);
// One cell of a Markdown table, or any line of text: markup loses its meaning and nobody is mentioned.
std::string to_markdown(std::string_view text);
// Text that is Markdown already, such as a rule's advice: outside of code it holds no HTML and mentions nobody.
std::string to_markdown_prose(std::string_view text);
// Inline code that may stand in a table cell.
std::string to_markdown_code(std::string_view text);
// A fenced block, with a fence longer than any run of backticks inside.
std::string to_markdown_block(std::string_view text, std::string_view language);
// One field (RFC 4180): quoted where needed. A text that a spreadsheet would take for a formula gets an apostrophe.
std::string to_csv(std::string_view text);
// The message and a property of a GitHub workflow command, escaped as @actions/core does.
std::string to_command_data(std::string_view text);
std::string to_command_property(std::string_view text);

// At most `most` bytes, "..." included where something is cut; never inside a character. REQUIRES: most >= 3.
std::string shortened(std::string_view text, size_t most);

}  // namespace assay::report
