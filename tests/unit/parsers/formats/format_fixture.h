// Texts in, a loaded root or project out: what tests of formats share. Paths ending in .json are read
// as JSON, all others as YAML.
#pragma once

#include <algorithm>
#include <deque>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "parsers/formats/format.h"
#include "parsers/syntax/json/reader.h"
#include "parsers/syntax/yaml/reader.h"

namespace assay::formats {

class FormatFixture {
 public:
  // Files in path order.
  FormatFixture(const Format& format, std::vector<std::pair<std::string, std::string>> files)
      : format_(format) {
    std::sort(files.begin(), files.end());
    for (auto& [path, text] : files) {
      core::FileId id = sources.add(path, std::move(text));
      bool json = path.ends_with(".json");
      trees_.push_back(json ? syntax::read_json(id, sources.text(id))
                            : syntax::read_yaml(id, sources.text(id)));
      inputs_.push_back({id, sources.path(id), trees_.back().get()});
    }
  }
  FormatFixture(const Format& format, std::string path, std::string text)
      : FormatFixture(format, {{std::move(path), std::move(text)}}) {}

  int sniff(size_t index = 0) const {
    return format_.sniff(inputs_[index], sources.text(inputs_[index].id));
  }

  // The root of one file, kept by the fixture.
  model::Root& load(size_t index = 0) {
    LoadContext context = make_context();
    RootSpec spec{std::string(inputs_[index].path), {&inputs_[index]}};
    roots_.push_back(format_.load(spec, context));
    return *roots_.back();
  }

  // All files the format wants, as a project; not sealed.
  model::Project project() {
    model::Project made;
    made.sources = &sources;
    LoadContext context = make_context();
    std::vector<const InputFile*> own;
    for (const InputFile& input : inputs_) {
      if (format_.sniff(input, sources.text(input.id)) > 0) own.push_back(&input);
    }
    for (const RootSpec& spec : format_.roots(own, context)) made.add(format_.load(spec, context));
    return made;
  }

  const syntax::Tree& tree(size_t index = 0) const { return *trees_[index]; }
  std::string_view text(const core::Span& span) const {
    return span.valid() ? sources.text(span) : std::string_view{};
  }

  core::SourceSet sources;
  LoadOptions options;

 private:
  LoadContext make_context() {
    LoadContext context;
    context.sources = &sources;
    context.files = inputs_;
    context.options = &options;
    return context;
  }

  const Format& format_;
  std::vector<std::unique_ptr<syntax::Tree>> trees_;
  std::vector<InputFile> inputs_;
  std::deque<std::unique_ptr<model::Root>> roots_;
};

inline const model::Resource* find_resource(const model::Root& root, std::string_view address) {
  for (const model::Resource& resource : root.resources) {
    if (resource.address == address) return &resource;
  }
  return nullptr;
}

inline const model::Value* find_view(const model::Resource& resource, std::string_view type) {
  for (const model::View& view : resource.views) {
    if (view.type.text() == type) return &view.value;
  }
  return nullptr;
}

// The text of a value at a path of a resource's attributes, as model::to_text prints it; "absent".
inline std::string show(const model::Value& value, std::string_view path,
                        const model::Guards* guards = nullptr) {
  const model::Value* found = model::at_path(value, path);
  return found ? model::to_text(*found, guards, true) : "absent";
}

}  // namespace assay::formats
