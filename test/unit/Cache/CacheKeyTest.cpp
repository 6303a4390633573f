//===- CacheKeyTest.cpp - Every field counts ------------------------------===//

#include "Cache/CacheKey.h"

#include "Support/Version.h"

#include <gtest/gtest.h>

#include <functional>
#include <set>

using namespace actin;

namespace {

TEST(CacheKeyTest, EveryFieldMakesADifference) {
  const std::vector<std::function<void(CacheKey &)>> changes = {
      [](CacheKey &) {},
      [](CacheKey &key) { key.formula = "activation f(x) = x"; },
      [](CacheKey &key) { key.outputs.forward = false; },
      [](CacheKey &key) { key.outputs.gradients = {"x"}; },
      [](CacheKey &key) { key.outputs.gradients = {"x", "y"}; },
      [](CacheKey &key) { key.outputs.gradients = {"y", "x"}; },
      [](CacheKey &key) { key.outputs.seconds = {"x"}; },
      [](CacheKey &key) { key.type = DataType::BF16; },
      [](CacheKey &key) { key.space = IterationSpace::Rows; },
      [](CacheKey &key) { key.space = IterationSpace::Lanes; },
      [](CacheKey &key) { key.streaming = true; },
      [](CacheKey &key) { key.triple = "x86_64-linux"; },
      [](CacheKey &key) { key.cpu = "znver4"; },
      [](CacheKey &key) { key.features = "+avx2"; },
      [](CacheKey &key) { key.required = {"avx2"}; },
      [](CacheKey &key) { key.math = MathMode::Fast; },
      [](CacheKey &key) { key.stabilize = StabilizeMode::Off; }};
  std::set<std::string> texts;
  for (const auto &change : changes) {
    CacheKey key;
    change(key);
    texts.insert(key.toString());
  }
  EXPECT_EQ(texts.size(), changes.size());
}

TEST(CacheKeyTest, ValuesCannotImitateFields) {
  CacheKey plain, tricky;
  plain.formula = "f";
  plain.cpu = "c";
  tricky.formula = "f\nforward[1]=1\n";
  tricky.cpu = "c";
  EXPECT_NE(plain.toString(), tricky.toString());
  CacheKey one, two;
  one.outputs.gradients = {"a\ngradient[1]=b"};
  two.outputs.gradients = {"a", "b"};
  EXPECT_NE(one.toString(), two.toString());
}

TEST(CacheKeyTest, NamesTheVersions) {
  std::string text = CacheKey().toString();
  EXPECT_NE(text.find("]=" + std::string(getBuildVersion()) + "\n"),
            std::string::npos);
  EXPECT_NE(text.find("llvm["), std::string::npos);
}

TEST(CacheKeyTest, TextsReadBack) {
  CacheKey key;
  key.formula = "activation f(x) = x\nforward[3]=yes\n";
  key.outputs.gradients = {"x", ""};
  auto fields = CacheKey::parseFields(key.toString());
  ASSERT_TRUE(fields);
  EXPECT_EQ(*fields, key.getFields());
}

TEST(CacheKeyTest, OtherTextsDoNot) {
  std::string text = CacheKey().toString();
  for (size_t size = 1; size < text.size(); ++size) {
    auto fields = CacheKey::parseFields(text.substr(0, size));
    EXPECT_TRUE(!fields || fields->size() < CacheKey().getFields().size());
  }
  for (const char *wrong :
       {"a", "a[", "a[1", "a[1]", "a[1]=", "a[1]=b", "a[2]=b\n", "a[0]=b\n",
        "a[-1]=\n", "a[18446744073709551615]=\n", "a[]=\n"})
    EXPECT_FALSE(CacheKey::parseFields(wrong)) << wrong;
}

} // namespace
