//===- ReplayCorpus.cpp - The fuzz target on the files of a folder --------===//
//
// Stands in for libFuzzer where that is not built in: ReplayCorpus FOLDER.
//
//===----------------------------------------------------------------------===//

#include <cstdint>
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int main(int argc, char **argv) {
  size_t numFiles = 0;
  std::error_code error;
  for (const auto &entry :
       std::filesystem::directory_iterator(argc > 1 ? argv[1] : ".", error)) {
    std::ifstream file(entry.path(), std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(file), {}};
    LLVMFuzzerTestOneInput(reinterpret_cast<const uint8_t *>(text.data()),
                           text.size());
    ++numFiles;
  }
  std::printf("%zu files\n", numFiles);
  return numFiles > 0 ? 0 : 1;
}
