// Runs a fuzz target without libFuzzer: over the files and directories given, over beginnings of
// them and over copies with a few bytes changed, always the same ones. A crash is a failure.
#include <cstdint>
#include <cstdio>
#include <string>

#include "parsers/core/file_system.h"
#include "parsers/core/path.h"
#include "parsers/core/walker.h"

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace {

using namespace assay;

constexpr size_t kMaxFiles = 300;  // per argument
constexpr size_t kMaxBytes = 32 * 1024;
constexpr uint64_t kVariants = 6;  // cut-off and damaged copies of each file

void run(const std::string& input) {
  LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t*>(input.data()), input.size());
}

void replay(const std::string& text, uint64_t seed) {
  run(text);
  if (text.empty()) return;
  // A linear congruential generator: the same damage on every machine.
  auto next = [&seed](size_t below) {
    seed = seed * 6364136223846793005ull + 1442695040888963407ull;
    return static_cast<size_t>((seed >> 33) % below);
  };
  constexpr char kNasty[] = "{}[]()\"'\\$%*&!:-#\n\t\r \0\xff\xc3<>=,.|?@`~0";
  for (uint64_t i = 0; i < kVariants; ++i) {
    run(text.substr(0, next(text.size())));
    std::string damaged = text;
    for (size_t changes = 1 + next(4); changes > 0; --changes) {
      damaged[next(damaged.size())] = kNasty[next(sizeof kNasty - 1)];
    }
    run(damaged);
  }
}

}  // namespace

int main(int argc, char** argv) {
  core::RealFileSystem files;
  size_t count = 0;
  run("");
  for (int i = 1; i < argc; ++i) {
    core::WalkOptions options;
    options.gitignore = false;
    std::vector<std::string> names;
    if (files.is_directory(argv[i])) {
      names = core::walk(files, argv[i], options).files;
      for (std::string& name : names) name = core::join_path(argv[i], name);
    } else if (files.exists(argv[i])) {
      names.push_back(argv[i]);
    }
    if (names.size() > kMaxFiles) names.resize(kMaxFiles);
    for (const std::string& name : names) {
      auto text = files.read_up_to(name, kMaxBytes);
      if (!text) continue;
      replay(*text, ++count);
    }
  }
  std::printf("replayed %zu files\n", count);
  return 0;
}
