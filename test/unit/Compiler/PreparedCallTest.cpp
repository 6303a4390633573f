//===- PreparedCallTest.cpp - One call, made again and again --------------===//

#include "KernelFixture.h"

using namespace actin;
using namespace actin::test;

namespace {

TEST(PreparedCallTest, ReadsItsTensorsAnew) {
  Compiler compiler;
  std::vector<float> x(1000, 2), y(1000);
  KernelArguments arguments;
  arguments.inputs = {view(x.data(), {1000})};
  arguments.out = view(y.data(), {1000});
  auto call = compileOrFail(compiler, parseOne("activation f(x) = x * 3"), {})
                  .prepare(arguments);
  ASSERT_TRUE(call); // And keeps the kernel alive.
  call->run();
  EXPECT_EQ(y, std::vector<float>(1000, 6));
  std::fill(x.begin(), x.end(), -1.0f);
  call->run();
  EXPECT_EQ(y, std::vector<float>(1000, -3));
  PreparedCall moved = std::move(*call);
  std::fill(x.begin(), x.end(), 5.0f);
  moved.run();
  EXPECT_EQ(y, std::vector<float>(1000, 15));
}

TEST(PreparedCallTest, SumsAsRunDoes) {
  Compiler compiler;
  Activation activation =
      parseOne("activation f(x; b[channel] = 0.5) = x * b * b");
  Kernel kernel = compileOrFail(compiler, activation, {false, {"x", "b"}, {}});
  std::vector<float> x(6 * 40, 1.5f), dout(x.size(), 2), dx(x.size());
  std::vector<float> sums(6), again(6);
  KernelArguments arguments;
  arguments.inputs = {view(x.data(), {2, 6, 20})};
  arguments.dout = view(dout.data(), {2, 6, 20});
  arguments.gradients = {view(dx.data(), {2, 6, 20}), view(sums.data(), {6})};
  ASSERT_TRUE(kernel.run(arguments));
  EXPECT_EQ(sums, std::vector<float>(6, 2 * 1.5f * 2 * 0.5f * 40));
  arguments.gradients[1] = view(again.data(), {6});
  auto call = kernel.prepare(arguments);
  ASSERT_TRUE(call);
  for (int i = 0; i != 3; ++i) {
    call->run();
    EXPECT_EQ(again, sums);
    std::fill(again.begin(), again.end(), 0.0f);
  }
}

TEST(PreparedCallTest, FaultsAreFoundWhenPreparing) {
  Compiler compiler;
  EXPECT_FALSE(Kernel().prepare({}));
  EXPECT_FALSE(compileOrFail(compiler, parseOne("activation f(x) = x"), {})
                   .prepare(KernelArguments()));
}

} // namespace
