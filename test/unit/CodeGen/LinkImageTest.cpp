//===- LinkImageTest.cpp - Images stand alone -----------------------------===//

#include "CodeGen/LinkImage.h"
#include "CodeGen/CodeGen.h"
#include "CodeGen/Target.h"

#include "llvm/AsmParser/Parser.h"
#include "llvm/IR/LLVMContext.h"
#include "llvm/Support/SourceMgr.h"

#include <gtest/gtest.h>

using namespace actin;

namespace {

/// The image of `entry` in a module of LLVM IR.
llvm::Expected<CodeImage> linkModule(const char *text, const char *target) {
  llvm::LLVMContext context;
  llvm::SMDiagnostic fault;
  std::unique_ptr<llvm::Module> module =
      llvm::parseAssemblyString(text, fault, context);
  EXPECT_TRUE(module) << fault.getMessage().str();
  auto machine = createTargetMachine(*resolveTarget(target));
  module->setTargetTriple((*machine)->getTargetTriple());
  module->setDataLayout((*machine)->createDataLayout());
  auto object =
      emitMachineCode(*module, **machine, llvm::CodeGenFileType::ObjectFile);
  EXPECT_TRUE(bool(object));
  return linkImage(*object, "entry");
}

/// For each architecture, on any machine.
class LinkImageTest : public testing::TestWithParam<const char *> {
protected:
  static std::string faultOf(const char *text);
};

std::string LinkImageTest::faultOf(const char *text) {
  llvm::Expected<CodeImage> image = linkModule(text, GetParam());
  return image ? "" : llvm::toString(image.takeError());
}

TEST_P(LinkImageTest, ConstantsAndPrivateFunctionsComeAlong) {
  auto image = linkModule(R"(
    @table = private constant [4 x double] [double 1.5, double 2.5,
                                            double 3.5, double 4.5]
    define internal double @pick(i64 %i) noinline {
      %p = getelementptr double, ptr @table, i64 %i
      %v = load double, ptr %p
      ret double %v
    }
    define double @entry(i64 %i) {
      %v = call double @pick(i64 %i)
      ret double %v
    }
    define double @unused() { ret double 0.0 })",
                          GetParam());
  ASSERT_TRUE(bool(image)) << llvm::toString(image.takeError());
  EXPECT_LT(image->entryOffset, image->bytes.size());
  const double value = 3.5;
  EXPECT_NE(image->bytes.find(std::string_view(
                reinterpret_cast<const char *>(&value), sizeof value)),
            std::string::npos);
}

TEST_P(LinkImageTest, RefusesWhatIsNotPartOfIt) {
  EXPECT_NE(faultOf("declare void @puts()\n"
                    "define void @entry() { call void @puts() ret void }")
                .find("'puts'"),
            std::string::npos);
}

TEST_P(LinkImageTest, RefusesAddresses) {
  EXPECT_EQ(faultOf("@a = private constant i64 7\n"
                    "@p = private constant [2 x ptr] [ptr @a, ptr @a]\n"
                    "define ptr @entry(i64 %i) {\n"
                    "  %q = getelementptr ptr, ptr @p, i64 %i\n"
                    "  %v = load ptr, ptr %q\n"
                    "  ret ptr %v }")
                .empty(),
            false);
}

TEST_P(LinkImageTest, RefusesDataThatCanBeWritten) {
  EXPECT_NE(faultOf("@a = internal global i64 7\n"
                    "define i64 @entry(i64 %i) {\n"
                    "  store volatile i64 %i, ptr @a\n"
                    "  %v = load volatile i64, ptr @a\n"
                    "  ret i64 %v }")
                .find("write"),
            std::string::npos);
}

TEST_P(LinkImageTest, RefusesWrongNamesAndWrongFiles) {
  EXPECT_NE(faultOf("define void @other() { ret void }").find("'entry'"),
            std::string::npos);
  llvm::Expected<CodeImage> image =
      linkImage(llvm::ArrayRef("no object file", 14), "entry");
  EXPECT_FALSE(bool(image));
  llvm::consumeError(image.takeError());
}

INSTANTIATE_TEST_SUITE_P(Targets, LinkImageTest,
                         testing::Values("x86-64-v2", "neon"),
                         [](const auto &info) {
                           return std::string(info.index ? "AArch64" : "X86");
                         });

} // namespace
