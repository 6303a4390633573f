//===- Reporters.cpp - Google Benchmark without a name's suffix -----------===//
//
// Reads the format flags, edits the filter, makes the reporters.
//
//===----------------------------------------------------------------------===//

#include "Reporters.h"

using namespace bench;

namespace {
/// `Base` with the names as they were registered.
template <typename Base> class PlainNames : public Base {
public:
  using Base::Base;
  void ReportRuns(
      const std::vector<benchmark::BenchmarkReporter::Run> &runs) override {
    std::vector<benchmark::BenchmarkReporter::Run> renamed = runs;
    for (benchmark::BenchmarkReporter::Run &run : renamed)
      run.run_name.time_type.clear();
    Base::ReportRuns(renamed);
  }
};
} // namespace

static std::unique_ptr<benchmark::BenchmarkReporter>
makeReporter(const std::string &format) {
  if (format == "json")
    return std::make_unique<PlainNames<benchmark::JSONReporter>>();
  return std::make_unique<PlainNames<benchmark::ConsoleReporter>>(
      benchmark::ConsoleReporter::OO_None);
}

/// What follows `flag` in `word`; false where the word is another.
static bool readFlag(const std::string &word, const std::string &flag,
                     std::string &value) {
  if (word.compare(0, flag.size(), flag) != 0)
    return false;
  value = word.substr(flag.size());
  return true;
}

Reporters::Reporters(int argc, char **argv)
    : argc(argc), words(argv, argv + argc) {
  std::string format = "console", outFormat = "json", outPath;
  for (std::string &word : words) {
    readFlag(word, "--benchmark_format=", format);
    readFlag(word, "--benchmark_out_format=", outFormat);
    readFlag(word, "--benchmark_out=", outPath);
    std::string filter;
    if (readFlag(word, "--benchmark_filter=", filter) && filter.ends_with('$'))
      word.insert(word.size() - 1, "(/real_time)?");
  }
  for (std::string &word : words)
    this->argv.push_back(word.data());
  this->argv.push_back(nullptr);
  display = makeReporter(format);
  if (!outPath.empty())
    file = makeReporter(outFormat);
}
