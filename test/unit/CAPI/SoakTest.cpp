//===- SoakTest.cpp - Compiling and freeing without end -------------------===//

#include "Fixture.h"

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <unistd.h>

using namespace actin::test;

namespace {

class SoakTest : public CAPITest {
protected:
  /// Parses, compiles and frees formulas that no cache has seen.
  void compileAndFree(int count) {
    for (int i = 0; i != count; ++i) {
      std::string text =
          "activation f(x) = x * " + std::to_string(++numCompiled) + ".5 + 1";
      actin_module *module;
      actin_activation *activation;
      actin_kernel *kernel;
      ASSERT_EQ(
          take(actin_module_parse(text.data(), text.size(), nullptr, &module)),
          "");
      ASSERT_EQ(take(actin_module_get_activation(module, 0, &activation)), "");
      ASSERT_EQ(take(actin_compile(compiler, activation, nullptr, &kernel)),
                "");
      actin_kernel_release(kernel);
      actin_activation_release(activation);
      actin_module_destroy(module);
    }
  }

  static size_t getResidentBytes() {
    std::ifstream file("/proc/self/statm");
    size_t total = 0, resident = 0;
    file >> total >> resident;
    return resident * sysconf(_SC_PAGESIZE);
  }
  static long getNumThreads() {
    return std::distance(std::filesystem::directory_iterator("/proc/self/task"),
                         std::filesystem::directory_iterator());
  }

  int numCompiled = 0;
};

TEST_F(SoakTest, MemoryAndThreadsStayFlat) {
  // More than the compiler keeps a context for.
  compileAndFree(600);
  size_t before = getResidentBytes();
  long threads = getNumThreads();
  const char *rounds = std::getenv("ACTIN_TEST_SOAK_ROUNDS");
  compileAndFree(rounds ? std::atoi(rounds) : 600);
  EXPECT_LT(getResidentBytes(), before + (16 << 20));
  EXPECT_EQ(getNumThreads(), threads);
  actin_cache_statistics statistics = ACTIN_CACHE_STATISTICS_INIT;
  ASSERT_EQ(take(actin_compiler_get_statistics(compiler, &statistics)), "");
  EXPECT_EQ(statistics.entries, 0u);
}

} // namespace
