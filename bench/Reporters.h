//===- Reporters.h - Google Benchmark without a name's suffix ---*- C++ -*-===//
//
// Timing by the wall clock makes Google Benchmark append "/real_time" to every
// name. These reporters take it off again; a filter that ends in '$' is made to
// match all the same.
//
//===----------------------------------------------------------------------===//

#ifndef ACTIN_BENCH_REPORTERS_H
#define ACTIN_BENCH_REPORTERS_H

#include <benchmark/benchmark.h>

#include <memory>
#include <string>
#include <vector>

namespace bench {

class Reporters {
public:
  /// Copies the command line, for benchmark::Initialize to consume.
  Reporters(int argc, char **argv);

  benchmark::BenchmarkReporter *getDisplay() { return display.get(); }
  /// nullptr where --benchmark_out is not given.
  benchmark::BenchmarkReporter *getFile() { return file.get(); }

  int argc;
  std::vector<char *> argv;

private:
  std::vector<std::string> words;
  std::unique_ptr<benchmark::BenchmarkReporter> display;
  std::unique_ptr<benchmark::BenchmarkReporter> file;
};

} // namespace bench

#endif // ACTIN_BENCH_REPORTERS_H
