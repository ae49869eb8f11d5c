// Speed of the YAML reader over real manifests, beside the bare libyaml events it stands on.
// Data: ASSAY_SHARED/corpora (default ../shared). Law: the tree costs at most 1.6 times the events.
#include <benchmark/benchmark.h>
#include <yaml.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "parsers/syntax/yaml/reader.h"

namespace {

namespace fs = std::filesystem;

const char* const kCorpora[] = {"helm-rendered", "argo-cd", "kubernetes-examples",
                                "cloudformation-templates"};

std::vector<std::string> load(const std::string& corpus) {
  const char* shared = std::getenv("ASSAY_SHARED");
  fs::path root = fs::path(shared ? shared : "../shared") / "corpora" / corpus;
  std::vector<std::string> texts;
  if (!fs::is_directory(root)) return texts;
  for (const auto& entry : fs::recursive_directory_iterator(root)) {
    auto extension = entry.path().extension();
    if (extension != ".yaml" && extension != ".yml" && extension != ".template") continue;
    std::ifstream in(entry.path(), std::ios::binary);
    texts.emplace_back((std::istreambuf_iterator<char>(in)), std::istreambuf_iterator<char>());
  }
  return texts;
}

// Runs `read` over every text and reports bytes per second.
template <typename Read>
void run(benchmark::State& state, Read&& read) {
  const char* corpus = kCorpora[state.range(0)];
  std::vector<std::string> texts = load(corpus);
  if (texts.empty()) {
    state.SkipWithError("skipped: no corpora");
    return;
  }
  size_t bytes = 0;
  for (auto _ : state) {
    for (const std::string& text : texts) {
      read(text);
      bytes += text.size();
    }
  }
  state.SetBytesProcessed(static_cast<int64_t>(bytes));
  state.SetLabel(corpus);
}

void BM_LibyamlEvents(benchmark::State& state) {
  run(state, [](const std::string& text) {
    yaml_parser_t parser;
    yaml_parser_initialize(&parser);
    yaml_parser_set_input_string(&parser, reinterpret_cast<const unsigned char*>(text.data()),
                                 text.size());
    yaml_event_t event;
    for (bool done = false; !done;) {
      if (!yaml_parser_parse(&parser, &event)) break;
      done = event.type == YAML_STREAM_END_EVENT;
      yaml_event_delete(&event);
    }
    yaml_parser_delete(&parser);
  });
}
BENCHMARK(BM_LibyamlEvents)->DenseRange(0, 3);

void BM_YamlTree(benchmark::State& state) {
  run(state, [](const std::string& text) {
    auto tree = assay::syntax::read_yaml(0, text);
    benchmark::DoNotOptimize(tree->root);
  });
}
BENCHMARK(BM_YamlTree)->DenseRange(0, 3);

}  // namespace

BENCHMARK_MAIN();
