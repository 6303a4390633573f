//===- CompilerServiceTest.cpp - The compiler library and its callers -----===//

#include "Compiler/CompilerService.h"

#include "Support/Version.h"

#include <dlfcn.h>
#include <gtest/gtest.h>

using namespace actin;

namespace {

TEST(CompilerServiceTest, OnlyItsOwnBuildGetsOne) {
  ASSERT_TRUE(loadCompilerService());
  // Loaded already: this only finds it.
  void *library = dlopen(ACTIN_COMPILER_LIBRARY, RTLD_NOW | RTLD_NOLOAD);
  ASSERT_TRUE(library) << dlerror();
  auto create = reinterpret_cast<decltype(&actinCreateCompilerService)>(
      dlsym(library, "actinCreateCompilerService"));
  ASSERT_TRUE(create);
  std::string version(getBuildVersion());
  std::unique_ptr<CompilerService> service(create(version.c_str()));
  EXPECT_TRUE(service);
  version.back() = version.back() == '0' ? '1' : '0';
  EXPECT_EQ(create(version.c_str()), nullptr);
  EXPECT_EQ(create(""), nullptr);
}

TEST(CompilerServiceTest, TextsThatNobodyPrintedAreErrors) {
  auto service = loadCompilerService();
  ASSERT_TRUE(service);
  for (const char *text : {"", "no formula", "activation f(x) = gelu(x)"}) {
    EXPECT_FALSE(
        (*service)->differentiate(text, "x", 1, DerivativeForm::Simplified))
        << text;
    EXPECT_FALSE((*service)->emit(text, {}, EmitKind::MLIR)) << text;
  }
}

} // namespace
